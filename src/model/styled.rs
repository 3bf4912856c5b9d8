//! Message styling (XEP-0393): which parts of a text are bold, quoted or code. A text and its styles are the same text:
//! nothing is removed or added, so that what is copied is what was written.
//!
//! The parser never recurses deeper than there are kinds of spans, its work grows with the length of the text, and what
//! it gives is bounded (X27).

use std::ops::Range;

use super::link::{Link, find_links};

/// Quotes inside of quotes are told apart down to this depth; further marks stay text.
const DEEPEST: u8 = 6;
/// So many blocks of one text; what follows is one plain block.
const MOST_BLOCKS: usize = 400;
/// So many runs of one text; what follows is plain.
const MOST_RUNS: usize = 4_000;
/// Marks a block of code.
const FENCE: &str = "```";

/// How a part of a text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// `*strong*`.
    pub bold: bool,
    /// `_emphasised_`.
    pub italic: bool,
    /// `~struck~`.
    pub struck: bool,
    /// `` `preformatted` ``.
    pub mono: bool,
    /// The directive itself, which is shown paler (XEP-0393 section 7).
    pub directive: bool,
}

/// A part of a text that looks the same throughout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its place in the text, in bytes.
    pub range: Range<usize>,
    /// How it looks.
    pub look: Look,
    /// Where it leads.
    pub link: Option<Link>,
}

/// A part of a text that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// So many quotes it stands in (XEP-0393 section 5.1.3).
    pub quote: u8,
    /// What it holds.
    pub content: BlockContent,
}

/// What a block holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BlockContent {
    /// Lines, each a list of runs.
    Lines(Vec<Vec<Run>>),
    /// Code, line by line, as places in the text (XEP-0393 section 5.1.2).
    Code(Vec<Range<usize>>),
}

/// A text with its styles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Styled {
    /// The blocks, in order.
    pub blocks: Vec<Block>,
}

impl Styled {
    /// Reads a text. `styled` is false where the sender wants none of it (XEP-0393 section 6): then only links are found.
    #[must_use]
    pub fn parse(text: &str, styled: bool) -> Self {
        let links = find_links(text);
        let mut parser = Parser { text, links: &links, blocks: Vec::new(), runs: 0 };
        if styled {
            parser.blocks();
        } else {
            parser.plain(0..text.len());
        }
        Self { blocks: parser.blocks }
    }

    /// Whether it is nothing but plain lines without links: it can be shown as it is.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.blocks.iter().all(|block| match &block.content {
            BlockContent::Lines(lines) => {
                block.quote == 0 && lines.iter().flatten().all(|run| run.look == Look::default() && run.link.is_none())
            }
            BlockContent::Code(_) => false,
        })
    }

    /// Every link, in order.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.blocks
            .iter()
            .filter_map(|block| match &block.content {
                BlockContent::Lines(lines) => Some(lines),
                BlockContent::Code(_) => None,
            })
            .flatten()
            .flatten()
            .filter_map(|run| run.link.as_ref())
    }
}

/// What somebody does, of a text that begins with `/me ` (XEP-0245 section 3).
#[must_use]
pub fn action(body: &str) -> Option<&str> {
    body.strip_prefix("/me ").filter(|rest| !rest.trim().is_empty())
}

/// Whether a text is nothing but a few emoji, which are shown larger.
#[must_use]
pub fn is_only_emoji(body: &str) -> bool {
    let mut pictures = 0;
    let mut joined = false;
    for c in body.trim().chars() {
        match c {
            '\u{200d}' => joined = true,
            '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}' => {}
            ' ' => {}
            c if is_emoji(c) => {
                pictures += u32::from(!joined);
                joined = false;
            }
            _ => return false,
        }
    }
    (1..=5).contains(&pictures) && body.chars().count() <= 40
}

/// Whether a character is a picture by itself.
#[must_use]
pub fn is_emoji(c: char) -> bool {
    matches!(c,
        '\u{1f300}'..='\u{1faff}' | '\u{1f1e6}'..='\u{1f1ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b05}'..='\u{2b07}' | '\u{2b50}' | '\u{2b55}'
        | '\u{2b1b}' | '\u{2b1c}' | '\u{231a}' | '\u{231b}' | '\u{23e9}'..='\u{23f3}' | '\u{1f004}' | '\u{1f0cf}' | '\u{1f170}'..='\u{1f251}'
        | '\u{3030}' | '\u{303d}' | '\u{203c}' | '\u{2049}' | '\u{2934}' | '\u{2935}' | '\u{2194}'..='\u{2199}')
}

/// A text in parts that are emoji and parts that are not: they need different faces.
#[must_use]
pub fn emoji_apart(text: &str) -> Vec<(bool, Range<usize>)> {
    let mut parts: Vec<(bool, Range<usize>)> = Vec::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        // What joins and colours pictures belongs to the one before it.
        let joins = matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}');
        match parts.last_mut() {
            Some((true, range)) if joins || is_emoji(c) => range.end = end,
            Some((false, range)) if !is_emoji(c) => range.end = end,
            Some(_) | None => parts.push((is_emoji(c), at..end)),
        }
    }
    parts
}

struct Parser<'a> {
    text: &'a str,
    links: &'a [(Range<usize>, Link)],
    blocks: Vec<Block>,
    runs: usize,
}

/// A line: so many quotes, and what stands in them.
struct Line {
    quote: u8,
    range: Range<usize>,
}

impl Parser<'_> {
    fn blocks(&mut self) {
        let mut fenced: Option<u8> = None;
        let mut start = 0;
        while start <= self.text.len() {
            let end = self.text.get(start..).and_then(|rest| rest.find('\n')).map_or(self.text.len(), |at| start + at);
            if self.blocks.len() >= MOST_BLOCKS || self.runs >= MOST_RUNS {
                return self.plain(start..self.text.len());
            }
            // In a block of code only the quotes around it are taken off.
            let line = self.line(start..end, fenced.unwrap_or(DEEPEST));
            let content = self.text.get(line.range.clone()).unwrap_or_default();
            match fenced {
                Some(quote) if line.quote == quote => {
                    if content.trim_end() == FENCE {
                        fenced = None;
                    } else if let Some(Block { content: BlockContent::Code(lines), .. }) = self.blocks.last_mut() {
                        lines.push(line.range);
                    }
                }
                // Its quote ended, and the code with it.
                Some(_) | None if content.starts_with(FENCE) => {
                    fenced = Some(line.quote);
                    self.blocks.push(Block { quote: line.quote, content: BlockContent::Code(Vec::new()) });
                }
                Some(_) | None => {
                    fenced = None;
                    let runs = self.spans(line.range);
                    self.push_line(line.quote, runs);
                }
            }
            start = end + 1;
        }
    }

    /// Takes up to `most` marks of quotes off a line (XEP-0393 section 5.1.3).
    fn line(&self, range: Range<usize>, most: u8) -> Line {
        let mut at = range.start;
        let mut quote = 0;
        while quote < most && self.text.as_bytes().get(at) == Some(&b'>') && at < range.end {
            at += 1;
            quote += 1;
            // One space behind the mark belongs to it.
            if self.text.as_bytes().get(at) == Some(&b' ') && at < range.end {
                at += 1;
            }
        }
        Line { quote, range: at..range.end }
    }

    fn push_line(&mut self, quote: u8, runs: Vec<Run>) {
        self.runs += runs.len() + 1;
        match self.blocks.last_mut() {
            Some(Block { quote: before, content: BlockContent::Lines(lines) }) if *before == quote => lines.push(runs),
            Some(_) | None => self.blocks.push(Block { quote, content: BlockContent::Lines(vec![runs]) }),
        }
    }

    /// Lines without styles.
    fn plain(&mut self, range: Range<usize>) {
        let mut start = range.start;
        let mut lines = Vec::new();
        for line in self.text.get(range.clone()).unwrap_or_default().split('\n') {
            let end = start + line.len();
            let mut runs = Vec::new();
            if self.runs < MOST_RUNS {
                self.unstyled(start..end, Look::default(), &mut runs);
            } else if start < end {
                runs.push(Run { range: start..end, look: Look::default(), link: None });
            }
            self.runs += runs.len();
            lines.push(runs);
            start = end + 1;
        }
        self.blocks.push(Block { quote: 0, content: BlockContent::Lines(lines) });
    }

    /// A part of a line in which only links are told apart.
    fn unstyled(&self, range: Range<usize>, look: Look, runs: &mut Vec<Run>) {
        let mut at = range.start;
        let first = self.links.partition_point(|(place, _)| place.end <= range.start);
        for (place, link) in self.links.get(first..).unwrap_or_default() {
            if place.end > range.end {
                break;
            }
            if place.start > at {
                runs.push(Run { range: at..place.start, look, link: None });
            }
            if place.start >= at {
                runs.push(Run { range: place.clone(), look, link: Some(link.clone()) });
                at = place.end;
            }
        }
        if at < range.end {
            runs.push(Run { range: at..range.end, look, link: None });
        }
    }

    /// The spans of a line (XEP-0393 section 5.2).
    fn spans(&self, line: Range<usize>) -> Vec<Run> {
        let mut closers: [Vec<usize>; 4] = Default::default();
        let mut before = None;
        for (at, c) in self.text.get(line.clone()).unwrap_or_default().char_indices() {
            let at = line.start + at;
            if let Some(kind) = directive(c)
                && before.is_some_and(|before: char| !before.is_whitespace())
                && !self.in_link(at)
                && let Some(list) = closers.get_mut(kind)
            {
                list.push(at);
            }
            before = Some(c);
        }
        let mut runs = Vec::new();
        self.walk(line, Look::default(), true, &closers, &mut runs);
        runs
    }

    fn in_link(&self, at: usize) -> bool {
        let place = self.links.partition_point(|(range, _)| range.end <= at);
        self.links.get(place).is_some_and(|(range, _)| range.contains(&at))
    }

    /// Runs of a part of a line. A span ends at the first directive of its kind that may close it, so none lies in one of
    /// its own kind: this goes no deeper than there are kinds.
    fn walk(&self, part: Range<usize>, look: Look, opened: bool, closers: &[Vec<usize>; 4], runs: &mut Vec<Run>) {
        let (mut plain, mut at) = (part.start, part.start);
        // Whether an opening directive, the beginning of the line or white space stands before.
        let mut may_open = opened;
        while let Some(c) = self.text.get(at..part.end).and_then(|rest| rest.chars().next()) {
            let span = directive(c)
                .filter(|_| may_open && !self.in_link(at))
                .and_then(|kind| self.closer(kind, at, part.end, closers).map(|close| (kind, close)));
            match span {
                Some((kind, close)) => {
                    self.unstyled(plain..at, look, runs);
                    let mark = |place: usize| Run {
                        range: place..place + 1,
                        look: Look { directive: true, ..look },
                        link: None,
                    };
                    runs.push(mark(at));
                    let inner = at + 1..close;
                    match kind {
                        0 => self.walk(inner, Look { bold: true, ..look }, true, closers, runs),
                        1 => self.walk(inner, Look { italic: true, ..look }, true, closers, runs),
                        2 => self.walk(inner, Look { struck: true, ..look }, true, closers, runs),
                        // Nothing is a directive or a link inside (section 5.2.4).
                        _ => runs.push(Run { range: inner, look: Look { mono: true, ..look }, link: None }),
                    }
                    runs.push(mark(close));
                    at = close + 1;
                    plain = at;
                    may_open = false;
                }
                None => {
                    at += c.len_utf8();
                    may_open = c.is_whitespace();
                }
            }
        }
        self.unstyled(plain..part.end, look, runs);
    }

    /// Where the span that would begin at `at` ends: behind at least one character, and not directly behind white space.
    fn closer(&self, kind: usize, at: usize, end: usize, closers: &[Vec<usize>; 4]) -> Option<usize> {
        let next = self.text.get(at + 1..end)?.chars().next()?;
        if next.is_whitespace() {
            return None;
        }
        let list = closers.get(kind)?;
        let first = list.partition_point(|close| *close <= at + 1);
        list.get(first).copied().filter(|close| *close < end && directive(next) != Some(kind))
    }
}

/// Which kind of span a character begins and ends.
fn directive(c: char) -> Option<usize> {
    Some(match c {
        '*' => 0,
        '_' => 1,
        '~' => 2,
        '`' => 3,
        _ => return None,
    })
}

#[cfg(test)]
#[path = "styled_tests.rs"]
mod tests;
