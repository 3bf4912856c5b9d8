//! A chat connection and the voice connection that belongs to it: which of them waits for the other (C-11, C-12).
//!
//! ```text
//! truthful:     nobody waits; after the grace period presence says that calls do not arrive
//! joint:        one is there, the other not, for the grace period (or refused: at once) -> the one that is there waits
//!               the other is there again -> it comes back, and has the grace period for it
//! voice-first:  chat waits at the start, until voice is there, is refused, or its patience ends
//! ```
//!
//! The machine is told where both stand whenever that may have changed, and when it is due; being told the same twice
//! changes nothing.

use std::collections::VecDeque;
use std::time::Duration;

use crate::config;
use crate::model::{BootTime, ConnectionPolicy, Now, Service};

/// Where one of the two stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leg {
    /// It is there.
    Online,
    /// It is not, and is being tried (or waits for its partner).
    Trying,
    /// It was refused: nothing changes until the user acts.
    Refused,
}

/// Where both stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Legs {
    /// The chat connection.
    pub chat: Leg,
    /// The voice connection.
    pub voice: Leg,
    /// Calls live on the voice connection: it is not taken away from under them.
    pub in_call: bool,
}

/// Why somebody waits, or does not any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// Its partner is not there.
    PartnerAway,
    /// Its partner was refused.
    PartnerRefused,
    /// Voice comes first.
    VoiceFirst,
    /// Its partner is there.
    PartnerThere,
    /// Voice took too long: chat alone.
    PatienceOver,
}

/// What the machine wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// That connection ends and waits.
    Hold(Service, Because),
    /// That connection may be made.
    Release(Service, Because),
}

/// The machine; see the module's documentation.
#[derive(Debug)]
pub struct Pair {
    config: config::Connection,
    legs: Legs,
    /// Who waits, and why.
    held: Option<(Service, Because)>,
    /// When the next decision is due.
    due: Option<BootTime>,
    /// Since when voice is away; absent while it is there.
    voice_away: Option<BootTime>,
    /// Voice was there, at least once, since the partners were last apart.
    together: bool,
    verdicts: VecDeque<Verdict>,
}

impl Pair {
    /// Two connections that stand there. `voice-first` holds chat back from the beginning, unless it is there already.
    pub fn new(config: config::Connection, legs: Legs, now: Now) -> Self {
        let (held, due) = match config.policy {
            ConnectionPolicy::VoiceFirst if legs.chat != Leg::Online => {
                (Some((Service::Chat, Because::VoiceFirst)), Some(now.boot + config.voice_patience))
            }
            ConnectionPolicy::VoiceFirst | ConnectionPolicy::Truthful | ConnectionPolicy::Joint => (None, None),
        };
        let voice_away = (legs.voice != Leg::Online).then_some(now.boot);
        let together = legs.chat == Leg::Online;
        Self { config, legs, held, due, voice_away, together, verdicts: VecDeque::new() }
    }

    /// Who waits, and why.
    pub fn held(&self) -> Option<(Service, Because)> {
        self.held
    }

    /// Whether presence has to say that calls do not arrive: voice is refused, or away for longer than the grace period.
    pub fn no_calls(&self, now: Now) -> bool {
        match (self.legs.voice, self.voice_away) {
            (Leg::Online, _) => false,
            (Leg::Refused, _) => true,
            (Leg::Trying, since) => since.is_some_and(|since| since + self.config.grace <= now.boot),
        }
    }

    /// Whether nobody may see the user yet: under `joint` presence comes with the second connection.
    pub fn withholds_presence(&self) -> bool {
        self.config.policy == ConnectionPolicy::Joint && !self.together
    }

    /// Both stand there.
    pub fn handle_legs(&mut self, legs: Legs, now: Now) {
        self.voice_away = match legs.voice {
            Leg::Online => None,
            Leg::Trying | Leg::Refused => self.voice_away.or(Some(now.boot)),
        };
        self.legs = legs;
        self.together |= legs.chat == Leg::Online && legs.voice == Leg::Online;
        match self.config.policy {
            ConnectionPolicy::Truthful => {}
            ConnectionPolicy::Joint => self.join(now),
            ConnectionPolicy::VoiceFirst => self.wait_for_voice(now),
        }
    }

    /// What to do next.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Verdict> {
        self.verdicts.pop_front()
    }

    /// When [`Self::handle_legs`] is due at the latest.
    #[must_use]
    pub fn poll_timeout(&self, now: Now) -> Option<BootTime> {
        let grace = self.voice_away.filter(|_| self.legs.voice == Leg::Trying).map(|since| since + self.config.grace);
        // Presence follows the grace period once; later there is nothing more to say.
        self.due.into_iter().chain(grace.filter(|at| *at > now.boot)).min()
    }

    fn join(&mut self, now: Now) {
        let leg = |service| match service {
            Service::Chat => self.legs.chat,
            Service::Voice => self.legs.voice,
        };
        if let Some((service, _)) = self.held {
            if leg(other(service)) == Leg::Online {
                self.release(Because::PartnerThere);
                self.due = Some(now.boot + self.config.grace);
            }
            return;
        }
        let there = match (self.legs.chat, self.legs.voice) {
            // Both, or neither: as it should be.
            (Leg::Online, Leg::Online) | (Leg::Trying | Leg::Refused, Leg::Trying | Leg::Refused) => {
                self.due = None;
                return;
            }
            (Leg::Online, Leg::Trying | Leg::Refused) => Service::Chat,
            (Leg::Trying | Leg::Refused, Leg::Online) => Service::Voice,
        };
        let because = match leg(other(there)) {
            Leg::Refused => Because::PartnerRefused,
            Leg::Online | Leg::Trying => Because::PartnerAway,
        };
        let due = *self.due.get_or_insert(now.boot + self.config.grace);
        let over = because == Because::PartnerRefused || due <= now.boot;
        if !over {
            return;
        }
        if there == Service::Voice && self.legs.in_call {
            // Who is talking goes on talking: it is looked at again after another grace period.
            self.due = Some(now.boot + self.config.grace.max(SHORTEST_LOOK));
            return;
        }
        self.due = None;
        self.together = false;
        self.held = Some((there, because));
        self.verdicts.push_back(Verdict::Hold(there, because));
    }

    fn wait_for_voice(&mut self, now: Now) {
        if self.held.is_none() {
            return;
        }
        match self.legs.voice {
            Leg::Online => self.release(Because::PartnerThere),
            Leg::Refused => self.release(Because::PartnerRefused),
            Leg::Trying if self.due.is_some_and(|due| due <= now.boot) => self.release(Because::PatienceOver),
            Leg::Trying => {}
        }
    }

    fn release(&mut self, because: Because) {
        self.due = None;
        if let Some((service, _)) = self.held.take() {
            self.verdicts.push_back(Verdict::Release(service, because));
        }
    }
}

/// How soon a decision that a call put off is looked at again, where there is no grace period.
const SHORTEST_LOOK: Duration = Duration::from_secs(1);

/// The partner.
pub fn other(service: Service) -> Service {
    match service {
        Service::Chat => Service::Voice,
        Service::Voice => Service::Chat,
    }
}

#[cfg(test)]
mod tests {
    use super::Leg::{Online, Refused, Trying};
    use super::*;

    /// A pair in virtual time.
    struct Two {
        pair: Pair,
        legs: Legs,
        now: Now,
    }

    impl Two {
        fn new(policy: ConnectionPolicy) -> Self {
            let now = Now::default();
            let config = config::Connection { policy, ..config::Connection::default() };
            let legs = Legs { chat: Trying, voice: Trying, in_call: false };
            Self { pair: Pair::new(config, legs, now), legs, now }
        }

        /// The verdicts after both stand there.
        fn stand(&mut self, chat: Leg, voice: Leg) -> Vec<Verdict> {
            self.legs = Legs { chat, voice, ..self.legs };
            self.pair.handle_legs(self.legs, self.now);
            std::iter::from_fn(|| self.pair.poll_output()).collect()
        }

        /// The verdicts of so many seconds, each timer handled when it is due.
        fn wait(&mut self, seconds: u64) -> Vec<Verdict> {
            let end = self.now.after(Duration::from_secs(seconds));
            let mut verdicts = Vec::new();
            while let Some(due) = self.pair.poll_timeout(self.now).filter(|due| *due <= end.boot) {
                self.now = self.now.after(due.saturating_since(self.now.boot));
                self.pair.handle_legs(self.legs, self.now);
                verdicts.extend(std::iter::from_fn(|| self.pair.poll_output()));
            }
            self.now = end;
            verdicts
        }
    }

    const CHAT_WAITS: Verdict = Verdict::Hold(Service::Chat, Because::PartnerAway);
    const CHAT_BACK: Verdict = Verdict::Release(Service::Chat, Because::PartnerThere);

    #[test]
    fn c11_a_short_loss_changes_nothing_and_a_long_one_takes_the_other_along() {
        let mut two = Two::new(ConnectionPolicy::Joint);
        assert!(two.pair.withholds_presence(), "nobody sees the user before both are there");
        assert_eq!(two.stand(Online, Online), []);
        assert!(!two.pair.withholds_presence());
        assert_eq!(two.stand(Online, Trying), []);
        assert_eq!(two.wait(19), []);
        assert_eq!(two.stand(Online, Online), [], "one lost packet");
        assert_eq!(two.wait(60), []);
        assert_eq!(two.stand(Online, Trying), []);
        assert_eq!(two.wait(20), [CHAT_WAITS]);
        assert!(two.pair.withholds_presence());
        assert_eq!(two.stand(Trying, Trying), []);
        assert_eq!(two.wait(3600), [], "it waits as long as it takes");
        assert_eq!(two.stand(Trying, Online), [CHAT_BACK]);
        assert_eq!(two.wait(5), []);
        assert_eq!(two.stand(Online, Online), []);
        assert_eq!(two.wait(3600), []);
    }

    #[test]
    fn c11_a_refusal_takes_the_other_along_at_once() {
        let mut two = Two::new(ConnectionPolicy::Joint);
        assert_eq!(two.stand(Online, Trying), []);
        assert_eq!(two.stand(Online, Refused), [Verdict::Hold(Service::Chat, Because::PartnerRefused)]);
        assert_eq!(two.stand(Trying, Trying), [], "a new password is being tried");
        assert_eq!(two.stand(Trying, Online), [CHAT_BACK]);
        let mut two = Two::new(ConnectionPolicy::Joint);
        assert_eq!(two.stand(Refused, Online), [Verdict::Hold(Service::Voice, Because::PartnerRefused)]);
    }

    #[test]
    fn c11_voice_waits_for_chat_but_not_while_somebody_talks() {
        let mut two = Two::new(ConnectionPolicy::Joint);
        assert_eq!(two.stand(Online, Online), []);
        two.legs.in_call = true;
        assert_eq!(two.stand(Trying, Online), []);
        assert_eq!(two.wait(120), []);
        two.legs.in_call = false;
        assert_eq!(two.stand(Trying, Online), []);
        assert_eq!(two.wait(20), [Verdict::Hold(Service::Voice, Because::PartnerAway)]);
        assert_eq!(two.stand(Online, Trying), [Verdict::Release(Service::Voice, Because::PartnerThere)]);
        assert_eq!(two.stand(Online, Online), []);
    }

    #[test]
    fn c11_two_that_come_back_in_turns_find_each_other() {
        let mut two = Two::new(ConnectionPolicy::Joint);
        assert_eq!(two.stand(Online, Trying), []);
        assert_eq!(two.wait(20), [CHAT_WAITS]);
        assert_eq!(two.stand(Trying, Online), [CHAT_BACK]);
        // Meanwhile the chat server is gone: now voice waits for it.
        assert_eq!(two.wait(20), [Verdict::Hold(Service::Voice, Because::PartnerAway)]);
        assert_eq!(two.stand(Online, Trying), [Verdict::Release(Service::Voice, Because::PartnerThere)]);
        assert_eq!(two.stand(Online, Online), []);
        assert_eq!(two.wait(600), []);
    }

    #[test]
    fn c12_chat_waits_for_voice_but_not_for_ever() {
        let mut two = Two::new(ConnectionPolicy::VoiceFirst);
        assert_eq!(two.pair.held(), Some((Service::Chat, Because::VoiceFirst)));
        assert_eq!(two.stand(Trying, Trying), []);
        assert_eq!(two.wait(29), []);
        assert_eq!(two.stand(Trying, Online), [CHAT_BACK]);
        assert_eq!(two.stand(Online, Trying), [], "once there, each goes by itself");
        assert_eq!(two.wait(600), []);
        let mut two = Two::new(ConnectionPolicy::VoiceFirst);
        assert_eq!(two.wait(30), [Verdict::Release(Service::Chat, Because::PatienceOver)]);
        let mut two = Two::new(ConnectionPolicy::VoiceFirst);
        assert_eq!(two.stand(Trying, Refused), [Verdict::Release(Service::Chat, Because::PartnerRefused)]);
    }

    #[test]
    fn c12_presence_says_after_the_grace_period_that_calls_do_not_arrive() {
        let mut two = Two::new(ConnectionPolicy::Truthful);
        assert_eq!(two.stand(Online, Trying), []);
        assert!(!two.pair.no_calls(two.now), "it has just begun");
        assert_eq!(two.wait(20), []);
        assert!(two.pair.no_calls(two.now));
        assert_eq!(two.stand(Online, Online), []);
        assert!(!two.pair.no_calls(two.now));
        assert_eq!(two.stand(Online, Refused), []);
        assert!(two.pair.no_calls(two.now), "a refusal does not pass by itself");
        assert_eq!(two.pair.held(), None);
    }
}
