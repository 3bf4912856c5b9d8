//! User agents and a call server, without the rest of the program.

use std::path::Path;
use std::time::Duration;

use tandem::model::SipUri;
use tandem::net::dns::Resolver;
use tandem::net::tls::Trust;
use tandem::platform::Secret;
use tandem::sip::{CallMachine, Command, Config, Event, TransportChoice};
use tokio::sync::mpsc;

use crate::real::authority::Authority;
use crate::real::kamailio::Kamailio;
use crate::real::names::NameServer;
use crate::real::wait::Permit;
use crate::real::{DOMAIN, password};

const SOON: Duration = Duration::from_secs(10);

/// A call server with its name server and authority.
pub struct Voice {
    /// The call server.
    pub server: Kamailio,
    /// Who signs its certificate.
    pub authority: Authority,
    names: NameServer,
    /// Where all this lives.
    pub folder: tempfile::TempDir,
    _permit: Permit,
}

impl Voice {
    /// Starts one that knows alice and bob.
    pub fn start(algorithm: &str) -> Self {
        let permit = Permit::wait();
        let folder = tempfile::Builder::new().prefix("tandem-").tempdir().unwrap();
        let authority = Authority::new(folder.path());
        let server = Kamailio::start(
            &folder.path().join("kamailio"),
            "127.0.0.1",
            &authority,
            &["alice", "bob"],
            &[],
            algorithm,
        );
        let names = NameServer::start();
        let owner = |label: &str| format!("{label}.{DOMAIN}");
        names.host(DOMAIN);
        names.host("voice.tandem.example");
        names.service(&owner("_sips._tcp"), 0, server.tls, "voice.tandem.example");
        names.service(&owner("_sip._tcp"), 0, server.plain, "voice.tandem.example");
        names.service(&owner("_sip._udp"), 0, server.plain, "voice.tandem.example");
        Self { server, authority, names, folder, _permit: permit }
    }

    /// A user agent with calls of the kind `M`.
    pub fn agent<M: CallMachine + Send + 'static>(
        &self,
        user: &str,
        transport: TransportChoice,
        secret: &str,
        ca: &Path,
    ) -> Agent {
        let config = Config {
            aor: SipUri::parse(&format!("sip:{user}@{DOMAIN}")).unwrap(),
            auth_user: None,
            display_name: Some(user.to_owned()),
            outbound_proxy: None,
            transport,
            only_tls: false,
            realm: None,
            allow_md5: true,
            expires: 300,
            instance: format!("urn:uuid:00000000-0000-4000-8000-{:012x}", user.len()),
            messages: Default::default(),
        };
        let trust = Trust { ca_files: vec![ca.to_owned()], ..Trust::default() };
        let resolver = Resolver::new(Some(self.names.address));
        let seed = std::array::from_fn(|at| user.as_bytes()[at % user.len()] ^ at as u8);
        let (commands, events) = tandem::sip::io::spawn_with::<M>(config, &Secret::new(secret), resolver, trust, seed);
        Agent { commands, events }
    }

    /// One that signs in.
    pub fn good<M: CallMachine + Send + 'static>(&self, user: &str, transport: TransportChoice) -> Agent {
        self.agent::<M>(user, transport, &password(user), &self.authority.ca_file)
    }
}

/// A user agent and its account.
pub struct Agent {
    /// What is asked of it.
    pub commands: mpsc::Sender<Command>,
    /// What it tells.
    pub events: mpsc::Receiver<Event>,
}

impl Agent {
    /// Asks.
    pub async fn command(&self, command: Command) {
        self.commands.send(command).await.unwrap();
    }

    /// The first event that `wanted` takes.
    pub async fn event<T>(&mut self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let mut seen = Vec::new();
        let found = tokio::time::timeout(SOON, async {
            loop {
                let event = self.events.recv().await.expect("the agent lives");
                if let Some(found) = wanted(&event) {
                    return found;
                }
                seen.push(format!("{event:?}"));
            }
        });
        found.await.unwrap_or_else(|_| panic!("{what}: not within {SOON:?}; seen {seen:#?}"))
    }

    /// Waits until it is registered.
    pub async fn registered(&mut self) -> tandem::model::Security {
        self.event("registered", |event| match event {
            Event::Registered { security, .. } => Some(security.clone()),
            _ => None,
        })
        .await
    }

    /// Waits for a response with this code.
    pub async fn progress(&mut self, wanted: u16) {
        self.event(&wanted.to_string(), |event| match event {
            Event::Progress { code, .. } if *code == wanted => Some(()),
            _ => None,
        })
        .await;
    }
}
