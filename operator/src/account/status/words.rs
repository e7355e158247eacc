//! What an object is like and what stands in its way, in the words of a status.

use adplane_core::money::Money;
use adplane_core::observed::{Delivery, ObservedObject, Review};
use adplane_core::plan::document::DocumentDrift;
use adplane_core::plan::{Blocked, Change, Reason as PlanReason};
use adplane_core::value::Value;
use adplane_manifest::api::status::{AdStatus, ResourceStatus};
use adplane_manifest::api::text::{AdLabel, Amount, Note, VendorId, Word};

use super::super::decide::Hold;
use super::conditions::{Found, Reason, Type};
use crate::plans::{note, shown};

/// The planner's code for an object that carries somebody else's marker.
const OWNED_BY_ANOTHER: &str = "owned-by-another";

/// What was changed on the platform, for people.
pub fn drift_text(item: &DocumentDrift) -> String {
    let what = match &item.path {
        None => format!("{} is gone", item.address.short()),
        Some(path) => {
            let wanted = shown(item.yaml.as_ref());
            let wanted = match &item.overlay {
                None => wanted,
                Some(overlay) => {
                    let author = overlay.by.author();
                    format!("{} ({author}; git: {wanted})", shown(overlay.value.as_ref()))
                }
            };
            format!("{path} of {}: {}, not {wanted}", item.address.short(), shown(item.live.as_ref()))
        }
    };
    match &item.changed_by {
        Some(by) if by.client.is_empty() => format!("{what}; {} at {}", by.actor, by.local),
        Some(by) => format!("{what}; {} ({}) at {}", by.actor, by.client, by.local),
        None => what,
    }
}

pub(super) fn drift_condition<'d>(drift: impl Iterator<Item = &'d DocumentDrift>) -> Found {
    let lines: Vec<String> = drift.map(drift_text).collect();
    if lines.is_empty() {
        Found::new(Type::Drifted, false, Reason::NoDrift, "")
    } else {
        Found::new(Type::Drifted, true, Reason::ChangedOnPlatform, lines.join("; "))
    }
}

pub(super) fn ad_name(change: &Change) -> String {
    change.address.ad.as_ref().map(ToString::to_string).unwrap_or_default()
}

pub(super) fn ad_status(change: &Change, object: &ObservedObject) -> AdStatus {
    AdStatus {
        name: AdLabel(ad_name(change)),
        external_id: Some(VendorId(object.id.as_str().to_owned())),
        state: object.text("state").map(|state| Word(state.to_owned())),
        review: object.status.review.map(|review| Word(review_word(review).to_owned())),
        reason: (!object.status.details.is_empty()).then(|| Note(note(&object.status.details.join("; ")))),
        ..AdStatus::default()
    }
}

pub(super) fn live_status(object: &ObservedObject) -> ResourceStatus {
    let amount = ["budget.daily", "budget.total", "shared.daily"]
        .into_iter()
        .find_map(|path| object.value(path).and_then(Value::as_money));
    ResourceStatus {
        external_id: Some(VendorId(object.id.as_str().to_owned())),
        state: object.text("state").map(|state| Word(state.to_owned())),
        delivery: object.status.delivery.map(|delivery| Word(delivery_word(delivery).1.to_owned())),
        reason: object.status.reason.as_ref().map(|reason| Note(note(reason))),
        budget: amount.map(|amount| Amount(amount.to_string())),
        budget_micros: amount.map(Money::micros),
        ..ResourceStatus::default()
    }
}

pub(super) fn review_word(review: Review) -> &'static str {
    match review {
        Review::Approved => "Approved",
        Review::Limited => "Limited",
        Review::Pending => "Pending",
        Review::Rejected => "Rejected",
    }
}

pub(super) fn review_condition(review: Review, refusals: &str) -> Found {
    let (holds, reason) = match review {
        Review::Approved => (true, Reason::Approved),
        Review::Limited => (true, Reason::ApprovedLimited),
        Review::Pending => (false, Reason::InReview),
        Review::Rejected => (false, Reason::Rejected),
    };
    Found::new(Type::Reviewed, holds, reason, refusals)
}

pub(super) fn delivery_word(delivery: Delivery) -> (bool, &'static str, Reason) {
    match delivery {
        Delivery::Serving => (true, "Serving", Reason::Serving),
        Delivery::Learning => (true, "Learning", Reason::Learning),
        Delivery::Limited => (true, "Limited", Reason::Limited),
        Delivery::NotDelivering => (false, "NotDelivering", Reason::NotDelivering),
        Delivery::Paused => (false, "Paused", Reason::Paused),
        Delivery::Ended => (false, "Ended", Reason::Ended),
    }
}

pub(super) fn delivery_condition(object: &ObservedObject) -> Option<Found> {
    let (holds, _, reason) = delivery_word(object.status.delivery?);
    let message = object.status.reason.clone().unwrap_or_default();
    Some(Found::new(Type::Delivering, holds, reason, message))
}

pub(crate) fn told(diagnostic: &adplane_core::diagnostic::Diagnostic) -> String {
    let field = diagnostic.field.as_ref().map(|field| format!("spec.{field}: ")).unwrap_or_default();
    let hint = diagnostic.hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default();
    format!("{field}{}{hint}", diagnostic.message)
}

/// It stays as it is until somebody does something.
pub(crate) fn stalled(reason: Reason, message: impl Into<String>) -> Vec<Found> {
    let message = message.into();
    vec![
        Found::new(Type::Ready, false, reason, message.clone()),
        Found::new(Type::Stalled, true, reason, message),
    ]
}

/// Something is under way, or waits for somebody.
pub(super) fn progressing(reason: Reason, message: impl Into<String>) -> Vec<Found> {
    let message = message.into();
    vec![
        Found::new(Type::Ready, false, reason, message.clone()),
        Found::new(Type::Reconciling, true, reason, message),
    ]
}

/// What blocks a change, and what would unblock it.
pub(super) fn obstacles(change: &Change) -> impl Iterator<Item = &Blocked> {
    change.reasons.iter().filter_map(|reason| match reason {
        PlanReason::Blocked(blocked) => Some(blocked),
        _ => None,
    })
}

pub(super) fn told_obstacles<'c>(changes: impl IntoIterator<Item = &'c Change>) -> String {
    let told = changes.into_iter().flat_map(obstacles);
    told.map(|blocked| format!("{}; {}", blocked.why, blocked.unblock)).collect::<Vec<String>>().join("; ")
}

pub(super) fn blocked(change: &Change) -> Vec<Found> {
    let message = told_obstacles([change]);
    let theirs = obstacles(change).any(|blocked| blocked.code == OWNED_BY_ANOTHER);
    if !theirs {
        return stalled(Reason::Blocked, message);
    }
    let mut found = stalled(Reason::OwnedByOther, message.clone());
    found.push(Found::new(Type::Contested, true, Reason::OwnedByOther, message));
    found
}

pub(super) fn held(hold: &Hold) -> Vec<Found> {
    let message = hold.to_string();
    match hold {
        Hold::Observe => stalled(Reason::ObserveOnly, message),
        Hold::Suspended => stalled(Reason::Suspended, message),
        Hold::DryRun => stalled(Reason::DryRun, message),
        Hold::FirstLook | Hold::Anew => progressing(Reason::Waiting, message),
        Hold::Ungoverned(_) => stalled(Reason::PolicyInvalid, message),
        Hold::Guards(_) => stalled(Reason::PoliciesMissing, message),
        Hold::Settling(_) | Hold::Frozen { .. } => progressing(Reason::Held, message),
    }
}
