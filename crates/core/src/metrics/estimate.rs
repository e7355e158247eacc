//! Windows whose late conversions are reckoned in.

use super::completeness::Completeness;
use super::{Day, Metric, Sums};

/// Sums with what is still to come, beside what has come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Estimated {
    /// With conversions and their value as they will be; unknown where a day is too young to tell.
    pub sums: Sums,
    /// As counted.
    pub observed: Sums,
    /// What is known of rates: late counts as they came in, and of everything else the part of each day that has brought by
    /// now what it will. A day that is half complete tells as much as half a day that is.
    pub evidence: Sums,
    /// The day that is too young to tell, where there is one.
    pub unclear: Option<Day>,
}

/// Sums of days, each grossed up by how complete it is at its age; `known_on` is the account's day on which the newest
/// reading was made. How late value comes is taken from the conversions that bring it.
pub fn estimated(completeness: &Completeness, known_on: Day, days: &[(Day, Sums)]) -> Option<Estimated> {
    let observed = days.iter().map(|(_, sums)| *sums).reduce(|sum, next| sum.plus(&next))?;
    let is_unclear = |day: Day| completeness.estimate(known_on, &[(day, 0)]).is_none();
    let unclear = days.iter().map(|(day, _)| *day).find(|day| is_unclear(*day));
    let mut sums = observed;
    for metric in [Metric::Conversions, Metric::Value] {
        let counts: Option<Vec<(Day, i64)>> =
            days.iter().map(|(day, sums)| sums.get(metric).map(|count| (*day, count))).collect();
        let found = counts.and_then(|counts| completeness.estimate(known_on, &counts));
        sums.set(metric, found.map(|found| found.estimated));
    }
    let evidence = days.iter().map(|(day, sums)| evidence(*sums, completeness.share_of(known_on, *day)));
    let evidence = evidence.reduce(|sum, next| sum.plus(&next))?;
    Some(Estimated { sums, observed, evidence, unclear })
}

/// What a day of which so much has come in tells of rates.
fn evidence(mut sums: Sums, share: Option<f64>) -> Sums {
    for metric in [Metric::Spend, Metric::Impressions, Metric::Clicks] {
        let part = sums.get(metric).zip(share).map(|(count, share)| part(count, share));
        sums.set(metric, part);
    }
    sums
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "what a rate is judged by, never an amount that is written; a share is at most one"
)]
fn part(count: i64, share: f64) -> i64 {
    (count as f64 * share).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn late_conversions_and_their_value_are_reckoned_in_and_nothing_else_is() {
        let half = Completeness::given(vec![0.5, 0.8]);
        let of = |conversions, value| Sums {
            spend: Some(10),
            conversions: Some(conversions),
            value: Some(value),
            ..Sums::default()
        };
        let days = [
            (day("2026-06-09"), of(4, 100)),
            (day("2026-06-08"), of(4, 100)),
            (day("2026-06-07"), of(4, 100)),
        ];
        let found = estimated(&half, day("2026-06-10"), &days).unwrap();
        // 4 / 0.5 + 4 / 0.8 + 4, and 200 + 125 + 100.
        assert_eq!(found.sums, Sums { spend: Some(30), ..of(17, 425) });
        assert_eq!(found.observed, Sums { spend: Some(30), ..of(12, 300) });
        assert_eq!(found.unclear, None);
        // 10 * 0.5 + 10 * 0.8 + 10, for what has come in.
        assert_eq!(found.evidence, Sums { spend: Some(23), ..of(12, 300) });
    }

    #[test]
    fn a_day_that_is_too_young_leaves_conversions_unknown() {
        let little = Completeness::given(vec![0.1]);
        let sums = Sums { spend: Some(10), conversions: Some(4), ..Sums::default() };
        let found = estimated(&little, day("2026-06-10"), &[(day("2026-06-09"), sums)]).unwrap();
        assert_eq!(found.sums, Sums { spend: Some(10), ..Sums::default() });
        assert_eq!(found.unclear, Some(day("2026-06-09")));
        assert_eq!(estimated(&little, day("2026-06-10"), &[]), None);
    }
}
