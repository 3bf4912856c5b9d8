//! Files that people send one another: names that are safe to write, kinds, sizes, and how far a transfer has come.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use super::{HttpsUrl, Jid, MessageDirection, MessageId};

/// The longest name that is written, in bytes: file systems take 255, and a number may follow.
const LONGEST_NAME: usize = 200;
/// The longest extension that is kept when a name is cut, in bytes.
const LONGEST_EXTENSION: usize = 16;
/// What a file is called that has no name of its own.
const NAMELESS: &str = "file";
/// Names that Windows takes for devices, whatever follows a dot.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];

/// How far a transfer has come.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum FileState {
    /// The file is looked at and a place for it asked for.
    Preparing,
    /// Bytes go.
    Running,
    /// It is there: its path on this machine, absent where it was sent.
    Done {
        /// Where it lies.
        path: Option<Arc<str>>,
    },
    /// It did not come about: a sentence.
    Failed {
        /// Why, and what to do.
        why: Arc<str>,
    },
}

impl FileState {
    /// Whether it may still come about.
    #[must_use]
    pub fn is_living(&self) -> bool {
        matches!(self, Self::Preparing | Self::Running)
    }
}

/// A file on its way to or from somebody, in this run of the program.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct FileTransfer {
    /// The message that brings it; one that is sent gets this name when the file is on the server.
    pub id: MessageId,
    /// The conversation.
    pub with: Jid,
    /// To them or from them.
    pub direction: MessageDirection,
    /// Its name, safe to write and to show.
    pub name: Arc<str>,
    /// Its size in bytes, as far as it is known.
    pub size: Option<u64>,
    /// Bytes that went.
    pub done: u64,
    /// How far it has come.
    #[serde(flatten)]
    pub state: FileState,
}

impl fmt::Debug for FileTransfer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileTransfer").field("id", &self.id).field("living", &self.state.is_living()).finish()
    }
}

impl fmt::Debug for FileState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preparing => "Preparing",
            Self::Running => "Running",
            Self::Done { .. } => "Done",
            Self::Failed { .. } => "Failed",
        })
    }
}

/// The name of the file at an address, safe to write: the last part of its path, decoded once (RFC 3986 section 2.1).
#[must_use]
pub fn name_at(url: &HttpsUrl) -> String {
    let path = url.path().split('?').next().unwrap_or_default();
    safe_name(&decoded(path.rsplit('/').next().unwrap_or_default()))
}

/// Undoes percent encoding; what is not UTF-8 then is replaced.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let pair = after.get(..2).filter(|_| first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair
            .filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|p| u8::from_str_radix(p, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A name that can be written into a folder on any system and shown as it is (X23): no folders, nothing that is not seen or
/// turns text around, no dot in front, no device, not longer than a name can be, and its extension kept.
#[must_use]
pub fn safe_name(wished: &str) -> String {
    let last = wished.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last
        .chars()
        .filter(|c| !hidden(*c))
        .map(|c| if matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|') { '_' } else { c })
        .collect();
    // Windows drops dots and spaces at the end, and so turns one name into another.
    let bare = seen.trim_start_matches(['.', ' ', '~', '-']).trim_end_matches(['.', ' ']).trim();
    let bare = if bare.is_empty() { NAMELESS } else { bare };
    let stem = bare.split('.').next().unwrap_or_default().trim().to_lowercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| rest.chars().count() == 1 && !rest.starts_with('0'))
    };
    let device = DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt");
    let whole = if device { format!("_{bare}") } else { bare.to_owned() };
    shortened(&whole)
}

/// Characters that are not seen, that end a line, or that turn what follows around.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

fn shortened(name: &str) -> String {
    if name.len() <= LONGEST_NAME {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    let extension = if extension.len() <= LONGEST_EXTENSION { extension } else { "" };
    let mut stem = if extension.is_empty() { name } else { stem }.to_owned();
    let most = LONGEST_NAME - extension.len();
    while stem.len() > most {
        stem.pop();
    }
    format!("{}{extension}", stem.trim_end_matches(['.', ' ']))
}

/// The name and its extension with the dot.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.').filter(|at| *at > 0) {
        Some(at) => name.split_at(at),
        None => (name, ""),
    }
}

/// The name for the try with this number, from 1 on: `name.ext`, `name (2).ext`, `name (3).ext`.
#[must_use]
pub fn numbered(name: &str, number: u32) -> String {
    if number < 2 {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    format!("{stem} ({number}){extension}")
}

/// The media type that a name stands for (RFC 2046); nothing is guessed from the content.
#[must_use]
pub fn media_type(name: &str) -> &'static str {
    let (_, extension) = split(name);
    match extension.to_ascii_lowercase().as_str() {
        ".jpg" | ".jpeg" => "image/jpeg",
        ".png" => "image/png",
        ".gif" => "image/gif",
        ".webp" => "image/webp",
        ".svg" => "image/svg+xml",
        ".pdf" => "application/pdf",
        ".txt" | ".log" | ".md" => "text/plain",
        ".zip" => "application/zip",
        ".mp3" => "audio/mpeg",
        ".ogg" | ".oga" | ".opus" => "audio/ogg",
        ".wav" => "audio/wav",
        ".mp4" => "video/mp4",
        ".webm" => "video/webm",
        ".odt" => "application/vnd.oasis.opendocument.text",
        _ => "application/octet-stream",
    }
}

/// A size as people read it: "1.5 MB". Thousands, as file managers count.
#[must_use]
pub fn size_words(bytes: u64) -> String {
    let units: [(u64, &str); 3] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];
    for (unit, word) in units {
        if bytes >= unit {
            let tenths = bytes / (unit / 10);
            return if tenths >= 100 || tenths.is_multiple_of(10) {
                format!("{} {word}", tenths / 10)
            } else {
                format!("{}.{} {word}", tenths / 10, tenths % 10)
            };
        }
    }
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x23_a_file_name_leads_nowhere_and_shows_what_it_is() {
        for (wished, safe) in [
            ("report.pdf", "report.pdf"),
            ("../../etc/passwd", "passwd"),
            ("..\\..\\boot.ini", "boot.ini"),
            ("C:\\x", "x"),
            ("C:", "C_"),
            (".bashrc", "bashrc"),
            ("...", "file"),
            ("", "file"),
            ("/", "file"),
            ("-rf", "rf"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("com1.tar.gz", "_com1.tar.gz"),
            ("com10.txt", "com10.txt"),
            ("lpt\u{b9}.txt", "_lpt\u{b9}.txt"),
            ("name. . ", "name"),
            ("a\0b\nc.txt", "abc.txt"),
            ("photo\u{202e}gpj.exe", "photogpj.exe"),
            ("in\u{200b}vis\u{feff}ible.txt", "invisible.txt"),
            ("what?*.txt", "what__.txt"),
            ("Überraschung 🎁.png", "Überraschung 🎁.png"),
        ] {
            assert_eq!(safe_name(wished), safe, "{wished:?}");
        }
        let long = safe_name(&format!("{}.jpeg", "ä".repeat(400)));
        assert!(long.len() <= LONGEST_NAME && long.ends_with("ä.jpeg"), "{long}");
        let dotted = safe_name(&format!("a.{}", "b".repeat(400)));
        assert!(dotted.len() <= LONGEST_NAME, "{dotted}");
    }

    #[test]
    fn x23_encoded_separators_are_separators_and_decoded_once() {
        for (address, name) in [
            ("https://e.example/a/report%20(final).pdf?x=/y", "report (final).pdf"),
            ("https://e.example/%2e%2e%2f%2e%2e%2fx", "x"),
            ("https://e.example/a%5Cb.txt", "b.txt"),
            ("https://e.example/%252e%252e%252fx.txt", "%2e%2e%2fx.txt"),
            ("https://e.example/%00%0a.txt", "txt"),
            ("https://e.example/%zz%4", "%zz%4"),
            ("https://e.example/%ff.bin", "\u{fffd}.bin"),
            ("https://e.example", "file"),
            ("https://e.example/a/", "file"),
        ] {
            assert_eq!(name_at(&HttpsUrl::parse(address).expect(address)), name, "{address}");
        }
    }

    #[test]
    fn names_that_are_taken_get_a_number_before_the_extension() {
        assert_eq!(numbered("a.tar.gz", 1), "a.tar.gz");
        assert_eq!(numbered("a.png", 2), "a (2).png");
        assert_eq!(numbered("README", 3), "README (3)");
    }

    #[test]
    fn sizes_are_told_as_people_read_them() {
        for (bytes, words) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1_000, "1 kB"),
            (1_540_000, "1.5 MB"),
            (10_485_760, "10 MB"),
            (2_000_000_000, "2 GB"),
        ] {
            assert_eq!(size_words(bytes), words);
        }
        assert_eq!((media_type("A.PNG"), media_type("x")), ("image/png", "application/octet-stream"));
    }
}
