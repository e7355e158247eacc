//! The vendors' words for windows beside ours.
//!
//! The same word means other days elsewhere, so none of theirs is accepted: whoever writes one is told ours. What a
//! vendor's documents do not say for certain is marked.

use super::Window;
use crate::address::Platform;

/// A vendor's word and what it means in ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorWord {
    /// Whose.
    pub platform: Platform,
    /// Where it is used.
    pub place: &'static str,
    /// The word.
    pub word: &'static str,
    /// The same days in ours; `None` where we have no such window.
    pub ours: Option<Window>,
    /// Whether the vendor's documents say so; otherwise it is what tools and people report.
    pub documented: bool,
}

impl VendorWord {
    /// What to write instead.
    pub fn hint(&self) -> String {
        let Self { platform, place, word, ours, documented } = self;
        let theirs = format!("`{word}` is a word of {} ({place})", platform.title());
        match (ours, documented) {
            (Some(window), true) => format!("{theirs}; write `{window}`"),
            (Some(window), false) => format!("{theirs}, probably our `{window}`"),
            (None, _) => format!("{theirs} that has no equal here; declare `{{days, end, offset}}`"),
        }
    }
}

const fn last(days: u16) -> Window {
    Window::LastDays { days, with_today: false }
}

const GAQL: &str = "queries";
const INSIGHTS: &str = "reports";
const RULES: &str = "automated rules";

const fn google(word: &'static str, ours: Option<Window>) -> VendorWord {
    VendorWord { platform: Platform::Google, place: GAQL, word, ours, documented: true }
}

const fn meta(place: &'static str, word: &'static str, ours: Option<Window>, documented: bool) -> VendorWord {
    VendorWord { platform: Platform::Meta, place, word, ours, documented }
}

const fn tiktok(word: &'static str, ours: Option<Window>, documented: bool) -> VendorWord {
    VendorWord { platform: Platform::TikTok, place: RULES, word, ours, documented }
}

/// Every word, by vendor and place.
///
/// Google says of each range which days it has; `LAST_n_DAYS` leaves today out. Meta lists the presets of its
/// reports by name only, and those of its rules include today where they may trigger at once. TikTok lists the
/// ranges of its rules by name only.
pub const WORDS: &[VendorWord] = &[
    google("TODAY", Some(Window::Today)),
    google("YESTERDAY", Some(Window::Yesterday)),
    google("LAST_7_DAYS", Some(last(7))),
    google("LAST_14_DAYS", Some(last(14))),
    google("LAST_30_DAYS", Some(last(30))),
    google("THIS_MONTH", Some(Window::MonthToDate)),
    google("LAST_MONTH", Some(Window::PreviousMonth)),
    google("LAST_BUSINESS_WEEK", None),
    google("THIS_WEEK_SUN_TODAY", None),
    google("THIS_WEEK_MON_TODAY", None),
    google("LAST_WEEK_SUN_SAT", None),
    google("LAST_WEEK_MON_SUN", None),
    meta(INSIGHTS, "today", Some(Window::Today), true),
    meta(INSIGHTS, "yesterday", Some(Window::Yesterday), true),
    meta(INSIGHTS, "last_3d", Some(last(3)), false),
    meta(INSIGHTS, "last_7d", Some(last(7)), false),
    meta(INSIGHTS, "last_14d", Some(last(14)), false),
    meta(INSIGHTS, "last_28d", Some(last(28)), false),
    meta(INSIGHTS, "last_30d", Some(last(30)), false),
    meta(INSIGHTS, "last_90d", Some(last(90)), false),
    meta(INSIGHTS, "this_month", Some(Window::MonthToDate), true),
    meta(INSIGHTS, "last_month", Some(Window::PreviousMonth), true),
    meta(INSIGHTS, "maximum", None, true),
    meta(INSIGHTS, "data_maximum", None, true),
    meta(INSIGHTS, "last_quarter", None, true),
    meta(INSIGHTS, "this_quarter", None, true),
    meta(INSIGHTS, "last_week_mon_sun", None, true),
    meta(INSIGHTS, "last_week_sun_sat", None, true),
    meta(INSIGHTS, "this_week_mon_today", None, true),
    meta(INSIGHTS, "this_week_sun_today", None, true),
    meta(INSIGHTS, "last_year", None, true),
    meta(INSIGHTS, "this_year", None, true),
    meta(RULES, "LIFETIME", Some(Window::Lifetime), true),
    meta(RULES, "LAST_3_DAYS", Some(Window::LastDays { days: 3, with_today: true }), false),
    meta(RULES, "LAST_7_DAYS", Some(Window::LastDays { days: 7, with_today: true }), false),
    tiktok("TODAY", Some(Window::Today), true),
    tiktok("YESTERDAY", Some(Window::Yesterday), true),
    tiktok("LAST_HOUR", Some(Window::LastHours { hours: 1 }), false),
    tiktok("PAST_THREE_DAYS", Some(last(3)), false),
    tiktok("PAST_FIVE_DAYS", Some(last(5)), false),
    tiktok("PAST_SEVEN_DAYS", Some(last(7)), false),
    tiktok("LIFETIME", Some(Window::Lifetime), true),
];

/// The first entry of a word that is not ours as well.
pub(super) fn find(text: &str) -> Option<&'static VendorWord> {
    WORDS.iter().find(|known| known.word == text)
}
