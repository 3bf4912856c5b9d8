//! Real-time text in a call (RFC 4103): when it is offered, what is typed, and why it does not flow.

use std::sync::Arc;
use std::time::Duration;

use super::machine::{Output, Phase, UserCall};
use crate::media;
use crate::model::{BootTime, CallText, MediaEncryption, Now, Via, Writer};
use crate::sdp::{Negotiated, TextPlan, TextWish};

/// Characters that are taken at once; a page that is pasted is cut by whoever shows the field.
pub const MOST_AT_ONCE: usize = 1_000;
/// Characters that the other side has not got yet, at most: what is typed is not far ahead of what is read.
const MOST_AHEAD: u64 = 5_000;

/// Why nothing was written, a sentence.
pub type NotWritten = &'static str;

/// What a call knows of its text beside what people see.
#[derive(Clone, Debug, Default)]
pub(super) struct TextDesk {
    /// Our own port for it.
    port: Option<u16>,
    /// A socket is being bound.
    opening: bool,
    /// The user wants it, and the other side was or will be asked.
    asked: bool,
    /// Typed before it flowed.
    waiting: String,
    /// Characters that are on their way by our reckoning, and when that was.
    ahead: (u64, BootTime),
}

impl UserCall {
    /// A socket for text, before those of the sound: an offer or an answer of ours may name it.
    pub(super) fn open_text(&mut self) {
        let wanted = match (&self.phase, self.settings.text) {
            (_, TextWish::Off) => false,
            (Phase::Offered { offer: Some(offer), .. }, TextWish::Answer | TextWish::Offer) => mentions_text(offer),
            (_, wish) => wish == TextWish::Offer,
        };
        if wanted {
            self.bind_text();
        }
    }

    fn bind_text(&mut self) {
        // Where our address is not told, text goes with the sound or not at all.
        if !self.text.opening && self.text.port.is_none() && !self.hides_address() {
            self.text.opening = true;
            let (call, address) = (self.view.id, self.settings.local_address);
            self.send_media(media::Command::OpenText { call, address });
        }
    }

    /// The socket for text is there, or there is none.
    pub(super) fn handle_text_opened(&mut self, port: Option<u16>, now: Now) {
        self.text.opening = false;
        self.text.port = port;
        if let Some(negotiation) = &mut self.negotiation {
            negotiation.set_text_port(port);
        }
        if self.text.asked && self.moving.is_none() {
            self.offer_text(now);
        }
    }

    /// The negotiation begins: what it is to do about text.
    pub(super) fn prepare_text(&mut self) {
        let (wish, port) = (self.settings.text, self.text.port);
        if let Some(negotiation) = &mut self.negotiation {
            negotiation.set_text(wish);
            negotiation.set_text_port(port);
        }
    }

    /// The user types: characters, `\n`, and U+0008 to take the last one back. Nothing at all only asks the other side for text.
    ///
    /// # Errors
    /// A sentence, where text cannot flow in this call.
    pub fn write_text(&mut self, text: &str, now: Now) -> Result<(), NotWritten> {
        if !matches!(self.phase, Phase::Talking) {
            return Err("Text can be written as soon as the call is answered.");
        }
        if self.view.via == Via::Jingle {
            return Err("A call over chat carries no text of its own: write a message, which arrives at once.");
        }
        if self.settings.text == TextWish::Off {
            return Err("Text in calls is off in your settings (real-time-text).");
        }
        let count = text.chars().count();
        if count > MOST_AT_ONCE {
            return Err("This is more text than can be written at once: at most 1,000 characters.");
        }
        let plan = self.plan.as_ref().and_then(|plan| plan.text.as_deref());
        let Some(rate) = plan.map(|plan| plan.characters_per_second) else {
            if self.text.waiting.chars().count() + count > MOST_AT_ONCE {
                return Err("The other side has not taken up text in this call yet: write no more until it has.");
            }
            self.text.waiting.push_str(text);
            self.ask_for_text(now);
            return Ok(());
        };
        self.go_ahead(count, rate, now)?;
        self.type_out(text, now);
        Ok(())
    }

    /// What is typed must not run far ahead of what the other side takes (RFC 4103 section 6).
    fn go_ahead(&mut self, count: usize, rate: u32, now: Now) -> Result<(), NotWritten> {
        let (ahead, then) = self.text.ahead;
        let passed = now.boot.saturating_since(then);
        let ahead = ahead.saturating_sub(passed.as_secs().saturating_mul(rate.into()));
        // What is left of the last second counts with the next one.
        let then = then + Duration::from_secs(passed.as_secs());
        if ahead + count as u64 > MOST_AHEAD {
            return Err("You are far ahead of what the other side takes: wait a moment.");
        }
        self.text.ahead = (ahead + count as u64, then);
        Ok(())
    }

    fn type_out(&mut self, text: &str, now: Now) {
        if !text.is_empty() {
            self.send_media(media::Command::Text { call: self.view.id, text: text.into() });
            self.note_text(Writer::Me, text, now);
        }
    }

    /// The other side types.
    pub(super) fn handle_text(&mut self, text: &str, now: Now) {
        self.note_text(Writer::Peer, text, now);
    }

    fn note_text(&mut self, from: Writer, text: &str, now: Now) {
        Arc::make_mut(self.view.text.get_or_insert_default()).write(from, text, now.wall);
        if !self.outputs.contains(&Output::Written) {
            self.outputs.push_back(Output::Written);
        }
    }

    fn ask_for_text(&mut self, now: Now) {
        if !std::mem::replace(&mut self.text.asked, true) {
            self.show_text(|text| text.reason = None);
            self.bind_text();
            if !self.text.opening {
                self.offer_text(now);
            }
        }
    }

    fn offer_text(&mut self, now: Now) {
        if let Some(negotiation) = &mut self.negotiation {
            negotiation.set_text(TextWish::Offer);
        }
        self.tell_soon(now);
    }

    /// What was agreed on says whether text flows.
    pub(super) fn follow_text(&mut self, plan: &Negotiated, now: Now) {
        match plan.text.as_deref() {
            Some(text) => {
                let encryption = self.encryption_of_text(plan, text);
                if self.view.text.as_ref().is_none_or(|shown| !shown.on || shown.encryption != encryption) {
                    self.show_text(|shown| (shown.on, shown.encryption, shown.reason) = (true, encryption, None));
                }
                self.text.asked = false;
                let waiting = std::mem::take(&mut self.text.waiting);
                self.type_out(&waiting, now);
            }
            None => {
                let was_on = self.view.text.as_ref().is_some_and(|text| text.on);
                let asked = self.negotiation.as_ref().is_some_and(|negotiation| !negotiation.has_text());
                if self.text.asked && asked {
                    self.no_text("The other side takes no text in calls. What you wrote was not sent.");
                } else if was_on {
                    self.no_text("The other side has ended the text of this call.");
                }
            }
        }
    }

    /// A change of ours was refused: if it was about text, there is none.
    pub(super) fn handle_text_refused(&mut self) {
        let on = self.plan.as_ref().is_some_and(|plan| plan.text.is_some());
        if let Some(negotiation) = self.negotiation.as_mut().filter(|_| self.text.asked && !on) {
            negotiation.withdraw_text();
            self.no_text("The other side takes no text in calls. What you wrote was not sent.");
        }
    }

    fn no_text(&mut self, why: &str) {
        (self.text.asked, self.text.waiting) = (false, String::new());
        if let Some(negotiation) = &mut self.negotiation {
            negotiation.set_text(self.settings.text);
        }
        self.show_text(|text| (text.on, text.reason) = (false, Some(why.into())));
    }

    fn show_text(&mut self, change: impl FnOnce(&mut CallText)) {
        change(Arc::make_mut(self.view.text.get_or_insert_default()));
        self.changed();
    }

    fn encryption_of_text(&self, plan: &Negotiated, text: &TextPlan) -> MediaEncryption {
        match (&text.srtp, text.bundled) {
            (Some(_), false) => MediaEncryption::Sdes,
            (None, false) => MediaEncryption::None,
            (_, true) => self.encryption_of(plan),
        }
    }

    /// The call is over.
    pub(super) fn close_text(&mut self) {
        (self.text.asked, self.text.waiting) = (false, String::new());
        if let Some(text) = &mut self.view.text {
            Arc::make_mut(text).close();
        }
    }
}

fn mentions_text(offer: &str) -> bool {
    offer.lines().any(|line| line.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("m=text ")))
}
