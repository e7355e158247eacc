//! One object seen before and after: live values, overlaid with what the plan would write.

use jiff::Timestamp;

use super::spend::{Limit, scaled};
use crate::observed::ObservedObject;
use crate::plan::action::Action;
use crate::plan::change::Change;
use crate::value::Value;

/// Before or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Before,
    After,
}

/// An object of the plan, live or not, or a live one that the plan does not name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) live: Option<&'a ObservedObject>,
    pub(crate) change: Option<&'a Change>,
}

/// When something may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Flight {
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
}

impl<'a> View<'a> {
    pub(crate) fn value(&self, side: Side, path: &str) -> Option<&'a Value> {
        let live = self.live.and_then(|live| live.fields.get(path));
        let Some(change) = self.change.filter(|change| side == Side::After && change.action.writes()) else {
            return live;
        };
        match change.field(path) {
            Some(field) => field.after.as_ref(),
            None if change.action == Action::Replace => None,
            None => live,
        }
    }

    /// Whether it exists on this side: what is created is not there before, what is deleted is not active after.
    pub(crate) fn active(&self, side: Side) -> bool {
        self.value(side, "state").and_then(Value::as_text) == Some("Active")
    }

    pub(crate) fn replaced(&self) -> bool {
        self.change.is_some_and(|change| change.action == Action::Replace)
    }

    pub(crate) fn flight(&self, side: Side) -> Flight {
        let at = |path| self.value(side, path).and_then(Value::as_time).map(|time| time.at);
        Flight { start: at("schedule.start"), end: at("schedule.end") }
    }

    /// Whether the platform itself raises its budget; a successor is made without that.
    fn raises_itself(&self, side: Side) -> bool {
        let goes = side == Side::After && self.replaced();
        self.live.is_some_and(|live| live.raises_itself) && !goes
    }

    /// The amount in its own fields, and what that comes to a day.
    pub(super) fn limit(&self, side: Side, flight: Flight, now: Timestamp) -> Option<Limit> {
        let (path, amount) = ["budget.daily", "budget.total", "shared.daily"]
            .into_iter()
            .find_map(|path| Some((path, self.value(side, path)?.as_money()?)))?;
        let daily = if path == "budget.total" { scaled(amount, 1, flight.days_left(now)) } else { amount };
        Some(Limit { path, amount, daily, automatic: path == "budget.daily" && self.raises_itself(side) })
    }
}

impl Flight {
    /// Whether its end has passed.
    pub(crate) fn is_over(self, now: Timestamp) -> bool {
        self.end.is_some_and(|end| end <= now)
    }

    /// This flight, or where it has no end the span of what is below.
    pub(crate) fn or_span(self, below: impl Iterator<Item = Self>) -> Self {
        if self.end.is_some() {
            return self;
        }
        let mut below = below.peekable();
        if below.peek().is_none() {
            return self;
        }
        let (mut start, mut end) = (Some(Timestamp::MAX), Some(Timestamp::MIN));
        for flight in below {
            start = start.zip(flight.start).map(|(a, b)| a.min(b));
            end = end.zip(flight.end).map(|(a, b)| a.max(b));
        }
        Self { start: self.start.or(start), end }
    }

    /// Days that are left of it, at least one; a started day counts whole.
    pub(crate) fn days_left(self, now: Timestamp) -> i64 {
        let Some(end) = self.end else { return 1 };
        let from = self.start.map_or(now, |start| start.max(now));
        let seconds = end.as_second().saturating_sub(from.as_second());
        (seconds.saturating_add(86_399) / 86_400).max(1)
    }
}
