use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::*;

const EUR: i64 = 1_000_000;

fn settings(object: &str, daily_units: i64) -> Settings<'_> {
    Settings {
        seed: 1,
        object,
        daily_budget_micros: daily_units * EUR,
        busy: false,
        learning_since: None,
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
    let mut expected = Ledger::default();
    for (hour, row) in &whole {
        expected.book("42", *hour, row);
    }
    assert_eq!(ledger, expected);
    assert!(ledger.spent("42", from, at("2027-01-01T00:00:00Z")) > 0);
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
            total.add(&row.as_seen(1, "42", *hour, *hour + SignedDuration::from_hours(hours), &[]));
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

#[test]
fn a_busy_day_spends_nearly_all_that_it_may() {
    for object in ["1", "2", "120210000000000001"] {
        let spent = day(&Settings { busy: true, ..settings(object, 100) }).spend_micros;
        assert!(spent <= 100 * EUR && spent > 95 * EUR, "{object}: {spent}");
    }
}

#[test]
fn learning_costs_conversions_for_a_week() {
    let usual = Settings { bid: Bid::PerConversion(100_000 * EUR), ..settings("42", 1_000) };
    let learning = Settings { learning_since: Some(at("2026-03-01T00:00:00Z")), ..usual };
    let part = |settings: &Settings<'_>, from: &str, to: &str| {
        sum(&deliver(settings, &TimeZone::UTC, at(from), at(to))).conversions
    };
    let (first, week, later) = ("2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z", "2026-03-29T00:00:00Z");
    let (known, anew) = (part(&usual, first, week), part(&learning, first, week));
    assert!(anew * 100 > known * 70 && anew * 100 < known * 95, "{anew} of {known}");
    assert_eq!(part(&learning, week, later), part(&usual, week, later));
    let clicks = Settings { bid: Bid::PerClick(100_000 * EUR), ..learning };
    assert_eq!(part(&clicks, first, week), known, "who buys clicks has nothing to learn");
}

#[test]
fn rates_move_in_waves_of_months() {
    let settings = settings("42", 2_000);
    let rate = |from: &str, to: &str| {
        let found = sum(&deliver(&settings, &TimeZone::UTC, at(from), at(to)));
        found.conversions * 1_000_000 / found.clicks
    };
    let months: Vec<i64> = (1..12)
        .map(|month| {
            rate(&format!("2026-{month:02}-01T00:00:00Z"), &format!("2026-{:02}-01T00:00:00Z", month + 1))
        })
        .collect();
    let (least, most) = (months.iter().min().unwrap(), months.iter().max().unwrap());
    assert!(most * 100 > least * 103, "{months:?}");
    assert!(most * 100 < least * 145, "{months:?}");
}

#[test]
fn what_would_arrive_while_tracking_is_broken_is_lost() {
    let rows = month(&settings("42", 400));
    let broken = [at("2026-03-10T00:00:00Z")..at("2026-03-20T00:00:00Z")];
    let whole: &[Range<Timestamp>] = &[];
    let seen = |broken: &[Range<Timestamp>], from: &str, to: &str| {
        let mut total = Delivered::default();
        for (hour, row) in rows.iter().filter(|(hour, _)| (at(from)..at(to)).contains(hour)) {
            total.add(&row.as_seen(1, "42", *hour, at("2026-05-01T00:00:00Z"), broken));
        }
        total
    };
    let (first, last) = ("2026-03-10T00:00:00Z", "2026-03-13T00:00:00Z");
    let (kept, all) = (seen(&broken, first, last), seen(whole, first, last));
    assert_eq!((kept.clicks, kept.spend_micros), (all.clicks, all.spend_micros), "clicks go on");
    assert!(all.conversions > 20 && kept.conversions * 10 < all.conversions, "{kept:?} {all:?}");
    let (before, usual) = ("2026-03-07T00:00:00Z", "2026-03-10T00:00:00Z");
    let (late, all) = (seen(&broken, before, usual), seen(whole, before, usual));
    assert!(
        late.conversions < all.conversions && late.conversions > 0,
        "late ones of clicks before are lost too"
    );
    let after = ("2026-03-20T00:00:00Z", "2026-03-30T00:00:00Z");
    assert_eq!(seen(&broken, after.0, after.1), seen(whole, after.0, after.1), "and it comes back");
}
