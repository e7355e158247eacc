//! How long something holds: `90m`, `24h`, `3d`, `1w`.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

/// The units, largest first.
const UNITS: [(char, i64); 4] = [('w', WEEK), ('d', DAY), ('h', HOUR), ('m', MINUTE)];

/// The longest that can be written: long enough for anything, short enough for any calendar.
const LONGEST: i64 = 366 * DAY;

/// How long an approval holds; days are 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hold {
    seconds: i64,
}

/// A text that is not a duration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a duration: write minutes, hours, days or weeks up to a year, such as `90m`, `24h`, `3d`"
)]
pub struct InvalidHold(pub String);

impl Hold {
    /// When something that began then ends.
    pub fn after(self, begun: Timestamp) -> Timestamp {
        begun.saturating_add(SignedDuration::from_secs(self.seconds)).unwrap_or(Timestamp::MAX)
    }
}

impl Default for Hold {
    /// A week.
    fn default() -> Self {
        Self { seconds: WEEK }
    }
}

impl FromStr for Hold {
    type Err = InvalidHold;

    fn from_str(text: &str) -> Result<Self, InvalidHold> {
        let invalid = || InvalidHold(text.to_owned());
        let mut seconds: i64 = 0;
        let mut digits = String::new();
        let mut largest = i64::MAX;
        for character in text.chars() {
            if character.is_ascii_digit() {
                digits.push(character);
                continue;
            }
            let (_, unit) = UNITS.into_iter().find(|(sign, _)| *sign == character).ok_or_else(invalid)?;
            let count: i64 = digits.parse().map_err(|_| invalid())?;
            // Each unit once, largest first: `1d12h`, not `12h1d`.
            if unit >= largest {
                return Err(invalid());
            }
            largest = unit;
            digits.clear();
            seconds =
                count.checked_mul(unit).and_then(|more| seconds.checked_add(more)).ok_or_else(invalid)?;
        }
        let whole = digits.is_empty() && seconds > 0 && seconds <= LONGEST;
        if whole { Ok(Self { seconds }) } else { Err(invalid()) }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.seconds;
        // Weeks only read well when nothing is left over.
        let units = if rest % WEEK == 0 { &UNITS[..] } else { &UNITS[1..] };
        for (sign, unit) in units {
            if rest / unit > 0 {
                write!(f, "{}{sign}", rest / unit)?;
                rest %= unit;
            }
        }
        Ok(())
    }
}

impl Serialize for Hold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_show() {
        for (text, shown) in
            [("90m", "1h30m"), ("24h", "1d"), ("3d", "3d"), ("1d12h", "1d12h"), ("2w", "2w"), ("8d", "8d")]
        {
            assert_eq!(text.parse::<Hold>().unwrap().to_string(), shown);
        }
        for text in ["", "3", "0d", "d", "3 d", "-1d", "12h1d", "1h1h", "3s", "99999999999999d", "2y", "53w"]
        {
            assert!(text.parse::<Hold>().is_err(), "{text}");
        }
    }

    #[test]
    fn it_ends_that_much_later() {
        let begun: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let ends = |text: &str| text.parse::<Hold>().unwrap().after(begun).to_string();
        assert_eq!(ends("36h"), "2026-03-03T00:00:00Z");
        assert_eq!(Hold::default().after(begun).to_string(), "2026-03-08T12:00:00Z");
    }
}
