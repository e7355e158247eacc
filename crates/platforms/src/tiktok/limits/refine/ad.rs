//! Ads: what their ad group asks of them, button, where they lead, create defaults.

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;

use super::foreign::remove_below;
use super::formats::Format;
use super::{Destination, Pass, creates, creative, foreign, formats, identity, tracking};
use crate::tiktok::wire::Lane;

const FORM: &str = "creative.leadForm";
const PAGE_ID: &str = "creative.tiktok.page_id";
const LANDING: &str = "creative.landingPage";
const DEEPLINK: &str = "creative.tiktok.deeplink";
const DEEPLINK_TYPE: &str = "creative.tiktok.deeplink_type";

/// What the checks of one ad share.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parent {
    pub(super) lane: Lane,
    pub(super) objective: &'static str,
    pub(super) on_tiktok: bool,
    pub(super) leads_to: Destination,
}

pub(super) fn refine(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    foreign::name(object, pass);
    foreign::refine(object, pass);
    creative::remove_unused(object, pass);
    let group = object.parent.as_ref().and_then(|parent| pass.ad_groups.get(parent));
    let Some(group) = group else {
        // Nobody knows its campaign's objective: bound ads are compared as they are.
        tracking::normalise(object, None, pass);
        return;
    };
    let parent = Parent {
        lane: group.lane,
        objective: group.objective,
        on_tiktok: group.on_tiktok,
        leads_to: group.leads_to,
    };
    let closed = group.closed;
    let names = [group.campaign_name.clone(), group.display_name.clone(), object.display_name().to_owned()];
    refuse_closed(object, closed, parent, pass);
    let format = formats::refine(object, parent.lane, pass);
    creative::texts(object, parent.lane, format, pass);
    identity::refine(object, parent, pass);
    call_to_action(object, parent, pass);
    destination(object, parent, pass);
    tracking::normalise(object, Some(&names), pass);
    tracking::require_page(object, parent.leads_to == Destination::Website && format != Format::Post, pass);
    create_defaults(object, parent.lane);
}

fn refuse_closed(object: &DesiredObject, closed: bool, parent: Parent, pass: &mut Pass<'_>) {
    if closed && creates(object) {
        let message =
            format!("TikTok closes the manual lane for {}: no ad is made in it any more", parent.objective);
        let finding = Diagnostic::error("lane-closed", message)
            .hint("write it in an ad group of a new campaign, in Smart+");
        pass.error(object, "ads", finding);
    }
}

fn call_to_action(object: &mut DesiredObject, parent: Parent, pass: &mut Pass<'_>) {
    const PATH: &str = "creative.callToAction";
    creative::check_call_to_action(object, pass);
    let portfolio = parent.lane == Lane::SmartPlus && parent.on_tiktok;
    let typed = ["creative.tiktok.call_to_action", "creative.tiktok.call_to_action_id"]
        .iter()
        .any(|path| object.fields.contains_key(*path));
    if !portfolio || typed {
        return;
    }
    if object.text(PATH) == Some("None") && creates(object) {
        let finding = Diagnostic::error("call-to-action-needed", "Smart+ ads on TikTok always show a button")
            .hint("write `callToAction: LearnMore`, or another one");
        pass.error(object, PATH, finding);
    }
    object.default_field(PATH, "LearnMore");
}

/// The form, the app or the products an ad leads to; what leads elsewhere is not used.
fn destination(object: &mut DesiredObject, parent: Parent, pass: &mut Pass<'_>) {
    form(object, parent, pass);
    if matches!(parent.leads_to, Destination::Form | Destination::App) {
        let unused = [LANDING, "creative.tracking"];
        let found =
            unused.iter().find_map(|prefix| object.below(prefix).next().map(|(path, _)| path.to_string()));
        if let Some(path) = found {
            let what = if parent.leads_to == Destination::Form { "a form" } else { "an app" };
            let finding = Diagnostic::info(
                "unused-on-tiktok",
                format!("TikTok does not use landingPage and tracking: these ads lead to {what}"),
            );
            pass.once("page-unused", object, &path, finding);
        }
        for prefix in unused {
            remove_below(object, prefix);
        }
    }
    if object.fields.contains_key(DEEPLINK) {
        object.default_field(DEEPLINK_TYPE, "NORMAL");
    } else if object.fields.contains_key(DEEPLINK_TYPE) && creates(object) {
        let finding = Diagnostic::error("deeplink-incomplete", "a type of deep link without a deep link")
            .hint("add `tiktok: {deeplink: \"..\"}`, or remove it");
        pass.once("deeplink", object, DEEPLINK_TYPE, finding);
    }
    products(object, parent, pass);
}

fn form(object: &mut DesiredObject, parent: Parent, pass: &mut Pass<'_>) {
    if parent.leads_to == Destination::Form {
        // Both words name the same form.
        if let Some(mut page) = object.fields.remove(PAGE_ID) {
            page.source = object.field(FORM).map_or(page.source, |form| form.source);
            object.fields.entry(FORM.into()).or_insert(page);
        }
        if !object.fields.contains_key(FORM) && creates(object) {
            let finding = Diagnostic::error("lead-form-missing", "this ad group collects leads with a form")
                .hint("add `leadForm: \"<id of the instant form>\"` to the creative, or choose an event as goal");
            pass.once("lead-form-missing", object, FORM, finding);
        }
        let digits = |form: &str| form.bytes().all(|byte| byte.is_ascii_digit());
        if object.text(FORM).is_some_and(|form| !digits(form)) {
            let finding = Diagnostic::error("lead-form", "the id of a TikTok form is a number")
                .hint("copy the id of the instant form as TikTok shows it");
            pass.once("lead-form", object, FORM, finding);
        }
    } else if object.fields.contains_key(FORM) {
        let finding =
            Diagnostic::info("unused-on-tiktok", "TikTok does not use leadForm: these ads lead elsewhere");
        pass.once("form-unused", object, FORM, finding);
        object.fields.remove(FORM);
    }
}

fn products(object: &DesiredObject, parent: Parent, pass: &mut Pass<'_>) {
    const WHICH: &str = "creative.tiktok.product_specific_type";
    const SET: &str = "creative.tiktok.product_set_id";
    const LIST: &str = "creative.tiktok.product_ids";
    /// Most products of one ad.
    const MOST: usize = 20;
    if !creates(object) || parent.lane == Lane::Manual {
        return;
    }
    let has = |path: &str| object.fields.contains_key(path);
    if parent.leads_to != Destination::Catalog {
        let found = [WHICH, SET, LIST].into_iter().find(|path| has(path));
        if let Some(path) = found {
            let finding =
                Diagnostic::error("catalog-not-enabled", "the campaign does not sell from a catalogue")
                    .hint("add `tiktok: {catalog_enabled: true}` to the campaign, or remove it");
            pass.once("products", object, path, finding);
        }
        return;
    }
    let problem = match object.text(WHICH) {
        None => Some((WHICH, "nothing says which products the ad shows")),
        Some("ALL") if has(SET) || has(LIST) => Some((WHICH, "`ALL` products, and some of them")),
        Some("PRODUCT_SET") if !has(SET) => Some((SET, "no product set is named")),
        Some("CUSTOMIZED_PRODUCTS") if !has(LIST) => Some((LIST, "no products are named")),
        Some("ALL" | "PRODUCT_SET" | "CUSTOMIZED_PRODUCTS") => None,
        Some(_) => Some((WHICH, "TikTok has no such choice of products")),
    };
    let too_many = object.value(LIST).is_some_and(|list| list.members().len() > MOST);
    let problem = problem.or_else(|| too_many.then_some((LIST, "more than 20 products")));
    if let Some((path, what)) = problem {
        let finding = Diagnostic::error("products", what).hint(
            "write `tiktok: {product_specific_type: ALL}`, `PRODUCT_SET` with `product_set_id`, or \
             `CUSTOMIZED_PRODUCTS` with up to 20 `product_ids`",
        );
        pass.once("products", object, path, finding);
    }
}

fn create_defaults(object: &mut DesiredObject, lane: Lane) {
    object.default_field("tiktok.lane", lane.word());
    match lane {
        Lane::Manual => object.default_field("creative.tiktok.promotional_music_disabled", true),
        Lane::SmartPlus => {
            // Otherwise the platform adds and alters creatives, or publishes the post.
            object.default_field("creative.tiktok.creative_auto_add_toggle", false);
            let nothing = Value::text_set::<&str>([]);
            object.default_field("creative.tiktok.creative_auto_enhancement_strategy_list", nothing);
            object.default_field("creative.tiktok.dark_post_status", "ON");
        }
    }
}
