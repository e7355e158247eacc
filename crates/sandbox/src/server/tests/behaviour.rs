//! What the framework promises, with each vendor module in it: one suite, run for all platforms.

use reqwest::RequestBuilder;

use super::*;

/// How to create and list one kind of object of a platform.
struct Subject {
    platform: &'static str,
    account: &'static str,
    collection: &'static str,
    create: fn(&Bench, &str) -> RequestBuilder,
    list: fn(&Bench) -> RequestBuilder,
    /// How many objects an answered list holds.
    count: fn(&Value) -> usize,
    /// A change by hand: the member and its value.
    edit: (&'static str, fn() -> Value),
    /// The member that tells an object's id.
    id: &'static str,
}

const SUBJECTS: [Subject; 3] = [
    Subject {
        platform: "google",
        account: "1000000001",
        collection: "campaignBudgets",
        create: |bench, name| {
            let budget = json!({"name": name, "amountMicros": "5000000", "explicitlyShared": true});
            google(bench, "campaignBudgets:mutate").json(&json!({"operations": [{"create": budget}]}))
        },
        list: |bench| {
            let query = json!({"query": "SELECT campaign_budget.id FROM campaign_budget"});
            google(bench, "googleAds:search").json(&query)
        },
        count: |answer| answer["results"].as_array().map_or(0, Vec::len),
        edit: ("amountMicros", || json!("7000000")),
        id: "id",
    },
    Subject {
        platform: "meta",
        account: "act_1000000001",
        collection: "campaigns",
        create: |bench, name| {
            let campaign = [
                ("access_token", "sandbox-token"),
                ("name", name),
                ("objective", "OUTCOME_TRAFFIC"),
                ("status", "PAUSED"),
                ("special_ad_categories", "[]"),
                ("is_adset_budget_sharing_enabled", "false"),
            ];
            bench.client.post(bench.url("/meta/v26.0/act_1000000001/campaigns")).form(&campaign)
        },
        list: |bench| {
            let list = bench.client.get(bench.url("/meta/v26.0/act_1000000001/campaigns"));
            list.query(&[("access_token", "sandbox-token"), ("fields", "id"), ("limit", "100")])
        },
        count: |answer| answer["data"].as_array().map_or(0, Vec::len),
        edit: ("name", || json!("Renamed")),
        id: "id",
    },
    Subject {
        platform: "tiktok",
        account: "7000000000000000001",
        collection: "campaigns",
        create: |bench, name| {
            let campaign = json!({
                "advertiser_id": "7000000000000000001",
                "campaign_name": name,
                "objective_type": "TRAFFIC",
                "budget_mode": "BUDGET_MODE_DAY",
                "budget": 100.0,
            });
            let create = bench.client.post(bench.url("/tiktok/open_api/v1.3/campaign/create/"));
            create.header("Access-Token", "sandbox-token").json(&campaign)
        },
        list: |bench| {
            let list = bench.client.get(bench.url("/tiktok/open_api/v1.3/campaign/get/"));
            list.header("Access-Token", "sandbox-token").query(&[("advertiser_id", "7000000000000000001")])
        },
        count: |answer| answer["data"]["list"].as_array().map_or(0, Vec::len),
        edit: ("campaign_name", || json!("Renamed")),
        id: "campaign_id",
    },
];

fn google(bench: &Bench, call: &str) -> RequestBuilder {
    let url = bench.url(&format!("/google/v26/customers/1000000001/{call}"));
    bench.client.post(url).bearer_auth("sandbox-token").header("login-customer-id", "1000000000")
}

impl Subject {
    async fn create(&self, bench: &Bench, name: &str) {
        let response = (self.create)(bench, name).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{}", response.text().await.unwrap());
    }

    /// Objects as a client sees them.
    async fn listed(&self, bench: &Bench) -> usize {
        let response = (self.list)(bench).send().await.unwrap();
        assert_eq!(
            response.status(),
            StatusCode::OK,
            "{}: {}",
            self.platform,
            response.text().await.unwrap()
        );
        (self.count)(&response.json().await.unwrap())
    }

    /// Objects as they are stored.
    async fn stored(&self, bench: &Bench) -> Vec<Value> {
        let state = bench.get("/_sandbox/state").await;
        let stored = &state[self.platform][self.account][self.collection];
        stored.as_array().cloned().unwrap_or_default()
    }

    async fn arm(&self, bench: &Bench, fault: Value) {
        let mut fault = fault;
        fault["match"] = json!({"platform": self.platform});
        let (status, answer) = bench.post("/_sandbox/faults", &json!([fault])).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
}

#[tokio::test]
async fn every_platform_begins_with_its_three_accounts_and_no_campaigns() {
    let bench = Bench::start(options()).await;
    let state = bench.get("/_sandbox/state").await;
    for (platform, first) in
        [("google", "100000000"), ("meta", "act_100000000"), ("tiktok", "700000000000000000")]
    {
        for number in 1..=3 {
            let account = &state[platform][format!("{first}{number}")];
            assert!(account.is_object(), "{platform} {number}");
            let none = [Value::Null, json!([])];
            assert!(none.contains(&account["campaigns"]), "{platform} {number}");
        }
    }
}

#[tokio::test]
async fn tokens_are_good_expired_or_wrong() {
    let bench = Bench::start(options()).await;
    for (platform, url, header) in [
        ("google", "/google/v26/customers:listAccessibleCustomers", "authorization"),
        ("meta", "/meta/v26.0/me/adaccounts", "authorization"),
        ("tiktok", "/tiktok/open_api/v1.3/campaign/get/?advertiser_id=7000000000000000001", "access-token"),
    ] {
        let mut answers = Vec::new();
        for token in ["sandbox-token", "EXPIRED", "another"] {
            let token = if header == "authorization" { format!("Bearer {token}") } else { token.to_owned() };
            let response = bench.client.get(bench.url(url)).header(header, token).send().await.unwrap();
            let status = response.status();
            let answer: Value = response.json().await.unwrap();
            let code = answer["code"].as_u64().unwrap_or_default();
            answers.push((status.is_success() && code == 0, answer));
        }
        let good: Vec<bool> = answers.iter().map(|(good, _)| *good).collect();
        assert_eq!(good, [true, false, false], "{platform}: {answers:?}");
        assert_ne!(answers[1].1, answers[2].1, "{platform} tells an expired token from a wrong one");
    }
}

#[tokio::test]
async fn a_create_is_stored_listed_and_logged_as_a_write() {
    let bench = Bench::start(options()).await;
    for subject in &SUBJECTS {
        subject.create(&bench, "One").await;
        assert_eq!(subject.stored(&bench).await.len(), 1, "{}", subject.platform);
        assert_eq!(subject.listed(&bench).await, 1, "{}", subject.platform);
    }
    let log = bench.log().await;
    let writes: Vec<&Value> = log.iter().filter(|entry| entry["write"] == json!(true)).collect();
    assert_eq!(writes.len(), 3, "{log:?}");
    for (entry, subject) in writes.iter().zip(&SUBJECTS) {
        assert_eq!(entry["platform"], json!(subject.platform));
        assert_eq!(entry["account"], json!(subject.account));
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_the_object_and_a_lost_request_does_not() {
    let bench = Bench::start(options()).await;
    for subject in &SUBJECTS {
        for (kind, stored) in [("drop_before", 0), ("timeout", 0), ("http_500", 0), ("drop_after", 1)] {
            subject.arm(&bench, json!({"kind": kind, "millis": 50})).await;
            let sent = (subject.create)(&bench, "Lost").send().await;
            assert_eq!(sent.is_ok(), kind == "http_500", "{} {kind}", subject.platform);
            assert_eq!(subject.stored(&bench).await.len(), stored, "{} {kind}", subject.platform);
        }
        let log = bench.log().await;
        let last = log.last().unwrap();
        assert_eq!((&last["status"], &last["write"]), (&json!(0), &json!(true)));
    }
}

#[tokio::test]
async fn stale_reads_show_the_world_before_the_write() {
    let bench = Bench::start(options()).await;
    for subject in &SUBJECTS {
        subject.create(&bench, "Before").await;
        subject.arm(&bench, json!({"kind": "stale_reads", "times": 2})).await;
        assert_eq!(subject.listed(&bench).await, 1, "{}", subject.platform);
        subject.create(&bench, "After").await;
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push(subject.listed(&bench).await);
        }
        assert_eq!(seen, [1, 1, 2], "{}", subject.platform);
    }
}

#[tokio::test]
async fn reads_lag_behind_writes_when_asked() {
    let bench = Bench::start(options()).await;
    for subject in &SUBJECTS {
        subject.create(&bench, "Before").await;
        let option = format!("{}.lag", subject.platform);
        bench.post("/_sandbox/options", &json!({ &option: "400ms" })).await;
        subject.create(&bench, "After").await;
        assert_eq!(subject.listed(&bench).await, 1, "{}", subject.platform);
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        assert_eq!(subject.listed(&bench).await, 2, "{}", subject.platform);
        bench.post("/_sandbox/options", &json!({ &option: null })).await;
    }
}

#[tokio::test]
async fn an_edit_by_hand_changes_the_object() {
    let bench = Bench::start(options()).await;
    for subject in &SUBJECTS {
        subject.create(&bench, "Edited").await;
        let id = subject.stored(&bench).await[0][subject.id].clone();
        let (member, value) = (subject.edit.0, (subject.edit.1)());
        let mut edit =
            json!({"platform": subject.platform, "account": subject.account, "actor": "ann@example.com"});
        edit["collection"] = json!(subject.collection);
        edit["id"] = id;
        edit["set"] = json!({member: value});
        let (status, answer) = bench.post("/_sandbox/edit", &edit).await;
        assert_eq!(status, StatusCode::OK, "{}: {answer}", subject.platform);
        assert_eq!(answer["object"][member], value, "{}", subject.platform);
        assert_eq!(subject.stored(&bench).await[0][member], value, "{}", subject.platform);
    }
}

#[tokio::test]
async fn objects_survive_a_restart_and_not_a_reset() {
    let directory = tempfile::tempdir().unwrap();
    let kept = SandboxOptions { data: Some(directory.path().to_owned()), ..options() };
    let bench = Bench::start(kept.clone()).await;
    for subject in &SUBJECTS {
        subject.create(&bench, "Kept").await;
    }
    let before = bench.get("/_sandbox/state").await;
    bench.sandbox.shutdown().await.unwrap();

    let bench = Bench::start(kept).await;
    assert_eq!(bench.get("/_sandbox/state").await, before);
    for subject in &SUBJECTS {
        assert_eq!(subject.listed(&bench).await, 1, "{}", subject.platform);
        subject.create(&bench, "Next").await;
        let stored = subject.stored(&bench).await;
        assert_ne!(stored[0][subject.id], stored[1][subject.id], "ids do not repeat");
    }
    bench.post("/_sandbox/reset", &json!({})).await;
    for subject in &SUBJECTS {
        assert_eq!(subject.stored(&bench).await, Vec::<Value>::new(), "{}", subject.platform);
    }
}

#[tokio::test]
async fn a_state_loads_into_a_new_sandbox() {
    let bench = Bench::start(options()).await;
    for subject in &SUBJECTS {
        subject.create(&bench, "Moved").await;
    }
    let state = bench.get("/_sandbox/state").await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    std::fs::write(&file, state.to_string()).unwrap();

    let bench = Bench::start(SandboxOptions { load: Some(file), seed: 7, ..options() }).await;
    assert_eq!(bench.get("/_sandbox/state").await, state);
    for subject in &SUBJECTS {
        assert_eq!(subject.listed(&bench).await, 1, "{}", subject.platform);
        subject.create(&bench, "More").await;
        assert_eq!(subject.listed(&bench).await, 2, "{}", subject.platform);
    }
}

#[tokio::test]
async fn quotas_hold_unless_switched_off() {
    let many = async |bench: &Bench, subject: &Subject| {
        for number in 0..30 {
            (subject.create)(bench, &format!("Many {number}")).send().await.unwrap();
        }
        subject.stored(bench).await.len()
    };
    let free = Bench::start(SandboxOptions { quota: crate::QuotaMode::Off, ..options() }).await;
    for subject in &SUBJECTS {
        assert_eq!(many(&free, subject).await, 30, "{}", subject.platform);
    }
    // A score of 60, a write costs 3, and 60 points come back in five minutes (platforms/meta-ads.md §15).
    let tier = crate::QuotaMode::Tier("development".into());
    let limited = Bench::start(SandboxOptions { quota: tier, ..options() }).await;
    let stored = many(&limited, &SUBJECTS[1]).await;
    assert!((20..30).contains(&stored), "{stored}");
}
