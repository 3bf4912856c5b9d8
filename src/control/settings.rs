//! `settings` and `set`: every key with its value and its origin, and one key changed in the user's file.

use std::sync::Arc;

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{Request, Settings, set_by};
use crate::config::{Given, Origin, Setting};

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
    Ok(Request::ChangeSetting { key, value: params.text("value")?.map(given) })
}

/// `ctl` knows no types; where the type is wrong the file would be, and that is told.
fn given(text: Arc<str>) -> Given {
    match (&*text, text.parse()) {
        ("true", _) => Given::Flag(true),
        ("false", _) => Given::Flag(false),
        (_, Ok(number)) => Given::Number(number),
        (_, Err(_)) => Given::Text(text),
    }
}
