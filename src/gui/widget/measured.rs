//! A wrapper that remembers how high its content became, so that a long list can leave out what is not on the screen.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::{Operation, Tree, Widget, tree};
use iced::advanced::{Clipboard, Shell, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Size, Theme, Vector, mouse};

use crate::model::MessageId;

/// Known heights at one width.
#[derive(Clone, Debug, Default)]
pub struct Heights(Rc<RefCell<Known>>);

#[derive(Debug, Default)]
struct Known {
    width: f32,
    heights: HashMap<MessageId, f32>,
}

/// Heights that are kept; beyond this the memory is dropped and measured again.
const KEPT: usize = 4096;

impl Heights {
    /// The height of a message, where it has been laid out at the present width.
    pub fn of(&self, id: &MessageId) -> Option<f32> {
        self.0.borrow().heights.get(id).copied()
    }

    fn learn(&self, id: &MessageId, width: f32, height: f32) {
        let mut known = self.0.borrow_mut();
        if (known.width - width).abs() > 0.5 || known.heights.len() > KEPT {
            known.heights.clear();
            known.width = width;
        }
        known.heights.insert(id.clone(), height);
    }
}

/// `content`, whose height is remembered under `id`.
pub fn measured<'a, Message: 'a>(
    heights: &Heights,
    id: &MessageId,
    content: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    Element::new(Measured { heights: heights.clone(), id: id.clone(), content: content.into() })
}

struct Measured<'a, Message> {
    heights: Heights,
    id: MessageId,
    content: Element<'a, Message>,
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Measured<'_, Message> {
    fn tag(&self) -> tree::Tag {
        self.content.as_widget().tag()
    }

    fn state(&self) -> tree::State {
        self.content.as_widget().state()
    }

    fn children(&self) -> Vec<Tree> {
        self.content.as_widget().children()
    }

    fn diff(&self, tree: &mut Tree) {
        self.content.as_widget().diff(tree);
    }

    fn size(&self) -> Size<Length> {
        self.content.as_widget().size()
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let node = self.content.as_widget_mut().layout(tree, renderer, limits);
        self.heights.learn(&self.id, limits.max().width, node.size().height);
        node
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        self.content.as_widget_mut().operate(tree, layout, renderer, operation);
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
        self.content.as_widget_mut().update(tree, event, layout, cursor, renderer, clipboard, shell, viewport);
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
        self.content.as_widget().draw(tree, renderer, theme, style, layout, cursor, viewport);
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        self.content.as_widget().mouse_interaction(tree, layout, cursor, viewport, renderer)
    }

    fn overlay<'b>(
        &'b mut self,
        tree: &'b mut Tree,
        layout: Layout<'b>,
        renderer: &iced::Renderer,
        viewport: &Rectangle,
        translation: Vector,
    ) -> Option<overlay::Element<'b, Message, Theme, iced::Renderer>> {
        self.content.as_widget_mut().overlay(tree, layout, renderer, viewport, translation)
    }
}
