//! Values of fields: scalars, lists, sets and maps, each member with its place.

use std::collections::BTreeMap;

use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;
use compact_str::CompactString;

use super::{Walker, anything};
use crate::check::shape::{Limits, List, ListKind, Shape};
use crate::load::Place;
use crate::yaml::node::{Content, Node};

impl Walker<'_> {
    /// The value of a field, with places of members when it is a list.
    pub(super) fn value(
        &mut self,
        shape: &'static Shape,
        node: &Node<'_>,
        key: Place,
    ) -> Option<(Value, Box<[Place]>)> {
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
}
