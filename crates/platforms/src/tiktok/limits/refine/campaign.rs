//! Campaigns: objective and lane, budget, and what is handed down to ad groups.

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, FieldSource, Fields};
use adplane_core::value::Value;

use super::{Campaign, Pass, amounts, creates, foreign};
use crate::tiktok::wire::{Lane, words};

/// What TikTok keeps on the ad group: a campaign's value is copied down.
const HANDED_DOWN: [&str; 3] = ["targeting", "schedule", "bidding"];

pub(super) fn refine(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    foreign::name(object, pass);
    foreign::refine(object, pass);
    special_categories(object, pass);
    let chosen = objective(object, pass);
    amounts::check_budget(object, amounts::CAMPAIGN_BASE, pass);
    let budget = amounts::budget(object);
    let mut handed_down = Fields::new();
    for prefix in HANDED_DOWN {
        for path in foreign_free_paths(object, prefix) {
            if let Some(field) = object.fields.remove(path.as_str()) {
                handed_down.insert(path.as_str().into(), field.inherited());
            }
        }
    }
    if let Some((objective, lane)) = chosen {
        create_defaults(object, objective, lane);
    }
    let (objective, lane) = chosen.map_or(("", None), |(objective, lane)| (objective, Some(lane)));
    pass.campaigns.insert(
        object.address.clone(),
        Campaign {
            lane,
            objective,
            display_name: object.display_name().to_owned(),
            handed_down,
            has_budget: budget.is_some(),
            total: budget.is_some_and(|(path, _)| path == "budget.total"),
        },
    );
}

fn foreign_free_paths(object: &DesiredObject, prefix: &str) -> Vec<String> {
    object.below(prefix).map(|(path, _)| path.to_string()).collect()
}

/// The vendor's objective and the lane; `None` when it cannot be created.
fn objective(object: &mut DesiredObject, pass: &mut Pass<'_>) -> Option<(&'static str, Lane)> {
    let neutral = object.text("objective").map(str::to_owned);
    let typed = object.text("tiktok.objective_type").map(str::to_owned);
    let Some(neutral) = neutral else {
        if creates(object) {
            let finding = Diagnostic::error("objective-missing", "a TikTok campaign needs an objective")
                .hint("add `objective: Traffic`, `Awareness` or `Sales`");
            pass.error(object, "objective", finding);
        }
        return None;
    };
    let chosen = words::objective(&neutral, typed.as_deref());
    if let Some((vendor, _)) = chosen {
        // What the objective says anyway is compared through the objective.
        if typed.as_deref() == Some(vendor) && neutral != "Awareness" {
            object.fields.remove("tiktok.objective_type");
        }
    } else if creates(object) {
        refuse_objective(object, &neutral, typed.as_deref(), pass);
    }
    chosen
}

fn refuse_objective(object: &DesiredObject, neutral: &str, typed: Option<&str>, pass: &mut Pass<'_>) {
    let choices = words::objective_choices(neutral);
    let finding = match (typed, choices.as_slice()) {
        (Some("PRODUCT_SALES"), _) => Diagnostic::error(
            "objective-not-creatable",
            "TikTok no longer creates PRODUCT_SALES campaigns; they can be observed, paused and budgeted",
        )
        .hint("use `objective: Sales`; catalogues come with vendor depth"),
        (_, []) => Diagnostic::error(
            "objective-not-supported",
            format!("creating {neutral} campaigns on TikTok comes with vendor depth"),
        )
        .hint("Adplane creates Traffic, Awareness and Sales today; live campaigns of any objective are observed"),
        (Some(typed), choices) => Diagnostic::error(
            "objective-mismatch",
            format!("`tiktok.objective_type: {typed}` does not belong to objective {neutral}"),
        )
        .hint(format!("write {}, or leave the field out", choices.join(" or "))),
        (None, _) => return,
    };
    let path = if typed.is_some() { "tiktok.objective_type" } else { "objective" };
    pass.error(object, path, finding);
}

fn create_defaults(object: &mut DesiredObject, objective: &'static str, lane: Lane) {
    object.default_field("tiktok.lane", lane.word());
    object.default_field("tiktok.objective_type", objective);
    if lane == Lane::SmartPlus {
        object.default_field("tiktok.sales_destination", "WEBSITE");
    }
    if let Some((path, _)) = amounts::budget(object) {
        object.default_field("tiktok.budget_mode", campaign_mode(objective, path));
    }
}

/// Budget mode of a campaign that holds the budget (mapping §3).
fn campaign_mode(objective: &str, path: &str) -> &'static str {
    match (path, objective) {
        ("budget.total", _) => "BUDGET_MODE_TOTAL",
        (_, "REACH" | "VIDEO_VIEWS") => "BUDGET_MODE_DAY",
        _ => "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
    }
}

/// Which level holds the budget is fixed at create, so it is compared like a written field; it follows from
/// where budgets are written, and is known once the ad groups were seen.
pub(super) fn settle_budget_level(object: &mut DesiredObject, on_campaign: bool) {
    let origin = amounts::budget(object).and_then(|(path, _)| object.field(path)?.origin.clone());
    let field = Field { source: FieldSource::Inherited, ..Field::declared(Value::Bool(on_campaign), origin) };
    object.fields.insert("tiktok.budget_optimize_on".into(), field);
    if !on_campaign {
        object.default_field("tiktok.budget_mode", "BUDGET_MODE_INFINITE");
    }
}

fn special_categories(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    let Some(value) = object.value("specialAdCategories") else { return };
    let unknown: Vec<String> =
        value.texts().filter(|word| words::industry(word).is_none()).map(str::to_owned).collect();
    for word in unknown {
        let finding = Diagnostic::error(
            "special-category-not-on-tiktok",
            format!("TikTok has no special ad category {word}"),
        )
        .hint("TikTok knows Housing, Employment and Credit, for advertisers in the United States and Canada");
        pass.error(object, "specialAdCategories", finding);
    }
}
