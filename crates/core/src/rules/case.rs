//! Cases: objects with series made up for a test, as the snapshot that a rule would read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::guard::Guards;
use super::memory::{Memory, Mood, Pause};
use super::review::carry_out;
use super::rule::Rule;
use super::run::{Run, run};
use super::snapshot::{AccountState, ObjectState, Signal, Snapshot, WindowSums};
use crate::address::{AccountKey, Address};
use crate::metrics::{self, Day, Granularity, Metric, Slot, Sums, Window, resolve};

/// What objects delivered by day and by hour.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CaseSeries {
    /// By the account's day.
    pub days: BTreeMap<Day, Sums>,
    /// By the hour of the account's wall clock.
    pub hours: BTreeMap<(Day, u8), Sums>,
}

/// One object of a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseObject {
    /// The object; its windows are made from the series.
    pub state: ObjectState,
    /// What it delivered; of an object without, what lies below it.
    pub series: Option<CaseSeries>,
    /// Since when the rule has it paused.
    pub paused: Option<Timestamp>,
}

/// A case: a world made up for one rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The instant of the first run.
    pub now: Timestamp,
    /// The account.
    pub key: AccountKey,
    /// Its state; its windows are made from its series.
    pub account: AccountState,
    /// What the whole account delivered; what its objects did when absent.
    pub series: Option<CaseSeries>,
    /// The newest day whose conversions have come in.
    pub settled: Day,
    /// Objects.
    pub objects: BTreeMap<Address, CaseObject>,
    /// Signals.
    pub signals: BTreeMap<CompactString, Signal>,
    /// How many runs, one tick after the other; what is done in one is live in the next.
    pub runs: u32,
}

/// Runs a rule over a case; the last run counts.
pub fn run_case(rule: &Rule, case: &Case) -> Run {
    let guards = Guards::default();
    let rules = std::slice::from_ref(rule);
    let mut now = case.now;
    let mut world = snapshot(rule, case, now);
    let mut found = run(rules, &world, &remembered(rule, case), &guards);
    for _ in 1..case.runs.max(1) {
        now = now.saturating_add(step(rule)).unwrap_or(now);
        let before = std::mem::replace(&mut world, snapshot(rule, case, now));
        carry(&before, &found, &mut world);
        found = run(rules, &world, &found.memory, &guards);
    }
    found
}

/// From one tick to the next.
fn step(rule: &Rule) -> SignedDuration {
    rule.schedule.every.max(SignedDuration::from_mins(1))
}

/// What the rule remembers of objects that it paused.
fn remembered(rule: &Rule, case: &Case) -> Memory {
    let mut memory = Memory::default();
    for (address, object) in &case.objects {
        if let Some(since) = object.paused {
            let until = rule.actions.iter().find_map(|action| match action {
                super::action::Action::Pause { hold_for: Some(length) } => since.checked_add(*length).ok(),
                _ => None,
            });
            let mood = Mood { pause: Some(Pause { since, until }), ..Mood::default() };
            memory.rules.entry(rule.key.to_string()).or_default().objects.insert(address.clone(), mood);
        }
    }
    memory
}

/// Makes what was done in one run live in the next.
fn carry(before: &Snapshot, found: &Run, next: &mut Snapshot) {
    for (address, object) in &mut next.objects {
        if let Some(live) = before.objects.get(address) {
            object.state = live.state;
            object.budget = live.budget;
            object.bid = live.bid;
        }
    }
    carry_out(found, &mut next.objects);
}

/// The snapshot that the rule reads at an instant.
fn snapshot(rule: &Rule, case: &Case, now: Timestamp) -> Snapshot {
    let mut looked_at: BTreeSet<Window> = rule.windows.clone();
    looked_at.extend([Window::Yesterday, Window::Today]);
    let below = |parent: &Address| -> Vec<&CaseSeries> {
        let children = case.objects.values().filter(|object| object.state.parent.as_ref() == Some(parent));
        children.filter_map(|object| object.series.as_ref()).collect()
    };
    let mut objects = BTreeMap::new();
    for (address, given) in &case.objects {
        let series: Vec<&CaseSeries> = match &given.series {
            Some(series) => vec![series],
            None => below(address),
        };
        let mut object = given.state.clone();
        object.windows = windows(case, &looked_at, now, &series, object.created);
        objects.insert(address.clone(), object);
    }
    let all: Vec<&CaseSeries> = match &case.series {
        Some(series) => vec![series],
        None => case.objects.values().filter_map(|object| object.series.as_ref()).collect(),
    };
    let mut account = case.account.clone();
    account.windows = windows(case, &looked_at, now, &all, None);
    Snapshot {
        id: "case".to_owned(),
        now,
        accounts: BTreeMap::from([(case.key.clone(), account)]),
        objects,
        signals: case.signals.clone(),
        pending: BTreeSet::new(),
        coming: Vec::new(),
        crowded: BTreeMap::new(),
        overridden: BTreeMap::new(),
    }
}

fn windows(
    case: &Case,
    looked_at: &BTreeSet<Window>,
    now: Timestamp,
    series: &[&CaseSeries],
    created: Option<Timestamp>,
) -> BTreeMap<Window, WindowSums> {
    let zone = &case.account.zone;
    let start = created.map(|created| created.to_zoned(zone.rules()).date());
    let passed = now.to_zoned(zone.rules()).date().since(case.now.to_zoned(zone.rules()).date());
    let settled = passed.ok().and_then(|passed| case.settled.checked_add(passed.get_days().days()).ok());
    let each = looked_at.iter().map(|window| {
        let span = resolve(window, now, zone, start.map(|start| (start, None)), settled);
        let found = match span {
            Err(why) => {
                WindowSums { sums: Err(why.into()), as_of: Some(now), days: None, ranges: Arc::default() }
            }
            Ok(span) => {
                let slots: Vec<Slot> = span.slots().collect();
                let days = (span.granularity == Granularity::Day)
                    .then(|| u16::try_from(slots.len()).unwrap_or(u16::MAX));
                WindowSums { sums: sum(&slots, series), as_of: Some(now), days, ranges: span.ranges.into() }
            }
        };
        (*window, found)
    });
    each.collect()
}

/// The sum over slots; one that no series has is a gap.
fn sum(slots: &[Slot], series: &[&CaseSeries]) -> Result<Sums, metrics::Unknown> {
    let mut total: Option<Sums> = None;
    for slot in slots {
        let found = series.iter().filter_map(|series| match slot.hour {
            Some(hour) => series.hours.get(&(slot.day, hour)),
            None => series.days.get(&slot.day),
        });
        let of_slot = found.copied().reduce(|sum, next| sum.plus(&next));
        let of_slot = of_slot.ok_or(metrics::Unknown::NotCovered { from: *slot, to: *slot })?;
        total = Some(total.map_or(of_slot, |total| total.plus(&of_slot)));
    }
    // A window of no slot counts nothing, and says so.
    Ok(total.unwrap_or_else(|| Sums::zero(&Metric::ALL)))
}
