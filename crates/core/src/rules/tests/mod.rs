//! Rules: what compiles, what conditions come to, who wins, what safeguards hold.

mod acting;
mod caps;
mod compile;
mod conditions;
mod court;
mod decisions;
mod forecasts;
mod hysteresis;
mod keep;
mod language;
mod outages;
mod pooled;
mod properties;
mod remembered;
mod safeguards;
mod scale;
mod spend;
mod strangers;
mod walls;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::address::{AccountKey, Address, Kind, Platform};
use crate::cel::SourceText;
use crate::ids::{Namespace, ObjectName};
use crate::metrics::{Sums, Window};
use crate::money::{Currency, Money};
use crate::schema::{Claim, Confidence, OverDelivery, PlatformSchema, Schemas};
use crate::time::Zone;
use crate::value::Value;

pub(super) const NOW: &str = "2026-06-10T10:00:00Z";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn euros(amount: i64) -> Money {
    Money::from_micros(amount * 1_000_000, Currency::EUR)
}

pub(super) fn name(text: &str) -> ObjectName {
    ObjectName::new(text).unwrap()
}

fn growth() -> Namespace {
    Namespace::new("growth").unwrap()
}

pub(super) fn account() -> AccountKey {
    AccountKey { namespace: growth(), name: name("meta-eu") }
}

pub(super) fn address(kind: Kind, called: &str) -> Address {
    let (group, ad) = match called.split_once('/') {
        Some((group, ad)) => (group, crate::ids::AdName::new(ad).ok()),
        None => (called, None),
    };
    Address {
        platform: Platform::Meta,
        account: name("meta-eu"),
        kind,
        namespace: growth(),
        name: name(group),
        ad,
    }
}

pub(super) fn week() -> Window {
    "last_7d".parse().unwrap()
}

/// A rule that acts on ad groups; a test says what it is about.
pub(super) fn source(called: &str, when: &str, actions: Vec<Action<SourceText>>) -> RuleSource {
    RuleSource {
        key: RuleKey { namespace: growth(), name: name(called) },
        mode: Mode::Act,
        priority: 0,
        scope: RuleScope {
            kind: Kind::AdGroup,
            accounts: BTreeSet::new(),
            platforms: BTreeSet::new(),
            labels: BTreeMap::new(),
        },
        schedule: Schedule::default(),
        windows: BTreeMap::from([("recent".into(), week()), ("before".into(), "prev_7d".parse().unwrap())]),
        params: BTreeMap::from([("target".into(), Value::Money(euros(25)))]),
        signals: BTreeMap::new(),
        calendars: BTreeMap::new(),
        rates: None,
        require: Require::default(),
        promote: None,
        when: SourceText::unplaced(when),
        release: None,
        dead_band: None,
        stabilize: Stabilize::default(),
        true_for: 1,
        actions,
        limits: Limits { share: Some(10_000), ..Limits::default() },
        approval: Approval::default(),
        origin: None,
    }
}

pub(super) fn reach() -> Reach {
    let one = ReachedAccount { key: account(), platform: Platform::Meta, currency: Currency::EUR };
    Reach { accounts: vec![one] }
}

#[track_caller]
pub(super) fn compiled(source: &RuleSource) -> Rule {
    let (rule, found) = compile(source, &reach());
    let found: Vec<String> = found.iter().map(|one| format!("{}: {}", one.code, one.message)).collect();
    rule.unwrap_or_else(|| panic!("{found:?}"))
}

pub(super) fn pause() -> Vec<Action<SourceText>> {
    vec![Action::Pause { hold_for: None }]
}

pub(super) fn by(points: i32) -> Vec<Action<SourceText>> {
    vec![Action::AdjustBudget { by: Step::Share(points), bounds: Bounds::default(), until_midnight: false }]
}

/// Money in euros, clicks, conversions; impressions are a hundred for each click.
pub(super) fn sums(spend: i64, clicks: i64, conversions: i64) -> Sums {
    Sums {
        spend: Some(spend * 1_000_000),
        impressions: Some(clicks * 100),
        clicks: Some(clicks),
        conversions: Some(conversions * 1_000_000),
        value: Some(conversions * 50_000_000),
        ..Sums::default()
    }
}

pub(super) fn known(sums: Sums) -> WindowSums {
    WindowSums {
        sums: Ok(sums),
        as_of: Some(at("2026-06-10T09:00:00Z")),
        days: Some(7),
        ranges: Arc::default(),
        observed: None,
    }
}

pub(super) fn object() -> ObjectState {
    ObjectState {
        display_name: "one".to_owned(),
        labels: BTreeMap::new(),
        parent: None,
        state: Some(State::Active),
        created: Some(at("2026-01-01T00:00:00Z")),
        budget: Some(Budget {
            amount: euros(100),
            cadence: Cadence::Daily,
            ownership: Ownership::Bounded {
                initial: euros(100),
                settled: euros(100_000),
                min: euros(1),
                max: euros(10_000),
                max_step: None,
                unit: 10_000,
            },
        }),
        bid: None,
        target_cpa: None,
        target_roas: None,
        creatives: BTreeSet::new(),
        windows: BTreeMap::from([(week(), known(sums(200, 1000, 2)))]),
        hold: None,
        rules_may_pause: true,
        keep_one: BTreeSet::new(),
    }
}

pub(super) fn state() -> AccountState {
    AccountState {
        platform: Platform::Meta,
        currency: Currency::EUR,
        unit: 10_000,
        zone: Zone::parse("Europe/Madrid").unwrap(),
        windows: BTreeMap::new(),
        killed: None,
        frozen: None,
        halted: None,
        baseline: Some(1_000_000_000),
        usual: BTreeMap::new(),
    }
}

pub(super) fn snapshot(objects: impl IntoIterator<Item = (Address, ObjectState)>) -> Snapshot {
    Snapshot {
        id: "one".to_owned(),
        now: at(NOW),
        accounts: BTreeMap::from([(account(), state())]),
        objects: objects.into_iter().collect(),
        forecasts: Forecasts::default(),
        signals: BTreeMap::new(),
        pending: BTreeSet::new(),
        coming: Vec::new(),
        crowded: BTreeMap::new(),
        overridden: BTreeMap::new(),
        guards: Guards::default(),
        others: BTreeMap::new(),
        strangers: BTreeMap::new(),
    }
}

/// Amounts for the worst day of the account.
pub(super) fn of_account(worst_day: Money) -> SpendGuard {
    let guard = AccountGuard { worst_day: vec![worst_day], ..AccountGuard::default() };
    SpendGuard { accounts: BTreeMap::from([(account(), guard)]), ..SpendGuard::default() }
}

/// A daily budget may be overspent as this says, written and raised by the platform itself.
const fn daily(automatic: bool, worst_day: Option<(i64, i64)>) -> OverDelivery {
    OverDelivery {
        path: "budget.daily",
        automatic,
        worst_day,
        worst_period: (7, 1),
        period: "calendar week",
        on_change: "the week splits",
        claim: Claim { confidence: Confidence::High, source: "pretend" },
        since: "2026-01-01",
    }
}

const fn platform(platform: Platform, over_delivery: &'static [OverDelivery]) -> PlatformSchema {
    PlatformSchema {
        platform,
        amount_step: crate::money::Currency::minor_unit_micros,
        kinds: &[],
        marker_in_name: false,
        over_delivery,
        edit_limits: &[],
        new_ad_relearns: None,
        pause_relearns: None,
        metrics: &[],
        restated_days: 0,
    }
}

static META: PlatformSchema = platform(Platform::Meta, &[daily(false, Some((7, 4)))]);
static TIKTOK: PlatformSchema =
    platform(Platform::TikTok, &[daily(false, Some((5, 4))), daily(true, Some((62, 10)))]);

/// Platforms that overspend; Google does not say by how much.
pub(super) fn schemas() -> Schemas {
    BTreeMap::from([(Platform::Meta, &META), (Platform::TikTok, &TIKTOK)])
}

impl Snapshot {
    /// Under a spend guard.
    pub(super) fn held_to(self, spend: &SpendGuard) -> Self {
        Self { guards: Guards::of(spend, &schemas()), ..self }
    }
}

pub(super) fn group(called: &str) -> Address {
    address(Kind::AdGroup, called)
}

pub(super) fn once(rules: &[Rule], snapshot: &Snapshot) -> Run {
    run(rules, snapshot, &Memory::default())
}

/// What became of each rule on each object: `rule object: outcome, changes`.
pub(super) fn told(run: &Run) -> Vec<String> {
    let mut all = Vec::new();
    for rule in &run.runs {
        for one in &rule.objects {
            let changes: Vec<String> = one
                .intent
                .iter()
                .flat_map(|intent| &intent.changes)
                .map(|planned| format!("{} {}", planned.object.local_name(), planned.change))
                .collect();
            let changes =
                if changes.is_empty() { String::new() } else { format!(", {}", changes.join(", ")) };
            all.push(format!(
                "{} {}: {}{changes}",
                rule.rule.name,
                one.object.local_name(),
                one.outcome.word()
            ));
        }
    }
    all
}

/// The next hour, with what is remembered.
pub(super) fn later(snapshot: &Snapshot, hours: i64) -> Snapshot {
    let now = snapshot.now + SignedDuration::from_hours(hours);
    let mut next = Snapshot { now, ..snapshot.clone() };
    for object in next.objects.values_mut() {
        for sums in object.windows.values_mut() {
            sums.as_of = Some(now);
        }
    }
    next
}
