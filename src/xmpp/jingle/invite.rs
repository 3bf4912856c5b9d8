//! Messages before and after a session, by which all devices of a person know of it (XEP-0353).

use minidom::Element;

use super::super::stanza::{With, ns};
use super::reason::Condition;

/// The longest name of a session, in bytes. When longer: the message is none.
pub(super) const LONGEST_SID: usize = 128;

/// One of the messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invite {
    /// Somebody wants to call (section 3.1); whether it is audio only.
    Propose {
        /// It is audio and nothing else, or at least audio.
        audio: bool,
    },
    /// It rings there.
    Ringing,
    /// A device answered.
    Proceed,
    /// The same in the first versions, to the own devices.
    Accept,
    /// Turned away.
    Reject {
        /// Why.
        why: Condition,
        /// Because of another attempt at the same moment (section 4.1).
        tie: bool,
    },
    /// The caller gave up.
    Retract {
        /// Why.
        why: Condition,
        /// Because of another attempt at the same moment.
        tie: bool,
    },
    /// The call is over.
    Finish {
        /// Why.
        why: Condition,
        /// The session that goes on in its place (section 4.2).
        migrated: Option<String>,
    },
}

impl Invite {
    /// What a message carries, and of which session; `None`: nothing of this kind.
    #[must_use]
    pub fn read(message: &Element) -> Option<(String, Self)> {
        let element = message.children().find(|child| child.has_ns(ns::JINGLE_MESSAGE))?;
        let sid = element.attr("id").filter(|id| !id.is_empty() && id.len() <= LONGEST_SID)?.to_owned();
        let tie = element.has_child("tie-break", ns::JINGLE_MESSAGE);
        let why = |default| Condition::read(element).unwrap_or(default);
        let invite = match element.name() {
            "propose" => {
                let is_audio =
                    |child: &Element| child.is("description", ns::JINGLE_RTP) && child.attr("media") == Some("audio");
                Self::Propose { audio: element.children().any(is_audio) }
            }
            "ringing" => Self::Ringing,
            "proceed" => Self::Proceed,
            "accept" => Self::Accept,
            "reject" => Self::Reject { why: why(Condition::Decline), tie },
            "retract" => Self::Retract { why: why(Condition::Cancel), tie },
            "finish" => {
                let to = element.get_child("migrated", ns::JINGLE_MESSAGE).and_then(|migrated| migrated.attr("to"));
                let migrated = to.filter(|to| !to.is_empty() && to.len() <= LONGEST_SID).map(str::to_owned);
                Self::Finish { why: why(Condition::Success), migrated }
            }
            _ => return None,
        };
        Some((sid, invite))
    }

    /// The element.
    pub(super) fn write(&self, sid: &str) -> Element {
        let name = match self {
            Self::Propose { .. } => "propose",
            Self::Ringing => "ringing",
            Self::Proceed => "proceed",
            Self::Accept => "accept",
            Self::Reject { .. } => "reject",
            Self::Retract { .. } => "retract",
            Self::Finish { .. } => "finish",
        };
        let element = Element::builder(name, ns::JINGLE_MESSAGE).with("id", sid);
        let (why, tie) = match self {
            Self::Propose { .. } => {
                let audio = Element::builder("description", ns::JINGLE_RTP).with("media", "audio").build();
                return element.append(audio).build();
            }
            Self::Ringing | Self::Proceed | Self::Accept => return element.build(),
            Self::Reject { why, tie } | Self::Retract { why, tie } => (*why, *tie),
            Self::Finish { why, migrated } => {
                let to = |to: &String| Element::builder("migrated", ns::JINGLE_MESSAGE).with("to", to).build();
                return element.append(why.write()).append_all(migrated.as_ref().map(to)).build();
            }
        };
        element.append(why.write()).append_all(tie.then(|| Element::bare("tie-break", ns::JINGLE_MESSAGE))).build()
    }
}
