//! The header fields of a message, and typed readings of them.

use super::params::Params;
use super::value::{CSeq, MediaType, NameAddr, Via, split_list};

/// Header fields in wire order, under their full names; names compare without case.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, String)>);

impl Headers {
    /// Appends a field. Line ends and NUL in the value become spaces, so that no value can add a line (S24).
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), clean(value.into())));
    }

    /// Puts a field in front of all others: Via.
    pub fn push_front(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(0, (name.to_owned(), clean(value.into())));
    }

    /// Replaces every field of that name by one.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.remove(name);
        self.push(name, value);
    }

    /// Replaces the value of the first field of that name, where there is one.
    pub fn replace_first(&mut self, name: &str, value: impl Into<String>) {
        if let Some((_, old)) = self.0.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            *old = clean(value.into());
        }
    }

    /// Removes every field of that name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
    }

    /// The first field of that name, unfolded and trimmed.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// All fields of that name.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// All members of a comma-separated header, over repeated fields.
    pub fn list<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values(name).flat_map(|value| split_list(value).collect::<Vec<_>>())
    }

    /// All fields.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All Via values, the topmost first. Broken ones are left out.
    pub fn vias(&self) -> Vec<Via> {
        self.list("Via").filter_map(Via::parse).collect()
    }

    /// The topmost Via.
    pub fn top_via(&self) -> Option<Via> {
        self.list("Via").next().and_then(Via::parse)
    }

    /// From.
    pub fn from(&self) -> Option<NameAddr> {
        self.value("From").and_then(NameAddr::parse)
    }

    /// To.
    pub fn to(&self) -> Option<NameAddr> {
        self.value("To").and_then(NameAddr::parse)
    }

    /// The tag of From.
    pub fn from_tag(&self) -> Option<String> {
        self.from().and_then(|from| from.tag().map(str::to_owned))
    }

    /// The tag of To.
    pub fn to_tag(&self) -> Option<String> {
        self.to().and_then(|to| to.tag().map(str::to_owned))
    }

    /// Call-ID.
    pub fn call_id(&self) -> Option<&str> {
        self.value("Call-ID")
    }

    /// CSeq.
    pub fn cseq(&self) -> Option<CSeq> {
        self.value("CSeq").and_then(CSeq::parse)
    }

    /// The addresses of a header that lists them: Contact, Route, Record-Route, Service-Route, P-Asserted-Identity.
    /// Broken members are left out.
    pub fn addresses(&self, name: &str) -> Vec<NameAddr> {
        self.list(name).filter_map(NameAddr::parse).collect()
    }

    /// The first Contact that is an address (not `*`).
    pub fn contact(&self) -> Option<NameAddr> {
        self.list("Contact").find_map(NameAddr::parse)
    }

    /// The option tags or tokens of a header (Require, Supported, Allow, …), as written.
    pub fn tokens(&self, name: &str) -> Vec<String> {
        self.list(name).map(str::to_owned).collect()
    }

    /// Whether a token is in a header, without case.
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.list(name).any(|member| member.eq_ignore_ascii_case(token))
    }

    /// The values of Privacy, separated by `;` or `,` (RFC 3323 section 4.2), in lower case.
    pub fn privacy(&self) -> Vec<String> {
        self.values("Privacy")
            .flat_map(|value| value.split([';', ',']))
            .map(|word| word.trim().to_ascii_lowercase())
            .filter(|word| !word.is_empty())
            .collect()
    }

    /// The Reason values: protocol in upper case, and parameters `cause`, `text` (RFC 3326).
    pub fn reasons(&self) -> Vec<(String, Params)> {
        self.list("Reason")
            .map(|value| {
                let (protocol, params) = value.split_at(value.find(';').unwrap_or(value.len()));
                (protocol.trim().to_ascii_uppercase(), Params::parse(params))
            })
            .collect()
    }

    /// Content-Type.
    pub fn content_type(&self) -> Option<MediaType> {
        self.value("Content-Type").and_then(MediaType::parse)
    }

    /// A number of seconds at the start of a header: Expires, Min-Expires, Min-SE, Retry-After. Numbers beyond 32 bits
    /// count as the largest.
    pub fn seconds(&self, name: &str) -> Option<u32> {
        let value = self.value(name)?;
        let digits = value.get(..value.bytes().take_while(u8::is_ascii_digit).count())?;
        if digits.is_empty() { None } else { Some(digits.parse().unwrap_or(u32::MAX)) }
    }
}

/// A value that is one line, without blanks around it: what is written is what will be read.
fn clean(value: String) -> String {
    if value.contains(['\r', '\n', '\0']) { value.replace(['\r', '\n', '\0'], " ").trim().to_owned() } else { value }
}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}
