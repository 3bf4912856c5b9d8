//! The first start: address and password; what was found and what failed; what the broken file says.

use iced::widget::{column, container, row, scrollable, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::{App, Field, name};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{STRONG, measure, size, space};
use super::super::widget::{Kind, field, label, press, scroll_style, scrollbar, secondary, strong, wrapped};
use super::button;
use super::connections::frame;
use crate::account::{Request, SetUpState};
use crate::gui::words::told;

pub fn view<'a>(app: &'a App, state: &'a SetUpState) -> Element<'a, Message> {
    let c = app.colors();
    let mut body = column![
        iced::widget::text(text::SET_UP_TITLE).size(size::CALL).font(STRONG).color(c.text),
        secondary(c, text::SET_UP_BODY),
    ]
    .spacing(space::S);
    if !state.problems.is_empty() {
        body = body.push(gap().height(space::S)).push(problems(app, state));
    }
    body = body.push(gap().height(space::L)).push(form(app, state));
    if !state.steps.is_empty() {
        body = body.push(gap().height(space::M)).push(steps(app, state));
    }
    if state.ready_to_save {
        body = body.push(gap().height(space::M)).push(save(app, state));
    }
    let side = if app.tiny() { space::L } else { space::XXL };
    let inner = container(container(body.width(Length::Fill)).max_width(measure::SHEET))
        .center_x(Length::Fill)
        .padding([space::XXL * 1.5, side]);
    scrollable(inner).direction(scrollbar()).style(scroll_style(c)).width(Length::Fill).height(Length::Fill).into()
}

fn problems<'a>(app: &'a App, state: &'a SetUpState) -> Element<'a, Message> {
    let c = app.colors();
    let head = row![icon(Icon::Warning, measure::ICON, c.warning), strong(c, text::BROKEN_TITLE)]
        .spacing(space::S)
        .align_y(Alignment::Center);
    let mut parts = column![head].spacing(space::S);
    for problem in &state.problems {
        parts = parts.push(wrapped(c, problem.as_ref()).size(size::SECONDARY));
    }
    frame(c, parts.push(secondary(c, text::BROKEN_BODY)))
}

fn form<'a>(app: &'a App, state: &'a SetUpState) -> Element<'a, Message> {
    let c = app.colors();
    let form = &app.form;
    let input = |heading: &'a str, hint: &'a str, value: &'a str, which: Field, id: &'static str| {
        let typed = field(c, hint, value, move |typed| Message::SetUp(which, typed))
            .id(id)
            .secure(which == Field::Password)
            .on_submit(Message::SignIn(false));
        column![label(c, heading), typed].spacing(space::XS + 2.0)
    };
    let mut parts = column![
        input(text::ADDRESS.text(), text::ADDRESS_HINT.text(), &form.address, Field::Address, name::SETUP_ADDRESS),
        input(text::PASSWORD.text(), "", &form.password, Field::Password, name::SETUP_PASSWORD),
    ]
    .spacing(space::L);
    if form.advanced {
        parts = parts
            .push(input(
                text::CHAT_SERVER.text(),
                text::SERVER_HINT.text(),
                &form.chat_server,
                Field::ChatServer,
                "setup-chat",
            ))
            .push(input(
                text::VOICE_SERVER.text(),
                text::SERVER_HINT.text(),
                &form.voice_server,
                Field::VoiceServer,
                "setup-voice",
            ));
    }
    let more = if form.advanced { text::ADVANCED_CLOSE } else { text::ADVANCED_OPEN };
    let word = if state.busy { text::SIGNING_IN } else { text::SIGN_IN };
    let go = (!state.busy).then_some(Message::SignIn(false));
    let kind = if state.ready_to_save { Kind::Secondary } else { Kind::Primary };
    let actions = row![
        button(c, Kind::Ghost, None, more, Some(Message::Advanced(!form.advanced))),
        gap().width(Length::Fill),
        button(c, kind, None, word, go).id("sign-in"),
    ]
    .align_y(Alignment::Center);
    parts = parts.push(actions);
    // Whoever has signed in already found the way.
    if state.steps.is_empty() {
        parts = parts.push(secondary(c, text::LINK_BODY)).push(super::others::open(app));
    }
    parts.into()
}

fn steps<'a>(app: &'a App, state: &'a SetUpState) -> Element<'a, Message> {
    let c = app.colors();
    let lines = state.steps.iter().enumerate().map(|(at, step)| {
        let (which, color) = match step.ok {
            None => (Icon::Clock, c.muted),
            Some(true) => (Icon::Check, c.positive),
            Some(false) => (Icon::Close, c.negative),
        };
        let mut words =
            column![wrapped(c, told(&step.text)).size(size::SECONDARY).width(Length::Fill)].spacing(space::XS);
        // How the settings were looked for stands below their line.
        if at == 0 {
            for detail in &state.details {
                words = words.push(wrapped(c, told(detail)).size(size::META).color(c.muted).width(Length::Fill));
            }
        }
        row![icon(which, measure::ICON_SMALL + 2.0, color), words].spacing(space::S).into()
    });
    let mut parts = column(lines).spacing(space::S);
    if state.without_document && !state.busy {
        parts = parts.push(button(c, Kind::Secondary, None, text::WITHOUT_SETTINGS, Some(Message::SignIn(true))));
    }
    frame(c, parts)
}

fn save<'a>(app: &'a App, state: &'a SetUpState) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![strong(c, text::SAVE_TITLE), secondary(c, state.config_path.to_string())].spacing(space::S);
    let keep = |keyring: bool| Some(Message::Do(Request::SaveSetUp { keyring }));
    // Long words of a button take two lines where the window is narrow.
    let wide = |kind: Kind, word: crate::gui::words::Word, message: Option<Message>| {
        let color = if kind == Kind::Primary { c.on_accent } else { c.text };
        let words = iced::widget::text(word).size(size::SECONDARY).font(STRONG).color(color);
        press(c, kind, words).padding([space::S, space::L]).on_press_maybe(message)
    };
    if state.no_keyring {
        parts = parts.push(secondary(c, text::NO_KEYRING));
        parts = parts.push(wide(Kind::Primary, text::SAVE_FILE, keep(false)));
    } else {
        parts = parts.push(wide(Kind::Primary, text::SAVE_KEYRING, keep(true)));
        parts = parts.push(wide(Kind::Ghost, text::SAVE_FILE, keep(false)));
    }
    frame(c, parts)
}
