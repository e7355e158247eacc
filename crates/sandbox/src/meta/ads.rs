//! Ads: one creative in one ad set (meta-ads.md §8).

use serde_json::{Value, json};

use super::call::{Answer, Call};
use super::campaigns::require;
use super::creatives;
use super::errors::GraphError;
use super::kind::Kind;
use super::lifecycle;
use super::params::Params;
use super::schema::{self, When, ad};
use super::store::{self, Node};
use crate::world::{Object, World};

/// Ads of an ad set that are neither archived nor deleted (§16).
const MOST_PER_SET: usize = 50;

/// `POST act_N/ads`.
pub(super) fn create(call: &mut Call<'_>, account: &str) -> Result<Answer, GraphError> {
    let mut draft = draft(call.world, account, &call.params)?;
    let set = store::text(&draft, "adset_id").to_owned();
    let inline = settle_creative(call.world, account, &set, &mut draft)?;
    if let Some(creative) = inline.filter(|_| !call.validates_only()) {
        let id = call.store_new(account, Kind::Creative, creative);
        draft.insert("creative".into(), json!({"id": id}));
    }
    call.create(account, Kind::Ad, draft)
}

/// `POST /{ad}`.
pub(super) fn update(call: &mut Call<'_>, node: &Node) -> Result<Answer, GraphError> {
    let clock = store::clock(call.world, &node.account);
    let current = store::object(call.world, &node.account, Kind::Ad, &node.id).cloned().unwrap_or_default();
    schema::refuse_fixed(ad::PARAMETERS, &call.params, &current, &clock)?;
    let mut changes = schema::read(ad::PARAMETERS, &call.params, When::Update, &clock)?;
    changes.remove("execution_options");
    changes.remove("adset_spec");
    lifecycle::check(node, &current, &changes)?;
    check_domain(&changes)?;
    settle_tracking(&mut changes);
    let set = store::text(&current, "adset_id");
    let inline = settle_creative(call.world, &node.account, set, &mut changes)?;
    if let Some(creative) = inline.filter(|_| !call.validates_only()) {
        let id = call.store_new(&node.account, Kind::Creative, creative);
        changes.insert("creative".into(), json!({"id": id}));
    }
    call.update(node, changes)
}

fn draft(world: &World, account: &str, params: &Params) -> Result<Object, GraphError> {
    let clock = store::clock(world, account);
    let mut draft = schema::read(ad::PARAMETERS, params, When::Create, &clock)?;
    draft.remove("execution_options");
    draft.remove("date_format");
    for name in ["name", "adset_id", "creative"] {
        require(&draft, name)?;
    }
    lifecycle::check_new_status(&draft)?;
    check_domain(&draft)?;
    let set_id = store::text(&draft, "adset_id").to_owned();
    let set = store::object(world, account, Kind::AdSet, &set_id).ok_or_else(|| {
        let text = format!("Ad set {set_id} does not exist in this account.");
        GraphError::parameter("adset_id", "Ad set does not exist", text)
    })?;
    if matches!(store::text(set, "status"), "DELETED" | "ARCHIVED") {
        let text = format!("Ad set {set_id} is archived or deleted.");
        return Err(GraphError::parameter("adset_id", "Ad set cannot be used", text).subcode(1_487_056));
    }
    check_room(world, account, &set_id)?;
    store::check_room(world, account, Kind::Ad)?;
    draft.insert("campaign_id".into(), json!(store::text(set, "campaign_id")));
    draft.entry("status").or_insert_with(|| json!("ACTIVE"));
    draft.entry("tracking_specs").or_insert_with(|| json!([]));
    settle_tracking(&mut draft);
    Ok(draft)
}

fn check_room(world: &World, account: &str, set: &str) -> Result<(), GraphError> {
    let live = |id: &&&str| {
        let ad = store::object(world, account, Kind::Ad, id);
        ad.is_some_and(|ad| !matches!(store::text(ad, "status"), "DELETED" | "ARCHIVED"))
    };
    if store::children(world, set, Kind::Ad).iter().filter(live).count() < MOST_PER_SET {
        return Ok(());
    }
    let text = format!("An ad set can hold {MOST_PER_SET} ads that are not archived.");
    Err(GraphError::parameter("adset_id", "Too many ads", text))
}

/// A registrable domain, without scheme or path (§8, §16).
fn check_domain(ad: &Object) -> Result<(), GraphError> {
    let domain = store::text(ad, "conversion_domain");
    if domain.is_empty() || (domain.contains('.') && !domain.contains(['/', ':'])) {
        return Ok(());
    }
    let text = format!("\"{domain}\" is not a domain such as example.com.");
    Err(GraphError::parameter("conversion_domain", "Domain is not valid", text))
}

/// A feed of assets needs an ad set made for dynamic creative, unless its kind of optimisation says otherwise (§7).
fn check_dynamic(set: &Object, creative: &Object) -> Result<(), GraphError> {
    let Some(feed) = creative.get("asset_feed_spec") else { return Ok(()) };
    let plain = matches!(feed["optimization_type"].as_str(), None | Some("REGULAR"));
    if !plain || set.get("is_dynamic_creative") == Some(&Value::Bool(true)) {
        return Ok(());
    }
    let text = "A creative with asset_feed_spec needs an ad set with is_dynamic_creative.";
    Err(GraphError::parameter("creative", "Ad set is not dynamic", text))
}

/// The server adds what every ad tracks (§8).
fn settle_tracking(ad: &mut Object) {
    let Some(specs) = ad.get_mut("tracking_specs") else { return };
    if specs.is_object() {
        *specs = Value::Array(vec![specs.clone()]);
    }
    let default = json!({"action.type": ["link_click"], "post.wall": []});
    if let Value::Array(specs) = specs
        && !specs.contains(&default)
    {
        specs.push(default);
    }
}

/// Turns `creative` into a reference; an inline creative is checked and answered to be made first.
fn settle_creative(
    world: &World,
    account: &str,
    set: &str,
    ad: &mut Object,
) -> Result<Option<Object>, GraphError> {
    let Some(Value::Object(creative)) = ad.get("creative").cloned() else { return Ok(None) };
    let set = store::object(world, account, Kind::AdSet, set).cloned().unwrap_or_default();
    let id = creative.get("creative_id").or_else(|| creative.get("id")).map(super::params::plain);
    let Some(id) = id else {
        let made = creatives::draft(world, account, &Params::from_object(&creative))?;
        check_dynamic(&set, &made)?;
        return Ok(Some(made));
    };
    let found = store::object(world, account, Kind::Creative, &id);
    let found = found.filter(|found| store::text(found, "status") != "DELETED").ok_or_else(|| {
        let text = format!("Creative {id} does not exist in this account.");
        GraphError::parameter("creative", "Creative does not exist", text)
    })?;
    check_dynamic(&set, found)?;
    ad.insert("creative".into(), json!({"id": id}));
    Ok(None)
}
