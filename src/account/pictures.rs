//! What may be asked about pictures in conversations, what the shell does for it, and whose are fetched by themselves.

use std::sync::Arc;

use crate::config::ShowPictures;
use crate::model::{
    ConversationKind, HttpsUrl, MessageDirection, MessageId, MessagePicture, OpenedPicture, Subscription, Thumb,
};

/// What may be asked about pictures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureRequest {
    /// These messages are on the screen: show what is here or may be fetched by itself.
    Look(Vec<MessageId>),
    /// Show the picture of a message, and fetch it for that; answered with [`PictureReply::Small`].
    Show(MessageId),
    /// The picture of a message as it is looked at, fetched if it is not here; answered with
    /// [`PictureReply::Opened`].
    Open(MessageId),
}

/// Answers about pictures.
#[derive(Clone, Debug)]
pub enum PictureReply {
    /// How the picture of a message stands.
    Small(MessagePicture),
    /// As it is looked at.
    Opened(Arc<OpenedPicture>),
}

/// What the shell does with pictures.
#[derive(Debug)]
pub enum PictureEffect {
    /// Make the small form. Comes back as [`PictureEvent::Small`].
    Small {
        /// Names the work.
        number: u64,
        /// Where it is.
        url: HttpsUrl,
        /// May it be fetched, and in which bounds.
        fetch: Option<Fetch>,
    },
    /// Make the form that is looked at. Comes back as [`PictureEvent::Opened`].
    Open {
        /// Names the work.
        number: u64,
        /// Where it is.
        url: HttpsUrl,
        /// In which bounds it is fetched.
        fetch: Fetch,
    },
}

/// In which bounds a picture is fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetch {
    /// At most so many bytes.
    pub most: u64,
    /// In so many seconds.
    pub seconds: u64,
    /// Domains of the user's own servers: only these may be on private addresses (X24).
    pub own_domains: Vec<Arc<str>>,
}

/// What the shell says about pictures.
#[derive(Debug)]
pub enum PictureEvent {
    /// The small form; `None`: it is not here, and it was not to be fetched. Or why not, a sentence.
    Small(u64, Result<Option<Thumb>, Arc<str>>),
    /// The form that is looked at, or why not, a sentence.
    Opened(u64, Result<OpenedPicture, Arc<str>>),
}

/// Whether a picture is fetched by itself: only with the setting, one to one, from somebody of the list, or sent by the user
/// from another device. Fetching tells the sender's server when the message was seen and from where (XEP-0363, X25).
pub(super) fn comes_by_itself(
    setting: ShowPictures,
    kind: ConversationKind,
    direction: MessageDirection,
    subscription: Option<Subscription>,
    blocked: bool,
) -> bool {
    if setting == ShowPictures::Ask || kind != ConversationKind::Person || blocked {
        return false;
    }
    match direction {
        MessageDirection::Out => true,
        MessageDirection::In => matches!(subscription, Some(Subscription::Both | Subscription::To)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x25_pictures_come_by_themselves_from_contacts_only_and_only_when_that_is_set() {
        use ConversationKind::{Occupant, Person, Room};
        use MessageDirection::{In, Out};
        use ShowPictures::{Ask, Contacts};
        let (both, to, from) = (Some(Subscription::Both), Some(Subscription::To), Some(Subscription::From));
        for (setting, kind, direction, subscription, blocked, comes) in [
            (Ask, Person, In, both, false, false),
            (Ask, Person, Out, both, false, false),
            (Contacts, Person, In, both, false, true),
            (Contacts, Person, In, to, false, true),
            (Contacts, Person, In, from, false, false),
            (Contacts, Person, In, Some(Subscription::None), false, false),
            (Contacts, Person, In, None, false, false),
            (Contacts, Person, In, both, true, false),
            (Contacts, Person, Out, None, false, true),
            (Contacts, Room, In, both, false, false),
            (Contacts, Occupant, In, both, false, false),
        ] {
            let found = comes_by_itself(setting, kind, direction, subscription, blocked);
            assert_eq!(found, comes, "{setting:?} {kind:?} {direction:?} {subscription:?} {blocked}");
        }
    }
}
