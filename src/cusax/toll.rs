//! What a call is going to cost, and whether that has to be asked first (C-41).

use std::sync::Arc;

use super::cost;
use crate::model::{AddressUri, Charge, Cost, Jid, PhoneNumber, Price, SipUri};
use crate::phone::{Ask, ClassKind, DialPlan, Tariff, Tariffs, Written, classify, read};

/// What the user may say need not be asked about again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spare {
    /// How it is remembered: `number:+49…`, `class:mobile number`, `domain:example.net`.
    pub key: String,
    /// The button's words: "this number", "every mobile number", "everybody at example.net".
    pub label: String,
}

/// What is known of a call's cost before it is placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toll {
    /// In one of three words.
    pub cost: Cost,
    /// In a sentence without its end: "Phone network, may be charged: mobile number, 0.19 EUR a minute".
    pub text: Arc<str>,
    /// What a minute costs.
    pub tariff: Option<Tariff>,
    /// What the class means for asking.
    pub kind: ClassKind,
    /// Help is called: nothing is asked.
    pub emergency: bool,
    /// What need not be asked about again if the user says so.
    pub spare: Vec<Spare>,
}

impl Toll {
    /// What is shown on the call; nothing where it is free.
    pub fn charge(&self) -> Option<Charge> {
        let per_minute = match self.tariff {
            Some(Tariff::PerMinute(price)) => Some(price),
            Some(Tariff::Free) | None => None,
        };
        (self.cost != Cost::Free && !self.emergency).then(|| Charge { text: self.text.clone(), per_minute })
    }
}

/// Why a call is asked about first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Stable, for scripts: `premium`, `foreign`, `daily-limit`, `cost`.
    pub code: &'static str,
    /// A sentence.
    pub text: String,
    /// It is asked before every call, also where the price stood beside a choice.
    pub always: bool,
}

/// The number that an address leads to, where it is one: also `sip:+49…@our-own-domain`.
pub fn number_of(uri: &AddressUri, voice: Option<&SipUri>, plan: &DialPlan) -> Option<PhoneNumber> {
    match uri {
        AddressUri::Tel(number, _) => Some(number.clone()),
        AddressUri::Sip(uri) => {
            let own = voice.is_some_and(|voice| voice.host() == uri.host());
            let user = uri.user().filter(|_| own || uri.is_phone())?;
            match read(user, plan).ok()? {
                Written::Tel(number, _) => Some(number),
                Written::Sip(_) | Written::Xmpp(_) => None,
            }
        }
        AddressUri::Jingle(jid) => match read(jid.local().filter(|_| leads_to_a_number(jid))?, plan).ok()? {
            Written::Tel(number, _) => Some(number),
            Written::Sip(_) | Written::Xmpp(_) => None,
        },
    }
}

/// Whether a chat address is a telephone number at a gateway: `+4930123456@gateway.example`.
pub(super) fn leads_to_a_number(jid: &Jid) -> bool {
    let number =
        |local: &str| local.len() > 5 && local.starts_with('+') && local[1..].bytes().all(|b| b.is_ascii_digit());
    jid.local().is_some_and(number)
}

/// A call over chat through a gateway whose addresses say nothing of numbers.
pub fn gateway_toll(jid: &Jid) -> Toll {
    Toll {
        cost: Cost::PhoneNetwork,
        text: format!("Leads through the gateway {} to another network, may be charged", jid.domain()).into(),
        tariff: None,
        kind: ClassKind::Ordinary,
        emergency: false,
        spare: vec![Spare { key: format!("domain:{}", jid.domain()), label: format!("everybody at {}", jid.domain()) }],
    }
}

/// What a call to an address over this account is going to cost.
pub fn toll(uri: &AddressUri, voice: Option<&SipUri>, plan: &DialPlan, tariffs: &Tariffs) -> Toll {
    let free = |text: &str, emergency| Toll {
        cost: Cost::Free,
        text: text.into(),
        tariff: None,
        kind: ClassKind::Ordinary,
        emergency,
        spare: Vec::new(),
    };
    let number = number_of(uri, voice, plan);
    if number.as_ref().is_some_and(|number| plan.is_emergency(number.as_str())) {
        return free("Emergency call", true);
    }
    match (number, uri) {
        (Some(number), _) => toll_of_number(&number, plan, tariffs),
        (None, AddressUri::Sip(uri)) if voice.is_none_or(|voice| voice.host() != uri.host()) => Toll {
            cost: Cost::Unknown,
            text: format!("Leaves your service to {}, cost not known", uri.host()).into(),
            spare: vec![Spare { key: format!("domain:{}", uri.host()), label: format!("everybody at {}", uri.host()) }],
            ..free("", false)
        },
        // The domain's own people.
        (None, _) => match cost(uri, voice) {
            Cost::Free => free("Inside the service, free", false),
            cost @ (Cost::PhoneNetwork | Cost::Unknown) => {
                Toll { cost, ..free("Phone network, may be charged", false) }
            }
        },
    }
}

fn toll_of_number(number: &PhoneNumber, plan: &DialPlan, tariffs: &Tariffs) -> Toll {
    let class = classify(number, plan, tariffs);
    let (cost, text) = match class.tariff {
        _ if class.internal => (Cost::Free, "Inside the service, free".to_owned()),
        Some(Tariff::Free) => (Cost::Free, format!("Phone network, free: {}", class.name)),
        Some(Tariff::PerMinute(price)) => {
            (Cost::PhoneNetwork, format!("Phone network, may be charged: {}, {price} a minute", class.name))
        }
        None => (Cost::PhoneNetwork, format!("Phone network, may be charged: {}", class.name)),
    };
    let spare = vec![
        Spare { key: format!("number:{number}"), label: "this number".to_owned() },
        Spare { key: format!("class:{}", class.name), label: format!("every {}", class.name) },
    ];
    Toll { cost, text: text.into(), tariff: class.tariff, kind: class.kind, emergency: false, spare }
}

/// Why this call is asked about first; nothing where it is not. `spared` says whether the user said not to ask about a key,
/// `spent` is what today's calls have cost.
pub fn reasons(toll: &Toll, tariffs: &Tariffs, spared: impl Fn(&str) -> bool, spent: Option<Price>) -> Vec<Reason> {
    if toll.emergency || toll.cost == Cost::Free {
        return Vec::new();
    }
    let mut found = Vec::new();
    match toll.kind {
        ClassKind::Ordinary => {}
        ClassKind::Premium => found.push(Reason {
            code: "premium",
            text: "Premium numbers are asked about before every call.".to_owned(),
            always: true,
        }),
        ClassKind::Foreign => found.push(Reason {
            code: "foreign",
            text: "Numbers in other countries are asked about before every call.".to_owned(),
            always: true,
        }),
    }
    if let (Some(limit), Some(spent)) = (tariffs.daily_limit, spent)
        && spent.reaches(limit)
    {
        let text = format!("Today's calls have cost {spent}; your limit is {limit}.");
        found.push(Reason { code: "daily-limit", text, always: true });
    }
    let ask = match tariffs.ask {
        Ask::Always => true,
        Ask::Never => false,
        Ask::First => !toll.spare.iter().any(|spare| spared(&spare.key)),
    };
    if ask || !found.is_empty() {
        found.insert(0, Reason { code: "cost", text: format!("{}.", toll.text), always: false });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c41_each_call_says_what_it_may_cost_and_asks_as_its_class_wants() {
        let voice = SipUri::parse("sip:alice@example.com").expect("valid");
        let plan = DialPlan { region: Some("DE".to_owned()), ..DialPlan::default() };
        let tariffs = Tariffs { daily_limit: Price::parse("1 EUR"), ..Tariffs::default() };
        let of = |text: &str| {
            let uri = match read(text, &plan).expect(text) {
                Written::Sip(uri) => AddressUri::Sip(uri),
                Written::Tel(number, extension) => AddressUri::Tel(number, extension),
                Written::Xmpp(jid) => AddressUri::Jingle(jid),
            };
            toll(&uri, Some(&voice), &plan, &tariffs)
        };
        let codes = |toll: &Toll, spared: bool, spent: &str| -> Vec<&str> {
            reasons(toll, &tariffs, |_| spared, Price::parse(spent)).iter().map(|reason| reason.code).collect()
        };
        for (text, cost, words, first, spared, over) in [
            ("sip:bob@example.com", Cost::Free, "free", "", "", ""),
            ("1001", Cost::Free, "free", "", "", ""),
            ("sip:1001@example.com", Cost::Free, "free", "", "", ""),
            ("112", Cost::Free, "Emergency", "", "", ""),
            ("sip:112@example.com", Cost::Free, "Emergency", "", "", ""),
            ("030 901820", Cost::PhoneNetwork, "landline", "cost", "", "cost daily-limit"),
            ("sip:030901820@example.com", Cost::PhoneNetwork, "landline", "cost", "", "cost daily-limit"),
            ("sip:bob@other.example", Cost::Unknown, "other.example", "cost", "", "cost daily-limit"),
            ("0900 1234567", Cost::PhoneNetwork, "premium", "cost premium", "cost premium", "cost premium daily-limit"),
            ("+41446681800", Cost::PhoneNetwork, "(CH)", "cost foreign", "cost foreign", "cost foreign daily-limit"),
        ] {
            let toll = of(text);
            assert_eq!(toll.cost, cost, "{text}");
            assert!(toll.text.contains(words), "{text}: {}", toll.text);
            assert_eq!(codes(&toll, false, "0.99 EUR").join(" "), first, "{text}");
            assert_eq!(codes(&toll, true, "0.99 EUR").join(" "), spared, "{text}");
            assert_eq!(codes(&toll, true, "1 EUR").join(" "), over, "{text}");
        }
    }
}
