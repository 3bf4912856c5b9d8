//! What the world's numbering plans know: which numbers can exist, and what belongs before them.

use phonenumber::metadata::DATABASE;
use phonenumber::{Metadata, Mode, country};

use super::DialPlan;

/// The country of the plan, where it names one that exists.
fn region_of(plan: &DialPlan) -> Option<country::Id> {
    plan.region.as_deref()?.parse().ok()
}

fn metadata(plan: &DialPlan) -> Option<&'static Metadata> {
    DATABASE.by_id(plan.region.as_deref()?)
}

/// The country calling code of the plan's country.
pub(super) fn country_code(plan: &DialPlan) -> Option<u16> {
    metadata(plan).map(Metadata::country_code)
}

/// What stands before a national number: the plan's word, else the country's.
pub(super) fn trunk_prefix(plan: &DialPlan) -> &str {
    plan.trunk_prefix.as_deref().or_else(|| metadata(plan)?.national_prefix()).unwrap_or_default()
}

/// What stands before a foreign number: the plan's word, else the country's, else what ITU-T E.123 recommends.
pub(super) fn international_prefix(plan: &DialPlan) -> String {
    let plain = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some(prefix) = &plan.international_prefix {
        return prefix.clone();
    }
    let known = metadata(plan).and_then(|country| {
        let only = country.international_prefix().map(|prefix| prefix.as_str().to_owned()).filter(|text| plain(text));
        country.preferred_international_prefix().map(str::to_owned).or(only)
    });
    known.unwrap_or_else(|| "00".to_owned())
}

/// The calling code at the beginning of `+…`, and the rest.
fn split_code(global: &str) -> Option<(u16, &str)> {
    let digits = global.strip_prefix('+')?;
    (1..=3).find_map(|length| {
        let code: u16 = digits.get(..length)?.parse().ok()?;
        DATABASE.by_code(&code).is_some().then(|| (code, digits.get(length..).unwrap_or_default()))
    })
}

/// The country calling code of a global number, with its `+`.
pub fn country_prefix(number: &crate::model::PhoneNumber) -> Option<String> {
    split_code(number.as_str()).map(|(code, _)| format!("+{code}"))
}

/// `+49 (0)30 …`: people write the trunk zero for callers inside the country. It goes where the country has one, and stays
/// where the zero is part of the number, as in Italy.
pub(super) fn without_trunk_zero(global: &str) -> Option<String> {
    let (code, rest) = split_code(global)?;
    let rest = rest.strip_prefix('0')?;
    let dropped = DATABASE.by_code(&code)?.iter().any(|country| country.national_prefix() == Some("0"));
    dropped.then(|| format!("+{code}{rest}"))
}

/// The E.164 form of `+…` where such a number can exist.
pub(super) fn valid_global(global: &str) -> Option<String> {
    let number = phonenumber::parse(None, global).ok()?;
    number.is_valid().then(|| number.format().mode(Mode::E164).to_string())
}

/// The global form of digits that begin with the international prefix.
pub(super) fn from_abroad_form(digits: &str, plan: &DialPlan) -> Option<String> {
    let rest = digits.strip_prefix(international_prefix(plan).as_str())?;
    let global = format!("+{rest}");
    let global = without_trunk_zero(&global).unwrap_or(global);
    valid_global(&global)
}

/// The global form of a number as it is dialled inside the country; `None` where no such number can exist.
///
/// Where the country has a trunk zero, a number without it is a local one and no national one: `901820` in Berlin is not
/// the number 901820 of some other area.
pub(super) fn from_national_form(digits: &str, plan: &DialPlan) -> Option<String> {
    let region = region_of(plan)?;
    let trunk = trunk_prefix(plan);
    if let Some(own) = &plan.trunk_prefix {
        let rest = digits.strip_prefix(own.as_str())?;
        return valid_global(&format!("+{}{rest}", country_code(plan)?));
    }
    if trunk == "0" && !digits.starts_with('0') {
        return None;
    }
    let number = phonenumber::parse(Some(region), digits).ok()?;
    // A leading calling code without + ("49 30 …") is a guess that a dialled number must not rest on.
    let own = number.country().code() == country_code(plan)?;
    (own && number.is_valid()).then(|| number.format().mode(Mode::E164).to_string())
}

/// The global form of a number inside the own area.
pub(super) fn from_local_form(digits: &str, plan: &DialPlan) -> Option<String> {
    let area = plan.area_code.as_deref()?;
    let trunk = trunk_prefix(plan);
    if trunk == "0" && digits.starts_with('0') {
        return None;
    }
    valid_global(&format!("+{}{area}{digits}", country_code(plan)?))
}

/// What kind of number it is and whose country's; `None` where no such number can exist.
pub(super) fn kind_of(global: &str) -> Option<(phonenumber::Type, Option<String>)> {
    let number = phonenumber::parse(None, global).ok().filter(phonenumber::PhoneNumber::is_valid)?;
    let region = number.country().id().map(|id| format!("{id:?}"));
    Some((number.number_type(&DATABASE), region))
}

/// The parts of a number of the plan's own country behind its calling code.
pub(super) fn inside_country<'n>(global: &'n str, plan: &DialPlan) -> Option<&'n str> {
    global.strip_prefix('+')?.strip_prefix(country_code(plan)?.to_string().as_str())
}
