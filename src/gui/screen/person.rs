//! The form of a person of the address book.

use iced::widget::{column, row, space as gap};
use iced::{Alignment, Element, Length};

use super::super::address_book::{Field, Message as Book};
use super::super::app::{App, name};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::text::address_book as words;
use super::super::theme::{measure, space};
use super::super::widget::{Kind, card, field, label, secondary, title};
use super::button;

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let form = &app.book.form;
    let typed = |which: Field| move |text: String| Message::Book(Book::Typed(which, text));
    let save = || Message::Book(Book::Save);
    let one = |heading: &'static str, input: iced::widget::TextInput<'static, Message>| {
        column![label(c, heading), input.on_submit(save())].spacing(space::XS + 2.0)
    };
    let name = field(c, words::NAME, &form.name, typed(Field::Name)).id(name::SHEET_FIELD);
    let numbers = field(c, words::NUMBERS_HINT, &form.numbers, typed(Field::Numbers));
    let chat = field(c, words::CHAT_HINT, &form.chat, typed(Field::Chat));
    let mut actions = row![].spacing(space::S).align_y(Alignment::Center);
    if let Some(id) = form.id {
        actions = actions.push(button(c, Kind::Ghost, None, words::REMOVE, Some(Message::Book(Book::Remove(id)))));
    }
    let empty = |text: &str| text.trim().is_empty();
    let ready = !empty(&form.name) && (!empty(&form.numbers) || !empty(&form.chat));
    actions = actions
        .push(gap().width(Length::Fill))
        .push(button(c, Kind::Ghost, None, text::CANCEL, Some(Message::Lay(None))))
        .push(button(c, Kind::Primary, None, words::SAVE, ready.then(save)));
    let heading = if form.id.is_some() { words::TITLE } else { words::ADD };
    let mut parts = column![
        title(c, heading),
        secondary(c, words::FORM_BODY),
        one(words::NAME.text(), name),
        one(words::NUMBERS.text(), numbers),
        one(words::CHAT.text(), chat),
    ]
    .spacing(space::M);
    if let Some(problem) = &form.problem {
        let sign = icon(Icon::Warning, measure::ICON_SMALL, c.negative);
        parts = parts.push(row![sign, secondary(c, crate::gui::words::told(problem)).color(c.text)].spacing(space::S));
    }
    card(c, space::XL, Length::Fill, parts.push(actions))
}
