//! Where to connect: SRV records of both kinds mixed by priority (RFC 2782, RFC 6120 section 3.2, XEP-0368).

use crate::net::dns::{DnsError, Resolver, Srv, order_by_weight};
use crate::xmpp::{Config, TlsMode};

/// Places that are tried at most; the limit of time usually comes first.
const MOST_TARGETS: usize = 16;
/// Places whose addresses are asked for before they are wanted; the others follow when it is their turn.
const MOST_PREPARED: usize = 4;
/// The port of a client connection with STARTTLS (RFC 6120 section 14.7).
const PORT: u16 = 5222;
/// The usual port of a client connection with TLS from the first byte.
const PORT_DIRECT: u16 = 5223;

/// One place to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    /// TLS from the first byte.
    pub(super) direct: bool,
}

/// Why there is no place to try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoTarget {
    /// The domain says that it has no such service (the target "." of RFC 2782).
    NoService,
    /// `server` in the configuration cannot be read.
    Unreadable,
}

/// The places to try, the best first.
pub(super) async fn find(config: &Config, resolver: &Resolver, seed: u64) -> Result<Vec<Target>, NoTarget> {
    if let Some(server) = &config.server {
        return configured(server, config.tls).ok_or(NoTarget::Unreadable);
    }
    let domain = config.jid.domain();
    if domain.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok() {
        return Ok(fallback(domain, config.tls));
    }
    let direct = async {
        match config.tls {
            TlsMode::StartTls => Ok(Vec::new()),
            TlsMode::Auto | TlsMode::Direct => resolver.srv(&format!("_xmpps-client._tcp.{domain}")).await,
        }
    };
    let starttls = async {
        match config.tls {
            TlsMode::Direct => Ok(Vec::new()),
            TlsMode::Auto | TlsMode::StartTls => resolver.srv(&format!("_xmpp-client._tcp.{domain}")).await,
        }
    };
    // Without records it is the domain itself: its addresses are asked for at once, in case.
    resolver.prepare_addresses(domain);
    let (direct, starttls) = tokio::join!(direct, starttls);
    let targets = mix(domain, config.tls, direct, starttls, seed)?;
    // All names at once: where the name servers are slow, the second place must not cost another wait.
    for target in targets.iter().take(MOST_PREPARED) {
        resolver.prepare_addresses(&target.host);
    }
    Ok(targets)
}

/// The places that two answers name. A failed lookup counts as none: many home routers cannot answer SRV at all, and
/// whoever suppresses an answer gains nothing, since the certificate must name the domain in any case.
fn mix(
    domain: &str,
    mode: TlsMode,
    direct: Result<Vec<Srv>, DnsError>,
    starttls: Result<Vec<Srv>, DnsError>,
    seed: u64,
) -> Result<Vec<Target>, NoTarget> {
    let (direct, starttls) = (direct.unwrap_or_default(), starttls.unwrap_or_default());
    if direct.is_empty() && starttls.is_empty() {
        return Ok(fallback(domain, mode));
    }
    let records: Vec<(Srv, bool)> =
        direct.into_iter().map(|srv| (srv, true)).chain(starttls.into_iter().map(|srv| (srv, false))).collect();
    let usable = records.into_iter().filter(|(srv, _)| srv.target != "." && srv.port != 0).collect();
    let ordered = order_by_weight(usable, seed, |(srv, _)| (srv.priority, srv.weight));
    if ordered.is_empty() {
        return Err(NoTarget::NoService);
    }
    let targets = ordered.into_iter().map(|(srv, direct)| Target { host: srv.target, port: srv.port, direct });
    Ok(targets.take(MOST_TARGETS).collect())
}

/// Without SRV records: the domain itself at the usual ports (RFC 6120 section 3.2.2).
fn fallback(domain: &str, mode: TlsMode) -> Vec<Target> {
    let starttls = Target { host: domain.to_owned(), port: PORT, direct: false };
    let direct = Target { host: domain.to_owned(), port: PORT_DIRECT, direct: true };
    match mode {
        TlsMode::Auto => vec![starttls, direct],
        TlsMode::Direct => vec![direct],
        TlsMode::StartTls => vec![starttls],
    }
}

/// `host`, `host:port`, `[address]` or `[address]:port`.
fn configured(server: &str, mode: TlsMode) -> Option<Vec<Target>> {
    let server = server.trim();
    let (host, port) = match server.strip_prefix('[') {
        Some(rest) => {
            let (address, after) = rest.split_once(']')?;
            (address, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        // An IPv6 address without brackets has more than one colon, and no port.
        None => match server.split_once(':') {
            Some((host, port)) if !port.contains(':') => (host, Some(port)),
            _ => (server, None),
        },
    };
    let port = port.map(str::parse::<u16>).transpose().ok()?;
    if host.is_empty() || port == Some(0) {
        return None;
    }
    let at = |direct: bool| Target {
        host: host.to_owned(),
        port: port.unwrap_or(if direct { PORT_DIRECT } else { PORT }),
        direct,
    };
    Some(match mode {
        TlsMode::Direct => vec![at(true)],
        TlsMode::StartTls => vec![at(false)],
        // The usual meaning of the port first, then the other.
        TlsMode::Auto if matches!(port, Some(PORT_DIRECT | 443)) => vec![at(true), at(false)],
        TlsMode::Auto => vec![at(false), at(true)],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn srv(priority: u16, port: u16, target: &str) -> Srv {
        Srv { priority, weight: 1, port, target: target.to_owned() }
    }

    fn names(targets: &[Target]) -> Vec<String> {
        let scheme = |target: &Target| if target.direct { "tls" } else { "tcp" };
        targets.iter().map(|target| format!("{}:{}:{}", scheme(target), target.host, target.port)).collect()
    }

    #[test]
    fn x44_both_kinds_are_mixed_by_priority() {
        let direct = Ok(vec![srv(20, 5223, "b"), srv(5, 443, "a")]);
        let starttls = Ok(vec![srv(10, 5222, "c")]);
        let mixed = mix("example.org", TlsMode::Auto, direct, starttls, 1).expect("three places");
        assert_eq!(names(&mixed), ["tls:a:443", "tcp:c:5222", "tls:b:5223"]);
    }

    #[test]
    fn x44_the_root_means_no_service_and_port_zero_is_no_place() {
        let root = || Ok(vec![srv(0, 0, ".")]);
        assert_eq!(mix("e", TlsMode::Auto, root(), root(), 1), Err(NoTarget::NoService));
        assert_eq!(mix("e", TlsMode::Auto, Ok(Vec::new()), root(), 1), Err(NoTarget::NoService));
        assert_eq!(mix("e", TlsMode::Auto, Ok(Vec::new()), Ok(vec![srv(0, 0, "a")]), 1), Err(NoTarget::NoService));
        let one = mix("e", TlsMode::Auto, root(), Ok(vec![srv(0, 5222, "a")]), 1).expect("one place");
        assert_eq!(names(&one), ["tcp:a:5222"]);
    }

    #[test]
    fn x44_without_records_or_answers_the_domain_itself_is_tried() {
        for nothing in [Ok(Vec::new()), Err(DnsError::ServerFailure), Err(DnsError::Timeout)] {
            let found = mix("e", TlsMode::Auto, nothing.clone(), nothing, 1).expect("the domain");
            assert_eq!(names(&found), ["tcp:e:5222", "tls:e:5223"]);
        }
        assert_eq!(names(&fallback("e", TlsMode::Direct)), ["tls:e:5223"]);
    }

    #[test]
    fn x44_a_thousand_records_are_cut() {
        let many = (0..1000).map(|n| srv(0, 5222, &n.to_string())).collect();
        assert_eq!(mix("e", TlsMode::Auto, Ok(many), Ok(Vec::new()), 1).map(|found| found.len()), Ok(MOST_TARGETS));
    }

    #[test]
    fn a_configured_server_is_read_in_every_usual_form() {
        for (text, mode, expected) in [
            ("a.example", TlsMode::StartTls, Some(vec!["tcp:a.example:5222"])),
            ("a.example:443", TlsMode::Auto, Some(vec!["tls:a.example:443", "tcp:a.example:443"])),
            ("127.0.0.1:15222", TlsMode::Auto, Some(vec!["tcp:127.0.0.1:15222", "tls:127.0.0.1:15222"])),
            ("[::1]:5222", TlsMode::StartTls, Some(vec!["tcp:::1:5222"])),
            ("::1", TlsMode::Direct, Some(vec!["tls:::1:5223"])),
            ("[::1]", TlsMode::Direct, Some(vec!["tls:::1:5223"])),
            ("a:b", TlsMode::Auto, None),
            ("a:0", TlsMode::Auto, None),
            (":5222", TlsMode::Auto, None),
            ("[::1", TlsMode::Auto, None),
            ("", TlsMode::Auto, None),
        ] {
            let found = configured(text, mode).map(|targets| names(&targets));
            assert_eq!(found, expected.map(|list| list.into_iter().map(str::to_owned).collect()), "{text}");
        }
    }
}
