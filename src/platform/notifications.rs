//! The desktop's notifications (`org.freedesktop.Notifications`, Desktop Notifications Specification 1.2).
//!
//! The window says what is to be shown now, whole, through a `watch` channel: whatever changes while the service is slow
//! becomes one change. There is no queue that a flood of messages could fill.

use std::collections::BTreeMap;
use std::sync::Arc;

/// How much a notification wants to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    /// Goes by itself.
    Normal,
    /// Stays until it is dealt with.
    Critical,
}

/// A notification, as plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Note {
    /// The first line.
    pub title: String,
    /// What stands below it.
    pub body: String,
    /// What can be done with it: its name, and what stands on the button. `default` is a press on the notification itself.
    pub actions: Vec<(&'static str, &'static str)>,
    /// It can be answered with words; what stands in the empty field.
    pub reply: Option<&'static str>,
    /// How much it wants to be seen.
    pub urgency: Urgency,
    /// What it is about, in the words of the specification.
    pub category: &'static str,
    /// Another mark: it is shown anew.
    pub mark: u64,
}

/// Never names and texts.
impl std::fmt::Debug for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Note").field("category", &self.category).field("mark", &self.mark).finish_non_exhaustive()
    }
}

/// Everything that is to be shown, by names of the window's own.
pub type Notes = Arc<BTreeMap<u64, Note>>;

/// What the user did with a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// One of its actions.
    Pressed(u64, String),
    /// Words that answer it.
    Replied(u64, String),
    /// It was dismissed, or its time was over.
    Closed(u64),
}

/// Where a service reads markup, the words of others are none.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(target_os = "linux")]
pub use service::notifications;

#[cfg(target_os = "linux")]
mod service {
    use std::collections::{BTreeMap, HashMap};
    use std::time::Duration;

    use futures::channel::mpsc::{Sender, channel};
    use futures::{SinkExt as _, Stream, StreamExt as _, future};
    use tokio::sync::watch;
    use tokio::time::Instant;
    use zbus::Proxy;
    use zbus::connection::Builder;
    use zbus::proxy::CacheProperties;
    use zbus::zvariant::Value;

    use super::{Heard, Note, Notes, Urgency, escaped};

    const SERVICE: &str = "org.freedesktop.Notifications";
    const PATH: &str = "/org/freedesktop/Notifications";
    /// How long a service may take; a slow one holds up nothing but notifications.
    const PATIENCE: Duration = Duration::from_secs(5);
    /// Presses under way. When full, the service's signals wait.
    const UNDER_WAY: usize = 8;
    /// The longest texts, in characters: a service shows a few lines.
    const TITLE: usize = 120;
    const BODY: usize = 400;

    /// Shows what is wanted for as long as the stream lives, and tells what the user does with it. Ends at once where there is
    /// no session bus.
    pub fn notifications(wanted: watch::Receiver<Notes>) -> impl Stream<Item = Heard> + Send + 'static {
        let (told, heard) = channel(UNDER_WAY);
        let served = futures::stream::once(async move {
            if let Err(error) = serve(wanted, told).await {
                tracing::debug!(%error, "the desktop shows no notifications");
            }
        });
        // Nothing comes of the serving itself; it is driven beside what it tells.
        futures::stream::select(served.filter_map(|()| future::ready(None)), heard)
    }

    /// How long a notification stands before it is replaced: a flood of messages is one notification a second (F26). Another
    /// one, a call for example, is shown at once.
    const STANDS: Duration = Duration::from_secs(1);

    /// What is on the desktop.
    struct Standing {
        /// Its id there; 0: the user or the service took it away.
        id: u32,
        /// What was shown.
        note: Note,
        /// Since when.
        since: Instant,
    }

    type Shown = BTreeMap<u64, Standing>;

    /// The longest answer that is taken, in bytes: the longest message that can be sent.
    const LONGEST_REPLY: usize = 100_000;
    /// The action that opens a field for words, and what stands on it where the service shows that.
    const REPLY: &str = "inline-reply";

    /// What a service can do.
    #[derive(Clone, Copy, Default)]
    struct Able {
        actions: bool,
        reply: bool,
        markup: bool,
    }

    async fn serve(mut wanted: watch::Receiver<Notes>, mut told: Sender<Heard>) -> zbus::Result<()> {
        let connection = Builder::session()?.method_timeout(PATIENCE).build().await?;
        let proxy: Proxy<'static> = zbus::proxy::Builder::new(&connection)
            .destination(SERVICE)?
            .path(PATH)?
            .interface(SERVICE)?
            .cache_properties(CacheProperties::No)
            .build()
            .await?;
        let mut signals = proxy.receive_all_signals().await?;
        let mut owners = proxy.receive_owner_changed().await?;
        let mut shown = Shown::new();
        let mut able = None;
        wanted.mark_changed();
        // When something that was put off is due.
        let mut due: Option<Instant> = None;
        loop {
            tokio::select! {
                () = until(due) => due = show(&proxy, &mut wanted, &mut shown, &mut able).await,
                changed = wanted.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    due = show(&proxy, &mut wanted, &mut shown, &mut able).await;
                }
                signal = signals.next() => {
                    let Some(signal) = signal else { return Ok(()) };
                    if let Some(news) = heard(&signal, &mut shown)
                        && told.send(news).await.is_err()
                    {
                        return Ok(());
                    }
                }
                owner = owners.next() => {
                    let Some(owner) = owner else { return Ok(()) };
                    // Another service knows nothing of what the one before it showed.
                    able = None;
                    shown.clear();
                    if owner.is_some() {
                        due = show(&proxy, &mut wanted, &mut shown, &mut able).await;
                    }
                }
            }
        }
    }

    async fn until(due: Option<Instant>) {
        match due {
            Some(due) => tokio::time::sleep_until(due).await,
            None => future::pending().await,
        }
    }

    /// Makes the desktop show what is wanted; the result is when to come back for what was put off. A service that is not there
    /// is asked again with the next change.
    async fn show(
        proxy: &Proxy<'_>,
        wanted: &mut watch::Receiver<Notes>,
        shown: &mut Shown,
        able: &mut Option<Able>,
    ) -> Option<Instant> {
        let mut due = None;
        let notes = wanted.borrow_and_update().clone();
        let gone: Vec<u64> = shown.keys().filter(|tag| !notes.contains_key(tag)).copied().collect();
        for tag in gone {
            if let Some(standing) = shown.remove(&tag).filter(|standing| standing.id != 0) {
                let closed: zbus::Result<()> = proxy.call("CloseNotification", &(standing.id,)).await;
                tracing::trace!(ok = closed.is_ok(), "a notification was withdrawn");
            }
        }
        for (tag, note) in notes.iter() {
            let before = shown.get(tag);
            if let Some(standing) = before {
                let again = standing.since + STANDS;
                if standing.note == *note {
                    continue;
                }
                if Instant::now() < again {
                    due = Some(due.map_or(again, |due: Instant| due.min(again)));
                    continue;
                }
            }
            let can = match *able {
                Some(can) => can,
                None => match proxy.call::<_, _, Vec<String>>("GetCapabilities", &()).await {
                    Ok(words) => {
                        let has = |word: &str| words.iter().any(|known| known == word);
                        *able.insert(Able {
                            actions: has("actions"),
                            reply: has("actions") && has(REPLY),
                            markup: has("body-markup"),
                        })
                    }
                    Err(error) => {
                        tracing::debug!(%error, "the desktop shows no notifications");
                        return None;
                    }
                },
            };
            let replaces = before.map_or(0, |standing| standing.id);
            match notify(proxy, note, replaces, can).await {
                Ok(id) => drop(shown.insert(*tag, Standing { id, note: note.clone(), since: Instant::now() })),
                Err(error) => {
                    tracing::debug!(%error, "the desktop did not show a notification");
                    return due;
                }
            }
        }
        due
    }

    async fn notify(proxy: &Proxy<'_>, note: &Note, replaces: u32, can: Able) -> zbus::Result<u32> {
        let critical = note.urgency == Urgency::Critical;
        let mut actions: Vec<&str> = match can.actions {
            true => note.actions.iter().flat_map(|(name, words)| [*name, *words]).collect(),
            false => Vec::new(),
        };
        let field = note.reply.filter(|_| can.reply);
        actions.extend(field.iter().flat_map(|words| [REPLY, *words]));
        let mut hints: HashMap<&str, Value<'_>> = HashMap::from([
            ("urgency", Value::U8(if critical { 2 } else { 1 })),
            ("category", Value::from(note.category)),
            ("desktop-entry", Value::from("tandem")),
        ]);
        if let Some(words) = field {
            hints.insert("x-kde-reply-placeholder-text", Value::from(words));
        }
        if critical {
            // It rings already, and nobody needs to find it when it is over.
            hints.extend([("suppress-sound", Value::Bool(true)), ("transient", Value::Bool(true))]);
        }
        let title: String = note.title.chars().take(TITLE).collect();
        let body: String = note.body.chars().take(BODY).collect();
        let body = if can.markup { escaped(&body) } else { body };
        // 0: never, -1: as the service likes.
        let expires: i32 = if critical { 0 } else { -1 };
        proxy.call("Notify", &("Tandem", replaces, "tandem", title, body, actions, hints, expires)).await
    }

    /// What a signal of the service says about one of ours.
    fn heard(signal: &zbus::Message, shown: &mut Shown) -> Option<Heard> {
        let header = signal.header();
        let body = signal.body();
        let tag_of =
            |id: u32, shown: &Shown| shown.iter().find(|(_, known)| known.id == id && id != 0).map(|(tag, _)| *tag);
        match header.member()?.as_str() {
            "ActionInvoked" => {
                let (id, action): (u32, String) = body.deserialize().ok()?;
                Some(Heard::Pressed(tag_of(id, shown)?, action))
            }
            "NotificationReplied" => {
                let (id, words): (u32, String) = body.deserialize().ok()?;
                let tag = tag_of(id, shown)?;
                (words.len() <= LONGEST_REPLY).then_some(Heard::Replied(tag, words))
            }
            "NotificationClosed" => {
                let (id, _why): (u32, u32) = body.deserialize().ok()?;
                let tag = tag_of(id, shown)?;
                // It is not shown again before the window has heard of it.
                if let Some(standing) = shown.get_mut(&tag) {
                    standing.id = 0;
                }
                Some(Heard::Closed(tag))
            }
            _ => None,
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_words_of_others_are_no_markup_in_a_notification() {
            let words = "<b>Bob</b> & <a href=\"http://evil.example\">you</a><img src='x'/>";
            let shown = escaped(words);
            assert!(!shown.contains(['<', '>', '"']), "{shown}");
            assert_eq!(escaped("a &lt; b"), "a &amp;lt; b");
        }
    }
}
