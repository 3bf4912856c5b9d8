//! Calls that are joined here, as a machine: who is in, who is heard, and what the media thread and the calls have to do.
//!
//! A party is a call; its machine goes on alone ([`super::UserCall`]). This one only follows the calls' views and says who is
//! mixed with whom. Where a server could mix instead (a focus, RFC 4353 section 4), a conference of that kind would keep the
//! same parties and give out REFER instead of [`media::Command::Join`]: [`Conference::view`] is all that others see.

use std::collections::VecDeque;

use crate::media;
use crate::model::{self, Attendance, Call, CallId, CallState, ConferenceId, Now, Party};

/// The most parties: as many as there may be calls.
pub const MOST_PARTIES: usize = 32;

/// What the conference wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// For the media thread.
    Media(media::Command),
    /// Hold a call, or take it back.
    Hold(CallId, bool),
    /// Our microphone in a call.
    Mute(CallId, bool),
    /// End a call.
    HangUp(CallId),
    /// The view changed.
    Changed,
}

/// What the media thread was told of a party.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Told {
    joined: bool,
    muted: bool,
}

/// One conference.
#[derive(Debug)]
pub struct Conference {
    view: model::Conference,
    /// Beside each party, in the same order.
    told: Vec<Told>,
    begun: bool,
    outputs: VecDeque<Output>,
}

impl Conference {
    /// An empty one.
    pub fn new(id: ConferenceId, now: Now) -> Self {
        let view =
            model::Conference { id, parties: Vec::new(), muted: false, held: false, since: now.wall, recording: None };
        Self { view, told: Vec::new(), begun: false, outputs: VecDeque::new() }
    }

    /// As others see it.
    pub fn view(&self) -> &model::Conference {
        &self.view
    }

    /// Whether there were two parties ever: then one alone is no conference any more.
    pub fn is_begun(&self) -> bool {
        self.begun
    }

    /// What is to be done, until `None`.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// A call joins. One that we hold is taken back first; one that still rings joins when it is answered. False: there are
    /// [`MOST_PARTIES`] already.
    pub fn join(&mut self, call: &Call) -> bool {
        if self.view.party(call.id).is_some() {
            return true;
        }
        if self.view.parties.len() >= MOST_PARTIES {
            return false;
        }
        self.view.parties.push(Party { call: call.id, muted: false, attendance: attendance(call) });
        self.told.push(Told::default());
        self.begun |= self.view.parties.len() > 1;
        if call.state == CallState::Held && !self.view.held {
            self.outputs.push_back(Output::Hold(call.id, false));
        }
        if call.state == CallState::Active && self.view.held {
            self.outputs.push_back(Output::Hold(call.id, true));
        }
        if call.muted != self.view.muted {
            self.outputs.push_back(Output::Mute(call.id, self.view.muted));
        }
        self.settle();
        true
    }

    /// A call leaves and goes on by itself. True where it was in.
    pub fn leave(&mut self, call: CallId) -> bool {
        let Some(at) = self.view.parties.iter().position(|party| party.call == call) else { return false };
        self.view.parties.remove(at);
        if self.told.remove(at).joined {
            self.outputs.push_back(Output::Media(media::Command::Leave { call }));
        }
        self.outputs.push_back(Output::Changed);
        true
    }

    /// A call of it changed.
    pub fn handle_call(&mut self, call: &Call) {
        if matches!(call.state, CallState::Ending | CallState::Ended) {
            self.leave(call.id);
            return;
        }
        let held = self.view.held;
        let Some(party) = self.view.parties.iter_mut().find(|party| party.call == call.id) else { return };
        // Whoever answers while all others are held waits with them.
        if party.attendance == Attendance::Calling && call.state == CallState::Active && held {
            self.outputs.push_back(Output::Hold(call.id, true));
        }
        party.attendance = attendance(call);
        self.settle();
    }

    /// Nobody hears a party any more, or everybody does again. False: no such party.
    pub fn mute_party(&mut self, call: CallId, muted: bool) -> bool {
        let Some(party) = self.view.parties.iter_mut().find(|party| party.call == call) else { return false };
        party.muted = muted;
        self.settle();
        true
    }

    /// Our microphone, for all of them.
    pub fn mute(&mut self, muted: bool) {
        self.view.muted = muted;
        let calls = self.view.parties.iter().map(|party| Output::Mute(party.call, muted));
        self.outputs.extend(calls);
        self.outputs.push_back(Output::Changed);
    }

    /// Holds everybody, or takes everybody back.
    pub fn hold(&mut self, held: bool) {
        self.view.held = held;
        let wanted = |party: &&Party| (party.attendance == Attendance::Held) != held;
        let calls: Vec<CallId> = self.view.parties.iter().filter(wanted).map(|party| party.call).collect();
        self.outputs.extend(calls.into_iter().map(|call| Output::Hold(call, held)));
        self.outputs.push_back(Output::Changed);
    }

    /// Ends it and every call in it.
    pub fn end(&mut self) {
        let calls: Vec<CallId> = self.view.parties.iter().map(|party| party.call).collect();
        self.outputs.extend(calls.into_iter().map(Output::HangUp));
    }

    /// It is not worth the name any more: whoever is left goes on by themselves.
    pub fn dissolve(&mut self) {
        for call in self.view.parties.iter().map(|party| party.call).collect::<Vec<_>>() {
            self.leave(call);
        }
    }

    /// What is known of its recording.
    pub fn set_recording(&mut self, recording: Option<model::Recording>) {
        self.view.recording = recording;
        self.outputs.push_back(Output::Changed);
    }

    /// Tells the media thread what it does not know yet.
    fn settle(&mut self) {
        for (party, told) in self.view.parties.iter().zip(&mut self.told) {
            let wanted = match party.attendance {
                Attendance::Talking => Told { joined: true, muted: party.muted },
                // What it plays to those who wait is not for the others.
                Attendance::Away => Told { joined: true, muted: true },
                Attendance::Held | Attendance::Calling => Told::default(),
            };
            let call = party.call;
            if wanted.joined != told.joined {
                self.outputs.push_back(Output::Media(if wanted.joined {
                    media::Command::Join { call, conference: self.view.id }
                } else {
                    media::Command::Leave { call }
                }));
                // Joining anew, it is heard until something else is said.
                told.muted = false;
            }
            if wanted.joined && wanted.muted != told.muted {
                self.outputs.push_back(Output::Media(media::Command::MuteParty { call, muted: wanted.muted }));
            }
            *told = wanted;
        }
        self.outputs.push_back(Output::Changed);
    }
}

fn attendance(call: &Call) -> Attendance {
    match call.state {
        CallState::Active if call.held_by_peer => Attendance::Away,
        CallState::Active => Attendance::Talking,
        CallState::Held | CallState::Ending | CallState::Ended => Attendance::Held,
        CallState::Preparing | CallState::Dialing | CallState::Ringing | CallState::Early => Attendance::Calling,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AccountId, Direction, Peer, PeerGrade, Route, WallTime};

    const K: ConferenceId = ConferenceId(1);

    fn call(id: u64, state: CallState) -> Call {
        let peer = Peer {
            uri: "sip:bob@example.com".into(),
            display: "Bob".into(),
            jid: None,
            grade: PeerGrade::Unknown,
            evidence: Vec::new(),
        };
        let account = AccountId::new("voice");
        let route = Route { rule: "".into() };
        Call::new(CallId(id), Direction::Outgoing, state, account, peer, route, WallTime::from_unix_ms(0))
    }

    fn wants(conference: &mut Conference) -> Vec<Output> {
        std::iter::from_fn(|| conference.poll_output()).filter(|output| *output != Output::Changed).collect()
    }

    fn joined(call: u64) -> Output {
        Output::Media(media::Command::Join { call: CallId(call), conference: K })
    }

    fn left(call: u64) -> Output {
        Output::Media(media::Command::Leave { call: CallId(call) })
    }

    fn muted(call: u64, muted: bool) -> Output {
        Output::Media(media::Command::MuteParty { call: CallId(call), muted })
    }

    #[test]
    fn a_call_is_mixed_while_it_talks_and_by_itself_while_it_is_held() {
        let mut conference = Conference::new(K, Now::default());
        assert!(conference.join(&call(1, CallState::Active)));
        assert_eq!(wants(&mut conference), [joined(1)]);
        // A held call is taken back, and joins when that is done.
        conference.join(&call(2, CallState::Held));
        assert_eq!(wants(&mut conference), [Output::Hold(CallId(2), false)]);
        conference.handle_call(&call(2, CallState::Active));
        assert_eq!(wants(&mut conference), [joined(2)]);
        conference.handle_call(&call(2, CallState::Held));
        assert_eq!(wants(&mut conference), [left(2)]);
    }

    #[test]
    fn whoever_still_rings_joins_when_answered_and_waits_where_all_are_held() {
        let mut conference = Conference::new(K, Now::default());
        conference.join(&call(1, CallState::Active));
        conference.join(&call(2, CallState::Dialing));
        assert_eq!(wants(&mut conference), [joined(1)], "no ringback for the others");
        conference.handle_call(&call(2, CallState::Active));
        assert_eq!(wants(&mut conference), [joined(2)]);
        conference.hold(true);
        assert_eq!(wants(&mut conference), [Output::Hold(CallId(1), true), Output::Hold(CallId(2), true)]);
        conference.join(&call(3, CallState::Ringing));
        conference.handle_call(&call(3, CallState::Active));
        assert!(wants(&mut conference).contains(&Output::Hold(CallId(3), true)));
    }

    #[test]
    fn music_of_a_party_that_holds_us_is_not_for_the_others() {
        let mut conference = Conference::new(K, Now::default());
        conference.join(&call(1, CallState::Active));
        wants(&mut conference);
        let mut away = call(1, CallState::Active);
        away.held_by_peer = true;
        conference.handle_call(&away);
        assert_eq!(wants(&mut conference), [muted(1, true)]);
        assert_eq!(conference.view().parties[0].attendance, Attendance::Away);
        conference.handle_call(&call(1, CallState::Active));
        assert_eq!(wants(&mut conference), [muted(1, false)]);
    }

    #[test]
    fn a_muted_party_stays_muted_over_a_hold() {
        let mut conference = Conference::new(K, Now::default());
        conference.join(&call(1, CallState::Active));
        conference.mute_party(CallId(1), true);
        assert_eq!(wants(&mut conference), [joined(1), muted(1, true)]);
        conference.handle_call(&call(1, CallState::Held));
        conference.handle_call(&call(1, CallState::Active));
        assert_eq!(wants(&mut conference), [left(1), joined(1), muted(1, true)]);
        assert!(!conference.mute_party(CallId(9), true));
    }

    #[test]
    fn our_mute_holds_for_whoever_comes_later() {
        let mut conference = Conference::new(K, Now::default());
        conference.join(&call(1, CallState::Active));
        conference.mute(true);
        wants(&mut conference);
        conference.join(&call(2, CallState::Active));
        assert_eq!(wants(&mut conference), [Output::Mute(CallId(2), true), joined(2)]);
    }

    #[test]
    fn a_call_that_ends_is_gone_and_the_last_ones_go_on_by_themselves() {
        let mut conference = Conference::new(K, Now::default());
        for id in 1..=3 {
            conference.join(&call(id, CallState::Active));
        }
        wants(&mut conference);
        conference.handle_call(&call(2, CallState::Ended));
        assert_eq!(wants(&mut conference), [left(2)]);
        conference.end();
        assert_eq!(wants(&mut conference), [Output::HangUp(CallId(1)), Output::HangUp(CallId(3))]);
        conference.dissolve();
        assert_eq!(wants(&mut conference), [left(1), left(3)]);
        assert!(conference.view().parties.is_empty());
    }

    #[test]
    fn a_conference_has_an_end_to_its_size() {
        let mut conference = Conference::new(K, Now::default());
        for id in 1..=MOST_PARTIES as u64 {
            assert!(conference.join(&call(id, CallState::Active)));
        }
        assert!(!conference.join(&call(99, CallState::Active)));
        assert!(conference.join(&call(1, CallState::Active)), "whoever is in is in");
    }
}
