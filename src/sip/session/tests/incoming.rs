//! Their INVITE, and what they ask inside of the dialog.

use super::*;

fn answered() -> Script {
    let mut script = Script::incoming(&[]);
    script.command(Command::Ring { call: CALL, answer: None });
    script.command(Command::Answer { call: CALL, sdp: sdp(ANSWER) });
    script.ack(7, "");
    assert!(matches!(&script.events[..], [Event::Incoming(_), Event::Confirmed { sdp: None, .. }]));
    script.events.clear();
    script
}

fn codes(script: &Script) -> Vec<u16> {
    script.responses.iter().map(|(_, response)| response.code).collect()
}

#[test]
fn a_call_rings_is_answered_and_they_hang_up() {
    let mut script = answered();
    assert_eq!(codes(&script), [180, 200]);
    let tags: Vec<_> = script.responses.iter().map(|(_, response)| response.headers.to_tag()).collect();
    assert!(tags[0].is_some() && tags[0] == tags[1]);
    assert_eq!(script.ask("BYE", &[("Reason", "Q.850;cause=16;text=\"done\"")], ""), 200);
    let end = script.ended().unwrap();
    assert_eq!((end.code, end.by, end.text.as_deref()), (0, EndedBy::Remote, Some("done")));
    assert!(script.finished);
}

#[test]
fn s31_a_200_is_repeated_until_its_ack_or_ends_with_bye() {
    let mut script = Script::incoming(&[]);
    script.command(Command::Answer { call: CALL, sdp: sdp(ANSWER) });
    script.wait(Duration::from_secs(31));
    // 0, 0.5, 1.5, 3.5, 7.5, 11.5, ... 27.5 s: T1 doubled up to T2.
    assert_eq!(codes(&script).len(), 10);
    script.wait(Duration::from_secs(2));
    assert_eq!(script.methods(), ["BYE"]);
    assert_eq!(script.ended().unwrap().by, EndedBy::Network);
}

#[test]
fn a_hang_up_before_the_ack_waits_for_it() {
    let mut script = Script::incoming(&[]);
    script.command(Command::Answer { call: CALL, sdp: sdp(ANSWER) });
    script.hang_up();
    assert!(script.ended().is_some() && script.sent.is_empty());
    script.ack(7, "");
    assert_eq!(script.methods(), ["BYE"]);
    script.respond_last(200, &[], "");
    assert!(script.finished);
}

#[test]
fn s32_a_cancelled_call_ends_with_487_and_may_be_answered_elsewhere() {
    for (reason, elsewhere) in
        [("", false), ("SIP;cause=200;text=\"Call completed elsewhere\"", true), ("Q.850;cause=200", false)]
    {
        let mut script = Script::incoming(&[]);
        script.command(Command::Ring { call: CALL, answer: None });
        let cancel = script.peers_request("CANCEL", 7).with("Reason", reason);
        script.input(CallInput::Cancelled { server: ServerId(1), request: cancel.clone() });
        assert_eq!(codes(&script), [180, 487]);
        assert_eq!(script.ended().unwrap().elsewhere, elsewhere);
        assert!(script.finished);
        script.command(Command::Ring { call: CALL, answer: None });
        script.command(Command::Answer { call: CALL, sdp: sdp(ANSWER) });
        assert_eq!(codes(&script), [180, 487], "nothing rings after the CANCEL");
    }
    // After the answer it is too late for a CANCEL.
    let mut script = Script::incoming(&[]);
    script.command(Command::Answer { call: CALL, sdp: sdp(ANSWER) });
    let cancel = script.peers_request("CANCEL", 7);
    script.input(CallInput::Cancelled { server: ServerId(1), request: cancel });
    assert!(script.ended().is_none());
}

#[test]
fn what_cannot_be_taken_is_refused_and_never_rings() {
    for (headers, code) in [
        (vec![("Replaces", "x;to-tag=1;from-tag=2")], 481),
        (vec![("Content-Type", "text/html"), ("Body", "<p>")], 415),
        (vec![("Body", "v=0")], 415),
        (vec![("Content-Type", "multipart/mixed;boundary=x"), ("Body", "--x")], 415),
        (vec![("Contact", "")], 400),
        (vec![("Contact", "<tel:+1>")], 400),
        (vec![("Supported", "timer"), ("Session-Expires", "10")], 422),
    ] {
        let script = Script::incoming(&headers);
        assert_eq!(codes(&script), [code], "{headers:?}");
        assert!(script.events.is_empty() && script.finished);
    }
}

#[test]
fn s07_nothing_in_a_call_answers_it_or_is_fetched() {
    let script = Script::incoming(&[
        ("Alert-Info", "<file:///etc/passwd>"),
        ("Call-Info", "<http://192.0.2.66/icon>;purpose=icon;answer-after=0"),
        ("Answer-Mode", "Auto;require"),
    ]);
    assert!(script.responses.is_empty() && script.sent.is_empty());
    let [Event::Incoming(incoming)] = &script.events[..] else { panic!("{:?}", script.events) };
    let Incoming { note, .. } = &**incoming;
    assert_eq!(*note, None);
}

#[test]
fn a_delayed_offer_is_ours_to_make() {
    let mut script = Script::incoming(&[("Body", "")]);
    assert!(matches!(&script.events[..], [Event::Incoming(incoming)] if incoming.offer.is_none()));
    script.command(Command::Answer { call: CALL, sdp: sdp(OFFER) });
    script.ack(7, ANSWER);
    assert_eq!(script.events.last(), Some(&Event::Confirmed { call: CALL, sdp: Some(sdp(ANSWER)) }));
}

#[test]
fn s35_a_reliable_ringing_is_repeated_until_its_prack() {
    let mut script = Script::incoming(&[("Require", "100rel")]);
    script.command(Command::Ring { call: CALL, answer: None });
    script.wait(Duration::from_millis(1_600));
    assert_eq!(codes(&script), [180, 180, 180]);
    let rseq = script.responses[0].1.headers.value("RSeq").unwrap().to_owned();
    script.command(Command::Answer { call: CALL, sdp: sdp(ANSWER) });
    assert_eq!(codes(&script).len(), 3, "the answer waits for the PRACK");
    assert_eq!(script.ask("PRACK", &[("RAck", "1 7 INVITE")], ""), 481);
    assert_eq!(script.ask("PRACK", &[("RAck", &format!("{rseq} 7 INVITE"))], ""), 200);
    assert_eq!(codes(&script).last(), Some(&200));
    assert!(script.responses.last().unwrap().0 == ServerId(1));
    assert_eq!(script.ask("PRACK", &[("RAck", &format!("{rseq} 7 INVITE"))], ""), 481);
    // Without a PRACK the call fails.
    let mut script = Script::incoming(&[("Require", "100rel")]);
    script.command(Command::Ring { call: CALL, answer: None });
    script.wait(Duration::from_secs(33));
    assert_eq!(codes(&script).last(), Some(&504));
}

#[test]
fn their_change_is_answered_or_refused_by_the_account() {
    for method in ["INVITE", "UPDATE"] {
        let mut script = answered();
        assert_eq!(script.ask(method, &[], OFFER), 0);
        assert_eq!(script.events, [Event::OfferReceived { call: CALL, sdp: Some(sdp(OFFER)) }]);
        let server = ServerId(script.next_server);
        assert_eq!(script.ask("INVITE", &[], OFFER), 500, "one at a time");
        script.command(Command::AnswerOffer { call: CALL, result: Ok(sdp(ANSWER)) });
        assert_eq!(script.code_of(server), 200);
        if method == "INVITE" {
            assert_eq!(script.ask("INVITE", &[], OFFER), 500, "the ACK is missing");
            script.ack(script.cseq - 2, "");
        }
        assert_eq!(script.ask(method, &[], OFFER), 0);
        let server = ServerId(script.next_server);
        script.command(Command::AnswerOffer { call: CALL, result: Err(488) });
        assert_eq!(script.code_of(server), 488);
        assert_eq!(script.ask(method, &[], OFFER), 0);
        let server = ServerId(script.next_server);
        script.wait(Duration::from_secs(21));
        assert_eq!(script.code_of(server), 500, "nobody waits for ever");
        assert!(script.ended().is_none());
        script.hang_up();
        assert_eq!(script.last().uri, "sip:moved@192.0.2.9", "the target was refreshed");
    }
}

#[test]
fn an_offer_can_be_asked_of_us() {
    let mut script = answered();
    assert_eq!(script.ask("INVITE", &[], ""), 0);
    assert_eq!(script.events, [Event::OfferReceived { call: CALL, sdp: None }]);
    script.command(Command::AnswerOffer { call: CALL, result: Ok(sdp(OFFER)) });
    script.ack(script.cseq, ANSWER);
    assert_eq!(script.events.last(), Some(&Event::OfferAnswered { call: CALL, sdp: sdp(ANSWER) }));
}

#[test]
fn s33_an_offer_that_meets_ours_gets_491() {
    let mut script = answered();
    script.command(Command::Offer { call: CALL, sdp: sdp(OFFER) });
    assert_eq!(script.ask("INVITE", &[], OFFER), 491);
    assert_eq!(script.ask("UPDATE", &[], OFFER), 491);
    script.respond_last(491, &[], "");
    // Theirs comes first now: ours is stale and the account is told.
    assert_eq!(script.ask("INVITE", &[], OFFER), 0);
    assert_eq!(script.events.first(), Some(&Event::OfferRefused { call: CALL, code: 491 }));
    assert_eq!(script.sent.len(), 1);
}

#[test]
fn s09_a_guess_or_an_old_number_changes_nothing() {
    let mut script = answered();
    assert_eq!(script.ask_with(7, "BYE", &[], ""), 500);
    assert_eq!(script.ask_with(3, "INVITE", &[], OFFER), 500);
    let mut guess = script.peers_request("BYE", 200);
    guess.headers.set("From", "<sip:bob@example.com>;tag=guess");
    script.input(CallInput::Request { server: ServerId(9), request: guess });
    assert_eq!(script.code_of(ServerId(9)), 481);
    assert!(script.events.is_empty());
}

#[test]
fn s08_s11_s12_other_requests_are_refused_properly() {
    let mut script = answered();
    for (method, code) in [
        ("NOTIFY", 481),
        ("REFER", 400),
        ("MESSAGE", 405),
        ("SUBSCRIBE", 489),
        ("PUBLISH", 405),
        ("OPTIONS", 200),
        ("PRACK", 481),
        ("DANCE", 501),
        ("INFO", 200),
    ] {
        assert_eq!(script.ask(method, &[], ""), code, "{method}");
    }
    assert_eq!(script.ask("INFO", &[("Require", "teleport")], ""), 420);
    assert_eq!(script.ask("INVITE", &[("Content-Type", "text/plain")], "hello"), 415);
    assert!(script.events.is_empty());
}

#[test]
fn digits_come_by_info() {
    let mut script = answered();
    for (kind, body, code, digit) in [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", 200, Some('5')),
        ("Application/DTMF-Relay", "signal= * \r\n", 200, Some('*')),
        ("application/dtmf", "11", 200, Some('#')),
        ("application/dtmf-relay", "Signal=55\r\n", 415, None),
        ("application/dtmf-relay", "Signal=\r\n", 415, None),
        ("text/plain", "Signal=5", 415, None),
    ] {
        script.events.clear();
        assert_eq!(script.ask("INFO", &[("Content-Type", kind)], body), code, "{body}");
        let expected: Vec<_> = digit.map(|digit| Event::Digit { call: CALL, digit }).into_iter().collect();
        assert_eq!(script.events, expected);
    }
    assert_eq!(script.ask("INFO", &[("Info-Package", "foo")], ""), 469);
    // RFC 8840: addresses that the peer found later, in bounds.
    script.events.clear();
    let trickle = [("Info-Package", "trickle-ice"), ("Content-Type", "application/trickle-ice-sdpfrag")];
    assert_eq!(script.ask("INFO", &trickle, "a=ice-ufrag:abcd\r\n"), 200);
    assert_eq!(script.events, [Event::Candidates { call: CALL, fragment: "a=ice-ufrag:abcd\r\n".into() }]);
    assert_eq!(script.ask("INFO", &trickle, &"a=x\r\n".repeat(10_000)), 469);
}

#[test]
fn s03_a_challenged_bye_ends_the_call_without_credentials() {
    let mut script = answered();
    script.hang_up();
    script.respond_last(401, &[("WWW-Authenticate", "Digest realm=\"example.com\", nonce=\"x\"")], "");
    assert_eq!(script.methods(), ["BYE"]);
    assert!(script.last().headers.value("Authorization").is_none());
    assert!(script.finished);
    let mut script = answered();
    script.command(Command::Offer { call: CALL, sdp: sdp(OFFER) });
    script.respond_last(407, &[("Proxy-Authenticate", "Digest realm=\"evil\", nonce=\"x\"")], "");
    assert_eq!(script.events, [Event::OfferRefused { call: CALL, code: 407 }]);
    assert_eq!(script.sent.len(), 1);
}

#[test]
fn a_moved_contact_is_told_to_the_peer() {
    let mut script = Script::talking();
    script.input(CallInput::ContactChanged(NameAddr::new("sip:alice-token@198.51.100.7")));
    assert_eq!(script.last().method, Method::Update);
    assert!(script.last().headers.value("Contact").unwrap().contains("198.51.100.7"));
}
