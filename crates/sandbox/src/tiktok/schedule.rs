//! Flights and dayparting of ad groups ("Create an ad group": schedule, dayparting).

use jiff::{SignedDuration, Timestamp};

use crate::world::Object;

use super::clock;
use super::errors::{Refusal, ensure, invalid};
use super::json::{set, text};

/// Runs until stopped.
pub(super) const FROM_NOW: &str = "SCHEDULE_FROM_NOW";
/// Runs between two instants.
pub(super) const START_END: &str = "SCHEDULE_START_END";
/// Both types.
pub(super) const TYPES: &[&str] = &[FROM_NOW, START_END];

/// Half hours of a week.
const SLOTS: usize = 336;
/// How long ago a flight may have begun.
const PAST: SignedDuration = SignedDuration::from_hours(12);
/// The last start, and the last end, that are accepted.
const LAST: (&str, &str) = ("2028-01-01 00:00:00", "2038-01-01 00:00:00");
/// Years after its start that an open flight of the manual lane reads as its end.
const OPEN_YEARS: i32 = 10;

/// A checked flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Flight {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends; an open one has no end.
    pub end: Option<Timestamp>,
}

/// Reads and checks the schedule of an ad group; `started` is a start that may be repeated although past.
pub(super) fn read(values: &Object, now: Timestamp, started: Option<&str>) -> Result<Flight, Refusal> {
    let kind = text(values, "schedule_type")
        .ok_or_else(|| invalid("schedule_type: Missing data for required field."))?;
    let written = text(values, "schedule_start_time")
        .ok_or_else(|| invalid("schedule_start_time: Missing data for required field."))?;
    let start = time("schedule_start_time", written)?;
    if started != Some(written) {
        ensure(start >= now - PAST, || {
            "schedule_start_time: The start time cannot be more than 12 hours in the past.".into()
        })?;
    }
    ensure(written <= LAST.0, || format!("schedule_start_time: The latest start time is {}.", LAST.0))?;
    let end = text(values, "schedule_end_time").map(|end| time("schedule_end_time", end)).transpose()?;
    if kind == FROM_NOW {
        return Ok(Flight { start, end: None });
    }
    let end =
        end.ok_or_else(|| invalid("schedule_end_time: Required when schedule_type is SCHEDULE_START_END."))?;
    ensure(end > start, || "schedule_end_time: The end time must be after the start time.".into())?;
    ensure(end > now, || "schedule_end_time: The end time must be in the future.".into())?;
    ensure(clock::stamp(end).as_str() <= LAST.1, || {
        format!("schedule_end_time: The latest end time is {}.", LAST.1)
    })?;
    Ok(Flight { start, end: Some(end) })
}

fn time(member: &str, written: &str) -> Result<Timestamp, Refusal> {
    clock::parse(written).ok_or_else(|| {
        invalid(format!("{member}: `{written}` is not a time of the form YYYY-MM-DD HH:MM:SS."))
    })
}

/// Writes the flight; an open one reads an end ten years on in the manual lane.
pub(super) fn write(object: &mut Object, flight: Flight, shows_open_end: bool) {
    set(object, "schedule_start_time", clock::stamp(flight.start));
    let open = shows_open_end.then(|| clock::years_later(flight.start, OPEN_YEARS));
    match flight.end.or(open) {
        Some(end) => set(object, "schedule_end_time", clock::stamp(end)),
        None => {
            object.shift_remove("schedule_end_time");
        }
    }
}

/// Normalises dayparting: 336 characters, and no half hour at all means all of them.
pub(super) fn dayparting(written: Option<&str>) -> Result<String, Refusal> {
    let Some(written) = written else { return Ok("1".repeat(SLOTS)) };
    let good = written.len() == SLOTS && written.bytes().all(|byte| matches!(byte, b'0' | b'1'));
    ensure(good, || "dayparting: It must consist of 336 characters, each 0 or 1.".into())?;
    Ok(if written.contains('1') { written.to_owned() } else { "1".repeat(SLOTS) })
}
