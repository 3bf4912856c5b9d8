//! Handing a call over, as the one who does it (RFC 5589): hold, wait for its 200, REFER, listen to the notifications, hang
//! up when they talk, or take the call back.
//!
//! ```text
//! Holding --200--> Asked --202--> Calling --180--> Ringing --200--> Done
//!     \______________\______________\_________________\--> Failed
//! ```

use std::sync::Arc;

use super::end::end_of_status;
use super::machine::{Phase, UserCall};
use super::own_end::end;
use crate::model::{CallState, EndedBy, Now, TransferState, TransferView};
use crate::sip::{self, Outcome, ReferTo, TransferEvent};

/// A handing over that is under way.
#[derive(Clone, Debug)]
pub(super) struct Transfer {
    to: ReferTo,
    /// It was not held before: it is taken back when the transfer fails.
    resume: bool,
    /// The REFER is out.
    asked: bool,
}

/// Why a call cannot be handed over now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotTransfer {
    /// It is not answered, or over.
    #[error("Only a call that is connected can be transferred.")]
    NotConnected,
    /// It is being transferred.
    #[error("This call is being transferred already.")]
    Already,
}

impl UserCall {
    /// Hands the call over: first it is held, and only when the other side has confirmed that, it is asked.
    pub fn transfer(&mut self, to: ReferTo, shown: &str) -> Result<(), CannotTransfer> {
        if !matches!(self.phase, Phase::Talking) {
            return Err(CannotTransfer::NotConnected);
        }
        if self.transfer.is_some() {
            return Err(CannotTransfer::Already);
        }
        // A wish to take the call back, that is on its way, is overtaken by this one.
        let resume = !self.held_here;
        self.transfer = Some(Transfer { to, resume, asked: false });
        self.show_transfer(shown.into(), TransferState::Holding);
        if self.held_here && self.pending_hold.is_none() {
            self.ask_for_transfer();
        } else {
            self.hold(true);
        }
        Ok(())
    }

    /// The call is held now, or the other side refuses that.
    pub(super) fn transfer_held(&mut self, refused: Option<u16>) {
        if self.transfer.as_ref().is_none_or(|transfer| transfer.asked) || self.postponed_hold.is_some() {
            return;
        }
        match refused {
            None if self.held_here => self.ask_for_transfer(),
            // What was asked for before this one has come through; the hold is still to come.
            None => self.hold(true),
            Some(code) => self.transfer_failed(&format!("it could not be put on hold ({code})")),
        }
    }

    fn ask_for_transfer(&mut self) {
        let Some(transfer) = &mut self.transfer else { return };
        transfer.asked = true;
        let to = transfer.to.clone();
        self.send(sip::Command::Transfer { call: self.view.id, to });
        self.show_transfer(self.transfer_target(), TransferState::Asked);
    }

    /// What signalling says of a transfer of ours. What the other side asks for is not this machine's business.
    pub(super) fn handle_transfer(&mut self, news: &TransferEvent, now: Now) {
        if self.transfer.is_none() {
            return;
        }
        let to = self.transfer_target();
        match news {
            TransferEvent::Asked(_) => {}
            TransferEvent::Accepted => self.show_transfer(to, TransferState::Calling),
            TransferEvent::Progress(code) if *code >= 180 => self.show_transfer(to, TransferState::Ringing),
            TransferEvent::Progress(_) => {}
            TransferEvent::Over(Outcome::Answered(200..=299)) => {
                self.transfer = None;
                self.show_transfer(to.clone(), TransferState::Done);
                self.hang_up(now);
                self.view.end = Some(end("transferred", &format!("You connected them with {to}."), EndedBy::Local));
            }
            TransferEvent::Over(Outcome::Answered(code)) => self.transfer_failed(&reason(*code)),
            TransferEvent::Over(Outcome::Refused(code @ (403 | 405 | 501 | 603))) => {
                self.transfer_failed(&format!("the other side does not let itself be transferred ({code})"));
            }
            TransferEvent::Over(Outcome::Refused(code)) => self.transfer_failed(&reason(*code)),
            TransferEvent::Over(Outcome::Unsaid) => {
                // Perhaps they talk: the call stays as it is, and the user decides.
                if let Some(transfer) = &mut self.transfer {
                    transfer.resume = false;
                }
                self.transfer_failed("the other side does not say how it ended");
            }
        }
    }

    /// The one whom this call was handed over to talks to the other side, so that this end of it is over.
    pub fn note_handed_over(&mut self, text: &str, now: Now) {
        if matches!(self.phase, Phase::Talking) {
            self.hang_up(now);
            self.view.end = Some(end("transferred", text, EndedBy::Local));
        }
    }

    fn transfer_failed(&mut self, why: &str) {
        let Some(transfer) = self.transfer.take() else { return };
        let to = self.transfer_target();
        let text = format!("The call was not transferred to {to}: {why}.");
        self.view.transfer = Some(TransferView { to, state: TransferState::Failed, text: text.into() });
        self.changed();
        if transfer.resume && self.held_here {
            self.hold(false);
        }
    }

    fn transfer_target(&self) -> Arc<str> {
        self.view.transfer.as_ref().map_or_else(|| "".into(), |view| view.to.clone())
    }

    fn show_transfer(&mut self, to: Arc<str>, state: TransferState) {
        let text = match state {
            TransferState::Holding => format!("Transfer to {to}: the call is being held …"),
            TransferState::Asked => format!("Transfer to {to}: the other side is being asked …"),
            TransferState::Calling => format!("Transfer to {to}: they are calling …"),
            TransferState::Ringing => format!("Transfer to {to}: it is ringing there …"),
            TransferState::Done => format!("Transferred to {to}."),
            TransferState::Failed => format!("The call was not transferred to {to}."),
        };
        self.view.transfer = Some(TransferView { to, state, text: text.into() });
        self.changed();
    }

    /// A change of the call is on its way: a hold, or the taking back of one.
    pub fn is_changing(&self) -> bool {
        self.pending_hold.is_some() || self.next_hold.is_some() || self.postponed_hold.is_some()
    }

    /// Whether we hold it, whatever the other side does.
    pub fn is_held(&self) -> bool {
        self.held_here
    }

    /// Whether it is a conversation that sound goes through.
    pub fn is_talking(&self) -> bool {
        matches!(self.phase, Phase::Talking) && self.view.state == CallState::Active
    }
}

/// Why the target did not take the call, as the end of a sentence.
fn reason(code: u16) -> String {
    let sentence = end_of_status(code).1.trim_end_matches('.');
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    format!("{first}{} ({code})", letters.as_str())
}
