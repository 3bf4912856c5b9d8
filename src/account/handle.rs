//! The way in for the window and the control interface.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};

use super::{Notice, Refusal, RefusalKind, Reply, Request, Snapshot};
use crate::model::Meters;

/// Requests under way. When full, a caller waits: the manager answers each within microseconds.
pub const REQUESTS: usize = 256;
/// Notices that a slow listener may lag behind; then it sees a gap in `seq` and asks for the state.
pub const NOTICES: usize = 1024;

/// How often, and how far apart, [`Handle::heard`] looks: ten seconds in all.
const HEARD_TRIES: u32 = 500;
const HEARD_PAUSE: Duration = Duration::from_millis(20);

/// A request with the way back.
pub type RequestSender = mpsc::Sender<(Request, oneshot::Sender<Result<Reply, Refusal>>)>;
/// A stream of notices.
pub type Notices = broadcast::Receiver<Notice>;

/// The way in; cheap to clone.
#[derive(Clone)]
pub struct Handle {
    requests: RequestSender,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    meters: watch::Receiver<Meters>,
    notices: broadcast::Sender<Notice>,
}

impl Handle {
    /// Joins the four channels.
    pub fn new(
        requests: RequestSender,
        snapshots: watch::Receiver<Arc<Snapshot>>,
        meters: watch::Receiver<Meters>,
        notices: broadcast::Sender<Notice>,
    ) -> Self {
        Self { requests, snapshots, meters, notices }
    }

    /// Asks and waits for the answer.
    pub async fn request(&self, request: Request) -> Result<Reply, Refusal> {
        let (reply, answer) = oneshot::channel();
        let ended = || Refusal::new(RefusalKind::Offline, "Tandem is ending.");
        self.requests.send((request, reply)).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }

    /// The present snapshot.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.snapshots.borrow().clone()
    }

    /// Snapshots as they come; only the newest is kept.
    pub fn snapshots(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshots.clone()
    }

    /// Levels as they come; only the newest is kept.
    pub fn meters(&self) -> watch::Receiver<Meters> {
        self.meters.clone()
    }

    /// Waits until somebody listens to notices: a wish to the window is not kept for one that opens later.
    pub async fn heard(&self) {
        for _ in 0..HEARD_TRIES {
            if self.notices.receiver_count() > 0 {
                return;
            }
            tokio::time::sleep(HEARD_PAUSE).await;
        }
    }

    /// Notices from now on.
    pub fn notices(&self) -> Notices {
        self.notices.subscribe()
    }
}
