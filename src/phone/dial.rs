//! From a number to what the phone service is sent.

use super::national::{inside_country, international_prefix, trunk_prefix};
use super::{DialAs, DialPlan, RuleFor, Trace};
use crate::model::PhoneNumber;

/// The digits to dial: an own extension for an own number, the form that the plan asks for otherwise, and the first
/// matching rule for dialling at the end. An emergency number is dialled exactly as it is.
pub fn dialled(number: &PhoneNumber, plan: &DialPlan, trace: &mut Trace<'_>) -> PhoneNumber {
    let written = number.as_str();
    if plan.is_emergency(written) {
        return number.clone();
    }
    let shaped = if let Some(extension) = plan.own_extension(written) {
        trace.note("internal", extension, || "It is one of your telephone system's own numbers.".to_owned());
        extension.to_owned()
    } else {
        match plan.dial_as {
            DialAs::International => written.to_owned(),
            DialAs::National => {
                let national = national_form(written, plan);
                trace.note("form", &national, || {
                    "The phone service is given numbers as one dials them here.".to_owned()
                });
                national
            }
        }
    };
    let result = match plan.apply(RuleFor::Dial, &shaped) {
        Some((rule, result)) => {
            trace.note("rule for dialling", &result, || format!("The rule {} applies.", rule.pattern.as_str()));
            result
        }
        None => shaped,
    };
    // A rule that leaves no number is a mistake of the plan; the number itself is the better try.
    PhoneNumber::from_digits(&result).unwrap_or_else(|_| number.clone())
}

fn national_form(written: &str, plan: &DialPlan) -> String {
    let inside = written.starts_with('+').then(|| inside_country(written, plan));
    let digits = match inside {
        // As it was dialled: internal, a service number, or nothing that the plan understood.
        None => return written.to_owned(),
        Some(Some(national)) => format!("{}{national}", trunk_prefix(plan)),
        Some(None) => format!("{}{}", international_prefix(plan), written.trim_start_matches('+')),
    };
    format!("{}{digits}", plan.outside_prefix.as_deref().unwrap_or_default())
}
