//! What others try: foreign sessions (X18), addresses before the answer (M01), floods (M02), keys that prove nothing (M07).

use super::*;

const MALLORY: &str = "mallory@evil.example/x";

/// A description as others write it; `inside` the transport.
pub(super) fn described(sid: &str, action: &str, inside: &str) -> String {
    format!(
        "<jingle xmlns='urn:xmpp:jingle:1' action='{action}' sid='{sid}'><content creator='initiator' name='audio'>\
         <description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'>\
         <payload-type id='111' name='opus' clockrate='48000' channels='2'><parameter name='useinbandfec' value='1'/>\
         </payload-type><rtcp-mux/></description>\
         <transport xmlns='urn:xmpp:jingle:transports:ice-udp:1' ufrag='abcd' pwd='abcdefghijklmnopqrstuv'>{inside}</transport>\
         </content></jingle>"
    )
}

fn fingerprint() -> String {
    format!(
        "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>{}</fingerprint>",
        digest()
    )
}

fn digest() -> String {
    vec!["AB"; 32].join(":")
}

fn finish(migrated: Option<&str>) -> Invite {
    Invite::Finish { why: Condition::Success, migrated: migrated.map(str::to_owned) }
}

fn ask(desk: &mut Desk, from: &str, inside: &str, contact: bool) -> Option<(String, Option<String>)> {
    let iq = by_hand(from, inside);
    let payload = iq.children().next().expect("a payload");
    desk.handle_request(&iq, payload, &full(from), Trust { contact, own: false }, start());
    refusal(desk)
}

#[test]
fn x18_nobody_else_can_speak_for_a_session() {
    let mut world = World::new(&[BOB]);
    let (call, _, _, _) = world.talking();
    let sid = world.device(ALICE).desk.sessions[&call].sid.clone();
    // Another connection of the same person, somebody else who is a contact, and a stranger, each with the right name.
    for (from, contact, expected) in [
        ("bob@example.org/other", true, ("item-not-found", Some("unknown-session"))),
        (MALLORY, true, ("item-not-found", Some("unknown-session"))),
        (MALLORY, false, ("service-unavailable", None)),
    ] {
        for action in ["session-accept", "session-terminate", "transport-info", "session-info", "content-modify"] {
            let said = ask(&mut world.device(ALICE).desk, from, &described(&sid, action, ""), contact);
            let said = said.as_ref().map(|(condition, special)| (condition.as_str(), special.as_deref()));
            assert_eq!(said, Some(expected), "{from} {action}");
        }
    }
    for what in [Invite::Reject { why: Condition::Busy, tie: false }, finish(None), finish(Some("other"))] {
        for from in ["bob@example.org/other", MALLORY] {
            let from = full(from);
            let desk = &mut world.device(ALICE).desk;
            let trust = Trust { contact: true, own: false };
            let to = full(ALICE).bare();
            desk.handle_message(&message(&what, &sid), &from.bare(), Some(from.resource()), &to, false, trust, start());
        }
    }
    world.settle();
    assert!(world.events(ALICE).is_empty(), "nothing of it reached the call");
    assert_eq!(world.device(ALICE).desk.sessions.len(), 1);
}

#[test]
fn x18_a_stranger_neither_rings_nor_learns_that_we_are_here() {
    let mut desk = Desk::new(StdRng::from_seed([1; 32]));
    desk.handle_bound(&full(ALICE));
    desk.handle_command(JingleCommand::Rules(JingleRules { on: true, ..JingleRules::default() }), None, start());
    let from = full(MALLORY);
    let propose = message(&Invite::Propose { audio: true }, "s");
    desk.handle_message(&propose, &from.bare(), Some("x"), &full(ALICE).bare(), false, Trust::default(), start());
    assert!(desk.poll_output().is_none(), "not a word");
    let said = ask(&mut desk, MALLORY, &described("s", "session-initiate", &fingerprint()), false);
    assert_eq!(said, Some(("service-unavailable".to_owned(), None)), "as where nobody is");
    assert!(desk.sessions.is_empty());
}

#[test]
fn c06_c07_a_contact_for_whom_calls_over_chat_are_off_does_not_ring_either() {
    use super::super::JingleRule;
    let bob = full(BOB).bare();
    let domain = |on| JingleRule::Domain("Example.org".into(), on);
    let contact = |on| JingleRule::Contact(full(BOB).bare(), on);
    for (rules, rings, announced) in [
        (JingleRules::default(), false, false),
        (JingleRules { on: true, ..JingleRules::default() }, true, true),
        (JingleRules { on: true, rules: vec![contact(false)], ..JingleRules::default() }, false, true),
        (JingleRules { on: false, rules: vec![contact(true)], ..JingleRules::default() }, true, true),
        (JingleRules { on: false, rules: vec![contact(false), domain(true)], ..JingleRules::default() }, false, true),
        (JingleRules { on: true, rules: vec![domain(false)], ..JingleRules::default() }, false, true),
        (JingleRules { on: false, device: true, rules: vec![contact(true)] }, false, false),
        (JingleRules { on: true, device: true, rules: vec![contact(false)] }, true, true),
    ] {
        let mut desk = Desk::new(StdRng::from_seed([1; 32]));
        desk.handle_bound(&full(ALICE));
        desk.handle_command(JingleCommand::Rules(rules.clone()), None, start());
        let propose = message(&Invite::Propose { audio: true }, "s");
        let trust = Trust { contact: true, own: false };
        desk.handle_message(&propose, &bob, Some("phone"), &full(ALICE).bare(), false, trust, start());
        assert_eq!(desk.poll_output().is_some(), rings, "{rules:?}");
        assert_eq!(rules.announced(), announced, "{rules:?}");
    }
}

#[test]
fn m01_nothing_is_done_with_candidates_before_the_user_answers() {
    let mut desk = Desk::new(StdRng::from_seed([1; 32]));
    desk.handle_bound(&full(ALICE));
    desk.handle_command(JingleCommand::Rules(JingleRules { on: true, ..JingleRules::default() }), None, start());
    let initiate = described("s", "session-initiate", &fingerprint());
    assert_eq!(ask(&mut desk, BOB, &initiate, true), None);
    let call = *desk.sessions.keys().next().expect("it rings");
    let more = |port| {
        described(
            "s",
            "transport-info",
            &format!(
                "<candidate component='1' foundation='1' id='1' ip='198.51.100.9' port='{port}' priority='77' protocol='udp' \
                 type='host'/>"
            ),
        )
    };
    for port in 1..2_000 {
        assert_eq!(ask(&mut desk, BOB, &more(port), true), None);
    }
    assert!(desk.poll_output().is_none());
    let mut answering = negotiation(1);
    let offer = desk.sessions[&call].remote.as_ref().expect("described").to_sdp();
    let (answer, plan) = answering.answer(&offer, false).expect("it can be answered");
    assert_eq!(plan.direction, crate::model::MediaDirection::SendRecv, "without candidates it is no hold");
    desk.handle_command(JingleCommand::Accept { call, answer: answer.into() }, None, start());
    let mut told = 0;
    while let Some(output) = desk.poll_output() {
        if let Output::Event(JingleEvent::Candidates { fragment, .. }) = output {
            told += fragment.matches("a=candidate").count();
        }
    }
    assert_eq!(told, crate::sdp::MAX_CANDIDATES, "as many as one description may have (M02)");
}

#[test]
fn m02_ten_thousand_candidates_of_a_call_over_chat_are_thirty_two_and_names_are_none() {
    let candidate = |number: u32, ip: &str, port: &str, protocol: &str| {
        format!(
            "<candidate component='1' foundation='{number}' id='{number}' ip='{ip}' port='{port}' priority='{number}' \
             protocol='{protocol}' type='host'/>"
        )
    };
    let read = |inside: &str| {
        let iq = by_hand(BOB, &described("s", "session-initiate", &format!("{}{inside}", fingerprint())));
        let payload = iq.children().next().expect("a payload");
        super::super::content(payload, true).expect("a description").0
    };
    let checked = |inside: &str| {
        let (_, plan) = negotiation(1).answer(&read(inside).to_sdp(), false).expect("it can be answered");
        plan.ice.map_or(0, |ice| ice.remote.candidates.len())
    };
    let flood: String = (1..=10_000_u32)
        .map(|n| candidate(n, &format!("198.51.{}.{}", n / 250, n % 250 + 1), &(1_024 + n).to_string(), "udp"))
        .collect();
    assert_eq!(read(&flood).transport.candidates.len(), crate::sdp::MAX_CANDIDATES);
    assert!(checked(&flood) <= crate::sdp::MAX_CANDIDATES);
    for (ip, port, protocol) in [
        ("internal.example", "4000", "udp"),
        ("x1b2.local", "4000", "udp"),
        ("198.51.100.1", "65536", "udp"),
        ("198.51.100.1", "4000", "tcp"),
        ("198.51.100.1 4000 typ host&#10;a=crypto:1", "4000", "udp"),
        ("", "4000", "udp"),
    ] {
        let found = read(&candidate(1, ip, port, protocol)).transport.candidates;
        assert!(found.is_empty(), "{ip} {port} {protocol}: {found:?}");
    }
    assert_eq!(checked(&candidate(1, "198.51.100.1", "4000", "udp")), 1);
}

#[test]
fn m07_without_a_fingerprint_that_can_be_checked_there_is_no_call() {
    let short = "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>AB:CD</fingerprint>";
    let weak = format!(
        "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-1' setup='actpass'>{}</fingerprint>",
        vec!["AB"; 20].join(":")
    );
    let injected = fingerprint().replace("sha-256", "sha-256&#10;a=crypto:1");
    for inside in ["", short, &weak, &injected] {
        let iq = by_hand(BOB, &described("s", "session-initiate", inside));
        let payload = iq.children().next().expect("a payload");
        let (description, _) = super::super::content(payload, true).expect("a description");
        let error = negotiation(1).answer(&description.to_sdp(), false).expect_err(inside);
        assert_eq!(error.status(), 488, "{inside}");
        assert!(!description.to_sdp().contains("crypto"), "nothing is smuggled in: {inside}");
    }
    let iq = by_hand(BOB, &described("s", "session-initiate", &fingerprint()));
    let (description, _) =
        super::super::content(iq.children().next().expect("a payload"), true).expect("a description");
    let (_, plan) = negotiation(1).answer(&description.to_sdp(), false).expect("this one is good");
    assert_eq!(plan.dtls.map(|dtls| dtls.fingerprints.len()), Some(1));
}

#[test]
fn what_comes_out_of_order_is_refused_and_changes_nothing() {
    let mut world = World::new(&[BOB]);
    let (call, _, _, _) = world.talking();
    let sid = world.device(ALICE).desk.sessions[&call].sid.clone();
    let desk = &mut world.device(ALICE).desk;
    let again = ask(desk, BOB, &described(&sid, "session-accept", &fingerprint()), true);
    assert_eq!(again, Some(("unexpected-request".to_owned(), Some("out-of-order".to_owned()))));
    let begin = ask(desk, BOB, &described(&sid, "session-initiate", &fingerprint()), true);
    assert_eq!(begin, Some(("unexpected-request".to_owned(), Some("out-of-order".to_owned()))));
    let unknown = ask(desk, BOB, &described(&sid, "session-dance", ""), true);
    assert_eq!(unknown, Some(("feature-not-implemented".to_owned(), None)));
    let info = format!(
        "<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='{sid}'><payload xmlns='urn:other'/></jingle>"
    );
    let unsupported = ask(desk, BOB, &info, true);
    assert_eq!(unsupported, Some(("feature-not-implemented".to_owned(), Some("unsupported-info".to_owned()))));
    let stale = ask(desk, BOB, &described("gone", "transport-info", ""), true);
    assert_eq!(stale, Some(("item-not-found".to_owned(), Some("unknown-session".to_owned()))));
    let nameless = ask(desk, BOB, "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate'/>", true);
    assert_eq!(nameless, Some(("bad-request".to_owned(), None)));
    assert_eq!(desk.sessions.len(), 1);
}

#[test]
fn what_is_no_sound_is_taken_and_ended_with_the_reason() {
    for (from, to, why) in [
        ("media='audio'", "media='video'", "unsupported-applications"),
        ("urn:xmpp:jingle:transports:ice-udp:1", "urn:xmpp:jingle:transports:s5b:1", "unsupported-transports"),
    ] {
        let mut desk = Desk::new(StdRng::from_seed([1; 32]));
        desk.handle_bound(&full(ALICE));
        desk.handle_command(JingleCommand::Rules(JingleRules { on: true, ..JingleRules::default() }), None, start());
        let iq = by_hand(BOB, &described("s", "session-initiate", "").replace(from, to));
        let payload = iq.children().next().expect("a payload");
        desk.handle_request(&iq, payload, &full(BOB), Trust { contact: true, own: false }, start());
        let mut sent = Vec::new();
        while let Some(output) = desk.poll_output() {
            match output {
                Output::Send(stanza) => sent.push(String::from(&stanza).replace('"', "'")),
                other => panic!("{other:?}"),
            }
        }
        assert!(sent[0].contains("type='result'") && sent[1].contains(why), "{sent:?}");
        assert!(desk.sessions.is_empty());
    }
}

#[test]
fn a_flood_of_calls_finds_its_end() {
    let mut desk = Desk::new(StdRng::from_seed([1; 32]));
    desk.handle_bound(&full(ALICE));
    desk.handle_command(JingleCommand::Rules(JingleRules { on: true, ..JingleRules::default() }), None, start());
    let (mut rang, mut refused) = (0, 0);
    for n in 0..1_000 {
        let from = full(&format!("bob{}@example.org/x", n / 2));
        let propose = message(&Invite::Propose { audio: true }, &format!("s{n}"));
        let trust = Trust { contact: true, own: false };
        desk.handle_message(&propose, &from.bare(), Some("x"), &full(ALICE).bare(), false, trust, start());
        while let Some(output) = desk.poll_output() {
            match output {
                Output::Event(JingleEvent::Incoming { .. }) => rang += 1,
                Output::Send(_) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!((rang, refused), (32, 968));
}
