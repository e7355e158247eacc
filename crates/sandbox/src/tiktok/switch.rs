//! `…/status/update/` of both lanes: on, off, deleted ("Update the operation status of …").

use serde_json::{Value, json};

use crate::world::{Object, World};

use super::errors::{Answer, NOT_FOUND, Outcome, Refusal, ensure, fault, invalid};
use super::field::{Field, choice, flag, id, ids};
use super::gets::check_batch;
use super::json::{set, text_or_empty};
use super::params::Params;
use super::status::{self, SWITCH};
use super::store::{self, API, Kind, Lane, Level};

const WINDOWS: &[&str] = &["POSTBACK_WINDOW_MODE1", "POSTBACK_WINDOW_MODE2", "POSTBACK_WINDOW_MODE3"];

/// Parameters of the campaign calls of both lanes.
pub(super) const CAMPAIGNS: &[Field] = &[
    id("advertiser_id").required(),
    ids("campaign_ids").required(),
    choice("operation_status", SWITCH).required(),
    choice("postback_window_mode", WINDOWS),
];
/// Parameters of the manual ad group call.
pub(super) const ADGROUPS: &[Field] = &[
    id("advertiser_id").required(),
    ids("adgroup_ids").required(),
    choice("operation_status", SWITCH).required(),
    flag("allow_partial_success"),
];
/// Parameters of the Upgraded Smart+ ad group call.
pub(super) const SMART_PLUS_ADGROUPS: &[Field] = &[
    id("advertiser_id").required(),
    ids("adgroup_ids").required(),
    choice("operation_status", SWITCH).required(),
];
/// Parameters of the manual ad call.
pub(super) const ADS: &[Field] = &[
    id("advertiser_id").required(),
    ids("ad_ids"),
    ids("aco_ad_ids"),
    choice("operation_status", SWITCH).required(),
];
/// Parameters of the Upgraded Smart+ ad call.
pub(super) const SMART_PLUS_ADS: &[Field] = &[
    id("advertiser_id").required(),
    ids("smart_plus_ad_ids").required(),
    choice("operation_status", SWITCH).required(),
];

/// Which of the ids were switched, and why the others were not.
struct Switched {
    done: Vec<String>,
    failed: Vec<(String, Refusal)>,
}

/// Checks each id, then switches the good ones; with `all_or_nothing` the first bad one stops everything.
fn run(
    world: &mut World,
    params: &Params,
    kind: Kind,
    ids: &str,
    all_or_nothing: bool,
) -> Result<Switched, Refusal> {
    let wanted = params.texts(ids);
    check_batch(ids, &wanted)?;
    let to = params.text_or_empty("operation_status");
    let mut switched = Switched { done: Vec::new(), failed: Vec::new() };
    let count = wanted.len();
    for (index, id) in wanted.into_iter().enumerate() {
        let checked = check(world, &params.advertiser, kind, id, to);
        match checked.and_then(|()| if all_or_nothing { Ok(()) } else { fault(world, count - 1 - index) }) {
            Ok(()) => switched.done.push(id.to_owned()),
            Err(refusal) if all_or_nothing => return Err(refusal),
            Err(refusal) => switched.failed.push((id.to_owned(), refusal)),
        }
    }
    for id in &switched.done {
        let mut change = Object::new();
        set(&mut change, "operation_status", to);
        store::update(world, &params.advertiser, kind, id, &change, &API)?;
        status::refresh(world, &params.advertiser, kind, id);
    }
    Ok(switched)
}

/// A deleted object stays deleted, and a frozen one cannot be enabled.
fn check(world: &World, advertiser: &str, kind: Kind, id: &str, to: &str) -> Result<(), Refusal> {
    let account = store::account(world, advertiser)?;
    let Some(object) = account.get(kind.collection(), id) else {
        // Says which lane the id belongs to, or that it does not exist.
        return store::live(world, advertiser, kind, id).map(|_| ());
    };
    if store::is_deleted(object) {
        let message = format!("{} has been deleted. {} {id}.", kind.word(), kind.id_member());
        return Err(if to == "DELETE" { Refusal::new(NOT_FOUND, message) } else { invalid(message) });
    }
    if status::is_gone(account, kind, object) && to != "DELETE" {
        return Err(invalid(format!("{} {id} belongs to a deleted object.", kind.word())));
    }
    let frozen = text_or_empty(object, "operation_status") == "FROZEN";
    ensure(!(frozen && to == "ENABLE"), || format!("{} {id} is frozen and cannot be enabled.", kind.word()))
}

fn errors(id_member: &str, failed: &[(String, Refusal)]) -> Vec<Value> {
    failed.iter().map(|(id, refusal)| json!({id_member: id, "error_message": refusal.message})).collect()
}

/// `/campaign/status/update/`: all or none.
pub(super) fn campaigns(world: &mut World, params: &Params) -> Outcome {
    let done = run(world, params, Kind::new(Lane::Manual, Level::Campaign), "campaign_ids", true)?.done;
    let to = params.text_or_empty("operation_status");
    let list: Vec<Value> = done
        .iter()
        .map(|id| json!({"campaign_id": id, "status": to, "postback_window_mode": null}))
        .collect();
    Ok(Answer::wrote(json!({"campaign_ids": done, "status": to, "campaign_list": list})))
}

/// `/adgroup/status/update/`: all or none unless partial success is allowed.
pub(super) fn adgroups(world: &mut World, params: &Params) -> Outcome {
    let partial = params.flag("allow_partial_success") == Some(true);
    let switched = run(world, params, Kind::new(Lane::Manual, Level::AdGroup), "adgroup_ids", !partial)?;
    let mut data = json!({"adgroup_ids": switched.done, "status": params.text_or_empty("operation_status")});
    if partial {
        data["error_list"] = json!(errors("adgroup_id", &switched.failed));
    }
    Ok(Answer { wrote: !switched.done.is_empty(), ..Answer::read(data) })
}

/// `/ad/status/update/`: all or none.
pub(super) fn ads(world: &mut World, params: &Params) -> Outcome {
    ensure(!params.has("aco_ad_ids"), || "aco_ad_ids: This account has no automated creative ads.".into())?;
    let done = run(world, params, Kind::new(Lane::Manual, Level::Ad), "ad_ids", true)?.done;
    let to = params.text_or_empty("operation_status");
    Ok(Answer::wrote(json!({"ad_ids": done, "aco_ad_ids": [], "status": to})))
}

/// `/smart_plus/campaign/status/update/`: always partial, code 0 even if every id failed.
pub(super) fn smart_plus_campaigns(world: &mut World, params: &Params) -> Outcome {
    partial(world, params, Level::Campaign, "campaign_ids", "campaign_list")
}

/// `/smart_plus/adgroup/status/update/`: always partial.
pub(super) fn smart_plus_adgroups(world: &mut World, params: &Params) -> Outcome {
    partial(world, params, Level::AdGroup, "adgroup_ids", "adgroup_list")
}

fn partial(world: &mut World, params: &Params, level: Level, ids: &str, list: &str) -> Outcome {
    let kind = Kind::new(Lane::SmartPlus, level);
    let switched = run(world, params, kind, ids, false)?;
    let to = params.text_or_empty("operation_status");
    let done: Vec<Value> =
        switched.done.iter().map(|id| json!({kind.id_member(): id, "status": to})).collect();
    let data = json!({list: done, "error_list": errors(kind.id_member(), &switched.failed)});
    Ok(Answer { wrote: !switched.done.is_empty(), ..Answer::read(data) })
}

/// `/smart_plus/ad/status/update/`: one bad id fails the call (unverified).
pub(super) fn smart_plus_ads(world: &mut World, params: &Params) -> Outcome {
    let done = run(world, params, Kind::new(Lane::SmartPlus, Level::Ad), "smart_plus_ad_ids", true)?.done;
    Ok(Answer::wrote(json!({"smart_plus_ad_ids": done, "status": params.text_or_empty("operation_status")})))
}
