//! From planned steps to mutate operations.
//!
//! Everything goes through `googleAds:mutate`, which applies all operations of a request or none: a new
//! campaign arrives with its budget, criteria, ad groups and ads, or not at all ([`send`]). How items are
//! packed into requests is in [`batches`].

mod ad_group;
mod asset_group;
mod assets;
mod batches;
mod campaign;
mod criteria;
mod demand_gen;
mod lifecycle;
mod media;
mod request;
mod send;
mod validate;
mod wanted;

#[cfg(test)]
mod tests;

use adplane_core::address::{Kind, Platform};
use adplane_core::plan::Operation as Step;
use adplane_core::value::Value;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::WorkItem;

pub(super) use batches::batches;
pub(super) use send::perform;
pub(super) use validate::validate;

use super::wire::lane;
use request::{Operation, Rank, Request};

/// The operations of one item.
///
/// # Errors
/// When the item cannot be expressed: nothing of it is sent then.
fn operations(item: &WorkItem<'_>, request: &mut Request<'_>) -> Result<Vec<Operation>, PlatformError> {
    let kind = item.change.address.kind;
    if item.step.operation == Step::Create {
        let in_asset_group =
            item.change.after(lane::FIELD).and_then(Value::as_text) == Some(lane::PERFORMANCE_MAX);
        return match kind {
            Kind::Budget => Ok(campaign::create_budget(item, request)),
            Kind::Campaign => campaign::create(item, request),
            Kind::AdGroup if in_asset_group => asset_group::create(item, request),
            Kind::Ad if in_asset_group => asset_group::create_ad(item, request),
            Kind::AdGroup => ad_group::create(item, request),
            Kind::Ad => ad_group::create_ad(item, request),
        };
    }
    let live = item.live.ok_or_else(|| missing_reference("the live object"))?;
    let resource = request.config.resource(live.id.as_str());
    let rank = Rank::of(live.id.as_str()).ok_or_else(|| missing_reference("the kind of the live object"))?;
    match &item.step.operation {
        Step::Create => Ok(Vec::new()),
        Step::Update { .. } => match rank {
            Rank::Budget => Ok(campaign::update_budget(item, &resource)),
            Rank::Campaign => campaign::update(item, &resource, request),
            Rank::AssetGroup => Ok(asset_group::update(item, &resource, request)),
            Rank::AssetGroupAsset => asset_group::update_ad(item, request),
            Rank::AdGroupAd => ad_group::update_ad(item, request),
            _ => ad_group::update(item, &resource, request),
        },
        Step::Enable => Ok(lifecycle::set_state(rank, &resource, true)),
        Step::Pause | Step::PauseSuperseded { .. } => Ok(lifecycle::set_state(rank, &resource, false)),
        Step::Supersede | Step::Release => Ok(lifecycle::mark(item, rank, &resource, request)),
        Step::Delete | Step::DeleteSuperseded { .. } => Ok(lifecycle::remove(rank, &resource)),
    }
}

/// Something that an item refers to is not there.
fn missing_reference(what: &str) -> PlatformError {
    PlatformError::new(
        ErrorKind::NotFound,
        Retry::Never,
        Platform::Google,
        "googleAds:mutate",
        format!("{what} is not known, so nothing was sent"),
    )
}
