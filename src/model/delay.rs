//! From mouth to ear: where the time goes (ITU-T G.114).

/// The delay of what they say until it is heard here, part by part, where their device is like the one here; milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct DelayBudget {
    /// What waits between the microphone and the frame that is encoded.
    pub microphone_ms: f64,
    /// The sound that is collected for one packet.
    pub packet_ms: f64,
    /// One way through the network: half of the round trip by RTCP. None before the other side reported.
    pub network_ms: Option<f64>,
    /// What waits in the jitter buffer.
    pub jitter_buffer_ms: f64,
    /// What waits between the jitter buffer and the loudspeaker.
    pub playback_ms: f64,
    /// All of it; none while the network's part is not known.
    pub total_ms: Option<f64>,
}

impl DelayBudget {
    /// The parts that one call knows, without those of the devices.
    pub fn of_call(packet_ms: f64, round_trip_ms: Option<f64>, jitter_buffer_ms: f64) -> Self {
        let network_ms = round_trip_ms.map(|round| round / 2.0);
        Self { packet_ms, network_ms, jitter_buffer_ms, ..Self::default() }.with_devices(0.0, 0.0)
    }

    /// The same with what waits at the devices.
    #[must_use]
    pub fn with_devices(self, microphone_ms: f64, playback_ms: f64) -> Self {
        let here = microphone_ms + self.packet_ms + self.jitter_buffer_ms + playback_ms;
        Self { microphone_ms, playback_ms, total_ms: self.network_ms.map(|network| here + network), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_the_delay_add_up_and_each_moves_the_whole_by_as_much() {
        let budget = |packet, round, buffer, microphone, playback| {
            DelayBudget::of_call(packet, Some(round), buffer).with_devices(microphone, playback).total_ms
        };
        assert_eq!(budget(20.0, 50.0, 30.0, 12.0, 18.0), Some(105.0));
        assert_eq!(budget(40.0, 50.0, 30.0, 12.0, 18.0), Some(125.0));
        assert_eq!(budget(20.0, 90.0, 30.0, 12.0, 18.0), Some(125.0), "half of the round trip");
        assert_eq!(budget(20.0, 50.0, 50.0, 12.0, 18.0), Some(125.0));
        assert_eq!(budget(20.0, 50.0, 30.0, 32.0, 18.0), Some(125.0));
        assert_eq!(budget(20.0, 50.0, 30.0, 12.0, 38.0), Some(125.0));
        assert_eq!(DelayBudget::of_call(20.0, None, 30.0).with_devices(5.0, 5.0).total_ms, None, "nothing is guessed");
    }
}
