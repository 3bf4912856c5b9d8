//! A focus stop around a list: it takes arrows, Home, End, paging, Enter and typing.

use iced::advanced::widget::{Id, Operation};
use iced::advanced::{Shell, renderer};
use iced::{Element, Event, Rectangle, keyboard, mouse};

use super::super::theme::{Colors, radius};
use super::press::draw_ring;
use super::wrap::{Around, Focus, wrap};

/// Keys of a focused list: the key, and the text that it types.
type OnKey<'a, Message> = Box<dyn Fn(&keyboard::Key, Option<&str>) -> Option<Message> + 'a>;

/// A stop around `content`; `on_key` says what a key does, `None`: not meant for the list.
pub fn key_area<'a, Message: 'a>(
    colors: &'static Colors,
    id: impl Into<Id>,
    content: impl Into<Element<'a, Message>>,
    on_key: impl Fn(&keyboard::Key, Option<&str>) -> Option<Message> + 'a,
) -> Element<'a, Message> {
    wrap(content, KeyArea { id: id.into(), colors, on_key: Box::new(on_key) })
}

struct KeyArea<'a, Message> {
    id: Id,
    colors: &'static Colors,
    on_key: OnKey<'a, Message>,
}

impl<Message> Around<Message> for KeyArea<'_, Message> {
    type State = Focus;

    fn state(&self) -> Focus {
        Focus::default()
    }

    fn operate(
        &self,
        state: &mut Focus,
        bounds: Rectangle,
        operation: &mut dyn Operation,
        inner: &mut dyn FnMut(&mut dyn Operation),
    ) {
        operation.focusable(Some(&self.id), bounds, state);
        operation.traverse(&mut |operation| inner(operation));
    }

    fn update(
        &mut self,
        state: &mut Focus,
        event: &Event,
        _at: (Rectangle, mouse::Cursor),
        shell: &mut Shell<'_, Message>,
        inner: &mut dyn FnMut(&Event, &mut Shell<'_, Message>),
    ) {
        let focused = state.0;
        if let Event::Mouse(mouse::Event::ButtonPressed(_)) = event
            && focused
        {
            state.0 = false;
            shell.request_redraw();
        }
        inner(event, shell);
        if shell.is_event_captured() || !focused {
            return;
        }
        if let Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, text, .. }) = event
            && !modifiers.control()
            && !modifiers.alt()
            && let Some(message) = (self.on_key)(key, text.as_deref())
        {
            shell.publish(message);
            shell.capture_event();
        }
    }

    fn draw(
        &self,
        state: &Focus,
        renderer: &mut iced::Renderer,
        style: &renderer::Style,
        bounds: Rectangle,
        inner: &mut dyn FnMut(&mut iced::Renderer, &renderer::Style),
    ) {
        use iced::advanced::Renderer as _;
        inner(renderer, style);
        if state.0 {
            let colors = self.colors;
            renderer.with_layer(bounds, |renderer| draw_ring(renderer, bounds, radius::SMALL, colors));
        }
    }
}
