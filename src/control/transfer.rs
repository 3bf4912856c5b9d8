//! The methods about calls that change hands.

use super::params::Params;
use super::wire::Fault;
use crate::account::{CallTo, Request, TransferRequest};

/// Reads a request; `method` is one of ours.
pub(super) fn request(method: &str, params: &mut Params) -> Result<Request, Fault> {
    if method == "swap" {
        return Ok(Request::Transfer(TransferRequest::Swap));
    }
    let call = Params::needed(params.call("call")?, "call")?;
    let request = match (params.text("to")?, params.call("with")?) {
        (Some(to), None) => TransferRequest::Blind { call, to: CallTo::Text(to) },
        (None, Some(with)) => TransferRequest::Attended { call, with },
        (Some(_), Some(_)) | (None, None) => {
            let text = "transfer needs one of two: \"to\", a number or an address, or \"with\", a call";
            return Err(Fault::bad_params(text.to_owned()));
        }
    };
    Ok(Request::Transfer(request))
}
