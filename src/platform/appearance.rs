//! Whether the desktop is dark, where the toolkit cannot say: the settings portal of Linux desktops
//! (`org.freedesktop.portal.Settings`, `org.freedesktop.appearance color-scheme`).

use futures::{Stream, StreamExt as _};
use zbus::proxy::CacheProperties;
use zbus::zvariant::{OwnedValue, Value};
use zbus::{Connection, Proxy};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const INTERFACE: &str = "org.freedesktop.portal.Settings";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";

/// `true` when the desktop prefers dark, first as it is and then with every change. Ends at once where there is no
/// session bus; says nothing while there is no portal.
pub fn desktop_dark() -> impl Stream<Item = bool> + Send + 'static {
    futures::stream::once(follow()).filter_map(|followed| async { followed.ok() }).flatten()
}

async fn follow() -> zbus::Result<impl Stream<Item = bool> + Send + 'static> {
    let connection = Connection::session().await?;
    let portal: Proxy<'static> = zbus::proxy::Builder::new(&connection)
        .destination(PORTAL)?
        .path(PATH)?
        .interface(INTERFACE)?
        // It has none that matter, and asking for them would wait for a portal that is not there.
        .cache_properties(CacheProperties::No)
        .build()
        .await?;
    // First the changes, so that none falls between the question and the listening.
    let changes = portal.receive_signal_with_args("SettingChanged", &[(0, NAMESPACE), (1, KEY)]).await?;
    let changes = changes.filter_map(|message| async move {
        let body = message.body();
        let (_, _, value): (String, String, OwnedValue) = body.deserialize().ok()?;
        is_dark(&value)
    });
    // Version 2 of the interface; before it, Read gave the value in one more variant.
    let now: zbus::Result<OwnedValue> = match portal.call("ReadOne", &(NAMESPACE, KEY)).await {
        Ok(value) => Ok(value),
        Err(_) => portal.call("Read", &(NAMESPACE, KEY)).await,
    };
    let now = now.ok().and_then(|value| is_dark(&value));
    Ok(futures::stream::iter(now).chain(changes.boxed()))
}

/// 1 prefers dark, 2 light, 0 neither.
fn is_dark(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::U32(scheme) => Some(*scheme == 1),
        Value::Value(inner) => is_dark(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_wish_for_dark_is_dark_however_it_is_wrapped() {
        let wrapped = |scheme: u32| Value::Value(Box::new(Value::U32(scheme)));
        for (value, dark) in [
            (Value::U32(0), Some(false)),
            (Value::U32(1), Some(true)),
            (Value::U32(2), Some(false)),
            (Value::U32(77), Some(false)),
            (wrapped(1), Some(true)),
            (Value::from("dark"), None),
        ] {
            assert_eq!(is_dark(&value), dark, "{value:?}");
        }
    }
}
