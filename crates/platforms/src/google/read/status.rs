//! Delivery and review as people read them. Source: mapping §2.

use adplane_core::observed::{Delivery, Review, Status};
use serde_json::Value;

use crate::google::wire::{list, text};

/// Reasons that a paused parent gives; those of paused children are in the plural.
const PAUSED_ABOVE: [&str; 2] = ["CAMPAIGN_PAUSED", "AD_GROUP_PAUSED"];

/// The computed state of an object.
pub(super) fn status(object: &Value) -> Status {
    let reasons: Vec<&str> = list(object, "primaryStatusReasons").iter().filter_map(Value::as_str).collect();
    let first = reasons.first().map(|reason| camel(reason));
    let own_active = text(object, "status") == Some("ENABLED");
    let under_pause = own_active && reasons.iter().any(|reason| PAUSED_ABOVE.contains(reason));
    let (delivery, reason) = match text(object, "primaryStatus") {
        None => (None, None),
        Some("ELIGIBLE") if reasons.contains(&"BIDDING_STRATEGY_LEARNING") => {
            (Some(Delivery::Learning), first)
        }
        Some("ELIGIBLE") => (Some(Delivery::Serving), None),
        Some("LEARNING") => (Some(Delivery::Learning), first),
        Some("LIMITED") if reasons.contains(&"BUDGET_CONSTRAINED") => {
            (Some(Delivery::Limited), Some("BudgetConstrained".to_owned()))
        }
        Some("LIMITED") => (Some(Delivery::Limited), first),
        Some("PAUSED") if own_active => (Some(Delivery::Paused), Some("ParentPaused".to_owned())),
        Some("NOT_ELIGIBLE") if under_pause => (Some(Delivery::Paused), Some("ParentPaused".to_owned())),
        Some("PAUSED") => (Some(Delivery::Paused), first),
        Some("PENDING") if reasons.iter().any(|reason| reason.ends_with("_UNDER_REVIEW")) => {
            (Some(Delivery::NotDelivering), first)
        }
        Some("PENDING") => (Some(Delivery::NotDelivering), Some("Scheduled".to_owned())),
        Some("NOT_ELIGIBLE" | "MISCONFIGURED" | "UNKNOWN") => (Some(Delivery::NotDelivering), first),
        Some("ENDED" | "REMOVED") => (Some(Delivery::Ended), first),
        Some(other) => (Some(Delivery::NotDelivering), Some(format!("Unknown:{other}"))),
    };
    Status { delivery, reason, review: None, details: Vec::new() }
}

/// The review of an ad.
pub(super) fn review(ad_group_ad: &Value) -> Option<Review> {
    let approval = text(ad_group_ad, "policySummary.approvalStatus");
    match text(ad_group_ad, "policySummary.reviewStatus")? {
        "REVIEW_IN_PROGRESS" | "UNDER_APPEAL" | "ELIGIBLE_MAY_SERVE" => Some(Review::Pending),
        "REVIEWED" => match approval? {
            "APPROVED" => Some(Review::Approved),
            "APPROVED_LIMITED" | "AREA_OF_INTEREST_ONLY" => Some(Review::Limited),
            "DISAPPROVED" => Some(Review::Rejected),
            _ => None,
        },
        _ => None,
    }
}

/// The review of an asset group, from its reasons.
pub(super) fn asset_group_review(asset_group: &Value) -> Option<Review> {
    text(asset_group, "primaryStatus")?;
    let has = |word: &str| {
        list(asset_group, "primaryStatusReasons")
            .iter()
            .filter_map(Value::as_str)
            .any(|reason| reason == word)
    };
    Some(if has("ASSET_GROUP_DISAPPROVED") {
        Review::Rejected
    } else if has("ASSET_GROUP_UNDER_REVIEW") {
        Review::Pending
    } else if has("ASSET_GROUP_LIMITED") {
        Review::Limited
    } else {
        Review::Approved
    })
}

/// `BUDGET_CONSTRAINED` as `BudgetConstrained`.
fn camel(word: &str) -> String {
    word.split('_')
        .filter_map(|part| Some(format!("{}{}", part.get(..1)?, part.get(1..)?.to_ascii_lowercase())))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn delivery_follows_the_primary_status() {
        let of = |status: &str, primary: &str, reason: &str| {
            super::status(
                &json!({"status": status, "primaryStatus": primary, "primaryStatusReasons": [reason]}),
            )
        };
        for (own, primary, reason, delivery, shown) in [
            ("ENABLED", "ELIGIBLE", "", Delivery::Serving, None),
            (
                "ENABLED",
                "ELIGIBLE",
                "BIDDING_STRATEGY_LEARNING",
                Delivery::Learning,
                Some("BiddingStrategyLearning"),
            ),
            ("ENABLED", "LIMITED", "BUDGET_CONSTRAINED", Delivery::Limited, Some("BudgetConstrained")),
            ("ENABLED", "PAUSED", "CAMPAIGN_PAUSED", Delivery::Paused, Some("ParentPaused")),
            ("PAUSED", "PAUSED", "CAMPAIGN_PAUSED", Delivery::Paused, Some("CampaignPaused")),
            ("ENABLED", "NOT_ELIGIBLE", "CAMPAIGN_PAUSED", Delivery::Paused, Some("ParentPaused")),
            ("ENABLED", "NOT_ELIGIBLE", "AD_GROUPS_PAUSED", Delivery::NotDelivering, Some("AdGroupsPaused")),
            ("ENABLED", "PENDING", "CAMPAIGN_PENDING", Delivery::NotDelivering, Some("Scheduled")),
            (
                "ENABLED",
                "PENDING",
                "AD_GROUP_AD_UNDER_REVIEW",
                Delivery::NotDelivering,
                Some("AdGroupAdUnderReview"),
            ),
            ("ENABLED", "NEWER", "", Delivery::NotDelivering, Some("Unknown:NEWER")),
        ] {
            let status = of(own, primary, reason);
            assert_eq!((status.delivery, status.reason.as_deref()), (Some(delivery), shown), "{primary}");
        }
    }

    #[test]
    fn reviews_follow_the_policy_summary() {
        let of = |review: &str, approval: &str| {
            super::review(&json!({"policySummary": {"reviewStatus": review, "approvalStatus": approval}}))
        };
        assert_eq!(of("REVIEW_IN_PROGRESS", "UNKNOWN"), Some(Review::Pending));
        assert_eq!(of("REVIEWED", "APPROVED"), Some(Review::Approved));
        assert_eq!(of("REVIEWED", "AREA_OF_INTEREST_ONLY"), Some(Review::Limited));
        assert_eq!(of("REVIEWED", "DISAPPROVED"), Some(Review::Rejected));
        assert_eq!(super::review(&json!({})), None);
    }
}
