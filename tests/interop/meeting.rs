//! Meetings over real servers: rooms on Prosody that name their call in every form, a conference by the letter of the RFCs that
//! is not ours, and our own instances that meet in a call and in a room at once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Peer, Person, Profile, Script, Tandem, World, eventually};

const LONG: Duration = Duration::from_secs(40);

fn address(name: &str) -> String {
    format!("{name}@rooms.{DOMAIN}")
}

fn meetings(of: &Tandem) -> Vec<Value> {
    of.ask("meetings", json!({})).and_then(|all| all.as_array().cloned()).unwrap_or_default()
}

/// The first meeting that is so, however it comes to be.
fn wait_meeting(of: &Tandem, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    let mut last = Vec::new();
    eventually(what, LONG, || {
        last = meetings(of);
        last.iter().find(|one| is(one)).cloned()
    })
}

fn person<'a>(meeting: &'a Value, of: &str) -> Option<&'a Value> {
    let same = |one: &&Value| {
        let texts = [&one["name"], &one["nick"], &one["address"]];
        texts.iter().any(|text| text.as_str().is_some_and(|text| text == of || text == format!("sip:{of}@{DOMAIN}")))
    };
    meeting["participants"].as_array()?.iter().find(same)
}

fn level(meeting: &Value, of: &str) -> String {
    person(meeting, of).map(|one| one["involvement"].as_str().unwrap_or_default().to_owned()).unwrap_or_default()
}

fn enter(of: &Tandem, room: &str, nick: &str) {
    of.ctl("room-join", &[("room", room), ("create", "true"), ("nick", nick)]);
    eventually("in the room", PATIENCE, || {
        let rooms = of.ask("rooms", json!({}))?;
        rooms.as_array()?.iter().any(|one| one["room"] == room && one["state"] == "joined").then_some(())
    });
}

/// Everybody in it sees everybody's address, so that it can be told who is who.
fn open_room(owner: &Tandem, room: &str) {
    let values = json!({ "muc#roomconfig_whois": "anyone", "muc#roomconfig_persistentroom": true }).to_string();
    owner.ctl("room-settings", &[("room", room)]);
    owner.ctl("room-configure", &[("room", room), ("values", &values)]);
}

#[test]
fn we_meet_in_a_call_and_in_a_room_at_once_and_leave_and_come_back_on_either_side() {
    let world = World::start();
    let profile = || Profile { transport: "udp", ..Profile::default() };
    let alice = Tandem::online(&world, "alice", &profile());
    let bob = Tandem::online(&world, "bob", &profile());
    // Carol's microphone is the only one that hears anything.
    let carol = Tandem::online(&world, "carol", &Profile { tone: Some(617.0), ..profile() });
    let team = address("team");
    enter(&alice, &team, "Alice");
    open_room(&alice, &team);
    enter(&bob, &team, "Bob");
    enter(&carol, &team, "Carol");
    alice.ctl("set", &[("key", "calls.hold-others"), ("value", "false")]);
    // Alice calls both and joins the calls; they take part in a conference and see it.
    let answer = |of: &Tandem| {
        let ringing = of.wait_ringing();
        let id = ringing["id"].as_str().unwrap().to_owned();
        of.ctl("answer", &[("call", &id)]);
        of.wait_call_state(&id, "active");
        id
    };
    let first = alice.call(&format!("sip:bob@{DOMAIN}"));
    let at_bob = answer(&bob);
    let second = alice.call(&format!("sip:carol@{DOMAIN}"));
    let at_carol = answer(&carol);
    let made = alice.ctl("conference", &[("action", "create"), ("calls", &format!("{first},{second}"))]);
    let conference = made["conference"].as_str().unwrap().to_owned();
    let seen = wait_meeting(&bob, "bob knows who is in it", |one| {
        one["call"] == at_bob
            && one["knowledge"] == "known"
            && one["participants"].as_array().is_some_and(|all| all.len() == 3)
    });
    assert!(person(&seen, "carol").is_some() || person(&seen, "alice").is_some(), "{seen}");
    // The room is announced: it is offered to whoever is in the call, and belongs to it where somebody is in both.
    alice.ctl("meeting-announce", &[("conference", &conference), ("room", &team)]);
    let both = wait_meeting(&bob, "call and room are one", |one| one["call"] == at_bob && one["room"] == team.as_str());
    assert_eq!(both["in_room"], true, "{both}");
    // Whose voice it is goes with the packets, and is seen by whoever only takes part.
    let speaks = |one: &Value, who: &str| person(one, who).is_some_and(|one| one["speaking"] == true);
    let seen = wait_meeting(&bob, "carol is seen to speak", |one| one["call"] == at_bob && speaks(one, "carol"));
    assert!(!speaks(&seen, "alice") && !speaks(&seen, "bob"), "{seen}");
    wait_meeting(&alice, "and by whoever joins the calls", |one| {
        one["participants"]
            .as_array()
            .is_some_and(|all| all.iter().any(|who| who["call"] == second && who["speaking"] == true))
    });
    carol.ctl("mute", &[("call", &at_carol)]);
    wait_meeting(&bob, "carol is silent", |one| one["call"] == at_bob && !speaks(one, "carol"));
    carol.ctl("unmute", &[("call", &at_carol)]);
    wait_meeting(&bob, "carol speaks again", |one| one["call"] == at_bob && speaks(one, "carol"));
    // Carol leaves the room, and stays in the call; then comes back.
    let of_carol = |one: &Value| one["call"] == at_bob && level(one, "carol") == "audio";
    carol.ctl("room-leave", &[("room", &team)]);
    wait_meeting(&bob, "carol is only in the call", of_carol);
    assert_eq!(carol.calls().iter().filter(|call| call["state"] == "active").count(), 1, "the call goes on");
    enter(&carol, &team, "Carol");
    wait_meeting(&bob, "carol is seen in the room again", |one| {
        one["call"] == at_bob
            && one["participants"].as_array().is_some_and(|all| all.iter().any(|who| who["nick"] == "Carol"))
    });
    // Carol leaves the call, and stays in the room. Two are no conference any more, and the call with Alice goes on.
    carol.ctl("hangup", &[("call", &at_carol)]);
    alice.wait_call_state(&second, "ended");
    eventually("the call is one of two again", LONG, || {
        meetings(&bob)
            .iter()
            .all(|one| {
                one["conference"].is_null()
                    && one["participants"]
                        .as_array()
                        .is_some_and(|all| all.iter().all(|who| who["nick"] != "Carol" || who["involvement"] == "text"))
            })
            .then_some(())
    });
    bob.wait_call_state(&at_bob, "active");
    // She is called again, and is back.
    let third = alice.call(&format!("sip:carol@{DOMAIN}"));
    answer(&carol);
    alice.ctl("conference", &[("action", "create"), ("calls", &format!("{first},{third}"))]);
    wait_meeting(&bob, "three again", |one| {
        one["call"] == at_bob
            && one["knowledge"] == "known"
            && one["participants"].as_array().is_some_and(|all| all.len() >= 3)
    });
    for one in [alice, bob, carol] {
        one.quit();
    }
}

#[test]
fn a_room_names_its_call_in_every_form_and_nothing_is_dialled_by_itself() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let team = address("team");
    enter(&alice, &team, "Alice");
    open_room(&alice, &team);
    let sources = |of: &Tandem| -> Vec<String> {
        let all = meetings(of);
        let offers = all.first().and_then(|one| one["offers"].as_array().cloned()).unwrap_or_default();
        offers.iter().map(|offer| offer["source"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let wait = |what: &str, wanted: &[&str]| {
        eventually(what, LONG, || (sources(&alice) == wanted).then_some(()));
    };
    alice.ctl("room-subject", &[("room", &team), ("subject", "Calls at sip:subject@tandem.example")]);
    wait("the link", &["link"]);
    // Somebody whose client is not ours: presence and invitation.
    let mut bob = Person::sign_in(&world, "bob");
    let named = "<conference xmlns='http://jitsi.org/protocol/condesc' uri='sip:presence@tandem.example' callid='1'/>";
    bob.send(&format!("<presence to='{team}/Bob'><x xmlns='http://jabber.org/protocol/muc'/>{named}</presence>"));
    wait("the presence", &["presence", "link"]);
    let invite =
        "<invite xmlns='urn:xmpp:call-invites:0' video='false'><external uri='sip:carol@tandem.example'/></invite>";
    bob.send(&format!("<message to='{team}' type='groupchat' id='i1'>{invite}</message>"));
    wait("the invitation", &["invite", "presence", "link"]);
    let offered = meetings(&alice).remove(0);
    assert_eq!(offered["offers"][0]["uri"], "sip:carol@tandem.example");
    assert!(offered["offers"][0]["text"].as_str().is_some_and(|text| text.contains("Bob")), "{offered}");
    assert!(alice.calls().is_empty(), "nothing is dialled");
    // Joining tells who invited; the call is answered by a phone that is no conference.
    let script = Script::waits_for("INVITE", &[]).answers(&crate::real::sdp("sendrecv")).hears_hang_up();
    let carol = Peer::awaits(&world, "carol", 4_000, script);
    let joined = alice.ctl("meeting-join", &[("room", &team), ("confirm", "true")]);
    let call = joined["call"].as_str().unwrap().to_owned();
    alice.wait_call_state(&call, "active");
    bob.wait_for("the acceptance", |heard| heard.contains("<accept") && heard.contains("urn:xmpp:call-invites:0"));
    let meeting =
        wait_meeting(&alice, "one meeting", |one| one["call"] == call.as_str() && one["room"] == team.as_str());
    assert_eq!(meeting["knowledge"], "unknown", "{meeting}");
    alice.ctl("hangup", &[("call", &call)]);
    carol.finish();
    bob.wait_for("that she left", |heard| heard.contains("<left"));
    // Whoever invited takes it back.
    bob.send(&format!(
        "<message to='{team}' type='groupchat' id='i2'><retract xmlns='urn:xmpp:call-invites:0' id='i1'/></message>"
    ));
    wait("the invitation is gone", &["presence", "link"]);
    bob.send(&format!("<presence to='{team}/Bob' type='unavailable'/>"));
    wait("and so is who named a call", &["link"]);
    alice.quit();
}

/// The room's own field, in each of the names that anybody may give it: RFC 7081 names one that was registered nowhere.
const ROOM_CALL: &str = r#"
local names = {
    bare = "audio-video-uri", registered = "muc#roominfo_audio-video-uri", short = "muc#roominfo_avuri",
    clark = "{urn:example:rooms}audio-video-uri",
};
module:hook("muc-disco#info", function (event)
    local name = names[event.room.jid:match("^[^@]+")];
    if event.form and name then
        table.insert(event.form, { name = name, type = "text-single", label = "Call" });
        event.formdata[name] = "sip:field@tandem.example";
    end
end);
"#;

#[test]
fn a_room_names_its_call_in_its_own_description_under_every_name_and_on_its_card() {
    let mut world = World::start();
    world.chat.extend_rooms("\"vcard_muc\"", ("room_call", ROOM_CALL));
    let mut bob = Person::sign_in(&world, "bob");
    let enter_by_hand = |bob: &mut Person, room: &str, values: &str| {
        bob.send(&format!("<presence to='{room}/Bob'><x xmlns='http://jabber.org/protocol/muc'/></presence>"));
        bob.wait_for("in the room", |heard| heard.contains(&format!("{room}/Bob")) && heard.contains("code='110'"));
        bob.send(&format!(
            "<iq type='set' to='{room}' id='own-{room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x \
             xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig\
             </value></field>{values}</x></query></iq>"
        ));
        bob.wait_for("the room is there", |heard| heard.contains(&format!("own-{room}")));
    };
    let field = |name: &str, value: &str| format!("<field var='muc#roomconfig_{name}'><value>{value}</value></field>");
    for name in ["bare", "registered", "short", "clark"] {
        enter_by_hand(&mut bob, &address(name), "");
    }
    let described = address("described");
    let about = "Every Monday at sip:described@tandem.example in the morning.";
    enter_by_hand(&mut bob, &described, &field("roomdesc", about));
    let carded = address("carded");
    enter_by_hand(&mut bob, &carded, "");
    bob.send(&format!(
        "<iq type='set' to='{carded}' id='card'><vCard xmlns='vcard-temp'><FN>Team</FN><TEL><NUMBER>sip:card@tandem.example\
         </NUMBER></TEL></vCard></iq>"
    ));
    bob.wait_for("the card is kept", |heard| heard.contains("id='card'") && heard.contains("result"));
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let offers = |room: &str| -> Vec<(String, String)> {
        let all = meetings(&alice);
        let view = all.iter().find(|one| one["room"] == room);
        let offers = view.and_then(|one| one["offers"].as_array().cloned()).unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        offers.iter().map(|offer| (text(&offer["source"]), text(&offer["uri"]))).collect()
    };
    for (room, source, uri) in [
        ("bare", "room-info", "sip:field@tandem.example"),
        ("registered", "room-info", "sip:field@tandem.example"),
        ("short", "room-info", "sip:field@tandem.example"),
        ("clark", "room-info", "sip:field@tandem.example"),
        ("described", "link", "sip:described@tandem.example"),
        ("carded", "card", "sip:card@tandem.example"),
    ] {
        enter(&alice, &address(room), "Alice");
        let wanted = vec![(source.to_owned(), uri.to_owned())];
        eventually(room, LONG, || (offers(&address(room)) == wanted).then_some(()));
    }
    assert!(alice.calls().is_empty(), "nothing is dialled");
    alice.quit();
}

#[test]
fn a_contact_invites_to_a_call_outside_of_any_room_and_is_answered() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Profile::default() });
    let mut bob = Person::sign_in(&world, "bob");
    bob.send("<presence/>");
    let to_alice =
        |id: &str, inner: &str| format!("<message to='alice@{DOMAIN}' type='chat' id='{id}'>{inner}</message>");
    let invite =
        "<invite xmlns='urn:xmpp:call-invites:0' video='false'><external uri='sip:carol@tandem.example'/></invite>";
    bob.send(&to_alice("i1", invite));
    let offered = wait_meeting(&alice, "the invitation", |one| one["contact"] == "bob@tandem.example");
    assert_eq!(offered["offers"][0]["uri"], "sip:carol@tandem.example", "{offered}");
    assert!(alice.calls().is_empty(), "nothing is dialled");
    let script = Script::waits_for("INVITE", &[]).answers(&crate::real::sdp("sendrecv")).hears_hang_up();
    let carol = Peer::awaits(&world, "carol", 4_000, script);
    let joined = alice.ctl("meeting-join", &[("room", "bob@tandem.example"), ("confirm", "true")]);
    let call = joined["call"].as_str().unwrap().to_owned();
    alice.wait_call_state(&call, "active");
    bob.wait_for("the acceptance", |heard| heard.contains("<accept") && heard.contains("urn:xmpp:call-invites:0"));
    alice.ctl("hangup", &[("call", &call)]);
    carol.finish();
    bob.wait_for("that she left", |heard| heard.contains("<left"));
    bob.send(&to_alice("r1", "<retract xmlns='urn:xmpp:call-invites:0' id='i1'/>"));
    eventually("it was taken back", LONG, || meetings(&alice).is_empty().then_some(()));
    bob.send(&to_alice("i2", invite));
    wait_meeting(&alice, "another one", |one| one["contact"] == "bob@tandem.example");
    alice.ctl("meeting-decline", &[("room", "bob@tandem.example")]);
    bob.wait_for("that she does not come", |heard| heard.contains("<reject") && heard.contains("id='i2'"));
    alice.quit();
}

fn info(version: u32, state: &str, inside: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<ci:conference-info xmlns:ci=\"urn:ietf:params:xml:ns:conference-info\" \
         entity=\"sip:frank@tandem.example\" state=\"{state}\" version=\"{version}\">{inside}</ci:conference-info>"
    )
}

fn user(who: &str, state: &str, status: &str) -> String {
    format!(
        "<ci:user entity=\"sip:{who}@tandem.example\" state=\"{state}\"><ci:endpoint entity=\"e\"><ci:status>{status}\
         </ci:status></ci:endpoint></ci:user>"
    )
}

fn users(state: &str, inside: &str) -> String {
    format!("<ci:users state=\"{state}\">{inside}</ci:users>")
}

/// A NOTIFY with such a document, and some time for it to be seen.
fn tells(script: Script, document: &str) -> Script {
    let state = "Subscription-State: active;expires=3600";
    let lines = ["Event: conference", state, "Content-Type: application/conference-info+xml"];
    script.asks("NOTIFY", &lines, document).hears("200", &[]).pauses(1_200)
}

#[test]
fn a_conference_by_the_letter_is_followed_through_gaps_repetitions_and_nonsense() {
    let mut world = World::start();
    // A conference server has a side for calls and one for events: subscriptions are led there.
    world.voice.amend(
        "\tif (!lookup(\"location\")) {",
        "\tif (is_method(\"SUBSCRIBE\") && $hdr(Event) == \"conference\") $rU = \"frank\";\n\tif (!lookup(\"location\")) {",
    );
    let call = Script::waits_for("INVITE", &[])
        .responds(180, &[], "")
        .responds(200, &["Contact: <sip:[caller]@[local_ip]:[local_port]>;isfocus"], &crate::real::sdp("sendrecv"))
        .hears("ACK", &[]);
    // It plays nothing, so it is asked whether it is still there.
    let call = call.hears("OPTIONS", &[]).replies(200, &[], "").hears_hang_up();
    let team = Peer::awaits(&world, "carol", 4_000, call);
    // Its event side.
    let granted = ["Expires: 3600"];
    let asks = [("Event", "conference"), ("Accept", "application/conference-info.xml")];
    let both = format!("{}{}", user("alice", "full", "connected"), user("bob", "full", "dialing-in"));
    let room = "<ci:conference-description><ci:service-uris><ci:entry><ci:uri>xmpp:team@rooms.tandem.example?join</ci:uri>\
                <ci:purpose>grouptextchat</ci:purpose></ci:entry></ci:service-uris></ci:conference-description>";
    let script = Script::waits_for("SUBSCRIBE", &asks).responds(200, &granted, "");
    let script = tells(script, &info(1, "full", &format!("{room}{}", users("full", &both))));
    let script = tells(script, &info(2, "partial", &users("partial", &user("bob", "partial", "muted-via-focus"))));
    let script = tells(script, "<ci:conference-info this is no document");
    // Repeated, and therefore nothing.
    let script = tells(script, &info(2, "partial", &users("partial", &user("eve", "full", "connected"))));
    // Version 3 is missing: the whole is asked for.
    let lines = [
        "Event: conference",
        "Subscription-State: active;expires=3600",
        "Content-Type: application/conference-info+xml",
    ];
    let script = script
        .asks("NOTIFY", &lines, &info(4, "partial", &users("partial", &user("bob", "deleted", "disconnected"))))
        .hears("200", &[])
        .hears("SUBSCRIBE", &[("Event", "conference")])
        .replies(200, &granted, "");
    let last = format!("{}{}", user("alice", "full", "connected"), user("dave", "full", "on-hold"));
    let script = tells(script, &info(5, "full", &format!("{room}{}", users("full", &last))));
    let focus = Peer::awaits(&world, "frank", 5_000, script);
    let alice = Tandem::online(&world, "alice", &Profile { transport: "udp", ..Default::default() });
    let call = alice.call(&format!("sip:carol@{DOMAIN}"));
    alice.wait_call_state(&call, "active");
    let sound =
        |one: &Value, who: &str| person(one, who).map(|one| one["sound"].as_str().unwrap_or_default().to_owned());
    let bob = format!("sip:bob@{DOMAIN}");
    let by_address = |one: &Value, uri: &str| {
        let found = one["participants"].as_array()?.iter().find(|who| who["address"] == uri)?;
        found["sound"].as_str().map(str::to_owned)
    };
    wait_meeting(&alice, "bob is on his way", |one| by_address(one, &bob).as_deref() == Some("coming"));
    let seen =
        wait_meeting(&alice, "bob is muted", |one| by_address(one, &bob).as_deref() == Some("muted-by-moderator"));
    assert_eq!(seen["rooms"][0]["room"], "team@rooms.tandem.example", "offered: {seen}");
    assert_eq!(sound(&seen, "eve"), None);
    let dave = format!("sip:dave@{DOMAIN}");
    let seen = wait_meeting(&alice, "dave is held", |one| by_address(one, &dave).as_deref() == Some("on-hold"));
    assert_eq!((by_address(&seen, &bob), seen["knowledge"].as_str()), (None, Some("known")), "{seen}");
    assert!(
        alice.ask("rooms", json!({})).is_some_and(|rooms| rooms.as_array().is_some_and(Vec::is_empty)),
        "not entered"
    );
    focus.finish();
    alice.ctl("hangup", &[("call", &call)]);
    team.finish();
    eventually("nothing is left of it", PATIENCE, || meetings(&alice).is_empty().then_some(()));
    alice.quit();
}
