//! The user changes the list of people, and blocks somebody: what is asked of the server, and what the user is told.

use std::sync::Arc;

use tandem::account::{AddContact, ContactRequest, Effect, NoticeBody, Refusal, RefusalKind, Reply, Request};
use tandem::model::{CallId, CallState, Jid, Reason, Report, ReportReason, Subscription};
use tandem::sip::Command as Sip;
use tandem::store::{self, Loaded};
use tandem::xmpp::{self, ContactCommand, ContactEvent, PeopleCommand, PeopleEvent, RosterItem, RosterUpdate};

use super::world::*;

const FRANK: &str = "frank@example.com";
const BOB: &str = "bob@example.com";

fn add(address: &str) -> Request {
    Request::Contact(ContactRequest::Add(AddContact {
        jid: jid(address),
        name: Some(" Frank ".into()),
        groups: vec!["Work".into(), " ".into(), "Work".into()],
        approve: true,
        account: None,
        token: None,
    }))
}

fn commands(world: &World) -> Vec<ContactCommand> {
    let command = |command| match command {
        xmpp::Command::Contact(command) => Some(command),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(command).collect()
}

fn ticket(command: &ContactCommand) -> u64 {
    match command {
        ContactCommand::Add { ticket, .. }
        | ContactCommand::Change { ticket, .. }
        | ContactCommand::Remove { ticket, .. }
        | ContactCommand::Block { ticket, .. }
        | ContactCommand::Unblock { ticket, .. } => *ticket,
        ContactCommand::Ask(_) | ContactCommand::Withdraw(_) | ContactCommand::Hide(_) => panic!("it has no ticket"),
    }
}

/// What came back for the last change, after the server said this.
fn after(world: &mut World, outcome: Result<(), Reason>) -> Result<Reply, Refusal> {
    let ticket = ticket(commands(world).last().expect("a change"));
    world.chat(xmpp::Event::Contact(ContactEvent::Done { ticket, outcome }));
    let answer = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(answered, answer) if answered.0 == ticket => Some(answer.clone()),
        _ => None,
    });
    answer.expect("an answer")
}

fn refused(world: &mut World, request: ContactRequest) -> (RefusalKind, String) {
    match world.ask(Request::Contact(request)) {
        Some(Err(refusal)) => (refusal.kind, refusal.text.to_string()),
        other => panic!("{other:?}"),
    }
}

fn blocked(world: &mut World, people: &[&str]) {
    let people: Arc<[Jid]> = people.iter().map(|one| jid(one)).collect();
    world.chat(xmpp::Event::Contact(ContactEvent::Blocked(Some(people))));
}

fn roster(world: &mut World, item: RosterItem) {
    let checkpoint = world.checkpoint();
    world.chat(xmpp::Event::Roster { update: RosterUpdate::Set(item), version: None, checkpoint });
}

#[test]
fn somebody_is_added_and_shown_as_waiting_when_the_server_says_so() {
    let mut world = World::online();
    assert!(world.ask(add(FRANK)).is_none(), "the server has to take it first");
    match commands(&world).as_slice() {
        [ContactCommand::Add { entry, approve: true, .. }] => {
            assert_eq!((entry.name.as_deref(), entry.groups.len()), (Some("Frank"), 1));
        }
        other => panic!("{other:?}"),
    }
    assert!(world.shown().contact(&jid(FRANK)).is_none(), "nothing is shown before it is true");
    roster(&mut world, RosterItem { asked: true, ..item(FRANK, Subscription::None) });
    assert!(matches!(after(&mut world, Ok(())), Ok(Reply::Done)));
    let shown = world.shown().contact(&jid(FRANK)).expect("in the list").clone();
    assert!(shown.asked && shown.listed);
    // They answer.
    roster(&mut world, item(FRANK, Subscription::Both));
    assert!(!world.shown().contact(&jid(FRANK)).expect("in the list").asked);
}

#[test]
fn what_the_server_refuses_is_told_in_a_sentence() {
    for (code, kind, words) in [
        ("not-acceptable", RefusalKind::Invalid, "does not accept"),
        ("not-allowed", RefusalKind::NotAllowed, "administrator"),
        ("no-answer", RefusalKind::Offline, "did not answer"),
        ("something-new", RefusalKind::NotAllowed, "It does not work"),
    ] {
        let mut world = World::online();
        world.ask(add(FRANK));
        let refusal = after(&mut world, Err(reason(code))).expect_err("refused");
        assert_eq!(refusal.kind, kind, "{code}");
        assert!(refusal.text.starts_with("This person was not added: ") && refusal.text.contains(words), "{refusal}");
    }
}

#[test]
fn a_change_that_cannot_be_made_is_refused_at_once_and_says_why() {
    let mut world = World::online();
    let add = |address: &str| match add(address) {
        Request::Contact(request) => request,
        other => panic!("{other:?}"),
    };
    for (request, kind, words) in [
        (add("alice@example.com"), RefusalKind::Invalid, "your own address"),
        (add("example.com"), RefusalKind::Invalid, "frank@example.com"),
        (add(BOB), RefusalKind::Invalid, "already"),
        (ContactRequest::Remove(jid(FRANK)), RefusalKind::NotFound, "not in your list"),
        (ContactRequest::Ask(jid(FRANK)), RefusalKind::NotFound, "not in your list"),
        (ContactRequest::Rename(jid(BOB), "x".repeat(300).into()), RefusalKind::Invalid, "256"),
        (ContactRequest::Unblock(jid(BOB)), RefusalKind::NotFound, "not blocked"),
        (ContactRequest::Block(jid(BOB), None), RefusalKind::NotAllowed, "cannot block"),
    ] {
        let (found, text) = refused(&mut world, request);
        assert_eq!(found, kind, "{text}");
        assert!(text.contains(words) && text.ends_with('.'), "{text}");
    }
    let groups = (0..40).map(|at| Arc::from(format!("g{at}"))).collect();
    assert_eq!(refused(&mut world, ContactRequest::Groups(jid(BOB), groups)).0, RefusalKind::Invalid);
    assert!(commands(&world).is_empty(), "the server hears of none of it");
}

#[test]
fn a_change_without_a_connection_is_refused_and_one_that_the_cut_left_open_is_answered() {
    let mut world = World::online();
    world.ask(add(FRANK));
    let open = ticket(commands(&world).last().expect("a change"));
    world.chat(xmpp::Event::Offline { reason: reason("lost"), retry_at: None });
    let answer = world.effects.iter().find_map(|effect| match effect {
        Effect::Answer(answered, Err(refusal)) if answered.0 == open => Some(refusal.clone()),
        _ => None,
    });
    let refusal = answer.expect("nobody waits for ever");
    assert_eq!(refusal.kind, RefusalKind::Offline);
    let (kind, text) = refused(&mut world, ContactRequest::Rename(jid(BOB), "Bobby".into()));
    assert_eq!(kind, RefusalKind::Offline);
    assert!(text.contains("kept by your server"), "{text}");
}

#[test]
fn a_rename_keeps_the_groups_and_a_regrouping_keeps_the_name() {
    let mut world = World::online();
    roster(
        &mut world,
        RosterItem { name: Some("Bob F.".into()), groups: vec!["Team".into()], ..item(BOB, Subscription::Both) },
    );
    world.ask(Request::Contact(ContactRequest::Rename(jid(BOB), " Bobby ".into())));
    world.ask(Request::Contact(ContactRequest::Groups(jid(BOB), vec!["Friends".into()])));
    world.ask(Request::Contact(ContactRequest::Rename(jid(BOB), "".into())));
    let entries: Vec<(Option<String>, String)> = commands(&world)
        .into_iter()
        .map(|command| match command {
            ContactCommand::Change { entry, .. } => (entry.name.map(|name| name.to_string()), entry.groups.join(",")),
            other => panic!("{other:?}"),
        })
        .collect();
    let name = |text: &str| Some(text.to_owned());
    assert_eq!(
        entries,
        [(name("Bobby"), "Team".to_owned()), (name("Bob F."), "Friends".to_owned()), (None, "Team".to_owned())]
    );
}

#[test]
fn adding_somebody_who_asked_answers_their_question() {
    let mut world = World::online();
    world.chat(xmpp::Event::SubscriptionRequest { from: jid(FRANK), text: None });
    assert_eq!(world.shown().questions.len(), 1);
    world.ask(add(FRANK));
    assert!(world.shown().questions.is_empty());
}

#[test]
fn a_blocked_person_is_shown_as_such_and_does_not_get_through_by_telephone_either() {
    let mut world = World::online();
    blocked(&mut world, &[]);
    world.ask(Request::Contact(ContactRequest::Block(jid(BOB), None)));
    assert!(matches!(commands(&world).last(), Some(ContactCommand::Block { report: None, .. })));
    assert!(matches!(after(&mut world, Ok(())), Ok(Reply::Done)));
    assert!(!world.shown().blocked.contains(&jid(BOB)), "not before the server says so");
    blocked(&mut world, &[BOB]);
    assert!(world.shown().blocked.contains(&jid(BOB)) && world.shown().blocked.available);
    world.incoming(CallId(1), vouched("sip:bob@example.com"), Some(SOUND));
    let call = world.view(CallId(1));
    assert_eq!(call.state, CallState::Ended);
    assert!(call.end.expect("an end").text.contains("blocked"));
    assert!(world.sip().iter().any(|command| matches!(command, Sip::Reject { .. })));
    // On nobody's word it may be anybody: whoever wrote Bob's address would otherwise be able to silence him.
    world.incoming(CallId(3), identity("sip:bob@example.com"), Some(SOUND));
    assert_eq!(world.view(CallId(3)).state, CallState::Ringing);
    world.done(Request::Decline(CallId(3)));
    world.ask(Request::Contact(ContactRequest::Unblock(jid(BOB))));
    blocked(&mut world, &[]);
    world.incoming(CallId(5), vouched("sip:bob@example.com"), Some(SOUND));
    assert_eq!(world.view(CallId(5)).state, CallState::Ringing);
}

#[test]
fn x50_nothing_of_somebody_who_is_blocked_gets_through_although_the_server_passes_it_on() {
    use tandem::account::Effect;
    use tandem::model::{ConversationKind, MessageDirection, Show};
    use tandem::xmpp::room::RoomEvent;
    use tandem::xmpp::{ChatState, InboundMessage};
    for by in [BOB, "example.com"] {
        let mut world = World::online();
        roster(&mut world, item(BOB, Subscription::Both));
        blocked(&mut world, &[by]);
        world.effects.clear();
        let says =
            |from: &str, kind| InboundMessage { kind, ..InboundMessage::new(jid(from), "Hello", world.now.wall) };
        let messages = [says(BOB, ConversationKind::Person), says("room@example.com", ConversationKind::Room)];
        let through = if by == BOB { 1 } else { messages.len() };
        for message in messages.into_iter().take(through) {
            let checkpoint = world.checkpoint();
            world.chat(xmpp::Event::Message(message, checkpoint));
            assert!(
                world.xmpp().contains(&xmpp::Command::Committed(checkpoint)),
                "the server is not asked to repeat it"
            );
        }
        world.chat(presence(BOB, Show::Available));
        world.chat(xmpp::Event::ChatState(jid(BOB), ChatState::Composing));
        world.chat(xmpp::Event::SubscriptionRequest { from: jid(BOB), text: Some("please".into()) });
        let invited = RoomEvent::Invited { from: jid(BOB), reason: None, password: None, mediated: false, known: true };
        world.chat(xmpp::Event::Room(jid("room@rooms.example.org"), invited));
        let shown = world.shown();
        assert!(shown.conversations.is_empty() && shown.typing.is_empty() && shown.invitations.is_empty());
        assert!(shown.questions.is_empty());
        assert_eq!(shown.contact(&jid(BOB)).expect("still in the list").presence.show, Show::Offline);
        let told = world.effects.iter().filter(|effect| {
            matches!(effect, Effect::Notice(notice) if !matches!(notice, tandem::account::NoticeBody::Account(_)))
        });
        assert_eq!(told.count(), 0, "{by}: {:?}", world.effects);
        // What was written to them on another device is ours.
        let own = InboundMessage {
            direction: MessageDirection::Out,
            ..InboundMessage::new(jid(BOB), "from my telephone", world.now.wall)
        };
        let checkpoint = world.checkpoint();
        world.chat(xmpp::Event::Message(own, checkpoint));
        assert_eq!(world.shown().conversations.len(), 1);
    }
}

#[test]
fn who_is_blocked_is_known_after_a_restart_before_chat_is_connected() {
    let mut world = World::online();
    blocked(&mut world, &[BOB, "evil.example"]);
    let memo = world.kept().into_iter().rev().find_map(|command| match command {
        store::Command::SetMemo { key, value: Some(value) } if key.starts_with("blocked:") => Some((key, value)),
        _ => None,
    });
    let mut world = World::new(config(), Loaded { memos: vec![memo.expect("remembered")], ..Loaded::default() });
    world.chat(xmpp::Event::Connecting);
    let view = world.shown().blocked.clone();
    assert!(view.contains(&jid(BOB)) && view.contains(&jid("anybody@evil.example")) && !view.contains(&jid(FRANK)));
    assert!(!view.available, "and nothing can be changed yet");
    // Broken memos bring nothing down.
    let broken = vec![("blocked:chat:alice@example.com".to_owned(), "@\n\u{0}\n\nbob@example.com".to_owned())];
    let mut world = World::new(config(), Loaded { memos: broken, ..Loaded::default() });
    world.chat(xmpp::Event::Connecting);
    assert_eq!(world.shown().blocked.people.len(), 1);
}

#[test]
fn a_report_goes_only_where_the_server_takes_reports() {
    let mut world = World::online();
    blocked(&mut world, &[]);
    let report = |text: String| Report { reason: ReportReason::Spam, text: Some(text.into()) };
    let request = |text: &str| ContactRequest::Block(jid(FRANK), Some(report(text.to_owned())));
    let (kind, text) = refused(&mut world, request("buys pills"));
    assert_eq!(kind, RefusalKind::NotAllowed);
    assert!(text.contains("takes no reports"), "{text}");
    world.chat(xmpp::Event::Contact(ContactEvent::Reports(true)));
    assert!(world.shown().blocked.reports);
    assert_eq!(refused(&mut world, request(&"x".repeat(2000))).0, RefusalKind::Invalid);
    assert!(world.ask(Request::Contact(request("buys pills"))).is_none());
    assert!(matches!(commands(&world).last(), Some(ContactCommand::Block { report: Some(_), .. })));
    // A question of somebody who is blocked is no question any more.
    world.chat(xmpp::Event::SubscriptionRequest { from: jid(FRANK), text: None });
    blocked(&mut world, &[FRANK]);
    assert!(world.shown().questions.is_empty());
}

#[test]
fn somebody_who_asks_too_often_is_declined_and_blocked_with_one_answer() {
    let mut world = World::online();
    world.chat(xmpp::Event::SubscriptionRequest { from: jid(FRANK), text: None });
    let choices = |world: &mut World| {
        let question = world.shown().questions[0].clone();
        (question.id, question.choices.iter().map(|choice| choice.id.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(choices(&mut world).1, ["deny", "approve"], "nothing is offered that the server cannot do");
    let (question, _) = choices(&mut world);
    world.done(Request::Answered { question, choice: "deny".into() });
    blocked(&mut world, &[]);
    world.chat(xmpp::Event::SubscriptionRequest { from: jid(FRANK), text: None });
    let (question, choices) = choices(&mut world);
    assert_eq!(choices, ["deny", "approve", "block"]);
    world.done(Request::Answered { question, choice: "block".into() });
    let denied = xmpp::Command::AnswerSubscription { jid: jid(FRANK), approve: false };
    assert!(world.xmpp().contains(&denied));
    let ticket = match commands(&world).last() {
        Some(ContactCommand::Block { ticket, jid: who, report: None }) if *who == jid(FRANK) => *ticket,
        other => panic!("{other:?}"),
    };
    // That it did not work is told although nobody waits for it.
    world.chat(xmpp::Event::Contact(ContactEvent::Done { ticket, outcome: Err(reason("not-allowed")) }));
    let told = world
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Notice(NoticeBody::Problem(text)) if text.contains("was not blocked")));
    assert!(told);
}

fn people(world: &World) -> Vec<PeopleCommand> {
    let command = |command| match command {
        xmpp::Command::People(command) => Some(command),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(command).collect()
}

fn says(world: &mut World, event: PeopleEvent) {
    world.chat(xmpp::Event::People(event));
}

#[test]
fn x20_what_somebody_calls_themselves_names_only_whom_nobody_else_names() {
    let mut world = World::online();
    roster(&mut world, item(FRANK, Subscription::Both));
    let name = |world: &mut World| world.shown().contact(&jid(FRANK)).expect("in the list").name.to_string();
    assert_eq!(name(&mut world), "frank");
    says(&mut world, PeopleEvent::Nick(jid(FRANK), Some("\u{202e}Franky".into())));
    assert_eq!(name(&mut world), "Franky");
    roster(&mut world, RosterItem { name: Some("Frank Müller".into()), ..item(FRANK, Subscription::Both) });
    assert_eq!(name(&mut world), "Frank Müller", "the user's word counts");
    // A stranger's name stands in the question, as their word.
    says(&mut world, PeopleEvent::Nick(jid("eve@example.org"), Some("Your boss".into())));
    world.chat(xmpp::Event::SubscriptionRequest { from: jid("eve@example.org"), text: None });
    let asked = world.shown().questions[0].text.to_string();
    assert!(
        asked.contains("eve@example.org") && asked.contains("They call themselves \u{2068}Your boss\u{2069}."),
        "{asked}"
    );
}

#[test]
fn when_somebody_who_is_away_was_last_there_is_asked_once_and_shown() {
    let mut world = World::online();
    roster(&mut world, item(FRANK, Subscription::Both));
    world.effects.clear();
    world.done(Request::Visible(vec![jid(FRANK)]));
    world.done(Request::Visible(vec![jid(FRANK)]));
    let asked = |world: &World| {
        people(world).into_iter().filter(|one| *one == PeopleCommand::AskLastActive(jid(FRANK))).count()
    };
    assert_eq!(asked(&world), 1);
    world.wait(std::time::Duration::from_secs(301));
    world.done(Request::Visible(vec![jid(FRANK)]));
    assert_eq!(asked(&world), 2);
    let at = world.now.wall;
    says(&mut world, PeopleEvent::LastActive(jid(FRANK), Some(at)));
    assert_eq!(world.shown().contact(&jid(FRANK)).expect("in the list").last_active, Some(at));
    world.chat(presence(FRANK, tandem::model::Show::Available));
    world.done(Request::Visible(vec![jid(FRANK)]));
    world.wait(std::time::Duration::from_secs(301));
    assert_eq!(asked(&world), 2, "whoever is there is not asked about");
}

#[test]
fn a_link_of_the_users_lets_one_person_in_without_a_question_until_it_is_over() {
    let mut world = World::online();
    let link = |world: &mut World| {
        assert!(world.ask(Request::Contact(ContactRequest::Invite(None))).is_none(), "the server is asked first");
        let Some(PeopleCommand::Invite(number)) = people(world).pop() else { panic!("asked") };
        let why = Reason::new("service-unavailable", "no");
        says(world, PeopleEvent::Invited(number, Err(why)));
        let made = world.effects.iter().rev().find_map(|effect| match effect {
            Effect::Answer(_, Ok(Reply::Invite(link))) => Some(link.clone()),
            _ => None,
        });
        let uri = made.expect("a link").uri.to_string();
        uri.strip_prefix("xmpp:alice@example.com?roster;preauth=").expect("a token").to_owned()
    };
    let token = link(&mut world);
    let comes = |world: &mut World, who: &str, token: &str| {
        world.effects.clear();
        says(world, PeopleEvent::Token(jid(who), token.into()));
        world.chat(xmpp::Event::SubscriptionRequest { from: jid(who), text: None });
        let let_in = |command: &xmpp::Command| matches!(command, xmpp::Command::AnswerSubscription { jid: of, approve: true } if *of == jid(who));
        (world.xmpp().iter().any(let_in), world.shown().questions.len())
    };
    assert_eq!(comes(&mut world, "mallory@example.org", "guess"), (false, 1));
    assert_eq!(comes(&mut world, FRANK, &token), (true, 1));
    assert_eq!(comes(&mut world, "carol@example.org", &token), (false, 2), "each link is for one");
    let late = link(&mut world);
    world.wait(std::time::Duration::from_secs(8 * 24 * 3600));
    assert!(!comes(&mut world, "dave@example.org", &late).0, "it is over");
    // The server's own link is handed on as it is.
    world.ask(Request::Contact(ContactRequest::Invite(None)));
    let Some(PeopleCommand::Invite(number)) = people(&world).pop() else { panic!("asked") };
    let made = xmpp::ServerInvite { uri: "xmpp:x@y?roster".into(), page: Some("https://y/".into()), until: None };
    says(&mut world, PeopleEvent::Invited(number, Ok(made)));
    let told = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(_, Ok(Reply::Invite(link))) => Some((link.uri.to_string(), link.page.clone())),
        _ => None,
    });
    assert_eq!(told, Some(("xmpp:x@y?roster".to_owned(), Some("https://y/".into()))));
}

#[test]
fn a_link_of_somebody_is_asked_about_and_brings_its_token_along() {
    let mut world = World::online();
    let uri = "xmpp:frank@example.com?roster;preauth=t1;name=Frank%20M";
    world.done(Request::OpenUri(uri.into()));
    assert!(people(&world).is_empty() && commands(&world).is_empty(), "nothing happens on a link's word");
    let question = world.shown().questions[0].clone();
    assert!(question.text.contains("Frank M") && question.text.contains(FRANK), "{}", question.text);
    world.done(Request::Answered { question: question.id, choice: "approve".into() });
    assert!(people(&world).contains(&PeopleCommand::Token(jid(FRANK), "t1".into())));
    match commands(&world).as_slice() {
        [ContactCommand::Add { entry, approve: true, .. }] => assert_eq!(entry.name.as_deref(), Some("Frank M")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn x50_what_an_archive_kept_of_somebody_who_is_blocked_is_not_shown_either() {
    use tandem::xmpp::{ArchivePage, ArchiveQuery, Archived, Before, Inbound, InboundMessage};
    let mut world = World::online();
    blocked(&mut world, &["mallory@example.org"]);
    let said = |from: &str, id: &str| {
        let message = InboundMessage::new(jid(from), id, world.now.wall);
        Archived { id: id.to_owned(), time: world.now.wall, what: Some(Inbound::Message(Box::new(message))) }
    };
    let items = vec![said("mallory@example.org", "a1"), said(BOB, "a2")];
    let query = ArchiveQuery { gap: 1, archive: None, with: None, before: Before::Now };
    let page = ArchivePage { query, items, complete: true, problem: None };
    world.effects.clear();
    world.chat(xmpp::Event::ArchivePage(Box::new(page)));
    let kept = world.kept().into_iter().find_map(|command| match command {
        store::Command::ArchivePage { page, .. } => Some(page),
        _ => None,
    });
    let kept = kept.expect("the page is stored");
    let there: Vec<(&str, bool)> = kept.items.iter().map(|item| (item.id.as_str(), item.what.is_some())).collect();
    assert_eq!(there, [("a1", false), ("a2", true)], "the place in the archive stays known");
}

#[test]
fn a_picture_that_only_a_personal_node_has_is_fetched_when_its_owner_is_seen() {
    let mut world = World::online();
    roster(&mut world, item(FRANK, Subscription::Both));
    world.card(FRANK, &[]);
    let hash = "0123456789012345678901234567890123456789";
    says(&mut world, PeopleEvent::Picture(jid(FRANK), Some(hash.into())));
    let fetched = |world: &World| {
        let wanted = PeopleCommand::FetchPicture(jid(FRANK), hash.into());
        people(world).into_iter().filter(|one| *one == wanted).count()
    };
    assert_eq!(fetched(&world), 0, "nobody looks");
    world.done(Request::Visible(vec![jid(FRANK)]));
    world.done(Request::Visible(vec![jid(FRANK)]));
    assert_eq!(fetched(&world), 1);
    world.effects.clear();
    says(&mut world, PeopleEvent::PictureCame(jid(FRANK), Arc::from(&b"picture"[..])));
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Decode { jid: of, .. } if *of == jid(FRANK))));
}
