//! What we tell of a conference that we host, as a document: the whole, or what changed since the last one (RFC 4575 section 4).

use std::fmt::Write as _;

use super::read::NS;
use crate::sip::hosting::{Hosted, HostedStatus, HostedUser};

/// The whole state.
pub(in crate::sip) fn whole(hosted: &Hosted, version: u32) -> String {
    let mut document = open(hosted, version, "full");
    document.push_str("<conference-description>");
    if let Some(title) = &hosted.title {
        let _ = write!(document, "<display-text>{}</display-text>", escaped(title));
    }
    if let Some(room) = &hosted.room {
        // RFC 7106 section 3; the query names the action (XEP-0147, XEP-0045 section 17.1.2).
        let _ = write!(
            document,
            "<service-uris><entry><uri>xmpp:{}?join</uri><purpose>grouptextchat</purpose></entry></service-uris>",
            escaped(room.as_str())
        );
    }
    let _ = write!(
        document,
        "</conference-description><conference-state><user-count>{}</user-count></conference-state><users>",
        hosted.users.len()
    );
    hosted.users.iter().for_each(|one| user(&mut document, one));
    document.push_str("</users></conference-info>");
    document
}

/// What changed since `told` was.
pub(in crate::sip) fn part(hosted: &Hosted, told: &[HostedUser], version: u32) -> String {
    let mut document = open(hosted, version, "partial");
    let _ = write!(
        document,
        "<conference-state><user-count>{}</user-count></conference-state><users state=\"partial\">",
        hosted.users.len()
    );
    for gone in told.iter().filter(|known| hosted.users.iter().all(|one| one.entity != known.entity)) {
        let _ = write!(document, "<user entity=\"{}\" state=\"deleted\"/>", escaped(&gone.entity));
    }
    for one in hosted.users.iter().filter(|one| !told.contains(one)) {
        user(&mut document, one);
    }
    document.push_str("</users></conference-info>");
    document
}

fn open(hosted: &Hosted, version: u32, state: &str) -> String {
    let entity = escaped(&hosted.entity.to_string());
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><conference-info xmlns=\"{NS}\" entity=\"{entity}\" state=\"{state}\" \
         version=\"{version}\">"
    )
}

fn user(document: &mut String, one: &HostedUser) {
    let _ = write!(document, "<user entity=\"{}\" state=\"full\">", escaped(&one.entity));
    if let Some(display) = &one.display {
        let _ = write!(document, "<display-text>{}</display-text>", escaped(display));
    }
    if let Some(jid) = &one.jid {
        let jid = escaped(jid.as_str());
        let _ = write!(document, "<associated-aors><entry><uri>xmpp:{jid}</uri></entry></associated-aors>");
    }
    if one.moderator {
        document.push_str("<roles><entry>moderator</entry></roles>");
    }
    let (status, flow) = match one.status {
        HostedStatus::Talking => ("connected", "sendrecv"),
        HostedStatus::Muted => ("muted-via-focus", "recvonly"),
        HostedStatus::SelfMuted => ("connected", "recvonly"),
        HostedStatus::OnHold => ("on-hold", "inactive"),
        HostedStatus::Coming => ("dialing-out", "inactive"),
    };
    let _ = write!(
        document,
        "<endpoint entity=\"{}\"><status>{status}</status><media id=\"1\"><type>audio</type><src-id>{}</src-id>\
         <status>{flow}</status></media></endpoint></user>",
        escaped(&one.entity),
        one.source
    );
}

/// Text for an element or an attribute (XML 1.0 section 2.4); what XML cannot carry is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            sign if sign.is_control() || matches!(sign, '\u{fffe}' | '\u{ffff}') => {}
            sign => out.push(sign),
        }
    }
    out
}
