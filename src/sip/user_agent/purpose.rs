//! What a client transaction is for.

use crate::model::{CallId, MessageId};
use crate::sip::digest::Rounds;
use crate::sip::hosting::SubscriberId;
use crate::sip::stack::Request;
use crate::sip::subscription::SubscriptionId;
use crate::sip::usage::RequestKey;

/// What a client transaction is for.
pub(super) enum Purpose {
    Register(u64),
    Cancel,
    Probe,
    Call { call: CallId, key: RequestKey, rounds: Rounds, request: Request },
    Message { id: MessageId, rounds: Rounds, request: Request },
    Subscription { id: SubscriptionId, key: RequestKey, rounds: Rounds, request: Request },
    Hosting(SubscriberId),
}
