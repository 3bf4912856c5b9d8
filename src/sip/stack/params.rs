//! `;name=value` parameters (RFC 3261 section 25.1, generic-param).

/// The parameters behind a header value, in their order; names compare without case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// Parses `;a=b;c;d="e f"`; a leading semicolon is optional, broken pieces are skipped.
    pub fn parse(text: &str) -> Self {
        let mut found = Vec::new();
        for piece in split_outside_quotes(text, ';') {
            let piece = piece.trim();
            if piece.is_empty() {
                continue;
            }
            let (name, value) = match piece.split_once('=') {
                Some((name, value)) => (name.trim(), Some(unquote(value.trim()))),
                None => (piece, None),
            };
            if !name.is_empty() {
                found.push((name.to_owned(), value));
            }
        }
        Self(found)
    }

    /// The value of the first parameter of that name; `None` when it is absent or a flag.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).and_then(|(_, v)| v.as_deref())
    }

    /// Whether the parameter is there, with a value or as a flag (`isfocus`, `lr`, `rport`).
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(n, _)| n.eq_ignore_ascii_case(name))
    }

    /// Sets a parameter, in the place of the first of that name or at the end.
    pub fn set(&mut self, name: &str, value: Option<&str>) {
        let value = value.map(str::to_owned);
        match self.0.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_deref()))
    }

    /// Writes `;name=value` for each; values that are no token are quoted.
    pub fn write(&self, out: &mut String) {
        for (name, value) in &self.0 {
            out.push(';');
            out.push_str(name);
            if let Some(value) = value {
                out.push('=');
                if !value.is_empty() && value.bytes().all(is_plain) {
                    out.push_str(value);
                } else {
                    out.push_str(&super::quote(value));
                }
            }
        }
    }
}

/// Token characters, and those of hosts (`[::1]`) and URIs that parameter values carry unquoted.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-.!%*_+`'~[]:/@".contains(&byte)
}

/// The text inside a quoted string, or the text itself.
pub(super) fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"') else { return text.to_owned() };
    let mut out = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => out.extend(chars.next()),
            other => out.push(other),
        }
    }
    out
}

/// Splits at `separator` outside of quoted strings and `<…>`.
pub(super) fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let (mut quoted, mut escaped, mut angle) = (false, false, false);
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if quoted {
            match c {
                '\\' => escaped = true,
                '"' => quoted = false,
                _ => {}
            }
        } else if c == '"' && !angle {
            quoted = true;
        } else if c == '<' {
            angle = true;
        } else if c == '>' {
            angle = false;
        } else if c == separator && !angle {
            pieces.push(text.get(start..at).unwrap_or_default());
            start = at + c.len_utf8();
        }
    }
    pieces.push(text.get(start..).unwrap_or_default());
    pieces
}
