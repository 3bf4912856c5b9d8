//! Who is in a room.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::nick;
use super::read::Heard;
use crate::model::Occupant;

/// People of one room that are told apart. When full: further ones are not listed; what they write is shown all the same.
pub(super) const MOST: usize = 20_000;

/// The table, and what changed in it since it was told.
#[derive(Debug, Default)]
pub(super) struct Occupants {
    by_nick: BTreeMap<Arc<str>, Arc<Occupant>>,
    /// Which nicks have the same look.
    looks: HashMap<String, Vec<Arc<str>>>,
    /// Came, changed or went, and not told yet.
    news: BTreeSet<Arc<str>>,
}

impl Occupants {
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.by_nick.len()
    }

    pub(super) fn get(&self, nick: &str) -> Option<&Arc<Occupant>> {
        self.by_nick.get(nick)
    }

    /// The present nick of somebody who is told apart by more than that (XEP-0421).
    pub(super) fn nick_of_id(&self, id: &str) -> Option<Arc<str>> {
        self.by_nick.values().find(|occupant| occupant.id.as_deref() == Some(id)).map(|occupant| occupant.nick.clone())
    }

    /// Somebody is there, new or changed. Answers who they were before.
    pub(super) fn set(&mut self, nick: &str, heard: &Heard, own: bool) -> Option<Arc<Occupant>> {
        let before = self.by_nick.get(nick).cloned();
        if before.is_none() && self.by_nick.len() >= MOST && !own {
            return None;
        }
        let (nick, alike) = match &before {
            Some(known) => (known.nick.clone(), known.alike),
            None => {
                let nick: Arc<str> = nick.into();
                let alike = self.note_look(&nick);
                (nick, alike)
            }
        };
        let shown = before.as_ref().map_or_else(|| nick::shown(&nick), |known| known.shown.clone());
        let now = Occupant {
            nick: nick.clone(),
            shown,
            id: heard.id.clone(),
            jid: heard.jid.clone(),
            affiliation: heard.affiliation,
            role: heard.role,
            show: heard.show,
            own,
            alike,
            photo: heard.photo.clone(),
        };
        if before.as_deref() != Some(&now) {
            self.by_nick.insert(nick.clone(), Arc::new(now));
            self.news.insert(nick);
        }
        before
    }

    /// Somebody went.
    pub(super) fn remove(&mut self, nick: &str) -> Option<Arc<Occupant>> {
        let gone = self.by_nick.remove(nick)?;
        self.forget_look(&gone.nick);
        self.news.insert(gone.nick.clone());
        Some(gone)
    }

    /// Notes how a nick looks; whether another looks the same, which is then marked too.
    fn note_look(&mut self, nick: &Arc<str>) -> bool {
        let same = self.looks.entry(nick::look(nick)).or_default();
        same.push(nick.clone());
        if same.len() < 2 {
            return false;
        }
        let others: Vec<Arc<str>> = same.iter().filter(|other| *other != nick).cloned().collect();
        others.iter().for_each(|other| self.mark(other, true));
        true
    }

    fn forget_look(&mut self, nick: &Arc<str>) {
        let look = nick::look(nick);
        let Some(same) = self.looks.get_mut(&look) else { return };
        same.retain(|other| other != nick);
        match same.as_slice() {
            [] => drop(self.looks.remove(&look)),
            [alone] => {
                let alone = alone.clone();
                self.mark(&alone, false);
            }
            _ => {}
        }
    }

    fn mark(&mut self, nick: &Arc<str>, alike: bool) {
        if let Some(known) = self.by_nick.get_mut(nick)
            && known.alike != alike
        {
            Arc::make_mut(known).alike = alike;
            self.news.insert(nick.clone());
        }
    }

    /// Everybody, as news that are told with this.
    pub(super) fn all(&mut self) -> Vec<Arc<Occupant>> {
        self.news.clear();
        self.by_nick.values().cloned().collect()
    }

    /// Whether something is not told yet.
    pub(super) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// Who came or changed, and who went, since the last time.
    pub(super) fn take_news(&mut self) -> (Vec<Arc<Occupant>>, Vec<Arc<str>>) {
        let (mut set, mut gone) = (Vec::new(), Vec::new());
        for nick in std::mem::take(&mut self.news) {
            match self.by_nick.get(&nick) {
                Some(known) => set.push(known.clone()),
                None => gone.push(nick),
            }
        }
        (set, gone)
    }
}
