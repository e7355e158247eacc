//! Targeting: checked, normalised and enriched as the server does (meta-ads.md §6, §17.11).

use serde_json::{Map, Value, json};

use super::errors::GraphError;
use super::geo;
use super::schema::{has_word, nested};
use super::store;
use crate::world::World;

type Spec = Map<String, Value>;

/// Whether targeting comes with a new ad set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Occasion {
    /// A new ad set, where `advantage_audience` is always required.
    Create,
    /// A changed one, where it is required with a constrained audience.
    Update,
}

/// Most elements by list (§6).
const LIMITS: [(&str, usize); 6] = [
    ("cities", 250),
    ("regions", 200),
    ("custom_locations", 200),
    ("geo_markets", 210),
    ("zips", 50_000),
    ("countries", 252),
];

/// Words by placement list (§6).
const PLACEMENTS: [(&str, &str); 7] = [
    ("publisher_platforms", "facebook instagram threads messenger audience_network whatsapp"),
    ("device_platforms", "mobile desktop connected_tv"),
    (
        "facebook_positions",
        "feed right_hand_column marketplace story search instream_video facebook_reels facebook_reels_overlay \
         profile_feed notification",
    ),
    ("instagram_positions", "stream story explore_home reels profile_feed ig_search profile_reels"),
    ("messenger_positions", "sponsored_messages story"),
    ("audience_network_positions", "classic rewarded_video"),
    ("threads_positions", "threads_stream"),
];

/// Checks targeting and completes it as it reads back.
pub(super) fn settle(world: &World, given: Option<&Value>, occasion: Occasion) -> Result<Value, GraphError> {
    let Some(Value::Object(given)) = given else {
        return Err(GraphError::must_be("targeting", "a JSON object"));
    };
    let mut spec = given.clone();
    // Reads show these, and replays of what was read carry them: they are not the client's to set.
    spec.retain(|name, _| !name.starts_with("effective_"));
    check_keys(world, "targeting", &spec, nested::TARGETING)?;
    check_places(world, &mut spec)?;
    check_people(&mut spec)?;
    check_automation(world, &spec, occasion)?;
    check_placements(&mut spec)?;
    check_interests(world, &mut spec)?;
    check_audiences(world, &mut spec)?;
    fill_defaults(&mut spec);
    Ok(Value::Object(spec))
}

/// Refuses keys that no document names (unverified; option `meta.strict_keys` = `off` lets them pass).
pub(super) fn check_keys(world: &World, param: &str, spec: &Spec, known: &str) -> Result<(), GraphError> {
    match spec.keys().find(|key| !has_word(known, key)) {
        Some(key) if world.option("meta.strict_keys", "on") == "on" => {
            Err(GraphError::invalid(format!("Invalid keys \"{key}\" were found in param \"{param}\".")))
        }
        _ => Ok(()),
    }
}

fn items<'a>(spec: &'a Spec, name: &str) -> &'a [Value] {
    spec.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn geo_error(title: &'static str, text: impl Into<String>) -> GraphError {
    GraphError::parameter("targeting.geo_locations", title, text)
}

/// At least one place or audience; known places that do not overlap.
fn check_places(world: &World, spec: &mut Spec) -> Result<(), GraphError> {
    let has_audience = !items(spec, "custom_audiences").is_empty();
    for name in ["geo_locations", "excluded_geo_locations"] {
        let Some(value) = spec.get_mut(name) else { continue };
        let Value::Object(places) = value else { return Err(GraphError::must_be(name, "a JSON object")) };
        check_keys(world, name, places, nested::GEO_LOCATIONS)?;
        settle_places(places)?;
    }
    let places = spec.get("geo_locations").and_then(Value::as_object);
    let lists = |places: &Spec| {
        let lists = nested::GEO_LOCATIONS.split_whitespace().filter(|name| *name != "location_types");
        lists.map(|name| items(places, name).len()).sum::<usize>()
    };
    if places.map_or(0, lists) == 0 && !has_audience {
        let text = "The ad set needs at least one location to deliver to.";
        return Err(geo_error("Location is missing", text));
    }
    Ok(())
}

fn settle_places(places: &mut Spec) -> Result<(), GraphError> {
    for (name, most) in LIMITS {
        if items(places, name).len() > most {
            return Err(geo_error("Too many locations", format!("At most {most} {name} are allowed.")));
        }
    }
    for country in items(places, "countries") {
        if !country.as_str().is_some_and(|code| has_word(geo::COUNTRIES, code)) {
            return Err(geo_error("Country does not exist", format!("{country} is not a country code.")));
        }
    }
    let countries: Vec<String> =
        items(places, "countries").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    settle_regions(places, &countries)?;
    for city in items(places, "cities") {
        let radius = city.get("radius");
        if radius.is_some() && !has_word("mile kilometer", city["distance_unit"].as_str().unwrap_or_default())
        {
            let text = "A radius needs distance_unit mile or kilometer.";
            return Err(geo_error("Radius is not valid", text).subcode(1_487_079));
        }
    }
    for zip in items(places, "zips") {
        let country = zip["key"].as_str().and_then(|key| key.split_once(':')).map(|(country, _)| country);
        if country.is_some_and(|code| countries.iter().any(|country| country == code)) {
            return Err(overlap());
        }
    }
    sort_texts(places, "countries");
    places.entry("location_types").or_insert_with(|| json!(["home", "recent"]));
    Ok(())
}

fn overlap() -> GraphError {
    let text = "Some of your locations overlap: a country and a place inside it.";
    geo_error("Locations overlap", text).subcode(1_487_756)
}

/// Regions must exist, and not lie in a country that is there as well; reads add their names.
fn settle_regions(places: &mut Spec, countries: &[String]) -> Result<(), GraphError> {
    let Some(Value::Array(regions)) = places.get_mut("regions") else { return Ok(()) };
    for entry in regions.iter_mut() {
        if entry.get("radius").is_some() {
            let text = "A radius is for cities and custom locations only.";
            return Err(geo_error("Radius is not valid", text).subcode(1_487_079));
        }
        let key = super::params::plain(&entry["key"]);
        let region = geo::region(&key).ok_or_else(|| {
            geo_error("Region does not exist", format!("There is no region with key {key}."))
        })?;
        if countries.iter().any(|country| country == region.country) {
            return Err(overlap());
        }
        *entry = json!({"key": region.key, "name": region.name, "country": region.country});
    }
    regions.sort_by_key(|region| region["key"].to_string());
    Ok(())
}

fn sort_texts(spec: &mut Spec, name: &str) {
    if let Some(Value::Array(list)) = spec.get_mut(name) {
        list.sort_by_key(ToString::to_string);
        list.dedup();
    }
}

/// Ages within 13 to 65, genders 1 and 2, at most 90 languages.
fn check_people(spec: &mut Spec) -> Result<(), GraphError> {
    let age = |name: &str| spec.get(name).map(|value| super::params::integer(value).unwrap_or(-1));
    let (youngest, oldest) = (age("age_min").unwrap_or(18), age("age_max").unwrap_or(65));
    if !(13..=65).contains(&youngest) || !(13..=65).contains(&oldest) || youngest > oldest {
        let text = "Ages must satisfy 13 <= age_min <= age_max <= 65.";
        return Err(GraphError::parameter("targeting.age_min", "Age is out of range", text));
    }
    if items(spec, "genders").iter().any(|gender| !matches!(gender.as_i64(), Some(1 | 2))) {
        return Err(GraphError::parameter(
            "targeting.genders",
            "Gender is not valid",
            "Use 1 for men, 2 for women.",
        ));
    }
    if items(spec, "locales").len() > 90 {
        return Err(GraphError::parameter(
            "targeting.locales",
            "Too many languages",
            "At most 90 are allowed.",
        ));
    }
    for name in ["genders", "locales"] {
        if let Some(Value::Array(list)) = spec.get_mut(name) {
            list.sort_by_key(Value::as_i64);
            list.dedup();
        }
    }
    Ok(())
}

/// Whether a spec narrows the audience beyond places.
fn is_constrained(spec: &Spec) -> bool {
    ["age_min", "age_max", "genders", "flexible_spec", "interests", "behaviors", "exclusions", "locales"]
        .iter()
        .any(|name| spec.contains_key(*name))
}

/// `advantage_audience` is stated, and with 1 ages are no hard limits (§6).
fn check_automation(world: &World, spec: &Spec, occasion: Occasion) -> Result<(), GraphError> {
    let field = "targeting.targeting_automation";
    let automation = spec.get("targeting_automation").and_then(Value::as_object);
    if let Some(automation) = automation {
        check_keys(world, "targeting_automation", automation, nested::TARGETING_AUTOMATION)?;
    }
    let given = automation.and_then(|automation| automation.get("advantage_audience"));
    match given.map(super::params::integer) {
        Some(Some(0)) => Ok(()),
        Some(Some(1)) => {
            let age =
                |name: &str, default: i64| spec.get(name).and_then(super::params::integer).unwrap_or(default);
            if age("age_max", 65) < 65 || age("age_min", 18) > 25 {
                let text = "With Advantage+ audience age_max must be 65 and age_min at most 25.";
                return Err(GraphError::parameter(field, "Ages are suggestions here", text));
            }
            Ok(())
        }
        Some(_) => Err(GraphError::must_be("targeting_automation[advantage_audience]", "one of {0, 1}")),
        None if occasion == Occasion::Update && !is_constrained(spec) => Ok(()),
        None => {
            let text =
                "Set targeting_automation.advantage_audience to 1 to use Advantage+ audience, or 0 not to.";
            let error = GraphError::parameter(field, "Advantage audience flag is required", text);
            Err(error.subcode(1_870_227))
        }
    }
}

/// Known placements only; dead ones refused or dropped as the server does.
fn check_placements(spec: &mut Spec) -> Result<(), GraphError> {
    for (name, words) in PLACEMENTS {
        let Some(Value::Array(list)) = spec.get_mut(name) else { continue };
        for item in list.iter() {
            let word = item.as_str().unwrap_or_default();
            if name == "facebook_positions" && word == "video_feeds" {
                let text = "Facebook video feeds are no longer available.";
                let error = GraphError::parameter("targeting.facebook_positions", "Placement is gone", text);
                return Err(error.subcode(2_490_562));
            }
            if !has_word(words, word) {
                let list = words.split_whitespace().collect::<Vec<_>>().join(", ");
                return Err(GraphError::must_be(
                    &format!("targeting[{name}]"),
                    &format!("one of {{{list}}}"),
                ));
            }
        }
        // Stories in Messenger are dropped silently from v26 (§6).
        if name == "messenger_positions" {
            list.retain(|item| item != "story");
        }
        // The server's own order is that of its list of placements.
        list.sort_by_key(|item| words.split_whitespace().position(|word| item == word));
        list.dedup();
    }
    Ok(())
}

/// Known members, ids as text, names added where known.
fn check_interests(world: &World, spec: &mut Spec) -> Result<(), GraphError> {
    if let Some(Value::Array(elements)) = spec.get_mut("flexible_spec") {
        for element in elements {
            let Value::Object(element) = element else {
                return Err(GraphError::must_be("targeting[flexible_spec]", "a list of objects"));
            };
            check_keys(world, "flexible_spec", element, nested::FLEXIBLE_SPEC)?;
            name_ids(element);
        }
    }
    if let Some(Value::Object(exclusions)) = spec.get_mut("exclusions") {
        check_keys(world, "exclusions", exclusions, nested::FLEXIBLE_SPEC)?;
        if exclusions.contains_key("custom_audiences") {
            let text = "Exclude audiences by excluded_custom_audiences.";
            return Err(GraphError::parameter(
                "targeting.exclusions",
                "Audiences are not allowed here",
                text,
            ));
        }
        name_ids(exclusions);
    }
    name_ids(spec);
    Ok(())
}

fn name_ids(spec: &mut Spec) {
    for (list, names) in spec.iter_mut() {
        let Value::Array(entries) = names else { continue };
        for entry in entries.iter_mut() {
            let Some(id) = entry.get("id").map(super::params::plain) else { continue };
            entry["id"] = json!(id);
            if list == "interests"
                && let Some((_, name)) = geo::INTERESTS.iter().find(|(known, _)| *known == id)
            {
                entry["name"] = json!(name);
            }
        }
        if entries.iter().any(|entry| entry.get("id").is_some()) {
            entries.sort_by_key(|entry| entry["id"].to_string());
        }
    }
}

/// At most 500 audiences each way, each by id (§6).
fn check_audiences(world: &World, spec: &mut Spec) -> Result<(), GraphError> {
    for name in ["custom_audiences", "excluded_custom_audiences"] {
        let audiences = items(spec, name);
        if audiences.len() > 500 {
            let text = "At most 500 audiences are allowed.";
            return Err(GraphError::parameter("targeting.custom_audiences", "Too many audiences", text));
        }
        let numeric = |id: &Value| super::params::plain(id).parse::<u64>().is_ok();
        if !audiences.iter().all(|audience| audience.get("id").is_some_and(numeric)) {
            return Err(GraphError::must_be(
                &format!("targeting[{name}]"),
                "a list of objects with a numeric id",
            ));
        }
        // Reads add the names of those that are known; what an unknown one is refused with is not documented.
        let Some(Value::Array(audiences)) = spec.get_mut(name) else { continue };
        for audience in audiences {
            let known = store::note(world, "audiences").and_then(|known| known.get(audience["id"].as_str()?));
            if let Some(known) = known {
                audience["name"] = known["name"].clone();
            }
        }
    }
    Ok(())
}

/// What reads add to what was sent (§6).
fn fill_defaults(spec: &mut Spec) {
    let mut default = |name: &str, value: Value| {
        spec.entry(name).or_insert(value);
    };
    default("age_min", json!(18));
    default("age_max", json!(65));
    default("brand_safety_content_filter_levels", json!(["FACEBOOK_STANDARD", "AN_STANDARD"]));
    default("targeting_relaxation_types", json!({"lookalike": 0, "custom_audience": 0}));
}

/// Whether ads with this targeting are shown in the European Economic Area.
pub(super) fn reaches_eu(targeting: &Value) -> bool {
    let Some(places) = targeting.get("geo_locations").and_then(Value::as_object) else { return false };
    let is_member = |code: &str| has_word(geo::EEA, code);
    let country_of = |entry: &Value| {
        let key = entry["key"].as_str().unwrap_or_default();
        let prefix = key.split_once(':').map(|(country, _)| country.to_owned());
        entry["country"].as_str().map(str::to_owned).or(prefix).unwrap_or_default()
    };
    items(places, "countries").iter().filter_map(Value::as_str).any(is_member)
        || items(places, "country_groups")
            .iter()
            .filter_map(Value::as_str)
            .any(|group| has_word(geo::GROUPS_WITH_EEA, group))
        || ["regions", "cities", "zips", "custom_locations"]
            .iter()
            .any(|name| items(places, name).iter().any(|entry| is_member(&country_of(entry))))
}

/// Housing, employment, credit and finance ads must not narrow people down (§16). Where it applies (audiences in
/// the US, Canada and the EU, or businesses in the US) is not told apart: it applies everywhere here.
pub(super) fn check_special(campaign: &Spec, targeting: &Value) -> Result<(), GraphError> {
    let is_special = |category: &Value| {
        has_word(
            "HOUSING EMPLOYMENT CREDIT FINANCIAL_PRODUCTS_SERVICES",
            category.as_str().unwrap_or_default(),
        )
    };
    let Some(spec) =
        targeting.as_object().filter(|_| items(campaign, "special_ad_categories").iter().any(is_special))
    else {
        return Ok(());
    };
    let places = spec.get("geo_locations").and_then(Value::as_object);
    let narrow_places = ["zips", "neighborhoods", "metro_areas", "subcities", "electoral_districts"];
    let narrowed = [
        (spec["age_min"] != 18 || spec["age_max"] != 65, "ages must be 18 to 65"),
        (!items(spec, "genders").is_empty(), "genders cannot be chosen"),
        (spec.contains_key("excluded_geo_locations"), "places cannot be excluded"),
        (spec.contains_key("exclusions"), "detailed targeting cannot be excluded"),
        (!items(spec, "behaviors").is_empty(), "behaviours cannot be chosen"),
        (
            places.is_some_and(|places| narrow_places.iter().any(|name| !items(places, name).is_empty())),
            "places cannot be smaller than cities",
        ),
    ];
    match narrowed.into_iter().find(|(wrong, _)| *wrong) {
        Some((_, rule)) => {
            let text = format!("In a campaign with a special ad category {rule}.");
            Err(GraphError::parameter("targeting", "Special ad category", text))
        }
        None => Ok(()),
    }
}
