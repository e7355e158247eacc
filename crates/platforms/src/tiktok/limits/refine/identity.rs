//! In whose name an ad speaks (mapping §7.1, tiktok-smart-plus.md §0).

use adplane_core::desired::DesiredObject;
use adplane_core::diagnostic::Diagnostic;

use super::ad::Parent;
use super::{Pass, creates};
use crate::tiktok::wire::Lane;

const TYPE: &str = "creative.identity.tiktok.identity_type";
const ID: &str = "creative.identity.tiktok.identity_id";
const BUSINESS: &str = "creative.identity.tiktok.identity_authorized_bc_id";
const ACCOUNTS: &str = "use an identity of type TT_USER, BC_AUTH_TT or AUTH_CODE";

pub(super) fn refine(object: &mut DesiredObject, parent: Parent, pass: &mut Pass<'_>) {
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
        Some("TT_USER" | "AUTH_CODE") => without_business(object, pass),
        Some("BC_AUTH_TT") => {
            if !object.fields.contains_key(BUSINESS) {
                let finding = Diagnostic::error(
                    "identity-incomplete",
                    "BC_AUTH_TT needs the business center it comes from",
                )
                .hint("add `identity_authorized_bc_id`");
                pass.once("identity-incomplete", object, TYPE, finding);
            }
        }
        Some("CUSTOMIZED_USER") => customized(object, parent, pass),
        Some(_) | None => {
            let finding = Diagnostic::error("unknown-identity-type", "TikTok has no identity of this type")
                .hint("write TT_USER, BC_AUTH_TT, AUTH_CODE or CUSTOMIZED_USER");
            pass.once("unknown-identity-type", object, TYPE, finding);
        }
    }
}

fn without_business(object: &DesiredObject, pass: &mut Pass<'_>) {
    if object.fields.contains_key(BUSINESS) {
        let finding = Diagnostic::error("identity-business", "only BC_AUTH_TT comes from a business center")
            .hint("remove `identity_authorized_bc_id`, or write `identity_type: BC_AUTH_TT`");
        pass.once("identity-business", object, BUSINESS, finding);
    }
}

/// A name without a TikTok account behind it.
fn customized(object: &DesiredObject, parent: Parent, pass: &mut Pass<'_>) {
    if parent.lane == Lane::SmartPlus && parent.on_tiktok {
        let finding =
            Diagnostic::error("identity-not-possible", "Smart+ ads on TikTok speak as a TikTok account");
        pass.once("identity-not-possible", object, TYPE, finding.hint(ACCOUNTS));
    } else if object.fields.contains_key("creative.tiktok.tiktok_item_id") {
        let finding = Diagnostic::error("identity-not-possible", "a post belongs to a TikTok account");
        pass.once("identity-not-possible", object, TYPE, finding.hint(ACCOUNTS));
    } else if parent.objective == "ENGAGEMENT" {
        // Unverified, so it refuses nothing.
        let finding = Diagnostic::warning(
            "identity-retired",
            "an ENGAGEMENT ad wins followers for a TikTok account, which CUSTOMIZED_USER is not",
        );
        pass.once("identity-retired", object, TYPE, finding.hint(ACCOUNTS));
    } else {
        let finding = Diagnostic::warning(
            "identity-retired",
            "TikTok is retiring CUSTOMIZED_USER; accounts made in 2026 are refused",
        );
        pass.once("identity-retired", object, TYPE, finding.hint(ACCOUNTS));
    }
}
