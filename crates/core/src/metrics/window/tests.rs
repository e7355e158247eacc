use std::fmt::Write as _;

use jiff::Timestamp;

use super::*;
use crate::metrics::{Day, Granularity, Slot};
use crate::time::Zone;

const MADRID: &str = "Europe/Madrid";
const NEW_YORK: &str = "America/New_York";
/// No change of clocks.
const KOLKATA: &str = "Asia/Kolkata";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn meaning(window: &str, now: &str, name: &str) -> String {
    let window: Window = window.parse().unwrap();
    resolve(&window, at(now), &zone(name), None, None)
        .map_or_else(|why| why.to_string(), |span| span.to_string())
}

/// Instant, zone, window, slots.
const GOLDEN: &[(&str, &str, &str, &str)] = &[
    // An ordinary day: Wednesday in Madrid, 10:30 on the wall clock.
    ("2026-06-10T08:30:00Z", MADRID, "today", "2026-06-10"),
    ("2026-06-10T08:30:00Z", MADRID, "yesterday", "2026-06-09"),
    ("2026-06-10T08:30:00Z", MADRID, "last_1d", "2026-06-09"),
    ("2026-06-10T08:30:00Z", MADRID, "last_7d", "2026-06-03 to 2026-06-09"),
    ("2026-06-10T08:30:00Z", MADRID, "last_7d_incl", "2026-06-04 to 2026-06-10"),
    ("2026-06-10T08:30:00Z", MADRID, "last_1d_incl", "2026-06-10"),
    ("2026-06-10T08:30:00Z", MADRID, "prev_7d", "2026-05-27 to 2026-06-02"),
    ("2026-06-10T08:30:00Z", MADRID, "mtd", "2026-06-01 to 2026-06-10"),
    ("2026-06-10T08:30:00Z", MADRID, "prev_month", "2026-05-01 to 2026-05-31"),
    ("2026-06-10T08:30:00Z", MADRID, "last_1h", "2026-06-10 09h"),
    ("2026-06-10T08:30:00Z", MADRID, "last_12h", "2026-06-09 22h to 2026-06-10 09h"),
    (
        "2026-06-10T08:30:00Z",
        MADRID,
        "same_weekday_2",
        "2026-05-27 00h to 2026-05-27 09h, 2026-06-03 00h to 2026-06-03 09h",
    ),
    // The same instant is another day elsewhere.
    ("2026-06-10T03:30:00Z", MADRID, "today", "2026-06-10"),
    ("2026-06-10T03:30:00Z", NEW_YORK, "today", "2026-06-09"),
    ("2026-06-10T19:00:00Z", KOLKATA, "today", "2026-06-11"),
    ("2026-06-10T19:00:00Z", KOLKATA, "last_2h", "2026-06-10 22h to 2026-06-10 23h"),
    ("2026-06-10T19:00:00Z", KOLKATA, "same_weekday_1", "the day has no full hour yet"),
    // The edges of a day.
    ("2026-06-09T21:59:59Z", MADRID, "today", "2026-06-09"),
    ("2026-06-09T22:00:00Z", MADRID, "today", "2026-06-10"),
    ("2026-06-09T22:00:00Z", MADRID, "last_1h", "2026-06-09 23h"),
    // Clocks forward in Madrid, 2026-03-29: 02h does not exist.
    ("2026-03-29T22:30:00Z", MADRID, "yesterday", "2026-03-29"),
    ("2026-03-29T21:30:00Z", MADRID, "today", "2026-03-29"),
    ("2026-03-29T01:30:00Z", MADRID, "last_1h", "2026-03-29 01h"),
    ("2026-03-29T02:30:00Z", MADRID, "last_1h", "2026-03-29 03h"),
    ("2026-03-29T03:30:00Z", MADRID, "last_3h", "2026-03-29 01h to 2026-03-29 04h"),
    ("2026-03-30T10:00:00Z", MADRID, "last_7d", "2026-03-23 to 2026-03-29"),
    // Clocks back in Madrid, 2026-10-25: 02h is two hours long, in one slot.
    ("2026-10-25T00:30:00Z", MADRID, "last_1h", "2026-10-25 01h"),
    ("2026-10-25T01:30:00Z", MADRID, "last_1h", "2026-10-25 01h"),
    ("2026-10-25T02:30:00Z", MADRID, "last_1h", "2026-10-25 02h"),
    ("2026-10-25T02:30:00Z", MADRID, "last_2h", "2026-10-25 02h"),
    ("2026-10-25T02:30:00Z", MADRID, "last_3h", "2026-10-25 01h to 2026-10-25 02h"),
    ("2026-10-25T22:59:59Z", MADRID, "today", "2026-10-25"),
    ("2026-10-25T23:00:00Z", MADRID, "today", "2026-10-26"),
    // Clocks in New York: forward on 2026-03-08, back on 2026-11-01.
    ("2026-03-08T07:30:00Z", NEW_YORK, "last_2h", "2026-03-08 00h to 2026-03-08 01h"),
    ("2026-03-09T12:00:00Z", NEW_YORK, "last_2d", "2026-03-07 to 2026-03-08"),
    ("2026-11-01T08:30:00Z", NEW_YORK, "last_3h", "2026-11-01 01h to 2026-11-01 02h"),
    ("2026-11-02T04:59:59Z", NEW_YORK, "today", "2026-11-01"),
    ("2026-11-02T05:00:00Z", NEW_YORK, "yesterday", "2026-11-01"),
    // Months and years end; a leap day.
    ("2026-01-01T05:00:00Z", MADRID, "mtd", "2026-01-01"),
    ("2026-01-01T05:00:00Z", MADRID, "prev_month", "2025-12-01 to 2025-12-31"),
    ("2026-01-01T05:00:00Z", MADRID, "last_3d", "2025-12-29 to 2025-12-31"),
    ("2026-01-01T05:00:00Z", MADRID, "last_6h", "2026-01-01 00h to 2026-01-01 05h"),
    ("2026-01-01T05:00:00Z", NEW_YORK, "last_2h", "2025-12-31 22h to 2025-12-31 23h"),
    ("2028-03-01T12:00:00Z", MADRID, "yesterday", "2028-02-29"),
    ("2028-03-01T12:00:00Z", KOLKATA, "prev_month", "2028-02-01 to 2028-02-29"),
    ("2028-03-31T12:00:00Z", NEW_YORK, "prev_month", "2028-02-01 to 2028-02-29"),
    ("2026-03-31T12:00:00Z", NEW_YORK, "prev_month", "2026-02-01 to 2026-02-28"),
    ("2028-03-07T12:00:00Z", MADRID, "same_weekday_1", "2028-02-29 00h to 2028-02-29 12h"),
    ("2028-03-10T12:00:00Z", MADRID, "prev_7d", "2028-02-25 to 2028-03-02"),
    // What an object's flight would say.
    (
        "2026-06-10T08:30:00Z",
        MADRID,
        "flight",
        "the object has no start date, so `flight` and `lifetime` have no beginning",
    ),
];

#[test]
fn windows_mean_these_slots() {
    for (now, name, window, expected) in GOLDEN {
        assert_eq!(meaning(window, now, name), *expected, "{window} at {now} in {name}");
    }
}

#[test]
fn a_flight_ends_with_its_end_and_a_lifetime_does_not() {
    let now = at("2026-06-10T08:30:00Z");
    for (window, flight, expected) in [
        ("flight", ("2026-06-01", None), "2026-06-01 to 2026-06-10"),
        ("flight", ("2026-06-01", Some("2026-06-05")), "2026-06-01 to 2026-06-05"),
        ("flight", ("2026-06-01", Some("2026-06-30")), "2026-06-01 to 2026-06-10"),
        ("lifetime", ("2026-06-01", Some("2026-06-05")), "2026-06-01 to 2026-06-10"),
        ("flight", ("2026-06-10", None), "2026-06-10"),
        ("flight", ("2026-06-11", None), "the object starts on 2026-06-11"),
        ("lifetime", ("2026-06-11", None), "the object starts on 2026-06-11"),
        ("first_3d", ("2026-06-01", Some("2026-06-02")), "2026-06-01 to 2026-06-03"),
        ("first_3d", ("2026-06-07", None), "2026-06-07 to 2026-06-09"),
        ("first_3d", ("2026-06-08", None), "the object's first days are not over before 2026-06-10 is"),
    ] {
        let window: Window = window.parse().unwrap();
        let flight = (day(flight.0), flight.1.map(day));
        let told = resolve(&window, now, &zone(MADRID), Some(flight), None)
            .map_or_else(|why| why.to_string(), |span| span.to_string());
        assert_eq!(told, expected, "{window} of {flight:?}");
    }
}

#[test]
fn declared_days_end_where_they_say() {
    let now = at("2026-06-10T08:30:00Z");
    for (days, end, offset, settled, expected) in [
        (7, End::Yesterday, 0, None, "2026-06-03 to 2026-06-09"),
        (7, End::Estimated, 7, None, "2026-05-27 to 2026-06-02"),
        (7, End::Today, 0, None, "2026-06-04 to 2026-06-10"),
        (7, End::Settled, 0, Some("2026-06-06"), "2026-05-31 to 2026-06-06"),
        (7, End::Settled, 7, Some("2026-06-06"), "2026-05-24 to 2026-05-30"),
        (1, End::Settled, 0, Some("2026-06-10"), "2026-06-09"),
        (
            7,
            End::Settled,
            0,
            None,
            "nothing tells yet how late conversions come, so no day counts as settled",
        ),
    ] {
        let window = Window::days(days, end, offset).unwrap();
        let told = resolve(&window, now, &zone(MADRID), None, settled.map(day))
            .map_or_else(|why| why.to_string(), |span| span.to_string());
        assert_eq!(told, expected, "{window}");
    }
}

#[test]
fn days_are_as_long_as_they_are() {
    for (name, date, hours) in [
        (MADRID, "2026-03-29", 23),
        (MADRID, "2026-10-25", 25),
        (MADRID, "2026-06-10", 24),
        (NEW_YORK, "2026-03-08", 23),
        (NEW_YORK, "2026-11-01", 25),
        (KOLKATA, "2026-03-29", 24),
    ] {
        let slot = Slot::day(day(date));
        let length = slot.ends(&zone(name)).duration_since(slot.begins(&zone(name)));
        assert_eq!(length.as_hours(), hours, "{date} in {name}");
    }
    let hour = |hour| {
        let slot = Slot::hour(day("2026-10-25"), hour);
        slot.ends(&zone(MADRID)).duration_since(slot.begins(&zone(MADRID))).as_hours()
    };
    assert_eq!((hour(1), hour(2), hour(3)), (1, 2, 1));
    let skipped = Slot::hour(day("2026-03-29"), 2);
    assert_eq!(skipped.begins(&zone(MADRID)), skipped.ends(&zone(MADRID)), "it does not exist");
}

/// Whatever the instant, hours that a window names are over, and as long as it says or longer by a repeated hour.
#[test]
fn last_hours_are_over_and_long_enough() {
    for name in [MADRID, NEW_YORK, KOLKATA, "Australia/Lord_Howe", "America/Havana"] {
        let zone = zone(name);
        let mut now = at("2026-01-01T00:17:00Z");
        while now < at("2027-01-01T00:00:00Z") {
            let span = resolve(&Window::LastHours { hours: 6 }, now, &zone, None, None).unwrap();
            assert_eq!(span.granularity, Granularity::Hour);
            let begins = span.first().unwrap().begins(&zone);
            let ends = span.last().unwrap().ends(&zone);
            assert!(ends <= now, "{span} at {now} in {name}");
            let length = ends.duration_since(begins).as_mins();
            assert!((6 * 60..=7 * 60).contains(&length), "{span} at {now} in {name}: {length} minutes");
            now += jiff::SignedDuration::from_mins(47);
        }
    }
}

#[test]
fn words_read_back_as_they_are_written() {
    for word in [
        "today",
        "yesterday",
        "last_7d",
        "last_400d",
        "last_7d_incl",
        "prev_14d",
        "mtd",
        "prev_month",
        "flight",
        "lifetime",
        "last_6h",
        "same_weekday_4",
    ] {
        assert_eq!(word.parse::<Window>().unwrap().to_string(), word);
    }
}

#[test]
fn a_wrong_word_is_told_the_right_one() {
    for (text, hint) in [
        ("last7d", "write `last_7d`"),
        ("last_14_days", "write `last_14d`"),
        ("last_3_hours", "write `last_3h`"),
        ("Yesterday", "write `yesterday`"),
        ("lst_7d", "write `last_7d`"),
        ("prev_mnth", "write `prev_month`"),
        ("last_month", "`last_month` is a word of Meta Ads (reports); write `prev_month`"),
        ("same_weekday4", "write `same_weekday_4`"),
        ("last_0d", "write 1 to 400 days"),
        ("last_401d", "write 1 to 400 days"),
        ("last_99999999999d", "write 1 to 400 days"),
        ("prev_201d", "write 1 to 200 days"),
        ("last_169h", "write 1 to 168 hours"),
        ("last_07d", "write `last_7d`"),
        ("LAST_30_DAYS", "`LAST_30_DAYS` is a word of Google Ads (queries); write `last_30d`"),
        (
            "PAST_SEVEN_DAYS",
            "`PAST_SEVEN_DAYS` is a word of TikTok Ads (automated rules), probably our `last_7d`",
        ),
        (
            "LAST_WEEK_MON_SUN",
            "`LAST_WEEK_MON_SUN` is a word of Google Ads (queries) that has no equal here; declare `{days, end, offset}`",
        ),
        ("whenever", &format!("write one of {}", parse::FORMS.join(", "))),
    ] {
        assert_eq!(text.parse::<Window>().unwrap_err().hint, hint, "{text}");
    }
    assert_eq!("setled".parse::<End>().unwrap_err().hint, "as its end write `settled`");
    assert!(Window::days(300, End::Settled, 101).is_err());
}

/// The vendors' words in ours, for an instant: the table that docs show.
#[test]
fn vendors_words_map_to_these() {
    let mut table = String::new();
    for known in vendor::WORDS {
        let ours = known.ours.map_or_else(|| "-".to_owned(), |window| window.to_string());
        let mark = if known.documented { "" } else { " (unverified)" };
        writeln!(table, "{} {}: {} = {ours}{mark}", known.platform, known.place, known.word).unwrap();
    }
    assert_eq!(table, include_str!("vendor.golden.txt"));
}

#[test]
fn a_span_can_be_cut() {
    let span =
        resolve(&"last_7d".parse().unwrap(), at("2026-06-10T08:30:00Z"), &zone(MADRID), None, None).unwrap();
    assert_eq!(span.slots().count(), 7);
    assert_eq!(span.until(day("2026-06-05")).unwrap().to_string(), "2026-06-03 to 2026-06-05");
    assert_eq!(span.until(day("2026-06-02")), None);
}
