//! The window's words in the language of whoever reads them.
//!
//! The texts stand in `assets/i18n`, a folder for each language and a file for each topic, in the syntax of Fluent; the
//! code holds their names only ([`Word`], [`sentence`]). The core thinks and answers in English, which is a promise to those
//! who script it; the window knows its sentences again and says them in the user's language ([`told`]).
//!
//! What a language lacks is said in English, and a text that no catalogue has is shown as it is: a sentence that is new in
//! the code works at once, and a test tells what is missing.

mod catalogue;
mod told;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use fluent_bundle::{FluentArgs, FluentValue};
use iced::widget::text::{Fragment, IntoFragment};

pub use self::catalogue::{FILES, source};
pub use self::told::told;
use crate::model::Language;

thread_local! {
    /// The language of this thread: the window has one thread, and each test has its own.
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// From now on this thread speaks this language. The catalogue is read once, when it is first needed.
pub fn speak(language: Language) {
    SPOKEN.set(language);
}

/// The language of this thread.
pub fn spoken() -> Language {
    SPOKEN.get()
}

/// A text without arguments, by its name in the catalogues. It reads as the text itself wherever a text is wanted, in
/// the language that is spoken at that moment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Word(&'static str);

impl Word {
    /// The text of that name; a text that no catalogue names is shown as it is.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// In the language that is spoken.
    pub fn text(self) -> &'static str {
        let spoken = catalogue::of(spoken()).plain(self.0);
        spoken.or_else(|| catalogue::of(Language::English).plain(self.0)).unwrap_or(self.0)
    }
}

impl Word {
    /// As of a text: a copy of it.
    #[allow(clippy::should_implement_trait, reason = "a word is used wherever a text was")]
    pub fn to_owned(self) -> String {
        self.text().to_owned()
    }
}

/// The text of a name that is put together at run time, if the catalogues have it.
pub fn named(name: &str) -> Option<&'static str> {
    catalogue::of(spoken()).plain(name).or_else(|| catalogue::of(Language::English).plain(name))
}

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        self.text()
    }
}

impl PartialEq<&str> for Word {
    fn eq(&self, text: &&str) -> bool {
        self.text() == *text
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

impl<'a> From<Word> for &'a str {
    fn from(word: Word) -> &'a str {
        word.text()
    }
}

impl<'a> From<Word> for Cow<'a, str> {
    fn from(word: Word) -> Self {
        Cow::Borrowed(word.text())
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.text().to_owned()
    }
}

impl From<Word> for Arc<str> {
    fn from(word: Word) -> Self {
        word.text().into()
    }
}

impl<'a> IntoFragment<'a> for Word {
    fn into_fragment(self) -> Fragment<'a> {
        Fragment::Borrowed(self.text())
    }
}

/// What can stand in a sentence.
pub trait Argument {
    /// As Fluent takes it: numbers choose plural forms.
    fn value(&self) -> FluentValue<'_>;
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> FluentValue<'_> {
        (**self).value()
    }
}

impl Argument for str {
    fn value(&self) -> FluentValue<'_> {
        FluentValue::String(Cow::Borrowed(self))
    }
}

macro_rules! texts {
    ($($kind:ty),*) => {
        $(impl Argument for $kind {
            fn value(&self) -> FluentValue<'_> {
                FluentValue::String(Cow::Borrowed(self))
            }
        })*
    };
}

macro_rules! numbers {
    ($($kind:ty),*) => {
        $(impl Argument for $kind {
            fn value(&self) -> FluentValue<'_> {
                (*self).into()
            }
        })*
    };
}

texts!(String, Arc<str>, Cow<'_, str>, Word);
numbers!(u8, u16, u32, u64, usize, i8, i32, i64, f64);

/// A sentence with arguments, in the language that is spoken; `say!` names them shortly.
pub fn sentence(name: &'static str, arguments: &[(&'static str, &dyn Argument)]) -> String {
    if arguments.is_empty() {
        return Word(name).to_owned();
    }
    let mut args = FluentArgs::with_capacity(arguments.len());
    for (key, argument) in arguments {
        args.set(*key, argument.value());
    }
    let spoken = catalogue::of(spoken()).formatted(name, &args);
    spoken.or_else(|| catalogue::of(Language::English).formatted(name, &args)).unwrap_or_else(|| name.to_owned())
}

/// `say!("talk-writes", who)`, `say!("find-found", count = messages.len())`.
macro_rules! say {
    ($name:literal $(, $key:ident $(= $value:expr)?)* $(,)?) => {
        $crate::gui::words::sentence($name, &[$((stringify!($key), $crate::gui::words::say!(@value $key $($value)?))),*])
    };
    (@value $key:ident) => { &$key };
    (@value $key:ident $value:expr) => { &$value };
}

/// Texts without arguments: `ADD = "contacts-add";` is a [`Word`] with that name in the catalogues.
macro_rules! words {
    ($($name:ident = $text:literal;)*) => {
        $(
            #[doc = concat!("`", $text, "`")]
            pub const $name: $crate::gui::words::Word = $crate::gui::words::Word::new($text);
        )*
    };
}

/// A [`Word`] by its name.
pub const fn word(name: &'static str) -> Word {
    Word::new(name)
}

pub(crate) use {say, words};
