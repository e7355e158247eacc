//! Outcomes of reviews ("Get the review info of Upgraded Smart+ ads").

use serde_json::{Value, json};

use crate::tiktok::errors::{Answer, NOT_FOUND, Outcome, Refusal, ensure};
use crate::tiktok::field::{Field, any, id, ids, text};
use crate::tiktok::json::{objects, text_or_empty};
use crate::tiktok::params::Params;
use crate::tiktok::{status, store, words};
use crate::world::{Account, Object, World};

use super::ads::KIND;

/// Parameters of `/smart_plus/ad/review_info/`.
pub(in crate::tiktok) const ADS: &[Field] = &[
    id("advertiser_id").required(),
    ids("smart_plus_ad_ids").required(),
    any("extra_info_setting"),
    text("lang"),
];
/// Parameters of `/smart_plus/material/review_info/`.
pub(in crate::tiktok) const MATERIALS: &[Field] = &[
    id("advertiser_id").required(),
    ids("ad_material_ids").required(),
    any("extra_info_setting"),
    text("lang"),
];
/// Parameters of `/smart_plus/ad/appeal/`.
pub(in crate::tiktok) const APPEAL: &[Field] = &[
    id("advertiser_id").required(),
    id("smart_plus_ad_id").required(),
    text("appeal_reason").required(),
    any("attachment_list"),
];

/// What the review says of ads and of their creatives.
pub(in crate::tiktok) fn ads(world: &mut World, params: &Params) -> Outcome {
    let wanted = params.texts("smart_plus_ad_ids");
    ensure((1..=100).contains(&wanted.len()), || "smart_plus_ad_ids: 1 to 100 ids are allowed.".into())?;
    let account = store::account(world, &params.advertiser)?;
    let (mut infos, mut materials) = (Vec::new(), Vec::new());
    for id in wanted {
        let ad = account.get(KIND.collection(), id);
        let ad =
            ad.ok_or_else(|| Refusal::new(NOT_FOUND, format!("Ad does not exist. smart_plus_ad_id {id}.")))?;
        infos.push(ad_info(world, account, ad));
        materials
            .extend(objects(ad, "creative_list").map(|creative| material_info(world, account, ad, creative)));
    }
    Ok(Answer::read(json!({"smart_plus_ad_review_infos": infos, "material_review_infos": materials})))
}

fn ad_info(world: &World, account: &Account, ad: &Object) -> Value {
    let id = text_or_empty(ad, "smart_plus_ad_id");
    let appealed = store::note(world, &format!("appeal/{id}")).is_some();
    let (review, places, reject) = outcome(world, account, ad);
    json!({
        "smart_plus_ad_id": id, "review_status": review, "passed_locations": places,
        "appeal_status": if appealed { "APPEALING" } else { "NOT_APPEALED" }, "appeal_reject_reasons": null,
        "reject_info": reject,
    })
}

fn material_info(world: &World, account: &Account, ad: &Object, creative: &Object) -> Value {
    let (review, places, reject) = outcome(world, account, ad);
    json!({
        "ad_material_id": creative.get("ad_material_id"), "smart_plus_ad_id": ad.get("smart_plus_ad_id"),
        "review_status": review, "passed_locations": places, "reject_info": reject,
    })
}

fn outcome(world: &World, account: &Account, ad: &Object) -> (&'static str, Value, Value) {
    if status::is_denied(world, KIND, ad) {
        let reject = json!([{
            "reasons": ["The ad text was refused by the sandbox's review."], "suggestion": "Change the text.",
            "forbidden_ages": null, "forbidden_locations": null, "forbidden_placements": null,
            "content_info": {"content_type": "TEXT"},
        }]);
        return ("UNAVAILABLE", json!([]), reject);
    }
    let waiting = status::secondary(world, account, KIND, ad).ends_with("AUDIT");
    if waiting {
        ("UNAVAILABLE", Value::Null, Value::Null)
    } else {
        ("ALL_AVAILABLE", Value::Null, Value::Null)
    }
}

/// What the review says of creatives.
pub(in crate::tiktok) fn materials(world: &mut World, params: &Params) -> Outcome {
    let wanted = params.texts("ad_material_ids");
    ensure((1..=100).contains(&wanted.len()), || "ad_material_ids: 1 to 100 ids are allowed.".into())?;
    let account = store::account(world, &params.advertiser)?;
    let mut found = Vec::new();
    for ad in account.collection(KIND.collection()).into_iter().flat_map(|ads| ads.values()) {
        found.extend(
            objects(ad, "creative_list")
                .filter(|creative| wanted.contains(&text_or_empty(creative, "ad_material_id")))
                .map(|creative| material_info(world, account, ad, creative)),
        );
    }
    Ok(Answer::read(json!({"material_review_infos": found})))
}

/// Asks for another look at a refused ad.
pub(in crate::tiktok) fn appeal(world: &mut World, params: &Params) -> Outcome {
    let id = params.text_or_empty("smart_plus_ad_id");
    let length = words::units(params.text_or_empty("appeal_reason"));
    ensure((1..=512).contains(&length), || "appeal_reason: It must have 1 to 512 characters.".into())?;
    let ad = store::live(world, &params.advertiser, KIND, id)?;
    ensure(status::is_denied(world, KIND, ad), || format!("smart_plus_ad_id: Ad {id} was not refused."))?;
    store::set_note(world, format!("appeal/{id}"), true);
    Ok(Answer::wrote(json!({})))
}
