//! How long nobody has touched keyboard or mouse, as the Linux desktop says it: GNOME's `org.gnome.Mutter.IdleMonitor`, or
//! `GetSessionIdleTime` of `org.freedesktop.ScreenSaver` (KDE, LXQt, and others). Where neither answers, nobody is ever away.

use std::time::Duration;

use futures::{Stream, StreamExt as _};
use zbus::connection::Builder;
use zbus::proxy::CacheProperties;
use zbus::{Connection, Proxy};

const GNOME: (&str, &str) = ("org.gnome.Mutter.IdleMonitor", "/org/gnome/Mutter/IdleMonitor/Core");
const SAVER: (&str, &str) = ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver");
/// How often it is asked: somebody who comes back is seen so soon.
const EVERY: Duration = Duration::from_secs(15);
/// How long a service may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long nobody was there, again and again. Ends at once where there is no session bus, or nobody on it who knows.
pub fn idle() -> impl Stream<Item = Duration> + Send + 'static {
    futures::stream::once(follow()).filter_map(|followed| async { followed.ok() }).flatten()
}

async fn follow() -> zbus::Result<impl Stream<Item = Duration> + Send + 'static> {
    let connection = Builder::session()?.method_timeout(PATIENCE).build().await?;
    let gnome = proxy(&connection, GNOME).await?;
    let saver = proxy(&connection, SAVER).await?;
    let by_gnome = gnome.call::<_, _, u64>("GetIdletime", &()).await.is_ok();
    if !by_gnome {
        // Refused: it is there in name only (KDE on Wayland), and is not asked again.
        let _: u32 = saver.call("GetSessionIdleTime", &()).await?;
    }
    let asked = futures::stream::unfold(Unit::default(), move |mut unit| {
        let (gnome, saver) = (gnome.clone(), saver.clone());
        async move {
            loop {
                let said = if by_gnome {
                    gnome.call::<_, _, u64>("GetIdletime", &()).await.ok().map(Duration::from_millis)
                } else {
                    saver.call::<_, _, u32>("GetSessionIdleTime", &()).await.ok().and_then(|said| unit.read(said))
                };
                tokio::time::sleep(EVERY).await;
                if let Some(idle) = said {
                    return Some((idle, unit));
                }
            }
        }
    });
    Ok(asked.boxed())
}

async fn proxy(connection: &Connection, (name, path): (&'static str, &'static str)) -> zbus::Result<Proxy<'static>> {
    let builder = zbus::proxy::Builder::new(connection).destination(name)?.path(path)?.interface(name)?;
    builder.cache_properties(CacheProperties::No).build().await
}

/// In what a desktop counts: KDE in milliseconds, others in seconds, as the name of nothing says. How much it grows from one
/// question to the next tells.
#[derive(Clone, Copy, Debug, Default)]
struct Unit {
    last: Option<u32>,
    milliseconds: Option<bool>,
}

impl Unit {
    /// What was said, once it is known what it means.
    fn read(&mut self, said: u32) -> Option<Duration> {
        let grew = self.last.replace(said).and_then(|last| said.checked_sub(last)).filter(|grew| *grew > 0);
        if let Some(grew) = grew {
            // Seconds grow by what lies between two questions, and a bit; milliseconds by a thousand times that.
            self.milliseconds = Some(u64::from(grew) > EVERY.as_secs() * 20);
        }
        Some(match self.milliseconds? {
            true => Duration::from_millis(u64::from(said)),
            false => Duration::from_secs(u64::from(said)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_milliseconds_are_told_apart_by_how_they_grow() {
        let read = |said: &[u32]| {
            let mut unit = Unit::default();
            said.iter().map(|said| unit.read(*said).map(|idle| idle.as_secs())).collect::<Vec<_>>()
        };
        assert_eq!(read(&[0, 15, 30, 2, 17]), [None, Some(15), Some(30), Some(2), Some(17)]);
        assert_eq!(read(&[120, 15_120, 30_240, 100]), [None, Some(15), Some(30), Some(0)]);
        // Who works all the time grows by nothing, and is never away.
        assert_eq!(read(&[3, 2, 1, 0, 0]), [None; 5]);
        // The machine was busy, and the question late.
        assert_eq!(read(&[600, 640]), [None, Some(640)]);
    }
}
