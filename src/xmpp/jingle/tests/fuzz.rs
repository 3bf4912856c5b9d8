//! Mutations of whole calls: nothing panics, nothing grows without bound, and nobody becomes somebody else.

use rand::Rng as _;

use super::*;
use crate::model::mutation::{MUTATIONS, corpus, mutated};
use crate::xmpp::jingle::PeerCaps;

#[test]
fn a_hundred_thousand_mutated_stories_of_calls_do_no_harm() {
    let inputs = corpus("jingle");
    let mut random = StdRng::seed_from_u64(166);
    let mut world = World::new(&[]);
    let mut caps = PeerCaps::default();
    let (mut read, mut lines) = (0_u32, 0_u32);
    for round in 0..MUTATIONS {
        if round % 50 == 0 {
            world = World::new(&[]);
            caps = PeerCaps::default();
        }
        let now = world.now;
        let bytes = mutated(&inputs, &mut random);
        let text = String::from_utf8_lossy(&bytes);
        for line in text.lines().take(12) {
            lines += 1;
            let Ok(stanza) = line.parse::<Element>() else { continue };
            read += 1;
            let Some(from) = stanza.attr("from").and_then(|from| FullJid::parse(from).ok()) else { continue };
            let trust = Trust { contact: random.random_ratio(9, 10), own: false };
            let desk = &mut world.device(ALICE).desk;
            match stanza.name() {
                "message" => {
                    let to = full(ALICE).bare();
                    desk.handle_message(&stanza, &from.bare(), Some(from.resource()), &to, false, trust, now);
                }
                "presence" => {
                    caps.handle_presence(&from.bare(), Some(from.resource()), &stanza);
                }
                _ => {
                    if let Some(question) = caps.next_question() {
                        caps.handle_answer(&question, Some(&stanza));
                    }
                    if let Some(payload) = stanza.get_child("jingle", ns::JINGLE) {
                        desk.handle_request(&stanza, payload, &from, trust, now);
                    }
                }
            }
        }
        world.collect();
        world.way.clear();
        for event in world.events(ALICE) {
            if let JingleEvent::Incoming { call, offer, .. } = event {
                match offer {
                    Some(offer) => {
                        if let Ok((answer, _)) = negotiation(1).answer(&offer, false) {
                            world.command(ALICE, JingleCommand::Accept { call, answer: answer.into() });
                        }
                    }
                    None => world.command(ALICE, JingleCommand::Proceed { call }),
                }
            }
        }
        world.way.clear();
        if random.random_ratio(1, 20) {
            world.wait(Duration::from_secs(random.random_range(0..40)));
            world.way.clear();
        }
        assert!(world.device(ALICE).desk.sessions.len() <= 32);
    }
    assert!(read * 3 > lines, "{read} of {lines} stanzas could be read: the mutations reach the machine");
}
