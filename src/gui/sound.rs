//! The sound of calls and the devices, as the window keeps them.

use std::sync::Arc;

use iced::keyboard;

use super::app::{App, Effect, Overlay};
use super::update::ask;
use crate::account::{DevicesRequest, Request, RingtoneScope, SetupTestRequest};
use crate::media::DeviceRole;
use crate::model::{Call, CallId, CallState, Direction, Ringtone, Trouble};

/// What happened.
#[derive(Clone, Debug)]
pub enum Message {
    /// Show how a call sounds.
    Quality(CallId),
    /// Show the numbers behind the words, or only the words.
    Advanced(bool),
    /// Move a device of a role up (`true`) or down in the user's order.
    Move(DeviceRole, usize, bool),
    /// Take a device out of the order.
    Remove(DeviceRole, usize),
    /// Put a device at the end of the order.
    Add(DeviceRole, Arc<str>),
    /// Show or hide what else there is for a role.
    Menu(DeviceRole),
    /// Open or close the test of the setup.
    Test(bool),
    /// A step of it.
    Try(SetupTestRequest),
    /// Call the echo service.
    Echo(Arc<str>),
    /// The key that is held to talk went down or up.
    Talk(bool),
    /// The button of the headset was pressed.
    HeadsetButton,
    /// This rings for whom; `None`: what rings for more people.
    Ringtone(RingtoneScope, Option<Ringtone>),
}

/// What the window keeps.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// The numbers are shown.
    pub(super) advanced: bool,
    /// What else there is for this role is shown.
    pub(super) menu: Option<DeviceRole>,
    /// The key is held.
    talking: bool,
}

/// The key that is held to talk.
pub fn is_talk_key(key: &keyboard::Key) -> bool {
    *key == keyboard::Key::Named(keyboard::key::Named::F8)
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
            Message::Move(role, at, up) => {
                let mut names = self.snapshot.device_plan.of(role).to_vec();
                let to = if up { at.checked_sub(1) } else { at.checked_add(1) };
                match to.filter(|to| at.max(*to) < names.len()) {
                    Some(to) => {
                        names.swap(at, to);
                        ask(Request::Devices(DevicesRequest::Prefer { role, names }))
                    }
                    None => Vec::new(),
                }
            }
            Message::Remove(role, at) => {
                let mut names = self.snapshot.device_plan.of(role).to_vec();
                if names.len() < 2 || at >= names.len() {
                    return Vec::new();
                }
                names.remove(at);
                ask(Request::Devices(DevicesRequest::Prefer { role, names }))
            }
            Message::Add(role, name) => {
                self.sound.menu = None;
                let mut names = self.snapshot.device_plan.of(role).to_vec();
                names.push(name);
                ask(Request::Devices(DevicesRequest::Prefer { role, names }))
            }
            Message::Menu(role) => {
                self.sound.menu = if self.sound.menu == Some(role) { None } else { Some(role) };
                Vec::new()
            }
            Message::Test(open) => {
                let step = if open { SetupTestRequest::Listen } else { SetupTestRequest::Stop };
                let mut effects = self.lay(open.then_some(Overlay::TestSetup));
                effects.extend(ask(Request::Devices(DevicesRequest::Test(step))));
                effects
            }
            Message::Try(step) => ask(Request::Devices(DevicesRequest::Test(step))),
            Message::Echo(address) => {
                let mut effects = self.update_sound(Message::Test(false));
                effects.extend(self.place_call(crate::account::CallTo::Text(address)));
                effects
            }
            Message::Talk(down) => {
                // A key that is held repeats itself.
                if self.sound.talking == down {
                    return Vec::new();
                }
                self.sound.talking = down;
                ask(Request::Devices(DevicesRequest::Talk(down)))
            }
            Message::Ringtone(scope, tone) => {
                let mut effects = ask(Request::Devices(DevicesRequest::Ringtone(scope, tone)));
                // What is chosen is heard.
                effects.extend(tone.into_iter().flat_map(|tone| ask(Request::Devices(DevicesRequest::Sample(tone)))));
                effects
            }
            Message::HeadsetButton => ask(Request::Devices(DevicesRequest::HeadsetButton)),
        }
    }

    /// The window lost the focus: a key that goes up elsewhere is not told to us.
    pub(super) fn let_go_of_talk_key(&mut self) -> Vec<Effect> {
        self.update_sound(Message::Talk(false))
    }

    /// What is wrong with a call, the weightiest first.
    pub(super) fn troubles(&self, call: &Call) -> &[Trouble] {
        // Nothing is to be heard of somebody on hold.
        if call.state == CallState::Held || call.held_by_peer {
            return &[];
        }
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

    /// Whether the desktop shall bring us the button of the headset, and whether something is playing for it; the name is
    /// taken only while a call is there, so that music players keep their keys.
    pub(super) fn headset_state(&self) -> Option<bool> {
        let living = || self.snapshot.calls.iter().filter(|call| call.end.is_none() && call.state != CallState::Ended);
        let rings = |call: &Call| call.direction == Direction::Incoming && call.state == CallState::Ringing;
        living().next()?;
        Some(living().any(|call| !rings(call)))
    }
}
