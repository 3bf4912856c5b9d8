//! What every wrapper around one piece of content shares: whatever it does not do itself, the content does.

use iced::advanced::layout::{self, Layout};
use iced::advanced::widget::operation::Focusable;
use iced::advanced::widget::{Operation, Tree, Widget, tree};
use iced::advanced::{Clipboard, Shell, overlay, renderer};
use iced::{Element, Event, Length, Rectangle, Size, Theme, Vector, mouse};

/// What a wrapper does. `inner` is in each case what its content does.
pub trait Around<Message> {
    /// What it remembers from one frame to the next.
    type State: 'static;
    /// Whether its layout holds that of the content as a child; otherwise they are the same.
    const NESTED: bool = false;

    /// What it remembers at first.
    fn state(&self) -> Self::State;

    /// Its size.
    fn size(&self, inner: Size<Length>) -> Size<Length> {
        inner
    }

    /// Its layout.
    fn layout(&self, limits: &layout::Limits, inner: &mut dyn FnMut(&layout::Limits) -> layout::Node) -> layout::Node {
        inner(limits)
    }

    /// Finding and focusing.
    fn operate(
        &self,
        _state: &mut Self::State,
        _bounds: Rectangle,
        operation: &mut dyn Operation,
        inner: &mut dyn FnMut(&mut dyn Operation),
    ) {
        inner(operation);
    }

    /// An event.
    fn update(
        &mut self,
        _state: &mut Self::State,
        event: &Event,
        _at: (Rectangle, mouse::Cursor),
        shell: &mut Shell<'_, Message>,
        inner: &mut dyn FnMut(&Event, &mut Shell<'_, Message>),
    ) {
        inner(event, shell);
    }

    /// Drawing.
    fn draw(
        &self,
        _state: &Self::State,
        renderer: &mut iced::Renderer,
        style: &renderer::Style,
        _bounds: Rectangle,
        inner: &mut dyn FnMut(&mut iced::Renderer, &renderer::Style),
    ) {
        inner(renderer, style);
    }

    /// How the pointer looks over it.
    fn interaction(
        &self,
        _at: (Rectangle, mouse::Cursor),
        inner: &mut dyn FnMut() -> mouse::Interaction,
    ) -> mouse::Interaction {
        inner()
    }
}

/// Content with something around it.
pub struct Wrap<'a, Message, A> {
    content: Element<'a, Message>,
    around: A,
}

/// `content` with `around` around it.
pub fn wrap<'a, Message: 'a, A: Around<Message> + 'a>(
    content: impl Into<Element<'a, Message>>,
    around: A,
) -> Element<'a, Message> {
    Element::new(Wrap { content: content.into(), around })
}

/// The content's layout.
fn inner<'a, Message, A: Around<Message>>(layout: Layout<'a>) -> Option<Layout<'a>> {
    if A::NESTED { layout.children().next() } else { Some(layout) }
}

impl<Message, A: Around<Message>> Widget<Message, Theme, iced::Renderer> for Wrap<'_, Message, A> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<A::State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(self.around.state())
    }

    fn children(&self) -> Vec<Tree> {
        vec![Tree::new(&self.content)]
    }

    fn diff(&self, tree: &mut Tree) {
        tree.diff_children(std::slice::from_ref(&self.content));
    }

    fn size(&self) -> Size<Length> {
        self.around.size(self.content.as_widget().size())
    }

    fn layout(&mut self, tree: &mut Tree, renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let [child] = tree.children.as_mut_slice() else { return layout::Node::default() };
        let content = self.content.as_widget_mut();
        self.around.layout(limits, &mut |limits| content.layout(child, renderer, limits))
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        let content = self.content.as_widget_mut();
        let (state, children) = (tree.state.downcast_mut::<A::State>(), &mut tree.children);
        self.around.operate(state, layout.bounds(), operation, &mut |operation| {
            if let ([child], Some(layout)) = (children.as_mut_slice(), inner::<Message, A>(layout)) {
                content.operate(child, layout, renderer, operation);
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
        let content = self.content.as_widget_mut();
        let (state, children) = (tree.state.downcast_mut::<A::State>(), &mut tree.children);
        self.around.update(state, event, (layout.bounds(), cursor), shell, &mut |event, shell| {
            if let ([child], Some(layout)) = (children.as_mut_slice(), inner::<Message, A>(layout)) {
                content.update(child, event, layout, cursor, renderer, clipboard, shell, viewport);
            }
        });
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
        let content = self.content.as_widget();
        let state = tree.state.downcast_ref::<A::State>();
        self.around.draw(state, renderer, style, layout.bounds(), &mut |renderer, style| {
            if let ([child], Some(layout)) = (tree.children.as_slice(), inner::<Message, A>(layout)) {
                content.draw(child, renderer, theme, style, layout, cursor, viewport);
            }
        });
    }

    fn mouse_interaction(
        &self,
        tree: &Tree,
        layout: Layout<'_>,
        cursor: mouse::Cursor,
        viewport: &Rectangle,
        renderer: &iced::Renderer,
    ) -> mouse::Interaction {
        self.around.interaction((layout.bounds(), cursor), &mut || match (
            tree.children.as_slice(),
            inner::<Message, A>(layout),
        ) {
            ([child], Some(layout)) => {
                self.content.as_widget().mouse_interaction(child, layout, cursor, viewport, renderer)
            }
            _ => mouse::Interaction::default(),
        })
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
        let layout = inner::<Message, A>(layout)?;
        self.content.as_widget_mut().overlay(child, layout, renderer, viewport, translation)
    }
}

/// Whether a focus stop has the keyboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Focus(pub bool);

impl Focusable for Focus {
    fn is_focused(&self) -> bool {
        self.0
    }

    fn focus(&mut self) {
        self.0 = true;
    }

    fn unfocus(&mut self) {
        self.0 = false;
    }
}
