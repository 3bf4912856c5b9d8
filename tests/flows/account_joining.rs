//! How the two connections wait for each other, and what others are told of the user meanwhile.

use std::sync::Arc;
use std::time::Duration;

use tandem::account::{Effect, Request};
use tandem::config::{self, Config};
use tandem::model::{BootTime, CallPresence, ConditionKind, ConnectionPolicy, ConnectionState, EndedBy, Service, Show};
use tandem::store::{self, Loaded};
use tandem::{sip, xmpp};

use super::world::*;

fn with(policy: ConnectionPolicy) -> Config {
    let connection = config::Connection { policy, ..config::Connection::default() };
    Config { connection, ..config() }
}

fn with_calls_told(call_presence: CallPresence) -> Config {
    let connection = config::Connection { call_presence, ..config::Connection::default() };
    Config { connection, ..config() }
}

fn state(world: &mut World, service: Service) -> (ConnectionState, Option<Arc<str>>) {
    let shown = world.shown();
    let account = shown.accounts.iter().find(|account| account.service == service).expect("an account");
    (account.state, account.reason.as_ref().map(|reason| reason.text.clone()))
}

fn lose_voice(world: &mut World) {
    let retry_at = Some(BootTime::from_duration(Duration::from_secs(7200)));
    world.voice(sip::Event::Unregistered { reason: reason("unreachable"), retry_at });
}

fn refuse_voice(world: &mut World) {
    let failure = sip::Failure { reason: reason("forbidden"), certificate: None, security: false };
    world.voice(sip::Event::Failed(failure));
}

/// The presences that were published since the effects were last cleared.
fn told(world: &World) -> Vec<(Show, Option<String>)> {
    let presence = |command: xmpp::Command| match command {
        xmpp::Command::Presence { show, status } => Some((show, status.as_deref().map(str::to_owned))),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(presence).collect()
}

fn activities(world: &World) -> Vec<bool> {
    let activity = |command: xmpp::Command| match command {
        xmpp::Command::OnThePhone(on) => Some(on),
        _ => None,
    };
    world.xmpp().into_iter().filter_map(activity).collect()
}

fn says(show: Show, status: &str) -> (Show, Option<String>) {
    (show, Some(status.to_owned()).filter(|status| !status.is_empty()))
}

#[test]
fn c11_under_joint_a_refusal_takes_chat_offline_with_a_sentence_and_success_brings_it_back() {
    let mut world = World::online_with(with(ConnectionPolicy::Joint));
    refuse_voice(&mut world);
    assert_eq!(world.xmpp()[0], xmpp::Command::Disconnect);
    world.chat(xmpp::Event::Offline { reason: reason("disconnected"), retry_at: None });
    let (held, why) = state(&mut world, Service::Chat);
    assert_eq!(held, ConnectionState::Held);
    assert!(why.expect("a sentence").starts_with("Voice was refused"));
    assert!(!world.shown().reachable.chat);
    world.wait(Duration::from_secs(3600));
    assert_eq!(state(&mut world, Service::Chat).0, ConnectionState::Held, "it waits as long as it takes");
    // Trying chat now means trying what it waits for.
    world.effects.clear();
    world.done(Request::Retry(chat_id()));
    assert!(world.effects.iter().any(|effect| matches!(effect, Effect::StartVoice { .. })));
    assert!(!world.xmpp().contains(&xmpp::Command::Connect));
    world.registered();
    assert!(world.xmpp().contains(&xmpp::Command::Connect));
    assert_eq!(state(&mut world, Service::Chat), (ConnectionState::Connecting, None));
}

#[test]
fn c11_under_joint_a_short_loss_is_nothing_and_a_long_one_signs_out_of_chat() {
    let mut world = World::online_with(with(ConnectionPolicy::Joint));
    lose_voice(&mut world);
    world.wait(Duration::from_secs(15));
    world.registered();
    world.wait(Duration::from_secs(600));
    assert_eq!(world.xmpp(), [], "neither a goodbye nor another presence");
    lose_voice(&mut world);
    world.wait(Duration::from_secs(21));
    assert_eq!(state(&mut world, Service::Chat).0, ConnectionState::Held);
    world.registered();
    assert!(world.xmpp().contains(&xmpp::Command::Connect));
}

#[test]
fn c11_under_joint_voice_leaves_with_chat_and_returns_with_it() {
    let mut world = World::online_with(with(ConnectionPolicy::Joint));
    let retry_at = Some(BootTime::from_duration(Duration::from_secs(7200)));
    world.chat(xmpp::Event::Offline { reason: reason("unreachable"), retry_at });
    world.wait(Duration::from_secs(21));
    assert_eq!(world.sip(), [sip::Command::Unregister]);
    world.voice(sip::Event::Unregistered { reason: reason("goodbye"), retry_at: None });
    assert_eq!(state(&mut world, Service::Voice).0, ConnectionState::Held);
    world.effects.clear();
    world.sign_in_chat();
    assert_eq!(world.sip(), [sip::Command::Register]);
}

#[test]
fn c11_under_joint_nobody_sees_the_user_before_both_are_there() {
    let mut world = World::new(with(ConnectionPolicy::Joint), Loaded::default());
    world.sign_in_chat();
    assert_eq!(told(&world), [says(Show::Offline, "")]);
    world.registered();
    assert_eq!(told(&world)[1..], [says(Show::Available, "")]);
}

#[test]
fn c12_voice_first_means_no_chat_connection_before_the_registration() {
    let mut world = World::new(with(ConnectionPolicy::VoiceFirst), Loaded::default());
    assert!(!world.xmpp().contains(&xmpp::Command::Connect));
    assert_eq!(state(&mut world, Service::Chat).0, ConnectionState::Held);
    // Asking for it by hand tries voice, and does not go around the policy.
    world.done(Request::Password { account: chat_id(), password: tandem::platform::Secret::new("new") });
    assert!(!world.xmpp().contains(&xmpp::Command::Connect));
    world.registered();
    assert!(world.xmpp().contains(&xmpp::Command::Connect));
    assert_eq!(state(&mut world, Service::Chat).0, ConnectionState::Connecting);
}

#[test]
fn c12_voice_first_falls_through_to_chat_alone_and_says_so() {
    let mut world = World::new(with(ConnectionPolicy::VoiceFirst), Loaded::default());
    world.wait(Duration::from_secs(29));
    assert!(!world.xmpp().contains(&xmpp::Command::Connect));
    world.wait(Duration::from_secs(2));
    assert!(world.xmpp().contains(&xmpp::Command::Connect));
    let shown = world.shown();
    let condition = shown.conditions.first().expect("a notice");
    assert_eq!(condition.kind, ConditionKind::Connection(Service::Voice));
    assert!(condition.text.contains("chat goes ahead alone"), "{}", condition.text);
}

#[test]
fn c12_by_default_both_connect_at_once_and_presence_tells_the_truth_about_calls() {
    let mut world = World::new(config(), Loaded::default());
    assert!(world.xmpp().contains(&xmpp::Command::Connect) && world.sip().contains(&sip::Command::Register));
    world.sign_in_chat();
    world.effects.clear();
    world.wait(Duration::from_secs(19));
    assert_eq!(told(&world), [], "voice may still come");
    world.wait(Duration::from_secs(2));
    assert_eq!(told(&world), [says(Show::Available, "No calls at the moment")]);
    world.registered();
    assert_eq!(told(&world)[1..], [says(Show::Available, "")]);
    world.effects.clear();
    world.done(Request::Presence { show: Show::Away, status: Some("In town".into()) });
    refuse_voice(&mut world);
    let expected = [says(Show::Away, "In town"), says(Show::Away, "In town (no calls at the moment)")];
    assert_eq!(told(&world), expected);
    assert_eq!(world.shown().presence.status.as_deref(), Some("In town"), "what was set by hand is what it was");
}

#[test]
fn c12_a_chat_account_without_a_voice_account_says_nothing_about_calls() {
    let mut world = World::new(Config { relations: Vec::new(), ..config() }, Loaded::default());
    world.sign_in_chat();
    refuse_voice(&mut world);
    world.wait(Duration::from_secs(600));
    assert_eq!(told(&world), [says(Show::Available, "")]);
}

#[test]
fn p09_a_call_is_told_when_it_is_answered_and_taken_back_when_it_ends() {
    let mut world = World::online();
    let call = world.dial_bob();
    assert_eq!((told(&world), activities(&world)), (vec![], vec![]), "ringing is nobody's business");
    world.answered(call);
    assert_eq!((told(&world), activities(&world)), (vec![says(Show::Available, "On the phone")], vec![true]));
    world.ended(call, 0, EndedBy::Remote);
    assert_eq!((told(&world)[1..].to_vec(), activities(&world)), (vec![says(Show::Available, "")], vec![true, false]));
}

#[test]
fn p09_call_presence_can_be_do_not_disturb_or_nothing_at_all() {
    let mut world = World::online_with(with_calls_told(CallPresence::Dnd));
    let call = world.talking();
    assert_eq!(told(&world), [says(Show::Dnd, "On the phone")]);
    world.ended(call, 0, EndedBy::Remote);
    assert_eq!(told(&world)[1..], [says(Show::Available, "")]);
    let mut world = World::online_with(with_calls_told(CallPresence::Off));
    let call = world.talking();
    world.ended(call, 0, EndedBy::Remote);
    assert_eq!((told(&world), activities(&world)), (vec![], vec![]));
}

#[test]
fn p09_presence_comes_back_after_the_last_of_several_calls() {
    let mut world = World::online();
    let first = world.talking();
    let second = world.talking();
    world.ended(first, 0, EndedBy::Remote);
    assert_eq!((told(&world).len(), activities(&world)), (1, vec![true]), "one call goes on");
    world.ended(second, 0, EndedBy::Local);
    assert_eq!((told(&world)[1..].to_vec(), activities(&world)), (vec![says(Show::Available, "")], vec![true, false]));
}

#[test]
fn p09_what_the_user_sets_during_a_call_wins_and_stays() {
    let mut world = World::online_with(with_calls_told(CallPresence::Dnd));
    let call = world.talking();
    world.effects.clear();
    world.done(Request::Presence { show: Show::Away, status: Some("Talking to the boss".into()) });
    assert_eq!(told(&world), [says(Show::Away, "Talking to the boss")]);
    world.ended(call, 0, EndedBy::Remote);
    assert_eq!(told(&world).len(), 1, "nothing is put back over it");
    // And the same state, chosen anew, wins over what the call said.
    world.done(Request::Presence { show: Show::Available, status: None });
    let call = world.talking();
    world.effects.clear();
    world.done(Request::Presence { show: Show::Available, status: None });
    assert_eq!(told(&world), [says(Show::Available, "")]);
    world.ended(call, 0, EndedBy::Remote);
    assert_eq!(told(&world).len(), 1);
    world.talking();
    assert_eq!(told(&world)[1..], [says(Show::Dnd, "On the phone")], "the next call is told again");
}

#[test]
fn p09_a_call_that_ends_while_chat_is_away_is_taken_back_all_the_same() {
    let mut world = World::online();
    let call = world.talking();
    world.chat(xmpp::Event::Offline { reason: reason("unreachable"), retry_at: None });
    world.ended(call, 0, EndedBy::Remote);
    // The chat connection keeps the last word and says it when it can.
    assert_eq!(told(&world).last(), Some(&says(Show::Available, "")));
    assert_eq!(activities(&world), [true, false]);
}

#[test]
fn p09_a_restart_during_a_call_takes_back_what_the_earlier_run_said() {
    let mut world = World::online();
    world.talking();
    let memos: Vec<(String, String)> = world
        .kept()
        .into_iter()
        .filter_map(|command| match command {
            store::Command::SetMemo { key, value: Some(value) } => Some((key, value)),
            _ => None,
        })
        .collect();
    let next = World::new(config(), Loaded { memos, ..Loaded::default() });
    assert_eq!(activities(&next), [false]);
    assert_eq!(told(&next), [says(Show::Available, "")]);
    let fresh = World::new(config(), Loaded::default());
    assert!(activities(&fresh).is_empty(), "who said nothing takes nothing back");
}

#[test]
fn p09_a_call_over_an_account_that_does_not_belong_to_chat_is_told_to_nobody() {
    let mut world = World::online_with(Config { relations: Vec::new(), ..config() });
    world.talking();
    assert_eq!((told(&world), activities(&world)), (vec![], vec![]));
}

#[test]
fn p09_who_is_invisible_is_not_given_away_by_a_call() {
    let mut world = World::online();
    world.done(Request::Presence { show: Show::Offline, status: None });
    world.effects.clear();
    world.talking();
    assert_eq!((told(&world), activities(&world)), (vec![], vec![]));
}
