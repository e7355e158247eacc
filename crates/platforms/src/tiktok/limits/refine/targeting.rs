//! Who and where: places, languages, ages, genders, audiences, interests (mapping §6).

use std::collections::BTreeSet;

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;

use super::{Pass, creates, set_value};
use crate::countries;
use crate::tiktok::wire::{Lane, words};

/// Most places of one ad group.
const MOST_PLACES: usize = 3_000;
/// Regions TikTok names by the country alone have this many characters before the dash.
const COUNTRY: usize = 2;

/// Normalises and checks an ad group that we may create.
pub(super) fn refine(object: &mut DesiredObject, lane: Lane, pass: &mut Pass<'_>) {
    normalise(object, pass);
    required_places(object, pass);
    family(object, pass);
    audiences(object, pass);
    systems(object, pass);
    if object.value("targeting.ages").is_none() && lane == Lane::Manual && creates(object) {
        let finding = Diagnostic::warning(
            "ages-absent",
            "without `targeting.ages` TikTok reaches everyone, where it may also ages 13 to 17",
        )
        .hint("write `ages: {min: 18}` for adults");
        pass.once("ages-absent", object, "targeting.ages", finding);
    }
    if lane == Lane::SmartPlus {
        let mode = if is_manual(object) { "MANUAL" } else { "AUTOMATIC" };
        object.default_field("tiktok.targeting_optimization_mode", mode);
    }
}

/// Brings values into the form that reads give.
pub(super) fn normalise(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    if let Some(places) = object.value("targeting.locations") {
        let normal = Value::text_set(places.texts().map(place).collect::<Vec<_>>());
        set_value(object, "targeting.locations", normal);
    }
    if let Some(languages) = object.value("targeting.languages") {
        let normal = Value::text_set(languages.texts().map(language).collect::<Vec<_>>());
        set_value(object, "targeting.languages", normal);
    }
    ages(object, pass);
}

/// A country's GeoNames id is its code.
fn place(text: &str) -> String {
    let country = text.strip_prefix("id:").and_then(|id| countries::by_geonames(id.parse().ok()?));
    country.map_or_else(|| text.to_owned(), |country| country.alpha2.to_owned())
}

fn language(text: &str) -> String {
    text.strip_prefix("id:").unwrap_or(text).to_owned()
}

/// In Smart+, ages and the like bind only in manual targeting; adults, and 25 and over, also in automatic.
fn is_manual(object: &DesiredObject) -> bool {
    let set = |path: &str| object.value(path).is_some_and(|value| !value.members().is_empty());
    let ages = object.value("targeting.ages").is_some_and(|ages| {
        let min = ages.entry("min").and_then(Value::as_integer);
        ages.entry("max").is_some() || !matches!(min, Some(18 | 25))
    });
    let genders = object.value("targeting.genders").is_some_and(|genders| genders.members().len() == 1);
    ages || genders
        || set("targeting.audiences.include")
        || set("targeting.interests")
        || set("tiktok.network_types")
}

fn required_places(object: &DesiredObject, pass: &mut Pass<'_>) {
    let path = "targeting.locations";
    let Some(places) = object.value(path) else {
        if creates(object) {
            let finding = Diagnostic::error("locations-missing", "TikTok needs at least one place")
                .hint("add `targeting: {locations: [ES]}` here or on the campaign");
            pass.error(object, path, finding);
        }
        return;
    };
    let count = places.members().len();
    if count == 0 || count > MOST_PLACES {
        let finding =
            Diagnostic::error("locations-count", format!("{count} places: TikTok takes 1 to {MOST_PLACES}"))
                .hint("name countries instead of their regions");
        pass.error(object, path, finding);
    }
    let wrong: Vec<&str> = places.texts().filter(|place| !is_place(place)).collect();
    for place in wrong {
        let finding = if place == "WORLD" {
            Diagnostic::error("world-not-on-tiktok", "TikTok cannot target the whole world")
                .hint("list the countries to reach")
        } else {
            Diagnostic::error("unknown-country", format!("`{place}` is not a country or region code"))
                .hint("write ISO codes such as `ES` or `FR-IDF`, or `id:<TikTok location id>`")
        };
        pass.error(object, path, finding);
    }
}

fn is_place(text: &str) -> bool {
    if let Some(id) = text.strip_prefix("id:") {
        return !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    }
    text.get(..COUNTRY).is_some_and(|code| countries::by_code(code).is_some())
        && (text.len() == COUNTRY || text.as_bytes().get(COUNTRY) == Some(&b'-'))
}

/// TikTok refuses a country beside its own region.
fn family(object: &DesiredObject, pass: &mut Pass<'_>) {
    let Some(places) = object.value("targeting.locations") else { return };
    let countries: BTreeSet<&str> = places.texts().filter(|place| place.len() == COUNTRY).collect();
    let inside = places
        .texts()
        .find(|place| place.as_bytes().get(COUNTRY) == Some(&b'-') && countries.contains(&place[..COUNTRY]));
    if let Some(region) = inside {
        let finding = Diagnostic::error(
            "place-inside-place",
            format!("{region} lies in {}, which is listed too", &region[..COUNTRY]),
        )
        .hint("keep one of the two");
        pass.error(object, "targeting.locations", finding);
    }
}

fn ages(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    let Some(ages) = object.value("targeting.ages") else { return };
    let Some(min) = ages.entry("min").and_then(Value::as_integer) else { return };
    let max = ages.entry("max").and_then(Value::as_integer);
    if words::age_buckets(min, max).is_some() {
        return;
    }
    let groups: Vec<String> = words::AGES
        .iter()
        .filter(|(from, to, _)| max.is_none_or(|max| *from <= max) && to.is_none_or(|to| to >= min))
        .map(|(from, to, _)| to.map_or_else(|| format!("{from}+"), |to| format!("{from}–{to}")))
        .collect();
    let shown = |(min, max): (i64, Option<i64>)| match max {
        Some(max) => format!("`{{min: {min}, max: {max}}}`"),
        None => format!("`{{min: {min}}}`"),
    };
    let nearest: Vec<String> = nearest_ages(min, max).into_iter().map(shown).collect();
    let finding = Diagnostic::error(
        "ages-not-aligned",
        format!("TikTok has age groups {}, which these ages cut through", groups.join(", ")),
    )
    .hint(format!("write {}", nearest.join(" or ")));
    pass.error(object, "targeting.ages", finding);
}

/// The nearest spans that align: everyone touched, and only those wholly inside.
fn nearest_ages(min: i64, max: Option<i64>) -> Vec<(i64, Option<i64>)> {
    let touched = |(from, to, _): &&(i64, Option<i64>, &str)| {
        max.is_none_or(|max| *from <= max) && to.is_none_or(|to| to >= min)
    };
    let inside = |(from, to, _): &&(i64, Option<i64>, &str)| {
        *from >= min && max.is_none_or(|max| to.is_some_and(|to| to <= max))
    };
    let span = |rows: Vec<&(i64, Option<i64>, &str)>| Some((rows.first()?.0, rows.last()?.1));
    let mut spans: Vec<_> = [
        span(words::AGES.iter().filter(touched).collect()),
        span(words::AGES.iter().filter(inside).collect()),
    ]
    .into_iter()
    .flatten()
    .collect();
    spans.dedup();
    spans
}

fn audiences(object: &DesiredObject, pass: &mut Pass<'_>) {
    let ids = |path: &str| -> BTreeSet<String> {
        object.value(path).map(|ids| ids.texts().map(str::to_owned).collect()).unwrap_or_default()
    };
    let (include, exclude) = (ids("targeting.audiences.include"), ids("targeting.audiences.exclude"));
    if let Some(both) = include.intersection(&exclude).next() {
        let finding = Diagnostic::error(
            "audience-in-and-out",
            format!("audience {both} is both included and excluded"),
        )
        .hint("keep it in one of the two lists");
        pass.error(object, "targeting.audiences.exclude", finding);
    }
}

fn systems(object: &DesiredObject, pass: &mut Pass<'_>) {
    let path = "tiktok.operating_systems";
    let Some(systems) = object.value(path) else { return };
    let known = systems.texts().all(|system| matches!(system, "ANDROID" | "IOS"));
    if systems.members().len() > 1 || !known {
        let finding = Diagnostic::error("operating-systems", "TikTok takes one operating system")
            .hint("write `[ANDROID]` or `[IOS]`, or leave the field out for both");
        pass.error(object, path, finding);
    }
}
