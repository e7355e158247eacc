//! Ads of the Upgraded Smart+ lane: one call, one ad, many creatives ("Create an Upgraded Smart+ Ad").

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::tiktok::errors::{Answer, Outcome, Refusal, WRITE_CONFLICT, ensure, invalid};
use crate::tiktok::json::{child, default_to, flag, has, set, text, text_or_empty};
use crate::tiktok::params::Params;
use crate::tiktok::store::{self, API, Author, Kind, Lane, Level};
use crate::tiktok::{clock, images, immutable, status, videos, views};
use crate::world::{Object, Vendor, World};

use super::{ad_fields, ad_rules, adgroups, campaigns};

pub(super) const KIND: Kind = Kind::new(Lane::SmartPlus, Level::Ad);
/// Most ads in one ad group.
const MOST: usize = 30;

/// Creates an ad.
pub(in crate::tiktok) fn create(world: &mut World, params: &Params) -> Outcome {
    let advertiser = &params.advertiser;
    let (group, campaign) = above(world, advertiser, params.text_or_empty("adgroup_id"))?;
    check_count(world, advertiser, &group)?;
    let mut ad = params.values.clone();
    ad.shift_remove("request_id");
    ad_rules::check(world, advertiser, &campaign, &group, &ad)?;
    name_creatives(world, advertiser, &mut ad, None);
    set(&mut ad, "campaign_id", text_or_empty(&group, "campaign_id"));
    default_to(&mut ad, "ad_name", "");
    complete(&mut ad);
    status::apply_at_create(world, &mut ad);
    let unnamed = text_or_empty(&ad, "ad_name").is_empty();
    let adds = adds_creatives(world, &ad);
    let id = store::insert(world, advertiser, KIND, ad)?;
    if unnamed
        && let Some(ad) =
            store::account_mut(world, advertiser)?.collection_mut(KIND.collection()).get_mut(&id)
    {
        set(ad, "ad_name", id.clone());
    }
    if adds {
        store::set_note(world, format!("auto_add/{id}"), advertiser.as_str());
    }
    status::send_to_review(world, advertiser, KIND, &id, false);
    status::refresh(world, advertiser, KIND, &id);
    answer(world, advertiser, &id)
}

fn above(world: &World, advertiser: &str, adgroup: &str) -> Result<(Object, Object), Refusal> {
    let group = store::live(world, advertiser, adgroups::KIND, adgroup)?;
    let campaign = store::live(world, advertiser, campaigns::KIND, text_or_empty(group, "campaign_id"))?;
    Ok((group.clone(), campaign.clone()))
}

fn check_count(world: &World, advertiser: &str, group: &Object) -> Result<(), Refusal> {
    let account = store::account(world, advertiser)?;
    let ids = store::children(world, text_or_empty(group, "adgroup_id"));
    let live =
        ids.iter().filter_map(|id| account.get(KIND.collection(), id)).filter(|ad| !store::is_deleted(ad));
    let count = live.count();
    ensure(count < MOST, || format!("adgroup_id: The ad group has {count} ads, the limit is {MOST}."))
}

fn complete(ad: &mut Object) {
    let mut configuration = child(ad, "ad_configuration").cloned().unwrap_or_default();
    default_to(&mut configuration, "dark_post_status", "ON");
    set(ad, "ad_configuration", configuration);
}

/// Gives each creative its material id; one that was there before keeps the id it had.
fn name_creatives(world: &mut World, advertiser: &str, ad: &mut Object, before: Option<&Object>) {
    let Some(Value::Array(mut creatives)) = ad.get("creative_list").cloned() else { return };
    let mut known: Vec<Value> = before
        .and_then(|before| before.get("creative_list"))
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    for creative in creatives.iter_mut().filter_map(Value::as_object_mut) {
        let place = known.iter().position(|old| is_same_creative(old, creative));
        let old = place.map(|place| known.remove(place));
        let member = |name: &str| old.as_ref().and_then(|old| old.get(name)).cloned();
        let id = member("ad_material_id").unwrap_or_else(|| store::fresh_id(world).into());
        let switch = member("material_operation_status").unwrap_or_else(|| "ENABLE".into());
        set(creative, "ad_material_id", id);
        set(creative, "material_operation_status", switch);
        let name = child(creative, "creative_info").and_then(|info| material_name(world, advertiser, info));
        if let (Some(name), Some(Value::Object(info))) = (name, creative.get_mut("creative_info")) {
            set(info, "material_name", name);
        }
    }
    set(ad, "creative_list", creatives);
}

/// What makes a creative the same one: its post, its video or its images.
fn is_same_creative(old: &Value, new: &Object) -> bool {
    let key = |info: &Object| {
        let images: Vec<Value> = crate::tiktok::json::objects(info, "image_info")
            .filter_map(|image| image.get("web_uri").cloned())
            .collect();
        let video = child(info, "video_info").and_then(|video| text(video, "video_id")).map(str::to_owned);
        let post = text(info, "tiktok_item_id").map(str::to_owned);
        // The cover of a video may change without making it another creative.
        if video.is_some() || post.is_some() { (post, video, Vec::new()) } else { (post, video, images) }
    };
    let old = old.as_object().and_then(|old| child(old, "creative_info")).map(key);
    old.is_some() && old == child(new, "creative_info").map(key)
}

fn material_name(world: &World, advertiser: &str, info: &Object) -> Option<String> {
    if let Some(video) = child(info, "video_info").and_then(|video| text(video, "video_id")) {
        return videos::check(world, advertiser, video)
            .ok()
            .map(|video| text_or_empty(video, "file_name").to_owned());
    }
    let image = crate::tiktok::json::objects(info, "image_info").find_map(|image| text(image, "web_uri"))?;
    images::file_name(world, advertiser, image).map(str::to_owned)
}

/// Updates an ad: a list that is sent replaces the old one, the others are kept (secondary).
pub(in crate::tiktok) fn update(world: &mut World, params: &Params) -> Outcome {
    let (advertiser, id) = (&params.advertiser, params.text_or_empty("smart_plus_ad_id"));
    let current = store::live(world, advertiser, KIND, id)?.clone();
    let (group, campaign) = above(world, advertiser, text_or_empty(&current, "adgroup_id"))?;
    check_gap(world, id)?;
    let sent =
        immutable::changes(world, &params.values, &current, ad_fields::UPDATABLE, &["smart_plus_ad_id"])?;
    ensure(params.text("ad_name") != Some(""), || "ad_name: It must have at least one character.".into())?;
    ensure(
        !has(&current, "disclaimer")
            || sent.get("disclaimer").is_none_or(|sent| {
                sent.get("disclaimer_type") == current["disclaimer"].get("disclaimer_type")
            }),
        || "disclaimer: It can be reworded, not removed or retyped.".into(),
    )?;
    let mut next = current.clone();
    next.extend(sent);
    ad_rules::check(world, advertiser, &campaign, &group, &next)?;
    name_creatives(world, advertiser, &mut next, Some(&current));
    complete(&mut next);
    if ad_fields::REVIEWED.iter().any(|name| next.get(*name) != current.get(*name)) {
        status::send_to_review(world, advertiser, KIND, id, true);
    }
    store::update(world, advertiser, KIND, id, &next, &API)?;
    store::set_note(world, format!("written/{id}"), clock::stamp(world.now));
    status::refresh(world, advertiser, KIND, id);
    answer(world, advertiser, id)
}

/// With option `tiktok.ad_write_gap=5` a second write to one ad within so many seconds conflicts.
fn check_gap(world: &World, id: &str) -> Result<(), Refusal> {
    let gap = world.option("tiktok.ad_write_gap", "0").parse().unwrap_or(0);
    let last = store::note(world, &format!("written/{id}")).and_then(Value::as_str).and_then(clock::parse);
    if gap > 0 && last.is_some_and(|last| last + SignedDuration::from_secs(gap) > world.now) {
        return Err(Refusal::new(WRITE_CONFLICT, format!("Ad {id} is being written by another request.")));
    }
    Ok(())
}

/// Switches creatives of an ad on and off.
pub(in crate::tiktok) fn update_material_status(world: &mut World, params: &Params) -> Outcome {
    let (advertiser, id) = (&params.advertiser, params.text_or_empty("smart_plus_ad_id"));
    let wanted = params.texts("ad_material_ids");
    crate::tiktok::gets::check_batch("ad_material_ids", &wanted)?;
    let current = store::live(world, advertiser, KIND, id)?;
    let mut creatives = current.get("creative_list").and_then(Value::as_array).cloned().unwrap_or_default();
    for material in &wanted {
        let found = creatives
            .iter_mut()
            .find(|creative| creative.get("ad_material_id") == Some(&Value::from(*material)));
        let found = found.and_then(Value::as_object_mut);
        let creative = found
            .ok_or_else(|| invalid(format!("ad_material_ids: {material} is not a creative of ad {id}.")))?;
        set(creative, "material_operation_status", params.text_or_empty("operation_status"));
    }
    let mut change = Object::new();
    set(&mut change, "creative_list", creatives);
    store::update(world, advertiser, KIND, id, &change, &API)?;
    Ok(Answer::wrote(json!({})))
}

/// Shows where an ad could be previewed.
pub(in crate::tiktok) fn preview(world: &mut World, params: &Params) -> Outcome {
    let id = params.text("smart_plus_ad_id");
    if params.text("preview_type") == Some("AD") {
        let id = id.ok_or_else(|| invalid("smart_plus_ad_id: Required when preview_type is AD."))?;
        store::live(world, &params.advertiser, KIND, id)?;
    }
    let link = format!("{}/_preview/{}", params.base_url, id.unwrap_or("draft"));
    Ok(Answer::read(
        json!({"preview_link": link, "iframe": format!("<iframe src=\"{link}\"></iframe>"), "tips": []}),
    ))
}

/// Whether the platform will add a creative by itself: option `tiktok.auto_add=on`, unless refused by the ad.
fn adds_creatives(world: &World, ad: &Object) -> bool {
    let toggle = child(ad, "ad_configuration")
        .and_then(|configuration| flag(configuration, "creative_auto_add_toggle"));
    world.option("tiktok.auto_add", "off") == "on" && toggle != Some(false)
}

/// Adds the creatives that the platform makes by itself, as time passes.
pub(in crate::tiktok) fn add_creatives(world: &mut World) {
    let Some(notes) = world.notes.get_mut(&Vendor::Tiktok) else { return };
    let due: Vec<(String, String)> = notes
        .range("auto_add/".to_owned().."auto_add0".to_owned())
        .filter_map(|(key, advertiser)| Some((key.clone(), advertiser.as_str()?.to_owned())))
        .collect();
    for (key, _) in &due {
        notes.remove(key);
    }
    for (key, advertiser) in due {
        let id = key.trim_start_matches("auto_add/");
        let found =
            world.account(Vendor::Tiktok, &advertiser).and_then(|account| account.get(KIND.collection(), id));
        let Some(Value::Array(mut creatives)) = found.and_then(|ad| ad.get("creative_list")).cloned() else {
            continue;
        };
        let Some(Value::Object(mut added)) = creatives.first().cloned() else { continue };
        set(&mut added, "ad_material_id", store::fresh_id(world));
        creatives.push(Value::Object(added));
        let mut change = Object::new();
        set(&mut change, "creative_list", creatives);
        let platform = Author { name: "system", via_api: false };
        // The ad was just found, so the write finds it too.
        let _ = store::update(world, &advertiser, KIND, id, &change, &platform);
    }
}

fn answer(world: &World, advertiser: &str, id: &str) -> Outcome {
    let account = store::account(world, advertiser)?;
    let row = account.get(KIND.collection(), id).map(|ad| views::row(world, account, KIND, ad));
    Ok(Answer::wrote(Value::Object(row.unwrap_or_default())))
}
