//! Which class of approval each change needs: the weightiest that applies.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::action::{Action, Class};
use super::change::{Change, FieldChange};
use super::input::PlanInput;
use crate::address::Kind;
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

/// Sets the class of every change that writes.
pub(super) fn classify(input: &PlanInput<'_>, changes: &mut [Change]) {
    let spread = creative_spread(input, changes);
    for change in changes.iter_mut() {
        change.class = class(input, change, &spread);
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
    if active && holds_spend(change) { Class::Raise } else { Class::Edit }
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
        class = class.max(match direction(schema, field) {
            Direction::Up if !inner => Class::Raise,
            Direction::Down => Class::Lower,
            Direction::Up | Direction::Neutral => Class::Edit,
        });
    }
    let several = creative_of(input, change).and_then(|key| spread.get(&key)).is_some_and(|ads| *ads > 1);
    if several && edits_creative(change) { class.max(Class::FanOut) } else { class }
}
