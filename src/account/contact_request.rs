//! What may be asked about the list of people, and what the answers are.

use std::sync::Arc;

use crate::model::{AccountId, Jid, Report};

/// What may be asked about the list of people. Names and groups that the user gives are kept by the chat server, for all
/// devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContactRequest {
    /// Put somebody on the list, and ask to see when they are there.
    Add(AddContact),
    /// Call them otherwise; empty: as they call themselves.
    Rename(Jid, Arc<str>),
    /// Put them into these groups, and no others.
    Groups(Jid, Vec<Arc<str>>),
    /// Both at once.
    Change(Jid, Arc<str>, Vec<Arc<str>>),
    /// Take them off the list: neither sees the other any more.
    Remove(Jid),
    /// Ask again to see when they are there.
    Ask(Jid),
    /// Take back the question, or stop seeing them.
    Withdraw(Jid),
    /// Let them see us no longer.
    Hide(Jid),
    /// Nothing of them reaches us, and nothing of us them; with a report the server is told why.
    Block(Jid, Option<Report>),
    /// Take that back.
    Unblock(Jid),
    /// Who is blocked.
    Blocked,
    /// Make a link that brings one person into the list of this account, or of the first; answered with
    /// [`super::Reply::Invite`].
    Invite(Option<AccountId>),
    /// Both addresses are of one person: one row, one timeline. The first is the one under which they stand.
    SamePerson(Jid, Jid),
    /// This address is of another person than those that it was joined with.
    AnotherPerson(Jid),
}

/// Who is put on the list, as what.
#[derive(Clone, PartialEq, Eq)]
pub struct AddContact {
    /// Who.
    pub jid: Jid,
    /// What to call them; `None`: as they call themselves.
    pub name: Option<Arc<str>>,
    /// The groups.
    pub groups: Vec<Arc<str>>,
    /// They may see us, too, without being asked about.
    pub approve: bool,
    /// On the list of which account; the first one's where absent.
    pub account: Option<AccountId>,
    /// What their link brings along, so that they need not be asked (XEP-0379).
    pub token: Option<Arc<str>>,
}

impl std::fmt::Debug for AddContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AddContact").field("groups", &self.groups.len()).finish_non_exhaustive()
    }
}

/// Who is blocked, and what can be done about people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockedView {
    /// Everybody who is blocked on any chat account, by address.
    pub people: Arc<[Jid]>,
    /// A server that is connected can block.
    pub available: bool,
    /// A server that is connected takes reports.
    pub reports: bool,
}

impl BlockedView {
    /// Whether somebody is blocked: they, or everybody of their server.
    pub fn contains(&self, jid: &Jid) -> bool {
        let listed = |jid: &Jid| self.people.binary_search(jid).is_ok();
        listed(jid) || Jid::parse(jid.domain()).is_ok_and(|domain| listed(&domain))
    }
}
