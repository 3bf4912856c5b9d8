//! The core account manager: one pure machine that turns inputs into effects, and the shell that runs them.
//!
//! The window and the control interface see only what is re-exported here: a [`Handle`] to ask with,
//! a [`Snapshot`] to show, and [`Notice`]s for sounds and toasts.

mod accounts_request;
mod address_book;
mod at_home;
mod calls;
mod card;
mod card_words;
mod connection_policy;
mod contact_request;
mod conversations;
mod decoding;
mod demands;
mod diagnosis;
mod dialling;
mod effect;
mod export;
mod files;
mod handle;
pub mod io;
mod jingle_words;
mod manager;
mod meeting_request;
mod meeting_view;
mod meeting_words;
mod meetings;
mod notes;
mod on_accounts;
mod on_archive;
mod on_blocked;
mod on_book;
mod on_card;
mod on_card_test;
mod on_chat;
mod on_conference;
mod on_config;
mod on_connected;
mod on_connection;
mod on_contacts;
mod on_defect;
mod on_devices;
mod on_diagnose;
mod on_digits;
mod on_discovery;
mod on_events;
mod on_export;
mod on_face;
mod on_feature;
mod on_file;
mod on_forwarding;
mod on_health;
mod on_history;
mod on_host;
mod on_incoming;
mod on_invited;
mod on_jingle;
mod on_lamps;
mod on_link;
mod on_meeting;
mod on_meeting_request;
mod on_moderate;
mod on_network;
mod on_note;
mod on_numbers;
mod on_own_calls;
mod on_paths;
mod on_people;
mod on_picture;
mod on_reach;
mod on_recording;
mod on_request;
mod on_ringtone;
mod on_room;
mod on_room_request;
mod on_security;
mod on_server_settings;
mod on_sip_message;
mod on_store;
mod on_talk;
mod on_transfer;
mod on_voice;
mod on_voicemail;
mod on_vouched;
mod people;
mod pictures;
mod place;
mod place_chat;
mod publish;
mod questions;
mod raising;
mod remember;
mod request;
mod room_request;
mod room_words;
mod rooms;
mod same_person;
mod set_up;
mod setup_test;
mod snapshot;
mod spending;
mod start;
mod talk;
mod typing;

pub use crate::cusax::FeatureOrigin;
pub use crate::cusax::OtherProgram;
pub use crate::cusax::Screening;
pub use crate::phone::Step;
pub use crate::store::MessageSearch;
pub use crate::xmpp::room::{key as occupant_key, names as names_nick};
pub use accounts_request::{
    AccountsChange, AccountsEffect, AccountsRequest, NewAccount, OtherAccountView, OtherEvent, OtherFound, OtherView,
    OthersReply, TakeOver,
};
pub use address_book::{BookEvent, BookFile, BookReply, BookRequest, BookState};
pub use card::{CardChange, CardRequest, CardStep, CardTest, CardWork, MyCard};
pub use contact_request::{AddContact, BlockedView, ContactRequest};
pub use diagnosis::{Answered, Diagnosis, Names, Redactor, Trace, Traces};
pub use dialling::{Callable, Dialling};
pub use effect::{Certificates, Effect, Input, SecretRef, Ticket};
pub use export::{ExportFormat, ExportPart, ExportRequest, ExportWritten, message_json};
pub use files::{FileEffect, FileEvent, FileProblem, FileRequest};
pub use handle::{Handle, NOTICES, Notices, REQUESTS, RequestSender};
pub use manager::{Manager, Start};
pub use meeting_request::{MeetingOf, MeetingRequest, MeetingSide, Moderation};
pub use notes::NoteRequest;
pub use on_conference::ConferenceRequest;
pub use on_config::{Administrator, Reconfigured, Settings, set_by};
pub use on_devices::{DevicePlan, DevicesRequest};
pub use on_discovery::{Change, ProvisionReport, Purpose, Search, Searched, changes, mistakes, refusal};
pub use on_events::EventsRequest;
pub use on_feature::{FeatureException, FeatureView};
pub use on_forwarding::AnsweringView;
pub use on_history::HistoryFilter;
pub use on_numbers::explain_number;
pub use on_people::InviteLink;
pub use on_recording::RecordRequest;
pub use on_ringtone::{RingtoneScope, Ringtones};
pub use pictures::{Fetch, PictureEffect, PictureEvent, PictureReply, PictureRequest};
pub use remember::{Remember, Remembered};
pub use request::{
    CallTo, Notice, NoticeBody, NumbersRequest, Quote, RaiseReport, Refusal, RefusalKind, Reply, Request, SetUp,
    TransferRequest,
};
pub use room_request::{EnterRoom, FilledField, RoomReply, RoomRequest};
pub use rooms::room_fact;
pub use same_person::SamePersons;
pub use set_up::{FoundAccounts, FoundDocument};
pub use setup_test::{SetupFinding, SetupTest, SetupTestRequest};
pub use snapshot::{
    Candidate, Conversation, KeptChoice, NumbersView, Phase, Reachable, Relation, RelationOrigin, SetUpState,
    SetUpStep, Snapshot,
};
pub use talk::TalkRequest;
