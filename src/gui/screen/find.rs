//! The search through messages: words, with whom, since when, and what was found.

use iced::widget::{column, container, opaque, row, scrollable, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::{App, name};
use super::super::find::{MOST, Message as Find, Span};
use super::super::icon::Icon;
use super::super::message::Message;
use super::super::text;
use super::super::text::find as said;
use super::super::theme::{measure, size, space};
use super::super::update::is_own;
use super::super::widget::{Kind, avatar, card, field, line, pane, press, scroll_style, scrollbar, secondary, title};
use super::{button, icon_button};
use crate::model::Message as Chatted;

/// Characters before the first found word that are shown.
const BEFORE: usize = 40;

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let find = &app.find;
    let words = field(c, said::HINT, &find.words, |typed| Message::Find(Find::Words(typed)))
        .id(name::SHEET_FIELD)
        .on_submit(Message::Find(Find::GoChosen));
    let close = icon_button(c, Kind::Ghost, Icon::Close, text::CLOSE, Some(Message::Lay(None)), measure::TARGET);
    let head = row![title(c, said::TITLE), gap().width(Length::Fill), close].align_y(Alignment::Center);
    let chip = |word: String, on: bool, message: Find| {
        press(c, if on { Kind::On } else { Kind::Secondary }, line(word).size(size::SECONDARY).shrink())
            .padding([space::XS, space::M])
            .on_press(Message::Find(message))
    };
    let mut filters = row![].spacing(space::XS);
    if let Some(open) = &find.open {
        filters = filters
            .push(chip(said::EVERYBODY.to_owned(), find.with.is_none(), Find::With(None)))
            .push(chip(app.name_of(open), find.with.is_some(), Find::With(Some(open.clone()))))
            .push(gap().width(space::S));
    }
    for (word, span) in
        [(said::ANY_TIME, Span::Any), (said::WEEK, Span::Week), (said::MONTH, Span::Month), (said::YEAR, Span::Year)]
    {
        filters = filters.push(chip(word.to_owned(), find.span == span, Find::Span(span)));
    }
    let told = |heading: &'static str, body: String| {
        container(column![title(c, heading), secondary(c, body)].spacing(space::S).align_x(Alignment::Center))
            .center(Length::Fill)
            .height(Length::Fill)
            .into()
    };
    let results: Element<'_, Message> = if let Some(problem) = &find.problem {
        told(said::NO_STORE.text(), crate::gui::words::told(problem).into_owned())
    } else if !find.has_words() {
        told(said::START.text(), said::START_BODY.to_owned())
    } else if find.found.is_empty() && find.answered != find.asked {
        told(said::SEARCHING.text(), String::new())
    } else if find.found.is_empty() {
        told(said::NOTHING.text(), said::NOTHING_BODY.to_owned())
    } else {
        let mut rows =
            column![secondary(c, said::found(find.found.len(), MOST, find.complete)).size(size::META)].spacing(2.0);
        for (at, message) in find.found.iter().enumerate() {
            rows = rows.push(result(app, message, at, at == find.chosen));
        }
        if find.has_more() {
            let more = (find.answered == find.asked).then_some(Message::Find(Find::More));
            rows = rows.push(container(button(c, Kind::Secondary, None, said::MORE, more)).center_x(Length::Fill));
        }
        scrollable(rows.width(Length::Fill).padding(iced::Padding::ZERO.right(space::M)))
            .direction(scrollbar())
            .style(scroll_style(c))
            .height(Length::Fill)
            .into()
    };
    let parts = column![head, words, filters.wrap().vertical_spacing(space::XS), results].spacing(space::M);
    let sheet = card(c, space::L, Length::Fill, parts.height(Length::Fill));
    let around = if app.tiny() { space::S } else { space::XL };
    let sheet = container(sheet).max_width(measure::PAGE).max_height(measure::PAGE);
    opaque(pane(c.scrim, sheet).center(Length::Fill).padding(around))
}

fn result<'a>(app: &'a App, message: &'a Chatted, at: usize, chosen: bool) -> Element<'a, Message> {
    let c = app.colors();
    let name = app.name_of(&message.with);
    let when = text::when(message.time, app.now.wall, app.options.offset);
    let picture =
        app.picture(app.people.contact(&app.snapshot, &message.with).and_then(|contact| contact.avatar.as_ref()));
    let first = row![line(name.clone()).strong(), line(when).size(size::META).color(c.muted).shrink()]
        .spacing(space::S)
        .align_y(Alignment::Center);
    let part = excerpt(&message.body, &app.find.words);
    let part = if is_own(message.direction) { format!("{}{part}", text::YOU) } else { part };
    let second = line(part).size(size::SECONDARY).color(c.muted);
    let content = row![
        avatar(c, message.with.as_str(), &name, picture, measure::AVATAR_SMALL, None),
        column![first, second].spacing(2.0)
    ]
    .spacing(space::M)
    .align_y(Alignment::Center);
    press(c, Kind::Row(chosen), content)
        .padding([space::S, space::S])
        .width(Length::Fill)
        .on_press(Message::Find(Find::Go(at)))
        .into()
}

/// The part of a text around the first of the words.
fn excerpt(body: &str, words: &str) -> String {
    let wanted: Vec<String> =
        words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let flat: Vec<char> = body.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    // Letter by letter, so that places stay places where lower case is longer.
    let lower: Vec<char> = flat.iter().map(|c| c.to_lowercase().next().unwrap_or(*c)).collect();
    let begins = |at: usize| at == 0 || lower.get(at - 1).is_some_and(|before| !before.is_alphanumeric());
    let place = (0..lower.len()).filter(|at| begins(*at)).find(|at| {
        wanted.iter().any(|word| {
            let word: Vec<char> = word.chars().collect();
            lower.get(*at..at + word.len()) == Some(&word[..])
        })
    });
    let start = place.unwrap_or(0).saturating_sub(BEFORE);
    let rest: String = flat.iter().skip(start).collect();
    if start > 0 { format!("…{rest}") } else { rest }
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn an_excerpt_shows_the_word_that_was_found() {
        let long = format!("{} the meeting is\nat noon", "word ".repeat(40));
        let shown = excerpt(&long, "Meet noon");
        assert!(shown.starts_with('…') && shown.contains("the meeting is at noon"), "{shown}");
        assert_eq!(excerpt("short text", "text"), "short text");
        assert_eq!(excerpt("nothing of it", "absent"), "nothing of it");
        assert_eq!(excerpt("", "x"), "");
        assert!(excerpt(&"İ".repeat(500), "x").starts_with('İ'));
    }
}
