//! Places for files on the server (XEP-0363): which service has them, how large a file may be, and a slot for one file.

use std::fmt;
use std::sync::Arc;

use minidom::Element;

use super::boundary::Event;
use super::iq::Purpose;
use super::session::{Link, SessionMachine};
use super::stanza::{With, error_condition, ns, stanza_error};
use crate::model::{FullJid, HttpsUrl, Jid, Now, Reason};

/// Components of a server that are looked at. When more: the rest does not count.
const MOST_COMPONENTS: usize = 20;
/// Files that wait for a slot. When full: further ones are refused.
const MOST_WAITING: usize = 16;
/// The longest value of a header, in bytes. When longer: the header is left out.
const LONGEST_HEADER: usize = 4096;
/// The headers that may be sent along, each once (XEP-0363 section 5).
const HEADERS: [&str; 3] = ["Authorization", "Cookie", "Expires"];

/// A file that needs a place.
#[derive(Clone, PartialEq, Eq)]
pub struct SlotWish {
    /// Names the wish in the answer.
    pub ticket: u64,
    /// The file's name.
    pub name: Arc<str>,
    /// Its size in bytes.
    pub size: u64,
    /// Its media type.
    pub media_type: &'static str,
}

impl fmt::Debug for SlotWish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlotWish").field("ticket", &self.ticket).finish_non_exhaustive()
    }
}

/// A place for one file.
#[derive(Clone, PartialEq, Eq)]
pub struct Slot {
    /// Where it is put.
    pub put: HttpsUrl,
    /// Where it is got.
    pub get: HttpsUrl,
    /// What the server wants to be told with it: names and values, without line ends. Secrets.
    pub headers: Vec<(&'static str, Arc<str>)>,
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

/// Why there is no place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoSlot {
    /// Not connected, or the connection broke.
    Offline,
    /// The server has no such service.
    NoService,
    /// The file is larger than the service takes; its limit in bytes, where it says one.
    TooLarge(Option<u64>),
    /// The user has used up what the service gives (XEP-0363 section 6).
    Quota,
    /// Too many wait.
    TooMany,
    /// The service does not answer, or what it answers cannot be used.
    Unusable,
    /// The service refuses it.
    Refused(Reason),
}

/// What a question was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum UploadStep {
    /// The components of the server.
    Items,
    /// What one of them is, and which are looked at after it.
    Info(Jid, Vec<Jid>),
    /// A slot.
    Slot(SlotWish),
}

#[derive(Clone, Debug)]
struct Service {
    jid: Jid,
    /// The largest file in bytes.
    most: Option<u64>,
}

/// What is known of the service, and who waits for it.
#[derive(Debug, Default)]
pub(super) struct Uploads {
    /// Found on the stream with this address; another one looks again.
    found: Option<(FullJid, Service)>,
    /// It is being looked for.
    looking: bool,
    waiting: Vec<SlotWish>,
}

impl SessionMachine {
    /// Looks for the service if it is not known, and asks it for a slot.
    pub(super) fn ask_slot(&mut self, wish: SlotWish, now: Now) {
        if self.link != Link::Online {
            return self.no_slot(wish.ticket, NoSlot::Offline);
        }
        let bound = self.bound.as_ref();
        if let Some((_, service)) = self.uploads.found.clone().filter(|(of, _)| Some(of) == bound) {
            return self.ask_service(&service, wish, now);
        }
        if self.uploads.waiting.len() >= MOST_WAITING {
            return self.no_slot(wish.ticket, NoSlot::TooMany);
        }
        self.uploads.waiting.push(wish);
        if self.uploads.looking {
            return;
        }
        let asked = Jid::parse(self.own.domain()).is_ok_and(|server| {
            let payload = Element::bare("query", ns::DISCO_ITEMS);
            self.query(Some(&server), Purpose::Upload(UploadStep::Items), payload, now)
        });
        self.uploads.looking = asked;
        if !asked {
            self.nobody_found(&NoSlot::TooMany);
        }
    }

    /// An answer, or that there is none.
    pub(super) fn upload_answered(&mut self, step: UploadStep, answer: Option<&Element>, now: Now) {
        let result = answer.filter(|iq| iq.attr("type") == Some("result"));
        match step {
            UploadStep::Items => {
                let Ok(server) = Jid::parse(self.own.domain()) else { return };
                let listed = result.and_then(|iq| iq.get_child("query", ns::DISCO_ITEMS));
                let items = listed.into_iter().flat_map(Element::children);
                let items = items.filter(|item| item.is("item", ns::DISCO_ITEMS) && item.attr("node").is_none());
                let jids = items.filter_map(|item| Jid::parse(item.attr("jid")?).ok()).take(MOST_COMPONENTS);
                // Services of files are usually called so: the others are asked later, the server itself last.
                let mut components: Vec<Jid> = jids.filter(|jid| *jid != server).collect();
                components.sort_by_key(|jid| {
                    !["upload.", "share.", "files.", "http"].iter().any(|name| jid.domain().starts_with(name))
                });
                components.push(server);
                self.look_at_next(components, answer.is_none(), now);
            }
            UploadStep::Info(jid, rest) => match result.and_then(limit) {
                Some(most) => self.service_found(Service { jid, most }, now),
                None => self.look_at_next(rest, answer.is_none(), now),
            },
            UploadStep::Slot(wish) => {
                let outcome = match answer {
                    None => Err(NoSlot::Unusable),
                    Some(iq) => match iq.attr("type") {
                        Some("result") => read_slot(iq).ok_or(NoSlot::Unusable),
                        Some(_) | None => Err(refusal(iq)),
                    },
                };
                self.event(Event::Slot(wish.ticket, outcome));
            }
        }
    }

    fn look_at_next(&mut self, mut rest: Vec<Jid>, broken: bool, now: Now) {
        if broken && self.link != Link::Online {
            return self.nobody_found(&NoSlot::Offline);
        }
        if rest.is_empty() {
            return self.nobody_found(&NoSlot::NoService);
        }
        let next = rest.remove(0);
        let step = UploadStep::Info(next.clone(), rest);
        if !self.query(Some(&next), Purpose::Upload(step), Element::bare("query", ns::DISCO_INFO), now) {
            self.nobody_found(&NoSlot::TooMany);
        }
    }

    fn service_found(&mut self, service: Service, now: Now) {
        self.uploads.looking = false;
        if let Some(bound) = &self.bound {
            self.uploads.found = Some((bound.clone(), service.clone()));
        }
        for wish in std::mem::take(&mut self.uploads.waiting) {
            self.ask_service(&service, wish, now);
        }
    }

    fn nobody_found(&mut self, why: &NoSlot) {
        self.uploads.looking = false;
        for wish in std::mem::take(&mut self.uploads.waiting) {
            self.no_slot(wish.ticket, why.clone());
        }
    }

    fn ask_service(&mut self, service: &Service, wish: SlotWish, now: Now) {
        if service.most.is_some_and(|most| wish.size > most) {
            return self.no_slot(wish.ticket, NoSlot::TooLarge(service.most));
        }
        // XEP-0363 section 5.
        let request = Element::builder("request", ns::UPLOAD)
            .with("filename", &wish.name)
            .with("size", &wish.size.to_string())
            .with("content-type", wish.media_type)
            .build();
        let ticket = wish.ticket;
        if !self.query(Some(&service.jid), Purpose::Upload(UploadStep::Slot(wish)), request, now) {
            self.no_slot(ticket, NoSlot::TooMany);
        }
    }

    fn no_slot(&mut self, ticket: u64, why: NoSlot) {
        self.event(Event::Slot(ticket, Err(why)));
    }
}

/// Whether a component takes files, and how large they may be (XEP-0363 section 4).
fn limit(iq: &Element) -> Option<Option<u64>> {
    let query = iq.get_child("query", ns::DISCO_INFO)?;
    let feature = |child: &Element| child.is("feature", ns::DISCO_INFO) && child.attr("var") == Some(ns::UPLOAD);
    if !query.children().any(feature) {
        return None;
    }
    let value = |form: &Element, var: &str| {
        let field = form.children().find(|field| field.is("field", ns::DATA_FORM) && field.attr("var") == Some(var))?;
        field.get_child("value", ns::DATA_FORM).map(Element::text)
    };
    let mut forms = query.children().filter(|child| child.is("x", ns::DATA_FORM));
    let form = forms.find(|form| value(form, "FORM_TYPE").as_deref() == Some(ns::UPLOAD));
    Some(form.and_then(|form| value(form, "max-file-size")).and_then(|text| text.trim().parse().ok()))
}

/// A slot that can be used: both addresses are `https`, and of the headers those that may be sent (X24).
fn read_slot(iq: &Element) -> Option<Slot> {
    let slot = iq.get_child("slot", ns::UPLOAD)?;
    let (put, get) = (slot.get_child("put", ns::UPLOAD)?, slot.get_child("get", ns::UPLOAD)?);
    let mut headers: Vec<(&'static str, Arc<str>)> = Vec::new();
    for header in put.children().filter(|child| child.is("header", ns::UPLOAD)) {
        let wished = header.attr("name").unwrap_or_default();
        let Some(name) = HEADERS.into_iter().find(|name| name.eq_ignore_ascii_case(wished)) else { continue };
        // XEP-0363 section 5: line ends are taken out; what else cannot stand in a header makes it unusable.
        let value: String = header.text().chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
        let fits = value.len() <= LONGEST_HEADER && value.bytes().all(|byte| (0x20..0x7f).contains(&byte));
        if fits && headers.iter().all(|(known, _)| *known != name) {
            headers.push((name, value.into()));
        }
    }
    let put = HttpsUrl::parse(put.attr("url")?).ok()?;
    let get = HttpsUrl::parse(get.attr("url")?).ok()?;
    Some(Slot { put, get, headers })
}

/// Why the service refuses (XEP-0363 section 6).
fn refusal(iq: &Element) -> NoSlot {
    let error = iq.get_child("error", ns::CLIENT);
    if let Some(large) = error.and_then(|error| error.get_child("file-too-large", ns::UPLOAD)) {
        let most = large.get_child("max-file-size", ns::UPLOAD).map(Element::text);
        return NoSlot::TooLarge(most.and_then(|text| text.trim().parse().ok()));
    }
    match error.and_then(|error| error_condition(error, ns::STANZA_ERROR)) {
        Some("resource-constraint") => NoSlot::Quota,
        Some(_) | None => NoSlot::Refused(stanza_error(iq)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(inside: &str) -> Option<Slot> {
        let text = format!("<iq xmlns='jabber:client' type='result'><slot xmlns='{}'>{inside}</slot></iq>", ns::UPLOAD);
        read_slot(&text.parse().expect("valid"))
    }

    #[test]
    fn x24_a_slot_is_https_and_brings_no_foreign_headers_and_no_line_ends() {
        let good = slot(
            "<put url='https://up.example/a'><header name='authorization'>Basic\r\n Zm9v</header>\
             <header name='Host'>evil.example</header><header name='Cookie'>a=b</header>\
             <header name='Cookie'>c=d</header><header name='Expires'>\u{e4}</header>\
             <header name='X-Forwarded-For'>1</header></put><get url='https://down.example/a'/>",
        )
        .expect("usable");
        let headers: Vec<(&str, &str)> = good.headers.iter().map(|(name, value)| (*name, &**value)).collect();
        assert_eq!(headers, [("Authorization", "Basic Zm9v"), ("Cookie", "a=b")]);
        assert_eq!((good.put.host(), good.get.host()), ("up.example", "down.example"));
        assert_eq!(format!("{good:?}"), "Slot", "a slot is as good as a password");
        for bad in [
            "<put url='http://up.example/a'/><get url='https://down.example/a'/>",
            "<put url='https://up.example/a'/><get url='http://down.example/a'/>",
            "<put url='https://u:p@up.example/a'/><get url='https://down.example/a'/>",
            "<put url='file:///a'/><get url='https://down.example/a'/>",
            "<put/><get/>",
            "<put url='https://up.example/a'/>",
            "",
        ] {
            assert_eq!(slot(bad), None, "{bad}");
        }
        let long = "a".repeat(LONGEST_HEADER + 1);
        let cut = slot(&format!(
            "<put url='https://e.example/a'><header name='Cookie'>{long}</header></put><get url='https://e.example/a'/>"
        ));
        assert_eq!(cut.map(|slot| slot.headers.len()), Some(0));
    }

    #[test]
    fn the_limit_is_read_where_the_service_says_one() {
        let info = |inside: &str| {
            let query = format!("<query xmlns='{}'>{inside}</query>", ns::DISCO_INFO);
            limit(&format!("<iq xmlns='jabber:client' type='result'>{query}</iq>").parse().expect("valid"))
        };
        let feature = format!("<feature var='{}'/>", ns::UPLOAD);
        let form = |kind: &str, value: &str| {
            format!(
                "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE'><value>{kind}</value></field>\
                 <field var='max-file-size'><value>{value}</value></field></x>"
            )
        };
        assert_eq!(info(""), None);
        assert_eq!(info("<feature var='urn:xmpp:http:upload'/>"), None, "the old one is not spoken");
        assert_eq!(info(&feature), Some(None));
        assert_eq!(info(&format!("{feature}{}", form(ns::UPLOAD, "10485760"))), Some(Some(10_485_760)));
        assert_eq!(info(&format!("{feature}{}", form(ns::UPLOAD, "many"))), Some(None));
        assert_eq!(info(&format!("{feature}{}", form("other", "1"))), Some(None));
    }

    #[test]
    fn refusals_are_told_apart() {
        let refused = |inside: &str| {
            refusal(
                &format!("<iq xmlns='jabber:client' type='error'><error type='modify'>{inside}</error></iq>")
                    .parse()
                    .expect("valid"),
            )
        };
        let (stanza, upload) = (ns::STANZA_ERROR, ns::UPLOAD);
        let large = format!(
            "<not-acceptable xmlns='{stanza}'/><file-too-large xmlns='{upload}'><max-file-size>20</max-file-size></file-too-large>"
        );
        assert_eq!(refused(&large), NoSlot::TooLarge(Some(20)));
        assert_eq!(refused(&format!("<resource-constraint xmlns='{stanza}'/>")), NoSlot::Quota);
        assert!(matches!(refused(&format!("<not-allowed xmlns='{stanza}'/>")), NoSlot::Refused(_)));
    }
}
