//! A text with its styles (XEP-0393) and links. Nothing of it is opened without a click, and nothing is left out of it.

use iced::widget::text::{LineHeight, Span, Wrapping};
use iced::widget::{column, container, rich_text, row, space as gap};
use iced::{Element, Font, Length, Padding, border, font};

use super::super::message::Message;
use super::super::talk::Message as Talk;
use super::super::theme::{Colors, MONO, REGULAR, STRONG, size, space};
use super::super::widget::{pane, spoken, wrapped};
use crate::model::{Block, BlockContent, Link, Look, Run, Styled, is_only_emoji};

/// The height of a line of text, by its size.
const LINE: f32 = 1.4;
/// How far the code of a block stands from its edge.
const CODE: Padding = Padding { top: space::S, right: space::M, bottom: space::S, left: space::M };

/// A text. `before` stands in front of it in the heavier weight: a name, of what somebody does.
pub fn view<'a>(c: &'static Colors, text: &'a str, styled: &'a Styled, before: Option<String>) -> Element<'a, Message> {
    if before.is_none() && styled.is_plain() {
        // A few emoji are words by themselves, and are seen as such.
        return if is_only_emoji(text) {
            wrapped(c, text).size(size::CALL + space::S).line_height(LineHeight::Relative(1.2)).into()
        } else {
            wrapped(c, text).line_height(LineHeight::Relative(LINE)).into()
        };
    }
    let mut before = before;
    let mut blocks = column![].spacing(space::XS);
    for block in &styled.blocks {
        blocks = blocks.push(one(c, text, block, before.take()));
    }
    spoken(text, blocks)
}

fn one<'a>(c: &'static Colors, text: &'a str, block: &'a Block, before: Option<String>) -> Element<'a, Message> {
    let content: Element<'a, Message> = match &block.content {
        BlockContent::Lines(lines) => {
            let mut spans: Vec<Span<'a, Link>> = Vec::new();
            if let Some(name) = before {
                spans.push(Span::new(format!("{name} ")).font(STRONG));
            }
            for (at, line) in lines.iter().enumerate() {
                if at > 0 {
                    spans.push(Span::new("\n"));
                }
                spans.extend(line.iter().filter_map(|run| span(c, text, run, block.quote > 0)));
            }
            rich_text(spans)
                .size(size::BODY)
                .font(REGULAR)
                .color(c.text)
                .line_height(LineHeight::Relative(LINE))
                .wrapping(Wrapping::WordOrGlyph)
                .on_link_click(|link| Message::Talk(Talk::Follow(link)))
                .into()
        }
        BlockContent::Code(lines) => {
            let lines: Vec<&str> = lines.iter().filter_map(|line| text.get(line.clone())).collect();
            let words = wrapped(c, lines.join("\n")).font(MONO).size(size::SECONDARY).line_height(LINE);
            container(words)
                .padding(CODE)
                .style(move |_| container::Style {
                    background: Some(c.code.into()),
                    border: border::rounded(super::super::theme::radius::SMALL),
                    ..Default::default()
                })
                .into()
        }
    };
    // A bar for each quote that it stands in.
    (0..block.quote).fold(content, |content, _| quoted(c, content))
}

/// A bar beside what is quoted.
pub fn quoted<'a>(c: &'static Colors, content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    let bar = pane(c.muted, gap().width(3.0).height(Length::Fill));
    row![bar, content.into()].spacing(space::S).height(Length::Shrink).into()
}

fn span<'a>(c: &'static Colors, text: &'a str, run: &Run, quoted: bool) -> Option<Span<'a, Link>> {
    let Look { bold, italic, struck, mono, directive } = run.look;
    let mut span = Span::new(text.get(run.range.clone())?);
    let mut face = match (mono, bold) {
        (true, _) => MONO,
        (false, true) => Font { weight: font::Weight::Bold, ..STRONG },
        (false, false) => REGULAR,
    };
    if italic && !directive {
        face.style = font::Style::Italic;
    }
    span = span.font(face).strikethrough(struck && !directive);
    if mono {
        span = span.size(size::BODY - 1.0);
    }
    if directive || quoted {
        span = span.color(c.muted);
    }
    if let Some(link) = &run.link {
        span = span.color(c.link).underline(true).link(link.clone());
    }
    Some(span)
}
