//! Ads: format by content, identity, create defaults.

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::value::Value;

use super::{Pass, creates, creative, foreign, tracking};
use crate::tiktok::wire::Lane;

pub(super) fn refine(object: &mut DesiredObject, pass: &mut Pass<'_>) {
    foreign::name(object, pass);
    foreign::refine(object, pass);
    creative::remove_unused(object, pass);
    let parent = object.parent.as_ref().and_then(|parent| pass.ad_groups.get(parent));
    let Some(parent) = parent else {
        // Its campaign cannot be created by us: bound ads are compared as they are.
        tracking::normalise(object, None, pass);
        return;
    };
    let (lane, on_tiktok, website) = (parent.lane, parent.on_tiktok, parent.website);
    let names = [parent.campaign_name.clone(), parent.display_name.clone(), object.display_name().to_owned()];
    creative::refine(object, lane, pass);
    identity(object, lane, on_tiktok, pass);
    call_to_action(object, lane, on_tiktok, pass);
    tracking::normalise(object, Some(&names), pass);
    tracking::require_page(object, website, pass);
    create_defaults(object, lane);
}

fn identity(object: &mut DesiredObject, lane: Lane, on_tiktok: bool, pass: &mut Pass<'_>) {
    const TYPE: &str = "creative.identity.tiktok.identity_type";
    const ID: &str = "creative.identity.tiktok.identity_id";
    const BUSINESS: &str = "creative.identity.tiktok.identity_authorized_bc_id";
    // A type and an id belong together: they are inherited together or not at all.
    if ![TYPE, ID].iter().any(|path| object.fields.contains_key(*path)) {
        for (path, leaf) in
            [(TYPE, "identity_type"), (ID, "identity_id"), (BUSINESS, "identity_authorized_bc_id")]
        {
            pass.inherit(object, path, &format!("defaults.identity.tiktok.{leaf}"));
        }
    }
    if !creates(object) {
        return;
    }
    let kind = object.text(TYPE).map(str::to_owned);
    if kind.is_none() || !object.fields.contains_key(ID) {
        let finding = Diagnostic::error("identity-missing", "a TikTok ad needs an identity to speak as")
            .hint("add `identity: {tiktok: {identity_type: TT_USER, identity_id: \"..\"}}` to the creative, or to `defaults` of the AdAccount");
        pass.once("identity-missing", object, ID, finding);
        return;
    }
    match kind.as_deref() {
        Some("TT_USER" | "AUTH_CODE") => {}
        Some("BC_AUTH_TT") => {
            if !object.fields.contains_key(BUSINESS) {
                let finding = Diagnostic::error(
                    "identity-incomplete",
                    "BC_AUTH_TT needs the business center it comes from",
                )
                .hint("add `identity_authorized_bc_id`");
                pass.error(object, TYPE, finding);
            }
        }
        Some("CUSTOMIZED_USER") if lane == Lane::SmartPlus && on_tiktok => {
            let finding =
                Diagnostic::error("identity-not-possible", "Smart+ ads on TikTok speak as a TikTok account")
                    .hint("use an identity of type TT_USER, BC_AUTH_TT or AUTH_CODE");
            pass.error(object, TYPE, finding);
        }
        Some("CUSTOMIZED_USER") => {
            let finding = Diagnostic::warning(
                "identity-retired",
                "TikTok is retiring CUSTOMIZED_USER; accounts made in 2026 are refused",
            )
            .hint("use an identity of type TT_USER, BC_AUTH_TT or AUTH_CODE");
            pass.once("identity-retired", object, TYPE, finding);
        }
        Some(_) | None => {
            let finding = Diagnostic::error("unknown-identity-type", "TikTok has no identity of this type")
                .hint("write TT_USER, BC_AUTH_TT, AUTH_CODE or CUSTOMIZED_USER");
            pass.error(object, TYPE, finding);
        }
    }
}

fn call_to_action(object: &mut DesiredObject, lane: Lane, on_tiktok: bool, pass: &mut Pass<'_>) {
    const PATH: &str = "creative.callToAction";
    creative::check_call_to_action(object, pass);
    let portfolio = lane == Lane::SmartPlus && on_tiktok;
    let typed = ["creative.tiktok.call_to_action", "creative.tiktok.call_to_action_id"]
        .iter()
        .any(|path| object.fields.contains_key(*path));
    if !portfolio || typed {
        return;
    }
    if object.text(PATH) == Some("None") {
        let finding = Diagnostic::error("call-to-action-needed", "Smart+ ads on TikTok always show a button")
            .hint("write `callToAction: LearnMore`, or another one");
        pass.error(object, PATH, finding);
    }
    object.default_field(PATH, "LearnMore");
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
