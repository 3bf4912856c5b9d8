//! What thousands of calls leave behind: counted by an allocator of this test's own, so that not a byte is guessed.
#![allow(
    unsafe_code,
    reason = "a global allocator is unsafe to write; this one only counts and hands on to the system's"
)]

#[path = "flows/account_world.rs"]
#[allow(dead_code, reason = "shared with the stories")]
mod world;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tandem::account::{CallTo, ConferenceRequest, Request};
use tandem::media::session::{Output, Session};
use tandem::model::{BootTime, CallId, CallState, EndedBy, MediaDirection, Now, WallTime};
use tandem::sdp::{Codec, CryptoSuite, MasterKey, Negotiated, SrtpKeys};
use world::{SOUND, World, identity};

/// Counts what the present thread holds.
struct Counting;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
}

fn note(bytes: isize) {
    // A thread that ends frees more than it may count.
    let _ = HELD.try_with(|held| held.set(held.get() + bytes));
}

// SAFETY: every call is handed on unchanged; counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as isize - layout.size() as isize);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How a call of the day goes.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Out, answered, digits, hung up here.
    Talked,
    /// In, answered, hung up there.
    Taken,
    /// Out, and given up while it rings.
    Aborted,
    /// In, and the caller gives up.
    Missed,
    /// Two at once, joined and ended.
    Joined,
}

const WAYS: [Way; 5] = [Way::Talked, Way::Taken, Way::Aborted, Way::Missed, Way::Joined];

/// One call, or two, from the first to the last word.
fn one(world: &mut World, way: Way, number: u64) {
    match way {
        Way::Talked => {
            let id = world.talking();
            world.done(Request::Dtmf(id, "12#".into()));
            world.wait(Duration::from_secs(3));
            world.done(Request::Hangup(id));
            world.ended(id, 0, EndedBy::Local);
        }
        Way::Taken => {
            let id = CallId::incoming(world.now.wall, number as u32);
            world.incoming(id, identity("sip:bob@example.com"), Some(SOUND));
            world.opened(id);
            world.done(Request::Answer(id));
            world.wait(Duration::from_secs(3));
            world.ended(id, 0, EndedBy::Remote);
        }
        Way::Aborted => {
            let id = world.dial_bob();
            world.progress(id, 180, None);
            world.done(Request::Hangup(id));
            world.ended(id, 487, EndedBy::Local);
        }
        Way::Missed => {
            let id = CallId::incoming(world.now.wall, number as u32);
            world.incoming(id, identity("sip:bob@example.com"), Some(SOUND));
            world.opened(id);
            world.ended(id, 487, EndedBy::Remote);
        }
        Way::Joined => {
            let first = world.talking();
            let second = world.call(CallTo::Text("sip:dave@example.com".into())).expect("a call");
            world.opened(second);
            world.answered(second);
            let _ = world.ask(Request::Conference(ConferenceRequest::Create(vec![first, second])));
            for id in [first, second] {
                world.done(Request::Hangup(id));
                world.ended(id, 0, EndedBy::Local);
            }
        }
    }
    world.wait(Duration::from_secs(70));
    world.effects.clear();
    let _ = world.manager.take_snapshot();
}

fn calls(world: &mut World, from: u64, count: u64, ways: &[Way]) {
    for number in from..from + count {
        let way = ways[number as usize % ways.len()];
        one(world, way, number);
    }
}

/// How many bytes more are held after `count` calls than after the `before` that fill what is kept on purpose.
fn growth(ways: &[Way], before: u64, count: u64) -> isize {
    let mut world = World::online();
    calls(&mut world, 0, before, ways);
    let held = HELD.get();
    calls(&mut world, before, count, ways);
    let living = world.shown().calls.iter().filter(|call| call.state != CallState::Ended).count();
    assert_eq!(living, 0, "no call is left");
    assert!(world.shown().conferences.is_empty());
    HELD.get() - held
}

#[test]
fn complaint_53_a_working_day_of_calls_does_not_let_the_program_grow() {
    // The last 200 calls are remembered for scripts; from then on every call replaces one.
    let grown = growth(&WAYS, 250, 500);
    assert!(grown < 64 * 1_024, "{grown} bytes more after 500 calls");
}

#[test]
fn complaint_54_calls_that_nobody_takes_leave_nothing_behind() {
    let grown = growth(&[Way::Aborted, Way::Missed], 250, 500);
    assert!(grown < 64 * 1_024, "{grown} bytes more after 500 aborted calls");
}

#[test]
fn f17_calls_in_any_order_leave_no_machine_timer_or_memory_behind() {
    let grown = growth(&[Way::Missed, Way::Joined, Way::Talked, Way::Aborted, Way::Taken, Way::Joined], 300, 600);
    assert!(grown < 64 * 1_024, "{grown} bytes more after 600 calls");
    let mut world = World::online();
    let idle = world.manager.poll_timeout();
    calls(&mut world, 0, 10, &WAYS);
    assert_eq!(world.manager.poll_timeout().is_some(), idle.is_some(), "no timer of a call that is over");
}

/// Run by name with how many: `FOOTPRINT_CALLS=10000 cargo test --test footprint -- --ignored f17_the_whole`.
#[test]
#[ignore = "takes minutes: 10,000 calls and 10,000 aborted ones"]
fn f17_the_whole_number_of_calls_leaves_less_than_ten_megabytes() {
    let count = std::env::var("FOOTPRINT_CALLS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    for ways in [&[Way::Talked, Way::Taken][..], &[Way::Aborted, Way::Missed]] {
        let grown = growth(ways, 250, count);
        println!("{count} calls ({ways:?}): {grown} bytes more");
        assert!(grown < 10 * 1_024 * 1_024);
    }
}

#[test]
fn complaint_55_the_window_open_all_day_sees_no_more_than_what_is_there() {
    let mut world = World::online();
    calls(&mut world, 0, 40, &WAYS);
    let shown = world.shown();
    assert!(shown.calls.is_empty() && shown.questions.is_empty() && shown.conditions.is_empty());
}

#[test]
fn complaint_56_a_second_call_a_call_while_dialling_and_a_ring_while_talking_crash_nothing() {
    let mut world = World::online();
    let first = world.talking();
    let second = world.dial_bob();
    let ringing = CallId::incoming(world.now.wall, 7);
    world.incoming(ringing, identity("sip:dave@example.com"), Some(SOUND));
    world.opened(ringing);
    world.answered(second);
    world.done(Request::Answer(ringing));
    for id in [first, second, ringing] {
        assert_eq!(world.view(id).end, None, "{id}");
    }
    for id in [second, first, ringing] {
        world.ended(id, 0, EndedBy::Remote);
        assert_eq!(world.view(id).state, CallState::Ended);
    }
}

/// A week: registrations that lapse and come back, other networks, devices that come and go, and some calls.
fn week(world: &mut World, from: u64, days: u64) {
    for hour in from * 24..(from + days) * 24 {
        world.voice(tandem::sip::Event::Unregistered { reason: world::reason("unreachable"), retry_at: None });
        world.put(tandem::account::Input::NetworkChanged);
        world.registered();
        let problem = tandem::model::DeviceProblem { text: format!("{hour} is gone.").into(), microphone: None };
        world.media(tandem::media::Event::DeviceProblem(Some(problem)));
        world.media(tandem::media::Event::DeviceProblem(None));
        calls(world, hour * 2, 2, &WAYS);
        world.wait(Duration::from_secs(3_300));
        world.effects.clear();
        let _ = world.manager.take_snapshot();
    }
}

#[test]
fn f12_a_week_of_registrations_networks_devices_and_calls_gathers_nothing() {
    let mut world = World::online();
    // The last 200 calls are remembered for scripts.
    week(&mut world, 0, 6);
    let held = HELD.get();
    week(&mut world, 6, 7);
    let grown = HELD.get() - held;
    assert!(grown < 64 * 1_024, "{grown} bytes more after a week");
}

fn plan(own: u8, other: u8) -> Arc<Negotiated> {
    let key = |salt: u8| MasterKey((0..30).map(|n| n ^ salt).collect());
    let remote = SocketAddr::from((Ipv4Addr::new(192, 0, 2, other), 4_000));
    Arc::new(Negotiated {
        remote_rtp: remote,
        remote_rtcp: remote,
        rtcp_mux: true,
        send: (96, Codec::Opus),
        receive: vec![(96, Codec::Opus)],
        events_send: None,
        events_receive: Vec::new(),
        direction: MediaDirection::SendRecv,
        packet_time: Duration::from_millis(20),
        longest_packet: Duration::from_millis(60),
        srtp: Some(SrtpKeys::new(CryptoSuite::AesCm128HmacSha1_80, key(own), key(other))),
        opus_fec: true,
        opus_max_bitrate: None,
        discontinuous: false,
        ice: None,
        dtls: None,
        helpers: Default::default(),
        text: None,
    })
}

/// So many calls at once, each between two sessions, for so many ticks; how loud each side hears its peer at the end.
fn at_once(pairs: usize, ticks: usize) -> Vec<[f32; 2]> {
    let mut now = Now { boot: BootTime::from_duration(Duration::from_secs(100)), wall: WallTime::from_unix_ms(0) };
    let mut all: Vec<[Session; 2]> = (0..pairs)
        .map(|n| {
            [(1, 2), (2, 1)]
                .map(|(own, other)| Session::new(plan(own, other), [n as u8 ^ own; 32], now).expect("works"))
        })
        .collect();
    let mut levels = vec![[0.0_f32; 2]; pairs];
    for tick in 0..ticks {
        for (n, (sides, levels)) in all.iter_mut().zip(&mut levels).enumerate() {
            for side in 0..2 {
                let hz = 300.0 + 20.0 * n as f32;
                // Only the first side of each pair speaks.
                let loud = if side == 0 { 0.4 } else { 0.0 };
                let sound = std::array::from_fn(|at| {
                    let t = (tick * 480 + at) as f32 / 48_000.0;
                    loud * (std::f32::consts::TAU * hz * t).sin()
                });
                let mut heard = [0.0; 480];
                sides[side].handle_tick(&sound, &mut heard, now);
                levels[side] = heard.iter().fold(0.0, |peak, sample: &f32| peak.max(sample.abs()));
                let from = SocketAddr::from((Ipv4Addr::new(192, 0, 2, side as u8 + 1), 4_000));
                while let Some(output) = sides[side].poll_output() {
                    if let Output::Transmit { channel, packet, .. } = output {
                        sides[1 - side].handle_packet(channel, from, &packet, now);
                    }
                }
            }
        }
        now = now.after(Duration::from_millis(10));
    }
    for (n, sides) in all.iter().enumerate() {
        for side in sides {
            let stats = side.stats(0, now);
            assert_eq!((stats.lost_packets, stats.late_packets), (0, 0), "call {n}: {stats:?}");
            assert!(stats.received_packets >= ticks as u64 / 2 - 2, "call {n}: {stats:?}");
        }
    }
    levels
}

#[test]
fn f28_a_hundred_protected_calls_at_once_are_each_heard_by_their_own_side() {
    for (n, [own, peer]) in at_once(100, 30).into_iter().enumerate() {
        assert!(peer > 0.1 && own < 0.01, "call {n}: {own} {peer}");
    }
}

#[test]
fn f17_sound_that_ends_gives_back_all_its_memory() {
    at_once(3, 30);
    let held = HELD.get();
    for _ in 0..20 {
        at_once(3, 30);
    }
    let grown = HELD.get() - held;
    assert!(grown < 4_096, "{grown} bytes more after 60 calls");
}
