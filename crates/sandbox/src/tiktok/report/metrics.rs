//! Metrics: names and values; every value is text, ratios are percentages without their sign.

use crate::delivery::Delivered;
use crate::tiktok::money::Micros;

/// Members of objects that a report can show beside an id.
const ATTRIBUTES: [&str; 16] = [
    "campaign_id",
    "campaign_name",
    "adgroup_id",
    "adgroup_name",
    "ad_id",
    "ad_name",
    "objective_type",
    "budget",
    "campaign_budget",
    "currency",
    "campaign_automation_type",
    "timezone",
    "advertiser_id",
    "advertiser_name",
    "ad_text",
    "smart_plus_ad_id",
];

/// Metrics that stay zero: the simulation knows no app events, leads or people's reactions.
const ZEROES: [&str; 24] = [
    "follows",
    "likes",
    "comments",
    "shares",
    "profile_visits",
    "engagements",
    "purchase",
    "total_purchase",
    "total_purchase_value",
    "total_active_pay_roas",
    "secondary_goal_result",
    "app_install",
    "registration",
    "engaged_view",
    "engaged_view_15s",
    "video_watched_2s",
    "video_watched_6s",
    "average_video_play",
    "average_video_play_per_user",
    "video_views_p25",
    "video_views_p50",
    "video_views_p75",
    "video_views_p100",
    "video_play_actions",
];

const COMPUTED: [&str; 30] = [
    "spend",
    "billed_cost",
    "cash_spend",
    "voucher_spend",
    "impressions",
    "gross_impressions",
    "clicks",
    "ctr",
    "cpc",
    "cpm",
    "reach",
    "frequency",
    "cost_per_1000_reached",
    "conversion",
    "cost_per_conversion",
    "conversion_rate",
    "conversion_rate_v2",
    "result",
    "cost_per_result",
    "result_rate",
    "real_time_conversion",
    "real_time_cost_per_conversion",
    "real_time_conversion_rate",
    "real_time_result",
    "real_time_cost_per_result",
    "complete_payment",
    "cost_per_complete_payment",
    "complete_payment_rate",
    "complete_payment_roas",
    "value_per_complete_payment",
];

/// The total value of payments, despite its name.
const PAYMENT_VALUE: &str = "total_complete_payment_rate";

/// Whether a report knows a metric.
pub(super) fn exists(name: &str) -> bool {
    is_attribute(name) || name == PAYMENT_VALUE || COMPUTED.contains(&name) || ZEROES.contains(&name)
}

/// Whether a metric is a member of the object.
pub(super) fn is_attribute(name: &str) -> bool {
    ATTRIBUTES.contains(&name)
}

/// A metric's value; `decimals` are those of amounts.
pub(super) fn value(name: &str, sum: &Delivered, reach: i64, decimals: u32) -> String {
    let spend = sum.spend_micros;
    let amount = |micros: i64| Micros(micros).rounded(decimals);
    let each = |total: i64, count: i64| if count == 0 { amount(0) } else { amount(total / count) };
    let percent = |part: i64, whole: i64| share(part.saturating_mul(100), whole);
    match name {
        "spend" | "billed_cost" | "cash_spend" => amount(spend),
        "voucher_spend" => amount(0),
        "impressions" | "gross_impressions" => sum.impressions.to_string(),
        "clicks" => sum.clicks.to_string(),
        "ctr" => percent(sum.clicks, sum.impressions),
        "cpc" => each(spend, sum.clicks),
        "cpm" => each(spend.saturating_mul(1_000), sum.impressions),
        "reach" => reach.to_string(),
        "frequency" => share(sum.impressions, reach),
        "cost_per_1000_reached" => each(spend.saturating_mul(1_000), reach),
        "conversion" | "result" | "real_time_conversion" | "real_time_result" | "complete_payment" => {
            sum.conversions.to_string()
        }
        "cost_per_conversion"
        | "cost_per_result"
        | "real_time_cost_per_conversion"
        | "real_time_cost_per_result"
        | "cost_per_complete_payment" => each(spend, sum.conversions),
        "conversion_rate"
        | "conversion_rate_v2"
        | "result_rate"
        | "real_time_conversion_rate"
        | "complete_payment_rate" => percent(sum.conversions, sum.clicks),
        "complete_payment_roas" => share(sum.value_micros, spend),
        "value_per_complete_payment" => each(sum.value_micros, sum.conversions),
        PAYMENT_VALUE => amount(sum.value_micros),
        _ => "0".into(),
    }
}

/// A ratio with two decimals.
fn share(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "0.00".into();
    }
    let micros = i128::from(part) * 1_000_000 / i128::from(whole);
    Micros(i64::try_from(micros).unwrap_or(i64::MAX / 2)).rounded(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_text_with_the_usual_digits() {
        let sum = Delivered {
            impressions: 1_079,
            clicks: 13,
            spend_micros: 14_684_999,
            conversions: 2,
            value_micros: 60_000_000,
        };
        for (name, expected) in [
            ("spend", "14.68"),
            ("impressions", "1079"),
            ("ctr", "1.20"),
            ("cpc", "1.13"),
            ("cpm", "13.61"),
            ("cost_per_conversion", "7.34"),
            ("conversion_rate_v2", "15.38"),
            ("complete_payment_roas", "4.09"),
            ("total_complete_payment_rate", "60.00"),
            ("likes", "0"),
        ] {
            assert_eq!(value(name, &sum, 900, 2), expected, "{name}");
        }
        assert_eq!(value("spend", &sum, 900, 0), "15");
        assert_eq!(value("cpc", &Delivered::default(), 0, 2), "0.00");
        assert!(exists("spend") && exists("campaign_name") && !exists("spent"));
    }
}
