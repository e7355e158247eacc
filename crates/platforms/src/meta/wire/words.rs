//! Words that both sides have, in pairs of neutral word and Meta's (mapping §1, §1.4, §2, §5, §7.2).

/// Pairs of neutral word and Meta's word.
pub(crate) type Words = &'static [(&'static str, &'static str)];

/// Objectives.
pub(crate) const OBJECTIVES: Words = &[
    ("Awareness", "OUTCOME_AWARENESS"),
    ("Traffic", "OUTCOME_TRAFFIC"),
    ("Engagement", "OUTCOME_ENGAGEMENT"),
    ("Leads", "OUTCOME_LEADS"),
    ("AppPromotion", "OUTCOME_APP_PROMOTION"),
    ("Sales", "OUTCOME_SALES"),
];

/// Own states.
pub(crate) const STATES: Words = &[("Active", "ACTIVE"), ("Paused", "PAUSED")];

/// Bid strategies.
pub(crate) const STRATEGIES: Words = &[
    ("LowestCost", "LOWEST_COST_WITHOUT_CAP"),
    ("CostCap", "COST_CAP"),
    ("BidCap", "LOWEST_COST_WITH_BID_CAP"),
    ("MinRoas", "LOWEST_COST_WITH_MIN_ROAS"),
];

/// Special ad categories.
pub(crate) const CATEGORIES: Words = &[
    ("Housing", "HOUSING"),
    ("Employment", "EMPLOYMENT"),
    ("Credit", "CREDIT"),
    ("FinancialProducts", "FINANCIAL_PRODUCTS_SERVICES"),
    ("Politics", "ISSUES_ELECTIONS_POLITICS"),
    ("Gambling", "ONLINE_GAMBLING_AND_GAMING"),
];

/// Devices.
pub(crate) const DEVICES: Words =
    &[("Mobile", "mobile"), ("Desktop", "desktop"), ("ConnectedTv", "connected_tv")];

/// Conversion events.
pub(crate) const EVENTS: Words = &[
    ("Purchase", "PURCHASE"),
    ("InitiateCheckout", "INITIATED_CHECKOUT"),
    ("AddPaymentInfo", "ADD_PAYMENT_INFO"),
    ("AddToCart", "ADD_TO_CART"),
    ("AddToWishlist", "ADD_TO_WISHLIST"),
    ("ViewContent", "CONTENT_VIEW"),
    ("Search", "SEARCH"),
    ("Lead", "LEAD"),
    ("Contact", "CONTACT"),
    ("CompleteRegistration", "COMPLETE_REGISTRATION"),
    ("Subscribe", "SUBSCRIBE"),
];

/// Calls to action.
pub(crate) const CALLS_TO_ACTION: Words = &[
    ("LearnMore", "LEARN_MORE"),
    ("ShopNow", "SHOP_NOW"),
    ("BuyNow", "BUY_NOW"),
    ("OrderNow", "ORDER_NOW"),
    ("SignUp", "SIGN_UP"),
    ("Subscribe", "SUBSCRIBE"),
    ("GetQuote", "GET_QUOTE"),
    ("ContactUs", "CONTACT_US"),
    ("ApplyNow", "APPLY_NOW"),
    ("BookNow", "BOOK_NOW"),
    ("StartNow", "GET_STARTED"),
    ("Download", "DOWNLOAD"),
    ("InstallNow", "INSTALL_MOBILE_APP"),
    ("DonateNow", "DONATE_NOW"),
    ("WatchNow", "WATCH_NOW"),
    ("PlayNow", "PLAY_GAME"),
    ("ListenNow", "LISTEN_NOW"),
    ("SeeMore", "SEE_MORE"),
    ("VisitSite", "VISIT_WEBSITE"),
    ("SendMessage", "MESSAGE_PAGE"),
    ("CallNow", "CALL_NOW"),
    ("None", "NO_BUTTON"),
];

/// Meta's word for a neutral one.
pub(crate) fn to_wire(words: Words, neutral: &str) -> Option<&'static str> {
    words.iter().find(|(word, _)| *word == neutral).map(|(_, wire)| *wire)
}

/// The neutral word for Meta's.
pub(crate) fn to_neutral(words: Words, wire: &str) -> Option<&'static str> {
    words.iter().find(|(_, word)| *word == wire).map(|(neutral, _)| *neutral)
}

/// The neutral words for Meta's; `None` when it has one that nobody knows.
pub(crate) fn all_neutral(words: Words, wire: &[String]) -> Option<Vec<&'static str>> {
    wire.iter().map(|word| to_neutral(words, word)).collect()
}

/// The neutral words, for hints.
pub(crate) fn neutral_list(words: Words) -> String {
    words.iter().map(|(neutral, _)| *neutral).collect::<Vec<_>>().join(", ")
}

/// `PENDING_REVIEW` as `PendingReview`.
pub(crate) fn camel_case(word: &str) -> String {
    word.split('_')
        .map(|part| {
            let mut letters = part.chars();
            let first = letters.next().map(|letter| letter.to_ascii_uppercase());
            first.into_iter().chain(letters.map(|letter| letter.to_ascii_lowercase())).collect::<String>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_pair_reads_back() {
        for words in [OBJECTIVES, STATES, STRATEGIES, CATEGORIES, DEVICES, EVENTS, CALLS_TO_ACTION] {
            let wire: BTreeSet<_> = words.iter().map(|(_, wire)| wire).collect();
            assert_eq!(wire.len(), words.len());
            for (neutral, _) in words {
                let there = to_wire(words, neutral).unwrap();
                assert_eq!(to_neutral(words, there), Some(*neutral));
            }
        }
    }

    #[test]
    fn reasons_are_camel_case() {
        assert_eq!(camel_case("PENDING_BILLING_INFO"), "PendingBillingInfo");
    }
}
