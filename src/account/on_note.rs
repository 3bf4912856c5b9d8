//! Voice messages: spoken, sent as files, and played where they stand.

use std::sync::Arc;

use super::effect::{Effect, Ticket};
use super::files::{FileEffect, FileRequest};
use super::manager::Manager;
use super::notes::{NoteRequest, not_worth_sending};
use super::pictures::Fetch;
use super::{NoticeBody, Refusal, RefusalKind, Reply};
use crate::media::{Command, NoteNews, NoteOrder, NoteTrack, Spoken};
use crate::model::{
    CallState, Jid, Message, MessageId, NotePlaying, NoteSpeaking, NoteState, NotesView, Now, VOICE_NOTE_NAME,
    media_type, name_at, plays_as_note,
};
use crate::store::{self, TalkCommand};

/// The largest voice message that is fetched, in bytes: an hour and more.
const LARGEST: u64 = 32 * 1024 * 1024;
/// What is as long as this ended by itself, in milliseconds.
const LONGEST: u64 = 590_000;
/// So long that may take, in seconds.
const SECONDS: u64 = 60;

/// Voice messages.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// For whom is spoken.
    to: Option<Jid>,
    /// It was told to stop.
    stopping: bool,
    /// What was spoken, and waits.
    held: Option<Spoken>,
    /// Sent as soon as it is whole, for whom.
    sending: Option<Ticket>,
    /// The one that is played, as soon as its file is here.
    track: Option<Arc<NoteTrack>>,
    /// From where on.
    from: u64,
    next: u64,
    shown: Arc<NotesView>,
}

impl Notes {
    /// For the snapshot.
    pub(super) fn shown(&self) -> Arc<NotesView> {
        self.shown.clone()
    }

    fn change(&mut self, change: impl FnOnce(&mut NotesView)) {
        let mut view = (*self.shown).clone();
        change(&mut view);
        if view != *self.shown {
            self.shown = Arc::new(view);
        }
    }

    fn end_speaking(&mut self) {
        (self.to, self.held, self.stopping) = (None, None, false);
        self.change(|view| view.speaking = None);
    }

    fn playing(&mut self, change: impl FnOnce(&mut NotePlaying)) {
        self.change(|view| {
            if let Some(playing) = &mut view.playing {
                change(playing);
            }
        });
    }

    fn plays(&self, id: &MessageId) -> bool {
        self.shown.playing.as_ref().is_some_and(|playing| playing.id == *id)
    }
}

impl Manager {
    pub(super) fn handle_note_request(&mut self, ticket: Ticket, request: NoteRequest, now: Now) {
        let notes = &mut self.files.notes;
        let outcome = match request {
            NoteRequest::Record(to) => self.begin_to_speak(to, now),
            NoteRequest::Stop => {
                if notes.to.is_some() && notes.held.is_none() && !notes.stopping {
                    notes.stopping = true;
                    self.note(NoteOrder::Finish);
                }
                Ok(Reply::Done)
            }
            NoteRequest::Cancel => {
                notes.end_speaking();
                let waiting = notes.sending.take();
                self.note(NoteOrder::Cancel);
                if let Some(waiting) = waiting {
                    let refusal = Refusal::new(RefusalKind::NotAllowed, "The voice message was thrown away.");
                    self.answer(waiting, Err(refusal));
                }
                Ok(Reply::Done)
            }
            NoteRequest::Send if notes.to.is_none() || notes.sending.is_some() => {
                Err(Refusal::new(RefusalKind::NotFound, "No voice message is being recorded."))
            }
            NoteRequest::Send => {
                notes.sending = Some(ticket);
                match notes.held.take() {
                    Some(spoken) => self.send_spoken(spoken, now),
                    None if notes.stopping => {}
                    None => {
                        notes.stopping = true;
                        self.note(NoteOrder::Finish);
                    }
                }
                return;
            }
            NoteRequest::Play(id, from) => self.play_note(id, from),
            NoteRequest::Pause => {
                if matches!(notes.shown.playing, Some(NotePlaying { state: NoteState::Playing, .. })) {
                    notes.playing(|playing| playing.state = NoteState::Paused);
                    self.note(NoteOrder::StopPlaying);
                }
                Ok(Reply::Done)
            }
            NoteRequest::Resume => match notes.shown.playing.clone() {
                Some(NotePlaying { id, state: NoteState::Paused, ms, .. }) => self.play_note(id, ms),
                _ => Ok(Reply::Done),
            },
            NoteRequest::StopPlaying => {
                notes.track = None;
                notes.change(|view| view.playing = None);
                self.note(NoteOrder::StopPlaying);
                Ok(Reply::Done)
            }
            NoteRequest::State => Ok(Reply::Notes(notes.shown())),
        };
        self.answer(ticket, outcome);
    }

    fn note(&mut self, order: NoteOrder) {
        self.media(Command::Note(order));
    }

    fn begin_to_speak(&mut self, to: Jid, now: Now) -> Result<Reply, Refusal> {
        if self.files.notes.to.is_some() {
            return Err(Refusal::new(RefusalKind::NotAllowed, "A voice message is being recorded already."));
        }
        if self.is_talking() {
            let text = "A call is going on: its microphone is not for voice messages. Record it after the call.";
            return Err(Refusal::new(RefusalKind::NotAllowed, text));
        }
        // Whether it could be sent at all is told before somebody speaks for minutes.
        drop(self.outgoing_file(to.clone(), now)?);
        let notes = &mut self.files.notes;
        (notes.to, notes.stopping) = (Some(to.clone()), false);
        notes.change(|view| {
            view.speaking = Some(NoteSpeaking { to, ms: 0, held: false });
            view.playing = None;
        });
        notes.track = None;
        self.note(NoteOrder::Record);
        Ok(Reply::Done)
    }

    fn is_talking(&self) -> bool {
        let talks =
            |state| matches!(state, CallState::Active | CallState::Early | CallState::Dialing | CallState::Ringing);
        self.calls.living_views().any(|call| talks(call.state))
    }

    /// A call needs the microphone: what was spoken until now waits, and what was played too.
    pub(super) fn settle_notes(&mut self) {
        let speaks = self.files.notes.to.is_some() && self.files.notes.held.is_none() && !self.files.notes.stopping;
        let playing = matches!(self.files.notes.shown.playing, Some(NotePlaying { state: NoteState::Playing, .. }));
        if !(speaks || playing) || !self.is_talking() {
            return;
        }
        if speaks {
            self.files.notes.stopping = true;
            self.note(NoteOrder::Finish);
        }
        if playing {
            self.files.notes.playing(|playing| playing.state = NoteState::Paused);
            self.note(NoteOrder::StopPlaying);
        }
    }

    fn play_note(&mut self, id: MessageId, from: u64) -> Result<Reply, Refusal> {
        let notes = &mut self.files.notes;
        if notes.to.is_some() {
            return Err(Refusal::new(RefusalKind::NotAllowed, "A voice message is being recorded. Send it first."));
        }
        if self.is_talking() {
            return Err(Refusal::new(RefusalKind::NotAllowed, "A call is going on. Listen to it after the call."));
        }
        let notes = &mut self.files.notes;
        notes.from = from;
        if notes.plays(&id)
            && let Some(track) = notes.track.clone()
        {
            notes.playing(|playing| (playing.state, playing.ms) = (NoteState::Playing, from.min(playing.of_ms)));
            self.note(NoteOrder::Play(track, from));
            return Ok(Reply::Done);
        }
        let again =
            notes.plays(&id) && matches!(&notes.shown.playing, Some(playing) if playing.state == NoteState::Coming);
        if again {
            return Ok(Reply::Done);
        }
        notes.track = None;
        notes.change(|view| {
            view.playing = Some(NotePlaying { id: id.clone(), state: NoteState::Coming, ms: 0, of_ms: 0 });
        });
        self.note(NoteOrder::StopPlaying);
        self.store(store::Command::Talk(TalkCommand::Find(id)));
        Ok(Reply::Done)
    }

    /// The store says what a message is that is to be played.
    pub(super) fn note_found(&mut self, id: &MessageId, message: Option<&Message>) {
        let coming = |playing: &NotePlaying| playing.id == *id && playing.state == NoteState::Coming;
        if !self.files.notes.shown.playing.as_ref().is_some_and(coming) {
            return;
        }
        let url = message.and_then(Message::file).filter(|url| plays_as_note(media_type(&name_at(url))));
        let Some(url) = url else {
            let why = NoteState::Failed("This message has no sound that can be played here.".into());
            return self.files.notes.playing(|playing| playing.state = why);
        };
        self.files.notes.next += 1;
        let number = self.files.notes.next;
        let own_domains = self.config.chat.iter().map(|chat| chat.address.domain().into()).collect();
        let fetch = Fetch { most: LARGEST, seconds: SECONDS, own_domains };
        self.effects.push_back(Effect::File(FileEffect::Sound { number, url, fetch }));
    }

    /// The sound is here, or not.
    pub(super) fn handle_sound(&mut self, number: u64, track: Result<Arc<NoteTrack>, Arc<str>>) {
        let notes = &mut self.files.notes;
        let coming = matches!(&notes.shown.playing, Some(playing) if playing.state == NoteState::Coming);
        if number != notes.next || !coming {
            return;
        }
        match track {
            Ok(track) => {
                let (of_ms, from) = (track.ms(), notes.from);
                notes.playing(|playing| {
                    (playing.state, playing.ms, playing.of_ms) = (NoteState::Playing, from.min(of_ms), of_ms);
                });
                notes.track = Some(track.clone());
                self.note(NoteOrder::Play(track, from));
                self.settle_notes();
            }
            Err(why) => notes.playing(|playing| playing.state = NoteState::Failed(why)),
        }
    }

    /// The media thread tells how far it is.
    pub(super) fn handle_note(&mut self, news: NoteNews, now: Now) {
        let notes = &mut self.files.notes;
        match news {
            NoteNews::Recording(ms) => notes.change(|view| view.speaking.iter_mut().for_each(|it| it.ms = ms)),
            NoteNews::Recorded(spoken) => {
                // One that was thrown away meanwhile, and another begun.
                let wanted = notes.stopping || spoken.ms >= LONGEST;
                if notes.to.is_none() || !wanted {
                    return;
                }
                if notes.sending.is_some() {
                    return self.send_spoken(spoken, now);
                }
                let ms = spoken.ms;
                notes.held = Some(spoken);
                notes.change(|view| view.speaking.iter_mut().for_each(|it| (it.ms, it.held) = (ms, true)));
            }
            NoteNews::Failed => {
                let text: Arc<str> = "The sound does not work. Look under Settings, Sound.".into();
                notes.end_speaking();
                notes.track = None;
                notes.playing(|playing| playing.state = NoteState::Failed(text.clone()));
                if let Some(ticket) = notes.sending.take() {
                    return self.answer(ticket, Err(Refusal::new(RefusalKind::NotAllowed, &text)));
                }
                self.notice(NoticeBody::Problem(text));
            }
            NoteNews::Playing(ms) => notes.playing(|playing| {
                if playing.state == NoteState::Playing {
                    playing.ms = ms.min(playing.of_ms);
                }
            }),
            NoteNews::Played => notes.playing(|playing| {
                if playing.state == NoteState::Playing {
                    (playing.state, playing.ms) = (NoteState::Paused, 0);
                }
            }),
        }
    }

    fn send_spoken(&mut self, spoken: Spoken, now: Now) {
        let (Some(ticket), Some(to)) = (self.files.notes.sending.take(), self.files.notes.to.clone()) else { return };
        if let Some(why) = not_worth_sending(&spoken) {
            self.files.notes.end_speaking();
            return self.answer(ticket, Err(Refusal::new(RefusalKind::NotAllowed, why)));
        }
        // What cannot go now waits: nobody speaks twice because a connection broke.
        if let Err(refusal) = self.outgoing_file(to.clone(), now) {
            let (notes, ms) = (&mut self.files.notes, spoken.ms);
            notes.held = Some(spoken);
            notes.change(|view| view.speaking.iter_mut().for_each(|it| (it.ms, it.held) = (ms, true)));
            return self.answer(ticket, Err(refusal));
        }
        self.files.notes.end_speaking();
        let at = now.wall.to_rfc3339();
        // The time as RFC 3339 writes it, without what no file name can hold.
        let at: String = at
            .chars()
            .take(19)
            .map(|c| {
                if c == ':' {
                    '.'
                } else if c == 'T' {
                    ' '
                } else {
                    c
                }
            })
            .collect();
        let name = format!("{VOICE_NOTE_NAME} {at}.ogg").into();
        self.handle_file(ticket, FileRequest::SendBytes { to, name, bytes: spoken.bytes }, now);
    }
}
