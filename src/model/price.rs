//! Money of calls: what a minute costs, and what a call has cost so far.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// Parts of a currency's unit that a price is counted in.
const PARTS: u64 = 10_000;

/// An amount of money, to a ten-thousandth of the currency's unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price {
    parts: u64,
    currency: [u8; 3],
}

impl Price {
    /// Reads `0.19 EUR`: at most four decimals, a currency of three letters (ISO 4217), at most a million units.
    pub fn parse(text: &str) -> Option<Self> {
        let (amount, currency) = text.trim().split_once(' ')?;
        let currency: [u8; 3] = currency.trim().as_bytes().try_into().ok()?;
        if !currency.iter().all(u8::is_ascii_uppercase) {
            return None;
        }
        let (whole, decimals) = amount.split_once('.').unwrap_or((amount, ""));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || whole.len() > 6 || decimals.len() > 4 || !digits(whole) || !digits(decimals) {
            return None;
        }
        let parts = format!("{decimals:0<4}").parse::<u64>().ok()?;
        Some(Self { parts: whole.parse::<u64>().ok()? * PARTS + parts, currency })
    }

    /// Nothing, in the currency of another amount.
    pub fn zero_of(other: Self) -> Self {
        Self { parts: 0, ..other }
    }

    /// Whether it is nothing.
    pub fn is_zero(self) -> bool {
        self.parts == 0
    }

    /// The sum; `None` where the currencies differ.
    pub fn plus(self, other: Self) -> Option<Self> {
        (self.currency == other.currency)
            .then(|| Self { parts: self.parts.saturating_add(other.parts), currency: self.currency })
    }

    /// Whether this amount reaches `limit`; never in another currency.
    pub fn reaches(self, limit: Self) -> bool {
        self.currency == limit.currency && self.parts >= limit.parts
    }

    /// Taken a number of times.
    pub fn times(self, count: u64) -> Self {
        Self { parts: self.parts.saturating_mul(count), ..self }
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = format!("{:04}", self.parts % PARTS);
        // Two decimals, as money is written, and more only where they say something.
        let shown = match decimals.trim_end_matches('0').len() {
            0..=2 => decimals.get(..2).unwrap_or("00").to_owned(),
            long => decimals.get(..long).unwrap_or(&decimals).to_owned(),
        };
        let currency: String = self.currency.iter().map(|b| char::from(*b)).collect();
        write!(f, "{}.{shown} {currency}", self.parts / PARTS)
    }
}

impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What is known of a call's cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Charge {
    /// A sentence: "Phone network, may be charged: mobile number, 0.19 EUR a minute."
    pub text: Arc<str>,
    /// What a minute costs, where the tariff is known.
    pub per_minute: Option<Price>,
}

impl Charge {
    /// What a call of this length costs by the tariff. A minute that was begun counts whole, as many providers count: the
    /// estimate is never too low.
    pub fn after(&self, talked: Duration) -> Option<Price> {
        let minutes = talked.as_millis().div_ceil(60_000);
        Some(self.per_minute?.times(u64::try_from(minutes).unwrap_or(u64::MAX)))
    }
}

/// A way on after a call that was refused (C-43).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NextWay {
    /// What the button says.
    pub label: Arc<str>,
    /// A second line: the address, the cost.
    pub detail: Arc<str>,
    /// Call this, an address in any written form; absent: write to `chat` instead.
    pub call: Option<Arc<str>>,
    /// Over this account.
    pub account: Option<super::AccountId>,
    /// The contact that is meant.
    pub chat: Option<super::Jid>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_read_and_written_as_money_is() {
        for (text, shown) in [
            ("0.19 EUR", "0.19 EUR"),
            ("1 USD", "1.00 USD"),
            ("0.039 EUR", "0.039 EUR"),
            (" 12.5 CHF ", "12.50 CHF"),
            ("0.0001 EUR", "0.0001 EUR"),
        ] {
            assert_eq!(Price::parse(text).expect(text).to_string(), shown, "{text}");
        }
        for text in ["", "0.19", "EUR", "0.19 eur", "-1 EUR", "1.00001 EUR", "1e3 EUR", "12345678 EUR", ". EUR", "1 €"]
        {
            assert_eq!(Price::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_minute_that_was_begun_counts_whole() {
        let charge = Charge { text: "".into(), per_minute: Price::parse("0.10 EUR") };
        let after = |ms| charge.after(Duration::from_millis(ms)).expect("a tariff").to_string();
        assert_eq!(after(0), "0.00 EUR");
        assert_eq!(after(1), "0.10 EUR");
        assert_eq!(after(60_000), "0.10 EUR");
        assert_eq!(after(60_001), "0.20 EUR");
        assert_eq!(Charge { text: "".into(), per_minute: None }.after(Duration::from_secs(9)), None);
        let (euro, franc) = (Price::parse("1 EUR").expect("euro"), Price::parse("1 CHF").expect("franc"));
        assert_eq!(euro.plus(franc), None);
        assert!(!franc.reaches(euro) && euro.reaches(euro));
    }
}
