//! Somebody who calls over chat with slixmpp and aiortc: `caller.py` beside this file.

use std::ops::{Deref, DerefMut};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::slixmpp::Slixmpp;
use super::tandem::PATIENCE;
use super::{World, eventually};

/// The share of a tone in what is heard from which on it counts as heard.
const HEARD: f64 = 0.5;
/// Between two questions what is heard.
const AGAIN: Duration = Duration::from_millis(500);

/// A signed-in program and everything that it told.
pub struct Caller(Slixmpp);

impl Caller {
    /// Signs in. It sends a tone; `more` are words of `caller.py`: `direct`, `dtmf`, `gateway`, `forged`.
    #[track_caller]
    pub fn sign_in(world: &World, user: &str, hertz: f64, more: &[&str]) -> Self {
        let hertz = hertz.to_string();
        let more: Vec<&str> = std::iter::once(&*hertz).chain(more.iter().copied()).collect();
        Self(Slixmpp::sign_in(world, user, ("caller", include_str!("caller.py")), &more))
    }

    /// Waits until the program hears a tone.
    #[track_caller]
    pub fn hears(&mut self, hertz: f64) {
        let mut asked = Instant::now();
        self.order("heard", json!({ "hz": hertz }));
        let from = self.told.lock().unwrap().len();
        eventually("our tone at the other program", PATIENCE, || {
            if asked.elapsed() > AGAIN {
                asked = Instant::now();
                self.order("heard", json!({ "hz": hertz }));
            }
            let told = self.told.lock().unwrap();
            let heard = |value: &&Value| value["what"] == "heard" && value["share"].as_f64() > Some(HEARD);
            told.iter().skip(from).find(heard).map(drop)
        });
    }
}

impl Deref for Caller {
    type Target = Slixmpp;

    fn deref(&self) -> &Slixmpp {
        &self.0
    }
}

impl DerefMut for Caller {
    fn deref_mut(&mut self) -> &mut Slixmpp {
        &mut self.0
    }
}
