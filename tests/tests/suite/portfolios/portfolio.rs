//! Whole portfolios: drafts get names and become resources, resources become refined desired state.

use std::collections::BTreeMap;
use std::sync::Arc;

use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;
use adplane_manifest::load::{Loaded, from_resources};
use adplane_manifest::lower;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::parts::{Ad, Campaign, money};
use super::{google, meta, tiktok};

/// The project all portfolios belong to.
pub(super) const PROJECT: &str = "retail";

/// One account per platform, all in one currency.
#[derive(Debug, Clone)]
pub(super) struct Portfolio {
    currency: &'static str,
    shared_budgets: [Json; 2],
    google: Vec<Campaign>,
    meta: Vec<Campaign>,
    tiktok: Vec<Campaign>,
}

/// A portfolio in any currency.
pub(super) fn portfolios() -> BoxedStrategy<Portfolio> {
    currencies().prop_flat_map(portfolio).boxed()
}

/// Two portfolios of the same accounts, whose objects have the same names as far as both have them.
pub(super) fn pairs() -> BoxedStrategy<(Portfolio, Portfolio)> {
    currencies().prop_flat_map(|currency| (portfolio(currency), portfolio(currency))).boxed()
}

fn currencies() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["EUR", "USD", "JPY"])
}

fn portfolio(currency: &'static str) -> BoxedStrategy<Portfolio> {
    let several = |campaigns: BoxedStrategy<Campaign>| prop::collection::vec(campaigns, 0..=3);
    (
        [money(currency, 20..=300), money(currency, 20..=300)],
        several(google::campaigns(currency)),
        several(meta::campaigns(currency)),
        several(tiktok::campaigns(currency)),
    )
        .prop_map(move |(shared_budgets, google, meta, tiktok)| Portfolio {
            currency,
            shared_budgets,
            google,
            meta,
            tiktok,
        })
        .boxed()
}

/// Resources under construction; creatives of the same content are shared.
#[derive(Default)]
struct Resources {
    documents: Vec<Json>,
    creatives: BTreeMap<String, String>,
}

impl Portfolio {
    /// The resources, as somebody could have written them.
    pub(super) fn resources(&self) -> Vec<Json> {
        let mut resources = Resources::default();
        let platforms = [("google", &self.google), ("meta", &self.meta), ("tiktok", &self.tiktok)];
        for (platform, campaigns) in platforms {
            resources.documents.push(account(platform, self.currency));
            for (index, campaign) in campaigns.iter().enumerate() {
                resources.campaign(platform, &format!("{platform}-{}c{index}", campaign.tag), campaign);
            }
            for (index, daily) in self.shared_budgets.iter().enumerate() {
                if campaigns.iter().any(|campaign| campaign.shared_budget == Some(index)) {
                    let spec = json!({"shared": {"account": platform, "daily": daily}});
                    resources.add("Budget", &format!("shared-{index}"), spec);
                }
            }
        }
        resources.documents
    }

    /// The refined desired state. Generated portfolios are valid, so errors are failures.
    #[track_caller]
    pub(super) fn desired(&self) -> Desired {
        desired(&self.resources())
    }
}

impl Resources {
    fn add(&mut self, kind: &str, name: &str, mut spec: Json) {
        if spec.get("displayName").is_some() {
            spec["displayName"] = json!(format!("«{name}» - año nuevo"));
        }
        self.documents.push(json!({
            "apiVersion": "adplane.io/v1alpha1",
            "kind": kind,
            "metadata": {"name": name},
            "spec": spec,
        }));
    }

    fn campaign(&mut self, account: &str, name: &str, campaign: &Campaign) {
        let mut spec = campaign.spec.clone();
        spec["account"] = json!(account);
        if let Some(index) = campaign.shared_budget {
            spec["budget"] = json!({"ref": format!("shared-{index}")});
        }
        self.add("Campaign", name, spec);
        for (index, group) in campaign.groups.iter().enumerate() {
            let mut spec = group.spec.clone();
            spec["campaign"] = json!(name);
            if !group.ads.is_empty() {
                let ads = group.ads.iter().enumerate().map(|(index, ad)| self.ad(index, ad));
                spec["ads"] = ads.collect();
            }
            self.add("AdGroup", &format!("{name}-g{index}"), spec);
        }
    }

    fn ad(&mut self, index: usize, ad: &Ad) -> Json {
        let next = format!("creative-{}", self.creatives.len());
        let content = ad.creative.to_string();
        let known = self.creatives.get(&content).cloned();
        let creative = known.unwrap_or_else(|| {
            self.add("Creative", &next, ad.creative.clone());
            self.creatives.insert(content, next.clone());
            next
        });
        let mut written = json!({"name": format!("a{index}"), "creative": creative});
        if let Some(state) = ad.state {
            written["state"] = json!(state);
        }
        written
    }
}

/// The platform's account in this currency; the accounts differ in what removal does.
fn account(platform: &str, currency: &str) -> Json {
    let (number, zone, policy) = match currency {
        "EUR" => (1, "Europe/Madrid", "Pause"),
        "USD" => (2, "America/New_York", "Delete"),
        _ => (3, "Asia/Tokyo", "Pause"),
    };
    let mut spec = json!({
        "currency": currency,
        "timeZone": zone,
        "deletionPolicy": policy,
        "compliance": {"euPoliticalAds": false, "dsa": {"beneficiary": "Shop Ltd", "payor": "Shop Ltd"}},
    });
    let (title, id, defaults) = match platform {
        "google" => ("Google", format!("100000000{number}"), Json::Null),
        "meta" => (
            "Meta",
            format!("act_100000000{number}"),
            json!({"pixel": "1122334455", "identity": {"meta": {"page": "111"}}}),
        ),
        _ => (
            "TikTok",
            format!("700000000000000000{number}"),
            json!({
                "pixel": "7000000000000001122",
                "identity": {"tiktok": {"identity_type": "TT_USER", "identity_id": "222"}},
            }),
        ),
    };
    spec["platform"] = json!(title);
    spec["accountId"] = json!(id);
    if !defaults.is_null() {
        spec["defaults"] = defaults;
    }
    json!({
        "apiVersion": "adplane.io/v1alpha1",
        "kind": "AdAccount",
        "metadata": {"name": platform},
        "spec": spec,
    })
}

/// The refined desired state of resources.
#[track_caller]
pub(super) fn desired(resources: &[Json]) -> Desired {
    let labelled = resources.iter().enumerate();
    let mut loaded =
        from_resources(labelled.map(|(index, resource)| (Arc::from(index.to_string().as_str()), resource)));
    let project = serde_json::from_value(json!(PROJECT)).unwrap();
    loaded.project.settings.project = Some(project);
    refined(&loaded)
}

/// Lowers and refines what was loaded; nothing may be refused.
#[track_caller]
pub(super) fn refined(loaded: &Loaded) -> Desired {
    accept(&loaded.diagnostics);
    let mut lowered = lower(loaded);
    accept(&lowered.diagnostics);
    let assets = lowered.desired.assets.clone();
    for account in lowered.desired.accounts.values_mut() {
        accept(&adplane_platforms::refine(account, &assets));
    }
    lowered.desired
}

#[track_caller]
fn accept(diagnostics: &[Diagnostic]) {
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|found| found.is_error())
        .map(|found| format!("{}: {} ({:?} {:?})", found.code, found.message, found.address, found.field))
        .collect();
    assert!(errors.is_empty(), "refused: {errors:#?}");
}
