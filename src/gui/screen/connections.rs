//! How the two connections are doing, and how they are protected.

use iced::widget::{column, container, row};
use iced::{Alignment, Border, Element, Length};

use super::super::app::{App, Overlay};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::theme::{Colors, measure, radius, size, space};
use super::super::widget::{Kind, line, secondary, strong};
use super::{button, page, section};
use crate::account::Request;
use crate::gui::words::{say, told, word};
use crate::model::{AccountState, Certificate, ConnectionState, ParityLevel, Security, TlsVersion, Transport};

pub fn view(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let snapshot = &app.snapshot;
    let mut body = column![secondary(c, text::CONNECTIONS_BODY)].spacing(space::L);
    if let Some(sentence) = text::can_be_called(snapshot, app.now, app.options.offset) {
        body = body.push(strong(c, sentence).wrapping(iced::widget::text::Wrapping::Word));
    }
    for account in snapshot.accounts.iter() {
        body = body.push(one(app, account));
    }
    if !snapshot.reachable.text.is_empty() {
        body = body.push(secondary(c, crate::gui::words::told(&snapshot.reachable.text)));
    }
    if snapshot.parity.level != ParityLevel::Unknown {
        body = body.push(section(c, text::SECURITY, parity(app)));
    }
    body = body.push(section(c, text::REPORT, report(app)));
    page(app, text::CONNECTIONS, body)
}

fn report(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let copy = button(c, Kind::Secondary, None, text::COPY_REPORT, Some(Message::Report(false))).id("copy-report");
    let save = button(c, Kind::Secondary, None, text::SAVE_REPORT, Some(Message::Report(true))).id("save-report");
    column![
        secondary(c, text::REPORT_BODY),
        secondary(c, text::run(&app.snapshot.traces.correlation)),
        row![copy, save].spacing(space::S).wrap()
    ]
    .spacing(space::S)
    .into()
}

/// A framed part.
pub fn frame<'a>(c: &'static Colors, content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    container(content)
        .padding(space::L)
        .width(Length::Fill)
        .style(move |_| container::Style {
            background: Some(if c.dark { c.raised } else { c.surface }.into()),
            border: Border { color: c.line, width: 1.0, radius: radius::LARGE.into() },
            ..Default::default()
        })
        .into()
}

fn one<'a>(app: &'a App, account: &'a AccountState) -> Element<'a, Message> {
    let c = app.colors();
    let (which, color) = match account.state {
        ConnectionState::Online => (Icon::Check, c.positive),
        ConnectionState::Connecting | ConnectionState::Held => (Icon::Clock, c.warning),
        ConnectionState::Offline => (Icon::Clock, c.muted),
        ConnectionState::Failed => (Icon::Warning, c.negative),
    };
    let mut head = row![
        icon(which, measure::ICON, color),
        column![
            strong(c, text::service(account.service)),
            line(account.address.as_ref()).size(size::SECONDARY).color(c.muted)
        ]
        .spacing(2.0)
        .width(Length::Fill),
        column![
            line(text::connection(account, app.now.boot)).size(size::SECONDARY).color(c.text).shrink(),
            line(text::since(account, app.now, app.options.offset)).size(size::META).color(c.muted).shrink()
        ]
        .align_x(Alignment::End)
        .spacing(2.0),
    ]
    .spacing(space::M)
    .align_y(Alignment::Center);
    let action = match (account.state, account.reason.as_ref().map(|reason| reason.code.as_ref())) {
        (ConnectionState::Failed, Some("wrong-password")) => {
            Some((text::ENTER_PASSWORD, Message::Lay(Some(Overlay::Password(account.id.clone(), String::new())))))
        }
        (ConnectionState::Failed | ConnectionState::Offline | ConnectionState::Held, _) => {
            Some((text::RETRY, Message::Do(Request::Retry(account.id.clone()))))
        }
        _ => None,
    };
    let action = action.map(|(word, message)| button(c, Kind::Secondary, None, word, Some(message)));
    let mut parts = column![].spacing(space::S);
    if app.narrow() {
        // Beside the state there is no room for it.
        parts = parts.push(head).push(action);
    } else {
        head = head.push(action);
        parts = parts.push(head);
    }
    if let Some(reason) = account.reason.as_ref().filter(|_| account.state != ConnectionState::Online) {
        parts = parts.push(secondary(c, told(&reason.text)).color(c.text));
    }
    if let Some(security) = &account.security {
        parts = parts.push(protection(c, security));
    }
    let trace = app.snapshot.traces.get(&account.id);
    // What is going wrong now stands above already.
    let last =
        trace.filter(|trace| trace.last_error.as_ref().is_some_and(|(_, last)| account.reason.as_ref() != Some(last)));
    if let Some(sentence) = last.and_then(|trace| text::last_error(trace, app.now, app.options.offset)) {
        parts = parts.push(secondary(c, sentence));
    }
    frame(c, parts)
}

fn protection<'a>(c: &'static Colors, security: &Security) -> Element<'a, Message> {
    let protected = security.transport == Transport::Tls && security.certificate != Certificate::None;
    let transport = match (security.transport, security.tls) {
        (Transport::Tls, Some(TlsVersion::V13)) => word("screen-encrypted-13"),
        (Transport::Tls, Some(TlsVersion::V12)) => word("screen-encrypted-12"),
        (Transport::Tls, None) => word("screen-encrypted"),
        (Transport::Tcp | Transport::Udp, _) => word("screen-not-encrypted"),
    };
    let certificate = match security.certificate {
        Certificate::Verified => word("screen-verified"),
        Certificate::Pinned => word("screen-pinned"),
        Certificate::Exception => word("screen-accepted"),
        Certificate::None => word(""),
    };
    let (which, color) = if protected { (Icon::Lock, c.positive) } else { (Icon::Unlock, c.negative) };
    row![
        icon(which, measure::ICON_SMALL, color),
        secondary(c, say!("screen-signed-in-with", transport, certificate, method = security.auth))
    ]
    .spacing(space::S)
    .align_y(Alignment::Center)
    .into()
}

fn parity(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let parity = &app.snapshot.parity;
    let mut parts = column![].spacing(space::S);
    if parity.findings.is_empty() {
        parts = parts.push(secondary(c, word("screen-alike")));
    }
    for finding in &parity.findings {
        let mut words = column![secondary(c, told(&finding.text)).color(c.text)].spacing(2.0);
        if let Some(remedy) = &finding.remedy {
            words = words.push(secondary(c, told(remedy)));
        }
        parts = parts.push(row![icon(Icon::Warning, measure::ICON_SMALL, c.warning), words].spacing(space::S));
    }
    parts.push(super::security::compare(app)).into()
}
