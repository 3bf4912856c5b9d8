//! Digits: which way they go (the account's setting, what was agreed on, what the other side allows), and what waits.

use std::sync::Arc;

use super::machine::{Phase, UserCall};
use crate::media;
use crate::model::{DigitWay, MediaEncryption};
use crate::sdp::MediaProtection;
use crate::sip;

/// Why digits were not sent, a sentence.
pub type NotSent = &'static str;

impl UserCall {
    /// Sends digits: `0-9*#A-D`, `,` for a pause of two seconds, and `w`, behind which everything waits for the user's word.
    ///
    /// # Errors
    /// A sentence, where they cannot or must not be sent.
    pub fn dial(&mut self, digits: &str) -> Result<(), NotSent> {
        let (first, later) = digits.split_once(['w', 'W']).unwrap_or((digits, ""));
        if !first.is_empty() {
            self.send_digits(first)?;
        }
        if !later.is_empty() {
            self.view.digits_waiting = Some(later.into());
            self.changed();
        }
        Ok(())
    }

    /// The user's word about the digits that wait: send them, or not at all.
    ///
    /// # Errors
    /// As [`Self::dial`].
    pub fn dial_waiting(&mut self, send: bool) -> Result<(), NotSent> {
        let Some(waiting) = self.view.digits_waiting.take() else { return Ok(()) };
        self.changed();
        if send { self.dial(&waiting) } else { Ok(()) }
    }

    fn send_digits(&mut self, digits: &str) -> Result<(), NotSent> {
        let Some(plan) = self.plan.clone().filter(|_| !matches!(self.phase, Phase::Ending { .. } | Phase::Ended))
        else {
            return Err("The call is not connected yet.");
        };
        let required = self.settings.capabilities.protection == MediaProtection::Required;
        // M10: a PIN is worth as much protection as the voice that says it.
        if required && self.encryption_of(&plan) == MediaEncryption::None {
            return Err(
                "The sound of this call is not encrypted, and your settings demand that it is: no digits are sent.",
            );
        }
        let info_allowed =
            matches!(self.phase, Phase::Talking) && (!required || self.settings.capabilities.secure_signalling);
        match self.settings.digits {
            DigitWay::Auto if plan.events_send.is_some() => self.send_as_sound(digits, false),
            DigitWay::Auto if info_allowed => self.send_by_info(digits, false),
            DigitWay::Auto | DigitWay::InBand => self.send_as_sound(digits, true),
            DigitWay::Rtp if plan.events_send.is_some() => self.send_as_sound(digits, false),
            DigitWay::Rtp => {
                return Err("The other side does not take digits as RTP events, and your settings allow nothing else.");
            }
            DigitWay::Info if info_allowed => self.send_by_info(digits, true),
            DigitWay::Info => {
                return Err(
                    "Digits by INFO would not be protected as your settings demand, or the call is not connected.",
                );
            }
        }
        self.view.digits_sent = format!("{}{digits}", self.view.digits_sent).into();
        self.changed();
        Ok(())
    }

    fn send_as_sound(&mut self, digits: &str, in_band: bool) {
        self.send_media(media::Command::Dtmf { call: self.view.id, digits: digits.into(), in_band });
    }

    fn send_by_info(&mut self, digits: &str, always: bool) {
        self.send(sip::Command::Digits { call: self.view.id, digits: digits.into(), always });
    }

    /// The other side does not take them by INFO.
    pub(super) fn handle_digits_refused(&mut self, digits: &Arc<str>) {
        match self.settings.digits {
            DigitWay::Auto => self.send_as_sound(digits, true),
            DigitWay::Info | DigitWay::Rtp | DigitWay::InBand => {
                self.view.said = Some("The other side did not take the digits.".into());
                self.changed();
            }
        }
    }
}
