//! What the manager's answers do, and what is asked without a click.

use iced::widget::text_editor;

use super::app::{App, Effect, Overlay, Purpose};
use super::update::ask_for;
use crate::account::{Refusal, RefusalKind, Reply, Request};
use crate::model::{Call, CallState};

/// How often it is asked how a call sounds: just under the second of the clock that asks.
const STATS: std::time::Duration = std::time::Duration::from_millis(900);

impl App {
    pub(super) fn answered(&mut self, purpose: Purpose, answer: Result<Reply, Refusal>) -> Vec<Effect> {
        match (purpose, answer) {
            (Purpose::Newest(jid, _), Ok(Reply::Messages(page))) => {
                let chat = self.chats.entry(jid.clone()).or_default();
                let kept = chat.take_newest(page);
                self.page_taken(&jid, kept)
            }
            (Purpose::Older(jid), Ok(Reply::Messages(page))) => {
                let chat = self.chats.entry(jid.clone()).or_default();
                let kept = chat.take_older(page);
                self.page_taken(&jid, kept)
            }
            (Purpose::CallsWith(jid), answer) => self.calls_with(&jid, answer),
            (Purpose::Older(jid), Err(_)) => {
                self.chats.entry(jid).or_default().asking_older = false;
                Vec::new()
            }
            (Purpose::History, Ok(Reply::History(records))) => {
                self.history = Some(records);
                self.sort_calls();
                Vec::new()
            }
            (Purpose::Past(turn, limit), Ok(Reply::History(records))) => {
                self.take_past(turn, Some(limit), records);
                Vec::new()
            }
            (Purpose::MorePast(turn), Ok(Reply::History(records))) => {
                self.take_past(turn, None, records);
                Vec::new()
            }
            (Purpose::Stats(id), Ok(Reply::Stats(stats))) => {
                self.stats = Some((id, *stats));
                Vec::new()
            }
            (Purpose::Call(_), Ok(_)) => {
                self.people.query.clear();
                self.refill_list();
                Vec::new()
            }
            (Purpose::Quote(to), Ok(Reply::Quote(quote))) => {
                self.take_quote(to, *quote);
                Vec::new()
            }
            (Purpose::Quote(_), Err(_)) => Vec::new(),
            // The question that comes with it says it better.
            (Purpose::Call(_) | Purpose::Tell, Err(refusal)) if refusal.question.is_some() => Vec::new(),
            (Purpose::Call(to), Err(refusal)) => match refusal.kind {
                // A question in the snapshot is the better form of the same.
                RefusalKind::Choose | RefusalKind::Confirm if !self.snapshot.questions.is_empty() => Vec::new(),
                RefusalKind::Choose | RefusalKind::Confirm => self.lay(Some(Overlay::Choose(to, refusal))),
                _ => {
                    let mut effects = self.say(refusal.text);
                    effects.extend(self.not_asked());
                    effects
                }
            },
            (Purpose::Sent(jid, body), Err(refusal)) => {
                let chat = self.chats.entry(jid.clone()).or_default();
                if chat.draft.text().trim().is_empty() {
                    chat.draft = text_editor::Content::with_text(&body);
                }
                let mut effects = self.say(refusal.text);
                effects.extend(self.draft_changed(jid));
                effects
            }
            (Purpose::Card(edited), answer) => self.card_answered(edited.is_some(), answer),
            (Purpose::Place, answer) => self.place_answered(answer),
            (Purpose::Talk(purpose), answer) => self.talk_answered(purpose, answer),
            (Purpose::Account, answer) => self.account_answered(answer),
            (Purpose::Others(purpose), answer) => self.others_answered(purpose, answer),
            (Purpose::Book(purpose), answer) => self.book_answered(purpose, answer),
            (Purpose::Report, Ok(Reply::Report { saved: Some(path), .. })) => {
                self.say(super::text::report_saved(&path).into())
            }
            (Purpose::Report, Ok(Reply::Report { text, saved: None, .. })) => {
                let mut effects = self.say(super::text::REPORT_COPIED.into());
                effects.push(Effect::Copy(text));
                effects
            }
            (Purpose::Features(jid), Ok(Reply::Features(views))) => {
                self.features = Some((jid, views));
                Vec::new()
            }
            (Purpose::Report, Err(refusal)) => self.say(refusal.text),
            (Purpose::File(purpose), answer) => self.file_answered(purpose, answer),
            (Purpose::Explained, answer) => self.explained(answer),
            (Purpose::Room(purpose), answer) => self.room_answered(purpose, answer),
            (Purpose::Contact(purpose), answer) => self.contact_answered(purpose, answer),
            (Purpose::Quit, _) => vec![Effect::Exit],
            (Purpose::Tell, Err(refusal)) => self.say(refusal.text),
            _ => Vec::new(),
        }
    }

    /// Messages came: what can be called in them, where the screen has to be, and the calls between them.
    fn page_taken(&mut self, jid: &crate::model::Jid, kept: Option<f32>) -> Vec<Effect> {
        let chat = self.chats.entry(jid.clone()).or_default();
        chat.look(&self.snapshot.dialling, false);
        let mut effects = self.ask_calls_with(jid, false);
        effects.extend(kept.map(|offset| Effect::ScrollTo(super::app::name::TIMELINE, offset)));
        effects
    }

    /// Asks once a second how the sound of the call in the full view is doing.
    pub(super) fn ask_stats(&mut self) -> Vec<Effect> {
        let talking = |call: &&Call| call.state == CallState::Active && call.end.is_none();
        let Some(id) = self.watched_call().and_then(|id| self.call(id)).filter(talking).map(|call| call.id) else {
            return Vec::new();
        };
        let now = self.now.boot;
        if self.asked_stats.is_some_and(|asked| now.saturating_since(asked) < STATS) {
            return Vec::new();
        }
        self.asked_stats = Some(now);
        ask_for(Request::Stats(id), Purpose::Stats(id))
    }
}
