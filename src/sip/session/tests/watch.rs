//! Who is in a conference, asked and told inside of a call's dialog (RFC 5057, RFC 6665).

use super::*;
use crate::sip::subscription::{News, Standing, SubscriptionId};
use crate::sip::usage::Notification;

const WATCH: SubscriptionId = SubscriptionId(5);
const ABOUT: (&str, &str) = ("Event", "conference");
const KIND: (&str, &str) = ("Content-Type", "application/conference-info+xml");
const ACTIVE: (&str, &str) = ("Subscription-State", "active;expires=600");

fn watching() -> Script {
    let mut script = Script::talking();
    script.command(Command::Watch { call: CALL, id: WATCH });
    script
}

fn news(script: &mut Script) -> Vec<String> {
    let events = std::mem::take(&mut script.events);
    events
        .into_iter()
        .filter_map(|event| match event {
            Event::Subscription { id: WATCH, news: News::Standing(standing) } => Some(match standing {
                Standing::Refused(why) | Standing::Lost(why) => why.to_string(),
                other => format!("{other:?}"),
            }),
            Event::Subscription { id: WATCH, news: News::Document { document, .. } } => {
                Some(String::from_utf8_lossy(&document.0).into_owned())
            }
            Event::Subscription { id: WATCH, news: News::Gone(_) } => Some("gone".to_owned()),
            _ => None,
        })
        .collect()
}

fn subscribes(script: &Script) -> Vec<&str> {
    let asks = script.sent.iter().filter(|(_, request)| request.method == Method::Subscribe);
    asks.filter_map(|(_, request)| request.headers.value("Expires")).collect()
}

#[test]
fn c36_a_conference_that_wants_to_be_asked_inside_of_the_call_is_asked_there() {
    let mut script = watching();
    let asked = script.last().clone();
    assert_eq!(
        (asked.method.as_str(), asked.headers.to_tag().as_deref()),
        ("SUBSCRIBE", Some("b")),
        "the call's dialog"
    );
    assert_eq!(asked.headers.value("Event"), Some("conference"));
    assert_eq!(asked.headers.call_id(), Some(script.session.call_id()));
    // The first notification may come before the answer.
    assert_eq!(script.ask("NOTIFY", &[ABOUT, ACTIVE, KIND], "<one/>"), 200);
    script.respond_last(202, &[("Expires", "600")], "");
    assert_eq!(news(&mut script), ["Active", "<one/>"]);
    assert_eq!(script.ask("NOTIFY", &[ABOUT, ACTIVE, ("Content-Type", "text/html")], "<p>"), 415);
    assert_eq!(script.ask("NOTIFY", &[("Event", "refer"), ACTIVE], ""), 481, "nobody was asked to call anybody");
    assert_eq!(news(&mut script), Vec::<String>::new());
    // Renewed in time, and out of turn where something is missing.
    script.wait(Duration::from_secs(481));
    assert_eq!(subscribes(&script), ["3600", "3600"]);
    script.respond_last(200, &[("Expires", "600")], "");
    script.command(Command::RefreshSubscription { id: WATCH });
    script.command(Command::RefreshSubscription { id: SubscriptionId(6) });
    assert_eq!(subscribes(&script).len(), 3, "and nobody else's");
    script.respond_last(503, &[], "");
    script.wait(Duration::from_secs(31));
    assert_eq!(subscribes(&script).len(), 4, "tried again");
    script.respond_last(200, &[], "");
    // Not wanted any more.
    script.command(Command::Unsubscribe { id: WATCH });
    assert_eq!(subscribes(&script).last(), Some(&"0"));
    script.respond_last(200, &[], "");
    let last = ("Subscription-State", "terminated;reason=timeout");
    assert_eq!(script.ask("NOTIFY", &[ABOUT, last, KIND], "<last/>"), 200);
    assert_eq!(news(&mut script), Vec::<String>::new(), "and nothing more is told");
    assert_eq!(script.ask("NOTIFY", &[ABOUT, ACTIVE, KIND], "<two/>"), 481);
    assert!(script.ended().is_none(), "the call goes on");
}

#[test]
fn c36_what_a_conference_says_to_being_asked_inside_of_the_call_ends_the_question_and_not_the_call() {
    for (code, said) in [
        (489, "The other side does not offer this."),
        (405, "The other side does not offer this."),
        (403, "The other side does not allow this."),
        (481, "The other side does not allow this."),
        (503, "The other side does not allow this."),
    ] {
        let mut script = watching();
        script.respond_last(code, &[], "");
        assert_eq!(news(&mut script), [said], "{code}");
        script.wait(Duration::from_secs(4_000));
        assert_eq!(subscribes(&script).len(), 1, "{code}: and it is not asked again");
        assert!(script.ended().is_none());
    }
    // Nothing comes.
    let mut script = watching();
    script.respond_last(200, &[], "");
    script.wait(Duration::from_secs(31));
    assert_eq!(news(&mut script), Vec::<String>::new());
    script.wait(Duration::from_secs(2));
    assert_eq!(news(&mut script), ["It was asked for and nothing came."]);
    // It wants to be asked for longer, once.
    let mut script = watching();
    script.respond_last(423, &[("Min-Expires", "7200")], "");
    assert_eq!(subscribes(&script), ["3600", "7200"]);
    script.respond_last(423, &[("Min-Expires", "9000")], "");
    assert_eq!(news(&mut script), ["The other side does not allow this."]);
    // It ends it: soon after it began that is an answer, later it is asked for anew.
    let over = ("Subscription-State", "terminated;reason=deactivated");
    let mut script = watching();
    assert_eq!(script.ask("NOTIFY", &[ABOUT, over], ""), 200);
    assert_eq!(news(&mut script), ["gone", "The other side ended it."]);
    let mut script = watching();
    script.respond_last(200, &[], "");
    assert_eq!(script.ask("NOTIFY", &[ABOUT, ACTIVE, KIND], "<one/>"), 200);
    script.wait(Duration::from_secs(90));
    assert_eq!(script.ask("NOTIFY", &[ABOUT, over], ""), 200);
    assert_eq!(news(&mut script), ["Active", "<one/>", "gone"]);
    assert_eq!(subscribes(&script).len(), 2);
    // A call that is not answered is asked nothing.
    let mut script = Script::outgoing();
    script.command(Command::Watch { call: CALL, id: WATCH });
    assert_eq!(news(&mut script), ["The call is not answered."]);
}

#[test]
fn s_14_whoever_is_in_a_joined_call_may_ask_inside_of_it_and_is_told_there() {
    let mut script = Script::talking();
    assert_eq!(script.ask("SUBSCRIBE", &[ABOUT], ""), 489, "two are no conference");
    script.command(Command::Focus { call: CALL, on: true });
    script.respond_last(200, &[], "");
    assert_eq!(script.ask("SUBSCRIBE", &[ABOUT], ""), 0, "whoever hosts it answers");
    assert_eq!(script.asked.len(), 1);
    let body = Some(("application/conference-info+xml", "<one/>".to_owned()));
    let (event, state) = ("conference;id=7".to_owned(), "active;expires=600".to_owned());
    script.input(CallInput::Notify(Notification { event, state, body }));
    let told = script.last().clone();
    assert_eq!((told.method.as_str(), told.headers.value("Event")), ("NOTIFY", Some("conference;id=7")));
    assert_eq!((told.headers.to_tag().as_deref(), &*told.body), (Some("b"), &b"<one/>"[..]));
    assert!(told.headers.value("Contact").is_some_and(|contact| contact.ends_with(";isfocus")));
    script.respond_last(200, &[], "");
    assert_eq!(script.told, [200]);
    // What is asked when it is over is still answered by whoever hosted it.
    script.command(Command::Focus { call: CALL, on: false });
    script.respond_last(200, &[], "");
    assert_eq!(script.ask("SUBSCRIBE", &[ABOUT, ("Expires", "0")], ""), 0);
    assert_eq!(script.asked.len(), 2);
    // And a call that is over tells nothing.
    script.hang_up();
    let over = Notification { event: "conference".to_owned(), state: "terminated".to_owned(), body: None };
    script.input(CallInput::Notify(over));
    assert_eq!(script.told, [200, 481]);
}
