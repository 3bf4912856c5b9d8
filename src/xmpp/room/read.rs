//! Reading what a room sends. Whose word counts is decided here: status codes, subjects of the room and moderation count
//! only where the service says them, never where an occupant does.

use std::collections::BTreeSet;
use std::sync::Arc;

use minidom::Element;

use super::nick;
use crate::model::{Affiliation, Jid, Reason, Role, RoomFact, RoomFacts, Show, WallTime};
use crate::xmpp::stanza::{self, ns};

/// Status codes that are looked at in one stanza. When full: the rest is ignored.
const MOST_CODES: usize = 16;
/// The longest id of somebody else's that is kept, bytes.
const LONGEST_ID: usize = 512;
/// The longest reason, subject or description that is kept, characters.
pub(super) const LONGEST_TEXT: usize = 1024;
/// Nothing was sent over XMPP before 1999-01-01.
const EARLIEST: WallTime = WallTime::from_unix_ms(915_148_800_000);

/// A presence of somebody in a room.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) affiliation: Affiliation,
    pub(super) role: Role,
    pub(super) jid: Option<Jid>,
    pub(super) id: Option<Arc<str>>,
    pub(super) show: Show,
    pub(super) codes: BTreeSet<u16>,
    /// The hash of their picture (XEP-0153 section 4.1, XEP-0398).
    pub(super) photo: Option<Arc<str>>,
    /// The nick that follows a change of nick.
    pub(super) new_nick: Option<Arc<str>>,
    pub(super) by: Option<Arc<str>>,
    pub(super) reason: Option<Arc<str>>,
    /// The room is gone, and where its people went (section 10.9).
    pub(super) destroyed: Option<(Option<Jid>, Option<Arc<str>>)>,
}

/// The text of a child, shortened to what people read.
pub(super) fn text_of(parent: &Element, name: &str, namespace: &str) -> Option<Arc<str>> {
    let text = parent.get_child(name, namespace)?.text();
    words(&text)
}

/// Words of somebody else, for one line.
pub(super) fn words(text: &str) -> Option<Arc<str>> {
    let line = nick::shown_line(&text.replace(['\n', '\t'], " "), LONGEST_TEXT);
    (!line.is_empty()).then_some(line)
}

/// An id that can be kept.
pub(super) fn id(text: Option<&str>) -> Option<&str> {
    text.filter(|id| !id.is_empty() && id.len() <= LONGEST_ID)
}

/// The status codes that a service put into a stanza.
pub(super) fn codes(x: Option<&Element>) -> BTreeSet<u16> {
    let codes = x.into_iter().flat_map(Element::children).filter(|child| child.is("status", ns::MUC_USER));
    codes.take(MOST_CODES).filter_map(|child| child.attr("code")?.parse().ok()).collect()
}

/// Reads a presence. The service replaces whatever an occupant wrote into `x` (XEP-0045 section 7.1), so it is its word.
/// An occupant's id counts only where the room announces that it writes them (XEP-0421 section 6).
pub(super) fn presence(stanza: &Element, with_ids: bool) -> Heard {
    let x = stanza.get_child("x", ns::MUC_USER);
    let item = x.and_then(|x| x.get_child("item", ns::MUC_USER));
    let attr = |name: &'static str| item.and_then(|item| item.attr(name));
    let show = match stanza.get_child("show", ns::CLIENT).map(Element::text).as_deref().map(str::trim) {
        Some("chat") => Show::Chat,
        Some("away") => Show::Away,
        Some("xa") => Show::Xa,
        Some("dnd") => Show::Dnd,
        Some(_) | None => Show::Available,
    };
    let actor = item.and_then(|item| item.get_child("actor", ns::MUC_USER));
    Heard {
        affiliation: attr("affiliation").and_then(Affiliation::parse).unwrap_or_default(),
        // Section 7.1.3: whoever is there has a role; a service that does not say which gives the usual one.
        role: attr("role").and_then(Role::parse).unwrap_or(Role::Participant),
        jid: attr("jid").and_then(|jid| Jid::parse_dropping_resource(jid).ok()),
        id: with_ids.then(|| occupant_id(stanza)).flatten(),
        show,
        codes: codes(x),
        photo: photo(stanza),
        new_nick: attr("nick").filter(|nick| nick.len() <= nick::LONGEST).map(Arc::from),
        by: actor.and_then(|actor| actor.attr("nick")).map(nick::shown),
        reason: item.and_then(|item| text_of(item, "reason", ns::MUC_USER)),
        destroyed: x.and_then(|x| x.get_child("destroy", ns::MUC_USER)).map(|destroy| {
            let venue = destroy.attr("jid").and_then(|jid| Jid::parse_dropping_resource(jid).ok());
            (venue, text_of(destroy, "reason", ns::MUC_USER))
        }),
    }
}

/// The hash of a picture that a presence announces; it is the occupant's word, so what is fetched must have it.
fn photo(stanza: &Element) -> Option<Arc<str>> {
    let photo = stanza.get_child("x", ns::VCARD_UPDATE)?.get_child("photo", ns::VCARD_UPDATE)?;
    let hash = photo.text().trim().to_ascii_lowercase();
    (hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| hash.into())
}

/// Who somebody is whatever the nick (XEP-0421 section 3).
pub(super) fn occupant_id(stanza: &Element) -> Option<Arc<str>> {
    id(stanza.get_child("occupant-id", ns::OCCUPANT_ID)?.attr("id")).map(Arc::from)
}

/// The name that the room's own archive gave (XEP-0359 section 5: only `by` the room counts; X12).
pub(super) fn archive_id(message: &Element, room: &Jid) -> Option<String> {
    message
        .children()
        .filter(|child| child.is("stanza-id", ns::STANZA_ID))
        .find(|child| child.attr("by").is_some_and(|by| Jid::parse(by).as_ref() == Ok(room)))
        .and_then(|child| id(child.attr("id")))
        .map(str::to_owned)
}

/// When a message was written that the room delivers late; `None`: it is new (X16).
pub(super) fn delay(message: &Element, room: &Jid, now: WallTime) -> Option<WallTime> {
    let late = message.children().filter(|child| child.is("delay", ns::DELAY)).find(|child| {
        // Some services name nobody: the room itself delivered the stanza.
        child.attr("from").is_none_or(|from| Jid::parse_dropping_resource(from).as_ref() == Ok(room))
    })?;
    let stamp = late.attr("stamp").and_then(WallTime::parse_rfc3339);
    Some(stamp.filter(|stamp| (EARLIEST..=now).contains(stamp)).unwrap_or(now))
}

/// A message that a moderator took back.
pub(super) struct Moderated {
    /// The room's name of it.
    pub(super) archive_id: Arc<str>,
    /// By whom, as shown.
    pub(super) by: Option<Arc<str>>,
    /// Why.
    pub(super) reason: Option<Arc<str>>,
}

/// What a moderator took back (XEP-0425, in its present form and in the one before): the room's name of the message, by
/// whom, why. Only the room itself says so (section 7; X11), which the caller has seen to.
pub(super) fn moderated(message: &Element) -> Option<Moderated> {
    let by = |moderated: &Element| {
        let by = moderated.attr("by")?;
        by.split_once('/').map(|(_, nick)| nick::shown(nick))
    };
    if let Some(retract) = message.get_child("retract", ns::RETRACT) {
        let moderated = retract.get_child("moderated", ns::MODERATE)?;
        let of = id(retract.attr("id"))?;
        let reason = text_of(retract, "reason", ns::RETRACT);
        return Some(Moderated { archive_id: of.into(), by: by(moderated), reason });
    }
    let apply = message.get_child("apply-to", ns::FASTEN)?;
    let moderated = apply.get_child("moderated", ns::MODERATE_0)?;
    moderated.get_child("retract", ns::RETRACT_0)?;
    let reason = text_of(moderated, "reason", ns::MODERATE_0);
    Some(Moderated { archive_id: id(apply.attr("id"))?.into(), by: by(moderated), reason })
}

/// What a room says of itself (XEP-0045 section 6.4, XEP-0128).
pub(super) fn facts(query: &Element) -> (RoomFacts, Abilities) {
    let mut found = RoomFacts::default();
    let mut can = Abilities::default();
    for child in query.children().take(500) {
        if child.is("identity", ns::DISCO_INFO) && child.attr("category") == Some("conference") {
            found.name = child.attr("name").and_then(words);
        }
        if child.is("feature", ns::DISCO_INFO) {
            let fact = match child.attr("var").unwrap_or_default() {
                "muc_nonanonymous" => RoomFact::AddressesForAll,
                "muc_semianonymous" => RoomFact::AddressesForModerators,
                "muc_membersonly" => RoomFact::MembersOnly,
                "muc_moderated" => RoomFact::Moderated,
                "muc_passwordprotected" => RoomFact::Password,
                "muc_persistent" => RoomFact::Persistent,
                "muc_temporary" => RoomFact::Temporary,
                "muc_hidden" => RoomFact::Hidden,
                "muc_public" => RoomFact::Public,
                ns::STANZA_ID => {
                    can.names_messages = true;
                    continue;
                }
                ns::MAM => {
                    can.archive = true;
                    can.names_messages = true;
                    RoomFact::Archived
                }
                ns::MODERATE => {
                    can.moderate = Some(ns::MODERATE);
                    RoomFact::Moderation
                }
                ns::MODERATE_0 => {
                    can.moderate = can.moderate.or(Some(ns::MODERATE_0));
                    RoomFact::Moderation
                }
                ns::OCCUPANT_ID => {
                    can.occupant_ids = true;
                    RoomFact::OccupantIds
                }
                _ => continue,
            };
            found.facts.push(fact);
        }
        if child.is("x", ns::DATA_FORM) {
            read_info(child, &mut found, &mut can);
        }
    }
    found.facts.sort_unstable();
    found.facts.dedup();
    (found, can)
}

fn read_info(x: &Element, found: &mut RoomFacts, can: &mut Abilities) {
    let Some(form) = crate::xmpp::form::read(x) else { return };
    if form.field("FORM_TYPE").is_none_or(|field| field.value() != ns::MUC_INFO) {
        return;
    }
    let value = |var: &str| form.field(var).map(|field| field.value()).filter(|value| !value.is_empty());
    found.description = value("muc#roominfo_description").and_then(words);
    found.call = call_of(&form);
    found.occupants = value("muc#roominfo_occupants").and_then(|count| count.parse().ok());
    // Prosody and ejabberd name the room here as well.
    if let Some(name) = value("muc#roomconfig_roomname").and_then(words) {
        found.name = Some(name);
    }
    can.everybody_sets_subject = form
        .field("muc#roominfo_subjectmod")
        .or_else(|| form.field("muc#roomconfig_changesubject"))
        .map(|field| field.is_true());
}

/// The call of a room. RFC 7081 section 4 names a field `audio-video-uri` that was registered nowhere, so every way of writing
/// it counts: bare, as a field of the form's own, in Clark notation (XEP-0068 section 3.4).
fn call_of(form: &crate::model::Form) -> Option<Arc<str>> {
    let named = |var: &str| {
        let var = var.rsplit_once('}').map_or(var, |(_, name)| name);
        matches!(var, "audio-video-uri" | "muc#roominfo_audio-video-uri" | "muc#roominfo_avuri")
    };
    let field = form.fields.iter().find(|field| named(&field.var) && !field.value().trim().is_empty())?;
    words(field.value())
}

/// What a room can do for us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Abilities {
    /// It has an archive (XEP-0313).
    pub(super) archive: bool,
    /// It names messages itself (XEP-0359).
    pub(super) names_messages: bool,
    /// The version of moderation that it speaks (XEP-0425).
    pub(super) moderate: Option<&'static str>,
    /// It tells people apart itself (XEP-0421), so that what a stanza says of it counts.
    pub(super) occupant_ids: bool,
    /// Participants may set the subject, where the room says anything about it.
    pub(super) everybody_sets_subject: Option<bool>,
}

/// Why a room did not let us in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Barrier {
    /// The nick is taken: try another.
    Nick,
    /// It may be otherwise later.
    Later(Reason),
    /// It stays so until the user acts.
    Lasting(Reason),
    /// It moved.
    Moved(Option<Jid>),
}

/// Reads a presence error (XEP-0045 section 7.2, RFC 6120 section 8.3.3).
pub(super) fn barrier(stanza: &Element) -> Barrier {
    let error = stanza.get_child("error", ns::CLIENT);
    let condition = error.and_then(|error| stanza::error_condition(error, ns::STANZA_ERROR)).unwrap_or_default();
    let lasting = |code: &str, text: &str| Barrier::Lasting(Reason::new(code, text));
    match condition {
        "conflict" => Barrier::Nick,
        "not-authorized" => lasting("password", "This room asks for a password, and the one given is not right."),
        "forbidden" => lasting("banned", "You are banned from this room."),
        "registration-required" => {
            lasting("members-only", "Only members may come in. Ask somebody who looks after the room to add you.")
        }
        "not-allowed" => lasting("not-allowed", "There is no such room, and you may not make one here."),
        "item-not-found" => lasting("no-such-room", "There is no such room, or it is not open yet."),
        "not-acceptable" => {
            lasting("reserved-nick", "In this room you have to use the nick that is registered for you.")
        }
        "jid-malformed" => lasting("bad-nick", "The room does not take this nick. Choose another one."),
        "gone" | "redirect" => {
            let venue = error.and_then(|error| {
                let place = error.children().find(|child| child.has_ns(ns::STANZA_ERROR))?.text();
                let place = place.trim().strip_prefix("xmpp:").unwrap_or(place.trim()).to_owned();
                Jid::parse_dropping_resource(place.split('?').next()?).ok()
            });
            Barrier::Moved(venue)
        }
        // Section 7.2.9: the room is full; people leave.
        "service-unavailable" => {
            Barrier::Later(Reason::new("full", "The room is full, or its service is away. Tandem keeps trying."))
        }
        "" => Barrier::Later(Reason::new("undefined-condition", "The room did not let you in. Tandem keeps trying.")),
        other => Barrier::Later(Reason::new(other, "The room cannot be reached at the moment. Tandem keeps trying.")),
    }
}
