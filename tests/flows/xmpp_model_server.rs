//! A model of a server that does what XEP-0198 says, strictly.

use std::collections::VecDeque;

use minidom::Element;

use super::archive_server::Archive;
use super::world::element;

const SM_NS: &str = "urn:xmpp:sm:3";

/// What a server remembers of one stream.
#[derive(Debug, Default)]
struct ServerStream {
    id: String,
    received: u32,
    sent: u32,
    acknowledged: u32,
    queue: VecDeque<Element>,
}

/// A server that does what XEP-0198 says, strictly.
#[derive(Debug, Default)]
pub struct Server {
    stream: Option<ServerStream>,
    hibernating: Option<ServerStream>,
    streams: u32,
    pub out: VecDeque<Element>,
    /// Bodies of messages from the client.
    pub messages: Vec<String>,
    /// Everything that came, for looking at.
    pub log: Vec<Element>,
    /// Messages for the account that no stream has taken.
    offline: Vec<Element>,
    online: bool,
    pub refuses_to_resume: bool,
    /// The next resumption is refused without a word about what arrived.
    pub refuses_without_count: bool,
    pub roster: String,
    pub cards: bool,
    /// What the server keeps of the account's messages, where it keeps any.
    pub archive: Option<Archive>,
}

impl Server {
    pub fn send(&mut self, stanza: Element) {
        let stanza = match &mut self.archive {
            Some(archive) => archive.keep_incoming(stanza),
            None => stanza,
        };
        self.deliver(stanza);
    }

    fn deliver(&mut self, stanza: Element) {
        if !self.online {
            return self.offline.push(stanza);
        }
        if let Some(stream) = &mut self.stream {
            stream.sent = stream.sent.wrapping_add(1);
            stream.queue.push_back(stanza.clone());
            self.out.push_back(stanza);
            self.out.push_back(element("<r xmlns='urn:xmpp:sm:3'/>"));
        } else {
            self.out.push_back(stanza);
        }
    }

    pub fn disconnect(&mut self) {
        self.out.clear();
        self.hibernating = self.stream.take().or(self.hibernating.take());
        self.online = false;
    }

    pub fn handle(&mut self, stanza: Element) {
        self.log.push(stanza.clone());
        if stanza.has_ns(SM_NS) {
            return self.handle_management(&stanza);
        }
        if let Some(stream) = &mut self.stream {
            stream.received = stream.received.wrapping_add(1);
        }
        match stanza.name() {
            "message" => {
                if let Some(archive) = &mut self.archive {
                    archive.keep_outgoing(&stanza);
                }
                self.messages.extend(stanza.get_child("body", "jabber:client").map(Element::text));
            }
            "iq" => self.handle_iq(&stanza),
            // Who is there gets what was kept (XEP-0160).
            "presence" if stanza.attr("type").is_none() => {
                for stanza in std::mem::take(&mut self.offline) {
                    self.deliver(stanza);
                }
            }
            _ => {}
        }
    }

    fn handle_management(&mut self, element_: &Element) {
        let number = |name: &str| element_.attr(name).and_then(|h| h.parse::<u32>().ok());
        match element_.name() {
            "enable" => {
                self.streams += 1;
                // A server that was never told of the old stream's end gives its messages to the new one.
                if let Some(old) = self.hibernating.take() {
                    self.offline.extend(old.queue.into_iter().filter(|stanza| stanza.name() == "message"));
                }
                let id = format!("stream-{}", self.streams);
                self.out.push_back(element(&format!("<enabled xmlns='{SM_NS}' id='{id}' resume='true'/>")));
                self.stream = Some(ServerStream { id, ..ServerStream::default() });
            }
            "resume" => self.resume(element_.attr("previd").unwrap_or_default(), number("h").expect("an h")),
            "r" => {
                let h = self.stream.as_ref().expect("enabled").received;
                self.out.push_back(element(&format!("<a xmlns='{SM_NS}' h='{h}'/>")));
            }
            "a" => {
                let stream = self.stream.as_mut().expect("enabled");
                stream.acknowledge(number("h").expect("an h")).expect("the client counts right");
            }
            other => panic!("{other}"),
        }
    }

    fn resume(&mut self, previd: &str, h: u32) {
        let known = self.hibernating.take().filter(|stream| stream.id == previd);
        let failed = |h: Option<u32>| {
            let h = h.map(|h| format!("h='{h}'")).unwrap_or_default();
            element(&format!(
                "<failed xmlns='{SM_NS}' {h}><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>"
            ))
        };
        let Some(mut stream) = known else { return self.out.push_back(failed(None)) };
        // A client that remembers less than it acknowledged cannot be served: this must never happen.
        stream.acknowledge(h).expect("the client never goes back behind what it acknowledged");
        if std::mem::take(&mut self.refuses_without_count) {
            self.out.push_back(failed(None));
            self.offline.extend(stream.queue.into_iter().filter(|stanza| stanza.name() == "message"));
            return;
        }
        if self.refuses_to_resume {
            self.refuses_to_resume = false;
            self.out.push_back(failed(Some(stream.received)));
            self.offline.extend(stream.queue.into_iter().filter(|stanza| stanza.name() == "message"));
            return;
        }
        let received = stream.received;
        self.out.push_back(element(&format!("<resumed xmlns='{SM_NS}' previd='{previd}' h='{received}'/>")));
        self.out.extend(stream.queue.iter().cloned());
        self.out.push_back(element("<r xmlns='urn:xmpp:sm:3'/>"));
        self.stream = Some(stream);
        self.online = true;
        for stanza in std::mem::take(&mut self.offline) {
            self.deliver(stanza);
        }
    }

    fn handle_iq(&mut self, iq: &Element) {
        let id = iq.attr("id").expect("an id").to_owned();
        let from = iq.attr("to").map(|to| format!("from='{to}'")).unwrap_or_default();
        let payload = iq.children().next();
        if iq.attr("type") == Some("result") {
            return;
        }
        if let Some(answers) = self.archive.as_mut().and_then(|archive| archive.answer(iq, &id)) {
            return answers.into_iter().for_each(|answer| self.deliver(answer));
        }
        let answer = match payload.map(Element::name) {
            Some("bind") => {
                self.online = true;
                "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@example.com/desk</jid></bind>".to_owned()
            }
            Some("query") if payload.is_some_and(|query| query.has_ns("jabber:iq:roster")) => {
                format!("<query xmlns='jabber:iq:roster' ver='1'>{}</query>", self.roster)
            }
            Some("ping") => String::new(),
            Some("vCard") if self.cards => "<vCard xmlns='vcard-temp'><FN>Somebody</FN></vCard>".to_owned(),
            _ => {
                let error = "<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>";
                let answer = format!(
                    "<iq xmlns='jabber:client' type='error' id='{id}' {from}><error type='cancel'>{error}</error></iq>"
                );
                return self.send(element(&answer));
            }
        };
        self.send(element(&format!("<iq xmlns='jabber:client' type='result' id='{id}' {from}>{answer}</iq>")));
    }
}

impl ServerStream {
    fn acknowledge(&mut self, h: u32) -> Result<(), String> {
        let count = h.wrapping_sub(self.acknowledged) as usize;
        if count > self.queue.len() {
            return Err(format!("{h} after {} of {}", self.acknowledged, self.sent));
        }
        self.acknowledged = h;
        self.queue.drain(..count);
        Ok(())
    }
}
