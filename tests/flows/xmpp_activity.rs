//! What a session says of its user: presence after an interruption, and the activity that the server keeps.

use std::time::Duration;

use minidom::Element;
use tandem::model::{Now, Reason, Show};
use tandem::xmpp::Command;
use tandem::xmpp::session::{Disconnected, SessionMachine};

use super::world::{connected, element};
use super::xmpp_session::{drain, online};

const MANAGED: &str = "<sm xmlns='urn:xmpp:sm:3'/>";

/// The activities that were published: each with its request's id.
fn activities(sent: &[Element]) -> Vec<(String, bool)> {
    let published = |iq: &Element| {
        let pubsub = iq.get_child("pubsub", "http://jabber.org/protocol/pubsub")?;
        let publish = pubsub.get_child("publish", "http://jabber.org/protocol/pubsub")?;
        assert_eq!(publish.attr("node"), Some("http://jabber.org/protocol/activity"));
        let item = publish.get_child("item", "http://jabber.org/protocol/pubsub")?;
        let activity = item.get_child("activity", "http://jabber.org/protocol/activity")?;
        let talking = activity.get_child("talking", "http://jabber.org/protocol/activity");
        let on =
            talking.is_some_and(|talking| talking.has_child("on_the_phone", "http://jabber.org/protocol/activity"));
        assert!(on || activity.children().next().is_none(), "taken back by an empty element");
        Some((iq.attr("id")?.to_owned(), on))
    };
    sent.iter().filter(|sent| sent.name() == "iq").filter_map(published).collect()
}

fn said(machine: &mut SessionMachine) -> Vec<bool> {
    let (sent, _) = drain(machine);
    activities(&sent).into_iter().map(|(_, on)| on).collect()
}

/// The connection breaks and comes back; the server resumes the stream or does not.
fn interrupt(machine: &mut SessionMachine, now: Now, meanwhile: impl FnOnce(&mut SessionMachine)) -> Vec<Element> {
    machine.handle_disconnected(Disconnected::Lost(Reason::new("x", "x")), now);
    meanwhile(machine);
    machine.handle_command(Command::Connect, now);
    machine.handle_connected(connected(MANAGED), now);
    drain(machine);
    machine.handle_stanza(element("<resumed xmlns='urn:xmpp:sm:3' previd='s1' h='0'/>"), now);
    machine.handle_command(Command::SessionStored(u64::MAX), now);
    drain(machine).0
}

#[test]
fn p09_on_the_phone_is_published_and_taken_back_once_each() {
    let (mut machine, now) = online(MANAGED);
    machine.handle_command(Command::OnThePhone(true), now);
    let (sent, _) = drain(&mut machine);
    let asked = activities(&sent);
    assert_eq!(asked.len(), 1);
    let answer = format!("<iq xmlns='jabber:client' type='result' id='{}'/>", asked[0].0);
    machine.handle_stanza(element(&answer), now);
    machine.handle_command(Command::OnThePhone(true), now);
    assert!(said(&mut machine).is_empty(), "the server knows it");
    machine.handle_command(Command::OnThePhone(false), now);
    assert_eq!(said(&mut machine), [false]);
}

#[test]
fn p09_a_server_without_personal_eventing_is_asked_once() {
    let (mut machine, now) = online(MANAGED);
    machine.handle_command(Command::OnThePhone(true), now);
    let (sent, _) = drain(&mut machine);
    let id = activities(&sent)[0].0.clone();
    let refusal = format!("<iq xmlns='jabber:client' type='error' id='{id}'><error type='cancel'/></iq>");
    machine.handle_stanza(element(&refusal), now);
    machine.handle_command(Command::OnThePhone(true), now);
    assert!(said(&mut machine).is_empty());
}

#[test]
fn p09_what_changes_while_the_stream_is_away_is_said_when_it_is_resumed() {
    let (mut machine, now) = online(MANAGED);
    machine.handle_command(Command::Presence { show: Show::Dnd, status: Some("On the phone".into()) }, now);
    machine.handle_command(Command::OnThePhone(true), now);
    drain(&mut machine);
    let sent = interrupt(&mut machine, now.after(Duration::from_secs(5)), |machine| {
        machine.handle_command(Command::Presence { show: Show::Available, status: None }, now);
        machine.handle_command(Command::OnThePhone(false), now);
    });
    let presences: Vec<_> = sent.iter().filter(|sent| sent.name() == "presence").collect();
    let last = presences.last().expect("the presence is said again");
    assert!(!last.has_child("show", "jabber:client") && !last.has_child("status", "jabber:client"));
    assert_eq!(activities(&sent).last().map(|(_, on)| *on), Some(false));
}
