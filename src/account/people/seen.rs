//! What is seen of people: their pictures, what they call themselves, when they were last there.

use std::sync::Arc;

use super::People;
use crate::model::{Avatar, Jid, WallTime};

/// Decoded pictures (36 KB each) that are kept: several screens full.
const PICTURES: usize = 256;

impl People {
    /// What somebody calls themselves.
    pub(in crate::account) fn set_nick(&mut self, jid: &Jid, nick: Option<Arc<str>>) {
        if let Some(entry) = self.entries.get_mut(jid)
            && entry.nick != nick
        {
            entry.nick = nick;
            self.reindex(jid);
        }
    }

    /// When somebody was last there.
    pub(in crate::account) fn set_last_active(&mut self, jid: &Jid, at: Option<WallTime>) {
        if let Some(entry) = self.entries.get_mut(jid)
            && entry.last_active != at
        {
            entry.last_active = at;
            self.refresh(jid);
        }
    }

    pub(in crate::account) fn set_avatar(&mut self, jid: &Jid, avatar: Option<Avatar>) {
        let Some(entry) = self.entries.get_mut(jid) else { return };
        self.pictured.retain(|other| other != jid);
        if avatar.is_some() {
            self.pictured.push_back(jid.clone());
        }
        entry.avatar = avatar;
        self.refresh(jid);
        if self.pictured.len() > PICTURES
            && let Some(oldest) = self.pictured.pop_front()
            && let Some(entry) = self.entries.get_mut(&oldest)
        {
            // It is loaded again when the person is next seen.
            entry.avatar = None;
            entry.wanted_photo = None;
            self.refresh(&oldest);
        }
    }

    /// Whether the picture of a visible person should be loaded; answers yes once for each picture.
    pub(in crate::account) fn take_wanted_photo(&mut self, jid: &Jid) -> bool {
        let Some(entry) = self.entries.get_mut(jid) else { return false };
        let hash = entry.card.as_ref().and_then(|card| card.photo_hash.clone());
        let wanted = hash.is_some() && hash != entry.wanted_photo;
        entry.wanted_photo = hash;
        // Who is seen is not the next to give way.
        if let Some(place) = self.pictured.iter().position(|other| other == jid)
            && let Some(seen) = self.pictured.remove(place)
        {
            self.pictured.push_back(seen);
        }
        wanted
    }

    /// Somebody's personal node announces a picture, or none any more.
    pub(in crate::account) fn set_announced_picture(&mut self, jid: &Jid, hash: Option<Arc<str>>) {
        if let Some(entry) = self.entries.get_mut(jid) {
            entry.announced = hash;
        }
    }

    /// A picture that was announced and that neither the card has nor the screen shows; each once.
    pub(in crate::account) fn take_announced_picture(&mut self, jid: &Jid) -> Option<Arc<str>> {
        let entry = self.entries.get_mut(jid)?;
        // The card says whether its picture is the same.
        let hash = entry.announced.take_if(|_| entry.card_known)?;
        let carded = entry.card.as_ref().and_then(|card| card.photo_hash.as_ref()) == Some(&hash);
        let shown = entry.avatar.as_ref().is_some_and(|avatar| avatar.hash == hash);
        (!carded && !shown).then_some(hash)
    }
}
