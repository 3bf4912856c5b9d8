//! One line of text that ends in "…" where it does not fit.

use std::borrow::Cow;

use iced::advanced::layout::{self, Layout};
use iced::advanced::text::{self, Paragraph as _};
use iced::advanced::widget::{Operation, Tree, Widget, tree};
use iced::advanced::{Text, renderer};
use iced::{Color, Element, Font, Length, Pixels, Rectangle, Size, Theme, alignment, mouse};

use super::super::text::plain;
use super::super::theme::{REGULAR, STRONG, size};

type Paragraph = <iced::Renderer as text::Renderer>::Paragraph;

/// The longest text that is shaped; more never fits a line.
const LONGEST: usize = 400;

/// A line of text.
pub struct Line<'a> {
    content: Cow<'a, str>,
    size: f32,
    font: Font,
    color: Option<Color>,
    width: Length,
}

/// What a line tells an operation whose text had no room although it asks for just its own width: the word of a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortened(pub String);

#[derive(Default)]
struct State {
    /// The text ends in "…".
    shortened: bool,
    content: String,
    width: f32,
    size: f32,
    font: Font,
    paragraph: Paragraph,
}

/// A line of body text; line breaks become spaces.
pub fn line<'a>(content: impl Into<Cow<'a, str>>) -> Line<'a> {
    let content = content.into();
    let content = match plain(&content) {
        Cow::Owned(plain) => Cow::Owned(plain),
        Cow::Borrowed(_) => content,
    };
    let content = match content.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(content.get(..end).unwrap_or_default().to_owned()),
        None => content,
    };
    Line { content, size: size::BODY, font: REGULAR, color: None, width: Length::Fill }
}

impl Line<'_> {
    /// The type size.
    #[must_use]
    pub fn size(mut self, size: f32) -> Self {
        self.size = size;
        self
    }

    /// In the heavier weight.
    #[must_use]
    pub fn strong(mut self) -> Self {
        self.font = STRONG;
        self
    }

    /// In the heavier weight, if so.
    #[must_use]
    pub fn strong_if(self, strong: bool) -> Self {
        if strong { self.strong() } else { self }
    }

    /// The colour, else that of what it stands in.
    #[must_use]
    pub fn color(mut self, color: Color) -> Self {
        self.color = Some(color);
        self
    }

    /// As wide as the text, where there is room.
    #[must_use]
    pub fn shrink(mut self) -> Self {
        self.width = Length::Shrink;
        self
    }

    fn paragraph(&self, content: &str) -> Paragraph {
        Paragraph::with_text(Text {
            content,
            bounds: Size::new(f32::INFINITY, f32::INFINITY),
            size: Pixels(self.size),
            line_height: text::LineHeight::default(),
            font: self.font,
            align_x: text::Alignment::Left,
            align_y: alignment::Vertical::Top,
            shaping: text::Shaping::Auto,
            wrapping: text::Wrapping::None,
        })
    }

    /// The longest beginning that fits with "…".
    fn fit(&self, width: f32) -> (Paragraph, bool) {
        let whole = self.paragraph(&self.content);
        if whole.min_width() <= width + 0.5 {
            return (whole, false);
        }
        let ends: Vec<usize> = self.content.char_indices().map(|(at, _)| at).collect();
        let (mut low, mut high) = (0, ends.len());
        let mut best = self.paragraph("…");
        while low < high {
            let middle = (low + high).div_ceil(2);
            let end = ends.get(middle).copied().unwrap_or(self.content.len());
            let candidate = format!("{}…", self.content.get(..end).unwrap_or_default().trim_end());
            let paragraph = self.paragraph(&candidate);
            if paragraph.min_width() <= width {
                low = middle;
                best = paragraph;
            } else {
                high = middle - 1;
            }
        }
        (best, true)
    }
}

impl<Message> Widget<Message, Theme, iced::Renderer> for Line<'_> {
    fn tag(&self) -> tree::Tag {
        tree::Tag::of::<State>()
    }

    fn state(&self) -> tree::State {
        tree::State::new(State { width: -1.0, ..State::default() })
    }

    fn size(&self) -> Size<Length> {
        Size { width: self.width, height: Length::Shrink }
    }

    fn layout(&mut self, tree: &mut Tree, _renderer: &iced::Renderer, limits: &layout::Limits) -> layout::Node {
        let state = tree.state.downcast_mut::<State>();
        let width = limits.max().width;
        let same = state.content == self.content && state.size == self.size && state.font == self.font;
        if !same || (state.width - width).abs() > 0.25 {
            let (paragraph, shortened) = self.fit(width);
            *state = State {
                shortened,
                content: self.content.clone().into_owned(),
                width,
                size: self.size,
                font: self.font,
                paragraph,
            };
        }
        let content = state.paragraph.min_bounds();
        layout::Node::new(limits.resolve(self.width, Length::Shrink, content))
    }

    fn operate(
        &mut self,
        tree: &mut Tree,
        layout: Layout<'_>,
        _renderer: &iced::Renderer,
        operation: &mut dyn Operation,
    ) {
        operation.text(None, layout.bounds(), &self.content);
        if self.width == Length::Shrink && tree.state.downcast_ref::<State>().shortened {
            operation.custom(None, layout.bounds(), &mut Shortened(self.content.clone().into_owned()));
        }
    }

    fn draw(
        &self,
        tree: &Tree,
        renderer: &mut iced::Renderer,
        _theme: &Theme,
        style: &renderer::Style,
        layout: Layout<'_>,
        _cursor: mouse::Cursor,
        viewport: &Rectangle,
    ) {
        use text::Renderer as _;
        let state = tree.state.downcast_ref::<State>();
        let color = self.color.unwrap_or(style.text_color);
        renderer.fill_paragraph(&state.paragraph, layout.bounds().position(), color, *viewport);
    }
}

impl<'a, Message: 'a> From<Line<'a>> for Element<'a, Message> {
    fn from(line: Line<'a>) -> Self {
        Element::new(line)
    }
}
