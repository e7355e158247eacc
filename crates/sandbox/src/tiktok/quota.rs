//! Call limits of the developer app ("Rate limits"): code 40100 in the body, no header tells how long to wait.

use crate::quota::{Limit, QuotaMode};
use crate::world::{Vendor, World};

use super::errors::Refusal;

/// Code of the app's rate limit.
const TOO_MANY: u32 = 40_100;
/// How long a breach of the minute's limit keeps out.
const PAUSE_SECONDS: u32 = 300;

/// Calls per second, minute and day.
type Rates = (u32, u32, u32);

/// Charges a call to the app's limits, and to those of the path where it has its own.
pub(super) fn charge(world: &mut World, path: &str) -> Result<(), Refusal> {
    let tier = match world.quota_mode() {
        QuotaMode::Off => return Ok(()),
        QuotaMode::Vendor => "basic".to_owned(),
        QuotaMode::Tier(tier) => tier,
    };
    let mut limits = Vec::new();
    if tier == "test" {
        // The test host counts each endpoint apart.
        add(&mut limits, path, (1, 30, 1_000));
    } else {
        add(&mut limits, "app", of_app(&tier));
        if let Some(rates) = of_path(&tier, path) {
            add(&mut limits, path, rates);
        }
    }
    let limits: Vec<(&str, Limit)> = limits.iter().map(|(key, limit)| (key.as_str(), *limit)).collect();
    let message = "Too many requests. Please retry in some time.";
    world.charge(Vendor::Tiktok, &limits, 1).map_err(|_| Refusal::new(TOO_MANY, message))
}

fn add(limits: &mut Vec<(String, Limit)>, key: &str, (second, minute, day): Rates) {
    for (name, most, seconds, blocked_seconds) in
        [("second", second, 1, 0), ("minute", minute, 60, PAUSE_SECONDS), ("day", day, 86_400, 0)]
    {
        limits.push((format!("{key}:{name}"), Limit::Window { most, seconds, blocked_seconds }));
    }
}

fn of_app(tier: &str) -> Rates {
    match tier {
        "advanced" => (20, 1_200, 1_728_000),
        "premium" => (30, 1_800, 2_592_000),
        "ultimate" => (50, 3_000, 4_320_000),
        _ => (10, 600, 864_000),
    }
}

fn of_path(tier: &str, path: &str) -> Option<Rates> {
    let rates = match tier {
        "advanced" => (10, 200, 86_400),
        "premium" => (10, 300, 86_400),
        "ultimate" => (15, 300, 86_400),
        _ => (5, 150, 86_400),
    };
    path.ends_with("/v1.3/ad/create/").then_some(rates)
}
