//! A conversation with very many messages: only a part of it is held and drawn, wherever the screen is.

use std::time::Instant;

use iced::advanced::renderer::Headless;
use iced_test::runtime::UserInterface;
use iced_test::runtime::user_interface::Cache;
use tandem::account::{Reply, Request, TalkRequest};
use tandem::gui::{App, Effect, Message as Event, Purpose, view};
use tandem::model::{Delivery, Jid, Message, MessageId};

use super::world::*;

/// A store with numbered messages.
struct Long {
    app: App,
    with: Jid,
    count: u32,
    /// The height of everything that is held, as the toolkit would say.
    asked: usize,
}

const HEIGHT: f32 = 640.0;

fn number(id: &MessageId) -> u32 {
    id.0.trim_start_matches('m').parse().unwrap()
}

impl Long {
    fn begin(count: u32) -> Self {
        let with = jid("bob@example.com");
        let mut long = Self { app: app(snapshot()), with: with.clone(), count, asked: 0 };
        let effects = long.app.update(Event::Open(with));
        long.answer(effects);
        long
    }

    fn page(&self, from: u32, to: u32) -> Vec<Message> {
        let words = [
            "yes",
            "a longer line about *something* that wraps once or twice in a bubble of the usual width",
            "see https://example.com/x",
        ];
        let one = |at: u32| {
            let body = format!("{at} {}", words[at as usize % 3]);
            said("bob@example.com", at, at.is_multiple_of(2), "2026-11-20T10:00:00Z", &body, Delivery::Received)
        };
        (from..to).map(one).collect()
    }

    /// Answers what the window asks for, as the store would.
    fn answer(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let Effect::Ask(request, purpose) = effect else { continue };
            let page = match request {
                Request::Messages { limit, before, .. } => {
                    let end = before.map_or(self.count, |id| number(&id));
                    self.page(end.saturating_sub(limit), end)
                }
                Request::Talk(TalkRequest::After { id, limit, .. }) => {
                    let from = number(&id) + 1;
                    self.page(from, (from + limit).min(self.count))
                }
                _ => continue,
            };
            self.asked += 1;
            let more = self.app.update(Event::Answered(purpose, Ok(Reply::Messages(page))));
            self.answer(more);
        }
    }

    fn scrolled(&mut self, from_end: f32, from_start: f32) {
        let effects = self.app.update(Event::TimelineScrolled(from_end, from_start, HEIGHT));
        self.answer(effects);
    }

    fn shows(&self, words: &str) -> bool {
        simulator(&self.app, 1280.0, 800.0).find(words).is_ok()
    }
}

#[test]
fn a_long_conversation_is_read_to_its_beginning_and_back_without_holding_all_of_it() {
    let mut long = Long::begin(10_000);
    assert!(long.shows("9999 yes"));
    for _ in 0..200 {
        long.scrolled(1_000_000.0, 10.0);
    }
    assert!(long.asked > 160, "{} pages", long.asked);
    // The first message is held, so that the way to it asks nobody.
    let first = long.app.update(Event::Talk(tandem::gui::talk::Message::Jump(MessageId("m0".into()))));
    assert!(asked(first).is_empty());
    assert!(long.shows("0 yes"), "the beginning");
    // The newest have gone meanwhile, and come again on the way back.
    long.scrolled(0.0, 100_000.0);
    assert!(!long.shows("9999 yes"));
    for _ in 0..200 {
        long.scrolled(0.0, 100_000.0);
    }
    assert!(long.shows("9999 yes"));
}

/// What the process holds in memory, in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// Update, layout and drawing while a conversation of 100,000 messages scrolls, in the renderer that the window uses:
/// `cargo test --release --features gui-test --test gui scrolling_a_conversation -- --ignored --nocapture`. First the way up
/// through all of it, page after page, then through what is held.
#[test]
#[ignore = "a measurement: by name, in a release build, on a machine that does nothing else"]
fn scrolling_a_conversation_of_100_000_messages_stays_under_a_frame() {
    let mut long = Long::begin(100_000);
    let before = resident();
    let mut pages = Vec::new();
    while long.asked < 100_000 / 50 {
        let (asked, start) = (long.asked, Instant::now());
        long.scrolled(1_000_000.0, 10.0);
        pages.push(start.elapsed());
        if long.asked == asked {
            break;
        }
    }
    let grown = resident().saturating_sub(before);
    pages.sort();
    let all = pages.len();
    println!(
        "{all} pages up, median {:?}, 99th percentile {:?}, {grown} KiB more",
        pages[all / 2],
        pages[all * 99 / 100]
    );
    let first = long.app.update(Event::Talk(tandem::gui::talk::Message::Jump(MessageId("m0".into()))));
    assert!(asked(first).is_empty() && long.shows("0 yes"), "the beginning");
    assert!(grown < 20 * 1024, "{grown} KiB");
    drop(simulator(&long.app, 100.0, 100.0));
    let mut renderer = iced::Renderer::new(tandem::gui::theme::REGULAR, 15.0.into());
    let size = iced::Size::new(1280.0, 800.0);
    let mut cache = Cache::default();
    let mut times = Vec::new();
    for frame in 0..300 {
        let start = Instant::now();
        long.scrolled(frame as f32 * 397.0, 100_000.0);
        let mut window = UserInterface::build(view(&long.app), size, cache, &mut renderer);
        let style = iced::advanced::renderer::Style { text_color: iced::Color::BLACK };
        window.draw(&mut renderer, &long.app.iced_theme(), &style, iced::mouse::Cursor::Unavailable);
        let _ = renderer.screenshot(iced::Size::new(1280, 800), 1.0, iced::Color::WHITE);
        times.push(start.elapsed());
        cache = window.into_cache();
    }
    times.sort();
    let (middle, worst) = (times[times.len() / 2], times[times.len() * 99 / 100]);
    println!("a frame: median {middle:?}, 99th percentile {worst:?}");
    assert!(middle.as_millis() < 16, "{middle:?}");
}

#[test]
fn the_answer_to_an_older_page_of_another_conversation_changes_nothing_here() {
    let mut long = Long::begin(200);
    let other = Purpose::Older(jid("ana@example.com"));
    let page = long.page(0, 60);
    drop(long.app.update(Event::Answered(other, Ok(Reply::Messages(page)))));
    assert!(long.shows("199 a longer line about *something* that wraps once or twice in a bubble of the usual width"));
    assert_eq!(long.with, jid("bob@example.com"));
}
