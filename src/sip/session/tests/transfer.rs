//! REFER, its notifications, Replaces and redirections, against a scripted peer (RFC 3515, RFC 3891, RFC 5589).

use super::*;
use crate::sip::referral::{DiversionReason, Outcome, TransferEvent};
use crate::sip::usage::Standing;

const FRAGMENT: &str = "message/sipfrag;version=2.0";

fn news(script: &Script) -> Vec<TransferEvent> {
    let of = |event: &Event| if let Event::Transfer { news, .. } = event { Some(news.clone()) } else { None };
    script.events.iter().filter_map(of).collect()
}

fn referring() -> Script {
    let mut script = Script::talking();
    script.input(CallInput::Refer { to: "<sip:carol@example.com>".to_owned() });
    script
}

fn notify(script: &mut Script, event: &str, state: &str, status: &str) -> u16 {
    let headers = [("Event", event), ("Subscription-State", state), ("Content-Type", FRAGMENT)];
    script.ask("NOTIFY", &headers, status)
}

/// What we told the peer about its REFER: state and status line.
fn told(script: &Script) -> Vec<(String, String)> {
    let notify = |(_, request): &(RequestKey, Request)| {
        (request.method == Method::Notify).then(|| {
            let state = request.headers.value("Subscription-State").unwrap_or_default();
            let state = state.split(";expires").next().unwrap_or_default().to_owned();
            (state, String::from_utf8_lossy(&request.body).trim().to_owned())
        })
    };
    script.sent.iter().filter_map(notify).collect()
}

fn answer_notify(script: &mut Script, code: u16) {
    script.respond_last(code, &[], "");
}

/// The peer asks us to call Carol, and `account` takes it.
fn referred() -> Script {
    let mut script = Script::talking();
    script.ask("REFER", &[("Refer-To", "<sip:carol@example.com>"), ("Referred-By", "<sip:bob@example.com>")], "");
    script.command(Command::AnswerRefer { call: CALL, code: 202 });
    script
}

#[test]
fn a_refer_says_where_to_and_by_whom_and_each_notification_is_told() {
    let mut script = referring();
    let refer = script.last().clone();
    assert_eq!(refer.method, Method::Refer);
    assert_eq!(refer.headers.value("Refer-To"), Some("<sip:carol@example.com>"));
    assert_eq!(refer.headers.value("Referred-By"), Some("<sip:alice@example.com>"));
    assert!(refer.headers.value("Contact").is_some(), "RFC 3515 section 2.2: it may found a dialog");
    script.respond_last(202, &[], "");
    assert_eq!(notify(&mut script, "refer", "active;expires=60", "SIP/2.0 100 Trying"), 200);
    assert_eq!(notify(&mut script, "refer", "active;expires=50", "SIP/2.0 180 Ringing"), 200);
    assert_eq!(notify(&mut script, "refer", "terminated;reason=noresource", "SIP/2.0 200 OK"), 200);
    let expected = [
        TransferEvent::Accepted,
        TransferEvent::Progress(100),
        TransferEvent::Progress(180),
        TransferEvent::Over(Outcome::Answered(200)),
    ];
    assert_eq!(news(&script), expected);
    // Whoever repeats itself is answered, and nothing is told twice.
    assert_eq!(notify(&mut script, "refer", "terminated;reason=noresource", "SIP/2.0 200 OK"), 200);
    assert_eq!(news(&script).len(), expected.len());
}

#[test]
fn a_notification_that_overtakes_the_202_counts() {
    let mut script = referring();
    assert_eq!(notify(&mut script, "refer", "active", "SIP/2.0 180 Ringing"), 200);
    script.respond_last(202, &[], "");
    assert_eq!(news(&script), [TransferEvent::Accepted, TransferEvent::Progress(180)]);
}

#[test]
fn a_transfer_that_is_refused_or_never_told_of_is_over() {
    for code in [403, 405, 481, 501, 603] {
        let mut script = referring();
        script.respond_last(code, &[], "");
        assert_eq!(news(&script), [TransferEvent::Over(Outcome::Refused(code))]);
        assert!(script.ended().is_none(), "{code}: the call itself goes on");
    }
    let mut script = referring();
    script.respond_last(202, &[("Refer-Sub", "false")], "");
    assert_eq!(news(&script), [TransferEvent::Over(Outcome::Unsaid)], "RFC 4488: it will not be told");
    let mut script = referring();
    script.respond_last(202, &[], "");
    script.wait(Duration::from_secs(190));
    assert_eq!(news(&script), [TransferEvent::Accepted]);
    script.wait(Duration::from_secs(20));
    assert_eq!(news(&script).last(), Some(&TransferEvent::Over(Outcome::Unsaid)));
    let mut script = referring();
    script.respond_last(202, &[], "");
    notify(&mut script, "refer", "active;expires=30", "SIP/2.0 100 Trying");
    script.wait(Duration::from_secs(31));
    assert_eq!(news(&script).last(), Some(&TransferEvent::Over(Outcome::Unsaid)), "their subscription ran out");
    let mut script = referring();
    let key = script.sent.last().map(|(key, _)| *key).unwrap();
    script.input(CallInput::Failed { key, why: ClientFailure::Timeout });
    assert_eq!(news(&script), [TransferEvent::Over(Outcome::Refused(408))]);
    assert!(script.ended().is_none());
}

#[test]
fn s11_a_notification_that_nobody_waits_for_is_refused() {
    let mut script = Script::talking();
    assert_eq!(notify(&mut script, "refer", "active", "SIP/2.0 200 OK"), 481);
    let mut script = referring();
    for event in ["presence", "check-sync", "message-summary", "refer;id=9999", ""] {
        assert_eq!(notify(&mut script, event, "active", "SIP/2.0 200 OK"), 481, "{event}");
    }
    assert!(news(&script).is_empty());
    let cseq = script.last().headers.cseq().unwrap().number;
    assert_eq!(notify(&mut script, &format!("refer;id={cseq}"), "active", "SIP/2.0 180 Ringing"), 200);
}

#[test]
fn one_transfer_at_a_time_and_only_in_a_call_that_is_answered() {
    let mut script = referring();
    script.input(CallInput::Refer { to: "<sip:dave@example.com>".to_owned() });
    assert_eq!(news(&script), [TransferEvent::Over(Outcome::Refused(491))]);
    let mut script = Script::outgoing();
    script.input(CallInput::Refer { to: "<sip:dave@example.com>".to_owned() });
    assert_eq!(news(&script), [TransferEvent::Over(Outcome::Refused(481))]);
}

#[test]
fn s08_a_refer_waits_for_the_user_and_the_notifications_tell_the_truth() {
    let mut script = referred();
    let asked = news(&script);
    let [TransferEvent::Asked(refer)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(&*refer.target.uri, "sip:carol@example.com");
    assert_eq!(refer.referred_by.as_ref().map(|by| by.uri.to_string()).as_deref(), Some("sip:bob@example.com"));
    assert!(script.responses.iter().any(|(_, response)| response.code == 202));
    assert_eq!(told(&script), [("pending".to_owned(), "SIP/2.0 100 Trying".to_owned())]);
    // Two more while the first has no answer: none overtakes it, and the newest counts.
    script.command(Command::ReportRefer { call: CALL, code: 180 });
    script.command(Command::ReportRefer { call: CALL, code: 183 });
    assert_eq!(told(&script).len(), 1);
    answer_notify(&mut script, 200);
    assert_eq!(told(&script)[1], ("active".to_owned(), "SIP/2.0 183 Session Progress".to_owned()));
    script.command(Command::ReportRefer { call: CALL, code: 486 });
    answer_notify(&mut script, 200);
    assert_eq!(told(&script)[2], ("terminated;reason=noresource".to_owned(), "SIP/2.0 486 Busy Here".to_owned()));
    answer_notify(&mut script, 200);
    script.command(Command::ReportRefer { call: CALL, code: 200 });
    assert_eq!(told(&script).len(), 3, "after the last word there is none");
    // The next one names itself.
    script.ask("REFER", &[("Refer-To", "<sip:dave@example.com>")], "");
    script.command(Command::AnswerRefer { call: CALL, code: 202 });
    let event = script.last().headers.value("Event").unwrap().to_owned();
    assert_eq!(event, format!("refer;id={}", script.cseq));
    script.command(Command::ReportRefer { call: CALL, code: 603 });
    answer_notify(&mut script, 200);
    assert_eq!(told(&script).last().unwrap().0, "terminated;reason=rejected", "the user said no");
}

#[test]
fn s08_refers_that_cannot_be_meant_are_refused_and_only_one_waits() {
    let mut script = Script::talking();
    for (value, code) in [("<http://example.com/>", 416), ("<sip:a@b>, <sip:c@d>", 400), ("<sip:a@b;method=BYE>", 403)]
    {
        assert_eq!(script.ask("REFER", &[("Refer-To", value)], ""), code, "{value}");
    }
    assert_eq!(script.ask("REFER", &[], ""), 400);
    assert!(news(&script).is_empty());
    assert_eq!(script.ask("REFER", &[("Refer-To", "<sip:carol@example.com>")], ""), 0, "it waits for a decision");
    for _ in 0..100 {
        assert_eq!(script.ask("REFER", &[("Refer-To", "<sip:mallory@example.com>")], ""), 491);
    }
    assert_eq!(news(&script).len(), 1);
    script.command(Command::AnswerRefer { call: CALL, code: 603 });
    assert!(script.responses.iter().any(|(_, response)| response.code == 603));
    assert!(told(&script).is_empty(), "who was refused has subscribed to nothing");
    let mut ringing = Script::incoming(&[]);
    ringing.command(Command::Ring { call: CALL, answer: None });
    assert_eq!(ringing.ask("REFER", &[("Refer-To", "<sip:carol@example.com>")], ""), 403, "not before the answer");
}

#[test]
fn a_refer_that_wants_no_news_gets_none() {
    let mut script = Script::talking();
    let headers = [("Refer-To", "<sip:carol@example.com>"), ("Refer-Sub", "false"), ("Require", "norefersub")];
    script.ask("REFER", &headers, "");
    script.command(Command::AnswerRefer { call: CALL, code: 202 });
    let response = &script.responses.last().unwrap().1;
    assert_eq!((response.code, response.headers.value("Refer-Sub")), (202, Some("false")));
    script.command(Command::ReportRefer { call: CALL, code: 180 });
    script.command(Command::ReportRefer { call: CALL, code: 200 });
    assert!(told(&script).is_empty());
    assert_eq!(script.ask("REFER", &[("Refer-To", "<sip:dave@example.com>")], ""), 0, "the next one may come");
}

#[test]
fn what_is_told_ends_with_the_subscription_with_a_refusal_and_with_the_call() {
    let mut script = referred();
    answer_notify(&mut script, 200);
    script.command(Command::ReportRefer { call: CALL, code: 180 });
    answer_notify(&mut script, 200);
    script.wait(Duration::from_secs(301));
    assert_eq!(
        told(&script).last().unwrap(),
        &("terminated;reason=timeout".to_owned(), "SIP/2.0 180 Ringing".to_owned())
    );
    let mut script = referred();
    answer_notify(&mut script, 481);
    script.command(Command::ReportRefer { call: CALL, code: 200 });
    assert_eq!(told(&script).len(), 1, "nobody listens");
    let mut script = referred();
    assert_eq!(script.ask("BYE", &[], ""), 200);
    script.command(Command::ReportRefer { call: CALL, code: 200 });
    assert_eq!(told(&script).len(), 1);
    let mut script = Script::talking();
    script.ask("REFER", &[("Refer-To", "<sip:carol@example.com>")], "");
    script.wait(Duration::from_secs(11));
    assert!(script.responses.iter().any(|(_, response)| response.code == 500), "undecided: no transaction hangs");
}

#[test]
fn s10_a_replaces_is_matched_by_all_three_and_only_where_a_call_can_be_replaced() {
    let script = Script::talking();
    let named = script.session.to_replace().expect("a call that is answered");
    assert_eq!(named.uri, "sip:bob@example.com");
    // Seen from us, the tags are the other way round.
    let ours = Replaces {
        to_tag: named.replaces.from_tag.clone(),
        from_tag: named.replaces.to_tag.clone(),
        ..named.replaces.clone()
    };
    assert_eq!(script.session.standing_of(&ours), Some(Standing::Confirmed));
    for wrong in [
        Replaces { call_id: "other".to_owned(), ..ours.clone() },
        Replaces { to_tag: "other".to_owned(), ..ours.clone() },
        Replaces { from_tag: "other".to_owned(), ..ours.clone() },
        named.replaces.clone(),
    ] {
        assert_eq!(script.session.standing_of(&wrong), None);
    }
    let mut early = Script::outgoing();
    early.respond_invite(180, "b", &[], "");
    let invite = early.sent[0].1.clone();
    let fork = Replaces {
        call_id: early.session.call_id().to_owned(),
        to_tag: invite.headers.from_tag().unwrap(),
        from_tag: "b".to_owned(),
        early_only: false,
    };
    assert_eq!(early.session.standing_of(&fork), Some(Standing::Early));
    assert!(early.session.to_replace().is_none(), "nobody is there to be connected with");
    let mut over = script;
    over.hang_up();
    assert_eq!(over.session.standing_of(&ours), None);
    let mut ringing = Script::incoming(&[]);
    ringing.command(Command::Ring { call: CALL, answer: None });
    let tag = ringing.responses[0].1.headers.to_tag().unwrap();
    let theirs = Replaces { call_id: "theirs".to_owned(), to_tag: tag, from_tag: "b".to_owned(), early_only: false };
    assert_eq!(ringing.session.standing_of(&theirs), None, "RFC 3891 section 3: not where it rings here");
}

#[test]
fn s10_an_invite_with_replaces_that_names_nothing_gets_481() {
    let script = Script::incoming(&[("Replaces", "x;to-tag=1;from-tag=2")]);
    assert_eq!(script.responses[0].1.code, 481);
    assert!(script.events.is_empty());
}

#[test]
fn a_call_that_takes_anothers_place_says_so_and_wants_to_be_understood() {
    let replaces = Replaces::parse("x;to-tag=1;from-tag=2").unwrap();
    let referral = Referral { replaces: Some(replaces), referred_by: Some("sip:bob@example.com".into()) };
    let invite = OutgoingInvite { referral: Some(Box::new(referral)), ..invitation(Anonymity::Named) };
    let script = Script::with(Session::outgoing(invite, party("alice"), [1; 32], start()));
    let headers = &script.last().headers;
    assert_eq!(headers.value("Replaces"), Some("x;to-tag=1;from-tag=2"));
    assert!(headers.has_token("Require", "replaces"));
    assert_eq!(headers.value("Referred-By"), Some("<sip:bob@example.com>"));
}

#[test]
fn s13_a_redirection_is_told_and_not_followed() {
    let mut script = Script::outgoing();
    let contacts = [("Contact", "<sip:+19005551234@premium.example>;q=0.5, <sip:carol@example.com>;q=0.9")];
    script.respond_invite(302, "b", &contacts, "");
    let Some(Event::Redirected { contacts, .. }) = script.events.first() else { panic!("{:?}", script.events) };
    assert_eq!(contacts[0].uri.as_ref(), "sip:carol@example.com");
    assert_eq!(script.ended().map(|end| end.code), Some(302));
    assert_eq!(script.methods(), ["INVITE"], "nothing is dialled by itself");
}

#[test]
fn a_call_is_sent_elsewhere_with_our_diversion_on_top() {
    let mut script = Script::incoming(&[
        ("Diversion", "<sip:first@example.com>;reason=unconditional"),
        ("History-Info", "<sip:first@example.com>;index=1"),
    ]);
    script.command(Command::Ring { call: CALL, answer: None });
    let to = SipUri::parse("sip:desk@example.com").unwrap();
    script.command(Command::Redirect { call: CALL, to, reason: DiversionReason::NoAnswer });
    let response = script.responses.last().unwrap().1.clone();
    assert_eq!((response.code, response.headers.value("Contact")), (302, Some("<sip:desk@example.com>")));
    let diversions: Vec<&str> = response.headers.values("Diversion").collect();
    assert_eq!(diversions[0], "<sip:alice@example.com>;reason=no-answer;counter=1");
    assert!(diversions[1].contains("first@example.com"));
    assert_eq!(response.headers.value("History-Info"), Some("<sip:first@example.com>;index=1"));
    assert_eq!(script.ended().map(|end| end.code), Some(302));
}

#[test]
fn who_keeps_a_history_of_a_call_is_told_that_we_were_in_it_and_why_we_are_left() {
    for (known, reason, expected) in [
        ("", DiversionReason::Unconditional, "<sip:alice@example.com?Reason=SIP%3Bcause%3D302>;index=1"),
        ("<sip:a@b>;index=1", DiversionReason::Busy, "<sip:alice@example.com?Reason=SIP%3Bcause%3D486>;index=1.1"),
        ("<sip:a@b>;index=1, <sip:c@d>;index=1.1", DiversionReason::NoAnswer, "cause%3D408>;index=1.1.1"),
        ("<sip:a@b>;index=x\"y", DiversionReason::DoNotDisturb, "cause%3D480>;index=1"),
    ] {
        let mut script = Script::incoming(&[("Supported", "timer, histinfo"), ("History-Info", known)]);
        let to = SipUri::parse("sip:desk@example.com").unwrap();
        script.command(Command::Redirect { call: CALL, to, reason });
        let response = &script.responses.last().unwrap().1;
        let last = response.headers.values("History-Info").last().unwrap();
        assert!(last.ends_with(expected), "{known}: {last}");
    }
}

#[test]
fn a_caller_that_was_forwarded_and_asks_to_be_answered_is_told_with_both() {
    let script = Script::incoming(&[
        ("Diversion", "\"Ana\" <sip:ana@example.com>;reason=user-busy"),
        ("Call-Info", "<sip:x>;answer-after=3"),
    ]);
    let Some(Event::Incoming(incoming)) = script.events.first() else { panic!("{:?}", script.events) };
    assert_eq!(
        incoming.about.forwarded_by.as_ref().map(|by| by.uri.to_string()).as_deref(),
        Some("sip:ana@example.com")
    );
    assert_eq!(incoming.about.answer_after, Some(Duration::from_secs(3)));
}
