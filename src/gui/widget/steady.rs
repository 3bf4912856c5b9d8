//! A field whose caret stops blinking when nobody types, so that an open window costs nothing.

use std::time::{Duration, Instant};

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{Operation, Tree, Widget, tree};
use iced::advanced::{Clipboard, Shell, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Size, Theme, Vector, mouse, window};

/// How long the caret goes on blinking after the last key.
const BLINKS: Duration = Duration::from_secs(10);

/// `content`, a field, with a caret that comes to rest.
pub fn steady<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    Element::new(Steady { content: content.into() })
}

struct Steady<'a, Message> {
    content: Element<'a, Message>,
}

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

impl<Message> Widget<Message, Theme, iced::Renderer> for Steady<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        let now = Instant::now();
        tree::State::new(State { origin: now, touched: now })
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let [child] = tree.children.as_mut_slice() else { return layout::Node::default() };
        self.content.as_widget_mut().layout(child, renderer, limits)
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        if let [child] = tree.children.as_mut_slice() {
            self.content.as_widget_mut().operate(child, layout, renderer, operation);
        }
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        renderer: &iced::Renderer,
        clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let [child] = tree.children.as_mut_slice() else { return };
        let content = self.content.as_widget_mut();
        match event {
            Event::Window(window::Event::RedrawRequested(now)) if rests(state.touched, *now) => {
                // The caret is shown in the first half second after a change; a time before every change is in it.
                let then = Event::Window(window::Event::RedrawRequested(state.origin));
                let before = shell.redraw_request();
                content.update(child, &then, layout, cursor, renderer, clipboard, shell, viewport);
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
        content.update(child, event, layout, cursor, renderer, clipboard, shell, viewport);
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        if let [child] = tree.children.as_slice() {
            self.content.as_widget().draw(child, renderer, theme, style, layout, cursor, viewport);
        }
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        let [child] = tree.children.as_slice() else { return mouse::Interaction::default() };
        self.content.as_widget().mouse_interaction(child, layout, cursor, viewport, renderer)
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, iced::Renderer>> {
        let [child] = tree.children.as_mut_slice() else { return None };
        self.content.as_widget_mut().overlay(child, layout, renderer, viewport, translation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
