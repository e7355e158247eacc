//! Instants with the zone they were written in.

use std::fmt;

use compact_str::CompactString;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An IANA time zone name, such as `Europe/Madrid`, known to the bundled database.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone(CompactString);

/// A name that the IANA database does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time zone: write an IANA name such as `Europe/Madrid`")]
pub struct InvalidZone(pub String);

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Self {
        Self(CompactString::const_new("UTC"))
    }

    /// Reads an IANA name.
    ///
    /// # Errors
    /// When the bundled database does not hold it.
    pub fn parse(name: &str) -> Result<Self, InvalidZone> {
        TimeZone::get(name).map(|_| Self(CompactString::new(name))).map_err(|_| InvalidZone(name.to_owned()))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The rules of the zone.
    pub fn rules(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// An instant and the zone it was written in; two are equal when the instants are.
#[derive(Debug, Clone)]
pub struct Time {
    /// The instant, whole seconds.
    pub at: Timestamp,
    /// The zone, for people.
    pub zone: Zone,
}

impl Time {
    /// An instant in a zone.
    pub fn new(at: Timestamp, zone: Zone) -> Self {
        Self { at, zone }
    }

    /// Local date and time without a zone, `2026-03-01 00:00:00`.
    pub fn local(&self) -> String {
        self.at.to_zoned(self.zone.rules()).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }
}

/// `2026-03-01T00:00:00+01:00[Europe/Madrid]`, RFC 9557.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.at.to_zoned(self.zone.rules()).to_string())
    }
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}
impl Eq for Time {}
impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Time {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}
impl std::hash::Hash for Time {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.at.hash(state);
    }
}

/// A text that is not an instant with its zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time such as `2026-03-01T00:00:00+01:00[Europe/Madrid]`")]
pub struct InvalidTime(pub String);

impl std::str::FromStr for Time {
    type Err = InvalidTime;
    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        let invalid = || InvalidTime(text.to_owned());
        let zoned: jiff::Zoned = text.parse().map_err(|_| invalid())?;
        let zone = zoned.time_zone().iana_name().ok_or_else(invalid)?;
        Ok(Self { at: zoned.timestamp(), zone: Zone(CompactString::new(zone)) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_when_the_instants_are() {
        let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let madrid = Time::new(at, Zone::parse("Europe/Madrid").unwrap());
        let tokyo = Time::new(at, Zone::parse("Asia/Tokyo").unwrap());
        assert_eq!(madrid, tokyo);
        assert_eq!(madrid.local(), "2026-03-01 01:00:00");
        assert_eq!(madrid.to_string().parse::<Time>().unwrap(), madrid);
    }

    #[test]
    fn zones_come_from_the_bundled_database() {
        assert!(Zone::parse("America/New_York").is_ok());
        assert!(Zone::parse("Mars/Olympus").is_err());
    }
}
