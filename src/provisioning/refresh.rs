//! When the document is fetched again, and what its coming or staying away means.
//!
//! A failure is quiet: what was set stays, and the next try comes later and later. Only the server's own word, over a
//! verified connection and twice in a row, says that there is no document any more; and even then what was set stays until
//! the user decides.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::Outcome;
use crate::model::{BootTime, HttpsUrl, Now};

/// The first fetch after the start comes within this time: many clients start with the working day.
const AFTER_START: Duration = Duration::from_secs(5);
/// The first try after a failure.
const FIRST_RETRY: Duration = Duration::from_secs(5 * 60);
/// The longest pause after failures, unless documents are fetched even more rarely.
const LONGEST_RETRY: Duration = Duration::from_secs(4 * 60 * 60);
/// So soon a server that has nothing is asked whether that is so.
const SECOND_LOOK: Duration = Duration::from_secs(60 * 60);
/// Failures in a row before the user is told; a train has tunnels.
const PATIENCE: u32 = 3;

/// What a fetch means for the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing that anybody has to know.
    Nothing,
    /// All is well again: what was said before does not hold any more.
    Well,
    /// A sentence for the user, quietly.
    Say(String),
}

/// The schedule of one document.
#[derive(Debug)]
pub struct Refresh {
    every: Duration,
    due: Option<BootTime>,
    rng: StdRng,
    failures: u32,
    gone: u32,
    /// The last document and its `ETag`.
    known: Option<(HttpsUrl, String)>,
}

impl Refresh {
    /// Begins: the first fetch is due within seconds.
    pub fn new(every: Duration, seed: [u8; 32], now: Now) -> Self {
        let mut rng = StdRng::from_seed(seed);
        let due = now.boot + AFTER_START.mul_f64(rng.random_range(0.0..1.0));
        Self { every, due: Some(due), rng, failures: 0, gone: 0, known: None }
    }

    /// When the next fetch is due; none while one is under way.
    pub fn poll_timeout(&self) -> Option<BootTime> {
        self.due
    }

    /// Whether a fetch is to begin now; it is then under way until [`Self::handle_outcome`].
    pub fn handle_timeout(&mut self, now: Now) -> bool {
        let due = self.due.is_some_and(|due| due <= now.boot);
        if due {
            self.due = None;
        }
        due
    }

    /// What we have already, so that the server need not send it again.
    pub fn known(&self) -> Option<(HttpsUrl, String)> {
        self.known.clone()
    }

    /// Another wish how often: from the next fetch on.
    pub fn set_every(&mut self, every: Duration) {
        self.every = every;
    }

    /// A document was found to be wrong: it is fetched again although it has not changed.
    pub fn forget(&mut self) {
        self.known = None;
    }

    /// A fetch is over.
    pub fn handle_outcome(&mut self, outcome: &Outcome, now: Now) -> News {
        let told = self.failures >= PATIENCE || self.gone >= 2;
        match outcome {
            Outcome::Brought(brought) => {
                self.known = brought.url.clone().zip(brought.etag.clone());
                self.well(told, now)
            }
            Outcome::NotModified => self.well(told, now),
            Outcome::Gone | Outcome::NotOffered => {
                self.failures = 0;
                // A description that names nothing is no word about the document itself.
                self.gone = if *outcome == Outcome::Gone { self.gone + 1 } else { 0 };
                self.wait(if self.gone == 1 { SECOND_LOOK.min(self.every) } else { self.every }, now);
                match (self.gone, told) {
                    (2, _) => News::Say(WITHDRAWN.to_owned()),
                    (_, _) => News::Nothing,
                }
            }
            Outcome::Unauthorized(_) => self.failed("the server did not accept your password", now),
            Outcome::Unreachable(error) => self.failed(&error.to_string(), now),
            Outcome::Refused(why) => {
                self.gone = 0;
                self.failures += 1;
                self.wait(self.every, now);
                // Somebody has to repair this: it does not pass by itself.
                News::Say(format!("The new settings of your administrator were not taken, and nothing changed. {why}"))
            }
        }
    }

    fn well(&mut self, told: bool, now: Now) -> News {
        (self.failures, self.gone) = (0, 0);
        self.wait(self.every, now);
        if told { News::Well } else { News::Nothing }
    }

    fn failed(&mut self, why: &str, now: Now) -> News {
        self.gone = 0;
        self.failures += 1;
        let doubled = FIRST_RETRY.saturating_mul(1 << self.failures.saturating_sub(1).min(10));
        self.wait(doubled.min(LONGEST_RETRY).min(self.every.max(FIRST_RETRY)), now);
        match self.failures {
            PATIENCE => News::Say(format!(
                "The settings of your administrator could not be checked for some time ({why}). Nothing changed."
            )),
            _ => News::Nothing,
        }
    }

    /// Up to a tenth sooner or later, so that not all clients come at once.
    fn wait(&mut self, pause: Duration, now: Now) {
        self.due = Some(now.boot + pause.mul_f64(self.rng.random_range(0.9..1.1)));
    }
}

const WITHDRAWN: &str = "Your administrator does not publish settings for you any more. What was set stays as it is; to \
    change it, remove [provisioning] from the configuration.";

#[cfg(test)]
mod tests {
    use super::super::{Brought, Method, SignatureState};
    use super::*;
    use crate::model::{WallTime, WebError};

    const DAY: Duration = Duration::from_secs(86_400);

    fn now(at: Duration) -> Now {
        Now { boot: BootTime::from_duration(at), wall: WallTime::from_unix_ms(0) }
    }

    /// A schedule and its clock.
    struct Story {
        refresh: Refresh,
        at: Duration,
    }

    impl Story {
        fn new(seed: u8) -> Self {
            Self { refresh: Refresh::new(DAY, [seed; 32], now(Duration::ZERO)), at: Duration::ZERO }
        }

        /// Waits for the next fetch, which comes to this: how long it took, and the news.
        fn fetch(&mut self, outcome: &Outcome) -> (Duration, News) {
            let due = self.refresh.poll_timeout().expect("one is due");
            let waited = due.saturating_since(BootTime::from_duration(self.at));
            self.at += waited;
            assert!(self.refresh.handle_timeout(now(self.at)));
            assert!(!self.refresh.handle_timeout(now(self.at)), "only one at a time");
            (waited, self.refresh.handle_outcome(outcome, now(self.at)))
        }
    }

    fn brought(etag: &str) -> Outcome {
        Outcome::Brought(Box::new(Brought {
            text: "{}".into(),
            name: "d".into(),
            method: Method::Link,
            url: Some(HttpsUrl::parse("https://example.com/d").expect("an address")),
            etag: Some(etag.to_owned()),
            signature: SignatureState::Unchecked,
            key: None,
            token: None,
        }))
    }

    fn between(waited: Duration, low: u64, high: u64) -> bool {
        (low..=high).contains(&waited.as_secs())
    }

    #[test]
    fn the_document_is_fetched_at_the_start_and_then_daily_with_jitter() {
        let mut waits = Vec::new();
        for seed in 0..20 {
            let mut story = Story::new(seed);
            assert!(between(story.fetch(&brought("v1")).0, 0, 5));
            let (waited, news) = story.fetch(&Outcome::NotModified);
            assert!(between(waited, 77_760, 95_040), "{waited:?}");
            assert_eq!(news, News::Nothing);
            assert_eq!(story.refresh.known().map(|(_, etag)| etag).as_deref(), Some("v1"));
            waits.push(waited);
        }
        waits.dedup();
        assert!(waits.len() > 10, "not all at once");
    }

    #[test]
    fn failures_are_quiet_come_later_and_later_and_are_told_once() {
        let mut story = Story::new(1);
        let outage = Outcome::Unreachable(WebError::Unreachable);
        let told: Vec<(Duration, News)> = (0..12).map(|_| story.fetch(&outage)).collect();
        assert_eq!(told.iter().filter(|(_, news)| matches!(news, News::Say(_))).count(), 1, "{told:?}");
        assert!(between(told[1].0, 270, 330), "{told:?}");
        assert!(told.iter().all(|(waited, _)| waited.as_secs() <= 15_840), "never more than four hours: {told:?}");
        assert_eq!(story.fetch(&Outcome::NotModified).1, News::Well);
        assert_eq!(story.fetch(&Outcome::NotModified).1, News::Nothing);
    }

    #[test]
    fn only_the_servers_own_word_twice_in_a_row_counts_as_the_end_of_the_document() {
        let mut story = Story::new(2);
        assert_eq!(story.fetch(&Outcome::Gone).1, News::Nothing);
        let (waited, news) = story.fetch(&Outcome::Unreachable(WebError::Timeout));
        assert!(between(waited, 3240, 3960), "a second look within the hour: {waited:?}");
        assert_eq!(news, News::Nothing);
        assert_eq!(story.fetch(&Outcome::Gone).1, News::Nothing, "trouble in between begins the count anew");
        assert!(matches!(story.fetch(&Outcome::Gone).1, News::Say(text) if text.contains("does not publish")));
        assert_eq!(story.fetch(&Outcome::Gone).1, News::Nothing, "told once");
        assert_eq!(story.fetch(&brought("v2")).1, News::Well);
        assert_eq!(story.fetch(&Outcome::NotOffered).1, News::Nothing);
        assert_eq!(story.fetch(&Outcome::NotOffered).1, News::Nothing);
    }

    #[test]
    fn what_is_not_taken_is_told_at_once() {
        let mut story = Story::new(3);
        let refused = Outcome::Refused("It is not signed.".into());
        assert!(
            matches!(story.fetch(&refused).1, News::Say(text) if text.contains("nothing changed. It is not signed."))
        );
    }
}
