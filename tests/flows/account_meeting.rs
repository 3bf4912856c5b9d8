//! A conference and a room as one meeting: every join, leave and race, in virtual time.

use std::sync::Arc;

use tandem::account::{CallTo, Effect, NoticeBody};
use tandem::account::{EnterRoom, MeetingRequest, RefusalKind, Reply, Request, RoomRequest};
use tandem::model::{
    Affiliation, CallId, EndedBy, Involvement, Jid, Knowledge, MeetingView, Occupant, OfferSource, Participant, Role,
    RoomFacts, Show, SoundState,
};
use tandem::sip::subscription::{Document, EventPackage, News, Notifier, Standing, SubscriptionId};
use tandem::sip::{Command, Event};
use tandem::xmpp;
use tandem::xmpp::room::{CallWord, RoomCommand, RoomEvent};

use super::world::*;

pub const ROOM: &str = "team@rooms.example.com";
/// The conference of our own provider.
pub const TEAM: &str = "sip:team@example.com";

pub fn room() -> Jid {
    jid(ROOM)
}

pub fn occupant(nick: &str, who: Option<&str>) -> Arc<Occupant> {
    Arc::new(Occupant {
        nick: nick.into(),
        shown: nick.into(),
        id: None,
        jid: who.map(jid),
        affiliation: Affiliation::None,
        role: Role::Participant,
        show: Show::Available,
        own: nick == "alice",
        alike: false,
        photo: None,
    })
}

pub fn says(world: &mut World, event: RoomEvent) {
    world.chat(xmpp::Event::Room(room(), event));
}

/// In the room with these.
pub fn enter(world: &mut World, others: &[(&str, Option<&str>)]) {
    world.done(Request::Room(RoomRequest::Join(EnterRoom { nick: Some("alice".into()), ..EnterRoom::to(room()) })));
    arrive(world, others);
}

/// The room lets us in.
pub fn arrive(world: &mut World, others: &[(&str, Option<&str>)]) {
    let mut occupants = vec![occupant("alice", Some("alice@example.com"))];
    occupants.extend(others.iter().map(|(nick, who)| occupant(nick, *who)));
    says(world, RoomEvent::Joined { occupants, created: false });
}

/// A call that is answered by a conference.
pub fn conference(world: &mut World, uri: &str) -> CallId {
    let id = world.call(CallTo::Text(uri.into())).expect("a call");
    world.opened(id);
    world.answered(id);
    world.voice(Event::Focus { call: id, focus: Some(sip_uri("sip:conf-77@192.0.2.50:5060")) });
    id
}

/// What was subscribed to last.
pub fn subscribed(world: &World) -> (SubscriptionId, String) {
    world
        .sip()
        .iter()
        .rev()
        .find_map(|command| match command {
            Command::Subscribe { id, wish } if wish.package == EventPackage::Conference => {
                Some((*id, wish.resource.to_string()))
            }
            _ => None,
        })
        .expect("a subscription")
}

pub fn hear(world: &mut World, document: &str) {
    let (id, _) = subscribed(world);
    world.voice(Event::Subscription { id, news: News::Standing(Standing::Active) });
    let document = Document(document.to_owned().into());
    world.voice(Event::Subscription { id, news: News::Document { from: Notifier(1), document } });
}

pub fn info(version: u32, state: &str, about: &str, users: &str) -> String {
    format!(
        "<conference-info xmlns=\"urn:ietf:params:xml:ns:conference-info\" entity=\"{TEAM}\" state=\"{state}\" \
         version=\"{version}\">{about}<users state=\"{state}\">{users}</users></conference-info>"
    )
}

pub fn user(who: &str, status: &str) -> String {
    format!(
        "<user entity=\"sip:{who}@example.com\"><display-text>{who}</display-text><associated-aors><entry>\
         <uri>xmpp:{who}@example.com</uri></entry></associated-aors><endpoint entity=\"e\"><status>{status}</status>\
         </endpoint></user>"
    )
}

pub fn gone(who: &str) -> String {
    format!("<user entity=\"sip:{who}@example.com\" state=\"deleted\"/>")
}

pub const NAMES_ROOM: &str = "<conference-description><service-uris><entry><uri>xmpp:team@rooms.example.com?join</uri>\
    <purpose>grouptextchat</purpose></entry></service-uris></conference-description>";

pub fn meetings(world: &mut World) -> Vec<Arc<MeetingView>> {
    match world.ask(Request::Meeting(MeetingRequest::List)) {
        Some(Ok(Reply::Meetings(all))) => all.to_vec(),
        other => panic!("{other:?}"),
    }
}

pub fn meeting(world: &mut World) -> Arc<MeetingView> {
    let all = meetings(world);
    assert_eq!(all.len(), 1, "one panel for one meeting");
    all[0].clone()
}

/// Names and involvements.
pub fn levels(view: &MeetingView) -> Vec<(String, Involvement)> {
    view.participants.iter().map(|one| (one.name.to_string(), one.involvement)).collect()
}

pub fn level(name: &str, involvement: Involvement) -> (String, Involvement) {
    (name.to_owned(), involvement)
}

pub fn person<'a>(view: &'a MeetingView, name: &str) -> &'a Participant {
    view.participants.iter().find(|one| &*one.name == name).expect("they are listed")
}

pub fn words(world: &World) -> Vec<CallWord> {
    let word = |command| match command {
        xmpp::Command::Room(_, RoomCommand::Call(word)) => Some(word),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(word).collect()
}

pub fn invite(id: &str, uri: &str) -> CallWord {
    CallWord::Invite { ids: vec![id.into()], uris: vec![uri.into()] }
}

pub fn hears_word(world: &mut World, by: &str, word: CallWord) {
    let time = world.now.wall;
    says(world, RoomEvent::Call { by: by.into(), own: false, word, time });
}

fn entered_rooms(world: &World) -> usize {
    world.xmpp().iter().filter(|one| matches!(one, xmpp::Command::Room(_, RoomCommand::Join(_)))).count()
}

#[test]
fn c36_a_conference_is_noticed_and_everybody_in_it_is_listed() {
    let mut world = World::online();
    let call = conference(&mut world, TEAM);
    assert_eq!(subscribed(&world).1, "sip:conf-77@192.0.2.50:5060", "the address that the focus gives");
    assert_eq!(meeting(&mut world).knowledge, Knowledge::Asking);
    let users = format!("{}{}{}", user("alice", "connected"), user("bob", "muted-via-focus"), user("dave", "alerting"));
    hear(&mut world, &info(1, "full", "", &users));
    let view = meeting(&mut world);
    assert_eq!((view.call, view.knowledge, view.trusted), (Some(call), Knowledge::Known, true));
    use Involvement::{Audio, Coming};
    assert_eq!(levels(&view), [level("You", Audio), level("bob", Audio), level("dave@example.com", Coming)]);
    assert_eq!(person(&view, "bob").sound, SoundState::MutedByModerator);
    assert_eq!(&*person(&view, "bob").text, "\u{2068}bob\u{2069}: sound only, muted by a moderator");
    assert_eq!(&*view.text, "3 people: 2 with sound only, 1 not there yet.");
    // Somebody goes, and comes back.
    hear(&mut world, &info(2, "partial", "", &gone("bob")));
    assert_eq!(meeting(&mut world).participants.len(), 2);
    hear(&mut world, &info(3, "partial", "", &user("bob", "on-hold")));
    assert_eq!(person(&meeting(&mut world), "bob").sound, SoundState::OnHold);
    // A gap: what came is shown, and the whole is asked for.
    hear(&mut world, &info(9, "partial", "", &user("erin", "connected")));
    assert!(world.sip().iter().any(|command| matches!(command, Command::RefreshSubscription { .. })));
    // What cannot be read changes nothing.
    let before = meeting(&mut world).participants.len();
    hear(&mut world, "<conference-info");
    assert_eq!(meeting(&mut world).participants.len(), before);
}

#[test]
fn c36_a_conference_that_tells_nothing_is_a_call_like_any_other_with_participants_unknown() {
    let mut world = World::online();
    let call = conference(&mut world, TEAM);
    let (id, _) = subscribed(&world);
    world.voice(Event::Subscription { id, news: News::Standing(Standing::Refused("It answered 489.".into())) });
    // The address that was called is tried as well, once.
    let (second, address) = subscribed(&world);
    assert!(second != id && address == TEAM, "{address}");
    let refused = News::Standing(Standing::Refused("It answered 489.".into()));
    world.voice(Event::Subscription { id: second, news: refused });
    // At last it is asked inside of the call itself, and then it is enough.
    let watch = |command: &Command| if let Command::Watch { id, .. } = command { Some(*id) } else { None };
    let third = world.sip().iter().rev().find_map(watch).expect("asked inside of the call");
    let refused = News::Standing(Standing::Refused("It answered 489.".into()));
    world.voice(Event::Subscription { id: third, news: refused });
    assert_eq!(subscribed(&world).0, second);
    assert_eq!(world.sip().iter().filter_map(watch).count(), 1);
    let view = meeting(&mut world);
    assert_eq!(view.knowledge, Knowledge::Unknown);
    assert_eq!(view.why.as_deref(), Some("The conference does not say who is in it. It answered 489."));
    assert_eq!(levels(&view), [level("You", Involvement::Audio)], "we know of ourselves");
    assert!(world.view(call).answered.is_some() && world.view(call).end.is_none(), "the call lives on");
}

#[test]
fn c36_a_focus_that_appears_or_vanishes_in_a_call_is_followed() {
    let mut world = World::online();
    let call = world.talking();
    assert!(meetings(&mut world).is_empty(), "a call with one person is no meeting");
    world.voice(Event::Focus { call, focus: Some(sip_uri("sip:conf@example.com")) });
    assert_eq!(subscribed(&world).1, "sip:conf@example.com");
    hear(&mut world, &info(1, "full", "", &user("bob", "connected")));
    assert_eq!(meeting(&mut world).participants.len(), 2);
    world.voice(Event::Focus { call, focus: None });
    let id = subscribed(&world).0;
    assert!(world.sip().contains(&Command::Unsubscribe { id }));
    assert!(meetings(&mut world).is_empty());
    // News that were under way change nothing.
    let document = Document(info(2, "full", "", &user("eve", "connected")).into());
    world.voice(Event::Subscription { id, news: News::Document { from: Notifier(1), document } });
    assert!(meetings(&mut world).is_empty());
    world.ended(call, 0, EndedBy::Remote);
    assert!(meetings(&mut world).is_empty());
}

#[test]
fn c35_an_anonymous_caller_is_not_given_away_by_asking_who_is_there() {
    let mut world = World::online();
    let request = Request::Call {
        to: CallTo::Text(TEAM.into()),
        account: None,
        via: None,
        confirm: true,
        video: false,
        anonymous: Some(true),
    };
    let Some(Ok(Reply::Call(call))) = world.ask(request) else { panic!("a call") };
    world.opened(call);
    world.answered(call);
    world.voice(Event::Focus { call, focus: Some(sip_uri("sip:conf@example.com")) });
    assert!(!world.sip().iter().any(|command| matches!(command, Command::Subscribe { .. })));
    assert!(meeting(&mut world).why.as_ref().is_some_and(|why| why.contains("hides who you are")));
}

#[test]
fn c37_the_room_of_a_conference_is_offered_and_not_entered_by_itself() {
    let mut world = World::online();
    let call = conference(&mut world, TEAM);
    hear(&mut world, &info(1, "full", NAMES_ROOM, &user("bob", "connected")));
    let view = meeting(&mut world);
    assert_eq!(view.rooms.iter().map(|offer| offer.room.clone()).collect::<Vec<_>>(), [room()]);
    assert_eq!((entered_rooms(&world), view.room.clone()), (0, None));
    world.done(Request::Meeting(MeetingRequest::EnterRoom { call, room: room() }));
    assert_eq!(entered_rooms(&world), 1, "the user said so");
    arrive(&mut world, &[("bob", Some("bob@example.com")), ("zoe", None)]);
    let view = meeting(&mut world);
    assert_eq!((view.room.clone(), view.in_room, view.rooms.len()), (Some(room()), true, 0));
    use Involvement::{Both, Text};
    assert_eq!(levels(&view), [level("alice", Both), level("bob", Both), level("zoe", Text)]);
    // Another room than the conference names is not entered under its name.
    let other = MeetingRequest::EnterRoom { call, room: jid("evil@rooms.example.com") };
    let refusal = world.ask(Request::Meeting(other)).expect("an answer").expect_err("a refusal");
    assert_eq!(refusal.kind, RefusalKind::NotFound);
}

#[test]
fn c37_a_room_that_was_turned_down_is_not_offered_again() {
    let mut world = World::online();
    let call = conference(&mut world, TEAM);
    hear(&mut world, &info(1, "full", NAMES_ROOM, ""));
    world.done(Request::Meeting(MeetingRequest::DeclineRoom { call, room: room() }));
    assert_eq!(meeting(&mut world).rooms.len(), 0);
    world.ended(call, 0, EndedBy::Remote);
    let again = conference(&mut world, TEAM);
    hear(&mut world, &info(1, "full", NAMES_ROOM, ""));
    let view = meeting(&mut world);
    assert_eq!((view.call, view.rooms.len()), (Some(again), 0), "the choice is remembered");
}

#[test]
fn c38_the_call_of_a_room_is_offered_in_each_form_and_never_dialled_by_itself() {
    let mut world = World::online();
    enter(&mut world, &[("bob", Some("bob@example.com"))]);
    assert!(meetings(&mut world).is_empty());
    let sources = |world: &mut World| -> Vec<OfferSource> {
        meetings(world).first().map(|view| view.offers.iter().map(|offer| offer.source).collect()).unwrap_or_default()
    };
    says(&mut world, RoomEvent::Subject(Some("Calls: sip:text@example.com".into())));
    assert_eq!(sources(&mut world), [OfferSource::Link]);
    world.chat(xmpp::Event::Card { jid: room(), card: Some(card(&["sip:card@example.com"])) });
    says(&mut world, RoomEvent::CallNamed { nick: "bob".into(), uri: Some("sip:presence@example.com".into()) });
    let facts = RoomFacts { call: Some("sip:info@example.com".into()), ..RoomFacts::default() };
    says(&mut world, RoomEvent::Facts(facts.into()));
    hears_word(&mut world, "bob", invite("i1", TEAM));
    use OfferSource::{Card, Invite, Link, Presence, RoomInfo};
    assert_eq!(sources(&mut world), [Invite, RoomInfo, Presence, Card, Link]);
    let view = meeting(&mut world);
    let offer = &view.offers[0];
    assert!(offer.text.contains(TEAM) && offer.text.contains("bob"), "the target is shown: {}", offer.text);
    assert!(!offer.cost.is_empty());
    assert!(!world.sip().iter().any(|command| matches!(command, Command::Invite { .. })), "nothing is dialled");
    // Who names a call and goes names none.
    says(&mut world, RoomEvent::CallNamed { nick: "bob".into(), uri: None });
    hears_word(&mut world, "eve", CallWord::Retract("i1".into()));
    assert_eq!(sources(&mut world), [Invite, RoomInfo, Card, Link], "only who invited takes it back");
    hears_word(&mut world, "bob", CallWord::Retract("i1".into()));
    assert_eq!(sources(&mut world), [RoomInfo, Card, Link]);
}

#[test]
fn c38_joining_the_call_of_a_room_asks_about_the_cost_and_tells_who_invited() {
    let mut world = World::online();
    enter(&mut world, &[("bob", Some("bob@example.com"))]);
    hears_word(&mut world, "bob", invite("i1", "tel:+4930123456"));
    let join = |confirm| Request::Meeting(MeetingRequest::JoinCall { room: room(), uri: None, confirm });
    let refusal = world.ask(join(false)).expect("an answer").expect_err("a question");
    assert_eq!(refusal.kind, RefusalKind::Confirm, "what a room's people write may cost");
    let Some(Ok(Reply::Call(call))) = world.ask(join(true)) else { panic!("a call") };
    world.opened(call);
    assert_eq!(words(&world), [], "nobody is told before there is a call");
    world.answered(call);
    let accept = CallWord::Accept { id: "i1".into(), uri: Some("tel:+4930123456".into()) };
    assert_eq!(words(&world), [accept]);
    let view = meeting(&mut world);
    assert_eq!((view.call, view.room.clone()), (Some(call), Some(room())));
    assert_eq!(view.why.as_deref(), Some("The other end does not say that it is a conference."));
    world.ended(call, 0, EndedBy::Remote);
    assert_eq!(words(&world).last(), Some(&CallWord::Left("i1".into())));
    let view = meeting(&mut world);
    assert_eq!((view.call, view.room.clone()), (None, Some(room())), "the room goes on, and offers the call again");
}

#[test]
fn c38_an_offer_that_was_turned_down_comes_back_only_with_a_new_invitation() {
    let mut world = World::online();
    enter(&mut world, &[]);
    hears_word(&mut world, "bob", invite("i1", TEAM));
    world.done(Request::Meeting(MeetingRequest::DeclineCall(room())));
    assert_eq!(words(&world), [CallWord::Reject("i1".into())]);
    assert!(meetings(&mut world).is_empty());
    let noticed = |world: &World| {
        world.effects.iter().filter(|effect| matches!(effect, Effect::Notice(NoticeBody::Attention(_)))).count()
    };
    let before = noticed(&world);
    hears_word(&mut world, "bob", invite("i2", TEAM));
    assert_eq!((meetings(&mut world).len(), noticed(&world)), (1, before + 1));
    // An invitation of yesterday is no news, and neither is one to what cannot be called.
    hears_word(&mut world, "bob", CallWord::Retract("i2".into()));
    let time = tandem::model::WallTime::from_unix_ms(world.now.wall.unix_ms() - 86_400_000);
    says(&mut world, RoomEvent::Call { by: "bob".into(), own: false, word: invite("i0", TEAM), time });
    hears_word(&mut world, "bob", invite("i3", "https://meet.example/x"));
    assert_eq!((meetings(&mut world).len(), noticed(&world)), (0, before + 1));
}

#[test]
fn c39_leaving_one_side_leaves_the_other_as_it_is() {
    let mut world = World::online();
    enter(&mut world, &[("bob", Some("bob@example.com"))]);
    let call = conference(&mut world, TEAM);
    hear(
        &mut world,
        &info(1, "full", NAMES_ROOM, &format!("{}{}", user("alice", "connected"), user("bob", "connected"))),
    );
    let view = meeting(&mut world);
    assert_eq!(view.room, Some(room()), "we are in both, so they belong together");
    assert_eq!(person(&view, "bob").involvement, Involvement::Both);
    // Bob leaves the room, and comes back; then the call.
    says(&mut world, RoomEvent::Occupants { set: Vec::new(), gone: vec!["bob".into()] });
    assert_eq!(person(&meeting(&mut world), "bob").involvement, Involvement::Audio);
    says(&mut world, RoomEvent::Occupants { set: vec![occupant("bob", Some("bob@example.com"))], gone: Vec::new() });
    assert_eq!(person(&meeting(&mut world), "bob").involvement, Involvement::Both);
    hear(&mut world, &info(2, "partial", "", &gone("bob")));
    assert_eq!(person(&meeting(&mut world), "bob").involvement, Involvement::Text);
    // We are put out of the room: the call goes on, and its people are still known.
    let reason = tandem::model::Reason::new("kicked", "You were put out.");
    says(&mut world, RoomEvent::Left { reason: Some(reason), again: false });
    let view = meeting(&mut world);
    assert_eq!((view.in_room, view.knowledge), (false, Knowledge::Known));
    assert_eq!(levels(&view), [level("You", Involvement::Audio)]);
    assert!(world.view(call).end.is_none());
    // The other way round: the call ends and we stay in the room.
    arrive(&mut world, &[("bob", Some("bob@example.com"))]);
    world.ended(call, 0, EndedBy::Remote);
    assert_eq!(world.shown().room(&room()).map(|room| room.occupants.len()), Some(2));
    assert!(!world.xmpp().iter().any(|one| matches!(one, xmpp::Command::Room(_, RoomCommand::Leave))));
}

#[test]
fn c40_a_conference_elsewhere_merges_nobody_and_says_who_may_be_the_same() {
    let mut world = World::online();
    enter(&mut world, &[("bob", Some("bob@example.com"))]);
    conference(&mut world, "sip:team@conf.other.example");
    hear(
        &mut world,
        &info(1, "full", NAMES_ROOM, &format!("{}{}", user("alice", "connected"), user("bob", "connected"))),
    );
    let view = meeting(&mut world);
    assert!(!view.trusted);
    let both: Vec<&Participant> = view.participants.iter().filter(|one| &*one.name == "bob").collect();
    assert_eq!(both.len(), 2, "two rows");
    assert!(both.iter().all(|one| one.maybe.as_deref() == Some("bob")));
    assert!(both.iter().any(|one| one.text.contains("maybe the same person as")));
    assert_eq!(person(&view, "alice").involvement, Involvement::Both, "we know ourselves");
}

#[test]
fn a_voice_connection_that_breaks_leaves_nothing_that_may_not_hold() {
    let mut world = World::online();
    conference(&mut world, TEAM);
    hear(&mut world, &info(1, "full", "", &user("bob", "connected")));
    world.voice(Event::Unregistered { reason: reason("timeout"), retry_at: None });
    let view = meeting(&mut world);
    assert_eq!((view.knowledge, view.participants.len()), (Knowledge::Asking, 1));
    world.registered();
    hear(&mut world, &info(1, "full", "", &user("bob", "connected")));
    assert_eq!(meeting(&mut world).participants.len(), 2);
}
