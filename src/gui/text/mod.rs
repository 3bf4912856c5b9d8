//! Every sentence that the window says by itself, in one place; what the manager says comes ready-made in the snapshot.

pub mod address_book;
pub mod answering;
pub mod conference;
pub mod contacts;
pub mod devices;
pub mod emoji;
pub mod export;
pub mod files;
pub mod find;
pub mod login;
pub mod notes;
pub mod numbers;
pub mod quality;
pub mod rooms;
pub mod security;
pub mod settings;
pub mod talk;
pub mod telephony;
pub mod transfer;
pub mod tray;

use std::borrow::Cow;
use std::time::Duration;

mod shortcuts;
mod shown;

pub use self::shortcuts::SHORTCUT_LIST;
pub use self::shown::{initials, laid_out, plain};
mod joining;

pub use joining::*;
pub mod card;
pub mod telephone;

pub use super::when::{clock, day, day_number, when};
use crate::model::{
    AccountState, AddressKind, AddressSource, BootTime, Call, CallState, ConnectionState, Cost, Delivery, Direction,
    Grade, KeyState, MediaEncryption, MessageDirection, PeerGrade, Presence, QuestionKind, Service, Show, Stats,
};

macro_rules! words {
    ($($name:ident = $text:literal;)*) => { $(#[doc = $text] pub const $name: &str = $text;)* };
}

words! {
    APP = "Tandem";
    CHAT = "Chat";
    CALLS = "Calls";
    SETTINGS = "Settings";
    VOICE = "Voice";
    SEARCH = "Search or dial";
    RECENT = "Recent";
    PEOPLE = "People";
    OTHERS = "Other people";
    CALL = "Call";
    ANSWER = "Answer";
    DECLINE = "Decline";
    SILENCE = "Silence";
    SILENCED = "Silenced";
    HANG_UP = "Hang up";
    MUTE = "Mute";
    UNMUTE = "Unmute";
    HOLD = "Hold";
    RESUME = "Resume";
    NOT_HEARD = "Nothing is heard from them";
    INCOMING_SILENCED = "Incoming call, silenced";
    KEYPAD = "Keypad";
    OPEN_CALL = "Open call";
    BACK = "Back";
    CLOSE = "Close";
    DETAILS = "Details";
    SEND = "Send";
    RETRY = "Try now";
    CANCEL = "Cancel";
    DISMISS = "Dismiss";
    MESSAGE_HINT = "Message";
    YOU = "You: ";
    DRAFT = "Draft: ";
    EMPTY_LIST = "Nobody here yet";
    EMPTY_LIST_BODY = "Add somebody with Ctrl+N, or with the sign beside the search.";
    LOADING_LIST = "Getting your contacts …";
    LOADING_LIST_BODY = "They appear as soon as the chat service answers.";
    NO_MATCH = "No match";
    NO_MATCH_BODY = "Nobody in your contacts has this name. Type a number or an address to call it.";
    NO_CONVERSATION = "Pick a person";
    NO_CONVERSATION_BODY = "Messages and calls with them appear here. Ctrl+K searches people and numbers.";
    NO_MESSAGES = "No messages yet";
    NO_MESSAGES_BODY = "Say hello, or press Call.";
    NO_CALLS = "No calls yet";
    NO_CALLS_BODY = "Calls you make and get are listed here.";
    DIAL_NUMBER = "Phone number";
    DIAL_ADDRESS = "Address";
    WAYS = "Ways to call";
    NO_WAYS = "No number or address is known for this person.";
    CARD_PENDING = "Looking up this person's card …";
    CONNECTIONS = "Connections";
    CONNECTIONS_BODY = "Chat and calls use two connections. Each works without the other.";
    SECURITY = "How they are protected";
    DEVICES = "Sound";
    INPUT = "Microphone";
    OUTPUT = "Speaker";
    RING = "Ring on";
    NO_DEVICES = "No sound device was found. Plug one in, or check that the sound service runs.";
    PRESENCE = "Your status";
    APPEARANCE = "Appearance";
    SHORTCUTS = "Keyboard shortcuts";
    SET_UP_TITLE = "Welcome to Tandem";
    SET_UP_BODY = "One sign-in for chat and calls. The rest is found for you.";
    ADDRESS = "Address or link";
    ADDRESS_HINT = "you@example.com";
    LINK_BODY = "Your administrator gave you a link, a file or a picture of a code? Paste the link, or drop the file here.";
    WITHOUT_SETTINGS = "Sign in without them";
    PASSWORD = "Password";
    ADVANCED_OPEN = "Other servers …";
    ADVANCED_CLOSE = "Find the servers for me";
    CHAT_SERVER = "Chat server";
    VOICE_SERVER = "Voice server";
    SERVER_HINT = "Empty: found by DNS";
    SIGN_IN = "Sign in";
    SIGNING_IN = "Signing in …";
    SAVE_TITLE = "Signed in. Keep this for next time?";
    SAVE_KEYRING = "Save, password in the keyring";
    SAVE_FILE = "Save, password in a file only you can read";
    NO_KEYRING = "No keyring service runs here, so the password would have to go to a file that only you can read.";
    BROKEN_TITLE = "The configuration file cannot be used";
    BROKEN_BODY = "Correct these lines and start Tandem again, or sign in below to write a new file.";
    ENTER_PASSWORD = "Enter password";
    ENTER_PASSWORD_BODY = "The server did not accept the saved password. It is tried at once and kept where the old one was.";
    USE_PASSWORD = "Use this password";
    OPEN_DEVICES = "Choose a device";
    OFFLINE_SEND = "Not connected: messages go out as soon as Chat is back.";
    SELF_MUTED = "Microphone off";
    OTHER_HOLDS = "They put you on hold";
    OLDER = "Older messages …";
    INCOMING = "Incoming call";
    GOODBYE = "Ending …";
    SHOW_ALL = "Show all";
    COPIED = "The message is copied.";
    MESSAGE = "Message";
}

/// Characters of a message that are laid out before the user asks for the rest: the longest that stays instant.
const LONG: usize = 6000;

/// A message's text, or its beginning, and whether something is left out.
pub fn shortened(body: &str, whole: bool) -> (Cow<'_, str>, bool) {
    match body.char_indices().nth(LONG) {
        Some((end, _)) if !whole => (Cow::Owned(format!("{} …", body.get(..end).unwrap_or_default())), true),
        _ => (Cow::Borrowed(body), false),
    }
}

/// A sentence short enough for a banner: without what is in brackets, and no longer than `most` characters; and
/// whether something is left out.
pub fn brief(sentence: &str, most: usize) -> (String, bool) {
    let (mut short, mut depth) = (String::new(), 0_usize);
    for c in sentence.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => {
                depth -= 1;
                // The blank before the bracket stands before whatever follows it.
                short.truncate(short.trim_end().len());
            }
            c if depth == 0 => short.push(c),
            _ => {}
        }
    }
    if short.trim().is_empty() {
        sentence.clone_into(&mut short);
    }
    if let Some((end, _)) = short.char_indices().nth(most) {
        short.truncate(end);
        // A whole sentence where one ends late enough; else not in the middle of a word.
        if let Some(stop) = short.rfind(". ").filter(|stop| *stop > end / 2) {
            short.truncate(stop + 1);
            return (short, true);
        }
        if let Some(blank) = short.rfind(' ').filter(|blank| *blank > end / 2) {
            short.truncate(blank);
        }
        short.push('…');
    }
    let cut = short != sentence;
    (short, cut)
}

/// How a call sounds, and whether that is well.
pub fn quality(stats: &Stats) -> (String, bool) {
    if stats.received_packets == 0 {
        return ("Nothing is heard from them yet".to_owned(), false);
    }
    let lost = stats.loss_percent >= 3.0;
    let slow = stats.round_trip_ms.is_some_and(|ms| ms >= 400.0);
    let why = match (lost, slow) {
        (true, _) => ": part of their sound is lost on the way",
        (false, true) => ": the way is long, so answers come late",
        (false, false) => "",
    };
    // Estimates of the E-model: 4.0 satisfies most, below 3.6 many complain, below 3.1 nearly all (ITU-T G.107, annex B).
    let (grade, good) = match stats.mos {
        mos if mos >= 4.0 => ("The sound is good", !lost && !slow),
        mos if mos >= 3.6 => ("The sound is fair", !lost && !slow),
        mos if mos >= 3.1 => ("The sound is poor", false),
        _ => ("The sound is bad", false),
    };
    (format!("{grade}{why}"), good)
}

/// A presence in words: the status text, else the state.
pub fn presence(presence: &Presence) -> String {
    match &presence.status {
        Some(status) if !status.trim().is_empty() => format!("{} · {}", show(presence.show), status.trim()),
        _ => show(presence.show).to_owned(),
    }
}

/// A state of availability.
pub fn show(show: Show) -> &'static str {
    match show {
        Show::Chat => "Free to chat",
        Show::Available => "Available",
        Show::Away => "Away",
        Show::Xa => "Away for long",
        Show::Dnd => "Do not disturb",
        Show::Offline => "Offline",
    }
}

/// The name of a service.
pub fn service(service: Service) -> &'static str {
    match service {
        Service::Chat => CHAT,
        Service::Voice => VOICE,
    }
}

/// A connection in a few words, with the countdown to the next try.
pub fn connection(account: &AccountState, now: BootTime) -> String {
    match account.state {
        ConnectionState::Online => "Connected".to_owned(),
        ConnectionState::Connecting => "Connecting …".to_owned(),
        ConnectionState::Failed => "Needs you".to_owned(),
        ConnectionState::Held => "Waiting".to_owned(),
        ConnectionState::Offline => match account.retry_at {
            Some(at) => format!("Reconnecting in {} s", at.saturating_since(now).as_secs_f64().ceil().max(1.0)),
            None => "Not connected".to_owned(),
        },
    }
}

/// The same where there is room for one word only.
pub fn connection_short(account: &AccountState, now: BootTime) -> String {
    match (account.state, account.retry_at) {
        (ConnectionState::Offline, Some(at)) => {
            format!("in {} s", at.saturating_since(now).as_secs_f64().ceil().max(1.0))
        }
        (ConnectionState::Offline, None) => "off".to_owned(),
        (ConnectionState::Connecting, _) => "…".to_owned(),
        (ConnectionState::Failed, _) => "needs you".to_owned(),
        (ConnectionState::Held, _) => "waits".to_owned(),
        (ConnectionState::Online, _) => String::new(),
    }
}

/// `03:12`, `1:02:03`.
pub fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds / 3600 {
        0 => format!("{:02}:{:02}", seconds / 60, seconds % 60),
        hours => format!("{hours}:{:02}:{:02}", seconds / 60 % 60, seconds % 60),
    }
}

/// How long a call has been going on.
pub fn running(call: &Call, now: BootTime) -> Option<String> {
    match (call.state, call.answered_boot) {
        (CallState::Ended | CallState::Ending, _) if call.answered.is_some() => Some(duration(call.duration)),
        (_, Some(at)) => Some(duration(now.saturating_since(at))),
        _ => None,
    }
}

/// Where a call stands.
pub fn call_state(call: &Call) -> String {
    if let Some(end) = &call.end {
        return end.text.to_string();
    }
    match (call.state, call.direction) {
        (CallState::Preparing, _) => "Preparing …",
        (CallState::Dialing, _) => "Calling …",
        (CallState::Ringing, Direction::Outgoing) => "Ringing …",
        (CallState::Ringing, Direction::Incoming) if call.silenced => INCOMING_SILENCED,
        (CallState::Ringing, Direction::Incoming) => INCOMING,
        (CallState::Early, _) => "Ringing, with sound from the other side",
        (CallState::Active, _) if call.held_by_peer => OTHER_HOLDS,
        (CallState::Active, _) if call.silent => NOT_HEARD,
        (CallState::Active, _) => "In a call",
        (CallState::Held, _) if call.held_by_peer => "On hold on both sides",
        (CallState::Held, _) => "On hold by you",
        (CallState::Ending, _) => "Hanging up …",
        (CallState::Ended, _) => "Ended",
    }
    .to_owned()
}

/// How the sound of a call is protected, and whether it is.
pub fn protection(call: &Call) -> Option<(&'static str, bool)> {
    let media = call.media.as_ref()?;
    Some(match media.encryption {
        _ if call.keys == KeyState::Agreeing => security::AGREEING,
        MediaEncryption::Dtls if call.keys == KeyState::Unvouched => security::UNVOUCHED,
        MediaEncryption::Dtls => security::TO_THE_DEVICE,
        MediaEncryption::Sdes => security::TO_THE_SERVERS,
        MediaEncryption::None => security::IN_THE_CLEAR,
    })
}

/// What a grade of a caller means, where there is no evidence to show.
pub fn peer_grade(grade: PeerGrade) -> &'static str {
    match grade {
        PeerGrade::Confirmed => "Confirmed",
        PeerGrade::Claimed => "Claimed, not confirmed",
        PeerGrade::Refuted => "Contradicted",
        PeerGrade::Unknown => "Unknown caller",
        PeerGrade::Anonymous => "The caller withholds who it is",
    }
}

/// The grade of an address.
pub fn grade(grade: Grade) -> &'static str {
    match grade {
        Grade::Confirmed => "Confirmed",
        Grade::Claimed => "Not confirmed",
        Grade::Refuted => "Contradicted",
    }
}

/// What a call to an address may cost.
pub fn cost(cost: Cost) -> &'static str {
    match cost {
        Cost::Free => "Inside the service, free",
        Cost::PhoneNetwork => "Phone network, may be charged",
        Cost::Unknown => "Leaves the service, cost not known",
    }
}

/// Where an address is written.
pub fn source(source: AddressSource) -> &'static str {
    match source {
        AddressSource::VcardTemp | AddressSource::Vcard4 => "from their card",
        AddressSource::Reach => "announced by them",
        AddressSource::AddressBook => "from your address book",
        AddressSource::Directory => "from the directory",
        AddressSource::CallInfo => "said by a call",
    }
}

/// What an address is, with the types that the card gives it.
pub fn address_kind(kind: AddressKind, types: &[std::sync::Arc<str>]) -> String {
    let kind = match kind {
        AddressKind::Sip => "Internet call",
        AddressKind::Tel => "Phone",
        AddressKind::Jingle => "Call through chat",
    };
    let known = |word: &&str| matches!(*word, "work" | "home" | "cell" | "fax" | "video");
    let types: Vec<&str> = types
        .iter()
        .map(AsRef::as_ref)
        .filter(known)
        .map(|word| if word == "cell" { "mobile" } else { word })
        .collect();
    if types.is_empty() { kind.to_owned() } else { format!("{kind} · {}", types.join(", ")) }
}

/// How far a message has come, for the tooltip of its mark.
pub fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Pending => "Waiting for the connection",
        Delivery::Sent => "Sent",
        Delivery::Delivered => "Delivered",
        Delivery::Displayed => "Read",
        Delivery::Failed => "Not sent: the server refused it",
        Delivery::Received => "",
    }
}

/// A finished call in the history.
pub fn history(call: &Call, missed: bool) -> String {
    if missed {
        return "Missed call".to_owned();
    }
    match (call.answered, call.direction, &call.end) {
        (Some(_), Direction::Incoming, _) => format!("Incoming call · {}", duration(call.duration)),
        (Some(_), Direction::Outgoing, _) => format!("Outgoing call · {}", duration(call.duration)),
        (None, _, Some(end)) => end.text.to_string(),
        (None, Direction::Incoming, None) => "Incoming call, not answered".to_owned(),
        (None, Direction::Outgoing, None) => "Outgoing call, not answered".to_owned(),
    }
}

/// The heading over a question.
pub fn question(kind: QuestionKind) -> &'static str {
    match kind {
        QuestionKind::Choose => "Which way?",
        QuestionKind::Cost => "This call may cost money",
        QuestionKind::Security => "Weaker protection",
        QuestionKind::Certificate => "Can this server be trusted?",
        QuestionKind::Subscription => "Contact request",
        QuestionKind::Transfer => "Talk to somebody else?",
    }
}

/// The beginning of a message in the list.
pub fn preview(direction: MessageDirection, body: &str) -> String {
    let first: String = body.chars().take(120).map(|c| if c.is_whitespace() { ' ' } else { c }).collect();
    match direction {
        MessageDirection::Out => format!("{YOU}{first}"),
        MessageDirection::In => first,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_text_is_shown_in_part_until_asked_for() {
        let flood = "ü".repeat(LONG * 2);
        let (part, left_out) = shortened(&flood, false);
        assert!(left_out && part.chars().count() == LONG + 2);
        assert!(!shortened(&flood, true).1);
    }

    #[test]
    fn durations_grow_hours_when_they_need_them() {
        assert_eq!(duration(Duration::from_secs(192)), "03:12");
        assert_eq!(duration(Duration::from_secs(3723)), "1:02:03");
    }

    #[test]
    fn a_banner_keeps_to_two_lines() {
        let long =
            "The microphone “default” cannot be used (The device is gone. (Unplugged.)): the others hear silence.";
        let short = "The microphone “default” cannot be used: the others hear silence.";
        assert_eq!(brief(long, 200), (short.to_owned(), true));
        assert_eq!(brief(short, 200), (short.to_owned(), false));
        assert_eq!(brief(short, 40).0, "The microphone “default” cannot be…");
        assert_eq!(brief(&format!("{short} It may be gone for long."), 80), (short.to_owned(), true));
        assert_eq!(brief("(all of it)", 200), ("(all of it)".to_owned(), false));
    }

    #[test]
    fn the_sound_is_called_good_only_when_nothing_is_wrong_with_it() {
        let well = Stats { received_packets: 100, mos: 4.3, ..Stats::default() };
        assert_eq!(quality(&well), ("The sound is good".to_owned(), true));
        assert!(!quality(&Stats { received_packets: 0, ..well.clone() }).1);
        assert!(!quality(&Stats { loss_percent: 9.0, mos: 3.7, ..well.clone() }).1);
        assert!(quality(&Stats { mos: 2.0, ..well.clone() }).0.contains("bad"));
        assert!(quality(&Stats { round_trip_ms: Some(900.0), ..well }).0.contains("late"));
    }
}
