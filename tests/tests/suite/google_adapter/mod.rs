//! The Google adapter against the sandbox: what is created reads back as it was refined.

use std::sync::Arc;

use adplane_core::address::{AccountKey, Address, Kind, Platform};
use adplane_core::desired::{Connection, DeletionPolicy, DesiredAccount, DesiredObject, Management};
use adplane_core::field::{Field, FieldPath, Fields};
use adplane_core::ids::{AccountId, ExternalId, Namespace, ObjectName};
use adplane_core::money::{Currency, Money};
use adplane_core::observed::ObservedAccount;
use adplane_core::plan::Action;
use adplane_core::time::{Time, Zone};
use adplane_core::value::Value;
use adplane_engine::error::{ErrorKind, PlatformError};
use adplane_engine::port::{AccountConnection, Adapter, ObserveRequest};
use adplane_platforms::http::HttpSettings;
use adplane_sandbox::{ClockMode, QuotaMode, RunningSandbox, Sandbox, SandboxOptions};
use serde_json::{Value as Json, json};

mod formats;
mod trouble;

use crate::converge::Bench;

const EUR: (&str, &str, &str) = ("1000000001", "EUR", "Europe/Madrid");
const USD: (&str, &str, &str) = ("1000000002", "USD", "America/New_York");
const JPY: (&str, &str, &str) = ("1000000003", "JPY", "Asia/Tokyo");

async fn sandbox() -> RunningSandbox {
    sandbox_with(&[]).await
}

async fn sandbox_with(settings: &[(&str, &str)]) -> RunningSandbox {
    let mut options = SandboxOptions {
        clock: ClockMode::virtual_default(),
        quota: QuotaMode::Off,
        options: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..SandboxOptions::default()
    };
    options.listen.set_port(0);
    Sandbox::start(options).await.unwrap()
}

fn connection(
    sandbox: &RunningSandbox,
    account: (&str, &str, &str),
    credentials: &Json,
) -> AccountConnection {
    AccountConnection {
        key: key(),
        platform: Platform::Google,
        account_id: AccountId::new(account.0).unwrap(),
        currency: Currency::parse(account.1).unwrap(),
        zone: Zone::parse(account.2).unwrap(),
        endpoint: Some(format!("{}/google", sandbox.url())),
        token_endpoint: None,
        login_customer_id: Some("1000000000".into()),
        credentials: credentials.to_string().into(),
    }
}

fn adapter(sandbox: &RunningSandbox, account: (&str, &str, &str)) -> Arc<dyn Adapter> {
    let credentials = json!({"access_token": "sandbox-token"});
    adplane_platforms::connect(connection(sandbox, account, &credentials), HttpSettings::default()).unwrap()
}

fn key() -> AccountKey {
    AccountKey { namespace: Namespace::new("growth").unwrap(), name: ObjectName::new("google-eu").unwrap() }
}

fn account(of: (&str, &str, &str)) -> DesiredAccount {
    let compliance = (FieldPath::new("compliance.euPoliticalAds"), Field::declared(false, None));
    DesiredAccount {
        key: key(),
        platform: Platform::Google,
        account_id: AccountId::new(of.0).unwrap(),
        currency: Currency::parse(of.1).unwrap(),
        zone: Zone::parse(of.2).unwrap(),
        management: Management::Manage,
        deletion_policy: DeletionPolicy::Pause,
        connection: Connection::default(),
        fields: Fields::from([compliance]),
        objects: std::collections::BTreeMap::new(),
        origin: None,
    }
}

fn address(kind: &str, name: &str) -> Address {
    format!("google/google-eu/{kind}/growth/{name}").parse().unwrap()
}

fn put(
    account: &mut DesiredAccount,
    kind: &str,
    name: &str,
    parent: Option<Address>,
    fields: &[(&str, Value)],
) {
    let mut object = DesiredObject::new(address(kind, name));
    object.parent = parent;
    for (path, value) in fields {
        object.fields.insert(FieldPath::new(path), Field::declared(value.clone(), None));
    }
    account.objects.insert(object.address.clone(), object);
}

fn object<'a>(account: &'a mut DesiredAccount, kind: &str, name: &str) -> &'a mut DesiredObject {
    account.objects.get_mut(&address(kind, name)).unwrap()
}

fn set(account: &mut DesiredAccount, kind: &str, name: &str, path: &str, value: Value) {
    object(account, kind, name).fields.insert(FieldPath::new(path), Field::declared(value, None));
}

/// Whole units of the account's currency.
fn money(account: &DesiredAccount, units: i64) -> Value {
    Money::from_micros(units * 1_000_000, account.currency).into()
}

fn time(account: &DesiredAccount, local: &str) -> Value {
    let zoned = local.parse::<jiff::civil::DateTime>().unwrap().to_zoned(account.zone.rules()).unwrap();
    Time::new(zoned.timestamp(), account.zone.clone()).into()
}

fn keyword(text: &str, matching: &str, bid: Option<Value>) -> (String, Value) {
    let bid = bid.map(|bid| ("bid", bid));
    let entry = [("text", Value::text(text)), ("match", Value::text(matching))].into_iter().chain(bid);
    (format!("{text}|{matching}"), Value::map(entry))
}

fn sitelink(text: &str, url: &str) -> (String, Value) {
    let lines = [("description1", Value::text("First line")), ("description2", Value::text("Second line"))];
    let entry = [("text", Value::text(text)), ("url", Value::text(url))].into_iter().chain(lines);
    (text.to_owned(), Value::map(entry))
}

/// A campaign with everything that Search knows, an ad group and an ad.
fn search(account: &mut DesiredAccount) {
    let hours = Value::map([
        ("Mon", Value::text_set(["08:00-12:15", "13:30-24:00"])),
        ("Sat", Value::text_set(["00:00-06:45"])),
    ]);
    let campaign = [
        ("displayName", Value::text("Brand search")),
        ("google.advertisingChannelType", Value::text("SEARCH")),
        ("google.networkSettings.targetSearchNetwork", Value::Bool(true)),
        ("google.finalUrlSuffix", Value::text("src=ads")),
        ("objective", Value::text("Traffic")),
        ("state", Value::text("Active")),
        ("budget.daily", money(account, 4000)),
        ("bidding.strategy", Value::text("ManualCpc")),
        ("bidding.bid", money(account, 120)),
        ("schedule.start", time(account, "2027-01-01T00:00:00")),
        ("schedule.end", time(account, "2027-03-31T23:59:59")),
        ("schedule.hours", hours),
        ("targeting.locations", Value::text_set(["ES-MD", "FR", "id:1005402"])),
        ("targeting.locationsExcluded", Value::text_set(["FR-IDF"])),
        ("targeting.languages", Value::text_set(["es", "zh-Hans"])),
        ("targeting.devices", Value::text_set(["Desktop", "Mobile"])),
        ("targeting.ages", Value::map([("min", Value::Integer(25)), ("max", Value::Integer(54))])),
        ("targeting.genders", Value::text_set(["Female"])),
        ("google.excludeUndetermined", Value::Bool(true)),
        ("negativeKeywords", Value::map([keyword("free", "Broad", None)])),
        (
            "sitelinks",
            Value::map([
                sitelink("Returns", "https://shop.example/returns"),
                sitelink("Stores", "https://shop.example/stores"),
            ]),
        ),
        ("callouts", Value::text_set(["Free delivery"])),
    ];
    put(account, "Campaign", "brand", None, &campaign);
    let bid = money(account, 90);
    let keywords =
        Value::map([keyword("Running Shoes", "Phrase", Some(bid)), keyword("boots", "Exact", None)]);
    let group = [
        ("state", Value::text("Active")),
        ("keywords", keywords),
        ("negativeKeywords", Value::map([keyword("cheap", "Exact", None)])),
    ];
    put(account, "AdGroup", "brand-es", Some(address("Campaign", "brand")), &group);
    ad(account, "brand-es", "hero");
}

fn ad(account: &mut DesiredAccount, group: &str, name: &str) {
    let pin = Value::map([("headline", Value::text("Run lighter")), ("position", Value::Integer(1))]);
    let utm =
        [("campaign", "{campaign.name}"), ("content", "{ad.name} & {adGroup.name}"), ("term", "{keyword}")];
    let fields = [
        ("displayName", Value::text(name)),
        ("state", Value::text("Active")),
        ("creative.headlines", Value::text_list(["Spring shoes", "Run lighter", "Free returns"])),
        ("creative.descriptions", Value::text_list(["Up to 30 % off this week.", "Delivered in two days."])),
        ("creative.landingPage", Value::text("https://shop.example/spring")),
        ("creative.google.pins", Value::List(vec![pin])),
        ("creative.google.path1", Value::text("spring")),
        ("creative.tracking.utm", Value::map(utm.map(|(key, text)| (key, Value::text(text))))),
    ];
    put(account, "Ad", &format!("{group}/{name}"), Some(address("AdGroup", group)), &fields);
}

/// Refines without findings and converges.
async fn converge(bench: &Bench<'_>, account: &DesiredAccount) -> ObservedAccount {
    let mut refined = account.clone();
    let found = bench.refine(&mut refined);
    assert!(found.iter().all(|found| !found.is_error()), "{found:#?}");
    bench.converge(&refined).await.1
}

fn marked(observed: &ObservedAccount) -> usize {
    observed.objects.iter().filter(|object| object.marker.is_some()).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_created_reads_back_in_every_currency() {
    let sandbox = sandbox().await;
    for of in [EUR, USD, JPY] {
        let adapter = adapter(&sandbox, of);
        let bench = Bench::new(adapter.as_ref());
        let mut account = account(of);
        search(&mut account);
        let daily = money(&account, 200);
        put(&mut account, "Budget", "shared", None, &[("shared.daily", daily)]);
        let observed = converge(&bench, &account).await;
        assert_eq!((observed.objects.len(), marked(&observed)), (4, 4));
        let running = observed.objects.iter().filter(|object| object.is_active()).count();
        assert_eq!(running, 3, "campaign, ad group and ad are enabled after their creation");
        let region = &observed.resolved["ES-MD"];
        assert_eq!(region.name, "Community of Madrid");
    }
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_strategy_reads_back_and_can_be_switched() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    let amount = || money(&self::account(EUR), 2);
    let roas = || Value::Decimal("3.5".parse().unwrap());
    let strategies: [(&str, Vec<(&str, Value)>); 7] = [
        ("MaximizeClicks", vec![("maxCpc", amount())]),
        ("MaximizeClicks", vec![]),
        ("TargetCpa", vec![("amount", amount())]),
        ("MaximizeConversions", vec![]),
        ("TargetRoas", vec![("roas", roas())]),
        ("MaximizeConversionValue", vec![]),
        (
            "TargetImpressionShare",
            vec![
                ("location", Value::text("TopOfPage")),
                ("share", Value::Decimal("65".parse().unwrap())),
                ("maxCpc", amount()),
            ],
        ),
    ];
    let boots = Value::map([keyword("boots", "Exact", None)]);
    set(&mut account, "AdGroup", "brand-es", "keywords", boots);
    for (strategy, values) in strategies {
        let campaign = object(&mut account, "Campaign", "brand");
        campaign.fields.retain(|path, _| !path.is_within("bidding"));
        campaign.clear.clear();
        set(&mut account, "Campaign", "brand", "bidding.strategy", Value::text(strategy));
        let silent = values.is_empty();
        for (key, value) in values {
            set(&mut account, "Campaign", "brand", &format!("bidding.{key}"), value);
        }
        if strategy == "MaximizeClicks" && silent {
            object(&mut account, "Campaign", "brand").clear.insert("bidding.maxCpc".into(), None);
        }
        let observed = converge(&bench, &account).await;
        let campaign = observed.objects.iter().find(|object| object.kind == Kind::Campaign).unwrap();
        assert_eq!(campaign.text("bidding.strategy"), Some(strategy));
        if silent {
            assert_eq!(campaign.value("bidding.maxCpc"), None);
            assert_eq!(campaign.value("bidding.amount"), None);
        }
    }
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_travel_in_place() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    let before = converge(&bench, &account).await;
    let raised = money(&account, 5000);
    for (path, value) in [
        ("displayName", Value::text("Brand search 2027")),
        ("state", Value::text("Paused")),
        ("budget.daily", raised),
        ("schedule.end", time(&account, "2027-04-30T23:59:59")),
        ("schedule.hours", Value::map([("Mon", Value::text_set(["08:00-14:00"]))])),
        ("targeting.locations", Value::text_set(["WORLD"])),
        ("targeting.locationsExcluded", Value::text_set(["ES-CT"])),
        ("targeting.languages", Value::set([])),
        ("targeting.devices", Value::text_set(["Mobile", "Tablet"])),
        ("targeting.genders", Value::text_set(["Female", "Male"])),
        ("google.excludeUndetermined", Value::Bool(false)),
        ("google.networkSettings.targetSearchNetwork", Value::Bool(false)),
        ("google.finalUrlSuffix", Value::text("src=search")),
        ("negativeKeywords", Value::map([keyword("free", "Exact", None)])),
        (
            "sitelinks",
            Value::map([
                sitelink("Returns", "https://shop.example/back"),
                sitelink("Help", "https://shop.example/help"),
            ]),
        ),
        ("callouts", Value::set([])),
    ] {
        set(&mut account, "Campaign", "brand", path, value);
    }
    let bid = money(&account, 70);
    let keywords = Value::map([keyword("boots", "Exact", Some(bid)), keyword("sandals", "Broad", None)]);
    set(&mut account, "AdGroup", "brand-es", "keywords", keywords);
    set(&mut account, "AdGroup", "brand-es", "displayName", Value::text("Spain"));
    set(
        &mut account,
        "Ad",
        "brand-es/hero",
        "creative.landingPage",
        Value::text("https://shop.example/summer"),
    );
    let texts = Value::text_list(["Summer shoes", "Run lighter", "Free returns", "New colours"]);
    set(&mut account, "Ad", "brand-es/hero", "creative.headlines", texts);
    let after = converge(&bench, &account).await;
    let ids = |observed: &ObservedAccount| -> Vec<ExternalId> {
        observed.objects.iter().map(|object| object.id.clone()).collect()
    };
    assert_eq!(ids(&before), ids(&after), "nothing was replaced");
    let campaign = after.objects.iter().find(|object| object.kind == Kind::Campaign).unwrap();
    assert_eq!(campaign.text("google.urlCustomParameters.cname"), Some("Brand search 2027"));

    // A keyword that comes back is enabled again, with its history.
    let bid = money(&account, 90);
    let back = Value::map([keyword("running shoes", "Phrase", Some(bid))]);
    set(&mut account, "AdGroup", "brand-es", "keywords", back);
    converge(&bench, &account).await;
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_are_shared_and_unshared_in_place() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    converge(&bench, &account).await;
    let daily = money(&account, 6000);
    put(&mut account, "Budget", "shared", None, &[("shared.daily", daily)]);
    let campaign = object(&mut account, "Campaign", "brand");
    campaign.fields.remove("budget.daily");
    campaign.budget = Some(address("Budget", "shared"));
    set(&mut account, "Campaign", "brand", "budget.ref", Value::text("shared"));
    let observed = converge(&bench, &account).await;
    let shared = observed.objects.iter().find(|object| object.kind == Kind::Budget).unwrap();
    assert_eq!(shared.text("displayName"), Some("shared"), "the marker is no part of the name people see");
    let campaign = observed.objects.iter().find(|object| object.kind == Kind::Campaign).unwrap();
    assert_eq!(campaign.budget.as_ref(), Some(&shared.id));

    let campaign = object(&mut account, "Campaign", "brand");
    campaign.fields.remove("budget.ref");
    campaign.budget = None;
    let own = money(&account, 3000);
    set(&mut account, "Campaign", "brand", "budget.daily", own);
    converge(&bench, &account).await;
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_kind_of_budget_replaces_the_campaign_with_all_below() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    let before = converge(&bench, &account).await;
    object(&mut account, "Campaign", "brand").fields.remove("budget.daily");
    let total = money(&account, 90_000);
    set(&mut account, "Campaign", "brand", "budget.total", total);
    let after = converge(&bench, &account).await;
    let running: Vec<&ExternalId> =
        after.objects.iter().filter(|object| object.is_active()).map(|object| &object.id).collect();
    assert_eq!(running.len(), 3);
    assert!(before.objects.iter().all(|object| !running.contains(&&object.id)), "the old ones are paused");
    assert_eq!(marked(&after), 6, "the old ones keep a marker of their own");
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_tree_leaves_the_others_alone() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    converge(&bench, &account).await;
    // A second project does not know the first one's name.
    let mut other = self::account(EUR);
    search(&mut other);
    for (index, name) in ["one", "two", "three"].into_iter().enumerate() {
        let mut campaign = object(&mut other, "Campaign", "brand").clone();
        campaign.address = address("Campaign", name);
        other.objects.insert(campaign.address.clone(), campaign);
        let shown = if index == 1 { "Brand search" } else { name };
        set(&mut other, "Campaign", name, "displayName", Value::text(shown));
    }
    other.objects.retain(|address, _| matches!(address.name.as_str(), "one" | "two" | "three"));
    bench.refine(&mut other);
    let observed = bench.observe(&other).await;
    let failures = bench.apply(&bench.plan(&other, &observed), &observed).await;
    let create: Vec<&(String, PlatformError)> =
        failures.iter().filter(|(_, error)| error.kind == ErrorKind::AlreadyExists).collect();
    assert_eq!(create.len(), 1, "{failures:#?}");
    assert_eq!(create[0].0, "campaign/two");
    assert_eq!(create[0].1.field.as_ref().map(FieldPath::as_str), Some("displayName"));
    let observed = bench.observe(&other).await;
    assert_eq!(observed.objects.iter().filter(|object| object.kind == Kind::Campaign).count(), 3);
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn removal_pauses_and_release_and_delete_do_as_said() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let mut bench = Bench::new(adapter.as_ref());
    bench.options.prune = true;
    let mut account = account(EUR);
    search(&mut account);
    let full = account.clone();
    converge(&bench, &account).await;
    account.objects.clear();
    let paused = converge(&bench, &account).await;
    assert!(paused.objects.iter().all(|object| !object.is_active()));
    assert_eq!(marked(&paused), 3, "paused objects keep their marker");
    converge(&bench, &full).await;
    account.deletion_policy = DeletionPolicy::Delete;
    let deleted = converge(&bench, &account).await;
    assert_eq!(deleted.objects.len(), 0);

    converge(&bench, &full).await;
    account.deletion_policy = DeletionPolicy::Orphan;
    let released = converge(&bench, &account).await;
    assert_eq!((released.objects.len(), marked(&released)), (3, 0));
    sandbox.shutdown().await.unwrap();
}

/// Creates through the sandbox's own door, as a person in the vendor's screens would.
async fn by_hand(sandbox: &RunningSandbox, operations: Json) -> Json {
    let url = format!("{}/google/v26/customers/1000000001/googleAds:mutate", sandbox.url());
    let response = reqwest::Client::new()
        .post(url)
        .header("authorization", "Bearer sandbox-token")
        .header("login-customer-id", "1000000000")
        .json(&json!({ "mutateOperations": operations }))
        .send()
        .await
        .unwrap();
    let status = response.status();
    let body: Json = response.json().await.unwrap();
    assert!(status.is_success(), "{body}");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn channels_without_creation_can_be_bound_paused_and_renamed() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    by_hand(
        &sandbox,
        json!([
            {"campaignBudgetOperation": {"create": {"resourceName": "customers/1000000001/campaignBudgets/-1",
                "amountMicros": "10000000", "explicitlyShared": false}}},
            {"campaignOperation": {"create": {"resourceName": "customers/1000000001/campaigns/-2", "name": "Gen",
                "advertisingChannelType": "DEMAND_GEN", "campaignBudget": "customers/1000000001/campaignBudgets/-1",
                "maximizeConversions": {}, "containsEuPoliticalAdvertising": "DOES_NOT_CONTAIN_EU_POLITICAL_ADVERTISING"}}},
            {"adGroupOperation": {"create": {"campaign": "customers/1000000001/campaigns/-2", "name": "All"}}},
        ]),
    )
    .await;
    let observed = adapter.observe(&ObserveRequest::default()).await.unwrap();
    let live = observed.objects.iter().find(|object| object.kind == Kind::Campaign).unwrap();
    assert!(live.is_active() && live.marker.is_none());
    let mut account = account(EUR);
    let fields = [
        ("displayName", Value::text("Generated demand")),
        ("google.advertisingChannelType", Value::text("DEMAND_GEN")),
        ("state", Value::text("Paused")),
        ("budget.daily", money(&account, 12)),
    ];
    put(&mut account, "Campaign", "gen", None, &fields);
    object(&mut account, "Campaign", "gen").external_id = Some(live.id.clone());
    let after = converge(&bench, &account).await;
    assert_eq!(marked(&after), 1, "a bound campaign is marked with its first change");
    let group = after.objects.iter().find(|object| object.kind == Kind::AdGroup).unwrap();
    assert_eq!(group.text("displayName"), Some("All"));
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_refreshed_and_managers_are_told_apart() {
    let sandbox = sandbox().await;
    let refresh = json!({"client_id": "sandbox-client", "client_secret": "sandbox-secret",
        "refresh_token": "sandbox-refresh"});
    let connect = |account, credentials: &Json| {
        adplane_platforms::connect(connection(&sandbox, account, credentials), HttpSettings::default())
            .unwrap()
    };
    let health = connect(USD, &refresh).health().await.unwrap();
    assert_eq!((health.facts.currency, health.facts.name.as_str()), (Currency::USD, "Sandbox USD"));
    assert_eq!(health.scopes, ["https://www.googleapis.com/auth/adwords"]);

    let mut revoked = refresh.clone();
    revoked["refresh_token"] = json!("gone");
    let error = connect(EUR, &revoked).facts().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);

    let error = connect(EUR, &json!({"access_token": "EXPIRED"})).facts().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(error.request_id.is_some());

    let error = connect(("1000000000", "EUR", "Europe/Madrid"), &refresh).facts().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unsupported);
    assert!(error.message.contains("manager account"));
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_account_signs_for_its_tokens() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let sandbox = sandbox().await;
    let key = reqwest::get(format!("{}/_sandbox/service-account", sandbox.url())).await.unwrap();
    let key: Json = key.json().await.unwrap();
    let connect = |key: &Json| {
        let credentials = json!({ "service_account": key });
        adplane_platforms::connect(connection(&sandbox, USD, &credentials), HttpSettings::default()).unwrap()
    };
    assert_eq!(connect(&key).health().await.unwrap().facts.currency, Currency::USD);

    let mut another = key.clone();
    another["client_email"] = json!("somebody@shop.example");
    let error = connect(&another).facts().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unauthenticated);
    assert!(error.message.contains("service account"), "{error}");
    sandbox.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_names_objects() {
    let sandbox = sandbox().await;
    let adapter = adapter(&sandbox, EUR);
    let bench = Bench::new(adapter.as_ref());
    let mut account = account(EUR);
    search(&mut account);
    let mut refined = account.clone();
    bench.refine(&mut refined);
    let (plan, observed) = bench.converge(&refined).await;
    assert!(plan.changes.iter().all(|change| change.action == Action::Create));
    let clock: Json =
        reqwest::get(format!("{}/_sandbox/clock", sandbox.url())).await.unwrap().json().await.unwrap();
    let now: jiff::Timestamp = clock["now"].as_str().unwrap().parse().unwrap();
    reqwest::Client::new()
        .post(format!("{}/_sandbox/clock", sandbox.url()))
        .json(&json!({"advance": "10m"}))
        .send()
        .await
        .unwrap();
    let events = adapter.history(now - jiff::SignedDuration::from_hours(24)).await.unwrap();
    let ids: Vec<&ExternalId> = events.iter().map(|event| &event.id).collect();
    for object in &observed.objects {
        assert!(ids.contains(&&object.id), "{} is not in {events:#?}", object.id);
    }
    sandbox.shutdown().await.unwrap();
}
