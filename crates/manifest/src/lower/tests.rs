use std::path::PathBuf;

use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::field::FieldSource;
use adplane_core::value::Value;

use super::*;
use crate::load::{LoadRequest, load};

/// A folder of files, loaded and lowered.
pub(crate) struct Case {
    pub(crate) loaded: Loaded,
    pub(crate) lowered: Lowered,
    _folder: tempfile::TempDir,
}

impl Case {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let request = LoadRequest {
            cwd: folder.path().to_owned(),
            paths: vec![PathBuf::from(".")],
            ..LoadRequest::default()
        };
        let loaded = load(&request);
        let lowered = lower(&loaded);
        Self { loaded, lowered, _folder: folder }
    }

    pub(crate) fn diagnostics(&self) -> Vec<Diagnostic> {
        let mut all = self.loaded.diagnostics.clone();
        all.extend(self.lowered.diagnostics.clone());
        sort(&mut all);
        all
    }

    /// What is underlined and the code, of everything worse than a remark.
    pub(crate) fn found(&self) -> Vec<String> {
        self.diagnostics()
            .iter()
            .filter(|found| found.severity != Severity::Info)
            .map(|found| match &found.origin {
                Some(origin) => {
                    let text = self.loaded.source(&origin.file).unwrap();
                    format!("{} {}", crate::load::tests::marked(text, found), found.code)
                }
                None => found.code.to_string(),
            })
            .collect()
    }
}

pub(crate) const ACCOUNT: &str = "apiVersion: adplane.io/v1alpha1
kind: AdAccount
metadata: {name: meta-eu, namespace: growth}
spec:
  platform: Meta
  accountId: act_1234567890
  currency: EUR
  timeZone: Europe/Madrid
  credentials: {env: META_EU}
  deletionPolicy: Orphan
  compliance: {euPoliticalAds: false, dsa: {beneficiary: Shop Ltd, payor: Shop Ltd}}
  defaults: {pixel: \"1122334455\", identity: {meta: {page: \"111\"}}}
";

const CAMPAIGN: &str = "apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: spring-sale, namespace: growth, labels: {team: growth}}
spec:
  account: meta-eu
  displayName: Spring sale 2026
  objective: Sales
  state: Active
  budget: {daily: 120.00 EUR}
  schedule: {start: \"2026-03-01\", end: \"2026-03-31\", hours: [{days: [Mon, Fri], from: \"08:00\", to: \"20:00\"}]}
  bidding: {strategy: CostCap, amount: 18.00 EUR}
  targeting: {locations: [ES, FR-IDF], languages: [es]}
  specialAdCategories: []
";

const GROUP: &str = "apiVersion: adplane.io/v1alpha1
kind: AdGroup
metadata: {name: spring-sale-es, namespace: growth}
spec:
  campaign: spring-sale
  state: Active
  targeting:
    ages: {min: 25, max: 44}
    genders: [Female]
    audiences: {include: [\"2384\"]}
  optimization: {goal: Purchase}
  keywords: [{text: Running Shoes, match: Phrase}]
  ads: [{name: hero, creative: hero-es, state: Active}]
---
apiVersion: adplane.io/v1alpha1
kind: Creative
metadata: {name: hero-es, namespace: growth}
spec:
  headlines: [Zapatillas de primavera, Corre más ligero]
  images: [{id: \"77\"}]
  videos: [{youtube: abc}]
  callToAction: ShopNow
  landingPage: https://shop.example/spring
  tracking: {utm: {campaign: \"{campaign.name}\"}}
";

#[test]
fn a_whole_project_is_lowered() {
    let case =
        Case::new(&[("accounts/meta.yaml", ACCOUNT), ("spring.yaml", CAMPAIGN), ("groups.yml", GROUP)]);
    assert_eq!(case.found(), Vec::<String>::new());
    let desired = &case.lowered.desired;
    let account = desired.accounts.values().next().unwrap();
    assert_eq!(account.account_id.as_str(), "1234567890");
    assert_eq!(account.fields["defaults.identity.meta.page"].value, Value::text("111"));
    let campaign = desired.object(&"meta/meta-eu/Campaign/growth/spring-sale".parse().unwrap()).unwrap();
    let shown: Vec<String> =
        campaign.fields.iter().map(|(path, field)| format!("{path} = {}", field.value)).collect();
    assert_eq!(
        shown,
        [
            "bidding.amount = 18.00 EUR",
            "bidding.strategy = CostCap",
            "budget.daily = 120.00 EUR",
            "displayName = Spring sale 2026",
            "objective = Sales",
            "schedule.end = 2026-03-31T23:59:59+02:00[Europe/Madrid]",
            "schedule.hours = Fri: 08:00-20:00, Mon: 08:00-20:00",
            "schedule.start = 2026-03-01T00:00:00+01:00[Europe/Madrid]",
            "specialAdCategories = ",
            "state = Active",
            "targeting.languages = es",
            "targeting.locations = ES, FR-IDF",
        ]
    );
    assert_eq!(campaign.labels["team"], "growth");
    assert_eq!(campaign.deletion_policy, adplane_core::desired::DeletionPolicy::Orphan);
    let daily = campaign.field("budget.daily").unwrap().origin.clone().unwrap();
    assert_eq!(daily.to_string(), "spring.yaml:9:19");
    let group = desired.object(&"meta/meta-eu/AdGroup/growth/spring-sale-es".parse().unwrap()).unwrap();
    assert_eq!(group.parent.as_ref(), Some(&campaign.address));
    assert_eq!(
        group.value("keywords").unwrap().to_string(),
        "running shoes|Phrase: match: Phrase, text: Running Shoes"
    );
    assert_eq!(group.value("targeting.ages").unwrap().to_string(), "max: 44, min: 25");
    assert_eq!(group.field("displayName").unwrap().source, FieldSource::CreateDefault);
    let ad = desired.object(&"meta/meta-eu/Ad/growth/spring-sale-es/hero".parse().unwrap()).unwrap();
    assert_eq!(ad.creative.as_deref(), Some("hero-es"));
    assert_eq!(ad.value("creative.images").unwrap(), &Value::text_list(["id:77"]));
    assert_eq!(ad.value("creative.tracking.utm").unwrap().to_string(), "campaign: {campaign.name}");
    assert_eq!(
        ad.field("creative.landingPage").unwrap().origin.clone().unwrap().to_string(),
        "groups.yml:23:16"
    );
}

#[track_caller]
fn campaign_with(spec: &str) -> Vec<String> {
    let text = format!(
        "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {{name: c, namespace: growth}}\nspec:\n  account: meta-eu\n{spec}\n"
    );
    Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", &text)]).found()
}

#[test]
fn a_total_budget_ends_somewhere() {
    let group = "\n---\napiVersion: adplane.io/v1alpha1\nkind: AdGroup\nmetadata: {name: g, namespace: growth}\nspec:\n  campaign: c";
    let total = "  budget: {total: 2 EUR}";
    let ends = "\n  schedule: {end: \"2026-01-01\"}";
    for (spec, expected) in [
        (format!("{total}{ends}{group}"), vec![]),
        (format!("{total}{group}{ends}"), vec![]),
        (format!("{total}{group}"), vec!["2 EUR total-without-end"]),
        (total.to_owned(), vec!["2 EUR total-without-end"]),
    ] {
        assert_eq!(campaign_with(&spec), expected, "{spec}");
    }
    let bound = "apiVersion: adplane.io/v1alpha1\nkind: Campaign\nmetadata: {name: c, namespace: growth, annotations: {adplane.io/external-id: \"120\"}}\nspec:\n  account: meta-eu\n  budget: {total: 2 EUR}\n";
    assert_eq!(Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", bound)]).found(), Vec::<String>::new());
}

#[test]
fn rules_between_fields() {
    for (spec, expected) in [
        ("  budget: {daily: 1 EUR}", vec![]),
        ("  budget: {observe: true}", vec![]),
        ("  state: Active", vec!["c budget-missing"]),
        ("  budget: {daily: 1 EUR, total: 2 EUR}", vec!["2 EUR budget-forms", "2 EUR total-without-end"]),
        ("  budget: {total: 2 EUR}\n  schedule: {end: \"2026-01-01\"}", vec![]),
        ("  budget: {managed: {daily: {initial: 1 EUR, min: 1 EUR, max: 2 EUR}}}", vec![]),
        (
            "  budget: {daily: 1 EUR, managed: {daily: {initial: 1 EUR, min: 1 EUR, max: 2 EUR}}}",
            vec!["1 EUR budget-forms"],
        ),
        (
            "  budget: {managed: {daily: {initial: 3 EUR, min: 1 EUR, max: 2 EUR}}}",
            vec!["3 EUR budget-bounds"],
        ),
        (
            "  budget: {managed: {daily: {initial: 1 EUR, min: 2 EUR, max: 1 EUR}}}",
            vec!["1 EUR budget-bounds"],
        ),
        (
            "  budget: {managed: {daily: {initial: 1 EUR, min: 0 EUR, max: 2 EUR}}}",
            vec!["0 EUR budget-bounds"],
        ),
        (
            "  budget: {managed: {daily: {initial: 1 EUR, min: 1 EUR, max: 2 USD}}}",
            vec!["2 USD currency-mismatch"],
        ),
        (
            "  budget: {managed: {daily: {initial: 1 EUR, min: 1 EUR, max: 2 EUR, maxStepPct: 0}}}",
            vec!["0 budget-bounds"],
        ),
        ("  budget: {daily: 1 EUR}\n  rulesMayPause: true", vec!["true rules-may-pause-without-state"]),
        ("  budget: {daily: 1 EUR}\n  state: Active\n  rulesMayPause: true", vec![]),
        ("  budget: {daily: 1 USD}", vec!["1 USD currency-mismatch"]),
        (
            "  budget: {daily: 1 EUR}\n  schedule: {start: \"2026-02-02\", end: \"2026-02-01\"}",
            vec!["\"2026-02-01\" end-before-start"],
        ),
        ("  budget: {daily: 1 EUR}\n  schedule: {start: \"2026-02-02\", end: \"2026-02-02\"}", vec![]),
        (
            "  budget: {daily: 1 EUR}\n  targeting: {ages: {min: 40, max: 20}}",
            vec!["{min: 40, max: 20} ages-reversed"],
        ),
        (
            "  budget: {daily: 1 EUR}\n  negativeKeywords: [{text: a, match: Exact}, {text: ' A', match: Exact}]",
            vec!["{text: ' A', match: Exact} duplicate-item"],
        ),
        (
            "  budget: {daily: 1 EUR}\n  schedule: {hours: [{days: [Mon], from: \"08:00\", to: \"08:00\"}]}",
            vec!["{days: [Mon], from: \"08:00\", to: \"08:00\"} invalid-hours"],
        ),
        ("  budget: {ref: shared}", vec!["shared dangling-reference"]),
        ("  budget: {daily: 1 EUR}\n  clear: [bidding.maxCpc]", vec![]),
        (
            "  budget: {daily: 1 EUR}\n  clear: [budget.daily, bidding, biding.maxCpc]",
            vec!["budget.daily invalid-clear", "bidding invalid-clear", "biding.maxCpc invalid-clear"],
        ),
    ] {
        assert_eq!(campaign_with(spec), expected, "{spec}");
    }
}

#[test]
fn references_stay_inside_a_namespace() {
    let elsewhere = CAMPAIGN.replace("namespace: growth", "namespace: brand");
    let case = Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", &elsewhere)]);
    assert_eq!(case.found(), ["meta-eu cross-namespace-reference"]);
    let typo = CAMPAIGN.replace("account: meta-eu", "account: meta-ue");
    let case = Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", &typo)]);
    assert_eq!(case.diagnostics()[0].hint.as_deref(), Some("did you mean `meta-eu`?"));
}

#[test]
fn budgets_live_on_one_level() {
    let group = GROUP.replace("  state: Active\n  targeting", "  budget: {daily: 5 EUR}\n  targeting");
    let case = Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", CAMPAIGN), ("g.yaml", &group)]);
    assert_eq!(case.found(), ["5 EUR budget-on-both-levels"]);
    let campaign = CAMPAIGN.replace("  budget: {daily: 120.00 EUR}\n", "");
    let second = GROUP.split("---").next().unwrap().replace("name: spring-sale-es", "name: other");
    let case = Case::new(&[
        ("account.yaml", ACCOUNT),
        ("c.yaml", &campaign),
        ("g.yaml", &group),
        ("h.yaml", &second),
    ]);
    assert_eq!(case.found(), ["other budget-on-some-ad-groups"]);
}

#[test]
fn duplicates_name_both_places() {
    let case = Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", CAMPAIGN), ("d.yaml", CAMPAIGN)]);
    let found = &case.diagnostics()[0];
    assert_eq!(
        found.message,
        "Campaign `spring-sale` exists twice in namespace `growth`; first at c.yaml:3:18"
    );
    assert_eq!(found.origin.as_ref().unwrap().file.as_ref(), "d.yaml");
}

#[test]
fn assets_are_measured_once_and_named_by_digest() {
    // The smallest GIF: 1 x 1.
    let gif = b"GIF89a\x01\x00\x01\x00\x00\x00\x00;";
    let folder = tempfile::tempdir().unwrap();
    let creative = "apiVersion: adplane.io/v1alpha1
kind: Creative
metadata: {name: hero}
spec:
  images: [{file: ../assets/hero.gif}, {file: ../assets/none.png}, {file: ./c.yaml}, {url: https://a.example/x.jpg}]
  videos: [{file: ../assets/hero.gif}]
";
    std::fs::create_dir_all(folder.path().join("assets")).unwrap();
    std::fs::create_dir_all(folder.path().join("creatives")).unwrap();
    std::fs::write(folder.path().join("assets/hero.gif"), gif).unwrap();
    std::fs::write(folder.path().join("creatives/c.yaml"), creative).unwrap();
    let loaded = load(&LoadRequest { cwd: folder.path().to_owned(), ..LoadRequest::default() });
    let lowered = lower(&loaded);
    let codes: Vec<String> = lowered
        .diagnostics
        .iter()
        .map(|found| format!("{} {}", found.origin.as_ref().unwrap().column, found.code))
        .collect();
    assert_eq!(codes, ["40 asset-not-found", "68 not-an-image", "86 missing-field", "12 not-a-video"]);
    let (_, asset) = lowered.desired.assets.iter().next().unwrap();
    assert_eq!((asset.width, asset.height, asset.extension.as_str()), (Some(1), Some(1), "gif"));
    assert_eq!(asset.source, adplane_core::asset::AssetSource::File("assets/hero.gif".to_owned()));
}

#[test]
fn bindings_and_moves_come_from_annotations() {
    let bound = CAMPAIGN.replace(
        "labels: {team: growth}",
        "annotations: {adplane.io/external-id: \"120\", adplane.io/moved-from: winter}",
    );
    let case = Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", &bound)]);
    assert_eq!(case.found(), Vec::<String>::new());
    let account = case.lowered.desired.accounts.values().next().unwrap();
    let campaign = account.objects.values().next().unwrap();
    assert_eq!(campaign.external_id.as_ref().unwrap().as_str(), "120");
    assert_eq!(campaign.moved_from.as_deref(), Some("winter"));
}

#[test]
fn two_documents_cannot_be_one_live_object() {
    let bound = CAMPAIGN.replace("labels: {team: growth}", "annotations: {adplane.io/external-id: \"120\"}");
    let other = bound.replace("name: spring-sale", "name: summer-sale");
    let case = Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", &bound), ("d.yaml", &other)]);
    let messages: Vec<String> = case.diagnostics().into_iter().map(|found| found.message).collect();
    assert_eq!(messages, ["`120` is bound by campaign/spring-sale already"]);
}

#[test]
fn the_examples_are_sound() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    let loaded = load(&LoadRequest { cwd: folder, ..LoadRequest::default() });
    let lowered = lower(&loaded);
    // `kubernetes`, `pools` and `rules` are projects of their own.
    let told: Vec<&str> = loaded.diagnostics.iter().map(|found| found.code.as_ref()).collect();
    assert_eq!(told, ["nested-project"; 3]);
    assert_eq!(lowered.diagnostics, []);
    assert!(loaded.complete && !lowered.desired.accounts.is_empty());
}

#[test]
fn vendor_blocks_are_fields_leaf_by_leaf() {
    let campaign = CAMPAIGN.replace(
        "  state: Active\n",
        "  state: Active\n  google:\n    urlCustomParameters: {season: spring}\n    networkSettings: {targetSearchNetwork: false}\n",
    );
    let case = Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", &campaign)]);
    let desired = &case.lowered.desired;
    let campaign = desired.object(&"meta/meta-eu/Campaign/growth/spring-sale".parse().unwrap()).unwrap();
    assert_eq!(campaign.text("google.urlCustomParameters.season"), Some("spring"));
    assert_eq!(campaign.value("google.networkSettings.targetSearchNetwork"), Some(&Value::Bool(false)));
}

#[test]
fn resources_of_a_cluster_lower_like_files() {
    let resources: Vec<serde_json::Value> =
        [ACCOUNT, CAMPAIGN].iter().map(|text| serde_saphyr::from_str(text).unwrap()).collect();
    let labels = ["AdAccount/growth/meta-eu", "Campaign/growth/spring-sale"].map(std::sync::Arc::from);
    let loaded = crate::load::from_resources(labels.into_iter().zip(&resources));
    let lowered = lower(&loaded);
    assert_eq!((&loaded.diagnostics[..], &lowered.diagnostics[..]), (&[][..], &[][..]));
    let from_files = Case::new(&[("account.yaml", ACCOUNT), ("c.yaml", CAMPAIGN)]);
    let values = |desired: &Desired| -> Vec<String> {
        let objects = desired.accounts.values().flat_map(|account| account.objects.values());
        objects
            .flat_map(|object| object.fields.iter().map(|(path, field)| format!("{path} {}", field.value)))
            .collect()
    };
    assert_eq!(values(&lowered.desired), values(&from_files.lowered.desired));
}
