//! Ad groups: what the campaign hands down, goal, bid, budget mode, placements.

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Fields;
use adplane_core::value::Value;

use super::{AdGroup, Pass, amounts, creates, foreign, schedule, targeting};
use crate::tiktok::wire::Lane;
use crate::tiktok::wire::words::{self, Goal};

/// Fields in TikTok's own words that follow from neutral ones.
const FOLLOWS: [&str; 8] = [
    "tiktok.optimization_goal",
    "tiktok.optimization_event",
    "tiktok.billing_event",
    "tiktok.bid_display_mode",
    "tiktok.deep_bid_type",
    "tiktok.roas_bid",
    "tiktok.catalog_id",
    "tiktok.product_source",
];

/// What the checks of one ad group share.
struct Parent {
    lane: Lane,
    objective: &'static str,
    name: String,
    has_budget: bool,
    total: bool,
}

pub(super) fn refine(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    foreign::name(object, pass);
    foreign::refine(object, pass);
    let Some(parent) = adopt(object, pass) else {
        // Its campaign cannot be created by us: bound objects are compared as they are.
        schedule::normalise(object, pass);
        targeting::normalise(object, pass);
        return;
    };
    schedule::normalise(object, pass);
    targeting::refine(object, parent.lane, pass);
    placements(object, pass);
    let goal = goal(object, &parent, pass);
    if let Some(goal) = &goal {
        pixel(object, *goal, pass);
        bidding(object, &parent, *goal, pass);
    }
    amounts::check_budget(object, amounts::AD_GROUP_BASE, pass);
    create_defaults(object, &parent, goal);
    schedule::check_end(object, parent.total, pass);
    companions(object, parent.objective, pass);
    let on_tiktok = object
        .value("tiktok.placements")
        .is_none_or(|placements| placements.texts().any(|placement| placement == "PLACEMENT_TIKTOK"));
    pass.ad_groups.insert(
        object.address.clone(),
        AdGroup {
            lane: parent.lane,
            display_name: object.display_name().to_owned(),
            campaign_name: parent.name,
            on_tiktok,
            website: !matches!(parent.objective, "REACH" | "VIDEO_VIEWS"),
        },
    );
}

/// Copies the campaign's fields down; what ad groups need to know of it, unless it cannot be created.
fn adopt(object: &mut DesiredObject, pass: &mut Pass<'_>) -> Option<Parent> {
    let campaign = pass.campaigns.get(object.parent.as_ref()?)?;
    inherit(object, &campaign.handed_down);
    Some(Parent {
        lane: campaign.lane?,
        objective: campaign.objective,
        name: campaign.display_name.clone(),
        has_budget: campaign.has_budget,
        total: campaign.total,
    })
}

/// A value of the ad group wins; a bid of its own keeps the campaign's bid out altogether.
fn inherit(object: &mut DesiredObject, handed_down: &Fields) {
    let own_bidding = object.fields.contains_key("bidding.strategy");
    for (path, field) in handed_down {
        if own_bidding && path.is_within("bidding") {
            continue;
        }
        object.fields.entry(path.clone()).or_insert_with(|| field.clone());
    }
}

fn placements(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    let automatic = object.text("tiktok.placement_type") == Some("PLACEMENT_TYPE_AUTOMATIC");
    if automatic && object.fields.contains_key("tiktok.placements") {
        let finding =
            Diagnostic::error("placements-ignored", "automatic placement ignores `tiktok.placements`")
                .hint("remove one of the two");
        pass.error(object, "tiktok.placements", finding);
    }
    if !automatic {
        object.default_field("tiktok.placement_type", "PLACEMENT_TYPE_NORMAL");
        object.default_field("tiktok.placements", Value::text_set(["PLACEMENT_TIKTOK"]));
    }
}

fn goal(object: &mut DesiredObject, parent: &Parent, pass: &mut Pass<'_>) -> Option<Goal> {
    let choices = || words::goals(parent.objective).join(", ");
    let Some(neutral) = object.text("optimization.goal").map(str::to_owned) else {
        if let Some(default) = words::default_goal(parent.objective) {
            object.default_field("optimization.goal", default);
            return words::goal(parent.objective, default);
        }
        if creates(object) {
            let finding = Diagnostic::error(
                "goal-missing",
                "a Sales ad group needs an optimization goal, which is fixed once it is published",
            )
            .hint(format!("add `optimization: {{goal: Purchase}}`; possible are {}", choices()));
            pass.error(object, "optimization.goal", finding);
        }
        return None;
    };
    let goal = words::goal(parent.objective, &neutral);
    if goal.is_none() && creates(object) {
        let finding = Diagnostic::error(
            "goal-not-possible",
            format!("goal {neutral} is not possible with objective type {}", parent.objective),
        )
        .hint(format!("write one of {}", choices()));
        pass.error(object, "optimization.goal", finding);
    }
    goal
}

fn pixel(object: &mut DesiredObject, goal: Goal, pass: &mut Pass<'_>) {
    if goal.has_pixel() {
        pass.inherit(object, "optimization.pixel", "defaults.pixel");
        if !object.fields.contains_key("optimization.pixel") && creates(object) {
            let finding = Diagnostic::error(
                "pixel-missing",
                "this goal counts events of a pixel, and none is named",
            )
            .hint("add `optimization.pixel`, or `defaults.pixel` on the AdAccount: the numeric TikTok id");
            pass.error(object, "optimization.pixel", finding);
        }
    } else if object.fields.contains_key("optimization.pixel") && creates(object) {
        let finding = Diagnostic::error("pixel-not-possible", "TikTok takes no pixel with this goal")
            .hint("remove `optimization.pixel`, or choose an event as goal");
        pass.error(object, "optimization.pixel", finding);
    }
    if let Some(pixel) = object.text("optimization.pixel")
        && !pixel.bytes().all(|byte| byte.is_ascii_digit())
    {
        let finding = Diagnostic::error("pixel-not-numeric", format!("`{pixel}` is not a TikTok pixel id"))
            .hint("use the numeric id, not the code that the web screens show");
        pass.error(object, "optimization.pixel", finding);
    }
}

fn bidding(object: &mut DesiredObject, parent: &Parent, goal: Goal, pass: &mut Pass<'_>) {
    object.default_field("bidding.strategy", "LowestCost");
    let strategy = object.text("bidding.strategy").unwrap_or_default().to_owned();
    let value_goal = goal.optimization == "VALUE";
    let refusal = match strategy.as_str() {
        "CostCap" if value_goal => Some("goal Value takes `LowestCost` or `MinRoas`"),
        "MinRoas" if !value_goal => Some("use `CostCap`, or `optimization.goal: Value`"),
        "LowestCost" | "CostCap" | "MinRoas" => None,
        "BidCap" => Some("use `CostCap`: a custom bid is a cost cap on TikTok"),
        "MaximizeClicks" => Some("use `LowestCost` with `optimization.goal: Clicks`"),
        "MaximizeConversions" => Some("use `LowestCost`"),
        "TargetCpa" => Some("use `CostCap`"),
        "MaximizeConversionValue" => Some("use `LowestCost` with `optimization.goal: Value`"),
        "TargetRoas" => Some("use `MinRoas` with `optimization.goal: Value`"),
        _ => Some("use `LowestCost` or `CostCap`"),
    };
    if let Some(hint) = refusal {
        let finding =
            Diagnostic::error("strategy-not-on-tiktok", format!("TikTok cannot bid by {strategy} here"));
        pass.error(object, "bidding.strategy", finding.hint(hint));
        return;
    }
    require(object, strategy == "CostCap", "bidding.amount", "CostCap", pass);
    require(object, strategy == "MinRoas", "bidding.roas", "MinRoas", pass);
    for path in ["bidding.bid", "bidding.maxCpc", "bidding.location", "bidding.share"] {
        require(object, false, path, "LowestCost", pass);
    }
    amounts::check_roas(object, pass);
    custom_bid(object, parent, &strategy, pass);
}

fn custom_bid(object: &DesiredObject, parent: &Parent, strategy: &str, pass: &mut Pass<'_>) {
    let Some(amount) = object.value("bidding.amount").and_then(Value::as_money) else { return };
    if !amounts::check_amount(object, "bidding.amount", amount, pass) {
        return;
    }
    let own = amounts::budget(object);
    if let Some((_, budget)) = own
        && amount >= budget
    {
        let finding = Diagnostic::error(
            "bid-not-below-budget",
            format!("the bid {amount} is not below the budget {budget}"),
        )
        .hint("lower the bid or raise the budget");
        pass.error(object, "bidding.amount", finding);
    }
    let total = parent.total || own.is_some_and(|(path, _)| path == "budget.total");
    if parent.lane == Lane::SmartPlus && total && strategy == "CostCap" {
        let finding =
            Diagnostic::error("bid-needs-daily-budget", "Smart+ takes a cost cap with a daily budget only")
                .hint("use `budget.daily`, or `LowestCost`");
        pass.error(object, "bidding.strategy", finding);
    }
}

/// A value of a strategy is required with it and refused without it.
fn require(object: &DesiredObject, wanted: bool, path: &str, strategy: &str, pass: &mut Pass<'_>) {
    let present = object.fields.contains_key(path);
    if wanted && !present && creates(object) {
        let finding = Diagnostic::error("bid-missing", format!("{strategy} needs `{path}`"))
            .hint(format!("add `{path}`, or use `LowestCost`"));
        pass.error(object, "bidding.strategy", finding);
    } else if !wanted && present {
        let finding =
            Diagnostic::error("bid-without-strategy", format!("`{path}` has no meaning with this strategy"))
                .hint("remove it");
        pass.error(object, path, finding);
    }
}

fn create_defaults(object: &mut DesiredObject, parent: &Parent, goal: Option<Goal>) {
    object.default_field("tiktok.lane", parent.lane.word());
    if !matches!(parent.objective, "REACH" | "VIDEO_VIEWS") {
        object.default_field("tiktok.promotion_type", "WEBSITE");
    }
    if let Some(goal) = goal {
        object.default_field("tiktok.billing_event", goal.billing);
    }
    if parent.lane == Lane::Manual {
        object.default_field("tiktok.pacing", "PACING_MODE_SMOOTH");
    }
    if let (false, Some((path, _))) = (parent.has_budget, amounts::budget(object)) {
        let mode = match (path, parent.objective) {
            ("budget.total", _) => "BUDGET_MODE_TOTAL",
            (_, "REACH" | "VIDEO_VIEWS") => "BUDGET_MODE_DAY",
            _ => "BUDGET_MODE_DYNAMIC_DAILY_BUDGET",
        };
        object.default_field("tiktok.budget_mode", mode);
    }
}

/// Fields that need or exclude each other.
fn companions(object: &DesiredObject, objective: &str, pass: &mut Pass<'_>) {
    if !creates(object) {
        return;
    }
    for path in FOLLOWS {
        let written = object.field(path).is_some_and(|field| field.origin.is_some());
        if written {
            let finding = Diagnostic::error("follows-from-neutral-field", format!("`{path}` cannot be written directly"))
                .hint("write `optimization.goal`, `optimization.pixel` and `bidding`; catalogues come with vendor depth");
            pass.error(object, path, finding);
        }
    }
    let frequency = object.fields.contains_key("tiktok.frequency");
    let days = object.fields.contains_key("tiktok.frequency_schedule");
    if (frequency || days) && objective != "REACH" {
        let path = if frequency { "tiktok.frequency" } else { "tiktok.frequency_schedule" };
        let finding = Diagnostic::error(
            "frequency-needs-reach",
            "a frequency cap exists for objective type REACH only",
        )
        .hint("remove it, or use `objective: Awareness`");
        pass.error(object, path, finding);
    } else if frequency != days {
        let finding = Diagnostic::error(
            "frequency-incomplete",
            "`tiktok.frequency` and `tiktok.frequency_schedule` belong together",
        )
        .hint("write both: impressions per person, and the days they count for");
        pass.error(object, if frequency { "tiktok.frequency" } else { "tiktok.frequency_schedule" }, finding);
    }
    let click = object.fields.contains_key("tiktok.click_attribution_window");
    let view = object.fields.contains_key("tiktok.view_attribution_window");
    if click != view {
        let finding = Diagnostic::error("attribution-incomplete", "click and view windows belong together")
            .hint("write both `tiktok.click_attribution_window` and `tiktok.view_attribution_window`, or neither");
        let path = if click { "tiktok.click_attribution_window" } else { "tiktok.view_attribution_window" };
        pass.error(object, path, finding);
    }
}
