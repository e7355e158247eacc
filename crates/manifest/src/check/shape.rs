//! Shapes: the schema of the API types, compiled once for the walker.

use std::sync::LazyLock;

use serde_json::Value;

use crate::api::metadata::Metadata;
use crate::api::project::ProjectFile;
use crate::load::DocumentKind;
use crate::schema::{derived, spec_schema};

/// What a node may be.
#[derive(Debug)]
pub(crate) enum Shape {
    /// A mapping with known keys.
    Object(Object),
    /// A mapping with free keys, which is one field.
    Map(Box<Shape>, Limits),
    /// A mapping with free keys, each a field of its own.
    Leaves(Box<Shape>, Limits),
    /// A sequence.
    List(List),
    /// A scalar.
    Scalar(Scalar),
    /// Whatever the vendor takes.
    Anything,
}

/// Smallest and largest size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) min: usize,
    pub(crate) max: usize,
}

/// A mapping with known keys.
#[derive(Debug)]
pub(crate) struct Object {
    /// Properties by name, ordered by name.
    pub(crate) properties: Vec<(Box<str>, Shape)>,
    /// Names in the order declared, which is the order people write them in.
    pub(crate) declared: Vec<Box<str>>,
    /// Properties that must be written.
    pub(crate) required: Vec<Box<str>>,
    /// Properties of which exactly one is written.
    pub(crate) exactly_one: Vec<Box<str>>,
    /// Whether the whole mapping is one field.
    pub(crate) atomic: bool,
}

impl Object {
    /// The shape of a property.
    pub(crate) fn property(&self, name: &str) -> Option<&Shape> {
        self.properties
            .binary_search_by(|(candidate, _)| (**candidate).cmp(name))
            .ok()
            .map(|index| &self.properties[index].1)
    }

    /// The place of a property among those declared; unknown ones come last.
    pub(crate) fn rank(&self, name: &str) -> usize {
        self.declared.iter().position(|declared| **declared == *name).unwrap_or(usize::MAX)
    }

    /// Names of the properties.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.properties.iter().map(|(name, _)| &**name)
    }
}

/// How members of a list compare.
#[derive(Debug)]
pub(crate) enum ListKind {
    /// Order means nothing, repeats are mistakes.
    Set,
    /// Members have a key.
    Keyed(Box<str>),
    /// Order matters.
    Sequence,
}

/// A sequence.
#[derive(Debug)]
pub(crate) struct List {
    pub(crate) kind: ListKind,
    pub(crate) item: Box<Shape>,
    pub(crate) limits: Limits,
    /// Whether members are objects of their own (ads).
    pub(crate) children: bool,
}

/// A scalar.
#[derive(Debug)]
pub(crate) struct Scalar {
    pub(crate) form: Form,
    pub(crate) limits: Limits,
    pub(crate) range: (i64, i64),
}

/// What a scalar is read as.
#[derive(Debug)]
pub(crate) enum Form {
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// An exact decimal number.
    Decimal,
    /// A text or a whole number.
    IntegerOrText,
    /// One of these words.
    Word(Vec<Box<str>>),
    /// A text with a check of this name.
    Text(TextForm),
}

/// Checks of texts, named by `x-adplane` in the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextForm {
    /// Any text, also an empty one.
    Free,
    Line,
    Money,
    Moment,
    TimeOfDay,
    Zone,
    Currency,
    Region,
    Language,
    Name,
    AdName,
    Id,
    AccountId,
    Url,
    Email,
    Host,
    Digest,
    Duration,
    Percentage,
    Path,
}

impl TextForm {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "text" => Self::Line,
            "money" => Self::Money,
            "moment" => Self::Moment,
            "time-of-day" => Self::TimeOfDay,
            "zone" => Self::Zone,
            "currency" => Self::Currency,
            "region" => Self::Region,
            "language" => Self::Language,
            "name" => Self::Name,
            "ad-name" => Self::AdName,
            "id" => Self::Id,
            "account-id" => Self::AccountId,
            "url" => Self::Url,
            "email" => Self::Email,
            "host" => Self::Host,
            "digest" => Self::Digest,
            "duration" => Self::Duration,
            "percentage" => Self::Percentage,
            "path" => Self::Path,
            _ => return None,
        })
    }
}

/// Compiles a tidied schema.
fn compile(schema: &Value) -> Shape {
    let texts = |key: &str| -> Vec<Box<str>> {
        schema
            .get(key)
            .and_then(Value::as_array)
            .map(|names| names.iter().filter_map(Value::as_str).map(Into::into).collect())
            .unwrap_or_default()
    };
    let word = |key: &str| schema.get(key).and_then(Value::as_str);
    match word("type") {
        Some("object") => object(schema, &texts),
        Some("array") => Shape::List(List {
            kind: match (word("x-kubernetes-list-type"), texts("x-kubernetes-list-map-keys").first()) {
                (Some("set"), _) => ListKind::Set,
                (Some("map"), Some(key)) => ListKind::Keyed(key.clone()),
                _ => ListKind::Sequence,
            },
            item: Box::new(schema.get("items").map_or(Shape::Anything, compile)),
            limits: limits(schema, "minItems", "maxItems"),
            children: word("x-adplane") == Some("children"),
        }),
        Some("boolean") => scalar(schema, Form::Bool),
        Some("integer") => scalar(schema, Form::Integer),
        Some("number") => scalar(schema, Form::Decimal),
        Some("string") if schema.get("enum").is_some() => scalar(schema, Form::Word(texts("enum"))),
        Some("string") => {
            let form = word("x-adplane").and_then(TextForm::named).unwrap_or(TextForm::Free);
            scalar(schema, Form::Text(form))
        }
        _ if schema.get("x-kubernetes-int-or-string").is_some() => scalar(schema, Form::IntegerOrText),
        _ => Shape::Anything,
    }
}

/// A mapping: with known keys, with free keys as one field, or with free keys that are fields.
fn object(schema: &Value, texts: &dyn Fn(&str) -> Vec<Box<str>>) -> Shape {
    let word = |key: &str| schema.get(key).and_then(Value::as_str);
    if let Some(known) = schema.get("properties").and_then(Value::as_object) {
        let mut properties: Vec<(Box<str>, Shape)> =
            known.iter().map(|(name, inner)| (name.as_str().into(), compile(inner))).collect();
        properties.sort_by(|a, b| a.0.cmp(&b.0));
        return Shape::Object(Object {
            properties,
            declared: known.keys().map(|name| name.as_str().into()).collect(),
            required: texts("required"),
            exactly_one: texts("x-adplane-exactly-one"),
            atomic: word("x-kubernetes-map-type") == Some("atomic"),
        });
    }
    let item = Box::new(schema.get("additionalProperties").map_or(Shape::Anything, compile));
    let limits = limits(schema, "minProperties", "maxProperties");
    if word("x-adplane") == Some("leaves") { Shape::Leaves(item, limits) } else { Shape::Map(item, limits) }
}

fn limits(schema: &Value, min: &str, max: &str) -> Limits {
    let read = |key: &str| schema.get(key).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    Limits { min: read(min).unwrap_or(0), max: read(max).unwrap_or(usize::MAX) }
}

fn scalar(schema: &Value, form: Form) -> Shape {
    // Bounds may be written as whole decimals by the generator.
    let bound = |key: &str| schema.get(key).and_then(|n| n.to_string().trim_end_matches(".0").parse().ok());
    Shape::Scalar(Scalar {
        form,
        limits: limits(schema, "minLength", "maxLength"),
        range: (bound("minimum").unwrap_or(i64::MIN), bound("maximum").unwrap_or(i64::MAX)),
    })
}

/// An object that is compiled from a type; every API type is a struct.
fn compile_object(schema: &Value) -> Object {
    match compile(schema) {
        Shape::Object(object) => object,
        Shape::Map(..) | Shape::Leaves(..) | Shape::List(_) | Shape::Scalar(_) | Shape::Anything => Object {
            properties: Vec::new(),
            declared: Vec::new(),
            required: Vec::new(),
            exactly_one: Vec::new(),
            atomic: false,
        },
    }
}

/// The shape of a kind's `spec`.
pub(crate) fn spec(kind: DocumentKind) -> &'static Object {
    static SPECS: LazyLock<Vec<(DocumentKind, Object)>> = LazyLock::new(|| {
        DocumentKind::ALL.into_iter().map(|kind| (kind, compile_object(&spec_schema(kind)))).collect()
    });
    let index = SPECS.iter().position(|(candidate, _)| *candidate == kind).unwrap_or(0);
    &SPECS[index].1
}

/// The shape of `metadata`.
pub(crate) fn metadata() -> &'static Object {
    static METADATA: LazyLock<Object> = LazyLock::new(|| compile_object(&derived::<Metadata>()));
    &METADATA
}

/// The shape of `adplane.yaml`.
pub(crate) fn project() -> &'static Object {
    static PROJECT: LazyLock<Object> = LazyLock::new(|| compile_object(&derived::<ProjectFile>()));
    &PROJECT
}

/// What lies at a path of a kind's `spec`.
pub(crate) fn at_path(kind: DocumentKind, path: &str) -> Option<&'static Shape> {
    below(spec(kind), path)
}

/// The shape of an ad, a member of its ad group's `ads`.
pub(crate) fn ad() -> &'static Object {
    let group = spec(DocumentKind::AdGroup);
    if let Some(Shape::List(list)) = group.property("ads")
        && let Shape::Object(ad) = list.item.as_ref()
    {
        return ad;
    }
    group
}

/// What lies at a path of an object.
pub(crate) fn below<'a>(object: &'a Object, path: &str) -> Option<&'a Shape> {
    let mut parts = path.split('.');
    let mut shape = object.property(parts.next()?)?;
    for part in parts {
        shape = match shape {
            Shape::Object(inner) => inner.property(part)?,
            Shape::Leaves(item, _) => item,
            Shape::Map(..) | Shape::List(_) | Shape::Scalar(_) | Shape::Anything => return None,
        };
    }
    Some(shape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_says_how_it_compares_and_how_long_it_gets() {
        fn visit(path: &str, schema: &Value, problems: &mut Vec<String>) {
            if schema.get("type").is_some_and(|kind| kind == "array") {
                if schema.get("x-kubernetes-list-type").is_none() {
                    problems.push(format!("{path} has no list type"));
                }
                if schema.get("maxItems").is_none() {
                    problems.push(format!("{path} has no maxItems"));
                }
            }
            if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
                for (name, inner) in properties {
                    visit(&format!("{path}.{name}"), inner, problems);
                }
            }
            for key in ["items", "additionalProperties"] {
                if let Some(inner) = schema.get(key) {
                    visit(&format!("{path}[]"), inner, problems);
                }
            }
        }
        let mut problems = Vec::new();
        for kind in DocumentKind::ALL {
            visit(kind.word(), &spec_schema(kind), &mut problems);
        }
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn shapes_carry_what_types_say() {
        let Some(Shape::Object(ages)) = at_path(DocumentKind::AdGroup, "targeting.ages") else {
            panic!("ages is an object")
        };
        assert!(ages.atomic);
        assert_eq!(ages.required, ["min".into()] as [Box<str>; 1]);
        let Some(Shape::List(ads)) = at_path(DocumentKind::AdGroup, "ads") else { panic!("ads is a list") };
        assert!(ads.children && matches!(&ads.kind, ListKind::Keyed(key) if &**key == "name"));
        assert!(matches!(
            at_path(DocumentKind::Campaign, "budget.daily"),
            Some(Shape::Scalar(Scalar { form: Form::Text(TextForm::Money), .. }))
        ));
        assert!(matches!(
            at_path(DocumentKind::Campaign, "objective"),
            Some(Shape::Scalar(Scalar { form: Form::Word(_), .. }))
        ));
    }
}
