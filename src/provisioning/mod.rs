//! Provisioning (RFC 7081 section 2): one document that sets up both accounts, their relation and the policies.
//!
//! [`read`] is pure: text in, a [`Document`] or every problem out, each with line and JSON pointer. What a
//! document says is laid under the user's file by [`crate::config::effective`].
//!
//! [`Source`] is what a person gives; [`Discovery`] finds the document of an address; [`io`] fetches it, and
//! [`Refresh`] says when again.

mod discover;
mod document;
mod errand;
pub mod io;
mod link;
mod local;
mod phone;
pub mod picture;
mod refresh;
mod signature;
mod source;

/// The name of the file in the profile that holds the last good document.
pub const KEPT_AS: &str = "provisioned.json";

pub use crate::config::{Person, Problem};
pub use discover::{Answer, Discovery, Method, NoNames, Output, PATIENCE, Place, Question, QuestionId, Records, Step};
pub use document::{Document, REFRESH, VERSION, looks_like_document, read};
pub use errand::{Brought, Errand, Offered, Outcome};
pub use link::{LinkError, RELATION, Subject, in_jrd, in_xrd};
pub use local::{is_refused, may_lock};
pub use phone::document_of_phone;
pub use refresh::{News, Refresh};
pub use signature::{PinnedKey, SignatureError, SignatureState};
pub use source::{Source, SourceError, is_token};
