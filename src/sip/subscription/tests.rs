//! One subscription in virtual time, against a notifier that does as it is told.

use std::time::Duration;

use super::machine::{Input, Output, Subscription};
use super::{EventPackage, News, Notifier, Standing, Wish};
use crate::model::{Now, SipUri};
use crate::sip::stack::{ClientFailure, Method, NameAddr, Request, Response, ServerId};
use crate::sip::usage::{LocalParty, RequestKey};

const DOCUMENT: &str = "<dialog-info/>";

fn local(contact: &str) -> LocalParty {
    LocalParty { address: NameAddr::new("sip:alice@example.com"), contact: NameAddr::new(contact) }
}

struct World {
    machine: Subscription,
    now: Now,
    sent: Vec<(RequestKey, Request)>,
    answers: Vec<u16>,
    news: Vec<News>,
    over: bool,
}

impl World {
    fn new(package: EventPackage) -> Self {
        let resource = SipUri::parse("sip:bob@example.com").expect("valid");
        let wish = Wish { resource, package, expires: 3_600 };
        let machine = Subscription::new(wish, local("sip:token@10.0.0.5"), [5; 32], Now::default());
        let mut world =
            Self { machine, now: Now::default(), sent: Vec::new(), answers: Vec::new(), news: Vec::new(), over: false };
        world.drain();
        world
    }

    fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Send(key, request) => self.sent.push((key, request)),
                Output::Respond(_, response) => self.answers.push(response.code),
                Output::News(news) => self.news.push(news),
                Output::Finished => self.over = true,
            }
        }
    }

    fn input(&mut self, input: Input) {
        self.machine.handle_input(input, self.now);
        self.drain();
    }

    fn asked(&self) -> &Request {
        &self.sent.last().expect("a SUBSCRIBE").1
    }

    fn answer(&mut self, code: u16, fields: &[(&str, &str)]) {
        let (key, request) = self.sent.last().cloned().expect("a SUBSCRIBE");
        let mut response = Response::to(&request, code, Some("n"));
        fields.iter().for_each(|(name, value)| response.headers.push(name, *value));
        self.input(Input::Response { key, response });
    }

    /// A NOTIFY of the notifier with this tag, in the dialog of the last SUBSCRIBE outside of one.
    fn notify(&self, tag: &str, cseq: u32, state: &str, body: &str) -> Request {
        let first = self.sent.iter().rev().find(|(_, request)| request.headers.to_tag().is_none()).expect("asked");
        let event = first.1.headers.value("Event").expect("Event").to_owned();
        let accept = first.1.headers.value("Accept").expect("Accept").to_owned();
        let mut request = Request::new(Method::Notify, "sip:token@10.0.0.5")
            .with("From", format!("<sip:bob@example.com>;tag={tag}"))
            .with("To", first.1.headers.value("From").expect("From"))
            .with("Call-ID", first.1.headers.call_id().expect("Call-ID"))
            .with("CSeq", format!("{cseq} NOTIFY"))
            .with("Contact", format!("<sip:{tag}@192.0.2.9>"))
            .with("Record-Route", "<sip:proxy.example.com;lr>")
            .with("Event", event)
            .with("Subscription-State", state);
        if !body.is_empty() {
            request = request.with_body(&accept, body.as_bytes().to_vec());
        }
        request
    }

    fn tell(&mut self, request: Request) -> u16 {
        self.input(Input::Request(ServerId(7), request));
        *self.answers.last().expect("answered")
    }

    /// Fires timers one after the other until `after` has passed.
    fn pass(&mut self, after: Duration) {
        let end = self.now.boot + after;
        while let Some(at) = self.machine.poll_timeout().filter(|at| *at <= end) {
            self.now.boot = at.max(self.now.boot);
            self.machine.handle_timeout(self.now);
            self.drain();
        }
        self.now.boot = end;
    }

    fn begin(&mut self) {
        self.answer(200, &[("Expires", "600")]);
        assert_eq!(self.tell(self.notify("n", 1, "active;expires=600", DOCUMENT)), 200);
        self.news.clear();
    }

    fn stands(&self) -> Option<&Standing> {
        self.news.iter().rev().find_map(|news| match news {
            News::Standing(standing) => Some(standing),
            News::Document { .. } | News::Gone(_) => None,
        })
    }
}

#[test]
fn a_subscription_is_asked_for_as_the_rfc_says() {
    let world = World::new(EventPackage::Dialog);
    let request = world.asked();
    assert_eq!((&request.method, request.uri.as_str()), (&Method::Subscribe, "sip:bob@example.com"));
    for (name, value) in
        [("Event", "dialog"), ("Accept", "application/dialog-info+xml"), ("Expires", "3600"), ("CSeq", "1 SUBSCRIBE")]
    {
        assert_eq!(request.headers.value(name), Some(value));
    }
    assert!(request.headers.contact().is_some() && request.headers.from_tag().is_some());
    assert_eq!(world.news, [News::Standing(Standing::Asking)]);
}

#[test]
fn the_notify_founds_the_dialog_whether_it_or_the_answer_comes_first() {
    for notify_first in [true, false] {
        let mut world = World::new(EventPackage::Dialog);
        if !notify_first {
            world.answer(202, &[("Expires", "600")]);
        }
        assert_eq!(world.tell(world.notify("n", 40, "active", DOCUMENT)), 200);
        if notify_first {
            world.answer(200, &[("Expires", "600")]);
        }
        assert_eq!(world.stands(), Some(&Standing::Active));
        assert!(matches!(world.news.last(), Some(News::Document { from: Notifier(1), .. })));
        // It is renewed inside of the dialog, along its route, in time.
        world.pass(Duration::from_secs(600 * 85 / 100 + 1));
        let refresh = world.asked();
        assert_eq!(refresh.headers.to_tag().as_deref(), Some("n"));
        assert_eq!(refresh.uri, "sip:n@192.0.2.9");
        assert_eq!(refresh.headers.value("Route"), Some("<sip:proxy.example.com;lr>"));
        assert_eq!(refresh.headers.cseq().map(|cseq| cseq.number), Some(2));
        world.answer(200, &[("Expires", "600")]);
        world.pass(Duration::from_secs(599));
        assert_ne!(world.stands(), Some(&Standing::Lost("".into())));
        assert_eq!(world.tell(world.notify("n", 41, "active", DOCUMENT)), 200);
        // S09: what is older than what was seen is refused.
        assert_eq!(world.tell(world.notify("n", 41, "active", DOCUMENT)), 500);
    }
}

#[test]
fn s11_what_belongs_to_no_subscription_is_refused() {
    let mut world = World::new(EventPackage::Dialog);
    world.begin();
    let mut other_event = world.notify("n", 2, "active", "");
    other_event.headers.set("Event", "check-sync;reboot=true");
    assert_eq!(world.tell(other_event), 489);
    let mut other_tag = world.notify("n", 3, "active", "");
    other_tag.headers.set("To", "<sip:alice@example.com>;tag=guessed");
    assert_eq!(world.tell(other_tag), 481);
    let mut other_kind = world.notify("n", 4, "active", DOCUMENT);
    other_kind.headers.set("Content-Type", "text/html");
    assert_eq!(world.tell(other_kind), 415);
    let mut refer = world.notify("n", 5, "active", "");
    refer.method = Method::Refer;
    assert_eq!(world.tell(refer), 481);
    assert!(world.news.is_empty(), "{:?}", world.news);
}

#[test]
fn forks_of_a_lamp_speak_for_themselves_and_are_bounded() {
    let mut world = World::new(EventPackage::Dialog);
    world.begin();
    let codes: Vec<u16> = (0..20).map(|at| world.tell(world.notify(&format!("fork{at}"), 1, "active", ""))).collect();
    assert_eq!(codes.iter().filter(|code| **code == 200).count(), 7);
    assert_eq!(codes.iter().filter(|code| **code == 481).count(), 13);
    // RFC 3842 section 4.9: of a mailbox only one is listened to.
    let mut mailbox = World::new(EventPackage::MessageSummary);
    assert_eq!(mailbox.tell(mailbox.notify("a", 1, "active", "")), 200);
    assert_eq!(mailbox.tell(mailbox.notify("b", 1, "active", "")), 481);
    // One that ends takes back what it said, and the others go on.
    assert_eq!(world.tell(world.notify("fork0", 2, "terminated;reason=noresource", "")), 200);
    assert_eq!(world.news.last(), Some(&News::Gone(Notifier(2))));
    assert_ne!(world.stands(), Some(&Standing::Refused("".into())));
}

#[test]
fn timer_n_ends_what_was_granted_and_never_told() {
    let mut world = World::new(EventPackage::Dialog);
    world.answer(200, &[("Expires", "600")]);
    world.pass(Duration::from_secs(31));
    assert_eq!(world.sent.len(), 1);
    world.pass(Duration::from_secs(2));
    assert!(matches!(world.stands(), Some(Standing::Lost(_))), "{:?}", world.news);
    world.pass(Duration::from_secs(15));
    assert_eq!(world.sent.len(), 2, "asked again");
}

#[test]
fn answers_to_the_first_ask_mean_what_they_say() {
    for (code, fields, refused, again_within) in [
        (489, vec![], true, 5 * 3_600),
        (403, vec![], true, 5 * 3_600),
        (404, vec![], true, 5 * 3_600),
        (480, vec![], false, 15),
        (503, vec![("Retry-After", "120")], false, 121),
        (500, vec![("Retry-After", "4294967295")], false, 1_801),
    ] {
        let mut world = World::new(EventPackage::Dialog);
        world.answer(code, &fields);
        let standing = world.stands().cloned().expect("told");
        assert_eq!(matches!(standing, Standing::Refused(_)), refused, "{code}: {standing:?}");
        let few = if fields.is_empty() { 7 } else { again_within - 2 };
        world.pass(Duration::from_secs(few));
        assert_eq!(world.sent.len(), 1, "{code}: not before its time");
        world.pass(Duration::from_secs(again_within));
        assert!(world.sent.len() >= 2, "{code}: asked again");
    }
    // 423 names a longer time, and is believed twice at most.
    let mut world = World::new(EventPackage::Dialog);
    world.answer(423, &[("Min-Expires", "7200")]);
    assert_eq!(world.asked().headers.value("Expires"), Some("7200"));
    assert_eq!(world.asked().headers.cseq().map(|cseq| cseq.number), Some(2));
    world.answer(423, &[("Min-Expires", "4294967295")]);
    assert_eq!(world.asked().headers.value("Expires"), Some("86400"));
    world.answer(423, &[("Min-Expires", "4294967295")]);
    assert_eq!(world.sent.len(), 3);
    assert!(matches!(world.stands(), Some(Standing::Lost(_))));
}

#[test]
fn each_reason_of_an_end_leads_to_what_the_rfc_says() {
    for (state, lasted, refused, silent_for, again_by) in [
        ("terminated;reason=deactivated", true, false, 0, 0),
        ("terminated;reason=timeout", true, false, 0, 0),
        ("terminated", true, false, 0, 0),
        ("terminated;reason=deactivated", false, false, 5, 16),
        ("terminated;reason=probation;retry-after=90", true, false, 89, 91),
        ("terminated;reason=giveup", true, false, 5, 16),
        ("terminated;reason=rejected", true, true, 3_600, 5 * 3_600),
        ("terminated;reason=noresource;retry-after=5", true, true, 3_600, 5 * 3_600),
        ("terminated;reason=invariant", true, false, 3_600, 5 * 3_600),
    ] {
        let mut world = World::new(EventPackage::Dialog);
        world.begin();
        if lasted {
            world.pass(Duration::from_secs(120));
        }
        let before = world.sent.len();
        assert_eq!(world.tell(world.notify("n", 2, state, "")), 200);
        assert_eq!(matches!(world.stands(), Some(Standing::Refused(_))), refused, "{state}");
        if again_by > 0 {
            world.pass(Duration::from_secs(silent_for));
            assert_eq!(world.sent.len(), before, "{state}: too soon");
            world.pass(Duration::from_secs(again_by));
        }
        assert!(world.sent.len() > before, "{state}: never asked again");
        let gone = world.news.contains(&News::Gone(Notifier(1)));
        assert_eq!(gone, !state.ends_with("invariant"), "{state}");
    }
}

#[test]
fn a_notifier_that_ends_it_each_time_is_not_asked_in_a_circle() {
    let mut world = World::new(EventPackage::Dialog);
    for _ in 0..200 {
        if world.machine.poll_timeout().is_none_or(|at| at > world.now.boot) {
            world.pass(Duration::from_secs(60));
        }
        world.answer(200, &[]);
        let ended = world.notify("n", 1, "terminated;reason=deactivated", "");
        let _ = world.tell(ended);
    }
    let hours = world.now.boot.saturating_since(Now::default().boot).as_secs_f64() / 3_600.0;
    let a_day = world.sent.len() as f64 / hours * 24.0;
    assert!(a_day < 24.0 * 60.0, "{a_day} requests a day");
}

#[test]
fn a_lost_dialog_is_replaced_without_forgetting_what_was_known_meanwhile() {
    for code in [481, 401, 404, 501] {
        let mut world = World::new(EventPackage::Dialog);
        world.begin();
        world.pass(Duration::from_secs(520));
        assert_eq!(world.asked().headers.to_tag().as_deref(), Some("n"));
        world.answer(code, &[]);
        assert_eq!(world.asked().headers.to_tag(), None, "{code}: asked anew");
        assert!(world.news.is_empty(), "{code}: {:?}", world.news);
        world.answer(200, &[("Expires", "600")]);
        assert_eq!(world.tell(world.notify("m", 1, "active", DOCUMENT)), 200);
        assert!(matches!(world.news.as_slice(), [News::Document { from: Notifier(2), .. }, News::Gone(Notifier(1))]));
    }
}

#[test]
fn a_refresh_that_fails_for_the_moment_leaves_it_until_it_runs_out() {
    let mut world = World::new(EventPackage::Dialog);
    world.begin();
    world.pass(Duration::from_secs(520));
    world.answer(503, &[("Retry-After", "20")]);
    assert!(world.news.is_empty());
    world.pass(Duration::from_secs(21));
    assert_eq!(world.asked().headers.cseq().map(|cseq| cseq.number), Some(3), "another try in time");
    world.pass(Duration::from_secs(100));
    assert!(world.news.contains(&News::Gone(Notifier(1))), "{:?}", world.news);
    assert!(matches!(world.stands(), Some(Standing::Lost(_))));
}

#[test]
fn it_survives_a_new_registration_and_a_new_address() {
    let mut world = World::new(EventPackage::Dialog);
    world.begin();
    let moved = local("sip:other@10.9.9.9");
    world.input(Input::Connected(moved.clone()));
    let refresh = world.asked();
    assert_eq!(refresh.headers.to_tag().as_deref(), Some("n"), "the same dialog");
    assert_eq!(refresh.headers.contact().map(|contact| contact.uri).as_deref(), Some("sip:other@10.9.9.9"));
    let before = world.sent.len();
    world.input(Input::ContactChanged(moved.contact));
    assert_eq!(world.sent.len(), before, "said once");
    assert!(world.news.is_empty());
    // Asked for while there was no connection: with the next one at once.
    let mut world = World::new(EventPackage::MessageSummary);
    let key = world.sent[0].0;
    world.input(Input::Failed(key, ClientFailure::Transport));
    assert!(matches!(world.stands(), Some(Standing::Lost(_))));
    world.input(Input::Connected(local("sip:token@10.0.0.5")));
    assert_eq!(world.sent.len(), 2);
}

#[test]
fn the_end_is_said_and_waits_for_nobody_for_ever() {
    let mut world = World::new(EventPackage::Dialog);
    world.begin();
    world.input(Input::End);
    assert_eq!(world.asked().headers.value("Expires"), Some("0"));
    assert!(!world.over);
    assert_eq!(world.tell(world.notify("n", 2, "terminated;reason=timeout", DOCUMENT)), 200);
    assert!(world.over && world.news.is_empty());
    let mut silent = World::new(EventPackage::Dialog);
    silent.begin();
    silent.input(Input::End);
    silent.pass(Duration::from_secs(33));
    assert!(silent.over);
    let mut early = World::new(EventPackage::Dialog);
    early.input(Input::End);
    assert!(early.over);
}

#[test]
fn a_refresh_out_of_turn_is_not_a_storm() {
    let mut world = World::new(EventPackage::Dialog);
    world.begin();
    let before = world.sent.len();
    for _ in 0..100 {
        world.input(Input::Refresh);
    }
    assert_eq!(world.sent.len(), before + 1);
}

#[test]
fn pending_means_that_nothing_is_known_yet() {
    let mut world = World::new(EventPackage::Conference);
    world.answer(202, &[]);
    assert_eq!(world.tell(world.notify("n", 1, "pending", "")), 200);
    assert_eq!(world.stands(), Some(&Standing::Pending));
    assert_eq!(world.tell(world.notify("n", 2, "active;expires=1", DOCUMENT)), 200);
    assert_eq!(world.stands(), Some(&Standing::Active));
    let before = world.sent.len();
    world.pass(Duration::from_secs(10));
    assert_eq!(world.sent.len(), before, "one second is not believed");
}
