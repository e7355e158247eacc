//! Computed states: delivery and review (mapping §2).

use adplane_core::observed::{Delivery, Review, Status};
use serde_json::Value as Json;

use crate::meta::wire::{json, words};

/// Why an account does not serve; `None` when it does (codes: meta-ads.md §9, unverified).
pub(super) fn inactive(account: &Json) -> Option<String> {
    let word = match json::integer(account, "account_status")? {
        1 => return None,
        2 => "Disabled",
        3 => "Unsettled",
        7 => "PendingRiskReview",
        8 => "PendingSettlement",
        9 => "GracePeriod",
        100 => "PendingClosure",
        101 => "Closed",
        other => return Some(format!("Unknown:{other}")),
    };
    Some(word.to_owned())
}

/// Delivery of any object, and review of ads.
pub(super) fn read(object: &Json, is_ad: bool) -> Status {
    let word = json::word(object, "effective_status");
    let (delivery, reason) = delivery(object, word);
    let review = if is_ad { review(object, word) } else { None };
    Status { delivery: Some(delivery), reason, review }
}

fn delivery(object: &Json, word: &str) -> (Delivery, Option<String>) {
    let because = || Some(words::camel_case(word));
    match word {
        "ACTIVE" => learning(object),
        "PAUSED" => (Delivery::Paused, because()),
        "CAMPAIGN_PAUSED" | "ADSET_PAUSED" => {
            let own = json::word(object, "status") == "ACTIVE";
            (Delivery::Paused, if own { Some("ParentPaused".to_owned()) } else { because() })
        }
        "WITH_ISSUES" => {
            let issues = json::list(object, "issues_info");
            let hard = issues.iter().any(|issue| json::word(issue, "error_type") == "HARD_ERROR");
            (if hard { Delivery::NotDelivering } else { Delivery::Limited }, because())
        }
        "PREAPPROVED" => (Delivery::NotDelivering, Some("Scheduled".to_owned())),
        "PENDING_REVIEW" | "DISAPPROVED" | "IN_PROCESS" | "PENDING_BILLING_INFO" => {
            (Delivery::NotDelivering, because())
        }
        "ARCHIVED" | "DELETED" => (Delivery::Ended, because()),
        other => (Delivery::NotDelivering, Some(format!("Unknown:{other}"))),
    }
}

fn learning(object: &Json) -> (Delivery, Option<String>) {
    let stage = object.get("learning_stage_info").map_or("", |info| json::word(info, "status"));
    match stage {
        "LEARNING" => (Delivery::Learning, None),
        "FAIL" => (Delivery::Limited, Some("LearningLimited".to_owned())),
        _ => (Delivery::Serving, None),
    }
}

/// A paused ad hides its review, unless it was refused.
fn review(ad: &Json, word: &str) -> Option<Review> {
    match word {
        "PENDING_REVIEW" | "IN_PROCESS" => Some(Review::Pending),
        "ACTIVE" | "PREAPPROVED" => Some(Review::Approved),
        "WITH_ISSUES" => Some(Review::Limited),
        "DISAPPROVED" => Some(Review::Rejected),
        "PAUSED" | "CAMPAIGN_PAUSED" | "ADSET_PAUSED" => {
            let refused = ad.get("ad_review_feedback").and_then(|feedback| feedback.get("global"));
            refused.and_then(Json::as_object).filter(|reasons| !reasons.is_empty()).map(|_| Review::Rejected)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(object: &Json, delivery: Delivery, reason: Option<&str>, review: Option<Review>) {
        let status = read(object, true);
        assert_eq!((status.delivery, status.reason.as_deref()), (Some(delivery), reason));
        assert_eq!(status.review, review);
    }

    #[test]
    fn states_follow_the_table() {
        check(&json!({"effective_status": "ACTIVE"}), Delivery::Serving, None, Some(Review::Approved));
        check(
            &json!({"effective_status": "ACTIVE", "learning_stage_info": {"status": "LEARNING"}}),
            Delivery::Learning,
            None,
            Some(Review::Approved),
        );
        check(
            &json!({"effective_status": "CAMPAIGN_PAUSED", "status": "ACTIVE"}),
            Delivery::Paused,
            Some("ParentPaused"),
            None,
        );
        check(
            &json!({"effective_status": "PAUSED", "ad_review_feedback": {"global": {"X": "refused"}}}),
            Delivery::Paused,
            Some("Paused"),
            Some(Review::Rejected),
        );
        check(
            &json!({"effective_status": "WITH_ISSUES", "issues_info": [{"error_type": "SOFT_ERROR"}]}),
            Delivery::Limited,
            Some("WithIssues"),
            Some(Review::Limited),
        );
        check(
            &json!({"effective_status": "NEW_WORD"}),
            Delivery::NotDelivering,
            Some("Unknown:NEW_WORD"),
            None,
        );
    }

    #[test]
    fn accounts_say_why_they_do_not_serve() {
        assert_eq!(inactive(&json!({"account_status": 1})), None);
        assert_eq!(inactive(&json!({"account_status": 2})).as_deref(), Some("Disabled"));
    }
}
