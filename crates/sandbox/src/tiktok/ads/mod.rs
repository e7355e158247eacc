//! Ads of the manual lane ("Create ads", "Update ads").

pub(super) mod fields;
pub(super) mod rules;

use serde_json::{Value, json};

use crate::world::{Object, Vendor, World};

use super::errors::{Answer, Outcome, Refusal, TOO_MANY_ADS, ensure, fault, invalid};
use super::json::{default_to, fill_nulls, objects, set, text, text_or_empty};
use super::params::Params;
use super::store::{self, API, Kind, Lane, Level};
use super::{status, views};

const KIND: Kind = Kind::new(Lane::Manual, Level::Ad);
const GROUP: Kind = Kind::new(Lane::Manual, Level::AdGroup);
const CAMPAIGN: Kind = Kind::new(Lane::Manual, Level::Campaign);
/// Most ads in one ad group, and most creatives in one call.
const MOST: usize = 20;

/// Creates ads in one ad group, all of them or none.
///
/// Option `tiktok.partial_ads=on` stores the good ones and answers 20001 when some were refused; so does an
/// armed `partial` fault.
pub(super) fn create(world: &mut World, params: &Params) -> Outcome {
    let advertiser = &params.advertiser;
    let group = store::live(world, advertiser, GROUP, params.text_or_empty("adgroup_id"))?.clone();
    let campaign = store::live(world, advertiser, CAMPAIGN, text_or_empty(&group, "campaign_id"))?.clone();
    let creatives: Vec<Object> = objects(&params.values, "creatives").cloned().collect();
    ensure((1..=MOST).contains(&creatives.len()), || "creatives: 1 to 20 creatives are allowed.".into())?;
    check_count(world, advertiser, &group, creatives.len())?;
    let count = creatives.len();
    let mut ready = Vec::new();
    let mut refused = Vec::new();
    for (index, mut creative) in creatives.into_iter().enumerate() {
        let checked = rules::check(world, advertiser, &campaign, &group, &creative);
        match checked.and_then(|()| fault(world, count - 1 - index)) {
            Ok(()) => {
                complete(&mut creative, advertiser, &group);
                status::apply_at_create(world, &mut creative);
                ready.push(creative);
            }
            Err(refusal) => {
                refused.push(Refusal::new(refusal.code, format!("creatives.{index}.{}", refusal.message)));
            }
        }
    }
    let switched = world.option("tiktok.partial_ads", "off") == "on" && !ready.is_empty();
    let partial = switched || world.fault_partial(Vendor::Tiktok);
    if let Some(refusal) = refused.first().filter(|_| !partial) {
        return Err(refusal.clone());
    }
    let mut ids = Vec::new();
    for creative in ready {
        ids.push(add(world, advertiser, creative)?);
    }
    let mut answer = answer(world, advertiser, &ids)?;
    if let Some(refusal) = refused.first() {
        answer.code = 20_001;
        answer.message = format!("Partial success: {}", refusal.message);
    }
    Ok(answer)
}

fn check_count(world: &World, advertiser: &str, group: &Object, more: usize) -> Result<(), Refusal> {
    let account = store::account(world, advertiser)?;
    let ids = store::children(world, text_or_empty(group, "adgroup_id"));
    let live = ids.iter().filter_map(|id| account.get("ads", id)).filter(|ad| !store::is_deleted(ad)).count();
    if live + more > MOST {
        let message = format!("The ad group has {live} ads, at most {MOST} are allowed.");
        return Err(Refusal::new(TOO_MANY_ADS, message));
    }
    Ok(())
}

fn add(world: &mut World, advertiser: &str, creative: Object) -> Result<String, Refusal> {
    let unnamed = text_or_empty(&creative, "ad_name").is_empty();
    let id = store::insert(world, advertiser, KIND, creative)?;
    if unnamed {
        let ad = store::account_mut(world, advertiser)?.collection_mut("ads").get_mut(&id);
        if let Some(ad) = ad {
            set(ad, "ad_name", id.clone());
        }
    }
    status::send_to_review(world, advertiser, KIND, &id, false);
    status::refresh(world, advertiser, KIND, &id);
    Ok(id)
}

/// Fills in what the platform adds; unset numeric ids read 0.
fn complete(creative: &mut Object, advertiser: &str, group: &Object) {
    for name in ["adgroup_id", "adgroup_name", "campaign_id", "campaign_name", "optimization_event"] {
        set(creative, name, group.get(name).cloned().unwrap_or(Value::Null));
    }
    set(creative, "advertiser_id", advertiser);
    default_to(creative, "image_ids", json!([]));
    default_to(creative, "ad_text", "");
    default_to(creative, "page_id", 0);
    default_to(creative, "tracking_pixel_id", 0);
    default_to(creative, "promotional_music_disabled", true);
    default_to(creative, "aigc_disclosure_type", "NOT_DECLARED");
    default_to(creative, "creative_authorized", false);
    default_to(creative, "dark_post_status", "ON");
    default_to(creative, "item_duet_status", "ENABLE");
    default_to(creative, "item_stitch_status", "ENABLE");
    default_to(creative, "creative_type", Value::Null);
    set(creative, "is_aco", false);
    set(creative, "is_new_structure", true);
    set(creative, "campaign_automation_type", "MANUAL");
    fill_nulls(creative, fields::NULLS);
}

/// Updates ads: each creative is replaced, or with `patch_update` a few members change.
pub(super) fn update(world: &mut World, params: &Params) -> Outcome {
    let advertiser = &params.advertiser;
    let group = store::live(world, advertiser, GROUP, params.text_or_empty("adgroup_id"))?.clone();
    let campaign = store::live(world, advertiser, CAMPAIGN, text_or_empty(&group, "campaign_id"))?.clone();
    let creatives: Vec<Object> = objects(&params.values, "creatives").cloned().collect();
    ensure((1..=MOST).contains(&creatives.len()), || "creatives: 1 to 20 creatives are allowed.".into())?;
    let patch = params.flag("patch_update").unwrap_or(false);
    let mut ready = Vec::new();
    for creative in &creatives {
        let id = text(creative, "ad_id")
            .ok_or_else(|| invalid("creatives: ad_id: Missing data for required field."))?;
        let current = store::live(world, advertiser, KIND, id)?;
        ensure(text(current, "adgroup_id") == params.text("adgroup_id"), || {
            format!("ad_id: The ad {id} does not belong to the ad group.")
        })?;
        let next = if patch {
            patched(current, creative)?
        } else {
            replaced(current, creative, advertiser, &group)?
        };
        rules::check(world, advertiser, &campaign, &group, &next)?;
        ready.push((id.to_owned(), next));
    }
    let mut ids = Vec::new();
    for (id, next) in ready {
        apply(world, advertiser, &id, &next)?;
        ids.push(id);
    }
    answer(world, advertiser, &ids)
}

fn patched(current: &Object, sent: &Object) -> Result<Object, Refusal> {
    let mut next = current.clone();
    let told =
        |(name, _): &(&String, &Value)| *name != "ad_id" && !fields::SENT_ANYWAY.contains(&name.as_str());
    for (name, value) in sent.iter().filter(told) {
        ensure(fields::PATCHABLE.contains(&name.as_str()), || {
            format!("{name}: It is not supported with patch_update.")
        })?;
        set(&mut next, name, value.clone());
    }
    Ok(next)
}

fn replaced(current: &Object, sent: &Object, advertiser: &str, group: &Object) -> Result<Object, Refusal> {
    let mut next = sent.clone();
    let carousel = |object: &Object| text_or_empty(object, "ad_format").contains("CAROUSEL");
    ensure(carousel(current) == carousel(sent) || text(sent, "ad_format").is_none(), || {
        "ad_format: It cannot be changed to or from a carousel.".into()
    })?;
    let scheme = text(sent, "deeplink_format_type");
    ensure(scheme.is_none() || scheme == text(current, "deeplink_format_type"), || {
        "deeplink_format_type: It cannot be updated after creation.".into()
    })?;
    for name in ["ad_format", "ad_name", "operation_status", "create_time", "modify_time", "secondary_status"]
    {
        let kept = current.get(name).cloned().unwrap_or(Value::Null);
        match name {
            "ad_format" | "ad_name" => default_to(&mut next, name, kept),
            _ => set(&mut next, name, kept),
        }
    }
    complete(&mut next, advertiser, group);
    Ok(next)
}

fn apply(world: &mut World, advertiser: &str, id: &str, next: &Object) -> Result<(), Refusal> {
    let current = store::live(world, advertiser, KIND, id)?;
    let reviewed = fields::REVIEWED.iter().any(|name| {
        let empty = Value::Null;
        current.get(*name).unwrap_or(&empty) != next.get(*name).unwrap_or(&empty)
    });
    if reviewed {
        status::send_to_review(world, advertiser, KIND, id, true);
    }
    store::update(world, advertiser, KIND, id, next, &API)?;
    status::refresh(world, advertiser, KIND, id);
    Ok(())
}

fn answer(world: &World, advertiser: &str, ids: &[String]) -> Outcome {
    let account = store::account(world, advertiser)?;
    let creatives: Vec<Object> = ids
        .iter()
        .filter_map(|id| account.get(KIND.collection(), id))
        .map(|ad| views::row(world, account, KIND, ad))
        .collect();
    Ok(Answer::wrote(json!({"ad_ids": ids, "need_audit": true, "creatives": creatives})))
}
