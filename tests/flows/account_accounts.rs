//! Accounts that come and go while the program runs, and what other programs have.

use std::sync::Arc;

use tandem::account::{
    AccountsChange, AccountsEffect, AccountsRequest, BookEvent, Effect, Input, NewAccount, OtherEvent, OtherFound,
    OthersReply, Phase, Reconfigured, Refusal, RefusalKind, Reply, Request, Snapshot, TakeOver, Ticket,
};
use tandem::config::{Effective, Network, add_accounts, effective};
use tandem::cusax::{Brought, read_other};
use tandem::model::{AccountId, Service};
use tandem::platform::Secret;
use tandem::store;

use super::world::*;

const FILE: &str = "[[chat]]\naddress = \"alice@example.com\"\npassword = \"old\"\n\n[[voice]]\naddress = \"sip:alice@example.com\"\n\
    password = \"old\"\n\n[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n";

fn composed(text: &str) -> Effective {
    effective(text, "config.toml", None, &Network::default()).expect("valid")
}

/// Signed in, as the file says.
fn world() -> World {
    let mut world = World::online_with(composed(FILE).config);
    world.put(Input::Reconfigured(None, Ok(Box::new(Reconfigured { effective: composed(FILE), document: None }))));
    world.effects.clear();
    world
}

fn new(service: Service, address: &str) -> Request {
    Request::Accounts(AccountsRequest::Add(Box::new(NewAccount {
        service,
        address: address.into(),
        password: Secret::new("secret"),
        server: "".into(),
        login: "".into(),
        keyring: true,
    })))
}

/// The change that the shell was asked for, taken out of the effects.
fn change(world: &mut World) -> (Ticket, AccountsChange) {
    let at = world.effects.iter().position(|effect| matches!(effect, Effect::Accounts(AccountsEffect::Change { .. })));
    match world.effects.remove(at.expect("a change")) {
        Effect::Accounts(AccountsEffect::Change { ticket, change }) => (ticket, *change),
        other => panic!("{other:?}"),
    }
}

/// The shell writes what was asked for.
fn written(world: &mut World, text: &str) {
    let (ticket, change) = change(world);
    let text = add_accounts(text, &change.add).expect("TOML");
    let text = text.replace("password-keyring = true", "password = \"x\"");
    let new = Reconfigured { effective: composed(&text), document: None };
    world.put(Input::Reconfigured(Some(ticket), Ok(Box::new(new))));
}

fn answer(world: &World) -> Result<Reply, Refusal> {
    let answer = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Answer(_, answer) => Some(answer.clone()),
        _ => None,
    });
    answer.expect("an answer")
}

#[test]
fn an_account_is_added_while_the_program_runs_and_connects_at_once() {
    let mut world = world();
    assert!(world.ask(new(Service::Voice, "1001@pbx.example.com")).is_none(), "answered when it is in the file");
    written(&mut world, FILE);
    assert!(matches!(answer(&world), Ok(Reply::Done)));
    let started: Vec<&AccountId> = world
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::StartVoice { id, .. } | Effect::StartChat { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    assert_eq!(started, [&AccountId::new("voice2")], "those that were there stay connected");
    assert!(world.shown().accounts.iter().any(|account| &*account.address == "sip:1001@pbx.example.com"));
}

#[test]
fn what_cannot_be_an_account_is_refused_in_words() {
    let mut world = world();
    for (service, address, kind) in [
        (Service::Chat, "alice", RefusalKind::Invalid),
        (Service::Chat, "example.com", RefusalKind::Invalid),
        (Service::Chat, "alice@example.com", RefusalKind::NotAllowed),
        (Service::Voice, "pbx.example.com", RefusalKind::Invalid),
        (Service::Voice, "sip:alice@example.com", RefusalKind::NotAllowed),
        (Service::Voice, "a b@c", RefusalKind::Invalid),
    ] {
        let refusal = world.ask(new(service, address)).expect("at once").expect_err(address);
        assert_eq!(refusal.kind, kind, "{address}: {}", refusal.text);
        assert!(refusal.text.ends_with('.'), "{}", refusal.text);
    }
    let request = AccountsRequest::Remove(AccountId::new("nobody"));
    assert!(world.ask(Request::Accounts(request)).expect("at once").is_err());
}

#[test]
fn an_account_is_taken_out_and_what_was_said_over_it_stays() {
    let mut world = world();
    assert!(world.ask(Request::Accounts(AccountsRequest::Remove(voice_id()))).is_none());
    let (ticket, change) = change(&mut world);
    assert_eq!(change.remove, Some((Service::Voice, voice_id(), "sip:alice@example.com".into())));
    let left = tandem::config::remove_account(FILE, Service::Voice, &voice_id()).expect("TOML");
    let new = Reconfigured { effective: composed(&left), document: None };
    world.put(Input::Reconfigured(Some(ticket), Ok(Box::new(new))));
    assert!(matches!(answer(&world), Ok(Reply::Done)));
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::Stop(id) if *id == voice_id())));
    assert!(world.shown().accounts.iter().all(|account| account.service == Service::Chat));
    assert!(world.kept().is_empty(), "nothing is deleted from the store: {:?}", world.kept());
}

#[test]
fn an_account_with_a_call_is_not_taken_out() {
    let mut world = world();
    world.card("bob@example.com", &["sip:bob@example.com"]);
    world.talking();
    let refusal = world.ask(Request::Accounts(AccountsRequest::Remove(voice_id()))).expect("at once");
    assert_eq!(refusal.expect_err("refused").kind, RefusalKind::NotAllowed);
}

const LINPHONE: &str = "[proxy_0]\nreg_proxy=<sip:pbx.example.com;transport=tls>\nreg_identity=sip:1001@pbx.example.com\n\
    [proxy_1]\nreg_identity=sip:alice@example.com\n[friend_0]\nurl=\"Dana\" <sip:dana@example.org>\n";

/// The file was read for whoever asked last.
fn read(world: &mut World, mark: &str) {
    let asked = world.effects.iter().rev().find_map(|effect| match effect {
        Effect::Accounts(AccountsEffect::Read { ticket, take, .. }) => Some((*ticket, take.clone())),
        _ => None,
    });
    let (ticket, take) = asked.expect("a file is read");
    let file = read_other(Brought::Bytes(LINPHONE.as_bytes())).expect("known");
    let result = Ok(OtherFound::File(Box::new(file), mark.into(), take));
    world.put(Input::Book(BookEvent::Other(Box::new(OtherEvent { ticket, result }))));
}

fn take(mark: Option<&str>, accounts: Option<&[&str]>, people: bool) -> Request {
    let accounts = accounts.map(|list| list.iter().map(|one| Arc::from(*one)).collect());
    let path = "/home/alice/.config/linphone/linphonerc".into();
    Request::Accounts(AccountsRequest::TakeOver(TakeOver { path, mark: mark.map(Arc::from), accounts, people }))
}

#[test]
fn another_programs_file_is_shown_before_anything_of_it_is_taken_over() {
    let mut world = world();
    let path = "/home/alice/.config/linphone/linphonerc";
    assert!(world.ask(Request::Accounts(AccountsRequest::LookInto(path.into()))).is_none());
    read(&mut world, "m1");
    let Ok(Reply::Others(OthersReply::Holds(view))) = answer(&world) else { panic!("{:?}", answer(&world)) };
    let accounts: Vec<(&str, bool)> = view.accounts.iter().map(|one| (&*one.address, one.known)).collect();
    assert_eq!(accounts, [("sip:1001@pbx.example.com", false), ("sip:alice@example.com", true)]);
    assert_eq!((view.people_total, &*view.people[0]), (1, "Dana"));
    let asked =
        |effect: &Effect| matches!(effect, Effect::Accounts(AccountsEffect::Change { .. }) | Effect::StartVoice { .. });
    assert!(!world.effects.iter().any(asked) && world.kept().is_empty(), "nothing was taken over, called or sent");
    let relative = Request::Accounts(AccountsRequest::LookInto("linphonerc".into()));
    assert!(world.ask(relative).expect("at once").is_err());
}

#[test]
fn accounts_and_people_of_another_program_are_taken_over_together_and_once() {
    let mut world = world();
    assert!(world.ask(take(Some("m1"), None, true)).is_none());
    read(&mut world, "m1");
    written(&mut world, FILE);
    let Ok(Reply::Others(OthersReply::Taken { accounts, people })) = answer(&world) else { panic!() };
    assert_eq!((accounts, people.added), (vec![AccountId::new("voice2")], 1));
    let kept: Vec<store::Command> = world.kept();
    assert!(kept.iter().any(|command| matches!(command, store::Command::BookSet(set) if &*set[0].0.name == "Dana")));
    // Again: everything is here already.
    world.effects.clear();
    world.ask(take(Some("m1"), None, true));
    read(&mut world, "m1");
    let Ok(Reply::Others(OthersReply::Taken { accounts, people })) = answer(&world) else { panic!() };
    assert_eq!((accounts.len(), people.added, people.unchanged), (0, 0, 1));
}

#[test]
fn only_what_was_shown_and_chosen_is_taken_over() {
    let mut world = world();
    world.ask(take(Some("m1"), None, true));
    read(&mut world, "m2");
    assert_eq!(answer(&world).expect_err("the file has changed").kind, RefusalKind::NotAllowed);
    world.effects.clear();
    world.ask(take(None, Some(&[]), true));
    read(&mut world, "m2");
    let Ok(Reply::Others(OthersReply::Taken { accounts, people })) = answer(&world) else { panic!() };
    assert_eq!((accounts.len(), people.added), (0, 1));
    world.effects.clear();
    world.ask(take(None, Some(&["sip:1001@pbx.example.com"]), false));
    read(&mut world, "m2");
    let (ticket, change) = change(&mut world);
    assert_eq!((change.add.voice.len(), change.password.expose()), (1, ""));
    // The file could not be written: nothing comes over, and the reason is told.
    world.put(Input::Reconfigured(Some(ticket), Err("The disk is full.".into())));
    assert_eq!(&*answer(&world).expect_err("refused").text, "The disk is full.");
}

#[test]
fn the_first_start_takes_over_another_programs_accounts_in_place_of_signing_in() {
    let mut world = World::start(Err(Vec::new()), store::Loaded::default());
    world.ask(take(None, None, true));
    read(&mut world, "m1");
    let (ticket, change) = change(&mut world);
    assert_eq!(change.add.voice.len(), 2, "none is here yet");
    let text = add_accounts("", &change.add).expect("TOML").replace("password-keyring = true", "password = \"x\"");
    let new = Reconfigured { effective: composed(&text), document: None };
    world.put(Input::Reconfigured(Some(ticket), Ok(Box::new(new))));
    assert!(matches!(answer(&world), Ok(Reply::Others(OthersReply::Taken { .. }))));
    assert_eq!(world.shown().phase, Phase::Running);
}

#[test]
fn after_the_last_account_the_first_window_asks_again_and_every_other_setting_stays() {
    let mut world = world();
    assert!(world.ask(Request::Accounts(AccountsRequest::Remove(voice_id()))).is_none());
    let (ticket, _) = change(&mut world);
    let left = || Box::new(Reconfigured { effective: composed("[calls]\nregion = \"DE\"\n"), document: None });
    world.put(Input::Reconfigured(Some(ticket), Ok(left())));
    assert!(matches!(answer(&world), Ok(Reply::Done)));
    let asks = |shown: &Snapshot| matches!(&shown.phase, Phase::SetUp(state) if state.problems.is_empty());
    let shown = world.shown();
    assert!(asks(&shown) && shown.accounts.is_empty(), "{:?}", shown.phase);
    assert_eq!(shown.settings.get("calls.region").and_then(|setting| setting.value.as_deref()), Some("DE"));
    // The next start has the same before it.
    let mut world = World::start(Ok(left().effective.config.clone()), store::Loaded::default());
    assert!(asks(&world.shown()));
    world.put(Input::Reconfigured(None, Ok(left())));
    assert!(asks(&world.shown()));
    // An account that is added ends it.
    assert!(world.ask(new(Service::Chat, "alice@example.com")).is_none());
    written(&mut world, "[calls]\nregion = \"DE\"\n");
    assert_eq!(world.shown().phase, Phase::Running);
}
