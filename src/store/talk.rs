//! What the user does with messages that are there: answers, corrections, reactions, retractions; the places around one.
//!
//! What the user says about a message is stored with it and, in the same transaction, in `sending`: so it leaves once,
//! also after a restart, and the row goes when the server has it.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::boundary::Event;
use super::changes;
use super::column::Coded;
use super::messages::{self, COLUMNS, LONGEST_PAGE};
use crate::model::{
    ChangeKind, ConversationKind, Delivery, Jid, Message, MessageChange, MessageDirection, MessageId, Reply, WallTime,
};
use crate::xmpp::MOST_REACTIONS;

/// So much of an answered text is told, in characters.
const LONGEST_QUOTE: usize = 300;
/// So many changes wait to be sent. When more: a further one is refused.
const MOST_SENDING: u32 = 10_000;

/// What the user says about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnChange {
    /// Another text (XEP-0308).
    Correct(Arc<str>),
    /// A reaction, added or taken back (XEP-0444).
    React(Arc<str>, bool),
    /// It is taken back (XEP-0424).
    Retract,
}

/// What is asked of the store about messages that are there.
#[derive(Clone, Debug, PartialEq)]
pub enum TalkCommand {
    /// Store an outgoing message that answers another; without the answer where that is not there. Answers `Outgoing`.
    Answer {
        /// The message.
        message: Box<Message>,
        /// The one that it answers.
        answers: MessageId,
    },
    /// Store what the user says about a message. Answers [`TalkEvent::Said`].
    Say {
        /// The id of the stanza that will say so.
        id: MessageId,
        /// About which message.
        message: MessageId,
        /// What.
        what: OwnChange,
        /// When.
        time: WallTime,
    },
    /// Put a message that was refused into the outbox again, under another name. Answers `Outgoing`, or nothing where it
    /// was not refused.
    SendAgain {
        /// Which.
        message: MessageId,
        /// Its name from now on.
        id: MessageId,
        /// When.
        time: WallTime,
    },
    /// Why a message of ours was refused, a sentence.
    Why {
        /// Which.
        id: MessageId,
        /// The conversation.
        with: Jid,
        /// The sentence.
        why: Arc<str>,
    },
    /// The newest unread message of a person who wants to know when it was seen. Answers [`TalkEvent::Seen`], or nothing.
    Seen(Jid),
    /// One message. Answers [`TalkEvent::Found`].
    Find(MessageId),
    /// A page around a message, oldest first. Answers `Messages`.
    Around {
        /// Comes back in the answer.
        request: u64,
        /// The conversation.
        with: Jid,
        /// The message.
        id: MessageId,
        /// At most.
        limit: u32,
    },
    /// A page of the conversations with all addresses of one person, oldest first. Answers `Messages`.
    Together {
        /// Comes back in the answer.
        request: u64,
        /// The conversations.
        with: Vec<Jid>,
        /// At most.
        limit: u32,
        /// Where.
        page: super::Page,
    },
    /// The first page of a conversation, oldest first. Answers `Messages`.
    First {
        /// Comes back in the answer.
        request: u64,
        /// The conversation.
        with: Jid,
        /// At most.
        limit: u32,
    },
    /// A page of what is newer than a message, oldest first. Answers `Messages`.
    After {
        /// Comes back in the answer.
        request: u64,
        /// The conversation.
        with: Jid,
        /// The message.
        id: MessageId,
        /// At most.
        limit: u32,
    },
}

/// What the store tells of it.
#[derive(Clone, Debug, PartialEq)]
pub enum TalkEvent {
    /// What the user said about a message is stored and may leave.
    Said {
        /// The command's id.
        id: MessageId,
        /// The message as it is now and what is to be sent; or why not, a sentence.
        outcome: Result<Box<(Message, Sending)>, &'static str>,
    },
    /// A message of this name was there already, and nothing was stored.
    Kept {
        /// The name.
        id: MessageId,
        /// It is the same text to the same conversation.
        same: bool,
    },
    /// A message that was asked for, if there is one.
    Found(MessageId, Option<Box<Message>>),
    /// Somebody wants to know that this message of theirs was seen.
    Seen {
        /// Who.
        with: Jid,
        /// By which account's address.
        account: Jid,
        /// The id that they gave the message.
        id: MessageId,
    },
}

/// Something that is said about a message and waits to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Sending {
    /// The id of its stanza.
    pub id: MessageId,
    /// The own address.
    pub account: Jid,
    /// The conversation.
    pub with: Jid,
    /// What.
    pub kind: ChangeKind,
    /// The id by which the others know the message.
    pub target: Arc<str>,
    /// The new text; the reactions, separated by spaces.
    pub text: Arc<str>,
    /// When it was said.
    pub time: WallTime,
}

impl std::fmt::Debug for Sending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sending").field("id", &self.id).field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// Whether a command changes nothing.
pub(super) fn only_reads(command: &TalkCommand) -> bool {
    match command {
        TalkCommand::Seen(_)
        | TalkCommand::Find(_)
        | TalkCommand::Around { .. }
        | TalkCommand::Together { .. }
        | TalkCommand::First { .. }
        | TalkCommand::After { .. } => true,
        TalkCommand::Answer { .. }
        | TalkCommand::Say { .. }
        | TalkCommand::SendAgain { .. }
        | TalkCommand::Why { .. } => false,
    }
}

pub(super) fn execute(tx: &Transaction<'_>, command: &TalkCommand, events: &mut Vec<Event>) -> rusqlite::Result<()> {
    match command {
        TalkCommand::Answer { message, answers } => {
            let target = messages::by_id(tx, &answers.0)?.filter(|target| target.with == message.with);
            let mut message = (**message).clone();
            message.details.reply = target.and_then(|target| reply_to(&target));
            events.push(messages::append_outgoing(tx, &message)?);
        }
        TalkCommand::Say { id, message, what, time } => {
            let outcome = say(tx, id, message, what, *time)?;
            events.push(Event::Talk(TalkEvent::Said { id: id.clone(), outcome: outcome.map(Box::new) }));
        }
        TalkCommand::SendAgain { message, id, time } => {
            events.extend(super::delivery::again(tx, message, id, *time)?.map(Event::Outgoing));
        }
        TalkCommand::Why { id, with, why } => {
            tx.prepare_cached("UPDATE message SET failure = ?3 WHERE id = ?1 AND peer = ?2 AND direction = 1")?
                .execute(params![&*id.0, with.as_str(), &**why])?;
        }
        TalkCommand::Seen(with) => {
            let found: Option<(String, String)> = tx
                .prepare_cached(
                    "SELECT account, stanza_id FROM message
                     WHERE peer = ?1 AND unread = 1 AND markable = 1 AND kind = 0 AND direction = 0
                         AND stanza_id IS NOT NULL
                     ORDER BY place DESC, seq DESC LIMIT 1",
                )?
                .query_row([with.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if let Some((account, id)) = found
                && let Ok(account) = Jid::parse(&account)
            {
                events.push(Event::Talk(TalkEvent::Seen { with: with.clone(), account, id: MessageId(id.into()) }));
            }
        }
        TalkCommand::Find(id) => {
            let found = messages::by_id(tx, &id.0)?;
            events.push(Event::Talk(TalkEvent::Found(id.clone(), found.map(Box::new))));
        }
        TalkCommand::Around { request, with, id, limit } => {
            let half = limit.min(&LONGEST_PAGE) / 2;
            let mut page = messages::page(tx, with, half, Some(id))?;
            page.extend(messages::by_id(tx, &id.0)?.filter(|message| message.with == *with));
            page.extend(after(tx, with, half, id)?);
            events.push(Event::Messages { request: *request, messages: page });
        }
        TalkCommand::Together { request, with, limit, page } => {
            let page = super::together::page(tx, with, *limit, page)?;
            events.push(Event::Messages { request: *request, messages: page });
        }
        TalkCommand::First { request, with, limit } => {
            let page = tx
                .prepare_cached(&format!("SELECT {COLUMNS} FROM message WHERE peer = ?1 ORDER BY place, seq LIMIT ?2"))?
                .query_map(params![with.as_str(), (*limit).min(LONGEST_PAGE)], |row| messages::with_changes(tx, row))?
                .filter_map(Result::transpose)
                .collect::<rusqlite::Result<_>>()?;
            events.push(Event::Messages { request: *request, messages: page });
        }
        TalkCommand::After { request, with, id, limit } => {
            let page = after(tx, with, (*limit).min(LONGEST_PAGE), id)?;
            events.push(Event::Messages { request: *request, messages: page });
        }
    }
    Ok(())
}

fn after(tx: &Transaction<'_>, with: &Jid, limit: u32, id: &MessageId) -> rusqlite::Result<Vec<Message>> {
    tx.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM message
         WHERE peer = ?1 AND (place, seq) > (SELECT place, seq FROM message WHERE id = ?3)
         ORDER BY place, seq LIMIT ?2"
    ))?
    .query_map(params![with.as_str(), limit, &*id.0], |row| messages::with_changes(tx, row))?
    .filter_map(Result::transpose)
    .collect()
}

/// What an answer says of the message that it answers; `None`: nobody else knows a name for that.
fn reply_to(target: &Message) -> Option<Reply> {
    Some(Reply {
        to: target.known_as()?,
        message: Some(target.id.clone()),
        own: Some(target.direction == MessageDirection::Out),
        nick: target.details.nick.clone(),
        text: Some(target.body.chars().take(LONGEST_QUOTE).collect::<String>().into()),
    })
}

/// The message that an answer names, as far as it is here.
pub(super) fn resolve(db: &Connection, with: &str, kind: ConversationKind, to: &str) -> rusqlite::Result<Reply> {
    let room = kind == ConversationKind::Room;
    let sql = if room {
        "SELECT id, direction, nick, body FROM message WHERE peer = ?1 AND archive = ?1 AND archive_id = ?2
         ORDER BY place DESC LIMIT 1"
    } else {
        "SELECT id, direction, nick, body FROM (
             SELECT id, direction, nick, body, place FROM message WHERE id = ?2 AND peer = ?1 AND direction = 1
             UNION SELECT id, direction, nick, body, place FROM message WHERE peer = ?1 AND stanza_id = ?2
             UNION SELECT id, direction, nick, body, place FROM message
                 WHERE peer = ?1 AND origin_id IS NOT NULL AND origin_id = ?2
         ) ORDER BY place DESC LIMIT 1"
    };
    let found = db
        .prepare_cached(sql)?
        .query_row([with, to], |row| {
            let body = row.get_ref(3)?.as_str()?;
            Ok(Reply {
                to: to.into(),
                message: Some(MessageId(row.get_ref(0)?.as_str()?.into())),
                own: Some(MessageDirection::from_code(row.get(1)?) == MessageDirection::Out),
                nick: row.get_ref(2)?.as_str_or_null()?.map(Into::into),
                text: Some(body.chars().take(LONGEST_QUOTE).collect::<String>().into()),
            })
        })
        .optional()?;
    Ok(found.unwrap_or(Reply { to: to.into(), message: None, own: None, nick: None, text: None }))
}

fn say(
    tx: &Transaction<'_>,
    id: &MessageId,
    name: &MessageId,
    what: &OwnChange,
    time: WallTime,
) -> rusqlite::Result<Result<(Message, Sending), &'static str>> {
    let Some(message) = messages::by_id(tx, &name.0)? else { return Ok(Err("There is no such message.")) };
    let account: Option<String> = tx
        .prepare_cached("SELECT account FROM message WHERE id = ?1")?
        .query_row([&*name.0], |row| row.get(0))
        .optional()?
        .flatten();
    let account = account.and_then(|account| Jid::parse(&account).ok());
    let target = match what {
        OwnChange::Correct(_) => message.written_as(),
        OwnChange::React(..) | OwnChange::Retract => message.known_as(),
    };
    let (Some(account), Some(target)) = (account, target) else {
        return Ok(Err("Nobody else knows a name for this message, so nothing can be said about it."));
    };
    if let Some(why) = refused(&message, what) {
        return Ok(Err(why));
    }
    let waiting: u32 = tx.prepare_cached("SELECT count(*) FROM sending")?.query_row([], |row| row.get(0))?;
    if waiting >= MOST_SENDING {
        return Ok(Err("Too much waits to be sent already."));
    }
    let (kind, text) = match what {
        OwnChange::Correct(body) => (ChangeKind::Correction, body.clone()),
        OwnChange::Retract => (ChangeKind::Retraction, "".into()),
        OwnChange::React(reaction, on) => {
            let mut all = message.own_reactions();
            all.retain(|known| known != reaction);
            if *on {
                if all.len() >= MOST_REACTIONS {
                    return Ok(Err("These are enough reactions to one message."));
                }
                all.push(reaction.clone());
            }
            (ChangeKind::Reactions, all.join(" ").into())
        }
    };
    let with = message.with.clone();
    let change = MessageChange {
        kind,
        target: target.clone(),
        from: account.clone(),
        nick: None,
        occupant: None,
        time,
        text: text.clone(),
    };
    let changed = changes::append(tx, &account, &with, &change)?.unwrap_or(message);
    tx.prepare_cached(
        "INSERT INTO sending (id, account, peer, kind, target, text, time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![&*id.0, account.as_str(), with.as_str(), kind.code(), &*target, &*text, time.unix_ms()])?;
    Ok(Ok((changed, Sending { id: id.clone(), account, with, kind, target, text, time })))
}

/// Why something cannot be said about a message.
fn refused(message: &Message, what: &OwnChange) -> Option<&'static str> {
    let own = message.direction == MessageDirection::Out;
    match what {
        _ if message.with.is_sip() => Some("Messages over voice cannot be changed or reacted to."),
        _ if message.details.retracted => Some("This message was deleted."),
        OwnChange::Correct(_) | OwnChange::Retract if !own => Some("Only your own messages can be changed."),
        OwnChange::Correct(_) | OwnChange::Retract if message.delivery == Delivery::Failed => {
            Some("This message was not sent.")
        }
        OwnChange::Correct(_) | OwnChange::Retract | OwnChange::React(..) => None,
    }
}

/// The server has it, or will not take it.
pub(super) fn sent(tx: &Transaction<'_>, id: &MessageId) -> rusqlite::Result<()> {
    tx.prepare_cached("DELETE FROM sending WHERE id = ?1")?.execute([&*id.0])?;
    Ok(())
}

/// What waits to be sent, in the order in which it was said.
pub(super) fn load(db: &Connection) -> rusqlite::Result<Vec<Sending>> {
    let mut statement = db.prepare("SELECT id, account, peer, kind, target, text, time FROM sending ORDER BY seq")?;
    let rows = statement.query_map([], |row| {
        let jid = |at: usize| -> rusqlite::Result<Option<Jid>> { Ok(Jid::parse(row.get_ref(at)?.as_str()?).ok()) };
        let (Some(account), Some(with)) = (jid(1)?, jid(2)?) else { return Ok(None) };
        Ok(Some(Sending {
            id: MessageId(row.get_ref(0)?.as_str()?.into()),
            account,
            with,
            kind: ChangeKind::from_code(row.get(3)?),
            target: row.get_ref(4)?.as_str()?.into(),
            text: row.get_ref(5)?.as_str()?.into(),
            time: WallTime::from_unix_ms(row.get(6)?),
        }))
    })?;
    rows.filter_map(Result::transpose).collect()
}
