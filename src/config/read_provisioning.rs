//! `[provisioning]`: where the provisioning document comes from, and for whom it is.

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

use super::settings::SecretSource;
use super::table::{Problems, Table};
use crate::model::{HttpsUrl, Jid};

/// The shortest and the longest time between two fetches, in minutes: the same as for the document's own wish.
const REFRESH_MINUTES: std::ops::RangeInclusive<u32> = 5..=10_080;

/// Where a document is fetched from.
#[derive(Clone, PartialEq, Eq)]
pub enum DocumentSource {
    /// Found by this address, or by a domain alone.
    Address(Jid),
    /// This link.
    Link(HttpsUrl),
}

impl fmt::Display for DocumentSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(jid) => f.write_str(jid.as_str()),
            Self::Link(url) => url.fmt(f),
        }
    }
}

/// Who it is stays out of logs.
impl fmt::Debug for DocumentSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address(_) => "Address(…)",
            Self::Link(_) => "Link(…)",
        })
    }
}

/// Where the provisioning document comes from, and for whom it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provisioning {
    /// The address that the user signs in with: what a document's placeholders stand for. Where it is not written, the
    /// address of `source`.
    pub address: Option<Jid>,
    /// Where it is fetched from; none: it is not fetched.
    pub source: Option<DocumentSource>,
    /// The Ed25519 key that it has to be signed with.
    pub key: Option<[u8; 32]>,
    /// How often it is fetched; none: as the document wishes.
    pub refresh: Option<Duration>,
    /// What its server is told instead of a password: a private file from the configuration, or as a link just brought it.
    pub token: Option<SecretSource>,
}

pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Provisioning {
    let address = table.parsed("address", "an address like alice@example.com", problems, person);
    let source = table.parsed("source", "an address, or a link that begins with https://", problems, source);
    let key = table.parsed("key", "a key: 32 bytes in base64", problems, |text| {
        let bytes = STANDARD.decode(text).or_else(|_| STANDARD_NO_PAD.decode(text)).ok()?;
        bytes.try_into().ok()
    });
    // Outside of the range: as the document wishes.
    let refresh = Some(table.number("refresh", REFRESH_MINUTES, 0, problems)).filter(|minutes| *minutes > 0);
    let address = match (&address, &source) {
        (None, Some(DocumentSource::Address(jid))) if jid.local().is_some() => Some(jid.clone()),
        (_, _) => address,
    };
    let token = table.text("token-file", problems).map(|path| SecretSource::File(path.into()));
    let refresh = refresh.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
    Provisioning { address, source, key, refresh, token }
}

fn person(text: &str) -> Option<Jid> {
    Jid::parse(text).ok().filter(|jid| jid.local().is_some())
}

fn source(text: &str) -> Option<DocumentSource> {
    if text.contains("://") {
        return HttpsUrl::parse(text).ok().map(DocumentSource::Link);
    }
    Jid::parse(text).ok().filter(|jid| jid.domain().contains('.')).map(DocumentSource::Address)
}
