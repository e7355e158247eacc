//! One row while a query runs: the objects it is made of, its metrics and segments, and its JSON.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::resolve::{Meaning, Target};
use crate::google::schema::{Field, Kind};
use crate::world::Object;

/// One row.
pub(super) struct Row<'w> {
    /// By place in [`Meaning::sources`]; none where nothing is attributed.
    pub(super) objects: Vec<Option<Source<'w>>>,
    pub(super) metrics: Option<Object>,
    pub(super) segments: Option<Object>,
}

/// A stored object with what is computed while reading.
#[derive(Clone)]
pub(super) struct Source<'w> {
    pub(super) stored: Cow<'w, Object>,
    pub(super) computed: Option<Object>,
}

impl Source<'_> {
    fn member(&self, name: &str) -> Option<&Value> {
        self.computed.as_ref().and_then(|computed| computed.get(name)).or_else(|| self.stored.get(name))
    }
}

impl Row<'_> {
    /// The value of a field.
    pub(super) fn value(&self, target: &Target) -> Option<&Value> {
        match target {
            Target::Resource(source, steps) => {
                let (first, rest) = steps.split_first()?;
                let mut value = self.objects.get(*source)?.as_ref()?.member(first.name)?;
                for step in rest {
                    value = value.get(step.name)?;
                }
                Some(value)
            }
            Target::Metric(field) => self.metrics.as_ref()?.get(field.name),
            Target::Segment(field) => self.segments.as_ref()?.get(field.name),
        }
    }

    /// The row as the API writes it.
    pub(super) fn to_json(&self, meaning: &Meaning) -> Value {
        let mut row = Object::new();
        if !meaning.omit_names {
            self.name(meaning, 0, &mut row);
        }
        for target in &meaning.select {
            match target {
                Target::Resource(source, steps) => {
                    let Some(Some(found)) = self.objects.get(*source) else { continue };
                    if !meaning.omit_names {
                        self.name(meaning, *source, &mut row);
                    }
                    let key = meaning.sources[*source].key;
                    let object = row.entry(key).or_insert_with(|| json!({}));
                    if let Value::Object(object) = object {
                        place_first(found, steps, object);
                    }
                }
                Target::Metric(field) => place_group(&mut row, "metrics", field, self.metrics.as_ref()),
                Target::Segment(field) => place_group(&mut row, "segments", field, self.segments.as_ref()),
            }
        }
        Value::Object(row)
    }

    /// Rows carry the names of the queried resource and of every selected one (§2.1, unverified).
    fn name(&self, meaning: &Meaning, source: usize, row: &mut Object) {
        let key = meaning.sources[source].key;
        let Some(Some(found)) = self.objects.get(source) else { return };
        if row.contains_key(key) {
            return;
        }
        if let Some(name) = found.stored.get("resourceName") {
            row.insert(key.to_owned(), json!({"resourceName": name}));
        }
    }
}

fn place_group(row: &mut Object, group: &str, field: &Field, values: Option<&Object>) {
    let Some(value) = values.and_then(|values| values.get(field.name)) else { return };
    if let Value::Object(object) = row.entry(group).or_insert_with(|| json!({})) {
        object.insert(field.name.to_owned(), value.clone());
    }
}

fn place_first(source: &Source<'_>, steps: &[&'static Field], into: &mut Object) {
    let Some((first, rest)) = steps.split_first() else { return };
    place(source.member(first.name), first, rest, into);
}

/// Copies one field; unset ones are absent, but messages that are set show even when empty, and flags show (§2.1).
fn place(value: Option<&Value>, field: &'static Field, rest: &[&'static Field], into: &mut Object) {
    let Some((next, rest)) = rest.split_first() else {
        match value {
            Some(value) => {
                into.insert(field.name.to_owned(), value.clone());
            }
            None if matches!(field.kind, Kind::Bool) && !field.repeated => {
                into.insert(field.name.to_owned(), json!(false));
            }
            None => {}
        }
        return;
    };
    let Some(Value::Object(inner)) = value else { return };
    let target = into.entry(field.name).or_insert_with(|| json!({}));
    if let Value::Object(target) = target {
        // Ads inside rows carry their own name.
        if let Some(name) = inner.get("resourceName") {
            target.insert("resourceName".into(), name.clone());
        }
        place(inner.get(next.name), next, rest, target);
    }
}
