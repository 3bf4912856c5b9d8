//! Whether the other end is a conference (RFC 4579 section 5.1): `isfocus` beside its Contact, which may come and go with
//! every request and response that names a Contact; and saying so of ourselves while we join calls here.

use super::{Phase, Session};
use crate::model::{Now, SipUri};
use crate::sip::boundary::Event;
use crate::sip::stack::{Headers, NameAddr};

/// See the module.
#[derive(Default)]
pub(super) struct Focus {
    /// The address of the conference, while the other end is one.
    theirs: Option<SipUri>,
    /// We are one.
    ours: bool,
    /// We are one, or were.
    pub(super) hosted: bool,
    /// What we ask about theirs in this dialog.
    pub(super) watch: Option<super::watch::Watch>,
    /// A NOTIFY about ours that has no answer yet.
    pub(super) told: Option<crate::sip::usage::RequestKey>,
}

impl Session {
    /// Looks at the Contact of something that founds or refreshes the dialog; without one nothing changes.
    pub(super) fn note_focus(&mut self, headers: &Headers) {
        let Some(contact) = headers.contact() else { return };
        // Some write the parameter into the address.
        let is_focus = contact.params.has("isfocus") || contact.uri.to_ascii_lowercase().contains(";isfocus");
        let theirs = SipUri::parse(&contact.uri).ok().filter(|_| is_focus);
        if theirs != self.focus.theirs {
            self.focus.theirs.clone_from(&theirs);
            self.say(Event::Focus { call: self.call, focus: theirs });
        }
    }

    /// We are a focus from now on, or no longer: the other side learns it by a refresh (RFC 4579 section 5.3).
    pub(super) fn announce_focus(&mut self, on: bool, now: Now) {
        if self.focus.ours == on {
            return;
        }
        self.focus.ours = on;
        self.focus.hosted |= on;
        if let Phase::Established(_) = self.phase {
            self.refresh(now);
        }
    }

    /// Our Contact as the other side is told it.
    pub(super) fn own_contact(&self) -> NameAddr {
        let mut contact = self.local.contact.clone();
        if self.focus.ours {
            contact.params.set("isfocus", None);
        }
        contact
    }
}
