//! Answers that are failures: which kind, whether a retry may help, which field it is about.
//!
//! Source: google-ads.md §5.

use std::time::Duration;

use adplane_core::address::Platform;
use adplane_core::field::FieldPath;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use serde::Deserialize;
use serde_json::Value;

use crate::http::Answer;

/// The advised first wait after a temporary exhaustion that names none.
const SHORT_EXHAUSTION: Duration = Duration::from_secs(5);
/// The advised wait after too costly queries.
const COSTLY_QUERIES: Duration = Duration::from_mins(1);
/// The same after too many of them over a long time.
const MANY_COSTLY_QUERIES: Duration = Duration::from_hours(1);

/// One error of an answer, and the operation of a mutate that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    /// Index into the request's operations.
    pub(super) operation: Option<usize>,
    /// The failure.
    pub(super) error: PlatformError,
}

/// Refuses every answer that is a failure.
pub(super) fn check(answer: &Answer) -> Result<(), PlatformError> {
    summary(failures(answer)).map_or(Ok(()), Err)
}

/// Lets failures of single operations pass, for the writer to tell which; refuses the others.
pub(super) fn check_write(answer: &Answer) -> Result<(), PlatformError> {
    let failures = failures(answer);
    if failures.iter().all(|failure| is_about_content(failure.error.kind)) {
        return Ok(());
    }
    summary(failures).map_or(Ok(()), Err)
}

fn is_about_content(kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::NotFound
        | ErrorKind::Invalid
        | ErrorKind::AlreadyExists
        | ErrorKind::Conflict
        | ErrorKind::Policy
        | ErrorKind::Unsupported => true,
        ErrorKind::Unauthenticated
        | ErrorKind::PermissionDenied
        | ErrorKind::RateLimited
        | ErrorKind::QuotaExhausted
        | ErrorKind::Unavailable
        | ErrorKind::Timeout
        | ErrorKind::Network
        | ErrorKind::Unexpected => false,
    }
}

/// Refuses a token answer that is a failure; its body is OAuth's own, not the API's.
pub(super) fn check_token(answer: &Answer) -> Result<(), PlatformError> {
    if answer.status < 300 {
        return Ok(());
    }
    let body = answer.json().unwrap_or_default();
    let text = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let code = text("error");
    let (kind, retry) = match (code.as_str(), answer.status) {
        (_, 429) => (ErrorKind::RateLimited, Retry::After(None)),
        (_, 500..) => (ErrorKind::Unavailable, Retry::After(None)),
        _ => (ErrorKind::Unauthenticated, Retry::Never),
    };
    let message = match code.as_str() {
        "invalid_grant" => {
            "the refresh token has expired or was revoked: a person must grant access again".to_owned()
        }
        "invalid_client" => "the OAuth client is not known: check `client_id` and `client_secret`".to_owned(),
        _ => format!("the token endpoint answered {} {}", answer.status, text("error_description")),
    };
    let error = PlatformError::new(kind, retry, Platform::Google, "", message);
    Err(if code.is_empty() { error } else { error.code(format!("oauth.{code}")) })
}

/// The errors of an answer; empty when it is none.
pub(super) fn failures(answer: &Answer) -> Vec<Failure> {
    if answer.status < 300 {
        return Vec::new();
    }
    let body = answer.json().unwrap_or_default();
    // A stream wraps the error in an array.
    let error = body.get(0).unwrap_or(&body).get("error").cloned().unwrap_or_default();
    let details = error.get("details").and_then(Value::as_array).cloned().unwrap_or_default();
    let request_id = details
        .iter()
        .find_map(|detail| detail.get("requestId").and_then(Value::as_str).map(str::to_owned))
        .or_else(|| answer.headers.get("request-id").cloned());
    let mut failures: Vec<Failure> = details
        .iter()
        .filter_map(|detail| detail.get("errors").and_then(Value::as_array))
        .flatten()
        .filter_map(|error| WireError::deserialize(error).ok())
        .map(|error| error.failure(request_id.clone()))
        .collect();
    if failures.is_empty() {
        failures.push(Failure { operation: None, error: plain(answer, &error, request_id) });
    }
    failures
}

/// The most telling failure, with the number of the others.
fn summary(failures: Vec<Failure>) -> Option<PlatformError> {
    let others = failures.len().saturating_sub(1);
    let mut error =
        failures.into_iter().map(|failure| failure.error).min_by_key(|error| match error.retry {
            Retry::WithFreshToken => 0,
            Retry::After(_) => 1,
            Retry::AfterReadBack => 2,
            Retry::Never => 3,
        })?;
    if others > 0 {
        error.message = format!("{} (and {others} more)", error.message);
    }
    Some(error)
}

/// A failure without a `GoogleAdsFailure`: HTTP's status has to do.
fn plain(answer: &Answer, error: &Value, request_id: Option<String>) -> PlatformError {
    let asked = answer.headers.get("retry-after").and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let (kind, retry) = match answer.status {
        401 => (ErrorKind::Unauthenticated, Retry::WithFreshToken),
        403 => (ErrorKind::PermissionDenied, Retry::Never),
        404 => (ErrorKind::NotFound, Retry::Never),
        409 => (ErrorKind::Conflict, Retry::After(None)),
        429 => (ErrorKind::RateLimited, Retry::After(asked)),
        499..=504 => (ErrorKind::Unavailable, Retry::After(asked)),
        _ => (ErrorKind::Unexpected, Retry::Never),
    };
    let told = error.get("message").and_then(Value::as_str);
    let violation = error.pointer("/details/0/fieldViolations/0/description").and_then(Value::as_str);
    let message = match violation.or(told) {
        Some(told) => told.to_owned(),
        None => format!("HTTP {}: {}", answer.status, answer.excerpt()),
    };
    let failure = PlatformError::new(kind, retry, Platform::Google, "", message).request_id(request_id);
    match error.pointer("/details/0/reason").or(error.get("status")).and_then(Value::as_str) {
        Some(code) => failure.code(code),
        None => failure,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct WireError {
    error_code: serde_json::Map<String, Value>,
    message: String,
    trigger: Option<serde_json::Map<String, Value>>,
    location: Location,
    details: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Location {
    field_path_elements: Vec<Element>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Element {
    field_name: String,
    index: Option<usize>,
}

impl WireError {
    fn failure(self, request_id: Option<String>) -> Failure {
        let (family, name) = self
            .error_code
            .iter()
            .next()
            .map(|(family, name)| (family.as_str(), name.as_str().unwrap_or_default()))
            .unwrap_or_default();
        let delay =
            self.details.pointer("/quotaErrorDetails/retryDelay").and_then(Value::as_str).and_then(seconds);
        let (kind, retry) = classify(family, name, delay);
        let trigger = self.trigger.as_ref().and_then(|trigger| trigger.values().next());
        let message = match trigger {
            Some(Value::String(text)) if !text.is_empty() && !self.message.contains(text.as_str()) => {
                format!("{} (at `{text}`)", self.message.trim_end_matches('.'))
            }
            _ => self.message.trim_end_matches('.').to_owned(),
        };
        let mut error = PlatformError::new(kind, retry, Platform::Google, "", message)
            .code(format!("{family}.{name}"))
            .request_id(request_id);
        let elements = &self.location.field_path_elements;
        error.field = field(elements);
        let operation = elements
            .first()
            .filter(|element| matches!(element.field_name.as_str(), "mutate_operations" | "operations"))
            .map(|element| element.index.unwrap_or(0));
        Failure { operation, error }
    }
}

/// `30s`, `1.5s` as a duration; fractions are rounded up.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, fraction) = text.strip_suffix('s')?.split_once('.').unwrap_or((text.strip_suffix('s')?, ""));
    let whole: u64 = whole.parse().ok()?;
    Some(Duration::from_secs(whole + u64::from(fraction.bytes().any(|digit| digit != b'0'))))
}

/// The retry table of the platform file.
fn classify(family: &str, name: &str, delay: Option<Duration>) -> (ErrorKind, Retry) {
    match (family, name) {
        ("authenticationError", "OAUTH_TOKEN_EXPIRED" | "OAUTH_TOKEN_INVALID") => {
            (ErrorKind::Unauthenticated, Retry::WithFreshToken)
        }
        ("authenticationError", _) => (ErrorKind::Unauthenticated, Retry::Never),
        ("authorizationError", _) => (ErrorKind::PermissionDenied, Retry::Never),
        ("quotaError", "RESOURCE_TEMPORARILY_EXHAUSTED") => {
            (ErrorKind::RateLimited, Retry::After(Some(delay.unwrap_or(SHORT_EXHAUSTION))))
        }
        ("quotaError", "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION") => {
            (ErrorKind::RateLimited, Retry::After(Some(delay.unwrap_or(COSTLY_QUERIES))))
        }
        ("quotaError", "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION") => {
            (ErrorKind::QuotaExhausted, Retry::After(Some(delay.unwrap_or(MANY_COSTLY_QUERIES))))
        }
        // The day's quota: as long as the vendor says, and not before a person looks where it says nothing.
        ("quotaError", _) => {
            (ErrorKind::QuotaExhausted, delay.map_or(Retry::Never, |delay| Retry::After(Some(delay))))
        }
        ("internalError", "TRANSIENT_ERROR" | "INTERNAL_ERROR" | "DEADLINE_EXCEEDED") => {
            (ErrorKind::Unavailable, Retry::After(None))
        }
        ("databaseError", "CONCURRENT_MODIFICATION" | "DATA_CONSTRAINT_VIOLATION") => {
            (ErrorKind::Conflict, Retry::After(None))
        }
        ("policyFindingError" | "policyViolationError", _) => (ErrorKind::Policy, Retry::Never),
        ("requestError", "UNSUPPORTED_VERSION" | "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT")
        | ("queryError", "REQUESTED_METRICS_FOR_MANAGER") => (ErrorKind::Unsupported, Retry::Never),
        ("internalError" | "databaseError" | "headerError" | "queryError" | "fieldMaskError" | "", _) => {
            (ErrorKind::Unexpected, Retry::Never)
        }
        (_, "RESOURCE_NOT_FOUND" | "CUSTOMER_NOT_FOUND") => (ErrorKind::NotFound, Retry::Never),
        (_, name) if name.starts_with("DUPLICATE_") && name.ends_with("_NAME") => {
            (ErrorKind::AlreadyExists, Retry::Never)
        }
        (_, name) if name == "DUPLICATE_NAME" || name.ends_with("ALREADY_EXISTS") => {
            (ErrorKind::AlreadyExists, Retry::Never)
        }
        _ => (ErrorKind::Invalid, Retry::Never),
    }
}

/// Vendor's paths by operation, longest first inside one operation, with the YAML's.
const FIELDS: &[(&str, &str, &str)] = &[
    ("campaign_operation", "name", "displayName"),
    ("campaign_operation", "status", "state"),
    ("campaign_operation", "start_date_time", "schedule.start"),
    ("campaign_operation", "end_date_time", "schedule.end"),
    ("campaign_operation", "campaign_budget", "budget"),
    ("campaign_operation", "contains_eu_political_advertising", "compliance.euPoliticalAds"),
    ("campaign_operation", "advertising_channel_type", "google.advertisingChannelType"),
    ("campaign_operation", "network_settings", "google.networkSettings"),
    ("campaign_operation", "geo_target_type_setting", "google.geoTargetTypeSetting"),
    ("campaign_operation", "maximize_conversions.target_cpa_micros", "bidding.amount"),
    ("campaign_operation", "maximize_conversion_value.target_roas", "bidding.roas"),
    ("campaign_operation", "target_spend.cpc_bid_ceiling_micros", "bidding.maxCpc"),
    ("campaign_operation", "target_impression_share.cpc_bid_ceiling_micros", "bidding.maxCpc"),
    ("campaign_operation", "target_impression_share.location_fraction_micros", "bidding.share"),
    ("campaign_operation", "target_impression_share.location", "bidding.location"),
    ("campaign_operation", "bidding_strategy", "google.biddingStrategy"),
    ("campaign_operation", "campaign_bidding_strategy", "bidding.strategy"),
    ("campaign_operation", "maximize_conversions", "bidding.strategy"),
    ("campaign_operation", "maximize_conversion_value", "bidding.strategy"),
    ("campaign_operation", "target_impression_share", "bidding.strategy"),
    ("campaign_operation", "target_spend", "bidding.strategy"),
    ("campaign_operation", "manual_cpc", "bidding.strategy"),
    ("campaign_operation", "final_url_suffix", "google.finalUrlSuffix"),
    ("campaign_operation", "tracking_url_template", "google.trackingUrlTemplate"),
    ("campaign_operation", "url_custom_parameters", "google.urlCustomParameters"),
    ("campaign_budget_operation", "total_amount_micros", "budget.total"),
    ("campaign_budget_operation", "amount_micros", "budget.daily"),
    ("campaign_budget_operation", "name", "displayName"),
    ("campaign_criterion_operation", "location", "targeting.locations"),
    ("campaign_criterion_operation", "language", "targeting.languages"),
    ("campaign_criterion_operation", "device", "targeting.devices"),
    ("campaign_criterion_operation", "ad_schedule", "schedule.hours"),
    ("campaign_criterion_operation", "keyword", "negativeKeywords"),
    ("ad_group_operation", "name", "displayName"),
    ("ad_group_operation", "status", "state"),
    ("ad_group_operation", "cpc_bid_micros", "bidding.bid"),
    ("ad_group_operation", "target_cpa_micros", "bidding.amount"),
    ("ad_group_operation", "target_roas", "bidding.roas"),
    ("ad_group_criterion_operation", "keyword", "keywords"),
    ("ad_group_criterion_operation", "cpc_bid_micros", "keywords"),
    ("ad_group_criterion_operation", "age_range", "targeting.ages"),
    ("ad_group_criterion_operation", "gender", "targeting.genders"),
    ("ad_group_criterion_operation", "user_list", "targeting.audiences"),
    ("ad_group_ad_operation", "status", "state"),
    ("ad_group_ad_operation", "ad.responsive_search_ad.headlines", "creative.headlines"),
    ("ad_group_ad_operation", "ad.responsive_search_ad.descriptions", "creative.descriptions"),
    ("ad_group_ad_operation", "ad.responsive_search_ad.path1", "creative.google.path1"),
    ("ad_group_ad_operation", "ad.responsive_search_ad.path2", "creative.google.path2"),
    ("ad_group_ad_operation", "ad.final_urls", "creative.landingPage"),
    ("ad_group_ad_operation", "ad.final_url_suffix", "creative.tracking.utm"),
    ("asset_operation", "sitelink_asset", "sitelinks"),
    ("asset_operation", "final_urls", "sitelinks"),
    ("asset_operation", "callout_asset", "callouts"),
];

/// The YAML's path of an error's place.
fn field(elements: &[Element]) -> Option<FieldPath> {
    let names: Vec<&str> = elements.iter().map(|element| element.field_name.as_str()).collect();
    let (operation, rest) = match names.as_slice() {
        ["mutate_operations", "ad_operation", "create" | "update", rest @ ..] => {
            ("ad_group_ad_operation", format!("ad.{}", rest.join(".")))
        }
        ["mutate_operations", operation, "create" | "update", rest @ ..] => (*operation, rest.join(".")),
        _ => return None,
    };
    FIELDS
        .iter()
        .find(|(of, path, _)| *of == operation && FieldPath::new(&rest).is_within(path))
        .map(|(_, _, yaml)| FieldPath::new(yaml))
}

#[cfg(test)]
mod tests;
