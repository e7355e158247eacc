//! Every code that the documents name, with what it means and what to do (meta-ads.md §14, §10, §11, §8).

use std::time::Duration;

/// What to do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Try again after a pause; a write may have been stored.
    Again,
    /// Too much data asked for at once: the same call fails again, a smaller or asynchronous one may not.
    Smaller,
    /// Too many calls: wait as long as the headers say.
    Slower,
    /// A limit that refills later; after this long where that is known.
    Later(Option<Duration>),
    /// The token is bad: a person makes a new one.
    Token,
    /// The token is good and may not do this.
    Permission,
    /// The YAML must change.
    Fix,
    /// A person has to look at the account or the content.
    Person,
    /// It is not there, or not for us.
    Gone,
    /// It is in another state than we thought.
    Moved,
    /// The vendor does not offer it.
    Unsupported,
}

/// One code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    /// The code.
    pub(super) code: i64,
    /// The subcode; `None` for all without a row of their own.
    pub(super) subcode: Option<i64>,
    /// What to do.
    pub(super) class: Class,
    /// What it means, said where the vendor says nothing to people.
    pub(super) means: &'static str,
    /// The field it is about, where the vendor does not tell.
    pub(super) field: Option<&'static str>,
}

const fn row(code: i64, subcode: Option<i64>, class: Class, means: &'static str) -> Row {
    Row { code, subcode, class, means, field: None }
}

const fn any(code: i64, class: Class, means: &'static str) -> Row {
    row(code, None, class, means)
}

const fn one(code: i64, subcode: i64, class: Class, means: &'static str) -> Row {
    row(code, Some(subcode), class, means)
}

/// An invalid parameter, by what its subcode is about.
const fn invalid(subcode: i64, field: &'static str, means: &'static str) -> Row {
    let row = one(100, subcode, Class::Fix, means);
    if field.is_empty() { row } else { Row { field: Some(field), ..row } }
}

use Class::{Again, Fix, Gone, Later, Moved, Permission, Person, Slower, Smaller, Token, Unsupported};

const SHARING: &str = "meta.is_adset_budget_sharing_enabled";
const HOUR: Duration = Duration::from_hours(1);

/// All rows.
pub(super) const ROWS: &[Row] = &[
    any(1, Again, "an unknown failure of the platform, or too much data at once"),
    one(1, 99, Smaller, "too much data in one call"),
    any(2, Again, "the service is down for a moment"),
    one(2, 1_504_038, Smaller, "the report timed out"),
    one(2, 1_504_041, Fix, "these breakdowns cannot go together"),
    one(2, 1_504_042, Fix, "this metric cannot be read like this"),
    any(3, Permission, "the app may not do this"),
    any(4, Slower, "the app made too many calls"),
    any(10, Permission, "the token lacks a permission"),
    any(17, Slower, "the ad account got too many calls"),
    one(17, 1_885_172, Later(None), "the account's spending limit changed ten times today: try tomorrow"),
    any(32, Slower, "the page got too many calls"),
    any(33, Gone, "the object does not exist, or the token may not see it"),
    any(100, Fix, "a value is not valid"),
    any(102, Token, "the session is gone: log in again"),
    any(104, Token, "the proof of the app's secret is missing or wrong"),
    any(105, Fix, "too many parameters"),
    any(190, Token, "the token is not valid: make a new one"),
    one(190, 458, Token, "the app is not installed any more: connect it again"),
    one(190, 459, Token, "the person must log in on the platform first (a checkpoint)"),
    one(190, 460, Token, "the person's password changed: make a new token"),
    one(190, 463, Token, "the token has expired: make a new one"),
    one(190, 464, Token, "the person's account is not confirmed"),
    one(190, 467, Token, "the token is not valid: make a new one"),
    one(190, 492, Token, "the session is not valid: make a new token"),
    any(194, Fix, "a required parameter is missing"),
    any(200, Permission, "a permission is missing"),
    one(200, 1_870_034, Permission, "the terms of custom audiences are not accepted"),
    one(200, 1_870_047, Permission, "the terms of custom audiences are not accepted"),
    any(294, Permission, "the token needs ads_management"),
    any(341, Slower, "the app reached a limit"),
    any(368, Person, "the platform judged the action abusive and blocks it for now"),
    any(500, Person, "the text is banned"),
    any(506, Person, "the same post was made just before"),
    any(613, Slower, "too many calls for the account"),
    one(613, 0, Person, "the platform protects itself against abuse: stop, and look at the account"),
    Row {
        field: Some("budget"),
        ..one(613, 1_487_632, Later(Some(HOUR)), "the ad group's budget changed four times within the hour")
    },
    one(613, 1_487_225, Later(None), "as many ads as the account's daily spend allows were made"),
    any(801, Moved, "the object's state does not allow this"),
    any(803, Gone, "nothing has this name"),
    any(900, Fix, "there is no such app"),
    any(2500, Fix, "the path or the fields are not understood"),
    any(2635, Unsupported, "this version of the API is switched off: update Adplane"),
    Row { field: Some("targeting.locations"), ..any(2641, Fix, "ads are restricted in this place") },
    any(2695, Fix, "the app has as many campaigns for iOS 14 as it may have"),
    Row { field: Some("schedule.start"), ..any(3018, Fix, "the start is more than 37 months away") },
    any(1_487_225, Later(None), "as many ads as the account's daily spend allows were made"),
    Row {
        field: Some("creative.landingPage"),
        ..any(1_609_005, Person, "the link cannot be read by the platform")
    },
    // Invalid parameters.
    one(100, 33, Gone, "the object does not exist, or the token may not see it"),
    one(100, 1_487_534, Smaller, "too much data in one call"),
    one(100, 1_504_018, Smaller, "the report timed out"),
    one(100, 3_191_001, Permission, "the token may not read this report"),
    one(100, 1_487_056, Moved, "the ad group was deleted"),
    one(100, 1_487_862, Moved, "the object is archived already"),
    one(100, 1_752_129, Permission, "the person's tasks on the account do not go together"),
    one(100, 1_885_183, Person, "the app is in development mode, which makes no ads: publish it"),
    invalid(246_003, "targeting.audiences.include", "an audience is flagged by the platform"),
    invalid(246_004, "optimization", "a conversion is flagged by the platform"),
    invalid(1_487_007, "schedule.end", "the ad group has ended: give it a new end first"),
    invalid(1_487_033, "schedule.end", "the end must be in the future"),
    invalid(1_487_061, "budget", "a budget is missing"),
    invalid(1_487_079, "targeting.locations", "a radius is for cities and points only"),
    invalid(1_487_694, "targeting.interests", "an interest or category is no longer offered"),
    invalid(1_487_756, "targeting.locations", "places overlap"),
    invalid(1_815_199, "creative.identity.meta.instagram_user_id", "the Instagram account cannot be used"),
    invalid(1_815_857, "bidding.amount", "the bid amount is missing"),
    invalid(
        1_870_227,
        "meta.targeting_automation.advantage_audience",
        "say whether the audience may be widened",
    ),
    invalid(1_885_272, "budget", "the budget is below the platform's minimum"),
    invalid(1_885_621, "budget", "the budget is on the campaign and on the ad group"),
    invalid(1_885_650, "budget", "the budget is too low for the bid"),
    invalid(2_446_149, "bidding.strategy", "bid and goal do not go together"),
    invalid(2_446_404, "meta.billing_event", "billing and goal do not go together"),
    invalid(2_490_408, "optimization.goal", "the goal is not available here"),
    invalid(2_490_562, "meta.facebook_positions", "a placement is no longer offered"),
    invalid(3_260_011, "optimization.goal", "goal and pixel are fixed once the ad group is published"),
    invalid(3_858_023, "creative.meta.degrees_of_freedom_spec", "a creative feature is not available"),
    invalid(3_858_028, "creative.meta.degrees_of_freedom_spec", "a creative feature is not available"),
    invalid(3_858_079, "compliance.dsa.payor", "the payor is missing"),
    invalid(3_858_081, "compliance.dsa.beneficiary", "the beneficiary is missing"),
    invalid(
        3_858_082,
        "creative.meta.degrees_of_freedom_spec",
        "say for each creative feature whether it is on",
    ),
    invalid(3_858_258, "creative.images", "an image cannot be downloaded"),
    invalid(3_858_418, SHARING, "budget sharing cannot be switched on while the campaign runs"),
    invalid(4_834_002, SHARING, "budgets cannot be shared under a campaign budget"),
    invalid(4_834_005, SHARING, "sharing budgets needs a bid strategy"),
    invalid(4_834_006, "bidding.strategy", "the bid strategy cannot change while budgets are shared"),
    invalid(4_834_009, SHARING, "ad groups that share budgets must be alike"),
    invalid(4_834_011, SHARING, "say whether ad groups share their budgets"),
];

/// Limits of one kind of use each (insights, audiences, management and others).
const BUSINESS_USE: Row = any(80_000, Slower, "the account used up its calls of this hour");
/// Internal failures; the subcode says which.
const INTERNAL: Row = any(-1, Again, "an internal failure of the platform");
/// Permissions without a row of their own.
const PERMISSIONS: Row = any(200, Permission, "a permission is missing");

/// The row of a code and subcode, the finer one first.
pub(super) fn find(code: i64, subcode: i64) -> Option<&'static Row> {
    let same = |wanted: Option<i64>| ROWS.iter().find(move |row| row.code == code && row.subcode == wanted);
    same(Some(subcode)).or_else(|| same(None)).or(match code {
        80_000..=80_099 => Some(&BUSINESS_USE),
        200..=299 => Some(&PERMISSIONS),
        ..=-1 => Some(&INTERNAL),
        _ => None,
    })
}
