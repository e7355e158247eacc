//! One small shop, the same on Google, Meta and TikTok, for rules to work on; and what is live of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::bench::{Bench, Run};

/// A Monday, nine in Madrid.
const START: &str = "2026-11-02T08:00:00Z";

/// A kind of campaign on a platform; TikTok's two lanes are two.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// What names of objects begin with.
    pub(super) word: &'static str,
    account: &'static str,
    campaign: &'static str,
    group: &'static str,
    /// Creatives of the two ads of each ad group.
    creatives: [&'static str; 2],
}

pub(super) const GOOGLE: Place = Place {
    word: "google",
    account: "google-es",
    campaign: "  google: {advertisingChannelType: SEARCH}\n  bidding: {strategy: MaximizeClicks}\n  \
               targeting: {locations: [ES], languages: [es]}\n",
    group: "  keywords: [{text: chubasquero, match: Phrase}]\n",
    creatives: ["search-jackets-dry", "search-jackets-repair"],
};
pub(super) const META: Place = Place {
    word: "meta",
    account: "meta-es",
    campaign: "  objective: Traffic\n  specialAdCategories: []\n  targeting: {locations: [ES], ages: {min: 18}}\n",
    group: "",
    creatives: ["guide-layers", "rain-video"],
};
pub(super) const TIKTOK: Place = Place {
    word: "tiktok",
    account: "tiktok-es",
    campaign: "  objective: Traffic\n  targeting: {locations: [ES], ages: {min: 18}}\n",
    group: "  optimization: {goal: Clicks}\n",
    creatives: ["rain-video", "jacket-still"],
};
pub(super) const SMART: Place = Place {
    word: "smart",
    campaign: "  objective: Sales\n  bidding: {strategy: LowestCost}\n  targeting: {locations: [ES], ages: {min: 18}}\n",
    group: "  optimization: {goal: Purchase}\n",
    creatives: ["rain-video", "repair-video"],
    ..TIKTOK
};

impl Place {
    /// A campaign `<word>-<name>`, as it is written; ad groups of it come with [`Self::ad_group`].
    pub(super) fn campaign(self, name: &str, labels: &str, budget: &str) -> String {
        let Self { word, account, campaign, .. } = self;
        let budget = if budget.is_empty() { String::new() } else { format!("  budget: {budget}\n") };
        format!(
            "---\napiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: {word}-{name}, labels: {{{labels}}}}}\n\
             spec:\n  account: {account}\n  displayName: {word}-{name}\n  state: Active\n  rulesMayPause: true\n{campaign}{budget}"
        )
    }

    /// An ad group `<word>-<name>` with two ads, `first` and `second`.
    pub(super) fn ad_group(self, campaign: &str, name: &str, labels: &str, budget: &str) -> String {
        let Self { word, group, creatives: [first, second], .. } = self;
        let budget = if budget.is_empty() { String::new() } else { format!("  budget: {budget}\n") };
        format!(
            "---\napiVersion: adplane.io/v1alpha1\nkind: AdGroup\nmetadata: {{name: {word}-{name}, labels: {{{labels}}}}}\n\
             spec:\n  campaign: {word}-{campaign}\n  displayName: {word}-{name}\n  state: Active\n  rulesMayPause: true\n\
             {group}{budget}  ads:\n    - {{name: first, creative: {first}, state: Active, rulesMayPause: true}}\n    \
             - {{name: second, creative: {second}, state: Active, rulesMayPause: true}}\n"
        )
    }

    /// A campaign with one ad group of the same name.
    pub(super) fn whole(self, name: &str, labels: &str, budget: &str) -> String {
        self.campaign(name, labels, budget) + &self.ad_group(name, name, "", "")
    }
}

/// A rule that acts, on objects of a kind with labels.
pub(super) fn rule(name: &str, scope: &str, when: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: adplane.io/v1alpha1\nkind: AutomationRule\nmetadata: {{name: {name}}}\nspec:\n  mode: act\n  \
         scope: {{{scope}}}\n  when: {when}\n{rest}"
    )
}

/// What spent anything yesterday.
pub(super) const SPENT: &str = "yesterday.spend > money('0.01 EUR')";

/// The shop has been live for two days, and its numbers are known.
pub(super) async fn open(documents: &str) -> Bench {
    live_for_two_days(Bench::at(START).await, documents).await
}

/// The same, its accounts on Meta and TikTok billed in another currency.
pub(super) async fn open_in(currency: &str, documents: &str) -> Bench {
    let mut state = Bench::start().await.state().await;
    state["meta"]["act_1000000001"]["adaccounts"][0]["currency"] = json!(currency);
    state["tiktok"]["7000000000000000001"]["advertisers"][0]["currency"] = json!(currency);
    let bench = Bench::loaded(&state).await;
    let accounts = std::fs::read_to_string(bench.path("accounts.yaml")).unwrap();
    let (google, social) = accounts.split_once("---").unwrap();
    let social = social.replace("currency: EUR", &format!("currency: {currency}"));
    // The worst day of an account is in its currency.
    let social = social.replace("worstDay: 2000.00 EUR", &format!("worstDay: 90000 {currency}"));
    bench.write("accounts.yaml", format!("{google}---{social}"));
    live_for_two_days(bench, documents).await
}

async fn live_for_two_days(bench: Bench, documents: &str) -> Bench {
    for folder in ["google", "meta", "tiktok"] {
        std::fs::remove_dir_all(bench.path(folder)).unwrap();
    }
    for file in ["policies.yaml", "policies.cases.yaml", "freezes.yaml"] {
        std::fs::remove_file(bench.path(file)).unwrap();
    }
    bench.write("shop.yaml", documents);
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.advance("50h").await;
    bench.run(&["metrics", "sync", "--back", "3"]).await.exits(0);
    bench
}

pub(super) async fn run(bench: &Bench, code: i32) -> Run {
    bench.run(&["rules", "run"]).await.exits(code)
}

/// What is live, by `kind/name`: `on` or `off`, and the daily budget in cents where it has one of its own.
pub(super) type Live = BTreeMap<String, String>;

/// Where objects lie in the sandbox's state.
struct Level {
    platform: &'static str,
    collection: &'static str,
    kind: &'static str,
    name: &'static str,
    id: &'static str,
    /// The ad group that an ad names.
    group: &'static str,
    state: &'static str,
}

const fn level(at: [&'static str; 7]) -> Level {
    let [platform, collection, kind, name, id, group, state] = at;
    Level { platform, collection, kind, name, id, group, state }
}

const LEVELS: [Level; 12] = [
    level(["google", "campaigns", "campaign", "name", "resourceName", "", "status"]),
    level(["google", "adGroups", "ad-group", "name", "resourceName", "", "status"]),
    level(["google", "adGroupAds", "ad", "", "resourceName", "adGroup", "status"]),
    level(["meta", "campaigns", "campaign", "name", "id", "", "status"]),
    level(["meta", "adsets", "ad-group", "name", "id", "", "status"]),
    level(["meta", "ads", "ad", "name", "id", "adset_id", "status"]),
    level(["tiktok", "campaigns", "campaign", "campaign_name", "campaign_id", "", "operation_status"]),
    level(["tiktok", "adgroups", "ad-group", "adgroup_name", "adgroup_id", "", "operation_status"]),
    level(["tiktok", "ads", "ad", "ad_name", "ad_id", "adgroup_id", "operation_status"]),
    level([
        "tiktok",
        "smart_plus_campaigns",
        "campaign",
        "campaign_name",
        "campaign_id",
        "",
        "operation_status",
    ]),
    level([
        "tiktok",
        "smart_plus_adgroups",
        "ad-group",
        "adgroup_name",
        "adgroup_id",
        "",
        "operation_status",
    ]),
    level([
        "tiktok",
        "smart_plus_ads",
        "ad",
        "ad_name",
        "smart_plus_ad_id",
        "adgroup_id",
        "operation_status",
    ]),
];

/// A live object with where it lies.
pub(super) struct Found {
    platform: &'static str,
    account: String,
    level: &'static Level,
    object: Value,
    told: String,
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Its name as it is written; TikTok's carries the marker.
fn named(level: &Level, object: &Value) -> String {
    if level.name.is_empty() {
        // Google's ads have no name: what they lead to tells them apart.
        let second = text(&object["ad"]["finalUrls"][0]).contains("reparacion");
        return if second { "second" } else { "first" }.to_owned();
    }
    let name = text(&object[level.name]);
    name.rsplit_once(" ~").map_or(name.as_str(), |(name, _)| name).to_owned()
}

/// Cents a day.
fn cents(account: &Value, object: &Value) -> Option<i64> {
    let whole = |value: &Value| text(value).parse::<f64>().ok();
    #[expect(clippy::cast_possible_truncation, reason = "amounts of a test")]
    let rounded = |amount: f64| amount.round() as i64;
    if let Some(budget) = object["campaignBudget"].as_str() {
        let budgets = account["campaignBudgets"].as_array()?;
        let held = budgets.iter().find(|one| one["resourceName"] == json!(budget))?;
        return Some(rounded(whole(&held["amountMicros"])? / 10_000.0));
    }
    let meta = whole(&object["daily_budget"]).map(rounded);
    let tiktok = || whole(&object["budget"]).map(|amount| rounded(amount * 100.0));
    meta.or_else(tiktok).filter(|cents| *cents > 0)
}

/// Everything that is live, by `kind/name`; of an ad, `ad/<ad group>/<name>`.
pub(super) async fn found(bench: &Bench) -> BTreeMap<String, Found> {
    let state = bench.state().await;
    let (mut all, mut groups) = (BTreeMap::new(), BTreeMap::new());
    for level in &LEVELS {
        for (id, account) in state[level.platform].as_object().into_iter().flatten() {
            for object in account[level.collection].as_array().into_iter().flatten() {
                let name = named(level, object);
                let mut key = format!("{}/{name}", level.kind);
                if level.group.is_empty() {
                    groups.insert((level.platform, text(&object[level.id])), name);
                } else {
                    let group = &groups[&(level.platform, text(&object[level.group]))];
                    key = format!("ad/{group}/{name}");
                }
                let on = ["ENABLED", "ACTIVE", "ENABLE"].contains(&text(&object[level.state]).as_str());
                let mut told = if on { "on" } else { "off" }.to_owned();
                if let Some(cents) = cents(account, object) {
                    let _ = write!(told, " {cents}");
                }
                let (account, object) = (id.clone(), object.clone());
                all.insert(key, Found { platform: level.platform, account, level, object, told });
            }
        }
    }
    all
}

pub(super) async fn live(bench: &Bench) -> Live {
    found(bench).await.into_iter().map(|(key, found)| (key, found.told)).collect()
}

/// What differs, `kind/name: state budget`.
pub(super) fn moved(before: &Live, after: &Live) -> Vec<String> {
    let changed = after.iter().filter(|(key, now)| before.get(*key) != Some(*now));
    changed.map(|(key, now)| format!("{key}: {now}")).collect()
}

/// What a person switches on or off on the platform's own screens.
pub(super) async fn switch_by_hand(bench: &Bench, key: &str, on: bool) {
    let all = found(bench).await;
    let Found { platform, account, level, object, .. } =
        all.get(key).unwrap_or_else(|| panic!("{key} of {:?}", all.keys()));
    let word = match (*platform, on) {
        ("tiktok", true) => "ENABLE",
        ("tiktok", false) => "DISABLE",
        ("google", true) => "ENABLED",
        (_, true) => "ACTIVE",
        (_, false) => "PAUSED",
    };
    bench
        .edit(json!({"platform": platform, "account": account, "collection": level.collection,
            "id": text(&object[level.id]), "set": {level.state: word}, "actor": "ana@shop.example"}))
        .await;
}

/// The path below which an object of Meta's is written.
pub(super) async fn id(bench: &Bench, key: &str) -> String {
    let all = found(bench).await;
    text(&all[key].object[all[key].level.id])
}

/// The objects that were written since so many lines of the apply log, in their order.
pub(super) fn written(bench: &Bench, since: usize) -> Vec<String> {
    let log = std::fs::read_to_string(bench.path(".adplane/log.jsonl")).unwrap();
    let lines = log.lines().skip(since).map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter_map(|line| Some(line["address"].as_str()?.to_owned())).collect()
}

pub(super) fn lines(bench: &Bench) -> usize {
    std::fs::read_to_string(bench.path(".adplane/log.jsonl")).unwrap().lines().count()
}
