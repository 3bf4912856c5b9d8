//! What each connection carries beside its own task, and by whose word (C-06, C-07, C-08, C-15).
//!
//! RFC 7081 section 2: where a voice account belongs to a chat account, calls over XMPP and messages over SIP are off
//! unless somebody says otherwise; an account that stands alone keeps what its service offers. The narrower rule
//! decides: device, then contact, then domain, then the default. What the administrator locked decides before all.

use serde::Serialize;

use crate::model::{Feature, FeatureRule, FeatureScope, Jid};

/// Whose word it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FeatureOrigin {
    /// The administrator's, and locked.
    Administrator,
    /// A rule for this device.
    Device,
    /// A rule for this person.
    Contact,
    /// A rule for this person's domain.
    Domain,
    /// Nobody's: what RFC 7081 recommends.
    Default,
}

/// Whether something is on, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// About what.
    pub feature: Feature,
    /// It is on.
    pub on: bool,
    /// Whose word that is.
    pub origin: FeatureOrigin,
    /// The reason, as half a sentence that follows "because".
    pub reason: String,
}

/// Decides about `feature` towards `with`, or for everybody without a rule of their own. `related`: the account has a
/// partner of the other service. `locked`: what the administrator fixed.
pub fn effective(
    feature: Feature,
    with: Option<&Jid>,
    related: bool,
    rules: &[FeatureRule],
    locked: Option<bool>,
) -> Effective {
    let rule = |fits: &dyn Fn(&FeatureScope) -> bool| {
        // The last of several rules about the same is the newest.
        rules.iter().rev().find(|rule| rule.feature == feature && fits(&rule.scope)).map(|rule| rule.on)
    };
    let domain = with.and_then(domain_of);
    let of_device = || rule(&|scope| *scope == FeatureScope::Device);
    let of_contact = || with.and_then(|with| rule(&|scope| matches!(scope, FeatureScope::Contact(jid) if jid == with)));
    let of_domain = || {
        let domain = domain.as_deref()?;
        rule(&|scope| matches!(scope, FeatureScope::Domain(of) if of.eq_ignore_ascii_case(domain)))
    };
    let (on, origin) = if let Some(on) = locked {
        (on, FeatureOrigin::Administrator)
    } else if let Some(on) = of_device() {
        (on, FeatureOrigin::Device)
    } else if let Some(on) = of_contact() {
        (on, FeatureOrigin::Contact)
    } else if let Some(on) = of_domain() {
        (on, FeatureOrigin::Domain)
    } else {
        (!related, FeatureOrigin::Default)
    };
    Effective { feature, on, origin, reason: reason(feature, on, origin, domain.as_deref()) }
}

/// The domain that a rule for a domain means: of the chat address, or of the SIP address that the name stands for.
fn domain_of(with: &Jid) -> Option<String> {
    if with.is_sip() { with.sip_address().map(|uri| uri.host().to_owned()) } else { Some(with.domain().to_owned()) }
}

fn reason(feature: Feature, on: bool, origin: FeatureOrigin, domain: Option<&str>) -> String {
    let what = match feature {
        Feature::CallsOverChat => "calls over chat",
        Feature::MessagesOverVoice => "messages over voice",
    };
    let state = if on { "on" } else { "off" };
    match origin {
        FeatureOrigin::Administrator => format!("your administrator turned {what} {state}"),
        FeatureOrigin::Device => format!("{what} are {state} on this device"),
        FeatureOrigin::Contact => format!("you turned {what} {state} for this person"),
        FeatureOrigin::Domain => {
            format!("{what} are {state} for everybody at {}", domain.unwrap_or("this domain"))
        }
        FeatureOrigin::Default => match (feature, on) {
            (Feature::CallsOverChat, false) => "a voice account belongs to your chat account and carries calls".into(),
            (Feature::MessagesOverVoice, false) => {
                "a chat account belongs to your voice account and carries messages".into()
            }
            (Feature::CallsOverChat, true) => "your chat account has no voice account beside it".into(),
            (Feature::MessagesOverVoice, true) => "your voice account has no chat account beside it".into(),
        },
    }
}

/// The sentence about calls to somebody: by which way, and why.
pub fn calls_sentence(name: &str, calls: &Effective, has_voice: bool) -> String {
    match (calls.on, has_voice) {
        (false, true) => format!("Calls to {name}: over your voice account, because {}.", calls.reason),
        (false, false) => {
            format!("Calls to {name}: not possible, because {} and you have no voice account.", calls.reason)
        }
        (true, true) => format!(
            "Calls to {name}: over your voice account, or over chat where their program takes calls, because {}.",
            calls.reason
        ),
        (true, false) => {
            format!("Calls to {name}: over chat where their program takes calls, because {}.", calls.reason)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SipUri;

    fn rule(scope: FeatureScope, on: bool) -> FeatureRule {
        FeatureRule { feature: Feature::CallsOverChat, scope, on }
    }

    #[test]
    fn c06_c07_c08_the_narrower_rule_decides_and_without_one_the_relation() {
        use FeatureOrigin::{Administrator, Contact, Default, Device, Domain};
        let bob = Jid::parse("bob@example.com").expect("valid");
        let device = |on| rule(FeatureScope::Device, on);
        let contact = |on| rule(FeatureScope::Contact(Jid::parse("bob@example.com").expect("valid")), on);
        let other = |on| rule(FeatureScope::Contact(Jid::parse("carol@example.com").expect("valid")), on);
        let domain = |on| rule(FeatureScope::Domain("Example.com".into()), on);
        let elsewhere = |on| rule(FeatureScope::Domain("example.net".into()), on);
        // with Bob?, related, rules, locked -> on, by whose word
        type Row = (bool, bool, Vec<FeatureRule>, Option<bool>, bool, FeatureOrigin);
        let table: Vec<Row> = vec![
            // RFC 7081 section 2: off under a relation, untouched where an account stands alone.
            (true, true, vec![], None, false, Default),
            (true, false, vec![], None, true, Default),
            (false, true, vec![], None, false, Default),
            (false, false, vec![], None, true, Default),
            // Each kind of rule over the default.
            (true, true, vec![domain(true)], None, true, Domain),
            (true, true, vec![contact(true)], None, true, Contact),
            (true, true, vec![device(true)], None, true, Device),
            (true, false, vec![domain(false)], None, false, Domain),
            (true, false, vec![contact(false)], None, false, Contact),
            (true, false, vec![device(false)], None, false, Device),
            // Each over the wider one, in whatever order they are written.
            (true, true, vec![contact(true), domain(false)], None, true, Contact),
            (true, true, vec![domain(false), contact(true)], None, true, Contact),
            (true, true, vec![device(false), contact(true), domain(true)], None, false, Device),
            (true, true, vec![contact(false), domain(true), device(true)], None, true, Device),
            // The newest of two about the same.
            (true, true, vec![contact(true), contact(false)], None, false, Contact),
            // Rules for others do not count, nor do those for somebody where nobody is meant.
            (true, true, vec![other(true), elsewhere(true)], None, false, Default),
            (false, true, vec![contact(true), domain(true)], None, false, Default),
            (false, true, vec![device(true)], None, true, Device),
            // What the administrator locked.
            (true, true, vec![device(true), contact(true)], Some(false), false, Administrator),
            (true, true, vec![device(false)], Some(true), true, Administrator),
        ];
        for (n, (with_bob, related, rules, locked, on, origin)) in table.into_iter().enumerate() {
            let with = with_bob.then_some(&bob);
            let found = effective(Feature::CallsOverChat, with, related, &rules, locked);
            assert_eq!((found.on, found.origin), (on, origin), "row {n}");
            let other = effective(Feature::MessagesOverVoice, with, related, &rules, None);
            assert_eq!(
                (other.on, other.origin),
                (!related, Default),
                "row {n}: a rule about calls says nothing of messages"
            );
        }
    }

    #[test]
    fn c07_rules_for_sip_addresses_are_found_by_address_and_by_host() {
        let name = Jid::of_sip(&SipUri::parse("sip:1001@pbx.example").expect("valid")).expect("a name");
        let rule = |scope| FeatureRule { feature: Feature::MessagesOverVoice, scope, on: true };
        let on = |rules: &[FeatureRule]| effective(Feature::MessagesOverVoice, Some(&name), true, rules, None).origin;
        assert_eq!(on(&[rule(FeatureScope::Domain("pbx.example".into()))]), FeatureOrigin::Domain);
        assert_eq!(on(&[rule(FeatureScope::Contact(name.clone()))]), FeatureOrigin::Contact);
        assert_eq!(on(&[rule(FeatureScope::Domain("sip.invalid".into()))]), FeatureOrigin::Default);
    }

    #[test]
    fn c07_the_reason_says_whose_word_it_is() {
        let bob = Jid::parse("bob@example.com").expect("valid");
        let by_default = effective(Feature::CallsOverChat, Some(&bob), true, &[], None);
        assert_eq!(
            calls_sentence("Bob", &by_default, true),
            "Calls to Bob: over your voice account, because a voice account belongs to your chat account and carries calls."
        );
        let chosen = [rule(FeatureScope::Contact(bob.clone()), true)];
        let chosen = effective(Feature::CallsOverChat, Some(&bob), true, &chosen, None);
        assert!(chosen.reason.contains("you turned"));
        let locked = effective(Feature::CallsOverChat, Some(&bob), false, &[], Some(false));
        assert!(calls_sentence("Bob", &locked, false).contains("your administrator"));
    }
}
