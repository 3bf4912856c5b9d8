//! The section `[numbers]`: dial plan, classes and costs, emergency numbers.

use super::parse::{required, tables};
use super::settings::{Calls, Numbers};
use super::table::{Problems, Table};
use super::words;
use crate::model::Price;
use crate::phone::{
    AccountPlan, Ask, ClassKind, Covers, DialAs, DialPlan, DialRule, NumberClass, Pattern, RuleFor, Tariff, Tariffs,
};

/// Rules, classes and numbers of each kind that a plan may have; more are reported.
const MOST: usize = 1000;

/// Reads the section; the country of `[calls]` counts where this one names none.
pub(super) fn read_numbers(table: &mut Table<'_>, calls: &Calls, problems: &mut Problems<'_>) -> Numbers {
    let region = table.parsed("region", "a country code of two letters like DE", problems, country);
    let plan = DialPlan {
        region: region.or_else(|| calls.region.clone()),
        trunk_prefix: prefix(table, "trunk-prefix", problems),
        international_prefix: prefix(table, "international-prefix", problems),
        outside_prefix: prefix(table, "outside-prefix", problems),
        area_code: prefix(table, "area-code", problems),
        own_numbers: own_numbers(table, problems),
        extension_length: read_extension_length(table, problems),
        dial_as: table.word("dial-as", words::DIAL_AS, DialAs::International, problems),
        rules: tables(table, "rule", problems).into_iter().filter_map(|rule| read_rule(rule, problems)).collect(),
        emergency: numbers(table, "emergency", "a number as it is dialled, like 112", problems, |text| {
            text.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#')
        }),
    };
    let tariffs = Tariffs {
        classes: tables(table, "class", problems).into_iter().filter_map(|class| read_class(class, problems)).collect(),
        daily_limit: table.parsed("daily-limit", "an amount like 5.00 EUR", problems, Price::parse),
        ask: table.word("ask-cost", words::ASK_COST, Ask::First, problems),
    };
    if plan.rules.len() > MOST || tariffs.classes.len() > MOST {
        problems.report(table.span(), format_args!("numbers has more than {MOST} rules or classes"));
    }
    Numbers { plan, tariffs }
}

/// What a voice account says in place of the common plan.
pub(super) fn read_account_plan(table: &mut Table<'_>, problems: &mut Problems<'_>) -> AccountPlan {
    let says_how = table.has_any(&["dial-as"]);
    let dial_as = table.word("dial-as", words::DIAL_AS, DialAs::International, problems);
    let says_numbers = table.has_any(&["own-numbers"]);
    AccountPlan {
        region: table.parsed("region", "a country code of two letters like DE", problems, country),
        trunk_prefix: prefix(table, "trunk-prefix", problems),
        international_prefix: prefix(table, "international-prefix", problems),
        outside_prefix: prefix(table, "outside-prefix", problems),
        area_code: prefix(table, "area-code", problems),
        own_numbers: Some(own_numbers(table, problems)).filter(|_| says_numbers),
        extension_length: read_extension_length(table, problems),
        dial_as: says_how.then_some(dial_as),
    }
}

fn own_numbers(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Vec<String> {
    numbers(table, "own-numbers", "a number like +4930901820", problems, |text| text.starts_with('+') && text.len() > 3)
}

fn country(text: &str) -> Option<String> {
    (text.len() == 2 && text.chars().all(|c| c.is_ascii_alphabetic())).then(|| text.to_ascii_uppercase())
}

fn prefix(table: &mut Table<'_>, key: &'static str, problems: &mut Problems<'_>) -> Option<String> {
    table.parsed(key, "one to eight digits", problems, |text| {
        let valid = (1..=8).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'*' || b == b'#');
        valid.then(|| text.to_owned())
    })
}

fn read_extension_length(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<u8> {
    let given = table.has_any(&["extension-length"]);
    let length = table.number("extension-length", 1..=9, 5, problems);
    given.then(|| u8::try_from(length).unwrap_or(5))
}

/// A list of numbers, freed of separators.
fn numbers(
    table: &mut Table<'_>,
    key: &'static str,
    what: &str,
    problems: &mut Problems<'_>,
    valid: fn(&str) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for (text, span) in table.texts(key, problems).unwrap_or_default() {
        let digits: String = text.chars().filter(|c| !" -./()".contains(*c)).collect();
        let number = crate::model::PhoneNumber::from_digits(&digits).ok();
        match number.filter(|number| valid(number.as_str()) && found.len() < MOST) {
            Some(number) => found.push(number.as_str().to_owned()),
            None => problems.report(span, format_args!("{key}: {text:?} is not {what}")),
        }
    }
    found
}

fn pattern(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<Pattern> {
    let span = table.span_of("match");
    let text = table.text("match", problems)?;
    match Pattern::new(&text) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            problems.report(span, format_args!("match = {text:?} cannot be used: {error}"));
            None
        }
    }
}

fn read_rule(mut table: Table<'_>, problems: &mut Problems<'_>) -> Option<DialRule> {
    let given = table.has_any(&["match"]);
    let pattern = pattern(&mut table, problems);
    if !given {
        problems.report(table.span(), "[[numbers.rule]] needs match: what must occur in the number");
    }
    let replace = required(&mut table, "replace", problems, "what stands there instead", |text| Some(text.to_owned()));
    let used = table.word("for", words::RULE_FOR, RuleFor::Match, problems);
    table.finish(problems);
    Some(DialRule { pattern: pattern?, replace: replace?, used })
}

fn read_class(mut table: Table<'_>, problems: &mut Problems<'_>) -> Option<NumberClass> {
    let name = required(&mut table, "name", problems, "how the class is called, at most 60 characters", |text| {
        (text.chars().count() <= 60 && !text.chars().any(char::is_control)).then(|| text.to_owned())
    });
    let prefix = table.parsed("prefix", "a number or its beginning, like +4915", problems, |text| {
        let digits: String = text.chars().filter(|c| !" -./()".contains(*c)).collect();
        crate::model::PhoneNumber::from_digits(&digits).ok().map(|number| number.as_str().to_owned())
    });
    let (has_prefix, has_match) = (table.has_any(&["prefix"]), table.has_any(&["match"]));
    let pattern = pattern(&mut table, problems);
    if !has_prefix && !has_match {
        problems.report(table.span(), "[[numbers.class]] needs prefix or match: which numbers it covers");
    }
    let tariff = table.parsed("cost", "what a minute costs like 0.19 EUR, or free", problems, |text| {
        if text == "free" { Some(Tariff::Free) } else { Price::parse(text).map(Tariff::PerMinute) }
    });
    let kind = table.word("kind", words::CLASS_KIND, ClassKind::Ordinary, problems);
    table.finish(problems);
    let covers = Covers { prefix, pattern };
    // What is there but wrong has been reported; it must not cover everything.
    (covers.prefix.is_some() == has_prefix && covers.pattern.is_some() == has_match).then_some(())?;
    Some(NumberClass { name: name?.into(), covers, tariff, kind })
}
