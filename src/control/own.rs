//! How the user is seen and kept: `idle`, `archive`.

use std::time::Duration;

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{ArchiveView, OwnRequest, Request};
use crate::model::{AccountId, ArchiveKeeps};

/// Reads a request; `None`: it is none of these methods.
pub(super) fn read(method: &str, params: &mut Params) -> Result<Option<Request>, Fault> {
    let request = match method {
        "idle" => {
            let seconds = Params::needed(params.count("seconds")?, "seconds")?;
            OwnRequest::Idle(Duration::from_secs(u64::from(seconds)))
        }
        "archive" => OwnRequest::Archive(
            params.text("account")?.map(AccountId),
            params.parsed("keeps", "always, roster or never", ArchiveKeeps::parse)?,
        ),
        _ => return Ok(None),
    };
    Ok(Some(Request::Own(request)))
}

/// ARCHIVE.
pub(super) fn archive(view: &ArchiveView) -> Value {
    let known = view.preferences.as_ref();
    json!({
        "account": view.account,
        "address": view.address,
        "keeps": known.map(|known| known.keeps),
        "always": known.map(|known| known.always),
        "never": known.map(|known| known.never),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ArchivePreferences, Jid};

    fn asked(method: &str, parameters: Value) -> Result<Option<Request>, Fault> {
        let Value::Object(parameters) = parameters else { panic!("an object") };
        read(method, &mut Params::new(parameters))
    }

    #[test]
    fn how_the_user_is_seen_and_kept_is_asked_and_told_in_the_promised_shape() {
        let own = |request: Result<Option<Request>, Fault>| match request {
            Ok(Some(Request::Own(request))) => request,
            other => panic!("{other:?}"),
        };
        assert_eq!(own(asked("idle", json!({ "seconds": "600" }))), OwnRequest::Idle(Duration::from_secs(600)));
        assert!(asked("idle", json!({})).is_err());
        assert_eq!(own(asked("archive", json!({}))), OwnRequest::Archive(None, None));
        let change = own(asked("archive", json!({ "account": "chat", "keeps": "roster" })));
        assert_eq!(change, OwnRequest::Archive(Some(AccountId::new("chat")), Some(ArchiveKeeps::Roster)));
        assert!(asked("archive", json!({ "keeps": "some" })).is_err());
        assert!(matches!(asked("archives", json!({})), Ok(None)));
        let view = ArchiveView {
            account: AccountId::new("chat"),
            address: Jid::parse("alice@example.com").expect("valid"),
            preferences: Some(ArchivePreferences { keeps: ArchiveKeeps::Never, always: 1, never: 2 }),
            busy: false,
            problem: None,
        };
        let expected =
            json!({ "account": "chat", "address": "alice@example.com", "keeps": "never", "always": 1, "never": 2 });
        assert_eq!(archive(&view), expected);
    }
}
