//! A button that the keyboard can reach: a focus stop with a visible ring, pressed by Enter and Space.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::operation::Focusable;
use iced::advanced::widget::{Id, Operation, Tree, Widget, tree};
use iced::advanced::{Clipboard, Shell, renderer};
use iced::{Background, Border, Color, Element, Event, Length, Padding, Rectangle, Shadow, Size, Theme};
use iced::{keyboard, mouse, touch, window};

use super::super::theme::{Colors, radius, space};

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

/// A focusable button.
pub struct Press<'a, Message> {
    content: Element<'a, Message>,
    on_press: Option<Message>,
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
    focused: bool,
}

impl Focusable for State {
    fn is_focused(&self) -> bool {
        self.focused
    }

    fn focus(&mut self) {
        self.focused = true;
    }

    fn unfocus(&mut self) {
        self.focused = false;
    }
}

/// A button around `content`; without `on_press` it is greyed and the keyboard passes over it.
pub fn press<'a, Message>(
    colors: &'static Colors,
    kind: Kind,
    content: impl Into<Element<'a, Message>>,
) -> Press<'a, Message> {
    Press {
        content: content.into(),
        on_press: None,
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
    }
}

impl<Message> Press<'_, Message> {
    /// What it does.
    #[must_use]
    pub fn on_press(mut self, message: Message) -> Self {
        self.on_press = Some(message);
        self
    }

    /// What it does, where it can be done.
    #[must_use]
    pub fn on_press_maybe(mut self, message: Option<Message>) -> Self {
        self.on_press = message;
        self
    }

    /// Its name, for focus and tests.
    #[must_use]
    pub fn id(mut self, id: impl Into<Id>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Its width.
    #[must_use]
    pub fn width(mut self, width: impl Into<Length>) -> Self {
        self.width = width.into();
        self
    }

    /// Its height.
    #[must_use]
    pub fn height(mut self, height: impl Into<Length>) -> Self {
        self.height = height.into();
        self
    }

    /// Around its content.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<Padding>) -> Self {
        self.padding = padding.into();
        self
    }

    /// With round ends.
    #[must_use]
    pub fn round(mut self) -> Self {
        self.round = true;
        self
    }

    /// Not a stop of its own: a row of a list that is itself the stop.
    #[must_use]
    pub fn no_stop(mut self) -> Self {
        self.stop = false;
        self
    }

    /// With the ring: the row of a list that Enter would open.
    #[must_use]
    pub fn marked(mut self, marked: bool) -> Self {
        self.marked = marked;
        self
    }

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

impl<Message: Clone> Widget<Message, Theme, iced::Renderer> for Press<'_, Message> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State::default())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        Size { width: self.width, height: self.height }
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let content = &mut self.content;
        layout::positioned(
            limits,
            self.width,
            self.height,
            self.padding,
            |limits| match tree.children.first_mut() {
                Some(tree) => content.as_widget_mut().layout(tree, renderer, &limits.loose()),
                None => layout::Node::new(Size::ZERO),
            },
            |node, size| {
                // Icons and words stand in the middle; rows fill their width anyway.
                node.align(iced::Alignment::Center, iced::Alignment::Center, size)
            },
        )
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        if self.on_press.is_some() && self.stop {
            let state = tree.state.downcast_mut::<State>();
            operation.focusable(self.id.as_ref(), layout.bounds(), state);
        }
        operation.container(self.id.as_ref(), layout.bounds());
        operation.traverse(&mut |operation| {
            if let (Some(tree), Some(layout)) = (tree.children.first_mut(), layout.children().next()) {
                self.content.as_widget_mut().operate(tree, layout, renderer, operation);
            }
        });
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
        if let (Some(tree), Some(layout)) = (tree.children.first_mut(), layout.children().next()) {
            self.content.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        }
        if shell.is_event_captured() {
            return;
        }
        let over = cursor.is_over(layout.bounds());
        let state = tree.state.downcast_mut::<State>();
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
                state.focused = false;
                if over {
                    state.pressed = true;
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
            (Event::Keyboard(keyboard::Event::KeyPressed { key, modifiers, repeat: false, .. }), Some(message))
                if state.focused && !modifiers.control() && !modifiers.alt() && is_press_key(key) =>
            {
                shell.publish(message.clone());
                shell.capture_event();
            }
            _ => {}
        }
        let status = Status { hovered: over, pressed: state.pressed, focused: state.focused };
        if let Event::Window(window::Event::RedrawRequested(_)) = event {
            self.status = Some(status);
        } else if self.status.is_some_and(|shown| shown != status) {
            shell.request_redraw();
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        _style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        use iced::advanced::Renderer as _;
        let bounds = layout.bounds();
        let state = tree.state.downcast_ref::<State>();
        let status = Status { focused: state.focused, ..self.status.unwrap_or_default() };
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
        if let (Some(tree), Some(layout)) = (tree.children.first(), layout.children().next()) {
            let style = renderer::Style { text_color };
            self.content.as_widget().draw(tree, renderer, theme, &style, layout, cursor, viewport);
        }
        if status.focused || self.marked {
            draw_ring(renderer, bounds, corner, self.colors);
        }
    }

    fn mouse_interaction(
        &self,
        _tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        _viewport: &Rectangle,
        _renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        if self.on_press.is_some() && cursor.is_over(layout.bounds()) {
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
        Element::new(press)
    }
}
