//! Which class a code has: retry, refresh, wait, fix the YAML, ask a person. Source: google-ads.md §5.

use std::time::Duration;

use adplane_engine::error::{ErrorKind, Retry};

/// The advised first wait after a temporary exhaustion that names none.
const SHORT_EXHAUSTION: Duration = Duration::from_secs(5);
/// The advised wait after too costly queries.
const COSTLY_QUERIES: Duration = Duration::from_mins(1);
/// The same after too many of them over a long time.
const MANY_COSTLY_QUERIES: Duration = Duration::from_hours(1);

/// The kind of an error, and whether a retry may help.
pub(super) fn classify(family: &str, name: &str, delay: Option<Duration>) -> (ErrorKind, Retry) {
    match family {
        "authenticationError" | "authorizationError" => (access(family), refresh(name)),
        "quotaError" => quota(name, delay),
        "internalError" | "databaseError" => (trouble(name), again(name)),
        "policyFindingError" | "policyViolationError" => (ErrorKind::Policy, Retry::Never),
        // The request itself is at fault, and Adplane made it. A temporary id whose object was refused only follows
        // from another error.
        "headerError"
        | "queryError"
        | "fieldMaskError"
        | "newResourceCreationError"
        | "sizeLimitError"
        | "" if !matches!(name, "REQUESTED_METRICS_FOR_MANAGER" | "TEMP_ID_RESOURCE_HAD_ERRORS") => {
            (ErrorKind::Unexpected, Retry::Never)
        }
        "changeEventError" | "changeStatusError" => (ErrorKind::Unexpected, Retry::Never),
        _ => (content(name), Retry::Never),
    }
}

fn access(family: &str) -> ErrorKind {
    if family == "authorizationError" { ErrorKind::PermissionDenied } else { ErrorKind::Unauthenticated }
}

/// An expired token is refreshed; everything else needs a person.
fn refresh(name: &str) -> Retry {
    match name {
        "OAUTH_TOKEN_EXPIRED" | "OAUTH_TOKEN_INVALID" => Retry::WithFreshToken,
        _ => Retry::Never,
    }
}

fn quota(name: &str, delay: Option<Duration>) -> (ErrorKind, Retry) {
    let (kind, least) = match name {
        "RESOURCE_TEMPORARILY_EXHAUSTED" => (ErrorKind::RateLimited, Some(SHORT_EXHAUSTION)),
        "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION" => (ErrorKind::RateLimited, Some(COSTLY_QUERIES)),
        "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION" => {
            (ErrorKind::QuotaExhausted, Some(MANY_COSTLY_QUERIES))
        }
        // The day's quota: as long as the vendor says, and not before a person looks where it says nothing.
        _ => (ErrorKind::QuotaExhausted, None),
    };
    (kind, delay.or(least).map_or(Retry::Never, |wait| Retry::After(Some(wait))))
}

fn trouble(name: &str) -> ErrorKind {
    match name {
        "TRANSIENT_ERROR" | "INTERNAL_ERROR" | "DEADLINE_EXCEEDED" => ErrorKind::Unavailable,
        "CONCURRENT_MODIFICATION" | "DATA_CONSTRAINT_VIOLATION" => ErrorKind::Conflict,
        _ => ErrorKind::Unexpected,
    }
}

fn again(name: &str) -> Retry {
    if trouble(name) == ErrorKind::Unexpected { Retry::Never } else { Retry::After(None) }
}

/// What is wrong with what was asked for.
fn content(name: &str) -> ErrorKind {
    match name {
        "UNSUPPORTED_VERSION"
        | "CANNOT_BE_EXECUTED_BY_MANAGER_ACCOUNT"
        | "REQUESTED_METRICS_FOR_MANAGER"
        | "MUTATE_NOT_ALLOWED"
        | "OPERATION_NOT_PERMITTED_FOR_CAMPAIGN_TYPE" => ErrorKind::Unsupported,
        "TOO_MANY_MUTATE_OPERATIONS"
        | "OPERATION_REQUIRED"
        | "PAGE_SIZE_NOT_SUPPORTED"
        | "INVALID_PAGE_TOKEN"
        | "EXPIRED_PAGE_TOKEN"
        | "RESOURCE_NAME_MALFORMED"
        | "ID_EXISTS_IN_MULTIPLE_MUTATES"
        | "OPERATION_DOES_NOT_SUPPORT_PARTIAL_FAILURE" => ErrorKind::Unexpected,
        "RESOURCE_NOT_FOUND"
        | "CUSTOMER_NOT_FOUND"
        | "CAMPAIGN_LABEL_DOES_NOT_EXIST"
        | "OPERATION_NOT_PERMITTED_FOR_REMOVED_RESOURCE"
        | "CANNOT_OPERATE_ON_REMOVED_ADGROUPAD" => ErrorKind::NotFound,
        "DUPLICATE_NAME" => ErrorKind::AlreadyExists,
        name if name.ends_with("ALREADY_EXISTS") => ErrorKind::AlreadyExists,
        name if name.starts_with("DUPLICATE_") && name.ends_with("_NAME") => ErrorKind::AlreadyExists,
        _ => ErrorKind::Invalid,
    }
}

/// What a person must do, where the code tells more than its kind.
pub(super) fn remedy(name: &str) -> Option<&'static str> {
    Some(match name {
        "OAUTH_TOKEN_REVOKED" => "grant Adplane access again and store the new refresh token",
        "NOT_ADS_USER" => "sign in with a Google account that is a user of a Google Ads account",
        "TWO_STEP_VERIFICATION_NOT_ENROLLED" => "turn on two-step verification for the Google account",
        "USER_PERMISSION_DENIED" => {
            "have the account's admin add this user, or write the manager's id as `google.loginCustomerId`"
        }
        "CUSTOMER_NOT_ENABLED" => "the account is closed or not set up yet: enable it in Google Ads",
        "ACTION_NOT_PERMITTED" => "the user may read but not write: ask for standard access",
        "CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION" => {
            "the Cloud project has test access only: apply for basic access in its API centre"
        }
        "UNSUPPORTED_VERSION" => "install a newer Adplane: Google has retired the version it speaks",
        "DUPLICATE_ASSET_NAME" => "rename the asset of that name in Google Ads",
        _ => return None,
    })
}
