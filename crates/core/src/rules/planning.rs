//! From the actions of a rule to changes of an object: absolute amounts, and what asks for an approval.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::action::{Action, Bounds, TargetValue};
use super::amount::{NoAmount, WHOLE, owned, set, some, stepped, times};
use super::intent::{Change, Direction, Planned};
use super::lookup::Subject;
use super::rebalance::Healthy;
use super::rule::{Formula, Rule};
use super::snapshot::{Budget, Cadence, ObjectState, Ownership};
use crate::address::Address;
use crate::cel::eval::Val;
use crate::freeze::first_instant;
use crate::money::Money;

/// Why a rule that fired wants nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoIntent {
    /// Everything is as it should be.
    Same(String),
    /// It cannot be done.
    Impossible(String),
}

impl From<NoAmount> for NoIntent {
    fn from(why: NoAmount) -> Self {
        match why {
            NoAmount::AtBound(_) | NoAmount::Same(_) => Self::Same(why.to_string()),
            NoAmount::Currency(..) | NoAmount::Overflow | NoAmount::Nothing => {
                Self::Impossible(why.to_string())
            }
        }
    }
}

/// What the actions of a rule come to.
#[derive(Default)]
pub(super) struct Plan {
    /// Changes, each with the word of the action that makes it.
    pub(super) changes: Vec<(Planned, &'static str)>,
    /// Why somebody must agree.
    pub(super) asks: Vec<String>,
}

/// The changes that the actions of a rule make of an object; `healthy` are objects that could take freed budget.
pub(super) fn plan(subject: Subject<'_>, rule: &Rule, healthy: &Healthy<'_>) -> Result<Plan, NoIntent> {
    let mut changes = Vec::new();
    let mut asks = Vec::new();
    let mut same = None;
    for action in &rule.actions {
        match one(subject, action, healthy, &mut asks) {
            Ok(planned) => changes.extend(planned.into_iter().map(|planned| (planned, action.word()))),
            // What is as it should be already holds nothing back.
            Err(NoIntent::Same(why)) => same = Some(why),
            Err(impossible) => return Err(impossible),
        }
    }
    match (changes.is_empty(), same) {
        (true, why) => Err(NoIntent::Same(why.unwrap_or_else(|| "there is nothing to do".to_owned()))),
        (false, _) => Ok(Plan { changes, asks }),
    }
}

fn one(
    subject: Subject<'_>,
    action: &Action<Formula>,
    healthy: &Healthy<'_>,
    asks: &mut Vec<String>,
) -> Result<Vec<Planned>, NoIntent> {
    let change = |field: &str, change: Change, direction: Direction, daily: i64, claims: bool| Planned {
        object: subject.address.clone(),
        field: field.into(),
        change,
        direction,
        daily,
        claims,
    };
    let quiet = |field: &str, what: Change| Ok(vec![change(field, what, Direction::Keep, 0, false)]);
    match action {
        Action::Pause { hold_for } => {
            if !subject.object.rules_may_pause {
                asks.push("git does not let rules pause it (`rulesMayPause`)".to_owned());
            }
            let until = hold_for.and_then(|length| subject.snapshot.now.checked_add(length).ok());
            let daily = subject.tree.fall(subject.address).all().together().saturating_neg();
            Ok(vec![change("state", Change::Pause { until }, Direction::Pause, daily, true)])
        }
        Action::SetBudget(to) => {
            let to = *to;
            budget(subject, asks, false, |from, unit| set(from, to, Bounds::default(), unit))
        }
        Action::AdjustBudget { by, bounds, until_midnight } => {
            budget(subject, asks, *until_midnight, |from, unit| stepped(from, *by, *bounds, unit))
        }
        Action::ScaleToTarget { actual, target, bounds, max_step } => {
            let factor = scale(subject, actual, target, *max_step)?;
            budget(subject, asks, false, |from, unit| times(from, factor, *bounds, unit))
        }
        Action::AdjustBid { by, bounds } => {
            let from =
                subject.object.bid.ok_or_else(|| NoIntent::Impossible("its bid is not told".to_owned()))?;
            let to = some(stepped(from, *by, *bounds, subject.account.unit)?)?;
            let direction = if to < from { Direction::Cut } else { Direction::Raise };
            asks.push("git owns the bid (`bidding`)".to_owned());
            Ok(vec![change("bid", Change::Bid { from, to }, direction, 0, true)])
        }
        Action::SetTarget(value) => {
            asks.push("git owns the target (`bidding`)".to_owned());
            set_target(subject, *value)
                .map(|(what, direction)| vec![change("target", what, direction, 0, true)])
        }
        Action::RotateCreative(names) => {
            let current = names.iter().position(|name| subject.object.creatives.contains(name));
            let next = names.get(current.map_or(0, |index| (index + 1) % names.len()));
            let to = next.cloned().ok_or_else(|| NoIntent::Impossible("no creative is named".to_owned()))?;
            let from = current.and_then(|index| names.get(index)).cloned();
            asks.push("git owns the creative (`ads[].creative`)".to_owned());
            Ok(vec![change("creative", Change::Creative { from, to }, Direction::Keep, 0, true)])
        }
        Action::Rebalance { by, bounds } => super::rebalance::plan(subject, *by, *bounds, healthy, asks),
        Action::Label(labels) => {
            let wanted = labels.iter().filter(|(key, value)| subject.object.labels.get(*key) != Some(*value));
            let all: Vec<Planned> = wanted
                .map(|(key, value)| {
                    let what = Change::Label { key: key.clone(), value: value.clone() };
                    change(&format!("labels.{key}"), what, Direction::Keep, 0, true)
                })
                .collect();
            if all.is_empty() {
                Err(NoIntent::Same("its labels are set already".to_owned()))
            } else {
                Ok(all)
            }
        }
        Action::Notify(Formula::Text(text)) => {
            quiet("notify", Change::Notify { message: subject.fill(text) })
        }
        Action::ProposePr(Formula::Text(text)) => {
            quiet("proposePR", Change::ProposePr { message: subject.fill(text) })
        }
        Action::RunReport(name) => {
            let rows = super::report::rows(subject);
            quiet("report", Change::RunReport { name: name.clone(), rows })
        }
        Action::Notify(Formula::Value(_)) | Action::ProposePr(Formula::Value(_)) => {
            Err(NoIntent::Impossible("its message is no text".to_owned()))
        }
    }
}

/// A new budget for an object.
fn budget(
    subject: Subject<'_>,
    asks: &mut Vec<String>,
    until_midnight: bool,
    to: impl FnOnce(Money, i64) -> Result<Money, NoAmount>,
) -> Result<Vec<Planned>, NoIntent> {
    let held = own_budget(subject.object)?;
    let until = if until_midnight { Some(midnight(subject, held)?) } else { None };
    let wanted = owned(held.amount, to(held.amount, unit(subject, held))?, held.ownership)?;
    if wanted > held.amount
        && let Some(why) = above_settled(held)
    {
        return Err(NoIntent::Impossible(why));
    }
    if held.ownership == Ownership::Git {
        asks.push("git owns the budget: an approved proposal is a commit".to_owned());
    }
    let mut planned = budget_change(subject, subject.address, subject.object, held, wanted);
    if let Change::Budget { until: ends, .. } = &mut planned.change {
        *ends = until;
    }
    Ok(vec![planned])
}

/// Why a budget is not raised for now: the platform has more than is to be in force, as where a raise is over and its end
/// was not written yet. A raise on top of it would carry it on from day to day.
pub(super) fn above_settled(held: Budget) -> Option<String> {
    let settled = held.settled();
    let why = || format!("{} is live and {settled} is to be: it is raised once that is so", held.amount);
    (settled < held.amount).then(why)
}

/// The end of the account's day, when git's amount returns: that must never be a raise of what is in force now.
fn midnight(subject: Subject<'_>, held: Budget) -> Result<Timestamp, NoIntent> {
    let impossible = |why: String| Err(NoIntent::Impossible(why));
    let Ownership::Bounded { initial, .. } = held.ownership else {
        return impossible(
            "git owns the budget, and what git says ends at no midnight: lend it with `budget.managed`"
                .to_owned(),
        );
    };
    if held.cadence == Cadence::Total {
        return impossible("a total budget knows no midnight".to_owned());
    }
    if held.amount < initial {
        let why = format!("at midnight git's {initial} would return, and {} is in force now", held.amount);
        return impossible(why);
    }
    let zone = subject.account.zone.rules();
    let tomorrow = subject.snapshot.now.to_zoned(zone.clone()).date().tomorrow();
    match tomorrow {
        Ok(day) => Ok(first_instant(day.to_datetime(jiff::civil::Time::midnight()), &zone)),
        Err(_) => impossible("the calendar ends today".to_owned()),
    }
}

/// What a budget can be moved by, in micros.
pub(super) fn unit(subject: Subject<'_>, held: Budget) -> i64 {
    match held.ownership {
        Ownership::Bounded { unit, .. } => unit,
        Ownership::Git | Ownership::Pool | Ownership::Shared | Ownership::External => subject.account.unit,
    }
}

/// The budget of an object that rules may change.
pub(super) fn own_budget(object: &ObjectState) -> Result<Budget, NoIntent> {
    let held = object.budget.ok_or_else(|| NoIntent::Impossible("it has no budget of its own".to_owned()))?;
    match held.ownership {
        Ownership::Git | Ownership::Bounded { .. } => Ok(held),
        Ownership::Pool => {
            Err(NoIntent::Impossible("its budget is a pool's, which alone changes it".to_owned()))
        }
        Ownership::Shared => Err(NoIntent::Impossible(
            "it is a budget that campaigns share, which git alone changes".to_owned(),
        )),
        Ownership::External => Err(NoIntent::Impossible("the platform owns its budget".to_owned())),
    }
}

pub(super) fn budget_change(
    subject: Subject<'_>,
    address: &Address,
    object: &ObjectState,
    held: Budget,
    to: Money,
) -> Planned {
    let from = held.amount;
    let effect = to.micros().saturating_sub(from.micros());
    let runs = subject.snapshot.is_running(object);
    let field = if held.cadence == Cadence::Daily { "budget.daily" } else { "budget.total" };
    Planned {
        object: address.clone(),
        field: field.into(),
        change: Change::Budget { from, to, cadence: held.cadence, until: None },
        direction: if to < from { Direction::Cut } else { Direction::Raise },
        // A total counts whole: on the worst day all that is left of it can go.
        daily: if runs { effect } else { 0 },
        claims: true,
    }
}

/// The factor by which a budget is scaled, within the largest step.
fn scale(
    subject: Subject<'_>,
    actual: &Formula,
    target: &Formula,
    max_step: u32,
) -> Result<(i128, i128), NoIntent> {
    let (Formula::Value(actual), Formula::Value(target)) = (actual, target) else {
        return Err(NoIntent::Impossible("what is measured is no value".to_owned()));
    };
    let value = |expression| {
        subject
            .value(expression)
            .map_err(|why| NoIntent::Impossible(format!("what it scales by is unknown: {why}")))
    };
    let (actual, target) = (value(actual)?, value(target)?);
    // A cost should be low: above its target the budget falls. A return should be high: above it the budget rises.
    let (numerator, denominator, goal) = match (&actual, &target) {
        (Val::Money(actual), Val::Money(target)) => {
            if actual.currency() != target.currency() {
                let why = format!("{actual} and {target} are of two currencies");
                return Err(NoIntent::Impossible(why));
            }
            (i128::from(target.micros()), i128::from(actual.micros()), i128::from(target.micros()))
        }
        (actual, target) => match (parts(actual), parts(target)) {
            (Some(actual), Some(target)) => (actual, target, target),
            _ => return Err(NoIntent::Impossible("what it scales by is no number".to_owned())),
        },
    };
    // A return of nothing is one: what it is measured on falls by the largest step.
    if numerator < 0 || denominator <= 0 || goal <= 0 {
        return Err(NoIntent::Impossible("what it scales by is zero".to_owned()));
    }
    let whole = i128::from(WHOLE);
    if let Some(band) = subject.rule.dead_band
        && (numerator - denominator).abs() * whole <= i128::from(band) * goal
    {
        let why = format!("it is within {}% of its target (`deadBand`)", super::band::percent(band));
        return Err(NoIntent::Same(why));
    }
    let (lowest, highest) = (whole - i128::from(max_step).min(whole), whole + i128::from(max_step));
    let points = numerator * whole / denominator;
    Ok((points.clamp(lowest, highest), whole))
}

/// A number in millionths.
fn parts(value: &Val<'_>) -> Option<i128> {
    use rust_decimal::Decimal;
    use rust_decimal::prelude::ToPrimitive;
    let number = match value {
        Val::Integer(number) => Decimal::from(*number),
        Val::Decimal(number) => *number,
        _ => return None,
    };
    number.checked_mul(Decimal::from(1_000_000))?.trunc().to_i128()
}

fn set_target(subject: Subject<'_>, value: TargetValue) -> Result<(Change, Direction), NoIntent> {
    let same = |text: String| Err(NoIntent::Same(format!("it is {text} already")));
    match value {
        TargetValue::Cpa(to) => {
            let from = subject.object.target_cpa;
            let to = to.neighbours(subject.account.unit).0;
            if to.micros() <= 0 {
                return Err(NoAmount::Nothing.into());
            }
            if from == Some(to) {
                return same(to.to_string());
            }
            if from.is_some_and(|from| from.currency() != to.currency())
                || subject.account.currency != to.currency()
            {
                let why = format!(
                    "the account is in {}, the target in {}",
                    subject.account.currency,
                    to.currency()
                );
                return Err(NoIntent::Impossible(why));
            }
            // A higher cost that is accepted lets the platform spend more.
            let direction =
                if from.is_some_and(|from| to < from) { Direction::Cut } else { Direction::Raise };
            Ok((Change::Target { from: from.map(|from| from.to_string()), to: to.to_string() }, direction))
        }
        TargetValue::Roas(to) => {
            let from = subject.object.target_roas;
            if from == Some(to) {
                return same(to.to_string());
            }
            let direction =
                if from.is_some_and(|from| to > from) { Direction::Cut } else { Direction::Raise };
            Ok((Change::Target { from: from.map(|from| from.to_string()), to: to.to_string() }, direction))
        }
    }
}

/// How long a field rests after a change, before a change of this direction.
pub(super) fn rest(subject: Subject<'_>, planned: &Planned) -> SignedDuration {
    use crate::address::{Kind, Platform};
    let restarts = subject.account.platform == Platform::Meta
        && subject.address.kind == Kind::AdGroup
        && matches!(planned.change, Change::Budget { .. });
    match planned.direction {
        // A significant edit of a Meta ad set begins learning anew.
        _ if restarts => SignedDuration::from_hours(72),
        Direction::Pause | Direction::Cut => SignedDuration::from_hours(4),
        Direction::Raise | Direction::Resume | Direction::Keep => SignedDuration::from_hours(24),
    }
}

/// What people should know of changes.
pub(super) fn notes(subject: Subject<'_>, changes: &[Planned]) -> Vec<String> {
    use crate::address::{Kind, Platform};
    /// A larger step than this begins learning anew.
    const SIGNIFICANT: i128 = 20;
    let on_meta = subject.account.platform == Platform::Meta && subject.address.kind == Kind::AdGroup;
    changes
        .iter()
        .filter_map(|planned| match &planned.change {
            Change::Budget { from, to, .. } if on_meta => {
                let step = (i128::from(to.micros()) - i128::from(from.micros())).abs() * 100;
                (step > i128::from(from.micros()) * SIGNIFICANT)
                    .then(|| format!("a step from {from} to {to} begins learning anew"))
            }
            _ => None,
        })
        .collect()
}

/// Resuming what a rule paused: all that lies in it begins to spend with it.
pub(super) fn resume(subject: Subject<'_>) -> Planned {
    Planned {
        object: subject.address.clone(),
        field: "state".into(),
        change: Change::Resume,
        direction: Direction::Resume,
        daily: subject.tree.rise(subject.address, &BTreeSet::new()).all().together(),
        claims: true,
    }
}
