//! What the window asks to have remembered.

use std::collections::BTreeMap;

use tandem::account::{Effect, NoticeBody, Remember, Request};
use tandem::store::{self, Loaded};

use super::world::*;

#[test]
fn the_window_and_unfinished_messages_are_remembered_over_a_restart() {
    let mut world = World::online();
    let bob = jid("bob@example.com");
    let draft = |text: &str| Remember::Draft { with: bob.clone(), text: text.into() };
    for what in [Remember::Size(900, 700), Remember::ListWidth(333), draft("half"), draft("half a sentence")] {
        assert!(world.ask(Request::Remember(what)).expect("an answer").is_ok());
    }
    // What the store was told, and what it has at the next start.
    let mut memos = BTreeMap::new();
    for effect in std::mem::take(&mut world.effects) {
        if let Effect::Store(store::Command::SetMemo { key, value }) = effect {
            match value {
                Some(value) => drop(memos.insert(key, value)),
                None => drop(memos.remove(&key)),
            }
        }
    }
    let restart = |memos: &BTreeMap<String, String>| {
        let loaded = Loaded { memos: memos.clone().into_iter().collect(), ..Loaded::default() };
        World::new(config(), loaded).shown().remembered.clone()
    };
    let remembered = restart(&memos);
    assert_eq!((remembered.size, remembered.list_width), (Some((900, 700)), Some(333)));
    assert_eq!(remembered.drafts.get(&bob).map(|text| &**text), Some("half a sentence"));
    // Nonsense in the store is as nothing.
    memos.insert("window.size".to_owned(), "0x99999999".to_owned());
    memos.insert("draft:not an address@".to_owned(), "x".to_owned());
    let remembered = restart(&memos);
    assert_eq!((remembered.size, remembered.drafts.len()), (None, 1));
    // Sent: nothing is left.
    world.ask(Request::Remember(draft(" "))).expect("an answer").expect("done");
    let gone = world.effects.iter().any(|effect| {
        matches!(effect, Effect::Store(store::Command::SetMemo { key, value: None }) if key == "draft:bob@example.com")
    });
    assert!(gone);
}

#[test]
fn unfinished_messages_are_kept_up_to_a_limit() {
    let mut world = World::online();
    let mut keep = |n: usize, text: &str| {
        let with = jid(&format!("u{n}@example.com"));
        world.ask(Request::Remember(Remember::Draft { with, text: text.into() })).expect("an answer").is_ok()
    };
    assert!((0..256).all(|n| keep(n, "x")));
    assert!(!keep(256, "x"), "no room");
    assert!(keep(0, "more of the same"), "those that are kept go on");
    assert!(keep(1, "") && keep(256, "x"), "room again");
    assert!(!keep(2, &"x".repeat(200_000)), "no message is so long");
}

fn open_link(world: &mut World, link: &str) -> Vec<NoticeBody> {
    world.effects.clear();
    world.done(Request::OpenUri(link.into()));
    let notice = |effect: &Effect| if let Effect::Notice(notice) = effect { Some(notice.clone()) } else { None };
    world.effects.iter().filter_map(notice).collect()
}

#[test]
fn a_link_into_a_room_asks_before_anybody_there_sees_that_the_user_comes() {
    use tandem::model::QuestionKind;
    use tandem::xmpp::Command;
    let enters = |world: &World| world.xmpp().iter().any(|command| matches!(command, Command::Room(..)));
    for (choice, comes) in [("cancel", false), ("join", true)] {
        let mut world = World::online();
        open_link(&mut world, "xmpp:tea@rooms.example.com?join;password=secret");
        let question = world.shown().questions.first().cloned().expect("a question");
        assert_eq!(question.kind, QuestionKind::Join);
        assert!(question.text.contains("tea at rooms.example.com") && !question.text.contains("secret"));
        assert_eq!(&*question.choices[0].id, "cancel", "the safe one first");
        assert!(!enters(&world));
        world.done(Request::Answered { question: question.id, choice: choice.into() });
        assert_eq!(enters(&world), comes, "{choice}");
        assert_eq!(world.shown().rooms.len(), usize::from(comes));
    }
}

#[test]
fn a_link_with_words_for_somebody_sends_nothing() {
    let mut world = World::online();
    let notices = open_link(&mut world, "xmpp:bob@example.com?message;body=I%20owe%20you%20money");
    let bob = jid("bob@example.com");
    assert!(
        matches!(&notices[..], [NoticeBody::Write(with, text)] if *with == bob && &**text == "I owe you money"),
        "{notices:?}"
    );
    assert!(!world.xmpp().iter().any(|command| matches!(command, tandem::xmpp::Command::Send { .. })));
    let notices = open_link(&mut world, "xmpp:bob@example.com?remove");
    assert!(matches!(&notices[..], [NoticeBody::Raise(Some(with))] if *with == bob), "{notices:?}");
    assert!(world.shown().questions.is_empty());
}
