//! The window, driven without a window system: every screen from a literal snapshot, every click to its request.

#![allow(clippy::unwrap_used, reason = "literals of a test")]

#[path = "gui/answering.rs"]
mod answering;
#[path = "gui/arrange.rs"]
mod arrange;
#[path = "gui/call_pictures.rs"]
mod call_pictures;
#[path = "gui/call_text.rs"]
mod call_text;
#[path = "gui/card.rs"]
mod card;
#[path = "gui/clicks.rs"]
mod clicks;
#[path = "gui/conference.rs"]
mod conference;
#[path = "gui/contacts.rs"]
mod contacts;
#[path = "gui/export.rs"]
mod export;
#[path = "gui/files.rs"]
mod files;
#[path = "gui/history.rs"]
mod history;
#[path = "gui/identity.rs"]
mod identity;
#[path = "gui/inline_pictures.rs"]
mod inline_pictures;
#[path = "gui/jingle.rs"]
mod jingle;
#[path = "gui/list.rs"]
mod list;
#[path = "gui/login.rs"]
mod login;
#[path = "gui/long_talk.rs"]
mod long_talk;
#[path = "gui/meeting.rs"]
mod meeting;
#[path = "gui/notes.rs"]
mod notes;
#[path = "gui/numbers.rs"]
mod numbers;
#[path = "gui/own.rs"]
mod own;
#[path = "gui/own_accounts.rs"]
mod own_accounts;
#[path = "gui/person_calls.rs"]
mod person_calls;
#[path = "gui/picture_states.rs"]
mod picture_states;
#[path = "gui/pictures.rs"]
mod pictures;
#[path = "gui/rooms.rs"]
mod rooms;
#[path = "gui/same_person.rs"]
mod same_person;
#[path = "gui/screens.rs"]
mod screens;
#[path = "gui/security.rs"]
mod security;
#[path = "gui/settings.rs"]
mod settings;
#[path = "gui/sound.rs"]
mod sound;
#[path = "gui/talk.rs"]
mod talk;
#[path = "gui/talk_pictures.rs"]
mod talk_pictures;
#[path = "gui/telephone.rs"]
mod telephone;
#[path = "gui/transfer.rs"]
mod transfer;
#[path = "gui/tray.rs"]
mod tray;
#[path = "gui/voice_notes.rs"]
mod voice_notes;
#[path = "gui/words.rs"]
mod words;
#[path = "gui/world.rs"]
mod world;
