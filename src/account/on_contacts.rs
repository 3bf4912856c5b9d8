//! The list of people is changed: adding, naming, grouping, removing, blocking. What the server took comes back as a change of
//! the roster, so that nothing is shown before it is true.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::contact_request::{AddContact, BlockedView, ContactRequest};
use super::effect::Ticket;
use super::manager::Manager;
use super::on_people::ADDED_BY_LINK;
use super::questions::Subject;
use super::{Refusal, RefusalKind, Reply};
use crate::model::{AccountId, ConnectionState, Jid, PeerGrade, Reason, Reception};
use crate::xmpp::{
    Command, ContactCommand, ContactEntry, ContactEvent, LONGEST_CONTACT_NAME, LONGEST_REPORT, MOST_BLOCKED,
    MOST_CONTACT_GROUPS,
};

/// Changes that wait for the server. When full: refused.
const MOST_OPEN: usize = 64;
/// The ticket of a block that came with the answer to a question: nobody waits for its outcome.
const UNASKED: u64 = u64::MAX;
/// What the memo about blocked people is called.
const MEMO: &str = "blocked";

/// What is under way, and who is blocked.
#[derive(Debug, Default)]
pub(super) struct ContactDesk {
    /// Changes that wait for the server's answer, and what is being done.
    open: BTreeMap<Ticket, (AccountId, Doing)>,
    /// Who is blocked on each account, from the server or from the last run.
    blocked: BTreeMap<AccountId, BTreeSet<Jid>>,
    /// Accounts whose server can block, and whether it takes reports.
    able: BTreeMap<AccountId, bool>,
    /// The same as the screens show it.
    view: Arc<BlockedView>,
    /// Who has several addresses.
    pub(super) same: super::same_person::SamePersonDesk,
    /// The history among the own devices.
    pub(super) own_calls: super::on_own_calls::OwnCallsDesk,
    /// What people say of themselves, and links.
    pub(super) claims: super::on_people::ClaimDesk,
}

/// What is being done, for the sentence about a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Add,
    Change,
    Remove,
    Block,
    Unblock,
}

impl Manager {
    /// Answers, now or when the server has.
    pub(super) fn handle_contact_request(&mut self, ticket: Ticket, request: ContactRequest) {
        if let Some(answer) = self.contact_request(ticket, request).transpose() {
            self.answer(ticket, answer);
        }
    }

    fn contact_request(&mut self, ticket: Ticket, request: ContactRequest) -> Result<Option<Reply>, Refusal> {
        let number = ticket.0;
        match request {
            ContactRequest::SamePerson(first, second) => self.join_persons(&first, &second).map(Some),
            ContactRequest::AnotherPerson(jid) => self.part_persons(&jid).map(Some),
            ContactRequest::Blocked => Ok(Some(Reply::Blocked(self.blocked_view().people.clone()))),
            ContactRequest::Add(add) => self.add_contact(ticket, add),
            ContactRequest::Rename(jid, name) => {
                let (account, entry) = self.on_list(&jid)?;
                let name = checked(&name, long_name)?;
                let entry = ContactEntry { name: (!name.is_empty()).then_some(name), ..entry };
                self.ask_server(ticket, account, Doing::Change, ContactCommand::Change { ticket: number, entry })
            }
            ContactRequest::Groups(jid, groups) => {
                let (account, entry) = self.on_list(&jid)?;
                let entry = ContactEntry { groups: checked_groups(&groups)?, ..entry };
                self.ask_server(ticket, account, Doing::Change, ContactCommand::Change { ticket: number, entry })
            }
            ContactRequest::Change(jid, name, groups) => {
                let (account, _) = self.on_list(&jid)?;
                let name = checked(&name, long_name)?;
                let name = (!name.is_empty()).then_some(name);
                let entry = ContactEntry { jid, name, groups: checked_groups(&groups)? };
                self.ask_server(ticket, account, Doing::Change, ContactCommand::Change { ticket: number, entry })
            }
            ContactRequest::Remove(jid) => {
                let (account, _) = self.on_list(&jid)?;
                self.ask_server(ticket, account, Doing::Remove, ContactCommand::Remove { ticket: number, jid })
            }
            ContactRequest::Ask(jid) => self.tell_server(&jid, ContactCommand::Ask),
            ContactRequest::Withdraw(jid) => self.tell_server(&jid, ContactCommand::Withdraw),
            ContactRequest::Invite(account) => self.make_invite(ticket, account),
            ContactRequest::Hide(jid) => self.tell_server(&jid, ContactCommand::Hide),
            ContactRequest::Block(jid, report) => {
                let account = self.blocking_account(&jid)?;
                if report.is_some() && self.contact_desk.able.get(&account) != Some(&true) {
                    let text = "Your chat server takes no reports. You can block them without one.";
                    return Err(Refusal::new(RefusalKind::NotAllowed, text));
                }
                if report
                    .iter()
                    .filter_map(|report| report.text.as_ref())
                    .any(|text| text.chars().count() > LONGEST_REPORT)
                {
                    let text = format!("A report has at most {LONGEST_REPORT} characters.");
                    return Err(Refusal::new(RefusalKind::Invalid, &text));
                }
                let command = ContactCommand::Block { ticket: number, jid, report };
                self.ask_server(ticket, account, Doing::Block, command)
            }
            ContactRequest::Unblock(jid) => {
                let desk = &self.contact_desk;
                let of = desk.blocked.iter().find(|(_, people)| people.contains(&jid)).map(|(account, _)| account);
                let Some(account) = of.cloned() else {
                    return Err(Refusal::new(RefusalKind::NotFound, "This person is not blocked."));
                };
                self.ask_server(ticket, account, Doing::Unblock, ContactCommand::Unblock { ticket: number, jid })
            }
        }
    }

    fn add_contact(&mut self, ticket: Ticket, add: AddContact) -> Result<Option<Reply>, Refusal> {
        let AddContact { jid, name, groups, approve, account, token } = add;
        let account = match account {
            Some(account) => Some(account).filter(|id| self.config.chat.iter().any(|chat| chat.id == *id)),
            None => self.config.chat.first().map(|chat| chat.id.clone()),
        };
        let account = account.ok_or_else(|| Refusal::new(RefusalKind::NotFound, "There is no such chat account."))?;
        let is_own = self.config.chat.iter().any(|chat| chat.address == jid);
        let wrong = match &jid {
            jid if !jid.is_reachable() || jid.is_made_up() || jid.local().is_none() => {
                Some("A chat address looks like frank@example.com.")
            }
            _ if is_own => Some("This is your own address."),
            jid if self.rooms.get(jid).is_some() => Some("This is the address of a room, not of a person."),
            jid if self.people.account_of(jid) == Some(&account) => Some("This person is in your list already."),
            jid if self.blocks(jid) => Some("You have blocked this person. Unblock them first, then add them."),
            _ => None,
        };
        if let Some(text) = wrong {
            return Err(Refusal::new(RefusalKind::Invalid, text));
        }
        let name = name.map(|name| checked(&name, long_name)).transpose()?.filter(|name| !name.is_empty());
        let entry = ContactEntry { jid: jid.clone(), name, groups: checked_groups(&groups)? };
        self.bring_token(&account, &jid, token.as_deref());
        let command = ContactCommand::Add { ticket: ticket.0, entry, approve };
        let answer = self.ask_server(ticket, account, Doing::Add, command)?;
        if approve {
            // Whoever is added on purpose need not be asked about any more.
            self.questions.withdraw(|subject| matches!(subject, Subject::Subscription { from, .. } if *from == jid));
        }
        Ok(answer)
    }

    /// Somebody of a chat list: in whose, and as what.
    fn on_list(&self, jid: &Jid) -> Result<(AccountId, ContactEntry), Refusal> {
        let (account, item) = self.people.listed(jid).ok_or_else(not_listed)?;
        let entry = ContactEntry {
            jid: jid.clone(),
            name: item.name.as_deref().map(Arc::from),
            groups: item.groups.iter().map(|group| Arc::from(group.as_str())).collect(),
        };
        Ok((account.clone(), entry))
    }

    fn blocking_account(&self, jid: &Jid) -> Result<AccountId, Refusal> {
        let refuse = |text| Err(Refusal::new(RefusalKind::Invalid, text));
        if jid.is_made_up() || !jid.is_reachable() {
            return refuse("Only somebody with a chat address can be blocked at the chat server.");
        }
        if self.config.chat.iter().any(|chat| chat.address == *jid || chat.address.domain() == jid.as_str()) {
            return refuse("You cannot block yourself or your own server.");
        }
        let listed = self.people.account_of(jid);
        let account = listed.or_else(|| self.config.chat.first().map(|chat| &chat.id)).ok_or_else(not_connected)?;
        if !self.is_online(account) {
            return Err(not_connected());
        }
        if !self.contact_desk.able.contains_key(account) {
            return Err(Refusal::new(RefusalKind::NotAllowed, "Your chat server cannot block people."));
        }
        if self.contact_desk.blocked.get(account).is_some_and(|people| people.contains(jid)) {
            return refuse("This person is blocked already.");
        }
        Ok(account.clone())
    }

    /// Something that the server answers; the answer to the ticket follows.
    fn ask_server(
        &mut self,
        ticket: Ticket,
        account: AccountId,
        doing: Doing,
        command: ContactCommand,
    ) -> Result<Option<Reply>, Refusal> {
        if !self.is_online(&account) {
            return Err(not_connected());
        }
        if self.contact_desk.open.len() >= MOST_OPEN {
            let text = "Too many changes of the list are under way. Try again in a moment.";
            return Err(Refusal::new(RefusalKind::NotAllowed, text));
        }
        self.contact_desk.open.insert(ticket, (account.clone(), doing));
        self.chat(&account, Command::Contact(command));
        Ok(None)
    }

    /// Something without an answer: what became of it is seen in the list.
    fn tell_server(&mut self, jid: &Jid, command: fn(Jid) -> ContactCommand) -> Result<Option<Reply>, Refusal> {
        let (account, _) = self.people.listed(jid).ok_or_else(not_listed)?;
        let account = account.clone();
        if !self.is_online(&account) {
            return Err(not_connected());
        }
        self.chat(&account, Command::Contact(command(jid.clone())));
        Ok(Some(Reply::Done))
    }

    /// Whether the server of an account that is connected can block.
    pub(super) fn can_block(&self, id: &AccountId) -> bool {
        self.contact_desk.able.contains_key(id)
    }

    /// The user answered somebody's question with a block.
    pub(super) fn block_who_asked(&mut self, account: &AccountId, jid: Jid) {
        self.chat(account, Command::Contact(ContactCommand::Block { ticket: UNASKED, jid, report: None }));
    }

    /// What a chat connection says about it.
    pub(super) fn handle_contact_event(&mut self, id: &AccountId, event: ContactEvent) {
        match event {
            ContactEvent::Done { ticket, outcome } => {
                let unasked = match ticket {
                    UNASKED => Some(Doing::Block),
                    ADDED_BY_LINK => Some(Doing::Add),
                    _ => None,
                };
                if let (Some(doing), Err(reason)) = (unasked, &outcome) {
                    let text = refusal(doing, reason).text;
                    self.notice(super::NoticeBody::Problem(text));
                }
                let ticket = Ticket(ticket);
                if let Some((_, doing)) = self.contact_desk.open.remove(&ticket) {
                    let answer = outcome.map(|()| Reply::Done).map_err(|reason| refusal(doing, &reason));
                    self.answer(ticket, answer);
                }
            }
            ContactEvent::Blocked(people) => {
                match people {
                    Some(people) => {
                        self.contact_desk.able.entry(id.clone()).or_default();
                        self.contact_desk
                            .blocked
                            .insert(id.clone(), people.iter().take(MOST_BLOCKED).cloned().collect());
                    }
                    None => {
                        self.contact_desk.able.remove(id);
                        self.contact_desk.blocked.remove(id);
                    }
                }
                let lines: Vec<&str> =
                    self.contact_desk.blocked.get(id).into_iter().flatten().map(Jid::as_str).collect();
                let (name, value) = (self.memo_name(MEMO, id), lines.join("\n"));
                if !value.is_empty() || self.memos.contains_key(&name) {
                    self.set_memo(&name, &value);
                }
                let blocked = &self.contact_desk.blocked;
                self.questions.withdraw(|subject| {
                    matches!(subject, Subject::Subscription { account, from }
                        if blocked.get(account).is_some_and(|people| people.contains(from)))
                });
            }
            ContactEvent::Reports(takes) => {
                if let Some(known) = self.contact_desk.able.get_mut(id) {
                    *known = takes;
                }
            }
        }
        self.show_blocked();
    }

    /// An account is not connected any more: nobody answers what was asked there.
    pub(super) fn contacts_follow(&mut self, id: &AccountId, state: ConnectionState) {
        self.remember_blocked(id);
        if state == ConnectionState::Online {
            return;
        }
        self.contact_desk.able.remove(id);
        let open = &mut self.contact_desk.open;
        let gone: Vec<Ticket> = open.iter().filter(|(_, (of, _))| of == id).map(|(ticket, _)| *ticket).collect();
        for ticket in gone {
            self.contact_desk.open.remove(&ticket);
            let text = "The chat connection broke before your server answered. Look at your list when it is back, and \
                try again if nothing has changed.";
            self.answer(ticket, Err(Refusal::new(RefusalKind::Offline, text)));
        }
        self.show_blocked();
    }

    /// Whom the last run knew to be blocked counts until the server says who is: the telephone asks, too.
    fn remember_blocked(&mut self, id: &AccountId) {
        if self.contact_desk.blocked.contains_key(id) {
            return;
        }
        let Some(memo) = self.memos.get(&self.memo_name(MEMO, id)) else { return };
        let people = memo.lines().take(MOST_BLOCKED).filter_map(|line| Jid::parse(line).ok()).collect();
        self.contact_desk.blocked.insert(id.clone(), people);
    }

    /// Whether somebody is blocked on any account, alone or with everybody of their server.
    pub(super) fn blocks(&self, jid: &Jid) -> bool {
        let domain = Jid::parse(jid.domain()).ok();
        self.contact_desk
            .blocked
            .values()
            .any(|people| people.contains(jid) || domain.as_ref().is_some_and(|domain| people.contains(domain)))
    }

    /// A blocked person does not get through by telephone either, where it is proven that it is they. A claim is not enough:
    /// otherwise whoever writes a colleague's number into a card could silence that colleague.
    pub(super) fn screen_blocked(
        &self,
        peer: &crate::model::Peer,
        screened: (Reception, Option<Arc<str>>),
    ) -> (Reception, Option<Arc<str>>) {
        match &peer.jid {
            Some(jid) if peer.grade == PeerGrade::Confirmed && self.blocks(jid) => {
                (Reception::Decline, Some("You have blocked this person.".into()))
            }
            Some(_) | None => screened,
        }
    }

    /// Whether it is proven that a blocked person is behind this identity.
    pub(super) fn is_blocked_for_certain(&self, account: &AccountId, identity: &crate::sip::CallIdentity) -> bool {
        let Some(voice) = self.config.voice.iter().find(|voice| voice.id == *account) else { return false };
        let (people, plan) = (&self.people, self.plan_for(voice));
        let person = |jid: &Jid| people.person(jid);
        let peer = crate::cusax::identify(identity, people.index(), &plan, Some(&voice.address), person);
        peer.grade == PeerGrade::Confirmed && peer.jid.is_some_and(|jid| self.blocks(&jid))
    }

    /// Who is blocked, as the screens show it.
    pub(super) fn blocked_view(&self) -> Arc<BlockedView> {
        self.contact_desk.view.clone()
    }

    fn show_blocked(&mut self) {
        let desk = &mut self.contact_desk;
        let people: BTreeSet<Jid> = desk.blocked.values().flatten().cloned().collect();
        desk.view = Arc::new(BlockedView {
            people: people.into_iter().collect(),
            available: !desk.able.is_empty(),
            reports: desk.able.values().any(|reports| *reports),
        });
    }
}

fn not_connected() -> Refusal {
    let text = "Chat is not connected. The list of people is kept by your server: try again when it is connected.";
    Refusal::new(RefusalKind::Offline, text)
}

fn not_listed() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "This person is not in your list.")
}

fn long_name(most: usize) -> String {
    format!("A name has at most {most} characters.")
}

fn long_group(most: usize) -> String {
    format!("A group's name has at most {most} characters.")
}

/// A name without what XML cannot carry, not too long.
fn checked(text: &str, too_long: fn(usize) -> String) -> Result<Arc<str>, Refusal> {
    let text: String = text.trim().chars().filter(|c| !c.is_control()).collect();
    if text.chars().count() > LONGEST_CONTACT_NAME {
        return Err(Refusal::new(RefusalKind::Invalid, &too_long(LONGEST_CONTACT_NAME)));
    }
    Ok(text.into())
}

fn checked_groups(groups: &[Arc<str>]) -> Result<Vec<Arc<str>>, Refusal> {
    let mut kept: Vec<Arc<str>> = Vec::new();
    for group in groups {
        let group = checked(group, long_group)?;
        if !group.is_empty() && !kept.contains(&group) {
            kept.push(group);
        }
    }
    if kept.len() > MOST_CONTACT_GROUPS {
        let text = format!("A person can be in at most {MOST_CONTACT_GROUPS} groups.");
        return Err(Refusal::new(RefusalKind::Invalid, &text));
    }
    Ok(kept)
}

/// What the server's refusal means (RFC 6121 section 2.3.3, XEP-0191).
fn refusal(doing: Doing, reason: &Reason) -> Refusal {
    let what = match doing {
        Doing::Add => "This person was not added",
        Doing::Change => "The change was not made",
        Doing::Remove => "This person was not removed",
        Doing::Block => "This person was not blocked",
        Doing::Unblock => "This person was not unblocked",
    };
    let (kind, why) = match &*reason.code {
        "offline" | "no-answer" => {
            (RefusalKind::Offline, "your server did not answer. Look at the list before you try again".to_owned())
        }
        "forbidden" | "not-allowed" | "not-authorized" => {
            (RefusalKind::NotAllowed, "your server does not allow it. Ask your administrator".to_owned())
        }
        "not-acceptable" | "bad-request" | "jid-malformed" => {
            (RefusalKind::Invalid, "your server does not accept this address, name or group".to_owned())
        }
        "item-not-found" => (RefusalKind::NotFound, "your server does not know this address".to_owned()),
        "feature-not-implemented" | "service-unavailable" => {
            (RefusalKind::NotAllowed, "your server cannot do it".to_owned())
        }
        "resource-constraint" | "policy-violation" => {
            (RefusalKind::NotAllowed, "your server's limit is reached. Ask your administrator".to_owned())
        }
        _ => (RefusalKind::NotAllowed, super::people::clean(&reason.text).to_string()),
    };
    Refusal::new(kind, &format!("{what}: {why}."))
}
