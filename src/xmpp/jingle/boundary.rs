//! What crosses between calls over chat and `account`.

use std::fmt;
use std::sync::Arc;

use super::reason::Condition;
use crate::model::{CallId, EndedBy, FullJid, Jid, WallTime};

/// What `account` asks.
#[derive(Clone, PartialEq, Eq)]
pub enum JingleCommand {
    /// With whom calls over chat are on (C-06, C-07); nothing is announced and nobody rings before the first of these.
    Rules(JingleRules),
    /// Calls somebody: all their devices ring (XEP-0353 section 3.1), or the one that can be called without that.
    Call {
        /// Its name.
        call: CallId,
        /// Whom.
        to: Jid,
        /// Our description of the sound, as SDP.
        offer: Arc<str>,
    },
    /// It rings here.
    Ring {
        /// Which call.
        call: CallId,
    },
    /// The user answered a call of which only the wish is known: the caller may describe the sound now
    /// ([`JingleEvent::Offer`]).
    Proceed {
        /// Which call.
        call: CallId,
    },
    /// Answers a call.
    Accept {
        /// Which call.
        call: CallId,
        /// Our description, as SDP.
        answer: Arc<str>,
    },
    /// Refuses an incoming call, or ends any.
    End {
        /// Which call.
        call: CallId,
        /// Why.
        why: Condition,
    },
    /// Offers a change: hold, resume, other addresses. Answered by [`JingleEvent::Answered`].
    Offer {
        /// Which call.
        call: CallId,
        /// Our description, as SDP.
        offer: Arc<str>,
    },
    /// Answers a change of the other side.
    AnswerOffer {
        /// Which call.
        call: CallId,
        /// Our description; absent: it cannot be.
        answer: Option<Arc<str>>,
    },
    /// Tells further candidates of ours.
    Candidates {
        /// Which call.
        call: CallId,
        /// As `application/trickle-ice-sdpfrag`.
        fragment: Arc<str>,
    },
    /// Sends digits beside the stream (XEP-0181); those that are not taken come back as [`JingleEvent::DigitsRefused`].
    Digits {
        /// Which call.
        call: CallId,
        /// `0-9*#A-D`, and `,` for a pause of two seconds.
        digits: Arc<str>,
    },
    /// Tells that our microphone is off, or on again (XEP-0167 section 9).
    Mute {
        /// Which call.
        call: CallId,
        /// Off.
        muted: bool,
    },
}

impl fmt::Debug for JingleCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rules(rules) => write!(f, "Rules(on: {}, {} rules)", rules.on, rules.rules.len()),
            Self::Call { call, .. } => write!(f, "Call({call})"),
            Self::Ring { call } => write!(f, "Ring({call})"),
            Self::Proceed { call } => write!(f, "Proceed({call})"),
            Self::Accept { call, .. } => write!(f, "Accept({call})"),
            Self::End { call, why } => write!(f, "End({call}, {why:?})"),
            Self::Offer { call, .. } => write!(f, "Offer({call})"),
            Self::AnswerOffer { call, answer } => write!(f, "AnswerOffer({call}, {})", answer.is_some()),
            Self::Candidates { call, .. } => write!(f, "Candidates({call})"),
            Self::Digits { call, .. } => write!(f, "Digits({call})"),
            Self::Mute { call, muted } => write!(f, "Mute({call}, {muted})"),
        }
    }
}

/// What is told to `account`.
#[derive(Clone, PartialEq, Eq)]
pub enum JingleEvent {
    /// Whether somebody can be called over chat, whenever that changes (XEP-0115).
    Callable {
        /// Who.
        jid: Jid,
        /// They can.
        callable: bool,
        /// What their program is leads to the telephone network (XEP-0030: a gateway).
        gateway: bool,
    },
    /// Somebody calls; it is not ringing yet: answer with [`JingleCommand::Ring`] or [`JingleCommand::End`].
    Incoming {
        /// Its name.
        call: CallId,
        /// From which connection.
        from: FullJid,
        /// Their description, as SDP; absent: it comes after [`JingleCommand::Proceed`].
        offer: Option<Arc<str>>,
        /// We called them at the same moment, and theirs goes on (XEP-0353 section 4.1): it is answered already.
        crossed: bool,
        /// The call with them that this one continues (XEP-0353 section 4.2): it is answered already, and that one ends next.
        moved: Option<CallId>,
    },
    /// Somebody called while nobody of us was there, and gave up: the server kept their words.
    Missed {
        /// Its name; the same whenever the same words come again.
        call: CallId,
        /// Who.
        from: Jid,
        /// When they called.
        at: WallTime,
    },
    /// It rings there.
    Ringing {
        /// Which call.
        call: CallId,
    },
    /// The description of a call that was answered with [`JingleCommand::Proceed`].
    Offer {
        /// Which call.
        call: CallId,
        /// As SDP.
        offer: Arc<str>,
    },
    /// They answered our call.
    Accepted {
        /// Which call.
        call: CallId,
        /// Their description, as SDP.
        answer: Arc<str>,
    },
    /// They change something; answer with [`JingleCommand::AnswerOffer`].
    Changed {
        /// Which call.
        call: CallId,
        /// Their description, as SDP.
        offer: Arc<str>,
    },
    /// They took what we offered with [`JingleCommand::Offer`].
    Answered {
        /// Which call.
        call: CallId,
        /// Their description, as SDP.
        answer: Arc<str>,
    },
    /// They found more addresses of their own.
    Candidates {
        /// Which call.
        call: CallId,
        /// As `application/trickle-ice-sdpfrag`.
        fragment: Arc<str>,
    },
    /// They turned their microphone off, or on.
    Muted {
        /// Which call.
        call: CallId,
        /// Off.
        muted: bool,
    },
    /// They do not take these digits beside the stream.
    DigitsRefused {
        /// Which call.
        call: CallId,
        /// Which digits.
        digits: Arc<str>,
    },
    /// They sent a digit (XEP-0181).
    Digit {
        /// Which call.
        call: CallId,
        /// `0-9*#A-D`.
        digit: char,
    },
    /// It is over. Nothing more comes about it.
    Ended {
        /// Which call.
        call: CallId,
        /// How.
        why: Condition,
        /// Who ended it.
        by: EndedBy,
        /// Another device of ours took it, or turned it away.
        elsewhere: bool,
    },
}

impl fmt::Debug for JingleEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Callable { callable, gateway, .. } => write!(f, "Callable({callable}, gateway: {gateway})"),
            Self::Incoming { call, offer, crossed, moved, .. } => {
                let (described, moved) = (offer.is_some(), moved.is_some());
                write!(f, "Incoming({call}, described: {described}, crossed: {crossed}, moved: {moved})")
            }
            Self::Missed { call, .. } => write!(f, "Missed({call})"),
            Self::Ringing { call } => write!(f, "Ringing({call})"),
            Self::Offer { call, .. } => write!(f, "Offer({call})"),
            Self::Accepted { call, .. } => write!(f, "Accepted({call})"),
            Self::Changed { call, .. } => write!(f, "Changed({call})"),
            Self::Answered { call, .. } => write!(f, "Answered({call})"),
            Self::Candidates { call, .. } => write!(f, "Candidates({call})"),
            Self::Muted { call, muted } => write!(f, "Muted({call}, {muted})"),
            Self::DigitsRefused { call, .. } => write!(f, "DigitsRefused({call})"),
            Self::Digit { call, .. } => write!(f, "Digit({call})"),
            Self::Ended { call, why, by, elsewhere } => write!(f, "Ended({call}, {why:?}, {by:?}, {elsewhere})"),
        }
    }
}

/// A rule for some people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JingleRule {
    /// For one person.
    Contact(Jid, bool),
    /// For everybody of a domain.
    Domain(Arc<str>, bool),
}

/// With whom calls over chat are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JingleRules {
    /// For everybody without a rule of their own.
    pub on: bool,
    /// A rule for the whole device decides, whatever there is for single people.
    pub device: bool,
    /// The others; the later one of two about the same counts, a person before a domain.
    pub rules: Vec<JingleRule>,
}

impl JingleRules {
    /// Whether calls with somebody are on.
    #[must_use]
    pub fn allow(&self, jid: &Jid) -> bool {
        if self.device {
            return self.on;
        }
        let person = self.rules.iter().rev().find_map(|rule| match rule {
            JingleRule::Contact(of, on) if of == jid => Some(*on),
            JingleRule::Contact(..) | JingleRule::Domain(..) => None,
        });
        let domain = || {
            self.rules.iter().rev().find_map(|rule| match rule {
                JingleRule::Domain(of, on) if of.eq_ignore_ascii_case(jid.domain()) => Some(*on),
                JingleRule::Contact(..) | JingleRule::Domain(..) => None,
            })
        };
        person.or_else(domain).unwrap_or(self.on)
    }

    /// Whether such calls are announced at all (C-06): somebody can make them.
    #[must_use]
    pub fn announced(&self) -> bool {
        let any = |rule: &JingleRule| match rule {
            JingleRule::Contact(_, on) | JingleRule::Domain(_, on) => *on,
        };
        self.on || (!self.device && self.rules.iter().any(any))
    }
}
