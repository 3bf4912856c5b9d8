//! What the presences of a room say: who is in it, that we are, that we are not any more and why (XEP-0045 section 7).

use std::sync::Arc;

use minidom::Element;

use super::boundary::{Create, RoomEvent, RoomNote};
use super::machine::{ENTER_WITHIN, Phase, Room};
use super::nick;
use super::read::{self, Barrier, Heard};
use crate::model::{Affiliation, Jid, Now, Reason, Role, Standing};
use crate::xmpp::stanza::ns;

/// Other nicks that are tried where the wished one is taken.
const MOST_NICKS: u8 = 4;

impl Room {
    /// A presence from the room; `nick`: of whom, absent for the room itself.
    pub(super) fn handle_presence(&mut self, stanza: &Element, nick: Option<&str>, now: Now) {
        self.note_heard(now);
        let kind = stanza.attr("type");
        match (self.phase, kind) {
            (Phase::Entering(_), Some("error")) => self.handle_barrier(read::barrier(stanza), now),
            // A refused change of nick (section 7.6), or of presence: things are as before.
            (Phase::Joined, Some("error")) => {
                if read::barrier(stanza) == Barrier::Nick {
                    self.note(RoomNote::NickGiven(nick::shown(&self.nick)), now);
                }
            }
            (Phase::Entering(_) | Phase::Joined, None) => match nick {
                Some(nick) => self.handle_available(stanza, nick, now),
                // The room's own picture (XEP-0486 section 3).
                None if stanza.has_child("x", ns::VCARD_UPDATE) => self.event(RoomEvent::Picture),
                None => {}
            },
            (Phase::Entering(_) | Phase::Joined, Some("unavailable")) => {
                let heard = read::presence(stanza, self.can.occupant_ids);
                match nick {
                    Some(nick) => self.handle_unavailable(&heard, nick, now),
                    None if heard.destroyed.is_some() => {
                        let own = self.nick.clone();
                        self.handle_unavailable(&heard, &own, now);
                    }
                    None => {}
                }
            }
            (_, Some(_)) | (Phase::Out | Phase::Offline | Phase::Looking | Phase::Waiting(_) | Phase::Stuck, None) => {}
        }
    }

    fn handle_barrier(&mut self, barrier: Barrier, now: Now) {
        match barrier {
            Barrier::Nick if self.nick_tries < MOST_NICKS => {
                self.nick_tries += 1;
                self.nick = self.prepared(&format!("{}_", self.nick));
                self.send_presence(now);
            }
            Barrier::Nick => {
                self.stick(Reason::new("nick-taken", "Somebody else has this nick here. Choose another one."));
            }
            Barrier::Later(reason) => self.wait(reason, now),
            Barrier::Lasting(reason) => self.stick(reason),
            Barrier::Moved(venue) => self.stick(moved(venue.as_ref(), None)),
        }
    }

    fn handle_available(&mut self, stanza: &Element, nick: &str, now: Now) {
        if nick.len() > nick::LONGEST {
            return;
        }
        let heard = read::presence(stanza, self.can.occupant_ids);
        // 110 marks us (section 7.2.2). Before we are in it also decides what our nick is (210); later a code that a faulty
        // service lets through makes nobody else us.
        let entering = matches!(self.phase, Phase::Entering(_));
        let own = nick == &*self.nick || (entering && heard.codes.contains(&110));
        if own && entering {
            if nick != &*self.nick {
                self.nick = nick.into();
                self.note(RoomNote::NickGiven(nick::shown(nick)), now);
            } else if heard.codes.contains(&210) || self.nick_tries > 0 {
                self.note(RoomNote::NickGiven(nick::shown(nick)), now);
            }
        }
        let before = self.occupants.set(nick, &heard, own);
        self.note_named_call(stanza, nick);
        if own && entering {
            return self.entered(&heard, now);
        }
        if entering {
            self.phase = Phase::Entering(now.boot + ENTER_WITHIN);
            return;
        }
        if let Some(before) = before {
            let (by, reason) = (heard.by.clone(), heard.reason.clone());
            let standing = if before.affiliation != heard.affiliation {
                Some(Standing::Affiliation(heard.affiliation))
            } else if before.role != heard.role {
                Some(Standing::Role(heard.role))
            } else {
                None
            };
            if let Some(standing) = standing {
                self.note(RoomNote::Standing { nick: before.shown.clone(), own, standing, by, reason }, now);
            }
        }
        self.tell_soon(now);
    }

    fn entered(&mut self, heard: &Heard, now: Now) {
        self.phase = Phase::Joined;
        self.tries = 0;
        self.silent = 0;
        let created = heard.codes.contains(&201);
        let create = self.wish.as_ref().map(|wish| wish.create).unwrap_or_default();
        let occupants = self.occupants.all();
        self.event(RoomEvent::Joined { occupants, created: created && create == Create::Configured });
        if created && create != Create::Configured {
            self.make_instant();
        }
        if created || self.facts.is_none() {
            self.look(None);
        }
        if let Some(wish) = &mut self.wish {
            // Made once: whoever comes back does not want it made anew.
            wish.create = Create::No;
        }
        if heard.codes.contains(&170) {
            self.note(RoomNote::Logged, now);
        }
        self.begin_sync();
    }

    fn handle_unavailable(&mut self, heard: &Heard, nick: &str, now: Now) {
        let own = nick == &*self.nick;
        if let (true, Some(new)) = (heard.codes.contains(&303), &heard.new_nick) {
            return self.renamed(nick, new.clone(), own, now);
        }
        self.forget_named_call(nick);
        let known = self.occupants.remove(nick);
        if own {
            return self.put_out(heard, now);
        }
        if self.phase != Phase::Joined {
            return;
        }
        let standing = if heard.codes.contains(&301) {
            Some(Standing::Affiliation(Affiliation::Outcast))
        } else if heard.codes.contains(&307) {
            Some(Standing::Role(Role::None))
        } else if heard.codes.contains(&321) || heard.codes.contains(&322) {
            Some(Standing::Affiliation(Affiliation::None))
        } else {
            None
        };
        if let (Some(standing), Some(known)) = (standing, known) {
            let (by, reason) = (heard.by.clone(), heard.reason.clone());
            self.note(RoomNote::Standing { nick: known.shown.clone(), own: false, standing, by, reason }, now);
        }
        self.tell_soon(now);
    }

    /// A change of nick (section 7.6): the presence under the new one follows.
    fn renamed(&mut self, from: &str, to: Arc<str>, own: bool, now: Now) {
        self.occupants.remove(from);
        self.forget_named_call(from);
        if own {
            self.nick = to.clone();
        }
        self.note(RoomNote::Nick { from: nick::shown(from), to: nick::shown(&to), own }, now);
        self.tell_soon(now);
    }

    /// We are out; what the codes say of the reason (section 15.6).
    fn put_out(&mut self, heard: &Heard, now: Now) {
        let with = |text: &str| {
            let by = heard.by.as_ref().map(|by| format!(" It was done by \u{2068}{by}\u{2069}.")).unwrap_or_default();
            let why = heard.reason.as_ref().map(|why| format!(" They say: \u{2068}{why}\u{2069}")).unwrap_or_default();
            format!("{text}{by}{why}")
        };
        if let Some((venue, why)) = &heard.destroyed {
            return self.stick(moved(venue.as_ref(), why.as_deref()));
        }
        let has = |code: u16| heard.codes.contains(&code);
        if has(301) {
            self.stick(Reason::new("banned", &with("You were banned from this room.")));
        } else if has(333) || has(332) {
            self.wait(Reason::new("service", "The room's service had a fault. Tandem goes back in by itself."), now);
        } else if has(307) {
            self.stick(Reason::new("kicked", &with("You were put out of this room. You may go back in.")));
        } else if has(321) || has(322) {
            self.stick(Reason::new("members-only", &with("Only members may be in this room now.")));
        } else if self.wish.is_some() {
            self.wait(Reason::new("left", "You left the room without wanting to. Tandem goes back in by itself."), now);
        } else {
            self.phase = Phase::Out;
            self.forget_presence();
        }
    }
}

/// The room is gone (section 10.9).
fn moved(venue: Option<&Jid>, why: Option<&str>) -> Reason {
    let mut text = "This room was ended.".to_owned();
    if let Some(why) = why {
        text.push_str(&format!(" They say: \u{2068}{why}\u{2069}"));
    }
    match venue {
        Some(venue) => {
            text.push_str(&format!(" Its people are at {venue} now."));
            Reason::new(&format!("destroyed {venue}"), &text)
        }
        None => Reason::new("destroyed", &text),
    }
}
