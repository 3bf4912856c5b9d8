//! The core account manager: one pure machine that turns inputs into effects, and the shell that runs them.
//!
//! The window and the control interface see only what is re-exported here: a [`Handle`] to ask with,
//! a [`Snapshot`] to show, and [`Notice`]s for sounds and toasts.

mod handle;
mod request;
mod snapshot;

pub use handle::{Handle, Notices, RequestSender};
pub use request::{CallTo, Notice, NoticeBody, Refusal, RefusalKind, Reply, Request, SetUp};
pub use snapshot::{Conversation, Phase, Reachable, Relation, RelationOrigin, SetUpState, SetUpStep, Snapshot};
