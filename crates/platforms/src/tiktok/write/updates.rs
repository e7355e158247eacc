//! Updates, and renames that only touch the marker.

use adplane_engine::error::PlatformError;
use adplane_engine::port::{Outcome, WorkItem};
use serde_json::Value as Json;

use super::states::{level, stands_alone};
use super::values::{Live, Wanted, new_name};
use super::{Writer, about, ad, ad_group, campaign, outcome, refused, smart_ad};
use crate::tiktok::calls::{self, Level};
use crate::tiktok::errors;
use crate::tiktok::wire::{Lane, Object, set};

/// Updates the items of one call.
pub(crate) async fn perform(writer: &Writer<'_>, items: &[&WorkItem<'_>]) -> Vec<Outcome> {
    let Some(first) = items.first() else { return Vec::new() };
    let Some(live) = first.live else {
        return items
            .iter()
            .map(|_| Outcome::Failed(refused("update", "the object was not observed: plan again")))
            .collect();
    };
    let level = level(first.change.address.kind);
    if level == Level::Ad && Live::of(live).lane == Lane::Manual {
        return ads(writer, items).await;
    }
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        outcomes.push(one(writer, item, level).await.map_or_else(outcome, Outcome::Done));
    }
    outcomes
}

type Id = Option<adplane_core::ids::ExternalId>;

async fn one(writer: &Writer<'_>, item: &WorkItem<'_>, level: Level) -> Result<Id, PlatformError> {
    let Some(object) = item.live else {
        return Err(refused("update", "the object was not observed: plan again"));
    };
    let live = Live::of(object);
    let wanted = Wanted::of(item);
    let mut body = match level {
        Level::Campaign => campaign::update(&wanted)?,
        Level::AdGroup if wanted.paths().is_empty() && live.lane == Lane::SmartPlus => Object::new(),
        Level::AdGroup => ad_group::update(&wanted, &live, writer.memory)?,
        Level::Ad => smart_ad::update(writer, &wanted, &live.raw()).await?,
    };
    let renamed = new_name(item);
    if body.is_empty() && renamed.is_none() {
        return Ok(Some(object.id.clone()));
    }
    if let Some(name) = renamed {
        set(&mut body, level.name_member(), name);
    }
    set(&mut body, level.id_member(live.lane), object.id.as_str());
    let call = calls::update(&writer.session.config, live.lane, level, body.clone());
    done(writer.session.send(&call).await, &body)?;
    Ok(Some(object.id.clone()))
}

/// Nothing to update is as good as updated.
fn done(result: Result<Json, PlatformError>, body: &Object) -> Result<(), PlatformError> {
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.code.as_deref() == Some(errors::NOTHING_TO_UPDATE) => Ok(()),
        Err(error) => Err(about(error, body)),
    }
}

/// Updates ads of one ad group in one call; when the vendor refuses it whole, each is tried alone.
async fn ads(writer: &Writer<'_>, items: &[&WorkItem<'_>]) -> Vec<Outcome> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; items.len()];
    let mut ready = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match creative(writer, item).await {
            Ok(creative) => ready.push((index, creative)),
            Err(error) => outcomes[index] = Some(outcome(error)),
        }
    }
    let whole = send(writer, items, &ready).await;
    let alone = ready.len() > 1 && whole.as_ref().is_err_and(stands_alone);
    for one in &ready {
        let result = if alone { send(writer, items, std::slice::from_ref(one)).await } else { whole.clone() };
        let id = items[one.0].live.map(|live| live.id.clone());
        outcomes[one.0] = Some(result.map_or_else(outcome, |()| Outcome::Done(id)));
    }
    outcomes
        .into_iter()
        .map(|outcome| {
            outcome.unwrap_or_else(|| Outcome::Failed(refused("ad/update", "the ad was not sent")))
        })
        .collect()
}

async fn creative(writer: &Writer<'_>, item: &WorkItem<'_>) -> Result<Object, PlatformError> {
    let Some(object) = item.live else {
        return Err(refused("ad/update", "the ad was not observed: plan again"));
    };
    let mut creative = ad::update(writer, &Wanted::of(item), &Live::of(object).raw()).await?;
    set(&mut creative, "ad_id", object.id.as_str());
    if let Some(name) = new_name(item) {
        set(&mut creative, "ad_name", name);
    }
    Ok(creative)
}

async fn send(
    writer: &Writer<'_>,
    items: &[&WorkItem<'_>],
    ready: &[(usize, Object)],
) -> Result<(), PlatformError> {
    let Some((first, _)) = ready.first() else { return Ok(()) };
    let mut body = Object::new();
    if let Some(ad_group) = items[*first].live.and_then(|live| live.parent.as_ref()) {
        set(&mut body, "adgroup_id", ad_group.as_str());
    }
    set(
        &mut body,
        "creatives",
        ready.iter().map(|(_, creative)| Json::Object(creative.clone())).collect::<Vec<_>>(),
    );
    let call = calls::update(&writer.session.config, Lane::Manual, Level::Ad, body.clone());
    done(writer.session.send(&call).await, &body)
}
