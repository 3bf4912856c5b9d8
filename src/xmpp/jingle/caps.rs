//! Who can be called over chat: what the programs of contacts say that they can do (XEP-0115, XEP-0030).
//!
//! A set of abilities is asked for once, from the first who announces it, and believed of others only when its hash is right
//! (XEP-0115 section 5.4): otherwise one contact could say what another one's program can.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minidom::Element;
use sha1::{Digest as _, Sha1};

use super::super::stanza::{With, ns};
use crate::model::{FullJid, Jid};

/// Connections of one person that are told apart; further ones are ignored.
const MOST_RESOURCES: usize = 16;
/// Sets of abilities that are remembered. When full: the oldest is forgotten, and asked for again.
const MOST_KNOWN: usize = 512;
/// Questions that wait. When full: further ones are not asked until the person's presence changes.
const MOST_WANTED: usize = 256;
/// Questions that are open at once.
const MOST_OPEN: usize = 4;
/// The longest hash, node and word of an answer, in bytes. When longer: nothing is believed.
const LONGEST: usize = 512;
/// Features, identities and forms of an answer that are read. When more: nothing is believed.
const MOST_SAID: usize = 512;

/// What a program can do, as far as calls are concerned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caps {
    /// Calls with sound over ICE and DTLS-SRTP.
    pub audio: bool,
    /// Messages that let all devices ring (XEP-0353).
    pub messages: bool,
    /// Digits beside the stream (XEP-0181).
    pub digits: bool,
    /// It is a gateway, by its own word: to the telephone network or another one that may cost.
    pub gateway: bool,
}

/// What one connection announces.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Announced {
    /// The node and the hash (XEP-0115 section 4), where it is one that can be checked.
    hash: Option<(Arc<str>, Arc<str>)>,
    caps: Option<Caps>,
}

/// A question to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Whom.
    pub to: FullJid,
    /// The node, where it is about a hash.
    pub node: Option<String>,
    /// The hash that the answer must have.
    pub ver: Option<Arc<str>>,
}

/// What everybody's programs can do.
#[derive(Debug, Default)]
pub struct PeerCaps {
    people: HashMap<Jid, BTreeMap<String, Announced>>,
    known: HashMap<Arc<str>, Caps>,
    order: VecDeque<Arc<str>>,
    wanted: VecDeque<Question>,
    asked: HashSet<Arc<str>>,
    open: usize,
}

impl PeerCaps {
    /// A new stream: who is there comes again; what sets of abilities mean stays.
    pub fn clear(&mut self) {
        self.people.clear();
        self.wanted.clear();
        self.asked.clear();
        self.open = 0;
    }

    /// Somebody left the roster.
    pub fn forget(&mut self, jid: &Jid) {
        self.people.remove(jid);
    }

    /// A presence of a contact's connection. `true`: what can be said of the person may have changed.
    pub fn handle_presence(&mut self, jid: &Jid, resource: Option<&str>, stanza: &Element) -> bool {
        let Some(resource) = resource else {
            // Without a resource everybody of them is gone (RFC 6121 section 4.5).
            return stanza.attr("type").is_some() && self.people.remove(jid).is_some();
        };
        if stanza.attr("type").is_some() {
            let Some(connections) = self.people.get_mut(jid) else { return false };
            let gone = connections.remove(resource).is_some();
            if connections.is_empty() {
                self.people.remove(jid);
            }
            return gone;
        }
        let Some(c) = stanza.get_child("c", ns::CAPS) else { return false };
        let short = |text: &&str| !text.is_empty() && text.len() <= LONGEST;
        let hash =
            c.attr("node").filter(short).zip(c.attr("ver").filter(short)).filter(|_| c.attr("hash") == Some("sha-1"));
        let hash = hash.map(|(node, ver)| (Arc::<str>::from(node), Arc::<str>::from(ver)));
        let connections = self.people.entry(jid.clone()).or_default();
        let same = connections.get(resource).is_some_and(|known| known.hash == hash && known.caps.is_some());
        if same || (connections.len() >= MOST_RESOURCES && !connections.contains_key(resource)) {
            return false;
        }
        let caps = hash.as_ref().and_then(|(_, ver)| self.known.get(ver)).copied();
        connections.insert(resource.to_owned(), Announced { hash: hash.clone(), caps });
        if caps.is_some() {
            return true;
        }
        let Ok(to) = jid.with_resource(resource) else { return false };
        let waits = match &hash {
            Some((_, ver)) => self.asked.contains(ver),
            None => self.wanted.iter().any(|question| question.to == to),
        };
        if !waits && self.wanted.len() < MOST_WANTED {
            self.asked.extend(hash.as_ref().map(|(_, ver)| ver.clone()));
            let node = hash.as_ref().map(|(node, ver)| format!("{node}#{ver}"));
            self.wanted.push_back(Question { to, node, ver: hash.map(|(_, ver)| ver) });
        }
        false
    }

    /// The next question, while not too many are open.
    pub fn next_question(&mut self) -> Option<Question> {
        if self.open >= MOST_OPEN {
            return None;
        }
        let question = self.wanted.pop_front()?;
        self.open += 1;
        Some(question)
    }

    /// The answer to a question; `None`: there is none. Everybody of whom something new can be said.
    pub fn handle_answer(&mut self, question: &Question, answer: Option<&Element>) -> Vec<Jid> {
        self.open = self.open.saturating_sub(1);
        if let Some(ver) = &question.ver {
            self.asked.remove(ver);
        }
        let query = answer
            .filter(|iq| iq.attr("type") == Some("result"))
            .and_then(|iq| iq.get_child("query", ns::DISCO_INFO))
            .filter(|query| query.children().count() <= MOST_SAID);
        let Some(query) = query else { return Vec::new() };
        let caps = read(query);
        let right = question.ver.as_ref().filter(|ver| verification(query).as_deref() == Some(ver.as_ref()));
        let mut changed = Vec::new();
        match right {
            Some(ver) => {
                self.remember(ver.clone(), caps);
                for (jid, connections) in &mut self.people {
                    for one in connections.values_mut() {
                        if one.hash.as_ref().is_some_and(|(_, of)| of == ver) && one.caps != Some(caps) {
                            one.caps = Some(caps);
                            changed.push(jid.clone());
                        }
                    }
                }
            }
            // It says of this connection only.
            None => {
                let jid = question.to.bare();
                let connection =
                    self.people.get_mut(&jid).and_then(|connections| connections.get_mut(question.to.resource()));
                if let Some(one) = connection {
                    one.caps = Some(caps);
                    changed.push(jid);
                }
            }
        }
        changed.dedup();
        changed
    }

    fn remember(&mut self, ver: Arc<str>, caps: Caps) {
        if self.known.insert(ver.clone(), caps).is_none() {
            self.order.push_back(ver);
        }
        if self.order.len() > MOST_KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }

    fn all(&self, jid: &Jid) -> impl Iterator<Item = (&String, Caps)> {
        self.people.get(jid).into_iter().flatten().filter_map(|(name, one)| Some((name, one.caps?)))
    }

    /// Everybody who can be called.
    pub fn callable_people(&self) -> impl Iterator<Item = &Jid> {
        self.people.keys().filter(|jid| self.callable(jid).0)
    }

    /// Whether somebody can be called, and whether that leads through a gateway.
    #[must_use]
    pub fn callable(&self, jid: &Jid) -> (bool, bool) {
        let callable = self.all(jid).any(|(_, caps)| caps.audio);
        (callable, self.all(jid).any(|(_, caps)| caps.audio && caps.gateway))
    }

    /// Whether a connection takes digits beside the stream.
    #[must_use]
    pub fn takes_digits(&self, full: &FullJid) -> bool {
        self.all(&full.bare()).any(|(name, caps)| name == full.resource() && caps.digits)
    }

    /// The connection to call where none of theirs knows messages about calls.
    #[must_use]
    pub fn direct(&self, jid: &Jid) -> Option<FullJid> {
        if self.all(jid).any(|(_, caps)| caps.audio && caps.messages) {
            return None;
        }
        self.all(jid).find(|(_, caps)| caps.audio).and_then(|(name, _)| jid.with_resource(name).ok())
    }
}

impl Question {
    /// The request.
    #[must_use]
    pub fn query(&self) -> Element {
        let query = Element::builder("query", ns::DISCO_INFO);
        match &self.node {
            Some(node) => query.with("node", node).build(),
            None => query.build(),
        }
    }
}

fn read(query: &Element) -> Caps {
    let has = |wanted: &str| {
        let feature = |child: &Element| child.is("feature", ns::DISCO_INFO) && child.attr("var") == Some(wanted);
        query.children().any(feature)
    };
    let gateway = |child: &Element| child.is("identity", ns::DISCO_INFO) && child.attr("category") == Some("gateway");
    let needed = [ns::JINGLE, ns::JINGLE_RTP, ns::JINGLE_AUDIO, ns::JINGLE_ICE, ns::JINGLE_DTLS];
    Caps {
        audio: needed.into_iter().all(has),
        messages: has(ns::JINGLE_MESSAGE),
        digits: has(ns::JINGLE_DTMF),
        gateway: query.children().any(gateway),
    }
}

/// The hash over an answer (XEP-0115 section 5.1); `None` where it is ill-formed (section 5.4).
fn verification(query: &Element) -> Option<String> {
    let of = |name: &'static str| query.children().filter(move |child| child.is(name, ns::DISCO_INFO));
    let bounded = |text: &str| (text.len() <= LONGEST && !text.contains('<')).then(|| text.to_owned());
    let mut identities: Vec<String> = Vec::new();
    for identity in of("identity") {
        let part = |name: &str| bounded(identity.attr(name).unwrap_or_default());
        let language = bounded(identity.attr_ns("http://www.w3.org/XML/1998/namespace", "lang").unwrap_or_default());
        identities.push(format!("{}/{}/{}/{}", part("category")?, part("type")?, language?, part("name")?));
    }
    let mut features: Vec<String> = of("feature").filter_map(|feature| bounded(feature.attr("var")?)).collect();
    let mut forms: Vec<String> = Vec::new();
    for form in query.children().filter(|child| child.is("x", ns::DATA_FORM)) {
        let fields = || form.children().filter(|child| child.is("field", ns::DATA_FORM));
        let values = |field: &Element| -> Option<Vec<String>> {
            let values = field.children().filter(|child| child.is("value", ns::DATA_FORM));
            values.map(|value| bounded(&value.text())).collect()
        };
        let Some(kind) = fields().find(|field| field.attr("var") == Some("FORM_TYPE")) else { continue };
        let mut lines: Vec<String> = Vec::new();
        for field in fields().filter(|field| field.attr("var") != Some("FORM_TYPE")) {
            let mut values = values(field)?;
            values.sort_unstable();
            let name = bounded(field.attr("var")?)?;
            lines.push(std::iter::once(name).chain(values).map(|line| format!("{line}<")).collect());
        }
        lines.sort_unstable();
        forms.push(format!("{}<{}", values(kind)?.concat(), lines.concat()));
    }
    let before = (identities.len(), features.len(), forms.len());
    identities.sort_unstable();
    features.sort_unstable();
    forms.sort_unstable();
    let twice = |all: &mut Vec<String>| all.dedup();
    [&mut identities, &mut features, &mut forms].into_iter().for_each(twice);
    if before != (identities.len(), features.len(), forms.len()) {
        return None;
    }
    let lines = identities.iter().chain(&features).map(|line| format!("{line}<"));
    let text: String = lines.chain(forms.iter().cloned()).collect();
    Some(BASE64_STANDARD.encode(Sha1::digest(text)))
}
