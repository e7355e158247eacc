//! Money: an integer in micros and its currency, decimal text at the edges, never a float.

mod currency;

use std::fmt;
use std::str::FromStr;

use compact_str::format_compact;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use currency::{Currency, InvalidCurrency};

/// Micros in one whole unit of any currency.
pub const MICROS: i64 = 1_000_000;

/// An amount of one currency, in micros (1.00 EUR = 1,000,000).
///
/// Shown and read as `120.00 EUR`. Two amounts are only ever added when their currencies agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money {
    /// Currency; compared first, so that sorting groups currencies.
    currency: Currency,
    micros: i64,
}

impl Money {
    /// An amount in micros.
    pub const fn from_micros(micros: i64, currency: Currency) -> Self {
        Self { currency, micros }
    }

    /// Nothing, in a currency.
    pub const fn zero(currency: Currency) -> Self {
        Self { currency, micros: 0 }
    }

    /// The amount in micros.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The sum; `None` when the currencies differ or the sum does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        (self.currency == other.currency)
            .then(|| self.micros.checked_add(other.micros))
            .flatten()
            .map(|micros| Self { micros, ..self })
    }

    /// The difference; `None` when the currencies differ or it does not fit.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        (self.currency == other.currency)
            .then(|| self.micros.checked_sub(other.micros))
            .flatten()
            .map(|micros| Self { micros, ..self })
    }

    /// `self * numerator / denominator`, multiplied first, divided last, rounded away from zero.
    ///
    /// `None` when it does not fit or the denominator is not positive.
    pub fn scaled(self, numerator: i64, denominator: i64) -> Option<Self> {
        if denominator <= 0 {
            return None;
        }
        let product = i128::from(self.micros) * i128::from(numerator);
        let denominator = i128::from(denominator);
        let quotient = product / denominator;
        let rest = product % denominator;
        let rounded = if rest == 0 { quotient } else { quotient + product.signum() };
        i64::try_from(rounded).ok().map(|micros| Self { micros, ..self })
    }

    /// Whether it is a whole multiple of the currency's smallest unit.
    pub fn is_payable(self) -> bool {
        self.micros % self.currency.minor_unit_micros() == 0
    }

    /// The two amounts next to it that are multiples of `step` micros.
    pub fn neighbours(self, step: i64) -> (Self, Self) {
        let below = self.micros.div_euclid(step).saturating_mul(step);
        let above = if below == self.micros { below } else { below.saturating_add(step) };
        (Self { micros: below, ..self }, Self { micros: above, ..self })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = 6;
        let mut fraction = self.micros.unsigned_abs() % MICROS.unsigned_abs();
        while digits > self.currency.minor_digits() && fraction.is_multiple_of(10) {
            digits -= 1;
            fraction /= 10;
        }
        let sign = if self.micros < 0 { "-" } else { "" };
        let whole = self.micros.unsigned_abs() / MICROS.unsigned_abs();
        let text = if digits == 0 {
            format_compact!("{sign}{whole} {}", self.currency)
        } else {
            format_compact!("{sign}{whole}.{fraction:0width$} {}", self.currency, width = digits as usize)
        };
        f.pad(&text)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is not an amount of money.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// No currency behind the number.
    #[error("`{0}` has no currency: write it behind the amount, such as `{0} EUR`")]
    NoCurrency(String),
    /// A currency that ISO 4217 does not list.
    #[error(transparent)]
    Currency(#[from] InvalidCurrency),
    /// The part before the currency is not a plain decimal number.
    #[error("`{0}` is not an amount: write digits with at most one `.`, such as `120.00 EUR`")]
    Number(String),
    /// More digits than a micro, or than the currency has.
    #[error("`{text}` is finer than {currency} allows ({digits} decimals): write `{below}` or `{above}`")]
    TooFine {
        /// The refused text.
        text: String,
        /// Its currency.
        currency: Currency,
        /// Decimals the currency has.
        digits: u32,
        /// The nearest legal amount below.
        below: Money,
        /// The nearest legal amount above.
        above: Money,
    },
    /// More than fits.
    #[error("`{0}` is too large: the largest amount is 9,223,372,036,854")]
    TooLarge(String),
}

/// Reads `120.00`, `-3`, `.5` into micros; at most nine decimals, the excess beyond six must be refused by
/// the caller through the returned flag.
fn parse_micros(text: &str, number: &str) -> Result<(i64, bool), InvalidMoney> {
    let bad = || InvalidMoney::Number(text.to_owned());
    let (negative, digits) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !plain(whole) || !plain(fraction) || (digits.contains('.') && fraction.is_empty())
    {
        return Err(bad());
    }
    let too_large = || InvalidMoney::TooLarge(text.to_owned());
    let whole: i64 = whole.parse().map_err(|_| too_large())?;
    let (kept, rest) = fraction.split_at(fraction.len().min(6));
    let fraction: i64 = format!("{kept:0<6}").parse().map_err(|_| bad())?;
    let micros =
        whole.checked_mul(MICROS).and_then(|micros| micros.checked_add(fraction)).ok_or_else(too_large)?;
    let finer = rest.bytes().any(|byte| byte != b'0');
    Ok((if negative { -micros } else { micros }, finer))
}

impl FromStr for Money {
    type Err = InvalidMoney;

    fn from_str(text: &str) -> Result<Self, InvalidMoney> {
        let trimmed = text.trim();
        let Some((number, code)) = trimmed.rsplit_once(char::is_whitespace) else {
            return Err(if trimmed.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte)) {
                InvalidMoney::NoCurrency(trimmed.to_owned())
            } else {
                InvalidMoney::Number(trimmed.to_owned())
            });
        };
        let currency: Currency = code.parse()?;
        let (micros, finer) = parse_micros(trimmed, number.trim_end())?;
        let money = Self { currency, micros };
        if finer || !money.is_payable() {
            let (below, mut above) = money.neighbours(currency.minor_unit_micros());
            if above == below {
                above.micros = above.micros.saturating_add(currency.minor_unit_micros());
            }
            let digits = currency.minor_digits();
            return Err(InvalidMoney::TooFine { text: trimmed.to_owned(), currency, digits, below, above });
        }
        Ok(money)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        // Amounts computed by us may be finer than the currency (a worst day of 1.25 x 0.01): the text form
        // is exact, so it is read exactly.
        let exact = |text: &str| -> Option<Self> {
            let (number, code) = text.rsplit_once(' ')?;
            let (micros, finer) = parse_micros(text, number).ok()?;
            (!finer).then_some(Self { currency: Currency::parse(code)?, micros })
        };
        exact(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is not an amount of money")))
    }
}

impl schemars::JsonSchema for Money {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Money".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "An amount and its ISO 4217 currency, such as `120.00 EUR`.",
            "pattern": "^-?[0-9]+(\\.[0-9]+)? [A-Z]{3}$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(text.parse::<Money>().map_or_else(|e| e.to_string(), |m| m.to_string()), shown);
    }

    #[test]
    fn reads_and_shows() {
        check("120 EUR", "120.00 EUR");
        check("120.5 EUR", "120.50 EUR");
        check("-0.01 USD", "-0.01 USD");
        check("5000 JPY", "5000 JPY");
        check("1.234 KWD", "1.234 KWD");
        check("120.000 EUR", "120.00 EUR");
    }

    #[test]
    fn refuses_with_what_to_write_instead() {
        check("120", "`120` has no currency: write it behind the amount, such as `120 EUR`");
        check(
            "12.345 EUR",
            "`12.345 EUR` is finer than EUR allows (2 decimals): write `12.34 EUR` or `12.35 EUR`",
        );
        check("12.5 JPY", "`12.5 JPY` is finer than JPY allows (0 decimals): write `12 JPY` or `13 JPY`");
        check(
            "0.0000001 EUR",
            "`0.0000001 EUR` is finer than EUR allows (2 decimals): write `0.00 EUR` or `0.01 EUR`",
        );
        check(
            "1e3 EUR",
            "`1e3 EUR` is not an amount: write digits with at most one `.`, such as `120.00 EUR`",
        );
        check("10 EURO", "`EURO` is not a currency: write an ISO 4217 code such as `EUR`");
        check(
            "99999999999999 EUR",
            "`99999999999999 EUR` is too large: the largest amount is 9,223,372,036,854",
        );
    }

    #[test]
    fn scales_exactly_and_rounds_away_from_zero() {
        let money = Money::from_micros(10_001, Currency::EUR);
        assert_eq!(money.scaled(125, 100).unwrap().micros(), 12_502);
        assert_eq!(money.scaled(2, 1).unwrap().micros(), 20_002);
        assert!(Money::from_micros(i64::MAX, Currency::EUR).scaled(2, 1).is_none());
    }

    #[test]
    fn never_mixes_currencies() {
        let euro = Money::from_micros(1, Currency::EUR);
        assert_eq!(euro.checked_add(Money::from_micros(1, Currency::USD)), None);
    }

    #[test]
    fn finer_amounts_survive_serde() {
        let money = Money::from_micros(12_502, Currency::EUR);
        let text = serde_json::to_string(&money).unwrap();
        assert_eq!(text, "\"0.012502 EUR\"");
        assert_eq!(serde_json::from_str::<Money>(&text).unwrap(), money);
    }
}
