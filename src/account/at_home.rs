//! Where the user's password may be shown when settings came from a link, a file or a picture.
//!
//! Whoever publishes settings at the user's own domain speaks for that domain, and may name other servers. A link may
//! come from anybody: its word is not enough to show the password to somebody else's server.

use crate::config::{Config, DocumentSource, Provisioning, SecretSource};
use crate::model::Jid;
use crate::provisioning::Method;

/// The first server outside the user's own domain that would be shown the user's password, and that domain. `address`
/// is the address that the user wrote; without one the first account says where home is.
pub(super) fn outsider(config: &Config, settings: &Provisioning, address: Option<&Jid>) -> Option<(String, String)> {
    if matches!(settings.source, Some(DocumentSource::Address(_))) {
        return None;
    }
    let chat = config.chat.iter().map(|chat| {
        let server = chat.server.as_deref().map(host_of);
        (&chat.secret, chat.address.domain(), server)
    });
    let voice = config.voice.iter().map(|voice| {
        let proxy = voice.outbound_proxy.as_ref().map(|proxy| proxy.host());
        (&voice.secret, voice.address.host(), proxy)
    });
    let accounts: Vec<_> = chat.chain(voice).collect();
    let home = address.map(Jid::domain).or_else(|| accounts.first().map(|(_, domain, _)| *domain))?;
    accounts
        .iter()
        // A token is the document's own secret: nothing of the user's is shown.
        .filter(|(secret, _, _)| !matches!(secret, SecretSource::Inline(_)))
        .flat_map(|(_, domain, server)| std::iter::once(*domain).chain(*server))
        .find(|host| !belongs(host, home))
        .map(|host| (host.to_owned(), home.to_owned()))
}

/// Where settings are from, for [`outsider`]: what a chat server keeps for its user is written by whoever has the account,
/// so it is no more than a link, even when the domain's address led to it.
pub(super) fn judged(settings: &Provisioning, method: Method) -> Provisioning {
    let source = settings.source.clone().filter(|_| method != Method::Server);
    Provisioning { source, ..settings.clone() }
}

/// What the user is told instead.
pub(super) fn refusal(outsider: &str, home: &str) -> String {
    format!(
        "These settings would show your password to {outsider}, which is not {home}. They came from a link, a file \
         or your chat account, whose word is not enough for that. Ask your administrator for settings that {home} publishes, or that bring a \
         token for {outsider}."
    )
}

/// `host` of `host:port` or `[address]:port`.
fn host_of(server: &str) -> &str {
    match server.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => server.rsplit_once(':').map_or(server, |(host, _)| host),
    }
}

/// The domain itself or a name beneath it.
fn belongs(host: &str, home: &str) -> bool {
    let (host, home) = (host.to_ascii_lowercase(), home.to_ascii_lowercase());
    host == home || host.strip_suffix(&home).is_some_and(|before| before.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Chat, Voice};
    use crate::model::{AccountId, SipUri};
    use crate::platform::Secret;

    fn config(chat: &str, voice: &str, proxy: Option<&str>, token: bool) -> Config {
        let secret = || if token { SecretSource::Inline(Secret::new("t".to_owned())) } else { SecretSource::Keyring };
        let uri = |text: &str| SipUri::parse(text).expect("valid");
        let mut account = Voice::new(AccountId::new("voice"), uri(voice), secret());
        account.outbound_proxy = proxy.map(uri);
        let jid = Jid::parse_dropping_resource(chat).expect("valid");
        Config {
            chat: vec![Chat::new(AccountId::new("chat"), jid, SecretSource::Keyring)],
            voice: vec![account],
            ..Config::default()
        }
    }

    #[test]
    fn a_link_shows_the_password_to_nobody_but_the_users_own_domain() {
        let own = Jid::parse_dropping_resource("alice@example.com").expect("valid");
        let found = |config: &Config| outsider(config, &Provisioning::default(), Some(&own)).map(|found| found.0);
        let chat = "alice@example.com";
        assert_eq!(found(&config(chat, "sip:alice@example.com", None, false)), None);
        assert_eq!(found(&config(chat, "sip:1001@pbx.example.com", None, false)), None, "a name beneath it");
        assert_eq!(found(&config(chat, "sip:1001@notexample.com", None, false)).as_deref(), Some("notexample.com"));
        assert_eq!(found(&config(chat, "sip:1001@elsewhere.example", None, true)), None, "a token of its own");
        let proxy = config(chat, "sip:alice@example.com", Some("sip:elsewhere.example;lr"), false);
        assert_eq!(found(&proxy).as_deref(), Some("elsewhere.example"));
        // Without an address the first account says where home is; it cannot be the second one's.
        let parted = config(chat, "sip:1001@elsewhere.example", None, false);
        assert!(outsider(&parted, &Provisioning::default(), None).is_some());
    }

    #[test]
    fn what_the_own_domain_publishes_may_name_other_servers() {
        let own = Jid::parse_dropping_resource("alice@example.com").expect("valid");
        let source = Some(DocumentSource::Address(own.clone()));
        let settings = Provisioning { source, ..Provisioning::default() };
        let hosted = config("alice@example.com", "sip:1001@hosted.example", None, false);
        assert_eq!(outsider(&hosted, &settings, Some(&own)), None);
    }
}
