//! What is said in a room, and on whose word.

use minidom::Element;

use super::super::boundary::{Create, RoomEvent, RoomNote, Since};
use super::super::machine::RoomStep;
use super::{ROOM, World, user};
use crate::model::{ChangeKind, ConversationKind, MessageDirection, MessageId};

#[test]
fn x12_a_name_of_a_message_counts_only_from_a_room_that_gives_names() {
    let id = "<stanza-id xmlns='urn:xmpp:sid:0' by='garden@rooms.example.com' id='a1'/>";
    let evil = "<stanza-id xmlns='urn:xmpp:sid:0' by='evil.example' id='bad'/>";
    let mut world = World::inside_with("<feature var='urn:xmpp:sid:0'/>");
    world.says("Bob", "hi", &format!("{evil}{id}"));
    world.says("Bob", "hi", evil);
    let ids: Vec<Option<&str>> = world.heard.iter().map(|heard| heard.archive_id.as_deref()).collect();
    assert_eq!(ids, [Some("a1"), None]);
    let mut world = World::inside();
    world.says("Bob", "hi", id);
    assert_eq!(world.heard.last().and_then(|heard| heard.archive_id.clone()), None, "this room lets anybody write one");
}

#[test]
fn x13_a_lasting_name_counts_only_from_a_room_that_writes_them() {
    let id = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/>";
    let mut world = World::inside();
    world.says("Bob", "hi", id);
    assert_eq!(world.heard.last().and_then(|heard| heard.occupant.clone()), None);
    let mut world = World::inside_with("<feature var='urn:xmpp:occupant-id:0'/>");
    world.says("Bob", "hi", id);
    assert_eq!(
        world.heard.last().and_then(|heard| heard.occupant.as_deref().map(str::to_owned)).as_deref(),
        Some("o1")
    );
}

#[test]
fn x11_status_codes_and_moderation_count_only_from_the_room_itself() {
    let retract = "<retract xmlns='urn:xmpp:message-retract:1' id='a1'>\
        <moderated xmlns='urn:xmpp:message-moderate:1' by='garden@rooms.example.com/Bob'/><reason>Spam</reason></retract>";
    let codes = user("", &[104, 172, 301]);
    let mut world = World::inside();
    world.message("Bob", "type='groupchat' id='1'", &format!("{retract}{codes}"));
    assert!(
        world.events.is_empty() && world.asked.is_empty(),
        "x11: an occupant moderates nothing: {:?}",
        world.events
    );
    world.message("", "type='groupchat' id='1'", retract);
    assert!(matches!(&world.events[..], [RoomEvent::Retracted { archive_id, .. }] if &**archive_id == "a1"));
    world.events.clear();
    world.message("", "type='groupchat' id='1'", &user("", &[173]));
    assert_eq!(world.notes(), [&RoomNote::AddressesForModerators]);
    assert_eq!(world.asked.len(), 1, "what the room is, is asked anew");
    // 110 in the presence of another than us makes nobody else us.
    world.there("Mallory", "<item affiliation='none' role='participant'/>", &[110, 210]);
    assert!(world.room.occupants.get("Alice").expect("there").own);
    assert!(!world.room.occupants.get("Mallory").expect("there").own);
    // Nor does somebody else's leaving with our codes put us out.
    world.gone("Mallory", "<item role='none'/>", &[110, 307]);
    assert_eq!(world.left(), None);
}

#[test]
fn x13_what_bears_our_nick_in_old_history_is_not_ours_for_that() {
    let mut world = World::inside();
    let late = "<delay xmlns='urn:xmpp:delay' from='garden@rooms.example.com' stamp='2025-01-01T00:00:00Z'/>";
    world.says("Alice", "I said it long ago", late);
    world.says("Alice", "mine", "");
    let directions: Vec<MessageDirection> = world.heard.iter().map(|heard| heard.direction).collect();
    assert_eq!(directions, [MessageDirection::In, MessageDirection::Out]);
    assert_eq!(world.heard[1].from.as_str(), "alice@example.com");
    assert_eq!(world.heard[1].nick, None);
    assert!(world.heard[0].time < world.heard[1].time);
}

#[test]
fn x16_a_delay_of_an_occupant_or_of_the_future_moves_no_message() {
    let mut world = World::inside();
    for stamp in [
        "<delay xmlns='urn:xmpp:delay' from='bob@example.com' stamp='2001-01-01T00:00:00Z'/>",
        "<delay xmlns='urn:xmpp:delay' from='garden@rooms.example.com' stamp='9999-01-01T00:00:00Z'/>",
        "<delay xmlns='urn:xmpp:delay' from='garden@rooms.example.com' stamp='1800-01-01T00:00:00Z'/>",
    ] {
        world.says("Bob", "hi", stamp);
        assert_eq!(world.heard.last().map(|heard| heard.time), Some(world.now.wall), "{stamp}");
    }
}

#[test]
fn x13_a_whisper_is_filed_under_the_room_whatever_the_nick_and_stays_with_the_person() {
    let mut world = World::inside_with("<feature var='urn:xmpp:occupant-id:0'/>");
    let item = "<item affiliation='none' role='participant'/>";
    let id = |id: &str| format!("<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{id}'/>");
    world.presence("carol@example.com", "", &format!("{}{}", user(item, &[]), id("o1")));
    world.message("carol@example.com", "type='chat' id='p1'", &format!("<body>psst</body>{}", id("o1")));
    let first = world.heard.pop().expect("a whisper");
    assert_eq!(first.kind, ConversationKind::Occupant);
    assert!(first.with.is_made_up(), "never a contact's conversation");
    assert_eq!(first.with.occupant().map(|(room, _)| room.to_string()).as_deref(), Some(ROOM));
    // She goes, and somebody else takes the nick.
    world.gone("carol@example.com", "<item role='none'/>", &[]);
    let key = first.with.occupant().expect("an occupant").1;
    assert_eq!(world.room.nick_of(&key), None, "what is written to her goes to nobody else");
    world.presence("carol@example.com", "", &format!("{}{}", user(item, &[]), id("o2")));
    assert_eq!(world.room.nick_of(&key), None);
    world.message("carol@example.com", "type='chat' id='p2'", &format!("<body>psst</body>{}", id("o2")));
    assert_ne!(world.heard.pop().expect("a whisper").with, first.with);
    // Under another nick it is still her.
    world.presence("Caro", "", &format!("{}{}", user(item, &[]), id("o1")));
    assert_eq!(world.room.nick_of(&key).as_deref(), Some("Caro"));
    // From nobody who is there, it is nothing.
    world.message("Nobody", "type='chat' id='p3'", "<body>psst</body>");
    assert!(world.heard.is_empty());
}

#[test]
fn x20_a_subject_is_told_once_cut_and_never_by_a_message_with_a_body() {
    let mut world = World::inside();
    world.message("Bob", "type='groupchat'", "<subject>Roses</subject>");
    assert_eq!(world.room.subject.as_deref(), Some("Roses"));
    assert!(world.notes().is_empty(), "what stands when we come in is no news");
    world.message("Bob", "type='groupchat'", "<subject>Tulips</subject><body>no subject</body>");
    assert_eq!(world.room.subject.as_deref(), Some("Roses"));
    world.message("Bob", "type='groupchat'", &format!("<subject>{}</subject>", "x".repeat(100_000)));
    assert_eq!(world.room.subject.as_ref().map(|subject| subject.chars().count()), Some(1025));
    assert_eq!(world.notes().len(), 1);
}

#[test]
fn x07_x08_what_was_missed_is_fetched_page_by_page_and_nothing_that_was_not_asked_for() {
    let mut world = World::new();
    let since = Since { archive_id: Some("a5".into()), time: None };
    world.join(Create::No, since);
    world.info("<feature var='urn:xmpp:mam:2'/>");
    let history = world.sent[0].get_child("x", "http://jabber.org/protocol/muc").and_then(|x| x.children().next());
    assert_eq!(history.and_then(|history| history.attr("maxstanzas")), Some("0"), "the archive has everything");
    world.there("Alice", "<item affiliation='none' role='participant'/>", &[110]);
    assert!(!world.room.takes_messages(), "what already arrived must be known first");
    let query = |world: &World| match &world.asked.last().expect("a page").0 {
        RoomStep::Page(query) => query.clone(),
        other => panic!("{other:?}"),
    };
    let result = |query: &str, id: &str, from: &str| {
        format!(
            "<result xmlns='urn:xmpp:mam:2' queryid='{query}' id='{id}'><forwarded xmlns='urn:xmpp:forward:0'>\
             <delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>\
             <message xmlns='jabber:client' from='{from}' type='groupchat' id='s{id}'><body>{id}</body></message>\
             </forwarded></result>"
        )
    };
    let first = query(&world);
    world.message("", "", &result(&first, "a6", "garden@rooms.example.com/Bob"));
    // X07, X08: another query's, none's, another room's.
    world.message("", "", &result("guess", "b1", "garden@rooms.example.com/Bob"));
    world.message("", "", &result(&first, "b2", "other@rooms.example.com/Bob"));
    world.message("Bob", "type='groupchat'", &result(&first, "b3", "garden@rooms.example.com/Bob"));
    let fin = |last: &str, complete: bool| {
        format!(
            "<iq xmlns='jabber:client' type='result' id='x'><fin xmlns='urn:xmpp:mam:2' complete='{complete}'>\
             <set xmlns='http://jabber.org/protocol/rsm'><last>{last}</last></set></fin></iq>"
        )
    };
    world.answer(Some(&fin("a6", false)));
    assert!(!world.room.takes_messages());
    let after = world.asked.last().expect("a page").1.get_child("set", "http://jabber.org/protocol/rsm");
    let after = after.and_then(|set| set.get_child("after", "http://jabber.org/protocol/rsm")).map(Element::text);
    assert_eq!(after.as_deref(), Some("a6"));
    // What comes live meanwhile does not move the mark: a cut now would leave a hole.
    world.says("Bob", "live", "<stanza-id xmlns='urn:xmpp:sid:0' by='garden@rooms.example.com' id='a9'/>");
    assert_eq!(world.room.sync.since().archive_id.as_deref(), Some("a6"));
    let second = query(&world);
    world.message("", "", &result(&second, "a7", "garden@rooms.example.com/Bob"));
    world.answer(Some(&fin("a7", true)));
    assert!(world.room.takes_messages());
    let bodies: Vec<&str> = world.heard.iter().map(|heard| &*heard.body).collect();
    assert_eq!(bodies, ["a6", "live", "a7"]);
    world.message("", "", &result(&second, "a8", "garden@rooms.example.com/Bob"));
    assert_eq!(world.heard.len(), 3, "x07: after the end nothing more comes");
}

#[test]
fn x10_what_we_say_about_a_message_is_ours_from_every_device_and_what_we_said_here_is_no_news() {
    let id = |id: &str| format!("<occupant-id xmlns='urn:xmpp:occupant-id:0' id='{id}'/>");
    let replace = |of: &str| format!("<body>better</body><replace xmlns='urn:xmpp:message-correct:0' id='{of}'/>");
    let mut world = World::inside_with("<feature var='urn:xmpp:occupant-id:0'/>");
    let item = "<item affiliation='owner' role='moderator'/>";
    world.presence("Alice", "", &format!("{}{}", user(item, &[110]), id("o-alice")));
    world.room.note_said(&MessageId("here".into()));
    world.message("Alice", "type='groupchat' id='here'", &format!("{}{}", replace("m1"), id("o-alice")));
    assert!(world.changes.is_empty(), "it was stored before it left");
    world.message("Alice", "type='groupchat' id='phone'", &format!("{}{}", replace("m1"), id("o-alice")));
    let (with, change) = world.changes.pop().expect("a correction");
    assert_eq!((with.as_str(), change.from.as_str()), (ROOM, "alice@example.com"));
    assert_eq!((change.kind, &*change.target, &*change.text), (ChangeKind::Correction, "m1", "better"));
    assert_eq!((change.nick, change.occupant), (None, None));
    // Somebody with another lasting name is not we, whatever their nick.
    world.message("Alice", "type='groupchat' id='phone2'", &format!("{}{}", replace("m1"), id("o-mallory")));
    let (_, forged) = world.changes.pop().expect("a claim");
    assert_eq!((forged.from.as_str(), forged.occupant.as_deref()), (ROOM, Some("o-mallory")));
    // And in old history without lasting names nobody is we for their nick.
    let mut world = World::inside();
    let late = "<delay xmlns='urn:xmpp:delay' from='garden@rooms.example.com' stamp='2025-01-01T00:00:00Z'/>";
    world.message("Alice", "type='groupchat' id='old'", &format!("{}{late}", replace("m1")));
    assert!(world.changes.is_empty() && world.heard.is_empty());
}

#[test]
fn x13_what_is_said_about_a_whisper_is_filed_with_the_whisper() {
    let item = "<item affiliation='none' role='participant'/>";
    let id = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o1'/>";
    let mut world = World::inside_with("<feature var='urn:xmpp:occupant-id:0'/>");
    world.presence("Carol", "", &format!("{}{id}", user(item, &[])));
    world.message("Carol", "type='chat' id='p1'", &format!("<body>psst</body>{id}"));
    let whisper = world.heard.pop().expect("a whisper");
    let reactions = "<reactions xmlns='urn:xmpp:reactions:0' id='p0'><reaction>👍</reaction></reactions>";
    world.message("Carol", "type='chat' id='p2'", &format!("{reactions}{id}"));
    let (with, change) = world.changes.pop().expect("a reaction");
    assert_eq!((with, change.kind, &*change.text), (whisper.with, ChangeKind::Reactions, "👍"));
    assert_eq!((change.from.as_str(), change.nick.as_deref()), (ROOM, Some("Carol")));
    // From nobody who is there, it is nothing.
    world.message("Nobody", "type='chat' id='p3'", reactions);
    assert!(world.changes.is_empty());
}

#[test]
fn a_room_that_will_not_be_made_without_settings_asks_for_them() {
    let mut world = World::new();
    world.join(Create::Instant, Since::default());
    world.answer(Some(
        "<iq xmlns='jabber:client' type='error' id='x'><error type='cancel'><item-not-found \
        xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
    ));
    world.there("Alice", "<item affiliation='owner' role='moderator'/>", &[110, 201]);
    let at = world.asked.iter().position(|(step, _)| *step == RoomStep::Instant).expect("it is asked to make it");
    let (step, _) = world.asked.remove(at);
    let refused = "<iq xmlns='jabber:client' type='error' id='x'><error type='modify'><not-acceptable \
        xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";
    world.room.handle_answer(&step, Some(&super::element(refused)), world.now);
    world.drain();
    assert!(world.events.contains(&RoomEvent::SettingsWanted), "{:?}", world.events);
}
