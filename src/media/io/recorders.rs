//! All recordings of the media thread.

use std::collections::VecDeque;

use super::recorder::Recorder;
use crate::audio::Frame;
use crate::media::recording::Beep;
use crate::media::{Event, RecordOrder, RecordingNews};
use crate::model::{CallId, ConferenceId, Recorded};

/// Recordings at once, those that are being finished included. When full, a further one is refused with a sentence.
const MOST: usize = 16;

/// All recordings.
#[derive(Default)]
pub struct Recorders {
    running: Vec<Recorder>,
    beep: Beep,
}

impl Recorders {
    /// Whether nothing is recorded or being finished.
    pub fn is_empty(&self) -> bool {
        self.running.is_empty()
    }

    /// Whether this is being recorded.
    pub fn wants(&self, what: Recorded) -> bool {
        self.running.iter().any(|recorder| recorder.what == what && !recorder.is_stopped())
    }

    /// Whether everybody in it is to hear so.
    pub fn beeps(&self, what: Recorded) -> bool {
        let beeps = |recorder: &Recorder| recorder.what == what && recorder.beep && !recorder.paused;
        self.running.iter().any(|recorder| beeps(recorder) && !recorder.is_stopped())
    }

    /// The tick of the tone; none where nobody wants one or it pauses.
    pub fn beep(&mut self) -> Option<Frame> {
        let wanted = self.running.iter().any(|recorder| recorder.beep && !recorder.is_stopped());
        if wanted {
            self.beep.tick()
        } else {
            // The next recording begins with it.
            self.beep = Beep::default();
            None
        }
    }

    /// Carries out an order; `serial` tells the streams of files apart.
    pub fn handle(&mut self, what: Recorded, order: RecordOrder, serial: u32, events: &mut VecDeque<Event>) {
        match order {
            RecordOrder::Start(wish) => {
                if self.wants(what) {
                    return;
                }
                let refused = if self.running.len() >= MOST {
                    Some("There are too many recordings.".to_owned())
                } else {
                    match Recorder::start(what, &wish, serial) {
                        Ok(recorder) => {
                            self.running.push(recorder);
                            None
                        }
                        Err(error) => Some(format!("The recording cannot start: {error}.")),
                    }
                };
                if let Some(problem) = refused {
                    let news = RecordingNews::Ended { file: None, problem: Some(problem.into()) };
                    events.push_back(Event::Recording { what, news });
                }
            }
            RecordOrder::Pause(paused) => self.each(what, |recorder| recorder.paused = paused),
            RecordOrder::Stop => self.each(what, Recorder::stop),
        }
    }

    /// A call is gone.
    pub fn closed(&mut self, call: CallId) {
        self.each(Recorded::Call(call), Recorder::stop);
    }

    fn each(&mut self, what: Recorded, act: impl Fn(&mut Recorder)) {
        self.running.iter_mut().filter(|recorder| recorder.what == what).for_each(act);
    }

    /// Ten milliseconds of calls: what each was told, and what came from it.
    pub fn take_calls<'a>(&mut self, calls: impl Iterator<Item = (CallId, &'a Frame, &'a Frame)>) {
        if self.running.is_empty() {
            return;
        }
        for (call, ours, theirs) in calls {
            self.each(Recorded::Call(call), |recorder| recorder.put(ours, theirs));
        }
    }

    /// Ten milliseconds of a conference: our voice, and the sum of all others.
    pub fn take_conference(&mut self, conference: ConferenceId, ours: &Frame, theirs: &Frame) {
        self.each(Recorded::Conference(conference), |recorder| recorder.put(ours, theirs));
    }

    /// What the writers tell. True: one is over.
    pub fn poll(&mut self, events: &mut VecDeque<Event>) -> bool {
        if self.running.is_empty() {
            return false;
        }
        for recorder in &mut self.running {
            while let Some(news) = recorder.poll() {
                events.push_back(Event::Recording { what: recorder.what, news });
            }
        }
        let before = self.running.len();
        self.running.retain(|recorder| !recorder.is_over());
        before != self.running.len()
    }

    /// The program ends: every file is made whole.
    pub fn finish(&mut self, events: &mut VecDeque<Event>) {
        for mut recorder in std::mem::take(&mut self.running) {
            recorder.stop();
            recorder.wait();
            while let Some(news) = recorder.poll() {
                events.push_back(Event::Recording { what: recorder.what, news });
            }
        }
    }
}
