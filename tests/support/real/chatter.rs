//! Somebody on chat whose program is slixmpp: `chatter.py` beside this file.

use std::ops::Deref;

use serde_json::{Value, json};

use super::slixmpp::Slixmpp;
use super::{DOMAIN, World};

/// A signed-in program and everything that it told.
pub struct Chatter(Slixmpp);

impl Chatter {
    /// Signs in.
    #[track_caller]
    pub fn sign_in(world: &World, user: &str) -> Self {
        Self(Slixmpp::sign_in(world, user, ("chatter", include_str!("chatter.py")), &[]))
    }

    /// Does something towards Alice: see `do_…` in the program.
    pub fn order(&mut self, what: &str, mut more: Value) {
        more["to"] = json!(format!("alice@{DOMAIN}"));
        self.0.order(what, more);
    }
}

impl Deref for Chatter {
    type Target = Slixmpp;

    fn deref(&self) -> &Slixmpp {
        &self.0
    }
}
