//! Who is writing, and what others are told of the user's own writing (XEP-0085): a machine.
//!
//! Others are told only while they are there, see the user's presence anyway, and answer in kind (section 5.1): a client
//! that sends a text without any state is told nothing further.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{BootTime, Jid};
use crate::xmpp::ChatState;

/// Who writes is shown as writing for so long without a further sign.
const THEY_WRITE: Duration = Duration::from_secs(45);
/// The user has stopped writing after so long without a letter (XEP-0085 section 5.3 suggests 30 seconds).
const STOPPED_AFTER: Duration = Duration::from_secs(15);
/// People who write at the same time. When full: a further one is not shown.
const MOST_WRITING: usize = 256;
/// People whose clients are known to understand or not. When full: the knowledge begins anew.
const MOST_KNOWN: usize = 4096;

/// Who writes.
#[derive(Debug, Default)]
pub(super) struct Typing {
    theirs: BTreeMap<Jid, BootTime>,
    /// To whom the user is writing, and when that is over without a further letter.
    ours: Option<(Jid, BootTime)>,
    /// Whether somebody's client understands states.
    understands: BTreeMap<Jid, bool>,
    due: Vec<(Jid, ChatState)>,
}

impl Typing {
    /// Somebody says what they are doing. Whether that changes what is shown.
    pub(super) fn handle_state(&mut self, from: &Jid, state: ChatState, now: BootTime) -> bool {
        self.learn(from, true);
        match state {
            ChatState::Composing => {
                let known = self.theirs.contains_key(from);
                if known || self.theirs.len() < MOST_WRITING {
                    self.theirs.insert(from.clone(), now + THEY_WRITE);
                }
                !known
            }
            ChatState::Active | ChatState::Paused | ChatState::Inactive | ChatState::Gone => {
                self.theirs.remove(from).is_some()
            }
        }
    }

    /// A text came from somebody, with a state or without. Whoever wrote it has finished writing.
    pub(super) fn handle_text(&mut self, from: &Jid, with_state: bool) -> bool {
        self.learn(from, with_state);
        self.theirs.remove(from).is_some()
    }

    /// Somebody went away.
    pub(super) fn handle_gone(&mut self, who: &Jid) -> bool {
        self.understands.remove(who);
        self.theirs.remove(who).is_some()
    }

    /// The connection is gone: nobody can be seen writing.
    pub(super) fn handle_offline(&mut self) {
        self.theirs.clear();
        self.ours = None;
        self.due.clear();
    }

    fn learn(&mut self, who: &Jid, understands: bool) {
        if self.understands.len() >= MOST_KNOWN {
            self.understands.clear();
        }
        self.understands.insert(who.clone(), understands);
    }

    /// The user writes to somebody who may know it, or has emptied the field.
    pub(super) fn handle_own(&mut self, with: &Jid, writing: bool, now: BootTime) {
        if self.ours.as_ref().is_some_and(|(before, _)| before != with) {
            self.stop(ChatState::Paused);
        }
        if !writing {
            return self.stop(ChatState::Active);
        }
        if self.understands.get(with) == Some(&false) {
            return;
        }
        if self.ours.is_none() {
            self.due.push((with.clone(), ChatState::Composing));
        }
        self.ours = Some((with.clone(), now + STOPPED_AFTER));
    }

    /// A message of the user goes to somebody; it says itself that the writing is over.
    pub(super) fn handle_sent(&mut self, with: &Jid) {
        self.ours.take_if(|(to, _)| to == with);
    }

    fn stop(&mut self, state: ChatState) {
        if let Some((to, _)) = self.ours.take() {
            self.due.push((to, state));
        }
    }

    /// Time has passed. Whether that changes what is shown.
    pub(super) fn handle_timeout(&mut self, now: BootTime) -> bool {
        if self.ours.as_ref().is_some_and(|(_, until)| *until <= now) {
            self.stop(ChatState::Paused);
        }
        let before = self.theirs.len();
        self.theirs.retain(|_, until| *until > now);
        before != self.theirs.len()
    }

    /// When [`Self::handle_timeout`] is due.
    pub(super) fn poll_timeout(&self) -> Option<BootTime> {
        self.theirs.values().copied().chain(self.ours.as_ref().map(|(_, until)| *until)).min()
    }

    /// What somebody is to be told.
    pub(super) fn poll_output(&mut self) -> Option<(Jid, ChatState)> {
        if self.due.is_empty() { None } else { Some(self.due.remove(0)) }
    }

    /// Who writes, for the snapshot.
    pub(super) fn shared(&self) -> Arc<[Jid]> {
        self.theirs.keys().cloned().collect()
    }

    /// Who writes.
    #[cfg(test)]
    fn writing(&self) -> impl Iterator<Item = &Jid> {
        self.theirs.keys()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jid(text: &str) -> Jid {
        Jid::parse(text).unwrap()
    }

    fn at(seconds: u64) -> BootTime {
        BootTime::from_duration(Duration::from_secs(seconds))
    }

    fn told(typing: &mut Typing) -> Vec<(String, ChatState)> {
        std::iter::from_fn(|| typing.poll_output()).map(|(to, state)| (to.to_string(), state)).collect()
    }

    #[test]
    fn others_are_told_once_and_when_it_is_over() {
        let (mut typing, bob) = (Typing::default(), jid("bob@example.com"));
        for second in 0..40 {
            typing.handle_own(&bob, true, at(second));
            typing.handle_timeout(at(second));
        }
        assert_eq!(told(&mut typing), [("bob@example.com".to_owned(), ChatState::Composing)]);
        assert_eq!(typing.poll_timeout(), Some(at(39) + STOPPED_AFTER));
        typing.handle_timeout(at(39) + STOPPED_AFTER);
        assert_eq!(told(&mut typing), [("bob@example.com".to_owned(), ChatState::Paused)]);
        typing.handle_own(&bob, true, at(100));
        typing.handle_own(&bob, false, at(101));
        let states: Vec<ChatState> = told(&mut typing).into_iter().map(|(_, state)| state).collect();
        assert_eq!(states, [ChatState::Composing, ChatState::Active]);
        typing.handle_own(&bob, true, at(110));
        typing.handle_sent(&bob);
        typing.handle_timeout(at(500));
        assert_eq!(told(&mut typing).len(), 1, "the message itself says the rest");
    }

    #[test]
    fn writing_to_somebody_else_ends_writing_to_the_first() {
        let mut typing = Typing::default();
        typing.handle_own(&jid("bob@example.com"), true, at(0));
        typing.handle_own(&jid("ana@example.com"), true, at(1));
        let told: Vec<ChatState> = told(&mut typing).into_iter().map(|(_, state)| state).collect();
        assert_eq!(told, [ChatState::Composing, ChatState::Paused, ChatState::Composing]);
    }

    #[test]
    fn a_client_that_knows_no_states_is_told_nothing() {
        let (mut typing, bob) = (Typing::default(), jid("bob@example.com"));
        typing.handle_text(&bob, false);
        typing.handle_own(&bob, true, at(0));
        assert!(told(&mut typing).is_empty());
        typing.handle_text(&bob, true);
        typing.handle_own(&bob, true, at(1));
        assert_eq!(told(&mut typing).len(), 1);
    }

    #[test]
    fn who_writes_is_forgotten_after_a_while_a_text_or_a_goodbye() {
        let (mut typing, bob) = (Typing::default(), jid("bob@example.com"));
        assert!(typing.handle_state(&bob, ChatState::Composing, at(0)));
        assert!(!typing.handle_state(&bob, ChatState::Composing, at(10)), "nothing new");
        assert_eq!(typing.writing().count(), 1);
        assert!(!typing.handle_timeout(at(54)));
        assert!(typing.handle_timeout(at(55)));
        assert!(typing.handle_state(&bob, ChatState::Composing, at(60)) && typing.handle_text(&bob, true));
        assert!(typing.handle_state(&bob, ChatState::Composing, at(60)) && typing.handle_gone(&bob));
        assert!(typing.handle_state(&bob, ChatState::Composing, at(60)));
        assert!(typing.handle_state(&bob, ChatState::Paused, at(61)));
        assert_eq!((typing.writing().count(), typing.poll_timeout()), (0, None));
    }

    #[test]
    fn x49_a_flood_of_people_who_write_is_bounded() {
        let mut typing = Typing::default();
        for number in 0..10_000 {
            typing.handle_state(&jid(&format!("x{number}@evil.example")), ChatState::Composing, at(0));
        }
        assert_eq!(typing.writing().count(), MOST_WRITING);
        assert!(typing.understands.len() <= MOST_KNOWN);
    }
}
