//! Ad groups: what the campaign hands down, budget mode, placements, typed fields.

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Fields;
use adplane_core::value::Value;

use super::{AdGroup, Destination, Pass, amounts, bidding, campaign, creates, foreign};
use super::{optimization, schedule, targeting};
use crate::tiktok::wire::Lane;
use crate::tiktok::wire::goals::Objective;

/// Fields in TikTok's own words that follow from neutral ones.
const FOLLOWS: [&str; 7] = [
    "tiktok.optimization_goal",
    "tiktok.optimization_event",
    "tiktok.billing_event",
    "tiktok.bid_display_mode",
    "tiktok.deep_bid_type",
    "tiktok.roas_bid",
    "tiktok.product_source",
];
const CATALOG_ID: &str = "tiktok.catalog_id";
const CATALOG_OWNER: &str = "tiktok.catalog_authorized_bc_id";

/// What the checks of one ad group share.
pub(super) struct Parent {
    pub(super) objective: Objective,
    pub(super) catalog: bool,
    name: String,
    has_budget: bool,
    pub(super) total: bool,
}

impl Parent {
    /// The vendor's objective.
    pub(super) fn vendor(&self) -> &'static str {
        self.objective.vendor
    }

    /// Whether the campaign holds the budget.
    pub(super) fn has_campaign_budget(&self) -> bool {
        self.has_budget
    }
}

pub(super) fn refine(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    foreign::name(object, pass);
    foreign::refine(object, pass);
    let Some(parent) = adopt(object, pass) else {
        // Nobody knows its campaign's objective: bound objects are compared as they are.
        schedule::normalise(object, pass);
        targeting::normalise(object, pass);
        return;
    };
    refuse_closed(object, parent.objective, pass);
    schedule::normalise(object, pass);
    let promotion = optimization::promotion(object, &parent, pass);
    targeting::refine(object, parent.objective.lane, pass);
    placements(object, pass);
    let goal = optimization::goal(object, &parent, pass);
    if let Some(goal) = &goal {
        optimization::pixel(object, *goal, pass);
        optimization::app(object, *goal, &parent, pass);
        bidding::refine(object, &parent, *goal, pass);
    }
    catalog(object, &parent, pass);
    amounts::check_budget(object, amounts::AD_GROUP_BASE, pass);
    create_defaults(object, &parent);
    schedule::check_end(object, parent.total, pass);
    companions(object, parent.vendor(), pass);
    let leads_to = optimization::destination(object, &parent, promotion);
    pass.ad_groups.insert(object.address.clone(), remembered(object, parent, leads_to));
}

fn remembered(object: &DesiredObject, parent: Parent, leads_to: Destination) -> AdGroup {
    let on_tiktok = object
        .value("tiktok.placements")
        .is_none_or(|placements| placements.texts().any(|placement| placement == "PLACEMENT_TIKTOK"));
    AdGroup {
        lane: parent.objective.lane,
        objective: parent.vendor(),
        closed: parent.objective.closed,
        display_name: object.display_name().to_owned(),
        campaign_name: parent.name,
        on_tiktok,
        leads_to,
    }
}

/// In a lane that the vendor closes nothing is made any more.
pub(super) fn refuse_closed(object: &DesiredObject, objective: Objective, pass: &mut Pass<'_>) {
    if objective.closed && creates(object) {
        let message =
            format!("TikTok closes the manual lane for {}: nothing is made in it any more", objective.vendor);
        let finding = Diagnostic::error("lane-closed", message)
            .hint("write it under a new campaign without `tiktok.campaign_automation_type`, in Smart+");
        let path = if object.address.ad.is_some() { "ads" } else { "campaign" };
        pass.error(object, path, finding);
    }
}

/// Copies the campaign's fields down; what ad groups need to know of it, unless its objective is unknown.
fn adopt(object: &mut DesiredObject, pass: &mut Pass<'_>) -> Option<Parent> {
    let campaign = pass.campaigns.get(object.parent.as_ref()?)?;
    inherit(object, &campaign.handed_down);
    Some(Parent {
        objective: campaign.objective?,
        catalog: campaign.catalog,
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

/// A campaign that sells from a catalogue needs one in each ad group, and only such a campaign takes it.
fn catalog(object: &DesiredObject, parent: &Parent, pass: &mut Pass<'_>) {
    if !creates(object) || parent.objective.lane == Lane::Manual {
        return;
    }
    let (has, owned) = (object.fields.contains_key(CATALOG_ID), object.fields.contains_key(CATALOG_OWNER));
    if parent.catalog && !(has && owned) {
        let missing = if has { CATALOG_OWNER } else { CATALOG_ID };
        let finding = Diagnostic::error(
            "catalog-missing",
            "the campaign sells from a catalogue, and this ad group does not say which",
        )
        .hint("add `tiktok: {catalog_id: \"..\", catalog_authorized_bc_id: \"..\"}`: the catalogue and its business center");
        pass.error(object, missing, finding);
    } else if !parent.catalog && (has || owned) {
        let path = if has { CATALOG_ID } else { CATALOG_OWNER };
        let finding = Diagnostic::error("catalog-not-enabled", "the campaign does not sell from a catalogue")
            .hint("add `tiktok: {catalog_enabled: true}` to the campaign, or remove it");
        pass.error(object, path, finding);
    }
}

fn create_defaults(object: &mut DesiredObject, parent: &Parent) {
    object.default_field("tiktok.lane", parent.objective.lane.word());
    if parent.objective.lane == Lane::Manual {
        object.default_field("tiktok.pacing", "PACING_MODE_SMOOTH");
    }
    if let (false, Some((path, _))) = (parent.has_budget, amounts::budget(object)) {
        object.default_field("tiktok.budget_mode", campaign::budget_mode(parent.vendor(), path));
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
            let finding = Diagnostic::error(
                "follows-from-neutral-field",
                format!("`{path}` cannot be written directly"),
            )
            .hint("write `optimization.goal`, `optimization.pixel` and `bidding`");
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
