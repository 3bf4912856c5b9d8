//! Content that the keyboard cannot reach while something lies over it. The pointer is kept out by what lies over it.

use iced::advanced::Shell;
use iced::advanced::widget::Operation;
use iced::{Element, Event, Rectangle, mouse};

use super::wrap::{Around, wrap};

/// `content`, out of reach of the keyboard if so.
pub fn inert<'a, Message: 'a>(is: bool, content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    wrap(content, Inert { is })
}

struct Inert {
    is: bool,
}

/// It remembers nothing.
struct Nothing;

impl<Message> Around<Message> for Inert {
    type State = Nothing;

    fn state(&self) -> Nothing {
        Nothing
    }

    fn operate(
        &self,
        _state: &mut Nothing,
        _bounds: Rectangle,
        operation: &mut dyn Operation,
        inner: &mut dyn FnMut(&mut dyn Operation),
    ) {
        if !self.is {
            inner(operation);
        }
    }

    fn update(
        &mut self,
        _state: &mut Nothing,
        event: &Event,
        _at: (Rectangle, mouse::Cursor),
        shell: &mut Shell<'_, Message>,
        inner: &mut dyn FnMut(&Event, &mut Shell<'_, Message>),
    ) {
        if !(self.is && matches!(event, Event::Keyboard(_) | Event::InputMethod(_))) {
            inner(event, shell);
        }
    }
}
