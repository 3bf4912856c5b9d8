//! Telephone numbers: from the forms in which people write them to values that compare exactly.
//!
//! A number with `+` is global: separators are removed and that is all. A number without `+` is read with the
//! `phonenumber` crate when the configuration names a country, else it stays as dialled.

mod read;

pub use read::{DialPlan, NotCallable, Written, read};
