//! A focus stop around a list: it takes arrows, Home, End, paging, Enter and typing.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::operation::Focusable;
use iced::advanced::widget::{Id, Operation, Tree, Widget, tree};
use iced::advanced::{Clipboard, Shell, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Size, Theme, Vector, keyboard, mouse};

use super::super::theme::{Colors, radius};
use super::press::draw_ring;

/// Keys of a focused list: the key, and the text that it types.
type OnKey<'a, Message> = Box<dyn Fn(&keyboard::Key, Option<&str>) -> Option<Message> + 'a>;

/// The focus stop.
pub struct KeyArea<'a, Message> {
    content: Element<'a, Message>,
    id: Id,
    colors: &'static Colors,
    on_key: OnKey<'a, Message>,
}

#[derive(Default)]
struct State {
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

impl<'a, Message> KeyArea<'a, Message> {
    /// A stop around `content`; `on_key` says what a key does, `None`: not meant for the list.
    pub fn new(
        colors: &'static Colors,
        id: impl Into<Id>,
        content: impl Into<Element<'a, Message>>,
        on_key: impl Fn(&keyboard::Key, Option<&str>) -> Option<Message> + 'a,
    ) -> Self {
        Self { content: content.into(), id: id.into(), colors, on_key: Box::new(on_key) }
    }
}

impl<Message> Widget<Message, Theme, iced::Renderer> for KeyArea<'_, Message> {
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
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        match tree.children.first_mut() {
            Some(tree) => {
                let node = self.content.as_widget_mut().layout(tree, renderer, limits);
                layout::Node::with_children(node.size(), vec![node])
            }
            None => layout::Node::new(Size::ZERO),
        }
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        operation.focusable(Some(&self.id), layout.bounds(), tree.state.downcast_mut::<State>());
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
        let focused = tree.state.downcast_ref::<State>().focused;
        if let Event::Mouse(mouse::Event::ButtonPressed(_)) = event
            && focused
        {
            tree.state.downcast_mut::<State>().focused = false;
            shell.request_redraw();
        }
        if let (Some(tree), Some(layout)) = (tree.children.first_mut(), layout.children().next()) {
            self.content.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
        }
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
        tree: &Tree,
        renderer: &mut iced::Renderer,
        theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        if let (Some(child), Some(layout)) = (tree.children.first(), layout.children().next()) {
            self.content.as_widget().draw(child, renderer, theme, style, layout, cursor, viewport);
        }
        if tree.state.downcast_ref::<State>().focused {
            use iced::advanced::Renderer as _;
            let colors = self.colors;
            renderer.with_layer(layout.bounds(), |renderer| {
                draw_ring(renderer, layout.bounds(), radius::SMALL, colors);
            });
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
        match (tree.children.first(), layout.children().next()) {
            (Some(tree), Some(layout)) => {
                self.content.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer)
            }
            _ => mouse::Interaction::default(),
        }
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, iced::Renderer>> {
        self.content.as_widget_mut().overlay(
            tree.children.first_mut()?,
            layout.children().next()?,
            renderer,
            viewport,
            translation,
        )
    }
}

impl<'a, Message: 'a> From<KeyArea<'a, Message>> for Element<'a, Message> {
    fn from(area: KeyArea<'a, Message>) -> Self {
        Element::new(area)
    }
}
