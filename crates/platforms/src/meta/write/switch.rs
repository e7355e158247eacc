//! A campaign's budget given to its ad sets: one call on the campaign names them all (meta-ads.md §4).
//!
//! The other way round needs nothing: the ad sets lose theirs when the campaign gets one.

use std::borrow::Cow;
use std::collections::BTreeSet;

use adplane_core::address::{Address, Kind};
use adplane_core::field::FieldPath;
use adplane_core::plan::Operation;
use adplane_engine::error::PlatformError;
use adplane_engine::port::WorkItem;
use serde_json::{Value as Json, json};

use super::campaign;
use super::wanted::Wanted;
use crate::meta::wire::json::Object;

/// Whether an item takes a campaign's budget away and gives it no other.
pub(super) fn gives_up_budget(item: &WorkItem<'_>) -> bool {
    match &item.step.operation {
        Operation::Update { paths } if item.change.address.kind == Kind::Campaign => {
            campaign::gives_up_budget(&Wanted::some(item.change, paths))
        }
        _ => false,
    }
}

/// Budgets of a campaign's ad sets, where it gives up its own.
pub(super) fn budgets_below(item: &WorkItem<'_>, items: &[WorkItem<'_>]) -> Result<Vec<Json>, PlatformError> {
    if !gives_up_budget(item) {
        return Ok(Vec::new());
    }
    let mut budgets = Vec::new();
    for child in items.iter().filter(|child| child.change.parent.as_ref() == Some(&item.change.address)) {
        let (Operation::Update { paths }, Some(live)) = (&child.step.operation, child.live) else { continue };
        let mut entry = Object::new();
        campaign::budgets(&Wanted::some(child.change, paths), &mut entry)?;
        if !entry.is_empty() {
            entry.insert("adset_id".into(), json!(live.id.as_str()));
            budgets.push(entry.into());
        }
    }
    Ok(budgets)
}

/// Paths that an update still writes: budgets that went along with the campaign's are there, and each write of
/// one counts against the ad set's four an hour.
pub(super) fn left_to_write<'a>(
    item: &WorkItem<'_>,
    paths: &'a [FieldPath],
    given_up: &BTreeSet<Address>,
) -> Cow<'a, [FieldPath]> {
    if !item.change.parent.as_ref().is_some_and(|parent| given_up.contains(parent)) {
        return Cow::Borrowed(paths);
    }
    paths.iter().filter(|path| !path.is_within("budget")).cloned().collect()
}
