//! Descriptions as other programs write them, and back.

use super::hostile::described;
use super::*;
use crate::model::MediaDirection;
use crate::xmpp::jingle::{Caps, Description, Group, PeerCaps, content};

#[test]
fn a_description_survives_the_way_to_sdp_and_back() {
    let mut offering = negotiation(1);
    offering.set_candidates(
        vec![
            candidate(1, 4_000),
            Candidate {
                kind: CandidateKind::Relayed,
                address: "203.0.113.5:49152".parse().expect("valid"),
                related: Some("198.51.100.1:1".parse().expect("valid")),
                ..candidate(1, 4_000)
            },
        ],
        true,
    );
    let sdp = offering.offer(false).expect("an offer");
    let ours = Description::of_sdp(&sdp, "audio").expect("audio");
    let written = super::super::write::content(&ours, true, true);
    let mut jingle = Element::builder("jingle", ns::JINGLE);
    jingle = jingle.append_all(written);
    let text = String::from(&jingle.build());
    let (read, others) = content(&text.parse().expect("valid"), true).expect("it can be read");
    assert!(others.is_empty());
    // Where a candidate comes from is told and not needed.
    let mut expected = ours.clone();
    for one in &mut expected.transport.candidates {
        one.related = None;
    }
    let bundle = Group { semantics: "BUNDLE".to_owned(), contents: vec!["audio".to_owned()] };
    expected.extras.groups = vec![bundle];
    assert_eq!(read, expected);
    let plain = text.replace('"', "'");
    assert!(plain.contains("rel-addr='198.51.100.1'") && plain.contains("setup='actpass'"), "{plain}");
    assert!(plain.contains("semantics='BUNDLE'"), "{plain}");
    let (_, plan) = negotiation(2).answer(&read.to_sdp(), false).expect("and answered");
    let relay: std::net::SocketAddr = "203.0.113.5:49152".parse().expect("valid");
    assert_eq!(plan.remote_rtp, relay, "who can do no checks uses the relay");
    assert_eq!(plan.ice.expect("ice").remote.candidates.len(), 2);
}

#[test]
fn what_others_add_is_read_and_does_not_disturb() {
    let rich = described("s", "session-initiate", "")
        .replace(
            "<rtcp-mux/>",
            "<payload-type id='101' name='telephone-event' clockrate='8000'><parameter value='0-15'/></payload-type>\
             <payload-type id='0'/><payload-type id='999' name='x'/><payload-type id='96' name='a b'/>\
             <rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1' uri='urn:ietf:params:rtp-hdrext:ssrc-audio-level'/>\
             <source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='1656081975'><parameter name='cname' value='x'/></source>\
             <rtcp-mux/>",
        )
        .replace(
            "<parameter name='useinbandfec' value='1'/>",
            "<parameter name='useinbandfec' value='1'/>\
             <rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack' subtype='pli'/>",
        );
    let (read, _) = content(&rich.parse().expect("valid"), true).expect("it can be read");
    assert_eq!(read.formats.iter().map(|format| format.id).collect::<Vec<_>>(), [111, 101, 0]);
    let sdp = read.to_sdp();
    assert!(sdp.contains("a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n"), "{sdp}");
    assert!(sdp.contains("a=fmtp:101 0-15\r\n") && sdp.contains("a=rtcp-mux\r\n"), "{sdp}");
}

#[test]
fn senders_mean_another_direction_for_each_side() {
    use super::super::description::Direction;
    for (senders, initiator, expected) in [
        (None, true, MediaDirection::SendRecv),
        (Some("both"), false, MediaDirection::SendRecv),
        (Some("initiator"), true, MediaDirection::SendOnly),
        (Some("initiator"), false, MediaDirection::RecvOnly),
        (Some("responder"), true, MediaDirection::RecvOnly),
        (Some("responder"), false, MediaDirection::SendOnly),
        (Some("none"), true, MediaDirection::Inactive),
    ] {
        let direction = Direction::of_senders(senders, initiator).expect("known");
        assert_eq!(direction.0, expected, "{senders:?} {initiator}");
        assert_eq!(direction.senders(initiator), senders.unwrap_or("both"));
    }
    assert!(Direction::of_senders(Some("everybody"), true).is_none());
}

#[test]
fn audio_is_found_among_other_contents_and_the_rest_is_removed_before_it_is_accepted() {
    let mut world = World::new(&[BOB]);
    let video = "<content creator='initiator' name='video'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='video'/>\
                 <transport xmlns='urn:xmpp:jingle:transports:ice-udp:1'/></content><content creator";
    let fingerprint = format!(
        "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>{}</fingerprint>",
        vec!["AB"; 32].join(":")
    );
    let both = described("s", "session-initiate", &fingerprint).replacen("<content creator", video, 1);
    world.request(&by_hand(BOB, &both), &full(ALICE));
    world.settle();
    let (call, offer) = world.incoming(ALICE);
    let (answer, _) = negotiation(1).answer(&offer.expect("described"), false).expect("it can be answered");
    world.command(ALICE, JingleCommand::Accept { call, answer: answer.into() });
    let actions: Vec<String> = world
        .way
        .iter()
        .filter_map(|way| match way {
            Way::Request { payload, .. } => payload.attr("action").map(str::to_owned),
            Way::Answer { .. } | Way::Stanza { .. } => None,
        })
        .collect();
    assert_eq!(actions, ["content-remove", "session-accept"]);
}

const CAPABLE: &str = "<feature var='urn:xmpp:jingle-message:0'/><feature var='urn:xmpp:jingle:1'/>\
    <feature var='urn:xmpp:jingle:apps:dtls:0'/><feature var='urn:xmpp:jingle:apps:rtp:1'/>\
    <feature var='urn:xmpp:jingle:apps:rtp:audio'/><feature var='urn:xmpp:jingle:transports:ice-udp:1'/>";

fn presence(ver: &str) -> Element {
    format!(
        "<presence xmlns='jabber:client'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://x' \
         ver='{ver}'/></presence>"
    )
    .parse()
    .expect("valid")
}

fn answer(inside: &str) -> Element {
    format!(
        "<iq xmlns='jabber:client' type='result'><query xmlns='http://jabber.org/protocol/disco#info'>{inside}</query></iq>"
    )
    .parse()
    .expect("valid")
}

#[test]
fn x17_c28_who_announces_calls_can_be_called_and_nobody_can_say_it_of_somebody_else() {
    let (bob, carol) = (full(BOB).bare(), Jid::parse("carol@example.org").expect("valid"));
    // XEP-0115 section 5.2's own example.
    let example = "<identity category='client' name='Exodus 0.9.1' type='pc'/>\
                   <feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>\
                   <feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/>";
    let mut caps = PeerCaps::default();
    assert!(!caps.handle_presence(&bob, Some("a"), &presence("QgayPKawpkPSDYmwT/WM94uAlu0=")));
    let question = caps.next_question().expect("asked");
    assert_eq!(question.node.as_deref(), Some("https://x#QgayPKawpkPSDYmwT/WM94uAlu0="));
    assert_eq!(caps.handle_answer(&question, Some(&answer(example))), std::slice::from_ref(&bob), "the hash is right");
    assert_eq!(caps.callable(&bob), (false, false));
    // Known now: nobody is asked again.
    assert!(caps.handle_presence(&carol, Some("a"), &presence("QgayPKawpkPSDYmwT/WM94uAlu0=")));
    assert_eq!(caps.next_question(), None);
    // A wrong hash speaks for the one who gave it, and is not believed of others.
    assert!(!caps.handle_presence(&bob, Some("b"), &presence("made-up")));
    let question = caps.next_question().expect("asked");
    assert!(!caps.handle_presence(&carol, Some("b"), &presence("made-up")));
    assert_eq!(caps.next_question(), None, "it is on its way");
    assert_eq!(caps.handle_answer(&question, Some(&answer(CAPABLE))), std::slice::from_ref(&bob));
    assert_eq!((caps.callable(&bob), caps.callable(&carol)), ((true, false), (false, false)));
    assert_eq!(caps.direct(&bob), None, "all devices ring");
    // Gone with the connection that could.
    assert!(caps.handle_presence(
        &bob,
        Some("b"),
        &"<presence xmlns='jabber:client' type='unavailable'/>".parse().expect("valid")
    ));
    assert_eq!(caps.callable(&bob), (false, false));
}

#[test]
fn a_gateway_says_so_and_a_program_without_messages_is_called_directly() {
    let gate = Jid::parse("+4930123456@gateway.example").expect("valid");
    let mut caps = PeerCaps::default();
    caps.handle_presence(&gate, Some("x"), &presence("one"));
    let question = caps.next_question().expect("asked");
    let said =
        CAPABLE.replace("<feature var='urn:xmpp:jingle-message:0'/>", "<identity category='gateway' type='pstn'/>");
    caps.handle_answer(&question, Some(&answer(&said)));
    assert_eq!(caps.callable(&gate), (true, true));
    assert_eq!(caps.direct(&gate), gate.with_resource("x").ok());
    assert_eq!(Caps::default(), Caps { audio: false, messages: false, digits: false, gateway: false });
}

#[test]
fn a_flood_of_capabilities_stays_bounded() {
    let mut caps = PeerCaps::default();
    for n in 0..5_000 {
        let jid = Jid::parse(&format!("c{n}@example.org")).expect("valid");
        caps.handle_presence(&jid, Some("x"), &presence(&format!("v{n}")));
    }
    let mut asked = 0;
    while let Some(question) = caps.next_question() {
        asked += 1;
        caps.handle_answer(&question, None);
    }
    assert_eq!(asked, 256, "those that find no room are asked when their presence changes");
    let one = Jid::parse("one@example.org").expect("valid");
    for n in 0..100 {
        caps.handle_presence(&one, Some(&format!("r{n}")), &presence(&format!("w{n}")));
    }
    let mut of_one = 0;
    while let Some(question) = caps.next_question() {
        of_one += 1;
        caps.handle_answer(&question, None);
    }
    assert_eq!(of_one, 16);
}
