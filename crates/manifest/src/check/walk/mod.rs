//! One pass over a node: every problem reported, every field flattened.

mod scalar;
mod value;

use std::fmt::Write as _;
use std::sync::Arc;

use adplane_core::diagnostic::{Diagnostic, veiled};
use adplane_core::field::FieldPath;
use adplane_core::value::Value;
use compact_str::CompactString;
use rust_decimal::Decimal;

use crate::check::shape::{Limits, List, ListKind, Object, Shape};
use crate::check::suggest::{nearest, some_of};
use crate::load::{Child, Place, Written};
use crate::yaml::node::{Content, Entry, Node};
use crate::yaml::words::{Plain, classify};

/// Walks nodes of one file.
pub(crate) struct Walker<'d> {
    file: &'d Arc<str>,
    diagnostics: &'d mut Vec<Diagnostic>,
    /// Path of the node at hand, for messages; members of lists carry their index.
    path: String,
    /// What the path starts in, such as `Campaign`.
    within: &'static str,
    fields: Vec<Written>,
    children: Vec<Child>,
    unreadable: Vec<FieldPath>,
}

/// What a walk found.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    pub(crate) fields: Vec<Written>,
    pub(crate) children: Vec<Child>,
    /// Fields that are written but could not be read.
    pub(crate) unreadable: Vec<FieldPath>,
}

impl<'d> Walker<'d> {
    pub(crate) fn new(
        file: &'d Arc<str>,
        within: &'static str,
        diagnostics: &'d mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            file,
            diagnostics,
            path: String::new(),
            within,
            fields: Vec::new(),
            children: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// Walks an object from its root and flattens it; paths in messages start with `prefix`.
    pub(crate) fn flatten(
        mut self,
        shape: &'static Object,
        node: &Node<'_>,
        key: Place,
        prefix: &str,
    ) -> Walked {
        self.path.push_str(prefix);
        self.object(shape, node, key, prefix.len());
        Walked { fields: self.fields, children: self.children, unreadable: self.unreadable }
    }

    /// Runs something one step deeper in the path.
    fn deeper<T>(&mut self, step: &str, run: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(step);
        let result = run(self);
        self.path.truncate(length);
        result
    }

    /// Runs something for a member of a list.
    fn member<T>(&mut self, index: usize, run: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        // Writing to a `String` does not fail.
        let _ = write!(self.path, "[{index}]");
        let result = run(self);
        self.path.truncate(length);
        result
    }

    /// Checks keys of an object and hands each property's shape to `visit`.
    fn properties(
        &mut self,
        shape: &'static Object,
        node: &Node<'_>,
        key: Place,
        mut visit: impl FnMut(&mut Self, &'static Shape, &Entry<'_>),
    ) -> bool {
        let Content::Mapping(entries) = &node.content else {
            self.wrong_type(
                node,
                "a mapping",
                &format!("write `{}: ` and its fields indented below", self.last()),
            );
            return false;
        };
        for entry in entries {
            match shape.property(&entry.key) {
                Some(inner) => self.deeper(&entry.key, |walker| visit(walker, inner, entry)),
                None => self.unknown(shape, entry),
            }
        }
        let has = |name: &str| entries.iter().any(|entry| entry.key == name);
        for name in shape.required.iter().filter(|name| !has(name)) {
            let what = if self.path.is_empty() { self.within.to_owned() } else { format!("`{}`", self.path) };
            let found = Diagnostic::error("missing-field", format!("{what} has no `{name}`"))
                .hint(format!("add `{name}: ` to it"));
            self.deeper(name, |walker| walker.report(found, key));
        }
        if !shape.exactly_one.is_empty() {
            self.exactly_one(shape, entries, key);
        }
        true
    }

    fn exactly_one(&mut self, shape: &Object, entries: &[Entry<'_>], key: Place) {
        let written: Vec<&Entry<'_>> = entries
            .iter()
            .filter(|entry| shape.exactly_one.iter().any(|name| **name == *entry.key))
            .collect();
        let names = shape.exactly_one.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        match written.as_slice() {
            [_] => {}
            [] => {
                let found = Diagnostic::error("exactly-one", format!("one of {names} is needed here"))
                    .hint(format!("write one of {names}"));
                self.report(found, key);
            }
            [first, second, ..] => {
                let message = format!("`{}` and `{}` exclude each other", first.key, second.key);
                let found =
                    Diagnostic::error("exactly-one", message).hint(format!("write exactly one of {names}"));
                self.report(found, second.key_place);
            }
        }
    }

    fn unknown(&mut self, shape: &Object, entry: &Entry<'_>) {
        let place = if self.path.is_empty() { self.within.to_owned() } else { format!("`{}`", self.path) };
        let hint = match nearest(&entry.key, shape.names()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("fields here: {}", some_of(shape.names())),
        };
        let found = Diagnostic::error("unknown-field", format!("`{}` is not a field of {place}", entry.key))
            .hint(hint);
        self.deeper(&entry.key, |walker| walker.report(found, entry.key_place));
    }

    /// Walks an object whose properties are fields of their own; paths of fields leave `skip` bytes out.
    fn object(&mut self, shape: &'static Object, node: &Node<'_>, key: Place, skip: usize) {
        let read = self.properties(shape, node, key, |walker, inner, entry| match inner {
            Shape::Object(object) if !object.atomic => {
                if walker.refuse_null(&entry.value, entry.key_place) {
                    walker.unread(skip);
                } else {
                    walker.object(object, &entry.value, entry.key_place, skip);
                }
            }
            Shape::Leaves(item, limits) => walker.leaves(item, *limits, &entry.value, entry.key_place, skip),
            Shape::List(list) if list.children => walker.children(list, &entry.value, entry.key_place),
            other => walker.leaf(other, entry, skip),
        });
        if !read {
            self.unread(skip);
        }
    }

    /// Walks a mapping with free keys whose values are fields of their own.
    fn leaves(&mut self, item: &'static Shape, limits: Limits, node: &Node<'_>, key: Place, skip: usize) {
        if self.refuse_null(node, key) {
            return self.unread(skip);
        }
        let Content::Mapping(entries) = &node.content else {
            self.wrong_type(node, "a mapping", "write `key: value` pairs indented below");
            return self.unread(skip);
        };
        self.size(entries.len(), limits, "entries", node.place);
        for entry in entries {
            self.deeper(&entry.key, |walker| match item {
                Shape::Object(object) => walker.object(object, &entry.value, entry.key_place, skip),
                other => walker.leaf(other, entry, skip),
            });
        }
    }

    /// Reads one field.
    fn leaf(&mut self, shape: &'static Shape, entry: &Entry<'_>, skip: usize) {
        match self.value(shape, &entry.value, entry.key_place) {
            Some((value, members)) => {
                let path = self.field_path(skip);
                self.fields.push(Written { path, value, place: entry.value.place, members });
            }
            None => self.unread(skip),
        }
    }

    /// The path of the node at hand, below where the walk began.
    fn field_path(&self, skip: usize) -> FieldPath {
        FieldPath::new(self.path[skip..].trim_start_matches('.'))
    }

    fn unread(&mut self, skip: usize) {
        let path = self.field_path(skip);
        self.unreadable.push(path);
    }

    /// Walks a list whose members are objects of their own.
    fn children(&mut self, list: &'static List, node: &Node<'_>, key: Place) {
        let (Some(members), Shape::Object(shape)) = (self.members(list, node, key), list.item.as_ref())
        else {
            return;
        };
        let mut seen: Vec<(CompactString, Place)> = Vec::new();
        let name = CompactString::new(&self.path);
        for (index, member) in members.iter().enumerate() {
            let outer = std::mem::take(&mut self.fields);
            self.member(index, |walker| {
                let skip = walker.path.len();
                walker.object(shape, member, member.place, skip);
                walker.unique(list, member, &mut seen);
            });
            let fields = std::mem::replace(&mut self.fields, outer);
            self.children.push(Child { list: name.clone(), place: member.place, fields });
        }
    }

    /// Reports a second member with the same key.
    fn unique(&mut self, list: &List, member: &Node<'_>, seen: &mut Vec<(CompactString, Place)>) {
        let ListKind::Keyed(key) = &list.kind else { return };
        let Some(entry) = member.get(key) else { return };
        let Some(text) = entry.value.text() else { return };
        if let Some((_, first)) = seen.iter().find(|(existing, _)| existing == text) {
            let message = format!("`{text}` is listed twice; first on line {}", first.line);
            let found =
                Diagnostic::error("duplicate-item", message).hint(format!("give each its own `{key}`"));
            self.report(found, entry.value.place);
        } else {
            seen.push((CompactString::new(text), entry.value.place));
        }
    }

    /// The members of a list, its size checked.
    fn members<'n, 'a>(&mut self, list: &List, node: &'n Node<'a>, key: Place) -> Option<&'n [Node<'a>]> {
        if self.refuse_null(node, key) {
            return None;
        }
        let Content::Sequence(members) = &node.content else {
            let hint = match node.text() {
                Some(text) => format!("write `[{text}]`"),
                None => format!("write `{}: ` and its members behind `- `", self.last()),
            };
            self.wrong_type(node, "a list", &hint);
            return None;
        };
        self.size(members.len(), list.limits, "members", node.place);
        Some(members)
    }

    fn size(&mut self, size: usize, limits: Limits, what: &str, place: Place) {
        if size > limits.max {
            let message = format!("`{}` has {size} {what}, at most {} are allowed", self.path, limits.max);
            self.report(
                Diagnostic::error("too-long", message).hint("write fewer, or split the document"),
                place,
            );
        } else if size < limits.min {
            let message = format!("`{}` has {size} {what}, at least {} are needed", self.path, limits.min);
            self.report(
                Diagnostic::error("too-short", message).hint("add some, or leave the field out"),
                place,
            );
        }
    }

    /// Reports null, which means nothing here.
    fn refuse_null(&mut self, node: &Node<'_>, key: Place) -> bool {
        if !node.is_null() {
            return false;
        }
        let path = self.path.clone();
        let found = Diagnostic::error("null-value", format!("`{path}` is empty")).hint(format!(
            "leave it out to stop managing it, or write `clear: [{path}]` to clear it on the platform"
        ));
        let place = if node.place.length == 0 { key } else { node.place };
        self.report(found, place);
        true
    }

    fn wrong_type(&mut self, node: &Node<'_>, expected: &str, hint: &str) {
        let found = match &node.content {
            Content::Mapping(_) => "a mapping".to_owned(),
            Content::Sequence(_) => "a list".to_owned(),
            Content::Scalar { text, plain: true } => match classify(text) {
                Plain::Null => "empty".to_owned(),
                Plain::Bool(_) => format!("`{text}`, which is true or false"),
                Plain::Number => format!("`{text}`, which is a number"),
                Plain::OldBool(_) | Plain::Text => format!("`{}`", veiled(text)),
            },
            Content::Scalar { text, plain: false } => format!("the text `{}`", veiled(text)),
        };
        let what = if self.path.is_empty() { self.within.to_owned() } else { format!("`{}`", self.path) };
        let message = format!("{what} takes {expected}, not {found}");
        self.report(Diagnostic::error("wrong-type", message).hint(hint), node.place);
    }

    fn last(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    fn report(&mut self, mut diagnostic: Diagnostic, place: Place) {
        diagnostic.origin = Some(place.in_file(self.file));
        diagnostic.length = place.length;
        if !self.path.is_empty() {
            diagnostic.field = Some(FieldPath::new(&self.path));
        }
        self.diagnostics.push(diagnostic);
    }
}

/// The value of a node that only the vendor understands.
fn anything(node: &Node<'_>) -> Value {
    match &node.content {
        Content::Sequence(members) => Value::List(members.iter().map(anything).collect()),
        Content::Mapping(entries) => Value::Map(
            entries.iter().map(|entry| (CompactString::new(&entry.key), anything(&entry.value))).collect(),
        ),
        Content::Scalar { text, plain: false } => Value::text(text),
        Content::Scalar { text, plain: true } => match classify(text) {
            Plain::Bool(flag) => Value::Bool(flag),
            Plain::Number => match text.parse::<i64>() {
                Ok(number) => Value::Integer(number),
                Err(_) => text
                    .parse::<Decimal>()
                    .map_or_else(|_| Value::text(text), |number| Value::Decimal(number.normalize())),
            },
            Plain::Null | Plain::OldBool(_) | Plain::Text => Value::text(text),
        },
    }
}
