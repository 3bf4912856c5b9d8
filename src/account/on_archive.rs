//! The archives of the chat accounts: what is missing is read page by page, each stored before the next is asked for; and
//! what was read on other devices.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::effect::Ticket;
use super::manager::Manager;
use super::{NoticeBody, Reply};
use crate::config::History;
use crate::model::{AccountId, ArchiveId, BootTime, ConnectionState, Jid, Message, MessageId, Now, WallTime};
use crate::store::{self, ArchiveStored, ReadUpTo};
use crate::xmpp::{self, ArchivePage, ArchiveQuery, Checkpoint};

/// How long somebody who asked for older messages waits for the archive. Then they get what is here.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pages of an archive that are read for one page of a conversation.
const MOST_PAGES: u8 = 4;
/// Who waits for older messages at once. When full: a further one gets what is here.
const MOST_WAITING: usize = 32;
const DAY_MS: i64 = 24 * 3600 * 1000;

/// A page of a conversation that somebody asked for.
#[derive(Clone, Debug)]
struct Wanted {
    ticket: Ticket,
    with: Jid,
    limit: u32,
    before: Option<MessageId>,
    /// What is here so far; absent: the store has not answered.
    found: Option<Vec<Message>>,
    pages: u8,
    until: BootTime,
}

/// What is known of the archives and who waits for them.
#[derive(Debug, Default)]
pub(super) struct ArchiveDesk {
    /// Accounts that have one and are signed in.
    available: BTreeSet<AccountId>,
    wanted: BTreeMap<u64, Wanted>,
}

impl Manager {
    pub(super) fn handle_archive(&mut self, id: &AccountId, event: xmpp::Event, now: Now) {
        match event {
            xmpp::Event::Read { id: of, with, checkpoint } => {
                self.read_elsewhere(id, with, ReadUpTo::Stanza(of), Some(checkpoint));
            }
            xmpp::Event::DisplayedElsewhere { with, by, id: of } => {
                self.read_elsewhere(id, with, ReadUpTo::Archived(ArchiveId { by, id: of }), None);
            }
            xmpp::Event::Change { with, change, checkpoint } => {
                let Some(account) = self.chat_address(id) else { return };
                let command = store::Command::Change { account, with, change, checkpoint: Some(checkpoint) };
                self.commit(command, checkpoint, id);
            }
            xmpp::Event::Archive { available } => self.archive_known(id, available, now),
            xmpp::Event::ArchivePrefs(number, how) => self.handle_archive_prefs(number, how),
            xmpp::Event::ArchivePage(page) => self.handle_archive_page(id, page, now),
            // Everything else is not about archives.
            _ => {}
        }
    }

    /// A stream began that is not the old one.
    pub(super) fn archive_begins(&mut self, id: &AccountId, now: Now) {
        let Some(account) = self.chat_address(id) else { return };
        self.prune_history(now);
        self.store(store::Command::ArchiveBegin { archive: account.clone(), account });
    }

    fn archive_known(&mut self, id: &AccountId, available: bool, now: Now) {
        let Some(account) = self.chat_address(id) else { return };
        if available {
            self.archives.available.insert(id.clone());
            let since = self.archive_since(now);
            self.store(store::Command::ArchiveNext { archive: account.clone(), account, since });
        } else {
            self.archives.available.remove(id);
            self.store(store::Command::ArchiveNone { account });
        }
    }

    /// The connection is gone: nobody waits for its archive.
    pub(super) fn archive_left(&mut self, id: &AccountId) {
        if self.archives.available.remove(id) {
            self.answer_wanted(|_| true);
        }
    }

    /// Removes what is older than the user wants to keep.
    pub(super) fn prune_history(&mut self, now: Now) {
        let days = self.config.history.keep_days;
        if days > 0 {
            let before = WallTime::from_unix_ms(now.wall.unix_ms().saturating_sub(i64::from(days) * DAY_MS));
            self.store(store::Command::Prune { before });
        }
    }

    /// What is too old is gone, from the list of conversations too.
    pub(super) fn handle_pruned(&mut self, more: bool, conversations: Vec<(Option<(Message, u32)>, Jid)>, now: Now) {
        for (left, with) in conversations {
            match left {
                Some((last, unread)) => self.conversations.put(last, unread),
                None => self.conversations.remove(&with),
            }
        }
        if more {
            self.prune_history(now);
        }
    }

    /// How far back what was never here is read in the background.
    fn archive_since(&self, now: Now) -> Option<WallTime> {
        let History { fetch_days, keep_days, call_text: _ } = self.config.history;
        // What would be removed at once need not be read.
        let days = if keep_days > 0 { fetch_days.min(keep_days) } else { fetch_days };
        Some(WallTime::from_unix_ms(now.wall.unix_ms().saturating_sub(i64::from(days) * DAY_MS)))
    }

    fn handle_archive_page(&mut self, id: &AccountId, page: Box<ArchivePage>, now: Now) {
        let Some(account) = self.chat_address(id) else { return };
        let since = self.archive_since(now);
        self.store(store::Command::ArchivePage { account, page, since });
    }

    pub(super) fn handle_archive_next(&mut self, account: &Jid, with: Option<&Jid>, query: Option<ArchiveQuery>) {
        let id = self.config.chat.iter().find(|chat| chat.address == *account).map(|chat| chat.id.clone());
        match (id.filter(|id| self.archives.available.contains(id)), query) {
            (Some(id), Some(query)) => self.chat(&id, xmpp::Command::ReadArchive(query)),
            (Some(id), None) if with.is_none() => {
                self.chat(&id, xmpp::Command::ArchiveStored { arrived: Vec::new(), settled: true });
            }
            (Some(_), None) | (None, _) => self.answer_wanted(|wanted| with == Some(&wanted.with)),
        }
    }

    pub(super) fn handle_archive_stored(&mut self, stored: ArchiveStored) {
        let ArchiveStored { account, with, arrived, settled, fresh, changed, conversations, next } = stored;
        self.outbox.retain(|waiting| !arrived.contains(&waiting.id));
        for (last, unread) in conversations {
            self.conversations.put(last, unread);
        }
        for message in changed {
            self.conversations.change(&message);
            self.notice(NoticeBody::Message(Box::new(message)));
        }
        for message in fresh.into_iter().rev() {
            self.notice(NoticeBody::Message(Box::new(message)));
        }
        let id = account.and_then(|account| self.config.chat.iter().find(|chat| chat.address == account));
        if let Some(id) = id.map(|chat| chat.id.clone()) {
            self.chat(&id, xmpp::Command::ArchiveStored { arrived, settled });
            if let Some(query) = next {
                self.chat(&id, xmpp::Command::ReadArchive(query));
            }
        }
        if let Some(with) = with {
            let with = self.addresses_of(&with).into_iter().next().unwrap_or(with);
            // Whoever waits looks again, and at the next page of the archive where that is not enough.
            let waiting: Vec<u64> =
                self.archives.wanted.iter().filter(|(_, wanted)| wanted.with == with).map(|(at, _)| *at).collect();
            for at in waiting {
                if let Some(wanted) = self.archives.wanted.remove(&at) {
                    self.ask_store(Wanted { found: None, pages: wanted.pages + 1, ..wanted });
                }
            }
        }
    }

    /// Somebody wants messages: what is here, and where that is not enough what the archive has before it.
    pub(super) fn ask_messages(&mut self, ticket: Ticket, with: Jid, limit: u32, before: Option<MessageId>, now: Now) {
        let until = now.boot + PATIENCE;
        // Whoever of a person's addresses is meant, all that was said with them is one timeline.
        let with = self.addresses_of(&with).into_iter().next().unwrap_or(with);
        self.ask_store(Wanted { ticket, with, limit, before, found: None, pages: 0, until });
    }

    fn ask_store(&mut self, wanted: Wanted) {
        self.next_page += 1;
        let (request, with) = (self.next_page, wanted.with.clone());
        let (limit, before) = (wanted.limit, wanted.before.clone());
        self.archives.wanted.insert(request, wanted);
        let all = self.addresses_of(&with);
        if all.len() > 1 {
            let page = before.map_or(store::Page::Newest, store::Page::Before);
            return self.store(store::Command::Talk(store::TalkCommand::Together { request, with: all, limit, page }));
        }
        self.store(store::Command::Messages { request, with, limit, before });
    }

    /// The store's answer to [`Self::ask_messages`]; what it was not is given back.
    pub(super) fn handle_messages(&mut self, request: u64, messages: Vec<Message>) -> Option<Vec<Message>> {
        let Some(wanted) = self.archives.wanted.get_mut(&request) else { return Some(messages) };
        let enough = messages.len() >= wanted.limit as usize || wanted.pages >= MOST_PAGES;
        // Whoever opens a conversation gets at once what is here.
        let waits = wanted.before.is_some();
        let with = wanted.with.clone();
        wanted.found = Some(messages);
        let mut older = Vec::new();
        for with in self.addresses_of(&with) {
            let account = self.archive_of(&with).filter(|_| !enough && self.archives.wanted.len() <= MOST_WAITING);
            older.extend(account.map(|account| store::Command::ArchiveOlder { account, with }));
        }
        if older.is_empty() || !waits {
            self.answer_one(request);
        }
        older.into_iter().for_each(|command| self.store(command));
        None
    }

    /// The account whose archive may have more of a conversation.
    fn archive_of(&self, with: &Jid) -> Option<Jid> {
        if with.is_made_up() {
            return None;
        }
        let known = self.people.account_of(with).filter(|id| self.archives.available.contains(*id));
        let id = known.or_else(|| self.archives.available.first())?;
        self.chat_address(id)
    }

    fn answer_one(&mut self, request: u64) {
        if let Some(Wanted { ticket, found, .. }) = self.archives.wanted.remove(&request) {
            self.answer(ticket, Ok(Reply::Messages(found.unwrap_or_default())));
        }
    }

    /// Those who wait get what is here; who waits for the store goes on waiting for that.
    fn answer_wanted(&mut self, which: impl Fn(&Wanted) -> bool) {
        let due: Vec<u64> = self
            .archives
            .wanted
            .iter()
            .filter(|(_, wanted)| wanted.found.is_some() && which(wanted))
            .map(|(at, _)| *at)
            .collect();
        for request in due {
            self.answer_one(request);
        }
    }

    pub(super) fn archive_timeout(&mut self, now: Now) {
        self.answer_wanted(|wanted| wanted.until <= now.boot);
    }

    pub(super) fn archive_deadline(&self) -> Option<BootTime> {
        self.archives.wanted.values().filter(|wanted| wanted.found.is_some()).map(|wanted| wanted.until).min()
    }

    /// Another device of ours has read something.
    fn read_elsewhere(&mut self, id: &AccountId, with: Jid, upto: ReadUpTo, checkpoint: Option<Checkpoint>) {
        let Some(account) = self.chat_address(id) else { return };
        let command = store::Command::ReadElsewhere { account, with, upto, checkpoint };
        match checkpoint {
            Some(checkpoint) => self.commit(command, checkpoint, id),
            None => self.store(command),
        }
    }

    /// How much of a conversation is unread changed; the other devices are told of what was read here.
    pub(super) fn handle_read(&mut self, with: &Jid, unread: u32, displayed: Option<(Jid, ArchiveId)>) {
        self.conversations.set_unread(with, unread);
        let Some((account, ArchiveId { by, id })) = displayed else { return };
        let chat = self.config.chat.iter().find(|chat| chat.address == account).map(|chat| chat.id.clone());
        let online = |id: &AccountId| {
            self.connections.get(id).is_some_and(|connection| connection.state.state == ConnectionState::Online)
        };
        if let Some(chat) = chat.filter(online) {
            self.chat(&chat, xmpp::Command::PublishDisplayed { with: with.clone(), by, id });
        }
    }
}
