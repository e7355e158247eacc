//! One account that refines without a finding, and deviations from it, each with the reason it is refused.

use std::collections::BTreeMap;

use adplane_core::address::{AccountKey, Address, Kind, Platform};
use adplane_core::asset::Assets;
use adplane_core::desired::{Connection, DeletionPolicy, DesiredAccount, DesiredObject, Management};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, FieldSource, Fields};
use adplane_core::ids::{AccountId, AdName, ExternalId, Namespace, ObjectName};
use adplane_core::money::{Currency, Money};
use adplane_core::time::Zone;
use adplane_core::value::Value;

use super::refine;

mod objectives;

fn money(text: &str) -> Value {
    Value::Money(text.parse::<Money>().unwrap())
}

fn set(members: &[&str]) -> Value {
    Value::text_set(members)
}

fn ages(min: i64, max: Option<i64>) -> Value {
    let max = max.map(|max| ("max", Value::Integer(max)));
    Value::map([("min", Value::Integer(min))].into_iter().chain(max))
}

fn fields(entries: &[(&str, Value)]) -> Fields {
    entries.iter().map(|(path, value)| ((*path).into(), Field::declared(value.clone(), None))).collect()
}

/// An account with one campaign, one ad group and one ad.
struct Example {
    account: DesiredAccount,
}

impl Example {
    fn traffic() -> Self {
        Self::new("Traffic", None)
    }

    fn sales() -> Self {
        Self::new("Sales", Some("Purchase"))
    }

    fn new(objective: &str, goal: Option<&str>) -> Self {
        let mut example = Self { account: account(Currency::EUR) };
        example.add(
            Kind::Campaign,
            "spring",
            &[
                ("objective", Value::text(objective)),
                ("budget.daily", money("120.00 EUR")),
                ("targeting.locations", set(&["ES"])),
                ("targeting.ages", ages(18, None)),
            ],
        );
        let goal: Vec<_> = goal.map(|goal| ("optimization.goal", Value::text(goal))).into_iter().collect();
        example.add(Kind::AdGroup, "women", &goal);
        example.add(
            Kind::Ad,
            "hero",
            &[
                ("creative.primaryTexts", Value::text_list(["Run"])),
                ("creative.images", Value::text_list(["id:cover"])),
                ("creative.videos", Value::text_list(["id:video"])),
                ("creative.callToAction", Value::text("ShopNow")),
                ("creative.landingPage", Value::text("https://shop.example/")),
            ],
        );
        example
    }

    fn add(&mut self, kind: Kind, name: &str, entries: &[(&str, Value)]) {
        let address = address(kind, name);
        let mut object = DesiredObject::new(address.clone());
        object.parent = match kind {
            Kind::Ad => Some(self::address(Kind::AdGroup, "women")),
            Kind::AdGroup => Some(self::address(Kind::Campaign, "spring")),
            Kind::Campaign | Kind::Budget => None,
        };
        object.fields = fields(entries);
        self.account.objects.insert(address, object);
    }

    fn with(mut self, kind: Kind, path: &str, value: impl Into<Value>) -> Self {
        let field = Field::declared(value, None);
        self.object_mut(kind).fields.insert(path.into(), field);
        self
    }

    fn without(mut self, kind: Kind, path: &str) -> Self {
        self.object_mut(kind).fields.remove(path);
        self
    }

    fn bound(mut self) -> Self {
        for object in self.account.objects.values_mut() {
            object.external_id = Some(ExternalId::new("1").unwrap());
        }
        self
    }

    fn object_mut(&mut self, kind: Kind) -> &mut DesiredObject {
        self.account.objects.values_mut().find(|object| object.address.kind == kind).unwrap()
    }

    fn refined(mut self) -> (DesiredAccount, Vec<Diagnostic>) {
        let findings = refine(&mut self.account, &Assets::default());
        (self.account, findings)
    }

    fn value(self, kind: Kind, path: &str) -> Option<Value> {
        let (account, _) = self.refined();
        account.objects.values().find(|object| object.address.kind == kind)?.value(path).cloned()
    }

    /// Codes of all findings.
    #[track_caller]
    fn check(self, codes: &[&str]) {
        let (_, findings) = self.refined();
        let found: Vec<&str> = findings.iter().map(|finding| finding.code.as_ref()).collect();
        assert_eq!(found, codes, "{findings:#?}");
        for finding in findings.iter().filter(|finding| finding.is_error()) {
            assert!(
                finding.field.is_some() && finding.address.is_some() && finding.hint.is_some(),
                "{finding:#?}"
            );
        }
    }
}

fn account(currency: Currency) -> DesiredAccount {
    DesiredAccount {
        key: AccountKey {
            namespace: Namespace::new("growth").unwrap(),
            name: ObjectName::new("tiktok").unwrap(),
        },
        platform: Platform::TikTok,
        account_id: AccountId::new("7000000000000000001").unwrap(),
        currency,
        zone: Zone::parse("Europe/Madrid").unwrap(),
        management: Management::Manage,
        deletion_policy: DeletionPolicy::Pause,
        connection: Connection::default(),
        fields: fields(&[
            ("defaults.pixel", Value::text("1122")),
            ("defaults.identity.tiktok.identity_type", Value::text("TT_USER")),
            ("defaults.identity.tiktok.identity_id", Value::text("222")),
        ]),
        objects: BTreeMap::new(),
        origin: None,
    }
}

fn address(kind: Kind, name: &str) -> Address {
    Address {
        platform: Platform::TikTok,
        account: ObjectName::new("tiktok").unwrap(),
        kind,
        namespace: Namespace::new("growth").unwrap(),
        name: ObjectName::new(if kind == Kind::Ad { "women" } else { name }).unwrap(),
        ad: (kind == Kind::Ad).then(|| AdName::new(name).unwrap()),
    }
}

use Kind::{Ad, AdGroup, Campaign};

const UTM: &str = "creative.tracking.utm";
const BUSINESS: &str = "creative.identity.tiktok.identity_authorized_bc_id";
const AUTOMATION: &str = "tiktok.campaign_automation_type";

#[test]
fn the_examples_are_fine() {
    Example::traffic().check(&[]);
    Example::sales().check(&[]);
    Example::new("Awareness", None).check(&[]);
    Example::new("Awareness", None).with(Campaign, "tiktok.objective_type", "VIDEO_VIEWS").check(&[]);
}

#[test]
fn lanes_and_narrow_defaults_are_shown() {
    let shown = |example: Example, kind, path: &str| example.value(kind, path).map(|value| value.to_string());
    assert_eq!(shown(Example::traffic(), Campaign, "tiktok.lane").as_deref(), Some("Manual"));
    assert_eq!(shown(Example::sales(), Ad, "tiktok.lane").as_deref(), Some("Smart+"));
    assert_eq!(shown(Example::traffic(), AdGroup, "tiktok.placements").as_deref(), Some("PLACEMENT_TIKTOK"));
    assert_eq!(
        shown(Example::sales(), AdGroup, "tiktok.targeting_optimization_mode").as_deref(),
        Some("AUTOMATIC")
    );
    let narrowed = Example::sales().with(AdGroup, "targeting.genders", set(&["Male"]));
    assert_eq!(shown(narrowed, AdGroup, "tiktok.targeting_optimization_mode").as_deref(), Some("MANUAL"));
    for (example, mode) in [
        (Example::traffic(), "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"),
        (Example::new("Awareness", None), "BUDGET_MODE_DAY"),
        (Example::sales(), "BUDGET_MODE_DYNAMIC_DAILY_BUDGET"),
    ] {
        assert_eq!(shown(example, Campaign, "tiktok.budget_mode").as_deref(), Some(mode));
    }
}

#[test]
fn the_campaign_hands_down_and_the_ad_group_wins() {
    let (account, _) = Example::traffic().with(AdGroup, "targeting.ages", ages(25, Some(34))).refined();
    let group = &account.objects[&address(AdGroup, "women")];
    assert_eq!(group.fields["targeting.locations"].source, FieldSource::Inherited);
    assert_eq!(group.value("targeting.ages"), Some(&ages(25, Some(34))));
    let campaign = &account.objects[&address(Campaign, "spring")];
    assert!(campaign.below("targeting").next().is_none());
    assert_eq!(campaign.value("tiktok.budget_optimize_on"), Some(&Value::Bool(true)));
}

#[test]
fn objectives() {
    let closed = |word: &str| Example::new(word, None).with(Campaign, AUTOMATION, "MANUAL");
    for objective in ["Leads", "AppPromotion", "Sales"] {
        closed(objective).check(&["objective-not-creatable", "lane-closed", "lane-closed"]);
        closed(objective).bound().check(&[]);
        let lane = closed(objective).value(Campaign, "tiktok.lane");
        assert_eq!(lane, Some(Value::text("Manual")), "{objective}");
    }
    let catalog = Example::sales().with(Campaign, "tiktok.objective_type", "PRODUCT_SALES");
    let (_, findings) = catalog.refined();
    assert_eq!(findings[0].code, "objective-not-creatable");
    assert!(findings[0].hint.as_deref().unwrap().contains("catalog_enabled: true"), "{findings:#?}");
    Example::traffic().with(Campaign, "tiktok.objective_type", "REACH").check(&["objective-mismatch"]);
    Example::traffic().without(Campaign, "objective").check(&["objective-missing"]);
    Example::traffic().with(Campaign, "tiktok.objective_type", "TRAFFIC").check(&[]);
    let elsewhere = Example::traffic().with(Campaign, "tiktok.app_promotion_type", "APP_INSTALL");
    elsewhere.check(&["not-with-this-objective"]);
    Example::sales().with(Campaign, "tiktok.sales_destination", "APP").check(&["unknown-word"]);
}

#[test]
fn budgets() {
    let daily = |amount: &str| Example::traffic().with(Campaign, "budget.daily", money(amount));
    daily("49.99 EUR").check(&["budget-below-minimum"]);
    daily("50.00 EUR").check(&["budget-at-minimum"]);
    daily("50.01 EUR").check(&[]);
    daily("120.00 USD").check(&["currency-mismatch"]);
    daily("10.00 EUR").bound().check(&[]);
    Example::traffic().with(AdGroup, "budget.daily", money("30.00 EUR")).check(&["budget-on-both-levels"]);
    Example::traffic().without(Campaign, "budget.daily").check(&["budget-missing"]);
    Example::traffic()
        .without(Campaign, "budget.daily")
        .with(AdGroup, "budget.daily", money("21.00 EUR"))
        .check(&[]);
    Example::traffic()
        .without(Campaign, "budget.daily")
        .with(Campaign, "budget.total", money("500.00 EUR"))
        .check(&["total-needs-end"]);
    Example::traffic()
        .with(Campaign, "tiktok.budget_optimize_on", false)
        .check(&["budget-level-contradicted"]);
    let mut forints = Example::traffic().with(Campaign, "budget.daily", money("50000.50 HUF"));
    forints.account.currency = Currency::parse("HUF").unwrap();
    forints.check(&["amount-too-fine"]);
}

#[test]
fn ages_name_the_nearest() {
    let (_, findings) = Example::traffic().with(AdGroup, "targeting.ages", ages(25, Some(40))).refined();
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!(finding.message, "TikTok has age groups 25–34, 35–44, which these ages cut through");
    assert_eq!(finding.hint.as_deref(), Some("write `{min: 25, max: 44}` or `{min: 25, max: 34}`"));
    Example::traffic().without(Campaign, "targeting.ages").check(&["ages-absent"]);
}

#[test]
fn places() {
    let places = |members: &[&str]| Example::traffic().with(Campaign, "targeting.locations", set(members));
    places(&["WORLD"]).check(&["world-not-on-tiktok"]);
    places(&["XX"]).check(&["unknown-country"]);
    places(&["FR", "FR-IDF"]).check(&["place-inside-place"]);
    places(&[]).check(&["locations-count"]);
    Example::traffic().without(Campaign, "targeting.locations").check(&["locations-missing"]);
    let spain = places(&["id:2510769", "id:3336901"]).value(AdGroup, "targeting.locations");
    assert_eq!(spain, Some(set(&["ES", "id:3336901"])));
    Example::traffic().with(AdGroup, "targeting.locationsExcluded", set(&["PT"])).check(&["not-on-tiktok"]);
}

#[test]
fn goals_and_pixels() {
    Example::traffic().with(AdGroup, "optimization.goal", "Purchase").check(&["goal-not-possible"]);
    Example::sales().without(AdGroup, "optimization.goal").check(&["goal-missing"]);
    Example::traffic().with(AdGroup, "optimization.pixel", "1").check(&["pixel-not-possible"]);
    Example::sales().with(AdGroup, "optimization.pixel", "CODE").check(&["pixel-not-numeric"]);
    let mut nobody = Example::sales();
    nobody.account.fields.remove("defaults.pixel");
    nobody.check(&["pixel-missing"]);
}

#[test]
fn bids() {
    let strategy = |word: &str| Example::traffic().with(Campaign, "bidding.strategy", word);
    for refused in ["BidCap", "MaximizeClicks", "TargetCpa", "MinRoas", "ManualCpc"] {
        strategy(refused).check(&["strategy-not-on-tiktok"]);
    }
    strategy("CostCap").check(&["bid-missing"]);
    strategy("CostCap").with(Campaign, "bidding.amount", money("1.00 EUR")).check(&[]);
    strategy("LowestCost")
        .with(Campaign, "bidding.amount", money("1.00 EUR"))
        .check(&["bid-without-strategy"]);
}

#[test]
fn smart_plus_siblings_agree() {
    let mut example = Example::sales();
    example.add(AdGroup, "zz-men", &[("optimization.goal", Value::text("AddToCart"))]);
    let (_, findings) = example.refined();
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!(finding.code, "siblings-differ");
    assert!(
        finding.message.contains("AddToCart") && finding.message.contains("women"),
        "{}",
        finding.message
    );
}

#[test]
fn hours() {
    let hours = |span: &str| Value::map([("Mon", set(&[span]))]);
    Example::traffic().with(Campaign, "schedule.hours", hours("08:15-20:00")).check(&["hours-off-grid"]);
    Example::traffic().with(Campaign, "schedule.hours", Value::map::<&str>([])).check(&["hours-never"]);
}

#[test]
fn creatives() {
    let one = |path: &str, value: Value| Example::traffic().with(Ad, path, value);
    one("creative.headlines", Value::text_list(["a"])).check(&["unused-on-tiktok"]);
    one("creative.primaryTexts", Value::text_list(["a", "b"])).check(&["texts-unused"]);
    one("creative.primaryTexts", Value::text_list(["x".repeat(101)])).check(&["text-length"]);
    one("creative.primaryTexts", Value::text_list(["春".repeat(51)])).check(&["text-length"]);
    one("creative.primaryTexts", Value::text_list(["Sale 🎉"])).check(&["emoji-in-text"]);
    one("creative.callToAction", Value::text("BuyNow")).check(&["call-to-action-not-on-tiktok"]);
    one("creative.landingPage", Value::text("shop.example")).check(&["landing-page"]);
    one("creative.videos", Value::text_list(["youtube:abc"])).check(&["youtube-not-on-tiktok"]);
    one("creative.videos", Value::text_list(["id:a", "id:b"])).check(&["too-many-videos"]);
    Example::traffic().without(Ad, "creative.images").check(&["cover-missing"]);
    Example::traffic().without(Ad, "creative.landingPage").check(&["landing-page-missing"]);
    Example::new("Awareness", None).without(Ad, "creative.landingPage").check(&[]);
    Example::traffic().without(Ad, "creative.videos").check(&[]);
    Example::sales().without(Ad, "creative.videos").check(&["image-not-in-smart-plus"]);
    Example::sales()
        .with(Ad, "creative.identity.tiktok.identity_type", "CUSTOMIZED_USER")
        .check(&["identity-missing"]);
}

#[test]
fn tracking_has_one_form() {
    let utm = |pairs: &[(&str, &str)]| {
        Value::map(pairs.iter().map(|(key, value)| (*key, Value::text(value))).collect::<Vec<_>>())
    };
    let written = utm(&[("source", "{source}"), ("campaign", "{campaign.name}-{ad.id}")]);
    let example = Example::traffic().with(Ad, UTM, written);
    assert_eq!(example.value(Ad, UTM), Some(utm(&[("campaign", "spring-{ad.id}")])));
    let in_page = Example::traffic()
        .with(Ad, "creative.landingPage", "https://shop.example/?a=1&utm_campaign=x")
        .refined()
        .0;
    let ad = in_page.objects.values().find(|object| object.address.kind == Ad).unwrap();
    assert_eq!(ad.text("creative.landingPage"), Some("https://shop.example/?a=1"));
    assert_eq!(ad.value(UTM), Some(&utm(&[("campaign", "x")])));
    Example::traffic().with(Ad, UTM, utm(&[("term", "{keyword}")])).check(&["unknown-placeholder"]);
}

#[test]
fn names() {
    let named = |name: &str| Example::traffic().with(Campaign, "displayName", name);
    named(&"x".repeat(494)).check(&["name-too-long"]);
    named("Sale 🎉").check(&["emoji-in-name"]);
    named("Sale ~abcdef.ghijklmnop").check(&["marker-in-name"]);
}

#[test]
fn bound_objects_are_not_held_to_rules_of_creation() {
    Example::sales()
        .without(Ad, "creative.primaryTexts")
        .without(AdGroup, "optimization.goal")
        .without(Campaign, "budget.daily")
        .bound()
        .check(&[]);
}
