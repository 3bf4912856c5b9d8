//! A conference and a room as one meeting (RFC 7081 section 4; C-36 to C-40): who is who, and which call a room offers.
//!
//! The two sides prove nothing about each other (C-39). Two rows become one only where it is certain that they are the same
//! person: the room shows an address to us, and that address is confirmed for whoever is in the call, or a conference server
//! of our own provider gives it for them. Everything else stays two rows with a word about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    CallId, Direction, Involvement, Jid, LinkKind, OfferSource, Participant, PeerGrade, SipUri, SoundState, find_links,
};
use crate::sip::conference::{ConferenceInfo, Flow, Status, User};

/// Calls that one room offers. When full: the less sure ones are left out.
const MOST_OFFERS: usize = 8;
/// The longest address of a call that is offered, bytes.
const LONGEST: usize = 512;

/// Somebody in the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Talker {
    /// What they are called there.
    pub name: Arc<str>,
    /// Their address there.
    pub address: Arc<str>,
    /// Who they are for certain, and why, a sentence.
    pub proven: Option<(Jid, Arc<str>)>,
    /// Who they are said to be.
    pub claimed: Vec<Jid>,
    /// It is we.
    pub own: bool,
    /// What is known of their sound.
    pub sound: SoundState,
    /// They speak now.
    pub speaking: bool,
    /// They moderate.
    pub moderator: bool,
    /// Our call with them, where we join the calls.
    pub call: Option<CallId>,
}

/// Somebody in the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The nick.
    pub nick: Arc<str>,
    /// The nick as it is shown.
    pub shown: Arc<str>,
    /// The address, where the room shows it to us.
    pub jid: Option<Jid>,
    /// It is we.
    pub own: bool,
    /// They moderate.
    pub moderator: bool,
}

/// Whether a conference's word counts for who is in it: a conference of our own domain, that we called there or that our own
/// service vouches for.
pub fn is_trusted(dialled: &SipUri, direction: Direction, grade: PeerGrade, own: &SipUri) -> bool {
    let domestic = dialled.host().eq_ignore_ascii_case(own.host());
    match direction {
        Direction::Outgoing => domestic,
        Direction::Incoming => domestic && grade == PeerGrade::Confirmed,
    }
}

/// The sound of somebody whom a focus tells of; `None`: they are not in the call.
pub fn sound_of(user: &User) -> Option<SoundState> {
    let one = |status: Status, flow: Option<Flow>| match (status, flow) {
        (Status::Gone, _) => None,
        (Status::Joining, _) => Some((1, SoundState::Coming)),
        // Only text through the call: nothing is heard there.
        (Status::Connected | Status::OnHold | Status::MutedViaFocus, None) => None,
        (Status::OnHold, Some(_)) => Some((2, SoundState::OnHold)),
        (Status::MutedViaFocus, Some(_)) => Some((3, SoundState::MutedByModerator)),
        (Status::Connected, Some(Flow::Hears | Flow::None)) => Some((4, SoundState::Muted)),
        (Status::Connected, Some(Flow::Both | Flow::Heard)) => Some((5, SoundState::Talking)),
    };
    if user.endpoints.is_empty() {
        return Some(SoundState::Talking);
    }
    // Of several devices the one counts that reaches furthest.
    let states = user.endpoints.iter().filter_map(|endpoint| one(endpoint.status, endpoint.sound()));
    states.max_by_key(|(rank, _)| *rank).map(|(_, state)| state)
}

/// Whether the focus lets somebody moderate, by the words that servers use for it (RFC 4575 section 5.6.3 names none).
pub fn moderates(user: &User) -> bool {
    let words = ["moderator", "administrator", "admin", "host", "organizer", "owner", "chair", "presenter"];
    user.roles.iter().any(|role| words.iter().any(|word| role.eq_ignore_ascii_case(word)))
}

/// Everybody whom a focus lists as in the call. `own`: our address in it. `confirmed`: the one contact to whom an address
/// belongs on the word of their card, a directory or the address book. `voices`: the sources that speak now.
pub fn talkers(
    info: &ConferenceInfo,
    voices: &[u32],
    trusted: bool,
    own: &SipUri,
    confirmed: impl Fn(&str) -> Option<Jid>,
    name: impl Fn(&Jid) -> Arc<str>,
) -> Vec<Talker> {
    let is_own = |user: &User| {
        std::iter::once(&user.entity).chain(&user.aors).any(|address| {
            SipUri::parse(address)
                .is_ok_and(|address| address.same_address(&own.address_of_record()) || same_user(&address, own))
        })
    };
    let mut found = false;
    info.users()
        .iter()
        .filter_map(|user| {
            let sound = sound_of(user)?;
            let said = user.jids().next();
            let contact = || std::iter::once(&user.entity).chain(&user.aors).find_map(|address| confirmed(address));
            let (proven, claimed): (Option<(Jid, Arc<str>)>, Vec<Jid>) = if trusted {
                let proven = said
                    .map(|jid| (jid, "Your provider's conference server says who this is.".into()))
                    .or_else(|| Some((contact()?, "The address in the call is this contact's.".into())));
                (proven, Vec::new())
            } else {
                (None, said.into_iter().chain(contact()).collect())
            };
            let address = shown_address(&user.entity);
            let called = proven.as_ref().map(|(jid, _)| name(jid)).or_else(|| user.display.clone());
            Some(Talker {
                name: called.unwrap_or_else(|| address.clone()),
                address: user.entity.clone(),
                proven,
                claimed,
                // Whoever is listed under our address a second time is not we.
                own: is_own(user) && !std::mem::replace(&mut found, true),
                sound,
                speaking: sound == SoundState::Talking && user.sources().any(|source| voices.contains(&source)),
                moderator: moderates(user),
                call: None,
            })
        })
        .collect()
}

fn same_user(one: &SipUri, other: &SipUri) -> bool {
    one.user() == other.user() && one.host().eq_ignore_ascii_case(other.host())
}

/// An address without its scheme and parameters, for people.
fn shown_address(uri: &str) -> Arc<str> {
    let rest = uri.split_once(':').map_or(uri, |(_, rest)| rest);
    rest.split(';').next().unwrap_or(rest).into()
}

/// Everybody once: those in the call and those in the room, merged where it is certain that they are one.
pub fn participants(talkers: Vec<Talker>, writers: &[Writer]) -> Vec<Participant> {
    // An address that two in the call are given proves nothing about either.
    let mut holders: BTreeMap<Jid, usize> = BTreeMap::new();
    for (jid, _) in talkers.iter().filter_map(|talker| talker.proven.as_ref()) {
        *holders.entry(jid.clone()).or_default() += 1;
    }
    let mut taken = vec![false; writers.len()];
    let mut all: Vec<Participant> = Vec::with_capacity(talkers.len() + writers.len());
    let mut claims: Vec<Vec<Jid>> = Vec::new();
    for talker in talkers {
        let certain = |writer: &Writer| match (&talker.proven, &writer.jid) {
            _ if talker.own || writer.own => talker.own && writer.own,
            (Some((jid, _)), Some(theirs)) => jid == theirs && holders.get(jid) == Some(&1),
            (_, _) => false,
        };
        // Somebody may be in the room with several nicks: all of them are this person.
        let mut nick = None;
        let mut moderator = talker.moderator;
        for (at, writer) in writers.iter().enumerate() {
            if certain(writer) && !taken.get(at).copied().unwrap_or(true) {
                if let Some(taken) = taken.get_mut(at) {
                    *taken = true;
                }
                moderator |= writer.moderator;
                nick.get_or_insert((writer.nick.clone(), writer.shown.clone()));
            }
        }
        let involvement = match (talker.sound, &nick) {
            (SoundState::Coming, None) => Involvement::Coming,
            (SoundState::Coming | SoundState::None, Some(_)) => Involvement::Text,
            (_, Some(_)) => Involvement::Both,
            (_, None) => Involvement::Audio,
        };
        let proof = talker.proven.as_ref().filter(|_| nick.is_some()).map(|(_, why)| why.clone());
        claims.push(talker.claimed.iter().cloned().chain(talker.proven.iter().map(|(jid, _)| jid.clone())).collect());
        all.push(Participant {
            name: match (&nick, talker.own) {
                (Some((_, shown)), true) => shown.clone(),
                (_, _) => talker.name,
            },
            involvement,
            sound: talker.sound,
            speaking: talker.speaking,
            own: talker.own,
            moderator,
            address: Some(talker.address),
            nick: nick.map(|(nick, _)| nick),
            jid: talker.proven.map(|(jid, _)| jid),
            call: talker.call,
            proof,
            maybe: None,
            text: "".into(),
        });
    }
    let heard = all.len();
    for (writer, _) in writers.iter().zip(&taken).filter(|(_, taken)| !**taken) {
        let mut row = Participant {
            name: writer.shown.clone(),
            involvement: Involvement::Text,
            sound: SoundState::None,
            speaking: false,
            own: writer.own,
            moderator: writer.moderator,
            address: None,
            nick: Some(writer.nick.clone()),
            jid: writer.jid.clone(),
            call: None,
            proof: None,
            maybe: None,
            text: "".into(),
        };
        let like = all.iter_mut().take(heard).zip(&claims).find(|(talker, claimed)| {
            talker.nick.is_none()
                && talker.maybe.is_none()
                && !writer.own
                && !talker.own
                && alike(talker, claimed, writer)
        });
        if let Some((talker, _)) = like {
            row.maybe = Some(talker.name.clone());
            talker.maybe = Some(writer.shown.clone());
        }
        all.push(row);
    }
    all.sort_by_cached_key(|one| (!one.own, one.involvement, one.name.to_lowercase()));
    all
}

/// Whether two might be the same person: somebody says so, or they are called the same.
fn alike(talker: &Participant, claimed: &[Jid], writer: &Writer) -> bool {
    let same = |one: &str, other: &str| one.trim().to_lowercase() == other.trim().to_lowercase();
    if writer.jid.as_ref().is_some_and(|jid| claimed.contains(jid)) {
        return true;
    }
    let user = talker.address.as_deref().map(shown_address).unwrap_or_default();
    let user = user.split('@').next().unwrap_or_default().to_owned();
    let local = writer.jid.as_ref().and_then(Jid::local).unwrap_or_default();
    same(&talker.name, &writer.shown) || (!user.is_empty() && (same(&user, &writer.shown) || same(&user, local)))
}

/// What a room says of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomClaims<'a> {
    /// Invitations in it, the newest last: the addresses, and by whom.
    pub invites: Vec<(&'a [Arc<str>], Arc<str>)>,
    /// The field of its description of itself.
    pub info: Option<&'a str>,
    /// What people in it name in their presence, with their nicks.
    pub presences: Vec<(&'a str, Arc<str>)>,
    /// The addresses of its card.
    pub card: &'a [Arc<str>],
    /// Its description and its subject.
    pub texts: Vec<&'a str>,
}

/// A call that a room names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// Whom to call: `sip:`, `sips:` or `tel:`.
    pub uri: Arc<str>,
    /// Who says so.
    pub source: OfferSource,
    /// By which nick.
    pub by: Option<Arc<str>>,
    /// The place of the invitation in [`RoomClaims::invites`].
    pub invite: Option<usize>,
}

/// The calls that a room names, the surest form first (P-6), each address once. None of it is believed: it is shown, and the
/// rules of cost apply as to any typed address.
pub fn room_calls(claims: &RoomClaims<'_>) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    let mut add = |uri: &str, source, by: Option<&Arc<str>>, invite| {
        let Some(uri) = callable(uri) else { return };
        if all.len() < MOST_OFFERS && !all.iter().any(|known| same_call(&known.uri, &uri)) {
            all.push(Named { uri, source, by: by.cloned(), invite });
        }
    };
    for (at, (uris, by)) in claims.invites.iter().enumerate().rev() {
        for uri in *uris {
            add(uri, OfferSource::Invite, Some(by), Some(at));
        }
    }
    if let Some(info) = claims.info {
        add(info, OfferSource::RoomInfo, None, None);
    }
    for (uri, by) in &claims.presences {
        add(uri, OfferSource::Presence, Some(by), None);
    }
    for uri in claims.card {
        add(uri, OfferSource::Card, None, None);
    }
    for text in &claims.texts {
        for (_, link) in find_links(text) {
            if link.kind == LinkKind::Call {
                add(&link.uri, OfferSource::Link, None, None);
            }
        }
    }
    all
}

/// An address that can be called: `sip:`, `sips:` or `tel:`, without headers.
pub fn callable(text: &str) -> Option<Arc<str>> {
    let text = text.trim();
    if text.len() > LONGEST || text.chars().any(|sign| sign.is_control() || sign.is_whitespace()) {
        return None;
    }
    let text = text.split('?').next()?;
    let scheme = text.split(':').next()?.to_ascii_lowercase();
    match scheme.as_str() {
        "sip" | "sips" => SipUri::parse(text).ok().map(|uri| uri.to_string().into()),
        "tel" => text.get(4..).filter(|number| number.chars().any(|sign| sign.is_ascii_digit())).map(|_| text.into()),
        _ => None,
    }
}

/// Whether two addresses lead to the same call.
pub fn same_call(one: &str, other: &str) -> bool {
    match (SipUri::parse(one), SipUri::parse(other)) {
        (Ok(one), Ok(other)) => one.same_address(&other),
        (_, _) => one.eq_ignore_ascii_case(other),
    }
}
