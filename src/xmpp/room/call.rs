//! What is said about calls in a room: invitations (XEP-0482), and the conference that somebody names in their presence, as
//! Jitsi's clients do.

use std::fmt;
use std::sync::Arc;

use minidom::Element;

use super::boundary::RoomEvent;
use super::machine::Room;
use super::{nick, read};
use crate::model::{Jid, WallTime};
use crate::xmpp::stanza::{With as _, ns};

/// Addresses of one invitation. When full: further ones are not looked at.
const MOST_ADDRESSES: usize = 8;
/// People of one room who name a call in their presence. When full: further ones are not heard.
const MOST_NAMED: usize = 8;
/// The longest address that is kept, bytes.
const LONGEST: usize = 512;

/// Something about a call (XEP-0482 section 4). Ids are those of the invitation.
#[derive(Clone, PartialEq, Eq)]
pub enum CallWord {
    /// Come to a call.
    Invite {
        /// Its names: the first is the one to answer with.
        ids: Vec<Arc<str>>,
        /// Whom to call.
        uris: Vec<Arc<str>>,
    },
    /// The invitation is taken back.
    Retract(Arc<str>),
    /// They come.
    Accept {
        /// To which.
        id: Arc<str>,
        /// By calling this.
        uri: Option<Arc<str>>,
    },
    /// They do not come.
    Reject(Arc<str>),
    /// They left the call.
    Left(Arc<str>),
}

// M10: addresses.
impl fmt::Debug for CallWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invite { .. } => "Invite",
            Self::Retract(_) => "Retract",
            Self::Accept { .. } => "Accept",
            Self::Reject(_) => "Reject",
            Self::Left(_) => "Left",
        })
    }
}

/// Reads what a message says of a call; `room`: whose names of messages count (between two people it is nobody's); `archived`: its name in the archive.
pub(in crate::xmpp) fn read_call_word(message: &Element, room: &Jid, archived: Option<&str>) -> Option<CallWord> {
    let about = message.children().find(|child| child.has_ns(ns::CALL_INVITES))?;
    let id = || read::id(about.attr("id")).map(Arc::from);
    match about.name() {
        "invite" => {
            // In a room the room's own name of the message is the one that everybody knows (XEP-0359).
            let origin = message.get_child("origin-id", ns::STANZA_ID).and_then(|origin| read::id(origin.attr("id")));
            let names = [
                read::id(about.attr("id")).map(str::to_owned),
                read::archive_id(message, room).or_else(|| archived.map(str::to_owned)),
                origin.map(str::to_owned),
                read::id(message.attr("id")).map(str::to_owned),
            ];
            let mut ids: Vec<Arc<str>> = Vec::new();
            for name in names.into_iter().flatten() {
                if !ids.iter().any(|known| **known == *name) {
                    ids.push(name.into());
                }
            }
            let uris = addresses(about);
            (!ids.is_empty()).then_some(CallWord::Invite { ids, uris })
        }
        "retract" => id().map(CallWord::Retract),
        "accept" => id().map(|id| CallWord::Accept { id, uri: addresses(about).into_iter().next() }),
        "reject" => id().map(CallWord::Reject),
        "left" => id().map(CallWord::Left),
        _ => None,
    }
}

fn addresses(about: &Element) -> Vec<Arc<str>> {
    let external = about.children().filter(|child| child.is("external", ns::CALL_INVITES)).take(MOST_ADDRESSES);
    external.filter_map(|external| external.attr("uri")).filter(|uri| uri.len() <= LONGEST).map(Arc::from).collect()
}

/// A message of this type about a call. What older clients read beside an invitation is marked as such (XEP-0428).
pub(in crate::xmpp) fn write_call_word(to: &Jid, kind: &str, word: &CallWord, id: &str) -> Element {
    let external = |uri: &Arc<str>| Element::builder("external", ns::CALL_INVITES).with("uri", uri).build();
    let named = |name: &str, of: &str| Element::builder(name, ns::CALL_INVITES).with("id", of);
    let mut message = Element::builder("message", ns::CLIENT).with("type", kind).with("to", to.as_str());
    let (about, id) = match word {
        CallWord::Invite { ids, uris } => {
            let id = ids.first().map_or(id, |id| id);
            if let Some(uri) = uris.first() {
                let fallback = Element::builder("fallback", ns::FALLBACK).with("for", ns::CALL_INVITES).build();
                message = message.with_text_child("body", ns::CLIENT, &format!("Call: {uri}")).append(fallback);
            }
            (named("invite", id).with("video", "false").append_all(uris.iter().map(external)).build(), id)
        }
        CallWord::Retract(of) => (named("retract", of).build(), id),
        CallWord::Accept { id: of, uri } => (named("accept", of).append_all(uri.iter().map(external)).build(), id),
        CallWord::Reject(of) => (named("reject", of).build(), id),
        CallWord::Left(of) => (named("left", of).build(), id),
    };
    let origin = Element::builder("origin-id", ns::STANZA_ID).with("id", id).build();
    message.with("id", id).append(about).append(origin).append(Element::bare("store", ns::HINTS)).build()
}

impl Room {
    /// Tells what a message says of a call; whether it says anything of one.
    pub(super) fn handle_call_word(
        &mut self,
        message: &Element,
        nick: &str,
        archived: Option<&str>,
        time: WallTime,
    ) -> bool {
        let Some(word) = read_call_word(message, &self.jid, archived) else { return false };
        let own = nick == &*self.nick;
        self.event(RoomEvent::Call { by: nick::shown(nick), own, word, time });
        true
    }

    /// The conference that a presence names.
    pub(super) fn note_named_call(&mut self, stanza: &Element, nick: &str) {
        let uri = stanza.children().find(|child| child.is("conference", ns::CONDESC)).and_then(|named| {
            let open = named.attr("available").is_none_or(|available| available != "false");
            named.attr("uri").filter(|uri| open && uri.len() <= LONGEST)
        });
        match uri {
            Some(uri) if self.named_calls.get(nick).is_some_and(|known| **known == *uri) => {}
            Some(uri) if self.named_calls.len() < MOST_NAMED || self.named_calls.contains_key(nick) => {
                let (nick, uri): (Arc<str>, Arc<str>) = (nick.into(), uri.into());
                self.named_calls.insert(nick.clone(), uri.clone());
                self.event(RoomEvent::CallNamed { nick, uri: Some(uri) });
            }
            Some(_) => {}
            None => self.forget_named_call(nick),
        }
    }

    pub(super) fn forget_named_call(&mut self, nick: &str) {
        if self.named_calls.remove(nick).is_some() {
            self.event(RoomEvent::CallNamed { nick: nick.into(), uri: None });
        }
    }
}
