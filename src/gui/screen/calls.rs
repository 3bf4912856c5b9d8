//! The page of calls: the calls that were; beside them the dial pad, voicemail and lamps.

use iced::widget::{column, container, row, scrollable, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::App;
use super::super::message::Message;
use super::super::telephone::{Message as Telephone, Part};
use super::super::text;
use super::super::text::telephone as words;
use super::super::theme::{measure, space};
use super::super::widget::{hairline_vertical, label, scroll_style, scrollbar, title};
use super::history::choice;
use super::{answering, dial_pad, history, phones};

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let list = || column![head(app)].push(answering::band(app)).push(history::view(app)).height(Length::Fill);
    if app.size.width >= measure::WIDE - measure::RAIL {
        let side = scrolled(app, container(side(app)).padding([space::L, space::L]).into());
        let side = container(side).width(measure::DETAILS).height(Length::Fill);
        return row![list().width(Length::Fill), hairline_vertical(c), side].height(Length::Fill).into();
    }
    match app.telephone.part {
        Part::History => list().into(),
        Part::Pad => {
            let side = container(side(app)).max_width(measure::DETAILS);
            let side = container(side).center_x(Length::Fill).padding([0.0, space::L]);
            column![head(app)].push(answering::band(app)).push(scrolled(app, side.into())).height(Length::Fill).into()
        }
    }
}

fn scrolled<'a>(app: &'a App, content: Element<'a, Message>) -> Element<'a, Message> {
    scrollable(content)
        .direction(scrollbar())
        .style(scroll_style(app.colors()))
        .width(Length::Fill)
        .height(Length::Fill)
        .into()
}

/// The pad and what is told without a call.
fn side(app: &App) -> Element<'_, Message> {
    let wide = app.size.width >= measure::WIDE - measure::RAIL;
    let heading = wide.then(|| label(app.colors(), words::PAD));
    let mut content = column![].push(heading).push(dial_pad::view(app)).spacing(space::M);
    for part in [phones::voicemail(app), phones::lamps(app)].into_iter().flatten() {
        content = content.push(gap().height(space::S)).push(part);
    }
    content.push(gap().height(space::L)).into()
}

/// The title; in a narrow window also what is shown.
fn head(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let mut head = row![title(c, text::CALLS), gap().width(Length::Fill)].spacing(space::S).align_y(Alignment::Center);
    if app.size.width < measure::WIDE - measure::RAIL {
        for (part, word) in [(Part::History, words::HISTORY), (Part::Pad, words::PAD)] {
            let show = Message::Telephone(Telephone::Show(part));
            head = head.push(choice(app, word, app.telephone.part == part, show));
        }
    }
    let head = container(head).max_width(measure::PAGE + space::XXL).center_y(measure::BAR);
    container(head).center_x(Length::Fill).padding([0.0, if app.tiny() { space::L } else { space::XL }]).into()
}
