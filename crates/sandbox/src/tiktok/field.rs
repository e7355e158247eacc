//! What an endpoint accepts: names, kinds and needs of its parameters, checked before any rule.

use serde_json::Value;

use crate::world::Object;

use super::errors::{Refusal, invalid};

/// The kind of a parameter's value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Any text.
    Text,
    /// A decimal id as text.
    Id,
    /// A boolean.
    Flag,
    /// A JSON number.
    Number,
    /// A JSON number, quoted or not.
    Quotable,
    /// One of the listed words.
    Choice(&'static [&'static str]),
    /// A list of texts.
    Texts,
    /// A list of decimal ids as text.
    Ids,
    /// A list of the listed words.
    Choices(&'static [&'static str]),
    /// An object with the listed members.
    Object(&'static [Field]),
    /// A list of objects with the listed members.
    Objects(&'static [Field]),
    /// A list of anything, checked later or never.
    List,
    /// Anything: accepted and kept as sent.
    Any,
}

/// One parameter of an endpoint.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// Name on the wire.
    pub name: &'static str,
    /// Kind of value.
    pub kind: Kind,
    /// Whether the call is refused without it.
    pub required: bool,
}

impl Field {
    /// A field of a kind.
    pub(super) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, required: false }
    }

    /// The same field, needed.
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// Any text.
pub(super) const fn text(name: &'static str) -> Field {
    Field::new(name, Kind::Text)
}

/// A decimal id as text.
pub(super) const fn id(name: &'static str) -> Field {
    Field::new(name, Kind::Id)
}

/// A boolean.
pub(super) const fn flag(name: &'static str) -> Field {
    Field::new(name, Kind::Flag)
}

/// A number.
pub(super) const fn number(name: &'static str) -> Field {
    Field::new(name, Kind::Number)
}

/// One of some words.
pub(super) const fn choice(name: &'static str, words: &'static [&'static str]) -> Field {
    Field::new(name, Kind::Choice(words))
}

/// A list of texts.
pub(super) const fn texts(name: &'static str) -> Field {
    Field::new(name, Kind::Texts)
}

/// A list of ids.
pub(super) const fn ids(name: &'static str) -> Field {
    Field::new(name, Kind::Ids)
}

/// A list of some words.
pub(super) const fn choices(name: &'static str, words: &'static [&'static str]) -> Field {
    Field::new(name, Kind::Choices(words))
}

/// An object.
pub(super) const fn object(name: &'static str, fields: &'static [Field]) -> Field {
    Field::new(name, Kind::Object(fields))
}

/// A list of objects.
pub(super) const fn objects(name: &'static str, fields: &'static [Field]) -> Field {
    Field::new(name, Kind::Objects(fields))
}

/// Anything.
pub(super) const fn any(name: &'static str) -> Field {
    Field::new(name, Kind::Any)
}

/// Parameters that several endpoints may share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    fields: &'static [Field],
    optional: bool,
}

/// A group whose needs count.
pub(super) const fn all(fields: &'static [Field]) -> Group {
    Group { fields, optional: false }
}

/// A group of which nothing is needed, such as a create's parameters in an update.
pub(super) const fn optional(fields: &'static [Field]) -> Group {
    Group { fields, optional: true }
}

/// Finds a field by name.
pub(super) fn find(fields: &[Group], name: &str) -> Option<&'static Field> {
    fields.iter().flat_map(|group| group.fields).find(|field| field.name == name)
}

/// Whether members nobody listed are refused or dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    /// Refuse them with 40002.
    Refuse,
    /// Drop them.
    Ignore,
}

/// Checks an object against its fields; `null` members count as absent and are removed.
pub(super) fn check(
    values: &mut Object,
    fields: &[Group],
    unknown: Unknown,
    within: &str,
) -> Result<(), Refusal> {
    values.retain(|_, value| !value.is_null());
    let strange: Vec<String> = values.keys().filter(|name| find(fields, name).is_none()).cloned().collect();
    if unknown == Unknown::Refuse
        && let Some(name) = strange.first()
    {
        return Err(invalid(format!("Unknown field: {within}{name}.")));
    }
    for name in strange {
        values.remove(&name);
    }
    for (field, optional) in fields.iter().flat_map(|group| group.fields.iter().map(|f| (f, group.optional)))
    {
        match values.get_mut(field.name) {
            Some(value) => check_value(value, field.kind, unknown, &format!("{within}{}", field.name))?,
            None if field.required && !optional => {
                return Err(invalid(format!("{within}{}: Missing data for required field.", field.name)));
            }
            None => {}
        }
    }
    Ok(())
}

fn check_value(value: &mut Value, kind: Kind, unknown: Unknown, path: &str) -> Result<(), Refusal> {
    let good = match kind {
        Kind::Text => value.is_string(),
        Kind::Id => value.as_str().is_some_and(is_id),
        Kind::Flag => value.is_boolean(),
        Kind::Number => value.is_number(),
        Kind::Quotable => super::money::Micros::read(value).is_some(),
        Kind::Choice(words) => return check_word(value, words, path),
        Kind::Texts => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
        Kind::Ids => {
            value.as_array().is_some_and(|list| list.iter().all(|id| id.as_str().is_some_and(is_id)))
        }
        Kind::Choices(words) => {
            let list = value.as_array().ok_or_else(|| wrong(path, kind))?;
            return list.iter().try_for_each(|word| check_word(word, words, path));
        }
        Kind::Object(fields) => {
            let object = value.as_object_mut().ok_or_else(|| wrong(path, kind))?;
            return check(object, &[all(fields)], unknown, &format!("{path}."));
        }
        Kind::Objects(fields) => {
            let list = value.as_array_mut().ok_or_else(|| wrong(path, kind))?;
            for (index, item) in list.iter_mut().enumerate() {
                let object = item.as_object_mut().ok_or_else(|| wrong(path, kind))?;
                check(object, &[all(fields)], unknown, &format!("{path}.{index}."))?;
            }
            return Ok(());
        }
        Kind::List => value.is_array(),
        Kind::Any => true,
    };
    if good { Ok(()) } else { Err(wrong(path, kind)) }
}

fn check_word(value: &Value, words: &[&str], path: &str) -> Result<(), Refusal> {
    match value.as_str() {
        Some(word) if words.contains(&word) => Ok(()),
        Some(word) => {
            Err(invalid(format!("{path}: `{word}` is not a valid value, use one of {}.", words.join(", "))))
        }
        None => Err(invalid(format!("{path}: Not a valid string."))),
    }
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn wrong(path: &str, kind: Kind) -> Refusal {
    let expected = match kind {
        Kind::Text | Kind::Choice(_) => "string",
        Kind::Id => "id (a string of digits)",
        Kind::Flag => "boolean",
        Kind::Number | Kind::Quotable => "number",
        Kind::Texts | Kind::Choices(_) => "list of strings",
        Kind::Ids => "list of ids (strings of digits)",
        Kind::Object(_) => "object",
        Kind::Objects(_) => "list of objects",
        Kind::List => "list",
        Kind::Any => "value",
    };
    invalid(format!("{path}: Not a valid {expected}."))
}
