//! What a call's stream shows of its health, and what follows from it.

use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;

use super::device::DeviceTrouble;

/// What was counted in a call, once a second: the ground of every diagnosis.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Milliseconds since the last packet of the peer was accepted, or since it was agreed that sound flows.
    pub silence_ms: u64,
    /// RTCP packets of the peer that were accepted.
    pub reports: u64,
    /// Milliseconds since the last of them.
    pub report_age_ms: Option<u64>,
    /// Reports in a row that acknowledge nothing of what was sent between them (RFC 3550 section 6.4.1).
    pub deaf_reports: u32,
    /// The peer has acknowledged something of ours at least once.
    pub acknowledged: bool,
    /// The part of our packets that the peer misses, percent, by its last report.
    pub peer_loss_percent: Option<f64>,
    /// The interarrival jitter that the peer sees, milliseconds.
    pub peer_jitter_ms: Option<f64>,
    /// How we sound over there by the same model as `mos`.
    pub peer_mos: Option<f64>,
    /// Packets of a payload type that was not agreed on.
    pub unknown_type_packets: u64,
    /// Packets that could not be authenticated.
    pub not_authentic_packets: u64,
    /// Packets from an address that is not the peer's.
    pub foreign_packets: u64,
    /// The peer's address for sound is one that only its own network can reach.
    pub peer_private: bool,
    /// The highest sample of the microphone in the last second as the device gave it, 0 to 1.
    pub microphone_peak: f32,
    /// The same after echo and noise were removed.
    pub voice_peak: f32,
    /// A microphone is open.
    pub microphone_open: bool,
    /// Why the chosen microphone does not serve; none while it does.
    pub microphone_trouble: Option<DeviceTrouble>,
}

/// What the other side's phone said when it was asked within the call whether it is still there (RFC 3261 section 11.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerSign {
    /// It answered.
    There,
    /// It knows of no such call.
    Gone,
    /// It did not answer.
    Silent,
}

/// How much a trouble weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// Somebody is not heard.
    Fault,
    /// It is heard, but badly.
    Warning,
    /// Worth a word.
    Hint,
    /// Nothing is wrong; worth knowing for whoever asks how the call is doing.
    Note,
}

/// Something that is wrong with a call, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Trouble {
    /// Stable, for scripts: `not-acknowledged`, `nothing-received`, …
    pub code: &'static str,
    /// How much it weighs.
    pub weight: Weight,
    /// What happens, a sentence.
    pub text: Arc<str>,
    /// The likely cause and what can be done.
    pub remedy: Arc<str>,
}

/// How a call is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CallHealth {
    /// What is wrong, the weightiest first.
    pub troubles: Vec<Trouble>,
}

/// Whether an address means something in its own network alone (RFC 1918, RFC 6598, RFC 3927, RFC 4193, loopback).
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private(v4.into()),
            None => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn addresses_of_home_networks_are_told_from_those_of_the_world() {
        for (address, private) in [
            ("10.1.2.3", true),
            ("172.16.0.1", true),
            ("172.32.0.1", false),
            ("192.168.178.2", true),
            ("100.64.0.9", true),
            ("100.128.0.9", false),
            ("169.254.1.1", true),
            ("192.0.2.1", false),
            ("::1", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("::ffff:10.0.0.1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(address.parse().unwrap()), private, "{address}");
        }
    }
}
