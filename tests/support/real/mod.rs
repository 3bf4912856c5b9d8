//! Real servers and phones for tests: each world has a Prosody, a Kamailio, a certificate authority and a name server of
//! its own on free loopback ports and in a folder of its own, and takes everything with it when it ends.
#![allow(dead_code, unused_imports, reason = "no test uses all of it")]
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a failure here is a failed test, and says why")]

pub mod authority;
pub mod baresip;
pub mod caller;
pub mod chatter;
pub mod coturn;
pub mod ear;
pub mod friend;
pub mod kamailio;
pub mod names;
pub mod namespace;
pub mod person;
pub mod process;
pub mod prosody;
pub mod relay;
pub mod script;
pub mod settings;
pub mod sipp;
mod slixmpp;
pub mod stored;
pub mod tandem;
pub mod tone;
pub mod wait;
pub mod wire;
pub mod world;

pub use baresip::{Phone, PhoneOptions};
pub use caller::Caller;
pub use chatter::Chatter;
pub use coturn::Coturn;
pub use ear::Ear;
pub use friend::Friend;
pub use namespace::{Namespace, Neighbour};
pub use person::Person;
pub use relay::Relay;
pub use script::{Peer, Script, sdp, sdp_at};
pub use tandem::{Profile, Tandem};
pub use wait::eventually;
pub use wire::{Wire, anybody_hears};
pub use world::World;

/// The domain of every test server.
pub const DOMAIN: &str = "tandem.example";

/// Fills one of the configuration templates that the demo and the tests share.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let filled =
        values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("@{name}@"), value));
    let left = filled.lines().find(|line| {
        // "@NAME@" itself stands in the templates' explanations.
        let line = line.replace("@NAME@", "");
        line.split('@').skip(1).any(|part| part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
    });
    assert!(left.is_none(), "the template wants a value: {left:?}");
    filled
}

/// The password of a test user, for both services.
pub fn password(user: &str) -> String {
    format!("{user}-secret")
}
