//! The topics of the settings, the filter of all keys, and a number that is tried out.

use super::app::{App, Effect, Place, Purpose};
use super::text::topics as words;
use super::update::ask_for;
use super::words::Word;
use crate::account::Step;
use crate::account::{NumbersRequest, Refusal, Reply, Request};
use crate::config::Setting;

/// The longest text that a field takes, in characters.
const LONGEST: usize = 200;

/// What a page of the settings is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Topic {
    /// Everything on one page.
    #[default]
    Everything,
    /// Status, card, where the user is.
    You,
    /// Accounts, and which belong together.
    Accounts,
    /// Devices and sound.
    Sound,
    /// How calls are taken.
    Calls,
    /// What the desktop is told.
    Notifications,
    /// Who may reach the user, and what is told of them.
    Privacy,
    /// How numbers are read, dialled and paid.
    Numbers,
    /// Appearance, tray, start.
    Window,
    /// Address book and files of people.
    Contacts,
    /// Every key.
    Advanced,
}

impl Topic {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 11] = [
        Self::Everything,
        Self::You,
        Self::Accounts,
        Self::Sound,
        Self::Calls,
        Self::Notifications,
        Self::Privacy,
        Self::Numbers,
        Self::Window,
        Self::Contacts,
        Self::Advanced,
    ];

    /// What it is called.
    pub fn name(self) -> &'static str {
        self.word().text()
    }

    fn word(self) -> Word {
        match self {
            Self::Everything => words::EVERYTHING,
            Self::You => words::YOU,
            Self::Accounts => words::ACCOUNTS,
            Self::Sound => words::SOUND,
            Self::Calls => words::CALLS,
            Self::Notifications => words::NOTIFICATIONS,
            Self::Privacy => words::PRIVACY,
            Self::Numbers => words::NUMBERS,
            Self::Window => words::WINDOW,
            Self::Contacts => words::CONTACTS,
            Self::Advanced => words::ADVANCED,
        }
    }
}

/// What happened there.
#[derive(Clone, Debug)]
pub enum Message {
    /// Another topic.
    Show(Topic),
    /// The settings with what is about the user.
    You,
    /// The filter of the keys changed.
    Filter(String),
    /// The number that is tried out changed.
    Number(String),
    /// Show what becomes of it.
    Explain,
}

/// What the window remembers of it.
#[derive(Debug, Default)]
pub struct State {
    pub(super) topic: Topic,
    pub(super) filter: String,
    pub(super) number: String,
    pub(super) steps: Vec<Step>,
}

impl App {
    pub(super) fn update_topics(&mut self, message: Message) -> Vec<Effect> {
        let short = |text: String| text.chars().take(LONGEST).collect();
        match message {
            Message::Show(topic) => {
                self.topics.topic = topic;
                return self.read_archives();
            }
            Message::You => {
                self.topics.topic = Topic::You;
                return self.update(super::message::Message::Go(Place::Settings));
            }
            Message::Filter(text) => self.topics.filter = short(text),
            Message::Number(text) => {
                self.topics.number = short(text);
                self.topics.steps.clear();
            }
            Message::Explain => {
                let number = self.topics.number.trim();
                if !number.is_empty() {
                    let request = Request::Numbers(NumbersRequest::ExplainNumber(number.into()));
                    return ask_for(request, Purpose::Explained);
                }
            }
        }
        Vec::new()
    }

    /// What becomes of the number that is tried out.
    pub(super) fn explained(&mut self, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        match answer {
            Ok(Reply::Explained(steps)) => {
                self.topics.steps = steps;
                Vec::new()
            }
            Ok(_) => Vec::new(),
            Err(refusal) => self.say(refusal.text),
        }
    }

    /// The keys that the filter leaves.
    pub(super) fn filtered_settings(&self) -> impl Iterator<Item = &Setting> {
        let wanted = self.topics.filter.trim().to_lowercase();
        let has = move |setting: &&Setting| {
            let value = setting.value.as_deref().unwrap_or_default();
            setting.key.to_lowercase().contains(&wanted) || value.to_lowercase().contains(&wanted)
        };
        self.snapshot.settings.all.iter().filter(has)
    }
}
