//! Every sentence that the window says by itself, in one place; what the manager says comes ready-made in the snapshot.

pub mod accounts;
pub mod address_book;
pub mod answering;
pub mod call_text;
pub mod conference;
pub mod contacts;
pub mod devices;
pub mod emoji;
pub mod emoji_words;
pub mod export;
pub mod files;
pub mod find;
pub mod login;
pub mod meeting;
pub mod notes;
pub mod numbers;
pub mod paths;
pub mod quality;
pub mod rooms;
pub mod security;
pub mod settings;
pub mod talk;
pub mod telephony;
pub mod topics;
pub mod transfer;
pub mod tray;

use std::borrow::Cow;
use std::time::Duration;

mod shortcuts;
mod shown;

pub use self::shortcuts::{SHORTCUT_LIST, keys};
pub use self::shown::{initials, laid_out, plain};
pub mod jingle;
mod joining;

pub use jingle::came;
pub use joining::*;
pub mod card;
pub mod telephone;

pub use super::when::{clock, day, day_number, when};
use crate::gui::words::{Word, say, told, word, words};
use crate::model::{
    AccountState, AddressKind, AddressSource, BootTime, Call, CallState, ConnectionState, Cost, Delivery, Direction,
    Grade, KeyState, MediaEncryption, MessageDirection, PeerGrade, Presence, QuestionKind, Service, Show, Stats,
};

words! {
    APP = "general-app";
    CHAT = "general-chat";
    CALLS = "general-calls";
    SETTINGS = "general-settings";
    RAIL_SETTINGS = "general-rail-settings";
    VOICE = "general-voice";
    SEARCH = "general-search";
    RECENT = "general-recent";
    PEOPLE = "general-people";
    OTHERS = "general-others";
    CALL = "general-call";
    ANSWER = "general-answer";
    DECLINE = "general-decline";
    SILENCE = "general-silence";
    SILENCED = "general-silenced";
    HANG_UP = "general-hang-up";
    MUTE = "general-mute";
    UNMUTE = "general-unmute";
    HOLD = "general-hold";
    RESUME = "general-resume";
    NOT_HEARD = "general-not-heard";
    INCOMING_SILENCED = "general-incoming-silenced";
    KEYPAD = "general-keypad";
    OPEN_CALL = "general-open-call";
    BACK = "general-back";
    CLOSE = "general-close";
    DETAILS = "general-details";
    SEND = "general-send";
    RETRY = "general-retry";
    CANCEL = "general-cancel";
    DISMISS = "general-dismiss";
    MESSAGE_HINT = "general-message-hint";
    YOU = "general-you";
    DRAFT = "general-draft";
    EMPTY_LIST = "general-empty-list";
    EMPTY_LIST_BODY = "general-empty-list-body";
    LOADING_LIST = "general-loading-list";
    LOADING_LIST_BODY = "general-loading-list-body";
    NO_MATCH = "general-no-match";
    NO_MATCH_BODY = "general-no-match-body";
    NO_CONVERSATION = "general-no-conversation";
    NO_CONVERSATION_BODY = "general-no-conversation-body";
    NO_MESSAGES = "general-no-messages";
    NO_MESSAGES_BODY = "general-no-messages-body";
    NO_CALLS = "general-no-calls";
    NO_CALLS_BODY = "general-no-calls-body";
    DIAL_NUMBER = "general-dial-number";
    DIAL_ADDRESS = "general-dial-address";
    WAYS = "general-ways";
    NO_WAYS = "general-no-ways";
    CARD_PENDING = "general-card-pending";
    CONNECTIONS = "general-connections";
    CONNECTIONS_BODY = "general-connections-body";
    SECURITY = "general-security";
    DEVICES = "general-devices";
    INPUT = "general-input";
    OUTPUT = "general-output";
    RING = "general-ring";
    NO_DEVICES = "general-no-devices";
    PRESENCE = "general-presence";
    APPEARANCE = "general-appearance";
    SHORTCUTS = "general-shortcuts";
    SET_UP_TITLE = "general-set-up-title";
    SET_UP_BODY = "general-set-up-body";
    ADDRESS = "general-address";
    ADDRESS_HINT = "general-address-hint";
    LINK_BODY = "general-link-body";
    WITHOUT_SETTINGS = "general-without-settings";
    PASSWORD = "general-password";
    ADVANCED_OPEN = "general-advanced-open";
    ADVANCED_CLOSE = "general-advanced-close";
    CHAT_SERVER = "general-chat-server";
    VOICE_SERVER = "general-voice-server";
    SERVER_HINT = "general-server-hint";
    SIGN_IN = "general-sign-in";
    SIGNING_IN = "general-signing-in";
    SAVE_TITLE = "general-save-title";
    SAVE_KEYRING = "general-save-keyring";
    SAVE_FILE = "general-save-file";
    NO_KEYRING = "general-no-keyring";
    BROKEN_TITLE = "general-broken-title";
    BROKEN_BODY = "general-broken-body";
    ENTER_PASSWORD = "general-enter-password";
    ENTER_PASSWORD_BODY = "general-enter-password-body";
    USE_PASSWORD = "general-use-password";
    OPEN_DEVICES = "general-open-devices";
    OFFLINE_SEND = "general-offline-send";
    SELF_MUTED = "general-self-muted";
    OTHER_HOLDS = "general-other-holds";
    OLDER = "general-older";
    INCOMING = "general-incoming";
    GOODBYE = "general-goodbye";
    SHOW_ALL = "general-show-all";
    COPIED = "general-copied";
    MESSAGE = "general-message";
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
        return (say!("general-nothing-is-heard-from-them-yet"), false);
    }
    let lost = stats.loss_percent >= 3.0;
    let slow = stats.round_trip_ms.is_some_and(|ms| ms >= 400.0);
    let why = match (lost, slow) {
        (true, _) => word("general-part-of-their-sound-is-lost"),
        (false, true) => word("general-the-way-is-long-so-answers"),
        (false, false) => word(""),
    };
    // Estimates of the E-model: 4.0 satisfies most, below 3.6 many complain, below 3.1 nearly all (ITU-T G.107, annex B).
    let (grade, good) = match stats.mos {
        mos if mos >= 4.0 => (word("general-the-sound-is-good"), !lost && !slow),
        mos if mos >= 3.6 => (word("general-the-sound-is-fair"), !lost && !slow),
        mos if mos >= 3.1 => (word("general-the-sound-is-poor"), false),
        _ => (word("general-the-sound-is-bad"), false),
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
pub fn show(show: Show) -> Word {
    match show {
        Show::Chat => word("general-free-to-chat"),
        Show::Available => word("general-available"),
        Show::Away => word("general-away"),
        Show::Xa => word("general-away-for-long"),
        Show::Dnd => word("general-do-not-disturb"),
        Show::Offline => word("general-offline"),
    }
}

/// The name of a service.
pub fn service(service: Service) -> Word {
    match service {
        Service::Chat => CHAT,
        Service::Voice => VOICE,
    }
}

/// A connection in a few words, with the countdown to the next try.
pub fn connection(account: &AccountState, now: BootTime) -> String {
    match account.state {
        ConnectionState::Online => say!("general-connected"),
        ConnectionState::Connecting => say!("general-connecting"),
        ConnectionState::Failed => say!("general-needs-you"),
        ConnectionState::Held => say!("general-waiting"),
        ConnectionState::Offline => match account.retry_at {
            Some(at) => say!("general-reconnecting", seconds = at.saturating_since(now).as_secs_f64().ceil().max(1.0)),
            None => say!("general-not-connected"),
        },
    }
}

/// The same where there is room for one word only.
pub fn connection_short(account: &AccountState, now: BootTime) -> String {
    match (account.state, account.retry_at) {
        (ConnectionState::Offline, Some(at)) => {
            say!("general-in-seconds", seconds = at.saturating_since(now).as_secs_f64().ceil().max(1.0))
        }
        (ConnectionState::Offline, None) => say!("general-short-off"),
        (ConnectionState::Connecting, _) => "…".to_owned(),
        (ConnectionState::Failed, _) => say!("general-short-needs-you"),
        (ConnectionState::Held, _) => say!("general-short-waits"),
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
        return told(&end.text).into_owned();
    }
    match (call.state, call.direction) {
        (CallState::Preparing, _) => word("general-preparing"),
        (CallState::Dialing, _) => word("general-calling"),
        (CallState::Ringing, Direction::Outgoing) => word("general-ringing"),
        (CallState::Ringing, Direction::Incoming) if call.silenced => INCOMING_SILENCED,
        (CallState::Ringing, Direction::Incoming) => INCOMING,
        (CallState::Early, _) => word("general-ringing-with-sound-from-the-other"),
        (CallState::Active, _) if call.held_by_peer => OTHER_HOLDS,
        (CallState::Active, _) if call.silent => NOT_HEARD,
        (CallState::Active, _) => word("general-in-a-call"),
        (CallState::Held, _) if call.held_by_peer => word("general-on-hold-on-both-sides"),
        (CallState::Held, _) => word("general-on-hold-by-you"),
        (CallState::Ending, _) => word("general-hanging-up"),
        (CallState::Ended, _) => word("general-ended"),
    }
    .to_owned()
}

/// How the sound of a call is protected, and whether it is.
pub fn protection(call: &Call) -> Option<(Word, bool)> {
    let media = call.media.as_ref()?;
    Some(match media.encryption {
        _ if call.keys == KeyState::Agreeing => security::AGREEING,
        MediaEncryption::Dtls if call.keys == KeyState::Unvouched => security::UNVOUCHED,
        MediaEncryption::Dtls if call.keys == KeyState::Person => security::THIS_PERSON,
        MediaEncryption::Dtls if call.keys == KeyState::Between => security::BETWEEN,
        MediaEncryption::Dtls => security::TO_THE_DEVICE,
        MediaEncryption::Sdes => security::TO_THE_SERVERS,
        MediaEncryption::None => security::IN_THE_CLEAR,
    })
}

/// What a grade of a caller means, where there is no evidence to show.
pub fn peer_grade(grade: PeerGrade) -> Word {
    match grade {
        PeerGrade::Confirmed => word("general-confirmed"),
        PeerGrade::Claimed => word("general-claimed-not-confirmed"),
        PeerGrade::Refuted => word("general-contradicted"),
        PeerGrade::Unknown => word("general-unknown-caller"),
        PeerGrade::Anonymous => word("general-the-caller-withholds-who-it-is"),
    }
}

/// The grade of an address.
pub fn grade(grade: Grade) -> Word {
    match grade {
        Grade::Confirmed => word("general-confirmed"),
        Grade::Claimed => word("general-not-confirmed"),
        Grade::Refuted => word("general-contradicted"),
    }
}

/// What a call to an address may cost.
pub fn cost(cost: Cost) -> Word {
    match cost {
        Cost::Free => word("general-inside-the-service-free"),
        Cost::PhoneNetwork => word("general-phone-network-may-be-charged"),
        Cost::Unknown => word("general-leaves-the-service-cost-not-known"),
    }
}

/// Where an address is written.
pub fn source(source: AddressSource) -> Word {
    match source {
        AddressSource::VcardTemp | AddressSource::Vcard4 => word("general-from-their-card"),
        AddressSource::Reach => word("general-announced-by-them"),
        AddressSource::AddressBook => word("general-from-your-address-book"),
        AddressSource::Directory => word("general-from-the-directory"),
        AddressSource::CallInfo => word("general-said-by-a-call"),
    }
}

/// What an address is, with the types that the card gives it.
pub fn address_kind(kind: AddressKind, types: &[std::sync::Arc<str>]) -> String {
    let kind = match kind {
        AddressKind::Sip => word("general-internet-call"),
        AddressKind::Tel => word("general-phone"),
        AddressKind::Jingle => word("general-call-through-chat"),
    };
    let known = |kind: &&str| matches!(*kind, "work" | "home" | "cell" | "fax" | "video");
    let types: Vec<&str> = types
        .iter()
        .map(AsRef::as_ref)
        .filter(known)
        .map(|kind| match kind {
            "work" => word("general-type-work").text(),
            "home" => word("general-type-home").text(),
            "cell" => word("general-type-mobile").text(),
            "fax" => word("general-type-fax").text(),
            "video" => word("general-type-video").text(),
            other => other,
        })
        .collect();
    if types.is_empty() { kind.to_owned() } else { format!("{kind} · {}", types.join(", ")) }
}

/// How far a message has come, for the tooltip of its mark.
pub fn delivery(delivery: Delivery) -> Word {
    match delivery {
        Delivery::Pending => word("general-waiting-for-the-connection"),
        Delivery::Sent => word("general-sent"),
        Delivery::Delivered => word("general-delivered"),
        Delivery::Displayed => word("general-read"),
        Delivery::Failed => word("general-not-sent-the-server-refused-it"),
        Delivery::Received => word(""),
    }
}

/// A finished call in the history.
pub fn history(call: &Call, missed: bool) -> String {
    if missed {
        return say!("general-missed-call");
    }
    match (call.answered, call.direction, &call.end) {
        (Some(_), Direction::Incoming, _) => say!("general-was-incoming", time = duration(call.duration)),
        (Some(_), Direction::Outgoing, _) => say!("general-was-outgoing", time = duration(call.duration)),
        (None, _, Some(end)) => told(&end.text).into_owned(),
        (None, Direction::Incoming, None) => say!("general-incoming-call-not-answered"),
        (None, Direction::Outgoing, None) => say!("general-outgoing-call-not-answered"),
    }
}

/// The heading over a question.
pub fn question(kind: QuestionKind) -> Word {
    match kind {
        QuestionKind::Choose => word("general-which-way"),
        QuestionKind::Cost => word("general-this-call-may-cost-money"),
        QuestionKind::Security => word("general-weaker-protection"),
        QuestionKind::Certificate => word("general-can-this-server-be-trusted"),
        QuestionKind::Subscription => word("general-contact-request"),
        QuestionKind::Join => word("general-enter-this-room"),
        QuestionKind::Transfer => word("general-talk-to-somebody-else"),
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
