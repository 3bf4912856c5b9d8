//! Reads `[media]`: how calls find a path for their sound.

use super::settings::SecretSource;
use super::table::{PlaceOf, Problems, Table};
use super::words::Words;
use crate::platform::Secret;
use crate::sdp::TextWish;

/// Whether paths are looked for by checks (ICE, RFC 8445).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ice {
    /// Never.
    Off,
    /// Where the other side begins it, and in our own calls where a server is set up.
    #[default]
    Auto,
    /// In every call of ours.
    Always,
}

/// Which of our addresses the other side of a call is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tell {
    /// All.
    #[default]
    All,
    /// To people who are no contacts a relay's, where there is one.
    NoHostToStrangers,
    /// Only a relay's.
    RelayOnly,
}

/// A server that helps to find paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathServer {
    /// Its name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How it is spoken to.
    pub carrier: Carrier,
}

/// How such a server is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// A stream under TLS.
    Tls,
}

/// `[media]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Media {
    /// Whether paths are looked for by checks.
    pub ice: Ice,
    /// What is told.
    pub tell: Tell,
    /// Servers that say what a router makes of our address.
    pub stun: Vec<PathServer>,
    /// Relays.
    pub turn: Vec<PathServer>,
    /// The name at the relays.
    pub turn_user: Option<String>,
    /// Where the password at the relays is.
    pub turn_secret: Option<SecretSource>,
    /// Servers that the chat account's server names are used as well (XEP-0215).
    pub servers_from_chat: bool,
    /// The keys of calls over the phone service are compared over chat (docs/verified-media.md).
    pub verify_over_chat: bool,
    /// What is done about real-time text in calls.
    pub real_time_text: TextWish,
}

impl Default for Media {
    fn default() -> Self {
        Self {
            ice: Ice::default(),
            tell: Tell::default(),
            stun: Vec::new(),
            turn: Vec::new(),
            turn_user: None,
            turn_secret: None,
            servers_from_chat: true,
            verify_over_chat: true,
            real_time_text: TextWish::Answer,
        }
    }
}

const ICE: Words<Ice> = &[("off", Ice::Off), ("auto", Ice::Auto), ("always", Ice::Always)];

const TELL: Words<Tell> =
    &[("all", Tell::All), ("no-host-to-strangers", Tell::NoHostToStrangers), ("relay-only", Tell::RelayOnly)];

const TEXT: Words<TextWish> = &[("off", TextWish::Off), ("answer", TextWish::Answer), ("offer", TextWish::Offer)];

/// Servers of each kind.
const MOST: usize = 4;

/// `[media]`.
pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Media {
    let ice = table.word("ice", ICE, Ice::Auto, problems);
    let tell = table.word("tell-addresses", TELL, Tell::All, problems);
    let stun = servers(table, "stun", "stun", problems);
    let turn = servers(table, "turn", "turn", problems);
    let turn_user = table.text("turn-user", problems);
    let mut secrets = Vec::new();
    if table.flag("turn-keyring", false, problems) {
        secrets.push(SecretSource::Keyring);
    }
    if let Some(path) = table.text("turn-password-file", problems) {
        problems.note(table.span_of("turn-password-file"), PlaceOf::PasswordFile(path.clone().into()));
        secrets.push(SecretSource::File(path.into()));
    }
    if let Some(text) = table.text("turn-password", problems) {
        secrets.push(SecretSource::Inline(Secret::new(text)));
    }
    if secrets.len() > 1 {
        let text = "the relay has several passwords: keep one of turn-keyring, turn-password-file, turn-password";
        problems.report(table.span_of("turn-password").or(table.span_of("turn-password-file")), text);
    }
    if !turn.is_empty() && (turn_user.is_none() || secrets.is_empty()) {
        let text = "turn needs turn-user and one of turn-password, turn-password-file, turn-keyring beside it";
        problems.report(table.span_of("turn"), text);
    }
    if ice == Ice::Off && tell != Tell::All {
        problems
            .report(table.span_of("ice"), "ice = \"off\" tells every address; with it tell-addresses must be \"all\"");
    }
    let servers_from_chat = table.flag("servers-from-chat", true, problems);
    // Whoever writes it out knows that the chat server names one.
    let named = servers_from_chat && table.span_of("servers-from-chat").is_some();
    if tell == Tell::RelayOnly && turn.is_empty() && !named {
        problems.report(
            table.span_of("tell-addresses"),
            "tell-addresses = \"relay-only\" needs a relay: add turn, or servers-from-chat = true where your chat server names one",
        );
    }
    let verify_over_chat = table.flag("verify-over-chat", true, problems);
    let real_time_text = table.word("real-time-text", TEXT, TextWish::Answer, problems);
    let turn_secret = secrets.pop();
    Media { ice, tell, stun, turn, turn_user, turn_secret, servers_from_chat, verify_over_chat, real_time_text }
}

fn servers(table: &mut Table<'_>, key: &'static str, scheme: &str, problems: &mut Problems<'_>) -> Vec<PathServer> {
    let mut found = Vec::new();
    for (text, span) in table.texts(key, problems).unwrap_or_default() {
        match parse(&text, scheme) {
            Some(_) if found.len() == MOST => problems.report(span, format_args!("{key}: at most {MOST} servers")),
            Some(server) => found.push(server),
            None => problems
                .report(span, format_args!("{key}: {text:?} is not an address like \"{scheme}:example.com:3478\"")),
        }
    }
    found
}

/// A URI of RFC 7064 or RFC 7065; the scheme may be left away.
fn parse(text: &str, scheme: &str) -> Option<PathServer> {
    let (rest, secure) = match text.split_once(':') {
        Some((given, rest)) if given == scheme => (rest, false),
        Some((given, rest)) if given.strip_suffix('s') == Some(scheme) => (rest, true),
        Some(_) | None => (text, false),
    };
    let (rest, transport) = match rest.split_once("?transport=") {
        Some((rest, transport)) => (rest, Some(transport)),
        None => (rest, None),
    };
    let carrier = match (secure, transport) {
        (false, None | Some("udp")) => Carrier::Udp,
        (false, Some("tcp")) if scheme == "turn" => Carrier::Tcp,
        (true, None | Some("tcp")) if scheme == "turn" => Carrier::Tls,
        (_, _) => return None,
    };
    let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) => (host, port.strip_prefix(':')),
        None => match rest.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (rest, None),
        },
    };
    let port = match port {
        Some(port) => port.parse().ok().filter(|port| *port != 0)?,
        None if secure => 5349,
        None => 3478,
    };
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_') || byte >= 128;
    (!host.is_empty() && host.len() <= 255 && host.bytes().all(is_name)).then(|| PathServer {
        host: host.to_owned(),
        port,
        carrier,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_read_as_their_uris_say() {
        type Server = (&'static str, u16, Carrier);
        let rows: &[(&str, &str, Option<Server>)] = &[
            ("stun:example.com", "stun", Some(("example.com", 3478, Carrier::Udp))),
            ("example.com:19302", "stun", Some(("example.com", 19302, Carrier::Udp))),
            ("stuns:example.com", "stun", None),
            ("turn:192.0.2.1:3479?transport=tcp", "turn", Some(("192.0.2.1", 3479, Carrier::Tcp))),
            ("turn:example.com?transport=udp", "turn", Some(("example.com", 3478, Carrier::Udp))),
            ("turns:example.com", "turn", Some(("example.com", 5349, Carrier::Tls))),
            ("turns:[2001:db8::1]:443?transport=tcp", "turn", Some(("2001:db8::1", 443, Carrier::Tls))),
            ("turn:example.com?transport=sctp", "turn", None),
            ("turn:example.com:0", "turn", None),
            ("turn:exa mple", "turn", None),
            ("turn:", "turn", None),
        ];
        for (text, scheme, expected) in rows {
            let read = parse(text, scheme).map(|server| (server.host, server.port, server.carrier));
            let expected = expected.map(|(host, port, carrier)| (host.to_owned(), port, carrier));
            assert_eq!(read, expected, "{text}");
        }
    }
}
