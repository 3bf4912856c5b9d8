//! How the sound of calls finds its way, and who learns where this machine is.

use iced::Element;

use super::super::super::app::App;
use super::super::super::message::Message;
use super::ordinary::{Choice, Known, rows};

const PATHS: &[Known] = &[
    (
        "media.ice",
        "setting-look-for-the-best-way",
        Choice::Words(&[
            ("auto", "setting-where-it-helps"),
            ("always", "setting-in-every-call"),
            ("off", "setting-never"),
        ]),
    ),
    (
        "media.tell-addresses",
        "setting-whoever-you-call-learns",
        Choice::Words(&[
            ("all", "setting-this-machines-addresses"),
            ("no-host-to-strangers", "setting-the-same-strangers-a-relays"),
            ("relay-only", "setting-a-relays-only"),
        ]),
    ),
    ("media.servers-from-chat", "setting-relays-that-your-chat-server-names", Choice::Flag),
    ("media.stun", "setting-servers-that-tell-your-address", Choice::List("stun:stun.example.com:3478")),
    ("media.turn", "setting-your-own-relays", Choice::List("turns:relay.example.com:5349")),
];

/// The rows; nothing before the program has said what there is.
pub fn paths(app: &App) -> Option<Element<'_, Message>> {
    rows(app, PATHS)
}
