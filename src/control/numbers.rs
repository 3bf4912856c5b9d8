//! The methods about numbers, accounts and cost.

use serde_json::{Value, json};

use super::params::Params;
use super::wire::Fault;
use crate::account::{CallTo, NumbersRequest, Quote, Request};
use crate::model::AccountId;

/// Reads a request; `method` is one of ours.
pub(super) fn request(method: &str, params: &mut Params) -> Result<Request, Fault> {
    let to =
        |params: &mut Params| -> Result<CallTo, Fault> { Ok(CallTo::Text(Params::needed(params.text("to")?, "to")?)) };
    let account =
        |params: &mut Params, name: &str| -> Result<Option<AccountId>, Fault> { Ok(params.text(name)?.map(AccountId)) };
    Ok(Request::Numbers(match method {
        "explain-number" => NumbersRequest::ExplainNumber(Params::needed(params.text("number")?, "number")?),
        "quote" => NumbersRequest::Quote(to(params)?),
        "call-back" => NumbersRequest::CallBack {
            to: to(params)?,
            account: Params::needed(account(params, "account")?, "account")?,
        },
        "relate" => NumbersRequest::Relate {
            chat: Params::needed(account(params, "chat")?, "chat")?,
            voice: account(params, "voice")?,
        },
        "forget" => NumbersRequest::Forget(Params::needed(params.text("key")?, "key")?),
        unknown => return Err(Fault::no_method(unknown)),
    }))
}

/// What a call would cost.
pub(super) fn quote(quote: &Quote) -> Value {
    json!({
        "cost": quote.cost,
        "text": quote.text,
        "emergency": quote.emergency,
        "account": quote.account,
        "rule": quote.rule,
        "asks": quote.asks,
    })
}

/// The steps from a written number to the call.
pub(super) fn explained(steps: &[crate::account::Step]) -> Value {
    steps.iter().map(|step| json!({ "step": step.name, "value": step.value, "why": step.why })).collect()
}
