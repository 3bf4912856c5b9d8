//! Looks up the servers that help calls to find paths.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::super::effect::Input;
use crate::config::{self, Media, PathServer};
use crate::media::ice::{Carrier, Server};
use crate::model::{ExternalService, Transport};
use crate::net::dns::Resolver;

/// Looks up; comes back as [`Input::PathServers`].
pub(super) fn find(media: Media, named: Arc<[ExternalService]>, resolver: Resolver, inputs: mpsc::Sender<Input>) {
    tokio::spawn(async move {
        let mut found = Vec::new();
        for server in &media.stun {
            found.extend(look_up(server, None, &resolver).await);
        }
        if let Some(login) = login(&media).await {
            for server in &media.turn {
                found.extend(look_up(server, Some(login.clone()), &resolver).await);
            }
        }
        for service in named.iter() {
            let carrier = match service.transport {
                Transport::Udp => config::Carrier::Udp,
                Transport::Tcp => config::Carrier::Tcp,
                Transport::Tls => config::Carrier::Tls,
            };
            let server = PathServer { host: service.host.to_string(), port: service.port, carrier };
            found.extend(look_up(&server, service.login.clone(), &resolver).await);
        }
        let _ = inputs.send(Input::PathServers(found.into())).await;
    });
}

async fn login(media: &Media) -> Option<(Arc<str>, Arc<str>)> {
    let (user, secret) = (media.turn_user.clone()?, media.turn_secret.clone()?);
    let name = user.clone();
    // A keyring may ask its user.
    let read = tokio::task::spawn_blocking(move || config::io::secret(&secret, &name)).await.ok()?;
    match read {
        Ok(password) => Some((user.into(), password.expose().into())),
        Err(error) => {
            tracing::warn!(%error, "the password of the relays cannot be read");
            None
        }
    }
}

/// One address of each family: a call needs one socket for each.
async fn look_up(server: &PathServer, login: Option<(Arc<str>, Arc<str>)>, resolver: &Resolver) -> Vec<Server> {
    let addresses = resolver.addresses(&server.host).await.unwrap_or_default();
    let (v4, v6) = (addresses.iter().find(|ip| ip.is_ipv4()), addresses.iter().find(|ip| ip.is_ipv6()));
    let carrier = match server.carrier {
        config::Carrier::Udp => Carrier::Udp,
        config::Carrier::Tcp => Carrier::Tcp,
        config::Carrier::Tls => Carrier::Tls,
    };
    let made = |ip: &std::net::IpAddr| Server {
        address: SocketAddr::new(*ip, server.port),
        name: server.host.as_str().into(),
        carrier,
        login: login.clone(),
    };
    v4.into_iter().chain(v6).map(made).collect()
}
