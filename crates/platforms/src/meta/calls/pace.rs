//! Slowing down before a limit is met: usage headers (meta-ads.md §15).
//!
//! Every answer tells how much of each limit is used, in percent; any counter at 100 blocks. From 75 on calls
//! are spaced, up to a second each at 100: with the few calls in flight at a time that is about the rate at
//! which a full account's score decays.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value as Json;

use crate::http::Answer;

const SLOW_FROM: u32 = 75;
const STEP: Duration = Duration::from_millis(40);

/// What one answer's headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::meta) struct Usage {
    /// The fullest counter in whole percent; `None` when no header came.
    percent: Option<u32>,
    /// How long until access comes back, where the vendor says.
    pub(in crate::meta) wait: Option<Duration>,
}

impl Usage {
    /// Reads the headers of an answer.
    pub(in crate::meta) fn of(answer: &Answer) -> Self {
        let header = |name: &str| -> Option<Json> { serde_json::from_str(answer.headers.get(name)?).ok() };
        let mut usage = Self::default();
        if let Some(app) = header("x-app-usage") {
            usage.count(&app, &["call_count", "total_time", "total_cputime"]);
        }
        if let Some(account) = header("x-ad-account-usage") {
            usage.count(&account, &["acc_id_util_pct"]);
            if whole_percent(&account["acc_id_util_pct"]) >= 100 {
                usage.wait_for(account["reset_time_duration"].as_u64());
            }
        }
        if let Some(Json::Object(cases)) = header("x-business-use-case-usage") {
            for case in cases.values().filter_map(Json::as_array).flatten() {
                usage.count(case, &["call_count", "total_time", "total_cputime"]);
                let minutes = case["estimated_time_to_regain_access"].as_u64();
                usage.wait_for(minutes.map(|minutes| minutes.saturating_mul(60)));
            }
        }
        usage
    }

    fn count(&mut self, counters: &Json, names: &[&str]) {
        let fullest = names.iter().map(|name| whole_percent(&counters[*name])).max();
        self.percent = self.percent.max(fullest);
    }

    fn wait_for(&mut self, seconds: Option<u64>) {
        let wait = seconds.filter(|seconds| *seconds > 0).map(Duration::from_secs);
        self.wait = self.wait.max(wait);
    }
}

/// A percentage without its fraction; it comes as a number with or without one.
fn whole_percent(value: &Json) -> u32 {
    let text = value.as_number().map(ToString::to_string).unwrap_or_default();
    text.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or(0)
}

/// The account's latest usage, shared by all calls.
#[derive(Debug, Default)]
pub(in crate::meta) struct Pace {
    percent: Mutex<u32>,
}

impl Pace {
    /// Remembers what an answer says.
    pub(in crate::meta) fn learn(&self, answer: &Answer) {
        if let (Some(percent), Ok(mut latest)) = (Usage::of(answer).percent, self.percent.lock()) {
            *latest = percent;
        }
    }

    /// How long the next call should wait.
    pub(in crate::meta) fn delay(&self) -> Duration {
        let percent = self.percent.lock().map_or(0, |percent| *percent);
        STEP * percent.min(100).saturating_sub(SLOW_FROM)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(name: &str, value: &Json) -> Answer {
        Answer {
            status: 200,
            headers: [(name.to_owned(), value.to_string())].into(),
            body: bytes::Bytes::new(),
        }
    }

    #[test]
    fn the_fullest_counter_counts() {
        let app = answer("x-app-usage", &json!({"call_count": 28, "total_time": 91, "total_cputime": 25}));
        assert_eq!(Usage::of(&app), Usage { percent: Some(91), wait: None });
        let account = answer(
            "x-ad-account-usage",
            &json!({"acc_id_util_pct": 100.00, "reset_time_duration": 100, "ads_api_access_tier": "x"}),
        );
        assert_eq!(Usage::of(&account).wait, Some(Duration::from_secs(100)));
    }

    #[test]
    fn slows_down_from_three_quarters() {
        let pace = Pace::default();
        for (percent, millis) in [(10, 0), (75, 0), (85, 400), (100, 1000), (20, 0)] {
            pace.learn(&answer("x-app-usage", &json!({"call_count": percent})));
            assert_eq!(pace.delay(), Duration::from_millis(millis), "{percent}");
        }
    }
}
