//! The same delivery at three levels and two granularities, and what becomes of it later.

use std::collections::{BTreeMap, BTreeSet};

use adplane_core::address::{Kind, Platform};
use adplane_core::metrics::{Granularity, Metric, Reading};
use adplane_engine::port::ObserveRequest;
use serde_json::json;

use super::shop::{Currencies, EUR, GRANULARITIES, JPY, LEVELS, PLATFORMS, Shop, total};

/// The smallest step of the amounts that a platform shows: each row of a report is rounded to it.
fn step(platform: Platform, of: Currencies) -> i64 {
    match (platform, of.currency) {
        (Platform::Google, _) => 1,
        (_, "JPY") => 1_000_000,
        _ => 10_000,
    }
}

fn is_near(one: Option<i64>, other: Option<i64>, rows: usize, step: i64) -> bool {
    let bound = step / 2 * i64::try_from(rows).unwrap();
    one.zip(other).is_some_and(|(one, other)| (one - other).abs() <= bound)
}

/// Reads everything at all levels by days and hours and compares it with itself and with what was delivered.
async fn adds_up(shop: &Shop, of: Currencies, days: (&str, &str)) {
    for platform in PLATFORMS {
        let adapter = shop.adapter(platform);
        let observed = adapter.observe(&ObserveRequest::default()).await.unwrap();
        let delivered = shop.delivered(platform).await;
        let count = |name: &str| delivered[name].as_i64();
        let mut conversions = BTreeSet::new();
        for level in LEVELS {
            let known: BTreeSet<_> = observed
                .objects
                .iter()
                .filter(|object| object.kind == level)
                .map(|object| &object.id)
                .collect();
            for granularity in GRANULARITIES {
                let what = format!("{platform:?} {level:?} {granularity:?}");
                let reading = shop.read(adapter.as_ref(), (level, granularity), days).await.unwrap();
                let sum = total(&reading);
                assert!(
                    reading.rows.iter().all(|row| known.contains(&row.id)),
                    "{what}: ids are those of objects"
                );
                assert_eq!(sum.impressions, count("impressions"), "{what}");
                assert_eq!(sum.clicks, count("clicks"), "{what}");
                let (rows, step) = (reading.rows.len(), step(platform, of));
                assert!(is_near(sum.spend, count("spendMicros"), rows, step), "{what}: {sum:?} {delivered}");
                if platform != Platform::Meta {
                    assert_eq!(
                        sum.conversions,
                        count("conversions").map(|count| count * 1_000_000),
                        "{what}"
                    );
                    assert!(
                        is_near(sum.value, count("valueMicros"), rows, step),
                        "{what}: {sum:?} {delivered}"
                    );
                }
                conversions.insert(sum.conversions);
                let spends = reading.rows.iter().filter_map(|row| row.sums.spend);
                assert!(spends.into_iter().all(|spend| spend % step == 0), "{what}: amounts in whole units");
            }
        }
        assert_eq!(conversions.len(), 1, "{platform:?}: {conversions:?}");
        let some = *conversions.first().unwrap();
        assert!(some.is_some_and(|some| some > 0 && Some(some) <= count("conversions").map(|all| all * 1_000_000)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_days_and_hours_add_up_to_what_was_delivered() {
    let shop = Shop::open(EUR, "2026-11-02T08:00:00Z").await;
    shop.bench.advance("75h").await;
    adds_up(&shop, EUR, ("2026-11-02", "2026-11-05")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn yen_have_no_parts() {
    let shop = Shop::open(JPY, "2026-11-02T08:00:00Z").await;
    shop.bench.advance("30h").await;
    adds_up(&shop, JPY, ("2026-11-02", "2026-11-03")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_of_25_hours_loses_none() {
    let shop = Shop::open(EUR, "2026-10-24T08:00:00Z").await;
    shop.bench.advance("60h").await;
    adds_up(&shop, EUR, ("2026-10-24", "2026-10-26")).await;
    for platform in PLATFORMS {
        let adapter = shop.adapter(platform);
        let of = |granularity| {
            shop.read(adapter.as_ref(), (Kind::Campaign, granularity), ("2026-10-25", "2026-10-25"))
        };
        let (day, hours) = (of(Granularity::Day).await.unwrap(), of(Granularity::Hour).await.unwrap());
        assert_eq!(total(&day).impressions, total(&hours).impressions, "{platform:?}");
        let mut slots = BTreeMap::new();
        for row in &hours.rows {
            *slots.entry(row.slot.hour.unwrap()).or_insert(0) += row.sums.impressions.unwrap();
        }
        assert_eq!(slots.keys().copied().collect::<Vec<_>>(), (0..24).collect::<Vec<_>>(), "{platform:?}");
        // The hour after it is quieter, but not by half.
        assert!(slots[&2] * 2 > slots[&3] * 3, "{platform:?}: the repeated hour holds two: {slots:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn conversions_come_late_and_are_restated() {
    let shop = Shop::open(EUR, "2026-11-02T08:00:00Z").await;
    shop.bench.advance("40h").await;
    let mut early: Vec<Reading> = Vec::new();
    let day = ("2026-11-03", "2026-11-03");
    for platform in PLATFORMS {
        let adapter = shop.adapter(platform);
        early.push(shop.read(adapter.as_ref(), (Kind::Campaign, Granularity::Day), day).await.unwrap());
    }
    shop.bench.advance("120h").await;
    for (platform, early) in PLATFORMS.into_iter().zip(early) {
        let adapter = shop.adapter(platform);
        let late = shop.read(adapter.as_ref(), (Kind::Campaign, Granularity::Day), day).await.unwrap();
        let (early, late) = (total(&early), total(&late));
        assert_eq!((early.spend, early.clicks), (late.spend, late.clicks), "{platform:?}");
        assert!(late.conversions > early.conversions, "{platform:?}: {early:?} {late:?}");
        assert_ne!(late.value, early.value, "{platform:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn reach_and_views_are_told_where_the_platform_tells_them() {
    let shop = Shop::open(EUR, "2026-11-02T08:00:00Z").await;
    shop.bench.advance("20h").await;
    for platform in PLATFORMS {
        let adapter = shop.adapter(platform);
        let told = adapter.schema().metrics;
        for granularity in GRANULARITIES {
            let reading = shop
                .read(adapter.as_ref(), (Kind::Campaign, granularity), ("2026-11-02", "2026-11-03"))
                .await
                .unwrap();
            let sums: Vec<_> = reading.rows.iter().map(|row| row.sums).collect();
            let by_day = granularity == Granularity::Day;
            for metric in Metric::ALL {
                let expected = told.contains(&metric) && (metric != Metric::Reach || by_day);
                assert!(
                    sums.iter().all(|sums| sums.get(metric).is_some() == expected),
                    "{platform:?} {granularity:?} {metric:?}"
                );
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_deleted_has_still_delivered() {
    let days = ("2026-11-02", "2026-11-03");
    let shop = Shop::open(EUR, "2026-11-02T08:00:00Z").await;
    shop.bench.advance("26h").await;
    for platform in PLATFORMS {
        let adapter = shop.adapter(platform);
        let before = shop.read(adapter.as_ref(), (Kind::Campaign, Granularity::Day), days).await.unwrap();
        let gone = before.rows.first().unwrap().id.clone();
        delete(&shop, platform, gone.as_str().rsplit('/').next().unwrap()).await;
        let delivered = shop.delivered(platform).await;
        for level in LEVELS {
            let after = shop.read(adapter.as_ref(), (level, Granularity::Day), days).await.unwrap();
            assert_eq!(
                total(&after).impressions,
                delivered["impressions"].as_i64(),
                "{platform:?} {level:?}"
            );
            let seen = after.rows.iter().any(|row| row.id == gone);
            assert!(level != Kind::Campaign || seen, "{platform:?}: {gone} is in the report");
        }
    }
}

/// Deletes a campaign as a person would.
async fn delete(shop: &Shop, platform: Platform, id: &str) {
    let (word, set) = match platform {
        Platform::Google => ("google", json!({"status": "REMOVED"})),
        Platform::Meta => ("meta", json!({"status": "DELETED"})),
        Platform::TikTok => ("tiktok", json!({"operation_status": "DELETE"})),
    };
    let state = shop.bench.state().await;
    let account = shop.account(platform);
    let is_smart = state[word][&account]["smart_plus_campaigns"].to_string().contains(id);
    let collection = if is_smart { "smart_plus_campaigns" } else { "campaigns" };
    shop.bench
        .edit(json!({"platform": word, "account": account, "collection": collection, "id": id, "set": set,
            "actor": "ana@shop.example"}))
        .await;
}
