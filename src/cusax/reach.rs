//! Where a contact can be reached for now (C-21, XEP-0152), as something that can be listed.

use std::sync::Arc;

use super::addresses::{Listed, listed};
use crate::model::{AddressSource, ReachAddress};
use crate::phone::DialPlan;

/// The address that is announced, and the sentence that says in their words where that is; `None`: it is no call.
///
/// It is a claim and stays one (C-22): [`super::grade`] gives the source no authority, so it names no caller, and comes
/// after whatever is proven.
pub fn announced(said: &ReachAddress, plan: &DialPlan) -> Option<(Listed, Option<Arc<str>>)> {
    // A URI (XEP-0152 section 3): one that is no call, like `mailto:`, is somebody else's business.
    let scheme = said.uri.split(':').next().unwrap_or_default();
    if !["sip", "sips", "tel"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let listed = listed(&said.uri, &[], AddressSource::Reach, plan)?;
    // Isolated: somebody else's words must not turn the sentence around.
    let says = said.description.as_ref().map(|words| format!("Where they are now: \u{2068}{words}\u{2069}").into());
    Some((listed, says))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_that_is_no_call_is_none_and_words_are_isolated() {
        let plan = DialPlan::default();
        let said = |uri: &str, words: Option<&str>| {
            announced(&ReachAddress { uri: uri.into(), description: words.map(Into::into) }, &plan)
        };
        assert_eq!(
            said("sip:bob@example.com", None).map(|(listed, says)| (listed.source, says)),
            Some((AddressSource::Reach, None))
        );
        let (_, says) = said("tel:+4930901820", Some("Room 3")).expect("a number");
        assert!(says.expect("words").ends_with("\u{2068}Room 3\u{2069}"));
        for uri in ["mailto:bob@example.com", "xmpp:bob@example.com", "bob@example.com", "sip:", "tel:", ""] {
            assert!(said(uri, None).is_none(), "{uri}");
        }
    }
}
