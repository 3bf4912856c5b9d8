//! Our INVITE, and what we ask inside of the dialog.

use super::*;
use crate::sip::boundary::ForkId;

#[test]
fn an_invite_says_who_we_are_or_nothing_at_all() {
    let named = Script::outgoing();
    let invite = named.last();
    assert_eq!(invite.headers.value("Call-Info"), Some("<xmpp:al%3Fice@example.com>;purpose=impp"));
    assert!(invite.headers.has_token("Supported", "100rel") && invite.headers.has_token("Supported", "timer"));
    assert!(!invite.headers.has_token("Allow", "MESSAGE"));
    let anonymous = Session::outgoing(invitation(Anonymity::Anonymous), party("alice"), [1; 32], start());
    let anonymous = Script::with(anonymous);
    let headers = &anonymous.last().headers;
    assert_eq!(headers.value("Privacy"), Some("id"));
    assert!(headers.value("From").unwrap().starts_with("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag="));
    assert_eq!(headers.value("Call-Info"), None);
    assert_eq!(headers.value("P-Preferred-Identity"), Some("<sip:alice@example.com>"));
}

#[test]
fn a_call_rings_is_answered_and_hung_up() {
    let mut script = Script::outgoing();
    script.respond_invite(100, "", &[], "");
    script.respond_invite(180, "b", &[], "");
    script.respond_invite(183, "b", &[], ANSWER);
    script.respond_invite(183, "b", &[], ANSWER);
    let seen: Vec<_> = script
        .events
        .iter()
        .map(|event| match event {
            Event::Progress { code, fork, sdp, .. } => (*code, fork.0, sdp.is_some()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(seen, [(100, 0, false), (180, 1, false), (183, 1, true), (183, 1, false)]);
    script.events.clear();
    script.respond_invite(200, "b", &[("Record-Route", "<sip:p2;lr>"), ("Record-Route", "<sip:p1;lr>")], "");
    // The answer came early: it is told again with the 2xx.
    assert!(matches!(&script.events[..], [Event::Answered { fork: ForkId(1), sdp: Some(_), .. }]));
    assert_eq!(script.acks[0].headers.list("Route").collect::<Vec<_>>(), ["<sip:p1;lr>", "<sip:p2;lr>"]);
    assert_eq!(script.acks[0].uri, "sip:bob-b@192.0.2.9");
    script.hang_up();
    assert_eq!(script.methods(), ["INVITE", "BYE"]);
    assert_eq!(script.ended().unwrap().by, EndedBy::Local);
    script.respond_last(200, &[], "");
    script.wait(Duration::from_secs(40));
    assert!(script.finished);
}

#[test]
fn s31_every_repeated_200_gets_its_ack() {
    let mut script = Script::talking();
    for _ in 0..5 {
        script.respond_invite(200, "b", &[], ANSWER);
    }
    assert_eq!((script.acks.len(), script.events.len()), (6, 0));
    let response = Response::to(&script.sent[0].1, 200, Some("b"));
    script.input(CallInput::LateSuccess(response));
    assert_eq!(script.acks.len(), 7);
}

#[test]
fn s32_a_200_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let mut script = Script::outgoing();
    script.hang_up();
    assert!(script.cancels.is_empty(), "no CANCEL before a provisional");
    assert_eq!(script.ended().unwrap().code, 487);
    script.respond_invite(100, "", &[], "");
    assert_eq!(script.cancels.len(), 1);
    script.respond_invite(200, "b", &[], ANSWER);
    assert_eq!(script.methods(), ["INVITE", "BYE"]);
    assert_eq!(script.acks.len(), 1);
    script.respond_invite(200, "b", &[], ANSWER);
    assert_eq!((script.acks.len(), script.sent.len()), (2, 2), "a repetition gets its ACK and no second BYE");
    assert!(script.events.iter().all(|event| matches!(event, Event::Ended { .. })));
    script.wait(Duration::from_secs(33));
    assert!(script.finished);
}

#[test]
fn s34_early_dialogs_are_capped_and_a_second_answer_is_ended() {
    let mut script = Script::outgoing();
    for fork in 0..100 {
        script.respond_invite(183, &format!("f{fork}"), &[], ANSWER);
    }
    assert_eq!(script.events.len(), 8);
    script.respond_invite(200, "f3", &[], ANSWER);
    assert!(matches!(script.events.last(), Some(Event::Answered { fork: ForkId(4), .. })));
    script.respond_invite(200, "f99", &[], ANSWER);
    assert_eq!(script.methods(), ["INVITE", "BYE"]);
    assert_eq!(script.last().headers.to_tag().as_deref(), Some("f99"));
    assert_eq!(script.acks.len(), 2);
    assert!(script.ended().is_none());
}

#[test]
fn s35_reliable_provisionals_are_acknowledged_in_order_and_once() {
    let mut script = Script::outgoing();
    for (rseq, pracks) in [("5", 1), ("5", 1), ("7", 1), ("6", 2), ("7", 3), ("1", 3), ("4294967296", 3)] {
        script.respond_invite(183, "b", &[("Require", "100rel"), ("RSeq", rseq)], "");
        assert_eq!(script.methods().iter().filter(|method| **method == "PRACK").count(), pracks, "{rseq}");
    }
    let invite = script.sent[0].1.headers.cseq().unwrap().number;
    assert_eq!(script.last().headers.value("RAck").unwrap(), format!("7 {invite} INVITE"));
    for rseq in 8..10_000 {
        script.respond_invite(183, "b", &[("Require", "100rel"), ("RSeq", &rseq.to_string())], "");
    }
    assert_eq!(script.sent.len(), 1 + 64);
}

#[test]
fn refusals_say_who_refused_and_a_redirection_is_not_followed() {
    for (code, by) in [
        (302, EndedBy::Network),
        (404, EndedBy::Network),
        (401, EndedBy::Network),
        (486, EndedBy::Remote),
        (503, EndedBy::Network),
        (603, EndedBy::Remote),
    ] {
        let mut script = Script::outgoing();
        let headers = [("Contact", "<sip:+1900@evil.example>"), ("Retry-After", "30 (busy);duration=60")];
        script.respond_invite(code, "b", &headers, "");
        let end = script.ended().unwrap();
        assert_eq!((end.code, end.by, end.retry_after), (code, by, Some(30)));
        assert_eq!(script.sent.len(), 1);
        script.wait(Duration::from_secs(33));
        assert!(script.finished);
    }
}

#[test]
fn s39_a_larger_interval_is_followed_within_reason() {
    let mut script = Script::outgoing();
    script.respond_invite(422, "b", &[("Min-SE", "3600")], "");
    assert_eq!(script.last().headers.value("Session-Expires"), Some("3600"));
    assert_eq!(script.last().headers.value("Min-SE"), Some("3600"));
    script.respond_invite(422, "b", &[("Min-SE", "2147483648")], "");
    assert_eq!(script.ended().unwrap().code, 422);
}

#[test]
fn nobody_answers_and_the_call_is_cancelled() {
    let mut script = Script::outgoing();
    script.respond_invite(180, "b", &[], "");
    script.wait(Duration::from_secs(181));
    assert_eq!((script.cancels.len(), script.ended().unwrap().code), (1, 408));
    let mut script = Script::outgoing();
    script.input(CallInput::Failed { key: script.sent[0].0, why: ClientFailure::Timeout });
    assert_eq!(script.ended().unwrap().code, 408);
    assert!(script.finished);
}

#[test]
fn a_delayed_offer_is_acknowledged_with_our_answer() {
    let mut invite = invitation(Anonymity::Named);
    invite.offer = "".into();
    let mut script = Script::with(Session::outgoing(invite, party("alice"), [1; 32], start()));
    assert!(script.last().body.is_empty());
    script.respond_invite(200, "b", &[], OFFER);
    script.respond_invite(200, "b", &[], OFFER);
    assert!(script.acks.is_empty() && script.events.len() == 1);
    script.command(Command::AcknowledgeWithAnswer { call: CALL, sdp: sdp(ANSWER) });
    assert_eq!(&script.acks[0].body[..], ANSWER.as_bytes());
    script.respond_invite(200, "b", &[], OFFER);
    assert_eq!(script.acks.len(), 2);
}

#[test]
fn a_strict_router_is_obeyed_and_the_route_set_frozen() {
    let mut script = Script::outgoing();
    script.respond_invite(
        200,
        "b",
        &[("Record-Route", "<sip:strict.example>"), ("Record-Route", "<sip:p1;lr>")],
        ANSWER,
    );
    assert_eq!(script.acks[0].uri, "sip:bob-b@192.0.2.9", "the first of ours is the last of theirs, and loose");
    let mut script = Script::outgoing();
    script.respond_invite(200, "b", &[("Record-Route", "<sip:p1;lr>, <sip:strict.example>")], ANSWER);
    let ack = &script.acks[0];
    assert_eq!(ack.uri, "sip:strict.example");
    assert_eq!(ack.headers.list("Route").collect::<Vec<_>>(), ["<sip:p1;lr>", "<sip:bob-b@192.0.2.9>"]);
    script.ask("UPDATE", &[("Record-Route", "<sip:evil.example;lr>")], "");
    script.hang_up();
    let routes: Vec<_> = script.last().headers.list("Route").collect();
    assert_eq!(routes, ["<sip:p1;lr>", "<sip:moved@192.0.2.9>"], "the target follows, the route does not");
}

#[test]
fn s37_a_hundred_routes_found_no_dialog() {
    let mut script = Script::outgoing();
    let routes = vec!["<sip:p;lr>"; 100].join(", ");
    script.respond_invite(200, "b", &[("Record-Route", &routes)], ANSWER);
    assert_eq!(script.ended().unwrap().by, EndedBy::Network);
}

#[test]
fn our_change_is_answered_refused_or_tells_that_the_dialog_is_gone() {
    let mut script = Script::talking();
    script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nhold\r\n") });
    assert_eq!(script.last().method, Method::Invite);
    script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nagain\r\n") });
    assert_eq!(script.events, [Event::OfferRefused { call: CALL, code: 491 }]);
    script.respond_last(200, &[], ANSWER);
    assert_eq!(script.acks.len(), 2);
    assert!(matches!(script.events.last(), Some(Event::OfferAnswered { .. })));
    script.respond_last(200, &[], ANSWER);
    assert_eq!(script.acks.len(), 3, "a repeated 200 gets its ACK");
    script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nhold\r\n") });
    script.respond_last(488, &[], "");
    assert_eq!(script.events.last(), Some(&Event::OfferRefused { call: CALL, code: 488 }));
    script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nhold\r\n") });
    script.respond_last(481, &[], "");
    assert_eq!(script.ended().unwrap().code, 481);
}

/// RFC 3261 section 14.1: as if no re-INVITE had been sent. What becomes of the call is for those to say who hear it.
#[test]
fn a_change_or_a_refresh_without_an_answer_is_told_and_ends_nothing_by_itself() {
    for told_by_proxy in [true, false] {
        let mut script = Script::talking();
        let unanswered = |script: &mut Script| match told_by_proxy {
            true => script.respond_last(408, &[], ""),
            false => {
                let key = script.sent.last().unwrap().0;
                script.input(CallInput::Failed { key, why: ClientFailure::Timeout });
            }
        };
        script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nmoved\r\n") });
        unanswered(&mut script);
        assert_eq!(script.events, [Event::OfferRefused { call: CALL, code: 408 }]);
        script.input(CallInput::ContactChanged(NameAddr::new("sip:token@192.0.2.44")));
        assert_eq!(script.last().method, Method::Update);
        script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nagain\r\n") });
        unanswered(&mut script);
        assert_eq!(script.events.last(), Some(&Event::Unanswered { call: CALL }));
        // The offer that waited for the refresh is made, and taken.
        script.respond_last(200, &[], ANSWER);
        assert!(matches!(script.events.last(), Some(Event::OfferAnswered { .. })));
        assert!(!script.methods().contains(&"BYE"));
    }
}

#[test]
fn s33_after_three_491_the_change_is_given_up() {
    let mut script = Script::talking();
    script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nhold\r\n") });
    for round in 2..=3 {
        script.respond_last(491, &[], "");
        script.wait(Duration::from_millis(2_090));
        assert_eq!(script.sent.len(), round, "who owns the Call-ID waits 2.1 s at least");
        script.wait(Duration::from_millis(1_920));
        assert_eq!(script.sent.len(), round + 1);
    }
    script.respond_last(491, &[], "");
    assert_eq!(script.events, [Event::OfferRefused { call: CALL, code: 491 }]);
}

#[test]
fn s39_we_refresh_by_update_and_end_only_what_was_not_refreshed() {
    let mut script = Script::outgoing();
    script.respond_invite(200, "b", &[("Session-Expires", "90;refresher=uac"), ("Allow", "UPDATE")], ANSWER);
    script.wait(Duration::from_secs(46));
    assert_eq!(script.methods(), ["INVITE", "UPDATE"]);
    assert_eq!(script.last().headers.value("Session-Expires"), Some("90;refresher=uac"));
    script.respond_last(200, &[("Session-Expires", "90;refresher=uac")], "");
    script.wait(Duration::from_secs(46));
    assert_eq!(script.methods(), ["INVITE", "UPDATE", "UPDATE"]);
    script.respond_last(503, &[], "");
    script.wait(Duration::from_secs(20));
    assert_eq!(script.last().method, Method::Bye);
    assert_eq!(script.ended().unwrap().by, EndedBy::Network);
    // The peer refreshes: nothing of ours, and the BYE only when it did not.
    let mut script = Script::outgoing();
    script.respond_invite(200, "b", &[("Session-Expires", "90;refresher=uas")], ANSWER);
    script.wait(Duration::from_secs(50));
    assert_eq!(script.ask("UPDATE", &[("Session-Expires", "90;refresher=uac"), ("Supported", "timer")], ""), 200);
    script.wait(Duration::from_secs(59));
    assert_eq!(script.methods(), ["INVITE"]);
    script.wait(Duration::from_secs(2));
    assert_eq!(script.methods(), ["INVITE", "BYE"]);
}

#[test]
fn a_call_whose_bye_waits_for_a_connection_lingers_until_it_is_answered() {
    let mut script = Script::talking();
    script.hang_up();
    let (bye, until) = (script.sent.last().unwrap().0, script.now.boot + Duration::from_secs(180));
    assert!(script.session.is_over());
    script.input(CallInput::PutOff { key: bye, until });
    script.wait(Duration::from_secs(170));
    assert!(!script.finished, "the BYE has not been sent");
    assert_eq!(script.ask("BYE", &[], ""), 200, "theirs finds the call");
    script.respond_last(200, &[], "");
    assert!(script.finished, "nothing can cross any more");
}

#[test]
fn a_first_offer_that_is_refused_may_be_followed_by_another_one_in_the_same_call() {
    let mut script = Script::outgoing();
    script.respond_invite(488, "b", &[], "");
    assert_eq!(script.events, [Event::OfferRefused { call: CALL, code: 488 }]);
    let number = |script: &Script| script.last().headers.cseq().unwrap().number;
    let first = number(&script);
    script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nother\r\n") });
    assert_eq!((script.methods(), number(&script)), (vec!["INVITE", "INVITE"], first + 1));
    assert_eq!(&script.last().body[..], b"v=0\r\nother\r\n");
    assert!(script.last().headers.to_tag().is_none(), "RFC 3261 section 8.1.3.5: a new request, not one in a dialog");
    script.respond_invite(200, "c", &[], ANSWER);
    assert!(matches!(script.events.last(), Some(Event::Answered { .. })));
    // Nothing else to offer, or nothing said: it ends as it was refused.
    for says in [true, false] {
        let mut script = Script::outgoing();
        script.respond_invite(606, "b", &[], "");
        if says {
            script.hang_up();
        } else {
            script.wait(Duration::from_secs(60));
        }
        assert_eq!(script.ended().map(|end| end.code), Some(606));
        assert!(script.finished && script.methods() == ["INVITE"]);
    }
    // Who has hung up meanwhile is not asked.
    let mut script = Script::outgoing();
    script.respond_invite(180, "b", &[], "");
    script.hang_up();
    script.respond_invite(488, "b", &[], "");
    assert_eq!(script.ended().map(|end| end.code), Some(487));
}

#[test]
fn candidates_that_are_found_later_go_out_by_info_and_their_fate_changes_nothing() {
    let mut script = Script::talking();
    let fragment = "a=ice-ufrag:abcd\r\na=candidate:1 1 UDP 9 203.0.113.9 50000 typ relay\r\n";
    script.command(Command::Candidates { call: CALL, fragment: fragment.into() });
    let info = script.last();
    assert_eq!((info.method.clone(), info.headers.value("Info-Package")), (Method::Info, Some("trickle-ice")));
    assert_eq!(info.headers.content_type().unwrap().name, "application/trickle-ice-sdpfrag");
    assert_eq!(&info.body[..], fragment.as_bytes());
    for code in [200, 469, 481] {
        script.respond_last(code, &[], "");
    }
    assert!(script.events.is_empty());
}
