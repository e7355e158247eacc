use jiff::ToSpan;
use jiff::civil::{DateTime, date};
use proptest::prelude::*;

use super::*;

/// Days on which clocks change, in zones that do so differently: by an hour, by half an hour, at midnight, by a whole
/// day, never.
const DAYS: [(&str, (i16, i8, i8)); 10] = [
    ("Europe/Madrid", (2026, 3, 29)),
    ("Europe/Madrid", (2026, 10, 25)),
    ("America/New_York", (2026, 3, 8)),
    ("America/New_York", (2026, 11, 1)),
    ("Australia/Lord_Howe", (2026, 10, 4)),
    ("Australia/Lord_Howe", (2026, 4, 5)),
    ("America/Havana", (2026, 3, 8)),
    ("America/Havana", (2026, 11, 1)),
    ("Pacific/Apia", (2011, 12, 30)),
    ("Asia/Tokyo", (2026, 3, 29)),
];

/// Minutes before and after the day that the walk covers.
const AROUND: i64 = 4 * 24 * 60;

/// A walk over every minute around a day, with the local time of each.
struct Walk {
    zone: Zone,
    start: Timestamp,
    local: Vec<DateTime>,
}

impl Walk {
    fn new((zone, (year, month, day)): (&str, (i16, i8, i8))) -> Self {
        let zone = Zone::parse(zone).unwrap();
        let noon = date(year, month, day).at(12, 0, 0, 0).to_zoned(jiff::tz::TimeZone::UTC).unwrap();
        let start = noon.timestamp().checked_sub(AROUND.minutes()).unwrap();
        let rules = zone.rules();
        let local = (0..2 * AROUND).map(|minute| rules.to_datetime(start + minute.minutes())).collect();
        Self { zone, start, local }
    }

    fn at(&self, minute: usize) -> Timestamp {
        self.start + i64::try_from(minute).unwrap().minutes()
    }

    /// From the first minute whose local time is not before `from` up to the last one before `to`.
    fn mark(&self, frozen: &mut [bool], from: DateTime, to: DateTime) {
        let Some(start) = self.local.iter().position(|local| *local >= from) else { return };
        let Some(end) = self.local.iter().rposition(|local| *local < to) else { return };
        if start <= end {
            frozen[start..=end].fill(true);
        }
    }
}

fn agree(walk: &Walk, rules: &[Rule], frozen: &[bool], minutes: std::ops::Range<usize>) {
    let zone = walk.zone.rules();
    // Every edge with its neighbours, and a sample of the rest.
    let edge = |minute: usize| frozen[minute.saturating_sub(1)] != frozen[minute];
    let near = |minute: &usize| {
        minute.is_multiple_of(13) || edge(*minute) || edge((minute + 1).min(frozen.len() - 1))
    };
    for minute in minutes.clone().filter(near) {
        let at = walk.at(minute);
        let found = rules.iter().any(|rule| rule.stretch_at(at, &zone).is_some());
        assert_eq!(found, frozen[minute], "{} {} {rules:?}", walk.zone, walk.local[minute]);
    }
    for minute in minutes.clone().step_by(97) {
        let expected = (minute..frozen.len()).find(|later| !frozen[*later]);
        if let Some(expected) = expected.filter(|expected| minutes.contains(expected)) {
            let found = opening(rules.iter(), walk.at(minute), &walk.zone);
            assert_eq!(found, Some(walk.at(expected)), "{} {} {rules:?}", walk.zone, walk.local[minute]);
        }
    }
}

fn time(minute: u16) -> TimeOfDay {
    format!("{:02}:{:02}", minute / 60, minute % 60).parse().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn ranges_hold_the_minutes_that_a_walk_finds(
        day in 0..DAYS.len(), from in -2000_i64..2000, length in 1_i64..3000, second in -2000_i64..2000,
    ) {
        let walk = Walk::new(DAYS[day]);
        let (_, (year, month, of_month)) = DAYS[day];
        let noon = date(year, month, of_month).at(12, 0, 0, 0);
        let ranges = [(from, length), (second, 60)];
        let mut frozen = vec![false; walk.local.len()];
        let mut rules = Vec::new();
        for (from, length) in ranges {
            let (from, to) = (noon + from.minutes(), noon + (from + length).minutes());
            walk.mark(&mut frozen, from, to);
            rules.push(Rule::Range { from, to });
        }
        agree(&walk, &rules, &frozen, 0..walk.local.len());
    }

    #[test]
    fn weekly_rules_hold_the_minutes_that_a_walk_finds(
        day in 0..DAYS.len(), days in proptest::collection::btree_set(0_usize..7, 1..7),
        from in 0_u16..1440, to in 0_u16..=1440, bounded in any::<bool>(),
    ) {
        prop_assume!(from != to);
        let walk = Walk::new(DAYS[day]);
        let (_, (year, month, of_month)) = DAYS[day];
        let middle = date(year, month, of_month);
        let (first, last) = (middle - 1.days(), middle + 1.days());
        let mut frozen = vec![false; walk.local.len()];
        for offset in -6..=6_i64 {
            let date = middle + offset.days();
            let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap();
            let within = !bounded || (first <= date && date <= last);
            if days.contains(&weekday) && within {
                let midnight = date.at(0, 0, 0, 0);
                let end = if to > from { i64::from(to) } else { i64::from(to) + 1440 };
                walk.mark(&mut frozen, midnight + i64::from(from).minutes(), midnight + end.minutes());
            }
        }
        let rule = Rule::Weekly {
            days: days.iter().map(|index| Day::ALL[*index]).collect(),
            from: time(from),
            to: time(to),
            first: bounded.then_some(first),
            last: bounded.then_some(last),
        };
        // Two days at each edge may belong to spans that begin or end outside the walk.
        let edge = 2 * 1440;
        agree(&walk, &[rule], &frozen, edge..walk.local.len() - edge);
    }
}

#[track_caller]
fn stretch(rule: &Rule, zone: &str, at: &str) -> Option<String> {
    let zone = Zone::parse(zone).unwrap();
    let found = rule.stretch_at(at.parse().unwrap(), &zone.rules())?;
    Some(format!("{} to {}", found.start, found.end))
}

#[test]
fn skipped_and_repeated_local_times_never_shorten_a_window() {
    let night = |day| Rule::Range {
        from: date(2026, day, 29).at(2, 30, 0, 0),
        to: date(2026, day, 29).at(4, 0, 0, 0),
    };
    // 29 March 2026 in Madrid: 02:00 is followed by 03:00, so 02:30 means the jump.
    assert_eq!(
        stretch(&night(3), "Europe/Madrid", "2026-03-29T01:00:00Z").unwrap(),
        "2026-03-29T01:00:00Z to 2026-03-29T02:00:00Z"
    );
    // 25 October 2026: 02:30 comes twice. A start is the first, an end the second.
    let autumn = |from, to| Rule::Range { from, to };
    let day = date(2026, 10, 25);
    assert_eq!(
        stretch(&autumn(day.at(2, 30, 0, 0), day.at(4, 0, 0, 0)), "Europe/Madrid", "2026-10-25T01:10:00Z")
            .unwrap(),
        "2026-10-25T00:30:00Z to 2026-10-25T03:00:00Z"
    );
    assert_eq!(
        stretch(&autumn(day.at(1, 0, 0, 0), day.at(2, 30, 0, 0)), "Europe/Madrid", "2026-10-25T01:10:00Z")
            .unwrap(),
        "2026-10-24T23:00:00Z to 2026-10-25T01:30:00Z"
    );
}

#[test]
fn years_turn_and_leap_days_come_and_go() {
    let holidays = Rule::Yearly { from: "12-24".parse().unwrap(), to: "01-02".parse().unwrap() };
    let expected = Some("2026-12-23T23:00:00Z to 2027-01-02T23:00:00Z".to_owned());
    for at in ["2026-12-31T12:00:00Z", "2027-01-02T22:59:59Z"] {
        assert_eq!(stretch(&holidays, "Europe/Madrid", at), expected);
    }
    assert_eq!(stretch(&holidays, "Europe/Madrid", "2027-01-02T23:00:00Z"), None);
    let leap = Rule::Yearly { from: "02-29".parse().unwrap(), to: "02-29".parse().unwrap() };
    assert_eq!(
        stretch(&leap, "UTC", "2028-02-29T12:00:00Z").unwrap(),
        "2028-02-29T00:00:00Z to 2028-03-01T00:00:00Z"
    );
    assert_eq!(stretch(&leap, "UTC", "2027-02-28T12:00:00Z"), None);
    assert_eq!(stretch(&leap, "UTC", "2027-03-01T00:00:00Z"), None);
}

fn freeze(rules: Vec<Rule>, allow: Allow, changes: Option<&str>) -> Freeze {
    let account = AccountKey {
        namespace: Namespace::new("growth").unwrap(),
        name: ObjectName::new("meta-eu").unwrap(),
    };
    Freeze {
        window: "growth/black-friday".into(),
        rules,
        allow,
        reason: Some("peak days".into()),
        accounts: [(account, Zone::parse("Europe/Madrid").unwrap())].into(),
        changes: changes.map(|address| [address.parse().unwrap()].into()),
    }
}

const CAMPAIGN: &str = "meta/meta-eu/Campaign/growth/spring";

fn black_friday() -> Rule {
    Rule::Range { from: date(2026, 11, 26).at(0, 0, 0, 0), to: date(2026, 12, 1).at(0, 0, 0, 0) }
}

#[test]
fn the_opening_is_that_of_all_windows_together() {
    let sunday_till_tuesday = Rule::Weekly {
        days: [Day::Mon].into(),
        from: TimeOfDay::START,
        to: "12:00".parse().unwrap(),
        first: None,
        last: None,
    };
    let second = Rule::Range { from: date(2026, 12, 1).at(0, 0, 0, 0), to: date(2026, 12, 1).at(6, 0, 0, 0) };
    let freezes = [
        freeze(vec![black_friday()], Allow::LowerSpend, None),
        freeze(vec![sunday_till_tuesday, second], Allow::LowerSpend, None),
    ];
    let at = "2026-11-27T09:00:00Z".parse().unwrap();
    let found = Gate::new(&freezes, at).frozen(&CAMPAIGN.parse().unwrap(), false).unwrap();
    assert_eq!(found.until.as_deref(), Some("2026-12-01T06:00:00+01:00[Europe/Madrid]"));
    assert_eq!(
        found.to_string(),
        "frozen until 2026-12-01T06:00:00+01:00[Europe/Madrid] by growth/black-friday (peak days)"
    );
    let before = "2026-11-25T22:59:59Z".parse().unwrap();
    assert_eq!(Gate::new(&freezes, before).frozen(&CAMPAIGN.parse().unwrap(), false), None);
}

#[test]
fn lowering_passes_unless_the_window_forbids_it() {
    let at = "2026-11-27T09:00:00Z".parse().unwrap();
    let campaign: Address = CAMPAIGN.parse().unwrap();
    for (allow, lowers, expected) in [
        (Allow::LowerSpend, true, false),
        (Allow::LowerSpend, false, true),
        (Allow::Nothing, true, true),
        (Allow::Nothing, false, true),
    ] {
        let freezes = [freeze(vec![black_friday()], allow, None)];
        assert_eq!(
            Gate::new(&freezes, at).frozen(&campaign, lowers).is_some(),
            expected,
            "{allow:?} {lowers}"
        );
    }
}

#[test]
fn a_window_touches_its_accounts_and_changes_only() {
    let at = "2026-11-27T09:00:00Z".parse().unwrap();
    let freezes = [freeze(vec![black_friday()], Allow::LowerSpend, Some(CAMPAIGN))];
    let mut gate = Gate::new(&freezes, at);
    assert!(gate.frozen(&CAMPAIGN.parse().unwrap(), false).is_some());
    for other in ["meta/meta-eu/Campaign/growth/other", "meta/meta-us/Campaign/growth/spring"] {
        assert_eq!(gate.frozen(&other.parse().unwrap(), false), None, "{other}");
    }
}

#[test]
fn what_never_opens_has_no_opening() {
    let always = Rule::Weekly {
        days: Day::ALL.into(),
        from: TimeOfDay::START,
        to: TimeOfDay::END,
        first: None,
        last: None,
    };
    let zone = Zone::parse("Europe/Madrid").unwrap();
    assert_eq!(opening([always].iter(), "2026-11-27T09:00:00Z".parse().unwrap(), &zone), None);
}

#[test]
fn calendar_words_are_read_as_they_are_shown() {
    for text in ["00:00", "08:30", "24:00"] {
        assert_eq!(text.parse::<TimeOfDay>().unwrap().to_string(), text);
    }
    for text in ["24:01", "8:00", "12:60", "noon", ""] {
        assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
    }
    assert_eq!("02-29".parse::<MonthDay>().unwrap().to_string(), "02-29");
    for text in ["02-30", "13-01", "2-29", "1224"] {
        assert!(text.parse::<MonthDay>().is_err(), "{text}");
    }
    let rules = vec![black_friday()];
    let json = serde_json::to_value(&rules).unwrap();
    assert_eq!(
        json,
        serde_json::json!([{"range": {"from": "2026-11-26T00:00:00", "to": "2026-12-01T00:00:00"}}])
    );
    assert_eq!(serde_json::from_value::<Vec<Rule>>(json).unwrap(), rules);
}
