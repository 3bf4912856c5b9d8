//! Real-time text in calls, as the program carries it out: offered, answered, refused, typed, kept.

use std::time::Duration;

use tandem::account::Request;
use tandem::media;
use tandem::model::{Call, CallId, EndedBy, Evidence, MediaEncryption, Stats, Writer};
use tandem::{sip, store};

use super::world::*;

const TEXT: &str =
    "m=text 4004 RTP/AVP 99 98\r\na=rtpmap:98 t140/1000\r\na=rtpmap:99 red/1000\r\na=fmtp:99 98/98/98\r\n";

fn world(more: &str) -> World {
    let text = format!(
        "[[chat]]\naddress = \"alice@example.com\"\npassword = \"x\"\n[[voice]]\naddress = \"sip:alice@example.com\"\n\
         password = \"x\"\n[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n{more}"
    );
    World::online_with(tandem::config::parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}")))
}

fn sdp(port: u16, more: &str) -> String {
    format!(
        "v=0\r\no=- 1 {port} IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n\
         a=rtpmap:0 PCMU/8000\r\n{more}"
    )
}

/// The last description that went to the other side.
fn told(world: &World) -> String {
    let sdp = world.sip().into_iter().rev().find_map(|command| match command {
        sip::Command::Invite { offer, .. } => Some(offer),
        sip::Command::Answer { sdp, .. } | sip::Command::Offer { sdp, .. } => Some(sdp),
        sip::Command::AnswerOffer { result: Ok(sdp), .. } => Some(sdp),
        _ => None,
    });
    sdp.expect("something was told").to_string()
}

/// What the media thread was asked to type.
fn typed(world: &World) -> String {
    let typed = world.sound().into_iter().filter_map(|command| match command {
        media::Command::Text { text, .. } => Some(text.to_string()),
        _ => None,
    });
    typed.collect()
}

fn shown(call: &Call) -> Vec<(Writer, String)> {
    let lines = call.text.iter().flat_map(|text| &text.lines);
    lines.map(|line| (line.from, line.text.to_string())).collect()
}

fn text_opened(world: &mut World, call: CallId) {
    let asked = world.sound().iter().any(|command| matches!(command, media::Command::OpenText { .. }));
    assert!(asked, "a socket for text is wanted");
    world.media(media::Event::TextOpened { call, port: Some(6_000) });
}

/// A call that came in with this line for text, and was answered.
fn answered(world: &mut World, line: &str) -> CallId {
    let call = CallId(77);
    world.incoming(call, identity("sip:bob@example.com"), Some(&sdp(4_000, line)));
    if world.sound().iter().any(|command| matches!(command, media::Command::OpenText { .. })) {
        world.media(media::Event::TextOpened { call, port: Some(6_000) });
    }
    world.opened(call);
    world.done(Request::Answer(call));
    call
}

fn write(world: &mut World, call: CallId, text: &str) -> Result<(), String> {
    let answer = world.ask(Request::Write(call, text.into())).expect("an answer");
    answer.map(|_| ()).map_err(|refusal| refusal.text.to_string())
}

#[test]
fn text_is_offered_answered_or_refused_as_the_setting_says() {
    for (setting, offers, answers) in [("off", false, false), ("answer", false, true), ("offer", true, true)] {
        let settings = format!("[media]\nreal-time-text = \"{setting}\"\n");
        let mut theirs = world(&settings);
        let call = answered(&mut theirs, TEXT);
        assert_eq!(told(&theirs).contains("m=text 6000 "), answers, "{setting}: {}", told(&theirs));
        assert_eq!(told(&theirs).contains("m=text 0 "), !answers, "{setting}");
        assert_eq!(theirs.view(call).text.is_some_and(|text| text.on), answers, "{setting}");

        let mut ours = world(&settings);
        let id = ours.call(tandem::account::CallTo::Text("sip:bob@example.com".into())).expect("a call");
        if offers {
            text_opened(&mut ours, id);
        }
        ours.opened(id);
        assert_eq!(told(&ours).contains("m=text 6000 "), offers, "{setting}: {}", told(&ours));
    }
    assert!(told_by_default().contains("m=text 6000 "), "answered by default");
}

fn told_by_default() -> String {
    let mut world = world("");
    answered(&mut world, TEXT);
    told(&world)
}

#[test]
fn what_both_type_is_seen_and_sent_as_it_is_typed() {
    let mut world = world("");
    let call = answered(&mut world, TEXT);
    write(&mut world, call, "Helo").unwrap();
    write(&mut world, call, "\u{8}lo").unwrap();
    world.media(media::Event::Text { call, text: "Hi\n".into() });
    world.media(media::Event::Text { call, text: "there".into() });
    assert_eq!(typed(&world), "Helo\u{8}lo");
    let expected = [(Writer::Me, "Hello"), (Writer::Peer, "Hi"), (Writer::Peer, "there")];
    let view = world.view(call);
    assert_eq!(shown(&view), expected.map(|(from, text)| (from, text.to_owned())));
    let text = view.text.expect("text");
    assert!(text.open_line(Writer::Peer).is_some_and(|line| &*line.text == "there"), "they are typing");
    assert_eq!(text.encryption, MediaEncryption::None, "as the sound");
}

#[test]
fn writing_in_a_call_without_text_asks_the_other_side_for_it_and_nothing_typed_is_lost() {
    let mut world = world("");
    let call = answered(&mut world, "");
    assert!(!told(&world).contains("m=text"));
    write(&mut world, call, "Can you ").unwrap();
    text_opened(&mut world, call);
    write(&mut world, call, "read this?").unwrap();
    assert!(told(&world).contains("m=text 6000 "), "{}", told(&world));
    assert_eq!(typed(&world), "", "not before it is taken up");
    let answer = sdp(4_000, TEXT);
    world.voice(sip::Event::OfferAnswered { call, sdp: answer.into() });
    assert_eq!(typed(&world), "Can you read this?");
    assert_eq!(shown(&world.view(call)), [(Writer::Me, "Can you read this?".to_owned())]);
}

#[test]
fn a_phone_that_takes_no_text_is_said_to_take_none_and_the_call_goes_on() {
    for refused in [false, true] {
        let mut world = world("");
        let call = answered(&mut world, "");
        write(&mut world, call, "Hello?").unwrap();
        text_opened(&mut world, call);
        if refused {
            world.voice(sip::Event::OfferRefused { call, code: 488 });
        } else {
            let answer = sdp(4_000, "m=text 0 RTP/AVP 99\r\n");
            world.voice(sip::Event::OfferAnswered { call, sdp: answer.into() });
        }
        let view = world.view(call);
        let text = view.text.as_ref().expect("text was asked for");
        assert!(!text.on && text.reason.as_ref().is_some_and(|why| why.contains("takes no text")), "{refused}");
        assert!(view.end.is_none() && shown(&view).is_empty());
        // A hold afterwards names no line for text that was never agreed on.
        world.done(Request::Hold(call));
        assert!(!told(&world).contains("m=text 6000"), "{}", told(&world));
    }
}

#[test]
fn what_cannot_be_written_is_refused_with_a_sentence() {
    let mut off = world("[media]\nreal-time-text = \"off\"\n");
    let call = answered(&mut off, TEXT);
    assert!(write(&mut off, call, "x").unwrap_err().contains("off in your settings"));
    let mut world = world("");
    let call = answered(&mut world, TEXT);
    assert!(write(&mut world, call, &"x".repeat(1_001)).unwrap_err().contains("1,000"));
    let sent = (0..50).filter(|_| write(&mut world, call, &"x".repeat(1_000)).is_ok()).count();
    assert_eq!(sent, 5, "five thousand characters ahead, not more");
    world.wait(Duration::from_secs(40));
    write(&mut world, call, &"x".repeat(1_000)).expect("the other side has caught up");
    assert!(write(&mut world, CallId(5), "x").unwrap_err().contains("no such call"));
}

#[test]
fn a_line_for_text_follows_the_call_to_another_address_and_through_a_hold() {
    let mut world = world("");
    let call = answered(&mut world, TEXT);
    world.done(Request::Hold(call));
    let held = told(&world);
    assert!(held.contains("m=text 6000 ") && held.matches("a=sendonly").count() == 2, "{held}");
}

#[test]
fn what_was_written_in_a_call_is_kept_with_it_unless_the_setting_says_otherwise() {
    for (setting, kept) in [("", true), ("[history]\ncall-text = false\n", false)] {
        let mut world = world(setting);
        let call = answered(&mut world, TEXT);
        world.media(media::Event::Text { call, text: "see you\n".into() });
        let before = world
            .kept()
            .into_iter()
            .any(|command| matches!(&command, store::Command::Call(call) if call.text.is_some()));
        assert!(!before, "nothing is written to the disk letter by letter");
        world.ended(call, 0, EndedBy::Remote);
        let last = world.kept().into_iter().rev().find_map(|command| match command {
            store::Command::Call(call) => Some(*call),
            _ => None,
        });
        let found = last.and_then(|call| call.text.clone()).map(|text| text.to_texts().len());
        assert_eq!(found, kept.then_some(1), "{setting}");
        assert_eq!(shown(&world.view(call)).len(), 1, "still on the screen");
    }
}

#[test]
fn a_telephone_for_text_that_sends_no_sound_is_not_hung_up() {
    for (line, ends) in [(TEXT, false), ("", true)] {
        let mut world = world("[calls]\nsilence-timeout = 30\n");
        let call = answered(&mut world, line);
        for second in 1..=60_u64 {
            world.wait(Duration::from_secs(1));
            let evidence = Evidence { silence_ms: second * 1_000, ..Evidence::default() };
            world.media(media::Event::Stats { call, stats: Stats { evidence, ..Stats::default() } });
        }
        let hung_up = world.sip().iter().any(|command| matches!(command, sip::Command::Hangup { .. }));
        assert_eq!(hung_up, ends, "{line}");
    }
}
