//! The typed `meta:` block: which leaves each kind has, and of what type (mapping §6, meta-ads.md §4-§6).

use adplane_core::address::Kind;
use adplane_core::field::Values;
use adplane_core::money::Currency;
use adplane_core::value::Value;
use serde_json::Value as Json;

use super::json::{self, to_value};
use super::{money, specs};

/// What a leaf holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// A word or an id.
    Text,
    /// True or false.
    Flag,
    /// 0 or 1.
    Bit,
    /// An amount in minor units.
    Money,
    /// Words in any order.
    Words,
    /// Windows in which results count.
    Attribution,
    /// How often one person sees the ads.
    Frequency,
}

/// A leaf's place on the wire.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Name below `meta.`, as on the wire; a dot goes into an object.
    pub(crate) name: &'static str,
    /// What it holds.
    pub(crate) leaf: Leaf,
}

const fn row(name: &'static str, leaf: Leaf) -> Row {
    Row { name, leaf }
}

const CAMPAIGN: &[Row] = &[
    row("buying_type", Leaf::Text),
    row("is_adset_budget_sharing_enabled", Leaf::Flag),
    row("spend_cap", Leaf::Money),
];

const AD_SET: &[Row] = &[
    row("attribution_count_type", Leaf::Text),
    row("attribution_spec", Leaf::Attribution),
    row("billing_event", Leaf::Text),
    row("daily_min_spend_target", Leaf::Money),
    row("daily_spend_cap", Leaf::Money),
    row("frequency_control_specs", Leaf::Frequency),
    row("is_dynamic_creative", Leaf::Flag),
    row("lifetime_min_spend_target", Leaf::Money),
    row("lifetime_spend_cap", Leaf::Money),
];

/// Leaves of an ad set that live in its `targeting` on the wire.
const TARGETING: &[Row] = &[
    row("audience_network_positions", Leaf::Words),
    row("facebook_positions", Leaf::Words),
    row("instagram_positions", Leaf::Words),
    row("messenger_positions", Leaf::Words),
    row("publisher_platforms", Leaf::Words),
    row("targeting_automation.advantage_audience", Leaf::Bit),
    row("threads_positions", Leaf::Words),
    row("whatsapp_positions", Leaf::Words),
];

const AD: &[Row] = &[row("conversion_domain", Leaf::Text)];

/// Leaves of a kind that lie on the object itself.
pub(crate) fn rows(kind: Kind) -> &'static [Row] {
    match kind {
        Kind::Budget => &[],
        Kind::Campaign => CAMPAIGN,
        Kind::AdGroup => AD_SET,
        Kind::Ad => AD,
    }
}

/// Leaves of an ad set that lie in its targeting.
pub(crate) fn targeting_rows() -> &'static [Row] {
    TARGETING
}

/// Leaves with a meaning of their own, read and written by name elsewhere.
const NAMED: [(Kind, &str); 7] = [
    (Kind::Campaign, "objective"),
    (Kind::AdGroup, "optimization_goal"),
    (Kind::AdGroup, "destination_type"),
    (Kind::AdGroup, "promoted_object.page_id"),
    (Kind::AdGroup, "promoted_object.custom_conversion_id"),
    (Kind::AdGroup, "promoted_object.custom_event_type"),
    (Kind::AdGroup, "promoted_object.product_set_id"),
];

/// Whether a kind has a leaf, and what it holds.
pub(crate) fn leaf(kind: Kind, name: &str) -> Option<Leaf> {
    let targeting = if kind == Kind::AdGroup { TARGETING } else { &[] };
    if NAMED.contains(&(kind, name)) {
        return Some(Leaf::Text);
    }
    rows(kind).iter().chain(targeting).find(|row| row.name == name).map(|row| row.leaf)
}

/// Names of a kind's leaves, for hints.
pub(crate) fn names(kind: Kind) -> String {
    let targeting = if kind == Kind::AdGroup { TARGETING } else { &[] };
    let special = NAMED.iter().filter(|(of, _)| *of == kind).map(|(_, name)| *name);
    let mut names: Vec<&str> =
        rows(kind).iter().chain(targeting).map(|row| row.name).chain(special).collect();
    names.sort_unstable();
    names.join(", ")
}

/// A written value in the form that [`read`] gives; `None` when it does not fit the leaf.
pub(crate) fn normal(leaf: Leaf, value: &Value) -> Option<Value> {
    Some(match (leaf, value) {
        (Leaf::Text, Value::Integer(number)) => Value::text(number.to_string()),
        (Leaf::Bit, Value::Bool(flag)) => Value::Integer(i64::from(*flag)),
        (Leaf::Bit, Value::Integer(0 | 1))
        | (Leaf::Text, Value::Text(_))
        | (Leaf::Flag, Value::Bool(_))
        | (Leaf::Money, Value::Money(_)) => value.clone(),
        (Leaf::Words, Value::Set(members) | Value::List(members)) => Value::set(members.iter().cloned()),
        (Leaf::Attribution, Value::Set(_) | Value::List(_)) => specs::attribution(value),
        (Leaf::Frequency, Value::Set(_) | Value::List(_)) => specs::frequency(value),
        _ => return None,
    })
}

fn at<'a>(object: &'a Json, name: &str) -> Option<&'a Json> {
    name.split('.').try_fold(object, |object, part| object.get(part))
}

/// Adds an object's leaves to its observed values.
pub(crate) fn read(rows: &[Row], object: &Json, currency: Currency, values: &mut Values) {
    for row in rows {
        let Some(found) = at(object, row.name) else { continue };
        let value = match row.leaf {
            Leaf::Money => money::read(object, row.name, currency).map(Value::Money),
            Leaf::Bit => json::whole(found).map(Value::Integer),
            Leaf::Attribution => to_value(found).map(|spec| specs::attribution(&spec)),
            Leaf::Frequency => to_value(found).map(|spec| specs::frequency(&spec)),
            Leaf::Text | Leaf::Flag | Leaf::Words => to_value(found),
        };
        let empty = matches!(&value, Some(Value::List(members)) if members.is_empty());
        if let Some(value) = value.filter(|_| !empty) {
            values.insert(format!("meta.{}", row.name).as_str().into(), value);
        }
    }
}

/// Puts a leaf into an object; `None` takes it out.
pub(crate) fn write(object: &mut json::Object, name: &str, value: Option<Json>) {
    match name.split_once('.') {
        Some((outer, inner)) => {
            let entry = object.entry(outer).or_insert_with(|| Json::Object(json::Object::new()));
            if let Json::Object(entry) = entry {
                write(entry, inner, value);
            }
        }
        None => match value {
            Some(value) => {
                object.insert(name.to_owned(), value);
            }
            None => {
                object.remove(name);
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn leaves_read_back() {
        let mut targeting = json::Object::new();
        write(&mut targeting, "targeting_automation.advantage_audience", Some(json!(0)));
        write(&mut targeting, "publisher_platforms", Some(json!(["instagram", "facebook"])));
        let mut values = Values::new();
        read(TARGETING, &targeting.into(), Currency::EUR, &mut values);
        assert_eq!(values["meta.targeting_automation.advantage_audience"], Value::Integer(0));
        assert_eq!(values["meta.publisher_platforms"], Value::text_set(["facebook", "instagram"]));
    }

    #[test]
    fn values_must_fit() {
        assert_eq!(normal(Leaf::Bit, &Value::Bool(true)), Some(Value::Integer(1)));
        assert_eq!(normal(Leaf::Words, &Value::text("facebook")), None);
        assert_eq!(leaf(Kind::AdGroup, "promoted_object.page_id"), Some(Leaf::Text));
        assert_eq!(leaf(Kind::Ad, "objective"), None);
    }
}
