//! Enumerated words of people and creatives: neutral and the vendor's, in both directions (mapping §6, §7.2).
//! Objectives, goals and events are in [`goals`](super::goals).

/// Calls to action (mapping §7.2): neutral and the vendor's.
const CALLS_TO_ACTION: [(&str, &str); 18] = [
    ("LearnMore", "LEARN_MORE"),
    ("ShopNow", "SHOP_NOW"),
    ("OrderNow", "ORDER_NOW"),
    ("SignUp", "SIGN_UP"),
    ("Subscribe", "SUBSCRIBE"),
    ("GetQuote", "GET_QUOTE"),
    ("ContactUs", "CONTACT_US"),
    ("ApplyNow", "APPLY_NOW"),
    ("BookNow", "BOOK_NOW"),
    ("Download", "DOWNLOAD_NOW"),
    ("InstallNow", "INSTALL_NOW"),
    ("WatchNow", "WATCH_NOW"),
    ("PlayNow", "PLAY_GAME"),
    ("ListenNow", "LISTEN_NOW"),
    ("SeeMore", "VIEW_NOW"),
    ("SendMessage", "SEND_MESSAGE"),
    ("CallNow", "CALL_NOW"),
    ("None", ""),
];

/// The vendor's call to action; empty for `None`, which is left out.
pub(crate) fn call_to_action(neutral: &str) -> Option<&'static str> {
    CALLS_TO_ACTION.iter().find(|(word, _)| *word == neutral).map(|(_, vendor)| *vendor)
}

/// The neutral call to action.
pub(crate) fn neutral_call_to_action(vendor: &str) -> Option<&'static str> {
    CALLS_TO_ACTION.iter().find(|(_, word)| *word == vendor).map(|(neutral, _)| *neutral)
}

/// What to write instead of a call to action that TikTok lacks.
pub(crate) fn nearest_call_to_action(neutral: &str) -> &'static str {
    match neutral {
        "BuyNow" => "ShopNow",
        "StartNow" => "SignUp",
        _ => "LearnMore",
    }
}

/// Age buckets: first year, last year (`None`: open), word.
pub(crate) const AGES: [(i64, Option<i64>, &str); 6] = [
    (13, Some(17), "AGE_13_17"),
    (18, Some(24), "AGE_18_24"),
    (25, Some(34), "AGE_25_34"),
    (35, Some(44), "AGE_35_44"),
    (45, Some(54), "AGE_45_54"),
    (55, None, "AGE_55_100"),
];

/// The buckets between two years; `None` when the years do not align with buckets.
pub(crate) fn age_buckets(min: i64, max: Option<i64>) -> Option<Vec<&'static str>> {
    let first = AGES.iter().position(|(from, ..)| *from == min)?;
    let last = AGES.iter().position(|(_, to, _)| *to == max)?;
    (first <= last).then(|| AGES[first..=last].iter().map(|(.., word)| *word).collect())
}

/// The years that buckets cover, when they are one span without gaps; no buckets mean everyone.
pub(crate) fn age_span(buckets: &[String]) -> Option<(i64, Option<i64>)> {
    if buckets.is_empty() {
        return Some((13, None));
    }
    let chosen: Vec<bool> =
        AGES.iter().map(|(.., word)| buckets.iter().any(|bucket| bucket == word)).collect();
    let first = chosen.iter().position(|on| *on)?;
    let last = chosen.iter().rposition(|on| *on)?;
    chosen[first..=last].iter().all(|on| *on).then(|| (AGES[first].0, AGES[last].1))
}

/// `special_industries` for neutral special ad categories that TikTok has.
const INDUSTRIES: [(&str, &str); 3] =
    [("Housing", "HOUSING"), ("Employment", "EMPLOYMENT"), ("Credit", "CREDIT")];

/// The vendor's word for a special ad category.
pub(crate) fn industry(neutral: &str) -> Option<&'static str> {
    INDUSTRIES.iter().find(|(word, _)| *word == neutral).map(|(_, vendor)| *vendor)
}

/// The special ad category behind the vendor's word.
pub(crate) fn neutral_industry(vendor: &str) -> Option<&'static str> {
    INDUSTRIES.iter().find(|(_, word)| *word == vendor).map(|(neutral, _)| *neutral)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_spans_of_buckets() {
        assert_eq!(age_buckets(25, Some(44)).unwrap(), ["AGE_25_34", "AGE_35_44"]);
        assert_eq!(age_buckets(25, Some(40)), None);
        assert_eq!(age_buckets(18, None).unwrap().len(), 5);
        let span =
            |words: &[&str]| age_span(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert_eq!(span(&["AGE_35_44", "AGE_25_34"]), Some((25, Some(44))));
        assert_eq!(span(&["AGE_18_24", "AGE_35_44"]), None);
        assert_eq!(span(&[]), Some((13, None)));
    }
}
