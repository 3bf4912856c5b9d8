//! How numbers are read, dialled and paid, and one that is tried out.

use iced::widget::{column, container, row};
use iced::{Element, Length};

use super::super::super::app::App;
use super::super::super::message::Message;
use super::super::super::text::topics as text;
use super::super::super::theme::{measure, size, space};
use super::super::super::topics;
use super::super::super::widget::{Kind, field, line, secondary};
use super::super::button;
use super::super::connections::frame;
use super::ordinary::{Choice, Known, rows};

const PLAN: &[Known] = &[
    ("numbers.region", "setting-country-of-the-plan", Choice::Typed("setting-as-for-calls")),
    ("numbers.area-code", "setting-area-of-numbers", Choice::Typed("30")),
    ("numbers.outside-prefix", "setting-dialled-before-outside-numbers", Choice::Typed("0")),
    ("numbers.own-numbers", "setting-your-offices-numbers-begin", Choice::List("+4930901820")),
    (
        "numbers.extension-length",
        "setting-an-internal-number-has-at-most",
        Choice::Numbers(&[(2, "2"), (3, "3"), (4, "4"), (5, "5"), (6, "setting-6-digits")]),
    ),
    (
        "numbers.dial-as",
        "setting-numbers-are-sent",
        Choice::Words(&[("international", "setting-as-international"), ("national", "setting-as-national")]),
    ),
    ("numbers.trunk-prefix", "setting-before-a-national-number", Choice::Typed("setting-the-countrys-own")),
    ("numbers.international-prefix", "setting-before-a-foreign-number", Choice::Typed("setting-the-countrys-own")),
    ("numbers.emergency", "setting-more-emergency-numbers", Choice::List("0110")),
    (
        "numbers.ask-cost",
        "setting-before-a-call-that-may-cost",
        Choice::Words(&[
            ("first", "setting-the-first-time"),
            ("always", "setting-each-time"),
            ("never", "setting-no-time"),
        ]),
    ),
    ("numbers.daily-limit", "setting-ask-again-when-a-day-costs", Choice::Typed("5.00 EUR")),
];

pub fn plan(app: &App) -> Option<Element<'_, Message>> {
    let rows = rows(app, PLAN)?;
    Some(column![rows, secondary(app.colors(), text::RULES_BODY)].spacing(space::S).into())
}

/// A number, and what becomes of it step by step.
pub fn tried(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let tell = Message::Topics;
    let input = field(c, text::TRY_HINT, &app.topics.number, move |number| tell(topics::Message::Number(number)))
        .on_submit(Message::Topics(topics::Message::Explain));
    let ready = !app.topics.number.trim().is_empty();
    let show = button(c, Kind::Secondary, None, text::TRY, ready.then_some(Message::Topics(topics::Message::Explain)));
    let mut parts = column![row![container(input).max_width(measure::SHEET * 0.7), show].spacing(space::S).wrap()]
        .spacing(space::S);
    for step in &app.topics.steps {
        let words = column![
            line(step.name).size(size::META).color(c.muted),
            line(step.value.as_str()).size(size::SECONDARY).strong(),
            secondary(c, step.why.as_str()),
        ];
        parts = parts.push(words.spacing(2.0).width(Length::Fill));
    }
    frame(c, parts)
}
