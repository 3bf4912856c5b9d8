//! Keys that work behind other windows, lent out by a portal of the test on a bus of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use zbus::message::Header;
use zbus::object_server::{ObjectServer, SignalEmitter};
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::desktop::Bus;
use super::window::Screen;
use crate::real::{Phone, Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(20);
const PATH: &str = "/org/freedesktop/portal/desktop";

type Details = HashMap<String, OwnedValue>;
/// The keys that were asked for: name and words.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// A request to the portal, which it answers with a signal.
struct Request;

#[zbus::interface(name = "org.freedesktop.portal.Request")]
impl Request {
    #[zbus(signal)]
    async fn response(emitter: &SignalEmitter<'_>, code: u32, details: HashMap<&str, Value<'_>>) -> zbus::Result<()>;
}

struct Portal {
    asked: Asked,
    /// The user does not want it.
    refuses: bool,
}

/// Answers a request under the path that its token names, before the reply to the call even arrives.
async fn answer(
    server: &ObjectServer,
    emitter: &SignalEmitter<'_>,
    header: &Header<'_>,
    token: &str,
    code: u32,
    details: HashMap<&str, Value<'_>>,
) -> OwnedObjectPath {
    let sender = header.sender().unwrap().trim_start_matches(':').replace('.', "_");
    let path = OwnedObjectPath::try_from(format!("{PATH}/request/{sender}/{token}")).unwrap();
    server.at(&path, Request).await.unwrap();
    let of = SignalEmitter::new(emitter.connection(), &path).unwrap();
    Request::response(&of, code, details).await.unwrap();
    path
}

#[allow(clippy::too_many_arguments, reason = "the portal's own signature, and what zbus hands in beside it")]
#[zbus::interface(name = "org.freedesktop.portal.GlobalShortcuts")]
impl Portal {
    async fn create_session(
        &self,
        options: Details,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
        #[zbus(header)] header: Header<'_>,
    ) -> OwnedObjectPath {
        let token = String::try_from(options["handle_token"].clone()).unwrap();
        let details = HashMap::from([("session_handle", Value::from("/session/one"))]);
        answer(server, &emitter, &header, &token, 0, details).await
    }

    async fn bind_shortcuts(
        &self,
        session: ObjectPath<'_>,
        shortcuts: Vec<(String, Details)>,
        _parent: String,
        options: Details,
        #[zbus(object_server)] server: &ObjectServer,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
        #[zbus(header)] header: Header<'_>,
    ) -> OwnedObjectPath {
        assert_eq!(session.as_str(), "/session/one");
        let words = |mut said: Details| String::try_from(said.remove("description").unwrap()).unwrap();
        *self.asked.lock().unwrap() = shortcuts.into_iter().map(|(id, said)| (id, words(said))).collect();
        let token = String::try_from(options["handle_token"].clone()).unwrap();
        let trigger: HashMap<&str, Value<'_>> = HashMap::from([("trigger_description", Value::from("Super+F9"))]);
        let bound: Vec<(&str, HashMap<&str, Value<'_>>)> = vec![("answer", trigger)];
        let details = HashMap::from([("shortcuts", Value::from(bound))]);
        answer(server, &emitter, &header, &token, u32::from(self.refuses), details).await
    }

    #[zbus(signal)]
    async fn activated(
        emitter: &SignalEmitter<'_>,
        session: ObjectPath<'_>,
        id: &str,
        time: u64,
        options: HashMap<&str, Value<'_>>,
    ) -> zbus::Result<()>;
}

#[test]
fn a_call_is_answered_and_ended_with_keys_while_another_window_is_in_front() {
    let world = World::start();
    let (screen, bus) = (Screen::start(world.folder()), Bus::start(world.folder()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let asked = Asked::default();
    let portal = runtime.block_on(async {
        let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
        let portal = Portal { asked: asked.clone(), refuses: false };
        let builder = builder.serve_at(PATH, portal).unwrap().name("org.freedesktop.portal.Desktop").unwrap();
        builder.build().await.unwrap()
    });
    let press = |session: &str, id: &str| {
        runtime.block_on(async {
            let object = portal.object_server().interface::<_, Portal>(PATH).await.unwrap();
            let session = ObjectPath::try_from(session).unwrap();
            Portal::activated(object.signal_emitter(), session, id, 1, HashMap::new()).await.unwrap();
        });
    };
    let more = "\n[desktop]\nshortcuts = true\n".to_owned();
    let folder = Tandem::write(&world, "alice", &Profile { more, ..Default::default() });
    let environment =
        [("DISPLAY", &*screen.display), ("WAYLAND_DISPLAY", ""), ("DBUS_SESSION_BUS_ADDRESS", &*bus.address)];
    let alice = Tandem::run(folder, &["--minimized"], &environment);
    alice.wait_online();
    let names = eventually("the keys", PATIENCE, || {
        let asked = asked.lock().unwrap();
        (!asked.is_empty()).then(|| asked.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>())
    });
    assert_eq!(names, ["answer", "hang-up", "microphone", "talk", "show"]);
    let mut bob = Phone::start(&world, "bob", Default::default());
    bob.dial("alice");
    let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    // Of somebody else's session, and a key that does not exist: nothing.
    press("/session/two", "answer");
    press("/session/one", "format-disk");
    // A key that comes before the window knows of the call means nothing, so a person would press again.
    let state = || alice.calls().into_iter().find(|seen| seen["id"] == call.as_str()).map(|seen| seen["state"].clone());
    eventually("the key answers", PATIENCE, || {
        press("/session/one", "answer");
        (state()? == "active").then_some(())
    });
    eventually("the key hangs up", PATIENCE, || {
        press("/session/one", "hang-up");
        (state()? == "ended").then_some(())
    });
    bob.wait_event("CALL_CLOSED");
    alice.quit();
}
