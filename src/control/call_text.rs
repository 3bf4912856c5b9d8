//! Real-time text of calls, on the wire.

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::Request;
use crate::model::{CallText, TextLine};

/// Lines that are told of a call, the last ones: notices come while somebody types.
const MOST_LINES: usize = 100;

/// `call-text`: without `text` the other side is only asked for it.
pub(super) fn request(params: &mut Params) -> Result<Request, Fault> {
    let call = Params::needed(params.call("call")?, "call")?;
    Ok(Request::Write(call, params.text("text")?.unwrap_or_default()))
}

/// The text of a call.
pub(super) fn shown(text: &CallText) -> Value {
    let line = |line: &TextLine| json!({ "from": line.from, "text": line.text, "open": line.open, "at": line.at });
    let surplus = text.lines.len().saturating_sub(MOST_LINES);
    json!({
        "on": text.on,
        "encryption": text.encryption,
        "reason": text.reason,
        "lines": text.lines.iter().skip(surplus).map(line).collect::<Vec<_>>(),
    })
}
