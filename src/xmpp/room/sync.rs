//! What was written in a room while we were away: its archive, page by page from where we stood (XEP-0313), so that a cut
//! leaves no hole: what is known is a beginning of the archive, until everything is.

use std::sync::Arc;

use minidom::Element;

use super::boundary::{RoomAnswer, RoomEvent, Since};
use super::machine::{Room, RoomStep};
use super::read;
use super::talk::Talk;
use super::write;
use crate::model::{Reason, WallTime};
use crate::xmpp::stanza::ns;

/// Messages of one page.
const PAGE: u32 = 50;
/// Pages in a row; a room that fills more of them than this while it is read is not caught up with.
const MOST_PAGES: u32 = 2_000;

/// Where catching up stands.
#[derive(Debug, Default)]
enum Progress {
    /// Not begun on this stream.
    #[default]
    Away,
    /// A page is open: the query's name, and how many came before.
    Open { query: String, pages: u32, newest_only: bool },
    /// Everything is known.
    Done,
}

/// What is known of a room's history.
#[derive(Debug, Default)]
pub(super) struct Sync {
    since: Since,
    progress: Progress,
    /// Older pages that somebody asked for: the query's name.
    older: Option<String>,
    news: bool,
}

impl Sync {
    pub(super) fn restore(&mut self, since: &Since) {
        self.since = since.clone();
    }

    pub(super) fn since(&self) -> &Since {
        &self.since
    }

    pub(super) fn is_done(&self) -> bool {
        matches!(self.progress, Progress::Done)
    }

    /// The stream is gone.
    pub(super) fn interrupt(&mut self) {
        self.progress = Progress::Away;
        self.older = None;
    }

    /// Something new is known, to be kept.
    pub(super) fn take_news(&mut self) -> Option<Since> {
        std::mem::take(&mut self.news).then(|| self.since.clone())
    }

    /// A message was handed to the store. Its archive id moves what is known only where nothing can lie between.
    pub(super) fn heard(&mut self, archive_id: Option<&str>, time: WallTime) {
        self.since.time = Some(self.since.time.map_or(time, |known| known.max(time)));
        if self.is_done()
            && let Some(id) = archive_id
        {
            self.since.archive_id = Some(id.into());
        }
        self.news = true;
    }

    /// Whether a result belongs to an open page (X07).
    pub(super) fn expects(&self, query: Option<&str>) -> bool {
        let Some(query) = query else { return false };
        matches!(&self.progress, Progress::Open { query: open, .. } if open == query)
            || self.older.as_deref() == Some(query)
    }
}

impl Room {
    /// In the room: what was missed is asked for before anything of ours leaves, so that what already arrived is not sent
    /// again.
    pub(super) fn begin_sync(&mut self) {
        if !self.can.archive {
            self.sync.progress = Progress::Done;
            return;
        }
        match self.sync.since.archive_id.clone() {
            Some(id) => self.ask_page("after", &id, 0, false),
            // Nothing is known: the newest page is enough, the rest comes when it is looked at.
            None => self.ask_page("before", "", 0, true),
        }
    }

    fn ask_page(&mut self, side: &'static str, at: &str, pages: u32, newest_only: bool) {
        let query = self.new_id();
        let payload = write::archive(&query, side, at, PAGE);
        self.sync.progress = Progress::Open { query: query.clone(), pages, newest_only };
        // Only an archive that is asked with `set` is one (XEP-0313 section 4.1).
        self.ask(RoomStep::Page(query), true, payload);
    }

    /// A page is over.
    pub(super) fn handle_page(&mut self, query: &str, answer: Option<&Element>) {
        let Progress::Open { query: open, pages, newest_only } = &self.sync.progress else { return };
        if open != query {
            return;
        }
        let (pages, newest_only) = (pages + 1, *newest_only);
        let Some(fin) = fin(answer) else {
            let unknown = answer.is_some_and(|iq| {
                let error = iq.get_child("error", ns::CLIENT);
                error.is_some_and(|error| error.has_child("item-not-found", ns::STANZA_ERROR))
            });
            // The archive has forgotten where we stood (XEP-0313 section 4.3.2): what it still has is all there is.
            if unknown && !newest_only {
                return self.ask_page("before", "", pages, true);
            }
            self.sync.progress = Progress::Done;
            return;
        };
        let known = self.sync.since.archive_id.as_deref();
        let further = fin.last.as_deref().filter(|last| Some(*last) != known).map(Arc::from);
        if let Some(last) = &further {
            self.sync.since.archive_id = Some(Arc::clone(last));
            self.sync.news = true;
        }
        match further {
            Some(last) if !fin.complete && !newest_only && pages < MOST_PAGES => {
                self.ask_page("after", &last, pages, false)
            }
            Some(_) | None => self.sync.progress = Progress::Done,
        }
        if self.sync.news && self.sync.is_done() {
            let since = self.known_since();
            self.sync.news = false;
            self.event(RoomEvent::Synced(since));
        }
    }

    /// Older messages are wanted.
    pub(super) fn ask_older(&mut self, ticket: u64, before: Option<&str>) {
        if !self.can.archive || !self.is_joined() || self.sync.older.is_some() {
            let why = Reason::new("not-allowed", "This room keeps no messages that could be asked for.");
            return self.event(RoomEvent::Answered(ticket, Err(why)));
        }
        let query = self.new_id();
        let payload = write::archive(&query, "before", before.unwrap_or_default(), PAGE);
        self.sync.older = Some(query.clone());
        self.ask(RoomStep::Older(ticket, query), true, payload);
    }

    /// That page is over.
    pub(super) fn handle_older(&mut self, ticket: u64, answer: Option<&Element>) {
        self.sync.older = None;
        let result = match fin(answer) {
            Some(fin) => Ok(RoomAnswer::Older(fin.complete)),
            None => Err(Reason::new("timeout", "The room did not give older messages.")),
        };
        self.event(RoomEvent::Answered(ticket, result));
    }

    /// A message of the archive. Only of a page that is open, and only the room's own (X07,
    /// X08: the caller has seen that the room itself sends it).
    pub(super) fn handle_archived(&mut self, result: &Element, now: WallTime) -> Talk {
        if !self.sync.expects(result.attr("queryid")) {
            return Talk::Nothing;
        }
        let Some(archive_id) = read::id(result.attr("id")) else { return Talk::Nothing };
        let Some(forwarded) = result.get_child("forwarded", ns::FORWARD) else { return Talk::Nothing };
        // A message, never anything else that was packed in (X04).
        let Some(message) = forwarded.get_child("message", ns::CLIENT) else { return Talk::Nothing };
        let from = message.attr("from").unwrap_or_default();
        let Some((room, nick)) = from.split_once('/') else { return Talk::Nothing };
        if !room.eq_ignore_ascii_case(self.jid.as_str()) {
            return Talk::Nothing;
        }
        let stamp = forwarded.get_child("delay", ns::DELAY).and_then(|delay| delay.attr("stamp"));
        let time = stamp.and_then(WallTime::parse_rfc3339).filter(|time| *time <= now).unwrap_or(now);
        self.handle_old_message(message, nick, archive_id, time)
    }
}

struct Fin {
    complete: bool,
    last: Option<String>,
}

/// The end of a page (XEP-0313 section 4.3).
fn fin(answer: Option<&Element>) -> Option<Fin> {
    let fin = answer.filter(|iq| iq.attr("type") == Some("result"))?.get_child("fin", ns::MAM)?;
    let last = fin.get_child("set", ns::RSM).and_then(|set| set.get_child("last", ns::RSM)).map(Element::text);
    Some(Fin {
        complete: matches!(fin.attr("complete"), Some("true" | "1")),
        last: last.filter(|last| read::id(Some(last)).is_some()),
    })
}
