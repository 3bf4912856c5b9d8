//! The thumb of a very long list. iced's own shrinks to two pixels with 10,000 rows; this one can always be seen and
//! grabbed.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{Tree, Widget, tree};
use iced::advanced::{Clipboard, Renderer as _, Shell, renderer};
use iced::{Background, Element, Event, Length, Rectangle, Shadow, Size, Theme, border, mouse};

use super::super::theme::{Colors, radius, space};

/// The shortest thumb.
const SHORTEST: f32 = 36.0;
/// The strip at the right edge that takes the pointer.
const STRIP: f32 = 12.0;
/// The thumb in it.
const WIDTH: f32 = 6.0;

/// The thumb beside a list that is `total` high, scrolled by `offset`; `on_scroll` gets the wished offset.
pub fn thumb<'a, Message: 'a>(
    colors: &'static Colors,
    offset: f32,
    total: f32,
    on_scroll: fn(f32) -> Message,
) -> Element<'a, Message> {
    Element::new(Thumb { colors, offset, total, on_scroll })
}

struct Thumb<Message> {
    colors: &'static Colors,
    offset: f32,
    total: f32,
    on_scroll: fn(f32) -> Message,
}

#[derive(Default)]
struct State {
    /// Where on the thumb the pointer holds it.
    held: Option<f32>,
    hovered: bool,
}

impl<Message> Thumb<Message> {
    fn at(&self, bounds: Rectangle) -> Option<Rectangle> {
        let beyond = self.total - bounds.height;
        if beyond <= 1.0 || bounds.height < SHORTEST {
            return None;
        }
        let length = (bounds.height * bounds.height / self.total).max(SHORTEST);
        let part = (self.offset / beyond).clamp(0.0, 1.0);
        Some(Rectangle {
            x: bounds.x + bounds.width - WIDTH - (STRIP - WIDTH) / 2.0,
            y: bounds.y + part * (bounds.height - length),
            width: WIDTH,
            height: length,
        })
    }

    fn offset_for(&self, bounds: Rectangle, top: f32, length: f32) -> f32 {
        let room = (bounds.height - length).max(1.0);
        ((top - bounds.y) / room).clamp(0.0, 1.0) * (self.total - bounds.height)
    }
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Thumb<Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn size(&self) -> Size<Length> {
        Size::new(Length::Fill, Length::Fill)
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        layout::Node::new(limits.max())
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
        let bounds = layout.bounds();
        let state = tree.state.downcast_mut::<State>();
        let Some(at) = self.at(bounds) else {
            *state = State::default();
            return;
        };
        let strip = Rectangle { x: bounds.x + bounds.width - STRIP, width: STRIP, ..bounds };
        match event {
            Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left)) => {
                if let Some(point) = cursor.position_over(strip) {
                    // Beside the thumb: it jumps under the pointer.
                    let on = point.y >= at.y && point.y <= at.y + at.height;
                    let held = if on { point.y - at.y } else { at.height / 2.0 };
                    state.held = Some(held);
                    if !on {
                        shell.publish((self.on_scroll)(self.offset_for(bounds, point.y - held, at.height)));
                    }
                    shell.capture_event();
                }
            }
            Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left)) if state.held.take().is_some() => {
                shell.request_redraw();
                shell.capture_event();
            }
            Event::Mouse(mouse::Event::CursorMoved { position }) => {
                let hovered = strip.contains(*position);
                if hovered != state.hovered {
                    state.hovered = hovered;
                    shell.request_redraw();
                }
                if let Some(held) = state.held {
                    shell.publish((self.on_scroll)(self.offset_for(bounds, position.y - held, at.height)));
                    shell.capture_event();
                }
            }
            _ => {}
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
        let Some(at) = self.at(layout.bounds()) else { return };
        let state = tree.state.downcast_ref::<State>();
        let strength = match (state.held, state.hovered) {
            (Some(_), _) => 0.9,
            (None, true) => 0.7,
            (None, false) => 0.25,
        };
        let at = Rectangle { y: at.y + space::XS / 2.0, height: at.height - space::XS, ..at };
        renderer.fill_quad(
            renderer::Quad {
                bounds: at,
                border: border::rounded(radius::ROUND.min(WIDTH / 2.0)),
                shadow: Shadow::default(),
                snap: true,
            },
            Background::Color(self.colors.muted.scale_alpha(strength)),
        );
    }
}
