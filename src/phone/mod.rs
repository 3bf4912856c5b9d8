//! Telephone numbers: from the forms in which people write them to values that compare exactly, and on to what the phone
//! service is sent.
//!
//! [`read`] understands a written address by a [`DialPlan`]; [`explain`] does the same and says each step. What a number
//! costs is looked up in [`Tariffs`]. The same values serve for calling and for finding a caller.

mod class;
mod dial;
mod emergency;
mod explain;
mod find;
mod national;
mod pattern;
mod plan;
mod read;

pub use class::{Ask, Class, ClassKind, Covers, NumberClass, Tariff, Tariffs, classify};
pub use dial::dialled;
pub use emergency::emergency_numbers;
pub use explain::{Step, Trace};
pub use find::{Found, find};
pub use national::country_prefix;
pub use pattern::{Pattern, PatternError};
pub use plan::{AccountPlan, DialAs, DialPlan, DialRule, RuleFor};
pub use read::{NotCallable, Written, explain, read};
