//! Whether anybody is at the machine, as desktops say it on their session bus: contacts see it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::desktop::Bus;
use super::window::Screen;
use crate::real::{DOMAIN, Friend, Profile, Tandem, World, eventually};

/// What GNOME says, in milliseconds.
struct Gnome(Arc<AtomicU64>);

#[zbus::interface(name = "org.gnome.Mutter.IdleMonitor")]
impl Gnome {
    #[zbus(name = "GetIdletime")]
    fn idle(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn somebody_who_leaves_the_desktop_is_seen_to_be_away_and_to_come_back() {
    let world = World::start();
    let (screen, bus) = (Screen::start(world.folder()), Bus::start(world.folder()));
    let idle = Arc::new(AtomicU64::new(0));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _service = runtime.block_on(async {
        let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
        let builder = builder.serve_at("/org/gnome/Mutter/IdleMonitor/Core", Gnome(idle.clone())).unwrap();
        builder.name("org.gnome.Mutter.IdleMonitor").unwrap().build().await.unwrap()
    });
    let bob = Friend::sign_in(&world, "bob");
    let more = "[messages]\naway-after = 1\n".to_owned();
    let folder = Tandem::write(&world, "alice", &Profile { more, ..Default::default() });
    let environment =
        [("DISPLAY", &*screen.display), ("WAYLAND_DISPLAY", ""), ("DBUS_SESSION_BUS_ADDRESS", &*bus.address)];
    let alice = Tandem::run(folder, &["--minimized"], &environment);
    alice.wait_online();
    let count = |show: Option<&str>, idle: bool| {
        bob.count("presence", |told| {
            told["from"].as_str().is_some_and(|from| from.starts_with(&format!("alice@{DOMAIN}")))
                && told["show"].as_str() == show
                && told["idle"].is_string() == idle
        })
    };
    // It asks every quarter of a minute.
    let patience = Duration::from_secs(60);
    eventually("that she is there", patience, || (count(None, false) > 0).then_some(()));
    idle.store(61_000, Ordering::SeqCst);
    eventually("that she is away, and since when", patience, || (count(Some("away"), true) > 0).then_some(()));
    let before = count(None, false);
    idle.store(100, Ordering::SeqCst);
    eventually("that she is back", patience, || (count(None, false) > before).then_some(()));
    alice.quit();
}
