//! A call and what is in flight for it.

use std::collections::BTreeMap;

use super::failover::First;
use crate::model::BootTime;
use crate::sip::stack::ClientId;
use crate::sip::usage::RequestKey;

/// A call and what is in flight for it.
pub(super) struct Call<M> {
    pub(super) machine: M,
    /// We placed it: only then may its requests be authenticated inside of the dialog (S03).
    pub(super) ours: bool,
    /// INVITEs by name: their transaction, and the credentials that their ACK repeats.
    pub(super) invites: BTreeMap<RequestKey, (ClientId, Vec<(String, String)>)>,
    /// Until when its BYE may wait for a registration; none had to yet.
    pub(super) late_until: Option<BootTime>,
    /// The INVITE that begins it, where it is ours, while that may still go to another server.
    pub(super) first: Option<First>,
}

impl<M> Call<M> {
    pub(super) fn new(machine: M, ours: bool) -> Self {
        Self { machine, ours, invites: BTreeMap::new(), late_until: None, first: None }
    }
}
