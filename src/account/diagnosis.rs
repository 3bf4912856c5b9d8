//! The report for whoever helps (C-48, S-10, S-11): what each connection does and did, in words that name nobody.
//!
//! Everything in it is written by the program: states, codes, counts. What others wrote (reasons, log lines) goes through
//! [`Redactor`], which keeps plain words and replaces whatever could be an address, a name, a number or a secret. One random
//! name stands in the report and in the log lines of both connections. It goes to no server: over the wire it would tell two
//! providers that the accounts belong to one person, and RFC 7989 has a name for a call, not for a client.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

use crate::model::{AccountId, Reason, Service, WallTime};

/// Lines of the log in a report, the newest.
pub const LOG_LINES: usize = 200;
/// The longest line that is taken over, characters.
const LONGEST_LINE: usize = 400;
/// What stands for something that was left out.
const LEFT_OUT: &str = "[…]";

/// What is remembered of one connection beside its state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// What went wrong last, and when.
    pub last_error: Option<(WallTime, Reason)>,
    /// How often it was connected in this run.
    pub connected: u32,
    /// Tries since it was last there.
    pub tries: u32,
    /// Whether the local address is IPv6; absent where nobody said.
    pub ipv6: Option<bool>,
}

/// The traces of all connections, by account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// The name of this run, the same in both connections' log lines and in the report.
    pub correlation: Arc<str>,
    /// By account.
    pub of: Arc<[(AccountId, Trace)]>,
}

impl Traces {
    /// Of one account.
    pub fn get(&self, id: &AccountId) -> Option<&Trace> {
        self.of.iter().find(|(known, _)| known == id).map(|(_, trace)| trace)
    }
}

/// The part of a report that the manager writes, and what the shell needs for the rest.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The run's name.
    pub correlation: Arc<str>,
    /// What the manager says, redacted.
    pub text: String,
    /// The domains to look up, and for which service; not to be shown.
    pub domains: Vec<(Service, String)>,
    /// What to leave out of the log.
    pub redactor: Redactor,
    /// Write it to a file beside the configuration.
    pub save: bool,
}

/// How many answers a lookup gave, or why none.
pub type Answered = Result<usize, &'static str>;

/// What the name servers say of one service's domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Of which service.
    pub service: Service,
    /// SRV records by the service's name in DNS.
    pub srv: Vec<(&'static str, Answered)>,
    /// IPv6 and IPv4 addresses of the domain itself.
    pub addresses: Result<(usize, usize), &'static str>,
}

impl Diagnosis {
    /// The whole report.
    pub fn finish(&self, names: &[Names], log: &[String]) -> String {
        let mut text = self.text.clone();
        text.push_str("\nName servers\n");
        for names in names {
            let _ = writeln!(text, "  {}", name(names.service));
            for (record, answer) in &names.srv {
                let _ = match answer {
                    Ok(count) => writeln!(text, "    SRV {record}: {count}"),
                    Err(why) => writeln!(text, "    SRV {record}: {why}"),
                };
            }
            let _ = match names.addresses {
                Ok((six, four)) => writeln!(text, "    addresses of the domain: {six} IPv6, {four} IPv4"),
                Err(why) => writeln!(text, "    addresses of the domain: {why}"),
            };
        }
        let _ = writeln!(text, "\nLog, the last {LOG_LINES} lines at most");
        for line in log.iter().skip(log.len().saturating_sub(LOG_LINES)) {
            let _ = writeln!(text, "  {}", self.redactor.line(line));
        }
        text
    }
}

/// The name of a service in a report.
pub(super) fn name(service: Service) -> &'static str {
    match service {
        Service::Chat => "Chat",
        Service::Voice => "Voice",
    }
}

/// Replaces what could say who somebody is, or open something.
#[derive(Clone, Default)]
pub struct Redactor {
    /// Words that were seen in addresses, names and passwords of this profile, in lower case.
    known: BTreeSet<String>,
}

impl std::fmt::Debug for Redactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redactor").field("known", &self.known.len()).finish()
    }
}

impl Redactor {
    /// Learns a name, an address or a secret: it is left out as a whole and word by word.
    pub fn learn(&mut self, text: &str) {
        let text = text.trim().to_lowercase();
        if !text.is_empty() {
            self.known.extend(words(&text).filter(|word| word.chars().count() > 1).map(str::to_owned));
            self.known.insert(text);
        }
    }

    /// A sentence or a message without what could say who somebody is.
    pub fn text(&self, text: &str) -> String {
        let mut kept = String::new();
        let mut quoted = false;
        for token in text.split_whitespace().take(LONGEST_LINE) {
            // What stands in quotes was written by somebody.
            let quotes = token.matches(['"', '\u{201c}', '\u{201d}']).count();
            let shown = if quoted || quotes > 0 || !self.may_stay(token) { LEFT_OUT } else { token };
            quoted ^= quotes % 2 == 1;
            if shown == LEFT_OUT && kept.ends_with(LEFT_OUT) {
                continue;
            }
            if !kept.is_empty() {
                kept.push(' ');
            }
            kept.push_str(shown);
            if kept.chars().count() > LONGEST_LINE {
                kept.push('…');
                break;
            }
        }
        kept
    }

    /// A line of the log: its time, level and place stay as they are.
    pub fn line(&self, line: &str) -> String {
        let mut parts = line.trim().splitn(3, char::is_whitespace);
        let (time, level, rest) = (parts.next(), parts.next(), parts.next());
        let (Some(time), Some(level), Some(rest)) = (time, level, rest) else { return self.text(line) };
        let known = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];
        let stamped = WallTime::parse_rfc3339(time).is_some();
        let rest = rest.trim_start();
        // The level is padded: INFO and WARN have two blanks before them.
        let (level, rest) =
            if level.is_empty() { rest.split_once(char::is_whitespace).unwrap_or((rest, "")) } else { (level, rest) };
        match rest.trim_start().split_once(": ") {
            Some((place, message)) if stamped && known.contains(&level) && is_place(place) => {
                format!("{time} {level} {place}: {}", self.text(message))
            }
            _ => self.text(line),
        }
    }

    /// Plain words of letters, and small numbers that stand alone; nothing that this profile knows as a name.
    fn may_stay(&self, token: &str) -> bool {
        let inner = token.trim_matches(|c: char| c.is_ascii_punctuation());
        if inner.is_empty() {
            return token.chars().count() <= 3;
        }
        if inner.chars().all(|c| c.is_ascii_digit()) {
            // Seconds, counts, SIP statuses; not numbers that ring somewhere.
            return inner.len() <= 3;
        }
        let plain =
            |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_' | '\'' | '=' | '/' | ',' | ';' | '(' | ')');
        let longest = words(inner).map(str::len).max().unwrap_or(0);
        let lower = inner.to_lowercase();
        inner.chars().all(plain)
            && longest <= 20
            && !self.known.contains(&lower)
            && !words(&lower).any(|word| self.known.contains(word))
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// A place in the program: `tandem::account::manager`.
fn is_place(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, ':' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        let mut redactor = Redactor::default();
        for known in ["alice@example.com", "sip:4711@pbx.example", "Bob Fischer", "hunter", "correct horse"] {
            redactor.learn(known);
        }
        redactor
    }

    #[test]
    fn s17_what_could_say_who_somebody_is_does_not_stay() {
        let redactor = redactor();
        for secret in [
            "alice@example.com",
            "<sip:bob@pbx.example;transport=tls>",
            "192.0.2.17:5061",
            "[2001:db8::1]",
            "xmpp.example.org",
            "+49301234567",
            "0301234567",
            "digits=4711#",
            "1234",
            "password=hunter",
            "Fischer",
            "bob",
            "BOB,",
            "horse",
            "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj",
            "SHA-256=0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9",
            "response=\"6629fae49393a05397450978507c4ef1\"",
            "Jos\u{e9}",
            "z9hG4bK776asdhds",
            "averyveryverylongopaquetoken",
        ] {
            for sentence in [format!("the server said {secret} and closed"), secret.to_owned()] {
                let kept = redactor.text(&sentence);
                assert!(kept.contains(LEFT_OUT), "{sentence}: {kept}");
                for word in words(secret).filter(|word| word.len() > 3 && !sentence.contains(&format!("the {word}"))) {
                    assert!(!kept.contains(word), "{sentence}: {kept}");
                }
            }
        }
        let said = redactor.text("it said \"Mary had a little lamb\" and left");
        assert_eq!(said, "it said […] and left");
    }

    #[test]
    fn s17_what_helps_stays() {
        let redactor = redactor();
        for sentence in [
            "The server did not accept the password.",
            "The connection was refused; another try in 8 s.",
            "the phone service answered 403 (not-allowed)",
        ] {
            assert_eq!(redactor.text(sentence), sentence);
        }
        let line = "2026-11-23T01:02:03.456789Z  WARN tandem::sip::io: the queue of a flow is full flow=3 account=chat";
        let kept = redactor.line(line);
        assert!(
            kept.starts_with("2026-11-23T01:02:03.456789Z WARN tandem::sip::io: the queue of a flow is full"),
            "{kept}"
        );
        assert!(kept.ends_with("account=chat"), "{kept}");
        // A line that somebody made look like one of ours.
        assert!(!redactor.line("2026-11-23T01:02:03Z INFO bob@example.com: hello").contains("bob@"));
    }
}
