//! The sound of calls and the devices, as the window keeps them.

use super::app::{App, Effect, Overlay};
use crate::model::{Call, CallId, Trouble};

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Show how a call sounds.
    Quality(CallId),
    /// Show the numbers behind the words, or only the words.
    Advanced(bool),
}

/// What the window keeps.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The numbers are shown.
    pub(super) advanced: bool,
}

impl App {
    pub(super) fn update_sound(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Quality(call) => {
                self.asked_stats = None;
                let mut effects = self.lay(Some(Overlay::Quality(call)));
                effects.extend(self.ask_stats());
                effects
            }
            Message::Advanced(advanced) => {
                self.sound.advanced = advanced;
                Vec::new()
            }
        }
    }

    /// What is wrong with a call, the weightiest first.
    pub(super) fn troubles(&self, call: &Call) -> &[Trouble] {
        let of = self.snapshot.health.iter().find(|(id, _)| *id == call.id);
        of.map(|(_, health)| health.troubles.as_slice()).unwrap_or_default()
    }

    /// The call whose numbers are on the screen.
    pub(super) fn watched_call(&self) -> Option<CallId> {
        match self.overlay {
            Some(Overlay::Quality(call)) => Some(call),
            _ => self.call_view,
        }
    }
}
