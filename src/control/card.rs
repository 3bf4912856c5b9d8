//! The own card and temporary addresses: `card`, `card-set`, `card-test`, `reach`, `reach-set`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::params::{Params, wrong};
use super::wire::Fault;
use crate::account::{CardChange, CardRequest, CardTest, MyCard, PictureFrom, Request};
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
        "picture-set" => CardRequest::SetPicture(PictureFrom::File(path(params)?)),
        "picture-remove" => CardRequest::RemovePicture,
        "reach" => CardRequest::Reach,
        "reach-set" => CardRequest::SetReach(reach(params)?),
        _ => return super::own::read(method, params),
    };
    Ok(Some(Request::Card(params.text("account")?.map(AccountId), request)))
}

/// The file of a picture.
fn path(params: &mut Params) -> Result<std::path::PathBuf, Fault> {
    let path = Params::needed(params.text("path")?, "path")?;
    Ok(std::path::PathBuf::from(&*path))
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
        "picture": card.picture.as_ref().map(|picture| &picture.hash),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::CardStep;
    use crate::model::{Jid, OwnCard};

    fn asked(method: &str, parameters: Value) -> Result<Option<Request>, Fault> {
        let Value::Object(parameters) = parameters else { panic!("an object") };
        read(method, &mut Params::new(parameters))
    }

    #[test]
    fn each_method_about_the_card_is_read_with_its_parameters() {
        let account = Some(AccountId::new("chat"));
        let card = |request: Result<Option<Request>, Fault>| match request {
            Ok(Some(Request::Card(account, request))) => (account, request),
            other => panic!("{other:?}"),
        };
        assert_eq!(card(asked("card", json!({ "account": "chat" }))), (account, CardRequest::Read));
        assert_eq!(card(asked("card-test", json!({}))), (None, CardRequest::Test));
        assert_eq!(card(asked("card-set", json!({ "publish": "true" }))).1, CardRequest::Publish);
        // As `ctl` sends it: a list as text.
        let phones = "[{\"value\":\"1001\",\"types\":[\"Work\"],\"preferred\":true},{\"value\":\"1002\"}]";
        let change = card(asked("card-set", json!({ "name": "", "revision": "3", "phones": phones }))).1;
        let CardRequest::Change(change) = change else { panic!("{change:?}") };
        assert_eq!((change.base, change.full_name.as_deref(), change.nickname), (Some(3), Some(""), None));
        let phones = change.phones.expect("entries");
        assert_eq!((&*phones[0].value, &*phones[0].types[0], phones[0].preferred), ("1001", "work", true));
        assert!(phones[1].types.is_empty() && !phones[1].preferred);
        assert_eq!(card(asked("reach", json!({}))).1, CardRequest::Reach);
        assert_eq!(card(asked("reach-set", json!({}))).1, CardRequest::SetReach(Vec::new()));
        let here = |uri: &str, words: Option<&str>| ReachAddress { uri: uri.into(), description: words.map(Arc::from) };
        let one = json!({ "uri": "1001", "description": "Room 3" });
        assert_eq!(card(asked("reach-set", one)).1, CardRequest::SetReach(vec![here("1001", Some("Room 3"))]));
        let two = json!({ "addresses": [{ "uri": "1001" }, { "uri": "1002" }] });
        assert_eq!(
            card(asked("reach-set", two)).1,
            CardRequest::SetReach(vec![here("1001", None), here("1002", None)])
        );
        for wrong in [
            json!({ "phones": "no json" }),
            json!({ "phones": [{}] }),
            json!({ "phones": [{ "value": "1", "types": 7 }] }),
        ] {
            assert!(asked("card-set", wrong).is_err());
        }
        assert!(matches!(asked("cards", json!({})), Ok(None)));
    }

    #[test]
    fn the_card_has_the_promised_shape() {
        let step = CardStep { text: "It is there.".into(), ok: Some(true) };
        let shown = card(&MyCard {
            account: AccountId::new("chat"),
            address: Jid::parse("alice@example.com").expect("valid"),
            card: Some(OwnCard {
                revision: 3,
                full_name: Some("Alice".into()),
                phones: vec![CardPhone { value: "1001".into(), types: vec!["work".into()], preferred: true }],
                others: 2,
                ..OwnCard::default()
            }),
            busy: None,
            problem: None,
            notes: vec!["Something is missing.".into()],
            missing: Some("sip:alice@example.com".into()),
            test: Some(CardTest {
                steps: vec![step],
                ok: Some(true),
                text: "Fine.".into(),
                took_ms: Some(4),
                requests: 1,
                publish: None,
            }),
            reach: vec![ReachAddress { uri: "tel:1002".into(), description: None }],
            picture: None,
            picture_busy: false,
        });
        let expected = json!({
            "account": "chat",
            "address": "alice@example.com",
            "revision": 3,
            "name": "Alice",
            "nickname": null,
            "organisation": null,
            "phones": [{ "value": "1001", "types": ["work"], "preferred": true }],
            "others": 2,
            "missing": "sip:alice@example.com",
            "notes": ["Something is missing."],
            "test": {
                "ok": true,
                "text": "Fine.",
                "steps": [{ "text": "It is there.", "ok": true }],
                "publish": null,
                "took_ms": 4,
                "requests": 1,
            },
            "reach": [{ "uri": "tel:1002", "description": null }],
            "picture": null,
        });
        assert_eq!(shown, expected);
    }
}
