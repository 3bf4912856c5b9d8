//! Whether another program keeps the screen on: a presentation, a film, a call with pictures.
//!
//! Two services of Linux desktops say so, whichever is there: GNOME's session manager (`InhibitedActions`, flag 8: the session
//! is not to become idle) and the older `org.freedesktop.PowerManagement.Inhibit` of KDE and Xfce (`HasInhibit`).

use std::time::Duration;

use futures::{Stream, StreamExt as _};
use zbus::connection::Builder;
use zbus::proxy::CacheProperties;
use zbus::{Connection, Proxy};

const GNOME: (&str, &str) = ("org.gnome.SessionManager", "/org/gnome/SessionManager");
const POWER: (&str, &str) = ("org.freedesktop.PowerManagement.Inhibit", "/org/freedesktop/PowerManagement/Inhibit");
const POWER_NAME: &str = "org.freedesktop.PowerManagement";
/// The flag of `InhibitedActions` that keeps the session from becoming idle.
const IDLE: u32 = 8;
/// How long a service may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the screen is kept on, first as it is and then with every change. Ends at once where there is no session bus.
pub fn presenting() -> impl Stream<Item = bool> + Send + 'static {
    futures::stream::once(follow()).filter_map(|followed| async { followed.ok() }).flatten()
}

async fn follow() -> zbus::Result<impl Stream<Item = bool> + Send + 'static> {
    let connection = Builder::session()?.method_timeout(PATIENCE).build().await?;
    let gnome = proxy(&connection, GNOME.0, GNOME).await?;
    let power = proxy(&connection, POWER_NAME, POWER).await?;
    // First the changes, so that none falls between the question and the listening. What changed is asked: the signals of GNOME
    // name the program, not the sum.
    let changes = futures::stream::select_all([
        gnome.receive_signal("InhibitorAdded").await?,
        gnome.receive_signal("InhibitorRemoved").await?,
        power.receive_signal("HasInhibitChanged").await?,
    ]);
    let start = futures::stream::once(async {});
    let asked = start.chain(changes.map(drop)).then(move |()| {
        let (gnome, power) = (gnome.clone(), power.clone());
        async move { is_kept_on(&gnome, &power).await }
    });
    Ok(asked.boxed())
}

async fn proxy(
    connection: &Connection,
    name: &'static str,
    (interface, path): (&'static str, &'static str),
) -> zbus::Result<Proxy<'static>> {
    let builder = zbus::proxy::Builder::new(connection).destination(name)?.path(path)?.interface(interface)?;
    builder.cache_properties(CacheProperties::No).build().await
}

async fn is_kept_on(gnome: &Proxy<'_>, power: &Proxy<'_>) -> bool {
    let actions = gnome.get_property::<u32>("InhibitedActions").await;
    actions.is_ok_and(|actions| actions & IDLE != 0) || power.call::<_, _, bool>("HasInhibit", &()).await == Ok(true)
}
