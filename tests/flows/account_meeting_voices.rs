//! Who speaks in a meeting (RFC 6465), and conferences that want to be asked inside of the call (RFC 5057), in virtual time.

use std::sync::Arc;

use tandem::account::{ConferenceRequest, Reply, Request};
use tandem::media;
use tandem::model::{CallId, EndedBy, Knowledge, MeetingView, own_source_of, source_of};
use tandem::sip::subscription::{Document, News, Notifier, Standing};
use tandem::sip::{Command, Event};

use super::account_meeting::*;
use super::world::*;

fn voices(world: &mut World, call: CallId, sources: &[u32]) {
    world.media(media::Event::Speaking { call, sources: sources.into() });
}

fn speaking(view: &MeetingView) -> Vec<&str> {
    view.participants.iter().filter(|one| one.speaking).map(|one| &*one.name).collect()
}

/// Somebody whose sound has a name.
fn heard(who: &str, source: u32, status: &str) -> String {
    let media = format!("<media id=\"1\"><type>audio</type><src-id>{source}</src-id></media></endpoint>");
    user(who, status).replace("</endpoint>", &media)
}

#[test]
fn c40_whoever_speaks_in_a_conference_is_shown_as_long_as_they_do() {
    let mut world = World::online();
    let call = conference(&mut world, TEAM);
    let users = format!(
        "{}{}{}",
        heard("alice", 1, "connected"),
        heard("bob", 2, "connected"),
        heard("carol", 3, "muted-via-focus")
    );
    hear(&mut world, &info(1, "full", "", &users));
    assert!(speaking(&meeting(&mut world)).is_empty(), "nobody says who speaks, and so nobody is said to");
    voices(&mut world, call, &[2]);
    let view = meeting(&mut world);
    assert_eq!(speaking(&view), ["bob"]);
    assert_eq!(&*person(&view, "bob").text, "\u{2068}bob\u{2069}: sound only, speaking");
    // Whom the conference lets nobody hear does not speak, and neither does a source that nobody has.
    voices(&mut world, call, &[2, 3, 77]);
    assert_eq!(speaking(&meeting(&mut world)), ["bob"]);
    // Their device is another one now, and so is the name of its sound.
    let moved = heard("bob", 9, "connected").replace("<user ", "<user state=\"full\" ");
    hear(&mut world, &info(2, "partial", "", &moved));
    assert!(speaking(&meeting(&mut world)).is_empty());
    voices(&mut world, call, &[9]);
    assert_eq!(speaking(&meeting(&mut world)), ["bob"]);
    voices(&mut world, call, &[]);
    assert!(speaking(&meeting(&mut world)).is_empty());
    // The end of the call ends that too.
    voices(&mut world, call, &[9]);
    world.ended(call, 0, EndedBy::Remote);
    voices(&mut world, call, &[9]);
    assert!(meetings(&mut world).is_empty());
}

#[test]
fn c40_of_the_calls_that_we_join_it_is_shown_who_speaks_and_told_to_the_others() {
    let mut world = World::online();
    let first = world.talking();
    let second = world.call(tandem::account::CallTo::Text("sip:carol@example.com".into())).expect("a call");
    world.opened(second);
    world.answered(second);
    let calls = vec![first, second];
    let Some(Ok(Reply::Conference(id))) = world.ask(Request::Conference(ConferenceRequest::Create(calls))) else {
        panic!("a conference")
    };
    let told = world.sip().into_iter().filter_map(|command| match command {
        Command::Host(hosted) => Some(hosted),
        _ => None,
    });
    let sources: Vec<u32> = told.last().expect("it is told").users.iter().map(|user| user.source).collect();
    assert_eq!(sources, [own_source_of(id), source_of(first), source_of(second)], "as the packets name them");
    voices(&mut world, second, &[source_of(second)]);
    let view = meeting(&mut world);
    let who: Vec<Option<CallId>> = view.participants.iter().filter(|one| one.speaking).map(|one| one.call).collect();
    assert_eq!(who, [Some(second)]);
    // Whom nobody hears is not said to speak.
    world.done(Request::Conference(ConferenceRequest::MuteParty(second, true)));
    assert!(speaking(&meeting(&mut world)).is_empty());
}

fn watched(world: &World) -> Vec<CallId> {
    let call = |command| if let Command::Watch { call, .. } = command { Some(call) } else { None };
    world.sip().into_iter().filter_map(call).collect()
}

fn name_of_watch(world: &World) -> tandem::sip::subscription::SubscriptionId {
    let id = |command: &Command| if let Command::Watch { id, .. } = command { Some(*id) } else { None };
    world.sip().iter().rev().find_map(id).expect("it was asked")
}

fn refused(world: &mut World, id: tandem::sip::subscription::SubscriptionId) {
    let news = News::Standing(Standing::Refused("The other side does not offer this.".into()));
    world.voice(Event::Subscription { id, news });
}

#[test]
fn c36_a_conference_that_answers_nobody_from_outside_is_asked_inside_of_the_call() {
    let mut world = World::online();
    let call = conference(&mut world, TEAM);
    let first = subscribed(&world).0;
    refused(&mut world, first);
    let second = subscribed(&world).0;
    assert!(watched(&world).is_empty(), "the address that was called comes first");
    refused(&mut world, second);
    assert_eq!(watched(&world), [call]);
    let id = name_of_watch(&world);
    let document = Document(info(1, "full", "", &user("bob", "connected")).into());
    world.voice(Event::Subscription { id, news: News::Standing(Standing::Active) });
    world.voice(Event::Subscription { id, news: News::Document { from: Notifier(0), document } });
    let view = meeting(&mut world);
    assert_eq!((view.knowledge, view.participants.len()), (Knowledge::Known, 2));
    // A gap asks for the whole there too, and so does a connection that comes back.
    let asks = |world: &World| world.sip().iter().filter(|one| **one == Command::RefreshSubscription { id }).count();
    let document = Document(info(9, "partial", "", &user("carol", "connected")).into());
    world.voice(Event::Subscription { id, news: News::Document { from: Notifier(0), document } });
    assert_eq!(asks(&world), 1);
    world.voice(Event::Unregistered { reason: reason("timeout"), retry_at: None });
    assert_eq!(meeting(&mut world).knowledge, Knowledge::Asking);
    world.registered();
    assert_eq!(asks(&world), 2);
    // It is over with the call.
    world.ended(call, 0, EndedBy::Remote);
    assert!(world.sip().contains(&Command::Unsubscribe { id }));
    let document = Document(info(10, "full", "", &user("eve", "connected")).into());
    world.voice(Event::Subscription { id, news: News::Document { from: Notifier(0), document } });
    assert_eq!(meetings(&mut world), Vec::<Arc<MeetingView>>::new());
}
