//! Targeting: normal forms and checks (mapping §6, meta-ads.md §6, §16).

use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::findings::Findings;
use super::shared;
use crate::countries;
use crate::meta::wire::languages;
use crate::meta::wire::places::{self, Place};
use crate::meta::wire::words::{self, DEVICES};

const INCLUDED: &str = "targeting.locations";
const EXCLUDED: &str = "targeting.locationsExcluded";
const AGES: &str = "targeting.ages";
/// Members of the European Economic Area, where the Digital Services Act asks for two statements.
const EUROPE: &str =
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK";

/// Normalises and checks an ad set's targeting.
pub(super) fn refine(object: &mut DesiredObject, restricted: bool, findings: &mut Findings) {
    for path in [INCLUDED, EXCLUDED] {
        normalise_places(object, path, findings);
    }
    check_places(object, findings);
    check_languages(object, findings);
    normalise_ages(object, findings);
    normalise_genders(object, findings);
    check_devices(object, findings);
    if restricted {
        check_restricted(object, findings);
    }
}

/// Whether ads may be shown in Europe.
pub(super) fn reaches_europe(object: &DesiredObject) -> bool {
    let places = object.value(INCLUDED);
    places.into_iter().flat_map(Value::texts).any(|text| {
        text == places::WORLD
            || places::country(text).is_some_and(|code| EUROPE.split(' ').any(|member| member == code))
    })
}

fn normalise_places(object: &mut DesiredObject, path: &'static str, findings: &mut Findings) {
    let Some(written) = object.value(path).cloned() else { return };
    for text in written.texts() {
        let known = match places::parse(text) {
            None => false,
            Some(Place::Country(code)) => countries::by_code(code).is_some(),
            Some(Place::Region(code)) => countries::by_code(&code[..2]).is_some(),
            Some(_) => true,
        };
        if !known {
            findings.error(
                object,
                path,
                "unknown-place",
                format!("`{text}` is not a place"),
                "write a country such as ES, a region such as FR-IDF, WORLD, or `id:city:777934` for what ISO cannot say",
            );
        }
    }
    shared::set(object, path, Value::text_set(written.texts().map(places::normal)));
}

/// There must be a place, and none inside another (100/1487756).
fn check_places(object: &DesiredObject, findings: &mut Findings) {
    let included = object.value(INCLUDED);
    let audiences = object.value("targeting.audiences.include").is_some_and(|set| !set.members().is_empty());
    let none = included.is_none_or(|set| set.members().is_empty());
    if none && !audiences && object.external_id.is_none() {
        findings.error(
            object,
            INCLUDED,
            "place-required",
            "an ad group on Meta Ads needs a place",
            "write `targeting: {locations: [ES]}` here or on the campaign",
        );
    }
    let Some(included) = included else { return };
    let has = |wanted: &str| included.members().binary_search(&Value::text(wanted)).is_ok();
    for text in included.texts() {
        let inside = match places::parse(text) {
            Some(Place::Region(region)) => has(&region[..2]).then_some(&region[..2]),
            _ => None,
        };
        let inside = inside.or((text != places::WORLD && has(places::WORLD)).then_some(places::WORLD));
        if let Some(outer) = inside {
            let message = format!("`{text}` lies inside `{outer}`, which Meta Ads refuses");
            findings.error(object, INCLUDED, "places-overlap", message, "write one of the two");
        }
    }
}

fn check_languages(object: &DesiredObject, findings: &mut Findings) {
    for text in object.value("targeting.languages").into_iter().flat_map(Value::texts) {
        if languages::name(text).is_none() && !text.starts_with("id:") {
            findings.error(
                object,
                "targeting.languages",
                "unknown-language",
                format!("`{text}` is not a language that Meta Ads is known to target"),
                "write an ISO 639-1 code such as es, zh-Hans or nb, or `id:` and the vendor's locale key",
            );
        }
    }
}

/// `{min, max}`: 18 where no minimum is written, no maximum where it is 65, which means 65 and older.
fn normalise_ages(object: &mut DesiredObject, findings: &mut Findings) {
    let Some(ages) = object.value(AGES).cloned() else { return };
    let bound = |key: &str| ages.entry(key).and_then(Value::as_integer);
    let (min, max) = (bound("min").unwrap_or(18), bound("max").unwrap_or(65));
    if !(13..=65).contains(&min) || !(13..=65).contains(&max) || min > max {
        findings.error(
            object,
            AGES,
            "ages-out-of-range",
            format!("Meta Ads has no ages {min} to {max}"),
            "write ages from 13 to 65; 65 means 65 and older",
        );
    }
    let mut normal = vec![("min", Value::Integer(min))];
    if max < 65 {
        normal.push(("max", Value::Integer(max)));
    }
    shared::set(object, AGES, Value::map(normal));
}

fn normalise_genders(object: &mut DesiredObject, findings: &mut Findings) {
    let path = "targeting.genders";
    let Some(genders) = object.value(path) else { return };
    if let Some(unknown) = genders.texts().find(|word| !matches!(*word, "Female" | "Male")) {
        let message = format!("Meta Ads has no gender `{unknown}`");
        findings.error(object, path, "unknown-gender", message, "write Female, Male or both");
    } else if genders.members().is_empty() {
        shared::set(object, path, Value::text_set(["Female", "Male"]));
    }
}

fn check_devices(object: &DesiredObject, findings: &mut Findings) {
    for word in object.value("targeting.devices").into_iter().flat_map(Value::texts) {
        if words::to_wire(DEVICES, word).is_none() {
            let hint = format!("write some of {}; Mobile covers tablets", words::neutral_list(DEVICES));
            let message = format!("Meta Ads cannot target `{word}` alone");
            findings.error(object, "targeting.devices", "unsupported-device", message, hint);
        }
    }
}

/// Housing, employment, credit and financial products: no narrowing by age, gender or small place.
fn check_restricted(object: &DesiredObject, findings: &mut Findings) {
    let both = Value::text_set(["Female", "Male"]);
    let all = Value::map([("min", Value::Integer(18))]);
    let mut refuse = |path: &str, what: &str| {
        let message = format!("the campaign's special ad category does not allow {what}");
        findings.error(object, path, "restricted-targeting", message, format!("remove `{path}`"));
    };
    if object.value(AGES).is_some_and(|ages| *ages != all) {
        refuse(AGES, "choosing ages");
    }
    if object.value("targeting.genders").is_some_and(|genders| *genders != both) {
        refuse("targeting.genders", "choosing genders");
    }
    if object.value(EXCLUDED).is_some_and(|places| !places.members().is_empty()) {
        refuse(EXCLUDED, "excluding places");
    }
    let small = |text: &str| matches!(places::parse(text), Some(Place::Key(kind, _)) if kind != "regions" && kind != "cities");
    if object.value(INCLUDED).is_some_and(|places| places.texts().any(small)) {
        refuse(INCLUDED, "places this small");
    }
}
