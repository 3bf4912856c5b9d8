//! What happens to calls that come in, as far as it is switched in a moment: do not disturb, forwarding.

use std::sync::Arc;

use super::app::{App, Effect, Overlay};
use super::update::ask;
use crate::account::Request;
use crate::config::Given;

/// The switch of do not disturb.
pub const DO_NOT_DISTURB: &str = "calls.do-not-disturb";
/// Where every call goes.
pub const FORWARD: &str = "calls.forward-always";

/// What can happen.
#[derive(Clone, Debug)]
pub enum Message {
    /// Show or hide the switches.
    Menu,
    /// Calls ring, or do not.
    DoNotDisturb(bool),
    /// Where calls are to go changed.
    Typed(String),
    /// Send every call there from now on.
    Forward,
    /// Send no call anywhere any more.
    NoForward,
}

/// What the window remembers of it.
#[derive(Debug, Default)]
pub struct State {
    /// What stands in the field; nothing before anybody typed.
    pub(super) typed: Option<String>,
    /// Where calls went before it was switched off.
    last: Option<Arc<str>>,
}

impl App {
    pub(super) fn update_answering(&mut self, message: Message) -> Vec<Effect> {
        let set = |key: &str, value| ask(Request::ChangeSetting { key: key.into(), value });
        match message {
            Message::Menu => {
                self.answering.typed = None;
                let open = self.overlay == Some(Overlay::Answering);
                self.lay((!open).then_some(Overlay::Answering))
            }
            Message::DoNotDisturb(on) => set(DO_NOT_DISTURB, Some(Given::Flag(on))),
            Message::Typed(typed) => {
                self.answering.typed = Some(typed.chars().take(200).collect());
                Vec::new()
            }
            Message::Forward => {
                let to = self.forward_field().trim().to_owned();
                self.answering.typed = None;
                if to.is_empty() { Vec::new() } else { set(FORWARD, Some(Given::Text(to.into()))) }
            }
            Message::NoForward => {
                self.answering.typed = None;
                self.answering.last.clone_from(&self.snapshot.answering.forward_always);
                set(FORWARD, None)
            }
        }
    }

    /// What stands in the field of the forwarding: what was typed, what holds, what held.
    pub(super) fn forward_field(&self) -> &str {
        let holds = self.snapshot.answering.forward_always.as_deref();
        self.answering.typed.as_deref().or(holds).or(self.answering.last.as_deref()).unwrap_or_default()
    }

    /// Switches do not disturb; what follows from the status is not changed here.
    pub(super) fn toggle_do_not_disturb(&mut self) -> Vec<Effect> {
        let now = &self.snapshot.answering;
        match (now.do_not_disturb, now.by_presence) {
            (true, true) => self.lay(Some(Overlay::Answering)),
            (on, _) => self.update_answering(Message::DoNotDisturb(!on)),
        }
    }
}
