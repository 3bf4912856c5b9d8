use super::*;
use crate::sip::subscription::{EventPackage, News, Standing, SubscriptionId, Wish};

fn subscribe(id: u64, to: &str, package: EventPackage) -> Command {
    let wish = Wish { resource: SipUri::parse(to).expect("valid"), package, expires: 3_600 };
    Command::Subscribe { id: SubscriptionId(id), wish }
}

impl World {
    fn notify_outside(&self, event: &str, content: &str, body: &str, branch: &str) -> Request {
        let mut request = self.incoming(&self.token(), branch).with("Event", event);
        request.headers.set("CSeq", "1 NOTIFY");
        request.method = Method::Notify;
        request.with_body(content, body.as_bytes().to_vec())
    }

    fn last_answer(&mut self) -> u16 {
        match self.sent.pop_front() {
            Some(Message::Response(response)) => response.code,
            other => panic!("an answer: {other:?}"),
        }
    }
}

const SUMMARY: &str = "application/simple-message-summary";

#[test]
fn a_subscription_is_authenticated_and_heard_over_the_registrations_flow() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(subscribe(1, "sip:alice@example.com", EventPackage::MessageSummary));
    let first = world.next_request();
    assert_eq!(first.method, Method::Subscribe);
    world.answer(&first, 407, &[("Proxy-Authenticate", REALM)]);
    let second = world.next_request();
    assert!(second.headers.value("Proxy-Authorization").is_some());
    assert_eq!(second.headers.cseq().map(|cseq| cseq.number), Some(2));
    world.answer(&second, 200, &[("Expires", "600")]);
    let mut notify = world.notify_outside("message-summary", SUMMARY, "Messages-Waiting: yes\r\n", "n1");
    notify.headers.set("From", "<sip:alice@example.com>;tag=notifier");
    notify.headers.set("To", second.headers.value("From").expect("From"));
    notify.headers.set("Call-ID", second.headers.call_id().expect("Call-ID"));
    notify.headers.push("Subscription-State", "active;expires=60");
    world.receive(Message::Request(notify));
    assert_eq!(world.last_answer(), 200);
    assert!(world.events.iter().any(|event| matches!(event, Event::Subscription { news: News::Document { .. }, .. })));
    // S03: inside of the dialog a challenge of the far end is not answered; the state is asked for anew from outside.
    world.pass(Duration::from_secs(52));
    let refresh = loop {
        let request = world.next_request();
        if request.method == Method::Subscribe {
            break request;
        }
        world.accept(&request, 600);
    };
    assert!(refresh.headers.to_tag().is_some());
    // Repetitions over UDP.
    world.sent.clear();
    world.answer(&refresh, 401, &[("WWW-Authenticate", REALM)]);
    let anew = world.next_request();
    assert_eq!((anew.method, anew.headers.value("To")), (Method::Subscribe, Some("<sip:alice@example.com>")));
    assert!(anew.headers.value("Authorization").is_none());
}

#[test]
fn s11_notifications_without_a_subscription_never_make_us_do_anything() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    let told = world.events.len();
    for (at, (event, content)) in [
        ("check-sync", "text/plain"),
        ("check-sync;reboot=true", "text/plain"),
        ("resync", "text/plain"),
        ("reboot", "text/plain"),
        ("ua-profile", "application/xml"),
        ("dialog", "application/dialog-info+xml"),
        ("refer", "message/sipfrag"),
        ("message-summary", "text/html"),
        ("", SUMMARY),
    ]
    .into_iter()
    .enumerate()
    {
        let request = world.notify_outside(event, content, "Messages-Waiting: yes", &format!("s11{at}"));
        world.receive(Message::Request(request));
        assert_eq!(world.last_answer(), 481, "{event} {content}");
    }
    assert_eq!(world.events.len(), told);
    // Waiting messages: over the registration's own flow only.
    let request = world.notify_outside("message-summary", SUMMARY, "Messages-Waiting: yes", "side");
    world.receive_from("192.0.2.1:5099", Message::Request(request));
    assert_eq!(world.last_answer(), 481);
    assert_eq!(world.events.len(), told);
    let request = world.notify_outside("message-summary", SUMMARY, "Messages-Waiting: yes", "own");
    world.receive(Message::Request(request));
    assert_eq!(world.last_answer(), 200);
    assert!(matches!(world.events.last(), Some(Event::MessagesWaiting(_))));
}

#[test]
fn subscriptions_are_bounded_and_live_through_a_new_flow() {
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    for at in 0..200 {
        world.command(subscribe(at, &format!("sip:{at}@example.com"), EventPackage::Dialog));
    }
    let full = |event: &&Event| matches!(event, Event::Subscription { news: News::Standing(Standing::Refused(_)), .. });
    assert_eq!(world.events.iter().filter(full).count(), 200 - super::super::subscriptions::MAX_SUBSCRIPTIONS);
    let mut world = World::new(config(TransportChoice::Udp));
    world.sign_in();
    world.command(subscribe(1, "sip:bob@example.com", EventPackage::Dialog));
    let first = world.next_request();
    world.answer(&first, 200, &[("Expires", "600")]);
    world.way = Some("10.0.0.6");
    world.command(Command::NetworkChanged);
    world.sign_in_on_open_flow();
    let again = std::iter::from_fn(|| world.sent.pop_front()).any(|message| match message {
        Message::Request(request) => request.method == Method::Subscribe,
        Message::Response(_) => false,
    });
    assert!(again, "the new flow is told");
}
