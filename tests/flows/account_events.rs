//! What is told without a call: lamps and voicemail.

use bytes::Bytes;
use tandem::account::{EventsRequest, NoticeBody, Refusal, RefusalKind, Reply, Request};
use tandem::config::Config;
use tandem::model::{Lamp, LampView, Subscription, VoicemailView};
use tandem::sip::subscription::{Document, EventPackage, News, Notifier, Standing, SubscriptionId};
use tandem::store::Loaded;
use tandem::xmpp::RosterUpdate;
use tandem::{sip, store, xmpp};

use super::account_numbers::configured;
use super::world::*;

pub fn voice_config(keys: &str) -> Config {
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
