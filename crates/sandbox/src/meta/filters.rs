//! `effective_status`, `filtering` and the hiding of archived and deleted objects (meta-ads.md §1.4, §1.5).

use serde_json::Value;

use super::errors::GraphError;
use super::kind::Kind;
use super::params::{self, Params};
use super::schema::has_word;
use super::status;
use super::store::{self, Node};
use super::time;
use crate::world::{Object, World};

/// Conditions on the rows of a list, all of which must hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Filters {
    states: Option<Vec<String>>,
    updated_since: Option<i64>,
    conditions: Vec<Condition>,
}

/// One element of `filtering`.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    /// The field, a level prefix included.
    pub(super) field: String,
    operator: String,
    values: Vec<String>,
}

impl Filters {
    /// The filters that parameters hold for a list of one kind.
    pub(super) fn of(params: &Params, kind: Kind) -> Result<Self, GraphError> {
        let states = params.words("effective_status");
        let known = states_of(kind);
        let unknown = states.iter().flatten().find(|state| !has_word(known, state));
        if unknown.is_some() && !known.is_empty() {
            let list = known.split_whitespace().collect::<Vec<_>>().join(", ");
            return Err(GraphError::must_be("effective_status[0]", &format!("one of {{{list}}}")));
        }
        Ok(Self { states, updated_since: params.integer("updated_since"), conditions: conditions(params)? })
    }

    /// Whether a row passes.
    pub(super) fn pass(&self, world: &World, node: &Node, object: &Object) -> bool {
        self.state_passes(world, node, object)
            && self.updated_since.is_none_or(|since| updated(object).is_some_and(|at| at >= since))
            && self.conditions.iter().all(|condition| {
                let value = resolve(world, node, object, &condition.field);
                condition.holds(value.as_ref())
            })
    }

    fn state_passes(&self, world: &World, node: &Node, object: &Object) -> bool {
        let state = match node.kind {
            Kind::Campaign | Kind::AdSet | Kind::Ad => status::effective(world, node, object),
            Kind::Creative | Kind::Image | Kind::Video => store::text(object, "status"),
            _ => return true,
        };
        match &self.states {
            Some(states) => states.iter().any(|wanted| wanted == state),
            None => self.names_a_state() || !matches!(state, "ARCHIVED" | "DELETED"),
        }
    }

    /// A filter on any state shows hidden objects too.
    fn names_a_state(&self) -> bool {
        self.conditions.iter().any(|condition| condition.field.ends_with("status"))
    }
}

/// The states that a list of a kind can be asked for (§A.1).
fn states_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Campaign => "ACTIVE ARCHIVED DELETED IN_PROCESS PAUSED WITH_ISSUES",
        Kind::AdSet => "ACTIVE ARCHIVED CAMPAIGN_PAUSED DELETED IN_PROCESS PAUSED WITH_ISSUES",
        Kind::Ad => {
            "ACTIVE ADSET_PAUSED ARCHIVED CAMPAIGN_PAUSED DELETED DISAPPROVED IN_PROCESS PAUSED \
             PENDING_BILLING_INFO PENDING_REVIEW PREAPPROVED WITH_ISSUES"
        }
        _ => "",
    }
}

/// Reads `filtering`.
pub(super) fn conditions(params: &Params) -> Result<Vec<Condition>, GraphError> {
    let Some(given) = params.json("filtering") else { return Ok(Vec::new()) };
    let Value::Array(items) = given else { return Err(GraphError::must_be("filtering", "an array")) };
    items.iter().map(condition).collect()
}

const OPERATORS: &str = "EQUAL NOT_EQUAL GREATER_THAN GREATER_THAN_OR_EQUAL LESS_THAN LESS_THAN_OR_EQUAL \
    IN_RANGE NOT_IN_RANGE CONTAIN NOT_CONTAIN IN NOT_IN STARTS_WITH ENDS_WITH ANY ALL AFTER BEFORE \
    ON_OR_AFTER ON_OR_BEFORE NONE";

fn condition(item: &Value) -> Result<Condition, GraphError> {
    let field =
        item["field"].as_str().ok_or_else(|| GraphError::must_be("filtering", "objects with a field"))?;
    let operator = item["operator"].as_str().unwrap_or_default();
    if !has_word(OPERATORS, operator) {
        let list = OPERATORS.split_whitespace().collect::<Vec<_>>().join(", ");
        return Err(GraphError::must_be("filtering[0][operator]", &format!("one of {{{list}}}")));
    }
    let values = match params::json(&item["value"]) {
        Value::Array(values) => values.iter().map(params::plain).collect(),
        other => vec![params::plain(&other)],
    };
    Ok(Condition { field: field.to_owned(), operator: operator.to_owned(), values })
}

impl Condition {
    /// Whether a value meets the condition.
    pub(super) fn holds(&self, value: Option<&Value>) -> bool {
        let found = words(value);
        let first = found.first().map(String::as_str);
        let wanted = self.values.first().map_or("", String::as_str);
        let any = found.iter().any(|word| self.values.contains(word));
        let contains = first.is_some_and(|word| word.to_lowercase().contains(&wanted.to_lowercase()));
        match self.operator.as_str() {
            "EQUAL" | "IN" | "ANY" => any,
            "NOT_EQUAL" | "NOT_IN" | "NONE" => !any,
            "ALL" => self.values.iter().all(|wanted| found.contains(wanted)),
            "CONTAIN" => contains,
            "NOT_CONTAIN" => !contains,
            "STARTS_WITH" => first.is_some_and(|word| word.starts_with(wanted)),
            "ENDS_WITH" => first.is_some_and(|word| word.ends_with(wanted)),
            _ => first.is_some_and(|word| self.compares(word, wanted)),
        }
    }

    fn compares(&self, word: &str, wanted: &str) -> bool {
        let (value, bound) = (measure(word), measure(wanted));
        let last = self.values.last().map_or(bound, |last| measure(last));
        match self.operator.as_str() {
            "GREATER_THAN" | "AFTER" => value > bound,
            "GREATER_THAN_OR_EQUAL" | "ON_OR_AFTER" => value >= bound,
            "LESS_THAN" | "BEFORE" => value < bound,
            "LESS_THAN_OR_EQUAL" | "ON_OR_BEFORE" => value <= bound,
            "IN_RANGE" => bound <= value && value <= last,
            "NOT_IN_RANGE" => value < bound || last < value,
            _ => false,
        }
    }
}

/// A value to compare with: an instant in Unix seconds, or a number.
fn measure(word: &str) -> f64 {
    match time::parse_instant(word) {
        Some(instant) => instant.as_duration().as_secs_f64(),
        None => word.parse().unwrap_or(f64::NAN),
    }
}

/// The texts that a value offers to a condition; labels offer ids and names.
fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(items)) => items.iter().flat_map(|item| words(Some(item))).collect(),
        Some(Value::Object(map)) => {
            ["id", "name"].iter().filter_map(|key| map.get(*key)).map(params::plain).collect()
        }
        Some(other) => vec![params::plain(other)],
    }
}

fn updated(object: &Object) -> Option<i64> {
    time::parse_instant(store::text(object, "updated_time")).map(jiff::Timestamp::as_second)
}

/// The value of a filter's field, which may name a parent: `campaign.id`, `adset.name`.
pub(super) fn resolve(world: &World, node: &Node, object: &Object, field: &str) -> Option<Value> {
    let (level, name) = field.split_once('.').unwrap_or(("", field));
    let parent = match (level, node.kind) {
        ("campaign", Kind::AdSet | Kind::Ad) => Some((Kind::Campaign, "campaign_id")),
        ("adset", Kind::Ad) => Some((Kind::AdSet, "adset_id")),
        _ => None,
    };
    let Some((kind, key)) = parent else { return own(world, node, object, name) };
    let id = store::text(object, key);
    let parent = store::object(world, &node.account, kind, id)?;
    own(world, &Node::new(kind, &node.account, id), parent, name)
}

fn own(world: &World, node: &Node, object: &Object, name: &str) -> Option<Value> {
    match name {
        "effective_status" | "delivery_status" => {
            Some(Value::String(status::effective(world, node, object).to_owned()))
        }
        "configured_status" => object.get("status").cloned(),
        "adlabels" | "adlabel_ids" => object.get("adlabels").cloned(),
        _ => object.get(name).cloned(),
    }
}
