//! One timeline of several conversations: those with the addresses of one person.

use rusqlite::{Transaction, params};

use super::messages::{self, LONGEST_PAGE};
use crate::model::{Jid, Message, MessageId};

/// Conversations that are read together. When more: the first ones.
const MOST: usize = 8;

/// Where a page lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// At the end.
    Newest,
    /// Before this message.
    Before(MessageId),
    /// After it.
    After(MessageId),
    /// On both sides of it.
    Around(MessageId),
}

/// A page of several conversations by place, oldest first.
pub(super) fn page(tx: &Transaction<'_>, with: &[Jid], limit: u32, page: &Page) -> rusqlite::Result<Vec<Message>> {
    let limit = limit.min(LONGEST_PAGE);
    let places = match page {
        Page::Newest => newest(tx, with, limit, None)?,
        Page::Before(id) => newest(tx, with, limit, Some(id))?,
        Page::After(id) => after(tx, with, limit, id)?,
        Page::Around(id) => {
            let mut around = newest(tx, with, limit / 2, Some(id))?;
            let it: Option<(i64, i64)> = tx
                .prepare_cached("SELECT place, seq FROM message WHERE id = ?1")?
                .query_map([&*id.0], |row| Ok((row.get(0)?, row.get(1)?)))?
                .next()
                .transpose()?;
            around.extend(it);
            around.extend(after(tx, with, limit / 2, id)?);
            around
        }
    };
    let mut found = Vec::with_capacity(places.len());
    for (_, seq) in places {
        found.extend(messages::by_seq(tx, seq)?.filter(|message| with.contains(&message.with)));
    }
    Ok(found)
}

fn newest(
    tx: &Transaction<'_>,
    with: &[Jid],
    limit: u32,
    before: Option<&MessageId>,
) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut all = Vec::new();
    for jid in with.iter().take(MOST) {
        let mut query = tx.prepare_cached(
            "SELECT place, seq FROM message
             WHERE peer = ?1 AND (?3 IS NULL OR (place, seq) < (SELECT place, seq FROM message WHERE id = ?3))
             ORDER BY place DESC, seq DESC LIMIT ?2",
        )?;
        let before = before.map(|id| &*id.0);
        let found = query.query_map(params![jid.as_str(), limit, before], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for one in found {
            all.push(one?);
        }
    }
    all.sort_unstable();
    let surplus = all.len().saturating_sub(limit as usize);
    all.drain(..surplus);
    Ok(all)
}

fn after(tx: &Transaction<'_>, with: &[Jid], limit: u32, id: &MessageId) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut all = Vec::new();
    for jid in with.iter().take(MOST) {
        let mut query = tx.prepare_cached(
            "SELECT place, seq FROM message
             WHERE peer = ?1 AND (place, seq) > (SELECT place, seq FROM message WHERE id = ?3)
             ORDER BY place, seq LIMIT ?2",
        )?;
        let found = query.query_map(params![jid.as_str(), limit, &*id.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for one in found {
            all.push(one?);
        }
    }
    all.sort_unstable();
    all.truncate(limit as usize);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::WallTime;
    use crate::store::{Command, Event, Store, TalkCommand, open};
    use crate::xmpp::{Checkpoint, InboundMessage};

    fn jid(text: &str) -> Jid {
        Jid::parse(text).expect("valid")
    }

    fn read(store: &mut Store, with: &[&str], limit: u32, page: Page) -> Vec<Message> {
        let with = with.iter().map(|with| jid(with)).collect();
        let command = Command::Talk(TalkCommand::Together { request: 1, with, limit, page });
        match store.execute(&[command]).expect("read").pop() {
            Some(Event::Messages { messages, .. }) => messages,
            other => panic!("{other:?}"),
        }
    }

    fn words(page: &[Message]) -> String {
        page.iter().map(|message| &*message.body).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_was_said_with_several_addresses_of_a_person_is_one_timeline_page_by_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let (mut store, _) = open(&folder.path().join("db")).expect("opens");
        let (work, home) = ("bob@work.example", "bob@home.example");
        for (at, from) in [(1, work), (2, home), (3, home), (4, work), (5, "eve@x.example"), (6, home), (7, work)] {
            let time = WallTime::from_unix_ms(1_700_000_000_000 + at * 60_000);
            let message = InboundMessage::new(jid(from), &at.to_string(), time);
            let account = jid("alice@example.com");
            let append = Command::AppendIncoming { account, message, checkpoint: Checkpoint(1) };
            store.execute(&[append]).expect("stored");
        }
        let both = [work, home];
        let newest = read(&mut store, &both, 3, Page::Newest);
        assert_eq!(words(&newest), "4 6 7");
        let older = read(&mut store, &both, 3, Page::Before(newest[0].id.clone()));
        assert_eq!(words(&older), "1 2 3", "no hole and nothing twice");
        assert!(read(&mut store, &both, 3, Page::Before(older[0].id.clone())).is_empty());
        assert_eq!(words(&read(&mut store, &both, 2, Page::After(older[1].id.clone()))), "3 4");
        assert_eq!(words(&read(&mut store, &both, 4, Page::Around(newest[0].id.clone()))), "2 3 4 6 7");
        assert_eq!(words(&read(&mut store, &[home], 9, Page::Newest)), "2 3 6", "and each alone");
    }
}
