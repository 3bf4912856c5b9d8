//! Calls that go elsewhere: handed over, or kept away.

use std::sync::Arc;

use serde::Serialize;

/// What callers are told who call somebody that does not want to be disturbed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Refusing {
    /// Busy (486): voicemail and other forwardings of the phone service for busy lines take over.
    #[default]
    Busy,
    /// Not reachable at the moment (480).
    Unavailable,
    /// Declined (603): nothing else rings either.
    Decline,
    /// It is sent to where calls go while the user is busy; refused as busy where there is no such place.
    Forward,
}

/// How far the handing over of a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TransferState {
    /// The call is being put on hold first.
    Holding,
    /// The other side has been asked.
    Asked,
    /// The other side took it and is calling.
    Calling,
    /// It rings at the target.
    Ringing,
    /// They talk to each other.
    Done,
    /// It did not come about; the call is still ours.
    Failed,
}

/// A call that is being handed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TransferView {
    /// To whom, as it is shown.
    pub to: Arc<str>,
    /// How far it has come.
    pub state: TransferState,
    /// The same in a sentence.
    pub text: Arc<str>,
}

impl TransferView {
    /// Whether it is still under way.
    pub fn is_open(&self) -> bool {
        !matches!(self.state, TransferState::Done | TransferState::Failed)
    }
}
