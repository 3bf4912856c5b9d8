//! Text in calls: what the user types, and what is kept of it.

use std::sync::Arc;

use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::model::{Call, CallId, CallState, CallText, Now};

impl Manager {
    pub(super) fn write_in_call(&mut self, id: CallId, text: &str, now: Now) -> Result<Reply, Refusal> {
        match self.calls.with(id, now, |call| call.write_text(text, now)) {
            Some(Ok(())) => Ok(Reply::Done),
            Some(Err(why)) => Err(Refusal::new(RefusalKind::NotAllowed, why)),
            None => Err(Refusal::new(RefusalKind::NotFound, "There is no such call.")),
        }
    }

    /// What the history keeps of a call's text: nothing before the end, and nothing where the user does not want it.
    pub(super) fn kept_text(&self, call: &Call) -> Option<Arc<CallText>> {
        call.text.clone().filter(|_| call.state == CallState::Ended && self.config.history.call_text)
    }
}
