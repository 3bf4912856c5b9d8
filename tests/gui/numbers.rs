//! Which account calls, what it costs, and what is remembered of it.

use std::sync::Arc;

use tandem::account::{
    CallTo, Candidate, KeptChoice, NumbersRequest, NumbersView, Quote, Relation, RelationOrigin, Reply, Request,
    Snapshot,
};
use tandem::gui::{App, Effect, Message as Event, Place, Purpose};
use tandem::model::{
    AccountId, CallEnd, CallState, Charge, Choice, ConnectionState, Cost, Direction, EndedBy, NextWay, Price, Question,
    QuestionId, QuestionKind, Service,
};

use super::pictures::draw;
use super::world::*;

fn choice(id: &str, label: &str, detail: Option<&str>) -> Choice {
    Choice { id: id.into(), label: label.into(), detail: detail.map(Arc::from) }
}

fn asks(mut snapshot: Snapshot, kind: QuestionKind, text: &str, choices: Vec<Choice>) -> Snapshot {
    snapshot.questions = Arc::from([Question { id: QuestionId(7), kind, text: text.into(), choices }]);
    snapshot
}

fn choose(snapshot: Snapshot) -> App {
    let text = "Which account shall call \u{2068}Bob Fischer\u{2069} (+4930901820)?";
    let choices = vec![
        choice("cancel", "Do not call", None),
        choice(
            "use:work",
            "sip:alice@work.example",
            Some("Phone network, may be charged: landline number, 0.02 EUR a minute · encrypted connection"),
        ),
        choice(
            "use:home",
            "sip:alice@home.example",
            Some("Phone network, may be charged: landline number · connection not encrypted"),
        ),
        choice("contact:work", "sip:alice@work.example, and always for Bob Fischer", None),
        choice("contact:home", "sip:alice@home.example, and always for Bob Fischer", None),
        choice("prefix:work", "sip:alice@work.example, and always for +49", None),
        choice("prefix:home", "sip:alice@home.example, and always for +49", None),
    ];
    with_bob(asks(snapshot, QuestionKind::Choose, text, choices))
}

fn cost(snapshot: Snapshot) -> App {
    let text =
        "Call \u{2068}Carol\u{2069} (+4915112345678)? Phone network, may be charged: mobile number, 0.19 EUR a minute.";
    let choices = vec![
        choice("cancel", "Do not call", None),
        choice("call", "Call", None),
        choice("call:number:+4915112345678", "Call, and do not ask again", Some("for this number")),
        choice("call:class:mobile number", "Call, and do not ask again", Some("for every mobile number")),
    ];
    with_bob(asks(snapshot, QuestionKind::Cost, text, choices))
}

fn quoted(to: CallTo, cost: Cost, text: &str) -> Event {
    let quote = Quote { cost, text: text.into(), emergency: false, account: None, rule: None, asks: true };
    Event::Answered(Purpose::Quote(to), Ok(Reply::Quote(Box::new(quote))))
}

fn dialling(snapshot: Snapshot) -> App {
    let mut app = with_bob(snapshot);
    app.update(Event::Query("0151 12345678".to_owned()));
    let text = "Phone network, may be charged: mobile number, 0.19 EUR a minute";
    app.update(quoted(CallTo::Text("0151 12345678".into()), Cost::PhoneNetwork, text));
    app
}

fn refused(mut snapshot: Snapshot) -> App {
    let mut call = ended(3);
    call.answered = None;
    call.end = Some(CallEnd {
        code: "refused".into(),
        text: "The phone service does not allow this call. (403: Calls abroad are barred)".into(),
        by: EndedBy::Remote,
    });
    let way = |label: &str, detail: &str, call: Option<&str>, account: Option<&str>| NextWay {
        label: label.into(),
        detail: detail.into(),
        call: call.map(Arc::from),
        account: account.map(AccountId::new),
        chat: Some(jid("bob@example.com")),
    };
    call.next = vec![
        way(
            "Call over sip:alice@home.example",
            "Leaves your service, cost not known",
            Some("sip:bob@x.example"),
            Some("home"),
        ),
        way("Call +4930901820", "Phone network, may be charged: landline number", Some("tel:+4930901820"), None),
        way("Write a message", "bob@example.com", None, None),
    ];
    snapshot.calls = Arc::from([call]);
    with_bob(snapshot)
}

fn charged(mut snapshot: Snapshot) -> App {
    let mut call = call(1, Direction::Outgoing, CallState::Active);
    call.charge = Some(Charge {
        text: "Phone network, may be charged: mobile number, 0.19 EUR a minute".into(),
        per_minute: Price::parse("0.19 EUR"),
    });
    let id = call.id;
    snapshot.calls = Arc::from([call]);
    let mut app = with_bob(snapshot);
    app.update(Event::OpenCall(id));
    app
}

fn related(mut snapshot: Snapshot) -> App {
    let mut accounts = snapshot.accounts.to_vec();
    let mut home = account(Service::Voice, ConnectionState::Online);
    home.id = AccountId::new("home");
    home.address = "sip:alice@home.example".into();
    accounts.push(home);
    snapshot.accounts = accounts.into();
    snapshot.relations = Arc::from([Relation {
        chat: AccountId::new("chat"),
        voice: AccountId::new("voice"),
        origin: RelationOrigin::User,
    }]);
    let candidate = |voice: &str, why: &str| Candidate {
        chat: AccountId::new("chat"),
        voice: AccountId::new(voice),
        why: why.into(),
    };
    let kept = |key: &str, text: &str| KeptChoice { key: key.into(), text: text.into() };
    let exception = |removable: bool, text: &str| tandem::account::FeatureException {
        feature: tandem::model::Feature::CallsOverChat,
        scope: tandem::model::FeatureScope::Contact(tandem::model::Jid::parse("bob@example.com").unwrap()),
        on: true,
        removable,
        text: text.into(),
    };
    snapshot.numbers = Arc::new(NumbersView {
        candidates: vec![
            candidate("voice", "Both have the same address."),
            candidate("home", "Both have the same name before the @."),
        ],
        remembered: vec![
            kept("line:prefix:+49", "Calls to +49 … always over sip:alice@home.example"),
            kept("cost-ok:class:mobile number", "No question about the cost of every mobile number"),
        ],
        exceptions: vec![
            exception(false, "Calls over chat for everybody at work.example: on. The configuration says so."),
            exception(true, "Calls over chat for Bob Baker: on."),
        ],
    });
    let mut app = app(snapshot);
    app.update(Event::Go(Place::Settings));
    app.update(Event::Numbers(tandem::gui::numbers::Message::Menu(AccountId::new("chat"))));
    sized(app, 1100.0, 2800.0)
}

#[test]
#[ignore = "draws pictures for people"]
fn pictures_of_accounts_numbers_and_cost() {
    type Build = fn(Snapshot) -> App;
    let screens: [(&str, f32, f32, Build); 8] = [
        ("choose-account", 1100.0, 720.0, choose),
        ("choose-account-narrow", 400.0, 720.0, |s| sized(choose(s), 400.0, 720.0)),
        ("cost-question", 1100.0, 720.0, cost),
        ("cost-question-narrow", 400.0, 720.0, |s| sized(cost(s), 400.0, 720.0)),
        ("dial-cost", 1100.0, 720.0, dialling),
        ("refused-next", 1100.0, 720.0, refused),
        ("call-cost", 1100.0, 720.0, charged),
        ("relations", 1100.0, 2800.0, related),
    ];
    for (name, width, height, build) in screens {
        draw(&format!("{name}-light"), &build(light(snapshot())), width, height);
        draw(&format!("{name}-dark"), &build(dark(snapshot())), width, height);
    }
}

#[test]
fn c28_the_account_is_chosen_by_a_click_and_kept_on_request() {
    let answer = |choice: &str| Request::Answered { question: QuestionId(7), choice: choice.into() };
    let answered = |app: &mut App, words: &str| match click(app, words).pop() {
        Some(Request::Answered { question, choice }) => (question, choice.to_string()),
        other => panic!("{other:?}"),
    };
    let mut app = choose(snapshot());
    assert_eq!(answered(&mut app, "sip:alice@home.example"), (QuestionId(7), "use:home".to_owned()));
    let mut app = choose(snapshot());
    assert!(click(&mut app, "for Bob Fischer").is_empty());
    assert_eq!(answered(&mut app, "sip:alice@work.example").1, "contact:work");
    let mut app = choose(snapshot());
    assert!(click(&mut app, "for +49").is_empty());
    assert_eq!(answered(&mut app, "sip:alice@work.example").1, "prefix:work");
    let mut app = choose(snapshot());
    assert_eq!(answered(&mut app, "Do not call").1, "cancel");
    assert!(matches!(answer("use:home"), Request::Answered { .. }));
}

#[test]
fn c41_the_cost_stands_beside_the_number_before_it_is_dialled() {
    let mut app = with_bob(snapshot());
    let typed: Vec<Request> = app
        .update(Event::Query("0151 12345678".to_owned()))
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Ask(request, _) => Some(request),
            _ => None,
        })
        .collect();
    let quote = |request: &Request| matches!(request, Request::Numbers(NumbersRequest::Quote(CallTo::Text(text))) if &**text == "0151 12345678");
    assert!(typed.iter().any(quote), "{typed:?}");
    let app = dialling(snapshot());
    let mut screen = simulator(&app, 1100.0, 720.0);
    assert!(screen.find("Phone network, may be charged: mobile number, 0.19 EUR a minute").is_ok());
}

#[test]
fn c43_the_next_way_after_a_refusal_is_one_click_away() {
    let mut app = refused(snapshot());
    let requests = click(&mut app, "Call over sip:alice@home.example");
    let over_home =
        |request: &Request| matches!(request, Request::Call { account: Some(id), .. } if id.as_str() == "home");
    assert!(requests.iter().any(over_home), "{requests:?}");
    let requests = click(&mut app, "Call +4930901820");
    let to_number = |request: &Request| matches!(request, Request::Call { to: CallTo::Address(_, uri), .. } if &**uri == "tel:+4930901820");
    assert!(requests.iter().any(to_number), "{requests:?}");
}

#[test]
fn c26_a_relation_is_chosen_in_the_settings_and_what_is_remembered_is_forgotten() {
    let find = |app: &mut App, words: &str| {
        let mut window = simulator(app, 1100.0, 2800.0);
        window.click(words).unwrap();
        let messages: Vec<Event> = window.into_messages().collect();
        asked(messages.into_iter().flat_map(|message| app.update(message)).collect())
    };
    let mut app = related(snapshot());
    let requests = find(&mut app, "Both have the same name before the @.");
    let relate = |request: &Request| matches!(request, Request::Numbers(NumbersRequest::Relate { voice: Some(voice), .. }) if voice.as_str() == "home");
    assert!(requests.iter().any(relate), "{requests:?}");
    let mut app = related(snapshot());
    let requests = find(&mut app, "Forget");
    let forget = |request: &Request| matches!(request, Request::Numbers(NumbersRequest::Forget(key)) if key.starts_with("line:"));
    assert!(requests.iter().any(forget), "{requests:?}");
}

#[test]
fn c07_an_exception_that_was_made_here_is_taken_back_by_its_button_and_one_of_the_file_has_none() {
    let app = related(snapshot());
    let mut window = simulator(&app, 1100.0, 2800.0);
    assert!(window.find("Calls over chat for everybody at work.example: on. The configuration says so.").is_ok());
    // One button for two lines: clicking it takes the other one back.
    window.click("Take back").unwrap();
    let messages: Vec<Event> = window.into_messages().collect();
    let taken = |message: &Event| {
        matches!(
            message,
            Event::Do(Request::SetFeature { scope: tandem::model::FeatureScope::Contact(_), on: None, .. })
        )
    };
    assert!(messages.iter().any(taken), "{messages:?}");
}

#[test]
fn c08_a_typed_sip_address_can_be_written_to_where_voice_carries_messages_and_nowhere_else() {
    use tandem::account::Dialling;
    use tandem::sip::MessagePolicy;
    let typed = |by_default: bool| {
        let mut snapshot = snapshot();
        let messages = vec![MessagePolicy { by_default, ..MessagePolicy::default() }];
        snapshot.dialling = Arc::new(Dialling::new(Default::default(), None, Default::default(), messages));
        let mut app = with_bob(snapshot);
        app.update(Event::Query("sip:1001@pbx.example".to_owned()));
        app
    };
    let mut app = typed(true);
    let mut window = simulator(&app, 1100.0, 720.0);
    window.click("Write to sip:1001@pbx.example").unwrap();
    let messages: Vec<Event> = window.into_messages().collect();
    for message in messages {
        app.update(message);
    }
    let mut window = simulator(&app, 1100.0, 720.0);
    assert!(window.find("SIP message, unverified").is_ok(), "the conversation is open");
    let app = typed(false);
    assert!(simulator(&app, 1100.0, 720.0).find("Write to sip:1001@pbx.example").is_err());
}
