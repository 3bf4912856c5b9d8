//! What is known of people beside their cards: what they call themselves (XEP-0172), when they were last there (XEP-0012,
//! XEP-0319), and links that ask somebody into the list (XEP-0379, XEP-0401).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use minidom::Element;
use sha1::{Digest as _, Sha1};

use super::boundary::Event;
use super::iq::Purpose;
use super::own_picture::{OwnPictureCommand, OwnPictureEvent, PictureStep};
use super::presence::{self, Best};
use super::session::{Link, SessionMachine};
use super::stanza::{With, ns};
use super::{form, stanza};
use crate::model::{BootTime, Jid, Now, Reason, Show, WallTime};

/// The longest name that is taken, in characters; what is longer is cut.
const LONGEST_NICK: usize = 80;
/// The longest token of a link, in bytes. When longer: it is no token.
pub const LONGEST_TOKEN: usize = 256;
/// The longest address of a link that a server makes, in bytes. When longer: there is none.
const LONGEST_LINK: usize = 2048;
/// Tokens that wait for the question they belong to. When full: the link's person is asked without one.
const MOST_TOKENS: usize = 64;
/// How long a question with a token may remain without an effect.
const WITHOUT_TOKEN_AFTER: Duration = Duration::from_secs(15);
/// Forms of one picture that are looked at. When more: the rest is ignored.
const MOST_PICTURES: usize = 16;
/// The largest picture that is taken, in bytes.
const LARGEST_PICTURE: usize = 256 * 1024;
/// Nobody's last word is older: what says so is nonsense.
const LONGEST_AGO: Duration = Duration::from_secs(20 * 365 * 24 * 3600);

/// What `account` wants to say or know.
#[derive(Clone, PartialEq, Eq)]
pub enum PeopleCommand {
    /// What the user calls themselves, for their contacts; `None`: nothing.
    Nick(Option<Arc<str>>),
    /// When was somebody last there? Comes back as [`PeopleEvent::LastActive`] where their server says it.
    AskLastActive(Jid),
    /// A link that the server makes (XEP-0401). Comes back as [`PeopleEvent::Invited`].
    Invite(u64),
    /// Fetch a picture that somebody announced, by its hash (XEP-0084 section 4.2.2). Comes back as
    /// [`PeopleEvent::PictureCame`] where it is that one.
    FetchPicture(Jid, Arc<str>),
    /// Somebody's link has this token: it goes with the question to see them (XEP-0379 section 3.2).
    Token(Jid, Arc<str>),
    /// Since when nobody is at the program (XEP-0319); it is said with the next [`super::Command::Presence`], which follows.
    Idle(Option<WallTime>),
    /// Something about the own picture.
    OwnPicture(OwnPictureCommand),
}

impl std::fmt::Debug for PeopleCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nick(_) => "Nick",
            Self::AskLastActive(_) => "AskLastActive",
            Self::Invite(_) => "Invite",
            Self::FetchPicture(..) => "FetchPicture",
            Self::Token(..) => "Token",
            Self::Idle(_) => "Idle",
            Self::OwnPicture(_) => "OwnPicture",
        })
    }
}

/// What the session says of it.
#[derive(Clone, PartialEq, Eq)]
pub enum PeopleEvent {
    /// What somebody calls themselves: a claim, which names nobody whom the user or a card names.
    Nick(Jid, Option<Arc<str>>),
    /// When somebody was last at their program; `None`: they are there now.
    LastActive(Jid, Option<WallTime>),
    /// Which picture somebody announces, by its hash; `None`: none any more.
    Picture(Jid, Option<Arc<str>>),
    /// An announced picture.
    PictureCame(Jid, Arc<[u8]>),
    /// The link that was asked for, or why there is none.
    Invited(u64, Result<ServerInvite, Reason>),
    /// Somebody who asks to see us names a token; their question follows.
    Token(Jid, Arc<str>),
    /// Something about the own picture.
    OwnPicture(OwnPictureEvent),
}

impl std::fmt::Debug for PeopleEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Nick(..) => "Nick",
            Self::LastActive(..) => "LastActive",
            Self::Picture(..) => "Picture",
            Self::PictureCame(..) => "PictureCame",
            Self::Invited(..) => "Invited",
            Self::Token(..) => "Token",
            Self::OwnPicture(_) => "OwnPicture",
        })
    }
}

/// A link that the server made (XEP-0401 section 3.1).
#[derive(Clone, PartialEq, Eq)]
pub struct ServerInvite {
    /// The `xmpp:` link.
    pub uri: Arc<str>,
    /// A page for people who have no program yet.
    pub page: Option<Arc<str>>,
    /// Until when it holds.
    pub until: Option<WallTime>,
}

impl std::fmt::Debug for ServerInvite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerInvite").field("page", &self.page.is_some()).finish_non_exhaustive()
    }
}

/// A question to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PeopleStep {
    /// The name is published.
    Nick(Option<Arc<str>>),
    /// When somebody was last there.
    LastActive(Jid),
    /// A link.
    Invite(u64),
    /// Whether a server that made a link keeps what it promises.
    Keeps(u64, ServerInvite),
    /// A picture, by its hash.
    Picture(Jid, Arc<str>),
    /// The own picture.
    Own(PictureStep),
}

/// What is wanted and what the server knows.
#[derive(Debug, Default)]
pub(super) struct PeopleDesk {
    wanted: Option<Option<Arc<str>>>,
    /// What the server has acknowledged, or what is on its way.
    said: Option<Option<Arc<str>>>,
    tokens: BTreeMap<Jid, Arc<str>>,
    /// When somebody whose link had a token is asked without one: there are servers that stumble over it and pass nothing on
    /// (Prosody 0.12.3 does, over a link that lets nobody register).
    again: BTreeMap<Jid, BootTime>,
    /// Since when people are idle, as told: only changes are told again.
    idle: HashMap<Jid, Option<WallTime>>,
}

impl PeopleDesk {
    /// A new stream: nobody's presence is known.
    pub(super) fn clear(&mut self) {
        self.idle.clear();
    }

    pub(super) fn forget(&mut self, jid: &Jid) {
        self.idle.remove(jid);
    }
}

impl SessionMachine {
    pub(super) fn people_command(&mut self, command: PeopleCommand, now: Now) {
        match command {
            PeopleCommand::Nick(nick) => {
                self.people.wanted = Some(nick.as_deref().and_then(short));
                self.pump_nick(now);
            }
            PeopleCommand::AskLastActive(jid) => {
                if self.link == Link::Online && self.contacts.seen_by_us(&jid) {
                    let query = Element::bare("query", ns::LAST);
                    self.query(Some(&jid), Purpose::People(PeopleStep::LastActive(jid.clone())), query, now);
                }
            }
            PeopleCommand::Invite(ticket) => self.ask_invite(ticket, now),
            PeopleCommand::FetchPicture(jid, hash) => {
                if self.link == Link::Online && self.contacts.contains(&jid) {
                    let item = Element::builder("item", ns::PUBSUB).with("id", &hash).build();
                    let items =
                        Element::builder("items", ns::PUBSUB).with("node", ns::AVATAR_DATA).append(item).build();
                    let payload = Element::builder("pubsub", ns::PUBSUB).append(items).build();
                    self.query(Some(&jid), Purpose::People(PeopleStep::Picture(jid.clone(), hash)), payload, now);
                }
            }
            PeopleCommand::Idle(since) => self.own_idle = since,
            PeopleCommand::OwnPicture(command) => self.own_picture_command(command, now),
            PeopleCommand::Token(jid, token) => {
                if token.len() <= LONGEST_TOKEN && self.people.tokens.len().max(self.people.again.len()) < MOST_TOKENS {
                    self.people.again.insert(jid.clone(), now.boot + WITHOUT_TOKEN_AFTER);
                    self.people.tokens.insert(jid, token);
                }
            }
        }
    }

    /// Publishes the name where it is not known to the server. What nobody ever wanted is not touched.
    pub(super) fn pump_nick(&mut self, now: Now) {
        let Some(nick) = self.people.wanted.clone().filter(|_| self.link == Link::Online) else { return };
        // Nothing to be said, and nothing was said by us.
        if self.people.said.as_ref() == Some(&nick) || (nick.is_none() && self.people.said.is_none()) {
            return;
        }
        let mut payload = Element::builder("nick", ns::NICK);
        if let Some(nick) = &nick {
            payload = payload.append(stanza::xml_text(nick));
        }
        let item = Element::builder("item", ns::PUBSUB).with("id", "current").append(payload.build()).build();
        let node = Element::builder("publish", ns::PUBSUB).with("node", ns::NICK).append(item).build();
        let pubsub = Element::builder("pubsub", ns::PUBSUB).append(node).build();
        if self.request("set", None, Purpose::People(PeopleStep::Nick(nick.clone())), pubsub, now) {
            self.people.said = Some(nick);
        }
    }

    fn ask_invite(&mut self, ticket: u64, now: Now) {
        let server = Jid::parse(self.own.domain()).ok().filter(|_| self.link == Link::Online);
        let command = Element::builder("command", ns::COMMANDS).with("node", ns::INVITE).with("action", "execute");
        let asked = server.is_some_and(|server| {
            self.request("set", Some(&server), Purpose::People(PeopleStep::Invite(ticket)), command.build(), now)
        });
        if !asked {
            let why = Reason::new("offline", "Chat is not connected.");
            self.event(Event::People(PeopleEvent::Invited(ticket, Err(why))));
        }
    }

    /// An answer, or none in time.
    pub(super) fn people_answered(&mut self, step: PeopleStep, answer: Option<&Element>, now: Now) {
        let ok = answer.filter(|iq| iq.attr("type") == Some("result"));
        match step {
            // An error too: a server without personal eventing will not have it at the next try either.
            PeopleStep::Nick(_) if answer.is_some() => {}
            PeopleStep::Nick(_) => self.people.said = None,
            PeopleStep::LastActive(jid) => {
                let ago = ok.and_then(|iq| iq.get_child("query", ns::LAST)?.attr("seconds")?.parse::<u64>().ok());
                if let Some(ago) = ago.map(Duration::from_secs).filter(|ago| *ago <= LONGEST_AGO) {
                    let at = before(now.wall, ago);
                    self.event(Event::People(PeopleEvent::LastActive(jid, Some(at))));
                }
            }
            PeopleStep::Picture(jid, hash) => {
                if let Some(picture) = ok.and_then(|iq| read_picture(iq, &hash)) {
                    self.event(Event::People(PeopleEvent::PictureCame(jid, picture)));
                }
            }
            PeopleStep::Keeps(ticket, invite) => {
                let how = if ok.is_some_and(stumbles_over_its_own_links) {
                    Err(Reason::new("not-kept", "The server's links do not work."))
                } else {
                    Ok(invite)
                };
                self.event(Event::People(PeopleEvent::Invited(ticket, how)));
            }
            PeopleStep::Own(step) => self.own_picture_answered(step, answer, now),
            PeopleStep::Invite(ticket) => {
                let form = ok
                    .and_then(|iq| iq.get_child("command", ns::COMMANDS)?.get_child("x", ns::DATA_FORM))
                    .and_then(form::read);
                let invite = form.as_ref().and_then(read_invite);
                // A link that lets nobody register works with the server's help alone, and there are servers whose help fails.
                if let Some(invite) = invite.clone().filter(|invite| !lets_register(&invite.uri))
                    && let Ok(server) = Jid::parse(self.own.domain())
                {
                    let step = Purpose::People(PeopleStep::Keeps(ticket, invite));
                    if self.request("get", Some(&server), step, Element::bare("query", ns::VERSION), now) {
                        return;
                    }
                }
                let why = || match answer {
                    Some(iq) => stanza::stanza_error(iq),
                    None => Reason::new("no-answer", "the server did not answer"),
                };
                self.event(Event::People(PeopleEvent::Invited(ticket, invite.ok_or_else(why))));
            }
        }
    }

    /// Asks to see somebody, with the name that the user goes by (XEP-0172 section 4.2) and the token of their link.
    pub(super) fn ask_to_see(&mut self, jid: &Jid) {
        let mut asks = presence::subscription("subscribe", jid);
        if let Some(Some(nick)) = &self.people.wanted {
            asks.append_child(Element::builder("nick", ns::NICK).append(stanza::xml_text(nick)).build());
        }
        if let Some(token) = self.people.tokens.remove(jid) {
            asks.append_child(Element::builder("preauth", ns::PREAUTH).with("token", &token).build());
        }
        self.send_repeatable(asks);
    }

    /// Asks without a token whom a question with one has not reached.
    pub(super) fn people_timeout(&mut self, now: Now) {
        while let Some(jid) = self.people.again.iter().find(|(_, at)| **at <= now.boot).map(|(jid, _)| jid.clone()) {
            self.people.again.remove(&jid);
            let asked = self.people.tokens.remove(&jid).is_none() && self.contacts.contains(&jid);
            if asked && !self.contacts.seen_by_us(&jid) {
                self.ask_to_see(&jid);
            }
        }
    }

    pub(super) fn people_deadline(&self) -> Option<BootTime> {
        self.people.again.values().min().copied()
    }

    /// What stands beside a question to see us: a name, and the token of a link of ours.
    pub(super) fn note_asker(&mut self, jid: &Jid, stanza: &Element) {
        if let Some(nick) = stanza.get_child("nick", ns::NICK).and_then(|nick| short(&nick.text())) {
            self.event(Event::People(PeopleEvent::Nick(jid.clone(), Some(nick))));
        }
        let token = stanza.get_child("preauth", ns::PREAUTH).and_then(|preauth| preauth.attr("token"));
        if let Some(token) = token.filter(|token| !token.is_empty() && token.len() <= LONGEST_TOKEN) {
            self.event(Event::People(PeopleEvent::Token(jid.clone(), token.into())));
        }
    }

    /// What a contact's best program says changed: since when nobody is at it (XEP-0319), or that they left.
    pub(super) fn note_activity(&mut self, jid: &Jid, stanza: &Element, best: &Best, now: Now) {
        let seen = self.people.idle.contains_key(jid);
        let at = match best.show {
            Show::Offline => {
                // What a server kept of their leaving says when that was (RFC 6121 section 4.5.4, XEP-0203).
                let kept = stanza.get_child("delay", ns::DELAY).and_then(|delay| delay.attr("stamp"));
                match kept.and_then(WallTime::parse_rfc3339) {
                    Some(at) => Some(at),
                    None if seen => Some(now.wall),
                    // We never saw them: when they left is not known.
                    None => return,
                }
            }
            Show::Available | Show::Chat | Show::Away | Show::Xa | Show::Dnd => best.idle,
        };
        let at = at.map(|at| at.min(now.wall));
        if self.people.idle.get(jid) != Some(&at) {
            self.people.idle.insert(jid.clone(), at);
            self.event(Event::People(PeopleEvent::LastActive(jid.clone(), at)));
        }
    }
}

/// XEP-0401 section 3.1: whoever has no account may make one with the link.
fn lets_register(uri: &str) -> bool {
    uri.split(['?', ';', '&']).any(|part| part == "ibr=y")
}

/// Prosody 0.12 up to 0.12.3 fails where somebody brings the token of a link that lets nobody register (its `mod_invites` looks into
/// a record that there is not), and the question itself is lost with it.
fn stumbles_over_its_own_links(version: &Element) -> bool {
    let Some(query) = version.get_child("query", ns::VERSION) else { return false };
    let said = |name: &str| query.get_child(name, ns::VERSION).map(Element::text).unwrap_or_default();
    let version = said("version");
    let number = version.split([' ', '-', '(']).next().unwrap_or_default();
    said("name") == "Prosody" && ["0.12", "0.12.0", "0.12.1", "0.12.2", "0.12.3"].contains(&number)
}

/// A name as it may be shown: one line, not too long.
pub(super) fn short(nick: &str) -> Option<Arc<str>> {
    let line: String = nick.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NICK).collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.into())
}

/// The hash of the picture that metadata announce: the first that comes over XMPP itself and is of a kind that every program
/// shows (XEP-0084 section 4.2.1). What lies elsewhere is not fetched: its server would learn of us.
pub(super) fn announced_picture(metadata: &Element) -> Option<Arc<str>> {
    let mut infos = metadata.children().filter(|child| child.is("info", ns::AVATAR)).take(MOST_PICTURES);
    let fits = |info: &&Element| {
        let size = info.attr("bytes").and_then(|bytes| bytes.parse().ok()).unwrap_or(0_usize);
        let shown = matches!(info.attr("type"), Some("image/png" | "image/jpeg" | "image/gif" | "image/webp"));
        info.attr("url").is_none() && shown && size <= LARGEST_PICTURE
    };
    let id = infos.find(fits)?.attr("id")?.trim().to_ascii_lowercase();
    (id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| id.into())
}

/// The picture of an answer, where it is the announced one.
pub(super) fn read_picture(iq: &Element, hash: &str) -> Option<Arc<[u8]>> {
    let items = iq.get_child("pubsub", ns::PUBSUB)?.get_child("items", ns::PUBSUB)?;
    let data = items.get_child("item", ns::PUBSUB)?.get_child("data", ns::AVATAR_DATA)?.text();
    let bytes = super::vcard_temp::decode(&data).filter(|bytes| bytes.len() <= LARGEST_PICTURE)?;
    let found: String = Sha1::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    (found == hash).then(|| bytes.into())
}

fn before(now: WallTime, ago: Duration) -> WallTime {
    WallTime::from_unix_ms(now.unix_ms().saturating_sub(i64::try_from(ago.as_millis()).unwrap_or(i64::MAX)))
}

fn read_invite(form: &crate::model::Form) -> Option<ServerInvite> {
    let value = |var: &str| {
        let value = form.field(var)?.value();
        (!value.is_empty() && value.len() <= LONGEST_LINK).then(|| Arc::from(value))
    };
    let uri: Arc<str> = value("uri").filter(|uri: &Arc<str>| uri.starts_with("xmpp:"))?;
    let page = value("landing-url").filter(|page: &Arc<str>| page.starts_with("https://"));
    let until = value("expire").and_then(|expire| WallTime::parse_rfc3339(&expire));
    Some(ServerInvite { uri, page, until })
}
