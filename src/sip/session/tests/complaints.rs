//! What users of other phones complain about: calls that end after a quarter of an hour.

use super::link::{Link, Weather};
use super::*;

#[test]
fn complaint_14_a_refresh_whose_acknowledgement_is_lost_does_not_end_the_call() {
    // They refresh after a quarter of an hour, and the ACK to our 200 is lost three times.
    let mut script = Script::talking();
    script.wait(Duration::from_secs(15 * 60));
    assert_eq!(script.ask("INVITE", &[("Supported", "timer"), ("Session-Expires", "1800;refresher=uac")], OFFER), 0);
    script.command(Command::AnswerOffer { call: CALL, result: Ok(ANSWER.into()) });
    let accepted = |script: &Script| script.responses.iter().filter(|(_, response)| response.code == 200).count();
    let first = accepted(&script);
    script.wait(Duration::from_secs(8));
    assert!(accepted(&script) >= first + 3, "the 200 is repeated until it is acknowledged");
    script.ack(script.cseq, "");
    script.wait(Duration::from_secs(10 * 60));
    assert!(script.ended().is_none());
    // We refresh by re-INVITE, because they do not know UPDATE: each 200 gets its ACK, at the address that it names.
    let mut script = Script::outgoing();
    script.respond_invite(
        200,
        "b",
        &[("Session-Expires", "1800;refresher=uac"), ("Allow", "INVITE, ACK, BYE")],
        ANSWER,
    );
    script.wait(Duration::from_secs(15 * 60 + 1));
    assert_eq!(script.methods(), ["INVITE", "INVITE"]);
    let fields = [("Contact", "<sip:elsewhere@192.0.2.77>"), ("Session-Expires", "1800;refresher=uac")];
    script.respond_last(200, &fields, ANSWER);
    script.respond_last(200, &fields, ANSWER);
    assert_eq!(script.acks.len(), 3, "one for the call, one for each 200 of the refresh");
    assert!(script.acks[1..].iter().all(|ack| ack.uri == "sip:elsewhere@192.0.2.77"));
    let number = |request: &Request| request.headers.cseq().unwrap().number;
    assert!(script.acks[1..].iter().all(|ack| number(ack) == number(script.last())));
    script.wait(Duration::from_secs(20 * 60));
    assert!(script.ended().is_none());
}

#[test]
fn complaint_15_both_sides_refresh_the_session_timer_and_the_call_lives() {
    let mut script = Script::outgoing();
    script.respond_invite(200, "b", &[("Session-Expires", "90;refresher=uac"), ("Allow", "INVITE, UPDATE")], ANSWER);
    let theirs = [("Supported", "timer"), ("Session-Expires", "90;refresher=uac")];
    for round in 0..40 {
        script.wait(Duration::from_secs(46));
        assert_eq!(script.last().method, Method::Update, "{round}: ours");
        // Theirs crosses it on the way.
        assert_eq!(script.ask("UPDATE", &theirs, ""), 200, "{round}: a refusal would end the call at the other side");
        script.respond_last(200, &[("Session-Expires", "90;refresher=uac")], "");
        assert!(script.ended().is_none(), "{round}");
    }
    // A refresh of theirs that brings an offer does not have to wait for ours either.
    script.wait(Duration::from_secs(46));
    assert_eq!(script.ask("INVITE", &theirs, OFFER), 0);
    script.command(Command::AnswerOffer { call: CALL, result: Ok(ANSWER.into()) });
    assert_eq!(script.responses.last().unwrap().1.code, 200);
    script.respond_last(200, &[("Session-Expires", "90;refresher=uac")], "");
    script.ack(script.cseq, "");
    script.wait(Duration::from_secs(40));
    assert!(script.ended().is_none());
}

#[test]
fn complaint_16_the_session_is_refreshed_in_the_call_that_followed_an_early_one() {
    let mut script = Script::outgoing();
    script.respond_invite(183, "first", &[("Require", "100rel"), ("RSeq", "1")], ANSWER);
    script.respond_last(200, &[], "");
    script.respond_invite(180, "b", &[("Require", "100rel"), ("RSeq", "7")], "");
    script.respond_last(200, &[], "");
    script.respond_invite(200, "b", &[("Session-Expires", "90;refresher=uac"), ("Allow", "UPDATE")], ANSWER);
    let numbers =
        |script: &Script| script.sent.iter().map(|(_, sent)| sent.headers.cseq().unwrap().number).collect::<Vec<_>>();
    for refreshed in 1..=5 {
        script.wait(Duration::from_secs(46));
        let update = script.last();
        assert_eq!(update.method, Method::Update, "{refreshed}");
        assert_eq!(update.headers.to_tag().as_deref(), Some("b"), "in the call, not in what was before it");
        let (last, before) = (numbers(&script).pop().unwrap(), numbers(&script)[..script.sent.len() - 1].to_vec());
        assert!(before.iter().all(|number| *number < last), "above the PRACK's: {before:?} {last}");
        script.respond_last(200, &[("Session-Expires", "90;refresher=uac")], "");
    }
    assert!(script.ended().is_none());
}

#[test]
fn a_change_that_comes_too_early_for_them_is_tried_again_when_they_say() {
    let mut script = Script::talking();
    script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nhold\r\n") });
    script.respond_last(500, &[("Retry-After", "4")], "");
    script.wait(Duration::from_millis(3_900));
    assert_eq!(script.sent.len(), 2, "not before");
    script.wait(Duration::from_millis(200));
    assert_eq!(script.sent.len(), 3);
    script.respond_last(200, &[], ANSWER);
    assert!(matches!(script.events.as_slice(), [Event::OfferAnswered { .. }]), "{:?}", script.events);
    // Without such a word, and with an absurd one, it is refused.
    for fields in [&[][..], &[("Retry-After", "86400")]] {
        let mut script = Script::talking();
        script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nhold\r\n") });
        script.respond_last(500, fields, "");
        assert_eq!(script.events, [Event::OfferRefused { call: CALL, code: 500 }]);
    }
}

#[test]
fn a_call_of_four_hours_lives_through_foul_weather() {
    for seed in 0..4 {
        let mut link = Link::new(Weather { loss: 15, twice: 20, corrupt: 0, least: 1, delay: 700 }, seed);
        link.call();
        link.run_until(Duration::from_secs(60), |ends| ends[1].has(|event| matches!(event, Event::Incoming(_))));
        link.command(1, Command::Answer { call: CallId(2), sdp: sdp(ANSWER) });
        let both = link.run_until(Duration::from_secs(60), |ends| {
            ends[0].has(|event| matches!(event, Event::Answered { .. }))
                && ends[1].has(|event| matches!(event, Event::Confirmed { .. }))
        });
        assert!(both, "{seed}");
        link.run_until(Duration::from_secs(4 * 3_600), |_| false);
        assert!(link.ends.iter().all(|end| end.ends() == 0), "{seed}");
    }
}

#[test]
fn who_is_connected_now_is_told_on_our_proxys_word_only_and_inside_of_the_call_only() {
    let mut script = Script::talking();
    assert_eq!(script.ask("UPDATE", &[("P-Asserted-Identity", "<sip:carol@example.com>")], ""), 200);
    let Some(Event::Connected { identity, .. }) = script.events.last() else { panic!("{:?}", script.events) };
    assert_eq!(&*identity.asserted[0].uri, "sip:carol@example.com");
    assert!(!identity.from_own_domain, "the From is that of the dialog");
    script.events.clear();
    // Words of the caller's own are no word of the proxy; a number out of turn and a refused change say nothing.
    assert_eq!(script.ask("UPDATE", &[("Remote-Party-ID", "<sip:eve@example.com>")], ""), 200);
    let old = script.cseq;
    assert_eq!(script.ask_with(old, "UPDATE", &[("P-Asserted-Identity", "<sip:eve@example.com>")], ""), 500);
    script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nhold\r\n") });
    assert_eq!(script.ask("INVITE", &[("P-Asserted-Identity", "<sip:eve@example.com>")], OFFER), 491);
    assert!(script.events.is_empty(), "{:?}", script.events);
}
