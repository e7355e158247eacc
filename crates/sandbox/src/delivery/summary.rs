//! Delivery of every account so far, for `GET /_sandbox/delivery`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Delivered, Report};
use crate::snapshot;
use crate::world::{Account, Object, Vendor, World};

/// A list with one entry for each account that delivered anything, as reports made now show it.
pub(crate) fn summary(world: &World) -> Value {
    let mut found = Vec::new();
    for (vendor, accounts) in &world.accounts {
        for (id, account) in accounts {
            let sum = delivered(&world.report(*vendor, id), *vendor, account);
            if sum != Delivered::default() {
                found.push(entry(*vendor, id, account, &sum));
            }
        }
    }
    Value::Array(found)
}

fn delivered(report: &Report<'_>, vendor: Vendor, account: &Account) -> Delivered {
    let mut sum = Delivered::default();
    for object in carriers(vendor, account) {
        sum.add(&report.total(&object, Timestamp::MIN, Timestamp::MAX));
    }
    sum
}

/// Ids under which the objects of an account are booked: ads; on Google also asset groups, on TikTok the
/// creatives of Upgraded Smart+ ads.
fn carriers(vendor: Vendor, account: &Account) -> Vec<String> {
    let keys = |name: &str| account.collection(name).into_iter().flat_map(|stored| stored.keys());
    match vendor {
        Vendor::Google => keys("adGroupAds")
            .chain(keys("assetGroups"))
            .map(|key| key.rsplit('~').next().unwrap_or(key).to_owned())
            .collect(),
        Vendor::Meta => keys("ads").cloned().collect(),
        Vendor::Tiktok => keys("ads").cloned().chain(smart_plus_creatives(account)).collect(),
    }
}

fn smart_plus_creatives(account: &Account) -> impl Iterator<Item = String> {
    let ads = account.collection("smart_plus_ads").into_iter().flat_map(|stored| stored.values());
    let creatives = ads.filter_map(|ad| ad.get("creative_list")?.as_array()).flatten();
    creatives.filter_map(|creative| Some(creative.get("ad_material_id")?.as_str()?.to_owned()))
}

fn entry(vendor: Vendor, id: &str, account: &Account, sum: &Delivered) -> Value {
    let Delivered { impressions, clicks, spend_micros, conversions, value_micros } = *sum;
    json!({
        "platform": vendor,
        "account": snapshot::shown_account(vendor, id),
        "currency": currency(&account.object),
        "impressions": impressions,
        "clicks": clicks,
        "spendMicros": spend_micros,
        "conversions": conversions,
        "valueMicros": value_micros,
    })
}

fn currency(account: &Object) -> Option<&Value> {
    account.get("currencyCode").or_else(|| account.get("currency"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed_world;

    #[test]
    fn accounts_add_up_what_their_ads_delivered() {
        let now: Timestamp = "2026-11-02T08:00:00Z".parse().unwrap();
        let mut world = seed_world(1, now);
        assert_eq!(summary(&world), json!([]));
        let hour = Delivered { impressions: 100, clicks: 7, spend_micros: 1_500_000, ..Delivered::default() };
        for (vendor, account, collection, key, booked) in [
            (Vendor::Google, "1000000001", "adGroupAds", "12~34", "34"),
            (Vendor::Meta, "1000000002", "ads", "56", "56"),
            (Vendor::Tiktok, "7000000000000000003", "ads", "78", "78"),
        ] {
            let ads = world.account_mut(vendor, account).unwrap().collection_mut(collection);
            ads.insert(key.into(), Object::new());
            world.ledger_mut(vendor).book(booked, now, &hour);
        }
        world.ledger_mut(Vendor::Meta).book("56", now, &hour);
        let found = summary(&world);
        assert_eq!(found.as_array().map(Vec::len), Some(3), "{found}");
        assert_eq!((&found[0]["account"], &found[0]["currency"]), (&json!("1000000001"), &json!("EUR")));
        assert_eq!((&found[1]["account"], &found[1]["clicks"]), (&json!("act_1000000002"), &json!(14)));
        assert_eq!((&found[2]["currency"], &found[2]["spendMicros"]), (&json!("JPY"), &json!(1_500_000)));
    }
}
