//! Plain values that cross boundaries. No machine, no IO, no policy; `Debug` never shows who a person is.

mod aftermath;
mod archive;
mod book;
mod call;
mod call_text;
mod card;
mod chat;
mod condition;
mod conference;
mod contact;
mod contact_link;
mod correspondent;
mod delay;
mod device;
mod events;
mod external;
mod file;
mod floor;
mod form;
mod health;
mod jid;
mod joining;
mod language;
mod link;
mod meeting;
#[cfg(test)]
#[path = "mutation_tests.rs"]
pub mod mutation;
mod now;
mod number;
mod picture;
mod price;
mod protection;
mod question;
mod recording;
mod report;
mod ringtone;
mod room;
mod security;
mod server_settings;
mod service;
mod shared_call;
mod sip_uri;
mod styled;
mod transfer;
mod voice_note;
mod web;
mod xmpp_link;

pub use aftermath::{Reaction, Reply, Version};
pub use archive::{ArchiveKeeps, ArchivePreferences};
pub use book::{BookEntry, BookId, BookNumber, BookOrigin, CardFormat, ImportReport, Statement};
pub use call::{
    Call, CallEnd, CallId, CallState, Direction, EndedBy, KeyState, MediaDirection, MediaEncryption, MediaInfo,
    PathKind, PathStats, Peer, PeerGrade, Reception, Route, Stats, Via,
};
pub use call_text::{CallText, TextLine, Writer};
pub use card::{CardEdit, CardPhone, CardWritten, EditedPhone, FormResult, OwnCard, ReachAddress};
pub use chat::{
    ArchiveId, ChangeKind, ConversationKind, Delivery, Message, MessageChange, MessageDetails, MessageDirection,
    MessageId,
};
pub use condition::{Condition, ConditionKind, Remedy};
pub use conference::{Attendance, Conference, ConferenceId, Party, PartyLevels, own_source_of, source_of};
pub use contact::{
    Action, Actions, Address, AddressKind, AddressSource, AddressUri, Avatar, Contact, Cost, Grade, Presence, Show,
    Subscription,
};
pub use contact_link::{ContactLink, link_address};
pub use correspondent::anonymous_sip;
pub use delay::DelayBudget;
pub use device::{DeviceProblem, DeviceRole, DeviceTrouble, Devices, Meters, Processing};
pub use events::{DigitWay, EventsView, Lamp, LampView, VoicemailView};
pub use external::ExternalService;
pub use file::{FileState, FileTransfer, media_type, name_at, numbered, safe_name, size_words};
pub use floor::{Aspect, Floor};
pub use form::{Field, FieldKind, Form};
pub use health::{CallHealth, Evidence, PeerSign, Trouble, Weight, is_private};
pub use jid::{FullJid, InvalidJid, Jid};
pub use joining::{CallPresence, ConnectionPolicy, Feature, FeatureRule, FeatureScope};
pub use language::Language;
pub use link::{Link, LinkKind, LinkOddity, find_links, is_hidden};
pub use meeting::{
    CallOffer, Involvement, Knowledge, MeetingView, Mirror, OfferSource, Participant, RoomOffer, SoundState,
};
pub use now::{BootTime, Now, WallTime};
pub use number::{InvalidNumber, PhoneNumber};
pub use picture::{MessagePicture, OpenedPicture, OwnPicture, PictureFrame, PictureState, Thumb, shows_as_picture};
pub use price::{Charge, NextWay, Price};
pub use protection::{Protection, ProtectionPair, ProtectionRow, RaiseOutcome, RaiseStep};
pub use question::{Choice, Question, QuestionId, QuestionKind};
pub use recording::{Recorded, Recording, RecordingChannels, RecordingFormat, RecordingState};
pub use report::{Report, ReportReason};
pub use ringtone::Ringtone;
pub use room::{
    Affiliated, Affiliation, FoundRoom, Occupant, OccupantAction, Role, RoomFact, RoomFacts, RoomInvitation, RoomLine,
    RoomNotify, RoomState, RoomView, Standing, may,
};
pub use security::{Certificate, Finding, Parity, ParityLevel, Security, TlsVersion, Transport};
pub use server_settings::{PhoneAccount, ServerSettings};
pub use service::{AccountId, AccountState, ConnectionState, Reason, Service};
pub use shared_call::SharedCall;
pub use sip_uri::{InvalidSipUri, SipScheme, SipUri};
pub use styled::{Block, BlockContent, Look, Run, Styled, action, emoji_apart, is_emoji, is_only_emoji};
pub use transfer::{Refusing, TransferState, TransferView};
pub use voice_note::{NotePlaying, NoteSpeaking, NoteState, NotesView, VOICE_NOTE_NAME, plays_as_note};
pub use web::{Fetched, HttpsUrl, InvalidUrl, Page, WebError};
pub use xmpp_link::{XmppAction, XmppLink};
