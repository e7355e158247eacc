//! Reading an account costs kinds times pages, never one request per object (decision 8).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::bench::Bench;

/// Objects that each account shall have at least; `ADPLANE_SOAK_OBJECTS` says another number.
const OBJECTS: usize = 400;

/// Objects on a page, as the adapters ask for them at least (each platform's `calls`).
const PAGES: [(&str, usize); 3] = [("google", 10_000), ("meta", 200), ("tiktok", 100)];

/// Requests of a read that are not pages of a list: token, account, places, lists that stay empty.
const OTHERS: usize = 12;

const COPIED: [&str; 16] = [
    "campaigns",
    "campaignBudgets",
    "campaignCriteria",
    "adGroups",
    "adGroupAds",
    "adGroupCriteria",
    "assetGroups",
    "assetGroupAssets",
    "adsets",
    "ads",
    "adcreatives",
    "adgroups",
    "smart_plus_campaigns",
    "smart_plus_adgroups",
    "smart_plus_ads",
    "campaignAssets",
];
/// What `get` shows.
const SHOWN: [&str; 10] = [
    "campaigns",
    "adGroups",
    "adGroupAds",
    "assetGroups",
    "adsets",
    "ads",
    "adgroups",
    "smart_plus_campaigns",
    "smart_plus_adgroups",
    "smart_plus_ads",
];

/// Numbers in the names of an object: its own id and those it is part of.
fn own_ids(object: &Value) -> BTreeSet<String> {
    let keys = ["id", "campaign_id", "adgroup_id", "ad_id", "smart_plus_ad_id", "resourceName"];
    let names = keys.iter().filter_map(|key| object[*key].as_str());
    names
        .flat_map(|name| name.split(|c: char| !c.is_ascii_digit()))
        .filter(|id| id.len() >= 11)
        .map(ToOwned::to_owned)
        .collect()
}

/// Makes copies of everything in an account, under ids of their own, until it shows this many objects.
fn grow(account: &mut Value, objects: usize) {
    let before = account.clone();
    let listed = |name: &str| before[name].as_array().cloned().unwrap_or_default();
    let ids_of = |names: &[&str]| -> BTreeSet<String> {
        names.iter().flat_map(|name| listed(name)).flat_map(|object| own_ids(&object)).collect()
    };
    let here: usize = SHOWN.iter().map(|name| listed(name).len()).sum();
    let kept = ids_of(&["assets"]);
    let ids: BTreeSet<String> = ids_of(&COPIED).difference(&kept).cloned().collect();
    let rounds = if here == 0 { 0 } else { objects.div_ceil(here) };
    for name in COPIED {
        let originals = listed(name);
        let numbered = (1..rounds).flat_map(|copy| originals.iter().map(move |object| (copy, object)));
        let copied: Vec<Value> = numbered.map(|(copy, object)| renumbered(object, &ids, copy)).collect();
        if let Some(list) = account.get_mut(name).and_then(Value::as_array_mut) {
            list.extend(copied);
        }
    }
}

/// A copy in which each of these ids has another number.
fn renumbered(object: &Value, ids: &BTreeSet<String>, copy: usize) -> Value {
    let mut text = object.to_string();
    for id in ids.iter().filter(|id| object.to_string().contains(id.as_str())) {
        // Ids of one account share a length, so a longer one cannot be mistaken for another.
        text = text.replace(id, &format!("{id}{copy:05}"));
    }
    serde_json::from_str(&text).unwrap()
}

fn asked() -> usize {
    std::env::var("ADPLANE_SOAK_OBJECTS").ok().and_then(|text| text.parse().ok()).unwrap_or(OBJECTS)
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_are_kinds_times_pages() {
    let first = Bench::start().await;
    first.run(&["apply", "--auto-approve"]).await.exits(0);
    let mut state = first.state().await;
    let accounts = state.as_object_mut().unwrap().values_mut();
    accounts
        .flat_map(|accounts| accounts.as_object_mut().unwrap().values_mut())
        .for_each(|it| grow(it, asked()));

    let bench = Bench::loaded(&state).await;
    let shown = bench.run(&["get", "all", "-o", "json"]).await.exits(0);
    let shown: Vec<Value> = serde_json::from_str(&shown.out).unwrap();
    let mut requests: BTreeMap<String, usize> = BTreeMap::new();
    for entry in bench.log().await {
        *requests.entry(entry["platform"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    for (platform, page) in PAGES {
        let accounts = state[platform].as_object().unwrap().values();
        let collections = accounts.flat_map(|account| account.as_object().unwrap().values());
        let sizes = collections.filter_map(|list| Some(list.as_array()?.len()));
        let pages: usize = sizes.map(|size| size.div_ceil(page)).sum();
        let objects = shown
            .iter()
            .filter(|object| object["account"].as_str().is_some_and(|account| account.contains(platform)));
        let objects = objects.count();
        println!("{platform}: {objects} objects in {} requests", requests[platform]);
        assert!(objects >= asked(), "{platform} shows {objects} objects");
        assert!(requests[platform] <= pages + OTHERS, "{requests:?}, {pages} pages of {platform}");
    }
}
