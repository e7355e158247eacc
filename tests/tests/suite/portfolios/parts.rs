//! Building blocks of generated specs: optional fields by path, words, sets, amounts.

use std::ops::RangeInclusive;

use proptest::prelude::*;
use proptest::sample::subsequence;
use proptest::strategy::Union;
use serde_json::{Map, Value as Json, json};

/// Fields of a spec by dotted path.
pub(super) type Fields = Vec<(&'static str, Json)>;
/// Some fields that belong together.
pub(super) type Part = BoxedStrategy<Fields>;
/// A value.
pub(super) type Any = BoxedStrategy<Json>;

/// A campaign with everything below it; names are given when the portfolio is put together.
#[derive(Debug, Clone)]
pub(super) struct Campaign {
    pub(super) spec: Json,
    /// Which of the account's shared budgets it draws on.
    pub(super) shared_budget: Option<usize>,
    pub(super) groups: Vec<Group>,
    /// Part of its name: campaigns of different tags never become one another.
    pub(super) tag: &'static str,
}

/// An ad group with its ads.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) spec: Json,
    pub(super) ads: Vec<Ad>,
}

/// An ad with the spec of its creative.
#[derive(Debug, Clone)]
pub(super) struct Ad {
    pub(super) state: Option<&'static str>,
    pub(super) creative: Json,
}

pub(super) fn always(path: &'static str, value: Any) -> Part {
    value.prop_map(move |value| vec![(path, value)]).boxed()
}

pub(super) fn fixed(path: &'static str, value: impl Into<Json>) -> Part {
    Just(vec![(path, value.into())]).boxed()
}

pub(super) fn nothing() -> Part {
    Just(Vec::new()).boxed()
}

pub(super) fn maybe(path: &'static str, value: Any) -> Part {
    either([nothing(), always(path, value)])
}

pub(super) fn either(parts: impl IntoIterator<Item = Part>) -> Part {
    Union::new(parts).boxed()
}

/// All of several parts.
pub(super) fn all(parts: Vec<Part>) -> Part {
    parts.prop_map(|parts| parts.concat()).boxed()
}

/// A spec of all parts, nested by path.
pub(super) fn spec(parts: Vec<Part>) -> Any {
    all(parts).prop_map(nest).boxed()
}

fn nest(fields: Fields) -> Json {
    let mut spec = Json::Object(Map::new());
    for (path, value) in fields {
        let mut at = &mut spec;
        for key in path.split('.') {
            if at.is_null() {
                *at = json!({});
            }
            at = &mut at[key];
        }
        *at = value;
    }
    spec
}

pub(super) fn word(words: &[&'static str]) -> Any {
    prop::sample::select(words.to_vec()).prop_map(Json::from).boxed()
}

/// Some of the words, in any order of theirs.
pub(super) fn set(words: &[&'static str], count: RangeInclusive<usize>) -> Any {
    subsequence(words.to_vec(), count).prop_map(|words| json!(words)).boxed()
}

/// A positive amount in whole units; of currencies without minor units a hundred times as much.
pub(super) fn money(currency: &'static str, units: RangeInclusive<u32>) -> Any {
    (units, 0..100_u32)
        .prop_map(move |(units, cents)| match currency {
            "JPY" => json!(format!("{} JPY", units * 100 + cents)),
            _ => json!(format!("{units}.{cents:02} {currency}")),
        })
        .boxed()
}

/// `state`, absent in a third of the cases.
pub(super) fn state() -> Part {
    either([nothing(), fixed("state", "Active"), fixed("state", "Paused")])
}

/// `displayName`, which the portfolio replaces by a text made from the name.
pub(super) fn display_name() -> Part {
    maybe("displayName", Just(json!("")).boxed())
}

/// A flight in the future, so that nothing depends on the day of the test.
pub(super) fn flight() -> Part {
    let start = always("schedule.start", word(&["2027-03-01", "2027-03-28", "2027-04-02T08:00"]));
    all(vec![start, always("schedule.end", word(&["2027-04-30", "2027-10-31", "2027-11-02T18:30"]))])
}

/// Hours on the grid of every platform.
pub(super) fn hours() -> Any {
    let days = subsequence(vec!["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"], 1..=5);
    let spans = prop::sample::select(vec![("08:00", "20:00"), ("00:00", "06:30"), ("17:00", "24:00")]);
    (days, spans).prop_map(|(days, (from, to))| json!([{"days": days, "from": from, "to": to}])).boxed()
}

/// `utm` with the placeholders that every platform fills in.
pub(super) fn utm() -> Part {
    let text = word(&["spring", "{campaign.name}", "{adGroup.name}", "{ad.name}", "{campaign.id}-{ad.id}"]);
    either([
        nothing(),
        all(vec![
            always("tracking.utm.campaign", text.clone()),
            maybe("tracking.utm.content", text),
            maybe("tracking.utm.source", word(&["newsletter"])),
        ]),
    ])
}

/// Ads whose creatives are these.
pub(super) fn ads(creative: &Any, count: RangeInclusive<usize>) -> BoxedStrategy<Vec<Ad>> {
    let state = prop::sample::select(vec![None, Some("Active"), Some("Paused")]);
    let ad = (state, creative.clone()).prop_map(|(state, creative)| Ad { state, creative });
    prop::collection::vec(ad, count).boxed()
}

/// Ad groups of these specs, with up to two ads each.
pub(super) fn groups(spec: Any, creative: &Any, count: RangeInclusive<usize>) -> BoxedStrategy<Vec<Group>> {
    let group = (spec, ads(creative, 0..=2)).prop_map(|(spec, ads)| Group { spec, ads });
    prop::collection::vec(group, count).boxed()
}

/// A campaign without a shared budget.
/// Campaigns whose names carry a tag.
pub(super) fn tagged(tag: &'static str, campaigns: BoxedStrategy<Campaign>) -> BoxedStrategy<Campaign> {
    campaigns.prop_map(move |campaign| Campaign { tag, ..campaign }).boxed()
}

pub(super) fn campaign(spec: Any, groups: BoxedStrategy<Vec<Group>>) -> BoxedStrategy<Campaign> {
    (spec, groups).prop_map(|(spec, groups)| Campaign { spec, shared_budget: None, groups, tag: "" }).boxed()
}
