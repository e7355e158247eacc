//! Wanted values of one item, and what its live object holds.

use std::collections::BTreeSet;

use adplane_core::address::Kind;
use adplane_core::field::FieldPath;
use adplane_core::marker::Marker;
use adplane_core::observed::ObservedObject;
use adplane_core::plan::{Change, Operation};
use adplane_core::value::Value;
use adplane_engine::port::WorkItem;
use serde_json::{Value as Json, json};

use crate::tiktok::wire::{Lane, Object, amount, name};

/// What is to be written of one change.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    change: &'a Change,
    /// Fields of an update; `None`: all, of a create.
    paths: Option<&'a [FieldPath]>,
    /// Fields that earlier writes have stored, which an update of the whole object says again.
    written: Option<&'a BTreeSet<FieldPath>>,
}

impl<'a> Wanted<'a> {
    /// The wanted values of an item.
    pub(crate) fn of(item: &WorkItem<'a>) -> Self {
        let paths = match &item.step.operation {
            Operation::Update { paths } => Some(paths.as_slice()),
            Operation::Create => None,
            _ => Some(&[][..]),
        };
        Self { change: item.change, paths, written: item.written.filter(|_| paths.is_some()) }
    }

    /// Whether the field is to be written; `None` inside: cleared.
    #[expect(clippy::option_option, reason = "left alone, cleared and set are three things to every caller")]
    pub(crate) fn change(&self, path: &str) -> Option<Option<&'a Value>> {
        let is_named = |paths: &[FieldPath]| paths.iter().any(|wanted| wanted.as_str() == path);
        if !self.paths.is_none_or(is_named) && !self.again(|written| written.as_str() == path) {
            return None;
        }
        self.change.field(path).map(|field| field.after.as_ref())
    }

    /// The wanted value.
    pub(crate) fn get(&self, path: &str) -> Option<&'a Value> {
        self.change(path).flatten()
    }

    /// The wanted text.
    pub(crate) fn text(&self, path: &str) -> Option<&'a str> {
        self.get(path)?.as_text()
    }

    /// Whether a field at or below the path is to be written.
    pub(crate) fn touches(&self, prefix: &str) -> bool {
        match self.paths {
            Some(paths) => {
                paths.iter().any(|path| path.is_within(prefix)) || self.again(|path| path.is_within(prefix))
            }
            None => self.change.fields.iter().any(|field| field.path.is_within(prefix)),
        }
    }

    /// Whether a field that is said again is so. Budgets never are: each write of one counts.
    fn again(&self, is_so: impl Fn(&FieldPath) -> bool) -> bool {
        self.written
            .is_some_and(|written| written.iter().any(|path| !path.is_within("budget") && is_so(path)))
    }

    /// Paths of an update.
    pub(crate) fn paths(&self) -> &'a [FieldPath] {
        self.paths.unwrap_or_default()
    }
}

/// A live object as it was read.
pub(crate) struct Live<'a> {
    /// Its lane.
    pub lane: Lane,
    /// Whether its campaign holds the budget.
    pub campaign_budget: bool,
    /// The vendor's object; absent members read as null.
    raw: Option<&'a Object>,
}

impl<'a> Live<'a> {
    /// Reads `native`.
    pub(crate) fn of(object: &'a ObservedObject) -> Self {
        let member = |name: &str| object.native.get(name);
        Self {
            lane: member("lane").and_then(|lane| Lane::parse(lane.as_str()?)).unwrap_or(Lane::Manual),
            campaign_budget: member("campaign_budget").and_then(Json::as_bool).unwrap_or(false),
            raw: member("object").and_then(Json::as_object),
        }
    }

    /// The vendor's object.
    pub(crate) fn raw(&self) -> Object {
        self.raw.cloned().unwrap_or_default()
    }
}

/// The name an object shall have on the platform; `None` when it stays as it is.
///
/// The marker is written whenever the plan gives another one than the object carries; a release takes it off,
/// and what is superseded carries the superseded key.
pub(crate) fn new_name(item: &WorkItem<'_>) -> Option<String> {
    let live = item.live?;
    let replaced = (item.step.operation == Operation::Supersede && live.kind == Kind::Campaign)
        .then(|| name::replaced(live.display_name(), live.id.as_str()));
    let wanted = Wanted::of(item).text("displayName");
    // Two campaigns never share a name, so one that is replaced a second time must not take its elder's.
    let display = replaced.as_deref().or(wanted).unwrap_or_else(|| live.display_name());
    let marker: Option<Marker> = match &item.step.operation {
        Operation::Release => None,
        Operation::Supersede => {
            let marker = item.change.marker.as_ref().or(live.marker.as_ref())?;
            Some(Marker { owner: marker.owner.clone(), key: marker.key.superseded() })
        }
        _ => item.change.marker.clone().or_else(|| live.marker.clone()),
    };
    let changed = display != live.display_name() || marker != live.marker;
    changed.then(|| name::with_marker(display, marker.as_ref()))
}

/// The name of an object to be created.
pub(crate) fn created_name(item: &WorkItem<'_>) -> String {
    let display =
        item.change.after("displayName").and_then(Value::as_text).unwrap_or(&item.change.display_name);
    name::with_marker(display, item.change.marker.as_ref())
}

/// A value as JSON, in the form members that pass through have.
pub(crate) fn to_json(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => json!(flag),
        Value::Integer(number) => json!(number),
        Value::Decimal(number) => amount::decimal_to_json(*number),
        Value::Money(money) => amount::to_json(*money),
        Value::Set(members) | Value::List(members) => members.iter().map(to_json).collect(),
        Value::Text(text) => json!(text.as_str()),
        Value::Time(time) => json!(crate::tiktok::wire::time::to_text(time.at)),
        Value::Map(entries) => {
            entries.iter().map(|(key, value)| (key.to_string(), to_json(value))).collect::<Object>().into()
        }
    }
}
