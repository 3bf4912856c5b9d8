//! The methods that add, change and remove accounts, and that look into files of other programs.

use std::sync::Arc;

use serde_json::{Value, json};

use super::params::{Params, wrong};
use super::wire::Fault;
use crate::account::{AccountsRequest, NewAccount, OtherView, OthersReply, Request, TakeOver};
use crate::model::{AccountId, Service};
use crate::platform::Secret;

/// Reads a request; `None`: the method is another one's.
pub(super) fn read(method: &str, params: &mut Params) -> Result<Option<Request>, Fault> {
    let request = match method {
        "account-add" => AccountsRequest::Add(Box::new(NewAccount {
            service: Params::needed(params.parsed("service", "chat or voice", service)?, "service")?,
            address: Params::needed(params.text("address")?, "address")?,
            password: Secret::new(params.text("password")?.unwrap_or_default().to_string()),
            server: params.text("server")?.unwrap_or_default(),
            login: params.text("login")?.unwrap_or_default(),
            keyring: params.choice("keyring")?.unwrap_or(true),
        })),
        "account-remove" => AccountsRequest::Remove(AccountId(Params::needed(params.text("account")?, "account")?)),
        "account-password" => {
            let account = AccountId(Params::needed(params.text("account")?, "account")?);
            let password = Params::needed(params.text("password")?, "password")?;
            return Ok(Some(Request::Password { account, password: Secret::new(password.to_string()) }));
        }
        "import-find" => AccountsRequest::FindOthers,
        "import" => {
            let path = Params::needed(params.text("file")?, "file")?;
            let (dry_run, people) = (params.flag("dry_run")?, params.choice("people")?.unwrap_or(true));
            let accounts = params.text_or_list("accounts")?.map(list).transpose()?;
            let mark = params.text("mark")?;
            match dry_run {
                true => AccountsRequest::LookInto(path),
                false => AccountsRequest::TakeOver(TakeOver { path, mark, accounts, people }),
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(Request::Accounts(request)))
}

fn service(text: &str) -> Option<Service> {
    match text {
        "chat" => Some(Service::Chat),
        "voice" => Some(Service::Voice),
        _ => None,
    }
}

/// A list of texts, or one text with commas; an empty one means none.
fn list(value: Value) -> Result<Vec<Arc<str>>, Fault> {
    let text = |value: &Value| value.as_str().map(Arc::from).ok_or_else(|| wrong("accounts", "a list of addresses"));
    match &value {
        Value::Array(list) => list.iter().map(text).collect(),
        Value::String(list) => {
            Ok(list.split(',').map(str::trim).filter(|one| !one.is_empty()).map(Arc::from).collect())
        }
        _ => Err(wrong("accounts", "a list of addresses")),
    }
}

/// The result.
pub(super) fn result(reply: &OthersReply) -> Value {
    match reply {
        OthersReply::Found(files) => {
            files.iter().map(|(program, path)| json!({ "program": program.as_str(), "file": path })).collect()
        }
        OthersReply::Holds(view) => holds(view),
        OthersReply::Taken { accounts, people } => json!({
            "accounts": accounts.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
            "people": super::book::report(people),
        }),
    }
}

fn holds(view: &OtherView) -> Value {
    let word = |service: Service| if service == Service::Chat { "chat" } else { "voice" };
    json!({
        "program": view.program.as_str(),
        "mark": view.mark,
        "accounts": view
            .accounts
            .iter()
            .map(|one| json!({
                "service": word(one.service), "address": one.address, "server": one.server, "known": one.known,
            }))
            .collect::<Vec<_>>(),
        "people": view.people,
        "people_total": view.people_total,
        "skipped": view.skipped.iter().map(|(line, text)| json!({ "line": line, "text": text })).collect::<Vec<_>>(),
        "more_skipped": view.more_skipped,
    })
}
