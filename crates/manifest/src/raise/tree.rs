//! Fields by path to a nested mapping, keys in the order the API declares them.

use crate::check::shape::{self, Object, Shape};
use crate::load::DocumentKind;
use crate::yaml::emit::Yaml;

/// A `spec` under construction.
pub(super) struct Tree {
    pub(super) kind: DocumentKind,
    shape: &'static Object,
    entries: Vec<(String, Yaml)>,
}

impl Tree {
    pub(super) fn new(kind: DocumentKind) -> Self {
        Self { kind, shape: shape::spec(kind), entries: Vec::new() }
    }

    /// An ad in the `ads` of its ad group.
    pub(super) fn ad() -> Self {
        Self { shape: shape::ad(), ..Self::new(DocumentKind::AdGroup) }
    }

    /// Whether there is a place for a path.
    pub(super) fn takes(&self, path: &str) -> bool {
        shape::below(self.shape, path).is_some()
    }

    /// Sets the value at a dotted path.
    pub(super) fn set(&mut self, path: &str, value: Yaml) {
        insert(&mut self.entries, path, value);
    }

    /// Whether there is a value at a path.
    pub(super) fn has(&self, path: &str) -> bool {
        let mut entries = &self.entries;
        let mut parts = path.split('.').peekable();
        while let Some(part) = parts.next() {
            match entries.iter().find(|(key, _)| key == part) {
                Some(_) if parts.peek().is_none() => return true,
                Some((_, Yaml::Map(inner))) => entries = inner,
                _ => return false,
            }
        }
        false
    }

    /// The finished mapping.
    pub(super) fn into_yaml(self) -> Yaml {
        let mut entries = self.entries;
        order(&mut entries, self.shape);
        Yaml::Map(entries)
    }
}

fn insert(entries: &mut Vec<(String, Yaml)>, path: &str, value: Yaml) {
    let Some((head, rest)) = path.split_once('.') else {
        entries.push((path.to_owned(), value));
        return;
    };
    if let Some((_, Yaml::Map(inner))) = entries.iter_mut().find(|(key, _)| key == head) {
        return insert(inner, rest, value);
    }
    let mut inner = Vec::new();
    insert(&mut inner, rest, value);
    entries.push((head.to_owned(), Yaml::Map(inner)));
}

/// Orders keys as declared, at every depth that has known keys.
pub(super) fn order(entries: &mut [(String, Yaml)], object: &Object) {
    entries.sort_by_key(|(key, _)| object.rank(key));
    for (key, value) in entries {
        if let Some(shape) = object.property(key) {
            order_value(value, shape);
        }
    }
}

fn order_value(value: &mut Yaml, shape: &Shape) {
    match (value, shape) {
        (Yaml::Map(entries), Shape::Object(object)) => order(entries, object),
        (Yaml::List(members), Shape::List(list)) => {
            for member in members {
                order_value(member, &list.item);
            }
        }
        _ => {}
    }
}
