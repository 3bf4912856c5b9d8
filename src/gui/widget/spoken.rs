//! A wrapper that tells what its content says, where the content itself does not: for finding it by its words.

use std::borrow::Cow;

use iced::advanced::widget::Operation;
use iced::{Element, Rectangle};

use super::wrap::{Around, wrap};

/// `content`, which says `words`.
pub fn spoken<'a, Message: 'a>(
    words: impl Into<Cow<'a, str>>,
    content: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    wrap(content, Spoken(words.into()))
}

struct Spoken<'a>(Cow<'a, str>);

/// Nothing is remembered.
struct Nothing;

impl<Message> Around<Message> for Spoken<'_> {
    type State = Nothing;

    fn state(&self) -> Nothing {
        Nothing
    }

    fn operate(
        &self,
        _state: &mut Nothing,
        bounds: Rectangle,
        operation: &mut dyn Operation,
        inner: &mut dyn FnMut(&mut dyn Operation),
    ) {
        operation.text(None, bounds, &self.0);
        inner(operation);
    }
}
