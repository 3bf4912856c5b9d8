//! What kind of number it is, and what calling it costs (C-41).

use std::sync::Arc;

use phonenumber::Type;

use super::national::{country_code, kind_of};
use super::{DialPlan, Pattern};
use crate::model::{PhoneNumber, Price};

/// What a class means for asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassKind {
    /// An ordinary number.
    #[default]
    Ordinary,
    /// Dear: asked before every call.
    Premium,
    /// In another country: asked before every call.
    Foreign,
}

/// What a minute costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tariff {
    /// Nothing.
    Free,
    /// This much.
    PerMinute(Price),
}

/// Which numbers a class covers: those that fulfil both, in their global form or as dialled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Covers {
    /// They begin so.
    pub prefix: Option<String>,
    /// This occurs in them.
    pub pattern: Option<Pattern>,
}

/// A class of numbers, from the configuration or a provisioning document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NumberClass {
    /// "mobile number".
    pub name: Arc<str>,
    /// Which numbers.
    pub covers: Covers,
    /// What a minute costs, where that is known.
    pub tariff: Option<Tariff>,
    /// What it means for asking.
    pub kind: ClassKind,
}

/// Whether an ordinary call that may cost is asked about first. Premium and foreign numbers always are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ask {
    /// Until the user says that this number, class or domain need not be asked about.
    #[default]
    First,
    /// Before every call.
    Always,
    /// Not.
    Never,
}

/// Classes, limits and when to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tariffs {
    /// The first that covers a number counts.
    pub classes: Vec<NumberClass>,
    /// What the calls of a day may cost before every further one is asked about.
    pub daily_limit: Option<Price>,
    /// When to ask.
    pub ask: Ask,
}

/// What is known of a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// "mobile number".
    pub name: Arc<str>,
    /// What a minute costs, where that is known.
    pub tariff: Option<Tariff>,
    /// What it means for asking.
    pub kind: ClassKind,
    /// It stays inside the own telephone system.
    pub internal: bool,
}

/// The class of a number: the first configured one that covers it, else what the world's numbering plans say.
pub fn classify(number: &PhoneNumber, plan: &DialPlan, tariffs: &Tariffs) -> Class {
    let text = number.as_str();
    for class in &tariffs.classes {
        let Covers { prefix, pattern } = &class.covers;
        let begins = prefix.as_ref().is_none_or(|prefix| text.starts_with(prefix.as_str()));
        if begins && pattern.as_ref().is_none_or(|pattern| pattern.is_match(text)) {
            return Class { name: class.name.clone(), tariff: class.tariff, kind: class.kind, internal: false };
        }
    }
    let built_in = |name: &str, kind| Class { name: name.into(), tariff: None, kind, internal: false };
    let internal = plan.own_extension(text).is_some() || (!number.is_global() && text.len() <= plan.internal_digits());
    if internal {
        return Class { internal: true, ..built_in("internal number", ClassKind::Ordinary) };
    }
    let Some((kind, region)) = kind_of(text) else { return built_in("number", ClassKind::Ordinary) };
    if matches!(kind, Type::PremiumRate | Type::SharedCost) {
        return built_in("premium number", ClassKind::Premium);
    }
    // Countries may share a calling code (+1, +7, +44): the tariff follows the country.
    let home =
        country_code(plan).is_none() || region.as_deref().is_none_or(|found| plan.region.as_deref() == Some(found));
    if !home {
        let name = region.map_or("foreign number".to_owned(), |region| format!("foreign number ({region})"));
        return built_in(&name, ClassKind::Foreign);
    }
    match kind {
        Type::Mobile => built_in("mobile number", ClassKind::Ordinary),
        Type::FixedLine => built_in("landline number", ClassKind::Ordinary),
        Type::TollFree => built_in("freephone number", ClassKind::Ordinary),
        _ => built_in("number", ClassKind::Ordinary),
    }
}
