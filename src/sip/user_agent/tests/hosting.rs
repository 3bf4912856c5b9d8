//! Who is in calls that we join learns who else is, and nobody else does (RFC 4575, RFC 6665).

use super::*;
use crate::model::{ConferenceId, Jid};
use crate::sip::conference::{ConferenceInfo, Status, Taken};
use crate::sip::{Hosted, HostedStatus, HostedUser};

fn user(who: &str, status: HostedStatus) -> HostedUser {
    let display = Some(format!("{who} & <co>").into());
    HostedUser {
        entity: format!("sip:{who}@example.com").into(),
        display,
        jid: None,
        status,
        moderator: false,
        source: 7,
    }
}

fn hosted(users: Vec<HostedUser>) -> Command {
    Command::Host(Box::new(Hosted {
        id: ConferenceId(1),
        entity: SipUri::parse("sip:alice@example.com").expect("valid"),
        title: Some("Team".into()),
        room: Some(Jid::parse("team@rooms.example.com").expect("valid")),
        members: vec![SipUri::parse("sip:bob@example.com").expect("valid")],
        calls: Vec::new(),
        users,
    }))
}

impl World {
    fn subscribe(&self, by: &str, fields: &[(&str, &str)], branch: &str) -> Request {
        let mut request = self.incoming(&self.token(), branch);
        request.headers.set("CSeq", "1 SUBSCRIBE");
        request.headers.set("From", format!("<sip:{by}>;tag=b"));
        request.headers.set("P-Asserted-Identity", format!("<sip:{by}>"));
        request.method = Method::Subscribe;
        for (name, value) in
            [("Event", "conference"), ("Accept", "application/conference-info+xml"), ("Expires", "600")]
        {
            request.headers.push(name, value);
        }
        for (name, value) in fields {
            request.headers.set(name, *value);
        }
        request
    }

    /// The answer's status, and the notification behind it.
    fn asked(&mut self, request: Request) -> (u16, Option<Request>) {
        self.sent.clear();
        self.receive(Message::Request(request));
        let code = match self.sent.pop_front() {
            Some(Message::Response(response)) => response.code,
            other => panic!("an answer: {other:?}"),
        };
        match self.sent.pop_front() {
            Some(Message::Request(request)) => (code, Some(request)),
            Some(Message::Response(_)) | None => (code, None),
        }
    }

    fn notified(&mut self) -> Option<Request> {
        self.sent.drain(..).find_map(|message| match message {
            Message::Request(request) if request.method == Method::Notify => Some(request),
            Message::Request(_) | Message::Response(_) => None,
        })
    }
}

fn state(request: &Request) -> &str {
    request.headers.value("Subscription-State").expect("a state")
}

#[test]
fn s_14_who_is_in_a_joined_call_learns_who_else_is_and_nobody_else_does() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let request = world.subscribe("bob@example.com", &[], "early");
    assert_eq!(world.asked(request), (405, None), "there is nothing to be told of");
    world.command(hosted(vec![user("alice", HostedStatus::Talking), user("bob", HostedStatus::Talking)]));
    for (by, fields, code) in [
        ("eve@example.com", &[][..], 403),
        ("bob@example.com.evil.example", &[][..], 403),
        ("bob@example.com", &[("Privacy", "id")][..], 403),
        ("bob@example.com", &[("Event", "presence")][..], 489),
        ("bob@example.com", &[("Accept", "text/plain")][..], 406),
        ("bob@example.com", &[("Expires", "5")][..], 423),
    ] {
        let request = world.subscribe(
            by,
            fields,
            &format!("row{}{code}{}", by.len(), fields.first().map_or("", |(name, _)| name)),
        );
        assert_eq!(world.asked(request), (code, None), "{by} {fields:?}");
    }
    // Nobody's word but our own service's says who asks.
    let mut request = world.subscribe("eve@example.com", &[], "forged");
    request.headers.set("From", "<sip:bob@example.com>;tag=b");
    assert_eq!(world.asked(request).0, 403);
    let request = world.subscribe("bob@example.com", &[], "bob");
    let (code, first) = world.asked(request);
    let first = first.expect("a notification follows at once");
    assert_eq!((code, state(&first)), (200, "active;expires=600"));
    assert!(first.headers.value("Contact").is_some_and(|contact| contact.ends_with(";isfocus")));
    let mut known = ConferenceInfo::default();
    assert_eq!(known.take(&first.body), Ok(Taken::News));
    let names: Vec<&str> = known.users().iter().filter_map(|user| user.display.as_deref()).collect();
    assert_eq!(names, ["alice & <co>", "bob & <co>"]);
    assert_eq!(known.rooms().iter().map(ToString::to_string).collect::<Vec<_>>(), ["team@rooms.example.com"]);
    world.answer(&first, 200, &[]);
    // News come in parts, and not in a flood.
    let muted = vec![user("alice", HostedStatus::Talking), user("bob", HostedStatus::Muted)];
    world.command(hosted(muted));
    assert_eq!(world.notified(), None, "five seconds of calm");
    let last = vec![user("bob", HostedStatus::Muted), user("carol", HostedStatus::Coming)];
    world.command(hosted(last));
    world.pass(Duration::from_secs(5));
    let second = world.notified().expect("the news");
    assert_eq!(known.take(&second.body), Ok(Taken::News));
    let told: Vec<(&str, Status)> =
        known.users().iter().map(|user| (&*user.entity, user.endpoints[0].status)).collect();
    assert_eq!(told, [("sip:bob@example.com", Status::MutedViaFocus), ("sip:carol@example.com", Status::Joining)]);
    world.answer(&second, 200, &[]);
    // The end is told, and then it is over.
    world.command(Command::EndHosting(ConferenceId(1)));
    let over = world.notified().expect("the end");
    assert_eq!(state(&over), "terminated;reason=noresource");
    world.answer(&over, 200, &[]);
    world.pass(Duration::from_secs(700));
    assert_eq!(world.notified(), None);
}

#[test]
fn a_subscription_to_joined_calls_is_renewed_ended_and_runs_out() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(hosted(vec![user("bob", HostedStatus::Talking)]));
    let request = world.subscribe("bob@example.com", &[], "one");
    let (_, first) = world.asked(request.clone());
    let first = first.expect("the state");
    world.answer(&first, 200, &[]);
    let again = |world: &mut World, number: u32, expires: &str| {
        let mut again = request.clone();
        again.headers.set("Via", format!("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKagain{number}x{expires}"));
        again.headers.set("CSeq", format!("{number} SUBSCRIBE"));
        again.headers.set("To", first.headers.value("From").expect("From"));
        again.headers.set("Expires", expires);
        world.asked(again)
    };
    let (code, whole) = again(&mut world, 2, "120");
    let whole = whole.expect("the whole again");
    assert_eq!((code, state(&whole)), (200, "active;expires=120"));
    assert_eq!(ConferenceInfo::default().take(&whole.body), Ok(Taken::News));
    world.answer(&whole, 200, &[]);
    assert_eq!(again(&mut world, 2, "121").0, 500, "out of order");
    world.pass(Duration::from_secs(120));
    let over = world.notified().expect("it ran out");
    assert_eq!(state(&over), "terminated;reason=timeout");
    world.answer(&over, 200, &[]);
    assert_eq!(again(&mut world, 3, "120").0, 481, "and is no more");
    // Asked once, and ended.
    let once = world.subscribe("bob@example.com", &[("Expires", "0")], "once");
    let (code, only) = world.asked(once);
    let only = only.expect("the state");
    assert_eq!((code, state(&only)), (200, "terminated;reason=timeout"));
    world.answer(&only, 200, &[]);
    // Who does not take it does not want it any more.
    let two = world.subscribe("bob@example.com", &[], "two");
    let (_, told) = world.asked(two);
    world.answer(&told.expect("the state"), 481, &[]);
    world.command(hosted(Vec::new()));
    world.pass(Duration::from_secs(10));
    assert_eq!(world.notified(), None);
    // However many ask, few are told.
    let mut refused = 0;
    for at in 0..100 {
        let request = world.subscribe("bob@example.com", &[], &format!("flood{at}"));
        refused += usize::from(world.asked(request).0 == 503);
    }
    assert!(refused >= 30, "{refused}");
}

#[test]
fn s_14_inside_of_a_call_that_is_joined_nobody_has_to_say_who_they_are() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let call = CallId(4_242);
    world.command(super::requests::invite(call.0));
    let in_call = |number: u32, fields: &[(&str, &str)]| {
        let mut request = Request::new(Method::Subscribe, "sip:alice@192.0.2.1")
            .with("Via", format!("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKin{number}"))
            .with("From", "<sip:anonymous@anonymous.invalid>;tag=theirs")
            .with("To", "<sip:alice@example.com>;tag=ours")
            .with("Call-ID", format!("call-{}", call.0))
            .with("Contact", "<sip:hidden@192.0.2.77>")
            .with("Max-Forwards", "70")
            .with("Event", "conference;id=7");
        request.set_cseq(number);
        for (name, value) in fields {
            request.headers.set(name, *value);
        }
        request
    };
    assert_eq!(world.asked(in_call(2, &[])).0, 481, "it is no conference");
    let told = |world: &World| -> Vec<(String, String, String)> {
        let notes = super::late::told(world, call).iter().filter_map(|input| match input {
            CallInput::Notify(note) => Some(note),
            _ => None,
        });
        let body = |note: &crate::sip::usage::Notification| note.body.as_ref().map(|(_, text)| text.clone());
        notes.map(|note| (note.event.clone(), note.state.clone(), body(note).unwrap_or_default())).collect()
    };
    let with = |world: &mut World, calls: Vec<CallId>, users: Vec<HostedUser>| {
        let Command::Host(mut conference) = hosted(users) else { panic!("a conference") };
        conference.calls = calls;
        world.command(Command::Host(conference));
    };
    with(&mut world, vec![call], vec![user("alice", HostedStatus::Talking)]);
    assert_eq!(world.asked(in_call(3, &[("Event", "presence")])).0, 489);
    assert_eq!(world.asked(in_call(4, &[("Event", "conference;id=a,b")])).0, 400, "it could not be given back");
    assert_eq!(world.asked(in_call(5, &[("Expires", "600")])).0, 200);
    let first = told(&world).pop().expect("it is told at once");
    assert_eq!((&*first.0, &*first.1), ("conference;id=7", "active;expires=600"));
    let mut known = ConferenceInfo::default();
    assert_eq!(known.take(first.2.as_bytes()), Ok(Taken::News));
    assert_eq!(known.users()[0].sources().collect::<Vec<_>>(), [7], "whose voice is whose");
    // A change is told, and whoever is not in it any more learns only that.
    world.pass(Duration::from_secs(6));
    with(&mut world, vec![call], vec![user("alice", HostedStatus::Talking), user("bob", HostedStatus::Coming)]);
    let second = told(&world).pop().expect("the news");
    assert_eq!(known.take(second.2.as_bytes()), Ok(Taken::News));
    assert_eq!(known.users().len(), 2);
    with(&mut world, Vec::new(), vec![user("alice", HostedStatus::Talking), user("eve", HostedStatus::Talking)]);
    let last = told(&world).pop().expect("the end");
    assert_eq!((&*last.1, &*last.2), ("terminated;reason=noresource", ""));
    let before = told(&world).len();
    with(&mut world, Vec::new(), vec![user("alice", HostedStatus::Muted)]);
    world.pass(Duration::from_secs(700));
    assert_eq!(told(&world).len(), before);
}

#[test]
fn s_14_whoever_has_left_a_joined_call_learns_nothing_more_of_it() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(hosted(vec![user("alice", HostedStatus::Talking), user("bob", HostedStatus::Talking)]));
    let request = world.subscribe("bob@example.com", &[], "bob");
    let (_, first) = world.asked(request);
    world.answer(&first.expect("the state"), 200, &[]);
    let Command::Host(mut without) =
        hosted(vec![user("alice", HostedStatus::Talking), user("eve", HostedStatus::Talking)])
    else {
        panic!("a conference")
    };
    without.members = vec![SipUri::parse("sip:eve@example.com").expect("valid")];
    world.command(Command::Host(without));
    let last = world.notified().expect("the end");
    assert_eq!((state(&last), last.body.len()), ("terminated;reason=noresource", 0));
}
