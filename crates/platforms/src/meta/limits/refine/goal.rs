//! Goals of ad sets: what an objective allows, what a goal promotes, and which words the vendor has for it
//! (mapping §1.2, meta-ads.md §5.2).

use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::Around;
use super::campaign::Campaign;
use super::findings::Findings;
use crate::meta::wire::goals::{self, Promotes};
use crate::meta::wire::vendor;

const GOAL: &str = "optimization.goal";
/// The pixel that counts events.
pub(super) const PIXEL: &str = "optimization.pixel";
/// Where an app is installed from.
pub(super) const STORE_URL: &str = "optimization.app.storeUrl";
/// Parts of an app, both required.
const APP: [&str; 2] = ["optimization.app.id", STORE_URL];

/// The neutral goal; an objective with an obvious one supplies it.
pub(super) fn settle(
    object: &mut DesiredObject,
    campaign: &Campaign,
    findings: &mut Findings,
) -> Option<String> {
    let objective = campaign.objective.as_deref();
    let written = object.text(GOAL).map(str::to_owned);
    let bound = object.external_id.is_some() || object.field("meta.optimization_goal").is_some();
    match (objective, &written) {
        (Some(objective), Some(goal)) if goals::row(objective, goal).is_none() => {
            let message = format!("objective {objective} has no goal `{goal}` on Meta Ads");
            let hint = format!("write one of {}", goals::choices(objective));
            findings.error(object, GOAL, "unsupported-goal", message, hint);
            written
        }
        (Some(objective), None) if !bound => {
            let goal = goals::default_of(objective);
            if let Some(goal) = goal {
                object.default_field(GOAL, Value::text(goal));
            } else {
                findings.error(
                    object,
                    "optimization",
                    "goal-required",
                    format!(
                        "an ad group under objective {objective} needs a goal, which is frozen once it runs"
                    ),
                    format!("write `optimization: {{goal: …}}` with one of {}", goals::choices(objective)),
                );
            }
            goal.map(str::to_owned)
        }
        _ => written,
    }
}

/// What the goal promotes, and where a click leads.
pub(super) fn settle_promoted(
    object: &mut DesiredObject,
    campaign: &Campaign,
    goal: Option<&str>,
    around: &Around<'_>,
    findings: &mut Findings,
) {
    check_app_is_whole(object, findings);
    check_words(object, findings);
    let row =
        campaign.objective.as_deref().zip(goal).and_then(|(objective, goal)| goals::row(objective, goal));
    let Some(row) = row else { return };
    settle_destination(object, row.destination);
    let bound = object.external_id.is_some();
    match row.promotes {
        Promotes::PixelEvent if object.below("optimization.app").next().is_none() => {
            if let Some(pixel) = around.account.get("defaults.pixel") {
                object.fields.entry(PIXEL.into()).or_insert_with(|| pixel.inherited());
            }
            if object.field(PIXEL).is_none() && !bound {
                findings.error(
                    object,
                    PIXEL,
                    "pixel-required",
                    "this goal counts events on a pixel, and none is written",
                    "write `optimization: {pixel: \"…\"}` here or `defaults: {pixel: \"…\"}` on the account",
                );
            }
        }
        Promotes::App | Promotes::AppEvent => require_app(object, findings),
        Promotes::Page => settle_page(object, bound, around, findings),
        Promotes::PixelEvent | Promotes::Nothing => {}
    }
}

/// What the goal means anyway is a create default; plain web is written as nothing.
fn settle_destination(object: &mut DesiredObject, implied: Option<&str>) {
    const DESTINATION: &str = "meta.destination_type";
    let written = object.text(DESTINATION);
    if written.is_some() && (written == implied || matches!(written, Some("UNDEFINED" | "WEBSITE"))) {
        object.fields.remove(DESTINATION);
    }
    if let Some(implied) = implied {
        object.default_field(DESTINATION, Value::text(implied));
    }
}

fn require_app(object: &DesiredObject, findings: &mut Findings) {
    if object.external_id.is_none() && APP.iter().all(|path| object.field(path).is_none()) {
        findings.error(
            object,
            "optimization",
            "app-required",
            "this goal promotes an app, and none is written",
            "write `optimization: {app: {id: \"…\", storeUrl: https://…}}`",
        );
    }
}

/// An app is named by its id and by where it is installed from.
fn check_app_is_whole(object: &DesiredObject, findings: &mut Findings) {
    let [missing] = APP.into_iter().filter(|path| object.field(path).is_none()).collect::<Vec<_>>()[..]
    else {
        return;
    };
    if object.external_id.is_none() {
        let part = missing.trim_start_matches("optimization.app.");
        let message = format!("the app has no `{part}`");
        let hint = "write `optimization: {app: {id: \"…\", storeUrl: https://…}}`";
        findings.error(object, "optimization.app", "app-required", message, hint);
    }
}

/// Words of the typed block that the vendor's client does not know: the vendor may, so they pass.
fn check_words(object: &DesiredObject, findings: &mut Findings) {
    for (path, known) in [
        ("meta.optimization_goal", vendor::OPTIMIZATION_GOALS),
        ("meta.destination_type", vendor::DESTINATION_TYPES),
        ("meta.promoted_object.custom_event_type", vendor::EVENTS),
    ] {
        let Some(word) = object.text(path).filter(|word| !vendor::has(known, word)) else { continue };
        let message = format!("`{word}` is not a word that Meta Ads is known to take here");
        let hint = format!("write one of {}", vendor::list(known));
        findings.warning(object, path, "unknown-word", message, hint);
    }
}

/// The promoted page: the ads' own, else the account's.
fn settle_page(object: &mut DesiredObject, bound: bool, around: &Around<'_>, findings: &mut Findings) {
    const PROMOTED: &str = "meta.promoted_object.page_id";
    let page = around.pages.get(&object.address).map(String::as_str);
    match page.or_else(|| around.account_text("defaults.identity.meta.page")) {
        Some(page) => object.default_field(PROMOTED, Value::text(page)),
        None if object.field(PROMOTED).is_none() && !bound => findings.error(
            object,
            PROMOTED,
            "page-required",
            "this goal promotes a page, and none is written",
            "write `defaults: {identity: {meta: {page: \"…\"}}}` on the account, or the page on the creative",
        ),
        None => {}
    }
}
