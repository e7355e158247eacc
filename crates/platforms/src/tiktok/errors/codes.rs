//! Every code that TikTok documents: what kind of failure it is, who helps, and what it means.
//!
//! Rows follow the table of tiktok-ads.md §2; a code without a row is unexpected and never retried.

use std::time::Duration;

use adplane_engine::error::{ErrorKind, Retry};

use super::GATEWAY_WAIT;

/// Who or what gets past a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// The same call again, soon.
    Retry,
    /// The same call again, after the vendor's own system had time.
    RetryLater,
    /// The same write again once the other one is through.
    RetryWrite,
    /// A look at what was stored, before anything else.
    ReadBack,
    /// A wait of minutes or more.
    WaitUntil,
    /// New credentials.
    Reconnect,
    /// Another value in the YAML.
    FixYaml,
    /// Somebody who may grant it: an admin of the account, or TikTok.
    AskPerson,
    /// Nobody: it is done already, or Adplane must not have sent it.
    Nobody,
}

/// A Smart+ ad takes one write in five seconds: a few waits of this length get past that.
const CONFLICT_WAIT: Duration = Duration::from_secs(2);
const SHORT_WAIT: Duration = Duration::from_secs(1);

impl Class {
    /// Whether and when the call is repeated.
    pub(super) fn retry(self) -> Retry {
        match self {
            Self::Retry => Retry::After(Some(SHORT_WAIT)),
            Self::RetryLater => Retry::After(None),
            Self::RetryWrite => Retry::After(Some(CONFLICT_WAIT)),
            Self::ReadBack => Retry::AfterReadBack,
            Self::WaitUntil => Retry::After(Some(GATEWAY_WAIT)),
            Self::Reconnect | Self::FixYaml | Self::AskPerson | Self::Nobody => Retry::Never,
        }
    }
}

/// One code, or a range of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    first: i64,
    last: i64,
    pub(super) kind: ErrorKind,
    pub(super) class: Class,
    /// What it means, where the vendor's words do not say it.
    pub(super) means: Option<&'static str>,
}

const fn one(code: i64, kind: ErrorKind, class: Class, means: &'static str) -> Row {
    Row { first: code, last: code, kind, class, means: Some(means) }
}

const fn plain(code: i64, kind: ErrorKind, class: Class) -> Row {
    Row { first: code, last: code, kind, class, means: None }
}

const fn range(first: i64, last: i64, kind: ErrorKind, class: Class, means: &'static str) -> Row {
    Row { first, last, kind, class, means: Some(means) }
}

use Class as C;
use ErrorKind as K;

const VERSION: &str = "this version of the API does not serve it: update Adplane";
const TEST_HOST: &str = "TikTok's test host does not serve it: use the account's own endpoint";
const TOKEN: &str = "reconnect the account: have the advertiser authorise the app once more";
const ADMIN: &str = "ask an admin of the ad account, or of its business center, for access";
const FETCH: &str = "TikTok could not fetch the file";
const FILE: &str = "TikTok refuses the file: use another one";
const INSIDE: &str = "a service inside TikTok failed";

/// All rows.
const ROWS: [Row; 65] = [
    one(20_001, K::Conflict, C::ReadBack, "only a part of the batch was stored"),
    plain(40_000, K::Invalid, C::FixYaml),
    one(40_001, K::PermissionDenied, C::AskPerson, ADMIN),
    plain(40_002, K::Invalid, C::FixYaml),
    one(40_003, K::PermissionDenied, C::AskPerson, ADMIN),
    one(40_006, K::Unsupported, C::Nobody, VERSION),
    one(40_007, K::NotFound, C::FixYaml, "it was deleted, or never was in this account"),
    one(40_008, K::Unsupported, C::Nobody, VERSION),
    one(40_009, K::Unsupported, C::FixYaml, TEST_HOST),
    one(40_010, K::Unsupported, C::Nobody, VERSION),
    one(
        40_011,
        K::Invalid,
        C::Nobody,
        "too many ids in one call, which Adplane should have split: report it",
    ),
    one(40_012, K::Invalid, C::Nobody, "nothing differs"),
    one(40_013, K::NotFound, C::FixYaml, "the test host does not know this account"),
    one(40_014, K::Unsupported, C::FixYaml, TEST_HOST),
    one(40_016, K::RateLimited, C::Retry, "the app sends too many calls"),
    one(40_050, K::Conflict, C::Nobody, "the same request came before"),
    one(40_051, K::Unsupported, C::Nobody, VERSION),
    one(40_052, K::Invalid, C::FixYaml, "the material is there already"),
    one(40_053, K::Invalid, C::FixYaml, "the video is not in this account"),
    one(
        40_061,
        K::Invalid,
        C::Nobody,
        "too many items in one call, which Adplane should have split: report it",
    ),
    one(40_065, K::Invalid, C::FixYaml, "people of 13 to 17 cannot be reached so: write `ages: {min: 18}`"),
    one(40_100, K::RateLimited, C::Retry, "the app sends too many calls"),
    one(40_101, K::Unauthenticated, C::Reconnect, TOKEN),
    one(40_102, K::Unauthenticated, C::Reconnect, "the token has expired: authorise the app once more"),
    one(40_103, K::Unauthenticated, C::Reconnect, TOKEN),
    one(40_104, K::Unauthenticated, C::Reconnect, "no token was sent: look at the account's `credentials`"),
    one(
        40_105,
        K::Unauthenticated,
        C::Reconnect,
        "the token is not valid any more: authorise the app once more",
    ),
    range(40_106, 40_107, K::Unauthenticated, C::Reconnect, TOKEN),
    one(40_108, K::Unauthenticated, C::Reconnect, TOKEN),
    one(40_109, K::Unauthenticated, C::Reconnect, TOKEN),
    one(
        40_110,
        K::Unauthenticated,
        C::Reconnect,
        "the authorisation code is used or expired: authorise once more",
    ),
    one(40_112, K::Unauthenticated, C::Reconnect, TOKEN),
    one(40_113, K::PermissionDenied, C::AskPerson, "TikTok has blocked the app: ask its developer support"),
    one(
        40_114,
        K::Unauthenticated,
        C::Reconnect,
        "the advertiser is logged out: authorise the app once more",
    ),
    one(
        40_115,
        K::Unauthenticated,
        C::Reconnect,
        "the app's id and secret do not fit: look at `credentials`",
    ),
    one(40_116, K::Unauthenticated, C::Reconnect, TOKEN),
    one(
        40_117,
        K::PermissionDenied,
        C::AskPerson,
        "the app may not call this: ask its developer for the permission",
    ),
    one(
        40_118,
        K::PermissionDenied,
        C::AskPerson,
        "TikTok opens this to chosen accounts: ask your TikTok representative",
    ),
    one(40_119, K::PermissionDenied, C::AskPerson, "the app belongs to another company than the account"),
    range(
        40_124,
        40_125,
        K::PermissionDenied,
        C::AskPerson,
        "the app's developer has no permission: ask its owner",
    ),
    range(
        40_130,
        40_131,
        K::PermissionDenied,
        C::AskPerson,
        "the advertiser did not grant this scope: authorise the app with it",
    ),
    one(40_132, K::RateLimited, C::Retry, "too many calls about one value"),
    one(40_133, K::RateLimited, C::Retry, "too many calls to one advertiser"),
    one(40_200, K::Unavailable, C::Retry, "the task failed inside TikTok"),
    one(40_201, K::Unavailable, C::Retry, "the task is not ready"),
    one(40_202, K::Conflict, C::RetryWrite, "somebody else writes to it at the same time"),
    one(40_300, K::NotFound, C::FixYaml, "the advertiser does not exist: look at `accountId`"),
    range(
        40_301,
        40_302,
        K::PermissionDenied,
        C::AskPerson,
        "the advertiser has another role: ask an admin of the business center",
    ),
    one(40_400, K::Unsupported, C::Nobody, VERSION),
    one(40_502, K::Invalid, C::FixYaml, "the ad group is full: use another one"),
    one(40_700, K::Unavailable, C::Retry, INSIDE),
    one(40_900, K::Invalid, C::FixYaml, "the file arrived damaged: run it again"),
    one(40_901, K::Unavailable, C::RetryLater, "TikTok is still working on the video"),
    range(40_902, 40_903, K::Unavailable, C::RetryLater, FETCH),
    range(40_904, 40_910, K::Invalid, C::FixYaml, FILE),
    one(40_911, K::AlreadyExists, C::Nobody, "a file of this name is there already"),
    range(40_912, 40_914, K::Unavailable, C::RetryLater, FETCH),
    range(40_915, 40_916, K::Invalid, C::FixYaml, FILE),
    one(
        41_000,
        K::PermissionDenied,
        C::AskPerson,
        "TikTok blocks this network address: ask its developer support",
    ),
    range(41_001, 41_002, K::Unsupported, C::Nobody, VERSION),
    // A system error may come after the write was stored; the client turns this into a read-back for writes that
    // carry no idempotency key.
    range(50_000, 50_002, K::Unavailable, C::RetryLater, INSIDE),
    range(51_000, 51_305, K::Unavailable, C::RetryLater, INSIDE),
    range(52_000, 53_103, K::Unavailable, C::RetryLater, INSIDE),
    one(60_001, K::Unavailable, C::WaitUntil, "TikTok is under maintenance"),
    one(61_000, K::RateLimited, C::WaitUntil, "TikTok has stopped listening for a while"),
];

/// The row of a code.
pub(super) fn row(code: i64) -> Option<&'static Row> {
    ROWS.iter().find(|row| (row.first..=row.last).contains(&code))
}
