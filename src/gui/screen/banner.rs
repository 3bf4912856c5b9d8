//! Trouble as quiet lines, and what was just said.

use std::sync::Arc;

use iced::widget::{column, container, row, space as gap};
use iced::{Alignment, Element, Length};

use super::super::app::{App, Overlay, Place};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, card, hairline, pane};
use super::{button, hint, icon_button};
use crate::account::Request;
use crate::gui::words::told;
use crate::model::{Condition, ConditionKind, Remedy};

/// Lines that are shown at once; the rest waits until one of these is settled.
const SHOWN: usize = 3;

/// Characters that fit two lines of a banner.
const BRIEF: usize = 200;
/// The same in a narrow window.
const BRIEF_NARROW: usize = 110;

/// What the user can act on, a line each.
pub fn conditions(app: &App) -> Element<'_, Message> {
    let mut lines = column![];
    for (index, condition) in app.snapshot.conditions.iter().take(SHOWN).enumerate() {
        lines = lines.push(one(app, index, condition));
    }
    if let Some(notice) = super::security::notice(app) {
        lines = lines.push(notice);
    }
    lines.into()
}

fn one<'a>(app: &'a App, index: usize, condition: &'a Condition) -> Element<'a, Message> {
    let c = app.colors();
    let security = condition.kind == ConditionKind::Security;
    let color = if security { c.negative } else { c.warning };
    let (brief, cut) = text::brief(&told(&condition.text), if app.narrow() { BRIEF_NARROW } else { BRIEF });
    let words = iced::widget::text(brief).size(size::SECONDARY).color(c.text).width(Length::Fill);
    let words: Element<'a, Message> = if cut {
        container(hint(c, words, told(&condition.text).into_owned())).width(Length::Fill).into()
    } else {
        words.into()
    };
    let action = match &condition.remedy {
        Remedy::EnterPassword(account) => {
            let sheet = Overlay::Password(account.clone(), String::new());
            Some((text::ENTER_PASSWORD, Message::Lay(Some(sheet))))
        }
        Remedy::Retry(account) => Some((text::RETRY, Message::Do(Request::Retry(account.clone())))),
        Remedy::PublishAddress(account) => Some((text::card::PUBLISH, super::settings::publish(account))),
        Remedy::ChooseDevice => Some((text::OPEN_DEVICES, Message::Go(Place::Settings))),
        Remedy::OpenFile { .. } | Remedy::Dismiss => None,
    };
    let act = action.map(|(word, message)| button(c, Kind::Secondary, None, word, Some(message)));
    let dismiss = Some(Message::Do(Request::DismissCondition(index)));
    let close = icon_button(c, Kind::Ghost, Icon::Close, text::DISMISS, dismiss, measure::TARGET);
    let mut content =
        row![icon(Icon::Warning, measure::ICON, color), words].spacing(space::M).align_y(Alignment::Center);
    let mut below = None;
    // Beside words, a button would leave them a column of a few letters.
    if app.narrow() {
        below = act;
    } else if let Some(act) = act {
        content = content.push(act);
    }
    let mut content = column![content.push(close)].spacing(space::XS);
    if let Some(act) = below {
        // Under the first word.
        content = content.push(container(act).padding(iced::Padding::ZERO.left(measure::ICON + space::M)));
    }
    let line = pane(c.warning_soft, content).padding([space::XS + 2.0, space::L]).width(Length::Fill);
    column![line, hairline(c)].into()
}

/// What was just said, at the foot of the window.
pub fn toast<'a>(app: &'a App, said: &'a Arc<str>) -> Element<'a, Message> {
    let c = app.colors();
    let words = iced::widget::text(text::laid_out(&told(said)).into_owned()).size(size::SECONDARY).color(c.text);
    let close = icon_button(c, Kind::Ghost, Icon::Close, text::CLOSE, Some(Message::ToastSeen), measure::TARGET);
    let content = row![icon(Icon::Info, measure::ICON, c.accent), container(words).max_width(measure::SHEET), close]
        .spacing(space::M)
        .align_y(Alignment::Center);
    let card = card(c, space::S, iced::Length::Shrink, content);
    column![gap().height(Length::Fill), container(card).center_x(Length::Fill)]
        .width(Length::Fill)
        .height(Length::Fill)
        .padding(iced::Padding::from(space::XL).bottom(space::XXL * 3.0))
        .into()
}
