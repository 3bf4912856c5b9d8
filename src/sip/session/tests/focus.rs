//! Whether the other end is a conference, and telling that we are one (RFC 4579 sections 5.1 and 5.3).

use super::*;

const FOCUS: (&str, &str) = ("Contact", "<sip:conf77@192.0.2.9>;isfocus");

fn focus(script: &mut Script) -> Vec<Option<String>> {
    let events = std::mem::take(&mut script.events);
    events
        .into_iter()
        .filter_map(|event| match event {
            Event::Focus { focus, .. } => Some(focus.map(|focus| focus.to_string())),
            _ => None,
        })
        .collect()
}

fn at(address: &str) -> Vec<Option<String>> {
    vec![Some(address.to_owned())]
}

#[test]
fn c36_isfocus_is_seen_wherever_a_contact_may_carry_it() {
    let mut script = Script::outgoing();
    script.respond_invite(200, "b", &[FOCUS, ("Allow", "INVITE, BYE, UPDATE")], ANSWER);
    assert!(matches!(script.events.first(), Some(Event::Answered { .. })), "the answer comes first");
    assert_eq!(focus(&mut script), at("sip:conf77@192.0.2.9"));
    let mut script = Script::incoming(&[FOCUS]);
    assert!(matches!(script.events.first(), Some(Event::Incoming(_))), "the call comes first");
    assert_eq!(focus(&mut script), at("sip:conf77@192.0.2.9"));
    // Some write it into the address.
    let mut script = Script::outgoing();
    script.respond_invite(200, "b", &[("Contact", "<sip:conf77@192.0.2.9;IsFocus>")], ANSWER);
    assert_eq!(focus(&mut script).len(), 1);
    // A parameter that only looks like it.
    let mut script = Script::outgoing();
    script.respond_invite(200, "b", &[("Contact", "<sip:conf77@192.0.2.9>;isfocused;notisfocus")], ANSWER);
    assert_eq!(focus(&mut script), []);
}

#[test]
fn c36_a_focus_appears_and_vanishes_with_a_change_of_the_call() {
    let mut script = Script::talking();
    // An UPDATE without an offer, then a re-INVITE: the script's own Contact has to give way.
    let contact = |script: &mut Script, method: &str, contact: &str, body: &str| {
        script.cseq += 1;
        script.next_server += 1;
        let mut request = script.peers_request(method, script.cseq);
        request.headers.set("Contact", contact);
        if !body.is_empty() {
            request = request.with_body(SDP, body.as_bytes().to_vec());
        }
        let server = ServerId(script.next_server);
        script.input(CallInput::Request { server, request });
    };
    contact(&mut script, "UPDATE", "<sip:conf77@192.0.2.9>;isfocus", "");
    assert_eq!(focus(&mut script), at("sip:conf77@192.0.2.9"));
    contact(&mut script, "UPDATE", "<sip:conf77@192.0.2.9>;isfocus", "");
    assert_eq!(focus(&mut script), [], "the same again is no news");
    contact(&mut script, "INVITE", "<sip:bob@192.0.2.9>", OFFER);
    script.command(Command::AnswerOffer { call: CALL, result: Ok(sdp(ANSWER)) });
    assert_eq!(focus(&mut script), [None], "it is no conference any more");
    contact(&mut script, "NOTIFY", "<sip:conf78@192.0.2.9>;isfocus", "");
    assert_eq!(focus(&mut script), at("sip:conf78@192.0.2.9"));
    // The answer to a change of ours counts as well.
    script.ack(script.cseq - 1, "");
    script.command(Command::Offer { call: CALL, sdp: sdp(OFFER) });
    script.respond_last(200, &[("Contact", "<sip:bob@192.0.2.9>")], ANSWER);
    assert_eq!(focus(&mut script), [None]);
}

#[test]
fn whoever_joins_calls_here_says_so_and_takes_it_back() {
    let mut script = Script::talking();
    script.command(Command::Focus { call: CALL, on: true });
    assert_eq!(script.last().method, Method::Update);
    assert!(script.last().headers.value("Contact").is_some_and(|contact| contact.ends_with(";isfocus")));
    script.respond_last(200, &[], "");
    script.command(Command::Focus { call: CALL, on: true });
    assert_eq!(script.sent.len(), 2, "once is enough: {:?}", script.methods());
    script.input(CallInput::ContactChanged(NameAddr::new("sip:alice-token@198.51.100.7")));
    let moved = script.last().headers.value("Contact").expect("a contact").to_owned();
    assert!(moved.contains("198.51.100.7") && moved.ends_with(";isfocus"), "{moved}");
    script.respond_last(200, &[], "");
    script.command(Command::Focus { call: CALL, on: false });
    assert!(script.last().headers.value("Contact").is_some_and(|contact| !contact.contains("isfocus")));
}
