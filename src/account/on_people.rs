//! What people say of themselves beside their cards, when they were last there, and links that bring people into the list.
//!
//! A link of ours names a token (XEP-0379): whoever asks with it was given it by the user, so nobody is asked again. A server
//! that can (XEP-0401) makes the link itself and keeps that promise while the user is away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rand::Rng as _;

use super::effect::{Effect, Ticket};
use super::manager::Manager;
use super::people::clean;
use super::questions::{Subject, choice};
use super::{NoticeBody, Refusal, RefusalKind, Reply};
use crate::model::{AccountId, ContactLink, Jid, Now, QuestionKind, Reason, WallTime};
use crate::xmpp::{Command, ContactCommand, ContactEntry, LONGEST_TOKEN, PeopleCommand, PeopleEvent, ServerInvite};

/// Names that strangers give themselves and that are kept until their question is shown. When full: the first goes.
const MOST_CLAIMS: usize = 256;
/// Tokens of strangers that wait for their question. When full: the user is asked about further ones.
const MOST_TOKENS: usize = 64;
/// Links of ours that hold at once. When full: the oldest does not hold any more.
const MOST_LINKS: usize = 32;
/// Questions for a link that may wait for the server. When full: refused.
const MOST_ASKED: usize = 16;
/// How long a link of ours holds.
const LINK_HOLDS: Duration = Duration::from_secs(7 * 24 * 3600);
/// When somebody was last there is not asked again before.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(300);
/// People about whom that is remembered. When full: all are forgotten, and may be asked about again.
const MOST_ASKED_ABOUT: usize = 1_000;
/// The memo of the links: a line each, with the account's name, the token and until when it holds.
const MEMO: &str = "links";
/// The ticket of somebody who is added with the answer to a question: nobody waits for its outcome.
pub(super) const ADDED_BY_LINK: u64 = u64::MAX - 1;

/// What waits for its question or its answer.
#[derive(Debug, Default)]
pub(super) struct ClaimDesk {
    /// What people who are in no list call themselves.
    names: BTreeMap<Jid, Arc<str>>,
    /// The tokens that people brought who ask to see us.
    tokens: BTreeMap<Jid, Arc<str>>,
    /// Who waits for a link, and of which account.
    asked: BTreeMap<u64, AccountId>,
    /// When somebody was last asked about.
    asked_about: BTreeMap<Jid, Now>,
}

/// A link that brings one person into the list.
#[derive(Clone, PartialEq, Eq)]
pub struct InviteLink {
    /// The `xmpp:` link.
    pub uri: Arc<str>,
    /// A page for people who have no program yet, where the server has one.
    pub page: Option<Arc<str>>,
    /// Until when it holds.
    pub until: Option<WallTime>,
}

impl std::fmt::Debug for InviteLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InviteLink").field("page", &self.page.is_some()).finish_non_exhaustive()
    }
}

impl Manager {
    /// Something about people beside their cards.
    pub(super) fn handle_people(&mut self, id: &AccountId, event: PeopleEvent, now: Now) {
        let desk = &mut self.contact_desk.claims;
        match event {
            PeopleEvent::Nick(jid, nick) if self.people.account_of(&jid).is_some() => self.people.set_nick(&jid, nick),
            PeopleEvent::Nick(jid, Some(nick)) => {
                if desk.names.len() >= MOST_CLAIMS {
                    desk.names.pop_first();
                }
                desk.names.insert(jid, nick);
            }
            PeopleEvent::Nick(..) => {}
            PeopleEvent::Picture(jid, hash) => self.people.set_announced_picture(&jid, hash),
            PeopleEvent::PictureCame(jid, picture) => self.effects.push_back(Effect::Decode { jid, picture }),
            PeopleEvent::LastActive(jid, at) => self.people.set_last_active(&jid, at),
            PeopleEvent::Token(jid, token) => {
                if desk.tokens.len() < MOST_TOKENS {
                    desk.tokens.insert(jid, token);
                }
            }
            PeopleEvent::OwnPicture(event) => self.handle_own_picture(id, event),
            PeopleEvent::Invited(number, answer) => self.invited(id, number, answer, now),
        }
    }

    /// What somebody calls themselves who is in no list; said once.
    pub(super) fn take_claimed_name(&mut self, jid: &Jid) -> Option<Arc<str>> {
        let name = clean(self.contact_desk.claims.names.remove(jid)?.trim());
        (!name.is_empty()).then_some(name)
    }

    /// Somebody asks with a link of the user's: they are let in without a question, and asked in return. Each link is for one.
    pub(super) fn comes_by_link(&mut self, id: &AccountId, from: &Jid, now: Now) -> bool {
        let Some(token) = self.contact_desk.claims.tokens.remove(from) else { return false };
        let mut links = self.own_links(now);
        let Some(at) = links.iter().position(|(account, known, _)| account == id && *known == *token) else {
            return false;
        };
        links.remove(at);
        self.keep_links(&links);
        self.chat(id, Command::AnswerSubscription { jid: from.clone(), approve: true });
        let called = self.take_claimed_name(from).map(|name| format!("\u{2068}{name}\u{2069}, ")).unwrap_or_default();
        let text = format!("{called}{from} used a link of yours and is in your list now.");
        self.notice(NoticeBody::Problem(text.into()));
        true
    }

    /// Makes a link for one person: the server does where it can, else we do.
    pub(super) fn make_invite(&mut self, ticket: Ticket, account: Option<AccountId>) -> Result<Option<Reply>, Refusal> {
        let account = match account {
            Some(account) => Some(account).filter(|id| self.config.chat.iter().any(|chat| chat.id == *id)),
            None => self.config.chat.first().map(|chat| chat.id.clone()),
        };
        let account = account.ok_or_else(|| Refusal::new(RefusalKind::NotFound, "There is no such chat account."))?;
        if !self.is_online(&account) {
            let text = "Chat is not connected. A link can be made when it is.";
            return Err(Refusal::new(RefusalKind::Offline, text));
        }
        if self.contact_desk.claims.asked.len() >= MOST_ASKED {
            return Err(Refusal::new(RefusalKind::NotAllowed, "Links are being made already. Try again in a moment."));
        }
        self.contact_desk.claims.asked.insert(ticket.0, account.clone());
        self.chat(&account, Command::People(PeopleCommand::Invite(ticket.0)));
        Ok(None)
    }

    fn invited(&mut self, id: &AccountId, number: u64, answer: Result<ServerInvite, Reason>, now: Now) {
        if self.contact_desk.claims.asked.remove(&number).is_none() {
            return;
        }
        let link = match answer {
            Ok(ServerInvite { uri, page, until }) => InviteLink { uri, page, until },
            // Whatever the server cannot do: a link of our own works while the program runs.
            Err(_) => {
                let Some(own) = self.chat_address(id) else { return };
                let token = format!("{:032x}", self.rng.random::<u128>());
                let until = WallTime::from_unix_ms(now.wall.unix_ms().saturating_add(LINK_HOLDS.as_millis() as i64));
                let mut links = self.own_links(now);
                if links.len() >= MOST_LINKS {
                    links.remove(0);
                }
                links.push((id.clone(), token.clone(), until));
                self.keep_links(&links);
                let uri = format!("xmpp:{}?roster;preauth={token}", crate::model::link_address(&own));
                InviteLink { uri: uri.into(), page: None, until: Some(until) }
            }
        };
        self.answer(Ticket(number), Ok(Reply::Invite(Box::new(link))));
    }

    /// The links of ours that hold now.
    fn own_links(&self, now: Now) -> Vec<(AccountId, String, WallTime)> {
        let memo = self.memos.get(MEMO).map(String::as_str).unwrap_or_default();
        let read = |line: &str| {
            let mut parts = line.split('\t');
            let (account, token, until) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
            Some((AccountId::new(account), token.to_owned(), WallTime::from_unix_ms(until)))
        };
        memo.lines().filter_map(read).filter(|(_, _, until)| *until > now.wall).collect()
    }

    fn keep_links(&mut self, links: &[(AccountId, String, WallTime)]) {
        let line = |(account, token, until): &(AccountId, String, WallTime)| {
            format!("{}\t{token}\t{}", account.as_str(), until.unix_ms())
        };
        let memo: Vec<String> = links.iter().map(line).collect();
        self.set_memo(MEMO, &memo.join("\n"));
    }

    /// A link names somebody for the list: nothing happens on its word alone.
    pub(super) fn ask_to_add(&mut self, link: ContactLink) -> Result<Reply, Refusal> {
        if self.people.account_of(&link.jid).is_some() || self.config.chat.iter().any(|chat| chat.address == link.jid) {
            self.notice(NoticeBody::Raise(Some(link.jid)));
            return Ok(Reply::Done);
        }
        let called = link.name.as_deref().map(clean).filter(|name| !name.is_empty());
        let called = called.map(|name| format!("\u{2068}{name}\u{2069}, ")).unwrap_or_default();
        let text = format!("Add {called}{} to your list? They will see when you are there.", link.jid);
        let choices = vec![choice("deny", "Do not add", None), choice("approve", "Add to contacts", None)];
        let question = self.questions.ask(QuestionKind::Subscription, &text, choices, Subject::Add(Box::new(link)));
        self.announce(question);
        self.notice(NoticeBody::Raise(None));
        Ok(Reply::Done)
    }

    /// The user agreed to add whom a link names.
    pub(super) fn add_from_link(&mut self, link: ContactLink) -> Result<(), Refusal> {
        let account = self.config.chat.first().map(|chat| chat.id.clone());
        let account = account.filter(|account| self.is_online(account)).ok_or_else(|| {
            Refusal::new(RefusalKind::Offline, "Chat is not connected. Open the link again when it is.")
        })?;
        self.bring_token(&account, &link.jid, link.token.as_deref());
        let entry = ContactEntry {
            jid: link.jid.clone(),
            name: link.name.as_deref().map(clean).filter(|name| !name.is_empty()),
            groups: link.group.as_deref().map(clean).into_iter().filter(|group| !group.is_empty()).collect(),
        };
        let command = ContactCommand::Add { ticket: ADDED_BY_LINK, entry, approve: true };
        self.chat(&account, Command::Contact(command));
        self.notice(NoticeBody::Raise(Some(link.jid)));
        Ok(())
    }

    /// The token of somebody's link goes with the question to see them.
    pub(super) fn bring_token(&mut self, account: &AccountId, jid: &Jid, token: Option<&str>) {
        if let Some(token) = token.filter(|token| token.len() <= LONGEST_TOKEN) {
            self.chat(account, Command::People(PeopleCommand::Token(jid.clone(), token.into())));
        }
    }

    /// The own card says what the user is called.
    pub(super) fn say_nick(&mut self, id: &AccountId, nick: Option<Arc<str>>) {
        self.chat(id, Command::People(PeopleCommand::Nick(nick)));
    }

    /// Somebody is on the screen: a picture that only their personal node has is fetched, once.
    pub(super) fn ask_announced_picture(&mut self, jid: &Jid) {
        let Some(account) = self.people.account_of(jid).filter(|id| self.is_online(id)).cloned() else { return };
        if let Some(hash) = self.people.take_announced_picture(jid) {
            self.chat(&account, Command::People(PeopleCommand::FetchPicture(jid.clone(), hash)));
        }
    }

    /// Somebody is on the screen: where they are away, their server is asked since when.
    pub(super) fn ask_last_active(&mut self, jid: &Jid, now: Now) {
        let away = self.people.contact(jid).is_some_and(|contact| {
            contact.presence.show == crate::model::Show::Offline && contact.subscription.sees_contact()
        });
        let Some(account) = self.people.account_of(jid).filter(|id| away && self.is_online(id)).cloned() else {
            return;
        };
        let asked = &mut self.contact_desk.claims.asked_about;
        if asked.get(jid).is_some_and(|at| at.boot + ASK_AGAIN_AFTER > now.boot) {
            return;
        }
        if asked.len() >= MOST_ASKED_ABOUT {
            asked.clear();
        }
        asked.insert(jid.clone(), now);
        self.chat(&account, Command::People(PeopleCommand::AskLastActive(jid.clone())));
    }
}
