//! Who is on the phone (RFC 4235): the dialogs that one answerer tells of, kept over partial documents.

use std::collections::BTreeMap;

use super::xml::{self, Element, Unreadable};
use crate::model::Lamp;

/// The namespace of the document.
const NS: &str = "urn:ietf:params:xml:ns:dialog-info";
/// Dialogs of one answerer. When full: further ones are not looked at.
const MOST_DIALOGS: usize = 64;
/// The longest name of a dialog, bytes.
const LONGEST_ID: usize = 256;

/// See the module.
#[derive(Debug, Default)]
pub struct DialogInfo {
    version: Option<u64>,
    /// A full document was there.
    whole: bool,
    dialogs: BTreeMap<String, Lamp>,
}

impl DialogInfo {
    /// Takes a document. `true`: something is missing before it, and the whole state should be asked for.
    pub fn take(&mut self, document: &[u8]) -> Result<bool, Unreadable> {
        let root = xml::read(document)?;
        if root.name != "dialog-info" || root.namespace != NS {
            return Err(Unreadable);
        }
        let version = root.attribute("version").and_then(|text| text.trim().parse::<u64>().ok());
        let partial = root.attribute("state").is_some_and(|state| state.trim().eq_ignore_ascii_case("partial"));
        let mut gap = false;
        if partial {
            match (self.version, version) {
                // RFC 4235 section 4.3: what is not newer was seen.
                (Some(last), Some(version)) if version <= last => return Ok(false),
                (Some(last), Some(version)) => gap = version > last.saturating_add(1),
                (None, _) | (_, None) => gap = !self.whole,
            }
        } else {
            self.dialogs.clear();
            self.whole = true;
        }
        self.version = version.or(self.version);
        for dialog in root.all("dialog") {
            let Some(id) = dialog.attribute("id").filter(|id| id.len() <= LONGEST_ID) else { continue };
            match lamp_of(dialog) {
                Some(lamp) if self.dialogs.len() < MOST_DIALOGS || self.dialogs.contains_key(id) => {
                    self.dialogs.insert(id.to_owned(), lamp);
                }
                Some(_) => {}
                None => drop(self.dialogs.remove(id)),
            }
        }
        Ok(gap)
    }

    /// What this answerer shows.
    pub fn lamp(&self) -> Lamp {
        let busiest = self.dialogs.values().copied().max();
        match busiest {
            Some(lamp) => lamp,
            // From parts alone nobody can be called idle.
            None if self.whole => Lamp::Idle,
            None => Lamp::Unknown,
        }
    }
}

/// What a dialog shows; `None` where it is over (RFC 4235 section 3.7.1).
fn lamp_of(dialog: &Element) -> Option<Lamp> {
    let state = dialog.child("state").map(|state| state.text.trim().to_ascii_lowercase()).unwrap_or_default();
    let called = !dialog.attribute("direction").is_some_and(|way| way.trim().eq_ignore_ascii_case("initiator"));
    match state.as_str() {
        // Whoever calls somebody is on the phone.
        "trying" | "proceeding" | "early" => Some(if called { Lamp::Ringing } else { Lamp::Talking }),
        "confirmed" if is_held(dialog) => Some(Lamp::Held),
        "confirmed" => Some(Lamp::Talking),
        _ => None,
    }
}

/// `+sip.rendering="no"` of the watched side: it plays nothing to anybody (RFC 4235 section 5.2).
fn is_held(dialog: &Element) -> bool {
    let target = dialog.child("local").and_then(|local| local.child("target"));
    target.is_some_and(|target| {
        target.all("param").any(|param| {
            let name = param.attribute("pname").unwrap_or_default();
            let value = param.attribute("pval").unwrap_or_default();
            name.eq_ignore_ascii_case("+sip.rendering") && value.eq_ignore_ascii_case("no")
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(version: u32, state: &str, dialogs: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?><dialog-info xmlns=\"{NS}\" version=\"{version}\" state=\"{state}\" \
             entity=\"sip:bob@example.com\">{dialogs}</dialog-info>"
        )
    }

    fn dialog(id: &str, direction: &str, state: &str) -> String {
        format!("<dialog id=\"{id}\" direction=\"{direction}\"><state>{state}</state></dialog>")
    }

    const HELD: &str = "<dialog id=\"h\"><state>confirmed</state><local><target uri=\"sip:b@example.com\">\
                        <param pname=\"+sip.rendering\" pval=\"no\"/></target></local></dialog>";

    #[test]
    fn each_state_of_a_phone_is_told_apart() {
        for (dialogs, lamp) in [
            (String::new(), Lamp::Idle),
            (dialog("1", "recipient", "early"), Lamp::Ringing),
            (dialog("1", "recipient", "trying"), Lamp::Ringing),
            (dialog("1", "initiator", "proceeding"), Lamp::Talking),
            (dialog("1", "recipient", "confirmed"), Lamp::Talking),
            (dialog("1", "recipient", "terminated"), Lamp::Idle),
            (HELD.to_owned(), Lamp::Held),
            (format!("{HELD}{}", dialog("2", "recipient", "early")), Lamp::Ringing),
            (format!("{}{}", dialog("1", "initiator", "confirmed"), dialog("2", "recipient", "early")), Lamp::Talking),
        ] {
            let mut known = DialogInfo::default();
            assert_eq!(known.lamp(), Lamp::Unknown, "before the first word");
            assert_eq!(known.take(info(0, "full", &dialogs).as_bytes()), Ok(false));
            assert_eq!(known.lamp(), lamp, "{dialogs}");
        }
    }

    #[test]
    fn parts_are_laid_over_the_whole_and_a_gap_is_noticed() {
        let mut known = DialogInfo::default();
        let rows: [(u32, &str, String, bool, Lamp); 8] = [
            (0, "full", dialog("1", "recipient", "early"), false, Lamp::Ringing),
            (1, "partial", dialog("1", "recipient", "confirmed"), false, Lamp::Talking),
            (1, "partial", dialog("1", "recipient", "terminated"), false, Lamp::Talking), // seen
            (2, "partial", dialog("2", "recipient", "early"), false, Lamp::Talking),
            (3, "partial", dialog("1", "recipient", "terminated"), false, Lamp::Ringing),
            (6, "partial", dialog("2", "recipient", "terminated"), true, Lamp::Idle), // two are missing
            (7, "full", dialog("9", "recipient", "confirmed"), false, Lamp::Talking),
            (0, "full", String::new(), false, Lamp::Idle), // a server that always counts from nothing
        ];
        for (version, state, dialogs, gap, lamp) in rows {
            assert_eq!(known.take(info(version, state, &dialogs).as_bytes()), Ok(gap), "{version}");
            assert_eq!(known.lamp(), lamp, "{version} {state}");
        }
        let mut parts_only = DialogInfo::default();
        assert_eq!(parts_only.take(info(4, "partial", "").as_bytes()), Ok(true));
        assert_eq!(parts_only.lamp(), Lamp::Unknown, "nobody said that there is nothing else");
    }

    #[test]
    fn s11_xml_bombs_and_what_is_no_dialog_info_change_nothing() {
        let mut known = DialogInfo::default();
        assert_eq!(known.take(info(0, "full", &dialog("1", "recipient", "confirmed")).as_bytes()), Ok(false));
        let laughs = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>\
                      <dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"1\" state=\"full\">&b;</dialog-info>";
        let deep = info(1, "full", &format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000)));
        let wide = info(1, "full", &"<a/>".repeat(10_000));
        let many: String = (0..200).map(|at| format!(" a{at}=\"x\"")).collect();
        let attributes = info(1, "full", &format!("<dialog{many}/>"));
        let huge = info(1, "full", &"x".repeat(100_000));
        for document in [laughs, &deep, &wide, &attributes, &huge, "", "<", "<a/>", "hello", "<a></a><b/>"] {
            assert_eq!(known.take(document.as_bytes()), Err(Unreadable));
            assert_eq!(known.lamp(), Lamp::Talking);
        }
        let flood: String = (0..500).map(|at| dialog(&at.to_string(), "recipient", "early")).collect();
        assert_eq!(known.take(info(1, "full", &flood).as_bytes()), Ok(false));
        assert!(known.dialogs.len() <= MOST_DIALOGS);
    }
}
