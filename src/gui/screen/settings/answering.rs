//! What happens to calls that come in: do not disturb, forwarding, automatic answers, a second call.

use iced::Element;

use super::super::super::app::App;
use super::super::super::message::Message;
use super::ordinary::{Choice, Known, rows};

const ANSWERING: &[Known] = &[
    ("calls.do-not-disturb", "setting-do-not-disturb", Choice::Flag),
    (
        "calls.do-not-disturb-answer",
        "setting-callers-then",
        Choice::Words(&[
            ("busy", "setting-hear-that-you-are-busy"),
            ("unavailable", "setting-hear-that-you-cannot-be-reached"),
            ("decline", "setting-are-declined"),
            ("forward", "setting-go-where-calls-go-while-you"),
        ]),
    ),
    ("calls.do-not-disturb-with-presence", "setting-also-with-the-status-do-not", Choice::Flag),
    ("calls.forward-always", "setting-forward-every-call-to", Choice::Typed("setting-49-30-901820-or-bob-example")),
    ("calls.forward-busy", "setting-while-you-talk-to", Choice::Typed("setting-49-30-901820-or-bob-example")),
    (
        "calls.forward-no-answer",
        "setting-when-you-do-not-answer-to",
        Choice::Typed("setting-49-30-901820-or-bob-example"),
    ),
    (
        "calls.forward-after",
        "setting-that-is-after",
        Choice::Numbers(&[(10, "10 s"), (15, "15 s"), (20, "20 s"), (30, "30 s"), (60, "setting-1-min")]),
    ),
    ("calls.call-waiting", "setting-a-second-call-may-ring", Choice::Flag),
    ("calls.hold-others", "setting-answering-one-call-holds-the-other", Choice::Flag),
    ("calls.auto-answer", "setting-answered-by-themselves-calls-from", Choice::List("1001, bob@example.com")),
];

/// The rows; nothing before the program has said what there is.
pub fn answering(app: &App) -> Option<Element<'_, Message>> {
    rows(app, ANSWERING)
}
