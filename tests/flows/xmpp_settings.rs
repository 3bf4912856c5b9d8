//! Settings that the chat server keeps for its user: asked after the sign-in, believed only from the account's own private node
//! or the server's own component.

use std::time::Duration;

use minidom::Element;
use tandem::model::{Now, ServerSettings};
use tandem::xmpp::session::SessionMachine;
use tandem::xmpp::{Command, Event};

use super::world::{config, element, start};
use super::xmpp_session::{drain, online};

const NODE: &str = "urn:x-cusax:provisioning:0";
const DOCUMENT: &str = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:x-cusax:provisioning:0'>\
    <item id='current'><provisioning xmlns='urn:x-cusax:provisioning:0'><document>{\"version\": 1}</document>\
    <signature>abc</signature></provisioning></item></items></pubsub>";

fn configured(access: &str) -> String {
    format!(
        "<pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='{NODE}'>\
         <x xmlns='jabber:x:data' type='form'><field var='pubsub#access_model'><value>{access}</value></field>\
         <field var='pubsub#publish_model'><value>publishers</value></field></x></configure></pubsub>"
    )
}

/// A session that has just been asked for settings, on which nothing else is open.
struct Story {
    machine: SessionMachine,
    now: Now,
    question: Element,
}

impl Story {
    fn new() -> Self {
        let (mut machine, now) = online("");
        machine.handle_command(Command::AskSettings, now);
        let (mut sent, _) = drain(&mut machine);
        let question = sent.pop().expect("a question");
        Self { machine, now, question }
    }

    fn asks(&self, name: &str, namespace: &str) -> bool {
        self.question.children().any(|child| child.is(name, namespace))
    }

    /// The answer to the question, from whoever was asked: the next question, and the word at the end.
    fn answer(&mut self, kind: &str, payload: &str) -> Option<ServerSettings> {
        let from = self.question.attr("to").map(|to| format!(" from='{to}'")).unwrap_or_default();
        self.answer_from(&from, kind, payload)
    }

    fn answer_from(&mut self, from: &str, kind: &str, payload: &str) -> Option<ServerSettings> {
        let id = self.question.attr("id").expect("an id");
        let answer = format!("<iq xmlns='jabber:client' type='{kind}' id='{id}'{from}>{payload}</iq>");
        self.machine.handle_stanza(element(&answer), self.now);
        self.turn()
    }

    fn turn(&mut self) -> Option<ServerSettings> {
        let (mut sent, events) = drain(&mut self.machine);
        if let Some(question) = sent.pop() {
            self.question = question;
        }
        events.into_iter().find_map(|event| match event {
            Event::Settings(settings) => Some(settings),
            _ => None,
        })
    }
}

const ERROR: &str = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

#[test]
fn c05_a_document_of_a_private_node_is_taken_and_its_signature_with_it() {
    let mut story = Story::new();
    assert!(story.asks("pubsub", "http://jabber.org/protocol/pubsub") && story.question.attr("to").is_none());
    assert_eq!(story.answer("result", DOCUMENT), None, "first: who can read and write it?");
    assert!(story.asks("pubsub", "http://jabber.org/protocol/pubsub#owner"));
    let settings = story.answer("result", &configured("whitelist"));
    assert_eq!(
        settings,
        Some(ServerSettings::Document { text: "{\"version\": 1}".into(), signature: Some("abc".into()) })
    );
}

#[test]
fn x46_a_document_of_a_node_that_others_read_or_of_somebody_else_is_not_taken() {
    for access in ["presence", "open"] {
        let mut story = Story::new();
        story.answer("result", DOCUMENT);
        let Some(ServerSettings::Refused(why)) = story.answer("result", &configured(access)) else {
            panic!("{access}")
        };
        assert!(why.contains("others can read"), "{why}");
    }
    let mut story = Story::new();
    story.answer("result", DOCUMENT);
    assert!(matches!(story.answer("error", ERROR), Some(ServerSettings::Refused(why)) if why.contains("does not say")));
    // An answer that somebody else sends is none (RFC 6120 section 8.1.2.1).
    let mut story = Story::new();
    let before = story.question.clone();
    assert_eq!(story.answer_from(" from='mallory@example.com'", "result", DOCUMENT), None);
    assert_eq!(story.question, before, "the right answer is still waited for");
}

#[test]
fn c05_without_a_document_the_servers_component_for_telephones_is_asked() {
    let mut story = Story::new();
    story.answer("error", ERROR);
    assert!(story.asks("query", "http://jabber.org/protocol/disco#items"));
    assert_eq!(story.question.attr("to"), Some("example.com"));
    let components = "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='sipark.evil.example'/>\
        <item jid='sipark.example.com' name='SIP Controller'/></query>";
    story.answer("result", components);
    assert_eq!(story.question.attr("to"), Some("sipark.example.com"));
    let account = "<registration xmlns='http://www.jivesoftware.com/protocol/sipark' jid='alice@example.com'>\
        <registration><jid>alice@example.com</jid><username>1001</username><authUsername>1001</authUsername>\
        <password>made-for-this</password><server>pbx.example.com</server><enabled>true</enabled><outboundproxy/>\
        </registration></registration>";
    let Some(ServerSettings::Phone(phone)) = story.answer("result", account) else { panic!("an account") };
    assert_eq!((&*phone.user, &*phone.server), ("1001", "pbx.example.com"));
    assert_eq!((phone.password.as_deref(), phone.proxy), (Some("made-for-this"), None));
}

#[test]
fn a_server_that_has_nothing_answers_nothing_or_goes_away_ends_the_question() {
    let mut story = Story::new();
    story.answer("error", ERROR);
    assert_eq!(story.answer("error", ERROR), Some(ServerSettings::None));

    let mut story = Story::new();
    story.now = story.now.after(Duration::from_secs(6));
    story.machine.handle_timeout(story.now);
    assert_eq!(story.turn(), None, "no document: the components are asked");
    story.now = story.now.after(Duration::from_secs(6));
    story.machine.handle_timeout(story.now);
    assert_eq!(story.turn(), Some(ServerSettings::None));

    // Who is not signed in has no settings either.
    let mut machine = SessionMachine::new(config(), [1; 32], start());
    machine.handle_command(Command::AskSettings, start());
    let (_, events) = drain(&mut machine);
    assert_eq!(events, [Event::Settings(ServerSettings::None)]);
}
