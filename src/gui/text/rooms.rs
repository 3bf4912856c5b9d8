//! Sentences about rooms.

use crate::gui::words::{Word, say, told, word};
use crate::model::{Affiliation, OccupantAction, Role, RoomInvitation, RoomNotify, RoomState, RoomView};

/// Over the rooms in the list.
pub const TITLE: Word = word("rooms-title");
/// Opens the sheet.
pub const ADD: Word = word("rooms-add");
/// What it is for.
pub const ADD_BODY: Word = word("rooms-add-body");
/// The address's field.
pub const ADDRESS: Word = word("rooms-address");
/// What stands in it.
pub const ADDRESS_HINT: Word = word("rooms-address-hint");
/// The nick's field.
pub const NICK: Word = word("rooms-nick");
/// What stands in it.
pub const NICK_HINT: Word = word("rooms-nick-hint");
/// The password's field.
pub const PASSWORD: Word = word("rooms-password");
/// Goes in.
pub const JOIN: Word = word("rooms-join");
/// Goes in again.
pub const JOIN_AGAIN: Word = word("rooms-join-again");
/// Makes it.
pub const MAKE: Word = word("rooms-make");
/// Lists rooms.
pub const SEARCH: Word = word("rooms-search");
/// Asks what a room is.
pub const LOOK: Word = word("rooms-look");
/// No rooms.
pub const NONE_FOUND: Word = word("rooms-none-found");
/// Goes out.
pub const LEAVE: Word = word("rooms-leave");
/// Goes out and forgets.
pub const FORGET: Word = word("rooms-forget");
/// Its form.
pub const SETTINGS: Word = word("rooms-settings");
/// Sends it.
pub const SAVE: Word = word("rooms-save");
/// Who is in it.
pub const PEOPLE: Word = word("rooms-people");
/// What is true of it.
pub const ABOUT: Word = word("rooms-about");
/// What happened.
pub const LATELY: Word = word("rooms-lately");
/// What is heard.
pub const HEARD: Word = word("rooms-heard");
/// Who asks for a voice.
pub const VOICES: Word = word("rooms-voices");
/// Yes.
pub const ALLOW: Word = word("rooms-allow");
/// No.
pub const REFUSE: Word = word("rooms-refuse");
/// A visitor asks.
pub const ASK_VOICE: Word = word("rooms-ask-voice");
/// In place of the message field.
pub const ONLY_READ: Word = word("rooms-only-read");
/// The subject.
pub const SUBJECT: Word = word("rooms-subject");
/// Sets it.
pub const SET_SUBJECT: Word = word("rooms-set-subject");
/// Asks somebody in.
pub const INVITE: Word = word("rooms-invite");
/// What stands in the field.
pub const INVITE_HINT: Word = word("rooms-invite-hint");
/// Why something is done.
pub const REASON: Word = word("rooms-reason");
/// Removes what somebody wrote.
pub const REMOVE: Word = word("rooms-remove");
/// Over the question before that.
pub const REMOVE_TITLE: Word = word("rooms-remove-title");
/// What it does.
pub const REMOVE_BODY: Word = word("rooms-remove-body");
/// Under a message that names the user.
pub const NAMES_YOU: Word = word("rooms-names-you");
/// To one person alone.
pub const WHISPER: Word = word("rooms-whisper");
/// Whoever has that nick.
pub const ALIKE: Word = word("rooms-alike");
/// Answers an invitation.
pub const ACCEPT: Word = word("rooms-accept");
/// Answers an invitation.
pub const DECLINE: Word = word("rooms-decline");
/// Under the name of somebody in a room.
pub const ONLY_THEY: Word = word("rooms-only-they");
/// We.
pub const YOU: Word = word("rooms-you");

/// What stands under a room's name.
pub fn state(room: &RoomView) -> String {
    match &room.state {
        RoomState::Out => say!("rooms-you-are-not-in-it"),
        RoomState::Joining => say!("rooms-going-in"),
        RoomState::Refused(_, text) => told(text).into_owned(),
        RoomState::Joined => match &room.subject {
            Some(subject) => subject.to_string(),
            None => people(room.occupants.len()),
        },
    }
}

/// How many there are.
pub fn people(count: usize) -> String {
    say!("rooms-people-count", count)
}

/// What somebody is.
pub fn standing(affiliation: Affiliation, role: Role) -> Word {
    match (affiliation, role) {
        (Affiliation::Owner, _) => word("rooms-owner"),
        (Affiliation::Admin, _) => word("rooms-admin"),
        (_, Role::Moderator) => word("rooms-moderator"),
        (_, Role::Visitor) => word("rooms-may-only-read"),
        (Affiliation::Member, _) => word("rooms-member"),
        (Affiliation::Outcast | Affiliation::None, Role::Participant | Role::None) => word(""),
    }
}

/// A button for something that is done to somebody.
pub fn action(action: OccupantAction) -> Word {
    match action {
        OccupantAction::Kick => word("rooms-put-out"),
        OccupantAction::Ban => word("rooms-ban"),
        OccupantAction::GiveVoice => word("rooms-let-them-write"),
        OccupantAction::TakeVoice => word("rooms-let-them-only-read"),
        OccupantAction::MakeModerator => word("rooms-make-moderator"),
        OccupantAction::TakeModerator => word("rooms-moderator-no-longer"),
        OccupantAction::MakeMember => word("rooms-make-member"),
        OccupantAction::MakeNone => word("rooms-take-their-rights"),
        OccupantAction::MakeAdmin => word("rooms-make-admin"),
        OccupantAction::MakeOwner => word("rooms-make-owner"),
    }
}

/// Which messages are heard.
pub fn notify(notify: RoomNotify) -> Word {
    match notify {
        RoomNotify::All => word("rooms-everything"),
        RoomNotify::Mentions => word("rooms-my-name"),
        RoomNotify::None => word("rooms-nothing"),
    }
}

/// Who asks us where, on whose word. `name`: what a contact is called here; who is none has nothing but an address.
pub fn invited(invitation: &RoomInvitation, name: Option<&str>) -> (String, String) {
    let room = invitation.room.local().unwrap_or(invitation.room.as_str());
    let who = match (invitation.mediated, name) {
        (false, Some(name)) => say!("rooms-asks-you-in", name),
        (true, Some(name)) => say!("rooms-asks-you-in-by-room", name),
        // The room hides who of those that are in it asks.
        (_, None) if invitation.from == invitation.room => say!("rooms-somebody-asks-you-in"),
        (_, None) => say!("rooms-stranger-asks-you-in", address = invitation.from.to_string()),
    };
    let words = invitation.reason.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
    (room.to_owned(), format!("{who}{words} ({})", invitation.room.domain()))
}
