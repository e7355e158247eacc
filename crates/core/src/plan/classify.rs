//! Which class of approval each change needs: the weightiest that applies.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::action::Action;
use super::change::{Change, FieldChange};
use super::class::Class;
use super::input::PlanInput;
use super::raise::{Daily, Raises};
use crate::address::{Address, Kind};
use crate::approval::ApprovalPolicy;
use crate::money::{Currency, Money};
use crate::schema::{Effect, KindSchema};

/// Which way a field's change moves spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Direction {
    /// Nothing to do with money.
    Neutral,
    /// Less can be spent.
    Down,
    /// More can be spent, or nobody can tell.
    Up,
}

/// Which way a field's change moves spend, by the platform's declaration.
pub(super) fn direction(schema: &KindSchema, field: &FieldChange) -> Direction {
    let money = |value: &Option<crate::value::Value>| value.as_ref().and_then(crate::value::Value::as_money);
    let number =
        |value: &Option<crate::value::Value>| value.as_ref().and_then(crate::value::Value::as_decimal);
    match schema.field(field.path.as_str()).effect {
        Effect::None => Direction::Neutral,
        Effect::Opaque => Direction::Up,
        Effect::State => match field.after.as_ref().and_then(crate::value::Value::as_text) {
            Some("Active") => Direction::Up,
            _ => Direction::Down,
        },
        Effect::Spend => match (money(&field.before), money(&field.after)) {
            (Some(before), Some(after)) if before.currency() == after.currency() && after <= before => {
                Direction::Down
            }
            _ => Direction::Up,
        },
        Effect::Return => match (number(&field.before), number(&field.after)) {
            (Some(before), Some(after)) if after >= before => Direction::Down,
            _ => Direction::Up,
        },
    }
}

/// Sets the class of every change that writes, and returns the plan's, lightest first.
///
/// A raise falls into the band of what its change lets be spent more per day. The plan as a whole falls into
/// the heaviest of its changes' bands and that of their sum, so that splitting a raise evades no band; the
/// heaviest stands for the lighter ones.
pub(super) fn classify(input: &PlanInput<'_>, changes: &mut [Change], raises: &Raises) -> Vec<Class> {
    let policy = &input.options.approvals;
    let spread = creative_spread(input, changes);
    let mut heaviest: Option<Class> = None;
    let mut others: BTreeMap<u8, Class> = BTreeMap::new();
    for (index, change) in changes.iter_mut().enumerate() {
        let raise = raises.by_change.get(&index).copied();
        let found = class(input, change, &spread).map(|found| match raise {
            Some(_) => found.heavier(Class::Raise(None)),
            None => found,
        });
        change.class = found.map(|found| match found {
            Class::Raise(_) => banded(input, &change.address, raise),
            other => other,
        });
        match &change.class {
            Some(raise @ Class::Raise(_)) => heaviest = Some(heavier_band(policy, heaviest, raise.clone())),
            Some(other) => {
                others.insert(other.weight(), other.clone());
            }
            None => {}
        }
    }
    for (currency, raise) in &raises.totals {
        let whole = Class::Raise(policy.band(*currency, *raise).map(|band| band.name.clone()));
        heaviest = Some(heavier_band(policy, heaviest, whole));
    }
    others.extend(heaviest.map(|raise| (raise.weight(), raise)));
    others.into_values().collect()
}

/// A raise without a figure (a higher bid inside an unchanged budget) falls into the lightest band.
fn banded(input: &PlanInput<'_>, address: &Address, raise: Option<(Currency, Daily)>) -> Class {
    let account = input.desired.accounts.get(&address.account_key());
    let nothing = account.map(|account| (account.currency, Some(Money::zero(account.currency))));
    let band = raise.or(nothing).and_then(|(currency, raise)| input.options.approvals.band(currency, raise));
    Class::Raise(band.map(|band| band.name.clone()))
}

fn heavier_band(policy: &ApprovalPolicy, known: Option<Class>, found: Class) -> Class {
    let rank = |class: &Class| match class {
        Class::Raise(Some(band)) => policy.rank(band),
        _ => 0,
    };
    match known {
        Some(known) if rank(&known) >= rank(&found) => known,
        _ => found,
    }
}

/// How many ads each creative's change touches.
fn creative_spread(input: &PlanInput<'_>, changes: &[Change]) -> BTreeMap<(String, CompactString), usize> {
    let mut spread = BTreeMap::new();
    for change in changes.iter().filter(|change| edits_creative(change)) {
        if let Some(key) = creative_of(input, change) {
            *spread.entry(key).or_insert(0) += 1;
        }
    }
    spread
}

fn edits_creative(change: &Change) -> bool {
    matches!(change.action, Action::Update | Action::Adopt | Action::Replace)
        && change.fields.iter().any(|field| field.path.is_within("creative") && field.before != field.after)
}

fn creative_of(input: &PlanInput<'_>, change: &Change) -> Option<(String, CompactString)> {
    let creative = input.desired.object(&change.address)?.creative.clone()?;
    Some((change.address.namespace.to_string(), creative))
}

fn class(
    input: &PlanInput<'_>,
    change: &Change,
    spread: &BTreeMap<(String, CompactString), usize>,
) -> Option<Class> {
    let schema = input.schemas.get(&change.address.platform)?.kind(change.address.kind)?;
    match change.action {
        Action::None | Action::Blocked => None,
        Action::Delete => Some(Class::Delete),
        Action::Release => Some(Class::Release),
        Action::Replace => Some(Class::Replace),
        Action::Create => Some(created(change)),
        Action::Update | Action::Adopt => Some(updated(input, schema, change, spread)),
    }
}

/// Whether an object by itself can make money flow: a campaign, or an ad group with its own budget.
fn holds_spend(change: &Change) -> bool {
    match change.address.kind {
        Kind::Campaign | Kind::Budget => true,
        Kind::AdGroup => change.fields.iter().any(|field| field.path.is_within("budget")),
        Kind::Ad => false,
    }
}

fn created(change: &Change) -> Class {
    let active = change.after("state").and_then(crate::value::Value::as_text) == Some("Active");
    if active && holds_spend(change) { Class::Raise(None) } else { Class::Edit }
}

fn updated(
    input: &PlanInput<'_>,
    schema: &KindSchema,
    change: &Change,
    spread: &BTreeMap<(String, CompactString), usize>,
) -> Class {
    let mut class = Class::Edit;
    for field in &change.fields {
        // An ad, or a group inside a campaign's budget, moves no money by running.
        let inner = field.path.as_str() == "state" && matches!(change.address.kind, Kind::Ad | Kind::AdGroup);
        class = class.heavier(match direction(schema, field) {
            Direction::Up if !inner => Class::Raise(None),
            Direction::Down => Class::Lower,
            Direction::Up | Direction::Neutral => Class::Edit,
        });
    }
    let several = creative_of(input, change).and_then(|key| spread.get(&key)).is_some_and(|ads| *ads > 1);
    if several && edits_creative(change) { class.heavier(Class::FanOut) } else { class }
}
