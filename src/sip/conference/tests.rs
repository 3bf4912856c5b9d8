//! The documents of RFC 4575, in order, out of order, in parts, in every dress, and broken.

use super::{ConferenceInfo, Flow, Status, Taken, Unreadable};

fn info(version: &str, state: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><conference-info \
         xmlns=\"urn:ietf:params:xml:ns:conference-info\" entity=\"sip:team@conf.example\" state=\"{state}\" \
         version=\"{version}\">{inside}</conference-info>"
    )
}

fn user(who: &str, state: &str, status: &str) -> String {
    format!(
        "<user entity=\"sip:{who}@example.com\" state=\"{state}\"><display-text>{who}</display-text>\
         <endpoint entity=\"sip:{who}@pc.example.com\"><status>{status}</status>\
         <media id=\"1\"><type>audio</type><status>sendrecv</status></media></endpoint></user>"
    )
}

fn users(state: &str, inside: &str) -> String {
    format!("<users state=\"{state}\">{inside}</users>")
}

fn taken(known: &mut ConferenceInfo, document: &str) -> Taken {
    known.take(document.as_bytes()).expect("readable")
}

fn names(known: &ConferenceInfo) -> Vec<&str> {
    known.users().iter().filter_map(|user| user.display.as_deref()).collect()
}

#[test]
fn parts_are_laid_over_the_whole_and_what_is_deleted_goes() {
    let mut known = ConferenceInfo::default();
    assert!(!known.is_known(), "nothing was said");
    let both = format!("{}{}", user("bob", "full", "connected"), user("carol", "full", "dialing-in"));
    assert_eq!(taken(&mut known, &info("1", "full", &users("full", &both))), Taken::News);
    assert_eq!(names(&known), ["bob", "carol"]);
    assert_eq!(known.users()[1].endpoints[0].status, Status::Joining);
    // Carol is through, and Dave comes.
    let carol = "<user entity=\"sip:carol@example.com\" state=\"partial\"><endpoint \
                 entity=\"sip:carol@pc.example.com\" state=\"partial\"><status>connected</status></endpoint></user>";
    let more = format!("{carol}{}", user("dave", "full", "connected"));
    assert_eq!(taken(&mut known, &info("2", "partial", &users("partial", &more))), Taken::News);
    assert_eq!(names(&known), ["bob", "carol", "dave"]);
    assert_eq!(known.users()[1].endpoints[0].status, Status::Connected);
    assert_eq!(known.users()[1].endpoints[0].sound(), Some(Flow::Both), "what was not told again still holds");
    let gone = "<user entity=\"sip:bob@EXAMPLE.com\" state=\"deleted\"/>";
    assert_eq!(taken(&mut known, &info("3", "partial", &users("partial", gone))), Taken::News);
    assert_eq!(names(&known), ["carol", "dave"]);
    let muted = "<user entity=\"sip:dave@example.com\" state=\"partial\"><endpoint entity=\"sip:dave@pc.example.com\" \
                 state=\"partial\"><status>muted-via-focus</status><media id=\"1\" state=\"partial\">\
                 <status>recvonly</status></media></endpoint></user>";
    assert_eq!(taken(&mut known, &info("4", "partial", &users("partial", muted))), Taken::News);
    let dave = &known.users()[1].endpoints[0];
    assert_eq!((dave.status, dave.sound()), (Status::MutedViaFocus, Some(Flow::Hears)));
    assert_eq!(taken(&mut known, &info("5", "deleted", "")), Taken::Over);
    assert!(known.is_over() && known.users().is_empty());
}

#[test]
fn what_is_old_is_not_taken_and_a_gap_is_noticed() {
    let mut known = ConferenceInfo::default();
    let rows: [(&str, &str, &str, Taken, &[&str]); 9] = [
        ("4", "partial", "bob", Taken::Gap, &["bob"]), // nobody said that there is nobody else
        ("5", "full", "carol", Taken::News, &["carol"]),
        ("5", "partial", "dave", Taken::Old, &["carol"]),
        ("4", "full", "dave", Taken::Old, &["carol"]),
        ("6", "partial", "dave", Taken::News, &["carol", "dave"]),
        ("9", "partial", "erin", Taken::Gap, &["carol", "dave", "erin"]), // two are missing
        ("10", "full", "frank", Taken::News, &["frank"]),
        ("10", "full", "grace", Taken::News, &["grace"]), // a focus that does not count
        ("x", "partial", "heidi", Taken::News, &["grace", "heidi"]), // one that counts in no number
    ];
    for (version, state, who, what, listed) in rows {
        let document = info(version, state, &users(state, &user(who, "full", "connected")));
        assert_eq!(taken(&mut known, &document), what, "{version} {state}");
        assert_eq!(names(&known), listed, "{version} {state}");
    }
}

#[test]
fn c37_the_room_of_a_conference_is_found_in_every_form_that_servers_write() {
    let about = |inside: &str| {
        info("1", "full", &format!("<conference-description>{inside}</conference-description>{}", users("full", "")))
    };
    let entry = |uri: &str, purpose: &str| format!("<entry><uri>{uri}</uri><purpose>{purpose}</purpose></entry>");
    let service = |inside: &str| format!("<service-uris>{inside}</service-uris>");
    let conf = |inside: &str| format!("<conf-uris>{inside}</conf-uris>");
    let rows: [(String, &[&str]); 8] = [
        (service(&entry("xmpp:room@muc.example?join", "grouptextchat")), &["room@muc.example"]),
        (service(&entry("XMPP:room@muc.example", " GroupTextChat ")), &["room@muc.example"]),
        // SylkServer's form.
        (conf(&entry("xmpp:room@muc.example", "participation")), &["room@muc.example"]),
        // The surest comes first, and each only once.
        (
            format!(
                "{}{}",
                conf(&format!("{}{}", entry("xmpp:other@muc.example", ""), entry("sip:team@conf.example", ""))),
                service(&format!(
                    "{}{}",
                    entry("https://example.com/", "web-page"),
                    entry("xmpp:room@muc.example?join", "grouptextchat")
                ))
            ),
            &["room@muc.example", "other@muc.example"],
        ),
        (service(&entry("https://example.com/chat", "grouptextchat")), &[]),
        (service(&entry("xmpp:muc.example", "grouptextchat")), &[]),
        (service(&entry("xmpp:%zz@muc.example", "grouptextchat")), &[]),
        (service("<entry><purpose>grouptextchat</purpose></entry>"), &[]),
    ];
    for (inside, rooms) in rows {
        let mut known = ConferenceInfo::default();
        assert_eq!(taken(&mut known, &about(&inside)), Taken::News);
        let found: Vec<String> = known.rooms().iter().map(ToString::to_string).collect();
        assert_eq!(found, rooms, "{inside}");
    }
    // A part that does not speak of rooms takes none away; one that does replaces them.
    let mut known = ConferenceInfo::default();
    taken(&mut known, &about(&service(&entry("xmpp:room@muc.example", "grouptextchat"))));
    let title = "<conference-description state=\"partial\"><display-text>Team</display-text></conference-description>";
    assert_eq!(taken(&mut known, &info("2", "partial", title)), Taken::News);
    assert_eq!((known.rooms().len(), known.title.as_deref()), (1, Some("Team")));
    let none = "<conference-description state=\"partial\"><service-uris/></conference-description>";
    assert_eq!(taken(&mut known, &info("3", "partial", none)), Taken::News);
    assert_eq!(known.rooms().len(), 0);
}

#[test]
fn prefixes_unknown_elements_and_foreign_namespaces_change_nothing() {
    let dressed = "<ci:conference-info xmlns:ci=\"urn:ietf:params:xml:ns:conference-info\" xmlns:x=\"urn:x\" \
        entity=\"sip:team@conf.example\" version=\"1\" x:state=\"deleted\"><x:users><x:user entity=\"sip:eve@x\"/></x:users>\
        <ci:host-info/><ci:conference-state><ci:user-count>40</ci:user-count><ci:locked>1</ci:locked>\
        </ci:conference-state><ci:users><ci:user entity=\"sip:bob@example.com\"><ci:associated-aors><ci:entry>\
        <ci:uri>xmpp:bob@example.com</ci:uri></ci:entry></ci:associated-aors><ci:roles><ci:entry>moderator</ci:entry>\
        </ci:roles><ci:endpoint><ci:status>meditating</ci:status></ci:endpoint><x:endpoint/></ci:user><ci:user/>\
        </ci:users><ci:sidebars-by-ref/></ci:conference-info>";
    let mut known = ConferenceInfo::default();
    assert_eq!(taken(&mut known, dressed), Taken::News);
    assert_eq!((known.users().len(), known.count(), known.locked), (1, 40, true));
    let bob = &known.users()[0];
    assert_eq!(bob.jids().map(|jid| jid.to_string()).collect::<Vec<_>>(), ["bob@example.com"]);
    assert_eq!(bob.roles.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["moderator"]);
    assert_eq!((bob.endpoints.len(), bob.endpoints[0].status), (1, Status::Connected));
}

#[test]
fn each_status_and_direction_is_told_apart() {
    for (status, read) in [
        ("pending", Status::Joining),
        ("dialing-out", Status::Joining),
        ("Alerting", Status::Joining),
        ("on-hold", Status::OnHold),
        ("connected", Status::Connected),
        ("muted-via-focus", Status::MutedViaFocus),
        ("disconnecting", Status::Gone),
        ("disconnected", Status::Gone),
    ] {
        let mut known = ConferenceInfo::default();
        taken(&mut known, &info("1", "full", &users("full", &user("bob", "full", status))));
        assert_eq!(known.users()[0].endpoints[0].status, read, "{status}");
    }
    let one = |media: &str| {
        let mut known = ConferenceInfo::default();
        let user = format!("<user entity=\"sip:b@x\"><endpoint entity=\"e\">{media}</endpoint></user>");
        taken(&mut known, &info("1", "full", &users("full", &user)));
        known.users()[0].endpoints[0].sound()
    };
    let media =
        |kind: &str, status: &str| format!("<media id=\"{kind}\"><type>{kind}</type><status>{status}</status></media>");
    assert_eq!(one(""), Some(Flow::Both));
    assert_eq!(one(&media("audio", "recvonly")), Some(Flow::Hears));
    assert_eq!(one(&media("audio", "sendonly")), Some(Flow::Heard));
    assert_eq!(one(&media("audio", "inactive")), Some(Flow::None));
    assert_eq!(one(&media("message", "sendrecv")), None, "text through the call is no sound");
    assert_eq!(one(&format!("{}{}", media("message", "sendrecv"), media("audio", "sendrecv"))), Some(Flow::Both));
}

#[test]
fn s11_hostile_conference_documents_change_nothing_and_stay_bounded() {
    let mut known = ConferenceInfo::default();
    taken(&mut known, &info("1", "full", &users("full", &user("bob", "full", "connected"))));
    let laughs = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]>\
                  <conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" version=\"2\">&b;</conference-info>";
    let deep = info("2", "full", &format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000)));
    let wide = info("2", "full", &"<user/>".repeat(10_000));
    let huge = info("2", "full", &"x".repeat(100_000));
    let other = "<conference-info version=\"2\"/>";
    let dialogs = "<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"2\" state=\"full\"/>";
    for document in [laughs, &deep, &wide, &huge, other, dialogs, "", "<", "<a/>", "hello", "<a></a><b/>"] {
        assert_eq!(known.take(document.as_bytes()), Err(Unreadable));
        assert_eq!(names(&known), ["bob"]);
    }
    // People who come in ever new parts are too many one day.
    for version in 2..200_u32 {
        let crowd: String = (0..40).map(|at| format!("<user entity=\"sip:{version}-{at}@x\"/>")).collect();
        taken(&mut known, &info(&version.to_string(), "partial", &users("partial", &crowd)));
    }
    assert_eq!(known.users().len(), super::MOST_USERS);
    let flood: String = (0..300).map(|at| format!("<endpoint entity=\"{at}\"/>")).collect();
    let bob = format!("<user entity=\"sip:bob@example.com\" state=\"partial\">{flood}</user>");
    taken(&mut known, &info("200", "partial", &users("partial", &bob)));
    assert!(known.users()[0].endpoints.len() <= super::MOST_ENDPOINTS);
    // M10: nothing of it in the log.
    assert!(!format!("{known:?}").contains("bob"));
}
