//! Fields, parameters and closed lists of values by kind, and the reading of parameters by their type.
//!
//! Lists of names are words in one string: they are long, and looked through rarely enough.

pub(super) mod ad;
pub(super) mod ad_set;
pub(super) mod campaign;
pub(super) mod creative;
pub(super) mod enums;
pub(super) mod insights;
pub(super) mod nested;
pub(super) mod others;

use serde_json::{Number, Value};

use super::errors::GraphError;
use super::params::{self, Params};
use super::time::AccountClock;
use crate::world::Object;

/// What a parameter holds, and how it reads back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Type {
    /// Text; numbers are taken as text.
    Text,
    /// A whole number of minor units, reading back as text (§13).
    Money,
    /// A whole number.
    Integer,
    /// A number that reads back as text.
    NumberText,
    /// `true`, `True` or `1`, and their opposites (§1.2).
    Boolean,
    /// An instant; `0` clears it (§5.1).
    DateTime,
    /// A JSON object.
    Map,
    /// A JSON array.
    List,
    /// One of these words.
    OneOf(&'static str),
    /// A JSON array of these words.
    ListOf(&'static str),
    /// Any JSON.
    Any,
}

/// When a parameter is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// On create only: fixed afterwards.
    Create,
    /// On update only.
    Update,
    /// On both.
    Both,
}

const CREATE: When = When::Create;
const UPDATE: When = When::Update;
const BOTH: When = When::Both;

/// Name, type and occasion of a parameter.
pub(super) type Parameter = (&'static str, Type, When);

/// Whether a list of words holds a word.
pub(super) fn has_word(words: &str, word: &str) -> bool {
    !word.is_empty() && words.split_whitespace().any(|candidate| candidate == word)
}

/// Reads the parameters for one occasion; unknown ones are ignored (§1.2, unverified).
pub(super) fn read(
    parameters: &[Parameter],
    given: &Params,
    occasion: When,
    clock: &AccountClock,
) -> Result<Object, GraphError> {
    let mut object = Object::new();
    for (name, kind, when) in parameters {
        let taken = *when == When::Both || *when == occasion;
        if let (true, Some(value)) = (taken, given.get(name)) {
            object.insert((*name).to_owned(), convert(name, *kind, value, clock)?);
        }
    }
    Ok(object)
}

/// Refuses an update of a parameter that only a create may carry, when it would change it (§4, §5, §7, §8).
pub(super) fn refuse_fixed(
    parameters: &[Parameter],
    given: &Params,
    current: &Object,
    clock: &AccountClock,
) -> Result<(), GraphError> {
    for (name, kind, when) in parameters {
        let Some(value) = given.get(name).filter(|_| *when == When::Create) else { continue };
        if current.get(*name) != Some(&convert(name, *kind, value, clock)?) {
            let text = format!("The field {name} cannot be changed after the object was created.");
            return Err(GraphError::parameter(name, "Field cannot be changed", text));
        }
    }
    Ok(())
}

/// Reads a JSON object given as fields, as a person's edit or an inline spec gives it.
pub(super) fn convert(
    name: &str,
    kind: Type,
    value: &Value,
    clock: &AccountClock,
) -> Result<Value, GraphError> {
    match kind {
        Type::Text => text(value).map(Value::String).ok_or_else(|| GraphError::must_be(name, "a string")),
        Type::Money => params::integer(value)
            .filter(|amount| *amount >= 0)
            .map(|amount| Value::String(amount.to_string()))
            .ok_or_else(|| GraphError::must_be(name, "a non-negative integer")),
        Type::Integer => params::integer(value)
            .map(|number| Value::Number(Number::from(number)))
            .ok_or_else(|| GraphError::must_be(name, "an integer")),
        Type::NumberText => text(value)
            .filter(|text| text.parse::<f64>().is_ok())
            .map(Value::String)
            .ok_or_else(|| GraphError::must_be(name, "a number")),
        Type::Boolean => {
            params::boolean(value).map(Value::Bool).ok_or_else(|| GraphError::must_be(name, "a boolean"))
        }
        Type::DateTime => date_time(name, value, clock),
        Type::Map => match params::json(value) {
            map @ Value::Object(_) => Ok(map),
            _ => Err(GraphError::must_be(name, "a JSON object")),
        },
        Type::List => match params::json(value) {
            list @ Value::Array(_) => Ok(list),
            _ => Err(GraphError::must_be(name, "an array")),
        },
        Type::OneOf(words) => one_of(name, value, words),
        Type::ListOf(words) => match params::json(value) {
            Value::Array(items) => {
                let items: Result<Vec<Value>, GraphError> =
                    items.iter().map(|item| one_of(name, item, words)).collect();
                Ok(Value::Array(items?))
            }
            _ => Err(GraphError::must_be(name, "an array")),
        },
        Type::Any => Ok(params::json(value)),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn one_of(name: &str, value: &Value, words: &str) -> Result<Value, GraphError> {
    match text(value) {
        Some(text) if has_word(words, &text) => Ok(Value::String(text)),
        _ => {
            let list = words.split_whitespace().collect::<Vec<_>>().join(", ");
            Err(GraphError::must_be(name, &format!("one of {{{list}}}")))
        }
    }
}

fn date_time(name: &str, value: &Value, clock: &AccountClock) -> Result<Value, GraphError> {
    let text = text(value).ok_or_else(|| GraphError::must_be(name, "a datetime"))?;
    if text == "0" {
        return Ok(Value::Null);
    }
    let instant = clock.parse(&text).ok_or_else(|| GraphError::must_be(name, "a datetime"))?;
    Ok(Value::String(clock.format(instant)))
}
