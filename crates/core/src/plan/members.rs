//! Member sets that a decision rests on: they must be the same just before the first write.
//!
//! What a campaign may spend when it is enabled or raised depends on the ad groups below it, whoever made them; what a
//! shared budget may spend, and whether it can go, on the campaigns that draw on it. A field of ours does not change
//! when somebody adds one, so the set itself is a precondition.

use std::collections::{BTreeMap, BTreeSet};

use super::change::{Change, Precondition};
use super::classify::{Direction, direction};
use super::input::PlanInput;
use super::{Action, Plan};
use crate::address::Kind;
use crate::ids::ExternalId;
use crate::observed::{ObservedAccount, ObservedObject};

/// Adds the sets to the preconditions of the changes that rest on them.
pub(super) fn members(input: &PlanInput<'_>, plan: &mut Plan) {
    for (key, account) in &input.observed.accounts {
        let own = plan
            .changes
            .iter_mut()
            .filter(|change| change.address.account_key() == *key && rests_on_members(input, change));
        let mut sets: Option<Sets> = None;
        for change in own {
            let sets = sets.get_or_insert_with(|| Sets::of(account));
            let (of, known) = match change.address.kind {
                Kind::Campaign => (Kind::AdGroup, &sets.groups),
                Kind::Budget => (Kind::Campaign, &sets.drawers),
                Kind::AdGroup | Kind::Ad => continue,
            };
            if let Some(id) = change.id.clone() {
                let members = known.get(&id).cloned().unwrap_or_default();
                change.preconditions.push(Precondition::Members { id, of, members });
            }
        }
    }
}

/// Whether it lets more be spent by what lies below it, or goes away under it.
fn rests_on_members(input: &PlanInput<'_>, change: &Change) -> bool {
    match (change.address.kind, change.action) {
        (Kind::Budget, Action::Delete) => true,
        (Kind::Budget | Kind::Campaign, Action::Update | Action::Adopt) => {
            let schema = input.schemas.get(&change.address.platform);
            let schema = schema.and_then(|schema| schema.kind(change.address.kind));
            schema.is_some_and(|schema| {
                change.fields.iter().any(|field| direction(schema, field) == Direction::Up)
            })
        }
        _ => false,
    }
}

/// Members by what they belong to.
struct Sets {
    groups: BTreeMap<ExternalId, BTreeSet<ExternalId>>,
    drawers: BTreeMap<ExternalId, BTreeSet<ExternalId>>,
}

impl Sets {
    fn of(account: &ObservedAccount) -> Self {
        let mut sets = Self { groups: BTreeMap::new(), drawers: BTreeMap::new() };
        for object in &account.objects {
            for (of, known) in [(Kind::AdGroup, &mut sets.groups), (Kind::Campaign, &mut sets.drawers)] {
                if let Some(holder) = holder(object, of) {
                    known.entry(holder.clone()).or_default().insert(object.id.clone());
                }
            }
        }
        sets
    }
}

/// What an object is a member of, when it is of a kind: an ad group of its campaign, a campaign of its budget.
fn holder(object: &ObservedObject, of: Kind) -> Option<&ExternalId> {
    match (object.kind, of) {
        (Kind::AdGroup, Kind::AdGroup) => object.parent.as_ref(),
        (Kind::Campaign, Kind::Campaign) => object.budget.as_ref(),
        _ => None,
    }
}

/// The live members of something.
pub fn members_of<'a>(
    objects: impl Iterator<Item = &'a ObservedObject>,
    id: &ExternalId,
    of: Kind,
) -> BTreeSet<ExternalId> {
    objects.filter(|object| holder(object, of) == Some(id)).map(|object| object.id.clone()).collect()
}
