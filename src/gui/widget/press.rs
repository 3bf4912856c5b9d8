//! A button that the keyboard can reach: a focus stop with a visible ring, pressed by Enter and Space.

use std::time::{Duration, Instant};

use iced::advanced::layout;
use iced::advanced::widget::{Id, Operation};
use iced::advanced::{Shell, renderer};
use iced::{Background, Border, Color, Element, Event, Length, Padding, Rectangle, Shadow, Size};
use iced::{keyboard, mouse, touch, window};

use super::super::theme::{Colors, radius, space};
use super::wrap::{Around, Focus, wrap};

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The one thing to do.
    Primary,
    /// Another thing to do.
    Secondary,
    /// Only an icon or a word, until the pointer is over it.
    Ghost,
    /// An icon that stands for something switched on.
    On,
    /// Answer.
    Positive,
    /// Decline, hang up.
    Negative,
    /// A row of a list, and whether it is the chosen one.
    Row(bool),
}

/// How long a button is held before that means something else.
const HOLD: Duration = Duration::from_millis(600);

/// A focusable button.
pub struct Press<'a, Message> {
    content: Element<'a, Message>,
    button: Button<Message>,
}

/// What is around the content.
struct Button<Message> {
    on_press: Option<Message>,
    /// What it does when it is held instead.
    on_hold: Option<Message>,
    colors: &'static Colors,
    kind: Kind,
    id: Option<Id>,
    width: Length,
    height: Length,
    padding: Padding,
    round: bool,
    stop: bool,
    marked: bool,
    status: Option<Status>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Status {
    hovered: bool,
    pressed: bool,
    focused: bool,
}

#[derive(Default)]
struct State {
    pressed: bool,
    /// Since when, where holding means something.
    held: Option<Instant>,
    /// A key of the keyboard is down on it, and has not repeated itself.
    key: bool,
    focus: Focus,
}

/// A button around `content`; without `on_press` it is greyed and the keyboard passes over it.
pub fn press<'a, Message>(
    colors: &'static Colors,
    kind: Kind,
    content: impl Into<Element<'a, Message>>,
) -> Press<'a, Message> {
    let button = Button {
        on_press: None,
        on_hold: None,
        colors,
        kind,
        id: None,
        width: Length::Shrink,
        height: Length::Shrink,
        padding: Padding::from([space::S, space::M]),
        round: false,
        stop: true,
        marked: false,
        status: None,
    };
    Press { content: content.into(), button }
}

impl<Message> Press<'_, Message> {
    /// What it does.
    #[must_use]
    pub fn on_press(mut self, message: Message) -> Self {
        self.button.on_press = Some(message);
        self
    }

    /// What it does when the pointer or the keyboard holds it for a moment.
    #[must_use]
    pub fn on_hold(mut self, message: Message) -> Self {
        self.button.on_hold = Some(message);
        self
    }

    /// What it does, where it can be done.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<Message>) -> Self {
        self.button.on_press = message;
        self
    }

    /// Its name, for focus and tests.
    #[must_use]
    pub fn id(mut self, id: impl Into<Id>) -> Self {
        self.button.id = Some(id.into());
        self
    }

    /// Its width.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.button.width = width.into();
        self
    }

    /// Its height.
    #[must_use]
    pub fn height(mut self, height: impl Into<Length>) -> Self {
        self.button.height = height.into();
        self
    }

    /// Around its content.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
        self.button.padding = padding.into();
        self
    }

    /// With round ends.
    #[must_use]
    pub fn round(mut self) -> Self {
        self.button.round = true;
        self
    }

    /// Not a stop of its own: a row of a list that is itself the stop.
    #[must_use]
    pub fn no_stop(mut self) -> Self {
        self.button.stop = false;
        self
    }

    /// With the ring: the row of a list that Enter would open.
    #[must_use]
    pub fn marked(mut self, marked: bool) -> Self {
        self.button.marked = marked;
        self
    }
}

impl<Message> Button<Message> {
    fn look(&self, status: Status) -> (Option<Color>, Color, Option<Color>) {
        let c = self.colors;
        let enabled = self.on_press.is_some();
        let hovered = enabled && (status.hovered || status.pressed);
        let mix = |fill: Color| if hovered { darker(fill, status.pressed) } else { fill };
        if !enabled && !matches!(self.kind, Kind::Row(_)) {
            let ground = match self.kind {
                Kind::Ghost | Kind::On => None,
                _ => Some(c.line),
            };
            return (ground, c.muted, None);
        }
        match self.kind {
            Kind::Primary => (Some(if hovered { c.accent_hover } else { c.accent }), c.on_accent, None),
            Kind::Secondary => (Some(if hovered { c.hover } else { c.raised }), c.text, Some(c.outline)),
            Kind::Ghost => (hovered.then_some(c.hover), c.text, None),
            Kind::On => (Some(c.selected), c.text, None),
            Kind::Positive => (Some(mix(c.positive_fill)), c.on_fill, None),
            Kind::Negative => (Some(mix(c.negative_fill)), c.on_fill, None),
            Kind::Row(true) => (Some(c.selected), c.text, None),
            Kind::Row(false) => (hovered.then_some(c.hover), c.text, None),
        }
    }
}

fn darker(color: Color, pressed: bool) -> Color {
    let by = if pressed { 0.86 } else { 0.93 };
    Color { r: color.r * by, g: color.g * by, b: color.b * by, a: color.a }
}

fn is_press_key(key: &keyboard::Key) -> bool {
    use keyboard::key::Named;
    matches!(key, keyboard::Key::Named(Named::Enter | Named::Space))
        || matches!(key, keyboard::Key::Character(c) if c == " ")
}

impl<Message: Clone> Around<Message> for Button<Message> {
    type State = State;
    const NESTED: bool = true;

    fn state(&self) -> State {
        State::default()
    }

    fn size(&self, _inner: Size<Length>) -> Size<Length> {
        Size { width: self.width, height: self.height }
    }

    fn layout(&self, limits: &layout::Limits, inner: &mut dyn FnMut(&layout::Limits) -> layout::Node) -> layout::Node {
        layout::positioned(
            limits,
            self.width,
            self.height,
            self.padding,
            |limits| inner(&limits.loose()),
            |node, size| {
                // Icons and words stand in the middle; rows fill their width anyway.
                node.align(iced::Alignment::Center, iced::Alignment::Center, size)
            },
        )
    }

    fn operate(
        &self,
        state: &mut State,
        bounds: Rectangle,
        operation: &mut dyn Operation,
        inner: &mut dyn FnMut(&mut dyn Operation),
    ) {
        if self.on_press.is_some() && self.stop {
            operation.focusable(self.id.as_ref(), bounds, &mut state.focus);
        }
        operation.container(self.id.as_ref(), bounds);
        operation.traverse(&mut |operation| inner(operation));
    }

    fn update(
        &mut self,
        state: &mut State,
        event: &Event,
        (bounds, cursor): (Rectangle, mouse::Cursor),
        shell: &mut Shell<'_, Message>,
        inner: &mut dyn FnMut(&Event, &mut Shell<'_, Message>),
    ) {
        inner(event, shell);
        if shell.is_event_captured() {
            return;
        }
        let over = cursor.is_over(bounds);
        if self.on_press.is_none() {
            *state = State::default();
        }
        match (event, &self.on_press) {
            (
                Event::Mouse(mouse::Event::ButtonPressed(mouse::Button::Left))
                | Event::Touch(touch::Event::FingerPressed { .. }),
                Some(_),
            ) => {
                // The ring shows where the keyboard is; the pointer shows where the mouse is.
                state.focus = Focus(false);
                if over {
                    state.pressed = true;
                    state.held = self.on_hold.is_some().then(Instant::now);
                    if let Some(since) = state.held {
                        shell.request_redraw_at(since + HOLD);
                    }
                    shell.capture_event();
                }
            }
            (
                Event::Mouse(mouse::Event::ButtonReleased(mouse::Button::Left))
                | Event::Touch(touch::Event::FingerLifted { .. }),
                Some(message),
            ) if state.pressed => {
                state.pressed = false;
                if over {
                    shell.publish(message.clone());
                }
                shell.capture_event();
            }
            (Event::Touch(touch::Event::FingerLost { .. }), _) => state.pressed = false,
            (Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, repeat, .. }), Some(message))
                if state.focus.0 && !modifiers.control() && !modifiers.alt() && is_press_key(key) =>
            {
                match (&self.on_hold, repeat) {
                    (None, true) => return,
                    (None, false) => shell.publish(message.clone()),
                    // What it means is known when it is let go of, or repeats itself.
                    (Some(_), false) => state.key = true,
                    (Some(held), true) if std::mem::take(&mut state.key) => shell.publish(held.clone()),
                    (Some(_), true) => {}
                }
                shell.capture_event();
            }
            (Event::Keyboard(keyboard::Event::KeyReleased { key, .. }), Some(message))
                if is_press_key(key) && std::mem::take(&mut state.key) && state.focus.0 =>
            {
                shell.publish(message.clone());
                shell.capture_event();
            }
            _ => {}
        }
        if let (Event::Window(window::Event::RedrawRequested(now)), Some(since)) =
            (event, state.held.filter(|_| state.pressed))
        {
            if now.saturating_duration_since(since) >= HOLD {
                // It has done its work: letting go means nothing more.
                (state.pressed, state.held) = (false, None);
                self.on_hold.clone().into_iter().for_each(|message| shell.publish(message));
            } else {
                shell.request_redraw_at(since + HOLD);
            }
        }
        let status = Status { hovered: over, pressed: state.pressed, focused: state.focus.0 };
        if let Event::Window(window::Event::RedrawRequested(_)) = event {
            self.status = Some(status);
        } else if self.status.is_some_and(|shown| shown != status) {
            shell.request_redraw();
        }
    }

    fn draw(
        &self,
        state: &State,
        renderer: &mut iced::Renderer,
        _style: &renderer::Style,
        bounds: Rectangle,
        inner: &mut dyn FnMut(&mut iced::Renderer, &renderer::Style),
    ) {
        use iced::advanced::Renderer as _;
        let status = Status { focused: state.focus.0, ..self.status.unwrap_or_default() };
        let (ground, text_color, line) = self.look(status);
        let corner = if self.round { radius::ROUND.min(bounds.height / 2.0) } else { radius::SMALL };
        if ground.is_some() || line.is_some() {
            renderer.fill_quad(
                renderer::Quad {
                    bounds,
                    border: Border {
                        color: line.unwrap_or(Color::TRANSPARENT),
                        width: if line.is_some() { 1.0 } else { 0.0 },
                        radius: corner.into(),
                    },
                    shadow: Shadow::default(),
                    snap: true,
                },
                Background::Color(ground.unwrap_or(Color::TRANSPARENT)),
            );
        }
        inner(renderer, &renderer::Style { text_color });
        if status.focused || self.marked {
            draw_ring(renderer, bounds, corner, self.colors);
        }
    }

    fn interaction(
        &self,
        (bounds, cursor): (Rectangle, mouse::Cursor),
        _inner: &mut dyn FnMut() -> mouse::Interaction,
    ) -> mouse::Interaction {
        if self.on_press.is_some() && cursor.is_over(bounds) {
            mouse::Interaction::Pointer
        } else {
            mouse::Interaction::default()
        }
    }
}

/// The ring around what the keyboard acts on, inside the bounds so that nothing clips it.
pub(super) fn draw_ring(renderer: &mut iced::Renderer, bounds: Rectangle, corner: f32, colors: &Colors) {
    use iced::advanced::Renderer as _;
    // A gap in the surface's colour keeps the ring visible on a button of the ring's own colour.
    for (inset, width, color) in [(0.0, 2.0, colors.focus), (2.0, 1.0, colors.surface)] {
        renderer.fill_quad(
            renderer::Quad {
                bounds: bounds.shrink(inset),
                border: Border { color, width, radius: (corner - inset).max(0.0).into() },
                shadow: Shadow::default(),
                snap: true,
            },
            Background::Color(Color::TRANSPARENT),
        );
    }
}

impl<'a, Message: Clone + 'a> From<Press<'a, Message>> for Element<'a, Message> {
    fn from(press: Press<'a, Message>) -> Self {
        wrap(press.content, press.button)
    }
}
