//! Both connections side by side, the weaker one marked, with the one action that raises it (C-46).

use iced::widget::{column, container, row, scrollable, space as gap};
use iced::{Alignment, Border, Element, Length};

use super::super::app::{App, Overlay};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::text::security as words;
use super::super::theme::{Colors, STRONG, measure, radius, size, space};
use super::super::widget::{
    Kind, card, hairline, label, line, pane, press, scroll_style, scrollbar, secondary, strong, title,
};
use super::{button, hint, icon_button};
use crate::account::Request;
use crate::gui::words::told;
use crate::model::{ParityLevel, ProtectionPair, ProtectionRow, RaiseOutcome, RaiseStep, Service};

/// What opens the sheet.
fn open() -> Option<Message> {
    Some(Message::Lay(Some(Overlay::Security)))
}

/// The sheet.
pub fn sheet(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let protection = &app.snapshot.protection;
    let weaker = protection.pairs.iter().any(|pair| pair.level == ParityLevel::Mismatch);
    let mut head = row![title(c, words::TITLE), gap().width(Length::Fill)].spacing(space::S).align_y(Alignment::Center);
    // Above the lines: what is scrolled never pushes the one action off the screen.
    if protection.busy || !protection.plan.is_empty() {
        let possible = protection.plan.iter().any(|step| step.outcome == RaiseOutcome::Planned);
        let raise = (!protection.busy && possible).then_some(Message::Do(Request::RaiseSecurity { dry_run: false }));
        let word = if protection.busy { words::RAISING } else { words::RAISE };
        head = head.push(button(c, Kind::Primary, None, word, raise).id("raise-security"));
    }
    head = head.push(button(c, Kind::Ghost, None, text::CLOSE, Some(Message::Lay(None))));
    let mut body = column![secondary(c, words::verdict(protection)).color(c.text)].spacing(space::L);
    if !protection.tried.is_empty() {
        body = body.push(steps(c, words::TRIED.text(), &protection.tried, true));
    }
    if !protection.plan.is_empty() {
        body = body.push(steps(c, words::PLAN.text(), &protection.plan, false));
    }
    let several = protection.pairs.len() > 1;
    for pair in protection.pairs.iter().filter(|pair| !pair.rows.is_empty()) {
        body = body.push(side_by_side(c, pair, several));
    }
    if weaker && protection.plan.is_empty() && !protection.busy {
        body = body.push(hairline(c)).push(secondary(c, words::NOTHING));
    }
    let parts = column![
        head,
        hairline(c),
        scrollable(container(body).padding(iced::Padding::from([space::M, 0.0]).right(space::M)))
            .direction(scrollbar())
            .style(scroll_style(c))
    ]
    .spacing(space::S);
    card(c, if app.tiny() { space::L } else { space::XL }, Length::Fill, parts)
}

fn side_by_side<'a>(c: &'static Colors, pair: &'a ProtectionPair, several: bool) -> Element<'a, Message> {
    let heading = |service: Service, id: &'a str| -> Element<'a, Message> {
        let mut heading = column![strong(c, text::service(service))].width(Length::Fill);
        if several {
            heading = heading.push(line(id).size(size::META).color(c.muted));
        }
        heading.into()
    };
    let mut lines = column![
        row![heading(Service::Chat, pair.chat.as_str()), heading(Service::Voice, pair.voice.as_str())]
            .spacing(space::S)
    ]
    .spacing(space::M);
    for compared in &pair.rows {
        lines = lines.push(one(c, pair, compared));
    }
    lines.into()
}

fn one<'a>(c: &'static Colors, pair: &'a ProtectionPair, compared: &'a ProtectionRow) -> Element<'a, Message> {
    let cell = |words_of: &'a str, service: Service| {
        let weak = compared.weaker == Some(service);
        let mut content = column![iced::widget::text(told(words_of)).size(size::SECONDARY).color(c.text)].spacing(2.0);
        if weak {
            let mark = if compared.accepted { words::ACCEPTED } else { words::WEAKER };
            content = content.push(
                row![
                    icon(Icon::Warning, size::META, c.warning),
                    iced::widget::text(mark).size(size::META).color(c.muted)
                ]
                .spacing(space::XS)
                .align_y(Alignment::Center),
            );
        }
        container(content).padding([space::XS + 2.0, space::S]).width(Length::Fill).style(move |_| container::Style {
            background: Some(if weak { c.warning_soft } else { c.hover }.into()),
            border: Border { color: if weak { c.warning } else { c.line }, width: 1.0, radius: radius::SMALL.into() },
            ..Default::default()
        })
    };
    let mut lines = column![
        label(c, words::aspect(compared.aspect)),
        row![cell(&compared.chat, Service::Chat), cell(&compared.voice, Service::Voice)].spacing(space::S)
    ]
    .spacing(space::XS);
    if let Some(side) = compared.weaker {
        let reason = match &compared.remedy {
            Some(remedy) if !compared.accepted => format!("{} {}", told(&compared.reason), told(remedy)),
            Some(_) | None => told(&compared.reason).into_owned(),
        };
        lines = lines.push(secondary(c, reason));
        if compared.accepted {
            let account = if side == Service::Chat { &pair.chat } else { &pair.voice }.clone();
            let message = Message::Do(Request::WithdrawConsent { account, aspect: compared.aspect });
            lines = lines.push(row![button(c, Kind::Secondary, None, words::WITHDRAW, Some(message))]);
        }
    }
    lines.into()
}

fn steps<'a>(c: &'static Colors, heading: &'a str, steps: &'a [RaiseStep], tried: bool) -> Element<'a, Message> {
    let mut lines = column![label(c, heading)].spacing(space::S);
    for step in steps {
        let (which, color) = match step.outcome {
            RaiseOutcome::Done => (Icon::Check, c.positive),
            RaiseOutcome::RolledBack | RaiseOutcome::Refused => (Icon::Warning, c.warning),
            RaiseOutcome::Trying => (Icon::Clock, c.warning),
            RaiseOutcome::Planned => (Icon::Lock, c.accent),
        };
        let mut sentences = column![].spacing(2.0).width(Length::Fill);
        sentences = if tried {
            let outcome = iced::widget::text(words::outcome(step.outcome)).size(size::SECONDARY).font(STRONG);
            sentences.push(outcome.color(c.text)).push(secondary(c, told(&step.text)).color(c.text))
        } else {
            sentences.push(secondary(c, told(&step.text)).color(c.text))
        };
        sentences = sentences.push(secondary(c, words::step(step)).size(size::META));
        lines = lines.push(row![icon(which, measure::ICON_SMALL, color), sentences].spacing(space::S));
    }
    lines.into()
}

/// The quiet line under the problems: there is a difference that nobody has accepted or hidden yet.
pub fn notice(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let shown = app.uneven() && app.hidden_findings != app.snapshot.parity.findings;
    shown.then(|| {
        let content = row![
            icon(Icon::Unlock, measure::ICON, c.warning),
            iced::widget::text(words::NOTICE).size(size::SECONDARY).color(c.text).width(Length::Fill),
            button(c, Kind::Secondary, None, words::SHOW, open()),
            icon_button(c, Kind::Ghost, Icon::Close, words::HIDE, Some(Message::HideFindings), measure::TARGET),
        ]
        .spacing(space::M)
        .align_y(Alignment::Center);
        let content = pane(c.sunken, content).padding([space::XS + 2.0, space::L]).width(Length::Fill);
        column![content, hairline(c)].into()
    })
}

/// The padlock at the foot of the rail; none while there is nothing to compare.
pub fn padlock(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    (app.snapshot.parity.level != ParityLevel::Unknown).then(|| {
        let (which, color) = if app.uneven() { (Icon::Unlock, c.warning) } else { (Icon::Lock, c.muted) };
        let inner = press(c, Kind::Ghost, container(icon(which, measure::ICON, color)).center_x(Length::Fill))
            .padding([space::S, 0.0])
            .width(measure::RAIL - space::S)
            .id("padlock")
            .on_press_maybe(open());
        hint(c, inner, words::verdict(&app.snapshot.protection))
    })
}

/// The button on the page of the connections.
pub fn compare(app: &App) -> Element<'_, Message> {
    row![button(app.colors(), Kind::Secondary, Some(Icon::Lock), words::COMPARE, open())].into()
}
