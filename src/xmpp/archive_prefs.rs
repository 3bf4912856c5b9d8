//! What the account's archive keeps by itself (XEP-0313 section 7, "Archiving Preferences"): read, and changed without touching
//! the people whom another program named.

use minidom::Element;

use super::archive::ArchiveStep;
use super::boundary::Event;
use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::{self, With, ns};
use crate::model::{ArchiveKeeps, ArchivePreferences, Now, Reason};

/// People that are named as exceptions and kept. When more: the server's list is left alone, and nothing is changed.
const MOST_NAMED: usize = 1_000;

/// What is being done, for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PrefsStep {
    /// Read, to be told.
    Read(u64),
    /// Read, to be changed.
    ReadToChange(u64, ArchiveKeeps),
    /// Changed.
    Write(u64),
}

impl PrefsStep {
    fn number(self) -> u64 {
        match self {
            Self::Read(number) | Self::ReadToChange(number, _) | Self::Write(number) => number,
        }
    }
}

impl SessionMachine {
    /// The user wants to see (`None`) or change what the archive keeps.
    pub(super) fn archive_prefs(&mut self, number: u64, change: Option<ArchiveKeeps>, now: Now) {
        let step = match change {
            None => PrefsStep::Read(number),
            Some(keeps) => PrefsStep::ReadToChange(number, keeps),
        };
        if self.link != Link::Online {
            return self.prefs_told(number, Err(Reason::new("offline", "Chat is not connected.")));
        }
        self.ask_prefs("get", step, Element::bare("prefs", ns::MAM), now);
    }

    fn ask_prefs(&mut self, kind: &'static str, step: PrefsStep, payload: Element, now: Now) {
        if !self.request(kind, None, Purpose::Archive(ArchiveStep::Prefs(step)), payload, now) {
            self.prefs_answered(step, None, now);
        }
    }

    fn prefs_told(&mut self, number: u64, how: Result<ArchivePreferences, Reason>) {
        self.event(Event::ArchivePrefs(number, how));
    }

    /// An answer, or none in time.
    pub(super) fn prefs_answered(&mut self, step: PrefsStep, answer: Option<&Element>, now: Now) {
        let number = step.number();
        let prefs = match answer {
            None => return self.prefs_told(number, Err(Reason::new("timeout", "The server did not answer."))),
            Some(iq) if iq.attr("type") == Some("error") => {
                return self.prefs_told(number, Err(stanza::stanza_error(iq)));
            }
            Some(iq) => iq.get_child("prefs", ns::MAM),
        };
        let read = prefs.and_then(read);
        match (step, read) {
            (PrefsStep::ReadToChange(_, keeps), Some(read)) if read.keeps != keeps => {
                let Some(prefs) = prefs.filter(|_| read.always + read.never <= MOST_NAMED) else {
                    let why =
                        Reason::new("policy", "Your server's list of exceptions is too long to be changed from here.");
                    return self.prefs_told(number, Err(why));
                };
                self.ask_prefs("set", PrefsStep::Write(number), changed(prefs, keeps), now);
            }
            (_, Some(read)) => self.prefs_told(number, Ok(read)),
            // XEP-0313 section 7.2: the answer to a change says what holds; a server that only says yes is asked.
            (PrefsStep::Write(_), None) => {
                self.ask_prefs("get", PrefsStep::Read(number), Element::bare("prefs", ns::MAM), now);
            }
            (PrefsStep::Read(_) | PrefsStep::ReadToChange(..), None) => {
                let why = Reason::new("malformed", "The server's answer cannot be read.");
                self.prefs_told(number, Err(why));
            }
        }
    }
}

/// The preferences that an answer names; `None`: what they are by default is missing or not known.
fn read(prefs: &Element) -> Option<ArchivePreferences> {
    let keeps = ArchiveKeeps::parse(prefs.attr("default")?)?;
    let named = |list: &str| {
        let list = prefs.get_child(list, ns::MAM);
        list.map_or(0, |list| list.children().filter(|child| child.is("jid", ns::MAM)).count())
    };
    Some(ArchivePreferences { keeps, always: named("always"), never: named("never") })
}

/// The same with another default; XEP-0313 section 7.2: what is not sent is taken away, so both lists go along.
fn changed(prefs: &Element, keeps: ArchiveKeeps) -> Element {
    let list = |name: &'static str| {
        let mut list = Element::builder(name, ns::MAM);
        for jid in prefs.get_child(name, ns::MAM).into_iter().flat_map(Element::children) {
            list = list.append(jid.clone());
        }
        list.build()
    };
    Element::builder("prefs", ns::MAM)
        .with("default", keeps.as_str())
        .append(list("always"))
        .append(list("never"))
        .build()
}
