//! Campaigns: objective and lane, budget, and what is handed down to ad groups.

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, FieldSource, Fields};
use adplane_core::value::Value;

use super::{Campaign, Pass, amounts, creates, foreign};
use crate::tiktok::wire::goals::{self, Objective};
use crate::tiktok::wire::{Lane, words};

const TYPED: &str = "tiktok.objective_type";
const AUTOMATION: &str = "tiktok.campaign_automation_type";
const CATALOG: &str = "tiktok.catalog_enabled";
const CATALOG_TYPE: &str = "tiktok.catalog_type";

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
    if let Some(chosen) = chosen {
        companions(object, chosen, pass);
        create_defaults(object, chosen);
    }
    let catalog = object.value(CATALOG).and_then(Value::as_bool).unwrap_or(false);
    pass.campaigns.insert(
        object.address.clone(),
        Campaign {
            objective: chosen,
            catalog,
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

/// The vendor's objective and the lane; `None` when nobody knows it.
fn objective(object: &mut DesiredObject, pass: &mut Pass<'_>) -> Option<Objective> {
    let neutral = object.text("objective").map(str::to_owned);
    let typed = object.text(TYPED).map(str::to_owned);
    let Some(neutral) = neutral else {
        if creates(object) {
            let finding = Diagnostic::error("objective-missing", "a TikTok campaign needs an objective")
                .hint(
                    "add `objective: Awareness`, `Traffic`, `Engagement`, `Leads`, `AppPromotion` or `Sales`",
                );
            pass.error(object, "objective", finding);
        }
        return None;
    };
    let chosen = goals::objective(&neutral, typed.as_deref(), object.text(AUTOMATION));
    match chosen {
        Some(chosen) => {
            // What the objective says anyway is compared through the objective.
            if typed.as_deref() == Some(chosen.vendor) && neutral != "Awareness" && !chosen.closed {
                object.fields.remove(TYPED);
            }
            if !chosen.closed {
                object.fields.remove(AUTOMATION);
            } else if creates(object) {
                refuse_closed(object, chosen, pass);
            }
        }
        None if creates(object) => refuse_objective(object, &neutral, typed.as_deref(), pass),
        None => {}
    }
    chosen
}

fn refuse_closed(object: &DesiredObject, chosen: Objective, pass: &mut Pass<'_>) {
    let what = chosen.vendor;
    let finding = Diagnostic::error(
        "objective-not-creatable",
        format!(
            "TikTok closes {what} campaigns of the manual lane: they are observed, paused and budgeted, never created"
        ),
    );
    if what == goals::PRODUCT_SALES {
        let hint = "use `objective: Sales` with `tiktok: {catalog_enabled: true}`: the same sales, in Smart+";
        pass.error(object, TYPED, finding.hint(hint));
    } else {
        let hint = format!("remove `{AUTOMATION}`: Adplane makes {what} campaigns in Smart+");
        pass.error(object, AUTOMATION, finding.hint(hint));
    }
}

fn refuse_objective(object: &DesiredObject, neutral: &str, typed: Option<&str>, pass: &mut Pass<'_>) {
    let choices = goals::objective_choices(neutral).join(" or ");
    let typed = typed.unwrap_or_default();
    let finding = Diagnostic::error(
        "objective-mismatch",
        format!("`{TYPED}: {typed}` does not belong to objective {neutral}"),
    )
    .hint(format!("write {choices}, or leave the field out"));
    pass.error(object, TYPED, finding);
}

/// Typed fields that only some objectives have, and their words.
fn companions(object: &DesiredObject, chosen: Objective, pass: &mut Pass<'_>) {
    const SELLS: &[&str] = &["WEB_CONVERSIONS"];
    const FROM_CATALOG: &[&str] = &["WEB_CONVERSIONS", "LEAD_GENERATION"];
    let rows: [(&str, &[&str], &[&str]); 4] = [
        ("tiktok.app_promotion_type", &["APP_PROMOTION"], &["APP_INSTALL", "APP_RETARGETING"]),
        ("tiktok.sales_destination", SELLS, &["WEBSITE"]),
        (CATALOG, FROM_CATALOG, &[]),
        (CATALOG_TYPE, FROM_CATALOG, &["ECOMMERCE", "TRAVEL_ENTERTAINMENT", "MINI_SERIES"]),
    ];
    if !creates(object) {
        return;
    }
    for (path, objectives, words) in rows {
        let Some(value) = object.value(path) else { continue };
        if *value == Value::Bool(false) {
            continue;
        }
        if !objectives.contains(&chosen.vendor) {
            let message = format!("`{path}` has no meaning for {} campaigns", chosen.vendor);
            pass.error(object, path, Diagnostic::error("not-with-this-objective", message).hint("remove it"));
        } else if !words.is_empty() && !value.as_text().is_some_and(|word| words.contains(&word)) {
            let message = format!("`{path}: {value}` is nothing Adplane creates");
            let hint = format!("write {}", words.join(" or "));
            pass.error(object, path, Diagnostic::error("unknown-word", message).hint(hint));
        }
    }
    let catalog = object.value(CATALOG).and_then(Value::as_bool).unwrap_or(false);
    if !catalog && object.fields.contains_key(CATALOG_TYPE) {
        let finding = Diagnostic::error("catalog-incomplete", "a type of catalogue without a catalogue")
            .hint(format!("add `{CATALOG}: true`, or remove it"));
        pass.error(object, CATALOG_TYPE, finding);
    }
}

fn create_defaults(object: &mut DesiredObject, chosen: Objective) {
    object.default_field("tiktok.lane", chosen.lane.word());
    object.default_field(TYPED, chosen.vendor);
    if chosen.lane == Lane::SmartPlus {
        match chosen.vendor {
            "WEB_CONVERSIONS" => object.default_field("tiktok.sales_destination", "WEBSITE"),
            "APP_PROMOTION" => object.default_field("tiktok.app_promotion_type", "APP_INSTALL"),
            _ => {}
        }
        if object.value(CATALOG).and_then(Value::as_bool) == Some(true) {
            object.default_field(CATALOG_TYPE, "ECOMMERCE");
        }
    }
    if let Some((path, _)) = amounts::budget(object) {
        object.default_field("tiktok.budget_mode", budget_mode(chosen.vendor, path));
    }
}

/// Budget mode of the object that holds the budget (mapping §3): dynamic budgets are allow-listed for what
/// people only see.
pub(super) fn budget_mode(objective: &str, path: &str) -> &'static str {
    match (path, objective) {
        ("budget.total", _) => "BUDGET_MODE_TOTAL",
        (_, "REACH" | "VIDEO_VIEWS" | "ENGAGEMENT") => "BUDGET_MODE_DAY",
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
