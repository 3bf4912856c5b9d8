//! What happens to calls that come in: do not disturb, forwarding, automatic answers, a second call.

use iced::Element;

use super::super::super::app::App;
use super::super::super::message::Message;
use super::ordinary::{Choice, Known, rows};

const ANSWERING: &[Known] = &[
    ("calls.do-not-disturb", "Do not disturb", Choice::Flag),
    (
        "calls.do-not-disturb-answer",
        "Callers then",
        Choice::Words(&[
            ("busy", "Hear that you are busy"),
            ("unavailable", "Hear that you cannot be reached"),
            ("decline", "Are declined"),
            ("forward", "Go where calls go while you talk"),
        ]),
    ),
    ("calls.do-not-disturb-with-presence", "Also with the status \u{201c}Do not disturb\u{201d}", Choice::Flag),
    ("calls.forward-always", "Forward every call to", Choice::Typed("+49 30 901820 or bob@example.com")),
    ("calls.forward-busy", "While you talk, to", Choice::Typed("+49 30 901820 or bob@example.com")),
    ("calls.forward-no-answer", "When you do not answer, to", Choice::Typed("+49 30 901820 or bob@example.com")),
    (
        "calls.forward-after",
        "That is, after",
        Choice::Numbers(&[(10, "10 s"), (15, "15 s"), (20, "20 s"), (30, "30 s"), (60, "1 min")]),
    ),
    ("calls.call-waiting", "A second call may ring", Choice::Flag),
    ("calls.hold-others", "Answering one call holds the other", Choice::Flag),
    ("calls.auto-answer", "Answered by themselves: calls from", Choice::List("1001, bob@example.com")),
];

/// The rows; nothing before the program has said what there is.
pub fn answering(app: &App) -> Option<Element<'_, Message>> {
    rows(app, ANSWERING)
}
