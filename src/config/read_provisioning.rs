//! `[provisioning]`: whose provisioning document is used.

use super::table::{Problems, Table};
use crate::model::Jid;

/// Where the provisioning document comes from, and for whom it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provisioning {
    /// The address that the user signs in with: what a document's placeholders stand for.
    pub address: Option<Jid>,
}

pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Provisioning {
    Provisioning {
        address: table.parsed("address", "an address like alice@example.com", problems, |text| {
            Jid::parse(text).ok().filter(|jid| jid.local().is_some())
        }),
    }
}
