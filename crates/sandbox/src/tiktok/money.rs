//! Amounts as the vendor writes them: JSON numbers in whole units, kept here as integer micros.

use serde_json::{Number, Value};

/// Micros in one unit of currency.
const MICROS: i64 = 1_000_000;
/// Decimal digits of a micro.
const DIGITS: usize = 6;

/// An amount of money in millionths of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Micros(pub i64);

impl Micros {
    /// Whole units.
    pub(super) const fn units(units: i64) -> Self {
        Self(units * MICROS)
    }

    /// Reads a JSON number or a quoted one; `None` when it is neither or finer than a micro.
    pub(super) fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => Self::parse(&number.to_string()),
            Value::String(text) => Self::parse(text),
            _ => None,
        }
    }

    /// Reads plain decimal text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let fraction = fraction.trim_end_matches('0');
        if whole.is_empty() || fraction.len() > DIGITS || !fraction.bytes().all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        let fraction: i64 = format!("{fraction:0<DIGITS$}").parse().ok()?;
        let whole = whole.parse::<i64>().ok()?.checked_mul(MICROS)?.checked_add(fraction)?;
        Some(Self(if negative { -whole } else { whole }))
    }

    /// The JSON number, as `120.0` or `12.5`.
    pub(super) fn number(self) -> Value {
        let text = self.decimal(1);
        text.parse::<f64>().ok().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
    }

    /// Decimal text with at least so many digits after the point.
    pub(super) fn decimal(self, digits: usize) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, fraction) = (self.0.unsigned_abs() / 1_000_000, self.0.unsigned_abs() % 1_000_000);
        let fraction = format!("{fraction:0DIGITS$}");
        let kept = fraction.trim_end_matches('0').len().max(digits).min(DIGITS);
        if kept == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{}", &fraction[..kept]) }
    }

    /// Decimal text rounded half up to exactly so many digits, as in reports.
    pub(super) fn rounded(self, digits: u32) -> String {
        let step = 10_i64.pow(6_u32.saturating_sub(digits));
        let rounded = (self.0 + step / 2).div_euclid(step) * step;
        let text = Self(rounded).decimal(digits as usize);
        if digits == 0 { text.split('.').next().unwrap_or_default().to_owned() } else { text }
    }

    /// Whether the amount is a whole number of steps.
    pub(super) const fn is_multiple_of(self, step: Self) -> bool {
        self.0 % step.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_read_and_print_exactly() {
        for (value, micros, printed) in [
            (json!(12.5), 12_500_000, "12.5"),
            (json!(120), 120_000_000, "120.0"),
            (json!("0.01"), 10_000, "0.01"),
            (json!(-3), -3_000_000, "-3.0"),
        ] {
            let amount = Micros::read(&value).expect("an amount");
            assert_eq!(amount.0, micros);
            assert_eq!(amount.number().to_string(), printed);
        }
        assert_eq!(Micros::read(&json!("1.0000001")), None);
        assert_eq!(Micros::read(&json!("x")), None);
        assert_eq!(Micros(1_235_000).rounded(2), "1.24");
        assert_eq!(Micros(1_535_000).rounded(0), "2");
    }
}
