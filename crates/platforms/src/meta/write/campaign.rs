//! Parameters of campaigns, and what ad sets share with them (meta-ads.md §4).

use adplane_core::address::Kind;
use adplane_core::field::FieldPath;
use adplane_core::plan::FieldChange;
use adplane_core::value::Value;
use adplane_engine::error::{ErrorKind, PlatformError};
use serde_json::{Value as Json, json};

use super::refused;
use super::wanted::Wanted;
use crate::meta::wire::blocks::{self, Leaf};
use crate::meta::wire::json::{self as tolerant, Object};
use crate::meta::wire::money;
use crate::meta::wire::words::{self, CATEGORIES, OBJECTIVES, STRATEGIES, Words};

/// Parameters of a create or an update; `below` are the ad sets' budgets of a campaign that gives up its own:
/// none where it has no ad set yet (that Meta takes an empty list then is unverified).
pub(super) fn parameters(wanted: &Wanted<'_>, below: &[Json]) -> Result<Object, PlatformError> {
    let mut parameters = Object::new();
    if gives_up_budget(wanted) {
        parameters.insert("adset_budgets".into(), json!(below));
    } else {
        budgets(wanted, &mut parameters)?;
    }
    for field in wanted.fields() {
        let after = field.after.as_ref();
        let (name, value) = match field.path.as_str() {
            "displayName" => ("name", text(after)),
            "objective" => ("objective", word(field, OBJECTIVES)?),
            "meta.objective" => ("objective", text(after)),
            "bidding.strategy" => ("bid_strategy", word(field, STRATEGIES)?),
            "specialAdCategories" => ("special_ad_categories", categories(after)),
            "specialAdCategoryCountries" => ("special_ad_category_country", list(after)),
            path if path.starts_with("meta.") => {
                leaf(Kind::Campaign, &field.path, after, &mut parameters);
                continue;
            }
            path if path.starts_with("budget.") => continue,
            _ => return Err(unknown(&field.path)),
        };
        parameters.insert(name.to_owned(), value);
    }
    Ok(parameters)
}

/// A field that this kind does not have.
pub(super) fn unknown(path: &FieldPath) -> PlatformError {
    refused(ErrorKind::Unsupported, "write", format!("`{path}` cannot be written")).field(path.clone())
}

fn text(value: Option<&Value>) -> Json {
    json!(value.and_then(Value::as_text).unwrap_or_default())
}

fn list(value: Option<&Value>) -> Json {
    json!(value.into_iter().flat_map(Value::texts).collect::<Vec<_>>())
}

fn categories(value: Option<&Value>) -> Json {
    let words = value.into_iter().flat_map(Value::texts);
    json!(words.map(|word| words::to_wire(CATEGORIES, word).unwrap_or(word)).collect::<Vec<_>>())
}

/// A word in Meta's spelling.
pub(super) fn word(field: &FieldChange, known: Words) -> Result<Json, PlatformError> {
    let neutral = field.after.as_ref().and_then(Value::as_text).unwrap_or_default();
    let wire = words::to_wire(known, neutral).ok_or_else(|| {
        refused(ErrorKind::Invalid, "write", format!("Meta Ads has no word for `{neutral}`"))
            .field(field.path.clone())
    })?;
    Ok(json!(wire))
}

/// An amount in minor units.
pub(super) fn minor(path: &FieldPath, value: &Value) -> Result<i64, PlatformError> {
    value.as_money().and_then(money::to_minor).ok_or_else(|| {
        refused(ErrorKind::Invalid, "write", format!("`{value}` is not an amount that Meta Ads can take"))
            .field(path.clone())
    })
}

/// Whether a campaign loses its budget to its ad sets.
pub(super) fn gives_up_budget(wanted: &Wanted<'_>) -> bool {
    let mut budgets = wanted.fields().filter(|field| field.path.is_within("budget")).peekable();
    budgets.peek().is_some() && budgets.all(|field| field.after.is_none())
}

/// Budgets; going from one kind to the other sends the former one as zero.
pub(super) fn budgets(wanted: &Wanted<'_>, parameters: &mut Object) -> Result<(), PlatformError> {
    let names = [("budget.daily", "daily_budget"), ("budget.total", "lifetime_budget")];
    let mut cleared = None;
    for field in wanted.fields().filter(|field| field.path.is_within("budget")) {
        let Some((_, name)) = names.iter().find(|(path, _)| *path == field.path.as_str()) else {
            return Err(unknown(&field.path));
        };
        match &field.after {
            Some(value) => {
                parameters.insert((*name).to_owned(), json!(minor(&field.path, value)?));
            }
            None => cleared = Some((*name, &field.path)),
        }
    }
    match cleared {
        Some((name, _)) if !parameters.is_empty() => {
            parameters.insert(name.to_owned(), json!(0));
            Ok(())
        }
        Some((_, path)) => Err(refused(
            ErrorKind::Unsupported,
            "write",
            "a budget cannot be taken away: write another one, here or on every ad group",
        )
        .field(path.clone())),
        None => Ok(()),
    }
}

/// One leaf of the typed block on the object itself.
pub(super) fn leaf(kind: Kind, path: &FieldPath, after: Option<&Value>, parameters: &mut Object) {
    let name = path.as_str().trim_start_matches("meta.");
    let value = match (after, blocks::leaf(kind, name)) {
        (Some(value), _) => tolerant::of_value(value),
        (None, Some(Leaf::Money)) => json!(money::NO_CAP),
        (None, Some(Leaf::Words | Leaf::Attribution | Leaf::Frequency)) => json!([]),
        (None, _) => json!(""),
    };
    blocks::write(parameters, name, Some(value));
}
