//! The shell of the chat service: sockets, names, TLS, clocks and threads around the pure machines.

mod connector;
mod targets;
mod wire;

use std::sync::Arc;

use crate::model::Security;
use crate::net::dns::Resolver;
use crate::net::tls::Trust;
use crate::platform::Secret;
use crate::xmpp::{Config, Failure};

use self::connector::Connector;
use super::login::Verdict;

/// Signs in once and hangs up: for the setup screen.
///
/// Within 30 s. On success tells how the connection is protected; otherwise why it did not come about, retryable or not
/// ([`Failure::security`] and [`Failure::certificate`] as in [`super::Event::Failed`]).
pub async fn probe(config: &Config, password: Secret, resolver: Resolver, trust: Trust) -> Result<Security, Failure> {
    let connector = Connector::new(config.clone(), Arc::new(password), resolver, trust);
    match connector.connect().await {
        Ok((stream, wire)) => {
            wire.close().await;
            Ok(stream.security)
        }
        Err(Verdict::GiveUp(failure)) => Err(failure),
        Err(Verdict::Retry(reason)) => Err(Failure { reason, certificate: None, security: false }),
    }
}
