//! Numbers: what the plan makes of them, what they cost, and when a call asks first.

use tandem::account::{CallTo, Effect, Input, NumbersRequest, Refusal, RefusalKind, RelationOrigin, Reply, Request};
use tandem::config::{Config, parse};
use tandem::model::{AccountId, CallId, PhoneNumber, Question, QuestionKind, Subscription};
use tandem::phone::{ClassKind, Tariff, Trace, Written, classify, dialled, read};

use tandem::store::Loaded;
use tandem::xmpp::RosterUpdate;
use tandem::{sip, xmpp};

use super::world::*;

const ACCOUNTS: &str = "[[chat]]\naddress = \"alice@example.com\"\npassword = \"x\"\n\
    [[voice]]\naddress = \"sip:alice@example.com\"\npassword = \"x\"\n[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n";

/// The usual two accounts, and this.
pub fn configured(text: &str) -> Config {
    parse(&format!("{ACCOUNTS}{text}"), "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"))
}

pub fn number(text: &str) -> PhoneNumber {
    PhoneNumber::from_digits(text).expect("digits")
}

#[test]
fn a_dial_plan_reads_and_dials_as_its_keys_say() {
    let de = "region = \"DE\"";
    let own = "region = \"DE\"\nown-numbers = [\"+49 30 901820\"]\nextension-length = 3";
    let rule = "[[numbers.rule]]\nmatch = \"^8(\\\\d{4})$\"\nreplace = \"+49309018$1\"\n";
    // The keys; what is typed; what it is; what the phone service is sent.
    for (keys, typed, read_as, sent) in [
        ("", "030 901820", "030901820", "030901820"),
        (de, "030 901820", "+4930901820", "+4930901820"),
        ("region = \"DE\"\ntrunk-prefix = \"7\"", "7 30 901820", "+4930901820", "+4930901820"),
        ("region = \"DE\"\ninternational-prefix = \"810\"", "810 1 303 308 3282", "+13033083282", "+13033083282"),
        ("region = \"DE\"\noutside-prefix = \"0\"", "0 030 901820", "+4930901820", "+4930901820"),
        ("region = \"DE\"\narea-code = \"30\"", "901820", "+4930901820", "+4930901820"),
        (own, "123", "+4930901820123", "123"),
        (own, "+49 30 901820 123", "+4930901820123", "123"),
        (own, "1234", "1234", "1234"),
        ("region = \"DE\"\nextension-length = 8", "03090182", "03090182", "03090182"),
        ("region = \"DE\"\ndial-as = \"national\"", "+49 30 901820", "+4930901820", "030901820"),
        ("region = \"DE\"\ndial-as = \"national\"", "+41 44 668 18 00", "+41446681800", "0041446681800"),
        ("region = \"DE\"\ndial-as = \"national\"\noutside-prefix = \"9\"", "030 901820", "+4930901820", "9030901820"),
        ("emergency = [\"030901820\"]\nregion = \"DE\"", "030 901820", "030901820", "030901820"),
        (rule, "81234", "+493090181234", "+493090181234"),
        (&format!("{rule}for = \"dial\""), "81234", "81234", "+493090181234"),
    ] {
        let numbers = configured(&format!("[numbers]\n{keys}\n")).numbers;
        let Ok(Written::Tel(found, None)) = read(typed, &numbers.plan) else { panic!("{typed}") };
        assert_eq!(found.as_str(), read_as, "{typed} with {keys}");
        assert_eq!(dialled(&found, &numbers.plan, &mut Trace(None)).as_str(), sent, "{typed} with {keys}");
    }
}

#[test]
fn a_number_belongs_to_the_class_that_its_keys_name() {
    let text = "[numbers]\nregion = \"DE\"\n\
        [[numbers.class]]\nname = \"head office\"\nprefix = \"+49 30 9018\"\ncost = \"free\"\n\
        [[numbers.class]]\nname = \"mobile\"\nmatch = \"^\\\\+491[567]\"\ncost = \"0.19 EUR\"\n\
        [[numbers.class]]\nname = \"dear\"\nprefix = \"+49900\"\nkind = \"premium\"\n\
        [[numbers.class]]\nname = \"far\"\nprefix = \"+1\"\nkind = \"foreign\"\n";
    let numbers = configured(text).numbers;
    let per_minute = |text: &str| Some(Tariff::PerMinute(tandem::model::Price::parse(text).expect("a price")));
    for (digits, name, tariff, kind) in [
        ("+4930901820", "head office", Some(Tariff::Free), ClassKind::Ordinary),
        ("+4915112345678", "mobile", per_minute("0.19 EUR"), ClassKind::Ordinary),
        ("+499001234567", "dear", None, ClassKind::Premium),
        ("+13033083282", "far", None, ClassKind::Foreign),
        // What no class covers is judged by the world's numbering plans.
        ("+498912345678", "landline number", None, ClassKind::Ordinary),
        ("+41446681800", "foreign number (CH)", None, ClassKind::Foreign),
        ("1001", "internal number", None, ClassKind::Ordinary),
    ] {
        let class = classify(&number(digits), &numbers.plan, &numbers.tariffs);
        assert_eq!((class.name.as_ref(), class.tariff, class.kind), (name, tariff, kind), "{digits}");
    }
    let plain = configured("[calls]\nregion = \"DE\"\n").numbers;
    let built_in = |digits: &str| classify(&number(digits), &plain.plan, &plain.tariffs);
    assert_eq!(built_in("+4915112345678").name.as_ref(), "mobile number");
    assert_eq!(built_in("+499001234567").kind, ClassKind::Premium);
    assert_eq!(built_in("+498001234567").name.as_ref(), "freephone number");
}

pub fn text(to: &str) -> CallTo {
    CallTo::Text(to.into())
}

/// A call as a person asks for it: nothing is accepted yet.
pub fn wish(to: CallTo, account: Option<&str>) -> Request {
    Request::Call { to, account: account.map(AccountId::new), via: None, confirm: false, video: false, anonymous: None }
}

pub fn asked(world: &mut World) -> Question {
    let questions = world.shown().questions.clone();
    assert_eq!(questions.len(), 1, "{questions:?}");
    questions[0].clone()
}

pub fn refused(world: &mut World, request: Request) -> Refusal {
    world.ask(request).expect("an answer").expect_err("a refusal")
}

pub fn placed(world: &mut World, request: Request) -> CallId {
    match world.ask(request).expect("an answer") {
        Ok(Reply::Call(id)) => id,
        other => panic!("{other:?}"),
    }
}

pub fn answer(world: &mut World, choice: &str) -> Request {
    Request::Answered { question: asked(world).id, choice: choice.into() }
}

/// What the store was told to remember.
pub fn memos(world: &World) -> Vec<(String, String)> {
    let mut memos = std::collections::BTreeMap::new();
    for command in world.kept() {
        if let tandem::store::Command::SetMemo { key, value } = command {
            match value {
                Some(value) => memos.insert(key, value),
                None => memos.remove(&key),
            };
        }
    }
    memos.into_iter().collect()
}

/// Two chat and three voice accounts: `chat` belongs to `voice`, `club` to `home`, `mobile` stands alone.
pub fn many() -> World {
    let mut config = configured(
        "[[chat]]\nid = \"club\"\naddress = \"alice@club.example\"\npassword = \"x\"\n\
         [[voice]]\nid = \"home\"\naddress = \"sip:alice@home.example\"\npassword = \"x\"\n\
         [[voice]]\nid = \"mobile\"\naddress = \"sip:0151@mobile.example\"\npassword = \"x\"\n\
         [[relation]]\nchat = \"club\"\nvoice = \"home\"\n[numbers]\nregion = \"DE\"\n",
    );
    config.relations.rotate_left(1);
    let mut world = World::new(config, Loaded::default());
    world.sign_in();
    for id in ["home", "mobile"] {
        let local = "192.0.2.1:5060".parse().expect("valid");
        let event = sip::Event::Registered { security: security(), local, realm: None };
        world.put(Input::Voice(AccountId::new(id), event));
    }
    for (account, person, address) in
        [("chat", "bob@example.com", "sip:bob@example.com"), ("club", "carol@club.example", "sip:carol@home.example")]
    {
        let checkpoint = world.checkpoint();
        let update = RosterUpdate::Replace(vec![item(person, Subscription::Both)]);
        let id = AccountId::new(account);
        world.put(Input::Chat(id.clone(), xmpp::Event::Roster { update, version: None, checkpoint }));
        world.put(Input::Chat(id, xmpp::Event::Card { jid: jid(person), card: Some(card(&[address])) }));
    }
    world.effects.clear();
    world
}

pub fn account_of(world: &mut World, call: CallId) -> String {
    world.view(call).account.as_str().to_owned()
}

#[test]
fn c27_each_roster_is_called_over_the_voice_account_that_belongs_to_it() {
    let mut world = many();
    for (who, account) in [("bob@example.com", "voice"), ("carol@club.example", "home")] {
        let id = placed(&mut world, wish(CallTo::Contact(jid(who)), None));
        assert_eq!(account_of(&mut world, id), account, "{who}");
        assert!(world.view(id).route.rule.contains("belongs to the chat account"));
        // What is free depends on the account that carries the call, too.
        assert_eq!(world.view(id).charge, None, "{who}");
        world.done(Request::Hangup(id));
    }
    // The address of a contact is the contact, however it was typed.
    let id = placed(&mut world, wish(text("sip:carol@home.example"), None));
    assert_eq!(account_of(&mut world, id), "home");
    let id = placed(&mut world, wish(CallTo::Address(jid("bob@example.com"), "sip:bob@example.com".into()), None));
    assert_eq!(
        (account_of(&mut world, id), world.view(id).peer.jid),
        ("voice".to_owned(), Some(jid("bob@example.com")))
    );
}

#[test]
fn c28_several_equal_accounts_are_a_question_with_cost_and_protection() {
    let mut world = many();
    let refusal = refused(&mut world, wish(text("030 901820"), None));
    let question = asked(&mut world);
    assert_eq!((refusal.kind, refusal.details.len(), refusal.question), (RefusalKind::Choose, 3, Some(question.id)));
    assert_eq!(question.kind, QuestionKind::Choose);
    let ids: Vec<&str> = question.choices.iter().map(|choice| choice.id.as_ref()).collect();
    assert_eq!(ids, ["cancel", "use:voice", "use:home", "use:mobile", "prefix:voice", "prefix:home", "prefix:mobile"]);
    assert_eq!(question.choices[2].label.as_ref(), "sip:alice@home.example");
    let detail = question.choices[2].detail.clone().expect("a second line");
    assert!(detail.contains("may be charged: landline number") && detail.contains("encrypted"), "{detail}");
    // The price stood beside the choice: it is not asked a second time.
    let request = answer(&mut world, "use:home");
    let id = placed(&mut world, request);
    assert_eq!((account_of(&mut world, id), world.shown().questions.len()), ("home".to_owned(), 0));
    assert_eq!(&*world.view(id).route.rule, "You chose this account.");
    // Nothing was to be remembered, so nothing is; a newer wish replaces the older question.
    let _ = refused(&mut world, wish(text("030 901821"), None));
    let _ = refused(&mut world, wish(text("030 901822"), None));
    assert!(asked(&mut world).text.contains("+4930901822"));
    let request = answer(&mut world, "cancel");
    assert!(matches!(world.ask(request), Some(Ok(Reply::Done))));
    assert_eq!(world.shown().calls.len(), 1);
}

#[test]
fn c28_a_choice_is_remembered_for_the_contact_or_the_beginning_and_can_be_taken_back() {
    let mut world = many();
    let _ = refused(&mut world, wish(text("030 901820"), None));
    let request = answer(&mut world, "prefix:mobile");
    let _ = placed(&mut world, request);
    assert!(memos(&world).contains(&("line:prefix:+49".to_owned(), "mobile".to_owned())), "{:?}", memos(&world));
    let request = Request::Call {
        to: text("040 1234567"),
        account: None,
        via: None,
        confirm: true,
        video: false,
        anonymous: None,
    };
    let id = placed(&mut world, request);
    assert_eq!(account_of(&mut world, id), "mobile");
    assert_eq!(&*world.view(id).route.rule, "You chose this account for all calls to +49.");
    // A contact without related account: remembered for the person.
    let dave = || CallTo::Contact(jid("dave@example.com"));
    let checkpoint = world.checkpoint();
    let update = RosterUpdate::Set(item("dave@example.com", Subscription::Both));
    world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
    world.card("dave@example.com", &["sip:dave@third.example"]);
    world.done(Request::Numbers(NumbersRequest::Relate { chat: chat_id(), voice: None }));
    let _ = refused(&mut world, wish(dave(), None));
    let request = answer(&mut world, "contact:home");
    let _ = placed(&mut world, request);
    let shown = world.shown().numbers.remembered.clone();
    let texts: Vec<&str> = shown.iter().map(|remembered| remembered.text.as_ref()).collect();
    assert_eq!(
        texts,
        [
            "Calls to dave@example.com always over sip:alice@home.example",
            "Calls to +49 … always over sip:0151@mobile.example"
        ]
    );
    for remembered in shown {
        world.done(Request::Numbers(NumbersRequest::Forget(remembered.key)));
    }
    assert!(world.shown().numbers.remembered.is_empty());
    assert_eq!(refused(&mut world, wish(dave(), None)).kind, RefusalKind::Choose);
    let forget = Request::Numbers(NumbersRequest::Forget("instance".into()));
    assert_eq!(refused(&mut world, forget).kind, RefusalKind::NotFound, "only what is ours");
}

#[test]
fn c26_a_relation_is_set_by_the_user_proposed_by_likeness_and_written() {
    let mut world = many();
    let candidates = world.shown().numbers.candidates.clone();
    let pairs: Vec<(&str, &str)> = candidates.iter().map(|found| (found.chat.as_str(), found.voice.as_str())).collect();
    assert_eq!(pairs, [("chat", "voice"), ("chat", "home"), ("club", "voice"), ("club", "home")]);
    let relate = |voice: Option<&str>| {
        Request::Numbers(NumbersRequest::Relate { chat: chat_id(), voice: voice.map(AccountId::new) })
    };
    world.done(relate(Some("mobile")));
    let written = world.effects.iter().any(|effect| {
        matches!(effect, Effect::WriteRelation { chat, voice: Some(voice) } if *chat == chat_id() && voice.as_str() == "mobile")
    });
    assert!(written);
    let relations = world.shown().relations.clone();
    let ours = relations.iter().find(|relation| relation.chat == chat_id()).expect("related");
    assert_eq!((ours.voice.as_str(), ours.origin), ("mobile", RelationOrigin::User));
    // It takes no messages any more, which it says with a new registration (C-06).
    let local = "192.0.2.1:5060".parse().expect("valid");
    let registered = sip::Event::Registered { security: security(), local, realm: None };
    world.put(Input::Voice(AccountId::new("mobile"), registered));
    let id = world.call(CallTo::Contact(jid("bob@example.com"))).expect("a call");
    assert_eq!(account_of(&mut world, id), "mobile");
    // Over that account Bob's address is a foreign one.
    assert!(world.view(id).charge.is_some());
    assert_eq!(refused(&mut world, relate(Some("gone"))).kind, RefusalKind::NotFound);
    world.put(Input::RelationWritten(Err("the disk is full".into())));
    assert!(world.shown().conditions.iter().any(|condition| condition.text.contains("the disk is full")));
}

#[test]
fn c27_calling_back_uses_the_line_that_was_called_unless_it_is_gone() {
    let mut world = many();
    let back = |account: &str| {
        let account = AccountId::new(account);
        Request::Numbers(NumbersRequest::CallBack { to: CallTo::Contact(jid("bob@example.com")), account })
    };
    let _ = refused(&mut world, back("home"));
    let request = answer(&mut world, "call");
    let id = placed(&mut world, request);
    assert_eq!(account_of(&mut world, id), "home");
    assert_eq!(&*world.view(id).route.rule, "Their call came in on this account.");
    let id = placed(&mut world, back("gone"));
    assert_eq!(account_of(&mut world, id), "voice");
}

#[test]
fn c27_the_related_account_is_not_silently_replaced_and_the_others_are_offered() {
    let mut world = many();
    world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at: None });
    let refusal = refused(&mut world, wish(CallTo::Contact(jid("bob@example.com")), None));
    assert_eq!(refusal.kind, RefusalKind::Offline);
    let question = asked(&mut world);
    let ids: Vec<&str> = question.choices.iter().map(|choice| choice.id.as_ref()).collect();
    assert_eq!(ids, ["cancel", "use:home", "use:mobile"], "for once: nothing to remember");
    let request = answer(&mut world, "use:home");
    let id = placed(&mut world, request);
    assert_eq!(account_of(&mut world, id), "home");
}

#[test]
fn c19_every_step_of_a_number_is_explained() {
    let mut world = World::online_with(configured("[numbers]\nregion = \"DE\"\noutside-prefix = \"0\"\n"));
    world.card("bob@example.com", &["+49 (0)30 901820"]);
    let mut explained = |number: &str| match world.ask(Request::Numbers(NumbersRequest::ExplainNumber(number.into()))) {
        Some(Ok(Reply::Explained(steps))) => {
            steps.into_iter().map(|step| (step.name, step.value)).collect::<Vec<(&str, String)>>()
        }
        other => panic!("{other:?}"),
    };
    let steps = explained("0 030/90 18 20");
    let expected = [
        ("input", "0 030/90 18 20"),
        ("cleaned", "0030901820"),
        ("outside line", "030901820"),
        ("international", "+4930901820"),
        ("E.164", "+4930901820"),
        ("region", "DE"),
        ("matches", "bob@example.com"),
        ("account", "voice"),
        ("dial plan", "common"),
        ("dialled", "sip:+4930901820@example.com;user=phone"),
        ("cost", "Phone network, may be charged: landline number"),
    ];
    let told: Vec<(&str, &str)> = steps.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(told, expected);
    assert_eq!(explained("call me").last().expect("a step").0, "result");
    assert!(explained("112").iter().any(|(name, value)| *name == "cost" && value == "Emergency call"));
    assert!(explained("xmpp:bob@example.com").iter().any(|(name, _)| *name == "dialled"));
}

#[test]
fn an_account_may_have_a_dial_plan_of_its_own() {
    // The common plan is German, with the area of Berlin; the keys are those of one account; what is typed there and sent.
    let common = "[numbers]\nregion = \"DE\"\narea-code = \"30\"\n";
    for (keys, typed, sent) in [
        ("", "901820", "+4930901820"),
        ("region = \"CH\"", "044 668 18 00", "+41446681800"),
        ("region = \"CH\"", "6681800", "6681800"),
        ("region = \"CH\"\narea-code = \"44\"", "6681800", "+41446681800"),
        ("trunk-prefix = \"7\"", "7 30 901820", "+4930901820"),
        ("international-prefix = \"810\"", "810 1 303 308 3282", "+13033083282"),
        ("outside-prefix = \"9\"\ndial-as = \"national\"", "+49 30 901820", "9030901820"),
        ("own-numbers = [\"+49 30 901820\"]\nextension-length = 3", "+49 30 901820 123", "123"),
        ("extension-length = 8", "90182000", "90182000"),
        ("dial-as = \"national\"", "+49 30 901820", "030901820"),
    ] {
        let accounts = ACCOUNTS.replace("[[voice]]\n", &format!("[[voice]]\n{keys}\n"));
        let config =
            parse(&format!("{accounts}{common}"), "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
        let plan = config.numbers.plan.for_account(&config.voice[0].plan);
        let Ok(Written::Tel(found, None)) = read(typed, &plan) else { panic!("{typed}") };
        assert_eq!(dialled(&found, &plan, &mut Trace(None)).as_str(), sent, "{typed} with {keys}");
    }
}

#[test]
fn a_number_is_read_and_sent_by_the_plan_of_the_account_that_calls() {
    let accounts = format!(
        "{ACCOUNTS}[[voice]]\nid = \"swiss\"\naddress = \"sip:alice@example.ch\"\npassword = \"x\"\nregion = \"CH\"\n\
         dial-as = \"national\"\n[numbers]\nregion = \"DE\"\n"
    );
    let config = parse(&accounts, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"));
    let mut world = World::online_with(config);
    let local = "192.0.2.1:5060".parse().expect("valid");
    let registered = sip::Event::Registered { security: security(), local, realm: None };
    world.put(Input::Voice(AccountId::new("swiss"), registered));
    let mut dials = |account: &str, typed: &str| {
        world.effects.clear();
        let confirmed = Request::Call {
            to: text(typed),
            account: Some(AccountId::new(account)),
            via: None,
            confirm: true,
            video: false,
            anonymous: None,
        };
        let id = placed(&mut world, confirmed);
        world.opened(id);
        let invited = world.sip().into_iter().find_map(|command| match command {
            sip::Command::Invite { to, .. } => Some(to.uri.to_string()),
            _ => None,
        });
        invited.expect("an INVITE")
    };
    assert_eq!(dials("voice", "044 668 18 00"), "sip:+49446681800@example.com;user=phone");
    assert_eq!(dials("swiss", "044 668 18 00"), "sip:0446681800@example.ch;user=phone");
    // The explanation says whose plan it is.
    let steps = match world.ask(Request::Numbers(NumbersRequest::ExplainNumber("+41 44 668 18 00".into()))) {
        Some(Ok(Reply::Explained(steps))) => steps,
        other => panic!("{other:?}"),
    };
    assert!(steps.iter().any(|step| step.name == "dial plan"), "{steps:?}");
}
