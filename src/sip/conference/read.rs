//! One conference-info document, out of bytes that may be hostile: bounded before it is looked at (`xml`), and here in length.

use std::sync::Arc;

use super::{Endpoint, Flow, Link, MOST_ENDPOINTS, MOST_ENTRIES, MOST_MEDIA, Media, Status, Unreadable, User};
use crate::sip::subscription::xml::{self, Element};

/// The namespace of the document (RFC 4575 section 7.2).
pub(super) const NS: &str = "urn:ietf:params:xml:ns:conference-info";
/// The longest address that is kept, bytes; what is longer names nobody.
const LONGEST_ADDRESS: usize = 512;
/// The longest name or title that is kept, characters; what is longer is cut.
const LONGEST_NAME: usize = 200;

/// How much an element says (RFC 4575 section 4.1); `full` where it does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    Full,
    Partial,
    Deleted,
}

/// A document.
pub(super) struct Document {
    pub(super) extent: Extent,
    pub(super) version: Option<u64>,
    pub(super) title: Option<Arc<str>>,
    pub(super) subject: Option<Arc<str>>,
    pub(super) locked: Option<bool>,
    pub(super) links: Option<Vec<Link>>,
    pub(super) said: Option<u32>,
    pub(super) users_extent: Option<Extent>,
    pub(super) users: Vec<(Extent, ToldUser)>,
}

/// What is told of a user; what is not told is absent.
pub(super) struct ToldUser {
    pub(super) entity: Arc<str>,
    display: Option<Arc<str>>,
    aors: Option<Vec<Arc<str>>>,
    roles: Option<Vec<Arc<str>>>,
    endpoints: Vec<(Extent, ToldEndpoint)>,
}

struct ToldEndpoint {
    entity: String,
    status: Option<Status>,
    media: Vec<(Extent, Media, bool)>,
}

impl ToldUser {
    /// The user as told, where nothing was known.
    pub(super) fn whole(self) -> User {
        let mut user = User { entity: self.entity.clone(), ..User::default() };
        self.onto(&mut user);
        user
    }

    /// Lays what is told over what is known.
    pub(super) fn onto(self, user: &mut User) {
        user.display = self.display.or(user.display.take());
        user.aors = self.aors.unwrap_or(std::mem::take(&mut user.aors));
        user.roles = self.roles.unwrap_or(std::mem::take(&mut user.roles));
        for (extent, told) in self.endpoints {
            let at = user.endpoints.iter().position(|known| known.entity == told.entity);
            match (extent, at) {
                (Extent::Deleted, Some(at)) => drop(user.endpoints.remove(at)),
                (Extent::Deleted, None) => {}
                (Extent::Partial, Some(at)) => {
                    if let Some(known) = user.endpoints.get_mut(at) {
                        told.onto(known);
                    }
                }
                (Extent::Full, Some(at)) => {
                    if let Some(known) = user.endpoints.get_mut(at) {
                        *known = told.whole();
                    }
                }
                (Extent::Full | Extent::Partial, None) if user.endpoints.len() < MOST_ENDPOINTS => {
                    user.endpoints.push(told.whole());
                }
                (Extent::Full | Extent::Partial, None) => {}
            }
        }
    }
}

impl ToldEndpoint {
    fn whole(self) -> Endpoint {
        let mut endpoint = Endpoint { entity: self.entity.clone(), ..Endpoint::default() };
        self.onto(&mut endpoint);
        endpoint
    }

    fn onto(self, endpoint: &mut Endpoint) {
        endpoint.status = self.status.unwrap_or(endpoint.status);
        for (extent, media, directed) in self.media {
            let at = endpoint.media.iter().position(|known| known.id == media.id);
            match (extent, at) {
                (Extent::Deleted, Some(at)) => drop(endpoint.media.remove(at)),
                (Extent::Deleted, None) => {}
                (Extent::Partial, Some(at)) => {
                    if let Some(known) = endpoint.media.get_mut(at) {
                        known.source = media.source.or(known.source);
                        known.flow = if directed { media.flow } else { known.flow };
                        if !media.kind.is_empty() {
                            known.kind = media.kind;
                        }
                    }
                }
                (Extent::Full, Some(at)) => {
                    if let Some(known) = endpoint.media.get_mut(at) {
                        *known = media;
                    }
                }
                (Extent::Full | Extent::Partial, None) if endpoint.media.len() < MOST_MEDIA => {
                    endpoint.media.push(media);
                }
                (Extent::Full | Extent::Partial, None) => {}
            }
        }
    }
}

/// Reads a document.
pub(super) fn document(bytes: &[u8]) -> Result<Document, Unreadable> {
    let root = xml::read(bytes)?;
    if root.name != "conference-info" || root.namespace != NS {
        return Err(Unreadable);
    }
    let version = root.attribute("version").and_then(|text| text.trim().parse::<u64>().ok());
    let about = root.child("conference-description");
    let state = root.child("conference-state");
    let users = root.child("users");
    let links = about.map(|about| {
        let mut links = Vec::new();
        for (list, service) in [("service-uris", true), ("conf-uris", false)] {
            let entries = about.child(list).into_iter().flat_map(|list| list.all("entry"));
            links.extend(entries.take(MOST_ENTRIES).filter_map(|entry| link(entry, service)));
        }
        links
    });
    // A partial description that names no lists takes none away.
    let lists = about.is_some_and(|about| about.child("service-uris").is_some() || about.child("conf-uris").is_some());
    let whole = about.is_some_and(|about| extent(about) == Extent::Full && about.attribute("state").is_some());
    Ok(Document {
        extent: extent(&root),
        version,
        title: about.and_then(|about| name(about.child("display-text"))),
        subject: about.and_then(|about| name(about.child("subject"))),
        locked: state.and_then(|state| truth(state.child("locked"))),
        links: links.filter(|_| lists || whole),
        said: state.and_then(|state| state.child("user-count")?.text.trim().parse().ok()),
        users_extent: users.map(extent),
        users: users.into_iter().flat_map(|users| users.all("user")).filter_map(user).collect(),
    })
}

fn extent(element: &Element) -> Extent {
    match element.attribute("state").map(str::trim) {
        Some(state) if state.eq_ignore_ascii_case("partial") => Extent::Partial,
        Some(state) if state.eq_ignore_ascii_case("deleted") => Extent::Deleted,
        Some(_) | None => Extent::Full,
    }
}

fn name(element: Option<&Element>) -> Option<Arc<str>> {
    let text: String = element?.text.trim().chars().filter(|sign| !sign.is_control()).take(LONGEST_NAME).collect();
    (!text.trim().is_empty()).then(|| text.trim().into())
}

/// `xs:boolean`.
fn truth(element: Option<&Element>) -> Option<bool> {
    match element?.text.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn address(text: &str) -> Option<Arc<str>> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= LONGEST_ADDRESS && !text.contains(char::is_control)).then(|| text.into())
}

fn link(entry: &Element, service: bool) -> Option<Link> {
    let uri = address(&entry.child("uri")?.text)?;
    let purpose = entry.child("purpose").map(|purpose| purpose.text.trim().to_ascii_lowercase()).unwrap_or_default();
    Some(Link { uri, purpose: purpose.chars().take(64).collect(), service })
}

fn user(element: &Element) -> Option<(Extent, ToldUser)> {
    let entity = address(element.attribute("entity")?)?;
    let list = |name: &str, of: &dyn Fn(&Element) -> Option<Arc<str>>| -> Option<Vec<Arc<str>>> {
        let list = element.child(name)?;
        Some(list.all("entry").take(MOST_ENTRIES).filter_map(of).collect())
    };
    let aors = list("associated-aors", &|entry| address(&entry.child("uri")?.text));
    let roles = list("roles", &|entry| name(Some(entry)));
    let endpoints = element.all("endpoint").filter_map(endpoint).collect();
    let told = ToldUser { entity, display: name(element.child("display-text")), aors, roles, endpoints };
    Some((extent(element), told))
}

fn endpoint(element: &Element) -> Option<(Extent, ToldEndpoint)> {
    let entity = element.attribute("entity").unwrap_or_default();
    if entity.len() > LONGEST_ADDRESS {
        return None;
    }
    let status = element.child("status").map(|status| match status.text.trim().to_ascii_lowercase().as_str() {
        "pending" | "dialing-out" | "dialing-in" | "alerting" => Status::Joining,
        "on-hold" => Status::OnHold,
        "muted-via-focus" => Status::MutedViaFocus,
        "disconnecting" | "disconnected" => Status::Gone,
        _ => Status::Connected,
    });
    let media = element.all("media").filter_map(media).collect();
    Some((extent(element), ToldEndpoint { entity: entity.to_owned(), status, media }))
}

fn media(element: &Element) -> Option<(Extent, Media, bool)> {
    let id = element.attribute("id").unwrap_or_default();
    if id.len() > LONGEST_ADDRESS {
        return None;
    }
    let kind = element.child("type").map(|kind| kind.text.trim().to_ascii_lowercase()).unwrap_or_default();
    let status = element.child("status").map(|status| status.text.trim().to_ascii_lowercase());
    let flow = match status.as_deref() {
        Some("sendonly") => Flow::Heard,
        Some("recvonly") => Flow::Hears,
        Some("inactive") => Flow::None,
        Some(_) | None => Flow::Both,
    };
    let source = element.child("src-id").and_then(|source| source.text.trim().parse().ok());
    let media = Media { id: id.to_owned(), kind: kind.chars().take(32).collect(), flow, source };
    Some((extent(element), media, status.is_some()))
}
