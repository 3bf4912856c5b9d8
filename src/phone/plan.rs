//! How the numbers of one user are read and dialled.

use super::Pattern;

/// The longest internal number where the plan does not say it.
const INTERNAL_DIGITS: u8 = 5;

/// How numbers are handed to the phone service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DialAs {
    /// `+4930901820`.
    #[default]
    International,
    /// As one dials in the country: `030901820`, `0041…`, with the outside prefix before it where there is one.
    National,
}

/// When a rule applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleFor {
    /// When a number is read: typed, in a card, of a caller.
    #[default]
    Match,
    /// To what is sent to the phone service.
    Dial,
}

/// One rule by regular expression. Of the rules of a kind the first that matches applies, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialRule {
    /// What must occur in the number.
    pub pattern: Pattern,
    /// What stands there instead; `$1` is the first group.
    pub replace: String,
    /// When.
    pub used: RuleFor,
}

/// How numbers of this user are read and dialled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialPlan {
    /// The country that numbers without `+` belong to, as ISO 3166 says.
    pub region: Option<String>,
    /// What stands before a national number inside the country; the country's own if absent.
    pub trunk_prefix: Option<String>,
    /// What stands before a foreign number; the country's own if absent.
    pub international_prefix: Option<String>,
    /// What is dialled at a telephone system for a line to the outside: `0` or `9`.
    pub outside_prefix: Option<String>,
    /// The area that numbers without trunk prefix belong to, without that prefix: `30`.
    pub area_code: Option<String>,
    /// The beginnings of the own telephone system's numbers, as `+4930901820`: what follows is an extension.
    pub own_numbers: Vec<String>,
    /// How long an internal number may be; 5 if absent.
    pub extension_length: Option<u8>,
    /// How numbers are handed to the phone service.
    pub dial_as: DialAs,
    /// Rules by regular expression, in the order of the file.
    pub rules: Vec<DialRule>,
    /// Emergency numbers beside the built-in ones of the region.
    pub emergency: Vec<String>,
}

/// What one phone account says about numbers in place of the common plan; what is `None` is as that plan says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountPlan {
    /// The country.
    pub region: Option<String>,
    /// What stands before a national number.
    pub trunk_prefix: Option<String>,
    /// What stands before a foreign number.
    pub international_prefix: Option<String>,
    /// What is dialled for a line to the outside.
    pub outside_prefix: Option<String>,
    /// The area.
    pub area_code: Option<String>,
    /// The beginnings of the own telephone system's numbers.
    pub own_numbers: Option<Vec<String>>,
    /// How long an internal number may be.
    pub extension_length: Option<u8>,
    /// How numbers are handed to this phone service.
    pub dial_as: Option<DialAs>,
}

impl AccountPlan {
    /// Whether the account says anything of its own.
    pub fn is_some(&self) -> bool {
        *self != Self::default()
    }
}

impl DialPlan {
    /// The plan of one account: its own words before the common ones. Prefixes and areas are those of a country: where the
    /// account is in another one, the common plan's say nothing about it.
    #[must_use]
    pub fn for_account(&self, account: &AccountPlan) -> Self {
        let abroad = account.region.is_some() && account.region != self.region;
        let common = |value: &Option<String>| value.clone().filter(|_| !abroad);
        Self {
            region: account.region.clone().or_else(|| self.region.clone()),
            trunk_prefix: account.trunk_prefix.clone().or_else(|| common(&self.trunk_prefix)),
            international_prefix: account.international_prefix.clone().or_else(|| common(&self.international_prefix)),
            outside_prefix: account.outside_prefix.clone().or_else(|| self.outside_prefix.clone()),
            area_code: account.area_code.clone().or_else(|| common(&self.area_code)),
            own_numbers: account.own_numbers.clone().unwrap_or_else(|| self.own_numbers.clone()),
            extension_length: account.extension_length.or(self.extension_length),
            dial_as: account.dial_as.unwrap_or(self.dial_as),
            rules: self.rules.clone(),
            emergency: self.emergency.clone(),
        }
    }

    /// The longest number that stays inside.
    pub fn internal_digits(&self) -> usize {
        usize::from(self.extension_length.unwrap_or(INTERNAL_DIGITS))
    }

    /// The extension behind one of the own numbers: of `+4930901820123` it is `123`.
    pub fn own_extension<'n>(&self, number: &'n str) -> Option<&'n str> {
        let digits = self.internal_digits();
        self.own_numbers
            .iter()
            .filter_map(|own| number.strip_prefix(own.as_str()))
            .find(|rest| !rest.is_empty() && rest.len() <= digits)
    }

    /// The first rule of this kind that matches, and what it makes of the number.
    pub(super) fn apply(&self, used: RuleFor, number: &str) -> Option<(&DialRule, String)> {
        self.rules
            .iter()
            .filter(|rule| rule.used == used)
            .find_map(|rule| rule.pattern.replace(number, &rule.replace).map(|result| (rule, result)))
    }

    /// Whether help is called with this number, exactly as dialled.
    pub fn is_emergency(&self, digits: &str) -> bool {
        super::emergency_numbers(self.region.as_deref()).contains(&digits)
            || self.emergency.iter().any(|number| number == digits)
    }
}
