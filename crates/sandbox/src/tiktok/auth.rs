//! Tokens, the advertisers they reach, and who is behind them ("Authentication", "Obtain advertiser info").

use serde_json::{Value, json};

use crate::http::Request;
use crate::world::{Vendor, World};

use super::errors::{
    Answer, NO_PERMISSION, Outcome, Refusal, TOKEN_EXPIRED, TOKEN_INVALID, TOKEN_MISSING, ensure,
};
use super::field::{Field, id, ids, text, texts};
use super::json::text_or_empty;
use super::params::Params;
use super::store;

/// The token that works everywhere in the sandbox.
const TOKEN: &str = "sandbox-token";
/// Client and authorisation code of the sandbox's only app.
const APP: (&str, &str, &str) = ("sandbox-client", "sandbox-secret", "sandbox-code");
/// Code for an authorisation code that was used, expired or never issued.
const BAD_CODE: u32 = 40_110;
/// Code for an app id or secret that does not match.
const BAD_APP: u32 = 40_101;

/// Parameters of `/oauth2/access_token/`.
pub(super) const ACCESS_TOKEN: &[Field] =
    &[text("app_id").required(), text("secret").required(), text("auth_code").required(), text("grant_type")];
/// Parameters of `/oauth2/revoke_token/`.
pub(super) const REVOKE: &[Field] =
    &[text("app_id").required(), text("secret").required(), text("access_token").required()];
/// Parameters of `/oauth2/advertiser/get/`.
pub(super) const ADVERTISERS: &[Field] = &[text("app_id").required(), text("secret").required()];
/// Parameters of `/advertiser/info/`.
pub(super) const INFO: &[Field] = &[ids("advertiser_ids").required(), texts("fields")];
/// Parameters of `/user/info/`.
pub(super) const USER: &[Field] = &[];
/// Parameters of `/advertiser/balance/get/`.
pub(super) const BALANCE: &[Field] =
    &[id("bc_id").required(), text("child_bc_id"), texts("fields"), super::field::any("filtering")];

/// Checks the `Access-Token` header; no other header and no query parameter carries a token.
pub(super) fn check_token(world: &World, request: &Request) -> Result<(), Refusal> {
    let revoked = store::note(world, "token/revoked").is_some();
    match request.header("access-token") {
        None | Some("") => Err(Refusal::new(
            TOKEN_MISSING,
            "Access token is null, you should set it in http header with key Access-Token.",
        )),
        Some("EXPIRED") => Err(Refusal::new(TOKEN_EXPIRED, "Access token is expired.")),
        Some(TOKEN) if !revoked => Ok(()),
        Some(_) => Err(Refusal::new(TOKEN_INVALID, "Access token is incorrect or has been revoked.")),
    }
}

/// Exchanges an authorisation code, once, for the long-lived token.
pub(super) fn access_token(world: &mut World, params: &Params) -> Outcome {
    check_app(params)?;
    let used = store::note(world, "token/code_used").is_some();
    if params.text_or_empty("auth_code") != APP.2 || used {
        return Err(Refusal::new(BAD_CODE, "auth_code is invalid, expired or already used."));
    }
    store::set_note(world, "token/code_used", true);
    if let Some(notes) = world.notes.get_mut(&Vendor::Tiktok) {
        notes.remove("token/revoked");
    }
    Ok(Answer::wrote(json!({
        "access_token": TOKEN,
        "advertiser_ids": advertiser_ids(world),
        "scope": [1, 2, 3, 4, 5, 6, 7, 8, 9],
    })))
}

/// Ends the token; a fresh authorisation makes it valid again.
pub(super) fn revoke(world: &mut World, params: &Params) -> Outcome {
    check_app(params)?;
    ensure(params.text_or_empty("access_token") == TOKEN, || "access_token: unknown token.".into())?;
    store::set_note(world, "token/revoked", true);
    if let Some(notes) = world.notes.get_mut(&Vendor::Tiktok) {
        notes.remove("token/code_used");
    }
    Ok(Answer::wrote(json!({})))
}

/// Lists the advertisers that the token reaches.
pub(super) fn advertisers(world: &mut World, params: &Params) -> Outcome {
    check_app(params)?;
    let list: Vec<Value> = world
        .accounts
        .get(&Vendor::Tiktok)
        .into_iter()
        .flatten()
        .map(|(id, account)| {
            json!({"advertiser_id": id, "advertiser_name": text_or_empty(&account.object, "name")})
        })
        .collect();
    Ok(Answer::read(json!({"list": list})))
}

/// Describes advertisers.
pub(super) fn info(world: &mut World, params: &Params) -> Outcome {
    let wanted = params.texts("advertiser_ids");
    ensure((1..=100).contains(&wanted.len()), || "advertiser_ids: 1 to 100 ids are allowed.".into())?;
    let fields = params.has("fields").then(|| params.texts("fields"));
    let mut list = Vec::new();
    for id in wanted {
        let mut row = store::advertiser(world, id)?.clone();
        row.retain(|name, _| fields.as_ref().is_none_or(|fields| fields.contains(&name.as_str())));
        list.push(Value::Object(row));
    }
    Ok(Answer::read(json!({"list": list})))
}

/// Says who owns the token.
#[expect(clippy::unnecessary_wraps, reason = "every endpoint has one shape")]
pub(super) fn user(_: &mut World, _: &Params) -> Outcome {
    Ok(Answer::read(json!({
        "core_user_id": "6900000000000000001",
        "display_name": "sandbox-user",
        "email": "s***r@sandbox.example",
        "create_time": 1_600_000_000,
    })))
}

/// Lists balances of a business centre's advertisers; the sandbox has one centre for all of them.
pub(super) fn balances(world: &mut World, params: &Params) -> Outcome {
    ensure(!params.text_or_empty("bc_id").is_empty(), || "bc_id: Missing data for required field.".into())?;
    let list: Vec<Value> = world
        .accounts
        .get(&Vendor::Tiktok)
        .into_iter()
        .flatten()
        .map(|(id, account)| {
            let object = &account.object;
            json!({
                "advertiser_id": id, "advertiser_name": object.get("name"), "currency": object.get("currency"),
                "timezone": object.get("timezone"), "advertiser_status": "SHOW_ACCOUNT_STATUS_APPROVED",
                "account_balance": object.get("balance"), "cash_balance": object.get("balance"),
                "grant_balance": 0.0, "frozen_balance": 0.0, "budget_mode": "UNLIMITED", "budget": 0.0,
                "budget_remaining": 0.0,
            })
        })
        .collect();
    let count = list.len();
    Ok(Answer::read(json!({
        "advertiser_account_list": list,
        "page_info": {"page": 1, "page_size": 50, "total_number": count, "total_page": 1},
    })))
}

fn check_app(params: &Params) -> Result<(), Refusal> {
    if params.text_or_empty("app_id") == APP.0 && params.text_or_empty("secret") == APP.1 {
        Ok(())
    } else {
        Err(Refusal::new(BAD_APP, "app_id or secret is incorrect."))
    }
}

fn advertiser_ids(world: &World) -> Vec<String> {
    world.accounts.get(&Vendor::Tiktok).into_iter().flatten().map(|(id, _)| id.clone()).collect()
}

/// Whether the token may use an advertiser; unknown and foreign ones look alike.
pub(super) fn check_advertiser(world: &World, advertiser: &str) -> Result<(), Refusal> {
    if advertiser.is_empty() {
        return Err(Refusal::new(NO_PERMISSION, "advertiser_id: Missing data for required field."));
    }
    store::account(world, advertiser).map(|_| ())
}
