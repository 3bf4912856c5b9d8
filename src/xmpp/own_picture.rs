//! The user's own picture: published for who is told of it (XEP-0084), and, where the server does not make the older form of
//! it by itself (XEP-0398), kept in the vcard-temp and announced in presence too (XEP-0153).
//!
//! ```text
//! data -- metadata --(the server makes the older form)--> done
//!              |
//!          read the vcard-temp -- set it with the picture in it --> done
//! ```
//!
//! A form that cannot be read is never written: what is in it would be lost.

use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use minidom::Element;

use super::boundary::Event;
use super::iq::Purpose;
use super::people::{PeopleEvent, PeopleStep, announced_picture, read_picture};
use super::session::{Link, SessionMachine};
use super::stanza::{self, With, ns};
use super::vcard_temp;
use crate::model::{Now, OwnPicture, Reason};

/// What the user wants of their own picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnPictureCommand {
    /// Publish this one. Comes back as [`OwnPictureEvent::Done`] with the number.
    Set(u64, Arc<OwnPicture>),
    /// There is to be none any more. Comes back in the same way.
    Remove(u64),
}

/// What is known of the own picture.
#[derive(Clone, PartialEq, Eq)]
pub enum OwnPictureEvent {
    /// The account has this picture, set here or elsewhere; `None`: none.
    Is(Option<Arc<[u8]>>),
    /// A change is over: made (with a reason: but not in the form that older programs look at), or not.
    Done(u64, Result<Option<Reason>, Reason>),
}

impl std::fmt::Debug for OwnPictureEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Is(picture) => f.debug_tuple("Is").field(&picture.as_ref().map(|picture| picture.len())).finish(),
            Self::Done(number, how) => f.debug_tuple("Done").field(number).field(how).finish(),
        }
    }
}

/// A request about the own picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PictureStep {
    /// What is announced.
    Look,
    /// The announced picture, by its hash.
    Fetch(Arc<str>),
    /// What the vcard-temp holds, to be announced in presence.
    LookAtCard,
    /// The picture itself is published.
    Data,
    /// It is announced, or that there is none.
    Metadata,
    /// The vcard-temp is read to be changed.
    ReadCard,
    /// The vcard-temp is set.
    WriteCard,
}

#[derive(Debug)]
struct Job {
    number: u64,
    /// `None`: there is to be none.
    picture: Option<Arc<OwnPicture>>,
    /// Why the personal node did not take it.
    refused: Option<Reason>,
}

/// What is known and what is being done.
#[derive(Debug, Default)]
pub(super) struct OwnPictures {
    /// The server makes the older form by itself; absent: not known.
    converts: Option<bool>,
    /// The hash of the announced picture; absent: not known.
    known: Option<Option<Arc<str>>>,
    /// The hash of the picture in the vcard-temp, where nobody but us announces it; absent: not known.
    card: Option<Option<Arc<str>>>,
    job: Option<Job>,
}

impl OwnPictures {
    /// The vcard-temp is being changed, and may not be by somebody else.
    pub(super) fn is_busy(&self) -> bool {
        self.job.is_some()
    }

    /// A new stream, perhaps to another server: what was announced is asked anew.
    pub(super) fn clear(&mut self) {
        let known = self.known.take();
        *self = Self { known, ..Self::default() };
    }
}

impl SessionMachine {
    pub(super) fn own_picture_command(&mut self, command: OwnPictureCommand, now: Now) {
        let (number, picture) = match command {
            OwnPictureCommand::Set(number, picture) => (number, Some(picture)),
            OwnPictureCommand::Remove(number) => (number, None),
        };
        if self.link != Link::Online {
            return self.picture_done(number, Err(Reason::new("offline", "Chat is not connected.")));
        }
        if self.own_pictures.is_busy() || self.own_card.is_busy() {
            let why = Reason::new("busy", "Your card or picture is being changed already. Try again in a moment.");
            return self.picture_done(number, Err(why));
        }
        let first = match &picture {
            Some(picture) => {
                // XEP-0084 section 4.1: the item is called by the hash of its bytes.
                let data = Element::builder("data", ns::AVATAR_DATA).append(BASE64_STANDARD.encode(&picture.png));
                (PictureStep::Data, published(ns::AVATAR_DATA, &picture.hash, data.build()))
            }
            None => (PictureStep::Metadata, metadata(None)),
        };
        self.own_pictures.job = Some(Job { number, picture, refused: None });
        self.ask_picture("set", first.0, first.1, now);
    }

    /// What the account's server can do is known; what is announced is asked.
    pub(super) fn own_picture_begins(&mut self, converts: bool, now: Now) {
        self.own_pictures.converts = Some(converts);
        self.look_at_own_picture(now);
        // XEP-0153 section 4.1: what the card holds is known before anything is said of it.
        if !converts {
            self.ask_picture("get", PictureStep::LookAtCard, Element::bare("vCard", ns::VCARD_TEMP), now);
        }
    }

    /// A stream goes on: only what an earlier run knew is asked.
    pub(super) fn own_picture_goes_on(&mut self, now: Now) {
        if self.own_pictures.known.is_none() {
            self.look_at_own_picture(now);
        }
    }

    fn look_at_own_picture(&mut self, now: Now) {
        let items = Element::builder("items", ns::PUBSUB).with("node", ns::AVATAR).with("max_items", "1").build();
        let pubsub = Element::builder("pubsub", ns::PUBSUB).append(items).build();
        self.ask_picture("get", PictureStep::Look, pubsub, now);
    }

    fn ask_picture(&mut self, kind: &'static str, step: PictureStep, payload: Element, now: Now) {
        let purpose = Purpose::People(PeopleStep::Own(step.clone()));
        if !self.request(kind, None, purpose, payload, now) {
            self.own_picture_answered(step, None, now);
        }
    }

    /// The own node says what is announced, after a change here or on another device.
    pub(super) fn own_picture_told(&mut self, hash: Option<Arc<str>>, now: Now) {
        if self.own_pictures.job.is_some() || self.own_pictures.known.as_ref() == Some(&hash) {
            return;
        }
        self.own_pictures.known = Some(hash.clone());
        match hash {
            Some(hash) => {
                let item = Element::builder("item", ns::PUBSUB).with("id", &hash).build();
                let items = Element::builder("items", ns::PUBSUB).with("node", ns::AVATAR_DATA).append(item).build();
                let pubsub = Element::builder("pubsub", ns::PUBSUB).append(items).build();
                self.ask_picture("get", PictureStep::Fetch(hash), pubsub, now);
            }
            None => self.picture_is(None),
        }
    }

    fn picture_is(&mut self, picture: Option<Arc<[u8]>>) {
        self.event(Event::People(PeopleEvent::OwnPicture(OwnPictureEvent::Is(picture))));
    }

    fn picture_done(&mut self, number: u64, how: Result<Option<Reason>, Reason>) {
        self.event(Event::People(PeopleEvent::OwnPicture(OwnPictureEvent::Done(number, how))));
    }

    /// An answer, or none in time.
    pub(super) fn own_picture_answered(&mut self, step: PictureStep, answer: Option<&Element>, now: Now) {
        let ok = answer.filter(|iq| iq.attr("type") == Some("result"));
        match step {
            PictureStep::Look if answer.is_some() => {
                let announced = ok.and_then(|iq| {
                    let items = iq.get_child("pubsub", ns::PUBSUB)?.get_child("items", ns::PUBSUB)?;
                    let item = items.children().filter(|item| item.is("item", ns::PUBSUB)).last()?;
                    announced_picture(item.get_child("metadata", ns::AVATAR)?)
                });
                self.own_picture_told(announced, now);
            }
            PictureStep::Look => {}
            PictureStep::Fetch(hash) => match ok.and_then(|iq| read_picture(iq, &hash)) {
                Some(picture) => self.picture_is(Some(picture)),
                // It may be there at the next sign-in.
                None => self.own_pictures.known = None,
            },
            PictureStep::LookAtCard => self.card_looked_at(answer),
            PictureStep::Data => match refusal(answer) {
                None => {
                    let picture = self.own_pictures.job.as_ref().and_then(|job| job.picture.clone());
                    self.ask_picture("set", PictureStep::Metadata, metadata(picture.as_deref()), now);
                }
                refused => self.node_answered(refused, now),
            },
            PictureStep::Metadata => self.node_answered(refusal(answer), now),
            PictureStep::ReadCard => self.card_read_for_picture(answer, now),
            PictureStep::WriteCard => self.card_written_for_picture(refusal(answer)),
        }
    }

    fn card_looked_at(&mut self, answer: Option<&Element>) {
        let Some(iq) = answer else { return };
        let form = Some(iq).filter(|iq| iq.attr("type") == Some("result")).and_then(vcard_temp::read);
        let (photo, hash) = form.map_or((None, None), |form| (form.photo, form.photo_hash));
        if self.own_pictures.known.as_ref().is_none_or(Option::is_none) && photo.is_some() {
            // No personal node, or nothing in it: the card's picture is the account's.
            self.picture_is(photo);
        }
        let news = self.own_pictures.card.replace(hash.clone()) != Some(hash);
        if news && !self.presence_owed {
            self.send_own_presence();
        }
    }

    fn node_answered(&mut self, refused: Option<Reason>, now: Now) {
        let converts = self.own_pictures.converts == Some(true);
        let Some(job) = &mut self.own_pictures.job else { return };
        job.refused.clone_from(&refused);
        let lost = refused.as_ref().is_some_and(|why| &*why.code == "timeout");
        if converts || lost {
            return self.end_picture(refused.map_or(Ok(None), Err));
        }
        self.ask_picture("get", PictureStep::ReadCard, Element::bare("vCard", ns::VCARD_TEMP), now);
    }

    fn card_read_for_picture(&mut self, answer: Option<&Element>, now: Now) {
        let Some(job) = &self.own_pictures.job else { return };
        let card = match (answer, refusal(answer)) {
            (Some(iq), None) => iq.get_child("vCard", ns::VCARD_TEMP).cloned(),
            (_, Some(why)) if &*why.code == "item-not-found" => None,
            (_, why) => return self.card_written_for_picture(why),
        };
        let card = with_photo(card, job.picture.as_deref());
        self.ask_picture("set", PictureStep::WriteCard, card, now);
    }

    fn card_written_for_picture(&mut self, refused: Option<Reason>) {
        let Some(job) = &self.own_pictures.job else { return };
        let how = match (job.refused.clone(), refused) {
            (Some(why), Some(_)) => Err(why),
            // Who has no personal nodes announces it in presence alone.
            (_, None) => Ok(None),
            (None, Some(older)) => Ok(Some(older)),
        };
        if !matches!(how, Ok(None)) {
            return self.end_picture(how);
        }
        let hash = job.picture.as_ref().map(|picture| picture.hash.clone());
        self.own_pictures.card = Some(hash);
        self.end_picture(how);
    }

    fn end_picture(&mut self, how: Result<Option<Reason>, Reason>) {
        let Some(job) = self.own_pictures.job.take() else { return };
        if how.is_ok() {
            self.own_pictures.known = Some(job.picture.as_ref().map(|picture| picture.hash.clone()));
            self.picture_is(job.picture.map(|picture| picture.png.clone()));
            // The hash goes with the next presence: ours says it, or the server that converts puts it in (XEP-0398 section 3).
            if self.link == Link::Online && !self.presence_owed {
                self.send_own_presence();
            }
        } else {
            // Half of it may have been done.
            self.own_pictures.known = None;
        }
        self.picture_done(job.number, how);
    }

    /// What stands in our presence beside where we are: since when nobody is at it (XEP-0319), and which picture we have where
    /// the server does not say it for us (XEP-0153 section 3.2).
    pub(super) fn dress_presence(&self, stanza: &mut Element) {
        if let Some(since) = self.own_idle {
            stanza.append_child(Element::builder("idle", ns::IDLE).with("since", &since.to_rfc3339()).build());
        }
        if self.own_pictures.converts == Some(true) {
            return;
        }
        if let Some(hash) = &self.own_pictures.card {
            let photo = Element::builder("photo", ns::VCARD_UPDATE).append(hash.as_deref().unwrap_or_default());
            stanza.append_child(Element::builder("x", ns::VCARD_UPDATE).append(photo.build()).build());
        }
    }
}

/// Why something was refused; `None`: it was not.
fn refusal(answer: Option<&Element>) -> Option<Reason> {
    match answer {
        None => Some(Reason::new("timeout", "The server did not answer.")),
        Some(iq) if iq.attr("type") == Some("error") => Some(stanza::stanza_error(iq)),
        Some(_) => None,
    }
}

/// XEP-0163 section 3: publishing to the own node.
fn published(node: &str, id: &str, payload: Element) -> Element {
    let item = Element::builder("item", ns::PUBSUB).with("id", id).append(payload).build();
    let publish = Element::builder("publish", ns::PUBSUB).with("node", node).append(item).build();
    Element::builder("pubsub", ns::PUBSUB).append(publish).build()
}

/// XEP-0084 section 4.2: what is announced of the picture; section 4.3: nothing where there is none.
fn metadata(picture: Option<&OwnPicture>) -> Element {
    let mut metadata = Element::builder("metadata", ns::AVATAR);
    let Some(picture) = picture else { return published(ns::AVATAR, "current", metadata.build()) };
    let info = Element::builder("info", ns::AVATAR)
        .with("bytes", &picture.png.len().to_string())
        .with("height", &picture.edge.to_string())
        .with("id", &picture.hash)
        .with("type", "image/png")
        .with("width", &picture.edge.to_string());
    metadata = metadata.append(info.build());
    published(ns::AVATAR, &picture.hash, metadata.build())
}

/// The card with this picture and no other, and everything else as it is.
fn with_photo(card: Option<Element>, picture: Option<&OwnPicture>) -> Element {
    let mut card = card.unwrap_or_else(|| Element::bare("vCard", ns::VCARD_TEMP));
    while card.remove_child("PHOTO", ns::VCARD_TEMP).is_some() {}
    if let Some(picture) = picture {
        let photo = Element::builder("PHOTO", ns::VCARD_TEMP)
            .with_text_child("TYPE", ns::VCARD_TEMP, "image/png")
            .with_text_child("BINVAL", ns::VCARD_TEMP, &BASE64_STANDARD.encode(&picture.png));
        card.append_child(photo.build());
    }
    card
}
