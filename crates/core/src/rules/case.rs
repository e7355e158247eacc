//! Cases: objects with series made up for a test, as the snapshot that a rule would read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use compact_str::CompactString;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::foresee::{Forecasts, Foreseen, Foretold};
use super::guards::{Guards, SpendGuard};
use super::memory::{Memory, Mood, Pause};
use super::review::carry_out;
use super::rule::Rule;
use super::run::{Run, run};
use super::snapshot::{AccountState, ObjectState, Observed, Signal, Snapshot, WindowSums};
use crate::address::{AccountKey, Address};
use crate::anomaly;
use crate::forecast::{Ahead, Outlook};
use crate::metrics::completeness::Completeness;
use crate::metrics::estimate::estimated;
use crate::metrics::{self, Day, Granularity, Metric, Slot, Sums, Window, resolve};
use crate::schema::Schemas;

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
    /// What forecasts of it say; made from what it delivered where nothing is given.
    pub forecast: CaseForecast,
    /// Since when the rule has it paused.
    pub paused: Option<Timestamp>,
    /// How often the rule has resumed it.
    pub resumed: u32,
}

/// What forecasts say in a case, by metric and days to come; `None` where they have no skill.
pub type CaseForecast = BTreeMap<Metric, BTreeMap<Ahead, Option<f64>>>;

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
    /// What forecasts of the whole account say.
    pub forecast: CaseForecast,
    /// The newest day whose conversions have come in.
    pub settled: Day,
    /// How complete the conversions of a day are at its age.
    pub completeness: Completeness,
    /// Objects.
    pub objects: BTreeMap<Address, CaseObject>,
    /// Signals.
    pub signals: BTreeMap<CompactString, Signal>,
    /// The spend guard.
    pub spend_guard: SpendGuard,
    /// How many runs, one tick after the other; what is done in one is live in the next.
    pub runs: u32,
}

/// Runs a rule over a case; the last run counts.
pub fn run_case(rule: &Rule, case: &Case, schemas: &Schemas) -> Run {
    let guards = Guards::of(&case.spend_guard, schemas);
    let rules = std::slice::from_ref(rule);
    let mut now = case.now;
    let mut world = snapshot(rule, case, &guards, now);
    let mut found = run(rules, &world, &remembered(rule, case));
    for _ in 1..case.runs.max(1) {
        now = now.saturating_add(step(rule)).unwrap_or(now);
        let before = std::mem::replace(&mut world, snapshot(rule, case, &guards, now));
        carry(&before, &found, &mut world);
        found = run(rules, &world, &found.memory);
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
        if object.resumed > 0 {
            let mood = Mood { resumes: object.resumed, ..Mood::default() };
            memory.rules.entry(rule.key.to_string()).or_default().objects.insert(address.clone(), mood);
        }
        if let Some(since) = object.paused {
            let until = rule.actions.iter().find_map(|action| match action {
                super::action::Action::Pause { hold_for: Some(length) } => since.checked_add(*length).ok(),
                _ => None,
            });
            let pause = Some(Pause { since, until });
            let mood = Mood { pause, resumes: object.resumed, ..Mood::default() };
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
fn snapshot(rule: &Rule, case: &Case, guards: &Guards, now: Timestamp) -> Snapshot {
    let mut looked_at: BTreeSet<Window> = rule.windows.clone();
    looked_at.extend([Window::Yesterday, Window::Today]);
    let below = |parent: &Address| -> Vec<&CaseSeries> {
        let children = case.objects.values().filter(|object| object.state.parent.as_ref() == Some(parent));
        children.filter_map(|object| object.series.as_ref()).collect()
    };
    let mut objects = BTreeMap::new();
    let mut forecasts = Forecasts::default();
    for (address, given) in &case.objects {
        let series: Vec<&CaseSeries> = match &given.series {
            Some(series) => vec![series],
            None => below(address),
        };
        let mut object = given.state.clone();
        object.windows = windows(case, &looked_at, now, &series, object.created);
        objects.insert(address.clone(), object);
        let of_object = |one: &Foretold| match one {
            Foretold::OfObjects(metric) | Foretold::OfParents(metric) => Some(*metric),
            Foretold::OfAccount(_) => None,
        };
        let wanted = rule.forecasts.iter().filter_map(of_object);
        let foreseen = wanted.map(|metric| (metric, foreseen(case, metric, now, &given.forecast, &series)));
        forecasts.objects.insert(address.clone(), foreseen.collect());
    }
    let all: Vec<&CaseSeries> = match &case.series {
        Some(series) => vec![series],
        None => case.objects.values().filter_map(|object| object.series.as_ref()).collect(),
    };
    let mut account = case.account.clone();
    account.windows = windows(case, &looked_at, now, &all, None);
    let wanted = rule.forecasts.iter().filter_map(|one| match one {
        Foretold::OfAccount(metric) => Some(*metric),
        Foretold::OfObjects(_) | Foretold::OfParents(_) => None,
    });
    let foreseen = wanted.map(|metric| (metric, foreseen(case, metric, now, &case.forecast, &all)));
    forecasts.accounts.insert(case.key.clone(), foreseen.collect());
    Snapshot {
        id: "case".to_owned(),
        now,
        accounts: BTreeMap::from([(case.key.clone(), account)]),
        objects,
        forecasts,
        signals: case.signals.clone(),
        pending: BTreeSet::new(),
        coming: Vec::new(),
        crowded: BTreeMap::new(),
        overridden: BTreeMap::new(),
        guards: guards.clone(),
        others: BTreeMap::new(),
        strangers: BTreeMap::new(),
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
            Err(why) => WindowSums {
                sums: Err(why.into()),
                as_of: Some(now),
                days: None,
                ranges: Arc::default(),
                observed: None,
            },
            Ok(span) => {
                let slots: Vec<Slot> = span.slots().collect();
                let days = (span.granularity == Granularity::Day)
                    .then(|| u16::try_from(slots.len()).unwrap_or(u16::MAX));
                let (sums, observed) = if window.is_estimated() {
                    estimate(case, now, &slots, series)
                } else {
                    (sum(&slots, series), None)
                };
                WindowSums { sums, as_of: Some(now), days, ranges: span.ranges.into(), observed }
            }
        };
        (*window, found)
    });
    each.collect()
}

/// What is given, else what the days of the series foretell.
fn foreseen(
    case: &Case,
    metric: Metric,
    now: Timestamp,
    given: &CaseForecast,
    series: &[&CaseSeries],
) -> Foreseen {
    let outlook = if let Some(given) = given.get(&metric) {
        Outlook::given(given.clone())
    } else {
        let today = now.to_zoned(case.account.zone.rules()).date();
        let late = matches!(metric, Metric::Conversions | Metric::Value);
        let mut days: BTreeMap<Day, f64> = BTreeMap::new();
        for (day, sums) in series.iter().flat_map(|series| &series.days) {
            let counts = *day < today && (!late || *day <= case.settled);
            if let Some(count) = sums.get(metric).filter(|_| counts) {
                *days.entry(*day).or_default() += anomaly::unit(metric, count);
            }
        }
        Outlook::new(&days, today)
    };
    Foreseen { outlook: Arc::new(outlook), as_of: now }
}

/// The same with conversions that are still to come.
fn estimate(
    case: &Case,
    now: Timestamp,
    slots: &[Slot],
    series: &[&CaseSeries],
) -> (Result<Sums, metrics::Unknown>, Option<Observed>) {
    let each = slots.iter().map(|slot| Ok((slot.day, sum(&[*slot], series)?)));
    let days: Vec<(Day, Sums)> = match each.collect() {
        Ok(days) => days,
        Err(why) => return (Err(why), None),
    };
    let today = now.to_zoned(case.account.zone.rules()).date();
    match estimated(&case.completeness, today, &days) {
        Some(found) => (
            Ok(found.sums),
            Some(Observed { sums: found.observed, evidence: found.evidence, unclear: found.unclear }),
        ),
        None => (sum(slots, series), None),
    }
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
