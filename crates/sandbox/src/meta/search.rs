//! `GET /search`: places, languages, interests (meta-ads.md §6).

use serde_json::{Value, json};

use super::errors::GraphError;
use super::geo;
use super::params::Params;

/// Rows when no limit is given (unverified).
const DEFAULT_LIMIT: usize = 25;

/// Answers a search by its type.
pub(super) fn answer(params: &Params) -> Result<Value, GraphError> {
    let kind = params.text("type").ok_or_else(|| GraphError::required("type"))?;
    let query = geo::fold(params.text("q").unwrap_or_default().trim());
    let mut rows = match kind.as_str() {
        "adgeolocation" => places(params, &query),
        "adlocale" => locales(&query),
        "adinterest" => interests(&query),
        "adgeolocationmeta" => return Ok(json!({"data": place_facts(params)})),
        _ => {
            return Err(GraphError::must_be(
                "type",
                "one of {adgeolocation, adgeolocationmeta, adlocale, adinterest}",
            ));
        }
    };
    let limit =
        params.integer("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(DEFAULT_LIMIT);
    rows.truncate(limit);
    Ok(json!({"data": rows}))
}

fn places(params: &Params, query: &str) -> Vec<Value> {
    let types = params.words("location_types").unwrap_or_default();
    let wants = |kind: &str| types.is_empty() || types.iter().any(|wanted| wanted == kind);
    let country = params.text("country_code").unwrap_or_default();
    let mut rows = Vec::new();
    if wants("country") {
        let all = geo::COUNTRIES.split_whitespace();
        let found = all.filter(|code| {
            geo::fold(geo::country_name(code)).starts_with(query) || code.eq_ignore_ascii_case(query)
        });
        rows.extend(found.map(country_row));
    }
    if wants("region") {
        let found = geo::regions().filter(|region| {
            region.matches(query) && (country.is_empty() || region.country.eq_ignore_ascii_case(&country))
        });
        rows.extend(found.map(|region| region_row(&region)));
    }
    rows
}

fn country_row(code: &str) -> Value {
    let name = geo::country_name(code);
    json!({
        "key": code, "name": name, "type": "country", "country_code": code, "country_name": name,
        "supports_region": true, "supports_city": true,
    })
}

fn region_row(region: &geo::Region) -> Value {
    json!({
        "key": region.key, "name": region.name, "type": "region", "country_code": region.country,
        "country_name": geo::country_name(region.country), "supports_region": true, "supports_city": true,
    })
}

/// Names of keys that are known already.
fn place_facts(params: &Params) -> Value {
    let words = |name: &str| params.words(name).unwrap_or_default();
    let regions = words("regions").into_iter().filter_map(|key| geo::region(&key));
    let countries =
        words("countries").into_iter().filter(|code| super::schema::has_word(geo::COUNTRIES, code));
    let regions: serde_json::Map<String, Value> =
        regions.map(|region| (region.key.clone(), region_row(&region))).collect();
    let countries: serde_json::Map<String, Value> =
        countries.map(|code| (code.clone(), country_row(&code))).collect();
    json!({"countries": countries, "regions": regions})
}

fn locales(query: &str) -> Vec<Value> {
    let found = geo::LOCALES.iter().filter(|(_, name)| geo::fold(name).contains(query));
    found.map(|(key, name)| json!({"key": key, "name": name})).collect()
}

fn interests(query: &str) -> Vec<Value> {
    let found = geo::INTERESTS.iter().filter(|(_, name)| geo::fold(name).contains(query));
    found
        .map(|(id, name)| {
            json!({
                "id": id, "name": name, "path": ["Interests", name], "description": null, "topic": name,
                "audience_size_lower_bound": 1_000_000, "audience_size_upper_bound": 1_200_000,
            })
        })
        .collect()
}
