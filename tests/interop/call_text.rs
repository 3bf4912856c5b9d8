//! Real-time text (RFC 4103): with a peer that is not ours and loses packets, and between two of ours through the servers.

use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::real::{Ear, Peer, Profile, Script, Tandem, World, eventually};

const PATIENCE: Duration = Duration::from_secs(20);

/// Packets, and where each came from.
type Came = Arc<Mutex<Vec<(SocketAddr, Vec<u8>)>>>;

/// A telephone for text, as RFC 4103 and RFC 2198 describe it and in nothing but bytes: it keeps every packet that comes.
struct TextPhone {
    socket: UdpSocket,
    port: u16,
    came: Came,
}

impl TextPhone {
    fn open() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        let came: Came = Arc::default();
        let (weak, listens) = (Arc::downgrade(&came), socket.try_clone().unwrap());
        listens.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 2_048];
            while let Some(came) = weak.upgrade() {
                let Ok((length @ 12.., from)) = listens.recv_from(&mut bytes) else { continue };
                came.lock().unwrap().push((from, bytes[..length].to_vec()));
            }
        });
        Self { socket, port, came }
    }

    /// Where the other side's text comes from.
    fn peer(&self) -> SocketAddr {
        eventually("a packet of text", PATIENCE, || self.came.lock().unwrap().first().map(|(from, _)| *from))
    }

    /// What the packets that get through say: every third one, and what they repeat. Number of the packet and its text.
    fn read(&self, gets_through: impl Fn(usize) -> bool) -> String {
        let came = self.came.lock().unwrap();
        let mut blocks: Vec<(u16, Vec<u8>)> = Vec::new();
        for (_, packet) in came.iter().enumerate().filter(|(at, _)| gets_through(*at)).map(|(_, packet)| packet) {
            assert_eq!(packet[1] & 0x7f, 100, "with copies, as it was offered");
            let sequence = u16::from_be_bytes([packet[2], packet[3]]);
            let (mut heads, mut at) = (Vec::new(), 12);
            while packet[at] & 0x80 != 0 {
                assert_eq!(packet[at] & 0x7f, 98);
                heads.push(usize::from(u16::from_be_bytes([packet[at + 2], packet[at + 3]]) & 0x3ff));
                at += 4;
            }
            assert_eq!((packet[at], heads.len()), (98, 2), "two generations");
            at += 1;
            for (back, length) in [2, 1].into_iter().zip(heads) {
                blocks.push((sequence.wrapping_sub(back), packet[at..at + length].to_vec()));
                at += length;
            }
            blocks.push((sequence, packet[at..].to_vec()));
        }
        let first = blocks.first().map_or(0, |(sequence, _)| *sequence);
        blocks.sort_by_key(|(sequence, _)| sequence.wrapping_sub(first));
        blocks.dedup_by_key(|(sequence, _)| *sequence);
        let bytes: Vec<u8> = blocks.into_iter().flat_map(|(_, text)| text).collect();
        String::from_utf8(bytes).expect("whole characters")
    }

    /// Types one text a packet, each packet with two copies; those that the network loses are not sent.
    fn types(&self, texts: &[&str], lost: &[usize]) {
        let to = self.peer();
        let copy = |at: usize, back: usize| at.checked_sub(back).and_then(|at| texts.get(at)).map_or("", |text| *text);
        for at in 0..texts.len() + 2 {
            let own = texts.get(at).copied().unwrap_or_default();
            let mut packet = vec![0x80, 100, 0xff, 0xfe];
            let sequence = 65_530_u16.wrapping_add(u16::try_from(at).unwrap());
            packet[2..4].copy_from_slice(&sequence.to_be_bytes());
            packet.extend_from_slice(&(300 * u32::try_from(at).unwrap()).to_be_bytes());
            packet.extend_from_slice(&0x4103_u32.to_be_bytes());
            for back in [2, 1] {
                let head = 1 << 31 | 98 << 24 | (300 * back as u32) << 10 | copy(at, back).len() as u32;
                packet.extend_from_slice(&head.to_be_bytes());
            }
            packet.push(98);
            packet.extend_from_slice(copy(at, 2).as_bytes());
            packet.extend_from_slice(copy(at, 1).as_bytes());
            packet.extend_from_slice(own.as_bytes());
            if !lost.contains(&at) {
                self.socket.send_to(&packet, to).unwrap();
            }
        }
    }
}

/// The lines that this side wrote, as the other one's program shows them.
fn lines(call: &Value, from: &str) -> Vec<String> {
    let lines = call["text"]["lines"].as_array().cloned().unwrap_or_default();
    let of = lines.iter().filter(|line| line["from"] == from);
    of.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_telephone_for_text_is_read_and_written_to_although_two_of_three_packets_are_lost() {
    let world = World::start();
    let profile = Profile { transport: "udp", codecs: &["PCMU"], ..Default::default() };
    let alice = Tandem::online(&world, "alice", &profile);
    let (ear, phone) = (Ear::open(), TextPhone::open());
    let offer = format!(
        "v=0\no=peer 1 1 IN IP4 [local_ip]\ns=-\nc=IN IP4 [media_ip]\nt=0 0\nm=audio [rtp] RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=recvonly\n\
         m=text {} RTP/AVP 100 98\na=rtpmap:98 t140/1000\na=rtpmap:100 red/1000\na=fmtp:100 98/98/98\n",
        phone.port
    );
    let answered = [("body", "RTP/AVP 100 98"), ("body", "a=fmtp:100 98/98/98")];
    let bob = Peer::calls(
        &world,
        "bob",
        "alice",
        ear.port,
        Script::calls(&[], &offer).hears_answer(&answered).hears_hang_up(),
    );
    let call = alice.wait_ringing()["id"].as_str().unwrap().to_owned();
    alice.ctl("answer", &[("call", &call)]);
    alice.wait_call_state(&call, "active");

    phone.types(&["\u{feff}Gr\u{fc}", "\u{df}e vom", " Dienst\u{2028}", "wie geth", "\u{8}t es?"], &[0, 1, 3, 4]);
    let seen = alice.wait_call("their text", |one| lines(one, "peer").len() == 2);
    assert_eq!(lines(&seen, "peer"), ["Gr\u{fc}\u{df}e vom Dienst", "wie gett es?"]);

    for text in ["Es geht", " mir gut", "\n", "und d", "ir?"] {
        alice.ctl("call-text", &[("call", &call), ("text", text)]);
    }
    let whole = "\u{feff}Es geht mir gut\u{2028}und dir?";
    eventually("all of it", PATIENCE, || (phone.read(|_| true) == whole).then_some(()));
    // The copies of the last text follow it.
    let until = || phone.came.lock().unwrap().len();
    let before = until();
    eventually("the copies", PATIENCE, || (until() >= before.max(5)).then_some(()));
    for lost in 0..2 {
        let read = || phone.read(|at| at == 0 || at % 2 == lost);
        eventually("every second packet is enough", PATIENCE, || (read() == whole).then_some(()));
    }
    assert_eq!(lines(&alice.calls()[0], "me"), ["Es geht mir gut", "und dir?"]);
    alice.ctl("hangup", &[("call", &call)]);
    bob.finish();
    let kept = eventually("the history", PATIENCE, || {
        let history = alice.ctl("history", &[]);
        Some(history[0]["call"].clone()).filter(|call| call["state"] == "ended" && !call["text"].is_null())
    });
    assert_eq!(lines(&kept, "peer").len(), 2, "kept with the call");
}

#[test]
fn two_of_ours_write_to_each_other_as_protected_as_they_speak() {
    let world = World::start();
    for keys in ["auto", "sdes"] {
        let profile = || Profile { media_keys: keys, ..Default::default() };
        let alice = Tandem::online(&world, "alice", &profile());
        let bob = Tandem::online(&world, "bob", &profile());
        let out = alice.call("sip:bob@tandem.example");
        let ringing = bob.wait_ringing()["id"].as_str().unwrap().to_owned();
        bob.ctl("answer", &[("call", &ringing)]);
        alice.wait_call_state(&out, "active");
        // Nobody offered text: what is written begins it.
        alice.ctl("call-text", &[("call", &out), ("text", "Can you read me?\n")]);
        let seen = bob.wait_call("what Alice wrote", |one| lines(one, "peer") == ["Can you read me?"]);
        assert_eq!(seen["text"]["encryption"], seen["media"]["encryption"], "{keys}");
        assert_ne!(seen["text"]["encryption"], "none", "{keys}");
        bob.ctl("call-text", &[("call", &ringing), ("text", "Yes, every lettr\u{8}er")]);
        alice.wait_call("what Bob wrote", |one| lines(one, "peer") == ["Yes, every letter"]);
        alice.ctl("hold", &[("call", &out)]);
        alice.wait_call_state(&out, "held");
        alice.ctl("resume", &[("call", &out)]);
        alice.wait_call_state(&out, "active");
        bob.ctl("call-text", &[("call", &ringing), ("text", "\nand after the hold")]);
        alice.wait_call("text after a hold", |one| {
            lines(one, "peer").len() == 2 && lines(one, "peer")[1] == "and after the hold"
        });
        alice.ctl("hangup", &[("call", &out)]);
        alice.quit();
        bob.quit();
    }
}
