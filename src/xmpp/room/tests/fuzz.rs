//! Mutations of whole stories of a room: nothing panics, nothing grows without bound, and nobody else becomes us.

use std::time::Duration;

use minidom::Element;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::super::boundary::{Create, RoomCommand, RoomEvent, Since};
use super::super::occupants::MOST;
use super::World;
use crate::model::mutation::{MUTATIONS, corpus, mutated};
use crate::model::{BootTime, Role};
use crate::xmpp::Checkpoint;

/// One stanza to where it belongs.
fn feed(world: &mut World, stanza: &Element) {
    let nick = stanza.attr("from").and_then(|from| from.split_once('/')).map(|(_, nick)| nick.to_owned());
    let nick = nick.as_deref().filter(|nick| !nick.is_empty());
    match stanza.name() {
        "presence" => world.room.handle_presence(stanza, nick, world.now),
        "message" => {
            let _ = world.room.handle_message(stanza, nick, Checkpoint(1), world.now);
        }
        _ => {
            if let Some((step, _)) = world.asked.pop() {
                world.room.handle_answer(&step, Some(stanza), world.now);
            }
        }
    }
    world.drain();
}

#[test]
fn a_hundred_thousand_mutated_stories_of_rooms_do_no_harm() {
    let inputs = corpus("room");
    let mut random = StdRng::seed_from_u64(45);
    let mut world = World::new();
    let (mut read, mut lines) = (0_u32, 0_u32);
    for round in 0..MUTATIONS {
        // A new room now and then: what one story leaves behind is a state for the next ones.
        if round % 50 == 0 {
            world = World::new();
            world.join(Create::Instant, Since::default());
        }
        let bytes = mutated(&inputs, &mut random);
        let text = String::from_utf8_lossy(&bytes);
        for line in text.lines().take(12) {
            lines += 1;
            let Ok(stanza) = line.parse::<Element>() else { continue };
            read += 1;
            feed(&mut world, &stanza);
        }
        match random.random_range(0..8) {
            0 => world.wait(random.random_range(0..1_000)),
            1 => world.room.handle_resumed(world.now),
            2 => world.room.handle_offline(),
            3 => world.room.handle_online(world.now),
            4 => {
                let command = RoomCommand::SetRole { ticket: 1, nick: "Bob".into(), role: Role::None, reason: None };
                world.room.handle_command(command, true, world.now);
            }
            _ => {}
        }
        world.drain();
        assert!(world.room.occupants.len() <= MOST);
        assert!(world.room.subject.as_ref().is_none_or(|subject| subject.chars().count() <= 1025));
        let due = world.room.poll_timeout().unwrap_or(BootTime::from_duration(Duration::MAX / 4));
        assert!(due >= world.now.boot || round % 50 == 0 || due + Duration::from_secs(1_000) > world.now.boot);
        for event in world.events.drain(..) {
            if let RoomEvent::Joined { occupants, .. } = event {
                assert_eq!(occupants.iter().filter(|one| one.own).count(), 1, "exactly one is we");
            }
        }
        world.sent.clear();
        world.asked.truncate(64);
    }
    assert!(read * 3 > lines, "{read} of {lines} stanzas could be read: the mutations reach the machine");
}
