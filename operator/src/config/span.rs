//! Spans of time as they are written: `30s`, `5m`, `1h30m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// The units, largest first.
const UNITS: [(char, u64); 3] = [('h', 3600), ('m', 60), ('s', 1)];

/// A span of time, longer than nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

/// A text that is no span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a span of time: write seconds, minutes or hours, such as `30s`, `5m`, `1h30m`")]
pub struct InvalidSpan(pub String);

impl Span {
    /// As the standard library has it.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        let invalid = || InvalidSpan(text.to_owned());
        let (mut seconds, mut smallest, mut rest) = (0_u64, u64::MAX, text);
        while !rest.is_empty() {
            let end = rest.find(|sign: char| !sign.is_ascii_digit()).ok_or_else(invalid)?;
            let count: u64 = rest[..end].parse().map_err(|_| invalid())?;
            let sign = rest[end..].chars().next().ok_or_else(invalid)?;
            let (_, unit) = UNITS.into_iter().find(|(known, _)| *known == sign).ok_or_else(invalid)?;
            // Each unit once, largest first.
            if unit >= smallest {
                return Err(invalid());
            }
            smallest = unit;
            seconds =
                count.checked_mul(unit).and_then(|more| seconds.checked_add(more)).ok_or_else(invalid)?;
            rest = &rest[end + sign.len_utf8()..];
        }
        if seconds == 0 { Err(invalid()) } else { Ok(Self(Duration::from_secs(seconds))) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        for (count, unit) in [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')] {
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_show() {
        for (text, seconds, shown) in [
            ("30s", 30, "30s"),
            ("5m", 300, "5m"),
            ("90m", 5400, "1h30m"),
            ("1h30m", 5400, "1h30m"),
            ("1m1s", 61, "1m1s"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.get().as_secs(), span.to_string().as_str()), (seconds, shown), "{text}");
        }
        for text in [
            "",
            "5",
            "0s",
            "5 m",
            "-5m",
            "5ms",
            "PT5M",
            "5 minutes",
            "s",
            "1d",
            "5m1h",
            "1s1s",
            "99999999999999999999h",
            "9999999999999999h",
            "5µ",
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
