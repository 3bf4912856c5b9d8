//! The user's own card and temporary addresses, as the window and the control interface see them and ask about them.

use std::sync::Arc;

use super::PictureFrom;
use crate::model::{AccountId, Avatar, CardPhone, Jid, OwnCard, ReachAddress};

/// The own card of a chat account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MyCard {
    /// The chat account.
    pub account: AccountId,
    /// Its address.
    pub address: Jid,
    /// The card, once it was read.
    pub card: Option<OwnCard>,
    /// What is being done with it.
    pub busy: Option<CardWork>,
    /// Why the last thing did not work: a sentence.
    pub problem: Option<Arc<str>>,
    /// What the server made of the last change, a sentence each.
    pub notes: Vec<Arc<str>>,
    /// The voice account's address, where the card does not list it.
    pub missing: Option<Arc<str>>,
    /// The last test whether the card leads to the user.
    pub test: Option<CardTest>,
    /// Where the user says to be for now.
    pub reach: Vec<ReachAddress>,
    /// The user's picture, as the account has it.
    pub picture: Option<Avatar>,
    /// The picture is being changed.
    pub picture_busy: bool,
}

/// What is being done with a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardWork {
    /// It is being read.
    Reading,
    /// It is being changed.
    Writing,
    /// It is being tested.
    Testing,
}

/// Whether the own card leads to the user (S-04, S-05).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardTest {
    /// What was looked at, in order.
    pub steps: Vec<CardStep>,
    /// Whether a call from the card arrives here; `None`: not decided (yet).
    pub ok: Option<bool>,
    /// The result in a sentence.
    pub text: Arc<str>,
    /// The address that the card should list, where one button can add it.
    pub publish: Option<Arc<str>>,
    /// How long the request took that came back, milliseconds.
    pub took_ms: Option<u64>,
    /// Requests that were sent.
    pub requests: u32,
}

/// One thing that a test looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardStep {
    /// A sentence.
    pub text: Arc<str>,
    /// Whether that is as it should be; `None`: going on, or neither.
    pub ok: Option<bool>,
}

/// What may be asked about the own card. Without an account it is the first chat account's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CardRequest {
    /// Read it from the server.
    Read,
    /// Change it.
    Change(CardChange),
    /// Test whether it leads to the user.
    Test,
    /// Add the voice account's address to it.
    Publish,
    /// Where the user says to be for now.
    Reach,
    /// Say where the user can be reached for now, in order of preference; nothing: nowhere else any more.
    SetReach(Vec<ReachAddress>),
    /// Publish this picture of the user.
    SetPicture(PictureFrom),
    /// There is to be no picture of the user any more.
    RemovePicture,
}

/// A change of the own card. What is `None` stays as it is; an empty text takes away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CardChange {
    /// The revision of the card that the user saw; `None`: whatever there is now.
    pub base: Option<u64>,
    /// The formatted name.
    pub full_name: Option<Arc<str>>,
    /// The nickname.
    pub nickname: Option<Arc<str>>,
    /// The organisation.
    pub organisation: Option<Arc<str>>,
    /// All telephone entries in their order.
    pub phones: Option<Vec<CardPhone>>,
}
