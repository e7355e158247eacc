//! Places, languages, people and devices. Source: mapping §6.

use std::collections::BTreeSet;

use adplane_core::desired::DesiredObject;
use adplane_core::field::FieldPath;
use adplane_core::value::Value;

use super::refine::{CampaignFacts, Channel};
use super::report::Report;
use crate::google::wire::demographics::{self, AGES, DEVICES, GENDERS};
use crate::google::wire::places::{self, NoPlace, Place};

const LOCATIONS: &str = "targeting.locations";
const EXCLUDED: &str = "targeting.locationsExcluded";
const LANGUAGES: &str = "targeting.languages";
const AGES_FIELD: &str = "targeting.ages";
const GENDERS_FIELD: &str = "targeting.genders";
const DEVICES_FIELD: &str = "targeting.devices";

/// Fields of people, which Google keeps on the ad group.
const OF_PEOPLE: [&str; 5] = [
    AGES_FIELD,
    GENDERS_FIELD,
    "google.excludeUndetermined",
    "targeting.audiences.include",
    "targeting.audiences.exclude",
];

/// Checks what a campaign targets.
pub(super) fn check_campaign(object: &DesiredObject, channel: Channel, report: &mut Report) {
    let none = object.value(LOCATIONS).is_none_or(|places| places.members().is_empty());
    // The ad groups of Demand Gen may have places of their own: those are looked at together, later.
    let elsewhere = channel == Channel::DemandGen && object.value(LOCATIONS).is_none();
    if none && !elsewhere && (object.external_id.is_none() || object.value(LOCATIONS).is_some()) {
        let hint = "write `targeting: {locations: [ES]}`, or `[WORLD]` when everywhere is meant";
        report.error(
            object,
            LOCATIONS,
            "missing-locations",
            "without places the ads would run in the whole world",
            hint,
        );
    }
    check_all_places(object, report);
    check_devices(object, channel, report);
    check_people(object, report);
}

/// Places and languages, on either level.
fn check_all_places(object: &DesiredObject, report: &mut Report) {
    check_places(object, LOCATIONS, report);
    check_places(object, EXCLUDED, report);
    let excluded: Vec<&str> = object.value(EXCLUDED).into_iter().flat_map(Value::texts).collect();
    for place in
        object.value(LOCATIONS).into_iter().flat_map(Value::texts).filter(|place| excluded.contains(place))
    {
        let message = format!("{place} is both targeted and excluded");
        report.error(object, EXCLUDED, "place-on-both-sides", message, "remove it from one of the two");
    }
    check_languages(object, report);
}

fn check_places(object: &DesiredObject, path: &str, report: &mut Report) {
    let texts: Vec<&str> = object.value(path).into_iter().flat_map(Value::texts).collect();
    for text in &texts {
        match places::parse(text) {
            Ok(Place::World) if path == EXCLUDED => {
                let hint = "leave out what is not wanted from `locations`";
                report.error(object, path, "world-excluded", "the whole world cannot be excluded", hint);
            }
            Ok(Place::World) if texts.len() > 1 => {
                let hint = "write `[WORLD]` alone, or the places alone";
                report.error(object, path, "world-and-places", "WORLD already covers the other places", hint);
            }
            Ok(Place::Region { code, .. })
                if places::country(code).is_some_and(|country| texts.contains(&country)) =>
            {
                let message = format!(
                    "{code} lies in {}, which is listed as well",
                    places::country(code).unwrap_or_default()
                );
                report.error(object, path, "place-in-place", message, "keep the country or the region");
            }
            Ok(_) => {}
            Err(why) => unknown_place(object, path, text, why, report),
        }
    }
}

fn unknown_place(object: &DesiredObject, path: &str, text: &str, why: NoPlace, report: &mut Report) {
    let (message, hint) = match why {
        NoPlace::Country => (
            format!("`{text}` is no country"),
            "write an ISO 3166-1 code such as `ES`, or `id:<geo target id>`".to_owned(),
        ),
        NoPlace::Region => (
            format!("region `{text}` is not in Adplane's list"),
            "write `id:<geo target id>`; Google lists the ids under Geo targets".to_owned(),
        ),
        NoPlace::Constant => (
            format!("`{text}` holds no geo target id"),
            "write `id:` and the number, such as `id:1005402`".to_owned(),
        ),
    };
    report.error(object, path, "unknown-place", message, hint);
}

fn check_languages(object: &DesiredObject, report: &mut Report) {
    for text in object.value(LANGUAGES).into_iter().flat_map(Value::texts) {
        if places::language(text).is_some() {
            continue;
        }
        let hint = match text {
            "no" | "nn" => "write `nb`",
            "zh" => "write `zh-Hans` or `zh-Hant`",
            _ => "write an ISO 639-1 code such as `es`, or `id:<language constant>`",
        };
        report.error(object, LANGUAGES, "unknown-language", format!("Google has no language `{text}`"), hint);
    }
}

fn check_devices(object: &DesiredObject, channel: Channel, report: &mut Report) {
    let Some(devices) = object.value(DEVICES_FIELD) else { return };
    if channel != Channel::Search {
        let hint = "remove `devices`";
        report.error(
            object,
            DEVICES_FIELD,
            "devices-not-for-channel",
            "devices can be chosen on Search campaigns only",
            hint,
        );
    }
    let unknown = devices.texts().find(|text| !DEVICES.iter().any(|(word, _)| word == text));
    if let Some(text) = unknown {
        let message = format!("Search campaigns do not know `{text}`");
        report.error(object, DEVICES_FIELD, "unknown-device", message, "write Desktop, Mobile or Tablet");
    }
    if devices.members().is_empty() {
        let hint = "name at least one device, or leave `devices` out for all";
        report.error(object, DEVICES_FIELD, "no-devices", "no device is left to show ads on", hint);
    }
}

/// Checks ages, genders and audiences, wherever they are written.
pub(super) fn check_people(object: &DesiredObject, report: &mut Report) {
    if let Some(ages) = object.value(AGES_FIELD) {
        check_ages(object, ages, report);
    }
    if let Some(genders) = object.value(GENDERS_FIELD) {
        let known: BTreeSet<&str> = GENDERS.iter().map(|(word, _)| *word).collect();
        if genders.members().is_empty() || genders.texts().any(|text| !known.contains(text)) {
            let hint = "write `[Female]`, `[Male]` or both";
            report.error(object, GENDERS_FIELD, "unknown-gender", "Google knows Female and Male", hint);
        }
    }
    if object.value("targeting.interests").is_some() {
        let hint = "write them as `google: {userInterests: [..]}` of the ad group";
        report.error(
            object,
            "targeting.interests",
            "interests-in-own-block",
            "interests mean different things on every platform; Google's are named in its own block",
            hint,
        );
    }
}

fn check_ages(object: &DesiredObject, ages: &Value, report: &mut Report) {
    let (min, max) = demographics::ends(ages);
    let starts = AGES.iter().any(|(first, _, _)| *first == min);
    let stops = max.is_none_or(|max| AGES.iter().any(|(_, last, _)| *last == Some(max)));
    let forward = max.is_none_or(|max| max > min);
    if starts && stops && forward {
        return;
    }
    let below = AGES.iter().rev().map(|(first, _, _)| *first).find(|first| *first <= min).unwrap_or(18);
    let end = max.and_then(|max| AGES.iter().filter_map(|(_, last, _)| *last).find(|last| *last >= max));
    let nearest = match end {
        Some(end) if max.is_some() => format!("{{min: {below}, max: {end}}}"),
        _ => format!("{{min: {below}}}"),
    };
    report.error(
        object,
        AGES_FIELD,
        "ages-not-aligned",
        "Google has the age groups 18-24, 25-34, 35-44, 45-54, 55-64 and 65+",
        format!("write `ages: {nearest}`"),
    );
}

/// What goes down from a campaign to its ad groups.
pub(super) fn hand_down(
    object: &mut DesiredObject,
    channel: Channel,
    facts: &mut CampaignFacts,
    report: &mut Report,
) {
    for path in OF_PEOPLE {
        let signal = path == "targeting.audiences.include";
        if channel == Channel::PerformanceMax && !signal && object.value(path).is_some() {
            let hint = "remove it; `targeting.audiences.include` is a signal that Google may use";
            let message = "Performance Max chooses by itself who sees the ads";
            report.error(object, path, "not-on-performance-max", message, hint);
            object.fields.remove(path);
        }
        if let Some(field) = object.fields.remove(path) {
            facts.handed_down.push((FieldPath::new(path), field));
        }
    }
}

/// Places and languages belong to the campaign, except under Demand Gen.
pub(super) fn check_ad_group(object: &DesiredObject, channel: Channel, report: &mut Report) {
    let places: &[&str] = match channel {
        Channel::DemandGen => &[DEVICES_FIELD],
        Channel::Search | Channel::PerformanceMax => &[LOCATIONS, EXCLUDED, LANGUAGES, DEVICES_FIELD],
    };
    for path in places {
        if object.value(path).is_some() {
            let message = format!("Google keeps `{path}` on the campaign");
            report.error(object, path, "belongs-to-campaign", message, "move it to the campaign");
        }
    }
    if channel == Channel::DemandGen {
        check_all_places(object, report);
    }
    check_people(object, report);
}
