//! What is told without a call: lamps, voicemail, missed calls, and the history.

use std::time::Duration;

use bytes::Bytes;
use tandem::account::{CallTo, EventsRequest, HistoryFilter, NoticeBody, Refusal, RefusalKind, Reply, Request};
use tandem::config::{Config, SecretSource, Voice};
use tandem::model::{AccountId, CallId, EndedBy, Lamp, LampView, Subscription, VoicemailView};
use tandem::platform::Secret;
use tandem::sip::subscription::{Document, EventPackage, News, Notifier, Standing, SubscriptionId};
use tandem::store::Loaded;
use tandem::xmpp::RosterUpdate;
use tandem::{sip, store, xmpp};

use super::account_numbers::configured;
use super::world::*;

fn voice_config(keys: &str) -> Config {
    let text = format!(
        "[[chat]]\naddress = \"alice@example.com\"\npassword = \"x\"\n[[voice]]\naddress = \"sip:alice@example.com\"\n\
         password = \"x\"\n{keys}\n[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n"
    );
    tandem::config::parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// What is subscribed to now: its name, whose, what.
fn watched(world: &World) -> Vec<(SubscriptionId, String, EventPackage)> {
    let mut found = Vec::new();
    for command in world.sip() {
        match command {
            sip::Command::Subscribe { id, wish } => found.push((id, wish.resource.to_string(), wish.package)),
            sip::Command::Unsubscribe { id } => found.retain(|(known, _, _)| *known != id),
            _ => {}
        }
    }
    found
}

fn lamp_id(world: &World, of: &str) -> SubscriptionId {
    let found = watched(world).into_iter().find(|(_, uri, package)| uri == of && *package == EventPackage::Dialog);
    found.unwrap_or_else(|| panic!("{of} is watched: {:?}", watched(world))).0
}

fn news(world: &mut World, id: SubscriptionId, news: News) {
    world.voice(sip::Event::Subscription { id, news });
}

fn tell(world: &mut World, id: SubscriptionId, dialogs: &str) {
    let text = format!(
        "<?xml version=\"1.0\"?><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"1\" state=\"full\" \
         entity=\"sip:bob@example.com\">{dialogs}</dialog-info>"
    );
    let document = Document(Bytes::from(text));
    news(world, id, News::Standing(Standing::Active));
    news(world, id, News::Document { from: Notifier(1), document });
}

const TALKS: &str = "<dialog id=\"1\" direction=\"recipient\"><state>confirmed</state></dialog>";

fn lamps(world: &mut World) -> Vec<LampView> {
    world.shown().events.lamps.to_vec()
}

fn mailbox(world: &mut World) -> Option<VoicemailView> {
    world.shown().events.voicemail.first().cloned()
}

#[test]
fn the_lamps_of_the_configuration_are_watched_and_tell_idle_from_unknown() {
    let mut world = World::online_with(voice_config("lamps = [\"sip:bob@example.com\", \"101\", \"nonsense!\"]"));
    world.registered();
    let bob = {
        let mut fresh = World::new(voice_config("lamps = [\"sip:bob@example.com\", \"101\"]"), Loaded::default());
        assert!(watched(&fresh).is_empty(), "not before voice is connected");
        fresh.registered();
        let uris: Vec<String> = watched(&fresh).into_iter().map(|(_, uri, _)| uri).collect();
        assert_eq!(uris, ["sip:alice@example.com", "sip:bob@example.com", "sip:101@example.com;user=phone"]);
        fresh.registered();
        assert_eq!(watched(&fresh).len(), 3, "once");
        lamp_id(&fresh, "sip:bob@example.com")
    };
    let shown = lamps(&mut world);
    assert_eq!(shown.len(), 2);
    let states: Vec<Lamp> = shown.iter().map(|lamp| lamp.state).collect();
    assert_eq!(states, [Lamp::Unknown, Lamp::Unknown], "nobody has said anything");
    let bob_row = shown.iter().find(|lamp| &*lamp.address == "sip:bob@example.com").expect("Bob");
    assert_eq!(bob_row.contact.as_ref().map(|jid| jid.as_str()), Some("bob@example.com"), "the contact's row has it");
    let state = |world: &mut World| {
        let found = lamps(world).into_iter().find(|lamp| &*lamp.address == "sip:bob@example.com").expect("Bob");
        (found.state, found.text.to_string())
    };
    tell(&mut world, bob, "");
    assert_eq!(state(&mut world).0, Lamp::Idle);
    tell(&mut world, bob, TALKS);
    assert_eq!(state(&mut world).0, Lamp::Talking);
    assert!(world.effects.iter().any(|effect| matches!(
        effect,
        tandem::account::Effect::Notice(NoticeBody::Lamp(_, address)) if &**address == "sip:bob@example.com"
    )));
    // One phone of Bob's is silent about itself, another one talks.
    news(&mut world, bob, News::Gone(Notifier(1)));
    assert_eq!(state(&mut world).0, Lamp::Unknown);
    tell(&mut world, bob, "");
    news(&mut world, bob, News::Standing(Standing::Lost("The other side does not answer.".into())));
    let (lamp, text) = state(&mut world);
    assert_eq!(lamp, Lamp::Unknown);
    assert!(text.contains("does not answer"), "{text}");
}

#[test]
fn complaint_50_idle_and_not_registered_are_not_the_same_lamp() {
    let mut world = World::online_with(voice_config("lamps = [\"sip:bob@example.com\"]"));
    world.registered();
    let bob = SubscriptionId(2);
    tell(&mut world, bob, "");
    assert_eq!(lamps(&mut world)[0].state, Lamp::Idle);
    // Our own connection breaks: what was known is known no longer.
    world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at: None });
    let shown = lamps(&mut world);
    assert_eq!(shown[0].state, Lamp::Unknown);
    assert!(shown[0].text.contains("voice is not connected"), "{}", shown[0].text);
    world.registered();
    assert_eq!(lamps(&mut world)[0].state, Lamp::Unknown, "until the other side says so again");
    tell(&mut world, bob, "");
    assert_eq!(lamps(&mut world)[0].state, Lamp::Idle);
    // Their phone is not there (RFC 6665: noresource), or the server knows nothing of lamps.
    for why in ["There is nobody at this address.", "The other side does not offer this."] {
        news(&mut world, bob, News::Standing(Standing::Refused(why.into())));
        let shown = lamps(&mut world);
        assert_eq!(shown[0].state, Lamp::Unknown);
        assert!(shown[0].text.contains(why), "{}", shown[0].text);
    }
}

#[test]
fn s11_a_document_that_is_a_bomb_leaves_the_lamp_as_it_was() {
    let mut world = World::online_with(voice_config("lamps = [\"sip:bob@example.com\"]"));
    world.registered();
    let bob = SubscriptionId(2);
    tell(&mut world, bob, TALKS);
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\">&b;</dialog-info>";
    for body in [bomb.as_bytes(), b"", b"\0\xff", b"<a>"] {
        let document = Document(Bytes::copy_from_slice(body));
        news(&mut world, bob, News::Document { from: Notifier(1), document });
        assert_eq!(lamps(&mut world)[0].state, Lamp::Talking);
    }
}

#[test]
fn a_missing_part_is_asked_for() {
    let mut world = World::online_with(voice_config("lamps = [\"sip:bob@example.com\"]"));
    world.registered();
    let part =
        "<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"9\" state=\"partial\"></dialog-info>";
    let document = Document(Bytes::from(part));
    news(&mut world, SubscriptionId(2), News::Document { from: Notifier(1), document });
    assert!(world.sip().contains(&sip::Command::RefreshSubscription { id: SubscriptionId(2) }));
}

#[test]
fn contacts_of_the_own_domain_have_a_lamp_where_the_configuration_says_so() {
    let lamps_of = |keys: &str| {
        let mut world = World::new(configured(keys), Loaded::default());
        world.sign_in();
        let people = ["bob@example.com", "carol@other.example"].map(|who| item(who, Subscription::Both));
        let (update, checkpoint) = (RosterUpdate::Replace(people.to_vec()), world.checkpoint());
        world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
        world.card("bob@example.com", &["sip:bob@example.com"]);
        world.card("carol@other.example", &["sip:carol@other.example", "+49 30 901820"]);
        let lamps = watched(&world).into_iter().filter(|(_, _, package)| *package == EventPackage::Dialog);
        lamps.map(|(_, uri, _)| uri).collect::<Vec<_>>()
    };
    assert!(lamps_of("").is_empty());
    // Another domain's server is not asked.
    assert_eq!(lamps_of("[calls]\ncontact-lamps = true\n"), ["sip:bob@example.com"]);
}

#[test]
fn a_lamp_can_be_added_and_taken_away_by_hand_once_per_phone() {
    let mut world = World::online_with(voice_config("lamps = [\"sip:fixed@example.com\"]"));
    world.registered();
    let watch = |to: &str, on| Request::Events(EventsRequest::WatchLamp { to: to.into(), account: None, on });
    world.done(watch("sip:bob@example.com", true));
    world.done(watch("bob@example.com", true));
    let memos = |world: &World| {
        let set = |command: &store::Command| matches!(command, store::Command::SetMemo { key, value: Some(_) } if key.starts_with("lamp:"));
        world.kept().iter().filter(|command| set(command)).count()
    };
    assert_eq!(memos(&world), 1, "the same phone has one lamp");
    assert_eq!(lamps(&mut world).len(), 2);
    for (to, kind) in [("!", RefusalKind::NoTarget), ("xmpp:bob@example.com", RefusalKind::NoTarget)] {
        let refused: Refusal = world.ask(watch(to, true)).expect("an answer").expect_err("refused");
        assert_eq!(refused.kind, kind);
    }
    let fixed = world.ask(watch("sip:fixed@example.com", false)).expect("an answer").expect_err("refused");
    assert_eq!(fixed.kind, RefusalKind::NotAllowed);
    world.done(watch("bob@example.com", false));
    assert_eq!(lamps(&mut world).len(), 1);
    assert!(world.sip().iter().any(|command| matches!(command, sip::Command::Unsubscribe { .. })));
}

fn summary(text: &str) -> Document {
    Document(Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn voicemail_is_asked_for_and_heard_as_the_account_says() {
    let asked =
        News::Document { from: Notifier(1), document: summary("Messages-Waiting: yes\r\nVoice-Message: 2/5\r\n") };
    let unasked = sip::Event::MessagesWaiting(summary("Messages-Waiting: yes\r\nVoice-Message: 7/0\r\n"));
    for (keys, subscribes, hears) in [
        ("", true, Some(7)),
        ("voicemail-notice = \"unsolicited\"", false, Some(7)),
        ("voicemail-notice = \"off\"", false, None),
    ] {
        let mut world = World::new(voice_config(keys), Loaded::default());
        world.registered();
        let subscribed = watched(&world).iter().any(|(_, _, package)| *package == EventPackage::MessageSummary);
        assert_eq!(subscribed, subscribes, "{keys}");
        if subscribed {
            news(&mut world, SubscriptionId(1), asked.clone());
            let view = mailbox(&mut world).expect("known");
            assert_eq!((view.new, view.old, view.waiting), (Some(2), Some(5), true));
            assert_eq!(&*view.text, "2 new voice messages");
        }
        world.voice(unasked.clone());
        assert_eq!(mailbox(&mut world).and_then(|view| view.new), hears, "{keys}");
        let told = world.effects.iter().any(
            |effect| matches!(effect, tandem::account::Effect::Notice(NoticeBody::Voicemail(id)) if *id == voice_id()),
        );
        assert_eq!(told, hears.is_some());
    }
}

#[test]
fn s11_waiting_messages_are_clamped_and_summaries_without_counts_are_understood() {
    let mut world = World::online();
    for (body, new, text) in [
        ("Messages-Waiting: yes\r\nVoice-Message: 1000000000/0\r\n", Some(999), "999+ new voice messages"),
        ("Messages-Waiting: yes\r\n", None, "New voice messages"),
        ("Messages-Waiting: no\r\n", None, "No new voice messages"),
        ("Messages-Waiting: yes\r\nVoice-Message: 1/0 (1/0)\r\n", Some(1), "1 new voice message, 1 urgent"),
    ] {
        world.voice(sip::Event::MessagesWaiting(summary(body)));
        let view = mailbox(&mut world).expect("known");
        assert_eq!((view.new, &*view.text), (new, text));
    }
    let before = mailbox(&mut world);
    world.voice(sip::Event::MessagesWaiting(summary("check-sync;reboot=true")));
    assert_eq!(mailbox(&mut world), before);
    assert!(!world.sip().iter().any(|command| matches!(command, sip::Command::Invite { .. })));
}

#[test]
fn one_key_calls_the_voicemail_over_its_own_account() {
    let call = |world: &mut World| world.ask(Request::Events(EventsRequest::CallVoicemail(None))).expect("an answer");
    let mut silent = World::online();
    assert_eq!(call(&mut silent).expect_err("nobody said what to call").kind, RefusalKind::NoTarget);
    // What the server names counts only at home: nobody makes one key dial somewhere else.
    let elsewhere = "Messages-Waiting: yes\r\nMessage-Account: sip:premium@evil.example\r\n";
    silent.voice(sip::Event::MessagesWaiting(summary(elsewhere)));
    assert_eq!(call(&mut silent).expect_err("not there").kind, RefusalKind::NoTarget);
    silent.voice(sip::Event::MessagesWaiting(summary(
        "Messages-Waiting: yes\r\nMessage-Account: sip:vm@example.com\r\n",
    )));
    assert!(matches!(call(&mut silent), Ok(Reply::Call(_))));
    let mut world = World::online_with(voice_config("voicemail = \"*97\""));
    assert_eq!(mailbox(&mut world).and_then(|view| view.call).as_deref(), Some("*97"));
    let Ok(Reply::Call(id)) = call(&mut world) else { panic!("a call") };
    world.opened(id);
    let dialled = world.sip().into_iter().find_map(|command| match command {
        sip::Command::Invite { to, .. } => Some(to.uri.to_string()),
        _ => None,
    });
    assert_eq!(dialled.as_deref(), Some("sip:*97@example.com;user=phone"));
}

/// Two voice accounts, both registered.
fn two_lines() -> World {
    let mut config = config();
    let secret = SecretSource::Inline(Secret::new("old".to_owned()));
    config.voice.push(Voice::new(AccountId::new("second"), sip_uri("sip:alice@second.example"), secret));
    let mut world = World::online_with(config);
    let local = "192.0.2.1:5060".parse().expect("valid");
    let event = sip::Event::Registered { security: security(), local, realm: None };
    world.put(tandem::account::Input::Voice(AccountId::new("second"), event));
    world
}

fn rings(world: &mut World, account: &str, call: CallId) {
    let incoming = sip::Incoming {
        call,
        identity: vouched("sip:bob@example.com"),
        offer: Some(SOUND.into()),
        note: None,
        about: Default::default(),
    };
    world.put(tandem::account::Input::Voice(AccountId::new(account), sip::Event::Incoming(Box::new(incoming))));
}

fn gives_up(world: &mut World, account: &str, call: CallId, elsewhere: bool) {
    let end = sip::Ended { code: 487, text: None, by: EndedBy::Remote, elsewhere };
    world.put(tandem::account::Input::Voice(AccountId::new(account), sip::Event::Ended { call, end }));
}

/// The account and the state under which a call was kept last.
fn kept(world: &World, id: CallId) -> Option<tandem::model::Call> {
    let of = |command: store::Command| match command {
        store::Command::Call(call) if call.id == id => Some(*call),
        _ => None,
    };
    world.kept().into_iter().filter_map(of).next_back()
}

#[test]
fn complaint_18_an_incoming_call_is_logged_under_the_account_it_came_in_on() {
    for account in ["voice", "second"] {
        let mut world = two_lines();
        rings(&mut world, account, CallId(77));
        gives_up(&mut world, account, CallId(77), false);
        let call = kept(&world, CallId(77)).expect("in the history");
        assert_eq!(call.account, AccountId::new(account));
        assert!(call.is_missed());
    }
}

#[test]
fn complaint_45_every_incoming_call_is_in_the_history_however_it_ends() {
    let mut world = two_lines();
    for (at, act) in ["missed", "declined", "elsewhere", "busy", "answered"].into_iter().enumerate() {
        let id = CallId(1_001 + 2 * at as u64);
        rings(&mut world, "voice", id);
        assert!(kept(&world, id).is_some(), "{act}: from the first ring, so that a crash leaves a trace");
        match act {
            "declined" => world.done(Request::Decline(id)),
            "answered" => {
                world.opened(id);
                world.done(Request::Answer(id));
                world.voice(sip::Event::Confirmed { call: id, sdp: None });
                world.ended(id, 0, EndedBy::Remote);
            }
            "elsewhere" => gives_up(&mut world, "voice", id, true),
            _ => gives_up(&mut world, "voice", id, false),
        }
        let call = kept(&world, id).expect("kept");
        assert_eq!(call.state, tandem::model::CallState::Ended, "{act}");
        assert_eq!(call.is_missed(), matches!(act, "missed" | "busy"), "{act}");
    }
    assert_eq!(world.shown().events.missed, 2, "answered elsewhere is not missed, nor what was declined");
}

#[test]
fn complaint_42_a_missed_call_is_counted_until_the_history_was_looked_at() {
    let mut world = two_lines();
    for id in [CallId(11), CallId(13)] {
        rings(&mut world, "voice", id);
        gives_up(&mut world, "voice", id, false);
    }
    assert_eq!(world.shown().events.missed, 2);
    world.done(Request::Events(EventsRequest::SeenCalls));
    assert_eq!(world.shown().events.missed, 0);
    let memo =
        |command: &store::Command| matches!(command, store::Command::SetMemo { key, .. } if key == store::SEEN_CALLS);
    assert!(world.kept().iter().any(memo), "over restarts too");
    // What was missed while nobody looked is known at the next start.
    let mut later = World::new(config(), Loaded { missed: 4, ..Loaded::default() });
    assert_eq!(later.shown().events.missed, 4);
}

#[test]
fn redial_calls_whom_was_called_last_over_the_same_account() {
    let mut world = two_lines();
    let redial = |world: &mut World| world.ask(Request::Events(EventsRequest::Redial)).expect("an answer");
    assert_eq!(redial(&mut world).expect_err("nobody yet").kind, RefusalKind::NoTarget);
    let request = Request::Call {
        to: CallTo::Text("sip:dan@elsewhere.example".into()),
        account: Some(AccountId::new("second")),
        via: None,
        confirm: true,
        video: false,
        anonymous: None,
    };
    let Some(Ok(Reply::Call(first))) = world.ask(request) else { panic!("a call") };
    world.opened(first);
    gives_up(&mut world, "second", first, false);
    assert!(world.shown().events.can_redial);
    let again = match redial(&mut world) {
        Ok(Reply::Call(id)) => id,
        // The cost is asked about as ever.
        Err(refusal) => {
            assert_eq!(refusal.kind, RefusalKind::Confirm);
            let question = refusal.question.expect("a question");
            match world.ask(Request::Answered { question, choice: "call".into() }).expect("an answer") {
                Ok(Reply::Call(id)) => id,
                other => panic!("{other:?}"),
            }
        }
        Ok(other) => panic!("{other:?}"),
    };
    let call = world.view(again);
    assert_eq!((call.account.as_str(), &*call.peer.uri), ("second", "sip:dan@elsewhere.example"));
    world.wait(Duration::from_secs(1));
}

#[test]
fn the_history_is_filtered_by_person_account_and_kind() {
    let mut world = two_lines();
    let filter = HistoryFilter {
        with: Some("bob@example.com".into()),
        account: Some(AccountId::new("second")),
        missed: true,
        text: Some("bo".into()),
    };
    assert!(world.ask(Request::History { limit: 5, before: None, filter }).is_none(), "the store answers");
    let asked = world.kept().into_iter().find_map(|command| match command {
        store::Command::Calls { filter, .. } => Some(filter),
        _ => None,
    });
    let asked = asked.expect("the store is asked");
    assert_eq!((asked.account, asked.missed), (Some(AccountId::new("second")), true));
    let (jid, uris) = asked.with.expect("a person");
    assert_eq!(jid.map(|jid| jid.to_string()).as_deref(), Some("bob@example.com"));
    assert!(uris.contains(&"sip:bob@example.com".to_owned()), "{uris:?}");
}

/// The offer of the other side, with these formats for events.
fn answered_with(world: &mut World, events: &str) -> CallId {
    let id = world.dial_bob();
    let sdp = format!(
        "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0{events}"
    );
    let fork = sip::ForkId(1);
    world.voice(sip::Event::Answered {
        call: id,
        fork,
        sdp: Some(sdp.into()),
        identity: identity("sip:bob@example.com"),
    });
    id
}

/// Which way digits went: by the sound, as tones in it, by INFO and whether that is forced, or why not.
fn way(world: &mut World, id: CallId) -> String {
    let before = (world.sound().len(), world.sip().len());
    if let Err(refusal) = world.ask(Request::Dtmf(id, "5".into())).expect("an answer") {
        return format!("refused: {}", refusal.text);
    }
    let sound = world.sound().split_off(before.0).into_iter().find_map(|command| match command {
        tandem::media::Command::Dtmf { in_band, .. } => Some(if in_band { "tones" } else { "events" }),
        _ => None,
    });
    let info = world.sip().split_off(before.1).into_iter().find_map(|command| match command {
        sip::Command::Digits { always, .. } => Some(if always { "info, whatever they say" } else { "info" }),
        _ => None,
    });
    sound.or(info).unwrap_or("nothing").to_owned()
}

const EVENTS: &str = " 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n";
const NO_EVENTS: &str = "\r\na=rtpmap:0 PCMU/8000\r\n";

#[test]
fn digits_go_the_way_that_the_account_says() {
    for (setting, events, expected) in [
        ("auto", EVENTS, "events"),
        ("auto", NO_EVENTS, "info"),
        ("rfc4733", EVENTS, "events"),
        ("rfc4733", NO_EVENTS, "refused"),
        ("info", EVENTS, "info, whatever they say"),
        ("inband", EVENTS, "tones"),
    ] {
        let mut world = World::online_with(voice_config(&format!("dtmf = \"{setting}\"")));
        let id = answered_with(&mut world, events);
        let found = way(&mut world, id);
        assert!(found.starts_with(expected), "{setting}: {found}");
    }
    // Who says that INFO is not taken hears tones instead; where nothing else is allowed, the user is told.
    for (setting, tones) in [("auto", true), ("info", false)] {
        let mut world = World::online_with(voice_config(&format!("dtmf = \"{setting}\"")));
        let id = answered_with(&mut world, NO_EVENTS);
        let _ = way(&mut world, id);
        world.voice(sip::Event::DigitsRefused { call: id, digits: "5".into() });
        let heard =
            world.sound().iter().any(|command| matches!(command, tandem::media::Command::Dtmf { in_band: true, .. }));
        assert_eq!(heard, tones, "{setting}");
        assert_eq!(world.view(id).said.is_some(), !tones, "{setting}");
    }
}

#[test]
fn complaint_49_digits_reach_whoever_takes_them_in_any_of_the_three_ways() {
    let mut world = World::online();
    for events in [EVENTS, NO_EVENTS] {
        let id = answered_with(&mut world, events);
        let found = way(&mut world, id);
        assert!(["events", "info"].contains(&found.as_str()), "{found}");
        // What the other side presses is heard, by INFO too.
        world.voice(sip::Event::Digit { call: id, digit: '7' });
        assert_eq!(&*world.view(id).digits_received, "7");
        world.ended(id, 0, EndedBy::Remote);
    }
}

#[test]
fn m10_digits_are_never_sent_in_the_clear_where_protection_is_demanded_nor_kept() {
    let mut config = voice_config("media-encryption = \"required\"\ndtmf = \"info\"");
    config.voice[0].media_encryption = tandem::sdp::MediaProtection::Required;
    let mut world = World::online_with(config);
    // Signalling in the clear: INFO would show the PIN.
    let open = tandem::model::Security { transport: tandem::model::Transport::Udp, ..security() };
    let local = "192.0.2.1:5060".parse().expect("valid");
    world.voice(sip::Event::Registered { security: open, local, realm: None });
    let id = world.call(CallTo::Text("sip:bob@example.com".into()));
    if let Ok(id) = id {
        world.opened(id);
        let found = way(&mut world, id);
        assert!(found.starts_with("refused"), "{found}");
    }
    assert!(!world.sip().iter().any(|command| matches!(command, sip::Command::Digits { .. })));
    let mut world = World::online();
    let id = world.talking();
    world.done(Request::Dtmf(id, "4711".into()));
    assert_eq!(&*world.view(id).digits_sent, "4711", "on the keypad while the call lives");
    world.ended(id, 0, EndedBy::Remote);
    let call = kept(&world, id).expect("in the history");
    assert!(call.digits_sent.is_empty() && call.digits_received.is_empty());
}

#[test]
fn digits_behind_a_wait_are_sent_when_the_user_says_so() {
    let mut world = World::online();
    let id = world.call(CallTo::Text("tel:+493090182;postd=12w34%23".into())).expect("a call");
    world.opened(id);
    world.answered(id);
    let sent = |world: &World| -> Vec<String> {
        let digits = |command| match command {
            tandem::media::Command::Dtmf { digits, .. } => Some(digits.to_string()),
            _ => None,
        };
        world.sound().into_iter().filter_map(digits).collect()
    };
    assert_eq!(sent(&world), [",12"], "a moment after the answer");
    let questions = world.shown().questions.clone();
    assert_eq!(questions.len(), 1);
    assert!(!questions[0].text.contains("34"), "what may be a PIN is not shown: {}", questions[0].text);
    world.done(Request::Answered { question: questions[0].id, choice: "send".into() });
    assert_eq!(sent(&world), [",12", "34#"]);
    assert!(world.shown().questions.is_empty());
    // What nobody answered goes with the call.
    world.done(Request::Dtmf(id, "1w2".into()));
    assert_eq!(world.shown().questions.len(), 1);
    world.ended(id, 0, EndedBy::Remote);
    assert!(world.shown().questions.is_empty());
}
