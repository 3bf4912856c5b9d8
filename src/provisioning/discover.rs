//! From an address to the place of its document: WebFinger (RFC 7033), host-meta (RFC 6415), then SRV and TXT records in the
//! manner of RFC 6764. What the server of the chat account offers after the sign-in is asked by `account`.
//!
//! DNS is not trusted: an SRV record says only *where* to connect. Who answers there has to prove to be the domain itself
//! (RFC 9525 section 6.1: the reference identity is what the user gave, never what DNS derived from it). A publisher whose
//! servers have other names is reached by a link, which the domain's own server vouches for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::link::{LinkError, Subject, in_jrd, in_xrd};
use crate::model::{BootTime, HttpsUrl, Jid, Now, Page, WebError};

/// How long the domain's own web server may take to answer the first question.
const WEB_PATIENCE: Duration = Duration::from_millis(2500);
/// How long everything may take: whoever signs in waits for it.
pub const PATIENCE: Duration = Duration::from_secs(6);
/// Places of an SRV answer that are tried. When more: the rest does not count.
const MOST_PLACES: usize = 3;
/// The longest `path` of a TXT record; its strings hold 255 bytes (RFC 1035 section 3.3.14).
const LONGEST_PATH: usize = 255;
/// The service of the SRV and TXT records.
const SERVICE: &str = "_cusax-prov._tcp";

/// One question of the machine; the answer names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuestionId(u32);

/// What the machine wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A JRD from a web server.
    Jrd {
        /// Which.
        url: HttpsUrl,
        /// Where to connect instead, if an SRV record says so.
        via: Option<(String, u16)>,
    },
    /// An XRD from a web server.
    Xrd {
        /// Which.
        url: HttpsUrl,
    },
    /// The SRV and TXT records of a name.
    Records {
        /// The name.
        name: String,
    },
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Of a web server.
    Page(Result<Page, WebError>),
    /// Of the name servers.
    Records(Result<Records, NoNames>),
}

/// SRV and TXT records of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Hosts and ports of the SRV records, the best first (RFC 2782).
    pub places: Vec<(String, u16)>,
    /// The strings of the first TXT record.
    pub texts: Vec<String>,
}

/// No name server answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoNames;

/// How a place was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// WebFinger.
    WebFinger,
    /// host-meta.
    HostMeta,
    /// SRV and TXT.
    Dns,
    /// Somebody gave the link.
    Link,
    /// A file of this machine.
    File,
    /// The chat server, after the sign-in.
    Server,
}

impl Method {
    /// For the command and for scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WebFinger => "webfinger",
            Self::HostMeta => "host-meta",
            Self::Dns => "dns",
            Self::Link => "link",
            Self::File => "file",
            Self::Server => "server",
        }
    }
}

/// Where the document is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its address.
    pub url: HttpsUrl,
    /// Where to connect instead, if an SRV record says so.
    pub via: Option<(String, u16)>,
    /// How it was found.
    pub method: Method,
}

/// What one step came to, in plain words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// A sentence.
    pub text: Arc<str>,
    /// Whether it led to the document.
    pub found: bool,
}

impl Step {
    /// A step that led nowhere, or to the document.
    pub fn new(text: &str, found: bool) -> Self {
        Self { text: text.into(), found }
    }
}

/// What the machine wants and says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Ask this.
    Ask(QuestionId, Question),
    /// A step is over.
    Step(Step),
    /// The end: the place, or none.
    Done(Option<Place>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    WebFinger,
    HostMetaJson,
    HostMetaXml,
    Records,
    /// WebFinger at this place of the SRV answer.
    At(usize),
    Over,
}

/// The search for one address.
#[derive(Debug)]
pub struct Discovery {
    subject: Subject,
    stage: Stage,
    /// The question whose answer moves the stage on.
    waiting: QuestionId,
    asked_records: QuestionId,
    records: Option<Result<Records, NoNames>>,
    next: u32,
    stage_ends: Option<BootTime>,
    ends: BootTime,
    outputs: VecDeque<Output>,
}

impl Discovery {
    /// Begins: the domain's web server and the name servers are asked at once.
    pub fn new(address: &Jid, now: Now) -> Self {
        let mut discovery = Self {
            subject: Subject::of(address),
            stage: Stage::WebFinger,
            waiting: QuestionId(0),
            asked_records: QuestionId(0),
            records: None,
            next: 0,
            stage_ends: Some(now.boot + WEB_PATIENCE),
            ends: now.boot + PATIENCE,
            outputs: VecDeque::new(),
        };
        let name = format!("{SERVICE}.{}", discovery.subject.domain);
        discovery.asked_records = discovery.ask(Question::Records { name });
        match discovery.of_domain(&discovery.subject.webfinger()) {
            Some(url) => discovery.waiting = discovery.ask(Question::Jrd { url, via: None }),
            // A domain that cannot stand in an address: only the name servers can help.
            None => discovery.turn_to_records(),
        }
        discovery
    }

    /// An answer; one that is not waited for any more changes nothing.
    pub fn handle_answer(&mut self, id: QuestionId, answer: Answer) {
        match answer {
            Answer::Records(records) if id == self.asked_records && self.records.is_none() => {
                self.records = Some(records);
                if self.stage == Stage::Records {
                    self.turn_to_records();
                }
            }
            Answer::Page(page) if id == self.waiting && self.stage != Stage::Over => self.handle_page(page),
            Answer::Records(_) | Answer::Page(_) => {}
        }
    }

    /// A timer is due; calling too early is harmless.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.stage == Stage::Over {
            return;
        }
        if self.ends <= now.boot {
            self.say("There was no answer in time.", false);
            self.finish(None);
        } else if self.stage_ends.is_some_and(|due| due <= now.boot) {
            self.handle_page(Err(WebError::Timeout));
        }
    }

    /// The next output, until `None`.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When the next timer is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<BootTime> {
        match self.stage {
            Stage::Over => None,
            _ => Some(self.stage_ends.unwrap_or(self.ends).min(self.ends)),
        }
    }

    fn handle_page(&mut self, page: Result<Page, WebError>) {
        let (method, name) = match self.stage {
            Stage::WebFinger | Stage::At(_) => (Method::WebFinger, "WebFinger"),
            Stage::HostMetaJson | Stage::HostMetaXml => (Method::HostMeta, "host-meta"),
            Stage::Records | Stage::Over => return,
        };
        let network = page.as_ref().is_err_and(WebError::is_network);
        let outcome = page.map_err(|error| error.to_string()).and_then(|page| {
            let read = if self.stage == Stage::HostMetaXml { in_xrd } else { in_jrd };
            read(&page.body, &self.subject).map_err(|error: LinkError| error.to_string())
        });
        let domain = self.subject.domain.clone();
        match outcome {
            Ok(url) => {
                self.say(&format!("{domain} says where the settings are ({name})."), true);
                // A document of the same origin is where the description was.
                let via = match self.stage {
                    Stage::At(at) => self.place(at).filter(|(_, port)| url.host() == domain && url.port() == *port),
                    Stage::WebFinger | Stage::HostMetaJson | Stage::HostMetaXml | Stage::Records | Stage::Over => None,
                };
                self.finish(Some(Place { url, via, method }));
            }
            Err(why) => {
                self.say(&format!("{domain} gives no settings by {name}: {why}."), false);
                self.after(network);
            }
        }
    }

    /// What follows a question that brought nothing; `network`: nobody was reached.
    fn after(&mut self, network: bool) {
        let next = match self.stage {
            // Who does not answer at all has no host-meta either.
            Stage::WebFinger if network => return self.turn_to_records(),
            Stage::WebFinger => Stage::HostMetaJson,
            Stage::HostMetaJson if network => return self.turn_to_records(),
            Stage::HostMetaJson => Stage::HostMetaXml,
            Stage::HostMetaXml => return self.turn_to_records(),
            Stage::At(at) => return self.ask_at(at + 1),
            Stage::Records | Stage::Over => return,
        };
        let path = if next == Stage::HostMetaJson { "/.well-known/host-meta.json" } else { "/.well-known/host-meta" };
        let Some(url) = self.of_domain(path) else { return self.turn_to_records() };
        self.stage = next;
        self.waiting = self.ask(match next {
            Stage::HostMetaXml => Question::Xrd { url },
            _ => Question::Jrd { url, via: None },
        });
    }

    /// The records decide, as soon as they are there.
    fn turn_to_records(&mut self) {
        self.stage = Stage::Records;
        self.stage_ends = None;
        let domain = self.subject.domain.clone();
        match &self.records {
            None => {}
            Some(Err(NoNames)) => {
                self.say("The name servers did not answer.", false);
                self.finish(None);
            }
            Some(Ok(records)) if records.places.is_empty() => {
                self.say(&format!("{domain} announces no settings in its name records."), false);
                self.finish(None);
            }
            // RFC 2782: the root as target says that there is no such service.
            Some(Ok(records)) if records.places.iter().all(|(host, port)| host == "." || *port == 0) => {
                self.say(&format!("{domain} says in its name records that there are no settings."), false);
                self.finish(None);
            }
            Some(Ok(records)) => match txt_path(&records.texts) {
                Some(path) => self.found_by_path(&self.subject.fill(&path)),
                None => self.ask_at(0),
            },
        }
    }

    /// SRV says where, TXT says which: no description is needed.
    fn found_by_path(&mut self, path: &str) {
        let domain = self.subject.domain.clone();
        let place = self.place(0).and_then(|(host, port)| {
            let url = HttpsUrl::new(&domain, port, path).ok()?;
            Some(Place { url, via: Some((host, port)), method: Method::Dns })
        });
        match place {
            Some(place) => {
                self.say(&format!("{domain} says in its name records where the settings are."), true);
                self.finish(Some(place));
            }
            None => {
                self.say(&format!("{domain} announces settings at an address that cannot be used."), false);
                self.finish(None);
            }
        }
    }

    fn ask_at(&mut self, at: usize) {
        let url = self.place(at).and_then(|(host, port)| {
            let url = HttpsUrl::new(&self.subject.domain, port, &self.subject.webfinger()).ok()?;
            Some((url, (host, port)))
        });
        match url {
            Some((url, via)) if at < MOST_PLACES => {
                self.stage = Stage::At(at);
                self.waiting = self.ask(Question::Jrd { url, via: Some(via) });
            }
            Some(_) | None => self.finish(None),
        }
    }

    /// The places that can be used, in order.
    fn place(&self, at: usize) -> Option<(String, u16)> {
        let records = self.records.as_ref()?.as_ref().ok()?;
        records.places.iter().filter(|(host, port)| host != "." && *port != 0).nth(at).cloned()
    }

    fn of_domain(&self, path: &str) -> Option<HttpsUrl> {
        HttpsUrl::new(&self.subject.domain, 443, path).ok()
    }

    fn ask(&mut self, question: Question) -> QuestionId {
        self.next += 1;
        let id = QuestionId(self.next);
        self.outputs.push_back(Output::Ask(id, question));
        id
    }

    fn say(&mut self, text: &str, found: bool) {
        self.outputs.push_back(Output::Step(Step::new(text, found)));
    }

    fn finish(&mut self, place: Option<Place>) {
        self.stage = Stage::Over;
        self.outputs.push_back(Output::Done(place));
    }
}

/// The value of `path` in a TXT record (RFC 6763 section 6.4: keys compare without case, the first one counts).
fn txt_path(texts: &[String]) -> Option<String> {
    let path = texts.iter().filter_map(|text| text.split_once('=')).find(|(key, _)| key.eq_ignore_ascii_case("path"));
    path.map(|(_, path)| path.to_owned()).filter(|path| path.starts_with('/') && path.len() <= LONGEST_PATH)
}

#[cfg(test)]
#[path = "discover_tests.rs"]
mod tests;
