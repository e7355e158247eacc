//! Whether tracking is broken: an account with clicks as always and next to no conversions.

use super::baseline::{Series, shifted};
use crate::metrics::Day;
use crate::stats::{median, poisson, real, whole};

/// Days that are looked at together at most: an account with two conversions a day is not silent after one.
const LONGEST: i64 = 7;
/// Equal weekdays that say what a day's count usually is, and how many of them must be known.
const WEEKS: usize = 6;
const NEEDED: usize = 3;
/// Weeks in which they are looked for: an outage leaves a hole in them.
const MOST_WEEKS: i64 = 12;
/// Fewer expected conversions are too few to miss.
const FEWEST_EXPECTED: f64 = 10.0;
/// Fewer clicks explain by themselves why nothing converts.
const FEWEST_CLICKS: f64 = 100.0;
/// Conversions at or below this share of what was expected are next to none.
const NEXT_TO_NONE: f64 = 0.1;
/// Above this share they have come back.
const BACK: f64 = 0.25;
/// Clicks at or above this share of what was expected are as always.
const AS_ALWAYS: f64 = 0.5;
/// So unlikely must it be that conversions merely failed to come.
const UNLIKELY: f64 = 1e-4;
/// What a day young enough to be asked after has told at least, where nobody has learned how late conversions come.
const LEAST_SHARE: f64 = 0.2;

/// Days on which conversions were missing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outage {
    /// The first of them.
    pub since: Day,
    /// The last of them.
    pub until: Day,
    /// Conversions that were to be expected by now.
    pub expected: f64,
    /// Those that came.
    pub seen: f64,
    /// Clicks on these days.
    pub clicks: f64,
    /// Clicks that were to be expected.
    pub clicks_expected: f64,
}

/// What is known of the days up to one.
#[derive(Clone, Copy)]
pub struct Tracking<'a> {
    /// The account's clicks.
    pub clicks: &'a Series,
    /// The account's conversions, in whole ones.
    pub conversions: &'a Series,
    /// The share of a day's conversions that has come in so many days later; nothing where nobody has learned it.
    pub share: &'a dyn Fn(u16) -> Option<f64>,
    /// The account's day on which the newest report was made.
    pub known_on: Day,
}

impl std::fmt::Debug for Tracking<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tracking({} days of clicks, known on {})", self.clicks.days.len(), self.known_on)
    }
}

impl Tracking<'_> {
    /// Looks for the shortest run of days up to `day` on which clicks went on and conversions did not.
    pub fn outage(&self, day: Day) -> Option<Outage> {
        let mut found =
            Outage { since: day, until: day, expected: 0.0, seen: 0.0, clicks: 0.0, clicks_expected: 0.0 };
        for back in 0..LONGEST {
            let one = shifted(day, -back)?;
            found.since = one;
            found.seen += self.conversions.days.get(&one)?;
            found.clicks += self.clicks.days.get(&one)?;
            found.expected += self.expected(one, LEAST_SHARE)?;
            found.clicks_expected += usual(self.clicks, one)?;
            if found.is_certain() {
                return Some(found);
            }
        }
        None
    }

    /// Whether conversions come again on a day; `None` where nobody knows. The days of the outage must not be among
    /// the conversions: after weeks without any, none would be expected.
    pub fn is_back(&self, day: Day) -> Option<bool> {
        // Few conversions come through another way while a tag is gone: where nobody knows how late they come, they are
        // measured by a whole day's.
        let (seen, expected) = (*self.conversions.days.get(&day)?, self.expected(day, 1.0)?);
        // After weeks without any, none is expected: one that came is more than that.
        Some(seen >= 1.0 && seen > BACK * expected)
    }

    /// Conversions of a day that were to be expected by now; the share of them where nobody has learned it.
    fn expected(&self, day: Day, unlearned: f64) -> Option<f64> {
        let age = u16::try_from(self.known_on.since(day).ok()?.get_days()).ok()?;
        Some(usual(self.conversions, day)? * (self.share)(age).unwrap_or(unlearned))
    }
}

impl Outage {
    fn is_certain(&self) -> bool {
        let clicked = self.clicks >= FEWEST_CLICKS && self.clicks >= AS_ALWAYS * self.clicks_expected;
        let missed = self.expected >= FEWEST_EXPECTED && self.seen <= NEXT_TO_NONE * self.expected;
        clicked
            && missed
            && poisson(whole(self.seen), self.expected).is_some_and(|tails| tails.lower < UNLIKELY)
    }

    /// What is seen and what was expected, for people.
    pub fn in_words(&self) -> Vec<String> {
        let tenths = |value: f64| real(whole(value * 10.0 + 0.5)) / 10.0;
        let days = if self.since == self.until {
            self.since.to_string()
        } else {
            format!("{} to {}", self.since, self.until)
        };
        vec![
            format!(
                "{} conversions on {days}, where about {} were to be expected by now",
                tenths(self.seen),
                tenths(self.expected)
            ),
            format!(
                "{} clicks, where about {} are usual",
                whole(self.clicks),
                whole(self.clicks_expected + 0.5)
            ),
        ]
    }
}

/// The median of the last equal weekdays that are known.
fn usual(series: &Series, day: Day) -> Option<f64> {
    let known = (1..=MOST_WEEKS).filter_map(|week| series.days.get(&shifted(day, -7 * week)?).copied());
    let like: Vec<f64> = known.take(WEEKS).collect();
    (like.len() >= NEEDED).then(|| median(&like)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomaly::Measure;

    fn day(number: i64) -> Day {
        shifted("2026-01-05".parse().unwrap(), number).unwrap()
    }

    fn series(days: i64, value: impl Fn(i64) -> f64) -> Series {
        let days = (0..days).map(|number| (day(number), value(number))).collect();
        Series { measure: Measure::Count, days }
    }

    fn ask(clicks: &Series, conversions: &Series, number: i64, share: Option<f64>) -> Option<(Day, Day)> {
        let share = |_| share;
        let known_on = day(number + 1);
        let tracking = Tracking { clicks, conversions, share: &share, known_on };
        tracking.outage(day(number)).map(|found| (found.since, found.until))
    }

    #[test]
    fn a_silent_day_of_a_large_account_is_an_outage() {
        let clicks = series(60, |_| 1000.0);
        let broken = |from| series(60, move |number| if number >= from { 0.0 } else { 40.0 });
        assert_eq!(ask(&clicks, &broken(50), 50, Some(0.9)), Some((day(50), day(50))));
        assert_eq!(ask(&clicks, &broken(51), 50, Some(0.9)), None);
        // Nobody knows how late conversions come: eight are too few to miss, sixteen are not.
        assert_eq!(ask(&clicks, &broken(50), 50, None), None);
        assert_eq!(ask(&clicks, &broken(50), 51, None), Some((day(50), day(51))));
    }

    #[test]
    fn a_small_account_is_silent_after_days() {
        let (clicks, broken) =
            (series(60, |_| 90.0), series(60, |number| if number >= 50 { 0.0 } else { 3.0 }));
        assert_eq!(ask(&clicks, &broken, 52, Some(0.9)), None);
        assert_eq!(ask(&clicks, &broken, 53, Some(0.9)), Some((day(50), day(53))));
    }

    #[test]
    fn without_clicks_nothing_has_to_convert() {
        let conversions = series(60, |number| if number >= 50 { 0.0 } else { 40.0 });
        let paused = series(60, |number| if number >= 50 { 300.0 } else { 1000.0 });
        assert_eq!(ask(&paused, &conversions, 50, Some(0.9)), None, "less was spent");
        let sundays = series(60, |number| if number % 7 == 6 { 0.0 } else { 40.0 });
        assert_eq!(ask(&series(60, |_| 1000.0), &sundays, 55, Some(0.9)), None, "nobody buys on Sundays");
    }

    #[test]
    fn what_is_not_known_is_no_outage() {
        let clicks = series(60, |_| 1000.0);
        let mut gap = series(60, |number| if number >= 50 { 0.0 } else { 40.0 });
        gap.days.remove(&day(50));
        assert_eq!(ask(&clicks, &gap, 50, Some(0.9)), None);
        assert_eq!(ask(&clicks, &series(15, |_| 40.0), 14, Some(0.9)), None, "two weeks are too few");
    }

    #[test]
    fn it_is_over_when_conversions_come_again() {
        let clicks = series(100, |_| 1000.0);
        let broken = series(100, |number| match number {
            50..90 => 0.0,
            90 => 3.0,
            _ => 40.0,
        });
        let share = |_| Some(0.9);
        let back = |number| {
            let known_on = day(number + 1);
            Tracking { clicks: &clicks, conversions: &broken, share: &share, known_on }.is_back(day(number))
        };
        assert_eq!(back(55), Some(false));
        // A month later none is expected any more, and none is no return.
        assert_eq!(back(89), Some(false));
        assert_eq!(back(91), Some(true));
        assert_eq!(back(120), None);
    }
    #[test]
    fn what_trickles_through_is_no_return() {
        let clicks = series(70, |_| 1_000.0);
        let conversions = series(70, |number| if number < 69 { 30.0 } else { 2.0 });
        let nobody_knows = |_| None;
        let tracking =
            Tracking { clicks: &clicks, conversions: &conversions, share: &nobody_knows, known_on: day(70) };
        assert_eq!(tracking.is_back(day(69)), Some(false));
        assert_eq!(tracking.is_back(day(68)), Some(true));
    }
}
