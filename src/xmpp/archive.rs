//! The account's archive (XEP-0313), copies of what other devices send and get (XEP-0280), and up to where they have read
//! (XEP-0490).
//!
//! Asked in this order when a stream begins: copies first, so that nothing falls between them and the archive's newest page.
//! Which page of which archive is read is the store's to say, which knows what is missing; this reads one at a time, checks
//! that its results belong to it, and hands it over whole.

use std::collections::VecDeque;
use std::time::Duration;

use minidom::Element;

use super::boundary::Event;
use super::envelope;
use super::iq::Purpose;
use super::outbox::Progress;
use super::received::{ArchivePage, ArchiveProblem, ArchiveQuery, Archived, Before};
use super::session::{Link, SessionMachine};
use super::stanza::{self, Sender, With, ns};
use crate::model::{BootTime, Jid, MessageId, Now, WallTime};

/// Messages of the first page after signing in, which the user waits for, and of all others. Servers may give fewer.
const FIRST_PAGE: u32 = 50;
const PAGE: u32 = 100;
/// Results of one page that are kept. When more come: the page ends there.
const MOST_RESULTS: usize = 300;
/// Pages that wait for their turn. When full: the oldest is dropped; what is missing stays recorded.
const MOST_WAITING: usize = 32;
/// How long the answer to a page may take: behind thousands of other messages, or on a server that reads its files slowly.
pub(super) const PAGE_WITHIN: Duration = Duration::from_secs(120);
/// A page that got no answer is asked for again after so long, and then each time after twice as long, so often.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
const MOST_DOUBLED: u32 = 4;
/// How far ahead of our clock an archive's may be.
const MOST_AHEAD_MS: i64 = 24 * 3600 * 1000;
/// How long messages that may have arrived wait for the archive's word about that.
const DOUBT_WITHIN: Duration = Duration::from_secs(10);
/// Conversations whose displayed state is read. When more: the rest is read as its notifications come.
const MOST_DISPLAYED: usize = 2_000;

/// A request of this file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArchiveStep {
    /// What the own account can do.
    Features,
    /// Copies from now on.
    Copies,
    /// A page.
    Page,
    /// Up to where other devices have read.
    Displayed,
    /// We have read.
    Publish,
    /// What the archive keeps by itself.
    Prefs(super::archive_prefs::PrefsStep),
}

/// What is known and what is being read.
#[derive(Debug, Default)]
pub(super) struct Archives {
    /// Copies were granted on this stream.
    pub(super) copies: bool,
    /// The account has an archive; absent: not known yet.
    pub(super) available: Option<bool>,
    /// The server of this stream keeps an archive, so that nobody else's names pass for its own (X12).
    pub(super) trusted: bool,
    open: Option<Open>,
    waiting: VecDeque<ArchiveQuery>,
    /// A page that failed is asked for again then.
    again: Option<BootTime>,
    /// How often in a row a page got no answer.
    failed: u32,
    /// Until then messages that may have arrived already wait.
    doubt: Option<BootTime>,
}

impl Archives {
    /// At the start: what was known of the stream of an earlier run, whether it gets copies and has an archive.
    pub(super) fn new(copies: bool, trusted: bool) -> Self {
        Self { copies, trusted, ..Self::default() }
    }
}

#[derive(Debug)]
struct Open {
    query: ArchiveQuery,
    id: String,
    items: Vec<Archived>,
}

impl SessionMachine {
    /// A stream begins: copies, what the account can do, and what other devices have read.
    pub(super) fn begin_archive(&mut self, now: Now) {
        self.own_pictures.clear();
        let doubt = self.outbox.is_in_doubt().then(|| now.boot + DOUBT_WITHIN);
        let Archives { copies, trusted, .. } = self.archives;
        self.archives = Archives { copies, trusted, doubt, ..Archives::default() };
        let copies = Element::bare("enable", ns::CARBONS);
        self.request("set", None, Purpose::Archive(ArchiveStep::Copies), copies, now);
        let own = self.own.clone();
        let features = Element::bare("query", ns::DISCO_INFO);
        self.query(Some(&own), Purpose::Archive(ArchiveStep::Features), features, now);
        let items = Element::builder("items", ns::PUBSUB).with("node", ns::DISPLAYED).build();
        let payload = Element::builder("pubsub", ns::PUBSUB).append(items).build();
        self.query(None, Purpose::Archive(ArchiveStep::Displayed), payload, now);
    }

    /// The stream goes on where it was: so does the reading, and whoever forgot the archive with the connection is told again.
    pub(super) fn resume_archive(&mut self, now: Now) {
        if let Some(available) = self.archives.available {
            self.event(Event::Archive { available });
        }
        self.own_picture_goes_on(now);
        self.pump_archive(now);
    }

    /// The stream is gone for good: nothing of it is answered.
    pub(super) fn forget_archive(&mut self) {
        self.archives = Archives::default();
    }

    /// Reads a page; those that somebody waits for before all others.
    pub(super) fn read_archive(&mut self, query: ArchiveQuery, now: Now) {
        // After a resumption the store may be asked twice for what is next.
        if self.archives.waiting.contains(&query) || self.archives.open.as_ref().is_some_and(|open| open.query == query)
        {
            return;
        }
        if self.archives.waiting.len() >= MOST_WAITING {
            self.archives.waiting.pop_front();
        }
        if query.with.is_some() {
            self.archives.waiting.push_front(query);
        } else {
            self.archives.waiting.push_back(query);
        }
        self.pump_archive(now);
    }

    fn pump_archive(&mut self, now: Now) {
        if self.link != Link::Online || self.archives.open.is_some() || self.archives.again.is_some() {
            return;
        }
        let Some(query) = self.archives.waiting.pop_front() else { return };
        let id = self.new_id();
        let payload = request(&query, &id);
        let to = query.archive.clone();
        if self.request("set", to.as_ref(), Purpose::Archive(ArchiveStep::Page), payload, now) {
            self.archives.open = Some(Open { query, id, items: Vec::new() });
        } else {
            self.archives.waiting.push_front(query);
        }
    }

    /// A result, which counts only from the archive that was asked, for the question that is open (X07, X08).
    pub(super) fn handle_result(&mut self, result: &Element, from: &Sender, now: Now) {
        let Some(open) = &mut self.archives.open else { return };
        let fits = match (&open.query.archive, from) {
            (None, Sender::Absent) => true,
            (None, Sender::Address(jid, None)) => *jid == self.own,
            (Some(room), Sender::Address(jid, None)) => jid == room,
            (_, Sender::Absent | Sender::Unreadable | Sender::Address(_, Some(_))) => false,
        };
        if !fits || result.attr("queryid") != Some(&open.id) || open.items.len() >= MOST_RESULTS {
            return;
        }
        let latest = WallTime::from_unix_ms(now.wall.unix_ms().saturating_add(MOST_AHEAD_MS));
        if open.query.archive.is_none() {
            self.note_archived_call_word(result, latest);
        }
        let Some(open) = &mut self.archives.open else { return };
        // What a room's archive holds is read where rooms are.
        if let Some((id, time, inside)) = envelope::result(result, &self.own, latest) {
            let what = inside.filter(|_| open.query.archive.is_none()).and_then(|inside| inside.read());
            open.items.push(Archived { id, time, what });
        }
    }

    /// An answer, or none in time.
    pub(super) fn archive_answered(&mut self, step: ArchiveStep, answer: Option<&Element>, now: Now) {
        let result = answer.filter(|iq| iq.attr("type") == Some("result"));
        match step {
            ArchiveStep::Copies => {
                self.archives.copies = result.is_some();
                self.store_session();
            }
            ArchiveStep::Features => {
                let Some(answer) = answer else { return self.resolve_doubt(now) };
                let available = answer.attr("type") == Some("result") && has_archive(answer);
                self.archives.available = Some(available);
                self.archives.trusted = available;
                self.store_session();
                if !available {
                    self.resolve_doubt(now);
                }
                self.event(Event::Archive { available });
                self.own_picture_begins(makes_older_picture(answer), now);
            }
            ArchiveStep::Displayed => {
                if let Some(items) =
                    result.and_then(|iq| iq.get_child("pubsub", ns::PUBSUB)?.get_child("items", ns::PUBSUB))
                {
                    self.displayed_items(items, ns::PUBSUB);
                }
            }
            ArchiveStep::Publish => {}
            ArchiveStep::Prefs(step) => self.prefs_answered(step, answer, now),
            ArchiveStep::Page => self.page_answered(answer, now),
        }
    }

    fn page_answered(&mut self, answer: Option<&Element>, now: Now) {
        let Some(Open { query, items, .. }) = self.archives.open.take() else { return };
        let fin = answer.and_then(|iq| iq.get_child("fin", ns::MAM));
        let problem = match (fin, answer) {
            (Some(_), _) => None,
            (None, Some(iq)) if condition(iq) == Some("item-not-found") => Some(ArchiveProblem::NotFound),
            (None, Some(iq)) if iq.attr("type") == Some("error") && !may_be_asked_again(iq) => {
                Some(ArchiveProblem::Refused)
            }
            (None, _) => {
                // What is missing stays missing until it has come: a server that is busy is not asked more often for that.
                let doubled = self.archives.failed.min(MOST_DOUBLED);
                self.archives.failed = self.archives.failed.saturating_add(1);
                self.archives.waiting.push_front(query);
                self.archives.again = Some(now.boot + AGAIN_AFTER * (1 << doubled));
                return;
            }
        };
        self.archives.failed = 0;
        let complete = fin.is_some_and(|fin| matches!(fin.attr("complete"), Some("true" | "1")));
        self.event(Event::ArchivePage(Box::new(ArchivePage { query, items, complete, problem })));
        self.pump_archive(now);
    }

    /// A failed page's time has come, or that of messages in doubt.
    pub(super) fn archive_timeout(&mut self, now: Now) {
        if self.archives.again.is_some_and(|at| at <= now.boot) {
            self.archives.again = None;
            self.pump_archive(now);
        }
        if self.archives.doubt.is_some_and(|until| until <= now.boot) {
            self.resolve_doubt(now);
        }
    }

    pub(super) fn archive_deadline(&self) -> Option<BootTime> {
        self.archives.again.into_iter().chain(self.archives.doubt).min()
    }

    /// A page is stored; `arrived` are messages of ours that were in it.
    pub(super) fn archive_stored(&mut self, arrived: &[MessageId], settled: bool, now: Now) {
        for id in arrived {
            self.outbox.acknowledged(id);
        }
        if settled {
            self.resolve_doubt(now);
        } else if let Some(doubt) = &mut self.archives.doubt {
            *doubt = now.boot + DOUBT_WITHIN;
        }
    }

    /// The archive has said which messages it has: all others go again.
    pub(super) fn resolve_doubt(&mut self, now: Now) {
        self.archives.doubt = None;
        self.outbox.advance(Progress::Doubtful, Progress::Waiting, usize::MAX);
        self.pump_messages(now);
    }

    /// Items of the node with what other devices have read: each names a conversation and the newest message seen in it.
    pub(super) fn displayed_items(&mut self, items: &Element, namespace: &str) {
        if items.attr("node").is_some_and(|node| node != ns::DISPLAYED) {
            return;
        }
        let mut found = Vec::new();
        for item in items.children().filter(|child| child.is("item", namespace)).take(MOST_DISPLAYED) {
            let with = item.attr("id").and_then(|id| Jid::parse(id).ok()).filter(|with| !with.is_made_up());
            let stanza = item
                .get_child("displayed", ns::DISPLAYED)
                .and_then(|displayed| displayed.get_child("stanza-id", ns::STANZA_ID));
            let by = stanza.and_then(|stanza| Jid::parse(stanza.attr("by")?).ok());
            let id = stanza.and_then(|stanza| stanza.attr("id")).filter(|id| id.len() <= super::payload::LONGEST_ID);
            // The archive of a conversation is the own account's, or the room's.
            if let (Some(with), Some(by), Some(id)) = (with, by, id)
                && (by == self.own || by == with)
            {
                found.push(Event::DisplayedElsewhere { with, by, id: id.into() });
            }
        }
        for event in found {
            self.event(event);
        }
    }

    /// Tells the other devices what was read here (XEP-0490 section 4): a private node whose items are the conversations.
    pub(super) fn publish_displayed(&mut self, with: &Jid, by: &Jid, id: &str, now: Now) {
        if self.link != Link::Online {
            return;
        }
        let stanza = Element::builder("stanza-id", ns::STANZA_ID).with("by", by.as_str()).with("id", id).build();
        let displayed = Element::builder("displayed", ns::DISPLAYED).append(stanza).build();
        let item = Element::builder("item", ns::PUBSUB).with("id", with.as_str()).append(displayed).build();
        let publish = Element::builder("publish", ns::PUBSUB).with("node", ns::DISPLAYED).append(item).build();
        let mut form = Element::builder("x", ns::DATA_FORM).with("type", "submit");
        for (name, value) in [
            ("FORM_TYPE", "http://jabber.org/protocol/pubsub#publish-options"),
            ("pubsub#persist_items", "true"),
            ("pubsub#max_items", "max"),
            ("pubsub#send_last_published_item", "never"),
            ("pubsub#access_model", "whitelist"),
        ] {
            let field = Element::builder("field", ns::DATA_FORM).with("var", name).with_text_child(
                "value",
                ns::DATA_FORM,
                value,
            );
            form = form.append(field.build());
        }
        let options = Element::builder("publish-options", ns::PUBSUB).append(form.build()).build();
        let payload = Element::builder("pubsub", ns::PUBSUB).append(publish).append(options).build();
        self.request("set", None, Purpose::Archive(ArchiveStep::Publish), payload, now);
    }
}

fn condition(iq: &Element) -> Option<&str> {
    stanza::error_condition(iq.get_child("error", ns::CLIENT)?, ns::STANZA_ERROR)
}

/// The same request may be answered later (RFC 6120 section 8.3.2).
fn may_be_asked_again(iq: &Element) -> bool {
    iq.get_child("error", ns::CLIENT).is_some_and(|error| error.attr("type") == Some("wait"))
}

fn has_archive(iq: &Element) -> bool {
    has(iq, ns::MAM)
}

/// XEP-0398 section 3: the server makes the older form of a published picture, and says it in our presence.
fn makes_older_picture(iq: &Element) -> bool {
    iq.attr("type") == Some("result") && has(iq, ns::PICTURE_CONVERSION)
}

fn has(iq: &Element, feature: &str) -> bool {
    iq.get_child("query", ns::DISCO_INFO).is_some_and(|query| {
        query.children().any(|child| child.is("feature", ns::DISCO_INFO) && child.attr("var") == Some(feature))
    })
}

/// The question (XEP-0313 section 4): a page that ends before something, the newest of them (XEP-0059 section 2.5).
fn request(query: &ArchiveQuery, id: &str) -> Element {
    let field = |name: &str, value: &str| {
        let field = Element::builder("field", ns::DATA_FORM).with("var", name);
        field.with_text_child("value", ns::DATA_FORM, value).build()
    };
    let mut fields = vec![field("FORM_TYPE", ns::MAM)];
    fields.extend(query.with.as_ref().map(|with| field("with", with.as_str())));
    if let Before::Time(time) = &query.before {
        fields.push(field("end", &time.to_rfc3339()));
    }
    let form = Element::builder("x", ns::DATA_FORM).with("type", "submit").append_all(fields);
    let before = match &query.before {
        Before::Id(id) => id.as_str(),
        Before::Now | Before::Time(_) => "",
    };
    let first = matches!(query.before, Before::Now);
    let set = Element::builder("set", ns::RSM)
        .with_text_child("max", ns::RSM, &if first { FIRST_PAGE } else { PAGE }.to_string())
        .with_text_child("before", ns::RSM, before)
        .build();
    Element::builder("query", ns::MAM).with("queryid", id).append(form.build()).append(set).build()
}
