//! Numbers: what the plan makes of them, what they cost, and when a call asks first.

use tandem::config::{Config, parse};
use tandem::model::PhoneNumber;
use tandem::phone::{ClassKind, Tariff, Trace, Written, classify, dialled, read};

const ACCOUNTS: &str = "[[chat]]\naddress = \"alice@example.com\"\npassword = \"x\"\n\
    [[voice]]\naddress = \"sip:alice@example.com\"\npassword = \"x\"\n[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n";

/// The usual two accounts, and this.
pub fn configured(text: &str) -> Config {
    parse(&format!("{ACCOUNTS}{text}"), "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::from_digits(text).expect("digits")
}

#[test]
fn a_dial_plan_reads_and_dials_as_its_keys_say() {
    let de = "region = \"DE\"";
    let own = "region = \"DE\"\nown-numbers = [\"+49 30 901820\"]\nextension-length = 3";
    let rule = "[[numbers.rule]]\nmatch = \"^8(\\\\d{4})$\"\nreplace = \"+49309018$1\"\n";
    // The keys; what is typed; what it is; what the phone service is sent.
    for (keys, typed, read_as, sent) in [
        ("", "030 901820", "030901820", "030901820"),
        (de, "030 901820", "+4930901820", "+4930901820"),
        ("region = \"DE\"\ntrunk-prefix = \"7\"", "7 30 901820", "+4930901820", "+4930901820"),
        ("region = \"DE\"\ninternational-prefix = \"810\"", "810 1 303 308 3282", "+13033083282", "+13033083282"),
        ("region = \"DE\"\noutside-prefix = \"0\"", "0 030 901820", "+4930901820", "+4930901820"),
        ("region = \"DE\"\narea-code = \"30\"", "901820", "+4930901820", "+4930901820"),
        (own, "123", "+4930901820123", "123"),
        (own, "+49 30 901820 123", "+4930901820123", "123"),
        (own, "1234", "1234", "1234"),
        ("region = \"DE\"\nextension-length = 8", "03090182", "03090182", "03090182"),
        ("region = \"DE\"\ndial-as = \"national\"", "+49 30 901820", "+4930901820", "030901820"),
        ("region = \"DE\"\ndial-as = \"national\"", "+41 44 668 18 00", "+41446681800", "0041446681800"),
        ("region = \"DE\"\ndial-as = \"national\"\noutside-prefix = \"9\"", "030 901820", "+4930901820", "9030901820"),
        ("emergency = [\"030901820\"]\nregion = \"DE\"", "030 901820", "030901820", "030901820"),
        (rule, "81234", "+493090181234", "+493090181234"),
        (&format!("{rule}for = \"dial\""), "81234", "81234", "+493090181234"),
    ] {
        let numbers = configured(&format!("[numbers]\n{keys}\n")).numbers;
        let Ok(Written::Tel(found, None)) = read(typed, &numbers.plan) else { panic!("{typed}") };
        assert_eq!(found.as_str(), read_as, "{typed} with {keys}");
        assert_eq!(dialled(&found, &numbers.plan, &mut Trace(None)).as_str(), sent, "{typed} with {keys}");
    }
}

#[test]
fn a_number_belongs_to_the_class_that_its_keys_name() {
    let text = "[numbers]\nregion = \"DE\"\n\
        [[numbers.class]]\nname = \"head office\"\nprefix = \"+49 30 9018\"\ncost = \"free\"\n\
        [[numbers.class]]\nname = \"mobile\"\nmatch = \"^\\\\+491[567]\"\ncost = \"0.19 EUR\"\n\
        [[numbers.class]]\nname = \"dear\"\nprefix = \"+49900\"\nkind = \"premium\"\n\
        [[numbers.class]]\nname = \"far\"\nprefix = \"+1\"\nkind = \"foreign\"\n";
    let numbers = configured(text).numbers;
    let per_minute = |text: &str| Some(Tariff::PerMinute(tandem::model::Price::parse(text).expect("a price")));
    for (digits, name, tariff, kind) in [
        ("+4930901820", "head office", Some(Tariff::Free), ClassKind::Ordinary),
        ("+4915112345678", "mobile", per_minute("0.19 EUR"), ClassKind::Ordinary),
        ("+499001234567", "dear", None, ClassKind::Premium),
        ("+13033083282", "far", None, ClassKind::Foreign),
        // What no class covers is judged by the world's numbering plans.
        ("+498912345678", "landline number", None, ClassKind::Ordinary),
        ("+41446681800", "foreign number (CH)", None, ClassKind::Foreign),
        ("1001", "internal number", None, ClassKind::Ordinary),
    ] {
        let class = classify(&number(digits), &numbers.plan, &numbers.tariffs);
        assert_eq!((class.name.as_ref(), class.tariff, class.kind), (name, tariff, kind), "{digits}");
    }
    let plain = configured("[calls]\nregion = \"DE\"\n").numbers;
    let built_in = |digits: &str| classify(&number(digits), &plain.plan, &plain.tariffs);
    assert_eq!(built_in("+4915112345678").name.as_ref(), "mobile number");
    assert_eq!(built_in("+499001234567").kind, ClassKind::Premium);
    assert_eq!(built_in("+498001234567").name.as_ref(), "freephone number");
}
