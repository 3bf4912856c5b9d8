//! The report for whoever helps: what it says, and what it must never say.

use std::time::Duration;

use tandem::account::{CallTo, Diagnosis, Effect, Names, Request};
use tandem::config::{Config, SecretSource};
use tandem::model::{BootTime, EndedBy, Reason, Service, Subscription};
use tandem::platform::Secret;
use tandem::xmpp::{RosterItem, RosterUpdate};
use tandem::{sip, xmpp};

use super::world::*;

fn diagnosis(world: &mut World) -> Diagnosis {
    world.effects.clear();
    assert!(world.ask(Request::Diagnose { save: false }).is_none(), "the shell answers");
    let found = world.effects.iter().find_map(|effect| match effect {
        Effect::Diagnose { diagnosis, .. } => Some((**diagnosis).clone()),
        _ => None,
    });
    found.expect("a report is on its way")
}

/// A profile full of what must not be in a report.
fn private() -> World {
    let mut config: Config = config();
    config.voice[0].display_name = Some("Alice Liddell".to_owned());
    config.voice[0].auth_user = Some("liddell77".to_owned());
    config.voice[0].secret = SecretSource::Inline(Secret::new("looking-glass".to_owned()));
    let mut world = World::online_with(config);
    let checkpoint = world.checkpoint();
    let friend = RosterItem { name: Some("Mad Hatter".to_owned()), ..item("hatter@tea.example", Subscription::Both) };
    world.chat(xmpp::Event::Roster { update: RosterUpdate::Set(friend), version: None, checkpoint });
    world.done(Request::Password { account: chat_id(), password: Secret::new("jabberwocky") });
    world.sign_in();
    let call = world.call(CallTo::Text("+493012345678".into())).expect("a call");
    world.opened(call);
    world.answered(call);
    assert!(world.ask(Request::Dtmf(call, "4711#".into())).is_some());
    world.ended(call, 0, EndedBy::Remote);
    let words = "liddell77 at 198.51.100.7 (pbx.tea.example) was refused, said Hatter";
    let retry_at = Some(BootTime::from_duration(Duration::from_secs(160)));
    world.voice(sip::Event::Unregistered { reason: Reason::new("forbidden", words), retry_at });
    world
}

#[test]
fn s17_a_report_names_no_address_name_number_password_or_key() {
    let mut world = private();
    let diagnosis = diagnosis(&mut world);
    let names = [Names { service: Service::Voice, srv: vec![("_sips._tcp", Ok(2))], addresses: Err("no such name") }];
    let log = [
        "2026-11-23T01:02:03.456789Z DEBUG tandem::sip::io: sends INVITE sip:hatter@tea.example from 10.0.0.7:5061"
            .to_owned(),
        "2026-11-23T01:02:04.456789Z DEBUG tandem::xmpp::io: SCRAM biws=cj1meWtv password jabberwocky".to_owned(),
        "2026-11-23T01:02:05.456789Z  INFO tandem::call: digits 4711# a=crypto:1 inline:d0RmdmcmVCspeEc3QGZiNWpV"
            .to_owned(),
        "2026-11-23T01:02:06.456789Z  WARN tandem::account: Mad Hatter is away, says \"gone to the March Hare\""
            .to_owned(),
    ];
    let report = diagnosis.finish(&names, &log);
    for secret in [
        "alice",
        "liddell",
        "hatter",
        "hare",
        "bob",
        "tea.example",
        "example.com",
        "4711",
        "49301",
        "198.51",
        "10.0.0",
        "jabberwocky",
        "looking",
        "glass",
        "d0rmdm",
        "biws",
        "cj1me",
        "192.0.2",
    ] {
        let lower = report.to_lowercase();
        assert!(!lower.contains(secret), "{secret} is in the report:\n{report}");
    }
    assert!(!format!("{diagnosis:?}").to_lowercase().contains("jabberwocky"));
}

#[test]
fn c48_a_report_says_of_each_connection_where_it_stands_and_what_went_wrong() {
    let mut world = private();
    let diagnosis = diagnosis(&mut world);
    let names = [
        Names { service: Service::Chat, srv: vec![("_xmpp-client._tcp", Ok(3))], addresses: Ok((0, 1)) },
        Names { service: Service::Voice, srv: vec![("_sips._tcp", Err("no answer in time"))], addresses: Ok((1, 0)) },
    ];
    let report = diagnosis.finish(&names, &["one line".to_owned()]);
    for line in [
        "Chat (account 1)\n  state: online since 2026-",
        "Voice (account 2)\n  state: offline since 2026-",
        "  why: forbidden: […] at […] was refused, said […]\n  next try: in 60 s\n  last error: 2026-",
        "  last error: none in this run",
        "path: IPv4; not connected",
        "path: not known; Tls, no TLS, no cipher, certificate Verified, signed in with SCRAM-SHA-256",
        "  policy: Truthful, grace 20 s",
        "  calls-over-chat: off (Default)",
        "    SRV _xmpp-client._tcp: 3\n    addresses of the domain: 0 IPv6, 1 IPv4",
        "    SRV _sips._tcp: no answer in time",
        "Calls now: 0",
        "  one line\n",
    ] {
        assert!(report.contains(line), "{line:?} is not in:\n{report}");
    }
    let shown = world.shown();
    assert_eq!(shown.traces.correlation, diagnosis.correlation);
    assert!(report.contains(&format!("Run {}", diagnosis.correlation)));
    assert_eq!(diagnosis.correlation.len(), 12);
    let (_, last) = shown.traces.get(&voice_id()).and_then(|trace| trace.last_error.clone()).expect("an error");
    assert_eq!(&*last.code, "forbidden");
    assert_eq!(diagnosis.domains.len(), 2, "both are looked up");
}

#[test]
fn c48_an_error_is_remembered_after_it_is_over() {
    let mut world = World::online();
    world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at: None });
    let at = world.now.wall;
    world.wait(Duration::from_secs(90));
    world.registered();
    let shown = world.shown();
    let trace = shown.traces.get(&voice_id()).expect("a trace");
    assert_eq!(trace.last_error.as_ref().map(|(when, reason)| (*when, &*reason.code)), Some((at, "unreachable")));
    assert_eq!((trace.connected, trace.tries), (2, 0));
}
