//! Names of media lines (RFC 5888) and the group that shares one address (BUNDLE, RFC 9143).

use super::description::Description;

/// Groups that are looked at; a description has one as a rule.
const MAX_GROUPS: usize = 4;
/// Names of one group that are looked at: as many as there may be lines.
const MAX_NAMES: usize = super::description::MAX_MEDIA;
/// How we name our line where the name is ours to choose.
pub(super) const OWN: &str = "1";

/// The groups of a description in which one address serves several lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundles(Vec<Vec<String>>);

impl Bundles {
    /// The value of a session's `a=group`.
    pub(super) fn read(&mut self, value: &str) {
        let mut words = value.split_ascii_whitespace();
        if words.next() == Some("BUNDLE") && self.0.len() < MAX_GROUPS {
            self.0.push(
                words.take(MAX_NAMES).filter(|name| super::description::is_token(name)).map(str::to_owned).collect(),
            );
        }
    }

    /// Whether one of the groups has both.
    pub(super) fn hold_both(&self, one: &str, other: &str) -> bool {
        let has = |group: &[String], name: &str| group.iter().any(|member| member == name);
        self.0.iter().any(|group| has(group, one) && has(group, other))
    }

    fn holds(&self, name: &str) -> bool {
        self.0.iter().any(|group| group.iter().any(|member| member == name))
    }
}

/// The session's line of an answer that takes this media line of the offer. Nothing, where the line is in no group, or keeps its
/// reports apart: within a group they share the port (RFC 9143 section 9.3). Lines that are refused are left out
/// (section 7.3.3), so the group shrinks to the one that we take, and to `text` where that goes with it.
pub(super) fn answered(offer: &Description, at: usize, text: Option<&str>) -> Option<String> {
    let media = offer.media.get(at)?;
    let name = media.mid.as_deref().filter(|name| media.rtcp_mux && offer.bundles.holds(name))?;
    let text = text.map(|text| format!(" {text}")).unwrap_or_default();
    Some(format!("a=group:BUNDLE {name}{text}\r\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_read_with_limits_and_other_semantics_are_left_alone() {
        let mut bundles = Bundles::default();
        bundles.read("LS 1 2");
        bundles.read("BUNDLE audio video");
        bundles.read("");
        assert!(bundles.holds("audio") && bundles.holds("video") && !bundles.holds("1") && !bundles.holds(""));
        for _ in 0..10_000 {
            bundles.read(&format!("BUNDLE{}", " x".repeat(10_000)));
        }
        assert!(bundles.0.len() <= MAX_GROUPS && bundles.0.iter().all(|group| group.len() <= MAX_NAMES));
    }
}
