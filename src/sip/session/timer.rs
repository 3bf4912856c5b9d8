//! Session timers (RFC 4028): who refreshes, when, and when a session without refresh is dead.

use std::time::Duration;

use crate::sip::stack::Headers;

/// The session interval that we ask for, in seconds.
pub const SESSION_EXPIRES: u32 = 1_800;
/// The shortest interval that we take, in seconds (RFC 4028 section 4: never below 90).
pub const MIN_SE: u32 = 90;
/// The longest Min-SE of a peer that we follow, in seconds.
pub const MAX_MIN_SE: u32 = 7_200;

/// A negotiated interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// Seconds.
    pub seconds: u32,
    /// We refresh.
    pub ours: bool,
}

/// What a request says about session timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The interval to answer with, and whether the peer refreshes and must be told with `Require: timer`.
    Interval(Interval),
    /// Nothing: no timers.
    Nothing,
    /// Below [`MIN_SE`]: refuse with 422.
    TooSmall,
}

impl Interval {
    /// From a 2xx to our INVITE or UPDATE (RFC 4028 section 7.2): the refresher is named there.
    pub fn from_response(headers: &Headers) -> Option<Self> {
        let seconds = headers.seconds("Session-Expires")?.max(MIN_SE);
        // Without a word about it, the one that sent the request refreshes.
        let ours = !refresher(headers).is_some_and(|name| name.eq_ignore_ascii_case("uas"));
        Some(Self { seconds, ours })
    }

    /// When a refresh is due: half of the interval (RFC 4028 section 10).
    pub fn refresh_after(self) -> Duration {
        Duration::from_secs(u64::from(self.seconds) / 2)
    }

    /// When the session is dead: before its end by the lesser of 32 s and a third (RFC 4028 section 10).
    pub fn dead_after(self) -> Duration {
        let seconds = u64::from(self.seconds);
        Duration::from_secs(seconds - (seconds / 3).min(32))
    }

    /// The header in a 2xx of ours, where the peer sent the request.
    pub fn in_response(self) -> String {
        format!("{};refresher={}", self.seconds, if self.ours { "uas" } else { "uac" })
    }

    /// The header in a refresh of ours: whoever refreshes goes on doing so.
    pub fn in_request(self) -> String {
        format!("{};refresher={}", self.seconds, if self.ours { "uac" } else { "uas" })
    }
}

/// Reads a request's wish (RFC 4028 section 9 with its table 2).
pub fn asked(headers: &Headers) -> Asked {
    let supported = headers.has_token("Supported", "timer") || headers.has_token("Require", "timer");
    let seconds = headers.seconds("Session-Expires");
    match (seconds, supported) {
        (Some(seconds), true) if seconds < MIN_SE => Asked::TooSmall,
        (None, false) => Asked::Nothing,
        // Asked for by a proxy on behalf of a peer that does not know timers: we refresh.
        (Some(seconds), false) => {
            Asked::Interval(Interval { seconds: seconds.clamp(MIN_SE, SESSION_EXPIRES), ours: true })
        }
        (seconds, true) => {
            let least = headers.seconds("Min-SE").unwrap_or(MIN_SE).clamp(MIN_SE, MAX_MIN_SE);
            let wished = seconds.unwrap_or(SESSION_EXPIRES);
            let ours = refresher(headers).is_some_and(|name| name.eq_ignore_ascii_case("uas"));
            Asked::Interval(Interval { seconds: wished.min(SESSION_EXPIRES.max(least)).max(least), ours })
        }
    }
}

fn refresher(headers: &Headers) -> Option<String> {
    let value = headers.value("Session-Expires")?;
    value.split(';').skip(1).find_map(|param| {
        let (name, value) = param.split_once('=')?;
        name.trim().eq_ignore_ascii_case("refresher").then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in lines {
            headers.push(name, *value);
        }
        headers
    }

    #[test]
    fn s39_intervals_are_chosen_row_by_row() {
        let timer = ("Supported", "100rel, timer");
        let interval = |seconds, ours| Asked::Interval(Interval { seconds, ours });
        for (lines, expected) in [
            (vec![], Asked::Nothing),
            (vec![timer], interval(1_800, false)),
            (vec![timer, ("Session-Expires", "600")], interval(600, false)),
            (vec![timer, ("Session-Expires", "600;refresher=uas")], interval(600, true)),
            (vec![timer, ("Session-Expires", "600 ; Refresher=UAC")], interval(600, false)),
            (vec![timer, ("Session-Expires", "0")], Asked::TooSmall),
            (vec![timer, ("Session-Expires", "89")], Asked::TooSmall),
            (vec![timer, ("Session-Expires", "99999999999")], interval(1_800, false)),
            (vec![timer, ("Session-Expires", "4000"), ("Min-SE", "3600")], interval(3_600, false)),
            (vec![timer, ("Session-Expires", "600"), ("Min-SE", "2147483648")], interval(7_200, false)),
            (vec![("Session-Expires", "600")], interval(600, true)),
        ] {
            assert_eq!(asked(&headers(&lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_session_dies_before_its_end_and_is_refreshed_at_its_half() {
        let interval = Interval { seconds: 90, ours: true };
        assert_eq!((interval.refresh_after().as_secs(), interval.dead_after().as_secs()), (45, 60));
        let interval = Interval { seconds: 1_800, ours: true };
        assert_eq!((interval.refresh_after().as_secs(), interval.dead_after().as_secs()), (900, 1_768));
    }
}
