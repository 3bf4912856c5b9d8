//! A field whose caret stops blinking when nobody types, so that an open window costs nothing.

use std::time::{Duration, Instant};

use iced::advanced::Shell;
use iced::{Element, Event, Rectangle, mouse, window};

use super::wrap::{Around, wrap};

/// How long the caret goes on blinking after the last key.
const BLINKS: Duration = Duration::from_secs(10);

/// `content`, a field, with a caret that comes to rest.
pub fn steady<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    wrap(content, Steady)
}

struct Steady;

struct State {
    /// Before anything the field remembers.
    origin: Instant,
    /// The last key or click.
    touched: Instant,
}

/// Whether the caret rests.
fn rests(touched: Instant, now: Instant) -> bool {
    now.saturating_duration_since(touched) >= BLINKS
}

impl<Message> Around<Message> for Steady {
    type State = State;

    fn state(&self) -> State {
        let now = Instant::now();
        State { origin: now, touched: now }
    }

    fn update(
        &mut self,
        state: &mut State,
        event: &Event,
        _at: (Rectangle, mouse::Cursor),
        shell: &mut Shell<'_, Message>,
        inner: &mut dyn FnMut(&Event, &mut Shell<'_, Message>),
    ) {
        match event {
            Event::Window(window::Event::RedrawRequested(now)) if rests(state.touched, *now) => {
                // The caret is shown in the first half second after a change; a time before every change is in it.
                let then = Event::Window(window::Event::RedrawRequested(state.origin));
                let before = shell.redraw_request();
                inner(&then, shell);
                Shell::replace_redraw_request(shell, before);
                return;
            }
            Event::Keyboard(_)
            | Event::InputMethod(_)
            | Event::Mouse(mouse::Event::ButtonPressed(_))
            | Event::Window(window::Event::Focused) => {
                if rests(state.touched, Instant::now()) {
                    // Nothing else wakes the caret.
                    shell.request_redraw();
                }
                state.touched = Instant::now();
            }
            _ => {}
        }
        inner(event, shell);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iced::Size;
    use iced::advanced::layout::{self, Layout};
    use iced::advanced::widget::Tree;
    use iced::window::RedrawRequest;

    /// When the focused field wants to be drawn again, this long after the last key.
    fn next(after: Duration) -> RedrawRequest {
        use iced::advanced::widget::operation::focusable;
        let mut field = steady(iced::widget::text_input("", "").on_input(|typed| typed).id("field"));
        let mut tree = Tree::new(&field);
        let renderer = iced::Renderer::new(iced::Font::DEFAULT, iced::Pixels(16.0));
        let node = field.as_widget_mut().layout(
            &mut tree,
            &renderer,
            &layout::Limits::new(Size::ZERO, Size::new(200.0, 40.0)),
        );
        let mut focus = focusable::focus::<()>("field".into());
        field.as_widget_mut().operate(&mut tree, Layout::new(&node), &renderer, &mut focus);
        let mut messages = Vec::new();
        let mut shell = Shell::new(&mut messages);
        let event = Event::Window(window::Event::RedrawRequested(Instant::now() + after));
        field.as_widget_mut().update(
            &mut tree,
            &event,
            Layout::new(&node),
            mouse::Cursor::Unavailable,
            &renderer,
            &mut iced::advanced::clipboard::Null,
            &mut shell,
            &Rectangle::with_size(Size::new(200.0, 40.0)),
        );
        shell.redraw_request()
    }

    #[test]
    fn the_caret_blinks_while_one_types_and_then_rests() {
        assert!(matches!(next(Duration::from_secs(1)), RedrawRequest::At(_)));
        assert_eq!(next(Duration::from_secs(11)), RedrawRequest::Wait);
    }
}
