//! Calls to action in both vocabularies. Source: mapping §7.2; google-ads.md §3.6.

/// Neutral word, the vendor's word.
pub(in super::super) const CALLS_TO_ACTION: [(&str, &str); 17] = [
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
    ("StartNow", "START_NOW"),
    ("Download", "DOWNLOAD"),
    ("DonateNow", "DONATE_NOW"),
    ("WatchNow", "WATCH_NOW"),
    ("PlayNow", "PLAY_NOW"),
    ("SeeMore", "SEE_MORE"),
    ("VisitSite", "VISIT_SITE"),
];

/// The vendor's word of a neutral one.
pub(in super::super) fn to_wire(neutral: &str) -> Option<&'static str> {
    CALLS_TO_ACTION.iter().find(|(word, _)| *word == neutral).map(|(_, wire)| *wire)
}

/// The neutral word of the vendor's.
pub(in super::super) fn to_neutral(wire: &str) -> Option<&'static str> {
    CALLS_TO_ACTION.iter().find(|(_, word)| *word == wire).map(|(neutral, _)| *neutral)
}

/// The nearest neutral word that the vendor has, for words it lacks.
pub(in super::super) fn nearest(neutral: &str) -> &'static str {
    match neutral {
        "InstallNow" => "Download",
        "SendMessage" | "CallNow" => "ContactUs",
        "ListenNow" => "PlayNow",
        _ => "LearnMore",
    }
}

/// A word of the vendor as a label on a button: `SHOP_NOW` is `Shop now`. The formats that take a text instead
/// of an asset do not say which texts are legal (unverified).
pub(in super::super) fn label(wire: &str) -> String {
    let lower = wire.to_ascii_lowercase().replace('_', " ");
    let mut letters = lower.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// The vendor's word of a label.
pub(in super::super) fn of_label(label: &str) -> String {
    label.trim().to_ascii_uppercase().replace(' ', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_in_every_form() {
        for (neutral, wire) in CALLS_TO_ACTION {
            assert_eq!(to_wire(neutral), Some(wire));
            assert_eq!(to_neutral(&of_label(&label(wire))), Some(neutral));
        }
        assert_eq!(label("SHOP_NOW"), "Shop now");
        for missing in ["InstallNow", "ListenNow", "SendMessage", "CallNow"] {
            assert_eq!(to_wire(missing), None);
            assert!(to_wire(nearest(missing)).is_some());
        }
    }
}
