//! Creates: campaigns and ad groups one by one, manual ads up to 20 in a call, Smart+ ads one by one.

use adplane_core::address::Platform;
use adplane_core::ids::ExternalId;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::{Outcome, WorkItem};
use serde_json::Value as Json;

use super::states::{level, stands_alone};
use super::values::{Wanted, created_name};
use super::{Writer, about, ad, ad_group, campaign, lane, outcome, refused, smart_ad};
use crate::tiktok::calls::{self, Level};
use crate::tiktok::errors;
use crate::tiktok::wire::{self, Lane, Object, set};

/// Creates the items of one call.
pub(crate) async fn perform(writer: &Writer<'_>, items: &[&WorkItem<'_>]) -> Vec<Outcome> {
    let Some(first) = items.first() else { return Vec::new() };
    let level = level(first.change.address.kind);
    let of_first = lane(writer, first);
    if let (Level::Ad, Ok(Lane::Manual)) = (level, &of_first) {
        return ads(writer, items).await;
    }
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items {
        let created = match lane(writer, item) {
            Ok(lane) => one(writer, item, lane, level).await,
            Err(error) => Err(error),
        };
        outcomes.push(created.map_or_else(outcome, |id| Outcome::Done(Some(id))));
    }
    outcomes
}

/// Creates one campaign, ad group or Smart+ ad.
async fn one(
    writer: &Writer<'_>,
    item: &WorkItem<'_>,
    lane: Lane,
    level: Level,
) -> Result<ExternalId, PlatformError> {
    let config = &writer.session.config;
    let wanted = Wanted::of(item);
    let name = created_name(item);
    let call = match level {
        Level::Campaign => {
            calls::create(config, lane, level, item.request_seed, campaign::create(&wanted, lane, &name))
        }
        Level::AdGroup => {
            let now = writer.session.now().await?;
            let mut body = ad_group::create(&wanted, item.change, lane, writer.memory, now)?;
            set(&mut body, "adgroup_name", name.as_str());
            set(&mut body, "campaign_id", parent(item)?);
            calls::create(config, lane, level, item.request_seed, body)
        }
        Level::Ad => {
            let mut body = smart_ad::create(writer, &wanted).await?;
            set(&mut body, "ad_name", name.as_str());
            set(&mut body, "adgroup_id", parent(item)?);
            calls::create_ads(config, lane, body)
        }
    };
    let data = match writer.session.object(&call).await {
        Ok(data) => data,
        Err(error) if error.code.as_deref() == Some(errors::DUPLICATE_REQUEST) => {
            // An earlier attempt got through: the object is found by its name, which carries our marker.
            find(writer, lane, level, &name)
                .await?
                .ok_or(PlatformError { retry: Retry::AfterReadBack, ..error })?
        }
        Err(error) => return Err(error),
    };
    let id = created_id(&data, lane, level)?;
    writer.memory.learn_lane(id.as_str(), lane);
    switch_off(writer, &data, lane, level, &id).await?;
    Ok(id)
}

fn parent<'a>(item: &'a WorkItem<'_>) -> Result<&'a str, PlatformError> {
    item.parent.as_ref().map(ExternalId::as_str).ok_or_else(|| refused("create", "its parent does not exist"))
}

fn created_id(data: &Object, lane: Lane, level: Level) -> Result<ExternalId, PlatformError> {
    let id = wire::text(data, level.id_member(lane)).and_then(|id| ExternalId::new(id).ok());
    id.ok_or_else(|| {
        // It was stored, as code 0 says; which one it is must be read back.
        PlatformError::new(
            ErrorKind::Unexpected,
            Retry::AfterReadBack,
            Platform::TikTok,
            calls::path(lane, level, "create"),
            "the answer names no id",
        )
    })
}

async fn find(
    writer: &Writer<'_>,
    lane: Lane,
    level: Level,
    name: &str,
) -> Result<Option<Object>, PlatformError> {
    let page = writer.session.object(&calls::by_name(&writer.session.config, lane, level, name)).await?;
    Ok(wire::objects(&page, "list").find(|row| wire::word(row, level.name_member()) == Some(name)).cloned())
}

/// The manual lane may ignore the wish to be created switched off: then it is switched off at once.
async fn switch_off(
    writer: &Writer<'_>,
    data: &Object,
    lane: Lane,
    level: Level,
    id: &ExternalId,
) -> Result<(), PlatformError> {
    if wire::word(data, "operation_status") != Some("ENABLE") {
        return Ok(());
    }
    let call = calls::set_status(&writer.session.config, lane, level, &[id.as_str()], "DISABLE");
    // A failure leaves something running that must not: the object exists, so it is read back and paused.
    let result = writer.session.send(&call).await;
    result.map(drop).map_err(|error| PlatformError { retry: Retry::AfterReadBack, ..error })
}

/// Creates ads of one ad group in one call; when the vendor refuses it whole, each is tried alone.
async fn ads(writer: &Writer<'_>, items: &[&WorkItem<'_>]) -> Vec<Outcome> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; items.len()];
    let mut ready = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match prepared(writer, item).await {
            Ok(creative) => ready.push((index, creative)),
            Err(error) => outcomes[index] = Some(outcome(error)),
        }
    }
    let mut results = send_ads(writer, items, &ready).await;
    let refused_whole =
        ready.len() > 1 && results.iter().all(|result| result.as_ref().is_err_and(stands_alone));
    if refused_whole {
        results.clear();
        for one in &ready {
            results.extend(send_ads(writer, items, std::slice::from_ref(one)).await);
        }
    }
    for ((index, _), result) in ready.iter().zip(results) {
        outcomes[*index] = Some(result.map_or_else(outcome, |id| Outcome::Done(Some(id))));
    }
    outcomes
        .into_iter()
        .map(|outcome| {
            outcome.unwrap_or_else(|| Outcome::Failed(refused("ad/create", "the ad was not sent")))
        })
        .collect()
}

async fn prepared(writer: &Writer<'_>, item: &WorkItem<'_>) -> Result<Object, PlatformError> {
    let lane = lane(writer, item)?;
    if lane != Lane::Manual {
        return Err(refused("ad/create", "its ad group is in the Smart+ lane: plan again"));
    }
    parent(item)?;
    let mut creative = ad::create(writer, &Wanted::of(item)).await?;
    set(&mut creative, "ad_name", created_name(item));
    Ok(creative)
}

async fn send_ads(
    writer: &Writer<'_>,
    items: &[&WorkItem<'_>],
    ready: &[(usize, Object)],
) -> Vec<Result<ExternalId, PlatformError>> {
    let Some((first, _)) = ready.first() else { return Vec::new() };
    let mut body = Object::new();
    if let Some(ad_group) = &items[*first].parent {
        set(&mut body, "adgroup_id", ad_group.as_str());
    }
    set(
        &mut body,
        "creatives",
        ready.iter().map(|(_, creative)| Json::Object(creative.clone())).collect::<Vec<_>>(),
    );
    let call = calls::create_ads(&writer.session.config, Lane::Manual, body.clone());
    let data = match writer.session.object(&call).await {
        Ok(data) => data,
        Err(error) => {
            let error = about(error, &body);
            return ready.iter().map(|_| Err(error.clone())).collect();
        }
    };
    let mut results = Vec::with_capacity(ready.len());
    for (position, (_, creative)) in ready.iter().enumerate() {
        results.push(created_ad(writer, &data, creative, position, ready.len()).await);
    }
    results
}

/// The ad made from a creative, by its name: the order of the answer is not promised.
async fn created_ad(
    writer: &Writer<'_>,
    data: &Object,
    creative: &Object,
    position: usize,
    count: usize,
) -> Result<ExternalId, PlatformError> {
    let name = wire::word(creative, "ad_name");
    let made = wire::objects(data, "creatives").find(|made| wire::word(made, "ad_name") == name);
    if let Some(made) = made {
        let id = created_id(made, Lane::Manual, Level::Ad)?;
        switch_off(writer, made, Lane::Manual, Level::Ad, &id).await?;
        return Ok(id);
    }
    let ids = wire::texts(data, "ad_ids");
    let id = ids.get(position).filter(|_| ids.len() == count).and_then(|id| ExternalId::new(id).ok());
    id.ok_or_else(|| {
        PlatformError::new(
            ErrorKind::Unexpected,
            Retry::AfterReadBack,
            Platform::TikTok,
            "/ad/create/",
            "the answer does not name this ad",
        )
    })
}
