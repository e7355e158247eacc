//! The object lists of both lanes: `/campaign/get/`, `/adgroup/get/`, `/ad/get/` and their Smart+ twins.

use std::collections::BTreeSet;

use crate::world::{Account, Object, World};

use super::errors::{Answer, Outcome, Refusal, ensure};
use super::field::{Field, Kind as Type, any, choice, flag, id, ids, object, text};
use super::json::{child, text as text_of, text_or_empty, texts};
use super::list::{self, Page};
use super::params::Params;
use super::store::{self, Kind, Lane, Level};
use super::{status, views};

/// Largest page of most lists.
const LARGEST: usize = 1_000;
/// Largest page of the Upgraded Smart+ ad list.
const LARGEST_SMART_PLUS_ADS: usize = 100;
/// Lanes by the word in `campaign_automation_type`.
const AUTOMATION: &[&str] = &["MANUAL", "SMART_PLUS", "UPGRADED_SMART_PLUS"];

const SHARED_FILTERS: [Field; 4] = [
    choice("primary_status", status::PRIMARY),
    text("secondary_status"),
    text("creation_filter_start_time"),
    text("creation_filter_end_time"),
];

const CAMPAIGN_FILTERS: &[Field] = &[
    ids("campaign_ids"),
    text("campaign_name"),
    Field::new("campaign_system_origins", Type::Texts),
    text("campaign_type"),
    text("objective_type"),
    Field::new("buying_types", Type::Texts),
    SHARED_FILTERS[0],
    SHARED_FILTERS[1],
    SHARED_FILTERS[2],
    SHARED_FILTERS[3],
    flag("is_smart_performance_campaign"),
    any("split_test_enabled"),
    text("campaign_product_source"),
    text("optimization_goal"),
    text("sales_destination"),
    choice("campaign_automation_type", AUTOMATION),
];

const ADGROUP_FILTERS: &[Field] = &[
    ids("adgroup_ids"),
    text("adgroup_name"),
    ids("campaign_ids"),
    SHARED_FILTERS[0],
    SHARED_FILTERS[1],
    SHARED_FILTERS[2],
    SHARED_FILTERS[3],
    text("objective_type"),
    Field::new("buying_types", Type::Texts),
    text("optimization_goal"),
    text("promotion_type"),
    any("bid_strategy"),
    text("creative_material_mode"),
    Field::new("billing_events", Type::Texts),
    Field::new("campaign_system_origins", Type::Texts),
    any("split_test_enabled"),
    choice("campaign_automation_type", AUTOMATION),
];

const AD_FILTERS: &[Field] = &[
    ids("ad_ids"),
    ids("ad_ids_v2"),
    ids("adgroup_ids"),
    ids("campaign_ids"),
    text("ad_name"),
    SHARED_FILTERS[0],
    SHARED_FILTERS[1],
    SHARED_FILTERS[2],
    SHARED_FILTERS[3],
    text("objective_type"),
    Field::new("buying_types", Type::Texts),
    text("optimization_goal"),
    text("creative_material_mode"),
    choice("destination", &["APP", "TIKTOK_INSTANT_PAGE", "WEBSITE", "SOCIAL_MEDIA_APP", "PHONE_CALL"]),
    text("modified_after"),
    choice("campaign_automation_type", AUTOMATION),
];

const SMART_PLUS_CAMPAIGN_FILTERS: &[Field] = &[
    ids("campaign_ids"),
    text("campaign_name"),
    text("objective_type"),
    text("sales_destination"),
    SHARED_FILTERS[0],
    SHARED_FILTERS[1],
    SHARED_FILTERS[2],
    SHARED_FILTERS[3],
];

const SMART_PLUS_ADGROUP_FILTERS: &[Field] = &[
    ids("adgroup_ids"),
    text("adgroup_name"),
    ids("campaign_ids"),
    text("objective_type"),
    text("optimization_goal"),
    text("promotion_type"),
    text("sales_destination"),
    SHARED_FILTERS[0],
    SHARED_FILTERS[1],
    SHARED_FILTERS[2],
    SHARED_FILTERS[3],
];

const SMART_PLUS_AD_FILTERS: &[Field] = &[
    ids("smart_plus_ad_ids"),
    ids("adgroup_ids"),
    ids("campaign_ids"),
    text("objective_type"),
    text("optimization_goal"),
    SHARED_FILTERS[0],
    SHARED_FILTERS[1],
    SHARED_FILTERS[2],
    SHARED_FILTERS[3],
    text("modified_after"),
];

/// Parameters of `/campaign/get/`.
pub(super) const CAMPAIGNS: &[Field] =
    &[id("advertiser_id").required(), object("filtering", CAMPAIGN_FILTERS)];
/// Parameters of `/adgroup/get/`.
pub(super) const ADGROUPS: &[Field] = &[id("advertiser_id").required(), object("filtering", ADGROUP_FILTERS)];
/// Parameters of `/ad/get/`.
pub(super) const ADS: &[Field] = &[id("advertiser_id").required(), object("filtering", AD_FILTERS)];
/// Parameters of `/smart_plus/campaign/get/`.
pub(super) const SMART_PLUS_CAMPAIGNS: &[Field] =
    &[id("advertiser_id").required(), object("filtering", SMART_PLUS_CAMPAIGN_FILTERS)];
/// Parameters of `/smart_plus/adgroup/get/`.
pub(super) const SMART_PLUS_ADGROUPS: &[Field] =
    &[id("advertiser_id").required(), object("filtering", SMART_PLUS_ADGROUP_FILTERS)];
/// Parameters of `/smart_plus/ad/get/`.
pub(super) const SMART_PLUS_ADS: &[Field] =
    &[id("advertiser_id").required(), object("filtering", SMART_PLUS_AD_FILTERS)];

/// `/campaign/get/`
pub(super) fn campaigns(world: &mut World, params: &Params) -> Outcome {
    manual(world, params, Level::Campaign)
}

/// `/adgroup/get/`
pub(super) fn adgroups(world: &mut World, params: &Params) -> Outcome {
    manual(world, params, Level::AdGroup)
}

/// `/smart_plus/campaign/get/`
pub(super) fn smart_plus_campaigns(world: &mut World, params: &Params) -> Outcome {
    own(world, params, Level::Campaign, LARGEST)
}

/// `/smart_plus/adgroup/get/`
pub(super) fn smart_plus_adgroups(world: &mut World, params: &Params) -> Outcome {
    own(world, params, Level::AdGroup, LARGEST)
}

/// `/smart_plus/ad/get/`
pub(super) fn smart_plus_ads(world: &mut World, params: &Params) -> Outcome {
    own(world, params, Level::Ad, LARGEST_SMART_PLUS_ADS)
}

/// A list of the Upgraded Smart+ lane alone.
fn own(world: &World, params: &Params, level: Level, largest: usize) -> Outcome {
    let page = Page::read(params, largest)?;
    let account = store::account(world, &params.advertiser)?;
    let matches = matching(world, params, account, &[Lane::SmartPlus], level)?;
    Ok(Answer::read(
        page.answer("list", &matches, |(kind, object)| views::row(world, account, *kind, object)),
    ))
}

/// A list of the manual lane, which shows both lanes.
fn manual(world: &World, params: &Params, level: Level) -> Outcome {
    let page = Page::read(params, LARGEST)?;
    let account = store::account(world, &params.advertiser)?;
    let matches = matching(world, params, account, &[Lane::Manual, Lane::SmartPlus], level)?;
    Ok(Answer::read(
        page.answer("list", &matches, |(kind, object)| views::manual_row(world, account, *kind, object)),
    ))
}

/// `/ad/get/`: Upgraded Smart+ ads appear as their creatives.
pub(super) fn ads(world: &mut World, params: &Params) -> Outcome {
    let page = Page::read(params, LARGEST)?;
    let account = store::account(world, &params.advertiser)?;
    let filter = params.object("filtering");
    let by_ad = list::ids(filter, "ad_ids")?;
    let by_ad_v2 = list::ids(filter, "ad_ids_v2")?;
    let mut rows = Vec::new();
    for (kind, object) in matching(world, params, account, &[Lane::Manual, Lane::SmartPlus], Level::Ad)? {
        if kind.lane == Lane::Manual {
            let id = text_or_empty(object, "ad_id");
            if by_ad.as_ref().is_none_or(|ids| ids.contains(&id))
                && by_ad_v2.as_ref().is_none_or(|ids| ids.contains(&id))
            {
                rows.push(AdRow::Ad(object));
            }
        } else {
            let creatives = views::creative_rows(world, account, object).into_iter();
            rows.extend(
                creatives
                    .filter(|row| list::in_ids(by_ad.as_ref(), row, "ad_id"))
                    .filter(|row| list::in_ids(by_ad_v2.as_ref(), row, "ad_id_v2"))
                    .map(AdRow::Creative),
            );
        }
    }
    let kind = Kind::new(Lane::Manual, Level::Ad);
    Ok(Answer::read(page.answer("list", &rows, |row| match row {
        AdRow::Ad(ad) => views::manual_row(world, account, kind, ad),
        AdRow::Creative(row) => row.clone(),
    })))
}

enum AdRow<'a> {
    Ad(&'a Object),
    Creative(Object),
}

/// The objects of a level that pass the filter, newest first.
fn matching<'a>(
    world: &World,
    params: &Params,
    account: &'a Account,
    lanes: &[Lane],
    level: Level,
) -> Result<Vec<(Kind, &'a Object)>, Refusal> {
    let filter = params.object("filtering");
    let id_filters = IdFilters::read(filter)?;
    let mut found = Vec::new();
    for lane in lanes {
        let kind = Kind::new(*lane, level);
        let objects = candidates(world, account, kind, filter);
        found.extend(
            objects
                .into_iter()
                .filter(|object| {
                    id_filters.pass(object, kind) && passes(world, account, kind, object, filter)
                })
                .map(|object| (kind, object)),
        );
    }
    // Ids have equal length until they outgrow 19 digits; compare as numbers would.
    found.sort_by(|(a, left), (b, right)| {
        let (left, right) = (text_or_empty(left, a.id_member()), text_or_empty(right, b.id_member()));
        (right.len(), right).cmp(&(left.len(), left))
    });
    Ok(found)
}

/// The objects worth looking at: those that the narrowest id filter names, else all of the kind.
fn candidates<'a>(
    world: &World,
    account: &'a Account,
    kind: Kind,
    filter: Option<&Object>,
) -> Vec<&'a Object> {
    let named =
        |name: &str| filter.filter(|filter| filter.contains_key(name)).map(|filter| texts(filter, name));
    let (own, above) = match (kind.level, kind.lane) {
        (Level::Campaign, _) => ("campaign_ids", None),
        (Level::AdGroup, _) => ("adgroup_ids", Some("campaign_ids")),
        (Level::Ad, Lane::Manual) => ("ad_ids", Some("adgroup_ids")),
        (Level::Ad, Lane::SmartPlus) => ("smart_plus_ad_ids", Some("adgroup_ids")),
    };
    let find = |id: &str| account.get(kind.collection(), id);
    if let Some(ids) = named(own) {
        // An id that is asked for twice still has one row.
        return ids.into_iter().collect::<BTreeSet<_>>().into_iter().filter_map(find).collect();
    }
    if let Some(ids) = above.and_then(named) {
        let parents: BTreeSet<&str> = ids.into_iter().collect();
        return parents.into_iter().flat_map(|id| store::children(world, id)).filter_map(find).collect();
    }
    account.collection(kind.collection()).into_iter().flat_map(|objects| objects.values()).collect()
}

struct IdFilters<'a> {
    campaigns: Option<Vec<&'a str>>,
    adgroups: Option<Vec<&'a str>>,
    smart_plus_ads: Option<Vec<&'a str>>,
}

impl<'a> IdFilters<'a> {
    fn read(filter: Option<&'a Object>) -> Result<Self, Refusal> {
        Ok(Self {
            campaigns: list::ids(filter, "campaign_ids")?,
            adgroups: list::ids(filter, "adgroup_ids")?,
            smart_plus_ads: list::ids(filter, "smart_plus_ad_ids")?,
        })
    }

    fn pass(&self, object: &Object, kind: Kind) -> bool {
        list::in_ids(self.campaigns.as_ref(), object, "campaign_id")
            && (kind.level == Level::Campaign || list::in_ids(self.adgroups.as_ref(), object, "adgroup_id"))
            && list::in_ids(self.smart_plus_ads.as_ref(), object, "smart_plus_ad_id")
    }
}

fn passes(world: &World, account: &Account, kind: Kind, object: &Object, filter: Option<&Object>) -> bool {
    if !passes_members(account, kind, object, filter) {
        return false;
    }
    let primary = filter.and_then(|filter| text_of(filter, "primary_status"));
    let wanted = filter.and_then(|filter| text_of(filter, "secondary_status"));
    match (primary, wanted) {
        (Some("STATUS_ALL"), None) => return true,
        // The usual list needs no computed state, only that nothing above was deleted.
        (None | Some("STATUS_NOT_DELETE"), None) => return !status::is_gone(account, kind, object),
        _ => {}
    }
    let secondary = status::secondary(world, account, kind, object);
    status::passes(primary, &secondary) && wanted.is_none_or(|wanted| wanted == secondary)
}

fn passes_members(account: &Account, kind: Kind, object: &Object, filter: Option<&Object>) -> bool {
    let Some(wanted) = filter else { return true };
    let is =
        |name: &str, value: Option<&str>| text_of(wanted, name).is_none_or(|wanted| value == Some(wanted));
    let among = |name: &str, value: &str| !wanted.contains_key(name) || texts(wanted, name).contains(&value);
    let lane = match kind.lane {
        Lane::Manual => "MANUAL",
        Lane::SmartPlus => "UPGRADED_SMART_PLUS",
    };
    let names = ["campaign_name", "adgroup_name", "ad_name"];
    names.iter().all(|name| list::resembles(filter, name, object))
        && list::in_times(filter, object)
        && is(
            "objective_type",
            views::objective(account, kind.lane, object).or(text_of(object, "objective_type")),
        )
        && is("optimization_goal", views::goal(account, kind.lane, object))
        && is("campaign_automation_type", Some(lane))
        && among("campaign_system_origins", "TT_ADS_PLATFORM")
        && among("buying_types", "AUCTION")
        && among("billing_events", text_or_empty(object, "billing_event"))
        && ["campaign_type", "campaign_product_source", "sales_destination", "creative_material_mode"]
            .iter()
            .all(|name| list::equals(filter, name, object, name))
        && passes_promotion(wanted, object)
        && passes_destination(wanted, object)
}

/// The filter's promotion types are coarser than the objects' own.
fn passes_promotion(filter: &Object, group: &Object) -> bool {
    let Some(wanted) = text_of(filter, "promotion_type") else { return true };
    let own = text_or_empty(group, "promotion_type");
    match wanted {
        "APP" => own.starts_with("APP_"),
        "INSTANT_FORM" => {
            own == "LEAD_GENERATION" && text_or_empty(group, "promotion_target_type") == "INSTANT_PAGE"
        }
        "WEBSITE" => own == "WEBSITE",
        _ => own == wanted,
    }
}

fn passes_destination(filter: &Object, ad: &Object) -> bool {
    match text_of(filter, "destination") {
        Some("WEBSITE") => {
            text_of(ad, "landing_page_url").is_some() || child(ad, "landing_page_url").is_some()
        }
        Some("TIKTOK_INSTANT_PAGE") => {
            ad.get("page_id").is_some_and(|page| page.as_u64().is_some_and(|id| id > 0))
        }
        Some(_) => false,
        None => true,
    }
}

/// Refuses a batch of more than 20 or without ids.
pub(super) fn check_batch(name: &str, ids: &[&str]) -> Result<(), Refusal> {
    ensure((1..=20).contains(&ids.len()), || {
        format!("{name}: 1 to 20 ids are allowed, {} were sent.", ids.len())
    })
}
