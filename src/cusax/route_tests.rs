//! The constellations of RFC 7081 section 3.4, and what its text says about each.

use super::*;

/// What the text demands.
#[derive(Debug)]
enum Demand {
    /// The call goes out over this account, without a question.
    Goes(&'static str),
    /// The user chooses among exactly these.
    Asks(&'static [&'static str]),
    /// Nothing is chosen, because this one is not connected; these would be.
    Waits(&'static str, &'static [&'static str]),
    /// Nothing can call.
    Nobody,
    /// There is no such account.
    Unknown,
}
use Demand::{Asks, Goes, Nobody, Unknown, Waits};

/// Accounts in a word each: `work`, `home-` (not connected), `xmpp*` (a chat account with Jingle).
fn accounts(text: &str) -> Vec<VoiceAccount> {
    text.split_whitespace()
        .map(|word| VoiceAccount {
            id: AccountId::new(word.trim_end_matches(['-', '*'])),
            via: if word.contains('*') { Via::Jingle } else { Via::Sip },
            online: !word.contains('-'),
        })
        .collect()
}

/// `wanted=work back=home contact=work prefix=+49:home related=work,home help`
fn ask(accounts: &[VoiceAccount], text: &str) -> Result<Routed, RouteError> {
    let (mut wanted, mut back, mut contact, mut related, mut help) = (None, None, None, Vec::new(), false);
    let mut prefix = None;
    for word in text.split_whitespace() {
        let id = AccountId::new;
        match word.split_once('=') {
            Some(("wanted", name)) => wanted = Some(id(name)),
            Some(("back", name)) => back = Some(id(name)),
            Some(("contact", name)) => contact = Some(id(name)),
            Some(("prefix", rule)) => prefix = rule.split_once(':').map(|(prefix, name)| (id(name), prefix)),
            Some(("related", names)) => related = names.split(',').map(id).collect(),
            Some((other, _)) => panic!("{other}"),
            None => help = word == "help",
        }
    }
    let for_prefix = prefix.as_ref().map(|(account, prefix)| Remembered::Prefix(account, prefix));
    route(&RouteQuestion {
        accounts,
        wanted: wanted.as_ref(),
        emergency: help,
        back: back.as_ref(),
        remembered: contact.as_ref().map(Remembered::Contact).or(for_prefix),
        related: &related,
    })
}

/// Accounts; what else holds; what the text says of it; what it demands.
///
/// The third column is the text, section 3.4 of RFC 7081 unless another is named: "single" is its first paragraph ("only a
/// single telephony-capable account … initiate calls immediately"), "relation" its third ("preferentially initiate this call
/// through her example.com SIP account even if other possibilities exist"), "choice" its last with practice 7 of section 6
/// ("present the user with the choice of reaching the contact through any of those accounts"), "nothing" that there is no
/// account "with calling capabilities". "user" and "help" are ours: what the user said, and calls for help, where the RFC is
/// silent.
const TABLE: &[(&str, &str, &str, Demand)] = &[
    // A single telephony-capable account: no question, whatever else is set.
    ("work", "", "single", Goes("work")),
    ("work", "related=work", "single", Goes("work")),
    ("work", "related=gone", "single", Goes("work")),
    ("work", "back=gone", "single", Goes("work")),
    ("work", "contact=gone", "single", Goes("work")),
    ("work", "prefix=+49:gone", "single", Goes("work")),
    ("xmpp*", "", "single", Goes("xmpp")),
    ("work-", "", "single", Waits("work", &[])),
    ("work-", "related=work", "single", Waits("work", &[])),
    ("xmpp*-", "", "single", Waits("xmpp", &[])),
    ("", "", "nothing", Nobody),
    ("", "related=work", "nothing", Nobody),
    // The relation comes first, even if other possibilities exist: other SIP accounts, and the XMPP account of the card.
    ("work home", "related=work", "relation", Goes("work")),
    ("work home", "related=home", "relation", Goes("home")),
    ("work home third", "related=home", "relation", Goes("home")),
    ("work home third", "related=third", "relation", Goes("third")),
    ("work xmpp*", "related=work", "relation", Goes("work")),
    ("xmpp* work", "related=work", "relation", Goes("work")),
    ("xmpp* work home", "related=home", "relation", Goes("home")),
    // Preferred, not replaced: when it is away, the others are possibilities that the user is told of.
    ("work- home", "related=work", "relation", Waits("work", &["home"])),
    ("work- home third", "related=work", "relation", Waits("work", &["home", "third"])),
    ("work- home-", "related=work", "relation", Waits("work", &[])),
    ("work- xmpp*", "related=work", "relation", Waits("work", &["xmpp"])),
    // A contact of a roster without relation, or of nobody's: the relation of another account does not count.
    ("work home", "", "choice", Asks(&["work", "home"])),
    ("work home", "related=gone", "choice", Asks(&["work", "home"])),
    ("work home third", "", "choice", Asks(&["work", "home", "third"])),
    ("home work", "", "choice", Asks(&["home", "work"])),
    // "present the user with the option of using XMPP Jingle as one method".
    ("work xmpp*", "", "choice", Asks(&["work", "xmpp"])),
    ("work home xmpp*", "", "choice", Asks(&["work", "home", "xmpp"])),
    ("xmpp* other*", "", "choice", Asks(&["xmpp", "other"])),
    // What is not connected is no way to reach anybody.
    ("work home-", "", "choice", Goes("work")),
    ("work- home third-", "", "choice", Goes("home")),
    ("work home- third", "", "choice", Asks(&["work", "third"])),
    ("work- xmpp*", "", "choice", Goes("xmpp")),
    ("work- home-", "", "choice", Waits("work", &[])),
    // Several accounts that belong to the roster are equal among each other.
    ("work home third", "related=work,home", "relation", Asks(&["work", "home"])),
    ("work- home third", "related=work,home", "relation", Goes("home")),
    ("work- home- third", "related=work,home", "relation", Waits("work", &["third"])),
    // What the user says goes before what a rule says.
    ("work home", "related=work wanted=home", "user", Goes("home")),
    ("work xmpp*", "related=work wanted=xmpp", "user", Goes("xmpp")),
    ("work home", "wanted=gone", "user", Unknown),
    ("work home-", "wanted=home", "user", Waits("home", &["work"])),
    ("work home", "related=work contact=home", "user", Goes("home")),
    ("work home", "related=work prefix=+49:home", "user", Goes("home")),
    ("work home", "contact=gone related=work", "user", Goes("work")),
    ("work home", "prefix=+49:gone", "user", Asks(&["work", "home"])),
    ("work home-", "contact=home", "user", Waits("home", &["work"])),
    // Who calls back uses the line that was called, unless it is gone.
    ("work home", "back=home related=work", "user", Goes("home")),
    ("work home", "back=home contact=work", "user", Goes("home")),
    ("work home", "back=home wanted=work", "user", Goes("work")),
    ("work home", "back=gone related=work", "user", Goes("work")),
    ("work home", "back=gone", "user", Asks(&["work", "home"])),
    // Help: no rule and no question is in its way.
    ("work home", "help", "help", Goes("work")),
    ("work- home", "help", "help", Goes("home")),
    ("work- home", "help wanted=work", "help", Goes("home")),
    ("work- home", "help related=work contact=work", "help", Goes("home")),
    ("work home", "help wanted=home", "help", Goes("home")),
    ("xmpp* work", "help", "help", Goes("work")),
    ("xmpp*", "help", "help", Nobody),
    ("work- home-", "help", "help", Waits("work", &[])),
];

#[test]
fn c25_c27_c28_each_constellation_is_decided_as_the_text_says() {
    assert!(TABLE.len() >= 40, "{}", TABLE.len());
    let id = |names: &[&str]| names.iter().map(|name| AccountId::new(name)).collect::<Vec<_>>();
    for (listed, holds, text, demand) in TABLE {
        let found = ask(&accounts(listed), holds);
        let right = match demand {
            Goes(name) => found.as_ref().is_ok_and(|routed| routed.account == AccountId::new(name)),
            Asks(names) => found == Err(RouteError::Choose(id(names))),
            Waits(name, others) => found == Err(RouteError::Offline(AccountId::new(name), id(others))),
            Nobody => found == Err(RouteError::NoAccount),
            Unknown => found == Err(RouteError::Unknown),
        };
        assert!(right, "{listed:?} with {holds:?} ({text}): {demand:?} is demanded, {found:?} was found");
    }
}

#[test]
fn the_rule_that_decides_is_the_first_that_applies_and_is_told() {
    for (listed, holds, rule) in [
        ("work", "", Rule::Only),
        ("work home-", "", Rule::OnlyConnected),
        ("work home", "related=home", Rule::Related),
        ("work home", "related=home contact=work", Rule::ForContact),
        ("work home", "related=home prefix=+49:work", Rule::ForPrefix("+49".to_owned())),
        ("work home", "related=home contact=work back=home", Rule::Back),
        ("work home", "related=home contact=work back=home wanted=work", Rule::Wanted),
        ("work home", "related=home wanted=work help", Rule::Emergency),
    ] {
        let routed = ask(&accounts(listed), holds).expect("an account");
        assert_eq!(routed.rule, rule, "{listed} with {holds}");
        assert!(routed.rule.to_string().ends_with('.'));
    }
}
