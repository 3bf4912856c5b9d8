//! The edge between two panes: moved with the pointer, or with the arrow keys when it has the focus.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{Id, Operation, Tree, Widget, tree};
use iced::advanced::{Clipboard, Renderer as _, Shell, renderer};
use iced::keyboard::{self, key::Named};
use iced::{Border, Element, Event, Length, Rectangle, Shadow, Size, Theme, mouse, window};

use super::super::theme::Colors;
use super::wrap::Focus;

/// How far from the line the pointer still takes it, in points.
const REACH: f32 = 3.0;
/// How thick the line is where it can be moved, in points.
const THICK: f32 = 3.0;
/// One press of an arrow key, in points.
const STEP: f32 = 16.0;

/// The edge behind a pane of this width; `on_move` gets the wished width.
pub fn grip<'a, Message: 'a>(
    colors: &'static Colors,
    id: impl Into<Id>,
    width: f32,
    on_move: fn(f32) -> Message,
) -> Element<'a, Message> {
    Element::new(Grip { colors, id: id.into(), width, on_move })
}

struct Grip<Message> {
    colors: &'static Colors,
    id: Id,
    width: f32,
    on_move: fn(f32) -> Message,
}

#[derive(Default)]
struct State {
    focus: Focus,
    hovered: bool,
    /// Where the pointer took it, and how wide the pane was.
    held: Option<(f32, f32)>,
}

fn reach(bounds: Rectangle) -> Rectangle {
    Rectangle { x: bounds.x - REACH, width: bounds.width + 2.0 * REACH, ..bounds }
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Grip<Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fixed(1.0), Length::Fill)
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        layout::Node::new(Size::new(1.0, limits.max().height))
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        _renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        operation.focusable(Some(&self.id), layout.bounds(), &mut tree.state.downcast_mut::<State>().focus);
    }

    fn update(
        &mut self,
        tree: &mut Tree,
        event: &Event,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _renderer: &iced::Renderer,
        _clipboard: &mut dyn Clipboard,
        shell: &mut Shell<'_, Message>,
        _viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_mut::<State>();
        let over = cursor.is_over(reach(layout.bounds()));
        let before = (state.focus, state.hovered, state.held.is_some());
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) if !shell.is_event_captured() => {
                state.focus = Focus(false);
                if let (true, Some(at)) = (over, cursor.position()) {
                    state.held = Some((at.x, self.width));
                    shell.capture_event();
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) => state.held = None,
            Event::Mouse(mouse::Event::CursorMoved { position }) => {
                state.hovered = over;
                if let Some((from, width)) = state.held {
                    shell.publish((self.on_move)(width + position.x - from));
                    shell.capture_event();
                }
            }
            Event::Mouse(mouse::Event::CursorLeft) | Event::Window(window::Event::Unfocused) => state.hovered = false,
            Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, .. })
                if state.focus.0 && !modifiers.control() && !modifiers.alt() && !shell.is_event_captured() =>
            {
                let by = match key {
                    keyboard::Key::Named(Named::ArrowLeft) => -STEP,
                    keyboard::Key::Named(Named::ArrowRight) => STEP,
                    _ => return,
                };
                shell.publish((self.on_move)(self.width + by));
                shell.capture_event();
            }
            _ => {}
        }
        if before != (state.focus, state.hovered, state.held.is_some()) {
            shell.request_redraw();
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        _theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        let state = tree.state.downcast_ref::<State>();
        let bounds = layout.bounds();
        let (color, width) = match state {
            State { focus: Focus(true), .. } | State { held: Some(_), .. } => (self.colors.focus, THICK),
            State { hovered: true, .. } => (self.colors.outline, THICK),
            State { .. } => (self.colors.line, bounds.width),
        };
        let bounds = Rectangle { x: bounds.x - (width - bounds.width) / 2.0, width, ..bounds };
        let quad = renderer::Quad { bounds, border: Border::default(), shadow: Shadow::default(), snap: true };
        renderer.fill_quad(quad, color);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        let held = tree.state.downcast_ref::<State>().held.is_some();
        if held || cursor.is_over(reach(layout.bounds())) {
            mouse::Interaction::ResizingHorizontally
        } else {
            mouse::Interaction::default()
        }
    }
}
