//! Somebody on chat whose program is slixmpp, for rooms, lists, cards, pictures and presence: `friend.py` beside this file.

use std::ops::{Deref, DerefMut};

use super::World;
use super::slixmpp::Slixmpp;

/// A signed-in program and everything that it told.
pub struct Friend(Slixmpp);

impl Friend {
    /// Signs in.
    #[track_caller]
    pub fn sign_in(world: &World, user: &str) -> Self {
        Self(Slixmpp::sign_in(world, user, (&format!("friend-{user}"), include_str!("friend.py")), &[]))
    }
}

impl Deref for Friend {
    type Target = Slixmpp;

    fn deref(&self) -> &Slixmpp {
        &self.0
    }
}

impl DerefMut for Friend {
    fn deref_mut(&mut self) -> &mut Slixmpp {
        &mut self.0
    }
}
