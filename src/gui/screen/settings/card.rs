//! The user's own card: shown, edited, tested.

use std::sync::Arc;

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::super::app::App;
use super::super::super::card::{CardMessage, Draft, PhoneDraft};
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::own_picture::{FIELD, Message as Picture};
use super::super::super::text::card as text;
use super::super::super::text::{CANCEL, plain};
use super::super::super::theme::{Colors, measure, size, space};
use super::super::super::widget::{Kind, avatar, field, label, line, press, secondary, strong};
use super::super::connections::frame;
use super::super::{button, icon_button};
use crate::account::{CardRequest, CardTest, CardWork, MyCard};
use crate::model::{AccountId, CardPhone, OwnCard};

pub fn card(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    if let Some(draft) = &app.card.draft {
        return frame(c, form(app, draft));
    }
    let mut parts = column![].spacing(space::M);
    for card in app.snapshot.cards.iter() {
        parts = parts.push(frame(c, one(app, card)));
    }
    if app.snapshot.cards.is_empty() {
        let words = if app.snapshot.reachable.chat { text::NOT_READ } else { text::NOT_READ_OFFLINE };
        parts = parts.push(secondary(c, words));
    }
    parts.into()
}

/// Adds the voice account's address to the card.
pub fn publish(account: &AccountId) -> Message {
    ask(account, CardRequest::Publish)
}

fn ask(account: &AccountId, request: CardRequest) -> Message {
    Message::Card(CardMessage::Ask(account.clone(), request))
}

fn one<'a>(app: &'a App, card: &'a MyCard) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![portrait(app, card)].spacing(space::M);
    match &card.card {
        Some(known) => parts = parts.push(shown(c, card, known)),
        None if card.busy.is_none() => parts = parts.push(secondary(c, text::NOT_READ)),
        None => {}
    }
    if let Some(missing) = card.missing.as_ref().filter(|_| card.test.is_none()) {
        parts = parts.push(noted(c, text::missing(missing)));
    }
    for note in &card.notes {
        parts = parts.push(noted(c, note.to_string()));
    }
    if let Some(problem) = &card.problem {
        parts = parts.push(noted(c, problem.to_string()));
    }
    if let Some(test) = &card.test {
        parts = parts.push(tested(c, test));
    }
    let free = card.busy.is_none() && app.snapshot.reachable.chat;
    let then = |message: Message| free.then_some(message);
    let mut actions = row![].spacing(space::S).align_y(Alignment::Center);
    if card.card.is_some() {
        if card.missing.is_some() {
            actions = actions.push(button(c, Kind::Primary, None, text::PUBLISH, then(publish(&card.account))));
        }
        let edit = Message::Card(CardMessage::Edit(card.account.clone()));
        actions = actions.push(button(c, Kind::Secondary, None, text::EDIT, then(edit)));
        let test = ask(&card.account, CardRequest::Test);
        actions = actions.push(button(c, Kind::Secondary, None, text::TEST, then(test)));
    } else {
        actions =
            actions.push(button(c, Kind::Secondary, None, text::READ, then(ask(&card.account, CardRequest::Read))));
    }
    if let Some(busy) = card.busy {
        actions = actions.push(secondary(c, working(busy)));
    }
    parts.push(actions.wrap()).into()
}

/// The own picture, and what can be done with it.
fn portrait<'a>(app: &'a App, card: &'a MyCard) -> Element<'a, Message> {
    let c = app.colors();
    let known = card.card.as_ref();
    let name = known.and_then(|known| known.full_name.as_deref().or(known.nickname.as_deref()));
    let name = name.unwrap_or(card.address.as_str());
    let face = avatar(c, card.address.as_str(), name, app.picture(card.picture.as_ref()), measure::AVATAR_LARGE, None);
    let say = |message| Message::Card(CardMessage::Picture(message));
    let free = !card.picture_busy && app.snapshot.reachable.chat;
    let does = |message| free.then(|| say(message));
    let account = || card.account.clone();
    let mut actions = row![
        button(c, Kind::Secondary, None, text::CHOOSE, does(Picture::Choose(account()))),
        button(c, Kind::Secondary, None, text::PASTE, does(Picture::Paste(account()))),
    ]
    .spacing(space::S);
    if card.picture.is_some() {
        actions = actions.push(button(c, Kind::Ghost, None, text::REMOVE_PICTURE, does(Picture::Remove(account()))));
    }
    let body = if card.picture_busy { text::PICTURE_BUSY } else { text::PICTURE_BODY };
    let mut words = column![actions.wrap(), secondary(c, body)].spacing(space::S).width(Length::Fill);
    if let Some((_, path)) = app.card.picture_path.as_ref().filter(|(of, _)| *of == card.account) {
        let input = field(c, text::PICTURE_PATH.text(), path, move |typed| say(Picture::Typed(typed)));
        let input = input.id(FIELD).on_submit(say(Picture::Use)).width(Length::Fill);
        let send = button(c, Kind::Primary, None, text::USE_PICTURE, does(Picture::Use));
        words = words.push(row![input, send].spacing(space::S));
    }
    if app.narrow() {
        return column![face, words].spacing(space::M).into();
    }
    row![face, words].spacing(space::L).align_y(Alignment::Center).into()
}

fn working(work: CardWork) -> &'static str {
    match work {
        CardWork::Reading => text::READING.text(),
        CardWork::Writing => text::WRITING.text(),
        CardWork::Testing => text::TESTING.text(),
    }
}

fn shown<'a>(c: &'static Colors, card: &'a MyCard, known: &'a OwnCard) -> Element<'a, Message> {
    let name: &str = known.full_name.as_deref().or(known.nickname.as_deref()).unwrap_or(card.address.as_str());
    let beside: Vec<&str> = [
        known.nickname.as_deref().filter(|nickname| *nickname != name),
        known.organisation.as_deref(),
        Some(card.address.as_str()).filter(|address| *address != name),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut parts = column![strong(c, plain(name)), secondary(c, plain(&beside.join(" · ")).into_owned())].spacing(2.0);
    let mut numbers = column![].spacing(space::S).padding(iced::Padding::ZERO.top(space::S));
    for phone in &known.phones {
        numbers = numbers.push(entry(c, phone));
    }
    if known.phones.is_empty() {
        numbers = numbers.push(secondary(c, text::NO_NUMBERS));
    }
    if let Some(others) = text::others(known.others) {
        numbers = numbers.push(secondary(c, others));
    }
    parts = parts.push(numbers);
    parts.into()
}

fn entry<'a>(c: &'static Colors, phone: &'a CardPhone) -> Element<'a, Message> {
    let kinds = text::kinds(phone.types.iter().map(|kind| &**kind), phone.preferred);
    let mut words = column![line(plain(&phone.value).into_owned())].spacing(2.0);
    if !kinds.is_empty() {
        words = words.push(secondary(c, kinds));
    }
    row![icon(Icon::Phone, measure::ICON_SMALL, c.muted), words].spacing(space::M).align_y(Alignment::Center).into()
}

/// Something that is not as it should be.
fn noted<'a>(c: &'static Colors, words: String) -> Element<'a, Message> {
    row![icon(Icon::Warning, measure::ICON_SMALL, c.warning), secondary(c, words).color(c.text)]
        .spacing(space::S)
        .into()
}

fn tested<'a>(c: &'static Colors, test: &'a CardTest) -> Element<'a, Message> {
    let mut parts = column![].spacing(space::XS);
    if !test.text.is_empty() {
        parts = parts.push(step(c, test.ok, test.text.to_string(), true));
    }
    for one in &test.steps {
        parts = parts.push(step(c, one.ok, one.text.to_string(), false));
    }
    parts.into()
}

fn step<'a>(c: &'static Colors, ok: Option<bool>, words: String, result: bool) -> Element<'a, Message> {
    let (which, color) = match ok {
        Some(true) => (Icon::Check, c.positive),
        Some(false) => (Icon::Warning, c.warning),
        None => (Icon::Info, c.muted),
    };
    let words = secondary(c, words).color(if result { c.text } else { c.muted });
    row![icon(which, measure::ICON_SMALL, color), words].spacing(space::S).into()
}

fn form<'a>(app: &'a App, draft: &'a Draft) -> Element<'a, Message> {
    let c = app.colors();
    let mut parts = column![
        named(c, text::NAME.text(), &draft.name, CardMessage::Name),
        named(c, text::NICKNAME.text(), &draft.nickname, CardMessage::Nickname),
    ]
    .spacing(space::M);
    if let Some(organisation) = &draft.organisation {
        parts = parts.push(named(c, text::ORGANISATION.text(), organisation, CardMessage::Organisation));
    }
    parts = parts.push(label(c, text::NUMBERS));
    for (at, phone) in draft.phones.iter().enumerate() {
        parts = parts.push(edited(c, at, phone, draft.phones.len()));
    }
    parts = parts.push(button(c, Kind::Secondary, None, text::ADD, Some(Message::Card(CardMessage::Add))));
    if let Some(refused) = &draft.refused {
        parts = parts.push(noted(c, refused.to_string()));
    }
    let save = (!draft.saving).then_some(Message::Card(CardMessage::Save));
    let mut actions = row![
        button(c, Kind::Primary, None, text::SAVE, save),
        button(c, Kind::Secondary, None, CANCEL, Some(Message::Card(CardMessage::Cancel))),
    ]
    .spacing(space::S)
    .align_y(Alignment::Center);
    if draft.saving {
        actions = actions.push(secondary(c, text::WRITING));
    }
    parts.push(actions).into()
}

fn named<'a>(
    c: &'static Colors,
    word: &'static str,
    value: &'a str,
    typed: fn(String) -> CardMessage,
) -> Element<'a, Message> {
    let input = field(c, word, value, move |text| Message::Card(typed(text))).id(word);
    column![label(c, word), input].spacing(space::XS).into()
}

fn edited<'a>(c: &'static Colors, at: usize, phone: &'a PhoneDraft, count: usize) -> Element<'a, Message> {
    let input = field(c, text::VALUE_HINT, &phone.value, move |text| Message::Card(CardMessage::Value(at, text)));
    let side = |which, word, message: CardMessage, possible: bool| {
        icon_button(c, Kind::Ghost, which, word, possible.then_some(Message::Card(message)), measure::TARGET)
    };
    let head = row![
        input.width(Length::Fill),
        side(Icon::Up, text::UP, CardMessage::Up(at), at > 0),
        side(Icon::Down, text::DOWN, CardMessage::Down(at), at + 1 < count),
        side(Icon::Close, text::REMOVE, CardMessage::Remove(at), true),
    ]
    .spacing(space::XS)
    .align_y(Alignment::Center);
    let has = |kind: &str| phone.types.iter().any(|known: &Arc<str>| &**known == kind);
    let mut chips = row![].spacing(space::XS);
    for kind in CardPhone::TYPES {
        chips = chips.push(chip(c, text::kind(kind), has(kind), CardMessage::Type(at, kind)));
    }
    chips = chips.push(chip(c, text::PREFERRED.text(), phone.preferred, CardMessage::Prefer(at)));
    container(column![head, chips.wrap()].spacing(space::XS)).padding(iced::Padding::ZERO.bottom(space::S)).into()
}

fn chip<'a>(c: &'static Colors, word: &'a str, on: bool, message: CardMessage) -> Element<'a, Message> {
    let color = if on { c.text } else { c.muted };
    let mut content = row![].spacing(space::XS).align_y(Alignment::Center);
    if on {
        content = content.push(icon(Icon::Check, measure::ICON_SMALL, c.accent));
    }
    content = content.push(line(word).size(size::SECONDARY).color(color).shrink());
    press(c, Kind::Row(on), content)
        .padding([0.0, space::M])
        .height(measure::TARGET)
        .on_press(Message::Card(message))
        .into()
}
