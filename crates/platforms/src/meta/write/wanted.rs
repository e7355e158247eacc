//! What one item writes: all fields of its change, or some.

use adplane_core::field::FieldPath;
use adplane_core::plan::{Change, FieldChange};
use adplane_core::value::Value;

/// Fields to write.
pub(super) struct Wanted<'a> {
    change: &'a Change,
    paths: Option<&'a [FieldPath]>,
}

impl<'a> Wanted<'a> {
    /// Every field, for a create.
    pub(super) fn all(change: &'a Change) -> Self {
        Self { change, paths: None }
    }

    /// The fields of an update.
    pub(super) fn some(change: &'a Change, paths: &'a [FieldPath]) -> Self {
        Self { change, paths: Some(paths) }
    }

    /// Whether the object is new.
    pub(super) fn is_create(&self) -> bool {
        self.paths.is_none()
    }

    /// The fields, except the state, which has its own operations.
    pub(super) fn fields(&self) -> impl Iterator<Item = &'a FieldChange> {
        let paths = self.paths;
        self.change
            .fields
            .iter()
            .filter(move |field| paths.is_none_or(|paths| paths.contains(&field.path)))
            .filter(|field| field.path.as_str() != "state")
    }

    /// A wanted value; absent when the field is not written or is cleared.
    pub(super) fn value(&self, path: &str) -> Option<&'a Value> {
        self.fields().find(|field| field.path.as_str() == path)?.after.as_ref()
    }

    /// A wanted text.
    pub(super) fn text(&self, path: &str) -> Option<&'a str> {
        self.value(path)?.as_text()
    }

    /// Whether a field at or below a path is written.
    pub(super) fn touches(&self, prefix: &str) -> bool {
        self.fields().any(|field| field.path.is_within(prefix))
    }
}
