//! The user's own card: read in both forms, changed without touching what is not understood, read back to see what became
//! of it.
//!
//! ```text
//! read --(changed meanwhile: tell, write nothing)
//!   |
//! publish vCard4 -- read back --(the older form follows by itself, or says it already)--> done
//!                       |
//!                   set vcard-temp -- read back --(the vCard4 is as meant)--> done
//!                                        |
//!                            (the server made a vCard4 out of the older form and damaged it)
//!                                    publish vCard4 again -- read back --> done
//! ```
//!
//! The newer form goes first: a server that keeps one card and shows it in two forms (Prosody) then has both right with one
//! write, and keeps what its conversion from the older form would drop. A server that keeps two cards (ejabberd) gets both.
//! A form that cannot be read for a passing reason is never written: what is in it would be lost.

mod facts;
mod four;
mod temp;
#[cfg(test)]
mod tests;

use minidom::Element;

use self::facts::{compare, merged, missing};
use super::boundary::Event;
use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::{self, With, ns};
use super::vcard4;
use crate::model::{CardEdit, CardWritten, FormResult, Now, OwnCard, Reason};

/// About the own card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnCardEvent {
    /// It was read.
    Read(OwnCard),
    /// It could not be read, or changed: why. Nothing was written unless the text says so.
    Failed(Reason),
    /// An edit was not made, because somebody else changed the card meanwhile: as it is now.
    ChangedMeanwhile(OwnCard),
    /// An edit was made.
    Written(Box<CardWritten>),
    /// The server says that the card was changed, here or elsewhere.
    Notified,
}

/// A request about the own card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OwnStep {
    ReadTemp,
    ReadFour,
    WriteTemp,
    WriteFour,
}

/// One form as the server answered for it.
#[derive(Clone, Debug, PartialEq)]
enum Half {
    /// The card; `None`: there is none.
    Holds(Option<Element>),
    /// The server has no such cards.
    Unsupported(Reason),
    /// Not known.
    Unknown(Reason),
}

impl Half {
    fn card(&self) -> Option<&Element> {
        match self {
            Self::Holds(card) => card.as_ref(),
            Self::Unsupported(_) | Self::Unknown(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Both {
    temp: Half,
    four: Half,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Reading,
    PublishingFour,
    ReadingBack,
    SettingTemp,
    ReadingBackAfterTemp,
    RepairingFour,
    ReadingBackAtLast,
}

/// What is being done.
#[derive(Debug)]
struct Job {
    edit: Option<Box<CardEdit>>,
    stage: Stage,
    temp: Option<Half>,
    four: Option<Half>,
    /// As it was before.
    before: Option<Both>,
    /// What is meant, in both forms.
    meant: Option<(Element, Element)>,
    temp_refused: Option<Reason>,
    four_refused: Option<Reason>,
}

impl Job {
    fn new(edit: Option<Box<CardEdit>>) -> Self {
        Self {
            edit,
            stage: Stage::Reading,
            temp: None,
            four: None,
            before: None,
            meant: None,
            temp_refused: None,
            four_refused: None,
        }
    }
}

/// The own card.
#[derive(Debug, Default)]
pub(super) struct OwnCards {
    revision: u64,
    known: Option<Both>,
    job: Option<Job>,
    /// What comes after the job: one; when full, a reading is answered by the next one, and a change is refused.
    next: Option<Job>,
}

impl OwnCards {
    /// The card is being read or changed.
    pub(super) fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// Takes a reading in; the card as it is to be shown.
    fn learn(&mut self, both: Both) -> OwnCard {
        if self.known.as_ref() != Some(&both) {
            self.revision += 1;
        }
        let card = merged(both.temp.card(), both.four.card(), self.revision);
        self.known = Some(both);
        card
    }
}

impl SessionMachine {
    /// The user wants to see (`None`) or change the own card.
    pub(super) fn own_card_wanted(&mut self, edit: Option<Box<CardEdit>>, now: Now) {
        if self.link != Link::Online {
            return self.own_card_failed("offline", "Chat is not connected.");
        }
        if edit.is_some() && self.own_pictures.is_busy() {
            return self.own_card_failed("busy", "Your picture is being changed. Try again in a moment.");
        }
        let job = Job::new(edit);
        if self.own_card.job.is_none() {
            return self.begin_own_card(job, now);
        }
        match (&self.own_card.next, &job.edit) {
            (None, _) => self.own_card.next = Some(job),
            // The one that waits will say it.
            (Some(_), None) => {}
            (Some(_), Some(_)) => self.own_card_failed("busy", "Your card is being changed already."),
        }
    }

    fn own_card_failed(&mut self, code: &str, text: &str) {
        self.event(Event::OwnCard(OwnCardEvent::Failed(Reason::new(code, text))));
    }

    fn begin_own_card(&mut self, job: Job, now: Now) {
        self.own_card.job = Some(job);
        self.read_own_card(now);
    }

    fn read_own_card(&mut self, now: Now) {
        if let Some(job) = &mut self.own_card.job {
            job.temp = None;
            job.four = None;
        }
        // RFC 6120 section 8.1.1.1: without `to` the own account is asked.
        self.own_card_query("get", OwnStep::ReadTemp, Element::bare("vCard", ns::VCARD_TEMP), now);
        let items = Element::builder("items", ns::PUBSUB).with("node", ns::VCARD4_NODE).with("max_items", "1").build();
        let pubsub = Element::builder("pubsub", ns::PUBSUB).append(items).build();
        self.own_card_query("get", OwnStep::ReadFour, pubsub, now);
    }

    fn own_card_query(&mut self, kind: &'static str, step: OwnStep, payload: Element, now: Now) {
        if !self.request(kind, None, Purpose::Own(step), payload, now) {
            self.own_card_answer(step, None, now);
        }
    }

    /// XEP-0163 section 3: publishing to the own node; XEP-0292 section 3: the item is called `current`.
    fn publish_four(&mut self, stage: Stage, now: Now) {
        let Some(job) = &mut self.own_card.job else { return };
        let Some((_, card)) = job.meant.clone() else { return };
        job.stage = stage;
        let item = Element::builder("item", ns::PUBSUB).with("id", "current").append(card).build();
        let publish = Element::builder("publish", ns::PUBSUB).with("node", ns::VCARD4_NODE).append(item).build();
        let pubsub = Element::builder("pubsub", ns::PUBSUB).append(publish).build();
        self.own_card_query("set", OwnStep::WriteFour, pubsub, now);
    }

    fn set_temp(&mut self, now: Now) {
        let Some(job) = &mut self.own_card.job else { return };
        let Some((card, _)) = job.meant.clone() else { return };
        job.stage = Stage::SettingTemp;
        self.own_card_query("set", OwnStep::WriteTemp, card, now);
    }

    /// An answer came, or (`None`) will not come.
    pub(super) fn own_card_answer(&mut self, step: OwnStep, iq: Option<&Element>, now: Now) {
        let Some(job) = &mut self.own_card.job else { return };
        let refused = match iq {
            None => Some(Reason::new("timeout", "The server did not answer.")),
            Some(iq) if iq.attr("type") == Some("error") => Some(stanza::stanza_error(iq)),
            Some(_) => None,
        };
        match step {
            OwnStep::ReadTemp => {
                let card = iq.and_then(|iq| iq.get_child("vCard", ns::VCARD_TEMP));
                job.temp = Some(half(card.filter(|card| card.children().next().is_some()).cloned(), refused));
            }
            OwnStep::ReadFour => {
                job.four = Some(half(iq.and_then(vcard4::card).cloned(), refused));
            }
            OwnStep::WriteTemp => {
                job.temp_refused = refused;
                job.stage = Stage::ReadingBackAfterTemp;
                return self.read_own_card(now);
            }
            OwnStep::WriteFour => {
                job.four_refused = refused;
                job.stage =
                    if job.stage == Stage::RepairingFour { Stage::ReadingBackAtLast } else { Stage::ReadingBack };
                return self.read_own_card(now);
            }
        }
        if let (Some(temp), Some(four)) = (&job.temp, &job.four) {
            let both = Both { temp: temp.clone(), four: four.clone() };
            self.own_card_read(both, now);
        }
    }

    fn own_card_read(&mut self, both: Both, now: Now) {
        let Some(job) = &mut self.own_card.job else { return };
        if let (Half::Unknown(why), _) | (_, Half::Unknown(why)) = (&both.temp, &both.four) {
            let text = if job.stage == Stage::Reading {
                format!("Your card could not be read, so nothing was changed. {}", why.text)
            } else {
                format!("Your card was written, but could not be read back. {}", why.text)
            };
            let code = why.code.clone();
            return self.end_own_card(OwnCardEvent::Failed(Reason::new(&code, &text)), now);
        }
        match (job.stage, job.edit.clone()) {
            (Stage::Reading, None) => {
                let card = self.own_card.learn(both);
                self.end_own_card(OwnCardEvent::Read(card), now);
            }
            (Stage::Reading, Some(edit)) => self.begin_own_edit(both, &edit, now),
            (Stage::ReadingBack, Some(edit)) => {
                if self.older_form_follows(&both, &edit) {
                    self.finish_own_edit(both, &edit, now);
                } else {
                    self.set_temp(now);
                }
            }
            (Stage::ReadingBackAfterTemp, Some(edit)) => {
                let published = job.four_refused.is_none();
                if published && self.four_result(&both, &edit) != FormResult::AsMeant {
                    self.publish_four(Stage::RepairingFour, now);
                } else {
                    self.finish_own_edit(both, &edit, now);
                }
            }
            (Stage::ReadingBackAtLast, Some(edit)) => self.finish_own_edit(both, &edit, now),
            // A reading is told at once, and nothing is read while a write is on its way.
            (Stage::PublishingFour | Stage::SettingTemp | Stage::RepairingFour, _) | (_, None) => {}
        }
    }

    fn begin_own_edit(&mut self, both: Both, edit: &CardEdit, now: Now) {
        let card = self.own_card.learn(both.clone());
        if card.revision != edit.base {
            return self.end_own_card(OwnCardEvent::ChangedMeanwhile(card), now);
        }
        let own = self.own.as_str().to_owned();
        let meant = (temp::apply(both.temp.card(), edit), four::apply(both.four.card(), edit, &own));
        let (temp_refused, four_refused) = (unsupported(&both.temp), unsupported(&both.four));
        let without_four = four_refused.is_some();
        if let Some(job) = &mut self.own_card.job {
            job.meant = Some(meant);
            job.before = Some(both);
            job.temp_refused = temp_refused.clone();
            job.four_refused = four_refused.clone();
        }
        match (temp_refused, without_four) {
            (Some(why), true) => {
                let text = format!("Your server keeps no cards, so nothing was changed. {}", why.text);
                self.end_own_card(OwnCardEvent::Failed(Reason::new(&why.code, &text)), now);
            }
            (_, true) => self.set_temp(now),
            (_, false) => self.publish_four(Stage::PublishingFour, now),
        }
    }

    /// Whether the vcard-temp needs no write: it says what it should, the server has none, or it is the vCard4 in another
    /// form: it changed with it, so that writing it would only lose what the conversion drops.
    fn older_form_follows(&self, both: &Both, edit: &CardEdit) -> bool {
        let Some(job) = &self.own_card.job else { return true };
        if job.temp_refused.is_some() || self.temp_result(both, edit) == FormResult::AsMeant {
            return true;
        }
        job.four_refused.is_none() && job.before.as_ref().is_some_and(|before| before.temp != both.temp)
    }

    fn temp_result(&self, both: &Both, edit: &CardEdit) -> FormResult {
        let Some(job) = &self.own_card.job else { return FormResult::AsMeant };
        if let Some(why) = &job.temp_refused {
            return FormResult::Refused(why.clone());
        }
        let facts = both.temp.card().map(temp::facts).unwrap_or_default();
        let there: Vec<&Element> = both.temp.card().into_iter().flat_map(temp::others).collect();
        let lost = job.meant.as_ref().map_or(0, |(meant, _)| missing(temp::others(meant), &there));
        compare(edit, &facts, lost)
    }

    fn four_result(&self, both: &Both, edit: &CardEdit) -> FormResult {
        let Some(job) = &self.own_card.job else { return FormResult::AsMeant };
        if let Some(why) = &job.four_refused {
            return FormResult::Refused(why.clone());
        }
        let facts = both.four.card().map(four::facts).unwrap_or_default();
        let there: Vec<&Element> = both.four.card().into_iter().flat_map(four::others).collect();
        let lost = job.meant.as_ref().map_or(0, |(_, meant)| missing(four::others(meant), &there));
        compare(edit, &facts, lost)
    }

    fn finish_own_edit(&mut self, both: Both, edit: &CardEdit, now: Now) {
        let (temp, four) = (self.temp_result(&both, edit), self.four_result(&both, edit));
        let card = self.own_card.learn(both);
        if let (FormResult::Refused(why), FormResult::Refused(_)) = (&temp, &four) {
            let text = format!("The server did not take your card: {}", why.text);
            let code = why.code.clone();
            return self.end_own_card(OwnCardEvent::Failed(Reason::new(&code, &text)), now);
        }
        self.end_own_card(OwnCardEvent::Written(Box::new(CardWritten { card, temp, four })), now);
    }

    fn end_own_card(&mut self, event: OwnCardEvent, now: Now) {
        self.own_card.job = None;
        self.event(Event::OwnCard(event));
        if let Some(next) = self.own_card.next.take() {
            if self.link == Link::Online {
                self.begin_own_card(next, now);
            } else {
                self.own_card_failed("offline", "Chat is not connected.");
            }
        }
    }

    /// The stream is gone: what was on its way has an unknown end.
    pub(super) fn abort_own_card(&mut self) {
        let waiting = self.own_card.next.take();
        if let Some(job) = self.own_card.job.take() {
            let text = match (job.edit, job.stage) {
                (None, _) | (Some(_), Stage::Reading) => "The connection was lost. Nothing was changed.",
                (Some(_), _) => "The connection was lost while your card was being changed. Look at it again.",
            };
            self.own_card_failed("offline", text);
        }
        if waiting.is_some() {
            self.own_card_failed("offline", "Chat is not connected.");
        }
    }
}

fn unsupported(half: &Half) -> Option<Reason> {
    match half {
        Half::Unsupported(why) => Some(why.clone()),
        Half::Holds(_) | Half::Unknown(_) => None,
    }
}

/// What an answer says of one form.
fn half(card: Option<Element>, refused: Option<Reason>) -> Half {
    let Some(why) = refused else { return Half::Holds(card) };
    match &*why.code {
        "item-not-found" => Half::Holds(None),
        "service-unavailable" | "feature-not-implemented" | "forbidden" | "not-allowed" | "not-authorized" => {
            Half::Unsupported(why)
        }
        _ => Half::Unknown(why),
    }
}
