//! What the user does with a call.

use super::machine::{HANG_UP_PATIENCE, Phase, UserCall};
use super::own_end::end;
use crate::media;
use crate::model::{CallState, ConferenceId, EndedBy, Now, Recording};
use crate::sip;

impl UserCall {
    /// The user answers. Answering twice, or an outgoing call, does nothing.
    pub fn answer(&mut self, now: Now) {
        if let Phase::Offered { answered, .. } = &mut self.phase {
            *answered = true;
            self.accept(now);
        }
    }

    /// The user declines: 603, so that no other device of ours goes on ringing for a caller we turned away.
    pub fn decline(&mut self, now: Now) {
        if let Phase::Offered { .. } = self.phase {
            self.send(sip::Command::Reject { call: self.view.id, code: 603 });
            self.finish(end("declined", "You declined the call.", EndedBy::Local), now);
        }
    }

    /// The user hangs up, in whatever state.
    pub fn hang_up(&mut self, now: Now) {
        match &self.phase {
            Phase::Preparing(_) => self.finish(end("cancelled", "You cancelled the call.", EndedBy::Local), now),
            Phase::Offered { .. } => self.decline(now),
            Phase::Inviting | Phase::AwaitingAnswer | Phase::Talking => {
                self.send(sip::Command::Hangup { call: self.view.id });
                self.send_media(media::Command::Close { call: self.view.id });
                self.note_duration(now);
                self.phase = Phase::Ending { deadline: now.boot + HANG_UP_PATIENCE };
                self.set_state(CallState::Ending);
            }
            Phase::Ending { .. } | Phase::Ended => {}
        }
    }

    /// Over without waiting for the other side any longer.
    pub fn abandon(&mut self, now: Now) {
        let end = self.view.end.take().unwrap_or_else(|| end("hangup", "You hung up.", EndedBy::Local));
        self.finish(end, now);
    }

    /// The account that carries the call begins anew and knows nothing of it.
    pub fn lose(&mut self, now: Now) {
        self.finish(end("failed", "The connection of the call broke.", EndedBy::Network), now);
    }

    /// Holds or takes back. Only an established call can be held; a second wish waits for the answer to the first.
    pub fn hold(&mut self, hold: bool) {
        if !matches!(self.phase, Phase::Talking) {
            return;
        }
        if let Some(pending) = self.pending_hold {
            // What is on its way comes first; a change of mind follows it.
            self.next_hold = Some(hold).filter(|hold| *hold != pending);
            return;
        }
        self.postponed_hold = None;
        if self.held_here == hold && !self.wants_keys {
            return;
        }
        // RFC 3264 section 4: no new offer before the one that is out is answered.
        if let Some(until) = self.awaiting_ack_answer {
            self.postponed_hold = Some((hold, until));
            return;
        }
        let Some(negotiation) = &mut self.negotiation else { return };
        if std::mem::take(&mut self.wants_keys) {
            negotiation.renew_keys();
        }
        if let Ok(offer) = negotiation.offer(hold) {
            self.pending_hold = Some(hold);
            self.send(sip::Command::Offer { call: self.view.id, sdp: offer.into() });
        }
    }

    /// Nothing has come for so long that the other side must be gone (F16).
    pub fn give_up_silent(&mut self, patience: std::time::Duration, now: Now) {
        if matches!(self.phase, Phase::Talking) {
            self.hang_up(now);
            let seconds = patience.as_secs();
            let text = format!("Nothing was heard from the other side for {seconds} seconds.");
            self.view.end = Some(end("no-media", &text, EndedBy::Network));
            self.changed();
        }
    }

    /// Asks the other side's phone whether it is still there; over chat nobody asks.
    pub fn ask_peer(&mut self) {
        if matches!(self.phase, Phase::Talking) && self.view.via == crate::model::Via::Sip {
            self.send(sip::Command::AskPeer { call: self.view.id });
        }
    }

    /// Microphone off or on.
    pub fn mute(&mut self, muted: bool) {
        if self.view.muted != muted && !matches!(self.phase, Phase::Ended) {
            self.view.muted = muted;
            self.send_media(media::Command::Mute { call: self.view.id, muted });
            self.changed();
        }
    }

    /// The call is in a conference, or by itself again.
    pub fn set_conference(&mut self, conference: Option<ConferenceId>) {
        if self.view.conference != conference {
            self.view.conference = conference;
            self.changed();
        }
    }

    /// What is known of its recording.
    pub fn set_recording(&mut self, recording: Option<Recording>) {
        if self.view.recording != recording {
            self.view.recording = recording;
            self.changed();
        }
    }

    /// Stops the ringing of an incoming call without declining it.
    pub fn silence(&mut self) {
        if matches!(self.phase, Phase::Offered { .. }) && !self.view.silenced {
            self.view.silenced = true;
            self.changed();
        }
    }
}
