//! Rate limits and the headers that show them (meta-ads.md §15).

use serde_json::json;

use super::errors::GraphError;
use super::kind::Kind;
use super::{insights, status, store};
use crate::http::Response;
use crate::quota::{Limit, QuotaMode};
use crate::world::{Vendor, World};

const READ: u32 = 1;
const WRITE: u32 = 3;
const HOUR: u32 = 3_600;

/// Limits of an account's tier: its score, and its hourly quota before what active ads add.
struct Tier {
    name: &'static str,
    score: Limit,
    hourly: u32,
}

/// The tier in force; full access unless the sandbox is started with `--quota development`.
fn tier(world: &World) -> Tier {
    let small = matches!(world.quota_mode(), QuotaMode::Tier(name) if matches!(name.as_str(), "development" | "development_access" | "limited"));
    if small {
        let score = Limit::Bucket { capacity: 60, seconds: 300, blocked_seconds: 300 };
        return Tier { name: "development_access", score, hourly: 300 };
    }
    let score = Limit::Bucket { capacity: 9_000, seconds: 300, blocked_seconds: 60 };
    Tier { name: "standard_access", score, hourly: 100_000 }
}

fn hourly(world: &World, account: &str, base: u32) -> Limit {
    let active = if base > 10_000 { 0 } else { active_ads(world, account) };
    Limit::Window { most: base.saturating_add(active.saturating_mul(40)), seconds: HOUR, blocked_seconds: 0 }
}

fn active_ads(world: &World, account: &str) -> u32 {
    let node = store::Node::account(account);
    let active = insights::ads_under(world, &node).into_iter().filter(|id| {
        let ad = store::object(world, account, Kind::Ad, id);
        let node = store::Node::new(Kind::Ad, account, id);
        ad.is_some_and(|ad| status::effective(world, &node, ad) == "ACTIVE")
    });
    u32::try_from(active.count()).unwrap_or(u32::MAX)
}

/// Charges a call to its account: a read costs 1, a write 3.
pub(super) fn charge(world: &mut World, account: &str, method: &str) -> Result<(), GraphError> {
    if world.quota_mode() == QuotaMode::Off {
        return Ok(());
    }
    let tier = tier(world);
    let cost = if method == "GET" { READ } else { WRITE };
    let key = format!("score:{account}");
    if world.charge(Vendor::Meta, &[(&key, tier.score)], cost).is_err() {
        let mut error = GraphError::new(17, "User request limit reached").subcode(2_446_079);
        error.title = Some("Ad Account Has Too Many API Calls");
        error.user_message =
            Some("There have been too many calls from this ad-account. Wait a bit and try again.".to_owned());
        return Err(error);
    }
    let limit = hourly(world, account, tier.hourly);
    let key = format!("ads_management:{account}");
    if world.charge(Vendor::Meta, &[(&key, limit)], 1).is_err() {
        let text = "There have been too many calls to this ad-account. Please wait a bit and try again.";
        return Err(GraphError::new(80_004, format!("(#80004) {text}")).subcode(2_446_079));
    }
    Ok(())
}

/// Adds the date and the three usage headers.
pub(super) fn headers(world: &World, response: Response, account: Option<&str>) -> Response {
    // Answers carry the vendor's own time (RFC 9110, 6.6.1).
    let response = response.with_header("date", world.now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let Some(account) = account else {
        return response.with_header(
            "x-app-usage",
            json!({"call_count": 0, "total_cputime": 0, "total_time": 0}).to_string(),
        );
    };
    let tier = tier(world);
    let used = |key: String, limit: Limit| {
        let used = u64::from(world.quota_used(Vendor::Meta, &key, limit)) * 10_000;
        used / u64::from(limit.most().max(1))
    };
    let score = used(format!("score:{account}"), tier.score);
    let hourly_limit = hourly(world, account, tier.hourly);
    let hourly = used(format!("ads_management:{account}"), hourly_limit).div_ceil(100).min(100);
    let wait = if hourly >= 100 {
        (i64::from(HOUR) - world.now.as_second().rem_euclid(i64::from(HOUR))) / 60 + 1
    } else {
        0
    };
    let percent = serde_json::Number::from_f64(to_percent(score)).map_or(json!(0), serde_json::Value::Number);
    let app = json!({"call_count": hourly, "total_cputime": hourly / 2, "total_time": hourly / 2});
    let ad_account = json!({
        "acc_id_util_pct": percent, "reset_time_duration": 300, "ads_api_access_tier": tier.name,
    });
    let business = json!({account: [{
        "type": "ads_management", "call_count": hourly, "total_cputime": hourly / 2, "total_time": hourly / 2,
        "estimated_time_to_regain_access": wait, "ads_api_access_tier": tier.name,
    }]});
    response
        .with_header("x-app-usage", app.to_string())
        .with_header("x-ad-account-usage", ad_account.to_string())
        .with_header("x-business-use-case-usage", business.to_string())
}

/// Hundredths of a percent as percent.
fn to_percent(hundredths: u64) -> f64 {
    f64::from(u32::try_from(hundredths).unwrap_or(u32::MAX)) / 100.0
}
