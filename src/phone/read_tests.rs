//! Every written form, and what it becomes.

use super::*;

fn plan() -> DialPlan {
    DialPlan { region: Some("DE".to_owned()), ..DialPlan::default() }
}

fn written(text: &str) -> String {
    match read(text, &plan()) {
        Ok(Written::Sip(uri)) => uri.to_string(),
        Ok(Written::Tel(number, None)) => number.to_string(),
        Ok(Written::Tel(number, Some(extension))) => format!("{number} x{extension}"),
        Ok(Written::Xmpp(jid)) => format!("xmpp:{jid}"),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn every_written_form_becomes_the_same_value() {
    for (text, value) in [
        ("+1-303-308-3282", "+13033083282"),
        ("tel:+1-303-308-3282", "+13033083282"),
        ("TEL:+1 (303) 308.3282", "+13033083282"),
        ("+49 (0)30 901820", "+4930901820"),
        ("0049 30 901820", "+4930901820"),
        ("030 901820", "+4930901820"),
        ("tel:901820;phone-context=+4930", "+4930901820"),
        ("+1 303 308 3282 x12", "+13033083282 x12"),
        ("+1 303 308 3282 ext. 12", "+13033083282 x12"),
        ("tel:+13033083282;ext=12", "+13033083282 x12"),
        ("tel:+13033083282;postd=12w34", "+13033083282 x12w34"),
        ("tel:+13033083282;postd=pp1", "+13033083282 x1"),
        ("+1 303 308 3282,,12w34#", "+13033083282 x12w34#"),
        ("+1 303 308 3282 w 12", "+13033083282 xw12"),
        ("1001", "1001"),
        ("*97", "*97"),
        ("sip:alice@sip.example.com", "sip:alice@sip.example.com"),
        ("tel:sip:alice@sip.example.com", "sip:alice@sip.example.com"),
        ("tel:tel:+4930901820", "+4930901820"),
        ("sips:alice@sip.example.com;transport=tls", "sips:alice@sip.example.com;transport=tls"),
        ("alice@sip.example.com", "sip:alice@sip.example.com"),
        ("tel:xmpp:alice@example.com", "xmpp:alice@example.com"),
        ("xmpp:alice@example.com/desk?message", "xmpp:alice@example.com"),
    ] {
        assert_eq!(written(text), value, "{text}");
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for text in [
        "",
        "  ",
        "tel:",
        "call me",
        "+",
        "+12",
        "12 34\u{0}",
        "sip:example.com",
        "javascript:alert(1)",
        "0".repeat(600).as_str(),
    ] {
        assert!(read(text, &plan()).is_err(), "{text}");
    }
}

#[test]
fn without_a_country_national_numbers_stay_as_dialled() {
    let number = read("030 901820", &DialPlan::default()).expect("a number");
    assert_eq!(number, Written::Tel(PhoneNumber::from_digits("030901820").expect("digits"), None));
}

#[test]
fn an_internal_number_does_not_become_a_strangers() {
    assert_eq!(written("1002"), "1002");
}

/// How a number is read by a plan.
fn by(plan: &DialPlan, text: &str) -> String {
    match read(text, plan) {
        Ok(Written::Tel(number, None)) => number.to_string(),
        Ok(Written::Tel(number, Some(extension))) => format!("{number} x{extension}"),
        Ok(Written::Sip(uri)) => uri.to_string(),
        Ok(Written::Xmpp(jid)) => jid.to_string(),
        Err(error) => format!("{error:?}"),
    }
}

fn region(region: &str) -> DialPlan {
    DialPlan { region: Some(region.to_owned()), ..DialPlan::default() }
}

#[test]
fn c01_links_with_escapes_and_contexts_are_numbers() {
    for (text, value) in [
        ("tel:+49%2030%20901820", "+4930901820"),
        ("tel:%2B49%2030%20901820", "+4930901820"),
        ("tel:%252B4930901820", "+4930901820"),
        ("tel:+49-30-901820;phone-context=+49", "+4930901820"),
        ("tel:901820;phone-context=+49-30", "+4930901820"),
        ("tel:1001;phone-context=example.com", "1001"),
        ("tel:030901820;isub=12", "+4930901820"),
        ("+49 30 901820,,12#", "Nonsense"),
        ("+49 30 901820,,12", "+4930901820 x12"),
        ("tel:+4930901820;ext=%2012", "+4930901820 x12"),
    ] {
        let found = by(&region("DE"), text);
        let expected = if value == "Nonsense" { "+4930901820 x12#" } else { value };
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn c19_each_country_keeps_its_own_zeros_and_prefixes() {
    for (country, text, value) in [
        // Italy's leading zero is part of the number, at home and abroad.
        ("IT", "06 698 12345", "+390669812345"),
        ("IT", "+39 06 698 12345", "+390669812345"),
        ("DE", "+39 (0)6 698 12345", "+390669812345"),
        ("DE", "0039 06 698 12345", "+390669812345"),
        ("IT", "0049 30 901820", "+4930901820"),
        // Germany's is not, however it is written.
        ("IT", "+49 (0)30 901820", "+4930901820"),
        ("DE", "+49 030 901820", "+4930901820"),
        ("DE", "+0049 30 901820", "+4930901820"),
        ("DE", "0049 030 901820", "+4930901820"),
        // North America: 011 abroad, 1 before the area or nothing.
        ("US", "011 49 30 901820", "+4930901820"),
        ("US", "1 303 308 3282", "+13033083282"),
        ("US", "303-308-3282", "+13033083282"),
        ("GB", "020 7946 0018", "+442079460018"),
        ("FR", "01 42 68 53 00", "+33142685300"),
        ("AT", "0043 1 58858 0", "+431588580"),
        ("RU", "8 495 123 45 67", "+74951234567"),
    ] {
        assert_eq!(by(&region(country), text), value, "{text} in {country}");
    }
    // Without a country 00 is still the recommended prefix (ITU-T E.123), and nothing else is guessed.
    assert_eq!(by(&DialPlan::default(), "0049 30 901820"), "+4930901820");
    assert_eq!(by(&DialPlan::default(), "303 308 3282"), "3033083282");
}

#[test]
fn c19_domestic_numbers_are_not_made_international_wrongly() {
    for (country, text) in [
        // Internal and service numbers, and local ones without an area.
        ("DE", "100200"),
        ("DE", "901820"),
        ("DE", "116117"),
        ("DE", "49309"),
        ("US", "3083282"),
        ("GB", "79460018"),
        ("DE", "00000000"),
        ("US", "5550100200300400"),
    ] {
        let plain: String = text.chars().filter(char::is_ascii_digit).collect();
        assert_eq!(by(&region(country), text), plain, "{text} in {country}");
    }
}

#[test]
fn c19_the_telephone_systems_prefix_is_taken_off_where_a_number_is_left() {
    let nine = DialPlan { outside_prefix: Some("9".to_owned()), ..region("US") };
    let zero = DialPlan { outside_prefix: Some("0".to_owned()), ..region("DE") };
    for (plan, text, value) in [
        (&nine, "9 1 303 308 3282", "+13033083282"),
        (&nine, "9 011 49 30 901820", "+4930901820"),
        (&nine, "9 303 308 3282", "+13033083282"),
        // A number of its own that begins with 9 keeps it.
        (&nine, "972 555 1234", "+19725551234"),
        (&nine, "911", "911"),
        (&nine, "9001", "9001"),
        (&zero, "0 030 901820", "+4930901820"),
        (&zero, "030 901820", "+4930901820"),
        (&zero, "0 0049 30 901820", "+4930901820"),
        (&zero, "0041 44 668 18 00", "+41446681800"),
        (&zero, "112", "112"),
    ] {
        assert_eq!(by(plan, text), value, "{text}");
    }
}

#[test]
fn every_step_of_reading_is_told() {
    let plan = DialPlan { outside_prefix: Some("0".to_owned()), ..region("DE") };
    let (steps, _) = explain("0 (030) 90 18 20", &plan);
    let told: Vec<(&str, &str)> = steps.iter().map(|step| (step.name, step.value.as_str())).collect();
    let expected = [("cleaned", "0030901820"), ("outside line", "030901820"), ("international", "+4930901820")];
    assert_eq!(told, expected);
    assert!(steps.iter().all(|step| step.why.ends_with('.')));
    // A rule that an administrator wrote may do anything, but not break reading.
    let rule = |pattern: &str, replace: &str| super::super::DialRule {
        pattern: super::super::Pattern::new(pattern).expect("valid"),
        replace: replace.to_owned(),
        used: RuleFor::Match,
    };
    for (pattern, replace, value) in [("^0", "$9", "30901820"), ("\\d", "x", "+4930901820"), (".*", "", "+4930901820")]
    {
        let plan = DialPlan { rules: vec![rule(pattern, replace)], ..region("DE") };
        assert_eq!(by(&plan, "030 901820"), value, "{pattern}");
    }
    assert!(super::super::Pattern::new(&"(".repeat(9)).is_err());
    assert!(super::super::Pattern::new("((a{999}){999}){999}").is_err(), "bounded");
}
