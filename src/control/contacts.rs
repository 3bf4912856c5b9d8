//! The methods that change the list of people, and who is blocked.

use std::sync::Arc;

use serde_json::{Value, json};

use super::params::{Params, wrong};
use super::wire::Fault;
use crate::account::{AddContact, ContactRequest, InviteLink, Request};
use crate::model::{AccountId, ContactLink, Jid, Report, ReportReason, WallTime};

/// Reads a request; `None`: the method is another one's.
pub(super) fn read(method: &str, params: &mut Params) -> Result<Option<Request>, Fault> {
    let request = match method {
        "contact-add" => add(params)?,
        "contact-invite" => ContactRequest::Invite(params.text("account")?.map(AccountId)),
        "contact-rename" => ContactRequest::Rename(to(params)?, params.text("name")?.unwrap_or_default()),
        "contact-groups" => ContactRequest::Groups(to(params)?, groups(params, "groups")?),
        "contact-remove" => ContactRequest::Remove(to(params)?),
        "contact-ask" => ContactRequest::Ask(to(params)?),
        "contact-withdraw" => ContactRequest::Withdraw(to(params)?),
        "contact-hide" => ContactRequest::Hide(to(params)?),
        "same-person" => ContactRequest::SamePerson(to(params)?, Params::needed(params.jid("with")?, "with")?),
        "another-person" => ContactRequest::AnotherPerson(to(params)?),
        "block" => ContactRequest::Block(to(params)?, None),
        "unblock" => ContactRequest::Unblock(to(params)?),
        "blocked" => ContactRequest::Blocked,
        "report" => {
            let reason = params.parsed("reason", "spam or abuse", ReportReason::parse)?;
            let reason = Params::needed(reason, "reason")?;
            let text = params.text("text")?.filter(|text| !text.trim().is_empty());
            ContactRequest::Block(to(params)?, Some(Report { reason, text }))
        }
        _ => return Ok(None),
    };
    Ok(Some(Request::Contact(request)))
}

/// A link, for the control interface.
pub(super) fn invite(link: &InviteLink) -> Value {
    json!({ "link": link.uri, "page": link.page, "until": link.until.map(WallTime::to_rfc3339) })
}

fn to(params: &mut Params) -> Result<Jid, Fault> {
    Params::needed(params.jid("to")?, "to")
}

fn add(params: &mut Params) -> Result<ContactRequest, Fault> {
    let link = params.parsed("to", "a chat address, or an xmpp: link to a person", ContactLink::read)?;
    let link = Params::needed(link, "to")?;
    let mut groups = groups(params, "group")?;
    if groups.is_empty() {
        groups.extend(link.group.as_deref().map(Arc::from));
    }
    Ok(ContactRequest::Add(AddContact {
        name: params.text("name")?.or_else(|| link.name.as_deref().map(Arc::from)),
        groups,
        approve: params.choice("approve")?.unwrap_or(true),
        account: params.text("account")?.map(AccountId),
        token: link.token.as_deref().map(Arc::from),
        jid: link.jid,
    }))
}

/// A list of texts, or one text with commas.
fn groups(params: &mut Params, name: &str) -> Result<Vec<Arc<str>>, Fault> {
    let Some(text) = params.text_or_list(name)? else { return Ok(Vec::new()) };
    let list = match text {
        Value::Array(list) => list,
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Array(list)) => list,
            Ok(_) | Err(_) => text.split(',').map(|group| Value::from(group.trim())).collect(),
        },
        _ => return Err(wrong(name, "a text, or a list of texts")),
    };
    let text = |value: Value| match value {
        Value::String(text) => Ok(Arc::from(text)),
        _ => Err(wrong(name, "a text, or a list of texts")),
    };
    list.into_iter().map(text).collect()
}
