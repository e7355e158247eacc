//! State, markers and removal of live objects of every kind.

use adplane_core::marker::Marker;
use adplane_core::plan::Operation as Step;
use adplane_engine::port::WorkItem;
use serde_json::json;

use super::ad_group::ad_resource;
use super::campaign::native_of;
use super::request::{Draft, Operation, Rank, Request};
use crate::google::read::join_name;
use crate::google::wire::parameters::Parameters;
use crate::google::wire::{last, text};

/// Longest name in characters, and in bytes of a budget.
const LONGEST_NAME: usize = 255;

/// Sets the state. Budgets have none.
pub(super) fn set_state(rank: Rank, resource: &str, active: bool) -> Vec<Operation> {
    if rank == Rank::Budget {
        return Vec::new();
    }
    let mut draft = Draft::default();
    draft.set("status", Some(json!(if active { "ENABLED" } else { "PAUSED" })));
    Operation::update(rank, resource, draft).map(Operation::main).into_iter().collect()
}

/// Removes the object. The vendor keeps it readable and never brings it back.
pub(super) fn remove(rank: Rank, resource: &str) -> Vec<Operation> {
    vec![Operation::remove(rank, resource).main()]
}

/// Writes another marker, or none. A superseded object also gives its name up for its successor.
pub(super) fn mark(item: &WorkItem<'_>, rank: Rank, resource: &str, request: &Request<'_>) -> Vec<Operation> {
    let Some(native) = native_of(item) else { return Vec::new() };
    let superseded = item.step.operation == Step::Supersede;
    let marker = item
        .change
        .marker
        .as_ref()
        .filter(|_| superseded)
        .map(|marker| Marker { owner: marker.owner.clone(), key: marker.key.superseded() });
    let name = item.live.and_then(|live| live.text("displayName"));
    let freed = match (&marker, name, item.live) {
        (Some(_), Some(name), Some(live)) => Some(replaced_name(name, last(live.id.as_str()))),
        _ => None,
    };
    let mut draft = Draft::default();
    if rank == Rank::Budget {
        let name = freed.as_deref().or(name).unwrap_or_default();
        draft.set("name", Some(json!(join_name(name, marker.as_ref()))));
    } else {
        let mut parameters = Parameters::read(native);
        parameters.marker = marker;
        draft.set("urlCustomParameters", Some(parameters.wire()));
        if let Some(name) = freed.filter(|_| rank != Rank::AdGroupAd && text(native, "name").is_some()) {
            draft.set("name", Some(json!(name)));
        }
    }
    let (rank, resource) = match (rank, ad_resource(item, request)) {
        (Rank::AdGroupAd, Some(ad)) => (Rank::Ad, ad),
        _ => (rank, resource.to_owned()),
    };
    Operation::update(rank, &resource, draft).map(Operation::main).into_iter().collect()
}

/// The vendor wants names to be unique, so the old object makes room; its id keeps it apart from others that
/// were replaced by the same one.
fn replaced_name(name: &str, id: &str) -> String {
    let ending = format!(" (replaced {id})");
    let room = LONGEST_NAME.saturating_sub(ending.len());
    name.chars().take(room).collect::<String>() + &ending
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_name_stays_within_the_limit() {
        assert_eq!(replaced_name("Spring", "20000000001"), "Spring (replaced 20000000001)");
        assert_eq!(replaced_name(&"x".repeat(255), "20000000001").chars().count(), LONGEST_NAME);
    }
}
