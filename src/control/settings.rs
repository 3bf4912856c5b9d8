//! `settings` and `set`: every key with its value and its origin, and one key changed in the user's file.

use std::sync::Arc;

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{Request, Settings, set_by};
use crate::config::{Given, Kind, Origin, Setting, shapes};

/// The result of `settings`.
pub(super) fn shown(settings: &Settings) -> Value {
    json!({
        "settings": settings.all.iter().map(setting).collect::<Vec<_>>(),
        "administrator": settings.administrator.as_ref().map(|administrator| json!({
            "title": administrator.title,
            "serial": administrator.serial,
            "withdrawn": administrator.withdrawn,
        })),
        "overruled": settings.overruled,
    })
}

fn setting(setting: &Setting) -> Value {
    let origin = &setting.standing.origin;
    let title = match origin {
        Origin::Provisioned { title } => Some(title),
        Origin::BuiltIn | Origin::User | Origin::CommandLine => None,
    };
    json!({
        "key": setting.key,
        "value": setting.value,
        "origin": origin.as_str(),
        "title": title,
        "locked": setting.standing.locked,
        "reason": setting.standing.locked.then(|| set_by(origin)),
    })
}

/// The request of `set`. Without a value the line goes out of the file.
pub(super) fn change(params: &mut Params) -> Result<Request, Fault> {
    let key = Params::needed(params.text("key")?, "key")?;
    let kind = kind_of(&key);
    Ok(Request::ChangeSetting { key, value: params.text("value")?.map(|text| given(text, kind)) })
}

/// What the readers accept for a key; a key of one account, `voice[ID].dtmf`, is that of all of them.
fn kind_of(key: &str) -> Option<Kind> {
    let general = match (key.split_once('['), key.rsplit_once("].")) {
        (Some((table, _)), Some((_, last))) => format!("{table}.{last}"),
        _ => key.to_owned(),
    };
    shapes().remove(&general).map(|shape| shape.kind)
}

/// `ctl` knows no types: a number is a text where the key is one, and a list is written with commas. Where the type is wrong
/// the file would be, and that is told.
fn given(text: Arc<str>, kind: Option<Kind>) -> Given {
    match (kind, &*text, text.parse()) {
        (Some(Kind::Texts), ..) => {
            let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
            Given::Texts(texts.map(Arc::from).collect())
        }
        (Some(Kind::Text | Kind::Words(_)), ..) => Given::Text(text),
        (_, "true", _) => Given::Flag(true),
        (_, "false", _) => Given::Flag(false),
        (_, _, Ok(number)) => Given::Number(number),
        (_, _, Err(_)) => Given::Text(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_a_text_where_the_key_is_one_and_a_list_is_written_with_commas() {
        let given = |key: &str, value: &str| given(value.into(), kind_of(key));
        assert_eq!(given("calls.forward-busy", "1002"), Given::Text("1002".into()));
        assert_eq!(given("voice[desk].voicemail", "97"), Given::Text("97".into()));
        assert_eq!(given("calls.ring-timeout", "60"), Given::Number(60));
        assert_eq!(given("calls.do-not-disturb", "true"), Given::Flag(true));
        let both = Given::Texts(vec!["1001".into(), "bob@example.com".into()]);
        assert_eq!(given("calls.auto-answer", "1001, bob@example.com"), both);
        assert_eq!(given("calls.nothing", "7"), Given::Number(7));
    }
}
