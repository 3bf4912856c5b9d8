//! A model of a server's archive (XEP-0313), of copies (XEP-0280), and of the node with what was read (XEP-0490).

use minidom::Element;
use tandem::model::WallTime;

use super::world::{ALICE, element};

const MAM: &str = "urn:xmpp:mam:2";

/// One message that was kept.
#[derive(Clone, Debug)]
pub struct Kept {
    pub id: String,
    pub time: WallTime,
    /// The other side.
    pub with: String,
    pub message: Element,
}

/// What the server keeps.
#[derive(Clone, Debug)]
pub struct Archive {
    pub kept: Vec<Kept>,
    /// When the next message is kept; each is a second later than the one before.
    pub clock: WallTime,
    /// Results of one page at most.
    pub most: usize,
    /// Pages that were asked for.
    pub pages: Vec<Element>,
    /// What devices have read: conversation and id.
    pub displayed: Vec<(String, String)>,
    /// Answers to a page are preceded by forged results.
    pub forged: Vec<Element>,
    /// So many pages get no answer, or that the server is too busy.
    pub busy: usize,
}

impl Archive {
    pub fn new(clock: &str) -> Self {
        Self {
            kept: Vec::new(),
            clock: WallTime::parse_rfc3339(clock).expect("valid"),
            most: 50,
            pages: Vec::new(),
            displayed: Vec::new(),
            forged: Vec::new(),
            busy: 0,
        }
    }

    fn keep(&mut self, with: String, message: &Element) -> String {
        let id = format!("ar-{}", self.kept.len() + 1);
        self.kept.push(Kept { id: id.clone(), time: self.clock, with, message: message.clone() });
        self.clock = WallTime::from_unix_ms(self.clock.unix_ms() + 1000);
        id
    }

    /// Somebody wrote to the account: kept, and told under which name.
    pub fn keep_incoming(&mut self, mut stanza: Element) -> Element {
        if stanza.name() == "message" && stanza.has_child("body", "jabber:client") {
            let with = stanza.attr("from").and_then(|from| from.split('/').next()).unwrap_or_default().to_owned();
            let id = self.keep(with, &stanza);
            stanza.append_child(element(&format!("<stanza-id xmlns='urn:xmpp:sid:0' by='{ALICE}' id='{id}'/>")));
        }
        stanza
    }

    /// The account wrote.
    pub fn keep_outgoing(&mut self, stanza: &Element) {
        if stanza.has_child("body", "jabber:client") {
            let with = stanza.attr("to").unwrap_or_default().to_owned();
            let text = String::from(stanza).replacen("<message", &format!("<message from='{ALICE}/desk'"), 1);
            self.keep(with, &element(&text));
        }
    }

    /// Another device of the account wrote, or somebody wrote while nobody was there.
    pub fn keep_silently(&mut self, from: &str, to: &str, id: &str, body: &str) {
        let with = if from.starts_with(ALICE) { to } else { from };
        let with = with.split('/').next().unwrap_or_default().to_owned();
        let id = if id.is_empty() { String::new() } else { format!("id='{id}'") };
        let message = element(&format!(
            "<message xmlns='jabber:client' type='chat' from='{from}' to='{to}' {id}><body>{body}</body></message>"
        ));
        self.keep(with, &message);
    }

    /// The answers to a request, if it is one of ours.
    pub fn answer(&mut self, iq: &Element, id: &str) -> Option<Vec<Element>> {
        let payload = iq.children().next()?;
        let result = |inner: &str| {
            vec![element(&format!("<iq xmlns='jabber:client' type='result' id='{id}' from='{ALICE}'>{inner}</iq>"))]
        };
        if payload.is("enable", "urn:xmpp:carbons:2") {
            return Some(result(""));
        }
        if payload.is("query", "http://jabber.org/protocol/disco#info") {
            let feature = format!("<feature var='{MAM}'/>");
            return Some(result(&format!("<query xmlns='http://jabber.org/protocol/disco#info'>{feature}</query>")));
        }
        if let Some(publish) = payload.get_child("publish", "http://jabber.org/protocol/pubsub")
            && publish.attr("node") == Some("urn:xmpp:mds:displayed:0")
        {
            let item = publish.children().next()?;
            let stanza = item.children().next()?.children().next()?;
            self.displayed.push((item.attr("id")?.to_owned(), stanza.attr("id")?.to_owned()));
            return Some(result(""));
        }
        payload.is("query", MAM).then(|| self.page(payload, id))
    }

    fn page(&mut self, query: &Element, id: &str) -> Vec<Element> {
        self.pages.push(query.clone());
        if self.busy > 0 {
            self.busy -= 1;
            let error = "<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
            let refusal = format!("<iq xmlns='jabber:client' type='error' id='{id}' from='{ALICE}'>{error}</iq>");
            return if self.busy.is_multiple_of(2) { Vec::new() } else { vec![element(&refusal)] };
        }
        let field = |name: &str| {
            let form = query.get_child("x", "jabber:x:data")?;
            let field = form.children().find(|field| field.attr("var") == Some(name))?;
            Some(field.get_child("value", "jabber:x:data")?.text())
        };
        let set = query.get_child("set", "http://jabber.org/protocol/rsm").expect("pages are bounded");
        let text = |name: &str| set.get_child(name, "http://jabber.org/protocol/rsm").map(Element::text);
        let max: usize = text("max").and_then(|max| max.parse().ok()).expect("a bound");
        let before = text("before").expect("from the newest on");
        let end = field("end").and_then(|end| WallTime::parse_rfc3339(&end));
        let with = field("with");
        let upto = match before.as_str() {
            "" => self.kept.len(),
            before => match self.kept.iter().position(|kept| kept.id == before) {
                Some(at) => at,
                None => {
                    let error = "<error type='cancel'><item-not-found \
                        xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
                    return vec![element(&format!(
                        "<iq xmlns='jabber:client' type='error' id='{id}' from='{ALICE}'>{error}</iq>"
                    ))];
                }
            },
        };
        let fits = |kept: &&Kept| {
            end.is_none_or(|end| kept.time <= end) && with.as_ref().is_none_or(|with| *with == kept.with)
        };
        let all: Vec<&Kept> = self.kept.iter().take(upto).filter(fits).collect();
        let first = all.len().saturating_sub(max.min(self.most));
        let page = &all[first..];
        let queryid = query.attr("queryid").unwrap_or_default();
        let mut answers = self.forged.clone();
        answers.extend(page.iter().map(|kept| {
            element(&format!(
                "<message xmlns='jabber:client' from='{ALICE}' to='{ALICE}/desk'><result xmlns='{MAM}' queryid='{queryid}' \
                 id='{}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='{}'/>{}</forwarded>\
                 </result></message>",
                kept.id,
                kept.time.to_rfc3339(),
                String::from(&kept.message)
            ))
        }));
        let complete = if first == 0 { "complete='true'" } else { "" };
        answers.push(element(&format!(
            "<iq xmlns='jabber:client' type='result' id='{id}' from='{ALICE}'><fin xmlns='{MAM}' {complete}/></iq>"
        )));
        answers
    }
}
