//! A text with its styles (XEP-0393) and links. Nothing of it is opened without a click, and nothing is left out of it.

use iced::widget::text::{LineHeight, Span, Wrapping};
use iced::widget::{column, container, rich_text, row, space as gap};
use iced::{Element, Font, Length, Padding, border, font};

use super::super::message::Message;
use super::super::talk::Message as Talk;
use super::super::theme::{Colors, EMOJI, MONO, REGULAR, STRONG, size, space};
use super::super::widget::{pane, spoken, wrapped};
use crate::model::{Block, BlockContent, Link, Look, Run, Styled, emoji_apart, is_emoji, is_only_emoji};

/// The height of a line of text, by its size.
const LINE: f32 = 1.4;
/// How far the code of a block stands from its edge.
const CODE: Padding = Padding { top: space::S, right: space::M, bottom: space::S, left: space::M };

/// A text.
pub fn view<'a>(c: &'static Colors, text: &'a str, styled: &'a Styled) -> Element<'a, Message> {
    // A few emoji are words by themselves, and are seen as such.
    if styled.is_plain() && is_only_emoji(text) {
        let line = LineHeight::Relative(1.2);
        return wrapped(c, text).font(EMOJI).size(size::CALL + space::S).line_height(line).into();
    }
    if styled.is_plain() && !text.chars().any(is_emoji) {
        return wrapped(c, text).line_height(LineHeight::Relative(LINE)).into();
    }
    let mut blocks = column![].spacing(space::XS);
    for block in &styled.blocks {
        blocks = blocks.push(one(c, text, block));
    }
    spoken(text, blocks)
}

/// What somebody does: the name, and what `/me` stood before.
pub fn does<'a>(c: &'static Colors, name: &str, what: &'a str) -> Element<'a, Message> {
    let mut spans: Vec<Span<'a, Link>> = vec![Span::new(format!("{name} ")).font(STRONG)];
    spans.extend(faces(what, Span::new("").color(c.muted)));
    spoken(super::super::text::talk::does(name, what), rich(c, spans))
}

fn rich<'a>(c: &'static Colors, spans: Vec<Span<'a, Link>>) -> Element<'a, Message> {
    rich_text(spans)
        .size(size::BODY)
        .font(REGULAR)
        .color(c.text)
        .line_height(LineHeight::Relative(LINE))
        .wrapping(Wrapping::WordOrGlyph)
        .on_link_click(|link| Message::Talk(Talk::Follow(link)))
        .into()
}

fn one<'a>(c: &'static Colors, text: &'a str, block: &'a Block) -> Element<'a, Message> {
    let content: Element<'a, Message> = match &block.content {
        BlockContent::Lines(lines) => {
            let mut spans: Vec<Span<'a, Link>> = Vec::new();
            for (at, line) in lines.iter().enumerate() {
                if at > 0 {
                    spans.push(Span::new("\n"));
                }
                for run in line {
                    let part = text.get(run.range.clone()).unwrap_or_default();
                    spans.extend(faces(part, look(c, run, block.quote > 0)));
                }
            }
            rich(c, spans)
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

/// A part of a text that looks the same, with its emoji in their own face.
fn faces<'a>(part: &'a str, look: Span<'a, Link>) -> impl Iterator<Item = Span<'a, Link>> {
    emoji_apart(part).into_iter().filter_map(move |(emoji, range)| {
        let span = Span { text: part.get(range)?.into(), ..look.clone() };
        Some(if emoji { span.font(EMOJI) } else { span })
    })
}

/// How a run looks.
fn look<'a>(c: &'static Colors, run: &Run, quoted: bool) -> Span<'a, Link> {
    let Look { bold, italic, struck, mono, directive } = run.look;
    let mut span = Span::new("");
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
    span
}
