//! Settings that the server of the account keeps for its user: a document in a private node of the account (XEP-0223), else
//! an account for calls that the server's own component describes (Openfire's `sipark`).
//!
//! ```text
//! node read --(a document)--> who may read and write the node? --> the document, or a refusal
//!    |
//! (none) --> which components has the server? --(one for telephones)--> its account for calls
//!                         |
//!                      (none) --> nothing
//! ```
//!
//! Only answers of the own account and of a component beneath the own domain count; which answer belongs to which question is
//! decided by `iq`. What is in a document is read elsewhere, with the same bounds as one from the web.

use std::sync::Arc;
use std::time::Duration;

use minidom::Element;

use super::boundary::Event;
use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::{With, ns};
use crate::model::{Jid, Now, PhoneAccount, ServerSettings};

/// How long each answer may take.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Components of the server that are looked at. When more: the rest does not count.
const MOST_COMPONENTS: usize = 256;
/// The longest field of a description of an account, in bytes. When longer: there is no account.
const LONGEST_FIELD: usize = 512;
/// How deep an account may lie in its answer: the component sends one inside a copy of the question.
const DEEPEST: usize = 4;
/// What the component for telephones is called, as address and as name.
const COMPONENT: &str = "sipark.";
const COMPONENT_NAME: &str = "SIP Controller";

const OPEN_NODE: &str = "There are settings for you at your chat server, but others can read or change them there, so \
    they are not taken. Ask your administrator to make the node private.";
const UNKNOWN_NODE: &str = "There are settings for you at your chat server, but it does not say who can read and change \
    them, so they are not taken.";

/// A question to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SettingsStep {
    /// The node's item.
    Item,
    /// Who may read and write the node.
    Access,
    /// The server's components.
    Components,
    /// The account for calls.
    Phone,
}

/// What is being asked.
#[derive(Debug, Default)]
pub(super) struct Asking {
    busy: bool,
    /// The document that waits for the word about its node, and its signature.
    found: Option<(Arc<str>, Option<Arc<str>>)>,
}

impl SessionMachine {
    /// Asks; a question that is open already answers this one too.
    pub(super) fn ask_settings(&mut self, now: Now) {
        if self.asking.busy {
            return;
        }
        if self.link != Link::Online {
            return self.event(Event::Settings(ServerSettings::None));
        }
        self.asking = Asking { busy: true, found: None };
        let items = Element::builder("items", ns::PUBSUB).with("node", ns::SETTINGS).with("max_items", "1").build();
        let payload = Element::builder("pubsub", ns::PUBSUB).append(items).build();
        self.next_question(SettingsStep::Item, None, payload, now);
    }

    fn next_question(&mut self, step: SettingsStep, to: Option<&Jid>, payload: Element, now: Now) {
        if !self.query(to, Purpose::Settings(step), payload, now) {
            self.asked(ServerSettings::None);
        }
    }

    fn asked(&mut self, settings: ServerSettings) {
        self.asking = Asking::default();
        self.event(Event::Settings(settings));
    }

    /// An answer, or none in time.
    pub(super) fn settings_answered(&mut self, step: SettingsStep, answer: Option<&Element>, now: Now) {
        if self.link != Link::Online {
            return self.asked(ServerSettings::None);
        }
        let result = answer.filter(|iq| iq.attr("type") == Some("result"));
        match step {
            SettingsStep::Item => match result.and_then(document) {
                Some(found) => {
                    self.asking.found = Some(found);
                    let node = Element::builder("configure", ns::PUBSUB_OWNER).with("node", ns::SETTINGS).build();
                    let payload = Element::builder("pubsub", ns::PUBSUB_OWNER).append(node).build();
                    self.next_question(SettingsStep::Access, None, payload, now);
                }
                None => match Jid::parse(self.own.domain()) {
                    Ok(server) => {
                        let payload = Element::bare("query", ns::DISCO_ITEMS);
                        self.next_question(SettingsStep::Components, Some(&server), payload, now);
                    }
                    Err(_) => self.asked(ServerSettings::None),
                },
            },
            SettingsStep::Access => {
                let settings = match (self.asking.found.take(), result.map(is_private)) {
                    (Some((text, signature)), Some(Some(true))) => ServerSettings::Document { text, signature },
                    (Some(_), Some(Some(false))) => ServerSettings::Refused(OPEN_NODE.into()),
                    (Some(_), _) => ServerSettings::Refused(UNKNOWN_NODE.into()),
                    (None, _) => ServerSettings::None,
                };
                self.asked(settings);
            }
            SettingsStep::Components => match result.and_then(|iq| telephones(iq, self.own.domain())) {
                Some(component) => {
                    let payload = Element::builder("registration", ns::SIPARK).with("jid", self.own.as_str()).build();
                    self.next_question(SettingsStep::Phone, Some(&component), payload, now);
                }
                None => self.asked(ServerSettings::None),
            },
            SettingsStep::Phone => {
                let found = result.and_then(|iq| iq.children().find_map(|child| phone(child, DEEPEST)));
                self.asked(found.map_or(ServerSettings::None, ServerSettings::Phone));
            }
        }
    }
}

/// The document in the node's item.
fn document(iq: &Element) -> Option<(Arc<str>, Option<Arc<str>>)> {
    let items = iq.get_child("pubsub", ns::PUBSUB)?.get_child("items", ns::PUBSUB)?;
    if items.attr("node").is_some_and(|node| node != ns::SETTINGS) {
        return None;
    }
    let payload = items
        .children()
        .filter(|child| child.is("item", ns::PUBSUB))
        .find_map(|item| item.get_child("provisioning", ns::SETTINGS))?;
    let text = payload.get_child("document", ns::SETTINGS)?.text();
    let signature = payload.get_child("signature", ns::SETTINGS).map(|signature| signature.text().into());
    Some((text.into(), signature))
}

/// Whether only the account itself can read the node (`whitelist`) and only publishers write it, which for a node of an
/// account is the account (XEP-0223 section 5, XEP-0060 section 16.4.3); `None`: the server does not say.
fn is_private(iq: &Element) -> Option<bool> {
    let form = iq
        .get_child("pubsub", ns::PUBSUB_OWNER)?
        .get_child("configure", ns::PUBSUB_OWNER)?
        .get_child("x", ns::DATA_FORM)?;
    let value = |name: &str| {
        let field =
            form.children().find(|child| child.is("field", ns::DATA_FORM) && child.attr("var") == Some(name))?;
        field.get_child("value", ns::DATA_FORM).map(Element::text)
    };
    let readers = value("pubsub#access_model")?;
    let writers = value("pubsub#publish_model").unwrap_or_else(|| "publishers".to_owned());
    Some(readers == "whitelist" && writers == "publishers")
}

/// The server's component for telephones: beneath the own domain, whatever it is called.
fn telephones(iq: &Element, domain: &str) -> Option<Jid> {
    let query = iq.get_child("query", ns::DISCO_ITEMS)?;
    query.children().filter(|child| child.is("item", ns::DISCO_ITEMS)).take(MOST_COMPONENTS).find_map(|item| {
        let jid = Jid::parse(item.attr("jid")?).ok()?;
        let beneath = jid.domain().strip_suffix(domain).is_some_and(|before| before.ends_with('.'));
        let known = jid.domain().starts_with(COMPONENT) || item.attr("name") == Some(COMPONENT_NAME);
        (jid.local().is_none() && beneath && known).then_some(jid)
    })
}

/// The account in an answer: the element whose children name a user and a server.
fn phone(element: &Element, depth: usize) -> Option<PhoneAccount> {
    if !element.has_ns(ns::SIPARK) || element.attr("type") == Some("unregistered") {
        return None;
    }
    let field = |name: &str| {
        let text = element.get_child(name, ns::SIPARK)?.text().trim().to_owned();
        (!text.is_empty() && text.len() <= LONGEST_FIELD).then_some(text)
    };
    if let (Some(user), Some(server)) = (field("username"), field("server")) {
        let enabled = field("enabled").is_none_or(|text| text.eq_ignore_ascii_case("true"));
        let sign_in_as = field("authUsername").filter(|name| *name != user);
        return enabled.then(|| PhoneAccount {
            sign_in_as,
            password: field("password"),
            proxy: field("outboundproxy"),
            user,
            server,
        });
    }
    let below = depth.checked_sub(1)?;
    element.children().find_map(|child| phone(child, below))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iq(inside: &str) -> Element {
        format!("<iq xmlns='jabber:client' type='result' id='1'>{inside}</iq>").parse().expect("valid")
    }

    fn node(access: &str, publish: &str) -> Element {
        iq(&format!(
            "<pubsub xmlns='{}'><configure node='{}'><x xmlns='jabber:x:data' type='form'>\
             <field var='pubsub#access_model' type='list-single'><value>{access}</value></field>{publish}\
             </x></configure></pubsub>",
            ns::PUBSUB_OWNER,
            ns::SETTINGS
        ))
    }

    #[test]
    fn only_a_node_that_nobody_else_reads_or_writes_is_private() {
        let publish = |model: &str| format!("<field var='pubsub#publish_model'><value>{model}</value></field>");
        assert_eq!(is_private(&node("whitelist", "")), Some(true));
        assert_eq!(is_private(&node("whitelist", &publish("publishers"))), Some(true));
        assert_eq!(is_private(&node("whitelist", &publish("open"))), Some(false), "anybody could write it");
        for access in ["presence", "open", "roster", ""] {
            assert_eq!(is_private(&node(access, "")), Some(false), "{access}");
        }
        assert_eq!(is_private(&iq("")), None);
    }

    #[test]
    fn the_component_for_telephones_is_one_of_the_own_domain() {
        let items = |items: &str| iq(&format!("<query xmlns='{}'>{items}</query>", ns::DISCO_ITEMS));
        let found = |text: &str| telephones(&items(text), "example.com").map(|jid| jid.to_string());
        assert_eq!(found("<item jid='sipark.example.com'/>").as_deref(), Some("sipark.example.com"));
        assert_eq!(
            found("<item jid='rooms.example.com'/><item jid='tel.example.com' name='SIP Controller'/>").as_deref(),
            Some("tel.example.com")
        );
        for other in [
            "<item jid='sipark.evil.example'/>",
            "<item jid='sipark.notexample.com'/>",
            "<item jid='somebody@sipark.example.com'/>",
            "<item jid='rooms.example.com'/>",
            "<item/>",
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }

    #[test]
    fn an_account_is_read_in_both_shapes_that_are_sent() {
        let fields = "<username>1001</username><authUsername>u1001</authUsername><displayPhoneNum>1001</displayPhoneNum>\
            <password>made-for-this</password><server>pbx.example.com</server><enabled>true</enabled><outboundproxy/>";
        let shapes = [
            format!(
                "<registration xmlns='{}' jid='a@example.com'><registration>{fields}</registration></registration>",
                ns::SIPARK
            ),
            format!("<phone xmlns='{}'><registration/><registration>{fields}</registration></phone>", ns::SIPARK),
        ];
        for shape in shapes {
            let account = phone(&shape.parse().expect("valid"), DEEPEST).expect("an account");
            assert_eq!((&*account.user, &*account.server), ("1001", "pbx.example.com"));
            assert_eq!(account.sign_in_as.as_deref(), Some("u1001"));
            assert_eq!((account.password.as_deref(), account.proxy), (Some("made-for-this"), None));
        }
        let none = [
            format!("<registration xmlns='{}' type='unregistered'/>", ns::SIPARK),
            format!(
                "<registration xmlns='{}'><username>1</username><server>x</server><enabled>false</enabled></registration>",
                ns::SIPARK
            ),
            "<registration xmlns='urn:other'><username>1</username><server>x</server></registration>".to_owned(),
            format!(
                "<registration xmlns='{}'><username>{}</username><server>x</server></registration>",
                ns::SIPARK,
                "1".repeat(1000)
            ),
        ];
        for nothing in none {
            assert!(phone(&nothing.parse().expect("valid"), DEEPEST).is_none(), "{nothing:.80}");
        }
    }
}
