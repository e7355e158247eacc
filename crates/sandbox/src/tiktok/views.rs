//! Rows as the lists show them: computed states, and Upgraded Smart+ objects seen through the manual lists.
//!
//! "Get campaigns" and "Get ad groups" return the objects of both lanes by default.

use serde_json::{Value, json};

use crate::world::{Account, Object, World};

use super::json::{child, default_to, flag, objects, set, text, text_or_empty};
use super::store::{Kind, Lane, Level};
use super::{budget, status};

/// An object as its own lane shows it.
pub(super) fn row(world: &World, account: &Account, kind: Kind, object: &Object) -> Object {
    let mut row = object.clone();
    set(&mut row, "secondary_status", status::secondary(world, account, kind, object));
    if kind.level != Level::Campaign {
        add_parent_names(account, kind, &mut row);
    }
    // The test host never returns this member.
    if world.option("tiktok.host", "production") == "test" {
        row.shift_remove("secondary_status");
    }
    row
}

fn add_parent_names(account: &Account, kind: Kind, row: &mut Object) {
    for (level, name) in [(Level::Campaign, "campaign_name"), (Level::AdGroup, "adgroup_name")] {
        let above = Kind::new(kind.lane, level);
        if level == kind.level {
            continue;
        }
        let parent = account.get(above.collection(), text_or_empty(row, above.id_member()));
        if let Some(name_now) = parent.and_then(|parent| parent.get(name)).cloned() {
            set(row, name, name_now);
        }
    }
}

/// An object as the manual lists show it, whichever lane it belongs to.
pub(super) fn manual_row(world: &World, account: &Account, kind: Kind, object: &Object) -> Object {
    let mut row = row(world, account, kind, object);
    if kind.lane == Lane::Manual {
        return row;
    }
    set(&mut row, "campaign_automation_type", "UPGRADED_SMART_PLUS");
    match kind.level {
        Level::Campaign => show_campaign(&mut row),
        Level::AdGroup => flatten_targeting(&mut row),
        Level::Ad => {}
    }
    row
}

fn show_campaign(row: &mut Object) {
    let app = text_or_empty(row, "objective_type") == "APP_PROMOTION";
    set(row, "objective", if app { "APP" } else { "LANDING_PAGE" });
    set(row, "is_new_structure", true);
    set(row, "is_smart_performance_campaign", false);
    set(row, "campaign_system_origin", "TT_ADS_PLATFORM");
    default_to(row, "special_industries", json!([]));
    if flag(row, "budget_optimize_on") != Some(true) {
        row.shift_remove("budget_optimize_on");
        // A campaign without its own budget optimisation shows no budget here, even with a ceiling.
        set(row, "budget_mode", budget::INFINITE);
        set(row, "budget", 0.0);
    }
}

fn flatten_targeting(row: &mut Object) {
    if let Some(Value::Object(spec)) = row.shift_remove("targeting_spec") {
        for (name, value) in spec {
            row.entry(name).or_insert(value);
        }
    }
}

/// The creatives of an Upgraded Smart+ ad as the manual ad list shows them: one row for each.
pub(super) fn creative_rows(world: &World, account: &Account, ad: &Object) -> Vec<Object> {
    let kind = Kind::new(Lane::SmartPlus, Level::Ad);
    let row = row(world, account, kind, ad);
    let ad_id = text_or_empty(ad, "smart_plus_ad_id");
    let first_text = objects(ad, "ad_text_list").find_map(|item| item.get("ad_text")).cloned();
    let landing = objects(ad, "landing_page_url_list").find_map(|item| item.get("landing_page_url")).cloned();
    objects(ad, "creative_list")
        .map(|creative| {
            let info = child(creative, "creative_info").cloned().unwrap_or_default();
            let images: Vec<&str> =
                objects(&info, "image_info").filter_map(|image| text(image, "web_uri")).collect();
            let video = child(&info, "video_info").and_then(|video| video.get("video_id")).cloned();
            let mut shown = Object::new();
            for name in [
                "advertiser_id",
                "campaign_id",
                "campaign_name",
                "adgroup_id",
                "adgroup_name",
                "ad_name",
                "operation_status",
                "secondary_status",
                "create_time",
                "modify_time",
            ] {
                set(&mut shown, name, row.get(name).cloned().unwrap_or(Value::Null));
            }
            set(&mut shown, "ad_id", creative.get("ad_material_id").cloned().unwrap_or(Value::Null));
            set(&mut shown, "ad_id_v2", ad_id);
            set(&mut shown, "smart_plus_ad_id", ad_id);
            set(&mut shown, "campaign_automation_type", "UPGRADED_SMART_PLUS");
            set(&mut shown, "ad_format", info.get("ad_format").cloned().unwrap_or(Value::Null));
            set(&mut shown, "video_id", video.unwrap_or(Value::Null));
            set(&mut shown, "image_ids", json!(images));
            set(&mut shown, "ad_text", first_text.clone().unwrap_or(Value::Null));
            set(&mut shown, "landing_page_url", landing.clone().unwrap_or(Value::Null));
            for name in ["identity_type", "identity_id", "tiktok_item_id"] {
                set(&mut shown, name, info.get(name).cloned().unwrap_or(Value::Null));
            }
            shown
        })
        .collect()
}

/// The objective of the campaign above an ad group or ad.
pub(super) fn objective<'a>(account: &'a Account, lane: Lane, object: &Object) -> Option<&'a str> {
    let campaigns = Kind::new(lane, Level::Campaign).collection();
    account
        .get(campaigns, text_or_empty(object, "campaign_id"))
        .and_then(|campaign| text(campaign, "objective_type"))
}

/// The goal of the ad group above an ad, or of the ad group itself.
pub(super) fn goal<'a>(account: &'a Account, lane: Lane, object: &'a Object) -> Option<&'a str> {
    text(object, "optimization_goal").or_else(|| {
        let groups = Kind::new(lane, Level::AdGroup).collection();
        account
            .get(groups, text_or_empty(object, "adgroup_id"))
            .and_then(|group| text(group, "optimization_goal"))
    })
}
