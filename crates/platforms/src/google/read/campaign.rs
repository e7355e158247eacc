//! Campaigns and shared budgets from their rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::field::{FieldPath, Values};
use adplane_core::marker::Marker;
use adplane_core::money::Currency;
use adplane_core::observed::{AccountFacts, ObservedObject};
use adplane_core::time::{Time, Zone};
use adplane_core::value::Value;
use serde_json::Value as Json;

use super::lookup::Regions;
use super::{external_id, state, status};
use crate::google::wire::bidding::Bidding;
use crate::google::wire::keywords::{self, Keyword};
use crate::google::wire::parameters::Parameters;
use crate::google::wire::{at, demographics, flag, hours, integer, list, local, members, places, text};

/// What comes in front of the marker in the name of a shared budget, and what ends it.
const MARKER_IN_NAME: (&str, char) = (" [apl:", ']');
/// The vendor's former way to say that a campaign never ends.
const FOREVER: &str = "2037";

/// Fields while they are put together.
pub(super) struct Fields(pub(super) Values);

impl Fields {
    pub(super) fn set(&mut self, path: &str, value: impl Into<Value>) {
        self.0.insert(FieldPath::new(path), value.into());
    }

    pub(super) fn set_some(&mut self, path: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(path, value);
        }
    }

    /// URLs and parameters that campaigns, ad groups and ads carry alike.
    pub(super) fn tracking(&mut self, object: &Json, parameters: &Parameters, block: &str) {
        self.set_some(&format!("{block}.trackingUrlTemplate"), text(object, "trackingUrlTemplate"));
        for (key, value) in &parameters.others {
            self.set(&format!("google.urlCustomParameters.{key}"), Value::text(value));
        }
    }
}

/// A shared budget.
pub(super) fn budget(row: &mut Json, currency: Currency) -> Option<ObservedObject> {
    let budget = row.get_mut("campaignBudget")?.take();
    let mut object = ObservedObject::new(Kind::Budget, external_id(local(text(&budget, "resourceName")?))?);
    let (name, marker) = split_name(text(&budget, "name").unwrap_or_default());
    object.marker = marker;
    let mut fields = Fields(Values::new());
    fields.set("displayName", name);
    fields.set_some("shared.daily", money_of(&budget, "amountMicros", currency));
    object.fields = fields.0;
    object.native = Arc::new(members([("budget", budget)]));
    Some(object)
}

/// The name of a shared budget apart from the marker at its end.
pub(in super::super) fn split_name(name: &str) -> (&str, Option<Marker>) {
    let (start, end) = MARKER_IN_NAME;
    name.rsplit_once(start)
        .and_then(|(plain, marker)| Some((plain, Some(marker.strip_suffix(end)?.parse().ok()?))))
        .unwrap_or((name, None))
}

/// The name of a shared budget with the marker at its end.
pub(in super::super) fn join_name(name: &str, marker: Option<&Marker>) -> String {
    let (start, end) = MARKER_IN_NAME;
    marker.map_or_else(|| name.to_owned(), |marker| format!("{name}{start}{marker}{end}"))
}

fn money_of(object: &Json, path: &str, currency: Currency) -> Option<Value> {
    integer(object, path).map(|micros| adplane_core::money::Money::from_micros(micros, currency).into())
}

/// A campaign with its budget, criteria and links.
pub(super) fn campaign(
    row: &mut Json,
    criteria: Vec<Json>,
    assets: Vec<Json>,
    facts: &AccountFacts,
    regions: &Regions,
) -> Option<ObservedObject> {
    let campaign = row.get_mut("campaign")?.take();
    let budget = row.get_mut("campaignBudget").map(Json::take).unwrap_or_default();
    let mut object =
        ObservedObject::new(Kind::Campaign, external_id(local(text(&campaign, "resourceName")?))?);
    let parameters = Parameters::read(&campaign);
    let mut fields = Fields(Values::new());
    fields.set_some("displayName", text(&campaign, "name"));
    fields.set_some("state", state(&campaign));
    if flag(&budget, "explicitlyShared") {
        object.budget = text(&campaign, "campaignBudget").and_then(|name| external_id(local(name)));
        fields.set_some("budget.ref", object.budget.as_ref().map(|id| Value::text(format!("id:{id}"))));
    } else {
        fields.set_some("budget.daily", money_of(&budget, "amountMicros", facts.currency));
        fields.set_some("budget.total", money_of(&budget, "totalAmountMicros", facts.currency));
    }
    fields.set_some("schedule.start", time(&campaign, "startDateTime", &facts.zone));
    let end = text(&campaign, "endDateTime").filter(|text| !text.starts_with(FOREVER));
    fields.set_some("schedule.end", end.and_then(|_| time(&campaign, "endDateTime", &facts.zone)));
    bidding(&campaign, facts.currency, &mut fields);
    declared(&campaign, &mut fields);
    fields.tracking(&campaign, &parameters, "google");
    fields.set_some("google.finalUrlSuffix", text(&campaign, "finalUrlSuffix"));
    targeting(&criteria, regions, text(&campaign, "advertisingChannelType"), &mut fields);
    links(&assets, &mut fields);
    object.fields = fields.0;
    object.marker.clone_from(&parameters.marker);
    object.status = status::status(&campaign);
    object.read_only = read_only(&campaign);
    object.native = Arc::new(members([
        ("campaign", campaign),
        ("budget", budget),
        ("criteria", criteria.into()),
        ("assets", assets.into()),
    ]));
    Some(object)
}

/// Lanes that are closed to the API, or that another tool owns.
fn read_only(campaign: &Json) -> Option<String> {
    if text(campaign, "experimentType") == Some("EXPERIMENT") {
        return Some("it belongs to an experiment".into());
    }
    (text(campaign, "advertisingChannelType") == Some("VIDEO"))
        .then(|| "Google refuses changes to video campaigns through its API".into())
}

/// `2026-03-01 00:00:00` on the account's clock.
fn time(campaign: &Json, path: &str, zone: &Zone) -> Option<Time> {
    let civil = jiff::civil::DateTime::strptime("%Y-%m-%d %H:%M:%S", text(campaign, path)?).ok()?;
    Some(Time::new(civil.to_zoned(zone.rules()).ok()?.timestamp(), zone.clone()))
}

fn bidding(campaign: &Json, currency: Currency, fields: &mut Fields) {
    if let Some(portfolio) = text(campaign, "biddingStrategy") {
        fields.set("google.biddingStrategy", portfolio);
        return;
    }
    let Some(bidding) = Bidding::read(campaign, currency) else { return };
    fields.set("bidding.strategy", bidding.strategy.word());
    fields.set_some("bidding.amount", bidding.amount);
    fields.set_some("bidding.roas", bidding.roas);
    fields.set_some("bidding.maxCpc", bidding.max_cpc);
    fields.set_some("bidding.location", bidding.location);
    fields.set_some("bidding.share", bidding.share);
}

/// Leaves that YAML names as the vendor does, and the declaration.
fn declared(campaign: &Json, fields: &mut Fields) {
    for leaf in ["advertisingChannelType", "advertisingChannelSubType"] {
        fields.set_some(&format!("google.{leaf}"), text(campaign, leaf));
    }
    for side in ["positiveGeoTargetType", "negativeGeoTargetType"] {
        let path = format!("geoTargetTypeSetting.{side}");
        fields.set_some(&format!("google.{path}"), text(campaign, &path));
    }
    if text(campaign, "advertisingChannelType") == Some("SEARCH") {
        for network in [
            "targetGoogleSearch",
            "targetSearchNetwork",
            "targetContentNetwork",
            "targetPartnerSearchNetwork",
        ] {
            let path = format!("networkSettings.{network}");
            fields.set(&format!("google.{path}"), flag(campaign, &path));
        }
        fields.set("google.aiMaxSetting.enableAiMax", flag(campaign, "aiMaxSetting.enableAiMax"));
    }
    if at(campaign, "brandGuidelinesEnabled").is_some()
        && text(campaign, "advertisingChannelType") == Some("PERFORMANCE_MAX")
    {
        fields.set("google.brandGuidelinesEnabled", flag(campaign, "brandGuidelinesEnabled"));
    }
    for setting in list(campaign, "assetAutomationSettings") {
        if let (Some(kind), Some(status)) =
            (text(setting, "assetAutomationType"), text(setting, "assetAutomationStatus"))
        {
            fields.set(&format!("google.assetAutomationSettings.{kind}"), status);
        }
    }
    fields.set_some(
        "compliance.euPoliticalAds",
        match text(campaign, "containsEuPoliticalAdvertising") {
            Some("CONTAINS_EU_POLITICAL_ADVERTISING") => Some(true),
            Some("DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING") => Some(false),
            _ => None,
        },
    );
}

/// Places and languages among criteria.
pub(super) struct Places {
    pub(super) included: BTreeSet<String>,
    pub(super) excluded: BTreeSet<String>,
    pub(super) languages: BTreeSet<String>,
}

impl Places {
    pub(super) fn read(criteria: &[Json], regions: &Regions) -> Self {
        let mut found =
            Self { included: BTreeSet::new(), excluded: BTreeSet::new(), languages: BTreeSet::new() };
        for criterion in criteria {
            let negative = flag(criterion, "negative");
            if let Some(constant) = text(criterion, "location.geoTargetConstant").and_then(places::constant) {
                let side = if negative { &mut found.excluded } else { &mut found.included };
                side.insert(regions.name(constant));
            } else if let Some(constant) =
                text(criterion, "language.languageConstant").and_then(places::constant)
            {
                found.languages.insert(places::language_of_constant(constant));
            }
        }
        found
    }
}

fn targeting(criteria: &[Json], regions: &Regions, channel: Option<&str>, fields: &mut Fields) {
    let mut found = Places::read(criteria, regions);
    let mut devices: BTreeSet<&str> = demographics::DEVICES.iter().map(|(word, _)| *word).collect();
    let (mut intervals, mut negatives) = (BTreeSet::new(), Vec::new());
    for criterion in criteria {
        let negative = flag(criterion, "negative");
        if let Some(keyword) = at(criterion, "keyword").and_then(Keyword::read).filter(|_| negative) {
            negatives.push((keyword, None));
        } else if let Some(interval) = at(criterion, "adSchedule").and_then(hours::read) {
            intervals.insert(interval);
        } else if let Some(device) = text(criterion, "device.type").filter(|_| is_opted_out(criterion)) {
            devices.retain(|word| !demographics::DEVICES.contains(&(*word, device)));
        }
    }
    if found.included.is_empty() {
        found.included.insert(places::WORLD.to_owned());
    }
    fields.set("targeting.locations", Value::text_set(found.included));
    fields.set("targeting.locationsExcluded", Value::text_set(found.excluded));
    fields.set("targeting.languages", Value::text_set(found.languages));
    fields.set_some("schedule.hours", hours::value(&intervals));
    fields.set("negativeKeywords", keywords::map(negatives));
    if channel == Some("SEARCH") {
        fields.set("targeting.devices", Value::text_set(devices));
    }
}

/// A device shows no ads when its bid modifier is zero.
pub(in super::super) fn is_opted_out(criterion: &Json) -> bool {
    at(criterion, "bidModifier")
        .is_some_and(|modifier| modifier.as_i64() == Some(0) || modifier.as_f64() == Some(0.0))
}

fn links(assets: &[Json], fields: &mut Fields) {
    let (mut sitelinks, mut callouts) = (Vec::new(), Vec::new());
    for link in assets.iter().filter(|link| text(link, "campaignAsset.status") != Some("PAUSED")) {
        if let Some(sitelink) = sitelink(link) {
            sitelinks.push(sitelink);
        } else if let Some(callout) = text(link, "asset.calloutAsset.calloutText") {
            callouts.push(callout);
        }
    }
    fields.set("sitelinks", Value::map(sitelinks));
    fields.set("callouts", Value::text_set(callouts));
}

/// A sitelink as an entry of the YAML's map.
pub(in super::super) fn sitelink(link: &Json) -> Option<(String, Value)> {
    let words = text(link, "asset.sitelinkAsset.linkText")?;
    let url = list(link, "asset.finalUrls").first().and_then(Json::as_str).unwrap_or_default();
    let descriptions = ["description1", "description2"]
        .into_iter()
        .filter_map(|key| Some((key, Value::text(text(link, &format!("asset.sitelinkAsset.{key}"))?))));
    let entry =
        Value::map([("text", Value::text(words)), ("url", Value::text(url))].into_iter().chain(descriptions));
    Some((words.to_owned(), entry))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shared_budgets_carry_their_marker_at_the_end_of_the_name() {
        let marker: Marker = "abcdef.abcdefghij".parse().unwrap();
        let name = join_name("Brand [EU]", Some(&marker));
        assert_eq!(name, "Brand [EU] [apl:abcdef.abcdefghij]");
        assert_eq!(split_name(&name), ("Brand [EU]", Some(marker)));
        assert_eq!(split_name("Brand [apl:no]"), ("Brand [apl:no]", None));
        assert_eq!(join_name("Brand", None), "Brand");
    }

    #[test]
    fn a_modifier_of_zero_opts_out() {
        assert!(is_opted_out(&json!({"bidModifier": 0.0})));
        assert!(is_opted_out(&json!({"bidModifier": 0})));
        assert!(!is_opted_out(&json!({"bidModifier": 1.2})));
        assert!(!is_opted_out(&json!({})));
    }
}
