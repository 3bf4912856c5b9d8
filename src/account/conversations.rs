//! The list of conversations: the newest message of each, and how many are unread.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Conversation;
use crate::model::{Delivery, Jid, Message, MessageDirection};

/// The list of conversations.
#[derive(Debug, Default)]
pub(super) struct Conversations {
    by_jid: BTreeMap<Jid, Conversation>,
    shared: Option<Arc<[Conversation]>>,
    revision: u64,
    /// Further addresses of people, and the one under which they stand.
    first_of: BTreeMap<Jid, Jid>,
}

impl Conversations {
    pub(super) fn load(&mut self, found: Vec<(Message, u32)>) {
        for (last, unread) in found {
            let with = last.with.clone();
            self.by_jid.insert(with.clone(), Conversation { with, last, unread, revision: 0 });
        }
        self.shared = None;
    }

    /// A message was stored.
    pub(super) fn append(&mut self, message: &Message) {
        self.revision += 1;
        let incoming = u32::from(message.direction == MessageDirection::In);
        let revision = self.revision;
        self.by_jid
            .entry(message.with.clone())
            .and_modify(|conversation| {
                conversation.unread += incoming;
                conversation.revision = revision;
                if message.time >= conversation.last.time {
                    conversation.last = message.clone();
                }
                if message.direction == MessageDirection::Out && message.delivery != Delivery::Pending {
                    // Written on another device, where the rest was seen.
                    conversation.unread = 0;
                }
            })
            .or_insert_with(|| Conversation {
                with: message.with.clone(),
                last: message.clone(),
                unread: incoming,
                revision,
            });
        self.shared = None;
    }

    /// A stored message changed.
    pub(super) fn change(&mut self, message: &Message) {
        self.revision += 1;
        if let Some(conversation) = self.by_jid.get_mut(&message.with) {
            conversation.revision = self.revision;
            if conversation.last.id == message.id {
                conversation.last = message.clone();
            }
        }
        self.shared = None;
    }

    /// A conversation as the store has it now.
    pub(super) fn put(&mut self, last: Message, unread: u32) {
        self.revision += 1;
        let with = last.with.clone();
        self.by_jid.insert(with.clone(), Conversation { with, last, unread, revision: self.revision });
        self.shared = None;
    }

    /// Nothing is left of a conversation.
    pub(super) fn remove(&mut self, with: &Jid) {
        self.by_jid.remove(with);
        self.shared = None;
    }

    /// So many are unread.
    pub(super) fn set_unread(&mut self, with: &Jid, unread: u32) {
        if let Some(conversation) = self.by_jid.get_mut(with).filter(|conversation| conversation.unread != unread) {
            conversation.unread = unread;
            self.shared = None;
        }
    }

    /// The user saw everything. Answers whether there was something unread.
    pub(super) fn read(&mut self, with: &Jid) -> bool {
        let Some(conversation) = self.by_jid.get_mut(with).filter(|conversation| conversation.unread > 0) else {
            return false;
        };
        conversation.unread = 0;
        self.shared = None;
        true
    }

    /// Further addresses of people, and the one under which they stand.
    pub(super) fn set_first_of(&mut self, first_of: BTreeMap<Jid, Jid>) {
        if self.first_of == first_of {
            return;
        }
        // Who is one person now, or two again, is shown anew.
        self.revision += 1;
        let (old, new) = (std::mem::take(&mut self.first_of), first_of.clone());
        for jid in old.iter().chain(new.iter()).flat_map(|(further, first)| [further, first]) {
            if let Some(conversation) = self.by_jid.get_mut(jid) {
                conversation.revision = self.revision;
            }
        }
        self.first_of = first_of;
        self.shared = None;
    }

    /// One conversation for each person.
    fn people(&self) -> Vec<Conversation> {
        if self.first_of.is_empty() {
            return self.by_jid.values().cloned().collect();
        }
        let mut people: BTreeMap<&Jid, Conversation> = BTreeMap::new();
        for (jid, conversation) in &self.by_jid {
            let first = self.first_of.get(jid).unwrap_or(jid);
            people
                .entry(first)
                .and_modify(|whole| {
                    whole.unread += conversation.unread;
                    whole.revision = whole.revision.max(conversation.revision);
                    if conversation.last.time >= whole.last.time {
                        whole.last = conversation.last.clone();
                    }
                })
                .or_insert_with(|| Conversation { with: first.clone(), ..conversation.clone() });
        }
        people.into_values().collect()
    }

    /// The newest first.
    pub(super) fn shared(&mut self) -> Arc<[Conversation]> {
        if let Some(shared) = &self.shared {
            return shared.clone();
        }
        let mut list: Vec<Conversation> = self.people();
        list.sort_by(|a, b| b.last.time.cmp(&a.last.time).then_with(|| a.with.cmp(&b.with)));
        let shared: Arc<[Conversation]> = list.into();
        self.shared = Some(shared.clone());
        shared
    }
}
