//! The store as one synchronous object: commands in, events out, one transaction for each batch.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::boundary::{Command, Event, StoreError};
use super::column::{Coded, write_numbered, write_phones, write_texts};
use super::io::Lock;
use super::messages::Appended;
use super::synced::ReadUpTo;
use super::{archive, book, calls, changes, delivery, error, messages, read_state, search, talk};
use crate::model::{Jid, WallTime};
use crate::xmpp::{Card, Checkpoint, RosterItem, RosterUpdate, Session};

/// The open store.
#[derive(Debug)]
pub struct Store {
    db: Connection,
    /// Held for as long as the store is open: no second instance uses the file.
    _lock: Lock,
    durable: bool,
}

impl Store {
    /// Over a database whose schema is this version's.
    pub(super) fn new(db: Connection, lock: Lock) -> rusqlite::Result<Self> {
        db.pragma_update(None, "synchronous", "FULL")?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(Self { db, _lock: lock, durable: true })
    }

    /// Executes commands in order and in one transaction: what the events tell is on the disk.
    ///
    /// # Errors
    ///
    /// Nothing of the batch is stored, no event of it may be told; it can be tried again.
    pub fn execute(&mut self, commands: &[Command]) -> Result<Vec<Event>, StoreError> {
        self.batch(commands).map_err(|error| error::explain(&error))
    }

    /// Whether a command changes nothing, so that it may be answered while nothing can be written.
    pub fn only_reads(command: &Command) -> bool {
        match command {
            Command::Photo { .. }
            | Command::Messages { .. }
            | Command::Search { .. }
            | Command::Calls { .. }
            | Command::BookCards { .. }
            | Command::Statements { .. } => true,
            Command::Talk(command) => talk::only_reads(command),
            Command::AppendOutgoing(_)
            | Command::AppendIncoming { .. }
            | Command::AppendReceived { .. }
            | Command::SetDelivery { .. }
            | Command::Change { .. }
            | Command::Roster { .. }
            | Command::Card { .. }
            | Command::Session { .. }
            | Command::Barrier(_)
            | Command::Prune { .. }
            | Command::MarkRead { .. }
            | Command::ReadElsewhere { .. }
            | Command::ArchiveBegin { .. }
            | Command::ArchiveNone { .. }
            | Command::ArchiveNext { .. }
            | Command::ArchiveOlder { .. }
            | Command::ArchivePage { .. }
            | Command::Call(_)
            | Command::SharedCalls(_)
            | Command::DeleteCall(_)
            | Command::SetMemo { .. }
            | Command::BookSet(_)
            | Command::BookRemove(_)
            | Command::Said(_)
            | Command::Close => false,
        }
    }

    fn batch(&mut self, commands: &[Command]) -> rusqlite::Result<Vec<Event>> {
        // Cards and memos can be had again: a transaction of nothing else need not wait for the disk. In WAL mode it
        // becomes durable with the next one that does.
        let again =
            |command: &Command| matches!(command, Command::Card { .. } | Command::SetMemo { .. } | Command::Said(_));
        let durable = !commands.iter().all(again);
        if durable != self.durable {
            self.db.pragma_update(None, "synchronous", if durable { "FULL" } else { "NORMAL" })?;
            self.durable = durable;
        }
        let transaction = self.db.transaction()?;
        let mut events = Vec::with_capacity(commands.len());
        for command in commands {
            execute(&transaction, command, &mut events)?;
        }
        transaction.commit()?;
        Ok(events)
    }

    #[cfg(test)]
    pub(super) fn database(&self) -> &Connection {
        &self.db
    }
}

fn execute(tx: &Transaction<'_>, command: &Command, events: &mut Vec<Event>) -> rusqlite::Result<()> {
    match command {
        Command::AppendOutgoing(message) => events.push(messages::append_outgoing(tx, message)?),
        Command::AppendIncoming { account, message, checkpoint } => {
            let appended = messages::append_incoming(tx, account, message, None)?;
            advance(tx, account, *checkpoint)?;
            let (new, changed) = match appended {
                Appended::New(message, _) => (Some(*message), None),
                Appended::Known(_, changed) => (None, changed),
            };
            events.extend(changed.map(|message| Event::Delivery { message: Some(*message), checkpoint: None }));
            events.push(Event::Incoming { message: new, checkpoint: *checkpoint });
        }
        Command::AppendReceived { message, call_id } => {
            let stored = messages::append_received(tx, message, call_id)?;
            events.push(Event::Received { id: message.id.clone(), message: stored.then(|| message.clone()) });
        }
        Command::SetDelivery { id, with, delivery, checkpoint } => {
            talk::sent(tx, id)?;
            let mut changed = delivery::set_delivery(tx, id, with.as_ref(), *delivery)?;
            let last = changed.pop();
            events.extend(
                changed.into_iter().map(|message| Event::Delivery { message: Some(message), checkpoint: None }),
            );
            events.push(Event::Delivery { message: last, checkpoint: *checkpoint });
        }
        Command::Change { account, with, change, checkpoint } => {
            let message = changes::append(tx, account, with, change)?;
            if let Some(checkpoint) = checkpoint {
                advance(tx, account, *checkpoint)?;
            }
            events.push(Event::Delivery { message, checkpoint: *checkpoint });
        }
        Command::Roster { account, update, version, checkpoint } => {
            store_roster(tx, account, update, version.as_deref())?;
            advance(tx, account, *checkpoint)?;
            events.push(Event::Committed(*checkpoint));
        }
        Command::Card { jid, card, fetched } => store_card(tx, jid, card.as_ref(), *fetched)?,
        Command::Photo { jid } => {
            let photo: Option<Vec<u8>> = tx
                .prepare_cached("SELECT bytes FROM photo WHERE jid = ?1")?
                .query_row([jid.as_str()], |row| row.get(0))
                .optional()?;
            events.push(Event::Photo { jid: jid.clone(), photo: photo.map(Into::into) });
        }
        Command::Session { account, session } => {
            store_session(tx, account, session.as_ref())?;
            events.extend(session.as_ref().map(|session| Event::SessionStored(session.revision)));
        }
        Command::Barrier(checkpoint) => events.push(Event::Committed(*checkpoint)),
        Command::Prune { .. }
        | Command::MarkRead { .. }
        | Command::ReadElsewhere { .. }
        | Command::ArchiveBegin { .. }
        | Command::ArchiveNone { .. }
        | Command::ArchiveNext { .. }
        | Command::ArchiveOlder { .. }
        | Command::ArchivePage { .. } => return synchronise(tx, command, events),
        Command::Messages { request, with, limit, before } => {
            let messages = messages::page(tx, with, *limit, before.as_ref())?;
            events.push(Event::Messages { request: *request, messages });
        }
        Command::Talk(command) => talk::execute(tx, command, events)?,
        Command::Search { request, search } => {
            events.push(Event::Messages { request: *request, messages: search::search(tx, search)? });
        }
        Command::Call(call) => calls::store(tx, call)?,
        Command::SharedCalls(shared) => {
            let changed = calls::share(tx, shared)?;
            events.push(Event::SharedCalls { missed: calls::missed(tx)?, changed });
        }
        Command::DeleteCall(call) => calls::delete(tx, *call)?,
        Command::Calls { request, limit, before, filter } => {
            let calls = calls::page(tx, *limit, *before, filter)?;
            events.push(Event::Calls { request: *request, calls });
        }
        Command::SetMemo { key, value } => match value {
            Some(value) => {
                tx.prepare_cached("INSERT OR REPLACE INTO memo (key, value) VALUES (?1, ?2)")?.execute([key, value])?;
            }
            None => {
                tx.prepare_cached("DELETE FROM memo WHERE key = ?1")?.execute([key])?;
            }
        },
        Command::BookSet(entries) => book::set(tx, entries)?,
        Command::BookRemove(ids) => book::remove(tx, ids)?,
        Command::BookCards { request } => {
            events.push(Event::BookCards { request: *request, cards: book::cards(tx)? });
        }
        Command::Said(change) => book::note(tx, change)?,
        Command::Statements { request, person } => {
            events.push(Event::Statements { request: *request, statements: book::statements(tx, person)? });
        }
        Command::Close => events.push(Event::Closed),
    }
    Ok(())
}

/// What is read, and what of an archive is not here.
fn synchronise(tx: &Transaction<'_>, command: &Command, events: &mut Vec<Event>) -> rusqlite::Result<()> {
    match command {
        Command::Prune { before } => {
            let (touched, more) = messages::prune(tx, *before)?;
            let state = |with: Jid| Ok((messages::conversation(tx, &with)?, with));
            let conversations = touched.into_iter().map(state).collect::<rusqlite::Result<_>>()?;
            events.push(Event::Pruned { more, conversations });
        }
        Command::MarkRead { with } => {
            read_state::all(tx, with)?;
            let displayed = read_state::newest(tx, with)?;
            events.push(Event::Read { with: with.clone(), unread: 0, displayed, checkpoint: None });
        }
        Command::ReadElsewhere { account, with, upto, checkpoint } => {
            match upto {
                ReadUpTo::Stanza(id) => read_state::to_stanza(tx, with, &id.0)?,
                ReadUpTo::Archived(id) => read_state::to_archived(tx, account, with, id)?,
            };
            let unread = read_state::unread(tx, with)?;
            events.push(Event::Read { with: with.clone(), unread, displayed: None, checkpoint: *checkpoint });
        }
        Command::ArchiveBegin { account, archive } => archive::begin(tx, account, archive)?,
        Command::ArchiveNone { account } => archive::none(tx, account)?,
        Command::ArchiveNext { account, archive, since } => {
            let query = archive::next(tx, account, archive, *since)?;
            events.push(Event::ArchiveNext { account: account.clone(), with: None, query });
        }
        Command::ArchiveOlder { account, with } => {
            let query = archive::older(tx, account, with)?;
            events.push(Event::ArchiveNext { account: account.clone(), with: Some(with.clone()), query });
        }
        Command::ArchivePage { account, page, since } => {
            events.push(Event::ArchiveStored(Box::new(archive::store(tx, account, page, *since)?)));
        }
        _ => {}
    }
    Ok(())
}

/// Keeps the stream's `h` in step with what is stored (the lower 32 bits of a checkpoint): with the same transaction,
/// so that after a crash the server sends again exactly what is missing.
fn advance(tx: &Transaction<'_>, account: &Jid, checkpoint: Checkpoint) -> rusqlite::Result<()> {
    let h = checkpoint.0 as u32;
    let stored: Option<u32> = tx
        .prepare_cached("SELECT handled FROM session WHERE account = ?1")?
        .query_row([account.as_str()], |row| row.get(0))
        .optional()?;
    if stored.is_some_and(|stored| is_ahead(h, stored)) {
        tx.prepare_cached("UPDATE session SET handled = ?2 WHERE account = ?1")?
            .execute(params![account.as_str(), h])?;
    }
    Ok(())
}

/// Whether `h` counts more than `stored`, modulo 2^32 (XEP-0198 section 4).
fn is_ahead(h: u32, stored: u32) -> bool {
    h != stored && h.wrapping_sub(stored) < 1 << 31
}

/// One stream for each account. The count of the same stream never goes back: a state that was on its way when a
/// message was stored knows less than the message did.
fn store_session(tx: &Transaction<'_>, account: &Jid, session: Option<&Session>) -> rusqlite::Result<()> {
    let Some(session) = session else {
        tx.prepare_cached("DELETE FROM session WHERE account = ?1")?.execute([account.as_str()])?;
        return Ok(());
    };
    let stored: Option<(String, u32)> = tx
        .prepare_cached("SELECT id, handled FROM session WHERE account = ?1")?
        .query_row([account.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let handled = match stored {
        Some((id, stored)) if id == session.id && is_ahead(stored, session.handled) => stored,
        Some(_) | None => session.handled,
    };
    tx.prepare_cached(
        "INSERT OR REPLACE INTO session (account, id, bound, location, handled, acknowledged, unacknowledged, copies, archive)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        account.as_str(),
        session.id,
        session.bound.as_str(),
        session.location,
        handled,
        session.acknowledged,
        write_numbered(&session.unacknowledged),
        session.copies,
        session.archive,
    ])?;
    Ok(())
}

fn store_roster(
    tx: &Transaction<'_>,
    account: &Jid,
    update: &RosterUpdate,
    version: Option<&str>,
) -> rusqlite::Result<()> {
    match update {
        RosterUpdate::Replace(items) => {
            tx.execute("DELETE FROM roster WHERE account = ?1", [account.as_str()])?;
            for item in items {
                store_item(tx, account, item)?;
            }
        }
        RosterUpdate::Unchanged => {}
        RosterUpdate::Set(item) => store_item(tx, account, item)?,
        RosterUpdate::Remove(jid) => {
            tx.prepare_cached("DELETE FROM roster WHERE account = ?1 AND jid = ?2")?
                .execute([account.as_str(), jid.as_str()])?;
        }
    }
    set_fact(tx, &format!("roster-version:{account}"), version)
}

fn store_item(tx: &Transaction<'_>, account: &Jid, item: &RosterItem) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "INSERT OR REPLACE INTO roster (account, jid, name, groups, subscription, asked) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        account.as_str(),
        item.jid.as_str(),
        item.name,
        write_texts(&item.groups),
        item.subscription.code(),
        item.asked
    ])?;
    Ok(())
}

fn set_fact(tx: &Transaction<'_>, key: &str, value: Option<&str>) -> rusqlite::Result<()> {
    match value {
        Some(value) => {
            tx.prepare_cached("INSERT OR REPLACE INTO fact (key, value) VALUES (?1, ?2)")?.execute([key, value])?
        }
        None => tx.prepare_cached("DELETE FROM fact WHERE key = ?1")?.execute([key])?,
    };
    Ok(())
}

fn store_card(tx: &Transaction<'_>, jid: &Jid, card: Option<&Card>, fetched: WallTime) -> rusqlite::Result<()> {
    let nothing = Card::default();
    let content = card.unwrap_or(&nothing);
    tx.prepare_cached(
        "INSERT OR REPLACE INTO card (jid, present, full_name, nickname, phones, photo_hash, fetched)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        jid.as_str(),
        card.is_some(),
        content.full_name,
        content.nickname,
        write_phones(&content.phones),
        content.photo_hash.as_deref(),
        fetched.unix_ms(),
    ])?;
    match &content.photo {
        Some(photo) => tx
            .prepare_cached("INSERT OR REPLACE INTO photo (jid, bytes) VALUES (?1, ?2)")?
            .execute(params![jid.as_str(), &**photo])?,
        None => tx.prepare_cached("DELETE FROM photo WHERE jid = ?1")?.execute([jid.as_str()])?,
    };
    Ok(())
}
