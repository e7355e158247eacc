//! Types of values in a plan document, so that `"91.00 EUR"` reads back as money and a headline of the same
//! letters as text.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde_json::Value as Json;

use crate::value::Value;

/// The type of a value: `text`, `money`, `set<text>`, `map<record{bid:money,text:text}>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueType {
    /// True or false, a JSON boolean.
    Bool,
    /// A JSON number.
    Integer,
    /// Decimal text, such as `"3.5"`.
    Decimal,
    /// `"91.00 EUR"`.
    Money,
    /// A JSON string.
    Text,
    /// RFC 9557 text, `"2026-03-01T00:00:00+01:00[Europe/Madrid]"`.
    Time,
    /// A JSON array in ascending order.
    Set(Box<ValueType>),
    /// A JSON array.
    List(Box<ValueType>),
    /// A JSON object whose members are of one type.
    Map(Box<ValueType>),
    /// A JSON object with a type for each member.
    Record(BTreeMap<CompactString, ValueType>),
    /// The members of an empty collection: fits every type, and is written as text.
    Nothing,
}

impl ValueType {
    /// The type that covers all values given; text when there are none or they do not agree.
    pub fn of<'a>(values: impl IntoIterator<Item = &'a Value>) -> Self {
        common(values.into_iter().map(infer)).map_or(Self::Text, simplify)
    }
}

fn common(types: impl IntoIterator<Item = ValueType>) -> Option<ValueType> {
    let mut types = types.into_iter();
    let first = types.next()?;
    types.try_fold(first, unify)
}

/// Maps are inferred as records; [`simplify`] turns uniform ones into maps afterwards.
fn infer(value: &Value) -> ValueType {
    let members = |members: &[Value]| {
        // Members that do not agree have no type in common; text is what is refused with a clear error.
        let found =
            if members.is_empty() { Some(ValueType::Nothing) } else { common(members.iter().map(infer)) };
        Box::new(found.unwrap_or(ValueType::Text))
    };
    match value {
        Value::Bool(_) => ValueType::Bool,
        Value::Integer(_) => ValueType::Integer,
        Value::Decimal(_) => ValueType::Decimal,
        Value::Money(_) => ValueType::Money,
        Value::Text(_) => ValueType::Text,
        Value::Time(_) => ValueType::Time,
        Value::Set(values) => ValueType::Set(members(values)),
        Value::List(values) => ValueType::List(members(values)),
        Value::Map(entries) => {
            ValueType::Record(entries.iter().map(|(key, value)| (key.clone(), infer(value))).collect())
        }
    }
}

fn unify(a: ValueType, b: ValueType) -> Option<ValueType> {
    use ValueType::{List, Record, Set};
    match (a, b) {
        (a, b) if a == b => Some(a),
        (ValueType::Nothing, known) | (known, ValueType::Nothing) => Some(known),
        (Set(a), Set(b)) => Some(Set(Box::new(unify(*a, *b)?))),
        (List(a), List(b)) => Some(List(Box::new(unify(*a, *b)?))),
        (Record(mut a), Record(b)) => {
            for (key, theirs) in b {
                let joined = match a.remove(&key) {
                    Some(ours) => unify(ours, theirs)?,
                    None => theirs,
                };
                a.insert(key, joined);
            }
            Some(Record(a))
        }
        _ => None,
    }
}

fn simplify(found: ValueType) -> ValueType {
    match found {
        ValueType::Set(member) => ValueType::Set(Box::new(simplify(*member))),
        ValueType::List(member) => ValueType::List(Box::new(simplify(*member))),
        ValueType::Record(members) => match common(members.values().cloned()) {
            Some(one) => ValueType::Map(Box::new(simplify(one))),
            None if members.is_empty() => ValueType::Map(Box::new(ValueType::Text)),
            None => {
                ValueType::Record(members.into_iter().map(|(key, member)| (key, simplify(member))).collect())
            }
        },
        ValueType::Nothing => ValueType::Text,
        scalar => scalar,
    }
}

/// The JSON form of a value.
pub fn encode(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Integer(number) => Json::from(*number),
        Value::Decimal(number) => Json::String(number.normalize().to_string()),
        Value::Money(money) => Json::String(money.to_string()),
        Value::Text(text) => Json::String(text.to_string()),
        Value::Time(time) => Json::String(time.to_string()),
        Value::Set(members) | Value::List(members) => Json::Array(members.iter().map(encode).collect()),
        Value::Map(entries) => {
            Json::Object(entries.iter().map(|(key, value)| (key.to_string(), encode(value))).collect())
        }
    }
}

/// Reads the JSON form of a value of a type; `None` when it does not have it.
pub fn decode(json: &Json, of: &ValueType) -> Option<Value> {
    Some(match of {
        ValueType::Bool => Value::Bool(json.as_bool()?),
        ValueType::Integer => Value::Integer(json.as_i64()?),
        ValueType::Decimal => Value::Decimal(json.as_str()?.parse().ok()?),
        ValueType::Money => Value::Money(serde_json::from_value(json.clone()).ok()?),
        ValueType::Text | ValueType::Nothing => Value::text(json.as_str()?),
        ValueType::Time => Value::Time(json.as_str()?.parse().ok()?),
        ValueType::Set(member) => {
            Value::set(json.as_array()?.iter().map(|json| decode(json, member)).collect::<Option<Vec<_>>>()?)
        }
        ValueType::List(member) => {
            Value::List(json.as_array()?.iter().map(|json| decode(json, member)).collect::<Option<Vec<_>>>()?)
        }
        ValueType::Map(member) => Value::Map(
            json.as_object()?
                .iter()
                .map(|(key, json)| Some((CompactString::new(key), decode(json, member)?)))
                .collect::<Option<_>>()?,
        ),
        ValueType::Record(members) => Value::Map(
            json.as_object()?
                .iter()
                .map(|(key, json)| Some((CompactString::new(key), decode(json, members.get(key.as_str())?)?)))
                .collect::<Option<_>>()?,
        ),
    })
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Integer => f.write_str("integer"),
            Self::Decimal => f.write_str("decimal"),
            Self::Money => f.write_str("money"),
            Self::Text | Self::Nothing => f.write_str("text"),
            Self::Time => f.write_str("time"),
            Self::Set(member) => write!(f, "set<{member}>"),
            Self::List(member) => write!(f, "list<{member}>"),
            Self::Map(member) => write!(f, "map<{member}>"),
            Self::Record(members) => {
                f.write_str("record{")?;
                for (index, (key, member)) in members.iter().enumerate() {
                    let separator = if index == 0 { "" } else { "," };
                    write!(f, "{separator}{key}:{member}")?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A text that is not a value type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a value type")]
pub struct InvalidValueType(String);

impl FromStr for ValueType {
    type Err = InvalidValueType;
    fn from_str(text: &str) -> Result<Self, InvalidValueType> {
        match read(text) {
            Some((found, "")) => Ok(found),
            _ => Err(InvalidValueType(text.to_owned())),
        }
    }
}

/// Reads one type from the front and returns the rest.
fn read(text: &str) -> Option<(ValueType, &str)> {
    let inner = |rest| {
        let (member, rest) = read(rest)?;
        Some((Box::new(member), rest.strip_prefix('>')?))
    };
    for (word, scalar) in [
        ("bool", ValueType::Bool),
        ("integer", ValueType::Integer),
        ("decimal", ValueType::Decimal),
        ("money", ValueType::Money),
        ("text", ValueType::Text),
        ("time", ValueType::Time),
    ] {
        if let Some(rest) = text.strip_prefix(word) {
            return Some((scalar, rest));
        }
    }
    if let Some(rest) = text.strip_prefix("set<") {
        return inner(rest).map(|(member, rest)| (ValueType::Set(member), rest));
    }
    if let Some(rest) = text.strip_prefix("list<") {
        return inner(rest).map(|(member, rest)| (ValueType::List(member), rest));
    }
    if let Some(rest) = text.strip_prefix("map<") {
        return inner(rest).map(|(member, rest)| (ValueType::Map(member), rest));
    }
    let mut rest = text.strip_prefix("record{")?;
    let mut members = BTreeMap::new();
    loop {
        let (key, after) = rest.split_once(':')?;
        let (member, after) = read(after)?;
        members.insert(CompactString::new(key), member);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some((ValueType::Record(members), after.strip_prefix('}')?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::{Currency, Money};

    #[track_caller]
    fn check(value: &Value, shown: &str) {
        let of = ValueType::of([value]);
        assert_eq!(of.to_string(), shown);
        let read: ValueType = shown.parse().unwrap();
        assert_eq!(decode(&encode(value), &read).as_ref(), Some(value));
    }

    #[test]
    fn every_value_survives_json() {
        let bid = Value::Money(Money::from_micros(1_200_000, Currency::EUR));
        check(&Value::text("10.00 EUR"), "text");
        check(&bid, "money");
        check(&Value::Decimal("3.50".parse().unwrap()), "decimal");
        check(&Value::text_set(["b", "a"]), "set<text>");
        check(&Value::map([("min", Value::Integer(25)), ("max", Value::Integer(44))]), "map<integer>");
        let plain = Value::map([("text", Value::text("shoes")), ("match", Value::text("Exact"))]);
        let priced =
            Value::map([("text", Value::text("shoe")), ("match", Value::text("Exact")), ("bid", bid)]);
        check(
            &Value::map([("shoes|Exact", plain.clone()), ("shoe|Exact", priced)]),
            "map<record{bid:money,match:text,text:text}>",
        );
        check(&Value::map([("shoes|Exact", plain)]), "map<map<text>>");
        check(&Value::Map(BTreeMap::new()), "map<text>");
    }

    #[test]
    fn an_emptied_list_fits_what_it_held() {
        let empty = Value::List(Vec::new());
        let pin = Value::map([("headline", Value::text("Shoes")), ("position", Value::Integer(1))]);
        let full = Value::List(vec![pin]);
        for pair in [[&full, &empty], [&empty, &full]] {
            let of = ValueType::of(pair);
            assert_eq!(of.to_string(), "list<record{headline:text,position:integer}>");
            assert!(pair.iter().all(|value| decode(&encode(value), &of).as_ref() == Some(*value)));
        }
        check(&empty, "list<text>");
    }

    #[test]
    fn refuses_other_text() {
        for text in ["", "string", "set<text", "record{}", "text>"] {
            assert!(text.parse::<ValueType>().is_err(), "{text}");
        }
    }
}
