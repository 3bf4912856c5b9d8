//! Stanzas for rooms.

use minidom::Element;

use super::boundary::Bookmark;
use crate::model::{Jid, RoomNotify, Show, WallTime};
use crate::xmpp::presence;
use crate::xmpp::stanza::{With, ns};

/// What a room shall send of its history when we come in (XEP-0045 section 7.2.14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum History {
    /// Nothing: the archive is asked.
    Nothing,
    /// So many messages at most.
    Newest(u32),
    /// What came since then.
    Since(WallTime),
}

/// Entering a room, or being there (sections 7.2 and 7.7).
pub(super) fn enter(
    to: &str,
    (show, status): (Show, Option<&str>),
    password: Option<&str>,
    history: Option<History>,
) -> Element {
    let mut presence = presence::own_to(Some(to), show, status);
    if let Some(history) = history {
        let mut wish = Element::builder("history", ns::MUC);
        wish = match history {
            History::Nothing => wish.with("maxstanzas", "0"),
            History::Newest(most) => wish.with("maxstanzas", &most.to_string()),
            History::Since(time) => wish.with("since", &time.to_rfc3339()),
        };
        let mut x = Element::builder("x", ns::MUC).append(wish.build());
        if let Some(password) = password {
            x = x.with_text_child("password", ns::MUC, password);
        }
        presence.append_child(x.build());
    }
    presence
}

/// Leaving (section 7.14).
pub(super) fn leave(to: &str) -> Element {
    Element::builder("presence", ns::CLIENT).with("type", "unavailable").with("to", to).build()
}

/// A message of ours without a body.
fn plain(to: &str, kind: &'static str, id: &str) -> minidom::ElementBuilder {
    Element::builder("message", ns::CLIENT).with("type", kind).with("to", to).with("id", id)
}

/// The subject (section 8.1).
pub(super) fn subject(room: &Jid, subject: &str, id: &str) -> Element {
    plain(room.as_str(), "groupchat", id).with_text_child("subject", ns::CLIENT, subject).build()
}

/// Asking somebody in: through the room (section 7.8.2), or straight (XEP-0249).
pub(super) fn invite(
    room: &Jid,
    jid: &Jid,
    reason: Option<&str>,
    direct: bool,
    password: Option<&str>,
    id: &str,
) -> Element {
    if direct {
        let mut x = Element::builder("x", ns::CONFERENCE).with("jid", room.as_str());
        if let Some(reason) = reason {
            x = x.with("reason", reason);
        }
        if let Some(password) = password {
            x = x.with("password", password);
        }
        return plain(jid.as_str(), "normal", id).append(x.build()).build();
    }
    let mut invite = Element::builder("invite", ns::MUC_USER).with("to", jid.as_str());
    if let Some(reason) = reason {
        invite = invite.with_text_child("reason", ns::MUC_USER, reason);
    }
    let x = Element::builder("x", ns::MUC_USER).append(invite.build()).build();
    plain(room.as_str(), "normal", id).append(x).build()
}

/// We do not come (section 7.8.2).
pub(super) fn decline(room: &Jid, to: &Jid, reason: Option<&str>, id: &str) -> Element {
    let mut decline = Element::builder("decline", ns::MUC_USER).with("to", to.as_str());
    if let Some(reason) = reason {
        decline = decline.with_text_child("reason", ns::MUC_USER, reason);
    }
    let x = Element::builder("x", ns::MUC_USER).append(decline.build()).build();
    plain(room.as_str(), "normal", id).append(x).build()
}

/// A form to the room: a request for voice, or the answer to one (section 8.6).
pub(super) fn form(room: &Jid, form: Element, id: &str) -> Element {
    plain(room.as_str(), "normal", id).append(form).build()
}

/// A change of somebody's standing (sections 8 to 10).
pub(super) fn admin(who: (&'static str, &str), what: (&'static str, &str), reason: Option<&str>) -> Element {
    let mut item = Element::builder("item", ns::MUC_ADMIN).with(who.0, who.1).with(what.0, what.1);
    if let Some(reason) = reason {
        item = item.with_text_child("reason", ns::MUC_ADMIN, reason);
    }
    Element::builder("query", ns::MUC_ADMIN).append(item.build()).build()
}

/// Taking back what somebody wrote (XEP-0425 section 3, and as it was before).
pub(super) fn moderate(version: &'static str, archive_id: &str, reason: Option<&str>) -> Element {
    let with_reason = |builder: minidom::ElementBuilder| match reason {
        Some(reason) => builder.with_text_child("reason", version, reason),
        None => builder,
    };
    if version == ns::MODERATE {
        let moderate = Element::builder("moderate", ns::MODERATE).with("id", archive_id);
        return with_reason(moderate.append(Element::bare("retract", ns::RETRACT))).build();
    }
    let moderate = Element::builder("moderate", ns::MODERATE_0).append(Element::bare("retract", ns::RETRACT_0));
    Element::builder("apply-to", ns::FASTEN).with("id", archive_id).append(with_reason(moderate).build()).build()
}

/// A page of the archive (XEP-0313 section 4, XEP-0059): before or after a message.
pub(super) fn archive(query: &str, side: &'static str, at: &str, most: u32) -> Element {
    let set = Element::builder("set", ns::RSM)
        .with_text_child("max", ns::RSM, &most.to_string())
        .with_text_child(side, ns::RSM, at)
        .build();
    Element::builder("query", ns::MAM).with("queryid", query).append(set).build()
}

/// Publishing a bookmark (XEP-0402 section 4); what others keep in it stays.
pub(super) fn bookmark(bookmark: &Bookmark, kept: &[Element]) -> Element {
    let mut conference = Element::builder("conference", ns::BOOKMARKS)
        .with("autojoin", if bookmark.autojoin { "true" } else { "false" });
    if let Some(name) = &bookmark.name {
        conference = conference.with("name", name);
    }
    if let Some(nick) = &bookmark.nick {
        conference = conference.with_text_child("nick", ns::BOOKMARKS, nick);
    }
    if let Some(password) = &bookmark.password {
        conference = conference.with_text_child("password", ns::BOOKMARKS, password);
    }
    let notify = bookmark.notify.map(|notify| {
        let which = match notify {
            RoomNotify::All => "always",
            RoomNotify::Mentions => "on-mention",
            RoomNotify::None => "never",
        };
        Element::builder("notify", ns::NOTIFY).append(Element::bare(which, ns::NOTIFY)).build()
    });
    let extensions = Element::builder("extensions", ns::BOOKMARKS).append_all(kept.iter().cloned()).append_all(notify);
    let item = Element::builder("item", ns::PUBSUB)
        .with("id", bookmark.room.as_str())
        .append(conference.append(extensions.build()).build())
        .build();
    let publish = Element::builder("publish", ns::PUBSUB).with("node", ns::BOOKMARKS).append(item).build();
    // Nobody else may read them, and they stay (section 4).
    let options = crate::xmpp::form::filled(&[
        ("FORM_TYPE", ns::PUBLISH_OPTIONS),
        ("pubsub#persist_items", "true"),
        ("pubsub#max_items", "max"),
        ("pubsub#send_last_published_item", "never"),
        ("pubsub#access_model", "whitelist"),
    ]);
    let options = Element::builder("publish-options", ns::PUBSUB).append(options).build();
    Element::builder("pubsub", ns::PUBSUB).append(publish).append(options).build()
}

/// Forgetting a bookmark (XEP-0402 section 4).
pub(super) fn unbookmark(room: &Jid) -> Element {
    let item = Element::builder("item", ns::PUBSUB).with("id", room.as_str()).build();
    let retract =
        Element::builder("retract", ns::PUBSUB).with("node", ns::BOOKMARKS).with("notify", "true").append(item).build();
    Element::builder("pubsub", ns::PUBSUB).append(retract).build()
}
