//! Identities that ads speak as ("Get identities", "Create an identity").

use serde_json::{Value, json};

use crate::world::{Object, World};

use super::errors::{Answer, Outcome, Refusal, ensure, invalid};
use super::field::{Field, Kind, choice, id, object, text};
use super::json::{text as text_of, text_or_empty};
use super::list::Page;
use super::params::Params;
use super::{store, words};

/// Kinds of identity.
pub(super) const TYPES: &[&str] = &["CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"];
/// Kinds of identity that are TikTok accounts.
pub(super) const ACCOUNTS: [&str; 3] = ["AUTH_CODE", "TT_USER", "BC_AUTH_TT"];

const FILTER: &[Field] = &[text("keyword")];

/// Parameters of `/identity/get/`.
pub(super) const GET: &[Field] = &[
    id("advertiser_id").required(),
    choice("identity_type", TYPES),
    text("identity_authorized_bc_id"),
    object("filtering", FILTER),
    Field::new("page", Kind::Number),
    Field::new("page_size", Kind::Number),
];
/// Parameters of `/identity/create/`.
pub(super) const CREATE: &[Field] =
    &[id("advertiser_id").required(), text("display_name").required(), text("image_uri")];
/// Parameters of `/identity/delete/`.
pub(super) const DELETE: &[Field] =
    &[id("advertiser_id").required(), text("identity_id").required(), choice("identity_type", TYPES)];

/// Lists identities.
pub(super) fn get(world: &mut World, params: &Params) -> Outcome {
    let page = Page::read(params, 100)?;
    let keyword = params.object("filtering").and_then(|filter| text_of(filter, "keyword"));
    let account = store::account(world, &params.advertiser)?;
    let found: Vec<&Object> = account
        .collection("identities")
        .into_iter()
        .flat_map(|identities| identities.values())
        .filter(|identity| {
            params.text("identity_type").is_none_or(|kind| text_of(identity, "identity_type") == Some(kind))
        })
        .filter(|identity| keyword.is_none_or(|word| text_or_empty(identity, "display_name").contains(word)))
        .collect();
    Ok(Answer::read(page.answer("identity_list", &found, |identity| (*identity).clone())))
}

/// Makes a custom identity, a display name without a TikTok account.
pub(super) fn create(world: &mut World, params: &Params) -> Outcome {
    let name = params.text_or_empty("display_name");
    let length = words::units(name);
    ensure((1..=100).contains(&length), || "display_name: It must have 1 to 100 characters.".into())?;
    let identity_id = store::fresh_id(world);
    let identity = json!({
        "identity_id": identity_id, "identity_type": "CUSTOMIZED_USER", "display_name": name,
        "profile_image": params.text_or_empty("image_uri"), "available_status": "AVAILABLE",
        "can_push_video": false, "can_pull_video": false, "can_use_live_ads": false,
        "identity_authorized_bc_id": null,
    });
    if let Value::Object(identity) = identity {
        let account = store::account_mut(world, &params.advertiser)?;
        account.collection_mut("identities").insert(identity_id.clone(), identity);
    }
    Ok(Answer::wrote(json!({"identity_id": identity_id})))
}

/// Deletes a custom identity.
pub(super) fn delete(world: &mut World, params: &Params) -> Outcome {
    let id = params.text_or_empty("identity_id");
    let account = store::account_mut(world, &params.advertiser)?;
    let kind = account.get("identities", id).and_then(|identity| text_of(identity, "identity_type"));
    ensure(kind == Some("CUSTOMIZED_USER"), || {
        format!("identity_id: {id} is not a custom identity of this account.")
    })?;
    account.collection_mut("identities").shift_remove(id);
    Ok(Answer::wrote(json!({})))
}

/// Checks that members name an identity the account may use, and answers its kind.
pub(super) fn check<'a>(world: &World, advertiser: &str, members: &'a Object) -> Result<&'a str, Refusal> {
    let kind = text_of(members, "identity_type")
        .ok_or_else(|| invalid("identity_type: Missing data for required field."))?;
    let id = text_of(members, "identity_id")
        .ok_or_else(|| invalid("identity_id: Missing data for required field."))?;
    ensure(kind != "BC_AUTH_TT" || members.contains_key("identity_authorized_bc_id"), || {
        "identity_authorized_bc_id: Required when identity_type is BC_AUTH_TT.".into()
    })?;
    let known = store::account(world, advertiser)?.get("identities", id);
    ensure(known.is_some_and(|identity| text_of(identity, "identity_type") == Some(kind)), || {
        format!("identity_id: The identity {id} of type {kind} does not exist in this advertiser account.")
    })?;
    let lender = known.and_then(|identity| text_of(identity, "identity_authorized_bc_id"));
    ensure(kind != "BC_AUTH_TT" || text_of(members, "identity_authorized_bc_id") == lender, || {
        format!("identity_authorized_bc_id: The identity {id} does not come from this business center.")
    })?;
    Ok(kind)
}
