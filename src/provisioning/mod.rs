//! Provisioning (RFC 7081 section 2): one document that sets up both accounts, their relation and the policies.
//!
//! [`Document::read`] is pure: text in, a document or every problem out, each with line and JSON pointer. What a
//! document says is laid under the user's file by [`crate::config::effective`].

mod document;
mod local;

pub use crate::config::{Person, Problem};
pub use document::{Document, VERSION, looks_like_document, read};
