//! Requests, built purely. Lists and objects in a query are JSON text (tiktok-ads.md §1).

use bytes::Bytes;
use md5::{Digest, Md5};
use serde_json::{Value as Json, json};

use super::config::Config;
use super::wire::{Lane, Object};
use crate::http::{Body, Call, Part, Purpose};

/// What an object is, on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Level {
    /// A campaign.
    Campaign,
    /// An ad group.
    AdGroup,
    /// An ad.
    Ad,
}

impl Level {
    /// The word in paths.
    fn path(self) -> &'static str {
        match self {
            Self::Campaign => "campaign",
            Self::AdGroup => "adgroup",
            Self::Ad => "ad",
        }
    }

    /// The member that holds the id.
    pub(crate) fn id_member(self, lane: Lane) -> &'static str {
        match (self, lane) {
            (Self::Campaign, _) => "campaign_id",
            (Self::AdGroup, _) => "adgroup_id",
            (Self::Ad, Lane::Manual) => "ad_id",
            (Self::Ad, Lane::SmartPlus) => "smart_plus_ad_id",
        }
    }

    /// The member that holds the name.
    pub(crate) fn name_member(self) -> &'static str {
        match self {
            Self::Campaign => "campaign_name",
            Self::AdGroup => "adgroup_name",
            Self::Ad => "ad_name",
        }
    }

    /// Largest page.
    fn page_size(self, lane: Lane) -> u32 {
        match (self, lane) {
            (Self::Ad, Lane::SmartPlus) => 100,
            _ => 1_000,
        }
    }
}

/// Images or videos.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Medium {
    /// Images.
    Image,
    /// Videos.
    Video,
}

impl Medium {
    /// The word in paths and members.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
        }
    }

    /// The member that holds the id.
    pub(crate) fn id_member(self) -> &'static str {
        match self {
            Self::Image => "image_id",
            Self::Video => "video_id",
        }
    }
}

/// The path of an endpoint.
pub(crate) fn path(lane: Lane, level: Level, action: &str) -> String {
    let prefix = match lane {
        Lane::Manual => "",
        Lane::SmartPlus => "/smart_plus",
    };
    format!("{prefix}/{}/{action}/", level.path())
}

fn get(config: &Config, path: &str) -> Call {
    Call::get(path, config.url(path)).query("advertiser_id", &config.advertiser)
}

fn post(config: &Config, path: &str, purpose: Purpose, mut body: Object) -> Call {
    body.insert("advertiser_id".into(), config.advertiser.as_str().into());
    Call::post(path, config.url(path), purpose, Body::Json(Json::Object(body)))
}

/// The advertiser itself.
pub(crate) fn advertiser(config: &Config) -> Call {
    let path = "/advertiser/info/";
    let fields = ["advertiser_id", "name", "status", "currency", "timezone", "display_timezone"];
    Call::get(path, config.url(path))
        .query("advertiser_ids", json!([config.advertiser]).to_string())
        .query("fields", json!(fields).to_string())
}

/// One page of objects, deleted ones left out.
pub(crate) fn page(config: &Config, lane: Lane, level: Level, page: u64) -> Call {
    get(config, &path(lane, level, "get"))
        .query("page", page.to_string())
        .query("page_size", level.page_size(lane).to_string())
}

/// Objects whose name resembles one; the vendor matches loosely. Smart+ ads have no such filter.
pub(crate) fn by_name(config: &Config, lane: Lane, level: Level, name: &str) -> Call {
    page(config, lane, level, 1).query("filtering", json!({level.name_member(): name}).to_string())
}

/// One page of images or videos.
pub(crate) fn media_page(config: &Config, medium: Medium, page: u64) -> Call {
    get(config, &format!("/file/{}/ad/search/", medium.word()))
        .query("page", page.to_string())
        .query("page_size", "100")
}

/// What a report is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Report<'a> {
    /// The objects.
    pub level: Level,
    /// The dimension that names them.
    pub id: &'a str,
    /// The dimension that names the time.
    pub time: &'a str,
    /// What is counted.
    pub metrics: &'a [&'a str],
    /// The first and the last day, `YYYY-MM-DD` in the account's zone.
    pub days: (&'a str, &'a str),
}

/// One page of a report, deleted objects among them.
pub(crate) fn report(config: &Config, report: &Report<'_>, page: u64) -> Call {
    let Report { level, id, time, metrics, days: (from, to) } = *report;
    // A filter's value is text that holds JSON itself (tiktok-ads.md §4.2).
    let all = json!([{"field_name": format!("{}_status", level.path()), "filter_type": "IN",
        "filter_value": json!(["STATUS_ALL"]).to_string()}]);
    get(config, "/report/integrated/get/")
        .query("report_type", "BASIC")
        .query("data_level", format!("AUCTION_{}", level.path().to_uppercase()))
        .query("dimensions", json!([id, time]).to_string())
        .query("metrics", json!(metrics).to_string())
        .query("start_date", from)
        .query("end_date", to)
        .query("filtering", all.to_string())
        .query("page", page.to_string())
        .query("page_size", "1000")
}

/// Images or videos by id.
pub(crate) fn media_info(config: &Config, medium: Medium, ids: &[&str]) -> Call {
    get(config, &format!("/file/{}/ad/info/", medium.word()))
        .query(format!("{}s", medium.id_member()), json!(ids).to_string())
}

/// One page of creative portfolios, among them the calls to action of Smart+ ads.
pub(crate) fn portfolios_page(config: &Config, page: u64) -> Call {
    get(config, "/creative/portfolio/list/").query("page", page.to_string()).query("page_size", "100")
}

/// Places that can be targeted, countries and their provinces.
pub(crate) fn regions(config: &Config) -> Call {
    get(config, "/tool/region/")
        .query("placements", json!(["PLACEMENT_TIKTOK"]).to_string())
        .query("objective_type", "TRAFFIC")
        .query("level_range", "TO_PROVINCE")
}

/// Makes a portfolio that holds one call to action.
pub(crate) fn create_call_to_action(config: &Config, word: &str) -> Call {
    let mut body = Object::new();
    body.insert("creative_portfolio_type".into(), "CTA".into());
    body.insert("portfolio_content".into(), json!([{"asset_content": word}]));
    // A second portfolio with the same word does no harm, and the first one is used from then on.
    post(config, "/creative/portfolio/create/", Purpose::IdempotentWrite, body)
}

/// Creates a campaign or an ad group; `request_id` makes repeats take effect once.
pub(crate) fn create(config: &Config, lane: Lane, level: Level, request_id: u64, mut body: Object) -> Call {
    body.insert("request_id".into(), request_id.to_string().into());
    post(config, &path(lane, level, "create"), Purpose::IdempotentWrite, body)
}

/// Creates ads; nothing makes a repeat safe.
pub(crate) fn create_ads(config: &Config, lane: Lane, body: Object) -> Call {
    post(config, &path(lane, Level::Ad, "create"), Purpose::Write, body)
}

/// Updates an object (or ads of one ad group). The same update twice has the same effect.
pub(crate) fn update(config: &Config, lane: Lane, level: Level, body: Object) -> Call {
    post(config, &path(lane, level, "update"), Purpose::IdempotentWrite, body)
}

/// Sets budgets of up to 20 ad groups at once: in the manual lane total ones only, in Smart+ any.
pub(crate) fn set_budgets(config: &Config, lane: Lane, budgets: &[(&str, Json)]) -> Call {
    let entries: Vec<Json> =
        budgets.iter().map(|(id, budget)| json!({"adgroup_id": id, "budget": budget})).collect();
    let mut body = Object::new();
    body.insert("budget".into(), Json::Array(entries));
    post(config, &path(lane, Level::AdGroup, "budget/update"), Purpose::IdempotentWrite, body)
}

/// Sets the state of up to 20 objects: `ENABLE`, `DISABLE` or `DELETE`.
pub(crate) fn set_status(config: &Config, lane: Lane, level: Level, ids: &[&str], status: &str) -> Call {
    let mut body = Object::new();
    body.insert(format!("{}s", level.id_member(lane)), json!(ids));
    body.insert("operation_status".into(), status.into());
    if lane == Lane::Manual && level == Level::AdGroup {
        body.insert("allow_partial_success".into(), true.into());
    }
    post(config, &path(lane, level, "status/update"), Purpose::IdempotentWrite, body)
}

/// Uploads a file; `name` carries the digest, so that a repeat is recognised by its name.
pub(crate) fn upload(config: &Config, medium: Medium, name: &str, bytes: Vec<u8>) -> Call {
    let path = format!("/file/{}/ad/upload/", medium.word());
    let part = |name: &str, text: &str| Part {
        name: name.to_owned(),
        file_name: None,
        content: Bytes::copy_from_slice(text.as_bytes()),
    };
    let signature = data_encoding::HEXLOWER.encode(&Md5::digest(&bytes));
    let parts = vec![
        part("advertiser_id", &config.advertiser),
        part("upload_type", "UPLOAD_BY_FILE"),
        part("file_name", name),
        part(&format!("{}_signature", medium.word()), &signature),
        Part {
            name: format!("{}_file", medium.word()),
            file_name: Some(name.to_owned()),
            content: Bytes::from(bytes),
        },
    ];
    Call::post(path.clone(), config.url(&path), Purpose::IdempotentWrite, Body::Multipart(parts))
}

/// Asks for the change log between two UTC times.
pub(crate) fn create_history(config: &Config, start: &str, end: &str) -> Call {
    let mut body = Object::new();
    body.insert("start_time".into(), start.into());
    body.insert("end_time".into(), end.into());
    body.insert("timezone".into(), "UTC".into());
    // It makes a file, nothing that a repeat could spoil.
    post(config, "/changelog/task/create/", Purpose::IdempotentWrite, body)
}

/// Whether a change log is ready.
pub(crate) fn check_history(config: &Config, task: &str) -> Call {
    get(config, "/changelog/task/check/").query("task_id", task)
}

/// The change log.
pub(crate) fn download_history(config: &Config, task: &str) -> Call {
    get(config, "/changelog/task/download/").query("task_id", task)
}
