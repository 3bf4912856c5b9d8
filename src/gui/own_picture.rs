//! The user's own picture: chosen, dropped or pasted, shown, taken away.

use std::path::PathBuf;
use std::sync::Arc;

use iced::widget::image;

use super::app::{App, Effect, Purpose};
use super::text;
use super::update::ask_for;
use super::widget::picture;
use crate::account::{CardRequest, PictureFrom, Request};
use crate::model::AccountId;
use crate::platform::{Clip, NoChooser, path_of_uri};

/// The longest path that the field takes, in bytes.
const LONGEST_PATH: usize = 4096;

/// What happened to it.
#[derive(Clone, Debug)]
pub enum Message {
    /// Let the user choose a file for this account.
    Choose(AccountId),
    /// The user chose, or there is no dialog for it.
    Chosen(AccountId, Result<Vec<PathBuf>, NoChooser>),
    /// The path was typed.
    Typed(String),
    /// Take the file whose path was typed.
    Use,
    /// Take what is on the clipboard.
    Paste(AccountId),
    /// This is on the clipboard.
    Pasted(AccountId, Clip),
    /// There is to be none any more.
    Remove(AccountId),
}

/// What only the desktop can do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Let the user choose a file.
    Choose(AccountId),
    /// Read the clipboard.
    Paste(AccountId),
}

impl App {
    pub(super) fn update_own_picture(&mut self, message: Message) -> Vec<Effect> {
        let change = |account, request| ask_for(Request::Card(Some(account), request), Purpose::Card(None));
        let take = |account, path| change(account, CardRequest::SetPicture(PictureFrom::File(path)));
        match message {
            Message::Choose(account) => vec![Effect::Picture(Wanted::Choose(account))],
            Message::Chosen(account, Ok(paths)) => {
                paths.into_iter().next().map(|path| take(account, path)).unwrap_or_default()
            }
            Message::Chosen(account, Err(NoChooser)) => {
                self.card.picture_path = Some((account, String::new()));
                vec![Effect::Focus(FIELD)]
            }
            Message::Typed(typed) => {
                if let Some((_, path)) = self.card.picture_path.as_mut().filter(|_| typed.len() <= LONGEST_PATH) {
                    *path = typed;
                }
                Vec::new()
            }
            Message::Use => {
                let Some((account, typed)) = self.card.picture_path.take() else { return Vec::new() };
                let path = typed.trim();
                if path.is_empty() {
                    return Vec::new();
                }
                take(account, path_of_uri(path).unwrap_or_else(|| path.into()))
            }
            Message::Paste(account) => vec![Effect::Picture(Wanted::Paste(account))],
            Message::Pasted(account, clip) => match clip {
                Clip::Files(paths) => paths.into_iter().next().map(|path| take(account, path)).unwrap_or_default(),
                Clip::Picture(picture) => {
                    change(account, CardRequest::SetPicture(PictureFrom::Bytes(picture.png.into())))
                }
                Clip::Text(_) | Clip::Nothing | Clip::Unknown => self.say(text::card::NO_PICTURE_THERE.into()),
            },
            Message::Remove(account) => change(account, CardRequest::RemovePicture),
        }
    }

    /// A file was dropped while the settings are shown: it is to be the picture of the first account.
    pub(super) fn picture_dropped(&mut self, path: String) -> Vec<Effect> {
        let Some(card) = self.snapshot.cards.first().filter(|_| self.snapshot.reachable.chat) else {
            return Vec::new();
        };
        let request = CardRequest::SetPicture(PictureFrom::File(path.into()));
        ask_for(Request::Card(Some(card.account.clone()), request), Purpose::Card(None))
    }

    /// The own pictures in the snapshot become drawable.
    pub(super) fn learn_own_pictures(&mut self) {
        for card in self.snapshot.cards.iter() {
            if let Some(avatar) = &card.picture
                && !self.pictures.contains_key(&avatar.hash)
                && let Some(handle) = picture(avatar.size, &avatar.rgba)
            {
                self.pictures.insert(avatar.hash.clone(), handle);
            }
        }
    }

    /// The picture of the first account that has one, and who the user is: address and name, for the letters in its place.
    pub(super) fn own_face(&self) -> Option<(Option<image::Handle>, String, String)> {
        let address = self.snapshot.accounts.iter().find(|account| account.service == crate::model::Service::Chat)?;
        let cards = &self.snapshot.cards;
        let handle = cards.iter().find_map(|card| self.picture(card.picture.as_ref()));
        let known = cards.iter().find_map(|card| card.card.as_ref());
        let name: Option<Arc<str>> = known.and_then(|card| card.full_name.clone().or_else(|| card.nickname.clone()));
        let key = address.address.to_string();
        Some((handle, name.map_or_else(|| key.clone(), |name| name.to_string()), key))
    }
}

/// The field in which a path is typed.
pub const FIELD: &str = "picture-path";
