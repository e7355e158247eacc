//! Names in the tables, the same in both stores.

use adplane_core::address::{Kind, Platform};
use adplane_core::ids::AccountId;
use adplane_core::metrics::{Granularity, Metric, Sums};
use adplane_core::money::Currency;
use adplane_core::time::Zone;

use super::StoreAccount;

/// The columns of counts, in the order of [`values_of`].
pub(super) const SUMS: &str = "spend, impressions, clicks, conversions, value, reach, video_views";

/// The counts to be written, in the order of [`SUMS`].
pub(super) fn values_of(sums: &Sums) -> [Option<i64>; 7] {
    let Sums { spend, impressions, clicks, conversions, value, reach, video_views } = *sums;
    [spend, impressions, clicks, conversions, value, reach, video_views]
}

/// The counts that were read, in the order of [`SUMS`].
pub(super) fn sums_from(values: [Option<i64>; 7]) -> Sums {
    let [spend, impressions, clicks, conversions, value, reach, video_views] = values;
    Sums { spend, impressions, clicks, conversions, value, reach, video_views }
}

/// The column of one count.
pub(super) fn column_of(metric: Metric) -> &'static str {
    match metric {
        Metric::Spend => "spend",
        Metric::Impressions => "impressions",
        Metric::Clicks => "clicks",
        Metric::Conversions => "conversions",
        Metric::Value => "value",
        Metric::Reach => "reach",
        Metric::VideoViews => "video_views",
    }
}

/// The word of a granularity.
pub(super) fn granularity_word(granularity: Granularity) -> &'static str {
    match granularity {
        Granularity::Day => "day",
        Granularity::Hour => "hour",
    }
}

pub(super) fn granularity_of(word: &str) -> Option<Granularity> {
    [Granularity::Day, Granularity::Hour].into_iter().find(|known| granularity_word(*known) == word)
}

pub(super) fn level_of(word: &str) -> Option<Kind> {
    Kind::ALL.into_iter().find(|known| known.word() == word)
}

/// Platform, the vendor's id, currency and zone of an account.
pub(super) type AccountWords = (String, String, String, String);

/// An account from its words, or what they are.
pub(super) fn account_of((platform, id, currency, zone): &AccountWords) -> Result<StoreAccount, String> {
    let account = || {
        Some(StoreAccount {
            platform: Platform::ALL.into_iter().find(|known| known.slug() == platform)?,
            id: AccountId::new(id).ok()?,
            currency: Currency::parse(currency)?,
            zone: Zone::parse(zone).ok()?,
        })
    };
    account().ok_or_else(|| format!("account {platform}/{id} in {currency} with days of {zone}"))
}
/// What is doubted, of streams `s` and rows `d` that fit: attribution, day, since, as of, known, told, object, and whether
/// nothing of the stream was ever read.
pub(super) fn doubts_where(which: &str) -> String {
    format!(
        "SELECT s.attribution, d.day, d.since, d.as_of, d.known, d.told, NULL AS object,
           NOT EXISTS (SELECT 1 FROM readings r WHERE r.stream = s.id) AS is_unread
         FROM streams s JOIN doubts d ON d.stream = s.id WHERE {which}
         UNION ALL
         SELECT s.attribution, d.day, d.since, d.as_of, d.known, 0, o.vendor_id, FALSE
         FROM streams s JOIN missing d ON d.stream = s.id JOIN objects o ON o.id = d.object WHERE {which}
         ORDER BY 2, 1, 7 NULLS FIRST"
    )
}
