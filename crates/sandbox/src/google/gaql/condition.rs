//! Whether a value meets a condition, and how values are ordered.

use std::cmp::Ordering;

use serde_json::Value;

use super::parser::{Condition, Literal, Operator};
use super::{dates, query_error};
use crate::google::errors::ApiError;
use crate::google::schema::{Field, Kind};

/// Refuses operators and values that do not go with the type of a field.
pub(super) fn check(field: &Field, condition: &Condition) -> Result<(), ApiError> {
    use Operator as O;
    let mismatch = |fits: bool| {
        if fits {
            Ok(())
        } else {
            Err(query_error(
                "OPERATOR_FIELD_MISMATCH",
                format!("The operator cannot be used with field '{}'.", condition.field),
            ))
        }
    };
    let contains = matches!(condition.operator, O::ContainsAny | O::ContainsAll | O::ContainsNone);
    let null = matches!(condition.operator, O::IsNull | O::IsNotNull);
    if null {
        return Ok(());
    }
    if field.repeated {
        mismatch(contains && !matches!(field.kind, Kind::Message(_)))?;
    } else {
        let order = matches!(
            condition.operator,
            O::Greater | O::GreaterOrEqual | O::Less | O::LessOrEqual | O::Between
        );
        let like = matches!(condition.operator, O::Like | O::NotLike);
        match field.kind {
            Kind::Message(_) | Kind::Any | Kind::Bytes => mismatch(false)?,
            Kind::Enum(_) | Kind::Bool => {
                mismatch(!order && !like && !contains && condition.operator != O::During)?;
            }
            Kind::Int64 | Kind::Int32 | Kind::Double => {
                mismatch(!like && !contains && condition.operator != O::During)?;
            }
            Kind::Text | Kind::Name(_) => mismatch(!order && !contains && condition.operator != O::During)?,
            Kind::Date => mismatch(!like && !contains)?,
        }
    }
    condition.values.iter().try_for_each(|value| check_value(field, condition, value))
}

fn check_value(field: &Field, condition: &Condition, value: &Literal) -> Result<(), ApiError> {
    let text = value.text();
    match field.kind {
        Kind::Enum(values) if !values.contains(&text) && !matches!(text, "UNSPECIFIED" | "UNKNOWN") => {
            Err(query_error(
                "BAD_ENUM_CONSTANT",
                format!("Error in WHERE clause: invalid enum value '{text}' for '{}'.", condition.field),
            ))
        }
        Kind::Int64 | Kind::Int32 | Kind::Double if text.parse::<f64>().is_err() => {
            Err(query_error("BAD_NUMBER", format!("Invalid number '{text}' for '{}'.", condition.field)))
        }
        Kind::Bool if !matches!(text.to_ascii_lowercase().as_str(), "true" | "false") => {
            Err(query_error("BAD_VALUE", format!("Invalid boolean '{text}' for '{}'.", condition.field)))
        }
        Kind::Text | Kind::Name(_) if matches!(value, Literal::Word(_)) => Err(query_error(
            "UNEXPECTED_INPUT",
            format!("Error in query: unexpected input {text}, text needs quotes."),
        )),
        _ => Ok(()),
    }
}

/// Whether a value meets a condition; absent numbers and flags count as unset, not as zero, except `false`.
pub(super) fn holds(field: &Field, condition: &Condition, value: Option<&Value>) -> bool {
    let null = value.is_none_or(|value| {
        value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_str() == Some("")
    });
    match condition.operator {
        Operator::IsNull => return null,
        Operator::IsNotNull => return !null,
        _ => {}
    }
    if field.repeated {
        return contains(condition, value);
    }
    let missing_flag = Value::Bool(false);
    let value = match (value, field.kind) {
        (None, Kind::Bool) => Some(&missing_flag),
        (value, _) => value,
    };
    let Some(value) = value else {
        return matches!(condition.operator, Operator::NotEqual | Operator::NotIn | Operator::NotLike);
    };
    let compared =
        |index: usize| condition.values.get(index).map(|literal| compare_literal(field, value, literal));
    let equals_any =
        || condition.values.iter().any(|literal| compare_literal(field, value, literal) == Ordering::Equal);
    match condition.operator {
        Operator::Equal | Operator::In => equals_any(),
        Operator::NotEqual | Operator::NotIn => !equals_any(),
        Operator::Greater => compared(0) == Some(Ordering::Greater),
        Operator::GreaterOrEqual => compared(0).is_some_and(Ordering::is_ge),
        Operator::Less => compared(0) == Some(Ordering::Less),
        Operator::LessOrEqual => compared(0).is_some_and(Ordering::is_le),
        Operator::Between => {
            compared(0).is_some_and(Ordering::is_ge) && compared(1).is_some_and(Ordering::is_le)
        }
        Operator::Like => like(value, condition),
        Operator::NotLike => !like(value, condition),
        // Ranges of dates are taken from the conditions beforehand.
        _ => true,
    }
}

fn contains(condition: &Condition, value: Option<&Value>) -> bool {
    let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let has = |literal: &Literal| items.iter().any(|item| item.as_str() == Some(literal.text()));
    match condition.operator {
        Operator::ContainsAny => condition.values.iter().any(has),
        Operator::ContainsAll => condition.values.iter().all(has),
        _ => !condition.values.iter().any(has),
    }
}

fn compare_literal(field: &Field, value: &Value, literal: &Literal) -> Ordering {
    let text = literal.text();
    match field.kind {
        Kind::Int64 | Kind::Int32 => match (integer(value), text.parse::<i64>().ok()) {
            (Some(value), Some(literal)) => value.cmp(&literal),
            _ => number(value).total_cmp(&text.parse().unwrap_or_default()),
        },
        Kind::Double => number(value).total_cmp(&text.parse().unwrap_or_default()),
        Kind::Bool => value.as_bool().unwrap_or_default().cmp(&text.eq_ignore_ascii_case("true")),
        _ => value.as_str().unwrap_or_default().cmp(text),
    }
}

/// Orders two values of a field; absent ones come first.
pub(super) fn compare(field: &Field, left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Less,
        (Some(_), None) => Ordering::Greater,
        (Some(left), Some(right)) => match field.kind {
            Kind::Int64 | Kind::Int32 => integer(left).cmp(&integer(right)),
            Kind::Double => number(left).total_cmp(&number(right)),
            Kind::Bool => left.as_bool().cmp(&right.as_bool()),
            _ => left.as_str().cmp(&right.as_str()),
        },
    }
}

fn integer(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()))
}

fn number(value: &Value) -> f64 {
    value.as_f64().or_else(|| value.as_str().and_then(|text| text.parse().ok())).unwrap_or_default()
}

/// `%` any text, `_` one character, `[…]` one of these; letters compare without case (unverified).
fn like(value: &Value, condition: &Condition) -> bool {
    let pattern: Vec<char> = condition.values[0].text().to_lowercase().chars().collect();
    let text: Vec<char> = value.as_str().unwrap_or_default().to_lowercase().chars().collect();
    matches_like(&pattern, &text)
}

fn matches_like(pattern: &[char], text: &[char]) -> bool {
    match pattern.first() {
        None => text.is_empty(),
        Some('%') => (0..=text.len()).any(|skipped| matches_like(&pattern[1..], &text[skipped..])),
        Some('_') => !text.is_empty() && matches_like(&pattern[1..], &text[1..]),
        Some('[') if pattern.contains(&']') => {
            let close = pattern.iter().position(|character| *character == ']').unwrap_or_default();
            text.first().is_some_and(|first| pattern[1..close].contains(first))
                && matches_like(&pattern[close + 1..], &text[1..])
        }
        Some(character) => text.first() == Some(character) && matches_like(&pattern[1..], &text[1..]),
    }
}

/// Narrows a range of days by the conditions on segments.
pub(super) fn date_range(
    conditions: &[(super::resolve::Target, Condition)],
    today: jiff::civil::Date,
) -> Result<dates::Range, ApiError> {
    let mut range = dates::Range::default();
    for (target, condition) in conditions {
        if let super::resolve::Target::Segment(field) = target
            && field.name == "date"
        {
            range.apply(condition, today)?;
        }
    }
    Ok(range)
}
