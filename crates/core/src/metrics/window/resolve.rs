//! From a declared window to the slots that it means.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::super::{Day, Granularity, Slot};
use super::{End, Slots, Span, Window};
use crate::time::Zone;

/// Why a window means no slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Unresolved {
    /// The object tells no start.
    #[error("the object has no start date, so `flight` and `lifetime` have no beginning")]
    NoFlight,
    /// The object's first days are not over.
    #[error("the object's first days are not over before {0} is")]
    FirstDays(Day),
    /// The object starts later.
    #[error("the object starts on {0}")]
    FlightNotBegun(Day),
    /// Nothing tells which days have settled.
    #[error("nothing tells yet how late conversions come, so no day counts as settled")]
    NotSettled,
    /// The day's first hour is not over.
    #[error("the day has no full hour yet")]
    NoFullHour,
    /// Beyond the calendar.
    #[error("the window reaches beyond the calendar")]
    OutOfCalendar,
}

/// The slots that a window means.
///
/// Days and hours are the account's: `zone` is its zone. `flight` is the object's first day and, where it has one,
/// its last; `settled_through` is the newest day whose conversions have come in.
///
/// # Errors
/// When the window means nothing at this instant, with the reason.
pub fn resolve(
    window: &Window,
    now: Timestamp,
    zone: &Zone,
    flight: Option<(Day, Option<Day>)>,
    settled_through: Option<Day>,
) -> Result<Span, Unresolved> {
    let local = now.to_zoned(zone.rules());
    let today = local.date();
    let days = |first: Date, last: Date| {
        let ranges = vec![Slots::days(first, last)];
        Ok(Span { granularity: Granularity::Day, zone: zone.clone(), at: now, ranges })
    };
    match *window {
        Window::Today => days(today, today),
        Window::Yesterday => ending(1, back(today, 1)?).and_then(|(first, last)| days(first, last)),
        Window::LastDays { days: count, with_today } => {
            let (first, last) = ending(count, back(today, u16::from(!with_today))?)?;
            days(first, last)
        }
        Window::PreviousDays { days: count } => {
            let (first, last) = ending(count, back(back(today, 1)?, count)?)?;
            days(first, last)
        }
        Window::MonthToDate => days(today.first_of_month(), today),
        Window::PreviousMonth => {
            let last = back(today.first_of_month(), 1)?;
            days(last.first_of_month(), last)
        }
        Window::Flight => {
            let (first, last) = begun(flight, today)?;
            days(first, last.map_or(today, |last| last.min(today)))
        }
        Window::Lifetime => days(begun(flight, today)?.0, today),
        Window::FirstDays { days: count } => {
            let (first, _) = begun(flight, today)?;
            let last = first
                .checked_add(i32::from(count.saturating_sub(1)).days())
                .map_err(|_| Unresolved::OutOfCalendar)?;
            if last >= today {
                return Err(Unresolved::FirstDays(last));
            }
            days(first, last)
        }
        Window::Days { days: count, end, offset } => {
            let end = match end {
                End::Today => today,
                End::Yesterday | End::Estimated => back(today, 1)?,
                End::Settled => settled_through.ok_or(Unresolved::NotSettled)?.min(back(today, 1)?),
            };
            let (first, last) = ending(count, back(end, offset)?)?;
            days(first, last)
        }
        Window::LastHours { hours } => {
            let this = this_hour(now, zone);
            let ranges = vec![last_hours(this, hours, zone)?];
            Ok(Span { granularity: Granularity::Hour, zone: zone.clone(), at: now, ranges })
        }
        Window::SameWeekday { count } => {
            let before =
                this_hour(now, zone).hour.unwrap_or(0).checked_sub(1).ok_or(Unresolved::NoFullHour)?;
            let ranges = (1..=count)
                .rev()
                .map(|weeks| {
                    let day = back(today, weeks.saturating_mul(7))?;
                    Ok(Slots { first: Slot::hour(day, 0), last: Slot::hour(day, before) })
                })
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Span { granularity: Granularity::Hour, zone: zone.clone(), at: now, ranges })
        }
    }
}

fn back(day: Date, days: u16) -> Result<Date, Unresolved> {
    day.checked_sub(i32::from(days).days()).map_err(|_| Unresolved::OutOfCalendar)
}

/// So many days that end with one.
fn ending(count: u16, last: Date) -> Result<(Date, Date), Unresolved> {
    Ok((back(last, count.saturating_sub(1))?, last))
}

fn begun(flight: Option<(Day, Option<Day>)>, today: Day) -> Result<(Day, Option<Day>), Unresolved> {
    match flight {
        None => Err(Unresolved::NoFlight),
        Some((first, _)) if first > today => Err(Unresolved::FlightNotBegun(first)),
        Some(flight) => Ok(flight),
    }
}

/// The slot that an instant lies in.
fn this_hour(now: Timestamp, zone: &Zone) -> Slot {
    let local = now.to_zoned(zone.rules());
    Slot::hour(local.date(), u8::try_from(local.hour()).unwrap_or(0))
}

/// The slots of the hours right before one.
///
/// Counted as time passes: over a change of clocks, `last_6h` has one slot less or more on the wall clock. An hour
/// that clocks repeat is one slot and is taken whole, since platforms do not tell its halves apart.
fn last_hours(this: Slot, hours: u16, zone: &Zone) -> Result<Slots, Unresolved> {
    let begins = this.begins(zone);
    let ago = |time: SignedDuration| {
        begins.checked_sub(time).map(|at| this_hour(at, zone)).map_err(|_| Unresolved::OutOfCalendar)
    };
    Ok(Slots {
        first: ago(SignedDuration::from_hours(hours.into()))?,
        last: ago(SignedDuration::from_secs(1))?,
    })
}
