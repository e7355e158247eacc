//! Computed states: delivery and review (mapping §2).

use adplane_core::observed::{Delivery, Review, Status};
use jiff::Timestamp;
use serde_json::Value as Json;

use crate::meta::wire::{json, time, words};

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

/// Delivery of any object, and review of ads. `now` is the vendor's clock, where it told the time.
pub(super) fn read(object: &Json, is_ad: bool, now: Option<Timestamp>) -> Status {
    let word = json::word(object, "effective_status");
    let (delivery, reason) = delivery(object, word, now);
    let review = if is_ad { review(object, word) } else { None };
    Status { delivery: Some(delivery), reason, review, details: details(object) }
}

fn delivery(object: &Json, word: &str, now: Option<Timestamp>) -> (Delivery, Option<String>) {
    let because = || Some(words::camel_case(word));
    match word {
        "ACTIVE" if has_ended(object, now) => (Delivery::Ended, Some("EndTimePast".to_owned())),
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

/// Delivery ends with the end, although the state stays active (meta-ads.md §17.16). A campaign that never ends
/// may read as ending at the epoch.
fn has_ended(object: &Json, now: Option<Timestamp>) -> bool {
    let ends = ["end_time", "stop_time"].into_iter().filter_map(|name| time::instant(object.get(name)?));
    let Some(now) = now else { return false };
    ends.filter(|end| end.as_second() > 86_400).any(|end| end <= now)
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

/// What reviewers and the delivery system say: `{global: {reason: text}, placement_specific: {instagram: {…}}}`
/// and `issues_info` (meta-ads.md §8).
fn details(object: &Json) -> Vec<String> {
    let mut details = Vec::new();
    let feedback = object.get("ad_review_feedback");
    reasons(feedback.and_then(|feedback| feedback.get("global")), "", &mut details);
    let places = feedback.and_then(|feedback| feedback.get("placement_specific")).and_then(Json::as_object);
    for (place, found) in places.into_iter().flatten() {
        reasons(Some(found), &format!("on {place}: "), &mut details);
    }
    for issue in json::list(object, "issues_info") {
        let parts = ["error_summary", "error_message"].map(|name| json::word(issue, name));
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let code = json::text(issue, "error_code").map(|code| format!(" ({code})")).unwrap_or_default();
        details.push(format!("{}{code}", said.join(": ")));
    }
    details
}

fn reasons(found: Option<&Json>, place: &str, details: &mut Vec<String>) {
    for (reason, text) in found.and_then(Json::as_object).into_iter().flatten() {
        details.push(format!("{place}{reason}: {}", json::plain(text).unwrap_or_default()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Every word of the table of mapping §2, and one that nobody knows.
    #[test]
    fn states_follow_the_table() {
        use Delivery::{Ended, Learning, Limited, NotDelivering, Paused, Serving};
        let soft = json!({"effective_status": "WITH_ISSUES", "issues_info": [{"error_type": "SOFT_ERROR"}]});
        let hard = json!({"effective_status": "WITH_ISSUES", "issues_info": [{"error_type": "HARD_ERROR"}]});
        let word = |word: &str| json!({"effective_status": word, "status": "ACTIVE"});
        let stage =
            |stage: &str| json!({"effective_status": "ACTIVE", "learning_stage_info": {"status": stage}});
        let refused =
            json!({"effective_status": "PAUSED", "ad_review_feedback": {"global": {"X": "refused"}}});
        let own = json!({"effective_status": "ADSET_PAUSED", "status": "PAUSED"});
        let ended = json!({"effective_status": "ACTIVE", "end_time": "2026-11-20T12:00:00+0000"});
        let endless = json!({"effective_status": "ACTIVE", "stop_time": "1969-12-31T19:00:00-0500"});
        let cases = [
            (word("ACTIVE"), Serving, None, Some(Review::Approved)),
            (stage("LEARNING"), Learning, None, Some(Review::Approved)),
            (stage("SUCCESS"), Serving, None, Some(Review::Approved)),
            (stage("FAIL"), Limited, Some("LearningLimited"), Some(Review::Approved)),
            (word("PENDING_REVIEW"), NotDelivering, Some("PendingReview"), Some(Review::Pending)),
            (word("IN_PROCESS"), NotDelivering, Some("InProcess"), Some(Review::Pending)),
            (word("PREAPPROVED"), NotDelivering, Some("Scheduled"), Some(Review::Approved)),
            (word("PENDING_BILLING_INFO"), NotDelivering, Some("PendingBillingInfo"), None),
            (word("DISAPPROVED"), NotDelivering, Some("Disapproved"), Some(Review::Rejected)),
            (soft, Limited, Some("WithIssues"), Some(Review::Limited)),
            (hard, NotDelivering, Some("WithIssues"), Some(Review::Limited)),
            (word("PAUSED"), Paused, Some("Paused"), None),
            (refused, Paused, Some("Paused"), Some(Review::Rejected)),
            (word("CAMPAIGN_PAUSED"), Paused, Some("ParentPaused"), None),
            (word("ADSET_PAUSED"), Paused, Some("ParentPaused"), None),
            (own, Paused, Some("AdsetPaused"), None),
            (ended, Ended, Some("EndTimePast"), Some(Review::Approved)),
            (endless, Serving, None, Some(Review::Approved)),
            (word("ARCHIVED"), Ended, Some("Archived"), None),
            (word("DELETED"), Ended, Some("Deleted"), None),
            (word("NEW_WORD"), NotDelivering, Some("Unknown:NEW_WORD"), None),
        ];
        let now = "2026-11-20T12:00:00Z".parse().ok();
        for (object, delivery, reason, review) in cases {
            let status = read(&object, true, now);
            assert_eq!((status.delivery, status.reason.as_deref()), (Some(delivery), reason), "{object}");
            assert_eq!(status.review, review, "{object}");
            assert_eq!(read(&object, false, now).review, None);
        }
    }

    #[test]
    fn says_which_reason_and_where() {
        let ad = json!({
            "effective_status": "DISAPPROVED",
            "ad_review_feedback": {
                "global": {"Unacceptable Content": "The text breaks the standards."},
                "placement_specific": {"instagram": {"Low Quality Image": "Too small."}},
            },
            "issues_info": [{"level": "AD", "error_code": 1_815_869, "error_type": "HARD_ERROR",
                "error_summary": "Post not available", "error_message": "The post was deleted."}],
        });
        assert_eq!(
            read(&ad, true, None).details,
            [
                "Unacceptable Content: The text breaks the standards.",
                "on instagram: Low Quality Image: Too small.",
                "Post not available: The post was deleted. (1815869)",
            ]
        );
    }

    #[test]
    fn accounts_say_why_they_do_not_serve() {
        assert_eq!(inactive(&json!({"account_status": 1})), None);
        assert_eq!(inactive(&json!({"account_status": 2})).as_deref(), Some("Disabled"));
    }
}
