//! What the media thread allocates while it cleans the microphone's sound and carries a call: counted by an allocator of
//! this test's own.
#![allow(
    unsafe_code,
    reason = "a global allocator is unsafe to write; this one only counts and hands on to the system's"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tandem::audio::{Frame, Processor};
use tandem::media::session::{Output, Session};
use tandem::model::{BootTime, MediaDirection, Now, Processing, WallTime};
use tandem::sdp::{Codec, CryptoSuite, MasterKey, Negotiated, SrtpKeys};

/// Counts what the present thread allocates.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static BYTES: Cell<usize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

fn note(bytes: usize) {
    COUNT.with(|count| count.set(count.get() + 1));
    BYTES.with(|sum| sum.set(sum.get() + bytes));
    LARGEST.with(|largest| largest.set(largest.get().max(bytes)));
}

// SAFETY: every call is handed on unchanged; counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size);
        // SAFETY: the caller's promise.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Something like a voice, at a pitch.
fn voice(tick: usize, pitch: f32) -> Frame {
    std::array::from_fn(|n| {
        let t = (tick * 480 + n) as f32 / 48_000.0;
        let phase = std::f32::consts::TAU * (pitch * t + 4.0 * (t * 5.0).sin());
        (1..8).map(|k| 0.1 / k as f32 * (phase * k as f32).sin()).sum()
    })
}

/// Allocations and bytes of one frame of 10 ms, on average, and the largest, once it has settled.
fn per_frame(wanted: Processing) -> (f64, f64, usize) {
    const SETTLE: usize = 300;
    const FRAMES: usize = 500;
    let mut processor = Processor::new(wanted);
    for tick in 0..SETTLE + FRAMES {
        if tick == SETTLE {
            COUNT.set(0);
            BYTES.set(0);
            LARGEST.set(0);
        }
        processor.observe_played(&voice(tick, 140.0));
        let (echo, own) = (voice(tick.saturating_sub(4), 140.0), voice(tick, 210.0));
        let mut frame: Frame = std::array::from_fn(|n| 0.3 * echo[n] + 0.5 * own[n]);
        processor.process(&mut frame, 40);
        std::hint::black_box(&frame);
    }
    (COUNT.get() as f64 / FRAMES as f64, BYTES.get() as f64 / FRAMES as f64, LARGEST.get())
}

#[test]
fn cleaning_the_microphone_allocates_no_more_than_is_written_down() {
    let none = Processing { echo_cancellation: false, noise_suppression: false, gain_control: false };
    for (name, wanted, most, most_bytes) in [
        ("nothing", none, 0.0, 0.0),
        ("echo cancellation", Processing { echo_cancellation: true, ..none }, 41.0, 17_000.0),
        ("noise suppression", Processing { noise_suppression: true, ..none }, 1.0, 2_000.0),
        ("gain control", Processing { gain_control: true, ..none }, 12.0, 8_000.0),
        ("all of them", Processing::default(), 52.0, 23_000.0),
    ] {
        let (count, bytes, largest) = per_frame(wanted);
        assert!(count <= most && bytes <= most_bytes, "{name}: {count:.2} allocations, {bytes:.0} bytes a frame");
        // Nothing that a C library would fetch from the system.
        assert!(largest <= 4_096, "{name}: {largest} bytes at once");
        println!("{name}: {count:.2} allocations, {bytes:.0} bytes a frame, {largest} at once");
    }
}

fn plan(codec: Codec, protected: bool, own: u8) -> Arc<Negotiated> {
    let key = |salt: u8| MasterKey((0..30).map(|n| n ^ salt).collect());
    let remote = SocketAddr::from(([192, 0, 2, 3 - own], 4_000));
    Arc::new(Negotiated {
        remote_rtp: remote,
        remote_rtcp: remote,
        rtcp_mux: true,
        send: (96, codec),
        receive: vec![(96, codec)],
        events_send: None,
        events_receive: Vec::new(),
        direction: MediaDirection::SendRecv,
        packet_time: Duration::from_millis(20),
        longest_packet: Duration::from_millis(60),
        discontinuous: false,
        srtp: protected.then(|| SrtpKeys::new(CryptoSuite::AesCm128HmacSha1_80, key(own), key(3 - own))),
        opus_fec: true,
        opus_max_bitrate: None,
        ice: None,
        dtls: None,
        helpers: Default::default(),
        text: None,
    })
}

/// Allocations and bytes of one tick of one side of a call, both directions, and the largest, once it has settled.
fn per_tick(codec: Codec, protected: bool) -> (f64, f64, usize) {
    const SETTLE: usize = 300;
    const TICKS: usize = 500;
    let mut now = Now { boot: BootTime::from_duration(Duration::from_secs(100)), wall: WallTime::from_unix_ms(0) };
    let mut sides = [1, 2].map(|own| Session::new(plan(codec, protected, own), [own; 32], now).expect("a session"));
    let mut heard: Frame = [0.0; 480];
    for tick in 0..SETTLE + TICKS {
        if tick == SETTLE {
            COUNT.set(0);
            BYTES.set(0);
            LARGEST.set(0);
        }
        let sound = voice(tick, 140.0);
        for side in 0..2 {
            heard.fill(0.0);
            sides[side].handle_tick(&sound, &mut heard, now);
            std::hint::black_box(&heard);
            let from = SocketAddr::from(([192, 0, 2, side as u8 + 1], 4_000));
            while let Some(output) = sides[side].poll_output() {
                if let Output::Transmit { channel, packet, .. } = output {
                    sides[1 - side].handle_packet(channel, from, &packet, now);
                }
            }
        }
        now = now.after(Duration::from_millis(10));
    }
    let each = 2.0 * TICKS as f64;
    (COUNT.get() as f64 / each, BYTES.get() as f64 / each, LARGEST.get())
}

#[test]
fn a_call_allocates_no_more_each_tick_than_is_written_down() {
    for (name, codec, protected, most, most_bytes) in [
        ("PCMU", Codec::Pcmu, false, 3.0, 1_000.0),
        ("Opus", Codec::Opus, false, 3.0, 1_500.0),
        ("Opus over SRTP", Codec::Opus, true, 5.0, 1_500.0),
    ] {
        let (count, bytes, largest) = per_tick(codec, protected);
        println!("{name}: {count:.2} allocations, {bytes:.0} bytes a tick, {largest} at once");
        assert!(count <= most && bytes <= most_bytes, "{name}: {count:.2} allocations, {bytes:.0} bytes a tick");
        assert!(largest <= 16_384, "{name}: {largest} bytes at once");
    }
}
