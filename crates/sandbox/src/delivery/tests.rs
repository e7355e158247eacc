use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::*;

const EUR: i64 = 1_000_000;

fn settings(object: &str, daily_units: i64) -> Settings<'_> {
    Settings {
        seed: 1,
        object,
        daily_budget_micros: daily_units * EUR,
        bid: Bid::Automatic,
        price_level: 1,
        serving: true,
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn madrid() -> TimeZone {
    TimeZone::get("Europe/Madrid").unwrap()
}

fn sum(rows: &[(Timestamp, Delivered)]) -> Delivered {
    let mut total = Delivered::default();
    for (_, row) in rows {
        total.add(row);
    }
    total
}

fn day(settings: &Settings<'_>) -> Delivered {
    sum(&deliver(settings, &TimeZone::UTC, at("2026-03-02T00:00:00Z"), at("2026-03-03T00:00:00Z")))
}

fn month(settings: &Settings<'_>) -> Vec<(Timestamp, Delivered)> {
    deliver(settings, &TimeZone::UTC, at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:00Z"))
}

#[test]
fn shares_of_the_day_are_complete() {
    assert_eq!(HOUR_SHARE.iter().sum::<i64>(), 1_000);
}

#[test]
fn a_day_spends_most_of_its_budget_and_never_more() {
    for object in ["1", "2", "120210000000000001", "7000000000000000009"] {
        for units in [1, 20, 5_000] {
            let spent = day(&settings(object, units)).spend_micros;
            assert!(spent <= units * EUR, "{object} {units}: {spent}");
            assert!(spent * 10 > units * EUR * 6, "{object} {units}: {spent}");
        }
    }
}

#[test]
fn pieces_of_time_add_up_to_the_whole() {
    let settings = settings("42", 80);
    let (from, to) = (at("2026-03-28T10:17:05Z"), at("2026-03-29T11:42:09Z"));
    let whole = deliver(&settings, &madrid(), from, to);
    let mut ledger = Ledger::default();
    let mut now = from;
    while now < to {
        let next = (now + SignedDuration::from_secs(437)).min(to);
        ledger.record(&settings, &madrid(), now, next);
        now = next;
    }
    let far = at("2027-01-01T00:00:00Z");
    let mut expected = Ledger::default();
    for (hour, row) in &whole {
        expected.book("42", *hour, row);
    }
    assert_eq!(ledger, expected);
    assert!(ledger.total(1, "42", from, far, far).spend_micros > 0);
}

#[test]
fn the_same_seed_repeats_and_another_differs() {
    let one = settings("42", 80);
    assert_eq!(month(&one), month(&one));
    assert_ne!(month(&one), month(&Settings { seed: 2, ..one }));
    assert_ne!(month(&one), month(&settings("43", 80)));
}

#[test]
fn more_money_buys_more_at_a_higher_price() {
    let (little, much) = (day(&settings("42", 100)), day(&settings("42", 1_000)));
    assert!(much.clicks > little.clicks);
    // Impressions per money fall: i2/s2 < i1/s1.
    assert!(
        i128::from(much.impressions) * i128::from(little.spend_micros)
            < i128::from(little.impressions) * i128::from(much.spend_micros)
    );
}

#[test]
fn a_low_bid_wins_less_and_is_never_passed() {
    let open = settings("42", 100);
    let capped = Settings { bid: Bid::PerClick(100_000), ..open };
    let (free, bound) = (day(&open), day(&capped));
    assert!(bound.spend_micros < free.spend_micros);
    assert!(bound.spend_micros <= bound.clicks * 100_000);
    assert_eq!(day(&Settings { bid: Bid::PerMille(0), ..open }), Delivered::default());
    let generous = day(&Settings { bid: Bid::PerConversion(100_000 * EUR), ..open });
    assert_eq!(generous, free, "a bid far above the market changes nothing");
}

#[test]
fn nothing_is_delivered_while_not_serving() {
    assert!(month(&Settings { serving: false, ..settings("42", 80) }).is_empty());
    assert!(month(&settings("42", 0)).is_empty());
}

#[test]
fn prices_follow_the_currency() {
    let euro = day(&settings("42", 100));
    let yen = day(&Settings { price_level: price_level("JPY"), ..settings("42", 15_000) });
    let ratio = yen.impressions * 100 / euro.impressions;
    assert!((95..=105).contains(&ratio), "{ratio}");
}

#[test]
fn conversions_arrive_late_and_are_restated() {
    let settings = settings("42", 400);
    let rows = month(&settings);
    let seen_after = |hours: i64| {
        let mut total = Delivered::default();
        for (hour, row) in &rows {
            total.add(&row.as_seen(1, "42", *hour, *hour + SignedDuration::from_hours(hours)));
        }
        total
    };
    let all = sum(&rows).conversions;
    assert!(all > 100, "{all}");
    let early = seen_after(1).conversions;
    let day = seen_after(24).conversions;
    let settled = seen_after(24 * 14);
    assert!(early < day && day < settled.conversions, "{early} {day} {}", settled.conversions);
    assert!(settled.conversions < all, "some are taken back");
    assert!(settled.conversions * 100 > all * 90, "but few");
    assert_eq!(seen_after(1).spend_micros, settled.spend_micros, "only conversions are late");
    assert_eq!(settled, seen_after(24 * 60), "after two weeks nothing moves");
}

#[test]
fn a_budget_is_split_without_loss() {
    let parts = split_budget(1, 10_000_001, &["1", "2", "3"]);
    assert_eq!(parts.iter().sum::<i64>(), 10_000_001);
    assert!(parts.iter().all(|part| *part > 1_000_000));
    assert!(split_budget(1, 10, &[]).is_empty());
}

#[test]
fn reach_stays_below_impressions_and_audience() {
    assert_eq!(reach(1, "42", 0), 0);
    assert_eq!(reach(1, "42", 1), 1);
    let many = reach(1, "42", 100_000_000);
    assert!(many < 900_000 && many > reach(1, "42", 10_000));
}

#[test]
fn hours_follow_the_accounts_clock() {
    let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
    assert_eq!(hour_start(&kolkata, at("2026-03-02T10:45:10Z")), at("2026-03-02T10:30:00Z"));
    assert_eq!(hour_start(&madrid(), at("2026-03-02T10:45:10Z")), at("2026-03-02T10:00:00Z"));
}
