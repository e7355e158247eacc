//! Field by field: what differs, and what changing it does on this platform.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::change::FieldChange;
use crate::desired::DesiredObject;
use crate::field::{Field, FieldOwner, FieldPath, FieldSource};
use crate::ids::ExternalId;
use crate::observed::ObservedObject;
use crate::schema::{KindSchema, OnChange};
use crate::value::Value;

/// Fields that differ, and what they force.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) fields: Vec<FieldChange>,
    /// Fields the vendor fixes at create.
    pub(super) immutable: Vec<FieldPath>,
    /// A field that cannot be changed at all, and what to do instead.
    pub(super) refused: Option<(FieldPath, &'static str)>,
    /// An instant that has come and cannot be moved any more, unless the object is replaced anyway.
    pub(super) past: Option<(FieldPath, &'static str)>,
}

impl Difference {
    fn push(&mut self, schema: &KindSchema, path: &FieldPath, change: FieldChange, on_change: OnChange) {
        match on_change {
            OnChange::InPlace | OnChange::Unreadable => {}
            OnChange::Replace => self.immutable.push(path.clone()),
            OnChange::Refuse(hint) => {
                self.refused.get_or_insert((path.clone(), hint));
            }
            OnChange::RefuseOncePast(hint) => {
                self.past.get_or_insert((path.clone(), hint));
            }
        }
        let row = schema.field(path.as_str());
        let relearns = row.learning.filter(|_| row.learning_step.is_none_or(|step| exceeds(step, &change)));
        self.fields.push(FieldChange {
            immutable: on_change == OnChange::Replace,
            resets_learning: relearns.map(|claim| claim.confidence),
            needs_review: row.review.map(|claim| claim.confidence),
            ..change
        });
    }
}

/// Whether an amount moves by more than so many per cent; what has no amount on one side does.
fn exceeds(percent: i64, change: &FieldChange) -> bool {
    let micros = |value: &Option<Value>| {
        value.as_ref().and_then(Value::as_money).map(|money| i128::from(money.micros()))
    };
    match (micros(&change.before), micros(&change.after)) {
        (Some(before), Some(after)) => (after - before).abs() * 100 > before * i128::from(percent),
        _ => true,
    }
}

/// The change that sets a field.
pub(super) fn set(path: &FieldPath, field: &Field, before: Option<Value>) -> FieldChange {
    FieldChange {
        path: path.clone(),
        before,
        after: Some(field.value.clone()),
        origin: field.origin.clone(),
        source: field.source,
        owner: field.owner.clone(),
        immutable: false,
        resets_learning: None,
        needs_review: None,
    }
}

fn cleared(path: &FieldPath, before: &Value, origin: Option<crate::field::Origin>) -> FieldChange {
    FieldChange {
        path: path.clone(),
        before: Some(before.clone()),
        after: None,
        origin,
        source: FieldSource::Declared,
        owner: FieldOwner::Git,
        immutable: false,
        resets_learning: None,
        needs_review: None,
    }
}

/// Compares declared and inherited fields with the live object; create defaults and fields that the
/// platform owns are never compared.
///
/// `budget` is the live id of the shared budget that the object names; references compare by identity. Held fields are
/// not compared either. `now` is the plan's instant.
pub(super) fn diff(
    object: &DesiredObject,
    live: &ObservedObject,
    schema: &KindSchema,
    budget: Option<&ExternalId>,
    held: Option<&BTreeSet<FieldPath>>,
    now: Timestamp,
) -> Difference {
    let mut difference = Difference::default();
    let held = |path: &FieldPath| held.is_some_and(|held| held.contains(path));
    for (path, field) in &object.fields {
        if field.source == FieldSource::CreateDefault || field.owner == FieldOwner::Platform {
            continue;
        }
        let before = live.fields.get(path);
        let same = if path.as_str() == "budget.ref" {
            budget.is_some() && live.budget.as_ref() == budget
        } else {
            before == Some(&field.value)
        };
        // Most fields are as wanted, and finding a row walks the schema.
        if same || held(path) {
            continue;
        }
        let row = schema.field(path.as_str());
        if row.on_change == OnChange::Unreadable {
            continue;
        }
        let switched = schema.exclusives(path.as_str()).find_map(|group| {
            let other = group
                .paths
                .iter()
                .find(|other| **other != path.as_str() && live.fields.contains_key(**other))?;
            Some((group, FieldPath::new(other)))
        });
        let on_change = match &switched {
            Some((group, _)) if before.is_none() => group.on_switch,
            _ if row.clears_in_place && field.value.members().is_empty() => OnChange::InPlace,
            _ if live.fixed.contains(&path.as_str()) => OnChange::Replace,
            _ => at_present(row.on_change, before, now),
        };
        difference.push(schema, path, set(path, field, before.cloned()), on_change);
        if let Some((_, other)) = switched.filter(|_| before.is_none())
            && let Some(value) = live.fields.get(&other)
        {
            difference.push(schema, &other, cleared(&other, value, field.origin.clone()), OnChange::InPlace);
        }
    }
    for (path, origin) in &object.clear {
        // What a live object reads when nobody chose a value is as clear as it gets.
        let row = schema.field(path.as_str());
        let usual = |value: &Value| row.vendor_default.is_some_and(|shown| shown == value.to_string());
        if let Some(value) = live.fields.get(path).filter(|value| !usual(value) && !held(path)) {
            let on_change = if live.fixed.contains(&path.as_str()) {
                OnChange::Replace
            } else {
                at_present(row.on_change, Some(value), now)
            };
            difference.push(schema, path, cleared(path, value, origin.clone()), on_change);
        }
    }
    difference
}

/// What changing a live value does at this moment.
fn at_present(on_change: OnChange, live: Option<&Value>, now: Timestamp) -> OnChange {
    let to_come = live.and_then(Value::as_time).is_some_and(|time| time.at > now);
    if matches!(on_change, OnChange::RefuseOncePast(_)) && to_come { OnChange::InPlace } else { on_change }
}
