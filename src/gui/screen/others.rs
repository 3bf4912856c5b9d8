//! The sheet that shows what other programs have, before anything is taken over.

use iced::widget::{column, row, space as gap, toggler};
use iced::{Alignment, Element, Length};

use super::super::app::{App, name};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::others::Message as Others;
use super::super::text;
use super::super::text::accounts as words;
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, card, field, hairline, label, line, press, secondary, strong, title, wrapped};
use super::button;
use super::connections::frame;
use crate::account::OtherView;
use crate::gui::words::{say, told};

/// Names of people that are shown.
const NAMES: usize = 12;
/// Lines of what cannot be used that are shown.
const SKIPPED: usize = 5;

fn tell(message: Others) -> Message {
    Message::Others(message)
}

/// The button that opens the sheet.
pub fn open(app: &App) -> Element<'_, Message> {
    button(app.colors(), Kind::Secondary, None, words::OTHERS, Some(tell(Others::Open))).id("others-open").into()
}

pub fn sheet(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let parts = match (&app.others.shown, &app.others.taken) {
        (_, Some((accounts, people))) => {
            let sign = icon(Icon::Check, measure::ICON_SMALL, c.positive);
            let said = row![sign, wrapped(c, words::taken(*accounts, people)).width(Length::Fill)].spacing(space::S);
            let mut parts = column![title(c, words::OTHERS_TITLE), said];
            if *accounts > 0 {
                parts = parts.push(secondary(c, words::PASSWORDS));
            }
            let close = button(c, Kind::Primary, None, text::CLOSE, Some(Message::Lay(None))).id("others-close");
            parts.push(row![gap().width(Length::Fill), close])
        }
        (Some((_, view)), None) => preview(app, view),
        (None, None) => choice(app),
    };
    card(c, space::XL, Length::Fill, parts.spacing(space::M))
}

/// Which file.
fn choice(app: &App) -> iced::widget::Column<'_, Message> {
    let c = app.colors();
    let state = &app.others;
    let mut list = column![].spacing(space::XS);
    match &state.found {
        None => list = list.push(secondary(c, words::LOOKING)),
        Some(found) if found.is_empty() => list = list.push(secondary(c, words::NONE_FOUND)),
        Some(found) => {
            for (program, path) in found {
                let shown = column![
                    line(program.as_str()).strong(),
                    secondary(c, path.to_string()).wrapping(iced::widget::text::Wrapping::WordOrGlyph),
                ]
                .width(Length::Fill);
                let look = tell(Others::Look(Some(path.clone())));
                list = list.push(
                    press(c, Kind::Secondary, shown)
                        .padding([space::S, space::L])
                        .width(Length::Fill)
                        .on_press_maybe((!state.busy).then_some(look)),
                );
            }
        }
    }
    let ready = !state.busy && !state.path.trim().is_empty();
    let input = field(c, words::PATH_HINT, &state.path, |path| tell(Others::Path(path)))
        .id(name::SHEET_FIELD)
        .on_submit(tell(Others::Look(None)));
    let look = button(c, Kind::Secondary, None, words::LOOK, ready.then(|| tell(Others::Look(None)))).id("others-look");
    let typed = row![input.width(Length::Fill), look].spacing(space::S).align_y(Alignment::Center);
    let fields = column![
        secondary(c, words::OTHERS_BODY),
        list,
        column![label(c, words::PATH), typed].spacing(space::XS + 2.0),
    ]
    .spacing(space::M);
    column![title(c, words::OTHERS_TITLE), super::rooms::scrolled(app, fields)]
        .push(problem(app))
        .push(row![gap().width(Length::Fill), button(c, Kind::Ghost, None, text::CANCEL, Some(Message::Lay(None))),])
}

/// What a file holds.
fn preview<'a>(app: &'a App, view: &'a OtherView) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let state = &app.others;
    let mut fields =
        column![secondary(c, words::PREVIEW)].spacing(space::M).padding(iced::Padding::ZERO.right(space::M));
    if !view.accounts.is_empty() {
        let mut list = column![].spacing(space::S);
        for (at, account) in view.accounts.iter().enumerate() {
            if at > 0 {
                list = list.push(hairline(c));
            }
            let shown = column![
                line(text::address_book::bare(&account.address).to_owned()).strong(),
                line(words::about(account)).size(size::SECONDARY).color(c.muted),
            ]
            .width(Length::Fill);
            let over = !account.known && !state.left_out.contains(&account.address);
            let address = account.address.clone();
            let choose = move |over| tell(Others::Account(address.clone(), over));
            let switch = toggler(over).size(size::TITLE).on_toggle_maybe((!account.known).then_some(choose));
            list = list.push(row![shown, switch].spacing(space::M).align_y(Alignment::Center));
        }
        fields = fields.push(column![label(c, words::ACCOUNTS), frame(c, list)].spacing(space::XS));
        fields = fields.push(secondary(c, words::PASSWORDS));
    }
    if view.people_total > 0 {
        let names = column![
            line(words::people(view.people_total)).strong(),
            secondary(c, words::names(view, NAMES)).wrapping(iced::widget::text::Wrapping::WordOrGlyph),
        ]
        .width(Length::Fill);
        let switch = toggler(state.people).size(size::TITLE).on_toggle(|people| tell(Others::People(people)));
        let all = row![names, switch].spacing(space::M).align_y(Alignment::Center);
        fields = fields.push(column![label(c, words::PEOPLE), frame(c, all)].spacing(space::XS));
    }
    if view.accounts.is_empty() && view.people_total == 0 {
        fields = fields.push(strong(c, words::NOTHING));
    }
    let mut skipped = column![].spacing(2.0);
    for (at, why) in view.skipped.iter().take(SKIPPED) {
        skipped = skipped.push(secondary(c, say!("screen-line", at = at.to_string(), why = told(why))));
    }
    let more = view.skipped.len().saturating_sub(SKIPPED) + view.more_skipped;
    if more > 0 {
        skipped = skipped.push(secondary(c, say!("screen-and-more", count = more)));
    }
    fields = fields.push(skipped);
    let word = if state.busy { words::TAKING } else { words::TAKE };
    let take = state.ready().then(|| tell(Others::Take));
    column![title(c, words::from(view)), super::rooms::scrolled(app, fields)].push(problem(app)).push(
        row![
            button(c, Kind::Ghost, None, words::OTHER_FILE, Some(tell(Others::Back))),
            button(c, Kind::Ghost, None, text::CANCEL, Some(Message::Lay(None))),
            button(c, Kind::Primary, None, word, take).id("others-take"),
        ]
        .spacing(space::S)
        .wrap(),
    )
}

fn problem(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let text = app.others.problem.as_ref()?;
    let sign = icon(Icon::Warning, measure::ICON_SMALL, c.negative);
    Some(row![sign, wrapped(c, told(text)).width(Length::Fill)].spacing(space::S).into())
}
