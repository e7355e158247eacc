//! Doubts as people are told of them: those of a level together, in a sentence.

use std::collections::BTreeSet;
use std::fmt;

use adplane_core::ids::ExternalId;
use adplane_core::metrics::Day;
use adplane_core::money::{Currency, Money};
use jiff::Timestamp;

use super::doubt::{BELIEVED_AFTER, Doubt, FIRST_BELIEVED_AFTER};

/// What a doubt is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// All of a level.
    Level,
    /// Single objects.
    Objects(BTreeSet<ExternalId>),
    /// An account of which nothing was ever told: no alarm, since a new one says the same.
    Beginning,
}

/// Days of one level that are doubted together, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubts {
    /// Of what.
    pub about: About,
    /// The first and the last day.
    pub days: (Day, Day),
    /// Spend that stays known of all of them.
    pub known: Money,
    /// Spend that was told instead.
    pub told: Money,
    /// When the newest of the doubts began.
    pub since: Timestamp,
    /// When all of it is believed, where readings go on saying so.
    pub until: Timestamp,
}

impl Doubts {
    /// The doubts of a level that weigh most: those of all of it, else those of objects; none where nothing is doubted.
    pub fn of(doubts: &[Doubt], currency: Currency) -> Option<Self> {
        let (of_objects, of_level): (Vec<&Doubt>, Vec<&Doubt>) =
            doubts.iter().partition(|doubt| doubt.object.is_some());
        let (begins, told): (Vec<&Doubt>, Vec<&Doubt>) =
            of_level.into_iter().partition(|doubt| doubt.is_unread && doubt.known == 0);
        if !told.is_empty() {
            // Under another attribution, days without spend are a part of the same silence.
            let all: Vec<&Doubt> = doubts.iter().filter(|doubt| doubt.object.is_none()).collect();
            return Self::together(&all, About::Level, currency);
        }
        let objects = of_objects.iter().filter_map(|doubt| doubt.object.clone()).collect();
        Self::together(&of_objects, About::Objects(objects), currency)
            .or_else(|| Self::together(&begins, About::Beginning, currency))
    }

    /// Whether it is worth an alarm.
    pub fn is_alarm(&self) -> bool {
        self.about != About::Beginning
    }

    fn together(doubts: &[&Doubt], about: About, currency: Currency) -> Option<Self> {
        let days = (doubts.iter().map(|doubt| doubt.day).min()?, doubts.iter().map(|doubt| doubt.day).max()?);
        let since = doubts.iter().map(|doubt| doubt.since).max()?;
        // As people read it: platforms tell fractions of the smallest unit.
        let sum = |of: fn(&Doubt) -> i64| {
            let micros = doubts.iter().map(|doubt| of(doubt)).fold(0, i64::saturating_add);
            Money::from_micros(micros - micros % currency.minor_unit_micros(), currency)
        };
        let after = if about == About::Beginning { FIRST_BELIEVED_AFTER } else { BELIEVED_AFTER };
        let until = since.checked_add(after).unwrap_or(Timestamp::MAX);
        Some(Self {
            about,
            days,
            known: sum(|doubt| doubt.known),
            told: sum(|doubt| doubt.told),
            since,
            until,
        })
    }

    /// The days, as one or as two.
    pub fn days_in_words(&self) -> String {
        let (first, last) = self.days;
        if first == last { first.to_string() } else { format!("{first} to {last}") }
    }
}

impl fmt::Display for Doubts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { about, days: _, known, told, since: _, until } = self;
        let (days, until) = (self.days_in_words(), until.strftime("%Y-%m-%d %H:%M UTC"));
        match about {
            About::Level => write!(
                f,
                "the platform tells {told} of {days}, of which {known} is known: this is not believed, so what is known \
                 stands, and days that were not read before are gaps; it is believed when the platform still says so on \
                 {until}"
            ),
            About::Objects(objects) => write!(
                f,
                "the platform tells nothing any more of {} on {days}, of which {known} is known, while it tells of others: \
                 this is not believed, so what is known stands, and days after it are unknown of it; it is believed when \
                 the platform still says so on {until}",
                match objects.first() {
                    Some(only) if objects.len() == 1 => only.to_string(),
                    _ => format!("{} objects", objects.len()),
                }
            ),
            About::Beginning => write!(
                f,
                "the platform tells nothing of {days}, and nothing was ever known: these days count as not read until it \
                 tells of any of them, or still says so on {until}"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_depends_on_what_is_doubted() {
        let doubt = |object: Option<&str>, is_unread, known| Doubt {
            attribution: "a".into(),
            object: object.map(|id| ExternalId::new(id).unwrap()),
            is_unread,
            day: "2026-06-09".parse().unwrap(),
            since: "2026-06-10T06:00:00Z".parse().unwrap(),
            as_of: "2026-06-11T06:00:00Z".parse().unwrap(),
            known,
            told: 0,
        };
        let of = |doubts: &[Doubt]| Doubts::of(doubts, Currency::EUR).unwrap();
        let new = of(&[doubt(None, true, 0)]);
        assert!(!new.is_alarm());
        assert_eq!(
            new.to_string(),
            "the platform tells nothing of 2026-06-09, and nothing was ever known: these days count as not read until it \
             tells of any of them, or still says so on 2026-06-13 06:00 UTC"
        );
        let objects = of(&[doubt(Some("7"), false, 5_000_000), doubt(None, true, 0)]);
        assert!(objects.is_alarm());
        assert_eq!(
            objects.to_string(),
            "the platform tells nothing any more of 7 on 2026-06-09, of which 5.00 EUR is known, while it tells of others: \
             this is not believed, so what is known stands, and days after it are unknown of it; it is believed when the \
             platform still says so on 2026-06-17 06:00 UTC"
        );
        assert_eq!(of(&[doubt(Some("7"), false, 5), doubt(None, true, 9)]).about, About::Level);
    }

    #[test]
    fn doubts_are_told_together() {
        let doubt = |day: &str, known, since: &str| Doubt {
            attribution: "a".into(),
            object: None,
            is_unread: false,
            day: day.parse().unwrap(),
            since: since.parse().unwrap(),
            as_of: "2026-06-11T06:00:00Z".parse().unwrap(),
            known,
            told: 0,
        };
        assert_eq!(Doubts::of(&[], Currency::EUR), None);
        let first = doubt("2026-06-09", 154_204_321, "2026-06-10T06:00:00Z");
        let two = [first.clone(), doubt("2026-06-10", 0, "2026-06-10T06:15:00Z")];
        assert_eq!(
            Doubts::of(&two, Currency::EUR).unwrap().to_string(),
            "the platform tells 0.00 EUR of 2026-06-09 to 2026-06-10, of which 154.20 EUR is known: this is not \
             believed, so what is known stands, and days that were not read before are gaps; it is believed when the \
             platform still says so on 2026-06-17 06:15 UTC"
        );
        assert_eq!(Doubts::of(&[first], Currency::EUR).unwrap().days_in_words(), "2026-06-09");
    }
}
