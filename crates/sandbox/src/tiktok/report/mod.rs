//! Reports ("Run a synchronous report"): numbers of the simulated delivery, as text. [`task`] has the asynchronous ones.

mod metrics;
mod request;
mod rows;
pub(super) mod task;

use serde_json::Value;

use crate::world::World;

use super::errors::{Answer, Outcome, Refusal, ensure};
use super::field::{Field, Kind, choice, flag, id, ids, objects, text, texts};
use super::params::Params;
use super::{auth, spend, store};

/// Most advertisers in one report.
const MOST_ADVERTISERS: usize = 5;
/// Most rows of one page.
const LARGEST: usize = 1_000;

const FILTER: &[Field] = &[
    text("field_name").required(),
    choice(
        "filter_type",
        &[
            "IN",
            "NOT_IN",
            "CONTAIN_ANY_OF",
            "BETWEEN",
            "MATCH",
            "GREATER_THAN",
            "GREATER_EQUAL",
            "LOWER_THAN",
            "LOWER_EQUAL",
        ],
    )
    .required(),
    text("filter_value").required(),
];

/// Parameters of `/report/integrated/get/`.
pub(super) const GET: &[Field] = &[
    id("advertiser_id"),
    ids("advertiser_ids"),
    id("bc_id"),
    choice("report_type", &["BASIC", "AUDIENCE", "PLAYABLE_MATERIAL", "CATALOG", "BC", "TT_SHOP"]).required(),
    choice("service_type", &["AUCTION"]),
    choice("data_level", &["AUCTION_CAMPAIGN", "AUCTION_ADGROUP", "AUCTION_AD", "AUCTION_ADVERTISER"]),
    texts("dimensions"),
    texts("metrics"),
    text("start_date"),
    text("end_date"),
    flag("query_lifetime"),
    objects("filtering", FILTER),
    text("order_field"),
    choice("order_type", &["ASC", "DESC"]),
    flag("enable_total_metrics"),
    choice("query_mode", &["REGULAR", "CHUNK"]),
    Field::new("multi_adv_report_in_utc_time", Kind::Flag),
];

/// Answers a report.
pub(super) fn get(world: &mut World, params: &Params) -> Outcome {
    let page = super::list::Page::read(params, LARGEST)?;
    let (found, request) = table(world, params)?;
    let mut data = page.answer("list", &found, |row| row.render(&request));
    if request.total {
        data["total_metrics"] = Value::Object(rows::total(&found, &request));
    }
    Ok(Answer::read(data))
}

/// All rows of a report, sorted.
fn table(world: &mut World, params: &Params) -> Result<(Vec<rows::Row>, request::Report), Refusal> {
    let advertisers = advertisers(world, params)?;
    for advertiser in &advertisers {
        store::ensure_index(world, advertiser);
        spend::settle_account(world, advertiser);
    }
    let request = request::read(params)?;
    let mut found = Vec::new();
    for advertiser in &advertisers {
        found.extend(rows::of_advertiser(world, advertiser, &request)?);
    }
    rows::sort(&mut found, &request);
    Ok((found, request))
}

fn advertisers(world: &World, params: &Params) -> Result<Vec<String>, Refusal> {
    let mut several: Vec<String> = params.texts("advertiser_ids").into_iter().map(str::to_owned).collect();
    ensure(several.len() <= MOST_ADVERTISERS, || {
        "advertiser_ids: At most 5 advertisers are allowed.".into()
    })?;
    ensure(several.is_empty() != params.text("advertiser_id").is_none(), || {
        "advertiser_id: Exactly one of advertiser_id and advertiser_ids is required.".into()
    })?;
    several.extend(params.text("advertiser_id").map(str::to_owned));
    several.iter().try_for_each(|advertiser| auth::check_advertiser(world, advertiser))?;
    Ok(several)
}
