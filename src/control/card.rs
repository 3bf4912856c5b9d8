//! The own card and temporary addresses: `card`, `card-set`, `card-test`, `reach`, `reach-set`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::params::{Params, wrong};
use super::wire::Fault;
use crate::account::{CardChange, CardRequest, CardTest, MyCard, Request};
use crate::model::{AccountId, CardPhone, ReachAddress};

/// Reads a request; `None`: it is none of these methods.
pub(super) fn read(method: &str, params: &mut Params) -> Result<Option<Request>, Fault> {
    let request = match method {
        "card" => CardRequest::Read,
        "card-set" if params.flag("publish")? => CardRequest::Publish,
        "card-set" => CardRequest::Change(CardChange {
            base: params.count("revision")?.map(u64::from),
            full_name: params.text("name")?,
            nickname: params.text("nickname")?,
            organisation: params.text("organisation")?,
            phones: params.value("phones")?.as_ref().map(phones).transpose()?,
        }),
        "card-test" => CardRequest::Test,
        "reach" => CardRequest::Reach,
        "reach-set" => CardRequest::SetReach(reach(params)?),
        _ => return Ok(None),
    };
    Ok(Some(Request::Card(params.text("account")?.map(AccountId), request)))
}

fn phones(value: &Value) -> Result<Vec<CardPhone>, Fault> {
    let expected = "a list of {\"value\", \"types\", \"preferred\"}";
    let entries = value.as_array().ok_or_else(|| wrong("phones", expected))?;
    let entry = |entry: &Value| {
        let types = match entry.get("types") {
            None => Some(Vec::new()),
            Some(types) => types.as_array().and_then(|types| {
                types.iter().map(|kind| kind.as_str().map(|kind| Arc::from(kind.to_ascii_lowercase()))).collect()
            }),
        };
        Some(CardPhone {
            value: entry.get("value")?.as_str()?.into(),
            types: types?,
            preferred: entry.get("preferred").and_then(Value::as_bool).unwrap_or(false),
        })
    };
    entries.iter().map(|value| entry(value).ok_or_else(|| wrong("phones", expected))).collect()
}

/// One address with `uri` and `description`, several with `addresses`, none with neither.
fn reach(params: &mut Params) -> Result<Vec<ReachAddress>, Fault> {
    let expected = "a list of {\"uri\", \"description\"}";
    let (uri, description, list) = (params.text("uri")?, params.text("description")?, params.value("addresses")?);
    if let Some(list) = list {
        let entries = list.as_array().ok_or_else(|| wrong("addresses", expected))?;
        let entry = |entry: &Value| {
            let description = entry.get("description").and_then(Value::as_str).map(Arc::from);
            Some(ReachAddress { uri: entry.get("uri")?.as_str()?.into(), description })
        };
        return entries.iter().map(|value| entry(value).ok_or_else(|| wrong("addresses", expected))).collect();
    }
    Ok(uri.filter(|uri| !uri.trim().is_empty()).map(|uri| ReachAddress { uri, description }).into_iter().collect())
}

/// CARD.
pub(super) fn card(card: &MyCard) -> Value {
    let known = card.card.as_ref();
    json!({
        "account": card.account,
        "address": card.address,
        "revision": known.map(|known| known.revision),
        "name": known.and_then(|known| known.full_name.clone()),
        "nickname": known.and_then(|known| known.nickname.clone()),
        "organisation": known.and_then(|known| known.organisation.clone()),
        "phones": known.map(|known| known.phones.clone()).unwrap_or_default(),
        "others": known.map(|known| known.others),
        "missing": card.missing,
        "notes": card.notes,
        "test": card.test.as_ref().map(test),
        "reach": card.reach,
    })
}

fn test(test: &CardTest) -> Value {
    json!({
        "ok": test.ok,
        "text": test.text,
        "steps": test.steps.iter().map(|step| json!({ "text": step.text, "ok": step.ok })).collect::<Vec<_>>(),
        "publish": test.publish,
        "took_ms": test.took_ms,
        "requests": test.requests,
    })
}
