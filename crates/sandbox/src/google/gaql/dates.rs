//! Date ranges of conditions. Source: google-ads.md §4 (`DURING`; `LAST_n_DAYS` exclude today).

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::parser::{Condition, Operator};
use super::query_error;
use crate::google::errors::ApiError;

/// First and last day, both included; open ends are none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: Option<Date>,
    pub(super) last: Option<Date>,
}

impl Range {
    fn narrow(&mut self, first: Option<Date>, last: Option<Date>) {
        if first.is_some() && self.first.is_none_or(|known| first > Some(known)) {
            self.first = first;
        }
        if last.is_some() && self.last.is_none_or(|known| last < Some(known)) {
            self.last = last;
        }
    }

    /// Narrows the range by a condition on `segments.date`.
    pub(super) fn apply(&mut self, condition: &Condition, today: Date) -> Result<(), ApiError> {
        let day = |index: usize| {
            let text = condition.values.get(index).map_or("", |value| value.text());
            date(text)
        };
        match condition.operator {
            Operator::Equal => self.narrow(Some(day(0)?), Some(day(0)?)),
            Operator::GreaterOrEqual => self.narrow(Some(day(0)?), None),
            Operator::Greater => self.narrow(day(0)?.tomorrow().ok(), None),
            Operator::LessOrEqual => self.narrow(None, Some(day(0)?)),
            Operator::Less => self.narrow(None, day(0)?.yesterday().ok()),
            Operator::Between => self.narrow(Some(day(0)?), Some(day(1)?)),
            Operator::During => {
                let (first, last) = during(condition.values[0].text(), today)?;
                self.narrow(Some(first), Some(last));
            }
            Operator::In => {
                let days =
                    condition.values.iter().map(|value| date(value.text())).collect::<Result<Vec<_>, _>>()?;
                self.narrow(days.iter().min().copied(), days.iter().max().copied());
            }
            _ => {
                return Err(query_error(
                    "OPERATOR_FIELD_MISMATCH",
                    "The operator cannot be used with a date.",
                ));
            }
        }
        Ok(())
    }
}

/// Reads `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Result<Date, ApiError> {
    Date::strptime("%Y-%m-%d", text).map_err(|_| {
        query_error("INVALID_DATE_FORMAT", format!("Invalid date '{text}', expected YYYY-MM-DD."))
    })
}

/// The days that a `DURING` function means.
pub(super) fn during(function: &str, today: Date) -> Result<(Date, Date), ApiError> {
    let back = |days: i64| today.saturating_sub(days.days());
    let yesterday = back(1);
    let monday = today.saturating_sub(i64::from(today.weekday().to_monday_zero_offset()).days());
    let sunday = today.saturating_sub(i64::from(today.weekday().to_sunday_zero_offset()).days());
    let range = match function.to_ascii_uppercase().as_str() {
        "TODAY" => (today, today),
        "YESTERDAY" => (yesterday, yesterday),
        "LAST_7_DAYS" => (back(7), yesterday),
        "LAST_14_DAYS" => (back(14), yesterday),
        "LAST_30_DAYS" => (back(30), yesterday),
        "LAST_BUSINESS_WEEK" => (monday.saturating_sub(7.days()), monday.saturating_sub(3.days())),
        "THIS_MONTH" => (today.first_of_month(), today),
        "LAST_MONTH" => {
            let last = today.first_of_month().saturating_sub(1.days());
            (last.first_of_month(), last)
        }
        "THIS_WEEK_SUN_TODAY" => (sunday, today),
        "THIS_WEEK_MON_TODAY" => (monday, today),
        "LAST_WEEK_SUN_SAT" => (sunday.saturating_sub(7.days()), sunday.saturating_sub(1.days())),
        "LAST_WEEK_MON_SUN" => (monday.saturating_sub(7.days()), monday.saturating_sub(1.days())),
        _ => {
            return Err(query_error(
                "INVALID_VALUE_WITH_DURING_OPERATOR",
                format!("Invalid date range '{function}' for DURING."),
            ));
        }
    };
    Ok(range)
}

/// The Monday of a day's week.
pub(in crate::google) fn week(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
}
