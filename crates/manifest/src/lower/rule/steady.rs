//! Fields of a rule that say when it must not act: days of calendars, dead bands, windows of amounts, days in shadow.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::rules::{Promote, Stabilize};
use compact_str::CompactString;
use jiff::civil::Date;

use super::fields::Reader;
use crate::check::basis_points;

impl Reader<'_> {
    pub(super) fn calendars(&mut self) -> BTreeMap<CompactString, BTreeSet<Date>> {
        let mut calendars = BTreeMap::new();
        for (name, fields) in self.entries("calendars") {
            let place = fields.first().map(|field| field.place).unwrap_or_default();
            if !self.is_name("calendars", name, place) {
                continue;
            }
            let mut days = BTreeSet::new();
            for field in fields {
                for (number, text) in field.value.texts().enumerate() {
                    let place = field.members.get(number).copied().unwrap_or(field.place);
                    if let Some(stretch) = stretch(text) {
                        days.extend(stretch);
                    } else {
                        let message = format!("`{text}` is no day, and no stretch of up to a year of them");
                        let hint = "write `2026-12-25`, or `2026-12-24/2027-01-06` with its last day";
                        let path = format!("calendars.{name}.days");
                        self.problem_at("invalid-date", &path, place, message, hint);
                    }
                }
            }
            calendars.insert(name.into(), days);
        }
        calendars
    }

    /// `10%` in basis points.
    pub(super) fn dead_band(&mut self) -> Option<u32> {
        let text = self.text("deadBand")?;
        let points = basis_points(text).filter(|points| (1..10_000).contains(points));
        if points.is_none() {
            let message = format!("`{text}` is no share above 0% and below 100%");
            self.problem("out-of-range", "deadBand", message, "write `\"10%\"`");
        }
        points
    }

    pub(super) fn stabilize(&self) -> Stabilize {
        Stabilize { raises: self.duration("stabilize.raises"), cuts: self.duration("stabilize.cuts") }
    }

    pub(super) fn promote(&self) -> Option<Promote> {
        let days = self.integer("promote.shadowDays").and_then(|days| u32::try_from(days).ok())?;
        Some(Promote { shadow_days: days })
    }
}

/// The days of `2026-12-25`, or of `2026-12-24/2027-01-06`, the last one included.
fn stretch(text: &str) -> Option<Vec<Date>> {
    /// A stretch that is longer was meant otherwise.
    const LONGEST: usize = 366;
    let (first, last) = text.split_once('/').unwrap_or((text, text));
    let (first, last): (Date, Date) = (first.parse().ok()?, last.parse().ok()?);
    let days: Vec<Date> =
        first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last).take(LONGEST + 1).collect();
    (!days.is_empty() && days.len() <= LONGEST).then_some(days)
}
