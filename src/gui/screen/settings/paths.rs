//! How the sound of calls finds its way, and who learns where this machine is.

use iced::Element;

use super::super::super::app::App;
use super::super::super::message::Message;
use super::ordinary::{Choice, Known, rows};

const PATHS: &[Known] = &[
    (
        "media.ice",
        "Look for the best way",
        Choice::Words(&[("auto", "Where it helps"), ("always", "In every call"), ("off", "Never")]),
    ),
    (
        "media.tell-addresses",
        "Whoever you call learns",
        Choice::Words(&[
            ("all", "This machine's addresses"),
            ("no-host-to-strangers", "The same, strangers a relay's"),
            ("relay-only", "A relay's only"),
        ]),
    ),
    ("media.servers-from-chat", "Relays that your chat server names", Choice::Flag),
    ("media.stun", "Servers that tell your address", Choice::List("stun:stun.example.com:3478")),
    ("media.turn", "Your own relays", Choice::List("turns:relay.example.com:5349")),
];

/// The rows; nothing before the program has said what there is.
pub fn paths(app: &App) -> Option<Element<'_, Message>> {
    rows(app, PATHS)
}
