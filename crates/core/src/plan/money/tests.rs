//! Amounts checked by hand, in currencies of two, no and three decimals.

use std::collections::BTreeMap;

use super::spend::{Limit, Spend};
use super::view::Flight;
use crate::address::Platform;
use crate::money::Money;
use crate::schema::{Claim, Confidence, OverDelivery, PlatformSchema};

const CLAIM: Claim = Claim { confidence: Confidence::High, source: "by hand" };

const fn daily(worst_day: (i64, i64), worst_period: (i64, i64), period: &'static str) -> OverDelivery {
    OverDelivery {
        path: "budget.daily",
        automatic: false,
        worst_day: Some(worst_day),
        worst_period,
        period,
        on_change: "",
        claim: CLAIM,
        since: "2026-01-01",
    }
}

const TOTAL: OverDelivery = OverDelivery {
    path: "budget.total",
    automatic: false,
    worst_day: None,
    worst_period: (1, 1),
    period: "flight",
    on_change: "",
    claim: CLAIM,
    since: "2026-01-01",
};

const fn platform(platform: Platform, over_delivery: &'static [OverDelivery]) -> PlatformSchema {
    PlatformSchema {
        platform,
        amount_step: crate::money::Currency::minor_unit_micros,
        kinds: &[],
        marker_in_name: false,
        over_delivery,
        edit_limits: &[],
        new_ad_relearns: None,
        pause_relearns: None,
        metrics: &[],
        restated_days: 0,
    }
}

/// Twice a day, 30.4 times a month.
const GOOGLE: PlatformSchema = platform(Platform::Google, &[daily((2, 1), (304, 10), "month"), TOTAL]);
/// 1.75 times a day, seven times a week.
const META: PlatformSchema = platform(Platform::Meta, &[daily((7, 4), (7, 1), "week"), TOTAL]);
/// 1.25 times a day, seven times a week; 6.2 times and 43.4 times what the platform itself raises.
const TIKTOK: PlatformSchema =
    platform(Platform::TikTok, &[daily((5, 4), (7, 1), "week"), RAISED_BY_ITSELF, TOTAL]);
const RAISED_BY_ITSELF: OverDelivery = OverDelivery { automatic: true, ..daily((62, 10), (434, 10), "week") };

fn exact(text: &str) -> Money {
    serde_json::from_value(serde_json::json!(text)).unwrap()
}

#[expect(clippy::unnecessary_wraps, reason = "a side without a limit has none")]
fn limit(text: &str) -> Option<Limit> {
    let (path, amount) = text.split_once(' ').unwrap();
    let path = if path == "daily" { "budget.daily" } else { "budget.total" };
    let amount = exact(amount);
    Some(Limit { path, amount, daily: amount, automatic: false })
}

/// Worst day of the apply, before, after; worst periods after.
#[track_caller]
fn check(spend: &Spend, worst: [&str; 3], periods: &[(&'static str, &str)]) {
    assert_eq!(
        [spend.worst_day, spend.worst_day_before, spend.worst_day_after].map(|money| money.to_string()),
        worst
    );
    let expected: BTreeMap<&str, Money> = periods.iter().map(|(name, text)| (*name, exact(text))).collect();
    assert_eq!(spend.worst_period, expected);
}

fn of(schema: &PlatformSchema, before: Option<Limit>, after: Option<Limit>) -> Spend {
    let currency = before.or(after).unwrap().amount.currency();
    Spend::of(schema, currency, before, after, false)
}

#[test]
fn a_new_daily_budget() {
    // 2 × 40.00 = 80.00; 30.4 × 40.00 = 1216.00.
    check(
        &of(&GOOGLE, None, limit("daily 40.00 EUR")),
        ["80.00 EUR", "0.00 EUR", "80.00 EUR"],
        &[("month", "1216.00 EUR")],
    );
    // 1.75 × 33.33 = 58.3275, finer than a cent and exact; 7 × 33.33 = 233.31.
    check(
        &of(&META, None, limit("daily 33.33 USD")),
        ["58.3275 USD", "0.00 USD", "58.3275 USD"],
        &[("week", "233.31 USD")],
    );
    // 1.25 × 5001 = 6251.25; 7 × 5001 = 35007.
    check(
        &of(&TIKTOK, None, limit("daily 5001 JPY")),
        ["6251.25 JPY", "0 JPY", "6251.25 JPY"],
        &[("week", "35007 JPY")],
    );
    // 30.4 × 1.234 = 37.5136; 2 × 1.234 = 2.468.
    check(
        &of(&GOOGLE, None, limit("daily 1.234 KWD")),
        ["2.468 KWD", "0.000 KWD", "2.468 KWD"],
        &[("month", "37.5136 KWD")],
    );
}

#[test]
fn a_budget_that_the_platform_raises_has_a_row_of_its_own() {
    // 6.2 × 50.00 = 310.00; 7 × 310.00 = 2170.00. Totals and other platforms know no such row.
    let automatic = |text| limit(text).map(|limit| Limit { automatic: true, ..limit });
    let raised = automatic("daily 50.00 EUR");
    check(
        &of(&TIKTOK, raised, raised),
        ["310.00 EUR", "310.00 EUR", "310.00 EUR"],
        &[("week", "2170.00 EUR")],
    );
    // Once a successor without it takes over, 1.25 × 50.00 = 62.50 from tomorrow.
    let spend = of(&TIKTOK, raised, limit("daily 50.00 EUR"));
    check(&spend, ["310.00 EUR", "310.00 EUR", "62.50 EUR"], &[("week", "350.00 EUR")]);
    let total = automatic("total 50.00 EUR");
    check(&of(&TIKTOK, None, total), ["50.00 EUR", "0.00 EUR", "50.00 EUR"], &[("flight", "50.00 EUR")]);
    let spend = of(&META, None, raised);
    assert_eq!(spend.worst_day, exact("87.50 EUR"));
}

#[test]
fn a_lowered_budget_still_counts_today() {
    // Before 2 × 30 = 60, after 2 × 20 = 40: today 60, from tomorrow 40; the month at the new amount 30.4 × 20 = 608.
    let spend = of(&GOOGLE, limit("daily 30.00 EUR"), limit("daily 20.00 EUR"));
    check(&spend, ["60.00 EUR", "60.00 EUR", "40.00 EUR"], &[("month", "608.00 EUR")]);
    assert_eq!(spend.delta(), exact("-10.00 EUR"));
    assert_eq!(spend.worst_period_before["month"], exact("912.00 EUR"));
    // Raised, the new amount is the higher one: 1.25 × 12000 = 15000.
    let spend = of(&TIKTOK, limit("daily 8000 JPY"), limit("daily 12000 JPY"));
    check(&spend, ["15000 JPY", "10000 JPY", "15000 JPY"], &[("week", "84000 JPY")]);
}

#[test]
fn what_stops_spends_no_more_and_a_successor_has_a_fresh_day() {
    let before = limit("daily 10.00 EUR");
    check(&of(&GOOGLE, before, None), ["0.00 EUR", "20.00 EUR", "0.00 EUR"], &[]);
    // The old one may have spent 2 × 10 today already, the new one may spend 2 × 15 beside it.
    let spend = Spend::of(&GOOGLE, before.unwrap().amount.currency(), before, limit("daily 15.00 EUR"), true);
    check(&spend, ["50.00 EUR", "20.00 EUR", "30.00 EUR"], &[("month", "456.00 EUR")]);
}

#[test]
fn a_total_has_no_daily_limit() {
    check(
        &of(&META, None, limit("total 900.00 EUR")),
        ["900.00 EUR", "0.00 EUR", "900.00 EUR"],
        &[("flight", "900.00 EUR")],
    );
    // From 1.75 × 100 a day to all of 900: the larger of both counts today.
    check(
        &of(&META, limit("daily 100.00 EUR"), limit("total 900.00 EUR")),
        ["900.00 EUR", "175.00 EUR", "900.00 EUR"],
        &[("flight", "900.00 EUR")],
    );
}

#[test]
fn nothing_is_ever_too_low() {
    let largest = Money::from_micros(i64::MAX, "EUR".parse().unwrap());
    let most = Some(Limit { path: "budget.daily", amount: largest, daily: largest, automatic: false });
    let mut spend = of(&GOOGLE, None, most);
    assert_eq!(spend.worst_day, largest, "what does not fit stays at the largest amount");
    spend.add(&of(&GOOGLE, None, limit("daily 1.00 EUR")));
    assert_eq!(spend.daily_after, largest);
    // A platform without a row: the amount itself, and no period.
    check(
        &of(&platform(Platform::Meta, &[]), None, limit("daily 7.00 EUR")),
        ["7.00 EUR", "0.00 EUR", "7.00 EUR"],
        &[],
    );
}

#[test]
fn sums_keep_periods_apart() {
    let mut sum = of(&GOOGLE, None, limit("daily 1.00 EUR"));
    sum.add(&of(&META, None, limit("daily 2.00 EUR")));
    sum.add(&of(&META, None, limit("total 50.00 EUR")));
    // 2 + 3.50 + 50; 30.40 a month, 14.00 a week, 50.00 a flight.
    check(
        &sum,
        ["55.50 EUR", "0.00 EUR", "55.50 EUR"],
        &[("month", "30.40 EUR"), ("week", "14.00 EUR"), ("flight", "50.00 EUR")],
    );
}

fn flight(start: Option<&str>, end: Option<&str>) -> Flight {
    Flight { start: start.map(|text| text.parse().unwrap()), end: end.map(|text| text.parse().unwrap()) }
}

#[test]
fn flights_count_started_days_and_span_what_is_below() {
    let now = "2026-03-10T12:00:00Z".parse().unwrap();
    let day = |text: &str| flight(None, Some(text));
    assert!(day("2026-03-10T12:00:00Z").is_over(now));
    assert!(!day("2026-03-10T12:00:01Z").is_over(now));
    assert!(!flight(None, None).is_over(now));
    let groups = [
        flight(Some("2026-03-01T00:00:00Z"), Some("2026-03-11T00:00:00Z")),
        flight(Some("2026-03-05T00:00:00Z"), Some("2026-03-20T00:00:00Z")),
    ];
    let span = Flight::default().or_span(groups.into_iter());
    assert_eq!(span, flight(Some("2026-03-01T00:00:00Z"), Some("2026-03-20T00:00:00Z")));
    let endless = Flight::default().or_span([groups[0], Flight::default()].into_iter());
    assert_eq!(endless.end, None, "one without an end has no end");
    assert_eq!(day("2026-04-01T00:00:00Z").or_span(groups.into_iter()), day("2026-04-01T00:00:00Z"));
}

proptest::proptest! {
    /// The worst day of the apply is never below the expected day after, nor below the worst day that follows.
    #[test]
    fn the_worst_is_never_better_than_what_is_expected(before in 0..10_i64.pow(15), after in 0..10_i64.pow(15), replaced: bool) {
        let currency = "EUR".parse().unwrap();
        let limit = |micros| {
            let amount = Money::from_micros(micros, currency);
            (micros > 0).then_some(Limit { path: "budget.daily", amount, daily: amount, automatic: false })
        };
        for schema in [&GOOGLE, &META, &TIKTOK] {
            let spend = Spend::of(schema, currency, limit(before), limit(after), replaced);
            proptest::prop_assert!(spend.worst_day >= spend.worst_day_after);
            proptest::prop_assert!(spend.worst_day_after >= spend.daily_after);
            proptest::prop_assert!(after == 0 || spend.worst_day >= spend.worst_day_before);
            proptest::prop_assert_eq!(spend.delta().micros(), after - before);
        }
    }
}
