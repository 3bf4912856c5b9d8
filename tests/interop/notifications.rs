//! The desktop's notifications, shown by a service of the test on a bus of its own.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zbus::object_server::SignalEmitter;
use zbus::zvariant::OwnedValue;

use super::desktop::Bus;
use super::window::Screen;
use crate::real::{Person, Phone, Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(20);
const PATH: &str = "/org/freedesktop/Notifications";

#[derive(Clone, Debug)]
struct Shown {
    title: String,
    body: String,
    actions: Vec<String>,
    urgency: u8,
}

/// What stands on the desktop, by id.
type Desk = Arc<Mutex<BTreeMap<u32, Shown>>>;

/// A notification service as the specification describes it.
struct Service {
    able: Vec<&'static str>,
    desk: Desk,
    last: u32,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Service {
    fn get_capabilities(&self) -> Vec<String> {
        self.able.iter().map(|word| (*word).to_owned()).collect()
    }

    #[allow(clippy::too_many_arguments, reason = "the specification has so many")]
    fn notify(
        &mut self,
        _program: String,
        replaces: u32,
        _icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        _expires: i32,
    ) -> u32 {
        let urgency = hints.get("urgency").and_then(|value| u8::try_from(value).ok()).unwrap_or(1);
        if replaces == 0 {
            self.last += 1;
        }
        let id = if replaces == 0 { self.last } else { replaces };
        self.desk.lock().unwrap().insert(id, Shown { title, body, actions, urgency });
        id
    }

    fn close_notification(&mut self, id: u32) {
        self.desk.lock().unwrap().remove(&id);
    }

    #[zbus(signal)]
    async fn notification_replied(emitter: &SignalEmitter<'_>, id: u32, text: &str) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn action_invoked(emitter: &SignalEmitter<'_>, id: u32, action: &str) -> zbus::Result<()>;
}

const POWER: &str = "/org/freedesktop/PowerManagement/Inhibit";

/// What knows whether a program keeps the screen on, and how often it was asked.
struct Power(bool, Arc<AtomicUsize>);

#[zbus::interface(name = "org.freedesktop.PowerManagement.Inhibit")]
impl Power {
    fn has_inhibit(&self) -> bool {
        self.1.fetch_add(1, Ordering::SeqCst);
        self.0
    }

    #[zbus(signal)]
    async fn has_inhibit_changed(emitter: &SignalEmitter<'_>, on: bool) -> zbus::Result<()>;
}

/// A desktop with this service, and Alice behind it with her window put away.
struct Rig {
    alice: Tandem,
    desk: Desk,
    service: zbus::Connection,
    runtime: tokio::runtime::Runtime,
    _bus: Bus,
    _screen: Screen,
    world: World,
}

impl Rig {
    fn start(able: &[&'static str], more: &str) -> Self {
        let world = World::start();
        let (screen, bus) = (Screen::start(world.folder()), Bus::start(world.folder()));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let desk = Desk::default();
        let service = Service { able: able.to_vec(), desk: desk.clone(), last: 0 };
        let service = runtime.block_on(async {
            let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
            let builder = builder.serve_at(PATH, service).unwrap().name("org.freedesktop.Notifications").unwrap();
            let builder = builder
                .serve_at(POWER, Power(false, Arc::default()))
                .unwrap()
                .name("org.freedesktop.PowerManagement")
                .unwrap();
            builder.build().await.unwrap()
        });
        let folder = Tandem::write(&world, "alice", &Profile { more: more.to_owned(), ..Default::default() });
        let environment =
            [("DISPLAY", &*screen.display), ("WAYLAND_DISPLAY", ""), ("DBUS_SESSION_BUS_ADDRESS", &*bus.address)];
        let alice = Tandem::run(folder, &["--minimized"], &environment);
        alice.wait_online();
        Self { alice, desk, service, runtime, _bus: bus, _screen: screen, world }
    }

    fn wait(&self, what: &str, is: impl Fn(&Shown) -> bool) -> (u32, Shown) {
        eventually(what, PATIENCE, || {
            self.desk.lock().unwrap().iter().find(|(_, shown)| is(shown)).map(|(id, shown)| (*id, shown.clone()))
        })
    }

    fn wait_empty(&self, why: &str) {
        eventually(why, PATIENCE, || self.desk.lock().unwrap().is_empty().then_some(()));
    }

    fn reply(&self, id: u32, text: &str) {
        self.runtime.block_on(async {
            let object = self.service.object_server().interface::<_, Service>(PATH).await.unwrap();
            Service::notification_replied(object.signal_emitter(), id, text).await.unwrap();
        });
    }

    /// A program keeps the screen on, or does so no longer, and Alice's has asked about it.
    fn present(&self, on: bool) {
        let (asked, before) = self.runtime.block_on(async {
            let power = self.service.object_server().interface::<_, Power>(POWER).await.unwrap();
            let (asked, before) = {
                let mut state = power.get_mut().await;
                state.0 = on;
                (state.1.clone(), state.1.load(Ordering::SeqCst))
            };
            Power::has_inhibit_changed(power.signal_emitter(), on).await.unwrap();
            (asked, before)
        });
        eventually("it asks", PATIENCE, || (asked.load(Ordering::SeqCst) > before).then_some(()));
    }

    fn press(&self, id: u32, action: &str) {
        self.runtime.block_on(async {
            let object = self.service.object_server().interface::<_, Service>(PATH).await.unwrap();
            Service::action_invoked(object.signal_emitter(), id, action).await.unwrap();
        });
    }
}

#[test]
fn messages_and_calls_are_told_on_the_desktop_and_withdrawn_when_they_are_dealt_with() {
    let rig = Rig::start(&["actions", "body", "body-markup"], "");
    let mut bob = Person::sign_in(&rig.world, "bob");
    bob.say("alice@tandem.example", "m1", "1 &lt; 2 &amp; &lt;b>you&lt;/b> know it");
    let (id, note) = rig.wait("a notification", |note| note.body.contains("know it"));
    assert_eq!(note.body, "1 &lt; 2 &amp; &lt;b&gt;you&lt;/b&gt; know it", "a service that reads markup gets none");
    assert_eq!(note.urgency, 1);
    bob.say("alice@tandem.example", "m2", "do you?");
    let (again, note) = rig.wait("the next message", |note| note.body == "do you?");
    assert_eq!(again, id, "one for each conversation");
    assert!(note.title.ends_with("(2 new)"), "{}", note.title);
    rig.press(id, "read");
    rig.wait_empty("what was read goes");

    let mut phone = Phone::start(&rig.world, "bob", Default::default());
    phone.dial("alice");
    let (id, note) = rig.wait("a call", |note| note.title.ends_with("is calling"));
    assert_eq!((note.urgency, &note.actions[..2]), (2, &["answer".to_owned(), "Answer".to_owned()][..]));
    let call = rig.alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    rig.press(id, "answer");
    rig.alice.wait_call_state(&call, "active");
    rig.wait_empty("an answered call rings no more");
    rig.alice.ctl("hangup", &[("call", &call)]);
    phone.wait_event("CALL_CLOSED");

    phone.dial("alice");
    rig.wait("another call", |note| note.title.ends_with("is calling"));
    phone.command("hangup", "");
    rig.wait("a missed call", |note| note.title.starts_with("Missed call from"));
    rig.alice.ctl("seen-calls", &[]);
    rig.wait_empty("a missed call that was seen goes");
    rig.alice.quit();
}

#[test]
fn f26_a_flood_of_messages_is_one_notification_and_every_message_is_there_once() {
    const MESSAGES: usize = 3_000;
    let rig = Rig::start(&["actions", "body"], "");
    let mut bob = Person::sign_in(&rig.world, "bob");
    for number in 0..MESSAGES {
        bob.say("alice@tandem.example", &format!("m{number}"), &format!("flood {number}"));
        // Whoever asks is answered meanwhile.
        if number % 500 == 0 {
            rig.alice.ctl("status", &[]);
        }
    }
    let last = format!("flood {}", MESSAGES - 1);
    let (_, note) = rig.wait("the last message", |note| note.body == last);
    assert!(note.title.contains(&format!("({MESSAGES} new)")), "{}", note.title);
    assert_eq!(rig.desk.lock().unwrap().len(), 1, "one for each conversation");
    let mut there = Vec::new();
    let mut wanted = serde_json::json!({ "with": "bob@tandem.example", "limit": 500 });
    loop {
        let page = rig.alice.ask("messages", wanted.clone()).and_then(|page| page.as_array().cloned()).expect("a page");
        let Some(oldest) = page.first() else { break };
        wanted["before"] = oldest["id"].clone();
        there.splice(0..0, page.iter().map(|message| message["body"].as_str().expect("a text").to_owned()));
    }
    let sent: Vec<String> = (0..MESSAGES).map(|number| format!("flood {number}")).collect();
    assert!(there == sent, "{} of {MESSAGES} are there", there.len());
    rig.alice.quit();
}

#[test]
fn a_service_without_buttons_and_markup_gets_neither_and_no_text_where_none_is_to_be_seen() {
    let rig = Rig::start(&["body"], "\n[notifications]\nshow-text = false\n");
    let mut bob = Person::sign_in(&rig.world, "bob");
    bob.say("alice@tandem.example", "m1", "the secret plan");
    let (_, note) = rig.wait("a notification", |note| note.body == "New message");
    assert!(note.actions.is_empty() && !note.title.contains("secret"), "{note:?}");
    let mut phone = Phone::start(&rig.world, "bob", Default::default());
    phone.dial("alice");
    let (_, note) = rig.wait("a call", |note| note.title.ends_with("is calling"));
    assert!(note.actions.is_empty(), "{note:?}");
    let call = rig.alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    rig.alice.ctl("decline", &[("call", &call)]);
    eventually("the call's notification goes", PATIENCE, || {
        let desk = rig.desk.lock().unwrap();
        desk.values().all(|note| !note.title.ends_with("is calling")).then_some(())
    });
    rig.alice.quit();
}

#[test]
fn a_message_is_answered_in_its_notification_and_nothing_but_calls_is_told_during_a_presentation() {
    let rig = Rig::start(&["actions", "body", "inline-reply"], "");
    let mut bob = Person::sign_in(&rig.world, "bob");
    bob.say("alice@tandem.example", "m1", "at three?");
    let (id, note) = rig.wait("a notification", |note| note.body == "at three?");
    assert!(note.actions.chunks(2).any(|action| action[0] == "inline-reply"), "{note:?}");
    rig.reply(id, "Yes, at three");
    rig.wait_empty("what was answered goes");
    rig.alice.wait_message("bob", "Yes, at three", &["sent", "delivered", "displayed"]);

    rig.present(true);
    bob.say("alice@tandem.example", "m2", "the secret plan");
    rig.alice.wait_message("bob", "the secret plan", &["received"]);
    let mut phone = Phone::start(&rig.world, "bob", Default::default());
    phone.dial("alice");
    rig.wait("a call", |note| note.title.ends_with("is calling"));
    assert!(rig.desk.lock().unwrap().values().all(|note| !note.body.contains("secret")));
    phone.command("hangup", "");
    rig.present(false);
    bob.say("alice@tandem.example", "m3", "it is over");
    rig.wait("a message again", |note| note.body == "it is over");
    rig.alice.quit();
}
