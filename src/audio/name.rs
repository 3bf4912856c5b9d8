//! What a user calls a device: `default`, `null`, `all`, `file:PATH.wav`, `file:PATH.wav?loop`, or a name that the system lists.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A device as the user chose it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DeviceName {
    /// Silence in, nothing out.
    Null,
    /// What the system uses when nobody chooses; followed when it changes.
    Default,
    /// Every loudspeaker at once; for ringing.
    All,
    /// A WAV file: played as the input, recorded as an output.
    File {
        /// Where.
        path: Arc<Path>,
        /// As the input: start again at its end.
        repeat: bool,
    },
    /// A device of the system, by its identifier or by its listed name.
    System(Arc<str>),
}

impl DeviceName {
    /// Reads a name. Every text is a name; an empty one, and `file:` without a path, mean the default device.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        match text {
            "" | "default" | "file:" => Self::Default,
            "null" => Self::Null,
            "all" => Self::All,
            _ => match text.strip_prefix("file:") {
                Some(rest) => match rest.strip_suffix("?loop") {
                    Some(path) => Self::File { path: Path::new(path).into(), repeat: true },
                    None => Self::File { path: Path::new(rest).into(), repeat: false },
                },
                None => Self::System(text.into()),
            },
        }
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Default => f.write_str("default"),
            Self::All => f.write_str("all"),
            Self::File { path, repeat } => {
                write!(f, "file:{}{}", path.display(), if *repeat { "?loop" } else { "" })
            }
            Self::System(name) => f.write_str(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::DeviceName;

    #[test]
    fn a_name_is_read_and_written_back_the_same() {
        for text in ["null", "default", "all", "file:/tmp/a b.wav", "file:hello.wav?loop", "hw:CARD=PCH,DEV=0"] {
            assert_eq!(DeviceName::parse(text).to_string(), text);
        }
        assert_eq!(DeviceName::parse(" "), DeviceName::Default);
        assert_eq!(
            DeviceName::parse("file:a.wav?loop"),
            DeviceName::File { path: Path::new("a.wav").into(), repeat: true }
        );
    }
}
