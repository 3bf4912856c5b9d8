//! Transfers between calls: what only the one who knows all calls can say (RFC 3891 section 3, RFC 5589).

use super::UserAgent;
use crate::model::{CallId, Now};
use crate::sip::boundary::Event;
use crate::sip::referral::{Outcome, ReferTo, Replaces, TransferEvent, refer_to};
use crate::sip::stack::Request;
use crate::sip::trust::Source;
use crate::sip::usage::{CallInput, CallMachine, Standing};

impl<M: CallMachine> UserAgent<M> {
    /// Asks the other side of a call to call somebody else.
    pub(super) fn transfer(&mut self, call: CallId, to: &ReferTo, now: Now) {
        let value = match to {
            ReferTo::Address(uri) => Some(refer_to(&uri.to_string(), None)),
            ReferTo::Remove(uri) => {
                let uri = uri.clone().with_param("method", Some("BYE"));
                Some(refer_to(&uri.to_string(), None))
            }
            ReferTo::Call(other) => {
                let other =
                    self.calls.get(other).filter(|_| *other != call).and_then(|other| other.machine.to_replace());
                other.map(|other| refer_to(&other.uri, Some(&other.replaces)))
            }
        };
        match value {
            Some(to) => self.tell(call, CallInput::Refer { to }, now),
            None => {
                let news = TransferEvent::Over(Outcome::Refused(481));
                self.outputs.push_back(super::Output::Event(Event::Transfer { call, news }));
            }
        }
    }

    /// The call of ours that an INVITE is to take the place of, or the status to refuse it with (S10).
    pub(super) fn replaced_by(&self, request: &Request, source: Source) -> Result<Option<CallId>, u16> {
        let mut values = request.headers.values("Replaces");
        let Some(value) = values.next() else { return Ok(None) };
        // RFC 3891 section 3: more than one, or one that makes no sense.
        let replaces = Replaces::parse(value).filter(|_| values.next().is_none()).ok_or(400_u16)?;
        // RFC 3891 section 9: only from whom we believe who calls: our own flow, whose proxy authenticates.
        if source != Source::Proxy {
            return Err(481);
        }
        let mut named = self.calls.iter().filter_map(|(id, call)| Some((*id, call.machine.standing_of(&replaces)?)));
        match (named.next(), named.next()) {
            (Some((id, Standing::Early)), None) => Ok(Some(id)),
            // It is answered already, and the caller wants it only before that.
            (Some((_, Standing::Confirmed)), None) if replaces.early_only => Err(486),
            (Some((id, Standing::Confirmed)), None) => Ok(Some(id)),
            (_, _) => Err(481),
        }
    }
}
