//! Paths: which endpoint answers, who may call it, what it accepts.

use crate::http::{Request, Response};
use crate::world::World;

use super::errors::{self, Outcome};
use super::field::{Group, all, optional};
use super::list::{PAGING, TRIMMING};
use super::params::{self, Params};
use super::smart_plus::{
    ad_fields, adgroup_fields, adgroups as smart_plus_adgroups, ads as smart_plus_ads,
    campaigns as smart_plus_campaigns, review,
};
use super::{
    adgroups, ads, auth, bidding, campaigns, changelog, gets, identity, images, pixel, portfolio, quota,
    report, store, switch, targeting, tools, videos,
};

/// Root of all paths.
const ROOT: &str = "/open_api/v1.3";

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Anybody: the app proves itself with its secret.
    App,
    /// Whoever holds a token.
    Token,
    /// Whoever holds a token for the advertiser.
    Advertiser,
}

/// One endpoint.
struct Endpoint {
    method: &'static str,
    access: Access,
    fields: Vec<Group>,
    run: fn(&mut World, &Params) -> Outcome,
}

fn get<const N: usize>(fields: [Group; N], run: fn(&mut World, &Params) -> Outcome) -> Endpoint {
    Endpoint { method: "GET", access: Access::Advertiser, fields: fields.to_vec(), run }
}

fn post<const N: usize>(fields: [Group; N], run: fn(&mut World, &Params) -> Outcome) -> Endpoint {
    Endpoint { method: "POST", access: Access::Advertiser, fields: fields.to_vec(), run }
}

fn open<const N: usize>(
    method: &'static str,
    access: Access,
    fields: [Group; N],
    run: fn(&mut World, &Params) -> Outcome,
) -> Endpoint {
    Endpoint { method, access, fields: fields.to_vec(), run }
}

/// The endpoint behind a path; the trailing slash is part of it.
fn endpoint(path: &str) -> Option<Endpoint> {
    account_endpoint(path)
        .or_else(|| manual_endpoint(path))
        .or_else(|| smart_plus_endpoint(path))
        .or_else(|| asset_endpoint(path))
        .or_else(|| report_endpoint(path))
}

fn account_endpoint(path: &str) -> Option<Endpoint> {
    use Access::{App, Token};
    Some(match path {
        "/oauth2/access_token/" => open("POST", App, [all(auth::ACCESS_TOKEN)], auth::access_token),
        "/oauth2/revoke_token/" => open("POST", App, [all(auth::REVOKE)], auth::revoke),
        "/oauth2/advertiser/get/" => open("GET", Token, [all(auth::ADVERTISERS)], auth::advertisers),
        "/advertiser/info/" => open("GET", Token, [all(auth::INFO)], auth::info),
        "/advertiser/balance/get/" => open("GET", Token, [all(auth::BALANCE), all(PAGING)], auth::balances),
        "/user/info/" => open("GET", Token, [all(auth::USER)], auth::user),
        _ => return None,
    })
}

fn manual_endpoint(path: &str) -> Option<Endpoint> {
    Some(match path {
        "/campaign/create/" => post([all(campaigns::CREATE)], campaigns::create),
        "/campaign/update/" => post([all(campaigns::UPDATE), optional(campaigns::CREATE)], campaigns::update),
        "/campaign/status/update/" => post([all(switch::CAMPAIGNS)], switch::campaigns),
        "/campaign/get/" => get([all(gets::CAMPAIGNS), all(PAGING), all(TRIMMING)], gets::campaigns),
        "/adgroup/create/" => post(
            [all(adgroups::fields::CREATE), all(targeting::MEMBERS), all(bidding::MEMBERS)],
            adgroups::create,
        ),
        "/adgroup/update/" => post(
            [
                all(adgroups::fields::UPDATE),
                optional(adgroups::fields::CREATE),
                all(targeting::MEMBERS),
                all(bidding::MEMBERS),
            ],
            adgroups::update,
        ),
        "/adgroup/status/update/" => post([all(switch::ADGROUPS)], switch::adgroups),
        "/adgroup/budget/update/" => post([all(adgroups::budgets::UPDATE)], adgroups::budgets::update),
        "/adgroup/quota/" => get([all(adgroups::budgets::QUOTA)], adgroups::budgets::quota),
        "/adgroup/get/" => get([all(gets::ADGROUPS), all(PAGING), all(TRIMMING)], gets::adgroups),
        "/ad/create/" => post([all(ads::fields::CREATE)], ads::create),
        "/ad/update/" => post([all(ads::fields::UPDATE)], ads::update),
        "/ad/status/update/" => post([all(switch::ADS)], switch::ads),
        "/ad/get/" => get([all(gets::ADS), all(PAGING), all(TRIMMING)], gets::ads),
        _ => return None,
    })
}

fn smart_plus_endpoint(path: &str) -> Option<Endpoint> {
    Some(match path.strip_prefix("/smart_plus")? {
        "/campaign/create/" => post([all(smart_plus_campaigns::CREATE)], smart_plus_campaigns::create),
        "/campaign/update/" => post(
            [all(smart_plus_campaigns::UPDATE), optional(smart_plus_campaigns::CREATE)],
            smart_plus_campaigns::update,
        ),
        "/campaign/status/update/" => post([all(switch::CAMPAIGNS)], switch::smart_plus_campaigns),
        "/campaign/get/" => {
            get([all(gets::SMART_PLUS_CAMPAIGNS), all(PAGING), all(TRIMMING)], gets::smart_plus_campaigns)
        }
        "/adgroup/create/" => post([all(adgroup_fields::CREATE)], smart_plus_adgroups::create),
        "/adgroup/update/" => {
            post([all(adgroup_fields::UPDATE), optional(adgroup_fields::CREATE)], smart_plus_adgroups::update)
        }
        "/adgroup/status/update/" => post([all(switch::SMART_PLUS_ADGROUPS)], switch::smart_plus_adgroups),
        "/adgroup/budget/update/" => {
            post([all(adgroups::budgets::UPDATE)], smart_plus_adgroups::update_budgets)
        }
        "/adgroup/get/" => {
            get([all(gets::SMART_PLUS_ADGROUPS), all(PAGING), all(TRIMMING)], gets::smart_plus_adgroups)
        }
        "/ad/create/" => post([all(ad_fields::CREATE), optional(ad_fields::MEMBERS)], smart_plus_ads::create),
        "/ad/update/" => post([all(ad_fields::UPDATE), optional(ad_fields::MEMBERS)], smart_plus_ads::update),
        "/ad/status/update/" => post([all(switch::SMART_PLUS_ADS)], switch::smart_plus_ads),
        "/ad/material_status/update/" => {
            post([all(ad_fields::MATERIAL_STATUS)], smart_plus_ads::update_material_status)
        }
        "/ad/get/" => get([all(gets::SMART_PLUS_ADS), all(PAGING), all(TRIMMING)], gets::smart_plus_ads),
        "/ad/review_info/" => get([all(review::ADS)], review::ads),
        "/material/review_info/" => get([all(review::MATERIALS)], review::materials),
        "/ad/appeal/" => post([all(review::APPEAL)], review::appeal),
        "/ad/preview/" => post([all(ad_fields::PREVIEW)], smart_plus_ads::preview),
        _ => return None,
    })
}

fn asset_endpoint(path: &str) -> Option<Endpoint> {
    Some(match path {
        "/file/image/ad/upload/" => post([all(images::UPLOAD)], images::upload),
        "/file/image/ad/update/" => post([all(images::UPDATE)], images::update),
        "/file/image/ad/info/" => get([all(images::INFO)], images::info),
        "/file/image/ad/search/" => get([all(images::SEARCH)], images::search),
        "/file/video/ad/upload/" => post([all(videos::UPLOAD)], videos::upload),
        "/file/video/ad/update/" => post([all(videos::UPDATE)], videos::update),
        "/file/video/ad/info/" => get([all(videos::INFO)], videos::info),
        "/file/video/ad/search/" => get([all(videos::SEARCH)], videos::search),
        "/identity/get/" => get([all(identity::GET)], identity::get),
        "/identity/create/" => post([all(identity::CREATE)], identity::create),
        "/identity/delete/" => post([all(identity::DELETE)], identity::delete),
        "/creative/portfolio/create/" => post([all(portfolio::CREATE)], portfolio::create),
        "/creative/portfolio/get/" => get([all(portfolio::GET)], portfolio::get),
        "/creative/portfolio/list/" => get([all(portfolio::LIST)], portfolio::list),
        "/pixel/list/" => get([all(pixel::LIST)], pixel::list),
        "/tool/region/" => get([all(tools::REGION)], tools::region),
        "/tool/language/" => get([all(tools::LANGUAGE)], tools::language),
        _ => return None,
    })
}

fn report_endpoint(path: &str) -> Option<Endpoint> {
    use Access::Token;
    Some(match path {
        "/report/integrated/get/" => open("GET", Token, [all(report::GET), all(PAGING)], report::get),
        "/report/task/create/" => {
            open("POST", Token, [all(report::GET), all(report::task::CREATE)], report::task::create)
        }
        "/report/task/check/" => open("GET", Token, [all(report::task::TASK)], report::task::check),
        "/report/task/download/" => open("GET", Token, [all(report::task::TASK)], report::task::download),
        "/report/task/cancel/" => open("POST", Token, [all(report::task::TASK)], report::task::cancel),
        "/changelog/task/create/" => post([all(changelog::CREATE)], changelog::create),
        "/changelog/task/check/" => get([all(changelog::TASK)], changelog::check),
        "/changelog/task/download/" => get([all(changelog::TASK)], changelog::download),
        _ => return None,
    })
}

/// Answers one request.
pub(super) fn handle(world: &mut World, request: &Request) -> Response {
    if let Some(file) = super::media::file(world, &request.path) {
        return file;
    }
    let path = request.path.strip_prefix(ROOT).unwrap_or_default();
    let served = world.option("tiktok.smart_plus", "on") == "on" || !path.starts_with("/smart_plus/");
    let found = endpoint(path).filter(|endpoint| served && endpoint.method == request.method);
    let Some(endpoint) = found else { return Response::text(404, "404 page not found") };
    let mut advertiser = String::new();
    let outcome = answer(world, request, &endpoint, &mut advertiser);
    let plain = if path == "/report/task/download/" { report::task::plain(&outcome) } else { None };
    let response = plain.unwrap_or_else(|| errors::envelope(world, outcome));
    if advertiser.is_empty() { response } else { response.for_account(advertiser) }
}

fn answer(world: &mut World, request: &Request, endpoint: &Endpoint, advertiser: &mut String) -> Outcome {
    if endpoint.access != Access::App {
        auth::check_token(world, request)?;
        quota::charge(world, &request.path)?;
    }
    let mut params = params::read(world, request, &endpoint.fields)?;
    if endpoint.access == Access::Advertiser {
        params.advertiser = params.text_or_empty("advertiser_id").to_owned();
        auth::check_advertiser(world, &params.advertiser)?;
        advertiser.clone_from(&params.advertiser);
        store::ensure_index(world, &params.advertiser);
    }
    (endpoint.run)(world, &params)
}
