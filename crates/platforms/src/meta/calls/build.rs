//! Pure builders: one function per request (meta-ads.md §1.2, §3).

use serde_json::Value as Json;

use crate::http::{Body, Call, Part, Purpose};
use crate::meta::config::Endpoint;
use crate::meta::wire::json::Object;

/// Fields of the account.
const ACCOUNT: &str = "id,name,currency,timezone_name,account_status,disable_reason,min_daily_budget,\
    default_dsa_beneficiary,default_dsa_payor";
/// Fields of campaigns.
const CAMPAIGNS: &str = "id,name,objective,status,effective_status,configured_status,buying_type,bid_strategy,\
    daily_budget,lifetime_budget,spend_cap,special_ad_categories,special_ad_category_country,\
    is_adset_budget_sharing_enabled,smart_promotion_type,promoted_object,budget_schedule_specs,\
    frequency_control_specs,issues_info,created_time,updated_time,stop_time,adlabels{id,name}";
/// Fields of ad sets.
const AD_SETS: &str = "id,name,campaign_id,status,effective_status,bid_strategy,bid_amount,bid_constraints,\
    billing_event,optimization_goal,promoted_object,destination_type,daily_budget,lifetime_budget,\
    daily_min_spend_target,daily_spend_cap,lifetime_min_spend_target,lifetime_spend_cap,start_time,end_time,\
    adset_schedule,pacing_type,targeting,attribution_count_type,attribution_spec,frequency_control_specs,is_dynamic_creative,bid_adjustments,value_rule_set_id,\
    dsa_beneficiary,dsa_payor,learning_stage_info,issues_info,created_time,updated_time,adlabels{id,name}";
/// Fields of ads with their creatives.
const ADS: &str = "id,name,adset_id,campaign_id,status,effective_status,conversion_domain,ad_review_feedback,ad_schedule_start_time,ad_schedule_end_time,display_sequence,\
    issues_info,created_time,updated_time,adlabels{id,name},\
    creative{id,name,object_story_spec,object_story_id,source_instagram_media_id,product_set_id,asset_feed_spec,url_tags,degrees_of_freedom_spec}";

/// Every state that an ad set can be in.
const AD_SET_STATES: [&str; 7] =
    ["ACTIVE", "PAUSED", "DELETED", "ARCHIVED", "CAMPAIGN_PAUSED", "IN_PROCESS", "WITH_ISSUES"];
/// Rows per page. Larger pages make the server ask for less data (meta-ads.md §1.4); ads carry their creative.
const PAGE: &str = "200";
/// Rows per page of short rows.
const LONG_PAGE: &str = "500";

/// The account.
pub(in crate::meta) fn account(endpoint: &Endpoint) -> Call {
    Call::get("adaccount", endpoint.account()).query("fields", ACCOUNT)
}

/// Campaigns that are neither archived nor deleted.
pub(in crate::meta) fn campaigns(endpoint: &Endpoint) -> Call {
    list("campaigns", endpoint.edge("campaigns"), CAMPAIGNS, PAGE)
}

/// Ad sets that are neither archived nor deleted.
pub(in crate::meta) fn ad_sets(endpoint: &Endpoint) -> Call {
    list("adsets", endpoint.edge("adsets"), AD_SETS, PAGE)
}

/// Ads that are neither archived nor deleted, each with its creative.
pub(in crate::meta) fn ads(endpoint: &Endpoint) -> Call {
    list("ads", endpoint.edge("ads"), ADS, PAGE)
}

/// Images, for the digests in their names.
pub(in crate::meta) fn images(endpoint: &Endpoint) -> Call {
    list("adimages", endpoint.edge("adimages"), "hash,name", LONG_PAGE)
}

/// Videos, for the digests in their titles.
pub(in crate::meta) fn videos(endpoint: &Endpoint) -> Call {
    list("advideos", endpoint.edge("advideos"), "id,title", LONG_PAGE)
}

/// Labels.
pub(in crate::meta) fn labels(endpoint: &Endpoint) -> Call {
    list("adlabels", endpoint.edge("adlabels"), "id,name", LONG_PAGE)
}

/// Languages. Without a query all are listed (unverified).
pub(in crate::meta) fn locales(endpoint: &Endpoint) -> Call {
    Call::get("search adlocale", endpoint.node("search"))
        .query("type", "adlocale")
        .query("q", "")
        .query("limit", "1000")
}

/// Regions of a country by name.
pub(in crate::meta) fn regions(endpoint: &Endpoint, country: &str, name: &str) -> Call {
    Call::get("search adgeolocation", endpoint.node("search"))
        .query("type", "adgeolocation")
        .query("location_types", "[\"region\"]")
        .query("country_code", country)
        .query("q", name)
        .query("limit", "50")
}

/// The change history from one instant to another, in Unix seconds.
pub(in crate::meta) fn activities(endpoint: &Endpoint, since: i64, until: Option<i64>) -> Call {
    const FIELDS: &str =
        "event_time,event_type,translated_event_type,actor_name,application_name,object_id,extra_data";
    let call =
        list("activities", endpoint.edge("activities"), FIELDS, LONG_PAGE).query("since", since.to_string());
    match until {
        Some(until) => call.query("until", until.to_string()),
        None => call,
    }
}

/// What ad sets count as a conversion, those that are gone among them.
pub(in crate::meta) fn goals(endpoint: &Endpoint) -> Call {
    let states = Json::from(AD_SET_STATES.to_vec()).to_string();
    list("adsets", endpoint.edge("adsets"), "id,campaign_id,optimization_goal,promoted_object", LONG_PAGE)
        .query("effective_status", states)
}

/// A report, answered at once, page by page.
pub(in crate::meta) fn insights(endpoint: &Endpoint, report: &[(&'static str, String)]) -> Call {
    let call = Call::get("insights", endpoint.edge("insights")).query("limit", LONG_PAGE);
    report.iter().fold(call, |call, (name, value)| call.query(*name, value))
}

/// Has a report made. It stores nothing but the report itself, so a repeat does no harm.
pub(in crate::meta) fn start_insights(endpoint: &Endpoint, report: &[(&'static str, String)]) -> Call {
    let form = report.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Call::post("insights report", endpoint.edge("insights"), Purpose::Read, Body::Form(form))
}

/// How far a report is.
pub(in crate::meta) fn report_run(endpoint: &Endpoint, run: &str) -> Call {
    const FIELDS: &str =
        "async_status,async_percent_completion,error_code,error_subcode,error_message,error_user_msg";
    Call::get("insights report", endpoint.node(run)).query("fields", FIELDS)
}

/// The rows of a report that is complete.
pub(in crate::meta) fn report_rows(endpoint: &Endpoint, run: &str) -> Call {
    Call::get("insights", endpoint.node(&format!("{run}/insights"))).query("limit", LONG_PAGE)
}

/// What the token may do.
pub(in crate::meta) fn token(endpoint: &Endpoint) -> Call {
    Call::get("debug_token", endpoint.node("debug_token"))
}

/// One image's address.
pub(in crate::meta) fn image(endpoint: &Endpoint, hash: &str) -> Call {
    let hashes = Json::from(vec![hash]).to_string();
    Call::get("adimages", endpoint.edge("adimages")).query("hashes", hashes).query("fields", "hash,url")
}

/// One video's file.
pub(in crate::meta) fn video_file(endpoint: &Endpoint, id: &str) -> Call {
    Call::get("advideo", endpoint.node(id)).query("fields", "source")
}

/// Whether a video can be used yet.
pub(in crate::meta) fn video_status(endpoint: &Endpoint, id: &str) -> Call {
    Call::get("advideo", endpoint.node(id)).query("fields", "status")
}

fn list(operation: &str, url: String, fields: &str, limit: &str) -> Call {
    Call::get(operation, url).query("fields", fields).query("limit", limit)
}

/// Creates an object on an edge of the account. There is no idempotency key: after a lost answer only a search
/// by label tells (meta-ads.md §14).
pub(in crate::meta) fn create(endpoint: &Endpoint, edge: &str, parameters: &Object) -> Call {
    Call::post(format!("create {edge}"), endpoint.edge(edge), Purpose::Write, form(parameters))
}

/// Creates something that does no harm twice: a label's name answers the label there is, and a second equal
/// creative is never shown.
pub(in crate::meta) fn create_harmless(endpoint: &Endpoint, edge: &str, parameters: &Object) -> Call {
    Call::post(format!("create {edge}"), endpoint.edge(edge), Purpose::IdempotentWrite, form(parameters))
}

/// Changes an object; the same change twice is one.
pub(in crate::meta) fn update(endpoint: &Endpoint, kind: &str, id: &str, parameters: &Object) -> Call {
    Call::post(format!("update {kind}"), endpoint.node(id), Purpose::IdempotentWrite, form(parameters))
}

/// The same parameters, to be checked and not stored.
pub(in crate::meta) fn validate_only(mut parameters: Object) -> Object {
    parameters.insert("execution_options".to_owned(), serde_json::json!(["validate_only"]));
    parameters
}

/// Uploads an image under a name; the same bytes are the same image.
pub(in crate::meta) fn upload_image(endpoint: &Endpoint, name: &str, content: Vec<u8>) -> Call {
    let part =
        Part { name: "filename".to_owned(), file_name: Some(name.to_owned()), content: content.into() };
    Call::post(
        "upload image",
        endpoint.edge("adimages"),
        Purpose::IdempotentWrite,
        Body::Multipart(vec![part]),
    )
}

/// Uploads a video in one piece under a title.
pub(in crate::meta) fn upload_video(endpoint: &Endpoint, title: &str, content: Vec<u8>) -> Call {
    let part = |name: &str, file_name: Option<&str>, content: Vec<u8>| Part {
        name: name.to_owned(),
        file_name: file_name.map(str::to_owned),
        content: content.into(),
    };
    let parts = vec![part("title", None, title.as_bytes().to_vec()), part("source", Some(title), content)];
    Call::post("upload video", endpoint.videos(), Purpose::Write, Body::Multipart(parts))
}

/// Top-level lists, objects and booleans are JSON in a string; numbers and text go as they are.
fn form(parameters: &Object) -> Body {
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    Body::Form(parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parameters_are_encoded_as_the_vendors_client_does() {
        let Json::Object(parameters) =
            json!({"name": "a b", "daily_budget": 2000, "special_ad_categories": [], "shared": false})
        else {
            unreachable!("an object")
        };
        let Body::Form(pairs) = form(&parameters) else { unreachable!("a form") };
        let shown: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(shown, ["name=a b", "daily_budget=2000", "special_ad_categories=[]", "shared=false"]);
    }
}
