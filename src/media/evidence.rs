//! What a session shows of its health.

use super::quality;
use super::session::Session;
use crate::model::{Evidence, Now, is_private};
use crate::sdp::Codec;

fn milliseconds(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Session {
    /// What was counted so far; the microphone's part is the engine's.
    pub(super) fn evidence(&self, one_way: std::time::Duration, now: Now) -> Evidence {
        let dropped = self.receiving.dropped();
        let heard = &self.acknowledged;
        let (codec, fec) = (self.plan.send.1, self.plan.send.1 == Codec::Opus && self.plan.opus_fec);
        Evidence {
            silence_ms: milliseconds(self.unheard(now)),
            reports: heard.reports(),
            report_age_ms: heard.age(now.boot).map(milliseconds),
            deaf_reports: heard.deaf(),
            acknowledged: heard.ever(),
            peer_loss_percent: heard.loss_percent(),
            peer_jitter_ms: heard.jitter().map(|jitter| jitter.as_secs_f64() * 1_000.0),
            peer_mos: heard.loss_percent().map(|loss| quality::opinion_score(codec, fec, loss / 100.0, one_way)),
            unknown_type_packets: dropped.unknown_type,
            not_authentic_packets: dropped.not_authentic,
            foreign_packets: dropped.foreign,
            peer_private: is_private(self.plan.remote_rtp.ip()),
            ..Evidence::default()
        }
    }
}
