//! What the window remembers over restarts: its size and place, the width of its list, and what was being written to whom.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::manager::Manager;
use super::{Refusal, RefusalKind, Reply};
use crate::model::Jid;
use crate::store;

/// Conversations whose drafts are kept. When full: a further one lasts as long as the window.
const MOST_DRAFTS: usize = 256;
/// The longest draft that is kept, in bytes: the longest message that can be sent.
const LONGEST_DRAFT: usize = 128 * 1024;
/// The largest side of a window, in points.
const LARGEST: u16 = 20_000;

const SIZE: &str = "window.size";
const PLACE: &str = "window.place";
const LIST: &str = "window.list";
const DRAFT: &str = "draft:";

/// As it was when the program started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// The window's width and height on the screen, in points of the desktop.
    pub size: Option<(u16, u16)>,
    /// Where its upper left corner was, in points of the desktop; unknown where the window system does not tell.
    pub place: Option<(i16, i16)>,
    /// The list's width, in points of the window.
    pub list_width: Option<u16>,
    /// What was being written, and to whom.
    pub drafts: BTreeMap<Jid, Arc<str>>,
}

/// One thing to remember.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remember {
    /// The window's width and height on the screen, in points of the desktop.
    Size(u16, u16),
    /// Where the window's upper left corner is, in points of the desktop.
    Place(i16, i16),
    /// The list's width, in points of the window.
    ListWidth(u16),
    /// What is being written to somebody; empty: nothing any more.
    Draft {
        /// To whom.
        with: Jid,
        /// The text.
        text: Arc<str>,
    },
}

impl Remembered {
    /// From the store's memos; what cannot be understood is left out.
    pub(super) fn read(memos: &BTreeMap<String, String>) -> Self {
        let side = |text: &str| text.parse::<u16>().ok().filter(|side| (1..=LARGEST).contains(side));
        let size = memos.get(SIZE).and_then(|size| size.split_once('x'));
        let place = memos.get(PLACE).and_then(|place| place.split_once(' '));
        let edge = |text: &str| text.parse::<i16>().ok();
        let drafts = memos.range(DRAFT.to_owned()..).take_while(|(key, _)| key.starts_with(DRAFT));
        Self {
            size: size.and_then(|(width, height)| Some((side(width)?, side(height)?))),
            place: place.and_then(|(x, y)| Some((edge(x)?, edge(y)?))),
            list_width: memos.get(LIST).and_then(|width| side(width)),
            drafts: drafts
                .filter_map(|(key, text)| Some((Jid::parse(key.strip_prefix(DRAFT)?).ok()?, text.as_str().into())))
                .collect(),
        }
    }
}

impl Manager {
    pub(super) fn remember(&mut self, what: Remember) -> Result<Reply, Refusal> {
        match what {
            Remember::Size(width, height) => self.set_memo(SIZE, &format!("{width}x{height}")),
            Remember::Place(x, y) => self.set_memo(PLACE, &format!("{x} {y}")),
            Remember::ListWidth(width) => self.set_memo(LIST, &width.to_string()),
            Remember::Draft { with, text } => {
                let key = format!("{DRAFT}{with}");
                if text.trim().is_empty() {
                    if self.memos.remove(&key).is_some() {
                        self.store(store::Command::SetMemo { key, value: None });
                    }
                    return Ok(Reply::Done);
                }
                let kept = self.memos.keys().filter(|key| key.starts_with(DRAFT)).count();
                if text.len() > LONGEST_DRAFT || (kept >= MOST_DRAFTS && !self.memos.contains_key(&key)) {
                    return Err(Refusal::new(
                        RefusalKind::NotAllowed,
                        "There is no room for another unfinished message.",
                    ));
                }
                self.set_memo(&key, &text);
            }
        }
        Ok(Reply::Done)
    }
}
