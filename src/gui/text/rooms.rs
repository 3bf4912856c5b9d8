//! Sentences about rooms.

use crate::model::{Affiliation, OccupantAction, Role, RoomInvitation, RoomNotify, RoomState, RoomView};

/// Over the rooms in the list.
pub const TITLE: &str = "Rooms";
/// Opens the sheet.
pub const ADD: &str = "Join or make a room";
/// What it is for.
pub const ADD_BODY: &str = "A room is a conversation of many. Type its address, or pick one that your service lists.";
/// The address's field.
pub const ADDRESS: &str = "Address of the room";
/// What stands in it.
pub const ADDRESS_HINT: &str = "garden@rooms.example.com";
/// The nick's field.
pub const NICK: &str = "Your name in it";
/// What stands in it.
pub const NICK_HINT: &str = "Empty: as on your card";
/// The password's field.
pub const PASSWORD: &str = "Password, if it asks for one";
/// Goes in.
pub const JOIN: &str = "Join";
/// Goes in again.
pub const JOIN_AGAIN: &str = "Join again";
/// Makes it.
pub const MAKE: &str = "Make this room";
/// Lists rooms.
pub const SEARCH: &str = "Show rooms of the service";
/// Asks what a room is.
pub const LOOK: &str = "What is it like?";
/// No rooms.
pub const NONE_FOUND: &str = "The service lists no rooms. Some are not listed: ask for their address.";
/// Goes out.
pub const LEAVE: &str = "Leave";
/// Goes out and forgets.
pub const FORGET: &str = "Leave and take off the list";
/// Its form.
pub const SETTINGS: &str = "Settings of the room";
/// Sends it.
pub const SAVE: &str = "Save";
/// Who is in it.
pub const PEOPLE: &str = "In this room";
/// What is true of it.
pub const ABOUT: &str = "About this room";
/// What happened.
pub const LATELY: &str = "Lately";
/// What is heard.
pub const HEARD: &str = "Call me for";
/// Who asks for a voice.
pub const VOICES: &str = "Asking to be allowed to write";
/// Yes.
pub const ALLOW: &str = "Allow";
/// No.
pub const REFUSE: &str = "Refuse";
/// A visitor asks.
pub const ASK_VOICE: &str = "Ask to be allowed to write";
/// In place of the message field.
pub const ONLY_READ: &str = "In this room you may only read.";
/// The subject.
pub const SUBJECT: &str = "Subject";
/// Sets it.
pub const SET_SUBJECT: &str = "Set the subject";
/// Asks somebody in.
pub const INVITE: &str = "Ask somebody in";
/// What stands in the field.
pub const INVITE_HINT: &str = "colleague@example.com";
/// Why something is done.
pub const REASON: &str = "Reason, if you like";
/// To one person alone.
pub const WHISPER: &str = "Write to them alone";
/// Whoever has that nick.
pub const ALIKE: &str = "Somebody else here has a name that looks the same.";
/// Answers an invitation.
pub const ACCEPT: &str = "Join";
/// Answers an invitation.
pub const DECLINE: &str = "Decline";
/// Under the name of somebody in a room.
pub const ONLY_THEY: &str = "Through the room: only they read it";
/// We.
pub const YOU: &str = "you";

/// What stands under a room's name.
pub fn state(room: &RoomView) -> String {
    match &room.state {
        RoomState::Out => "You are not in it".to_owned(),
        RoomState::Joining => "Going in …".to_owned(),
        RoomState::Refused(_, text) => text.to_string(),
        RoomState::Joined => match &room.subject {
            Some(subject) => subject.to_string(),
            None => people(room.occupants.len()),
        },
    }
}

/// How many there are.
pub fn people(count: usize) -> String {
    if count == 1 { "Only you are here".to_owned() } else { format!("{count} people") }
}

/// What somebody is.
pub fn standing(affiliation: Affiliation, role: Role) -> &'static str {
    match (affiliation, role) {
        (Affiliation::Owner, _) => "Owner",
        (Affiliation::Admin, _) => "Admin",
        (_, Role::Moderator) => "Moderator",
        (_, Role::Visitor) => "May only read",
        (Affiliation::Member, _) => "Member",
        (Affiliation::Outcast | Affiliation::None, Role::Participant | Role::None) => "",
    }
}

/// A button for something that is done to somebody.
pub fn action(action: OccupantAction) -> &'static str {
    match action {
        OccupantAction::Kick => "Put out",
        OccupantAction::Ban => "Ban",
        OccupantAction::GiveVoice => "Let them write",
        OccupantAction::TakeVoice => "Let them only read",
        OccupantAction::MakeModerator => "Make moderator",
        OccupantAction::TakeModerator => "Moderator no longer",
        OccupantAction::MakeMember => "Make member",
        OccupantAction::MakeNone => "Take their rights",
        OccupantAction::MakeAdmin => "Make admin",
        OccupantAction::MakeOwner => "Make owner",
    }
}

/// Which messages are heard.
pub fn notify(notify: RoomNotify) -> &'static str {
    match notify {
        RoomNotify::All => "Everything",
        RoomNotify::Mentions => "My name",
        RoomNotify::None => "Nothing",
    }
}

/// Who asks us where, on whose word. `name`: what a contact is called here; who is none has nothing but an address.
pub fn invited(invitation: &RoomInvitation, name: Option<&str>) -> (String, String) {
    let room = invitation.room.local().unwrap_or(invitation.room.as_str());
    let who = match (invitation.mediated, name) {
        (false, Some(name)) => format!("{name} asks you in"),
        (true, Some(name)) => format!("{name} asks you in, as the room says"),
        (_, None) => format!("{} asks you in, who is none of your contacts", invitation.from),
    };
    let words = invitation.reason.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
    (room.to_owned(), format!("{who}{words} ({})", invitation.room.domain()))
}
