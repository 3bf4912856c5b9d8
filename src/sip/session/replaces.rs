//! Calls that take the place of others, and calls that are sent elsewhere (RFC 3891, RFC 3261 section 21.3, RFC 5806).

use super::{Ended, Event, Now, Phase, Session};
use crate::model::{EndedBy, SipUri};
use crate::sip::referral::{self, DiversionReason, Replaces};
use crate::sip::stack::{Headers, NameAddr, Response};
use crate::sip::usage::{Standing, ToReplace};

impl Session {
    /// How somebody else can take our place in this call: the other side's address and what names the dialog there.
    pub(super) fn to_replace(&self) -> Option<ToReplace> {
        let Phase::Established(established) = &self.phase else { return None };
        let dialog = &established.dialog;
        let replaces = Replaces {
            call_id: self.call_id.clone(),
            to_tag: dialog.remote_tag().to_owned(),
            from_tag: dialog.local_tag().to_owned(),
            early_only: false,
        };
        // RFC 5589 section 7: the Contact only where it is a GRUU, which whoever gets it can reach; else the address.
        let target = dialog.remote_target();
        let gruu = SipUri::parse(target).is_ok_and(|uri| uri.param("gr").is_some());
        let uri = if gruu { target } else { dialog.remote_uri() };
        Some(ToReplace { uri: uri.to_owned(), replaces })
    }

    /// Whether a Replaces names a dialog of this call, and how that one stands (RFC 3891 section 3).
    pub(super) fn standing_of(&self, replaces: &Replaces) -> Option<Standing> {
        if self.ended || replaces.call_id != self.call_id {
            return None;
        }
        let names =
            |dialog: &super::Dialog| dialog.local_tag() == replaces.to_tag && dialog.remote_tag() == replaces.from_tag;
        match &self.phase {
            Phase::Established(established) => names(&established.dialog).then_some(Standing::Confirmed),
            // An early dialog may be replaced only by whom we called, not where we ring.
            Phase::Calling => {
                let forks = self.placed.iter().flat_map(|placed| &placed.forks);
                forks.map(|fork| &fork.dialog).any(names).then_some(Standing::Early)
            }
            Phase::Ringing(_) | Phase::Over => None,
        }
    }

    /// Sends the caller elsewhere: 302 with our own diversion on top of those that it came with.
    pub(super) fn redirect(&mut self, to: &SipUri, reason: DiversionReason, now: Now) {
        let Phase::Ringing(ringing) = &self.phase else { return };
        let request = &ringing.request;
        let mut response = Response::to(request, 302, Some(ringing.dialog.local_tag()));
        response.headers.push("Contact", NameAddr::new(&to.to_string()).to_string());
        // RFC 5806 section 5: the newest comes first.
        let own = format!("<{}>;reason={};counter=1", self.local.address.uri, reason.as_str());
        response.headers.push("Diversion", own);
        copy(&request.headers, "Diversion", &mut response.headers);
        // RFC 7044 section 9.1: who answers returns what it was told.
        copy(&request.headers, "History-Info", &mut response.headers);
        if request.headers.has_token("Supported", "histinfo") {
            response.headers.push("History-Info", own_entry(&self.local.address.uri, reason, &request.headers));
        }
        let server = ringing.server;
        self.respond(server, response);
        self.end(Ended { code: 302, text: None, by: EndedBy::Local, elsewhere: false, retry_after: None }, now);
    }

    /// A 3xx to our INVITE: where it points is somebody else's word, so the user is asked (S13).
    pub(super) fn say_redirected(&mut self, response: &Response) {
        let contacts = referral::redirection(&response.headers);
        if !contacts.is_empty() {
            self.say(Event::Redirected { call: self.call, contacts });
        }
    }
}

/// Our own entry behind those that the call came with (RFC 7044 sections 5 and 10.3): we were called, and why we are left.
fn own_entry(address: &str, reason: DiversionReason, headers: &Headers) -> String {
    // RFC 7044 section 10.3: the branch below the last one.
    let last = headers.addresses("History-Info").pop().and_then(|entry| entry.params.value("index").map(str::to_owned));
    let plain = |index: &String| index.len() < 64 && index.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let index = last.filter(plain).map_or_else(|| "1".to_owned(), |index| format!("{index}.1"));
    // RFC 4458 section 3 for the numbers of the reasons.
    let cause = match reason {
        DiversionReason::Unconditional => 302,
        DiversionReason::Busy => 486,
        DiversionReason::NoAnswer => 408,
        DiversionReason::DoNotDisturb => 480,
    };
    let address = address.split('?').next().unwrap_or_default();
    format!("<{address}?Reason=SIP%3Bcause%3D{cause}>;index={index}")
}

fn copy(from: &Headers, name: &str, to: &mut Headers) {
    /// Forwardings that are handed on; a longer history helps nobody.
    const MOST: usize = 8;
    for known in from.addresses(name).into_iter().take(MOST) {
        to.push(name, known.to_string());
    }
}
