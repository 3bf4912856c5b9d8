//! Everything that one test needs, on its own ports and in its own folder.

use std::path::Path;

use tempfile::TempDir;

use super::DOMAIN;
use super::authority::Authority;
use super::kamailio::Kamailio;
use super::names::NameServer;
use super::prosody::{Prosody, RosterItem};
use super::wait::Permit;

/// A chat server, a call server, a certificate authority, a name server.
pub struct World {
    /// The chat server.
    pub chat: Prosody,
    /// The call server.
    pub voice: Kamailio,
    /// Who signs the certificates.
    pub authority: Authority,
    /// Who knows where the servers are.
    pub names: NameServer,
    folder: TempDir,
    _permit: Permit,
}

/// The accounts of every world. Alice and bob have the others on their rosters.
pub const USERS: [&str; 7] = ["alice", "bob", "carol", "dave", "erin", "frank", "grace"];

/// A number that rings bob.
pub const BOBS_NUMBER: &str = "+13033083280";

impl World {
    /// Starts everything with a roster of the usual people.
    pub fn start() -> Self {
        Self::with_roster(&[])
    }

    /// Starts everything; `more` contacts are on the rosters besides the usual people.
    pub fn with_roster(more: &[RosterItem]) -> Self {
        Self::with(more, "MD5")
    }

    /// Starts everything with the call server at another address than 127.0.0.1.
    pub fn start_at(address: &str) -> Self {
        Self::with_all(&[], "MD5", address)
    }

    /// The same, with the digest algorithm of the call server.
    pub fn with(more: &[RosterItem], algorithm: &str) -> Self {
        Self::with_all(more, algorithm, "127.0.0.1")
    }

    fn with_all(more: &[RosterItem], algorithm: &str, address: &str) -> Self {
        let permit = Permit::wait();
        let folder = tempfile::Builder::new().prefix("tandem-").tempdir().unwrap();
        let authority = Authority::new(folder.path());
        let mut roster = vec![
            RosterItem::new("alice", "Alice Adler", "Team"),
            RosterItem::new("bob", "Bob Baker", "Team"),
            RosterItem::new("carol", "Carol Chen", "Sales"),
            RosterItem::new("dave", "Dave Diaz", "Sales"),
            RosterItem::new("erin", "Erin Evans", "Sales"),
        ];
        roster.extend_from_slice(more);
        let chat = Prosody::start(&folder.path().join("prosody"), &authority, &USERS, &roster);
        let numbers = [(BOBS_NUMBER, "bob")];
        let voice = Kamailio::start(&folder.path().join("kamailio"), address, &authority, &USERS, &numbers, algorithm);
        let names = NameServer::start();
        let world = Self { chat, voice, authority, names, folder, _permit: permit };
        world.announce();
        world
    }

    /// Tells the name server where everything is.
    pub fn announce(&self) {
        let names = &self.names;
        names.clear();
        for host in [DOMAIN, "chat.tandem.example", "files.tandem.example", "voice.tandem.example"] {
            names.host(host);
        }
        let owner = |label: &str| format!("{label}.{DOMAIN}");
        names.service(&owner("_xmpps-client._tcp"), 0, self.chat.direct_tls, "chat.tandem.example");
        names.service(&owner("_xmpp-client._tcp"), 5, self.chat.starttls, "chat.tandem.example");
        names.service(&owner("_sips._tcp"), 0, self.voice.tls, "voice.tandem.example");
        names.service(&owner("_sip._tcp"), 0, self.voice.plain, "voice.tandem.example");
        names.service(&owner("_sip._udp"), 0, self.voice.plain, "voice.tandem.example");
        names.pointer(DOMAIN, 10, "SIPS+D2T", &owner("_sips._tcp"));
        names.pointer(DOMAIN, 20, "SIP+D2T", &owner("_sip._tcp"));
        names.pointer(DOMAIN, 30, "SIP+D2U", &owner("_sip._udp"));
    }

    /// The folder that goes when the world ends.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
