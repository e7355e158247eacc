use adplane_core::address::{AccountKey, Platform};
use adplane_core::desired::{Connection, DeletionPolicy, DesiredObject, Management};
use adplane_core::field::{Field, FieldSource};
use adplane_core::ids::{AccountId, Namespace, ObjectName};
use adplane_core::money::Money;
use adplane_core::time::Zone;
use adplane_core::value::Value;

use super::*;

const CAMPAIGN: &str = "meta/meta-eu/Campaign/growth/spring";
const AD_SET: &str = "meta/meta-eu/AdGroup/growth/spring-es";
const AD: &str = "meta/meta-eu/Ad/growth/spring-es/hero";

/// An account with one valid campaign, ad group and ad; tests change what they are about.
fn account() -> DesiredAccount {
    let namespace = Namespace::new("growth").unwrap();
    let mut account = DesiredAccount {
        key: AccountKey { namespace, name: ObjectName::new("meta-eu").unwrap() },
        platform: Platform::Meta,
        account_id: AccountId::new("1000000001").unwrap(),
        currency: adplane_core::money::Currency::EUR,
        zone: Zone::parse("Europe/Madrid").unwrap(),
        management: Management::Manage,
        deletion_policy: DeletionPolicy::Pause,
        connection: Connection::default(),
        fields: Fields::new(),
        objects: BTreeMap::new(),
        origin: None,
    };
    for (path, text) in [
        ("defaults.pixel", "1122334455"),
        ("defaults.identity.meta.page", "111"),
        ("compliance.dsa.beneficiary", "Shop Ltd"),
        ("compliance.dsa.payor", "Shop Ltd"),
    ] {
        account.fields.insert(path.into(), Field::declared(text, None));
    }
    for (address, parent) in [(CAMPAIGN, None), (AD_SET, Some(CAMPAIGN)), (AD, Some(AD_SET))] {
        let mut object = DesiredObject::new(address.parse().unwrap());
        object.parent = parent.map(|parent| parent.parse().unwrap());
        account.objects.insert(object.address.clone(), object);
    }
    put(&mut account, CAMPAIGN, "objective", "Sales");
    put(&mut account, CAMPAIGN, "budget.daily", money("20.00 EUR"));
    put(&mut account, CAMPAIGN, "targeting.locations", Value::text_set(["ES"]));
    put(&mut account, AD_SET, "optimization.goal", "Purchase");
    put(&mut account, AD, "creative.images", Value::text_list([format!("sha256:{}", "ab".repeat(32))]));
    put(&mut account, AD, "creative.landingPage", "https://shop.example/spring");
    account
}

fn money(text: &str) -> Value {
    text.parse::<Money>().unwrap().into()
}

fn put(account: &mut DesiredAccount, address: &str, path: &str, value: impl Into<Value>) {
    let object = account.objects.get_mut(&address.parse().unwrap()).unwrap();
    object.fields.insert(path.into(), Field::declared(value, None));
}

fn drop(account: &mut DesiredAccount, address: &str, path: &str) {
    account.objects.get_mut(&address.parse().unwrap()).unwrap().fields.remove(path);
}

fn get<'a>(account: &'a DesiredAccount, address: &str, path: &str) -> Option<&'a Field> {
    account.objects[&address.parse().unwrap()].field(path)
}

/// Refines and answers the codes found.
fn run(account: &mut DesiredAccount) -> Vec<String> {
    refine(account, &Assets::new()).into_iter().map(|found| found.code.into_owned()).collect()
}

#[track_caller]
fn check(change: impl Fn(&mut DesiredAccount), codes: &[&str]) {
    let mut account = account();
    change(&mut account);
    assert_eq!(run(&mut account), codes);
}

#[test]
fn a_plain_campaign_is_fine_and_gets_narrow_defaults() {
    let mut account = account();
    assert_eq!(run(&mut account), Vec::<String>::new());
    for (address, path, shown) in [
        (CAMPAIGN, "bidding.strategy", "LowestCost"),
        (CAMPAIGN, "specialAdCategories", ""),
        (AD_SET, "meta.billing_event", "IMPRESSIONS"),
        (AD_SET, "meta.targeting_automation.advantage_audience", "0"),
        (AD, "meta.conversion_domain", "shop.example"),
        (AD, "creative.callToAction", "LearnMore"),
    ] {
        let field = get(&account, address, path).unwrap_or_else(|| panic!("{path}"));
        assert_eq!((field.value.to_string().as_str(), field.source), (shown, FieldSource::CreateDefault));
    }
}

#[test]
fn what_meta_keeps_on_the_ad_set_moves_down() {
    let mut account = account();
    put(&mut account, CAMPAIGN, "bidding.strategy", "CostCap");
    put(&mut account, CAMPAIGN, "bidding.amount", money("18.00 EUR"));
    assert_eq!(run(&mut account), Vec::<String>::new());
    assert!(get(&account, CAMPAIGN, "targeting.locations").is_none());
    assert!(get(&account, CAMPAIGN, "bidding.amount").is_none());
    assert!(get(&account, AD_SET, "bidding.strategy").is_none());
    for path in ["targeting.locations", "bidding.amount", "optimization.pixel", "compliance.dsa.payor"] {
        assert_eq!(
            get(&account, AD_SET, path).map(|field| field.source),
            Some(FieldSource::Inherited),
            "{path}"
        );
    }
}

#[test]
fn an_own_value_wins() {
    let mut account = account();
    put(&mut account, AD_SET, "targeting.locations", Value::text_set(["US"]));
    assert_eq!(run(&mut account), Vec::<String>::new());
    assert_eq!(get(&account, AD_SET, "targeting.locations").unwrap().value, Value::text_set(["US"]));
    assert!(get(&account, AD_SET, "compliance.dsa.payor").is_none(), "the US asks for no statement");
}

#[test]
fn the_strategy_goes_where_the_budget_is() {
    let mut account = account();
    drop(&mut account, CAMPAIGN, "budget.daily");
    put(&mut account, AD_SET, "budget.daily", money("20.00 EUR"));
    put(&mut account, CAMPAIGN, "bidding.strategy", "BidCap");
    put(&mut account, CAMPAIGN, "bidding.amount", money("2.00 EUR"));
    assert_eq!(run(&mut account), Vec::<String>::new());
    assert!(get(&account, CAMPAIGN, "bidding.strategy").is_none());
    assert!(get(&account, CAMPAIGN, "meta.is_adset_budget_sharing_enabled").is_some());
    assert_eq!(get(&account, AD_SET, "bidding.strategy").unwrap().value, Value::text("BidCap"));
}

#[test]
fn values_take_the_form_that_reads_give() {
    let mut account = account();
    put(&mut account, AD_SET, "targeting.ages", Value::map([("max", Value::Integer(65))]));
    put(&mut account, AD_SET, "targeting.genders", Value::text_set::<&str>([]));
    put(&mut account, AD_SET, "meta.publisher_platforms", Value::text_list(["instagram", "facebook"]));
    put(&mut account, AD, "creative.headlines", Value::text_list(["One", "Two"]));
    put(&mut account, AD, "creative.tracking.utm", Value::map([("source", Value::text("meta"))]));
    assert_eq!(run(&mut account), ["unused-texts"]);
    let shown = |address: &str, path: &str| get(&account, address, path).unwrap().value.to_string();
    assert_eq!(shown(AD_SET, "targeting.ages"), "min: 18");
    assert_eq!(shown(AD_SET, "targeting.genders"), "Female, Male");
    assert_eq!(shown(AD_SET, "meta.publisher_platforms"), "facebook, instagram");
    assert_eq!(shown(AD, "creative.headlines"), "One");
    assert_eq!(shown(AD, "creative.tracking.utm"), "");
}

#[test]
fn refuses_what_the_vendor_would_refuse() {
    check(|it| drop(it, CAMPAIGN, "objective"), &["objective-required"]);
    check(|it| drop(it, AD_SET, "optimization.goal"), &["goal-required"]);
    check(|it| put(it, AD_SET, "optimization.goal", "Reach"), &["unsupported-goal"]);
    check(|it| put(it, CAMPAIGN, "bidding.strategy", "TargetCpa"), &["unsupported-strategy"]);
    check(|it| put(it, CAMPAIGN, "bidding.strategy", "CostCap"), &["bid-amount-required"]);
    check(|it| put(it, CAMPAIGN, "bidding.amount", money("1.00 EUR")), &["bid-amount-unused"]);
    check(|it| put(it, CAMPAIGN, "budget.daily", money("350.50 HUF")), &["amount-too-fine"]);
    check(|it| drop(it, CAMPAIGN, "targeting.locations"), &["place-required"]);
    check(
        |it| put(it, CAMPAIGN, "targeting.locations", Value::text_set(["ES", "ES-MD"])),
        &["places-overlap"],
    );
    check(|it| put(it, CAMPAIGN, "targeting.locations", Value::text_set(["Spain"])), &["unknown-place"]);
    check(|it| put(it, AD_SET, "targeting.languages", Value::text_set(["no"])), &["unknown-language"]);
    check(
        |it| put(it, AD_SET, "targeting.ages", Value::map([("min", Value::Integer(12))])),
        &["ages-out-of-range"],
    );
    check(|it| put(it, AD_SET, "meta.nonsense", true), &["unsupported-field"]);
    check(|it| put(it, AD_SET, "google.networkSettings", true), &["wrong-platform-block"]);
    check(|it| drop(it, AD, "creative.images"), &["media-required"]);
    check(|it| put(it, AD, "creative.callToAction", "Dance"), &["unknown-call-to-action"]);
    check(
        |it| put(it, AD, "creative.tracking.utm", Value::map([("term", Value::text("{keyword}"))])),
        &["unknown-placeholder"],
    );
}

#[test]
fn totals_need_an_end_and_hours_need_totals() {
    let hours = || Value::map([("Mon", Value::text_set(["08:00-20:00"]))]);
    check(|it| put(it, CAMPAIGN, "schedule.hours", hours()), &["hours-need-total-budget"]);
    check(
        |it| {
            drop(it, CAMPAIGN, "budget.daily");
            put(it, CAMPAIGN, "budget.total", money("500.00 EUR"));
        },
        &["end-required"],
    );
}

#[test]
fn special_categories_restrict_targeting() {
    check(
        |it| {
            put(it, CAMPAIGN, "specialAdCategories", Value::text_set(["Housing"]));
            put(it, AD_SET, "targeting.genders", Value::text_set(["Female"]));
            put(it, AD_SET, "targeting.ages", Value::map([("min", Value::Integer(25))]));
        },
        &["restricted-targeting", "restricted-targeting"],
    );
}

#[test]
fn a_bound_object_may_leave_out_what_only_a_create_needs() {
    let mut account = account();
    for object in account.objects.values_mut() {
        object.fields.clear();
        object.external_id = adplane_core::ids::ExternalId::new("120").ok();
    }
    assert_eq!(run(&mut account), Vec::<String>::new());
}

#[test]
fn awareness_promotes_the_page_of_its_ads() {
    let mut account = account();
    put(&mut account, CAMPAIGN, "objective", "Awareness");
    drop(&mut account, AD_SET, "optimization.goal");
    put(&mut account, AD, "creative.identity.meta.page", "222");
    assert_eq!(run(&mut account), Vec::<String>::new());
    assert_eq!(get(&account, AD_SET, "optimization.goal").unwrap().value, Value::text("Reach"));
    assert_eq!(get(&account, AD_SET, "meta.promoted_object.page_id").unwrap().value, Value::text("222"));
}
