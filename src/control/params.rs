//! The parameters of a request, read by the types that the method declares.
//!
//! `tandem ctl key=value` knows no types and sends every value as text, so numbers and truths are read from text too.
//! The other way round nothing is converted: a number where a text belongs would have lost its leading zeros.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::wire::Fault;
use crate::model::{CallId, Jid};

/// What is left of a request's parameters.
pub(super) struct Params(Map<String, Value>);

impl Params {
    pub(super) fn new(params: Map<String, Value>) -> Self {
        Self(params)
    }

    /// Refuses what the method did not take.
    pub(super) fn finish(self) -> Result<(), Fault> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => {
                let shown: String = name.chars().take(40).collect();
                Err(Fault::bad_params(format!("There is no parameter \"{shown}\" here.")))
            }
        }
    }

    /// A parameter that must be there.
    pub(super) fn needed<T>(value: Option<T>, name: &str) -> Result<T, Fault> {
        value.ok_or_else(|| Fault::bad_params(format!("The parameter \"{name}\" is missing.")))
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<Arc<str>>, Fault> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.into())),
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<bool, Fault> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(Value::String(text)) => text.parse().map_err(|_| wrong(name, "true or false")),
            Some(_) => Err(wrong(name, "true or false")),
        }
    }

    /// True, false, or as configured.
    pub(super) fn choice(&mut self, name: &str) -> Result<Option<bool>, Fault> {
        if self.0.get(name).is_none_or(Value::is_null) {
            self.0.remove(name);
            return Ok(None);
        }
        self.flag(name).map(Some)
    }

    /// A list or an object; `ctl` sends its JSON as text.
    pub(super) fn value(&mut self, name: &str) -> Result<Option<Value>, Fault> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(&text).map(Some).map_err(|_| wrong(name, "JSON")),
            Some(value) => Ok(Some(value)),
        }
    }

    /// A text, or a list.
    pub(super) fn text_or_list(&mut self, name: &str) -> Result<Option<Value>, Fault> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value @ (Value::String(_) | Value::Array(_))) => Ok(Some(value)),
            Some(_) => Err(wrong(name, "a text, or a list of texts")),
        }
    }

    pub(super) fn count(&mut self, name: &str) -> Result<Option<u32>, Fault> {
        let count = match self.0.remove(name) {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::Number(number)) => number.as_u64().and_then(|number| u32::try_from(number).ok()),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        count.map(Some).ok_or_else(|| wrong(name, "a whole number"))
    }

    pub(super) fn jid(&mut self, name: &str) -> Result<Option<Jid>, Fault> {
        self.parsed(name, "an XMPP address", |text| Jid::parse_dropping_resource(text).ok())
    }

    /// Somebody to write to: an XMPP address, or a SIP address with its scheme.
    pub(super) fn correspondent(&mut self, name: &str) -> Result<Option<Jid>, Fault> {
        self.parsed(name, "an XMPP address, or a SIP address that begins with sip:", Jid::parse_shown)
    }

    pub(super) fn call(&mut self, name: &str) -> Result<Option<CallId>, Fault> {
        self.parsed(name, "a call's id, as in \"c1\"", CallId::parse)
    }

    /// A text that `parse` understands.
    pub(super) fn parsed<T>(
        &mut self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Fault> {
        self.text(name)?.map(|text| parse(&text).ok_or_else(|| wrong(name, expected))).transpose()
    }
}

pub(super) fn wrong(name: &str, expected: &str) -> Fault {
    Fault::bad_params(format!("The parameter \"{name}\" must be {expected}."))
}
