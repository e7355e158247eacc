//! One pass over a node: every problem reported, every field flattened.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldPath;
use adplane_core::value::Value;
use compact_str::CompactString;
use rust_decimal::Decimal;

use super::shape::{Form, Limits, List, ListKind, Object, Scalar, Shape, TextForm};
use super::suggest::{nearest, some_of};
use super::text;
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
        for (index, member) in members.iter().enumerate() {
            let outer = std::mem::take(&mut self.fields);
            self.member(index, |walker| {
                let skip = walker.path.len();
                walker.object(shape, member, member.place, skip);
                walker.unique(list, member, &mut seen);
            });
            let fields = std::mem::replace(&mut self.fields, outer);
            self.children.push(Child { place: member.place, fields });
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

    /// The value of a field, with places of members when it is a list.
    fn value(&mut self, shape: &'static Shape, node: &Node<'_>, key: Place) -> Option<(Value, Box<[Place]>)> {
        match shape {
            Shape::Scalar(scalar) => self.scalar(scalar, node, key).map(|value| (value, Box::default())),
            Shape::List(list) => self.list(list, node, key),
            Shape::Object(object) => {
                if self.refuse_null(node, key) {
                    return None;
                }
                let mut entries = BTreeMap::new();
                let walked = self.properties(object, node, key, |walker, inner, entry| {
                    if let Some((value, _)) = walker.value(inner, &entry.value, entry.key_place) {
                        entries.insert(CompactString::new(&entry.key), value);
                    }
                });
                walked.then(|| (Value::Map(entries), Box::default()))
            }
            Shape::Map(item, limits) | Shape::Leaves(item, limits) => self.map(item, *limits, node, key),
            Shape::Anything => (!self.refuse_null(node, key)).then(|| (anything(node), Box::default())),
        }
    }

    fn list(&mut self, list: &'static List, node: &Node<'_>, key: Place) -> Option<(Value, Box<[Place]>)> {
        let members = self.members(list, node, key)?;
        let mut values = Vec::with_capacity(members.len());
        let mut places = Vec::with_capacity(members.len());
        let mut seen: Vec<(CompactString, Place)> = Vec::new();
        for (index, member) in members.iter().enumerate() {
            self.member(index, |walker| {
                let found = walker.value(&list.item, member, member.place);
                walker.unique(list, member, &mut seen);
                if let Some((value, _)) = found {
                    values.push(value);
                    places.push(member.place);
                }
            });
        }
        if matches!(list.kind, ListKind::Set) {
            return Some(self.set(values, places));
        }
        Some((Value::List(values), places.into()))
    }

    /// A set, its places in the order of its members; members that are written twice are reported.
    fn set(&mut self, values: Vec<Value>, places: Vec<Place>) -> (Value, Box<[Place]>) {
        let mut pairs: Vec<(Value, Place)> = values.into_iter().zip(places).collect();
        pairs.sort();
        for pair in pairs.windows(2) {
            let [(value, first), (again, place)] = pair else { continue };
            if value == again {
                let message = format!("`{again}` is listed twice; first on line {}", first.line);
                self.report(Diagnostic::error("duplicate-item", message).hint("keep one of the two"), *place);
            }
        }
        pairs.dedup_by(|later, kept| later.0 == kept.0);
        let (values, places): (Vec<Value>, Vec<Place>) = pairs.into_iter().unzip();
        (Value::Set(values), places.into())
    }

    fn map(
        &mut self,
        item: &'static Shape,
        limits: Limits,
        node: &Node<'_>,
        key: Place,
    ) -> Option<(Value, Box<[Place]>)> {
        if self.refuse_null(node, key) {
            return None;
        }
        let Content::Mapping(entries) = &node.content else {
            self.wrong_type(node, "a mapping", "write `key: value` pairs indented below");
            return None;
        };
        self.size(entries.len(), limits, "entries", node.place);
        let mut values = BTreeMap::new();
        for entry in entries {
            self.deeper(&entry.key, |walker| {
                if let Some((value, _)) = walker.value(item, &entry.value, entry.key_place) {
                    values.insert(CompactString::new(&entry.key), value);
                }
            });
        }
        Some((Value::Map(values), Box::default()))
    }

    fn scalar(&mut self, shape: &Scalar, node: &Node<'_>, key: Place) -> Option<Value> {
        let Content::Scalar { text, plain } = &node.content else {
            self.wrong_type(node, expected(&shape.form), "write a single value");
            return None;
        };
        if self.refuse_null(node, key) {
            return None;
        }
        let meaning = if *plain { classify(text) } else { Plain::Text };
        match &shape.form {
            Form::Bool => self.boolean(node, text, meaning),
            Form::Integer => self.integer(shape, node, text, *plain),
            Form::Decimal => self.decimal(shape, node, text, *plain),
            Form::IntegerOrText => match text.parse::<i64>() {
                Ok(number) if *plain => Some(Value::Integer(number)),
                _ => Some(Value::text(text)),
            },
            Form::Word(words) => self.word(words, node, text, meaning),
            Form::Text(form) => self.text(*form, shape.limits, node, text, meaning),
        }
    }

    fn boolean(&mut self, node: &Node<'_>, text: &str, meaning: Plain) -> Option<Value> {
        match meaning {
            Plain::Bool(flag) => Some(Value::Bool(flag)),
            Plain::OldBool(flag) => {
                self.wrong_type(node, "`true` or `false`", &format!("write `{flag}`"));
                None
            }
            Plain::Null | Plain::Number | Plain::Text => {
                let hint = match text {
                    "true" | "false" => format!("write `{text}` without quotes"),
                    _ => "write `true` or `false`".to_owned(),
                };
                self.wrong_type(node, "`true` or `false`", &hint);
                None
            }
        }
    }

    fn integer(&mut self, shape: &Scalar, node: &Node<'_>, text: &str, plain: bool) -> Option<Value> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let digits = !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit());
        let canonical = digits && (unsigned.len() == 1 || !unsigned.starts_with('0'));
        if !plain || !canonical {
            let hint = if canonical {
                format!("write `{text}` without quotes")
            } else {
                "write plain digits, such as `25`".to_owned()
            };
            self.wrong_type(node, "a whole number", &hint);
            return None;
        }
        let (min, max) = shape.range;
        match text.parse::<i64>() {
            Ok(number) if (min..=max).contains(&number) => Some(Value::Integer(number)),
            _ => {
                self.out_of_range(node, text, shape);
                None
            }
        }
    }

    fn decimal(&mut self, shape: &Scalar, node: &Node<'_>, text: &str, plain: bool) -> Option<Value> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let number: Option<Decimal> =
            (digits(whole) && digits(fraction)).then(|| text.parse().ok()).flatten();
        let Some(number) = number else {
            self.wrong_type(node, "a decimal number", "write plain digits, such as `3.5`");
            return None;
        };
        if !plain {
            let found = Diagnostic::warning(
                "quoted-number",
                format!("`{}` is a number; a cluster refuses it in quotes", self.path),
            )
            .hint(format!("write `{text}` without quotes"));
            self.report(found, node.place);
        }
        let (min, max) = shape.range;
        if number < Decimal::from(min) || number > Decimal::from(max) {
            self.out_of_range(node, text, shape);
            return None;
        }
        Some(Value::Decimal(number.normalize()))
    }

    fn out_of_range(&mut self, node: &Node<'_>, text: &str, shape: &Scalar) {
        let (min, max) = shape.range;
        let hint = match (min, max) {
            (i64::MIN, i64::MAX) => "write a number of at most 18 digits".to_owned(),
            (min, i64::MAX) => format!("write a number of {min} or more"),
            (i64::MIN, max) => format!("write a number of {max} or less"),
            (min, max) => format!("write a number from {min} to {max}"),
        };
        self.report(
            Diagnostic::error("out-of-range", format!("`{text}` is out of range")).hint(hint),
            node.place,
        );
    }

    fn word(&mut self, words: &[Box<str>], node: &Node<'_>, text: &str, meaning: Plain) -> Option<Value> {
        if words.iter().any(|word| **word == *text) {
            self.warn_old_bool(node, text, meaning);
            return Some(Value::text(text));
        }
        let all = || words.iter().map(AsRef::as_ref);
        let hint = match nearest(text, all()) {
            Some(meant) => format!("write `{meant}`"),
            None => format!("write one of {}", some_of(all())),
        };
        let message = format!("`{text}` is not a value of `{}`", self.path);
        self.report(Diagnostic::error("not-in-list", message).hint(hint), node.place);
        None
    }

    fn text(
        &mut self,
        form: TextForm,
        limits: Limits,
        node: &Node<'_>,
        text: &str,
        meaning: Plain,
    ) -> Option<Value> {
        match meaning {
            Plain::Bool(_) => {
                self.wrong_type(node, "a text", &format!("write it in quotes: `\"{text}\"`"));
                return None;
            }
            // A bare amount gets the better message: its currency is missing.
            Plain::Number if form != TextForm::Money => {
                let what = match form {
                    TextForm::Id | TextForm::AccountId => "an id, which is a text",
                    _ => "a text",
                };
                self.wrong_type(node, what, &format!("write it in quotes: `\"{text}\"`"));
                return None;
            }
            Plain::OldBool(_) => self.warn_old_bool(node, text, meaning),
            Plain::Null | Plain::Number | Plain::Text => {}
        }
        let value = match text::read(form, text) {
            Ok(value) => value,
            Err(problem) => {
                self.report(Diagnostic::error(problem.code, problem.message).hint(problem.hint), node.place);
                return None;
            }
        };
        if text.len() > limits.max && text.chars().count() > limits.max {
            let message = format!(
                "`{}` has {} characters, at most {} are allowed",
                self.path,
                text.chars().count(),
                limits.max
            );
            self.report(Diagnostic::error("too-long", message).hint("write a shorter text"), node.place);
            return None;
        }
        Some(value)
    }

    fn warn_old_bool(&mut self, node: &Node<'_>, text: &str, meaning: Plain) {
        if let Plain::OldBool(flag) = meaning {
            let found =
                Diagnostic::warning("yaml-1.1-word", format!("`{text}` is read as `{flag}` by kubectl"))
                    .hint(format!("write it in quotes: `\"{text}\"`"));
            self.report(found, node.place);
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
                Plain::OldBool(_) | Plain::Text => format!("`{text}`"),
            },
            Content::Scalar { text, plain: false } => format!("the text `{text}`"),
        };
        let what = if self.path.is_empty() { self.within.to_owned() } else { format!("`{}`", self.path) };
        let message = format!("{what} takes {expected}, not {found}");
        self.report(Diagnostic::error("wrong-type", message).hint(hint), node.place);
    }

    fn last(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    fn report(&mut self, mut diagnostic: Diagnostic, place: Place) {
        if place.line > 0 {
            diagnostic.origin = Some(place.in_file(self.file));
            diagnostic.length = place.length;
        }
        if !self.path.is_empty() {
            diagnostic.field = Some(FieldPath::new(&self.path));
        }
        self.diagnostics.push(diagnostic);
    }
}

fn expected(form: &Form) -> &'static str {
    match form {
        Form::Bool => "`true` or `false`",
        Form::Integer => "a whole number",
        Form::Decimal => "a decimal number",
        Form::IntegerOrText | Form::Word(_) | Form::Text(_) => "a text",
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
