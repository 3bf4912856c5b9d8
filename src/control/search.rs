//! `search`: messages by their words.

use super::params::Params;
use super::wire::Fault;
use crate::account::{MessageSearch, Request};
use crate::model::WallTime;

/// Messages that are found where the request does not say.
const FOUND: u32 = 50;

pub(super) fn read(params: &mut Params) -> Result<Request, Fault> {
    let mut time = |name| params.parsed(name, "a time, as in 2026-01-31T08:00:00Z", WallTime::parse_rfc3339);
    let (since, until) = (time("since")?, time("until")?);
    Ok(Request::Search(MessageSearch {
        text: Params::needed(params.text("text")?, "text")?,
        with: params.correspondent("with")?,
        since,
        until,
        limit: params.count("limit")?.unwrap_or(FOUND),
        skip: params.count("skip")?.unwrap_or_default(),
    }))
}
