use adplane_core::overlay::settle;
use serde_json::{Value, json};

use super::*;
use crate::cache::account_key;

pub(crate) fn resource(kind: DocumentKind, name: &str, spec: Value) -> Arc<Resource> {
    let mut object = json!({ "metadata": { "name": name, "namespace": "growth", "uid": name } });
    object["spec"] = spec;
    Arc::new(Resource::read(kind, serde_json::from_value(object).unwrap()).unwrap())
}

pub(crate) fn leaving(resource: &Arc<Resource>) -> Arc<Resource> {
    let mut resource = Resource::clone(resource);
    resource.deleting = Some("2026-11-20T10:00:00Z".parse().unwrap());
    Arc::new(resource)
}

pub(crate) fn shop() -> Vec<Arc<Resource>> {
    vec![
        resource(
            DocumentKind::AdAccount,
            "meta-eu",
            json!({
                "platform": "Meta", "accountId": "act_1000000001", "currency": "EUR", "timeZone": "Europe/Madrid",
                "compliance": { "dsa": { "beneficiary": "Shop Ltd", "payor": "Shop Ltd" } },
                "credentials": { "secretRef": { "name": "meta-eu" } },
                "defaults": { "pixel": "1122334455", "identity": { "meta": { "page": "111" } } },
            }),
        ),
        resource(
            DocumentKind::Campaign,
            "sale",
            json!({
                "account": "meta-eu", "objective": "Traffic", "state": "Active", "specialAdCategories": [],
                "budget": { "daily": "20.00 EUR" }, "bidding": { "strategy": "LowestCost" },
                "targeting": { "locations": ["ES"] },
            }),
        ),
        resource(
            DocumentKind::AdGroup,
            "women",
            json!({
                "campaign": "sale", "optimization": { "goal": "Clicks" },
                "ads": [{ "name": "hero", "creative": "hero" }],
            }),
        ),
        resource(
            DocumentKind::Creative,
            "hero",
            json!({
                "headlines": ["Walk further"], "primaryTexts": ["Light boots."], "callToAction": "LearnMore",
                "landingPage": "https://shop.example/", "images": [{ "id": "abc" }],
            }),
        ),
    ]
}

pub(crate) fn lowered(resources: &[Arc<Resource>], removed: &[&str]) -> Wanted {
    let project = ProjectName::new("shop").unwrap();
    let removed = resources
        .iter()
        .filter(|resource| removed.contains(&&*resource.key.name) && resource.deleting.is_some())
        .map(|resource| resource.key.clone())
        .collect();
    let owners = Owners { project: &project, previous: &[] };
    lower(&account_key("growth", "meta-eu").unwrap(), resources, &[], &removed, owners)
}

fn held(wanted: &Wanted) -> Vec<String> {
    wanted.blocked.iter().map(|(address, cause)| format!("{} by {cause}", address.short())).collect()
}

#[test]
fn sound_resources_hold_nothing_back() {
    let wanted = lowered(&shop(), &[]);
    assert_eq!(wanted.broken, BTreeMap::new());
    assert_eq!(held(&wanted), [""; 0]);
    assert_eq!(wanted.account().unwrap().objects.len(), 3);
    let owner = wanted.desired.owner().unwrap();
    let project = ProjectName::new("shop").unwrap();
    assert_ne!(owner, Owner::of_project(&project), "a cluster is another owner than a project of files");
    assert!(wanted.removals.is_none());
}

#[test]
fn an_error_holds_back_what_rests_on_it_and_nothing_else() {
    let mut shop = shop();
    let mut creative = shop[3].document();
    creative["spec"]["nonsense"] = json!(1);
    shop[3] = resource(DocumentKind::Creative, "hero", creative["spec"].take());
    let wanted = lowered(&shop, &[]);
    assert_eq!(held(&wanted), ["ad/women/hero by Creative/growth/hero"]);

    let mut shop = self::shop();
    shop[1] = resource(DocumentKind::Campaign, "sale", json!({ "account": "meta-eu", "objective": "Fame" }));
    let wanted = lowered(&shop, &[]);
    assert!(wanted.broken.contains_key(&shop[1].key), "{:?}", wanted.broken);
    assert!(wanted.governing().next().is_none());
    let held = held(&wanted);
    assert!(held.iter().any(|line| line.starts_with("ad/women/hero by ")), "{held:?}");
}

#[test]
fn an_ad_that_shows_what_is_not_there_holds_back_no_account() {
    let mut shop = shop();
    let lonely = json!({
        "campaign": "sale", "optimization": { "goal": "Clicks" }, "ads": [{ "name": "first", "creative": "nowhere" }],
    });
    shop.push(resource(DocumentKind::AdGroup, "lonely", lonely));
    let wanted = lowered(&shop, &[]);
    assert!(wanted.governing().next().is_none(), "{:?}", wanted.broken);
    assert_eq!(wanted.broken.keys().map(ToString::to_string).collect::<Vec<_>>(), ["AdGroup/growth/lonely"]);
}

#[test]
fn a_broken_policy_governs() {
    let mut shop = shop();
    shop.push(resource(DocumentKind::Policy, "guard", json!({ "rules": [{ "name": "x", "when": "1 +" }] })));
    let wanted = lowered(&shop, &[]);
    assert_eq!(wanted.governing().next().unwrap().0.to_string(), "Policy/growth/guard");
    assert_eq!(held(&wanted), [""; 0]);
}

#[test]
fn what_leaves_is_removed_only_when_that_is_carried_out() {
    let mut shop = shop();
    shop[2] = leaving(&shop[2]);
    let resting = lowered(&shop, &[]);
    assert!(resting.removals.is_none(), "it rests");
    assert_eq!(resting.account().unwrap().objects.len(), 1, "and is not wanted");
    let carried = lowered(&shop, &["women"]);
    let removals = carried.removals.unwrap();
    let removed: Vec<String> = removals.iter().map(|removal| removal.address.short()).collect();
    assert_eq!(removed.len(), 2, "the ad group and its ad: {removed:?}");
}

pub(crate) fn lent(value: &str) -> Vec<Arc<Resource>> {
    let mut shop = shop();
    let mut campaign = shop[1].document()["spec"].take();
    campaign["budget"] =
        json!({ "managed": { "daily": { "initial": "20.00 EUR", "min": "10.00 EUR", "max": "40.00 EUR" } } });
    shop[1] = resource(DocumentKind::Campaign, "sale", campaign);
    let spec = json!({
        "object": { "kind": "Campaign", "name": "sale" }, "field": "budget.daily", "value": value, "rule": "scale",
        "evidence": format!("sha256:{}", "0".repeat(64)), "expires": "2026-11-28T00:00:00Z",
    });
    shop.push(resource(DocumentKind::Override, "one", spec));
    let rule = json!({
        "scope": { "kind": "Campaign" }, "when": "today.spend > money('5 EUR')",
        "action": { "type": "notify", "message": "spending" },
    });
    shop.push(resource(DocumentKind::AutomationRule, "scale", rule));
    shop
}

fn in_force(wanted: &mut Wanted) -> String {
    settle(&mut wanted.desired, "2026-11-20T10:00:00Z".parse().unwrap());
    let sale = "meta/meta-eu/Campaign/growth/sale".parse().unwrap();
    wanted.desired.object(&sale).unwrap().value("budget.daily").unwrap().to_string()
}

#[test]
fn an_override_is_in_force_while_its_rule_is_there() {
    let mut shop = lent("33.00 EUR");
    let mut wanted = lowered(&shop, &[]);
    assert_eq!(wanted.broken, BTreeMap::new());
    assert_eq!(in_force(&mut wanted), "33.00 EUR");
    shop.pop();
    let mut without = lowered(&shop, &[]);
    assert_eq!(in_force(&mut without), "20.00 EUR");
    assert_eq!(without.broken.keys().map(ToString::to_string).collect::<Vec<_>>(), ["Override/growth/one"]);
    assert!(without.held.fields(&"meta/meta-eu/Campaign/growth/sale".parse().unwrap()).is_none());
}

#[test]
fn an_override_that_nobody_can_read_leaves_the_field_as_it_is() {
    let wanted = lowered(&lent("a lot"), &[]);
    let sale = "meta/meta-eu/Campaign/growth/sale".parse().unwrap();
    let fields = wanted.held.fields(&sale).unwrap();
    assert!(fields.contains("budget.daily") && fields.contains("state"), "{fields:?}");
    assert_eq!(held(&wanted), [""; 0]);
}

/// A rule about campaigns of these accounts.
fn rule(name: &str, accounts: &Value, when: &str) -> Arc<Resource> {
    let mut spec = json!({
        "scope": { "kind": "Campaign" }, "when": when, "action": { "type": "notify", "message": "spending" },
    });
    if !accounts.is_null() {
        spec["scope"]["accounts"] = accounts.clone();
    }
    resource(DocumentKind::AutomationRule, name, spec)
}

fn compiled(wanted: &Wanted) -> Vec<&str> {
    wanted.rules.iter().map(|rule| rule.key.name.as_str()).collect()
}

#[test]
fn rules_run_where_their_scope_reaches_and_broken_ones_hold_back_nothing() {
    let spends = "today.spend > money('5 EUR')";
    let mut shop = shop();
    shop.push(rule("all", &Value::Null, spends));
    shop.push(rule("both", &json!(["google-eu", "meta-eu"]), spends));
    shop.push(rule("elsewhere", &json!(["google-eu"]), spends));
    shop.push(rule("broken", &Value::Null, "today.spend > params.nothing"));
    let mut wanted = lowered(&shop, &[]);
    assert_eq!(compiled(&wanted), ["all", "both"]);
    let broken: Vec<String> = wanted.broken.keys().map(ToString::to_string).collect();
    assert_eq!(broken, ["AutomationRule/growth/broken"], "{:?}", wanted.broken);
    assert!(wanted.governing().next().is_none());
    assert_eq!(held(&wanted), [""; 0]);
    // A name that is no account's may be misspelt: then nobody knows what the rule is about.
    leave_astray(&mut wanted, &shop, |name| name == "meta-eu");
    assert_eq!(compiled(&wanted), ["all"]);
    let told = &wanted.broken[&ResourceKey::new(DocumentKind::AutomationRule, "growth", "both")][0];
    assert!(told.message.contains("no AdAccount `google-eu`"), "{told:?}");
}

/// A rule of the shop that changes budgets, made on a day of November.
fn moving(name: &str, mode: &str, by: &str, account: &str, day: u8) -> Arc<Resource> {
    let spec = json!({
        "mode": mode, "scope": { "kind": "Campaign", "accounts": [account] }, "when": "today.spend > money('5 EUR')",
        "action": { "type": "adjustBudget", "by": by },
    });
    let mut rule = Resource::clone(&resource(DocumentKind::AutomationRule, name, spec));
    rule.created = Some(format!("2026-11-{day:02}T10:00:00Z").parse().unwrap());
    Arc::new(rule)
}

/// What is wrong in a shop with these rules, and which run.
fn contradict(rules: &[Arc<Resource>]) -> (Vec<String>, Vec<String>) {
    let mut shop = lent("33.00 EUR");
    shop.truncate(shop.len() - 2);
    shop.extend(rules.iter().cloned());
    let wanted = lowered(&shop, &[]);
    let broken = wanted.broken.iter().map(|(key, found)| format!("{} {}", key.name, found[0].code));
    (broken.collect(), wanted.rules.iter().map(|rule| rule.key.name.to_string()).collect())
}

#[test]
fn a_new_rule_never_stops_one_that_is_there() {
    let cut = moving("cut", "act", "-20%", "meta-eu", 9);
    let (broken, running) =
        contradict(&[moving("a-scale", "shadow", "+20%", "meta-eu", 20), Arc::clone(&cut)]);
    assert_eq!((broken, running), (vec!["a-scale rule-conflict".to_owned()], vec!["cut".to_owned()]));
    let older = moving("a-scale", "shadow", "+20%", "meta-eu", 2);
    assert_eq!(contradict(&[older, Arc::clone(&cut)]).1, ["cut"], "what acts goes before what watches");
    let acts = moving("z-scale", "act", "+20%", "meta-eu", 2);
    assert_eq!(contradict(&[acts, Arc::clone(&cut)]).1, ["z-scale"], "of two that act, the older stays");
    let elsewhere = moving("a-scale", "act", "+20%", "google-eu", 2);
    let (broken, running) = contradict(&[elsewhere, cut]);
    assert_eq!((broken.len(), running), (0, vec!["cut".to_owned()]), "accounts apart, and no contradiction");
}

/// A campaign of a pool on this account, and what is beside it: another on another account.
fn pooled(amount: &str) -> (Vec<Arc<Resource>>, Vec<Arc<Resource>>) {
    let mut shop = shop();
    let mut account = shop[0].document();
    account["spec"]["accountId"] = json!("act_1000000002");
    let mut campaign = shop[1].document();
    campaign["spec"]["budget"] = json!({ "ref": "rain" });
    shop[1] = resource(DocumentKind::Campaign, "sale", campaign["spec"].clone());
    campaign["spec"]["account"] = json!("meta-us");
    let beside = vec![
        resource(DocumentKind::Campaign, "hats", campaign["spec"].take()),
        resource(DocumentKind::AdAccount, "meta-us", account["spec"].take()),
    ];
    shop.push(resource(DocumentKind::Budget, "rain", json!({ "pool": { "monthly": amount } })));
    (shop, beside)
}

fn beside(shop: &[Arc<Resource>], beside: &[Arc<Resource>]) -> Wanted {
    let project = ProjectName::new("shop").unwrap();
    let owners = Owners { project: &project, previous: &[] };
    lower(&account_key("growth", "meta-eu").unwrap(), shop, beside, &BTreeSet::new(), owners)
}

#[test]
fn a_campaign_gets_an_even_part_of_a_pool_over_all_accounts() {
    let (shop, others) = pooled("3100.00 EUR");
    let wanted = beside(&shop, &others);
    assert_eq!(wanted.broken, BTreeMap::new());
    let sale: Address = "meta/meta-eu/Campaign/growth/sale".parse().unwrap();
    let daily =
        |wanted: &Wanted| wanted.desired.object(&sale).unwrap().value(DAILY_BUDGET).unwrap().to_string();
    assert_eq!(daily(&wanted), "50.00 EUR");
    assert_eq!(daily(&beside(&shop, &[])), "100.00 EUR", "alone it would get all of it");
    let members: Vec<String> = wanted.pools[0].members.iter().map(Address::short).collect();
    assert_eq!(members, ["campaign/sale", "campaign/hats"]);
    assert_eq!(wanted.desired.accounts.len(), 1, "what is beside is nothing of this account");
}

#[test]
fn what_is_wrong_elsewhere_is_told_there_and_a_wrong_pool_holds_its_campaigns() {
    let (shop, mut others) = pooled("3100.00 EUR");
    let mut account = others[1].document();
    account["spec"]["currency"] = json!("USD");
    others[1] = resource(DocumentKind::AdAccount, "meta-us", account["spec"].take());
    let wanted = beside(&shop, &others);
    assert_eq!(wanted.broken, BTreeMap::new(), "of another currency is the other campaign");
    assert_eq!(wanted.pools[0].members.len(), 1);
    let (shop, others) = pooled("0.00 EUR");
    assert!(beside(&shop, &others).broken.contains_key(&shop[4].key));
    let (shop, others) = pooled("30.00 EUR");
    let mut lent = shop[1].document();
    lent["spec"]["budget"] = json!({
        "ref": "rain", "managed": { "daily": { "initial": "5.00 EUR", "min": "5.00 EUR", "max": "9.00 EUR" } },
    });
    let mut shop = shop;
    shop[1] = resource(DocumentKind::Campaign, "sale", lent["spec"].take());
    let wanted = beside(&shop, &others);
    assert!(held(&wanted).contains(&"campaign/sale by Budget/growth/rain".to_owned()), "{:?}", held(&wanted));
}
