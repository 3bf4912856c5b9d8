//! The desktop's own dialog for choosing files (`org.freedesktop.portal.FileChooser`).

use std::path::PathBuf;

/// No dialog can be shown here: no session bus, or no portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoChooser;

#[cfg(target_os = "linux")]
pub use portal::choose_files;

/// Elsewhere the path is typed until the dialogs of those systems are called.
#[cfg(not(target_os = "linux"))]
pub async fn choose_files(_title: String) -> Result<Vec<PathBuf>, NoChooser> {
    Err(NoChooser)
}

/// The path that an address of a file stands for (RFC 8089); `None` for anything else.
#[must_use]
pub fn path_of_uri(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.as_bytes();
    while let Some((&first, after)) = left.split_first() {
        let pair = after.get(..2).filter(|_| first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.filter(|p| p.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|p| u8::from_str_radix(p, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                left = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                left = after;
            }
        }
    }
    if bytes.contains(&0) {
        return None;
    }
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt as _;
        Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
    }
    #[cfg(not(unix))]
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

#[cfg(target_os = "linux")]
mod portal {
    use std::collections::HashMap;
    use std::path::PathBuf;
    use std::time::Duration;

    use futures::StreamExt as _;
    use zbus::proxy::CacheProperties;
    use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};
    use zbus::{Connection, Proxy};

    use super::{NoChooser, path_of_uri};

    const PORTAL: &str = "org.freedesktop.portal.Desktop";
    const PATH: &str = "/org/freedesktop/portal/desktop";
    const CHOOSER: &str = "org.freedesktop.portal.FileChooser";
    const REQUEST: &str = "org.freedesktop.portal.Request";
    /// How long the portal may take to begin; after that the path is typed. The dialog itself stands as long as it likes.
    const PATIENCE: Duration = Duration::from_secs(3);

    /// Lets the user choose files; none where they changed their mind.
    pub async fn choose_files(title: String) -> Result<Vec<PathBuf>, NoChooser> {
        let asked = ask(&title);
        match asked.await {
            Ok(chosen) => Ok(chosen),
            Err(error) => {
                tracing::debug!(%error, "the desktop shows no dialog for files");
                Err(NoChooser)
            }
        }
    }

    async fn proxy(
        connection: &Connection,
        path: OwnedObjectPath,
        interface: &'static str,
    ) -> zbus::Result<Proxy<'static>> {
        zbus::proxy::Builder::new(connection)
            .destination(PORTAL)?
            .path(path)?
            .interface(interface)?
            .cache_properties(CacheProperties::No)
            .build()
            .await
    }

    async fn ask(title: &str) -> zbus::Result<Vec<PathBuf>> {
        let connection = zbus::connection::Builder::session()?.method_timeout(PATIENCE).build().await?;
        let token = format!("tandem{}", std::process::id());
        // The answer may come before the call returns: its path is known beforehand (Request interface, since 0.9).
        let sender = connection.unique_name().map(|name| name.trim_start_matches(':').replace('.', "_"));
        let expected = format!("{PATH}/request/{}/{token}", sender.unwrap_or_default());
        let request = proxy(&connection, OwnedObjectPath::try_from(expected)?, REQUEST).await?;
        let mut answers = request.receive_signal("Response").await?;
        let chooser = proxy(&connection, OwnedObjectPath::try_from(PATH)?, CHOOSER).await?;
        let options: HashMap<&str, Value<'_>> =
            [("handle_token", Value::from(token)), ("multiple", Value::from(true)), ("modal", Value::from(true))]
                .into();
        let _handle: OwnedObjectPath = chooser.call("OpenFile", &("", title, options)).await?;
        let Some(answer) = answers.next().await else { return Ok(Vec::new()) };
        let body = answer.body();
        // 0: chosen; 1: the user changed their mind; 2: ended in another way.
        let (code, results): (u32, HashMap<String, OwnedValue>) = body.deserialize()?;
        Ok(if code == 0 { chosen(&results) } else { Vec::new() })
    }

    /// The paths among what the dialog says.
    fn chosen(results: &HashMap<String, OwnedValue>) -> Vec<PathBuf> {
        let uris = results.get("uris").and_then(|uris| uris.downcast_ref::<zbus::zvariant::Array<'_>>().ok());
        let text = |value: &Value<'_>| match value {
            Value::Str(uri) => path_of_uri(uri),
            _ => None,
        };
        uris.iter().flat_map(|uris| uris.iter()).filter_map(text).collect()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_the_dialog_says_becomes_paths() {
            let value = Value::from(vec!["file:///home/a/b%20c.txt", "https://e.example/x", "file:///%00"]);
            let results = [("uris".to_owned(), OwnedValue::try_from(value).expect("owned"))].into();
            assert_eq!(chosen(&results), [PathBuf::from("/home/a/b c.txt")]);
            assert_eq!(chosen(&HashMap::new()), Vec::<PathBuf>::new());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_files_here_are_paths() {
        for (uri, path) in [
            ("file:///a/b%20c.txt", Some("/a/b c.txt")),
            ("file://localhost/a", Some("/a")),
            ("file:///a%zz", Some("/a%zz")),
            ("file://server/a", None),
            ("http://e.example/a", None),
            ("file:///a%00b", None),
            ("/a", None),
        ] {
            assert_eq!(path_of_uri(uri), path.map(PathBuf::from), "{uri}");
        }
    }
}
