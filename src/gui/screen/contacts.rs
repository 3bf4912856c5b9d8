//! Sheets that change the list of people, and the part of a person's details that leads to them.

use iced::widget::{column, row, space as gap, toggler};
use iced::{Alignment, Element, Length};

use super::super::app::{App, name};
use super::super::contacts::{Field, Message as Contacts, Sheet};
use super::super::icon::{Icon, icon};
use super::super::message::Message;
use super::super::text;
use super::super::text::contacts as words;
use super::super::theme::{measure, size, space};
use super::super::widget::{Kind, card, field, label, line, press, secondary, title, wrapped};
use super::button;
use crate::account::ContactRequest;
use crate::gui::words::told;
use crate::model::{Contact, Jid, ReportReason, Subscription};

fn tell(message: Contacts) -> Message {
    Message::Contact(message)
}

/// A sheet.
pub fn sheet<'a>(app: &'a App, which: &'a Sheet) -> Element<'a, Message> {
    let c = app.colors();
    let content = match which {
        Sheet::Add => {
            let ready = !app.contacts.address.trim().is_empty();
            let approve = toggler(app.contacts.approve)
                .label(words::APPROVE)
                .text_size(size::SECONDARY)
                .size(size::TITLE)
                .on_toggle(|on| tell(Contacts::Approve(on)));
            let fields = column![
                secondary(c, words::ADD_BODY),
                one(app, words::ADDRESS.text(), words::ADDRESS_HINT.text(), Field::Address, true),
                one(app, words::NAME.text(), words::NAME_HINT.text(), Field::Name, false),
                one(app, words::GROUPS.text(), words::GROUPS_HINT.text(), Field::Groups, false),
                approve
            ];
            let invite = button(c, Kind::Secondary, None, words::INVITE, Some(tell(Contacts::Show(Sheet::Invite))));
            let fields = fields.push(invite.id("contact-invite"));
            column![title(c, words::ADD), middle(app, fields)].push(problem(app)).push(actions(
                app,
                words::ADD_BUTTON.text(),
                Kind::Primary,
                ready,
            ))
        }
        Sheet::Invite => invite(app),
        Sheet::Edit(jid) => {
            let fields = column![
                secondary(c, jid.shown()),
                secondary(c, words::EDIT_BODY),
                one(app, words::NAME.text(), words::NAME_HINT.text(), Field::Name, true),
                one(app, words::GROUPS.text(), words::GROUPS_HINT.text(), Field::Groups, false),
            ];
            column![title(c, words::EDIT), middle(app, fields)].push(problem(app)).push(actions(
                app,
                words::SAVE.text(),
                Kind::Primary,
                true,
            ))
        }
        Sheet::Remove(jid) => {
            column![title(c, words::REMOVE_TITLE), wrapped(c, who(app, jid)), secondary(c, words::REMOVE_BODY),]
                .push(problem(app))
                .push(actions(app, words::REMOVE_BUTTON.text(), Kind::Negative, true))
        }
        Sheet::Block(jid) => block(app, jid),
        Sheet::Same(jid) => super::same_person::sheet(app, jid).push(problem(app)),
    };
    card(c, space::XL, Length::Fill, content.spacing(space::M))
}

/// A link for somebody: they open it, or a page where they find a program.
fn invite<'a>(app: &'a App) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let mut parts = column![secondary(c, words::INVITE_BODY)];
    let shown = |link: &'a std::sync::Arc<str>, kind: Kind| {
        let copy = button(c, kind, None, words::COPY_INVITE, Some(Message::Copy(link.clone())));
        column![wrapped(c, link.to_string()).size(size::SECONDARY), copy].spacing(space::S)
    };
    match &app.contacts.invite {
        Some(link) => {
            parts = parts.push(shown(&link.uri, Kind::Primary));
            if let Some(page) = &link.page {
                parts = parts.push(label(c, words::INVITE_PAGE)).push(shown(page, Kind::Secondary));
            }
            if let Some(until) = link.until {
                let day = text::day(until, app.now.wall, app.options.offset);
                parts = parts.push(secondary(c, words::holds_until(day)));
            }
        }
        None if app.contacts.busy => parts = parts.push(secondary(c, words::INVITE_MAKING)),
        None => {}
    }
    let close = row![gap().width(Length::Fill), button(c, Kind::Ghost, None, text::CLOSE, Some(Message::Lay(None)))];
    column![title(c, words::INVITE), middle(app, parts)].push(problem(app)).push(close)
}

fn block<'a>(app: &'a App, jid: &'a Jid) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let mut parts = column![wrapped(c, who(app, jid)), secondary(c, words::BLOCK_BODY)];
    if app.snapshot.blocked.reports {
        let mut choices = row![].spacing(space::S);
        for (reason, word) in [
            (None, words::NO_REPORT),
            (Some(ReportReason::Spam), words::SPAM),
            (Some(ReportReason::Abuse), words::ABUSE),
        ] {
            let kind = if app.contacts.reason == reason { Kind::On } else { Kind::Secondary };
            let content = line(word).size(size::SECONDARY).shrink();
            choices = choices
                .push(press(c, kind, content).padding([space::XS, space::M]).on_press(tell(Contacts::Reason(reason))));
        }
        parts = parts.push(column![label(c, words::REPORT), choices.wrap()].spacing(space::XS + 2.0));
        if app.contacts.reason.is_some() {
            parts = parts.push(
                field(c, words::REPORT_HINT, &app.contacts.report, |text| tell(Contacts::Typed(Field::Report, text)))
                    .on_submit(tell(Contacts::Done)),
            );
        }
    }
    let word = if app.contacts.reason.is_some() { words::REPORT_BUTTON } else { words::BLOCK_BUTTON };
    column![title(c, words::BLOCK_TITLE), middle(app, parts)].push(problem(app)).push(actions(
        app,
        word.text(),
        Kind::Negative,
        true,
    ))
}

/// What stands between the heading and the buttons: it scrolls where the window is low.
fn middle<'a>(app: &'a App, parts: iced::widget::Column<'a, Message>) -> Element<'a, Message> {
    super::rooms::scrolled(app, parts.spacing(space::M).padding(iced::Padding::ZERO.right(space::M)))
}

/// Whether something about somebody's place in the list comes before all else: blocked, waiting, or not in it.
pub fn comes_first(app: &App, jid: &Jid, contact: Option<&Contact>) -> bool {
    let waits =
        contact.is_none_or(|contact| !contact.listed || (contact.asked && !contact.subscription.sees_contact()));
    waits || app.snapshot.blocked.contains(jid)
}

/// The name and the address, so that nobody is taken for somebody else.
fn who(app: &App, jid: &Jid) -> String {
    match app.people.contact(&app.snapshot, jid) {
        Some(contact) if *contact.name != *jid.shown() => format!("{} ({})", text::plain(&contact.name), jid.shown()),
        Some(_) | None => jid.shown(),
    }
}

fn one<'a>(
    app: &'a App,
    heading: &'static str,
    hint: &'static str,
    which: Field,
    first: bool,
) -> iced::widget::Column<'a, Message> {
    let c = app.colors();
    let value = match which {
        Field::Address => &app.contacts.address,
        Field::Name => &app.contacts.name,
        Field::Groups => &app.contacts.groups,
        Field::Report => &app.contacts.report,
    };
    let mut input =
        field(c, hint, value, move |text| tell(Contacts::Typed(which, text))).on_submit(tell(Contacts::Done));
    if first {
        input = input.id(name::SHEET_FIELD);
    }
    column![label(c, heading), input].spacing(space::XS + 2.0)
}

fn problem<'a>(app: &'a App) -> Option<Element<'a, Message>> {
    let c = app.colors();
    let text = app.contacts.problem.as_ref()?;
    let sign = icon(Icon::Warning, measure::ICON_SMALL, c.negative);
    Some(row![sign, secondary(c, told(text)).color(c.text)].spacing(space::S).into())
}

fn actions<'a>(app: &'a App, word: &'a str, kind: Kind, ready: bool) -> Element<'a, Message> {
    let c = app.colors();
    let done = (ready && !app.contacts.busy).then(|| tell(Contacts::Done));
    row![
        gap().width(Length::Fill),
        button(c, Kind::Ghost, None, text::CANCEL, Some(Message::Lay(None))),
        button(c, kind, None, word, done).id("contact-done")
    ]
    .spacing(space::S)
    .align_y(Alignment::Center)
    .into()
}

/// In the details: how somebody stands in the list, and what can be done about it.
pub fn standing<'a>(app: &'a App, jid: &'a Jid, contact: Option<&'a Contact>) -> Option<Element<'a, Message>> {
    if !jid.is_reachable() || jid.is_made_up() || jid.local().is_none() {
        return None;
    }
    let c = app.colors();
    let ask = |request: ContactRequest| Some(tell(Contacts::Ask(request)));
    let plain = |word: &'static str, message: Option<Message>| button(c, Kind::Secondary, None, word, message).id(word);
    let mut parts = column![label(c, words::LIST)].spacing(space::S);
    let blocked = app.snapshot.blocked.contains(jid);
    let listed = contact.filter(|contact| contact.listed);
    if blocked {
        let sign = icon(Icon::Warning, measure::ICON_SMALL, c.warning);
        parts = parts.push(row![sign, secondary(c, words::BLOCKED_BODY).color(c.text)].spacing(space::S));
        parts = parts.push(plain(words::UNBLOCK.text(), ask(ContactRequest::Unblock(jid.clone()))));
    }
    if let Some(contact) = listed {
        if let Some(standing) = words::standing(contact).filter(|_| !blocked) {
            parts = parts.push(secondary(c, standing));
            if contact.asked {
                parts = parts.push(plain(words::ASK_AGAIN.text(), ask(ContactRequest::Ask(jid.clone()))));
                parts = parts.push(plain(words::WITHDRAW.text(), ask(ContactRequest::Withdraw(jid.clone()))));
            } else if !contact.subscription.sees_contact() {
                parts = parts.push(plain(words::ASK.text(), ask(ContactRequest::Ask(jid.clone()))));
            }
        }
        parts = parts.push(plain(words::EDIT.text(), Some(tell(Contacts::Show(Sheet::Edit(jid.clone()))))));
        if matches!(contact.subscription, Subscription::From) && !blocked {
            parts = parts.push(plain(words::HIDE.text(), ask(ContactRequest::Hide(jid.clone()))));
        }
        parts = parts.push(plain(words::REMOVE.text(), Some(tell(Contacts::Show(Sheet::Remove(jid.clone()))))));
    } else if !blocked {
        parts = parts.push(plain(words::ADD.text(), Some(tell(Contacts::Add(jid.clone())))));
    }
    if !blocked {
        let can = app.snapshot.blocked.available;
        let show = can.then(|| tell(Contacts::Show(Sheet::Block(jid.clone()))));
        parts = parts.push(plain(words::BLOCK.text(), show));
        if !can {
            parts = parts.push(secondary(c, words::CANNOT_BLOCK));
        }
    }
    Some(parts.into())
}
