use std::path::PathBuf;

use adplane_core::address::AccountKey;
use adplane_core::field::{FieldPath, FieldSource};
use adplane_core::schema::{FieldSchema, KindSchema};
use adplane_core::value::Value;
use proptest::prelude::*;

use super::*;
use crate::load::{LoadRequest, load};
use crate::lower::lower;

const ACCOUNT: &str = "apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: meta-eu, namespace: growth}
spec: {platform: Meta, accountId: act_1, currency: EUR, timeZone: Europe/Madrid}
";

static SCHEMA: PlatformSchema = PlatformSchema {
    platform: Platform::Meta,
    amount_step: adplane_core::money::Currency::minor_unit_micros,
    kinds: &[KindSchema {
        kind: Kind::AdGroup,
        fields: &[FieldSchema::new("targeting.genders").vendor_default("Female, Male")],
        exclusive: &[],
        lost_with_it: "history",
    }],
    marker_in_name: false,
    over_delivery: &[],
    edit_limits: &[],
    new_ad_relearns: None,
    pause_relearns: None,
    metrics: &[],
    restated_days: 0,
};

fn object(kind: Kind, id: &str, parent: Option<&str>, fields: &[(&str, Value)]) -> ObservedObject {
    let mut object = ObservedObject::new(kind, ExternalId::new(id).unwrap());
    object.parent = parent.map(|parent| ExternalId::new(parent).unwrap());
    object.fields = fields.iter().map(|(path, value)| (FieldPath::new(path), value.clone())).collect();
    object
}

fn money(text: &str) -> Value {
    Value::Money(text.parse().unwrap())
}

fn time(text: &str) -> Value {
    Value::Time(text.parse().unwrap())
}

/// The account as lowered from its own document.
fn account(folder: &std::path::Path) -> DesiredAccount {
    std::fs::write(folder.join("account.yaml"), ACCOUNT).unwrap();
    let loaded = load(&LoadRequest { cwd: folder.to_owned(), ..LoadRequest::default() });
    lower(&loaded).desired.accounts.into_values().next().unwrap()
}

fn raised(folder: &std::path::Path, objects: Vec<ObservedObject>) -> Raised {
    let observed = ObservedAccount { objects, ..ObservedAccount::default() };
    let assets = BTreeMap::new();
    let taken = BTreeSet::from([(DocumentKind::AdGroup, "women".to_owned())]);
    raise(&RaiseRequest {
        account: &account(folder),
        observed: &observed,
        schema: &SCHEMA,
        assets: &assets,
        taken: &taken,
    })
}

fn spring() -> Vec<ObservedObject> {
    let group = |id: &str, name: &str| {
        object(
            Kind::AdGroup,
            id,
            Some("1"),
            &[
                ("displayName", Value::text(name)),
                ("state", Value::text("Active")),
                ("schedule.start", time("2026-03-01T00:00:00+01:00[Europe/Madrid]")),
                ("schedule.end", time("2026-03-31T23:59:59+02:00[Europe/Madrid]")),
                (
                    "schedule.hours",
                    Value::map([
                        ("Mon", Value::text_set(["08:00-20:00"])),
                        ("Fri", Value::text_set(["08:00-20:00"])),
                    ]),
                ),
                ("targeting.locations", Value::text_set(["NO", "ES"])),
                ("targeting.ages", Value::map([("min", Value::Integer(25)), ("max", Value::Integer(44))])),
                (
                    "targeting.genders",
                    if id == "11" {
                        Value::text_set(["Female"])
                    } else {
                        Value::text_set(["Female", "Male"])
                    },
                ),
                ("optimization.goal", Value::text("Purchase")),
            ],
        )
    };
    let ad = |id: &str, parent: &str, name: &str| {
        object(
            Kind::Ad,
            id,
            Some(parent),
            &[
                ("displayName", Value::text(name)),
                ("state", Value::text("Paused")),
                ("meta.conversion_domain", Value::text("shop.example")),
                (
                    "creative.meta.degrees_of_freedom_spec.creative_features_spec.text_translation.enroll_status",
                    Value::text("OPT_IN"),
                ),
                ("creative.headlines", Value::text_list(["Corre más: ligero", "yes"])),
                ("creative.images", Value::text_list(["id:77"])),
                ("creative.landingPage", Value::text("https://shop.example/spring")),
                ("creative.tracking.utm", Value::map([("campaign", Value::text("{campaign.name}"))])),
            ],
        )
    };
    vec![
        object(
            Kind::Campaign,
            "1",
            None,
            &[
                ("displayName", Value::text("Spring Sale 2026")),
                ("objective", Value::text("Sales")),
                ("state", Value::text("Active")),
                ("budget.daily", money("120 EUR")),
                ("specialAdCategories", Value::set([])),
                ("bidding.strategy", Value::text("MinRoas")),
                ("bidding.roas", Value::Decimal("3.5".parse().unwrap())),
            ],
        ),
        group("11", "Women"),
        group("12", "Everybody"),
        ad("111", "11", "Hero"),
        ad("121", "12", "Hero"),
        ad("122", "12", "Hero"),
    ]
}

#[test]
fn an_account_reads_as_a_person_wrote_it() {
    let folder = tempfile::tempdir().unwrap();
    let raised = raised(folder.path(), spring());
    assert_eq!(raised.diagnostics, []);
    let all: Vec<String> =
        raised.files.iter().map(|file| format!("==> {}\n{}", file.path, file.text)).collect();
    let all = all.concat();
    insta::assert_snapshot!(all);
}

/// Writes raised files beside the account, reads them back, and returns what each live object is wanted to
/// be, with values of campaigns copied down.
fn read_back(folder: &std::path::Path, raised: &Raised) -> Result<BTreeMap<String, Values>, String> {
    for file in &raised.files {
        let path = folder.join("meta-eu").join(PathBuf::from(&file.path));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &file.text).unwrap();
    }
    let loaded = load(&LoadRequest { cwd: folder.to_owned(), ..LoadRequest::default() });
    let lowered = lower(&loaded);
    let problems: Vec<_> =
        loaded.diagnostics.iter().chain(&lowered.diagnostics).filter(|found| found.is_error()).collect();
    if !problems.is_empty() {
        return Err(format!("{problems:#?}\n{:#?}", raised.files));
    }
    let account = lowered.desired.accounts.values().next().unwrap();
    let mut found = BTreeMap::new();
    for object in account.objects.values() {
        let mut values: Values = BTreeMap::new();
        if let (Kind::AdGroup, Some(parent)) = (object.address.kind, &object.parent) {
            let inherited = account.objects[parent]
                .fields
                .iter()
                .filter(|(path, _)| ["targeting", "schedule"].iter().any(|prefix| path.is_within(prefix)));
            values.extend(inherited.map(|(path, field)| (path.clone(), field.value.clone())));
        }
        let own = object.fields.iter().filter(|(_, field)| field.source == FieldSource::Declared);
        values.extend(own.map(|(path, field)| (path.clone(), field.value.clone())));
        if object.address.kind == Kind::Campaign {
            values.retain(|path, _| !path.is_within("targeting") && !path.is_within("schedule"));
        }
        found.insert(object.external_id.as_ref().unwrap().to_string(), values);
    }
    Ok(found)
}

fn observed_values(objects: &[ObservedObject]) -> BTreeMap<String, Values> {
    objects
        .iter()
        .map(|object| {
            let mut fields = object.fields.clone();
            fields.retain(|path, value| {
                path.as_str() != "targeting.genders" || value.to_string() != "Female, Male"
            });
            (object.id.to_string(), fields)
        })
        .collect()
}

#[test]
fn what_was_raised_is_what_was_observed() {
    let folder = tempfile::tempdir().unwrap();
    let objects = spring();
    let expected = observed_values(&objects);
    let raised = raised(folder.path(), objects);
    assert_eq!(read_back(folder.path(), &raised).unwrap(), expected);
}

#[test]
fn what_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let digest = format!("sha256:{}", "ab".repeat(32));
    let mut objects = vec![
        object(
            Kind::Campaign,
            "1",
            None,
            &[("budget.ref", Value::text("id:9")), ("meta.unheard_of", Value::text("x"))],
        ),
        object(Kind::AdGroup, "2", Some("1"), &[("displayName", Value::text("G"))]),
        object(Kind::Ad, "3", Some("2"), &[("creative.images", Value::text_list([digest]))]),
    ];
    objects[1].unexpressed = vec!["behaviors".to_owned(), "a rule\nspec: {}".to_owned()];
    objects[2].unexpressed = vec!["photo_data".to_owned()];
    let raised = raised(folder.path(), objects);
    let codes: Vec<&str> = raised.diagnostics.iter().map(|found| &*found.code).collect();
    assert_eq!(codes, ["raise-budget", "raise-unknown-field", "raise-asset"]);
    let comments: Vec<&str> = raised
        .files
        .iter()
        .flat_map(|file| file.text.lines().filter(|line| line.starts_with("# Kept")))
        .collect();
    assert_eq!(
        comments,
        [
            "# Kept on the platform, not managed here: meta.unheard_of",
            "# Kept on the platform, not managed here: behaviors; a rule spec: {}",
            "# Kept on the platform, not managed here of ad rsa-3: photo_data",
            "# Kept on the platform, not managed here: images",
        ]
    );
    assert_eq!(read_back(folder.path(), &raised).map(|found| found.len()), Ok(3));
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9 é:#{},'\"_-]{0,20}[a-z0-9]", "yes|no|NO|1e3|2026-03-01|null|~|012|on"]
}

fn group_fields() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let words = |words: &'static [&'static str]| {
        prop::sample::subsequence(words, 1..=words.len()).prop_map(Value::text_set)
    };
    (
        text(),
        prop::option::of(words(&["ES", "FR-IDF", "NO", "id:123"])),
        prop::option::of(words(&["es", "nb", "zh-Hans"])),
        prop::option::of((13_i64..40, 41_i64..65)),
        prop::option::of(prop::collection::btree_map(
            0_usize..7,
            words(&["00:00-02:00", "08:00-12:30", "20:00-24:00"]),
            1..4,
        )),
        prop::option::of(0_i64..100_000),
        prop::option::of(words(&["2384", "0099"])),
    )
        .prop_map(|(name, locations, languages, ages, hours, start, audiences)| {
            let mut fields = vec![("displayName", Value::text(name))];
            let mut add = |path, value: Option<Value>| fields.extend(value.map(|value| (path, value)));
            add("targeting.locations", locations);
            add("targeting.languages", languages);
            add("targeting.audiences.include", audiences);
            add(
                "targeting.ages",
                ages.map(|(min, max)| {
                    Value::map([("min", Value::Integer(min)), ("max", Value::Integer(max))])
                }),
            );
            add(
                "schedule.hours",
                hours.map(|days| {
                    Value::map(
                        days.into_iter().map(|(day, spans)| {
                            (["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][day], spans)
                        }),
                    )
                }),
            );
            add(
                "schedule.start",
                start.map(|minutes| {
                    let at = jiff::Timestamp::from_second(1_767_222_000 + minutes * 60).unwrap();
                    Value::Time(adplane_core::time::Time::new(
                        at,
                        adplane_core::time::Zone::parse("Europe/Madrid").unwrap(),
                    ))
                }),
            );
            fields
        })
}

fn ad_fields() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    (text(), prop::collection::vec(text(), 0..3), prop::bool::ANY, prop::option::of(text())).prop_map(
        |(name, headlines, active, utm)| {
            let mut fields = vec![
                ("displayName", Value::text(name)),
                ("state", Value::text(if active { "Active" } else { "Paused" })),
                ("creative.headlines", Value::text_list(headlines)),
            ];
            fields.extend(
                utm.map(|utm| ("creative.tracking.utm", Value::map([("content", Value::text(utm))]))),
            );
            fields
        },
    )
}

proptest! {
    // Each case writes and reads files, so fewer run than of other properties.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 8))]

    /// Reading back what was raised gives what was observed.
    #[test]
    fn raise_then_lower_changes_nothing(
        name in text(),
        cents in 1_i64..10_000_000,
        groups in prop::collection::vec((group_fields(), prop::collection::vec(ad_fields(), 0..3)), 0..4),
    ) {
        let daily = adplane_core::money::Money::from_micros(cents * 10_000, adplane_core::money::Currency::EUR);
        let mut objects = vec![object(Kind::Campaign, "c", None, &[
            ("displayName", Value::text(name)),
            ("budget.daily", Value::Money(daily)),
        ])];
        for (index, (fields, ads)) in groups.iter().enumerate() {
            let id = format!("g{index}");
            objects.push(object(Kind::AdGroup, &id, Some("c"), fields));
            for (number, fields) in ads.iter().enumerate() {
                objects.push(object(Kind::Ad, &format!("a{index}.{number}"), Some(&id), fields));
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let expected = observed_values(&objects);
        let raised = raised(folder.path(), objects);
        prop_assert_eq!(&raised.diagnostics, &[]);
        let found = read_back(folder.path(), &raised).map_err(TestCaseError::fail)?;
        prop_assert_eq!(found, expected);
    }
}

#[test]
fn shared_budgets_are_documents() {
    let folder = tempfile::tempdir().unwrap();
    let mut campaign = object(
        Kind::Campaign,
        "1",
        None,
        &[("displayName", Value::text("Brand")), ("budget.ref", Value::text("id:9"))],
    );
    campaign.budget = Some(ExternalId::new("9").unwrap());
    let budget = object(
        Kind::Budget,
        "9",
        None,
        &[("displayName", Value::text("Brand shared")), ("shared.daily", money("200 EUR"))],
    );
    let raised = raised(folder.path(), vec![campaign, budget]);
    read_back(folder.path(), &raised).unwrap();
    assert!(
        raised
            .files
            .iter()
            .any(|file| file.path == "budgets.yaml" && file.text.contains("daily: 200.00 EUR"))
    );
    assert!(raised.files.iter().any(|file| file.text.contains("budget: {ref: brand-shared}")));
    let key =
        AccountKey { namespace: account(folder.path()).key.namespace, name: account(folder.path()).key.name };
    assert_eq!(key.to_string(), "growth/meta-eu");
}
