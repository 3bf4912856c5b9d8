//! Mutated descriptions: nothing panics, and what is agreed on keeps its promises.

use std::net::IpAddr;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::*;
use crate::model::mutation::{MUTATIONS, corpus, mutated};

fn side(protection: MediaProtection, secret: u8) -> Negotiation {
    let capabilities = Capabilities {
        codecs: vec![Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma],
        packet_time: Duration::from_millis(20),
        discontinuous: false,
        protection,
        secure_signalling: true,
        keys: KeyAgreement::Auto,
        fingerprint: Some(Fingerprint::of(b"ours")),
    };
    let local = LocalMedia {
        address: IpAddr::from([192, 0, 2, 1]),
        port: 4000,
        key: MasterKey(vec![secret; 46]),
        session_id: 1,
    };
    Negotiation::new(capabilities, local)
}

#[test]
fn s29_a_hundred_thousand_mutated_descriptions_break_nothing() {
    let mut inputs = corpus("sdp");
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/sdp")).unwrap() {
        inputs.push(std::fs::read(file.unwrap().path()).unwrap());
    }
    inputs.sort();
    let mut random = StdRng::seed_from_u64(29);
    let mut offering = side(MediaProtection::Optional, 7);
    inputs.push(offering.offer(false).unwrap().into_bytes());
    let mut agreed = 0;
    for _ in 0..MUTATIONS / 2 {
        let text = String::from_utf8_lossy(&mutated(&inputs, &mut random)).into_owned();
        for (protection, offered) in [(MediaProtection::Required, false), (MediaProtection::Optional, true)] {
            let plan = match offered {
                true => offering.clone().accept_answer(&text),
                false => side(protection, 9).answer(&text, false).map(|(answer, plan)| {
                    assert!(answer.len() < 64 * 1024 && answer.starts_with("v=0\r\n"));
                    plan
                }),
            };
            let Ok(plan) = plan else { continue };
            agreed += 1;
            assert!(plan.is_protected() || protection != MediaProtection::Required, "M08: {text}");
            assert!(plan.dtls.as_ref().is_none_or(|dtls| !dtls.fingerprints.is_empty()), "M07: {text}");
            assert!(plan.remote_rtp.port() != 0 && !plan.remote_rtp.ip().is_multicast(), "{text}");
            if let Some(keys) = &plan.srtp {
                assert_eq!(
                    (keys.local.0.len(), keys.remote.0.len()),
                    (keys.suite.inline_len(), keys.suite.inline_len())
                );
                assert!(keys.local != keys.remote && keys.lifetime > 0);
            }
        }
    }
    assert!(agreed > 1_000, "most mutations stay close to what is good: {agreed}");
}
