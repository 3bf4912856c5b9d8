//! Whether the other side is still there, and calls that are placed again.

use super::*;
use crate::model::PeerSign;

fn sign(script: &Script) -> Option<PeerSign> {
    script.events.iter().find_map(|event| if let Event::PeerAsked { sign, .. } = event { Some(*sign) } else { None })
}

#[test]
fn a_phone_is_asked_within_the_call_and_its_answer_is_read_row_by_row() {
    for (code, expected, ends) in [
        (200, PeerSign::There, false),
        (405, PeerSign::There, false),
        (501, PeerSign::There, false),
        (408, PeerSign::Silent, false),
        (480, PeerSign::Silent, false),
        (503, PeerSign::Silent, false),
        (481, PeerSign::Gone, true),
    ] {
        let mut script = Script::talking();
        script.command(Command::AskPeer { call: CALL });
        script.command(Command::AskPeer { call: CALL });
        assert_eq!(script.methods(), ["INVITE", "OPTIONS"], "one at a time");
        assert_eq!(script.last().headers.to_tag().as_deref(), Some("b"), "within the call");
        script.respond_last(code, &[], "");
        assert_eq!((sign(&script), script.ended().is_some()), (Some(expected), ends), "{code}");
    }
    let mut script = Script::talking();
    script.command(Command::AskPeer { call: CALL });
    let key = script.sent.last().unwrap().0;
    script.input(CallInput::Failed { key, why: ClientFailure::Timeout });
    assert_eq!((sign(&script), script.ended()), (Some(PeerSign::Silent), None), "silence alone ends nothing");
    script.command(Command::AskPeer { call: CALL });
    assert_eq!(script.methods(), ["INVITE", "OPTIONS", "OPTIONS"], "and it may be asked again");
    let mut ringing = Script::outgoing();
    ringing.command(Command::AskPeer { call: CALL });
    assert_eq!(ringing.methods(), ["INVITE"], "there is nobody to ask yet");
}

#[test]
fn f07_a_call_that_is_adrift_is_placed_again_with_the_next_number_and_another_offer() {
    let mut script = Script::outgoing();
    script.respond_invite(180, "b", &[], "");
    let (key, first) = script.sent[0].clone();
    script.input(CallInput::ContactChanged(NameAddr::new("sip:alice-token@198.51.100.7:5070")));
    script.input(CallInput::Adrift { key });
    assert!(script.events.iter().any(|event| matches!(event, Event::Adrift { .. })) && script.ended().is_none());
    script.command(Command::Offer { call: CALL, sdp: sdp("v=0\r\nmoved\r\n") });
    let again = script.last().clone();
    let number = |request: &Request| request.headers.cseq().map(|cseq| cseq.number);
    assert_eq!(again.method, Method::Invite);
    assert_eq!(number(&again), number(&first).map(|number| number + 1), "no repetition of the old one");
    assert_eq!(again.headers.call_id(), first.headers.call_id());
    assert_eq!(again.headers.from_tag(), first.headers.from_tag());
    assert!(again.headers.to_tag().is_none());
    assert_eq!(again.headers.contact().unwrap().uri, "sip:alice-token@198.51.100.7:5070");
    assert_eq!(&again.body[..], b"v=0\r\nmoved\r\n");
    script.respond_invite(180, "c", &[], "");
    script.respond_invite(200, "c", &[], ANSWER);
    assert!(script.events.iter().any(|event| matches!(event, Event::Answered { .. })));
    assert_eq!(script.acks.last().map(|ack| ack.headers.to_tag()), Some(Some("c".to_owned())));
}

#[test]
fn f07_a_call_that_is_adrift_ends_where_no_offer_follows_or_the_user_hangs_up() {
    let adrift = || {
        let mut script = Script::outgoing();
        script.respond_invite(180, "b", &[], "");
        let key = script.sent[0].0;
        script.input(CallInput::Adrift { key });
        script
    };
    let mut script = adrift();
    script.wait(OVERDUE + Duration::from_secs(1));
    assert_eq!(script.ended().map(|end| end.code), Some(503));
    let mut script = adrift();
    script.hang_up();
    assert!(script.ended().is_some());
    // Cancelled before: nothing is placed again.
    let mut script = Script::outgoing();
    script.respond_invite(180, "b", &[], "");
    script.hang_up();
    let key = script.sent[0].0;
    script.input(CallInput::Adrift { key });
    assert_eq!(script.methods(), ["INVITE"]);
}
