//! Keys that work while another window is in front, where the desktop lends them out
//! (`org.freedesktop.portal.GlobalShortcuts`, version 1). Which keys they are is the user's word, given to the desktop.

use std::collections::HashMap;
use std::time::Duration;

use futures::channel::mpsc::{Sender, channel};
use futures::{SinkExt as _, Stream, StreamExt as _, future};
use zbus::connection::Builder;
use zbus::proxy::CacheProperties;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, Proxy};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const INTERFACE: &str = "org.freedesktop.portal.GlobalShortcuts";
const REQUEST: &str = "org.freedesktop.portal.Request";
/// Who we are, for a desktop that cannot see it otherwise.
const REGISTRY: &str = "org.freedesktop.host.portal.Registry";
/// How long the desktop may take to answer at once; for the user's answer there is no limit.
const PATIENCE: Duration = Duration::from_secs(5);
/// Presses under way. When full, the desktop's signals wait.
const UNDER_WAY: usize = 8;

/// What a key does: its name, and what it is for in the user's words.
pub type Shortcut = (&'static str, &'static str);

/// What happened to the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ShortcutHeard {
    /// The desktop lends them out: the name of each, and the keys in the desktop's words, where it has any.
    Bound(Vec<(String, String)>),
    /// The desktop lends none out, or the user does not want it.
    None,
    /// A key went down.
    Pressed(String),
    /// It went up.
    Released(String),
}

type Details = HashMap<String, OwnedValue>;

/// Borrows keys for as long as the stream lives. The first news is what came of that; where there is no portal, it is also the
/// last.
pub fn shortcuts(wanted: Vec<Shortcut>) -> impl Stream<Item = ShortcutHeard> + Send + 'static {
    let (mut told, heard) = channel(UNDER_WAY);
    let served = futures::stream::once(async move {
        if let Err(error) = serve(wanted, told.clone()).await {
            tracing::debug!(%error, "the desktop lends no keys out");
        }
        let _ = told.send(ShortcutHeard::None).await;
    });
    futures::stream::select(served.filter_map(|()| future::ready(None)), heard)
}

async fn serve(wanted: Vec<Shortcut>, mut told: Sender<ShortcutHeard>) -> zbus::Result<()> {
    let connection = Builder::session()?.method_timeout(PATIENCE).build().await?;
    let portal = proxy(&connection, PATH, INTERFACE).await?;
    let registry = proxy(&connection, PATH, REGISTRY).await?;
    // Older desktops have no such thing, and a sandbox says it for us.
    let known: zbus::Result<()> = registry.call("Register", &("tandem", HashMap::<&str, Value<'_>>::new())).await;
    tracing::trace!(ok = known.is_ok(), "told the desktop who we are");
    let mut presses = portal.receive_signal("Activated").await?;
    let mut releases = portal.receive_signal("Deactivated").await?;
    let options = |token| HashMap::from([("handle_token", Value::from(token))]);
    let mut open = options("tandem_open");
    open.insert("session_handle_token", Value::from("tandem"));
    let opened = ask(&connection, "tandem_open", async { portal.call("CreateSession", &(&open,)).await }).await?;
    let Some(session) = opened.get("session_handle").and_then(|handle| String::try_from(handle.clone()).ok()) else {
        return Ok(());
    };
    let session = OwnedObjectPath::try_from(session)?;
    let keys: Vec<(&str, HashMap<&str, Value<'_>>)> =
        wanted.iter().map(|(id, words)| (*id, HashMap::from([("description", Value::from(*words))]))).collect();
    let bind = options("tandem_bind");
    let bound =
        ask(&connection, "tandem_bind", async { portal.call("BindShortcuts", &(&session, &keys, "", &bind)).await })
            .await?;
    let bound = ShortcutHeard::Bound(bound_keys(bound));
    told.send(bound).await.map_err(|_| gone())?;
    loop {
        let news = tokio::select! {
            press = presses.next() => press.map(|signal| key_of(&signal, &session).map(ShortcutHeard::Pressed)),
            release = releases.next() => release.map(|signal| key_of(&signal, &session).map(ShortcutHeard::Released)),
        };
        match news {
            None => return Ok(()),
            // Of another program's keys.
            Some(None) => {}
            Some(Some(news)) => told.send(news).await.map_err(|_| gone())?,
        }
    }
}

/// The window listens no more.
fn gone() -> zbus::Error {
    zbus::Error::InputOutput(std::sync::Arc::new(std::io::ErrorKind::BrokenPipe.into()))
}

async fn proxy<'a>(connection: &Connection, path: &'a str, interface: &'a str) -> zbus::Result<Proxy<'a>> {
    let builder = zbus::proxy::Builder::new(connection).destination(PORTAL)?.path(path)?.interface(interface)?;
    builder.cache_properties(CacheProperties::No).build().await
}

/// Asks the portal for something that it answers with a signal, which may come before its reply: it is listened for first. A
/// refusal is an error.
async fn ask(
    connection: &Connection,
    token: &str,
    call: impl Future<Output = zbus::Result<OwnedObjectPath>>,
) -> zbus::Result<Details> {
    let name = connection.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_")).unwrap_or_default();
    let path = format!("{PATH}/request/{name}/{token}");
    let request = proxy(connection, &path, REQUEST).await?;
    let mut answers = request.receive_signal("Response").await?;
    let said = call.await?;
    // Portals before version 0.9 make up a path of their own.
    if said.as_str() != path {
        let own = said.as_str().to_owned();
        let request = proxy(connection, &own, REQUEST).await?;
        return response(request.receive_signal("Response").await?.next().await);
    }
    response(answers.next().await)
}

fn response(answer: Option<zbus::Message>) -> zbus::Result<Details> {
    let answer = answer.ok_or_else(gone)?;
    let (code, details): (u32, Details) = answer.body().deserialize()?;
    // 1: the user does not want it, 2: something else.
    if code == 0 { Ok(details) } else { Err(zbus::Error::Failure(format!("the desktop refused ({code})"))) }
}

/// The keys that were lent out.
fn bound_keys(mut details: Details) -> Vec<(String, String)> {
    let Some(list) = details.remove("shortcuts") else { return Vec::new() };
    let list: Vec<(String, Details)> = Vec::try_from(list).unwrap_or_default();
    let keys = list.into_iter().map(|(id, mut said)| {
        let trigger = said.remove("trigger_description").and_then(|words| String::try_from(words).ok());
        (id, trigger.unwrap_or_default().chars().take(60).collect())
    });
    keys.take(16).collect()
}

/// Which of our keys a signal is about.
fn key_of(signal: &zbus::Message, session: &OwnedObjectPath) -> Option<String> {
    let body = signal.body();
    let (of, id, _time, _details): (ObjectPath<'_>, String, u64, Details) = body.deserialize().ok()?;
    (of.as_str() == session.as_str()).then_some(id)
}
