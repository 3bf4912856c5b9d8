//! The icon in the tray, shown by a panel of the test on a bus of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use zbus::zvariant::{OwnedValue, Structure, Value};
use zbus::{Connection, Proxy};

use super::desktop::Bus;
use super::window::Screen;
use crate::real::{Profile, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(20);
const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// Who registered, by their names on the bus.
type Registered = Arc<Mutex<Vec<String>>>;

/// What collects icons, as the panels of desktops do.
struct Watcher(Registered);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, name: String) {
        self.0.lock().unwrap().push(name);
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }
}

/// A desktop with a panel.
struct Desk {
    screen: Screen,
    bus: Bus,
    registered: Registered,
    panel: Connection,
    runtime: tokio::runtime::Runtime,
    world: World,
}

impl Desk {
    fn start() -> Self {
        let world = World::start();
        let (screen, bus) = (Screen::start(world.folder()), Bus::start(world.folder()));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let registered = Registered::default();
        let panel = runtime.block_on(async {
            let builder = zbus::connection::Builder::address(bus.address.as_str()).unwrap();
            let builder = builder.serve_at("/StatusNotifierWatcher", Watcher(registered.clone())).unwrap();
            builder.name(WATCHER).unwrap().build().await.unwrap()
        });
        Self { screen, bus, registered, panel, runtime, world }
    }

    fn run(&self, profile: &Profile, arguments: &[&str]) -> Tandem {
        let folder = Tandem::write(&self.world, "alice", profile);
        let environment = [
            ("DISPLAY", &*self.screen.display),
            ("WAYLAND_DISPLAY", ""),
            ("DBUS_SESSION_BUS_ADDRESS", &*self.bus.address),
        ];
        Tandem::run(folder, arguments, &environment)
    }

    fn item(&self) -> String {
        eventually("an icon", PATIENCE, || self.registered.lock().unwrap().last().cloned())
    }

    async fn proxy<'a>(&self, path: &'a str, interface: &'a str) -> Proxy<'a> {
        let item = self.registered.lock().unwrap().last().cloned().unwrap();
        zbus::proxy::Builder::new(&self.panel)
            .destination(item)
            .unwrap()
            .path(path)
            .unwrap()
            .interface(interface)
            .unwrap()
            .cache_properties(zbus::proxy::CacheProperties::No)
            .build()
            .await
            .unwrap()
    }

    fn press(&self) {
        self.runtime.block_on(async {
            let item = self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem").await;
            item.call::<_, _, ()>("Activate", &(0, 0)).await.unwrap();
        });
    }

    /// The tooltip's lines.
    fn tooltip(&self) -> String {
        self.runtime.block_on(async {
            let item = self.proxy("/StatusNotifierItem", "org.kde.StatusNotifierItem").await;
            type Pictures = Vec<(i32, i32, Vec<u8>)>;
            let (_, _, _, text): (String, Pictures, String, String) = item.get_property("ToolTip").await.unwrap();
            let pictures: Pictures = item.get_property("IconPixmap").await.unwrap();
            assert!(pictures.iter().all(|(width, height, bytes)| bytes.len() as i32 == width * height * 4));
            assert!(pictures.iter().any(|(_, _, bytes)| bytes.iter().any(|byte| *byte != 0)));
            text
        })
    }

    /// The menu's lines: number, words, whether it is chosen.
    fn menu(&self) -> Vec<(i32, String, bool)> {
        self.runtime.block_on(async {
            let menu = self.proxy("/MenuBar", "com.canonical.dbusmenu").await;
            type Line = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
            let (_, (_, _, lines)): (u32, Line) = menu.call("GetLayout", &(0, -1, Vec::<String>::new())).await.unwrap();
            let line = |line: OwnedValue| {
                let line = Structure::try_from(line).unwrap();
                let (id, mut said, _) = <(i32, HashMap<String, OwnedValue>, Vec<OwnedValue>)>::try_from(line).unwrap();
                let words = said.remove("label").map(|words| String::try_from(words).unwrap()).unwrap_or_default();
                let chosen = said.remove("toggle-state").is_some_and(|state| i32::try_from(state).unwrap() == 1);
                (id, words, chosen)
            };
            lines.into_iter().map(line).collect()
        })
    }

    fn wait_line(&self, words: &str) -> (i32, String, bool) {
        eventually(words, PATIENCE, || self.menu().into_iter().find(|(_, known, _)| known == words))
    }

    fn choose(&self, words: &str) {
        let (id, _, _) = self.wait_line(words);
        self.runtime.block_on(async {
            let menu = self.proxy("/MenuBar", "com.canonical.dbusmenu").await;
            menu.call::<_, _, ()>("Event", &(id, "clicked", Value::I32(0), 0_u32)).await.unwrap();
        });
    }

    fn windows(&self) -> usize {
        self.screen.windows().len()
    }
}

#[test]
fn complaint_08_a_panel_shows_the_truth_about_both_connections_and_the_menu_works() {
    let desk = Desk::start();
    let wrong = Profile { voice_password: Some("wrong".to_owned()), ..Default::default() };
    let alice = desk.run(&wrong, &["--minimized"]);
    desk.item();
    alice.wait_state("chat", "online");
    alice.wait_state("voice", "failed");
    desk.wait_line("Chat: connected");
    desk.wait_line("Voice: not connected, needs you");
    let tooltip = desk.tooltip();
    assert!(tooltip.contains("Chat: connected") && tooltip.contains("but not called"), "{tooltip}");
    assert_eq!(desk.windows(), 0, "it began in the tray");
    assert!(desk.wait_line("Available").2 && !desk.wait_line("Away").2);
    desk.choose("Away");
    eventually("the other status", PATIENCE, || desk.wait_line("Away").2.then_some(()));
    desk.choose("Open Tandem");
    desk.screen.focus();
    desk.choose("Quit Tandem");
    alice.wait_end();
}

#[test]
fn a_window_in_the_tray_comes_by_the_icon_goes_by_it_and_is_not_lost_with_the_panel() {
    let desk = Desk::start();
    let alice = desk.run(&Profile::default(), &[]);
    desk.item();
    alice.wait_online();
    let gone = || eventually("no window", PATIENCE, || (desk.windows() == 0).then_some(()));
    // A press on a window that has not heard of the keyboard yet raises it: then once more, but not before it had time to go.
    let put_away = || {
        eventually("a window that the icon put away", PATIENCE * 2, || {
            desk.press();
            let until = Instant::now() + Duration::from_secs(4);
            while desk.windows() > 0 && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(50));
            }
            (desk.windows() == 0).then_some(())
        });
    };
    for _ in 0..2 {
        desk.screen.focus();
        // The window has to hear that it has the keyboard before the icon puts it away.
        put_away();
        gone();
        alice.wait_online();
        desk.press();
        eventually("the window", PATIENCE, || (desk.windows() == 1).then_some(()));
    }
    desk.screen.focus();
    put_away();
    // The panel ends: nothing else could open the window.
    desk.runtime.block_on(async { desk.panel.release_name(WATCHER).await.unwrap() });
    eventually("the window without a panel", PATIENCE, || (desk.windows() == 1).then_some(()));
    alice.quit();
}

#[test]
fn the_window_opens_again_where_it_stood_and_as_large_as_it_was() {
    let desk = Desk::start();
    let _manager = desk.screen.manage(desk.world.folder());
    let alice = desk.run(&Profile::default(), &[]);
    alice.wait_online();
    let settled = |what: &str, is: &dyn Fn((i32, i32, u32, u32)) -> bool| {
        eventually(what, PATIENCE, || desk.screen.geometry().filter(|frame| is(*frame)))
    };
    settled("a window", &|_| true);
    desk.screen.place(203, 97, 900, 640);
    let left =
        settled("the window there", &|(x, y, width, height)| x >= 203 && y >= 97 && (width, height) == (900, 640));
    // Closed as its user closes it, it is in the tray, and opens there again.
    desk.screen.close();
    eventually("no window", PATIENCE, || (desk.windows() == 0).then_some(()));
    alice.wait_online();
    desk.press();
    settled("the same place", &|frame| frame == left);
    alice.quit();
    let alice = desk.run(&Profile::default(), &[]);
    settled("the place of the last run", &|frame| frame == left);
    alice.quit();
}
