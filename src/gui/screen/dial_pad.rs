//! The dial pad for a new call: what is typed, whom it may mean, what it would cost, the keys.

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::address_book::Message as Book;
use super::super::app::App;
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::telephone::Message as Telephone;
use super::super::text::telephone as text;
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, field, line, press, secondary, steady};
use super::icon_button;
use crate::model::Cost;

/// The keys and the letters on them.
const KEYS: [(char, &str); 12] = [
    ('1', ""),
    ('2', "abc"),
    ('3', "def"),
    ('4', "ghi"),
    ('5', "jkl"),
    ('6', "mno"),
    ('7', "pqrs"),
    ('8', "tuv"),
    ('9', "wxyz"),
    ('*', ""),
    ('0', "+"),
    ('#', ""),
];

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let number = field(c, text::NUMBER, &app.telephone.number, |typed| Message::Telephone(Telephone::Number(typed)))
        .id("pad-number")
        .on_submit(Message::Telephone(Telephone::Dial))
        .size(size::TITLE)
        .width(Length::Fill);
    let mut top = row![steady(number)].spacing(space::XS).align_y(Alignment::Center);
    if !app.telephone.number.is_empty() {
        let erase = Some(Message::Telephone(Telephone::Erase));
        top = top.push(icon_button(c, Kind::Ghost, Icon::Erase, text::ERASE, erase, measure::TARGET));
    }
    let mut content = column![top, about(app)].spacing(space::S);
    for found in app.suggestions() {
        let words =
            column![line(found.name).strong(), line(found.detail).size(size::SECONDARY).color(c.muted)].spacing(2.0);
        let sign = icon(Icon::Phone, measure::ICON_SMALL, c.muted);
        let inner = row![words, sign].spacing(space::M).align_y(Alignment::Center).width(Length::Fill);
        content = content.push(
            press(c, Kind::Row(false), inner)
                .padding([space::XS, space::S])
                .width(Length::Fill)
                .on_press(Message::Call(found.to)),
        );
    }
    content = content.push(keys(app));
    let call = app.pad_target().is_some() || !app.suggestions().is_empty();
    let dial = row![
        icon(Icon::Phone, measure::ICON, if call { c.on_fill } else { c.muted }),
        line(text::CALL).strong().shrink()
    ]
    .spacing(space::S)
    .align_y(Alignment::Center);
    let dial = press(c, Kind::Positive, dial)
        .id("pad-call")
        .width(Length::Fill)
        .height(measure::CALL_TARGET + space::S)
        .on_press_maybe(call.then_some(Message::Telephone(Telephone::Dial)));
    let redial = app.snapshot.events.can_redial.then_some(Message::Telephone(Telephone::Redial));
    let side = measure::CALL_TARGET + space::S;
    let again = icon_button(c, Kind::Secondary, Icon::PhoneOut, text::REDIAL, redial, side);
    content
        .push(row![dial, again].spacing(space::S))
        .push(secrecy(app))
        .push(container(gap_words(app)).center_x(Length::Fill))
        .into()
}

/// Whether the next call says who calls.
fn secrecy(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let hides = app.snapshot.book.hide_number;
    let (word, wish) = if hides { (text::SHOWN, false) } else { (text::HIDDEN, true) };
    let chosen = app.book.anonymous == Some(wish);
    let next = if chosen { None } else { Some(wish) };
    let mark = chosen.then(|| icon(Icon::Check, measure::ICON_SMALL, c.accent));
    let word = line(word).size(size::SECONDARY).color(if chosen { c.text } else { c.muted }).shrink();
    let content = row![].push(mark).push(word).spacing(space::S).align_y(Alignment::Center);
    press(c, Kind::Row(chosen), content)
        .padding([0.0, space::M])
        .width(Length::Fill)
        .height(measure::TARGET)
        .id("pad-hide")
        .on_press(Message::Book(Book::Anonymous(next)))
        .into()
}

fn gap_words(app: &App) -> Element<'_, Message> {
    line(text::HOLD).size(size::META).color(app.colors().muted).shrink().into()
}

/// The cost and the account, before anything is dialled.
fn about(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let quote = app.pad_target().and_then(|to| app.numbers.quote(&to));
    let lines = match quote {
        None => column![line("").size(size::SECONDARY), line("").size(size::SECONDARY)],
        Some(quote) => {
            let color = match quote.cost {
                Cost::PhoneNetwork => c.warning,
                Cost::Free | Cost::Unknown => c.muted,
            };
            let account = quote.account.as_deref().unwrap_or_default();
            column![
                line(crate::gui::words::told(&quote.text)).size(size::SECONDARY).color(color),
                line(super::super::text::address_book::bare(account)).size(size::SECONDARY).color(c.muted)
            ]
        }
    };
    lines.spacing(2.0).into()
}

fn keys(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let mut grid = column![].spacing(space::S);
    for keys in KEYS.chunks(3) {
        let mut cells = row![].spacing(space::S);
        for (key, letters) in keys {
            let below: Element<'_, Message> = match key {
                '1' if app.snapshot.events.voicemail.iter().any(|mailbox| mailbox.call.is_some()) => {
                    secondary(c, text::VOICEMAIL_KEY).size(size::META - 2.0).into()
                }
                _ => iced::widget::text(*letters).size(size::META - 2.0).color(c.muted).into(),
            };
            let face = column![iced::widget::text(key.to_string()).size(size::CALL).color(c.text), below]
                .align_x(Alignment::Center);
            cells = cells.push(
                press(c, Kind::Secondary, face)
                    .padding(0.0)
                    .width(Length::Fill)
                    .height(measure::KEY)
                    .id(format!("pad-{key}"))
                    .on_hold(Message::Telephone(Telephone::Held(*key)))
                    .on_press(Message::Telephone(Telephone::Key(*key))),
            );
        }
        grid = grid.push(cells);
    }
    grid.into()
}
