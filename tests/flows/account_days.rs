//! Days of the manager in virtual time: what is asked of the outside, and what is not.

use std::time::Duration;

use tandem::account::{CallTo, Effect, Request};
use tandem::media::ice::{HelpOutcome, Helped};
use tandem::model::{CallId, EndedBy};
use tandem::sip;

use super::world::*;

/// Complaint: the program calls its maker although nobody needs that (linphone-desktop 924).
#[test]
fn complaint_63_nobody_but_the_accounts_own_services_is_asked_for_anything_all_day() {
    let mut world = World::new(config(), tandem::store::Loaded::default());
    world.sign_in();
    for hour in 0..24_u64 {
        let call = world.call(CallTo::Text("sip:bob@example.com".into())).expect("a call");
        world.opened(call);
        world.answered(call);
        world.wait(Duration::from_secs(60));
        world.done(Request::Hangup(call));
        world.ended(call, 0, EndedBy::Local);
        let missed = CallId(2 * hour + 1_001);
        world.incoming(missed, identity("sip:eve@example.net"), Some(SOUND));
        world.ended(missed, 487, EndedBy::Remote);
        world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at: None });
        world.put(tandem::account::Input::NetworkChanged);
        world.registered();
        world.wait(Duration::from_secs(3_540));
    }
    let asked: Vec<String> = world
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::StartChat { config, .. } => Some(config.jid.domain().to_owned()),
            Effect::StartVoice { config, .. } => Some(config.aor.host().to_string()),
            // Servers that help calls, documents on the web, reports: none of them without a word of the user.
            Effect::FindPathServers { .. } => Some("servers for paths".to_owned()),
            Effect::Search(_) => Some("a search on the web".to_owned()),
            Effect::Diagnose { .. } => Some("a report".to_owned()),
            _ => None,
        })
        .collect();
    assert!(asked.len() >= 2 && asked.iter().all(|whom| whom == "example.com"), "{asked:?}");
}

fn helped(relay: bool, outcome: HelpOutcome) -> Helped {
    Helped { server: if relay { "relay.example" } else { "stun.example" }.into(), relay, outcome }
}

#[test]
fn the_test_of_the_setup_says_what_the_servers_for_paths_see() {
    use tandem::account::{DevicesRequest, SetupTestRequest};
    use tandem::media::{self, Command, turn};
    let rows = [
        (helped(false, HelpOutcome::SameAddress), "stun", true, "sees your own address"),
        (helped(false, HelpOutcome::OtherAddress), "stun", true, "behind a router"),
        (helped(false, HelpOutcome::Silent), "stun", false, "does not answer"),
        (helped(true, HelpOutcome::Relay), "relay", true, "is ready"),
        (helped(true, HelpOutcome::Silent), "relay", false, "does not answer"),
        (helped(true, HelpOutcome::Failed(turn::Failure::Unauthorized)), "relay", false, "name and password"),
    ];
    for (said, part, ok, words) in rows {
        let mut world = World::online();
        let server = media::ice::Server {
            address: "198.51.100.1:3478".parse().expect("valid"),
            name: "stun.example".into(),
            carrier: media::ice::Carrier::Udp,
            login: None,
        };
        world.put(tandem::account::Input::PathServers([server].into()));
        world.done(Request::Devices(DevicesRequest::Test(SetupTestRequest::Listen)));
        assert!(
            world.sound().iter().any(|command| matches!(command, Command::Gather { call: CallId(0), .. })),
            "the servers are asked as for a call"
        );
        // One that is silent beside one that answers is no trouble.
        let silent = helped(said.relay, HelpOutcome::Silent);
        world.media(media::Event::Helped { call: CallId(0), servers: vec![silent, said] });
        world.opened(CallId(0));
        let shown = world.shown();
        let found = shown.setup_test.findings.iter().find(|found| found.part == part).expect("a finding");
        assert_eq!((found.ok, found.text.contains(words)), (Some(ok), true), "{}", found.text);
        assert!(world.sound().contains(&Command::Close { call: CallId(0) }), "nothing stays open");
    }
}
