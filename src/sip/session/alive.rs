//! Asking the other side within the call whether it is still there (RFC 3261 section 11.2).

use super::{Event, Phase, RequestKey, Session};
use crate::model::{EndedBy, Now, PeerSign};
use crate::sip::boundary::Ended;
use crate::sip::stack::{Method, Response};

impl Session {
    /// Sends OPTIONS in the dialog; one at a time, and only in a call that is answered.
    pub(super) fn ask_peer(&mut self) {
        let Phase::Established(established) = &mut self.phase else { return };
        if self.asked.is_none() {
            let request = established.dialog.request(Method::Options).with("Accept", super::SDP);
            self.asked = Some(self.send(request));
        }
    }

    /// The answer to that; `false` when it is none.
    pub(super) fn peer_answered(&mut self, key: RequestKey, response: &Response, now: Now) -> bool {
        if self.asked != Some(key) {
            return false;
        }
        if response.is_provisional() {
            return true;
        }
        self.asked = None;
        let sign = match response.code {
            481 => PeerSign::Gone,
            // A proxy says these for somebody who does not answer (RFC 3261 section 16.8).
            408 | 480 | 503 | 504 => PeerSign::Silent,
            // Whoever refuses is there.
            _ => PeerSign::There,
        };
        self.say(Event::PeerAsked { call: self.call, sign });
        if sign == PeerSign::Gone {
            // RFC 3261 section 12.2.1.2: the dialog is over there, and so it is here.
            let text = Some("The other side no longer knows of this call.".into());
            let end = Ended { code: 481, text, by: EndedBy::Network, elsewhere: false, retry_after: None };
            self.end(end, now);
        }
        true
    }

    /// No answer came.
    pub(super) fn peer_unanswered(&mut self, key: RequestKey) {
        if self.asked.take_if(|asked| *asked == key).is_some() {
            self.say(Event::PeerAsked { call: self.call, sign: PeerSign::Silent });
        }
    }
}
