//! What an item wants: the wanted value of a field that it writes, the live one of every other.

use adplane_core::field::FieldPath;
use adplane_core::marker::Marker;
use adplane_core::observed::ObservedObject;
use adplane_core::plan::{Change, Operation};
use adplane_core::value::Value;
use adplane_engine::port::WorkItem;
use serde_json::Value as Json;

use crate::google::wire::parameters::Parameters;

/// Custom parameters by key.
pub(super) const PARAMETERS: &str = "google.urlCustomParameters";

/// One item, as its writer sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) change: &'a Change,
    pub(super) live: Option<&'a ObservedObject>,
    /// Paths of an update; a create writes all.
    paths: Option<&'a [FieldPath]>,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(item: &WorkItem<'a>) -> Self {
        match &item.step.operation {
            Operation::Update { paths } => Self { change: item.change, live: item.live, paths: Some(paths) },
            _ => Self { change: item.change, live: None, paths: None },
        }
    }

    /// Whether the item writes a path.
    pub(super) fn writes(&self, path: &str) -> bool {
        match self.paths {
            Some(paths) => paths.iter().any(|written| written.as_str() == path),
            None => self.change.field(path).is_some(),
        }
    }

    /// Whether the item writes anything at or below a path.
    pub(super) fn writes_within(&self, prefix: &str) -> bool {
        self.written().any(|path| path.is_within(prefix))
    }

    /// The paths that the item writes.
    pub(super) fn written(&self) -> impl Iterator<Item = &'a FieldPath> {
        let all = if self.paths.is_none() { self.change.fields.as_slice() } else { &[] };
        self.paths.unwrap_or_default().iter().chain(all.iter().map(|field| &field.path))
    }

    /// The value that a path has once the item is done.
    pub(super) fn value(&self, path: &str) -> Option<&'a Value> {
        if self.writes(path) { self.change.after(path) } else { self.live?.value(path) }
    }

    /// The same for fields that travel together: any part of the change counts, even when an earlier step
    /// of the same plan wrote it, since the live object was read before that step.
    pub(super) fn coupled(&self, path: &str) -> Option<&'a Value> {
        match self.change.field(path) {
            Some(field) => field.after.as_ref(),
            None => self.live?.value(path),
        }
    }

    /// The text of a path.
    pub(super) fn text(&self, path: &str) -> Option<&'a str> {
        self.value(path)?.as_text()
    }

    /// A part of the live object as the vendor sent it.
    pub(super) fn native(&self, member: &str) -> Option<&'a Json> {
        self.live?.native.get(member)
    }

    /// Whether the item changes the marker.
    pub(super) fn marks(&self) -> bool {
        self.change.marker.is_some() && self.change.marker != self.live.and_then(|live| live.marker.clone())
    }

    /// The marker once the item is done.
    pub(super) fn marker(&self) -> Option<Marker> {
        self.change.marker.clone().or_else(|| self.live?.marker.clone())
    }

    /// The whole list of custom parameters when the item changes it: undeclared ones go back as observed.
    pub(super) fn parameters(&self, live: Option<&Json>) -> Option<Json> {
        if !self.marks() && !self.writes_within(PARAMETERS) {
            return None;
        }
        let mut parameters = live.map(Parameters::read).unwrap_or_default();
        parameters.marker = self.marker();
        self.other_parameters(&mut parameters);
        Some(parameters.wire())
    }

    /// Brings the parameters that the item writes to their wanted values.
    pub(super) fn other_parameters(&self, parameters: &mut Parameters) {
        for path in self.written().filter(|path| path.is_within(PARAMETERS)) {
            let Some(key) = path.as_str().get(PARAMETERS.len() + 1..) else { continue };
            match self.text(path.as_str()) {
                Some(text) => parameters.others.insert(key.into(), text.to_owned()),
                None => parameters.others.remove(key),
            };
        }
    }
}
