//! Places: `geo_locations` and the texts of `targeting.locations` (mapping §6, meta-ads.md §6).
//!
//! Countries and regions are ISO 3166; what ISO cannot say is `id:<type>:<key>`, such as `id:city:777934`.

use std::collections::BTreeMap;

use adplane_core::value::Value;
use compact_str::CompactString;
use serde_json::{Value as Json, json};

use super::json::{self, Object};

/// The whole world, neutral.
pub(crate) const WORLD: &str = "WORLD";
const WORLDWIDE: &str = "worldwide";

/// Types in `id:<type>:<key>` and the member that holds them.
const TYPES: [(&str, &str); 8] = [
    ("region", "regions"),
    ("city", "cities"),
    ("zip", "zips"),
    ("market", "geo_markets"),
    ("district", "electoral_districts"),
    ("subcity", "subcities"),
    ("neighborhood", "neighborhoods"),
    ("place", "places"),
];
const GROUPS: &str = "country_groups";

/// Region codes and the vendor's keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Regions {
    keys: BTreeMap<CompactString, CompactString>,
    codes: BTreeMap<CompactString, CompactString>,
}

impl Regions {
    /// Remembers what a code resolved to.
    pub(crate) fn insert(&mut self, code: &str, key: &str) {
        self.keys.insert(CompactString::new(code), CompactString::new(key));
        self.codes.insert(CompactString::new(key), CompactString::new(code));
    }

    /// The vendor's key of a code.
    pub(crate) fn key(&self, code: &str) -> Option<&str> {
        self.keys.get(code).map(CompactString::as_str)
    }
}

/// One written place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place<'a> {
    /// Everywhere.
    World,
    /// A country, ISO 3166-1.
    Country(&'a str),
    /// A region, ISO 3166-2.
    Region(&'a str),
    /// A vendor's key under a member of `geo_locations`.
    Key(&'static str, &'a str),
    /// A group of countries in the vendor's word.
    Group(&'a str),
}

/// Reads a written place; `None` when it has no known form.
pub(crate) fn parse(text: &str) -> Option<Place<'_>> {
    if text == WORLD {
        return Some(Place::World);
    }
    if let Some(id) = text.strip_prefix("id:") {
        if let Some(group) = id.strip_prefix("group:") {
            return Some(Place::Group(group));
        }
        let typed = TYPES.iter().find_map(|(kind, member)| {
            let key = id.strip_prefix(kind)?.strip_prefix(':')?;
            Some(Place::Key(member, key))
        });
        return typed.or((!id.is_empty()).then_some(Place::Key("regions", id)));
    }
    let letters = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    match text.split_once('-') {
        Some((country, part)) if letters(country) && !part.is_empty() => Some(Place::Region(text)),
        None if letters(text) => Some(Place::Country(text)),
        _ => None,
    }
}

/// The normal form of a written place: `id:<key>` means a region.
pub(crate) fn normal(text: &str) -> String {
    match parse(text) {
        Some(Place::Key("regions", key)) => format!("id:region:{key}"),
        _ => text.to_owned(),
    }
}

/// The country that a place is or lies in, where its text tells.
pub(crate) fn country(text: &str) -> Option<&str> {
    match parse(text)? {
        Place::Country(country) => Some(country),
        Place::Region(region) => region.get(..2),
        _ => None,
    }
}

/// Region codes among places.
pub(crate) fn regions(places: &Value) -> impl Iterator<Item = &str> {
    places.texts().filter(|text| matches!(parse(text), Some(Place::Region(_))))
}

/// Whether a member of `geo_locations` is among the places, or a default that reads add.
pub(crate) fn is_member(name: &str) -> bool {
    matches!(name, "countries" | GROUPS | "location_types") || TYPES.iter().any(|(_, member)| *member == name)
}

/// Whether a place has a radius, which its text does not say.
pub(crate) fn has_radius(geo: Option<&Json>) -> bool {
    let lists = geo.and_then(Json::as_object).into_iter().flat_map(Object::values).filter_map(Json::as_array);
    lists.flatten().any(|entry| entry.get("radius").is_some())
}

/// `geo_locations` of a set of places. `base` is the live object: an entry that stays keeps what the places do
/// not say, such as a city's radius.
///
/// # Errors
/// The region whose key is not known.
pub(crate) fn to_wire(places: &Value, base: Option<&Json>, known: &Regions) -> Result<Json, String> {
    let mut members: BTreeMap<&'static str, Vec<Json>> = BTreeMap::new();
    for text in places.texts() {
        let (member, entry) = match parse(text) {
            Some(Place::World) => (GROUPS, json!(WORLDWIDE)),
            Some(Place::Group(group)) => (GROUPS, json!(group)),
            Some(Place::Country(country)) => ("countries", json!(country)),
            Some(Place::Region(code)) => {
                ("regions", keyed(base, "regions", known.key(code).ok_or_else(|| code.to_owned())?))
            }
            Some(Place::Key(member, key)) => (member, keyed(base, member, key)),
            None => return Err(text.to_owned()),
        };
        members.entry(member).or_default().push(entry);
    }
    let mut geo: Object = members.into_iter().map(|(name, list)| (name.to_owned(), list.into())).collect();
    for name in ["location_types", "custom_locations"] {
        if let Some(kept) = base.and_then(|base| base.get(name)) {
            geo.insert(name.to_owned(), kept.clone());
        }
    }
    Ok(geo.into())
}

fn keyed(base: Option<&Json>, member: &str, key: &str) -> Json {
    let live = base.into_iter().flat_map(|base| json::list(base, member));
    let mut live = live.filter(|entry| json::text(entry, "key").as_deref() == Some(key));
    let Some(Json::Object(entry)) = live.next() else { return json!({"key": key}) };
    let kept = ["key", "radius", "distance_unit"];
    entry
        .iter()
        .filter(|(name, _)| kept.contains(&name.as_str()))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect()
}

/// The set of places of `geo_locations`.
pub(crate) fn read(geo: Option<&Json>, known: &Regions) -> Value {
    let Some(geo) = geo else { return Value::text_set::<&str>([]) };
    let mut places = json::texts(geo, "countries");
    for group in json::texts(geo, GROUPS) {
        places.push(if group == WORLDWIDE { WORLD.to_owned() } else { format!("id:group:{group}") });
    }
    for (kind, member) in TYPES {
        for key in json::keys(geo, member, "key") {
            let code = known.codes.get(key.as_str()).filter(|_| member == "regions");
            places.push(code.map_or_else(|| format!("id:{kind}:{key}"), CompactString::to_string));
        }
    }
    Value::text_set(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_read_back() {
        let mut known = Regions::default();
        known.insert("FR-IDF", "1028");
        let places = Value::text_set(["ES", "FR-IDF", "id:city:777934", "id:region:3847"]);
        let geo = to_wire(&places, None, &known).unwrap();
        assert_eq!(geo["regions"], json!([{"key": "1028"}, {"key": "3847"}]));
        assert_eq!(read(Some(&geo), &known), places);
        let world = Value::text_set([WORLD]);
        assert_eq!(read(Some(&to_wire(&world, None, &known).unwrap()), &known), world);
        assert_eq!(to_wire(&Value::text_set(["US-CA"]), None, &known), Err("US-CA".into()));
    }

    #[test]
    fn a_city_that_stays_keeps_its_radius() {
        let base = json!({"cities": [{"key": "1", "radius": 10, "distance_unit": "mile", "name": "X"}],
            "location_types": ["home", "recent"]});
        let geo = to_wire(&Value::text_set(["id:city:1", "DE"]), Some(&base), &Regions::default()).unwrap();
        assert_eq!(geo["cities"], json!([{"key": "1", "radius": 10, "distance_unit": "mile"}]));
        assert_eq!(geo["location_types"], json!(["home", "recent"]));
    }

    #[test]
    fn a_bare_id_is_a_region() {
        assert_eq!(normal("id:3847"), "id:region:3847");
        assert_eq!(normal("id:zip:US:94304"), "id:zip:US:94304");
        assert_eq!(parse("Spain"), None);
        assert_eq!(country("FR-IDF"), Some("FR"));
    }
}
