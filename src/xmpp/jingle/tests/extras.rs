//! Feedback, header extensions, groups and sources, with the shapes of the documents' own examples.

use super::hostile::described;
use super::*;
use crate::model::MediaDirection;
use crate::xmpp::jingle::{Description, Extension, FeedbackKind, Group, Source, SourceGroup, content};

/// An offer with something in its description, something in its payload type, and something beside the content.
fn offer(description: &str, payload: &str, beside: &str) -> Element {
    let fingerprint = format!(
        "<fingerprint xmlns='urn:xmpp:jingle:apps:dtls:0' hash='sha-256' setup='actpass'>{}</fingerprint>",
        vec!["AB"; 32].join(":")
    );
    described("s", "session-initiate", &fingerprint)
        .replace("<rtcp-mux/>", &format!("{description}<rtcp-mux/>"))
        .replace("<parameter name='useinbandfec' value='1'/>", payload)
        .replace("</jingle>", &format!("{beside}</jingle>"))
        .parse()
        .expect("valid")
}

fn read(offer: &Element) -> Description {
    content(offer, true).expect("it can be read").0
}

/// Alice answers it: what her `session-accept` looks like, with single quotes.
fn answered(offer: &Element) -> String {
    let mut world = World::new(&[BOB]);
    world.request(&by_hand(BOB, &String::from(offer)), &full(ALICE));
    world.settle();
    let (call, sdp) = world.incoming(ALICE);
    let (answer, plan) = negotiation(1).answer(&sdp.expect("described"), false).expect("it can be answered");
    assert!(plan.dtls.is_some(), "keys by the handshake");
    world.command(ALICE, JingleCommand::Accept { call, answer: answer.into() });
    let accept = world.way.iter().find_map(|way| match way {
        Way::Request { payload, .. } if payload.attr("action") == Some("session-accept") => Some(payload),
        Way::Request { .. } | Way::Answer { .. } | Way::Stanza { .. } => None,
    });
    String::from(accept.expect("accepted")).replace('"', "'")
}

fn line(sdp: &str, line: &str) -> bool {
    sdp.lines().any(|one| one == line)
}

#[test]
fn feedback_is_read_mapped_and_taken_out_of_the_answer() {
    let all = "<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack'/>\
               <rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='ccm'><parameter name='fir'/>\
               <parameter name='smaxpr' value='120'/></rtcp-fb>\
               <rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='a&#10;a=crypto:1'/><rtcp-fb type='nack'/>";
    let one = "<rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='nack' subtype='rpsi'/>\
               <rtcp-fb-trr-int xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' value='100'/>";
    let offer = offer(all, one, "");
    let read = read(&offer);
    let kind = |name: &str, subtype: Option<&str>| FeedbackKind {
        name: name.to_owned(),
        subtype: subtype.map(str::to_owned),
        parameters: Vec::new(),
    };
    let with = vec![("fir".to_owned(), None), ("smaxpr".to_owned(), Some("120".to_owned()))];
    let ccm = FeedbackKind { parameters: with, ..kind("ccm", None) };
    assert_eq!(read.extras.feedback.kinds, [kind("nack", None), ccm]);
    assert_eq!(read.formats[0].feedback.kinds, [kind("nack", Some("rpsi"))]);
    assert_eq!(read.formats[0].feedback.interval_ms, Some(100));
    // XEP-0293 section 5.
    let sdp = read.to_sdp();
    for wanted in ["a=rtcp-fb:* nack", "a=rtcp-fb:* ccm fir smaxpr=120", "a=rtcp-fb:111 nack rpsi"] {
        assert!(line(&sdp, wanted), "{wanted}: {sdp}");
    }
    assert!(line(&sdp, "a=rtcp-fb:111 trr-int 100") && !sdp.contains("crypto"), "{sdp}");
    assert!(sdp.contains("UDP/TLS/RTP/SAVPF 111"), "any wish makes it the profile with feedback: {sdp}");
    // Section 4: what is not wished is removed, and nothing keeps us in that profile.
    let accept = answered(&offer);
    assert!(accept.contains("name='opus'") && !accept.contains("rtcp-fb"), "{accept}");
}

#[test]
fn header_extensions_are_read_mapped_and_taken_out_of_the_answer() {
    let extensions = "<rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' uri='urn:ietf:params:rtp-hdrext:toffset' id='1'/>\
                      <rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' uri='URI-gps-string' id='2' senders='initiator'/>\
                      <rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' uri='urn:ietf:params:rtp-hdrext:ntp-64' id='4907'/>\
                      <rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' uri='URI-x' id='4100' senders='responder'>\
                      <parameter name='vad' value='on'/></rtp-hdrext>\
                      <rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' uri='x y' id='3'/>\
                      <rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' uri='URI-z' id='5' senders='everybody'/>\
                      <extmap-allow-mixed xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0'/>";
    let offer = offer(extensions, "", "");
    let read = read(&offer);
    let extension = |id, uri: &str, direction| Extension {
        id,
        uri: uri.to_owned(),
        direction: super::super::description::Direction(direction),
        parameters: Vec::new(),
    };
    let mut last = extension(4_100, "URI-x", MediaDirection::RecvOnly);
    last.parameters = vec![("vad".to_owned(), Some("on".to_owned()))];
    // A number beyond what RFC 8285 has, an address with a blank and a sender that nobody is are none.
    assert_eq!(
        read.extras.extensions,
        [
            extension(1, "urn:ietf:params:rtp-hdrext:toffset", MediaDirection::SendRecv),
            extension(2, "URI-gps-string", MediaDirection::SendOnly),
            last
        ]
    );
    assert!(read.extras.allow_mixed);
    // XEP-0294 section 5.
    let sdp = read.to_sdp();
    for wanted in [
        "a=extmap:1 urn:ietf:params:rtp-hdrext:toffset",
        "a=extmap:2/sendonly URI-gps-string",
        "a=extmap:4100/recvonly URI-x vad=on",
        "a=extmap-allow-mixed",
    ] {
        assert!(line(&sdp, wanted), "{wanted}: {sdp}");
    }
    // Section 4: what is not understood or wished is removed.
    let accept = answered(&offer);
    assert!(!accept.contains("rtp-hdrext") && !accept.contains("extmap"), "{accept}");
    // The same words from the one who answers mean the other direction.
    let theirs = content(&offer, false).expect("it can be read").0;
    assert_eq!(theirs.extras.extensions[1].direction.0, MediaDirection::RecvOnly, "as the document's example maps it");
}

#[test]
fn only_a_group_that_was_offered_is_answered() {
    let group = |semantics: &str, names: &[&str]| {
        let names: String = names.iter().map(|name| format!("<content name='{name}'/>")).collect();
        format!("<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='{semantics}'>{names}</group>")
    };
    for (beside, lines, answers) in [
        (group("BUNDLE", &["audio", "webcam"]), vec!["a=group:BUNDLE audio webcam", "a=mid:audio"], true),
        (group("LS", &["audio", "webcam"]), vec!["a=group:LS audio webcam", "a=mid:audio"], false),
        (group("BUNDLE", &["webcam", "slides"]), vec![], false),
        (String::new(), vec![], false),
    ] {
        let offer = offer("", "", &beside);
        let sdp = read(&offer).to_sdp();
        for wanted in &lines {
            assert!(line(&sdp, wanted), "{wanted}: {sdp}");
        }
        assert_eq!(sdp.contains("a=group:"), !lines.is_empty(), "{sdp}");
        let accept = answered(&offer);
        let ours = "<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='audio'/></group>";
        let compact = accept.replace(" />", "/>");
        assert_eq!(compact.contains("<group"), answers, "{beside}: {compact}");
        assert_eq!(compact.contains("semantics='BUNDLE'"), answers, "{ours}: {compact}");
    }
    let written = Group { semantics: "BUNDLE".to_owned(), contents: vec!["audio".to_owned(), "webcam".to_owned()] };
    let offer = offer("", "", &group("BUNDLE", &["audio", "webcam"]));
    assert_eq!(read(&offer).extras.groups, [written]);
}

#[test]
fn sources_are_read_and_mapped_and_a_call_does_not_depend_on_them() {
    let sources = "<ssrc-group xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' semantics='FID'><source ssrc='2301230316'/>\
                   <source ssrc='386328120'/></ssrc-group>\
                   <source ssrc='1656081975' xmlns='urn:xmpp:jingle:apps:rtp:ssma:0'>\
                   <parameter name='cname' value='Yv/wvbCdsDW2Prgd'/>\
                   <parameter name='msid' value='MLTJKIHilGn71fNQoszkQ4jlPTuS5vJyKVIv MLTJKIHilGn71fNQoszkQ4jlPTuS5vJyKVIva0'/>\
                   <parameter name='lonely'/><parameter name='bad' value='a&#10;a=crypto:1'/></source>\
                   <source ssrc='4294967296' xmlns='urn:xmpp:jingle:apps:rtp:ssma:0'/>";
    let offer = offer(sources, "", "");
    let read = read(&offer);
    let named = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    let msid = "MLTJKIHilGn71fNQoszkQ4jlPTuS5vJyKVIv MLTJKIHilGn71fNQoszkQ4jlPTuS5vJyKVIva0";
    let parameters = vec![named("cname", "Yv/wvbCdsDW2Prgd"), named("msid", msid), ("lonely".to_owned(), None)];
    assert_eq!(read.extras.sources, [Source { ssrc: 1_656_081_975, parameters }]);
    let group = SourceGroup { semantics: "FID".to_owned(), sources: vec![2_301_230_316, 386_328_120] };
    assert_eq!(read.extras.source_groups, [group]);
    // XEP-0339 section 2.
    let sdp = read.to_sdp();
    for wanted in [
        "a=ssrc-group:FID 2301230316 386328120",
        "a=ssrc:1656081975 cname:Yv/wvbCdsDW2Prgd",
        &format!("a=ssrc:1656081975 msid:{msid}"),
        "a=ssrc:1656081975 lonely",
    ] {
        assert!(line(&sdp, wanted), "{wanted}: {sdp}");
    }
    assert!(!sdp.contains("crypto"), "{sdp}");
    let accept = answered(&offer);
    assert!(!accept.contains("ssma"), "{accept}");
}

#[test]
fn a_flood_of_what_nobody_uses_stays_bounded() {
    let one = |n: u32| {
        format!(
            "<source xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' ssrc='{n}'><parameter name='cname' value='x'/></source>\
             <rtcp-fb xmlns='urn:xmpp:jingle:apps:rtp:rtcp-fb:0' type='k{n}'/>\
             <rtp-hdrext xmlns='urn:xmpp:jingle:apps:rtp:rtp-hdrext:0' id='1' uri='u{n}'/>\
             <ssrc-group xmlns='urn:xmpp:jingle:apps:rtp:ssma:0' semantics='s{n}'/>"
        )
    };
    let many: String = (0..2_000).map(one).collect();
    let groups: String = (0..2_000)
        .map(|_| "<group xmlns='urn:xmpp:jingle:apps:grouping:0' semantics='BUNDLE'><content name='audio'/></group>")
        .collect();
    let extras = read(&offer(&many, "", &groups)).extras;
    let counts = [extras.sources.len(), extras.feedback.kinds.len(), extras.extensions.len()];
    assert_eq!((counts, extras.source_groups.len(), extras.groups.len()), ([16; 3], 16, 16));
}
