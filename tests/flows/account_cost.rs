//! What calls cost, when that is asked first, and what comes after a call that was refused.

use std::time::Duration;

use tandem::account::{CallTo, Effect, Input, NoticeBody, NumbersRequest, RefusalKind, Reply, Request};
use tandem::config::{SecretSource, Voice};
use tandem::model::{AccountId, CallState, Cost, EndedBy, QuestionKind};
use tandem::store::Loaded;
use tandem::{sip, xmpp};

use super::account_numbers::{answer, asked, configured, many, memos, placed, refused, text, wish};
use super::world::*;

#[test]
fn a_call_that_may_cost_asks_when_the_configuration_says_so() {
    let number = "030 901820";
    for (keys, asks, asks_again) in
        [("", true, false), ("ask-cost = \"always\"", true, true), ("ask-cost = \"never\"", false, false)]
    {
        let mut world = World::online_with(configured(&format!("[numbers]\nregion = \"DE\"\n{keys}\n")));
        let first = world.ask(wish(text(number), None)).expect("an answer");
        assert_eq!(first.is_err(), asks, "{keys}");
        if let Err(refusal) = first {
            assert_eq!(refusal.kind, RefusalKind::Confirm);
            assert_eq!(&*refusal.details[0].0, "cost");
            assert!(refusal.details[0].1.contains("Phone network, may be charged: landline number"));
            let question = asked(&mut world);
            assert_eq!((question.kind, Some(question.id)), (QuestionKind::Cost, refusal.question));
            assert_eq!(&*question.choices[0].id, "cancel", "the safe answer first");
            let spare = question.choices.iter().find(|choice| choice.id.starts_with("call:number:"));
            let choice = spare.map_or_else(|| "call".into(), |choice| choice.id.clone());
            let request = Request::Answered { question: question.id, choice };
            let _ = placed(&mut world, request);
        }
        let again = world.ask(wish(text(number), None)).expect("an answer");
        assert_eq!(again.is_err(), asks_again, "{keys}");
    }
}

#[test]
fn c41_a_contacts_number_in_the_phone_network_is_told_and_asked_first() {
    // Section 5: Bob of biloxi has no phone service, and put his mobile number into his card.
    let mut world = World::online_with(configured("[numbers]\nregion = \"DE\"\n"));
    world.card("carol@other.example", &["+49 151 12345678"]);
    let carol = || CallTo::Contact(jid("carol@other.example"));
    let Some(Ok(Reply::Quote(quote))) = world.ask(Request::Numbers(NumbersRequest::Quote(carol()))) else {
        panic!("a quote")
    };
    assert_eq!((quote.cost, quote.asks), (Cost::PhoneNetwork, true));
    assert_eq!(&*quote.text, "Phone network, may be charged: mobile number");
    assert_eq!(refused(&mut world, wish(carol(), None)).kind, RefusalKind::Confirm);
    assert!(world.shown().calls.is_empty());
    let request = answer(&mut world, "call:class:mobile number");
    let id = placed(&mut world, request);
    assert_eq!(&*world.view(id).charge.expect("a charge").text, "Phone network, may be charged: mobile number");
    assert_eq!(&*world.view(id).route.rule, "This voice account belongs to the chat account of the contact.");
    let _ = placed(&mut world, wish(text("0151 87654321"), None));
    // Another domain may charge anything, and says so by its name.
    let refusal = refused(&mut world, wish(text("sip:eve@example.net"), None));
    assert!(refusal.details[0].1.contains("example.net"));
    let request = answer(&mut world, "call:domain:example.net");
    let _ = placed(&mut world, request);
    let _ = placed(&mut world, wish(text("sip:mallory@example.net"), None));
    // What is dear or abroad is never silenced.
    for number in ["0900 1234567", "+41 44 668 18 00"] {
        let _ = refused(&mut world, wish(text(number), None));
        let question = asked(&mut world);
        assert_eq!(question.choices.len(), 2, "{number}: {question:?}");
        let request = answer(&mut world, "call");
        let _ = placed(&mut world, request);
        assert_eq!(refused(&mut world, wish(text(number), None)).kind, RefusalKind::Confirm, "{number}");
    }
}

const TARIFF: &str = "[numbers]\nregion = \"DE\"\ndaily-limit = \"0.40 EUR\"\nask-cost = \"never\"\n\
    [[numbers.class]]\nname = \"mobile number\"\nprefix = \"+4915\"\ncost = \"0.19 EUR\"\n";

#[test]
fn the_daily_limit_asks_again_and_survives_a_restart() {
    let mut world = World::online_with(configured(TARIFF));
    let id = placed(&mut world, wish(text("0151 12345678"), None));
    world.opened(id);
    world.answered(id);
    world.wait(Duration::from_secs(90));
    let charge = world.view(id).charge.expect("a charge");
    assert_eq!(charge.after(Duration::from_secs(90)).expect("a price").to_string(), "0.38 EUR");
    let problems = |world: &World| {
        let problem = |effect: &Effect| match effect {
            Effect::Notice(NoticeBody::Problem(text)) => Some(text.to_string()),
            _ => None,
        };
        world.effects.iter().filter_map(problem).collect::<Vec<_>>()
    };
    assert!(problems(&world).is_empty());
    world.wait(Duration::from_secs(40));
    assert_eq!(problems(&world).len(), 1, "told while it is reached, and once");
    assert!(problems(&world)[0].contains("0.57 EUR") && problems(&world)[0].contains("0.40 EUR"));
    world.ended(id, 0, EndedBy::Remote);
    let remembered = memos(&world);
    let spent = remembered.iter().find(|(key, _)| key == "spent").expect("kept").1.clone();
    assert!(spent.ends_with(" 0.57 EUR"), "{spent}");
    let loaded = Loaded { memos: remembered, ..Loaded::default() };
    let mut world = World::new(configured(TARIFF), loaded);
    world.sign_in();
    let refusal = refused(&mut world, wish(text("0151 12345678"), None));
    assert_eq!(&*refusal.details[1].0, "daily-limit");
    let _ = placed(&mut world, wish(text("112"), None));
    let _ = placed(&mut world, wish(text("sip:bob@example.com"), None));
    // A new day.
    world.wait(Duration::from_secs(24 * 3600));
    let _ = placed(&mut world, wish(text("0151 12345678"), None));
}

#[test]
fn c41_emergency_numbers_never_ask_and_never_fail_for_a_policy() {
    let mut config = configured(
        "[numbers]\nregion = \"DE\"\nask-cost = \"always\"\noutside-prefix = \"0\"\nemergency = [\"123456\"]\n\
         [[numbers.class]]\nname = \"all\"\nmatch = \".\"\nkind = \"premium\"\n\
         [[numbers.rule]]\nmatch = \"^1\"\nreplace = \"+49900\"\nfor = \"dial\"\n",
    );
    config.voice[0].media_encryption = tandem::sdp::MediaProtection::Required;
    let home = AccountId::new("home");
    config.voice.push(Voice::new(home.clone(), sip_uri("sip:alice@home.example"), SecretSource::Keyring));
    for number in ["112", "110", "911", "1 1 2", "tel:112", "123456", "sip:112@example.com"] {
        let mut world = World::new(config.clone(), Loaded::default());
        world.sign_in();
        // Two accounts, one of them away; anonymous, which would hide who needs help.
        let request = Request::Call {
            to: text(number),
            account: Some(home.clone()),
            via: None,
            confirm: false,
            video: false,
            anonymous: Some(true),
        };
        let id = placed(&mut world, request);
        world.opened(id);
        let invited = world.sip().into_iter().find_map(|command| match command {
            sip::Command::Invite { to, offer, anonymity, .. } => Some((to.uri.to_string(), offer, anonymity)),
            _ => None,
        });
        let (uri, offer, anonymity) = invited.expect("an INVITE");
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        assert!(uri.starts_with(&format!("sip:{digits}@example.com")), "{uri}");
        assert_eq!(anonymity, sip::Anonymity::Named);
        assert!(offer.contains("RTP/AVP "), "a service that knows no SRTP is not excluded: {offer}");
        assert_eq!(&*world.view(id).route.rule, "An emergency call goes over any account that is connected.");
        assert_eq!(world.view(id).charge, None);
    }
}

#[test]
fn c43_a_refused_call_offers_the_next_way() {
    let mut world = many();
    world.put(Input::Chat(
        chat_id(),
        xmpp::Event::Card { jid: jid("bob@example.com"), card: Some(card(&["sip:bob@example.com", "+49 30 901820"])) },
    ));
    let id = world.dial_bob();
    world.ended(id, 403, EndedBy::Remote);
    let call = world.view(id);
    assert!(call.end.expect("over").text.starts_with("The phone service does not allow this call."));
    let labels: Vec<&str> = call.next.iter().map(|way| way.label.as_ref()).collect();
    assert_eq!(
        labels,
        [
            "Call over sip:alice@home.example",
            "Call over sip:0151@mobile.example",
            "Call +4930901820",
            "Write a message"
        ]
    );
    assert!(call.next[2].detail.contains("may be charged"));
    world.wait(Duration::from_secs(30));
    assert_eq!(world.shown().calls.len(), 1, "long enough to be read");
    world.wait(Duration::from_secs(31));
    assert!(world.shown().calls.is_empty());
    // Busy is busy on every line; what we end ourselves needs no way on.
    let id = world.dial_bob();
    world.ended(id, 486, EndedBy::Remote);
    let labels: Vec<String> = world.view(id).next.iter().map(|way| way.label.to_string()).collect();
    assert_eq!(labels, ["Call +4930901820", "Write a message"]);
    let id = world.dial_bob();
    world.done(Request::Hangup(id));
    world.ended(id, 487, EndedBy::Local);
    assert!(world.view(id).next.is_empty());
    let id = world.talking();
    world.ended(id, 0, EndedBy::Remote);
    assert!(world.view(id).next.is_empty());
}

#[test]
fn c42_an_announcement_before_the_answer_is_heard_and_captioned() {
    let mut world = World::online();
    let id = world.dial_bob();
    let event = sip::Event::Progress {
        call: id,
        code: 183,
        text: Some("This call costs 1 EUR a minute".into()),
        fork: sip::ForkId(1),
        sdp: Some(SOUND.into()),
    };
    world.voice(event);
    let call = world.view(id);
    assert_eq!(call.state, CallState::Early);
    assert_eq!(call.said.as_deref(), Some("The phone service says: This call costs 1 EUR a minute"));
    assert!(world.sound().iter().any(|command| matches!(command, tandem::media::Command::Start { .. })), "heard");
    assert_eq!(world.last_tone(), None, "no ringing tone over the announcement");
    world.answered(id);
    assert_eq!(world.view(id).said, None);
}
