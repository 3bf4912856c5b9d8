//! `[messages]`: what others are told of the user's writing and reading, and whose pictures are shown.

use std::time::Duration;

use super::table::{Problems, Table};

/// Which pictures in conversations are fetched without being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ShowPictures {
    /// None: each on a click.
    #[default]
    Ask,
    /// Those of people in the list, one to one.
    Contacts,
}

/// What others are told of the user's writing and reading. Only contacts who see when the user is there are told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Messages {
    /// That a message was seen (XEP-0333).
    pub tell_read: bool,
    /// That the user is writing (XEP-0085).
    pub tell_typing: bool,
    /// The user's other devices are told of calls, through the chat account that belongs to the voice account.
    pub share_calls: bool,
    /// Which pictures are fetched by themselves.
    pub pictures: ShowPictures,
    /// Nobody at this machine for so long: others see that the user is away; `None`: never.
    pub away_after: Option<Duration>,
    /// They see since when, too (XEP-0319).
    pub tell_away_since: bool,
}

impl Default for Messages {
    fn default() -> Self {
        Self {
            tell_read: true,
            tell_typing: true,
            share_calls: true,
            pictures: ShowPictures::Ask,
            away_after: Some(Duration::from_secs(60 * AWAY_AFTER)),
            tell_away_since: true,
        }
    }
}

/// Minutes until nobody seems to be there, where nothing else is said.
const AWAY_AFTER: u64 = 10;

const PICTURES: &[(&str, ShowPictures)] = &[("ask", ShowPictures::Ask), ("contacts", ShowPictures::Contacts)];

/// `[messages]`.
pub(super) fn read(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Messages {
    let default = Messages::default();
    let minutes = u64::from(table.number("away-after", 0..=240, AWAY_AFTER as u32, problems));
    Messages {
        tell_read: table.flag("tell-read", default.tell_read, problems),
        tell_typing: table.flag("tell-typing", default.tell_typing, problems),
        share_calls: table.flag("share-calls", default.share_calls, problems),
        pictures: table.word("pictures", PICTURES, default.pictures, problems),
        away_after: (minutes > 0).then(|| Duration::from_secs(60 * minutes)),
        tell_away_since: table.flag("tell-away-since", default.tell_away_since, problems),
    }
}
