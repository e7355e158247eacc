//! Numbers of reports: decimal text in, whole parts out, without floating point in between.

use adplane_core::metrics::CONVERSION_PARTS;
use adplane_core::money::MICROS;
use rust_decimal::{Decimal, RoundingStrategy};

/// A text that is no number, or none that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoNumber;

/// An amount in whole units as micros.
pub(crate) fn micros(text: &str) -> Option<i64> {
    parts(text, MICROS)
}

/// Conversions, of which platforms attribute fractions, in millionths.
pub(crate) fn conversions(text: &str) -> Option<i64> {
    parts(text, CONVERSION_PARTS)
}

/// A count; `12.0` is one too.
pub(crate) fn count(text: &str) -> Option<i64> {
    parts(text, 1)
}

/// A decimal in parts of a unit, halves rounded away from zero; `None` when it is none or does not fit.
fn parts(text: &str, parts: i64) -> Option<i64> {
    let text = text.trim();
    let number: Decimal = text.parse().or_else(|_| Decimal::from_scientific(text)).ok()?;
    let whole = number
        .checked_mul(Decimal::from(parts))?
        .round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
    i64::try_from(whole).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_away_from_zero() {
        for (text, expected) in [
            ("1.5", Some(1_500_000)),
            ("0.3333335", Some(333_334)),
            ("-0.0000005", Some(-1)),
            ("1e-6", Some(1)),
            ("14.68", Some(14_680_000)),
            ("2000", Some(2_000_000_000)),
            ("9223372036854.775808", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(micros(text), expected, "{text}");
        }
        assert_eq!(conversions("0.25"), Some(250_000));
        assert_eq!((count("1079"), count("12.0")), (Some(1079), Some(12)));
    }
}
