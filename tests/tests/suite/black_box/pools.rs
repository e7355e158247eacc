//! Budget pools over Google and Meta, on a sandbox whose clock moves: `examples/pools`, day by day.

use serde_json::{Value, json};

use super::bench::{Bench, Run};

/// Ten minutes into December in Madrid.
const DECEMBER: &str = "2026-11-30T23:10:00Z";
const PLATFORMS: [&str; 2] = ["google", "meta"];

pub(super) async fn run(bench: &Bench, arguments: &[&str]) -> Run {
    bench.run_in("pools", arguments).await
}

pub(super) async fn shop(from: &str) -> Bench {
    let bench = Bench::at(from).await;
    run(&bench, &["apply", "--auto-approve"]).await.exits(0);
    bench
}

/// Reads what was spent, puts today's amounts in force, and brings them to the platforms.
pub(super) async fn pace(bench: &Bench) -> Value {
    run(bench, &["metrics", "sync", "--back", "40"]).await.exits(0);
    let told = run(bench, &["budgets", "--put", "--format", "json"]).await.exits(0);
    run(bench, &["apply", "--auto-approve"]).await.exits(0);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    told["pools"][0].clone()
}

/// Hundredths of `12.34` or `12.34 EUR`.
pub(super) fn cents(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_else(|| panic!("no amount: {value}"));
    let (whole, part) = text.trim_end_matches(" EUR").split_once('.').unwrap();
    whole.parse::<i64>().unwrap() * 100 + part.get(..2).unwrap().parse::<i64>().unwrap()
}

/// Cents that both platforms delivered so far, as the sandbox itself counts them.
pub(super) async fn delivered(bench: &Bench) -> i64 {
    let all = bench.delivery().await;
    let of = |platform: &str| {
        let entries = all.iter().filter(move |entry| entry["platform"] == json!(platform));
        entries.map(|entry| entry["spendMicros"].as_i64().unwrap()).sum::<i64>()
    };
    PLATFORMS.into_iter().map(of).sum::<i64>() / 10_000
}

fn after(pool: &Value, campaign: &str) -> i64 {
    let members = pool["members"].as_array().unwrap();
    let found = members.iter().find(|one| one["address"].as_str().unwrap().ends_with(campaign)).unwrap();
    cents(&found["after"])
}

/// The daily amounts that are live, in cents: Google's and Meta's.
pub(super) async fn live(bench: &Bench) -> [i64; 2] {
    let state = bench.state().await;
    let number =
        |value: &Value| value.as_str().map_or_else(|| value.as_i64(), |text| text.parse().ok()).unwrap();
    let google = &state["google"]["1000000001"]["campaignBudgets"][0]["amountMicros"];
    let meta = &state["meta"]["act_1000000001"]["campaigns"][0]["daily_budget"];
    [number(google) / 10_000, number(meta)]
}

async fn statuses(bench: &Bench) -> [String; 2] {
    let state = bench.state().await;
    let google = &state["google"]["1000000001"]["campaigns"][0]["status"];
    let meta = &state["meta"]["act_1000000001"]["campaigns"][0]["status"];
    [google, meta].map(|status| status.as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_over_two_platforms_lands_on_its_amount() {
    let bench = shop(DECEMBER).await;
    assert_eq!(live(&bench).await, [4_000, 5_000], "what git has, and an even part of a day");
    for day in 1..=31 {
        let pool = pace(&bench).await;
        assert_eq!(pool["day"], json!(format!("2026-12-{day:02}")), "{pool}");
        assert_eq!(live(&bench).await, [after(&pool, "search-rain"), after(&pool, "social-rain")], "{pool}");
        bench.advance("24h").await;
    }
    let spent = delivered(&bench).await;
    assert!((303_800..=310_000).contains(&spent), "{spent} cents of 3100.00 EUR");
    // January begins anew: what was decided for December counts no more.
    let back = run(&bench, &["plan"]).await.exits(0);
    assert!(back.out.contains("overlay of pool `rain` removed"), "{}", back.out);
    let pool = pace(&bench).await;
    assert_eq!(pool["day"].as_str(), Some("2027-01-01"), "{pool}");
    // A few cents may be of the minutes since midnight.
    assert!(pool["spent"].as_str().is_some_and(|spent| spent.starts_with("0.")), "{pool}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_gets_its_cap_and_the_rest_goes_to_the_others() {
    let bench = shop(DECEMBER).await;
    let text = std::fs::read_to_string(bench.path("pools/pool.yaml")).unwrap();
    bench.write("pools/pool.yaml", format!("{text}    caps: {{google: 45.00 EUR}}\n"));
    let pool = pace(&bench).await;
    let [search, social] = [after(&pool, "search-rain"), after(&pool, "social-rain")];
    assert_eq!(search, 4_500, "of weights 3 to 2 it would have more: {pool}");
    assert!(social > search, "{pool}");
    let binds: Vec<&Value> = pool["members"].as_array().unwrap().iter().map(|one| &one["binds"]).collect();
    assert!(binds.contains(&&json!("cap of its platform")), "{pool}");
    assert_eq!(live(&bench).await, [search, social]);
    // One that the minimums break is refused.
    bench.write("pools/pool.yaml", format!("{text}    caps: {{google: 4.00 EUR}}\n"));
    let refused = run(&bench, &["validate"]).await.exits(1);
    let said = format!("{}{}", refused.out, refused.err);
    assert!(
        said.contains("the campaigns on Google Ads get at least 5.00 EUR a day, and their cap is 4.00 EUR"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hard_pool_that_is_used_up_pauses_until_its_next_period() {
    let bench = shop("2026-12-28T23:10:00Z").await;
    pace(&bench).await;
    // Ana gives Meta far more than the month has.
    let campaign = bench.state().await["meta"]["act_1000000001"]["campaigns"][0]["id"].clone();
    bench
        .edit(
            json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": campaign,
            "set": {"daily_budget": "900000"}, "actor": "ana@shop.example"}),
        )
        .await;
    let drift = run(&bench, &["drift"]).await.exits(2);
    assert!(drift.out.contains("9000.00 EUR") && drift.out.contains("pool `rain`"), "{}", drift.out);
    bench.advance("24h").await;
    let pool = pace(&bench).await;
    assert_eq!(pool["state"], json!("exhausted"), "{pool}");
    assert_eq!(statuses(&bench).await, ["PAUSED", "PAUSED"]);
    let spent = delivered(&bench).await;
    bench.advance("24h").await;
    assert_eq!(delivered(&bench).await, spent, "nothing more is spent");
    let told = run(&bench, &["budgets"]).await.exits(0);
    assert!(told.out.contains("pool rain: exhausted") && told.out.contains("paused"), "{}", told.out);
    bench.advance("24h").await;
    pace(&bench).await;
    assert_eq!(statuses(&bench).await, ["ENABLED", "ACTIVE"], "January has its own money");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_raises_nothing_and_a_second_look_changes_nothing() {
    let bench = shop(DECEMBER).await;
    let early = run(&bench, &["budgets"]).await.exits(1);
    assert!(early.err.contains("run `adplane metrics sync`"), "{}", early.err);
    let first = pace(&bench).await;
    let writes = bench.writes().await;
    bench.advance("9h").await;
    let second = pace(&bench).await;
    assert_eq!(first["today"], second["today"]);
    assert_eq!(bench.writes().await, writes, "the hour moves no amount");

    bench.advance("24h").await;
    bench.faults(json!([{"kind": "http_500", "times": 99, "match": {"path": "/insights"}}])).await;
    run(&bench, &["metrics", "sync", "--back", "2"]).await.exits(1);
    let told = run(&bench, &["budgets", "--put", "--format", "json"]).await.exits(0);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    let pool = &told["pools"][0];
    assert_eq!(
        (pool["state"].as_str(), pool["answers"][0]["code"].as_str()),
        (Some("unknown"), Some("spend-unknown"))
    );
    for campaign in ["search-rain", "social-rain"] {
        assert!(after(pool, campaign) <= after(&second, campaign), "{pool}");
    }
    assert!(cents(&pool["assumed"]) > 0, "{pool}");

    // A pool is worked out from all of its campaigns or not at all.
    let part = run(&bench, &["budgets", "pool.yaml"]).await.exits(1);
    assert!(part.err.contains("a part of the project"), "{}", part.err);
    let narrow = run(&bench, &["budgets", "--account", "meta-es"]).await.exits(64);
    assert!(narrow.err.contains("would hide some"), "{}", narrow.err);

    // Without the pool git's amounts return, in a plan that says so.
    std::fs::remove_file(bench.path("pools/pool.yaml")).unwrap();
    for file in ["pools/search.yaml", "pools/social.yaml"] {
        let text = std::fs::read_to_string(bench.path(file)).unwrap();
        let text = text.replace(
            "    ref: rain                          # the pool's to move, within these bounds\n",
            "",
        );
        let plain = "budget: {managed: {daily: {initial: 50.00 EUR, min: 5.00 EUR, max: 90.00 EUR}}}";
        let start =
            text.find("budget: {ref: rain}").map(|at| text[at..].find('\n').map_or(at, |end| at + end));
        let text = match (text.find("budget: {ref: rain}"), start) {
            (Some(from), Some(to)) => format!("{}{plain}{}", &text[..from], &text[to..]),
            _ => text,
        };
        bench.write(file, text);
    }
    let gone = run(&bench, &["plan"]).await.exits(0);
    let said = format!("{}{}", gone.out, gone.err);
    assert!(said.contains("since the pool is not in git any more"), "{said}");
}
