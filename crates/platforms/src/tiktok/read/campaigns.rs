//! Campaigns as read.

use adplane_core::observed::ObservedObject;
use adplane_core::value::Value;

use super::context::{Context, Form, native, pass_through, start};
use super::unexpressed;
use crate::tiktok::calls::Level;
use crate::tiktok::wire::{self, Lane, Object, goals, words};

const MEMBERS: [(&str, Form); 5] = [
    ("po_number", Form::Text),
    ("sales_destination", Form::Text),
    ("app_promotion_type", Form::Text),
    ("catalog_enabled", Form::Flag),
    ("catalog_type", Form::Text),
];

/// What ad groups and ads need to know of their campaign.
#[derive(Debug, Clone)]
pub(crate) struct Parent {
    /// Its lane.
    pub lane: Lane,
    /// The vendor's objective.
    pub objective: String,
    /// Whether it holds the budget.
    pub has_budget: bool,
    /// Why it must not be written to.
    pub read_only: Option<String>,
    /// Why nothing is made in it.
    pub closed: Option<String>,
}

impl Parent {
    /// Passes on what must not be done.
    pub(crate) fn protect(&self, object: &mut ObservedObject) {
        object.read_only = object.read_only.take().or_else(|| self.read_only.clone());
        object.no_creates.clone_from(&self.closed);
    }
}

/// What children need to know of a campaign.
pub(crate) fn parent(raw: &Object, lane: Lane) -> Parent {
    Parent {
        lane,
        objective: wire::text(raw, "objective_type").unwrap_or_default(),
        has_budget: wire::flag(raw, "budget_optimize_on"),
        read_only: read_only(raw),
        closed: closed(raw, lane),
    }
}

/// An observed campaign.
pub(crate) fn observe(raw: Object, lane: Lane, context: &Context) -> Option<ObservedObject> {
    let mut object = start(&raw, lane, Level::Campaign)?;
    let of = parent(&raw, lane);
    let fields = &mut object.fields;
    if let Some(neutral) = goals::neutral_objective(&of.objective) {
        fields.insert("objective".into(), Value::text(neutral));
    }
    // Awareness stands for two of the vendor's objectives, and some objectives have no neutral word.
    let implied = goals::neutral_objective(&of.objective)
        .and_then(|neutral| goals::objective(neutral, None, None))
        .filter(|implied| implied.vendor == of.objective);
    if implied.is_none_or(|implied| implied.vendor == "REACH") && !of.objective.is_empty() {
        fields.insert("tiktok.objective_type".into(), Value::text(&of.objective));
    }
    if implied.is_some_and(|implied| implied.lane == Lane::SmartPlus) && lane == Lane::Manual {
        fields.insert("tiktok.campaign_automation_type".into(), Value::text(goals::MANUAL));
    }
    fields.insert("tiktok.budget_optimize_on".into(), Value::Bool(of.has_budget));
    if of.has_budget {
        context.budget(&raw, fields);
    }
    let categories = wire::texts(&raw, "special_industries");
    let categories = categories.iter().map(|word| words::neutral_industry(word).unwrap_or(word));
    fields.insert("specialAdCategories".into(), Value::text_set(categories));
    pass_through(&raw, &MEMBERS, "tiktok.", fields);
    of.protect(&mut object);
    object.unexpressed = unexpressed::of_campaign(&raw);
    object.raises_itself = unexpressed::raises_itself(&raw);
    object.native = native(raw, lane, &of.objective, of.has_budget);
    Some(object)
}

/// Why a campaign is kept as it is but for changes and pausing: the manual lane of sales, leads and apps.
fn closed(raw: &Object, lane: Lane) -> Option<String> {
    let objective = wire::word(raw, "objective_type")?;
    (lane == Lane::Manual && goals::is_closed_manually(objective))
        .then(|| format!("TikTok closes the manual lane for {objective}"))
}

/// Why writes to a campaign are refused: the legacy Smart+ lane, and reservations.
fn read_only(raw: &Object) -> Option<String> {
    let legacy = wire::word(raw, "campaign_automation_type") == Some("SMART_PLUS")
        || wire::flag(raw, "is_smart_performance_campaign");
    if legacy {
        return Some("it is a legacy Smart+ campaign, whose updates TikTok closed in June 2026".to_owned());
    }
    let objective = wire::word(raw, "objective_type")?;
    (objective.starts_with("RF_") || objective == "TOPVIEW_REACH")
        .then(|| format!("it is a reservation ({objective}), which Adplane does not manage"))
}
