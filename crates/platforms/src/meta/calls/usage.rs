//! What the usage headers of an answer say (meta-ads.md §15).

use std::time::Duration;

use serde_json::Value as Json;

use crate::http::Answer;

/// How much the app may do, as the headers name it; renamed by the vendor on 2026-05-04, the words stayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::meta) enum Tier {
    /// `development_access`: a score of 60.
    Development,
    /// `standard_access`: a score of 9,000.
    #[default]
    Standard,
}

/// What one answer's headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::meta) struct Usage {
    /// The fullest counter in whole percent; `None` when no header came.
    pub(in crate::meta) percent: Option<u32>,
    /// The tier, where a header names it.
    pub(in crate::meta) tier: Option<Tier>,
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
            usage.name_tier(&account);
            if whole_percent(&account["acc_id_util_pct"]) >= 100 {
                usage.wait_for(account["reset_time_duration"].as_u64());
            }
        }
        if let Some(Json::Object(cases)) = header("x-business-use-case-usage") {
            for case in cases.values().filter_map(Json::as_array).flatten() {
                usage.count(case, &["call_count", "total_time", "total_cputime"]);
                usage.name_tier(case);
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

    fn name_tier(&mut self, counters: &Json) {
        self.tier = match counters["ads_api_access_tier"].as_str() {
            Some("development_access") => Some(Tier::Development),
            Some("standard_access") => Some(Tier::Standard),
            _ => self.tier,
        };
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(headers: &[(&str, Json)]) -> Answer {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
        Answer { status: 200, headers, body: bytes::Bytes::new() }
    }

    #[test]
    fn the_fullest_counter_counts() {
        let usage = Usage::of(&answer(&[
            ("x-app-usage", json!({"call_count": 28, "total_time": 91, "total_cputime": 25})),
            ("x-ad-account-usage", json!({"acc_id_util_pct": 9.67, "reset_time_duration": 100})),
        ]));
        assert_eq!(usage, Usage { percent: Some(91), tier: None, wait: None });
        assert_eq!(Usage::of(&answer(&[])), Usage::default());
    }

    #[test]
    fn a_full_account_says_how_long() {
        let account = json!({"acc_id_util_pct": 100.00, "reset_time_duration": 100,
            "ads_api_access_tier": "development_access"});
        let usage = Usage::of(&answer(&[("x-ad-account-usage", account)]));
        assert_eq!((usage.wait, usage.tier), (Some(Duration::from_secs(100)), Some(Tier::Development)));
        let cases = json!({"1": [
            {"type": "ads_insights", "call_count": 10, "estimated_time_to_regain_access": 0},
            {"type": "ads_management", "call_count": 100, "estimated_time_to_regain_access": 3},
        ]});
        let usage = Usage::of(&answer(&[("x-business-use-case-usage", cases)]));
        assert_eq!((usage.percent, usage.wait), (Some(100), Some(Duration::from_mins(3))));
    }
}
