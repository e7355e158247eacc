//! Remote failures: a closed kind, and whether and how a retry may help.

use std::fmt;
use std::time::Duration;

use adplane_core::address::Platform;
use adplane_core::field::FieldPath;

/// What kind of failure it is; one mapping function per platform decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ErrorKind {
    /// The access token is missing, expired, revoked or malformed.
    Unauthenticated,
    /// The token is good but may not do this.
    PermissionDenied,
    /// The account or object does not exist.
    NotFound,
    /// The vendor refuses a value: the YAML must change.
    Invalid,
    /// A name or object exists already.
    AlreadyExists,
    /// Somebody else writes at the same time.
    Conflict,
    /// Too many calls just now.
    RateLimited,
    /// The day's quota is used up.
    QuotaExhausted,
    /// The vendor's policy refuses the content.
    Policy,
    /// The vendor is down or failing.
    Unavailable,
    /// No answer in time.
    Timeout,
    /// The connection could not be made or was cut.
    Network,
    /// The vendor does not offer this.
    Unsupported,
    /// Nothing we know; never retried.
    Unexpected,
}

/// Whether and how a retry may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retry {
    /// It will not help.
    Never,
    /// After a wait; at least this long when the vendor says so.
    After(Option<Duration>),
    /// Once, with a fresh token.
    WithFreshToken,
    /// Only after reading back whether the write was stored.
    AfterReadBack,
}

/// A failed call to a vendor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct PlatformError {
    /// The kind.
    pub kind: ErrorKind,
    /// Whether a retry may help.
    pub retry: Retry,
    /// The platform.
    pub platform: Platform,
    /// The vendor's account id, where one was involved.
    pub account: Option<String>,
    /// What was called, such as `campaigns:mutate`.
    pub operation: String,
    /// The vendor's code, such as `campaignError.DUPLICATE_CAMPAIGN_NAME` or `100/1487756`.
    pub code: Option<String>,
    /// The vendor's id of the request, for its support.
    pub request_id: Option<String>,
    /// The vendor's message, secrets removed.
    pub message: String,
    /// The field it is about, where the vendor tells.
    pub field: Option<FieldPath>,
}

impl PlatformError {
    /// A failure of a kind.
    pub fn new(
        kind: ErrorKind,
        retry: Retry,
        platform: Platform,
        operation: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            retry,
            platform,
            account: None,
            operation: operation.into(),
            code: None,
            request_id: None,
            message: message.into(),
            field: None,
        }
    }

    /// An answer that does not have the documented form.
    pub fn unexpected(platform: Platform, operation: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unexpected, Retry::Never, platform, operation, message)
    }

    /// With the vendor's code.
    #[must_use]
    pub fn code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// With the vendor's request id.
    #[must_use]
    pub fn request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }

    /// With the field it is about.
    #[must_use]
    pub fn field(mut self, path: FieldPath) -> Self {
        self.field = Some(path);
        self
    }

    /// With the account it is about.
    #[must_use]
    pub fn account(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// What a person can do about it.
    pub fn advice(&self) -> &'static str {
        match self.kind {
            ErrorKind::Unauthenticated => {
                "reconnect the account: its credentials are missing, expired or revoked"
            }
            ErrorKind::PermissionDenied => "ask an admin of the ad account for access, or check its id",
            ErrorKind::NotFound => "check the id; the object may have been removed on the platform",
            ErrorKind::Invalid => "change the value in the YAML",
            ErrorKind::AlreadyExists => "plan again: what exists is adopted or named",
            ErrorKind::Conflict => "run the command again",
            ErrorKind::RateLimited => "wait a little and run the command again",
            ErrorKind::QuotaExhausted => {
                "wait until the platform's quota is refilled, then run the command again"
            }
            ErrorKind::Policy => "change the content; the platform's policy refuses it",
            ErrorKind::Unavailable | ErrorKind::Timeout | ErrorKind::Network => {
                "check the connection and the platform's status, then run the command again"
            }
            ErrorKind::Unsupported => "remove the field or object; the platform does not offer it",
            ErrorKind::Unexpected => "run with `-v` and report what the platform answered",
        }
    }
}

impl fmt::Display for PlatformError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.platform.title())?;
        if let Some(account) = &self.account {
            write!(f, " account {account}")?;
        }
        write!(f, ": {} failed: {}", self.operation, self.message)?;
        match (&self.code, &self.request_id) {
            (Some(code), Some(id)) => write!(f, " ({code}, request {id})"),
            (Some(code), None) => write!(f, " ({code})"),
            (None, Some(id)) => write!(f, " (request {id})"),
            (None, None) => Ok(()),
        }
    }
}
