//! Which ringtone rings for whom.

use tandem::account::{DevicesRequest, Effect, Request, RingtoneScope};
use tandem::media::{Command, Tone};
use tandem::model::{AccountId, CallId, CallState, Ringtone};

use super::world::*;

const RINGING: CallId = CallId(9);

fn choose(world: &mut World, scope: RingtoneScope, tone: Option<Ringtone>) {
    world.done(Request::Devices(DevicesRequest::Ringtone(scope, tone)));
}

/// What rings when this caller calls; the call is over afterwards.
fn rings(world: &mut World, call: CallId, caller: &str, is_vouched: bool) -> Option<Tone> {
    let who = if is_vouched { vouched(caller) } else { identity(caller) };
    world.incoming(call, who, Some(SOUND));
    assert_eq!(world.view(call).state, CallState::Ringing);
    let tone = world.last_tone();
    world.ended(call, 487, tandem::model::EndedBy::Remote);
    tone
}

#[test]
fn a_persons_own_ringtone_rings_before_the_accounts_and_that_before_the_one_for_all() {
    let mut world = World::online();
    world.card("bob@example.com", &["sip:bob@example.com"]);
    let bob = "sip:bob@example.com";
    assert_eq!(rings(&mut world, CallId(11), bob, true), Some(Tone::Ringing(Ringtone::Classic)));
    choose(&mut world, RingtoneScope::Device, Some(Ringtone::Soft));
    assert_eq!(rings(&mut world, CallId(13), bob, true), Some(Tone::Ringing(Ringtone::Soft)));
    choose(&mut world, RingtoneScope::Account(AccountId::new("voice")), Some(Ringtone::Pulse));
    assert_eq!(rings(&mut world, CallId(15), bob, true), Some(Tone::Ringing(Ringtone::Pulse)));
    choose(&mut world, RingtoneScope::Person(jid("bob@example.com")), Some(Ringtone::Chime));
    assert_eq!(rings(&mut world, CallId(17), bob, true), Some(Tone::Ringing(Ringtone::Chime)));
    assert_eq!(rings(&mut world, CallId(19), "sip:eve@example.net", true), Some(Tone::Ringing(Ringtone::Pulse)));
    // It is there after a restart, and is taken back.
    let kept = world.effects.iter().any(|effect| match effect {
        Effect::Store(tandem::store::Command::SetMemo { key, value }) => {
            key.starts_with("ringtone:person:") && value.as_deref() == Some("chime")
        }
        _ => false,
    });
    assert!(kept);
    choose(&mut world, RingtoneScope::Person(jid("bob@example.com")), None);
    assert_eq!(rings(&mut world, CallId(21), bob, true), Some(Tone::Ringing(Ringtone::Pulse)));
}

/// C-32: a ringtone names somebody as a name does.
#[test]
fn c32_whoever_merely_claims_to_be_somebody_does_not_ring_like_them() {
    let mut world = World::online();
    world.card("bob@example.com", &["sip:bob@example.com"]);
    choose(&mut world, RingtoneScope::Person(jid("bob@example.com")), Some(Ringtone::Chime));
    let claimed = rings(&mut world, RINGING, "sip:bob@elsewhere.example", false);
    assert_eq!(claimed, Some(Tone::Ringing(Ringtone::Classic)));
}

#[test]
fn a_ringtone_is_heard_once_when_it_is_chosen_and_not_into_a_conversation() {
    let mut world = World::online();
    let heard = |world: &World| {
        world
            .sound()
            .iter()
            .filter(|command| matches!(command, Command::Tone(Some(Tone::Sample(Ringtone::Soft)))))
            .count()
    };
    world.effects.clear();
    for _ in 0..2 {
        world.done(Request::Devices(DevicesRequest::Sample(Ringtone::Soft)));
    }
    assert_eq!(heard(&world), 2);
    world.talking();
    world.effects.clear();
    world.done(Request::Devices(DevicesRequest::Sample(Ringtone::Soft)));
    assert_eq!(heard(&world), 0);
    let unknown = RingtoneScope::Account(AccountId::new("nobody"));
    let refused = world.ask(Request::Devices(DevicesRequest::Ringtone(unknown, Some(Ringtone::Soft))));
    assert!(matches!(refused, Some(Err(_))));
}
