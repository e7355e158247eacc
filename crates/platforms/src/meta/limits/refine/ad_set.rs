//! Ad sets: what they inherit, bids, schedule, statements; the goal is in `goal`, vendor specs in `specs`.

use adplane_core::desired::DesiredObject;
use adplane_core::field::{Field, FieldPath};
use adplane_core::value::Value;

use super::campaign::Campaign;
use super::findings::Findings;
use super::{Around, goal, shared, specs, targeting};
use crate::meta::wire::hours;

/// Longest DSA text (meta-ads.md §16).
const LONGEST_DSA: usize = 512;
/// Seconds of one day, whose inclusive end is written a second early (meta-ads.md §5.1).
const SHORTEST_FLIGHT: i64 = 86_399;

/// What ads need to know of their ad set.
#[derive(Debug, Default)]
pub(super) struct AdSet {
    /// Whether it counts events on a pixel.
    pub(super) uses_pixel: bool,
    /// Whether it collects leads in a form on Meta; unknown where the goal is.
    pub(super) collects_leads: Option<bool>,
    /// Whether it is made for asset feeds; unknown where a live one says nothing.
    pub(super) is_dynamic: Option<bool>,
    /// Where the app that it promotes is installed from.
    pub(super) store_url: Option<Field>,
}

/// Refines one ad set.
pub(super) fn refine(
    object: &mut DesiredObject,
    campaign: Option<&Campaign>,
    around: &Around<'_>,
    findings: &mut Findings,
) -> AdSet {
    let unknown = Campaign::default();
    let campaign = campaign.unwrap_or(&unknown);
    shared::refuse(
        object,
        findings,
        &[
            (
                "keywords",
                "remove it; Meta Ads does not target by keyword, `targeting.interests` comes closest",
            ),
            ("negativeKeywords", "remove it; Meta Ads does not target by keyword"),
            ("budget.ref", "write the ad group's own `budget`"),
            ("compliance.euPoliticalAds", "state it on the campaign or the account"),
        ],
    );
    inherit(object, campaign);
    shared::check(object, findings);
    shared::check_strategy(object, findings);
    targeting::refine(object, campaign.restricted, findings);
    let goal = goal::settle(object, campaign, findings);
    goal::settle_promoted(object, campaign, goal.as_deref(), around, findings);
    specs::check(object, goal.as_deref(), findings);
    settle_bids(object, campaign, goal.as_deref(), findings);
    check_schedule(object, campaign, findings);
    settle_statements(object, around, findings);
    object.default_field("meta.billing_event", Value::text("IMPRESSIONS"));
    object.default_field("meta.targeting_automation.advantage_audience", 0);
    let is_dynamic = object.value("meta.is_dynamic_creative").and_then(Value::as_bool);
    AdSet {
        uses_pixel: object.field(goal::PIXEL).is_some(),
        collects_leads: goal.map(|goal| goal == "LeadForm"),
        is_dynamic: is_dynamic.or((object.external_id.is_none()).then_some(false)),
        store_url: object.field(goal::STORE_URL).cloned(),
    }
}

fn inherit(object: &mut DesiredObject, campaign: &Campaign) {
    let own_strategy = object.field("bidding.strategy").is_some();
    for (path, field) in &campaign.down {
        // An amount belongs to its strategy: an own strategy takes no amount of the campaign's.
        if !(own_strategy && path.is_within("bidding")) {
            shared::inherit(object, path, field);
        }
    }
    for (path, origin) in &campaign.clear {
        if object.field(path.as_str()).is_none() {
            object.clear.entry(path.clone()).or_insert_with(|| origin.clone());
        }
    }
}

fn settle_bids(object: &mut DesiredObject, campaign: &Campaign, goal: Option<&str>, findings: &mut Findings) {
    if campaign.holds_budget {
        let own = object.text("bidding.strategy");
        if own.is_some() && own != campaign.strategy.as_deref() {
            findings.error(
                object,
                "bidding.strategy",
                "strategy-on-campaign",
                "the campaign holds the budget, so it holds the bidding strategy too",
                "write the strategy on the campaign and only the amount here",
            );
        }
        object.fields.remove("bidding.strategy");
    } else if object.external_id.is_none() || object.below("bidding").next().is_some() {
        object.default_field("bidding.strategy", Value::text("LowestCost"));
    }
    let strategy = if campaign.holds_budget { campaign.strategy.clone() } else { None };
    let Some(strategy) = strategy.or_else(|| object.text("bidding.strategy").map(str::to_owned)) else {
        return;
    };
    check_bids(object, &strategy, goal, findings);
}

fn check_bids(object: &DesiredObject, strategy: &str, goal: Option<&str>, findings: &mut Findings) {
    let (amount, roas) = (object.field("bidding.amount").is_some(), object.field("bidding.roas").is_some());
    let bound = object.external_id.is_some();
    match strategy {
        "CostCap" | "BidCap" if !amount && !bound => findings.error(
            object,
            "bidding",
            "bid-amount-required",
            format!("strategy {strategy} needs an amount"),
            format!("write `bidding: {{strategy: {strategy}, amount: …}}`"),
        ),
        "MinRoas" if !roas && !bound => findings.error(
            object,
            "bidding",
            "roas-required",
            "strategy MinRoas needs a return",
            "write `bidding: {strategy: MinRoas, roas: 2.5}`",
        ),
        "MinRoas" if goal.is_some_and(|goal| goal != "Value") => findings.error(
            object,
            "bidding",
            "roas-needs-value",
            "strategy MinRoas needs the goal Value",
            "write `optimization: {goal: Value}`",
        ),
        _ => {}
    }
    if amount && matches!(strategy, "LowestCost" | "MinRoas") {
        let message = format!("strategy {strategy} takes no amount");
        findings.error(object, "bidding.amount", "bid-amount-unused", message, "use CostCap or BidCap");
    }
    if roas && strategy != "MinRoas" {
        let message = format!("strategy {strategy} takes no return");
        findings.error(object, "bidding.roas", "roas-unused", message, "use MinRoas, or remove `roas`");
    }
}

fn check_schedule(object: &DesiredObject, campaign: &Campaign, findings: &mut Findings) {
    let own = ["daily", "total"].into_iter().find(|kind| object.field(&format!("budget.{kind}")).is_some());
    let budget = campaign.budget.or(own);
    let time = |path: &str| object.value(path).and_then(Value::as_time).map(|time| time.at);
    let (start, end) = (time("schedule.start"), time("schedule.end"));
    if budget == Some("total") && end.is_none() && object.external_id.is_none() {
        findings.error(
            object,
            "schedule.end",
            "end-required",
            "a total budget needs an end",
            "write `schedule: {end: \"2026-03-31\"}` here or on the campaign",
        );
    }
    let seconds = start.zip(end).map(|(start, end)| end.as_second() - start.as_second());
    if budget == Some("daily") && seconds.is_some_and(|seconds| seconds < SHORTEST_FLIGHT) {
        findings.error(
            object,
            "schedule",
            "flight-too-short",
            "a daily budget needs a flight of a day or longer",
            "write a later end, or a total budget",
        );
    }
    let Some(hours) = object.value("schedule.hours") else { return };
    let spans = hours.entries().into_iter().flat_map(|days| days.values()).flat_map(Value::texts);
    if budget == Some("daily") {
        findings.error(
            object,
            "schedule.hours",
            "hours-need-total-budget",
            "Meta Ads runs by the hour only with a total budget",
            "write `budget: {total: …}` with an end, or remove `hours`",
        );
    }
    if spans.filter_map(hours::span).count() == 0 {
        findings.error(
            object,
            "schedule.hours",
            "hours-empty",
            "`hours` never lets the ads run",
            "write at least one span, or remove `hours` to run all day",
        );
    }
}

/// Who benefits and who pays: required for places in the European Economic Area.
fn settle_statements(object: &mut DesiredObject, around: &Around<'_>, findings: &mut Findings) {
    let european = targeting::reaches_europe(object);
    let paths = ["beneficiary", "payor"].map(|part| FieldPath::new(format!("compliance.dsa.{part}")));
    for path in &paths {
        if let Some(field) = around.account.get(path).filter(|_| european) {
            shared::inherit(object, path, field);
        }
    }
    let new = object.external_id.is_none();
    let half = new && paths.iter().any(|path| object.text(path.as_str()).is_some());
    for (path, part) in paths.iter().zip(["beneficiary", "payor"]) {
        match object.text(path.as_str()) {
            Some(text) if text.chars().count() > LONGEST_DSA => findings.error(
                object,
                path.as_str(),
                "text-too-long",
                format!("more than {LONGEST_DSA} characters"),
                "write the name of the person or company",
            ),
            None if half => findings.error(
                object,
                path.as_str(),
                "dsa-half",
                format!("the other half of the statement is written, the {part} is not"),
                format!("write `compliance: {{dsa: {{{part}: …}}}}` beside it"),
            ),
            None if european && new => findings.warning(
                object,
                path.as_str(),
                "dsa-missing",
                format!("ads in the European Economic Area must name a {part}, unless the ad account does"),
                format!("write `compliance: {{dsa: {{{part}: …}}}}` on the account"),
            ),
            _ => {}
        }
    }
}
