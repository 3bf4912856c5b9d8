//! Linphone: `linphonerc` with `[proxy_0]`, `[auth_info_0]` and `[friend_0]`, and the database `friends.db`.

use std::collections::BTreeMap;

use super::{OtherAccount, OtherFile, OtherProgram, name_address, person, unusable};
use crate::cusax::book::{MOST_PEOPLE, read_people};
use crate::model::{SipScheme, SipUri};
use crate::sip::TransportChoice;

/// Sections of each kind that are looked at; when full, the rest is skipped and told.
const MOST_SECTIONS: usize = MOST_PEOPLE;
/// Keys of one section; when full, the rest is skipped.
const MOST_KEYS: usize = 64;

type Keys = BTreeMap<String, String>;

/// Whether a line opens a section that only Linphone has.
pub(super) fn is_section(line: &str) -> bool {
    named(line).is_some_and(|(kind, _)| kind == "proxy" || kind == "friend")
}

/// `[proxy_0]`: its kind and its number.
fn named(line: &str) -> Option<(&str, u32)> {
    let (kind, number) = line.trim().strip_prefix('[')?.strip_suffix(']')?.rsplit_once('_')?;
    Some((kind, number.parse().ok()?))
}

pub(super) fn read(text: &str) -> OtherFile {
    let mut file = OtherFile::new(OtherProgram::Linphone);
    let mut sections: Vec<(u32, &str, Keys)> = Vec::new();
    let mut open = false;
    for (line, number) in text.lines().zip(1_u32..) {
        let plain = line.trim();
        if plain.starts_with('[') {
            let kind = named(plain).map(|(kind, _)| kind);
            let kind = kind.filter(|kind| ["proxy", "auth_info", "friend"].contains(kind));
            open = kind.is_some() && sections.len() < MOST_SECTIONS;
            match kind {
                Some(kind) if open => sections.push((number, kind, Keys::new())),
                Some(_) => file.people.skip(number, "There are more than 20,000 people in the file."),
                None => {}
            }
        } else if let (true, Some((key, value)), Some((_, _, keys))) =
            (open, plain.split_once('='), sections.last_mut())
            && keys.len() < MOST_KEYS
        {
            keys.insert(key.trim().to_owned(), value.trim().to_owned());
        }
    }
    let credentials: Vec<&Keys> =
        sections.iter().filter(|(_, kind, _)| *kind == "auth_info").map(|(_, _, keys)| keys).collect();
    for (line, kind, keys) in &sections {
        match *kind {
            "proxy" => account(&mut file, *line, keys, &credentials),
            "friend" => friend(&mut file, *line, keys.get("url").map_or("", String::as_str)),
            _ => {}
        }
    }
    file
}

/// The rows of `friends`: the address and the card.
pub(super) fn rows(rows: &[(String, String)]) -> OtherFile {
    let mut file = OtherFile::new(OtherProgram::Linphone);
    for ((uri, card), line) in rows.iter().zip(1_u32..) {
        let read = if card.trim().is_empty() { None } else { Some(read_people(card.as_bytes())) };
        match read.filter(|read| !read.people.is_empty()) {
            Some(read) => {
                for mut found in read.people {
                    found.line = line;
                    if file.people.people.len() < MOST_PEOPLE {
                        file.people.people.push(found);
                    }
                }
            }
            None => friend(&mut file, line, uri),
        }
    }
    file
}

fn friend(file: &mut OtherFile, line: u32, written: &str) {
    match name_address(written).filter(|(_, uri)| uri.user().is_some()) {
        Some((name, uri)) if file.people.people.len() < MOST_PEOPLE => {
            file.people.people.push(person(line, name, &uri));
        }
        Some(_) => file.people.skip(line, "There are more than 20,000 people in the file."),
        None => file.people.skip(line, "This person has no address that can be called."),
    }
}

fn account(file: &mut OtherFile, line: u32, keys: &Keys, credentials: &[&Keys]) {
    let written = keys.get("reg_identity").map_or("", String::as_str);
    let Some((display_name, identity)) = name_address(written).filter(|(_, uri)| uri.user().is_some()) else {
        file.people.skip(line, &unusable(written, "it has no address for calls."));
        return;
    };
    // `sips:` asks for TLS on the whole way; here the transport says it.
    let Ok(address) = SipUri::new(SipScheme::Sip, identity.user(), identity.host()) else { return };
    let server = |key: &str| keys.get(key).and_then(|written| name_address(written)).map(|(_, uri)| uri);
    let way = server("reg_route").or_else(|| server("reg_proxy"));
    let named = |uri: &SipUri| match uri.param("transport").flatten() {
        Some(word) if word.eq_ignore_ascii_case("tls") => TransportChoice::Tls,
        Some(word) if word.eq_ignore_ascii_case("tcp") => TransportChoice::Tcp,
        Some(word) if word.eq_ignore_ascii_case("udp") => TransportChoice::Udp,
        _ if uri.scheme() == SipScheme::Sips => TransportChoice::Tls,
        _ => TransportChoice::Auto,
    };
    let transport = match way.as_ref().map_or(TransportChoice::Auto, named) {
        TransportChoice::Auto => named(&identity),
        transport => transport,
    };
    // The address's own domain without a port is what DNS is asked for anyway.
    let elsewhere = |uri: &SipUri| uri.port().is_some() || !uri.host().eq_ignore_ascii_case(identity.host());
    let outbound_proxy = way
        .filter(elsewhere)
        .and_then(|uri| Some(SipUri::new(SipScheme::Sip, None, uri.host()).ok()?.with_port(uri.port())));
    let of_user = |info: &&&Keys| {
        let is = |key: &str, wanted: &str| info.get(key).is_none_or(|value| value.trim_matches('"') == wanted);
        info.get("username").map(String::as_str) == identity.user() && is("domain", identity.host())
    };
    let auth_user = credentials.iter().find(of_user).and_then(|info| info.get("userid"));
    let auth_user = auth_user
        .and_then(|name| crate::cusax::book::clean(name))
        .filter(|name| Some(name.as_str()) != identity.user());
    file.add(line, OtherAccount::Voice { address, display_name, auth_user, outbound_proxy, transport });
}
