//! Fields of a case: written like the API, typed like rules see them.

use adplane_core::field::{FieldPath, Values};
use adplane_core::money::Money;
use adplane_core::policy::{Entry, Group, Type};
use adplane_core::time::{Time, Zone};
use adplane_core::value::Value;
use compact_str::CompactString;
use rust_decimal::Decimal;

use super::read::FileReader;
use crate::lower::moment::{self, Edge};
use crate::lower::{hours, lists};
use crate::yaml::node::{Content, Node};
use crate::yaml::words::{Plain, classify};

/// Reads the fields of a mapping.
pub(super) fn fields(reader: &mut FileReader<'_>, node: &Node<'_>, group: &Group, zone: &Zone) -> Values {
    let mut values = Values::new();
    below(reader, node, group, zone, "", &mut values);
    values
}

fn below(
    reader: &mut FileReader<'_>,
    node: &Node<'_>,
    group: &Group,
    zone: &Zone,
    prefix: &str,
    into: &mut Values,
) {
    let keys: Vec<&str> = group.keys().map(CompactString::as_str).collect();
    let Some(entries) = reader.mapping(node, &keys) else { return };
    for entry in entries {
        let path = if prefix.is_empty() { entry.key.to_string() } else { format!("{prefix}.{}", entry.key) };
        match group.get(&*entry.key) {
            Some(Entry::Group(inner)) => below(reader, &entry.value, inner, zone, &path, into),
            Some(Entry::Field(of)) => {
                if let Some(value) = field(reader, &entry.value, of, zone, &path) {
                    into.insert(FieldPath::new(&path), value);
                }
            }
            Some(Entry::Free(inner)) => free(reader, &entry.value, inner, zone, &path, into),
            None => {}
        }
    }
}

/// Fields of free names.
fn free(
    reader: &mut FileReader<'_>,
    node: &Node<'_>,
    inner: &Entry,
    zone: &Zone,
    prefix: &str,
    into: &mut Values,
) {
    let Content::Mapping(entries) = &node.content else {
        return reader.wrong(node, "a mapping is needed here", "write `key: value` pairs");
    };
    for entry in entries {
        let path = format!("{prefix}.{}", entry.key);
        match inner {
            Entry::Group(group) => below(reader, &entry.value, group, zone, &path, into),
            Entry::Field(of) => {
                if let Some(value) = field(reader, &entry.value, of, zone, &path) {
                    into.insert(FieldPath::new(&path), value);
                }
            }
            Entry::Free(inner) => free(reader, &entry.value, inner, zone, &path, into),
        }
    }
}

fn field(reader: &mut FileReader<'_>, node: &Node<'_>, of: &Type, zone: &Zone, path: &str) -> Option<Value> {
    let last = path.rsplit('.').next().unwrap_or(path);
    let listed = matches!(node.content, Content::Sequence(_));
    match (last, of) {
        ("hours", Type::Map(_)) if listed => {
            let (value, problems) = hours::lower(anything(node).members());
            for problem in problems {
                reader.wrong(node, &problem.message, problem.hint);
            }
            Some(value)
        }
        ("sitelinks", Type::Map(member)) if listed => {
            Some(lists::sitelinks(list(reader, node, member, zone, path)?.members()).0)
        }
        (_, Type::Map(member)) if listed => {
            Some(lists::keywords(list(reader, node, member, zone, path)?.members()).0)
        }
        _ => value(reader, node, of, zone, path),
    }
}

fn value(reader: &mut FileReader<'_>, node: &Node<'_>, of: &Type, zone: &Zone, path: &str) -> Option<Value> {
    if let Type::Anything = of {
        return Some(anything(node));
    }
    match (of, &node.content) {
        (Type::List(member), Content::Sequence(_)) => list(reader, node, member, zone, path),
        (Type::Map(member), Content::Mapping(entries)) => entries
            .iter()
            .map(|entry| {
                let value = value(reader, &entry.value, member, zone, path)?;
                Some((CompactString::new(&entry.key), value))
            })
            .collect::<Option<_>>()
            .map(Value::Map),
        (Type::Record(members), Content::Mapping(entries)) => entries
            .iter()
            .map(|entry| {
                let Some(of) = members.get(&*entry.key) else {
                    let names: Vec<&str> = members.keys().map(CompactString::as_str).collect();
                    reader.unknown(&entry.key, &names, entry.key_place);
                    return None;
                };
                Some((CompactString::new(&entry.key), value(reader, &entry.value, of, zone, path)?))
            })
            .collect::<Option<_>>()
            .map(Value::Map),
        (of, Content::Scalar { text, plain }) => {
            let read = scalar(text, *plain, of, zone, path);
            if read.is_none() {
                let hint = match of {
                    Type::Money(_) => "write an amount such as `120.00 EUR`",
                    Type::Time => "write a date, `\"2026-03-01\"`, or a local time, `\"2026-03-01T14:30\"`",
                    _ => "",
                };
                reader.wrong(node, &format!("`{path}` is {of}, not `{text}`"), hint);
            }
            read
        }
        (of, _) => {
            reader.wrong(node, &format!("`{path}` is {of}"), "");
            None
        }
    }
}

fn list(
    reader: &mut FileReader<'_>,
    node: &Node<'_>,
    member: &Type,
    zone: &Zone,
    path: &str,
) -> Option<Value> {
    let Content::Sequence(members) = &node.content else { return None };
    let members = members.iter().map(|node| value(reader, node, member, zone, path));
    members.collect::<Option<Vec<_>>>().map(Value::List)
}

fn scalar(text: &str, plain: bool, of: &Type, zone: &Zone, path: &str) -> Option<Value> {
    Some(match of {
        Type::Bool => match (text, plain) {
            ("true", true) => Value::Bool(true),
            ("false", true) => Value::Bool(false),
            _ => return None,
        },
        Type::Integer => Value::Integer(text.parse().ok()?),
        Type::Decimal => Value::Decimal(text.parse::<Decimal>().ok()?.normalize()),
        Type::Money(_) => Value::Money(text.parse::<Money>().ok()?),
        Type::Text => Value::text(text),
        Type::Word(words) => words.iter().any(|word| **word == *text).then(|| Value::text(text))?,
        Type::Time => {
            let edge = if path.ends_with("end") { Edge::End } else { Edge::Start };
            let local = moment::parse(text).ok().and_then(|moment| moment::resolve(moment, edge, zone));
            Value::Time(local.or_else(|| text.parse::<Time>().ok())?)
        }
        Type::Duration | Type::List(_) | Type::Map(_) | Type::Record(_) | Type::Anything => return None,
    })
}

fn anything(node: &Node<'_>) -> Value {
    match &node.content {
        Content::Sequence(members) => Value::List(members.iter().map(anything).collect()),
        Content::Mapping(entries) => Value::Map(
            entries.iter().map(|entry| (CompactString::new(&entry.key), anything(&entry.value))).collect(),
        ),
        Content::Scalar { text, plain: false } => Value::text(text),
        Content::Scalar { text, plain: true } => match classify(text) {
            Plain::Bool(flag) => Value::Bool(flag),
            Plain::Number => text.parse().map_or_else(|_| Value::text(text), Value::Integer),
            Plain::Null | Plain::OldBool(_) | Plain::Text => Value::text(text),
        },
    }
}
