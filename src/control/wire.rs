//! JSON-RPC 2.0: one request a line in, one reply a line out.

use serde_json::{Map, Value, json};

use crate::account::{Refusal, RefusalKind};

/// The longest request that is read, in bytes without the line's end.
pub(super) const LONGEST_REQUEST: usize = 64 * 1024;

/// The line is not JSON (JSON-RPC 2.0, section 5.1).
const NOT_JSON: i32 = -32700;
/// The JSON is not a request.
const NOT_A_REQUEST: i32 = -32600;
/// There is no such method.
const NO_METHOD: i32 = -32601;
/// The parameters do not fit the method.
const BAD_PARAMS: i32 = -32602;
/// An error of ours; `data.kind` says which.
const REFUSED: i32 = -32000;

/// A request.
#[derive(Debug)]
pub(super) struct Asked {
    /// Comes back in the reply; a request without one wants no reply (section 4.1).
    pub(super) id: Option<Value>,
    /// What to do.
    pub(super) method: String,
    /// With what.
    pub(super) params: Map<String, Value>,
}

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    code: i32,
    message: String,
    data: Option<Value>,
}

impl Fault {
    pub(super) fn too_long() -> Self {
        Self::plain(NOT_A_REQUEST, format!("The request is longer than {LONGEST_REQUEST} bytes."))
    }

    pub(super) fn no_method(method: &str) -> Self {
        let shown: String = method.chars().take(40).collect();
        Self::plain(NO_METHOD, format!("There is no method \"{shown}\"."))
    }

    pub(super) fn bad_params(text: String) -> Self {
        Self::plain(BAD_PARAMS, text)
    }

    pub(super) fn not_allowed(text: &str) -> Self {
        Self::from(Refusal::new(RefusalKind::NotAllowed, text))
    }

    fn plain(code: i32, message: String) -> Self {
        Self { code, message, data: None }
    }

    pub(super) fn to_json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.message });
        if let (Some(data), Some(fields)) = (&self.data, error.as_object_mut()) {
            fields.insert("data".to_owned(), data.clone());
        }
        error
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let mut data = json!({ "kind": refusal.kind.as_str() });
        let details = match refusal.kind {
            RefusalKind::Choose => Some((
                "choices",
                refusal.details.iter().map(|(id, label)| json!({ "id": id, "label": label })).collect::<Value>(),
            )),
            RefusalKind::Confirm => Some((
                "reasons",
                refusal.details.iter().map(|(code, text)| json!({ "code": code, "text": text })).collect::<Value>(),
            )),
            _ if refusal.details.is_empty() => None,
            RefusalKind::NoTarget
            | RefusalKind::Offline
            | RefusalKind::NotAllowed
            | RefusalKind::NotFound
            | RefusalKind::Invalid => Some((
                "details",
                refusal.details.iter().map(|(place, text)| json!({ "place": place, "text": text })).collect::<Value>(),
            )),
        };
        if let (Some(question), Some(fields)) = (refusal.question, data.as_object_mut()) {
            fields.insert("question".to_owned(), json!(question));
        }
        if let (Some((name, details)), Some(fields)) = (details, data.as_object_mut()) {
            fields.insert(name.to_owned(), details);
        }
        Self { code: REFUSED, message: refusal.text.to_string(), data: Some(data) }
    }
}

/// Reads one line. An error comes with the id to answer it with: null where none can be read (section 5).
pub(super) fn parse(line: &[u8]) -> Result<Asked, (Value, Fault)> {
    let value: Value = serde_json::from_slice(line)
        .map_err(|_| (Value::Null, Fault::plain(NOT_JSON, "The line is not JSON.".to_owned())))?;
    let refused = |id: &Value, text: &str| (id.clone(), Fault::plain(NOT_A_REQUEST, text.to_owned()));
    let Value::Object(mut fields) = value else {
        return Err(refused(&Value::Null, "A request is one JSON object a line."));
    };
    let id = fields.remove("id");
    if let Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) = id {
        return Err(refused(&Value::Null, "An id is a string or a number."));
    }
    let known = id.clone().unwrap_or(Value::Null);
    if fields.remove("jsonrpc") != Some(Value::from("2.0")) {
        return Err(refused(&known, "A request has \"jsonrpc\": \"2.0\"."));
    }
    let Some(Value::String(method)) = fields.remove("method") else {
        return Err(refused(&known, "A request names its method."));
    };
    let params = match fields.remove("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(params)) => params,
        Some(_) => return Err((known, Fault::bad_params("Parameters have names: give an object.".to_owned()))),
    };
    Ok(Asked { id, method, params })
}

/// The reply as a line.
pub(super) fn reply(id: &Value, answer: &Result<Value, Fault>) -> String {
    let reply = match answer {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(fault) => json!({ "jsonrpc": "2.0", "id": id, "error": fault.to_json() }),
    };
    format!("{reply}\n")
}
