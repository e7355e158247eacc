//! What an ad group is optimised for, and what that needs: pixel, app, form, promotion (mapping §1.3).

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;

use super::ad_group::Parent;
use super::{Destination, Pass, creates};
use crate::tiktok::wire::goals::{self, Goal};

const GOAL: &str = "optimization.goal";
const PIXEL: &str = "optimization.pixel";
const APP: &str = "optimization.app.id";
const STORE: &str = "optimization.app.storeUrl";
const PROMOTION: &str = "tiktok.promotion_type";
const TARGET: &str = "tiktok.promotion_target_type";
const SYSTEMS: &str = "tiktok.operating_systems";
const FORM: &str = "INSTANT_PAGE";
const WEBSITE: &str = "EXTERNAL_WEBSITE";

/// What is promoted; `None` where the objective names nothing.
pub(super) fn promotion(
    object: &mut DesiredObject,
    parent: &Parent,
    pass: &mut Pass<'_>,
) -> Option<&'static str> {
    let possible: &[&'static str] = match parent.vendor() {
        "REACH" | "VIDEO_VIEWS" | "ENGAGEMENT" => return None,
        "TRAFFIC" => &["WEBSITE", "APP_ANDROID", "APP_IOS"],
        "APP_PROMOTION" => &["APP_ANDROID", "APP_IOS"],
        "LEAD_GENERATION" => &["LEAD_GENERATION"],
        _ => &["WEBSITE"],
    };
    let written = object.text(PROMOTION).map(str::to_owned);
    let chosen = match &written {
        Some(word) => possible.iter().copied().find(|known| known == word),
        None => by_store(object)
            .filter(|found| possible.contains(found))
            .or_else(|| possible.first().copied().filter(|first| !first.starts_with("APP_"))),
    };
    match (chosen, &written) {
        (Some(chosen), _) => {
            object.default_field(PROMOTION, chosen);
            follow_system(object, chosen, pass);
        }
        (None, _) if !creates(object) || parent.objective.closed => {}
        (None, Some(word)) => {
            let message = format!("`{PROMOTION}: {word}` is not possible with {}", parent.vendor());
            let finding = Diagnostic::error("promotion-not-possible", message);
            pass.error(object, PROMOTION, finding.hint(format!("write {}", possible.join(" or "))));
        }
        (None, None) => {
            let finding = Diagnostic::error("store-missing", "nothing says which store the app is in").hint(
                "add `optimization.app.storeUrl`, or `tiktok: {promotion_type: APP_ANDROID}` or `APP_IOS`",
            );
            pass.error(object, PROMOTION, finding);
        }
    }
    chosen
}

/// The store's page tells the system.
fn by_store(object: &DesiredObject) -> Option<&'static str> {
    let page = object.text(STORE)?;
    if page.contains("play.google.com") {
        Some("APP_ANDROID")
    } else if page.contains("apps.apple.com") || page.contains("itunes.apple.com") {
        Some("APP_IOS")
    } else {
        None
    }
}

/// An app's system is its own: TikTok overwrites the operating systems of targeting with it.
fn follow_system(object: &mut DesiredObject, promotion: &str, pass: &mut Pass<'_>) {
    let Some(system) = promotion.strip_prefix("APP_") else { return };
    let Some(written) = object.value(SYSTEMS) else { return };
    if written.texts().eq([system]) {
        object.fields.remove(SYSTEMS);
    } else if creates(object) {
        let message = format!("an app of {promotion} runs on {system} only");
        let finding =
            Diagnostic::error("operating-systems", message).hint("remove `tiktok.operating_systems`");
        pass.error(object, SYSTEMS, finding);
    }
}

/// The goal, with the vendor's words for it as create defaults.
pub(super) fn goal(object: &mut DesiredObject, parent: &Parent, pass: &mut Pass<'_>) -> Option<Goal> {
    let vendor = parent.vendor();
    let choices = || goals::goals(vendor).join(", ");
    if let Some(default) = goals::default_goal(vendor) {
        object.default_field(GOAL, default);
    }
    let Some(neutral) = object.text(GOAL).map(str::to_owned) else {
        if creates(object) && !parent.objective.closed {
            let finding = Diagnostic::error(
                "goal-missing",
                format!(
                    "a {vendor} ad group needs an optimization goal, which is fixed once it is published"
                ),
            )
            .hint(format!("add `optimization: {{goal: ..}}`; possible are {}", choices()));
            pass.error(object, GOAL, finding);
        }
        return None;
    };
    let Some(goal) = goals::goal(vendor, &neutral) else {
        if creates(object) && !parent.objective.closed {
            let finding = Diagnostic::error(
                "goal-not-possible",
                format!("goal {neutral} is not possible with objective type {vendor}"),
            )
            .hint(format!("write one of {}", choices()));
            pass.error(object, GOAL, finding);
        }
        return None;
    };
    object.default_field("tiktok.optimization_goal", goal.optimization);
    object.default_field("tiktok.billing_event", goal.billing);
    if let Some(event) = goal.event() {
        object.default_field("tiktok.optimization_event", event);
    }
    if vendor == "LEAD_GENERATION" {
        lead_target(object, goal, pass);
    }
    Some(goal)
}

/// A form is filled in on the platform, an event happens on a website.
fn lead_target(object: &mut DesiredObject, goal: Goal, pass: &mut Pass<'_>) {
    let follows = if goal.has_pixel() { WEBSITE } else { FORM };
    if let Some(written) = object.text(TARGET).filter(|written| *written != follows && creates(object)) {
        let message = format!("`{TARGET}: {written}` does not fit the goal, which is met on {follows}");
        let finding = Diagnostic::error("promotion-target", message)
            .hint("remove it: `goal: LeadForm` means a form, an event means a website");
        pass.error(object, TARGET, finding);
    }
    object.default_field(TARGET, follows);
}

/// The pixel that sees the event.
pub(super) fn pixel(object: &mut DesiredObject, goal: Goal, pass: &mut Pass<'_>) {
    if goal.has_pixel() {
        pass.inherit(object, PIXEL, "defaults.pixel");
        if !object.fields.contains_key(PIXEL) && creates(object) {
            let finding = Diagnostic::error(
                "pixel-missing",
                "this goal counts events of a pixel, and none is named",
            )
            .hint("add `optimization.pixel`, or `defaults.pixel` on the AdAccount: the numeric TikTok id");
            pass.error(object, PIXEL, finding);
        }
    } else if object.fields.contains_key(PIXEL) && creates(object) {
        let finding = Diagnostic::error("pixel-not-possible", "TikTok takes no pixel with this goal")
            .hint("remove `optimization.pixel`, or choose an event of a website as goal");
        pass.error(object, PIXEL, finding);
    }
    if let Some(pixel) = object.text(PIXEL)
        && !pixel.bytes().all(|byte| byte.is_ascii_digit())
    {
        let finding = Diagnostic::error("pixel-not-numeric", format!("`{pixel}` is not a TikTok pixel id"))
            .hint("use the numeric id, not the code that the web screens show");
        pass.error(object, PIXEL, finding);
    }
}

/// The app, and what only one system or chosen placements allow.
pub(super) fn app(object: &mut DesiredObject, goal: Goal, parent: &Parent, pass: &mut Pass<'_>) {
    if !creates(object) {
        return;
    }
    let promotes = object.text(PROMOTION).is_some_and(|promotion| promotion.starts_with("APP_"));
    let (named, stored) = (object.fields.contains_key(APP), object.fields.contains_key(STORE));
    if promotes && !named {
        let finding = Diagnostic::error("app-missing", "this ad group promotes an app and names none")
            .hint("add `optimization: {app: {id: \"..\"}}`, the id that TikTok gave the app");
        pass.error(object, APP, finding);
    } else if !promotes && (named || stored) && parent.vendor() != "APP_PROMOTION" {
        let path = if named { APP } else { STORE };
        let finding = Diagnostic::error("app-not-possible", "this ad group does not promote an app")
            .hint("remove `optimization.app`, or use `objective: AppPromotion`");
        pass.error(object, path, finding);
    }
    if parent.vendor() == "APP_PROMOTION" && goal.optimization == "VALUE" {
        value_of_app(object, parent, pass);
    }
}

fn value_of_app(object: &DesiredObject, parent: &Parent, pass: &mut Pass<'_>) {
    if object.text(PROMOTION) == Some("APP_IOS") {
        let finding = Diagnostic::error("value-needs-android", "goal Value exists for Android apps only")
            .hint("use `goal: Purchase`, or promote the app for Android");
        pass.error(object, GOAL, finding);
    }
    if object.text("tiktok.placement_type") == Some("PLACEMENT_TYPE_AUTOMATIC") {
        let finding =
            Diagnostic::error("value-needs-placements", "goal Value of an app needs chosen placements")
                .hint("write `tiktok: {placements: [PLACEMENT_TIKTOK]}`");
        pass.error(object, "tiktok.placement_type", finding);
    }
    // Two independent clients say that it is refused since September 2026; no primary notice was seen.
    if !parent.has_campaign_budget() {
        let finding = Diagnostic::warning(
            "value-needs-campaign-budget",
            "TikTok may refuse goal Value of an app without a budget on the campaign",
        )
        .hint("write `budget` on the campaign");
        pass.error(object, GOAL, finding);
    }
}

/// Where the ads of an ad group lead.
pub(super) fn destination(
    object: &DesiredObject,
    parent: &Parent,
    promotion: Option<&'static str>,
) -> Destination {
    match promotion {
        Some(promotion) if promotion.starts_with("APP_") => Destination::App,
        Some("LEAD_GENERATION") if object.text(TARGET) == Some(FORM) => Destination::Form,
        Some(_) if parent.catalog || parent.vendor() == goals::PRODUCT_SALES => Destination::Catalog,
        Some(_) => Destination::Website,
        None => Destination::Free,
    }
}
