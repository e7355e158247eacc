//! Computed states: delivery and review from `secondary_status` (mapping §2).

use adplane_core::observed::{Delivery, Review, Status};

/// The level's prefix is left off; one word is misspelt by the platform itself.
const PREFIXES: [&str; 4] = ["CAMPAIGN_STATUS_", "ADGROUP_STATUS_", "AD_STATUS_", "AD_STAUS_"];

const SERVING: [&str; 11] = [
    "DELIVERY_OK",
    "DELIVERY_AND_REAUDIT",
    "DELIVERY_AND_TRANSCODING_FAIL",
    "EXPLORING",
    "UNEXPLORED",
    "GOOD",
    "BAD",
    "PARTIAL_AUDIT_DELIVERY_OK",
    "REVIEW_PARTIALLY_APPROVED",
    "SHADOW_ADGROUP_REAUDIT",
    "SEARCH_KEYWORDS_PARTIAL_APPROVED",
];
const PAUSED: [&str; 2] = ["DISABLE", "AWAITING_RELEASE"];
const PARENT_PAUSED: [&str; 2] = ["CAMPAIGN_DISABLE", "ADGROUP_DISABLE"];
const NOT_DELIVERING: [&str; 33] = [
    "CREATE",
    "AUDIT",
    "REAUDIT",
    "AUDIT_DENY",
    "ADGROUP_AUDIT_DENY",
    "BUDGET_EXCEED",
    "CAMPAIGN_EXCEED",
    "BALANCE_EXCEED",
    "NOT_START",
    "FROZEN",
    "PIXEL_UNBIND",
    "PRIVACY_POLICY_AUDIT",
    "PRIVACY_POLICY_REJECTED",
    "COLLECTION_TOGGLED_OFF",
    "ASSET_AUTHORIZATION_LOST",
    "TRANSCODING_FAIL",
    "PROCESS_AUDIO",
    "MUSIC_AUTHORIZATION_MISSING",
    "SEARCH_KEYWORDS_IN_REVIEW",
    "SEARCH_KEYWORDS_NOT_AVAILABLE",
    "IDENTITY_USED_BY_GMV_MAX_AD",
    "PRODUCT_USED_BY_PRODUCT_GMV_MAX",
    "PRODUCT_UNAVAILABLE",
    "ANCHOR_UNAVAILABLE",
    "ADVERTISER_AUDIT",
    "ADVERTISER_AUDIT_DENY",
    "ADVERTISER_ACCOUNT_PUNISH",
    "ADVERTISER_CONTRACT_PENDING",
    "REVIEW_DISAPPROVED",
    "AD_UNAVAILABLE",
    "CAMPAIGN_QUOTA_LIMIT",
    "ADGROUP_PRE_ONLINE",
    "CLOSED",
];

/// Status from the vendor's word; an unknown word is kept as text.
pub(crate) fn status(secondary: Option<&str>) -> Status {
    let Some(secondary) = secondary else { return Status::default() };
    let word = PREFIXES.iter().find_map(|prefix| secondary.strip_prefix(prefix)).unwrap_or(secondary);
    let reason = camel(word);
    let (delivery, reason) = match word {
        "ENABLE" => (Delivery::Serving, reason),
        word if SERVING.contains(&word) => (Delivery::Serving, reason),
        word if PAUSED.contains(&word) => (Delivery::Paused, reason),
        word if PARENT_PAUSED.contains(&word) => (Delivery::Paused, "ParentPaused".to_owned()),
        "TIME_DONE" | "DONE" | "DELETE" => (Delivery::Ended, reason),
        word if word.ends_with("_DELETE") || word.starts_with("RF_") => (Delivery::Ended, reason),
        word if is_not_delivering(word) => (Delivery::NotDelivering, reason),
        _ => (Delivery::NotDelivering, format!("Unknown:{secondary}")),
    };
    let is_ad = secondary.starts_with("AD_STAT") || secondary.starts_with("AD_STAU");
    Status {
        delivery: Some(delivery),
        reason: Some(reason),
        review: if is_ad { review(word) } else { None },
        details: Vec::new(),
    }
}

fn is_not_delivering(word: &str) -> bool {
    NOT_DELIVERING.contains(&word)
        || ["_NO_DELIVERY", "PRE_ONLINE", "QUOTA_LIMIT"].iter().any(|end| word.ends_with(end))
        || ["INDUSTRY_QUALIFICATION_", "LIVE_"].iter().any(|start| word.starts_with(start))
}

/// Review of an ad; `…AUDIT_DENY` contains `AUDIT`, so words are compared whole.
fn review(word: &str) -> Option<Review> {
    match word {
        "AUDIT"
        | "REAUDIT"
        | "DELIVERY_AND_REAUDIT"
        | "PARTIAL_AUDIT_NO_DELIVERY"
        | "ADGROUP_PARTIAL_AUDIT_NO_DELIVERY" => Some(Review::Pending),
        "DELIVERY_OK" => Some(Review::Approved),
        "PARTIAL_AUDIT_DELIVERY_OK" | "REVIEW_PARTIALLY_APPROVED" => Some(Review::Limited),
        "AUDIT_DENY" | "ADGROUP_AUDIT_DENY" => Some(Review::Rejected),
        word if word.ends_with("INDUSTRY_QUALIFICATION_DENY") => Some(Review::Rejected),
        _ => None,
    }
}

fn camel(word: &str) -> String {
    word.split('_')
        .flat_map(|part| {
            let mut letters = part.chars();
            letters.next().into_iter().chain(letters.map(|letter| letter.to_ascii_lowercase()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, delivery: Delivery, reason: &str, review: Option<Review>) {
        let expected =
            Status { delivery: Some(delivery), reason: Some(reason.into()), review, details: Vec::new() };
        assert_eq!(status(Some(word)), expected, "{word}");
    }

    #[test]
    fn words_become_states() {
        use Delivery as D;
        check("CAMPAIGN_STATUS_ENABLE", D::Serving, "Enable", None);
        check("CAMPAIGN_STATUS_DISABLE", D::Paused, "Disable", None);
        check("ADGROUP_STATUS_CAMPAIGN_DISABLE", D::Paused, "ParentPaused", None);
        check("ADGROUP_STATUS_CREATE", D::NotDelivering, "Create", None);
        check("ADGROUP_STATUS_TIME_DONE", D::Ended, "TimeDone", None);
        check("AD_STATUS_AUDIT", D::NotDelivering, "Audit", Some(Review::Pending));
        check("AD_STATUS_AUDIT_DENY", D::NotDelivering, "AuditDeny", Some(Review::Rejected));
        check("AD_STATUS_DELIVERY_OK", D::Serving, "DeliveryOk", Some(Review::Approved));
        check("AD_STATUS_DELIVERY_AND_REAUDIT", D::Serving, "DeliveryAndReaudit", Some(Review::Pending));
        check("AD_STAUS_PIXEL_UNBIND", D::NotDelivering, "PixelUnbind", None);
        check("AD_STATUS_NEW_WORD", D::NotDelivering, "Unknown:AD_STATUS_NEW_WORD", None);
        assert_eq!(status(None), Status::default());
    }
}
