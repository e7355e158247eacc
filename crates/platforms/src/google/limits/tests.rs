use std::sync::Arc;

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::{Connection, DeletionPolicy, DesiredAccount, DesiredObject, Management};
use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::field::{Field, FieldPath, FieldSource, Fields, Origin};
use adplane_core::ids::{AccountId, ExternalId, Namespace, ObjectName};
use adplane_core::money::{Currency, Money};
use adplane_core::time::{Time, Zone};
use adplane_core::value::Value;

use super::*;

mod formats;

const CAMPAIGN_ADDRESS: &str = "google/google-eu/Campaign/growth/brand";
const GROUP_ADDRESS: &str = "google/google-eu/AdGroup/growth/brand-es";
const AD_ADDRESS: &str = "google/google-eu/Ad/growth/brand-es/hero";

fn money(text: &str) -> Value {
    Value::Money(text.parse::<Money>().unwrap())
}

fn set(object: &mut DesiredObject, path: &str, value: Value) {
    let origin = Origin { file: Arc::from("brand.yaml"), line: 7, column: 3 };
    object.fields.insert(FieldPath::new(path), Field::declared(value, Some(origin)));
}

fn object(address: &str, parent: Option<&str>, fields: &[(&str, Value)]) -> DesiredObject {
    let mut object = DesiredObject::new(address.parse().unwrap());
    object.parent = parent.map(|parent| parent.parse().unwrap());
    for (path, value) in fields {
        set(&mut object, path, value.clone());
    }
    object
}

fn utm(campaign: &str) -> Value {
    Value::map([("campaign", Value::text(campaign))])
}

/// An account whose every object is as Google wants it.
fn account() -> DesiredAccount {
    let campaign = object(
        CAMPAIGN_ADDRESS,
        None,
        &[
            ("google.advertisingChannelType", Value::text("SEARCH")),
            ("budget.daily", money("40 EUR")),
            ("bidding.strategy", Value::text("ManualCpc")),
            ("bidding.bid", money("1.20 EUR")),
            ("targeting.locations", Value::text_set(["ES", "FR-IDF"])),
            ("targeting.languages", Value::text_set(["es"])),
            ("targeting.genders", Value::text_set(["Female"])),
        ],
    );
    let group = object(
        GROUP_ADDRESS,
        Some(CAMPAIGN_ADDRESS),
        &[("keywords", Value::map([("x", keyword("Running  Shoes", "Phrase"))]))],
    );
    let ad = object(
        AD_ADDRESS,
        Some(GROUP_ADDRESS),
        &[
            ("creative.headlines", Value::text_list(["One", "Two", "Three"])),
            ("creative.descriptions", Value::text_list(["First one.", "Second one."])),
            ("creative.landingPage", Value::text("https://shop.example/spring")),
            ("creative.tracking.utm", utm("{campaign.name}")),
        ],
    );
    let compliance = ("compliance.euPoliticalAds", Field::declared(false, None));
    DesiredAccount {
        key: AccountKey {
            namespace: Namespace::new("growth").unwrap(),
            name: ObjectName::new("google-eu").unwrap(),
        },
        platform: Platform::Google,
        account_id: AccountId::new("1000000001").unwrap(),
        currency: Currency::EUR,
        zone: Zone::parse("Europe/Madrid").unwrap(),
        management: Management::Manage,
        deletion_policy: DeletionPolicy::Pause,
        connection: Connection::default(),
        fields: Fields::from([(FieldPath::new(compliance.0), compliance.1)]),
        objects: [campaign, group, ad].into_iter().map(|object| (object.address.clone(), object)).collect(),
        origin: None,
    }
}

fn keyword(text: &str, matching: &str) -> Value {
    Value::map([("text", Value::text(text)), ("match", Value::text(matching))])
}

fn get<'a>(account: &'a mut DesiredAccount, address: &str) -> &'a mut DesiredObject {
    account.objects.get_mut(&address.parse::<Address>().unwrap()).unwrap()
}

fn refined(account: &mut DesiredAccount) -> Vec<Diagnostic> {
    refine(account, &formats::assets())
}

/// Refines after a deviation and compares the codes; everything but remarks must say where and what to do.
#[track_caller]
fn check(deviate: impl FnOnce(&mut DesiredAccount), codes: &[&str]) {
    check_from(account(), deviate, codes);
}

#[track_caller]
fn check_from(mut account: DesiredAccount, deviate: impl FnOnce(&mut DesiredAccount), codes: &[&str]) {
    deviate(&mut account);
    let found = refined(&mut account);
    let shown: Vec<&str> = found.iter().map(|diagnostic| diagnostic.code.as_ref()).collect();
    assert_eq!(shown, codes, "{found:#?}");
    for diagnostic in found.iter().filter(|diagnostic| diagnostic.severity != Severity::Info) {
        assert!(diagnostic.hint.is_some() && diagnostic.field.is_some() && diagnostic.address.is_some());
    }
}

#[track_caller]
fn check_field(address: &str, path: &str, value: Value, codes: &[&str]) {
    check(|account| set(get(account, address), path, value), codes);
}

#[track_caller]
fn check_without(address: &str, path: &str, codes: &[&str]) {
    check(|account| drop(get(account, address).fields.remove(path)), codes);
}

#[test]
fn a_good_account_gets_its_google_form() {
    let mut account = account();
    assert_eq!(refined(&mut account), []);
    let campaign = get(&mut account, CAMPAIGN_ADDRESS);
    assert_eq!(campaign.value("compliance.euPoliticalAds"), Some(&Value::Bool(false)));
    assert_eq!(campaign.text("google.urlCustomParameters.cname"), Some("brand"));
    assert_eq!(campaign.value("bidding.bid"), None, "the bid lives on the ad groups");
    assert_eq!(campaign.value("targeting.genders"), None, "people live on the ad groups");
    let partners = campaign.field("google.networkSettings.targetSearchNetwork").unwrap();
    assert_eq!((&partners.value, partners.source), (&Value::Bool(false), FieldSource::CreateDefault));
    let group = get(&mut account, GROUP_ADDRESS);
    let bid = group.field("bidding.bid").unwrap();
    assert_eq!((&bid.value, bid.source), (&money("1.20 EUR"), FieldSource::Inherited));
    assert_eq!(group.value("targeting.genders"), Some(&Value::text_set(["Female"])));
    assert_eq!(
        group.value("keywords"),
        Some(&Value::map([("running shoes|Phrase", keyword("running shoes", "Phrase"))]))
    );
    let ad = get(&mut account, AD_ADDRESS);
    assert_eq!(ad.value("creative.tracking.utm").unwrap().entry("source"), Some(&Value::text("google")));
}

#[test]
fn refining_twice_changes_nothing() {
    let mut once = account();
    refined(&mut once);
    let fields = |account: &DesiredAccount| -> Vec<Fields> {
        account.objects.values().map(|object| object.fields.clone()).collect()
    };
    let before = fields(&once);
    refined(&mut once);
    assert_eq!(fields(&once), before);
}

#[test]
fn campaigns_must_state_what_google_needs() {
    check_without(CAMPAIGN_ADDRESS, "google.advertisingChannelType", &["missing-channel"]);
    check_without(CAMPAIGN_ADDRESS, "targeting.locations", &["missing-locations"]);
    check(|account| account.fields.clear(), &["missing-eu-declaration"]);
    check(
        |account| {
            let campaign = get(account, CAMPAIGN_ADDRESS);
            campaign.fields.remove("bidding.strategy");
            campaign.fields.remove("bidding.bid");
        },
        &["missing-bidding"],
    );
}

#[test]
fn channels_nobody_builds_can_be_bound_only() {
    let channel = "google.advertisingChannelType";
    check_field(CAMPAIGN_ADDRESS, channel, Value::text("DISPLAY"), &["unknown-channel"]);
    check(
        |account| {
            account.objects.retain(|address, _| address.kind == Kind::Campaign);
            let campaign = get(account, CAMPAIGN_ADDRESS);
            campaign.external_id = Some(ExternalId::new("campaigns/5").unwrap());
            set(campaign, channel, Value::text("DEMAND_GEN"));
            set(campaign, "bidding.strategy", Value::text("MaximizeClicks"));
            campaign.fields.remove("bidding.bid");
        },
        &[],
    );
}

#[test]
fn amounts_fit_the_currency() {
    let daily = |text| money(text);
    check_field(CAMPAIGN_ADDRESS, "budget.daily", daily("40 USD"), &["wrong-currency"]);
    let fine = Value::Money(Money::from_micros(40_005_000, Currency::EUR));
    check_field(CAMPAIGN_ADDRESS, "budget.daily", fine, &["amount-too-fine"]);
    check_field(
        CAMPAIGN_ADDRESS,
        "budget.daily",
        daily("0 EUR"),
        &["amount-not-positive", "bid-above-budget"],
    );
    check_field(CAMPAIGN_ADDRESS, "bidding.bid", daily("50 EUR"), &["bid-above-budget"]);
    check_field(CAMPAIGN_ADDRESS, "budget.total", daily("900 EUR"), &["total-needs-flight"]);
}

#[test]
fn strategies_of_others_name_googles_own() {
    for (word, hint) in [
        ("LowestCost", "write `MaximizeConversions`, or `MaximizeClicks`"),
        ("CostCap", "write `TargetCpa` with `amount`"),
        ("BidCap", "write `MaximizeClicks` with `maxCpc`"),
        ("MinRoas", "write `TargetRoas` with `roas`"),
    ] {
        let mut account = account();
        set(get(&mut account, CAMPAIGN_ADDRESS), "bidding.strategy", Value::text(word));
        let found = refined(&mut account);
        assert_eq!(found[0].code, "strategy-not-on-google");
        assert_eq!(found[0].hint.as_deref(), Some(hint));
    }
    check_field(
        CAMPAIGN_ADDRESS,
        "bidding.strategy",
        Value::text("TargetCpa"),
        &["missing-bid-value", "unused-bid-value"],
    );
    check_field(CAMPAIGN_ADDRESS, "google.biddingStrategy", Value::text("5"), &["two-strategies"]);
    check_field(CAMPAIGN_ADDRESS, "objective", Value::text("Awareness"), &["objective-needs-strategy"]);
    check_field(CAMPAIGN_ADDRESS, "objective", Value::text("AppPromotion"), &["objective-not-on-google"]);
}

#[test]
fn places_and_languages_are_known() {
    let locations = |texts: &[&str]| Value::text_set(texts);
    let path = "targeting.locations";
    check_field(CAMPAIGN_ADDRESS, path, locations(&["WORLD"]), &[]);
    check_field(CAMPAIGN_ADDRESS, path, locations(&[]), &["missing-locations"]);
    check_field(CAMPAIGN_ADDRESS, path, locations(&["WORLD", "ES"]), &["world-and-places"]);
    check_field(CAMPAIGN_ADDRESS, path, locations(&["ES", "ES-MD"]), &["place-in-place"]);
    check_field(CAMPAIGN_ADDRESS, path, locations(&["XX"]), &["unknown-place"]);
    check_field(CAMPAIGN_ADDRESS, path, locations(&["ES-ZZ"]), &["unknown-place"]);
    check_field(
        CAMPAIGN_ADDRESS,
        "targeting.locationsExcluded",
        locations(&["ES"]),
        &["place-on-both-sides"],
    );
    check_field(CAMPAIGN_ADDRESS, "targeting.languages", locations(&["no"]), &["unknown-language"]);
    check_field(GROUP_ADDRESS, path, locations(&["ES"]), &["belongs-to-campaign"]);
}

#[test]
fn ages_follow_googles_groups() {
    let ages = |min, max| Value::map([("min", Value::Integer(min)), ("max", Value::Integer(max))]);
    check_field(GROUP_ADDRESS, "targeting.ages", ages(25, 44), &[]);
    let mut account = account();
    set(get(&mut account, GROUP_ADDRESS), "targeting.ages", ages(20, 40));
    let found = refined(&mut account);
    assert_eq!(found[0].code, "ages-not-aligned");
    assert_eq!(found[0].hint.as_deref(), Some("write `ages: {min: 18, max: 44}`"));
    check_field(GROUP_ADDRESS, "targeting.genders", Value::text_set(["Other"]), &["unknown-gender"]);
}

#[test]
fn flights_and_hours_fit_the_grid() {
    let time = |text: &str| Value::Time(format!("{text}[Europe/Madrid]").parse::<Time>().unwrap());
    check_field(CAMPAIGN_ADDRESS, "schedule.start", time("2026-12-01T00:00:00+01:00"), &[]);
    check_field(CAMPAIGN_ADDRESS, "schedule.end", time("2026-12-31T23:59:59+01:00"), &[]);
    check_field(CAMPAIGN_ADDRESS, "schedule.end", time("2026-12-31T12:00:00+01:00"), &["not-a-whole-day"]);
    let hours = |texts: &[&str]| Value::map([("Mon", Value::text_set(texts))]);
    check_field(CAMPAIGN_ADDRESS, "schedule.hours", hours(&["08:00-24:00"]), &[]);
    check_field(CAMPAIGN_ADDRESS, "schedule.hours", hours(&["08:10-20:00"]), &["hours-off-grid"]);
    check_field(
        CAMPAIGN_ADDRESS,
        "schedule.hours",
        hours(&["08:00-12:00", "11:00-13:00"]),
        &["hours-overlap"],
    );
    check_field(CAMPAIGN_ADDRESS, "schedule.hours", hours(&[]), &["invalid-hours"]);
}

#[test]
fn keywords_and_links_keep_to_the_limits() {
    let keywords = |text: &str| Value::map([("x", keyword(text, "Broad"))]);
    check_field(GROUP_ADDRESS, "keywords", keywords("shoes!"), &["keyword-characters"]);
    check_field(GROUP_ADDRESS, "keywords", keywords("a b c d e f g h i j k"), &["keyword-words"]);
    check_field(GROUP_ADDRESS, "keywords", keywords(&"x".repeat(81)), &["keyword-length"]);
    check_field(
        GROUP_ADDRESS,
        "negativeKeywords",
        Value::map([("y", keyword("running shoes", "Phrase"))]),
        &["keyword-on-both-sides"],
    );
    let link = Value::map([("text", Value::text("Returns")), ("url", Value::text("shop.example"))]);
    check_field(
        CAMPAIGN_ADDRESS,
        "sitelinks",
        Value::map([("Returns", link)]),
        &["invalid-url", "too-few-sitelinks"],
    );
    check_field(CAMPAIGN_ADDRESS, "callouts", Value::text_set(["x".repeat(26)]), &["text-too-long"]);
}

#[test]
fn ads_have_enough_texts_of_the_right_width() {
    let list = |texts: &[&str]| Value::text_list(texts);
    let path = "creative.headlines";
    check_field(AD_ADDRESS, path, list(&["One", "Two"]), &["text-count"]);
    check_field(AD_ADDRESS, path, list(&["One", "One", "Two"]), &["text-twice"]);
    let wide = "ランニングシューズの春セール開催";
    check_field(AD_ADDRESS, path, list(&["One", "Two", wide]), &["text-too-long"]);
    check_field(AD_ADDRESS, path, list(&["One", "Two", "Three!"]), &["exclamation-mark"]);
    check_without(AD_ADDRESS, "creative.landingPage", &["missing-landing-page"]);
    check_field(AD_ADDRESS, "creative.tracking.utm", utm("{nope}"), &["unknown-placeholder"]);
    check_field(AD_ADDRESS, "creative.google.path2", Value::text("sale"), &["path2-alone"]);
}

#[test]
fn pins_become_the_vendors_positions() {
    let pin = |text: &str, position: i64| {
        Value::List(vec![Value::map([
            ("headline", Value::text(text)),
            ("position", Value::Integer(position)),
        ])])
    };
    check_field(AD_ADDRESS, "creative.google.pins", pin("Nope", 1), &["pin-without-text"]);
    check_field(AD_ADDRESS, "creative.google.pins", pin("One", 4), &["invalid-pin"]);
    let mut account = account();
    set(get(&mut account, AD_ADDRESS), "creative.google.pins", pin("One", 1));
    assert_eq!(refined(&mut account), []);
    let expected = Value::map([("headline", Value::text("One")), ("position", Value::text("HEADLINE_1"))]);
    assert_eq!(get(&mut account, AD_ADDRESS).value("creative.google.pins"), Some(&Value::set([expected])));
}

#[test]
fn what_google_does_not_use_is_said_once() {
    let mut account = account();
    let ad = get(&mut account, AD_ADDRESS);
    set(ad, "creative.images", Value::text_list(["sha256:00"]));
    let mut second = ad.clone();
    second.address = "google/google-eu/Ad/growth/brand-es/second".parse().unwrap();
    account.objects.insert(second.address.clone(), second);
    let found = refined(&mut account);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].severity, found[0].code.as_ref()), (Severity::Info, "unused-field"));
    assert!(found[0].message.ends_with("(2 objects write it)"));
    assert_eq!(get(&mut account, AD_ADDRESS).value("creative.images"), None);
}

#[test]
fn names_and_active_ads_are_counted() {
    check(
        |account| {
            let mut twin = get(account, CAMPAIGN_ADDRESS).clone();
            twin.address = "google/google-eu/Campaign/growth/other".parse().unwrap();
            set(&mut twin, "displayName", Value::text("brand"));
            account.objects.insert(twin.address.clone(), twin);
        },
        &["duplicate-display-name"],
    );
    check(
        |account| {
            set(get(account, AD_ADDRESS), "state", Value::text("Active"));
            let ad = get(account, AD_ADDRESS).clone();
            for name in ["two", "three", "four"] {
                let mut copy = ad.clone();
                copy.address = format!("google/google-eu/Ad/growth/brand-es/{name}").parse().unwrap();
                account.objects.insert(copy.address.clone(), copy);
            }
        },
        &["too-many-active-ads"],
    );
}

#[test]
fn switching_between_amount_and_reference_keeps_the_campaign() {
    let campaign = schema().kind(Kind::Campaign).unwrap();
    let switch = |from: &str, to: &str| {
        campaign.exclusives(to).find(|group| group.paths.contains(&from)).map(|group| group.on_switch)
    };
    assert_eq!(switch("budget.daily", "budget.ref"), Some(OnChange::InPlace));
    assert_eq!(switch("budget.daily", "budget.total"), Some(OnChange::Replace));
}
