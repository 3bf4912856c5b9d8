//! The first start without a window: `sign-in`, `set-up`, `save-sign-in`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{Phase, Request, SetUp, Snapshot};
use crate::platform::Secret;

/// `sign-in`: what the setup screen's button asks.
pub(super) fn sign_in(params: &mut Params) -> Result<Request, Fault> {
    let mut text = |name: &str| params.text(name).map(|text| text.unwrap_or_else(|| Arc::from("")));
    let (address, password) = (text("address")?, text("password")?);
    let (chat_server, voice_server) = (text("chat_server")?, text("voice_server")?);
    Ok(Request::SetUp(SetUp {
        address: Params::needed(Some(address).filter(|address| !address.is_empty()), "address")?,
        password: Secret::new(&*password),
        chat_server,
        voice_server,
        without_document: params.flag("without_settings")?,
    }))
}

/// `save-sign-in`: keeps what works.
pub(super) fn save(params: &mut Params) -> Result<Request, Fault> {
    Ok(Request::SaveSetUp { keyring: params.flag("keyring")? })
}

/// `set-up`: where the first start stands.
pub(super) fn state(snapshot: &Snapshot) -> Value {
    match &snapshot.phase {
        Phase::SetUp(state) => json!({
            "phase": "set-up",
            "problems": state.problems,
            "steps": state.steps.iter().map(|step| json!({ "text": step.text, "ok": step.ok })).collect::<Vec<_>>(),
            "details": state.details,
            "busy": state.busy,
            "ready_to_save": state.ready_to_save,
        }),
        Phase::Running => json!({ "phase": "running" }),
        Phase::Quitting => json!({ "phase": "quitting" }),
    }
}
