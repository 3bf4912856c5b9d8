//! Marks drawn from plain shapes: presence by shape and colour, the level of the microphone.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{Tree, Widget};
use iced::advanced::{Renderer as _, renderer};
use iced::{Background, Border, Color, Element, Length, Rectangle, Shadow, Size, Theme, mouse};

use super::super::theme::{Colors, measure};
use crate::model::{Lamp, Show};

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    /// Full: available.
    Full,
    /// Ring: away.
    Ring,
    /// Bar: not to be disturbed.
    Bar,
    /// Empty: offline.
    Empty,
    /// A ring with a dot in it: it rings.
    Target,
    /// Two bars: on hold.
    Pause,
    /// Bars up to a level, 0 to 1.
    Level(f32),
}

/// A mark.
pub struct Mark {
    shape: Shape,
    color: Color,
    ground: Color,
    size: Size,
}

/// The mark of a presence, on a ground of this colour.
pub fn presence(colors: &'static Colors, show: Show, ground: Color) -> Mark {
    let (shape, color) = match show {
        Show::Chat | Show::Available => (Shape::Full, colors.positive),
        Show::Away | Show::Xa => (Shape::Ring, colors.warning),
        Show::Dnd => (Shape::Bar, colors.negative),
        Show::Offline => (Shape::Empty, colors.muted),
    };
    Mark { shape, color, ground, size: Size::new(measure::MARK, measure::MARK) }
}

/// The mark of a busy lamp, on a ground of this colour: each state has a shape of its own, also that nothing is known.
pub fn lamp(colors: &'static Colors, state: Lamp, ground: Color) -> Mark {
    let (shape, color) = match state {
        Lamp::Unknown => (Shape::Empty, colors.muted),
        Lamp::Idle => (Shape::Full, colors.positive),
        Lamp::Held => (Shape::Pause, colors.warning),
        Lamp::Ringing => (Shape::Target, colors.negative),
        Lamp::Talking => (Shape::Bar, colors.negative),
    };
    Mark { shape, color, ground, size: Size::new(measure::MARK, measure::MARK) }
}

/// Bars of the microphone's level; grey when it is off.
pub fn level(colors: &'static Colors, value: f32, muted: bool) -> Mark {
    let (value, color) = if muted { (0.0, colors.muted) } else { (value, colors.positive) };
    Mark { shape: Shape::Level(value), color, ground: colors.line, size: Size::new(34.0, 16.0) }
}

/// Bars of the meter.
const BARS: u8 = 7;

/// How many bars a level, 0 to 1, lights. The ear hears in decibels: the root spreads quiet speech over the lower bars.
pub fn lit(value: f32) -> u8 {
    (value.clamp(0.0, 1.0).sqrt() * f32::from(BARS)).round() as u8
}

impl Mark {
    fn quad(renderer: &mut iced::Renderer, bounds: Rectangle, fill: Color, ring: Option<(f32, Color)>) {
        let (width, color) = ring.unwrap_or((0.0, Color::TRANSPARENT));
        renderer.fill_quad(
            renderer::Quad {
                bounds,
                border: Border { color, width, radius: (bounds.width.min(bounds.height) / 2.0).into() },
                shadow: Shadow::default(),
                snap: false,
            },
            Background::Color(fill),
        );
    }
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Mark {
    fn size(&self) -> Size<Length> {
        Size::new(Length::Fixed(self.size.width), Length::Fixed(self.size.height))
    }

    fn layout(&mut self, _tree: &mut Tree, _renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        layout::Node::new(limits.resolve(self.size.width, self.size.height, self.size))
    }

    fn draw(
        &self,
        _tree: &Tree,
        renderer: &mut iced::Renderer,
        _theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        _viewport: &Rectangle,
    ) {
        let bounds = layout.bounds();
        let inner = bounds.shrink(2.0);
        match self.shape {
            Shape::Level(value) => {
                let step = bounds.width / f32::from(BARS);
                for bar in 0..BARS {
                    let part = f32::from(bar + 1) / f32::from(BARS);
                    let height = bounds.height * (0.35 + 0.65 * part);
                    let at = Rectangle {
                        x: bounds.x + step * f32::from(bar),
                        y: bounds.y + (bounds.height - height) / 2.0,
                        width: step - 2.0,
                        height,
                    };
                    Self::quad(renderer, at, if bar < lit(value) { self.color } else { self.ground }, None);
                }
            }
            shape => {
                Self::quad(renderer, bounds, self.ground, None);
                match shape {
                    Shape::Full => Self::quad(renderer, inner, self.color, None),
                    Shape::Ring => Self::quad(renderer, inner, self.ground, Some((3.0, self.color))),
                    Shape::Empty => Self::quad(renderer, inner, self.ground, Some((1.5, self.color))),
                    Shape::Target => {
                        Self::quad(renderer, inner, self.ground, Some((1.5, self.color)));
                        Self::quad(renderer, inner.shrink(3.0), self.color, None);
                    }
                    Shape::Pause => {
                        Self::quad(renderer, inner, self.color, None);
                        for x in [inner.center_x() - 2.5, inner.center_x() + 0.5] {
                            let bar = Rectangle { x, y: inner.y + 2.5, width: 2.0, height: inner.height - 5.0 };
                            Self::quad(renderer, bar, self.ground, None);
                        }
                    }
                    Shape::Bar | Shape::Level(_) => {
                        Self::quad(renderer, inner, self.color, None);
                        let bar = Rectangle {
                            x: inner.x + 2.0,
                            y: inner.center_y() - 1.0,
                            width: inner.width - 4.0,
                            height: 2.0,
                        };
                        Self::quad(renderer, bar, self.ground, None);
                    }
                }
            }
        }
    }
}

impl<'a, Message: 'a> From<Mark> for Element<'a, Message> {
    fn from(mark: Mark) -> Self {
        Element::new(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::theme::{DARK, LIGHT};

    #[test]
    fn every_lamp_has_a_shape_of_its_own_so_that_no_colour_is_needed_to_tell_them_apart() {
        let states = [Lamp::Unknown, Lamp::Idle, Lamp::Held, Lamp::Ringing, Lamp::Talking];
        for colors in [&LIGHT, &DARK] {
            let shapes = states.map(|state| lamp(colors, state, colors.surface).shape);
            for (at, shape) in shapes.iter().enumerate() {
                assert!(!shapes.iter().skip(at + 1).any(|other| other == shape), "{:?}", states.get(at));
            }
        }
    }
}
