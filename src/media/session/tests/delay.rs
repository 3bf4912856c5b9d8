//! Where the time goes from mouth to ear.

use super::*;
use crate::model::DelayBudget;

/// What A counts after twenty seconds over a network with these delays, in milliseconds, by the number of the packet.
fn budget(packet_ms: u64, delay: fn(u64) -> Option<u64>) -> DelayBudget {
    let mut pair = Pair::new(Codec::Pcmu, false);
    let mut plan = plan_towards(Codec::Pcmu, B);
    plan.packet_time = Duration::from_millis(packet_ms);
    pair.a = Session::new(Arc::new(plan), [1; 32], start()).unwrap();
    pair.delay = delay;
    pair.run(20);
    *pair.a.stats(0, pair.now).delay
}

#[test]
fn the_delay_is_the_sum_of_its_parts_and_each_part_moves_with_its_cause() {
    let near = budget(20, |_| Some(10));
    let far = budget(20, |_| Some(60));
    let uneven = budget(20, |count| Some(if count.is_multiple_of(7) { 70 } else { 10 }));
    let long = budget(40, |_| Some(10));
    for one in [near, far, uneven, long] {
        let network = one.network_ms.expect("the other side reports");
        let devices = one.with_devices(12.0, 18.0);
        assert_eq!(one.total_ms, Some(one.packet_ms + one.jitter_buffer_ms + network), "{one:?}");
        assert_eq!(devices.total_ms, Some(12.0 + one.packet_ms + one.jitter_buffer_ms + 18.0 + network));
    }
    let more = |one: DelayBudget, than: DelayBudget| {
        (one.network_ms.unwrap_or_default() - than.network_ms.unwrap_or_default()).round() as i64
    };
    assert!((45..=55).contains(&more(far, near)), "one way: {far:?} {near:?}");
    assert!(uneven.jitter_buffer_ms > near.jitter_buffer_ms + 30.0, "{uneven:?} {near:?}");
    assert!(
        (far.jitter_buffer_ms - near.jitter_buffer_ms).abs() < 12.0,
        "distance is not unevenness: {far:?} {near:?}"
    );
    assert_eq!(long.packet_ms - near.packet_ms, 20.0);
}
