//! Campaigns: what stays on them and what Meta keeps on the ad set.

use std::collections::BTreeMap;

use adplane_core::desired::DesiredObject;
use adplane_core::field::{FieldPath, Fields, Origin};
use adplane_core::value::Value;

use super::findings::Findings;
use super::{Around, shared};
use crate::meta::wire::words::{self, CATEGORIES, OBJECTIVES};

const BUDGETS: [&str; 2] = ["budget.daily", "budget.total"];

/// What ad sets need to know of their campaign.
#[derive(Debug, Default)]
pub(super) struct Campaign {
    /// The neutral objective.
    pub(super) objective: Option<String>,
    /// Whether the campaign holds the budget, and with it the bid strategy.
    pub(super) holds_budget: bool,
    /// Which budget it holds, `daily` or `total`, where it is written.
    pub(super) budget: Option<&'static str>,
    /// The bid strategy on the campaign.
    pub(super) strategy: Option<String>,
    /// Special ad categories that restrict targeting.
    pub(super) restricted: bool,
    /// Fields to copy down.
    pub(super) down: Fields,
    /// Fields to clear below.
    pub(super) clear: BTreeMap<FieldPath, Option<Origin>>,
}

/// Fields that Meta keeps on the ad set.
fn lives_below(path: &str, holds_budget: bool) -> bool {
    let below = ["targeting", "schedule", "compliance.dsa", "bidding.amount", "bidding.roas"];
    let within = |prefix: &str| FieldPath::new(path).is_within(prefix);
    below.into_iter().any(within) || (!holds_budget && within("bidding"))
}

/// Refines one campaign and takes from it what its ad sets inherit.
pub(super) fn refine(object: &mut DesiredObject, around: &Around<'_>, findings: &mut Findings) -> Campaign {
    shared::check(object, findings);
    shared::refuse(
        object,
        findings,
        &[
            ("budget.ref", "write the campaign's own `budget`, or use a monthly pool"),
            ("negativeKeywords", "remove it; Meta Ads does not target by keyword"),
            ("sitelinks", "remove it"),
            ("callouts", "remove it"),
        ],
    );
    shared::check_strategy(object, findings);
    check_statements(object, findings);
    let written =
        ["daily", "total"].into_iter().find(|kind| object.field(&format!("budget.{kind}")).is_some());
    let holds_budget = written.is_some() || !around.budgets_below.contains(&object.address);
    if written.is_none() && holds_budget && object.external_id.is_none() {
        findings.warning(
            object,
            "budget",
            "no-budget",
            "no budget is written here or on the ad groups, and creating the campaign needs one",
            "write `budget: {daily: …}` unless the campaign is live already",
        );
    }
    if !holds_budget {
        // The level is a property of the campaign: budgets below take a live one from it.
        for kind in BUDGETS {
            object.clear.entry(kind.into()).or_insert(None);
        }
    }
    let objective = check_objective(object, findings);
    let mut campaign = Campaign {
        objective,
        holds_budget,
        budget: written,
        restricted: is_restricted(object),
        ..Campaign::default()
    };
    hand_down(object, &mut campaign);
    add_defaults(object, &campaign);
    campaign.strategy = object.text("bidding.strategy").filter(|_| holds_budget).map(str::to_owned);
    campaign
}

fn check_objective(object: &DesiredObject, findings: &mut Findings) -> Option<String> {
    let objective = object.text("objective").map(str::to_owned);
    match &objective {
        Some(word) if words::to_wire(OBJECTIVES, word).is_none() => findings.error(
            object,
            "objective",
            "unknown-objective",
            format!("Meta Ads has no objective `{word}`"),
            format!("write one of {}", words::neutral_list(OBJECTIVES)),
        ),
        None if object.external_id.is_none() && object.field("meta.objective").is_none() => findings.error(
            object,
            "objective",
            "objective-required",
            "a campaign on Meta Ads needs an objective",
            format!("write `objective:` and one of {}", words::neutral_list(OBJECTIVES)),
        ),
        _ => {}
    }
    objective
}

/// Statements: special ad categories, and EU political ads, which Meta has not accepted since 2025-10-06.
fn check_statements(object: &mut DesiredObject, findings: &mut Findings) {
    if object.value("compliance.euPoliticalAds").and_then(Value::as_bool) == Some(true) {
        findings.error(
            object,
            "compliance.euPoliticalAds",
            "eu-political-ads",
            "Meta Ads does not accept political advertising in the European Union",
            "run this campaign elsewhere",
        );
    }
    // Meta asks nothing where the answer is no.
    shared::remove(object, "compliance.euPoliticalAds");
    let categories = object.value("specialAdCategories").cloned();
    for word in categories.iter().flat_map(Value::texts) {
        if words::to_wire(CATEGORIES, word).is_none() {
            let message = format!("Meta Ads has no special ad category `{word}`");
            let hint = format!("write some of {}, or []", words::neutral_list(CATEGORIES));
            findings.error(object, "specialAdCategories", "unknown-category", message, hint);
        }
        if word == "Politics" && object.field("specialAdCategoryCountries").is_none() {
            findings.error(
                object,
                "specialAdCategories",
                "category-country-required",
                "the category Politics needs the countries it is authorised for",
                "write `specialAdCategoryCountries: [US]`",
            );
        }
    }
}

/// Whether targeting is restricted by law (meta-ads.md §16).
fn is_restricted(object: &DesiredObject) -> bool {
    let categories = object.value("specialAdCategories");
    categories
        .into_iter()
        .flat_map(Value::texts)
        .any(|word| matches!(word, "Housing" | "Employment" | "Credit" | "FinancialProducts"))
}

fn hand_down(object: &mut DesiredObject, campaign: &mut Campaign) {
    let holds_budget = campaign.holds_budget;
    campaign.down =
        object.fields.extract_if(.., |path, _| lives_below(path.as_str(), holds_budget)).collect();
    campaign.clear =
        object.clear.extract_if(.., |path, _| lives_below(path.as_str(), holds_budget)).collect();
}

fn add_defaults(object: &mut DesiredObject, campaign: &Campaign) {
    object.default_field("specialAdCategories", Value::text_set::<&str>([]));
    object.default_field("meta.buying_type", Value::text("AUCTION"));
    if campaign.holds_budget {
        object.default_field("bidding.strategy", Value::text("LowestCost"));
    } else {
        object.default_field("meta.is_adset_budget_sharing_enabled", false);
    }
}
