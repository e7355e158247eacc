//! Plans of the kill switch: live objects are paused, or enabled again, and nothing else about them changes.
//!
//! They go through the one executor like every other plan. What is paused is ordered by what it may spend, so that
//! the dearest stops first.

use std::cmp::Reverse;

use super::action::{Action, Reason};
use super::change::{Change, FieldChange, Precondition, Wave};
use super::input::PlanInput;
use super::{Plan, settle};
use crate::address::{Address, Kind};
use crate::field::{FieldOwner, FieldSource};
use crate::observed::{ObservedAccount, ObservedObject};
use crate::value::Value;

/// A live object to pause or to enable.
#[derive(Debug, Clone)]
pub struct Target<'a> {
    /// Its address.
    pub address: Address,
    /// The object.
    pub object: &'a ObservedObject,
    /// Whether it is to run.
    pub run: bool,
}

/// Plans the pauses and the enabling of live objects.
pub fn switch(input: &PlanInput<'_>, targets: &[Target<'_>]) -> Plan {
    let mut plan = Plan { accounts: input.desired.accounts.keys().cloned().collect(), ..Plan::default() };
    plan.changes = targets.iter().map(change).collect();
    plan.changes.sort_by(|a, b| a.address.cmp(&b.address));
    plan.changes.dedup_by(|a, b| a.address == b.address);
    settle(input, &mut plan);
    let spend: Vec<i64> = plan.changes.iter().map(|change| micros(input, change)).collect();
    plan.steps
        .sort_by_key(|step| (step.wave, (step.wave == Wave::Lower).then(|| Reverse(spend[step.change]))));
    plan
}

fn change(target: &Target<'_>) -> Change {
    let Target { address, object, run } = target;
    let word = if *run { "Active" } else { "Paused" };
    let mut preconditions =
        vec![Precondition::Marker { id: object.id.clone(), marker: object.marker.clone() }];
    // What runs again must cost what it cost when this was decided.
    let rests_on = object.fields.iter().filter(|(path, _)| {
        path.as_str() == "state" || (*run && (path.is_within("budget") || path.is_within("bidding")))
    });
    preconditions.extend(rests_on.map(|(path, value)| Precondition::Field {
        id: object.id.clone(),
        path: path.clone(),
        value: Some(value.clone()),
    }));
    Change {
        address: address.clone(),
        display_name: object.display_name().to_owned(),
        action: Action::Update,
        class: None,
        id: Some(object.id.clone()),
        superseded: Vec::new(),
        parent: None,
        parent_id: object.parent.clone(),
        budget: None,
        budget_id: object.budget.clone(),
        marker: object.marker.clone(),
        fields: vec![FieldChange {
            path: "state".into(),
            before: object.value("state").cloned(),
            after: Some(Value::text(word)),
            origin: None,
            source: FieldSource::Declared,
            owner: FieldOwner::Git,
            immutable: false,
            resets_learning: None,
            needs_review: None,
        }],
        reasons: Vec::<Reason>::new(),
        preconditions,
        origin: None,
    }
}

/// What a campaign may spend, in micros, for an order among those of one account.
fn micros(input: &PlanInput<'_>, change: &Change) -> i64 {
    let Some(account) = input.observed.accounts.get(&change.address.account_key()) else { return 0 };
    let Some(id) = &change.id else { return 0 };
    account.objects.iter().find(|object| object.id == *id).map_or(0, |object| spend_of(account, object))
}

/// What an object may spend, in micros: its own budget, the shared one it draws on, or those of what runs below it.
pub fn spend_of(account: &ObservedAccount, object: &ObservedObject) -> i64 {
    let own = |object: &ObservedObject| {
        let paths = ["budget.daily", "shared.daily", "budget.total"];
        paths.iter().find_map(|path| object.value(path)?.as_money()).map(crate::money::Money::micros)
    };
    own(object).unwrap_or_else(|| {
        let shared = object.budget.as_ref().and_then(|id| {
            account.objects.iter().find(|budget| budget.kind == Kind::Budget && budget.id == *id)
        });
        shared.and_then(own).unwrap_or_else(|| {
            let below = account.objects.iter().filter(|child| child.kind == Kind::AdGroup);
            let running =
                below.filter(|child| child.parent.as_ref() == Some(&object.id) && child.is_active());
            running.filter_map(own).fold(0, i64::saturating_add)
        })
    })
}
