//! Whether others can reach the user, in one sentence (C-10).

use crate::model::ConnectionState;

/// `chat` and `voice`: the states of the accounts that there are, with the reason in words where one is not online.
/// Returns (reachable by chat, reachable by calls, the sentence).
pub fn reachable(
    chat: Option<(ConnectionState, Option<&str>)>,
    voice: Option<(ConnectionState, Option<&str>)>,
) -> (bool, bool, String) {
    let up = |side: Option<(ConnectionState, Option<&str>)>| matches!(side, Some((ConnectionState::Online, _)));
    let (by_chat, by_calls) = (up(chat), up(voice));
    let why = |side: Option<(ConnectionState, Option<&str>)>, none: &str| match side {
        None => none.to_owned(),
        Some((ConnectionState::Connecting, _)) => "connecting".to_owned(),
        Some((_, Some(reason))) => reason.trim_end_matches('.').to_owned(),
        Some((_, None)) => "not connected".to_owned(),
    };
    let text = match (by_chat, by_calls) {
        (true, true) => "You can be reached by chat and by calls.".to_owned(),
        (true, false) => format!("You can be reached by chat, but not called: {}.", why(voice, "no voice account")),
        (false, true) => format!("You can be called, but not written to: {}.", why(chat, "no chat account")),
        (false, false) => {
            format!("You cannot be reached. Chat: {}. Voice: {}.", why(chat, "no account"), why(voice, "no account"))
        }
    };
    (by_chat, by_calls, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_degraded_state_reads_differently() {
        let online = Some((ConnectionState::Online, None));
        let failed = Some((ConnectionState::Failed, Some("the password was refused")));
        let texts = [
            reachable(online, online).2,
            reachable(online, failed).2,
            reachable(failed, online).2,
            reachable(failed, failed).2,
            reachable(online, None).2,
        ];
        let distinct: std::collections::BTreeSet<_> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len());
        assert!(texts[1].contains("the password was refused"));
    }
}
