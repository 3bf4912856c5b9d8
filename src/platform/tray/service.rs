//! The icon itself on the bus (`org.kde.StatusNotifierItem`), and its registration with whoever shows such icons.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::channel::mpsc::{Sender, channel};
use futures::{SinkExt as _, Stream, StreamExt as _, future};
use tokio::sync::watch;
use zbus::connection::Builder;
use zbus::object_server::SignalEmitter;
use zbus::proxy::CacheProperties;
use zbus::zvariant::OwnedObjectPath;
use zbus::{Connection, Proxy};

use super::menu::{Menu, Shared, shown};
use super::{Tray, TrayHeard, TrayPicture};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
const ITEM_PATH: &str = "/StatusNotifierItem";
const MENU_PATH: &str = "/MenuBar";
/// How long a service may take; a slow one holds up nothing but the icon.
const PATIENCE: Duration = Duration::from_secs(5);
/// Clicks under way. When full, a further one is lost.
const UNDER_WAY: usize = 8;

/// Shows an icon for as long as the stream lives, and tells what the user does with it. The first news is whether anybody shows
/// it; where there is no session bus, that is also the last.
pub fn tray(wanted: watch::Receiver<Arc<Tray>>) -> impl Stream<Item = TrayHeard> + Send + 'static {
    let (mut told, heard) = channel(UNDER_WAY);
    let served = futures::stream::once(async move {
        if let Err(error) = serve(wanted, told.clone()).await {
            tracing::debug!(%error, "the desktop has no tray");
        }
        let _ = told.send(TrayHeard::Shown(false)).await;
    });
    // Nothing comes of the serving itself; it is driven beside what it tells.
    futures::stream::select(served.filter_map(|()| future::ready(None)), heard)
}

/// The icon as an object.
struct Item {
    shared: Shared,
    /// When full, a click is lost.
    told: Sender<TrayHeard>,
}

type Pictures = Vec<(i32, i32, Vec<u8>)>;

#[zbus::interface(name = "org.kde.StatusNotifierItem")]
impl Item {
    fn activate(&mut self, _x: i32, _y: i32) {
        let _ = self.told.try_send(TrayHeard::Activated);
    }

    fn secondary_activate(&mut self, _x: i32, _y: i32) {
        let _ = self.told.try_send(TrayHeard::Activated);
    }

    /// The host shows the menu itself.
    fn context_menu(&self, _x: i32, _y: i32) {}

    fn scroll(&self, _delta: i32, _orientation: String) {}

    #[zbus(property)]
    fn category(&self) -> &str {
        "Communications"
    }

    #[zbus(property)]
    fn id(&self) -> &str {
        "tandem"
    }

    #[zbus(property)]
    fn title(&self) -> String {
        shown(&self.shared).1.title.clone()
    }

    #[zbus(property)]
    fn status(&self) -> &str {
        status(&shown(&self.shared).1)
    }

    #[zbus(property)]
    fn window_id(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn icon_theme_path(&self) -> &str {
        ""
    }

    /// None by name: it shows what no file can.
    #[zbus(property)]
    fn icon_name(&self) -> &str {
        ""
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Pictures {
        pictures(&shown(&self.shared).1.pictures)
    }

    #[zbus(property)]
    fn overlay_icon_name(&self) -> &str {
        ""
    }

    #[zbus(property)]
    fn overlay_icon_pixmap(&self) -> Pictures {
        Vec::new()
    }

    #[zbus(property)]
    fn attention_icon_name(&self) -> &str {
        ""
    }

    #[zbus(property)]
    fn attention_icon_pixmap(&self) -> Pictures {
        pictures(&shown(&self.shared).1.pictures)
    }

    #[zbus(property)]
    fn attention_movie_name(&self) -> &str {
        ""
    }

    #[zbus(property)]
    fn tool_tip(&self) -> (String, Pictures, String, String) {
        let (_, tray) = shown(&self.shared);
        // A host may read markup there: the words of others are none.
        (String::new(), Vec::new(), tray.title.clone(), super::super::notifications::escaped(&tray.tooltip))
    }

    #[zbus(property)]
    fn item_is_menu(&self) -> bool {
        false
    }

    #[zbus(property)]
    fn menu(&self) -> OwnedObjectPath {
        OwnedObjectPath::try_from(MENU_PATH).unwrap_or_default()
    }

    #[zbus(signal)]
    async fn new_title(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn new_icon(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn new_attention_icon(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn new_tool_tip(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn new_status(emitter: &SignalEmitter<'_>, status: &str) -> zbus::Result<()>;
}

fn status(tray: &Tray) -> &'static str {
    if tray.attention { "NeedsAttention" } else { "Active" }
}

fn pictures(pictures: &[TrayPicture]) -> Pictures {
    let side = |picture: &TrayPicture| i32::from(picture.side);
    pictures.iter().map(|picture| (side(picture), side(picture), picture.argb.to_vec())).collect()
}

async fn serve(mut wanted: watch::Receiver<Arc<Tray>>, mut told: Sender<TrayHeard>) -> zbus::Result<()> {
    let shared: Shared = Arc::new(Mutex::new((1, wanted.borrow_and_update().clone())));
    let item = Item { shared: shared.clone(), told: told.clone() };
    let menu = Menu { shared: shared.clone(), told: told.clone() };
    let builder = Builder::session()?.method_timeout(PATIENCE);
    let connection = builder.serve_at(ITEM_PATH, item)?.serve_at(MENU_PATH, menu)?.build().await?;
    let name = name_of(&connection).await;
    let watcher: Proxy<'static> = zbus::proxy::Builder::new(&connection)
        .destination(WATCHER)?
        .path(WATCHER_PATH)?
        .interface(WATCHER)?
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    let mut owners = watcher.receive_owner_changed().await?;
    let mut signals = watcher.receive_all_signals().await?;
    let mut is_shown = register(&watcher, &name).await;
    told.send(TrayHeard::Shown(is_shown)).await.map_err(|_| zbus::Error::InputOutput(gone()))?;
    loop {
        let now = tokio::select! {
            changed = wanted.changed() => {
                if changed.is_err() {
                    return Ok(());
                }
                let tray = wanted.borrow_and_update().clone();
                change(&connection, &shared, tray).await?;
                is_shown
            }
            owner = owners.next() => match owner {
                None => return Ok(()),
                Some(None) => false,
                // Another one knows nothing of what was registered with the one before it.
                Some(Some(_)) => register(&watcher, &name).await,
            },
            signal = signals.next() => {
                let Some(signal) = signal else { return Ok(()) };
                match signal.header().member().map(|member| member.as_str()) {
                    Some("StatusNotifierHostRegistered" | "StatusNotifierHostUnregistered") => is_hosted(&watcher).await,
                    _ => is_shown,
                }
            }
        };
        if now != is_shown {
            is_shown = now;
            told.send(TrayHeard::Shown(now)).await.map_err(|_| zbus::Error::InputOutput(gone()))?;
        }
    }
}

/// The window listens no more.
fn gone() -> Arc<std::io::Error> {
    Arc::new(std::io::ErrorKind::BrokenPipe.into())
}

/// The name that the specification wants, else that which every connection has: a sandbox gives no other.
async fn name_of(connection: &Connection) -> String {
    let wanted = format!("org.kde.StatusNotifierItem-{}-1", std::process::id());
    match connection.request_name(wanted.as_str()).await {
        Ok(()) => wanted,
        Err(_) => connection.unique_name().map(|name| name.to_string()).unwrap_or_default(),
    }
}

/// Whether somebody took the icon and shows it.
async fn register(watcher: &Proxy<'_>, name: &str) -> bool {
    let registered: zbus::Result<()> = watcher.call("RegisterStatusNotifierItem", &(name,)).await;
    registered.is_ok() && is_hosted(watcher).await
}

/// A watcher may be there before any panel that shows what it collects.
async fn is_hosted(watcher: &Proxy<'_>) -> bool {
    watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await.unwrap_or(true)
}

/// Tells the host what is another now, and nothing else.
async fn change(connection: &Connection, shared: &Shared, tray: Arc<Tray>) -> zbus::Result<()> {
    let (revision, before) = {
        let mut shown = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::replace(&mut shown.1, tray.clone());
        shown.0 = shown.0.wrapping_add(1);
        (shown.0, before)
    };
    let item = SignalEmitter::new(connection, ITEM_PATH)?;
    if before.title != tray.title {
        Item::new_title(&item).await?;
    }
    if before.pictures != tray.pictures {
        Item::new_icon(&item).await?;
        Item::new_attention_icon(&item).await?;
    }
    if before.tooltip != tray.tooltip {
        Item::new_tool_tip(&item).await?;
    }
    if before.attention != tray.attention {
        Item::new_status(&item, status(&tray)).await?;
    }
    if before.menu != tray.menu {
        Menu::layout_updated(&SignalEmitter::new(connection, MENU_PATH)?, revision, 0).await?;
    }
    Ok(())
}
