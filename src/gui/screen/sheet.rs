//! Sheets over the page: questions, the password, the choice of a way, the shortcuts.

use std::borrow::Cow;

use iced::widget::{column, container, row, scrollable, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::{App, name};
use super::super::message::Message;
use super::super::numbers::{Keep, Message as Numbers};
use super::super::text;
use super::super::theme::{STRONG, measure, size, space};
use super::super::widget::{
    Kind, card, field, hairline, label, line, press, scroll_style, scrollbar, secondary, title, wrapped,
};
use super::button;
use crate::account::{CallTo, Refusal, RefusalKind, Request};
use crate::gui::words::{told, word};
use crate::model::{AccountId, Question, QuestionKind};

/// A question of the manager: the safe answer first.
pub fn question<'a>(app: &'a App, asked: &'a Question) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts =
        column![title(c, text::question(asked.kind)), wrapped(c, text::laid_out(&told(&asked.text)).into_owned())]
            .spacing(space::M);
    parts = parts.push(gap().height(space::XS));
    if asked.kind == QuestionKind::Transfer {
        parts = parts.push(secondary(c, text::transfer::NOTHING_DIALLED));
    }
    if asked.choices.iter().any(|choice| choice.id.starts_with("use:")) {
        return sheet(app, account_choice(app, asked, parts));
    }
    for (at, choice) in asked.choices.iter().enumerate() {
        let message = Message::Do(Request::Answered { question: asked.id, choice: choice.id.clone() });
        // Where a mistake is dear, only the safe answer is inviting.
        let inviting = at == 0;
        parts = parts.push(answer(app, inviting, told(&choice.label), choice.detail.as_deref().map(told), message));
    }
    sheet(app, parts)
}

/// Which account calls: one button each with cost and protection, whether the choice is kept, and the way out.
fn account_choice<'a>(
    app: &'a App,
    asked: &'a Question,
    mut parts: iced::widget::Column<'a, Message>,
) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let of = |kind: &'static str| {
        asked.choices.iter().filter_map(move |choice| Some((choice.id.strip_prefix(kind)?, choice)))
    };
    for (account, choice) in of("use:") {
        let message = Message::Numbers(Numbers::Use(asked.id, account.to_owned()));
        parts = parts.push(answer(app, false, told(&choice.label), choice.detail.as_deref().map(told), message));
    }
    let mut keeps = row![].spacing(space::S).align_y(Alignment::Center);
    let mut any = false;
    for (kind, keep) in [("contact:", Keep::Contact), ("prefix:", Keep::Prefix)] {
        if let Some((_, choice)) = of(kind).next() {
            any = true;
            let chosen = app.numbers.keep == keep;
            let words = text::numbers::keep_prefix(&choice.label);
            let content = line(words).size(size::SECONDARY).shrink();
            keeps = keeps.push(
                press(c, if chosen { Kind::On } else { Kind::Secondary }, content)
                    .padding([space::XS, space::M])
                    .on_press(Message::Numbers(Numbers::Keep(keep))),
            );
        }
    }
    if any {
        parts = parts.push(label(c, text::numbers::KEEP)).push(keeps.wrap());
    }
    let cancel = asked.choices.iter().filter(|choice| &*choice.id == "cancel");
    for choice in cancel {
        let message = Message::Do(Request::Answered { question: asked.id, choice: choice.id.clone() });
        parts = parts.push(answer(app, true, told(&choice.label), None, message));
    }
    parts
}

fn answer<'a>(
    app: &'a App,
    inviting: bool,
    words: Cow<'a, str>,
    detail: Option<Cow<'a, str>>,
    message: Message,
) -> Element<'a, Message> {
    let c = app.colors();
    let (kind, color, muted) =
        if inviting { (Kind::Primary, c.on_accent, c.on_accent) } else { (Kind::Secondary, c.text, c.muted) };
    let mut lines = column![line(words).strong().color(color)].spacing(2.0).width(Length::Fill);
    if let Some(detail) = detail {
        lines = lines.push(
            iced::widget::text(detail)
                .size(size::SECONDARY)
                .color(muted)
                .wrapping(iced::widget::text::Wrapping::WordOrGlyph),
        );
    }
    press(c, kind, lines).padding([space::S + 2.0, space::L]).width(Length::Fill).on_press(message).into()
}

/// A call that needs a choice or a yes.
pub fn choose<'a>(app: &'a App, to: &'a CallTo, refusal: &'a Refusal) -> Element<'a, Message> {
    let c = app.colors();
    let asks = refusal.kind == RefusalKind::Choose;
    let heading = text::question(if asks { QuestionKind::Choose } else { QuestionKind::Cost });
    let mut parts = column![title(c, heading), wrapped(c, told(&refusal.text))].spacing(space::M);
    let call = |account: Option<AccountId>, confirm: bool| {
        Message::Do(Request::Call { to: to.clone(), account, via: None, confirm, video: false, anonymous: None })
    };
    parts = parts.push(gap().height(space::XS));
    if asks {
        for (id, words) in &refusal.details {
            parts = parts.push(answer(app, false, told(words), None, call(Some(AccountId(id.clone())), false)));
        }
    } else {
        for (_, reason) in &refusal.details {
            parts = parts.push(secondary(c, told(reason)));
        }
    }
    parts = parts.push(answer(app, true, text::CANCEL.into(), None, Message::Lay(None)));
    if !asks {
        parts = parts.push(answer(app, false, text::CALL.into(), None, call(None, true)));
    }
    sheet(app, parts)
}

/// A new password.
pub fn password<'a>(app: &'a App, account: &'a AccountId, typed: &'a str) -> Element<'a, Message> {
    let c = app.colors();
    let address = app.snapshot.accounts.iter().find(|known| known.id == *account).map_or("", |known| &known.address);
    let input = field(c, text::PASSWORD, typed, Message::PasswordTyped)
        .id(name::SHEET_FIELD)
        .secure(true)
        .on_submit(Message::PasswordSubmit);
    let actions = row![
        gap().width(Length::Fill),
        button(c, Kind::Ghost, None, text::CANCEL, Some(Message::Lay(None))),
        button(c, Kind::Primary, None, text::USE_PASSWORD, (!typed.is_empty()).then_some(Message::PasswordSubmit)),
    ]
    .spacing(space::S)
    .align_y(Alignment::Center);
    let parts = column![
        title(c, text::ENTER_PASSWORD),
        secondary(c, text::ENTER_PASSWORD_BODY),
        column![label(c, address), input].spacing(space::XS + 2.0),
        actions
    ]
    .spacing(space::M);
    sheet(app, parts)
}

/// F1.
pub fn shortcuts(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let mut parts = column![].spacing(space::S);
    for (keys, does) in text::SHORTCUT_LIST {
        let keys = iced::widget::text(text::keys(keys)).size(size::SECONDARY).font(STRONG).color(c.text);
        parts = parts.push(
            row![container(keys).width(measure::RAIL * 2.6), secondary(c, word(does)).width(Length::Fill)]
                .spacing(space::M)
                .align_y(Alignment::Center),
        );
    }
    let head = row![
        title(c, text::SHORTCUTS),
        gap().width(Length::Fill),
        button(c, Kind::Ghost, None, text::CLOSE, Some(Message::Lay(None)))
    ]
    .align_y(Alignment::Center);
    let body = scrollable(container(parts).padding([space::S, 0.0])).direction(scrollbar()).style(scroll_style(c));
    sheet(app, column![head, hairline(c), body].spacing(space::S))
}

fn sheet<'a>(app: &'a App, content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    card(app.colors(), space::XL, Length::Fill, content)
}
