//! Who leaves a hard pool, and whom a person's override decides: `examples/pools` on a sandbox whose clock moves.

use serde_json::{Value, json};

use super::bench::Bench;

async fn shop(from: &str) -> Bench {
    let bench = Bench::at(from).await;
    bench.run_in("pools", &["apply", "--auto-approve"]).await.exits(0);
    bench
}

/// A day of the pool, brought to the platforms.
async fn pace(bench: &Bench) -> Value {
    bench.run_in("pools", &["metrics", "sync", "--back", "40"]).await.exits(0);
    let told = bench.run_in("pools", &["budgets", "--put", "--format", "json"]).await.exits(0);
    bench.run_in("pools", &["apply", "--auto-approve"]).await.exits(0);
    let told: Value = serde_json::from_str(&told.out).unwrap();
    told["pools"][0].clone()
}

fn cents(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_else(|| panic!("no amount: {value}"));
    text.trim_end_matches(" EUR").replace('.', "").parse().unwrap()
}

fn codes(pool: &Value) -> Vec<&str> {
    pool["answers"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect()
}

fn edit(bench: &Bench, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(bench.path(file)).unwrap();
    assert!(text.contains(from), "{text}");
    bench.write(file, text.replace(from, to));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_campaign_spent_counts_when_it_draws_on_the_pool_no_more() {
    let bench = shop("2026-12-09T23:10:00Z").await;
    pace(&bench).await;
    bench.advance("24h").await;
    pace(&bench).await;
    bench.advance("24h").await;
    let both = pace(&bench).await;
    let own = "budget: {managed: {daily: {initial: 20.00 EUR, min: 5.00 EUR, max: 90.00 EUR}}}";
    edit(&bench, "pools/social.yaml", "budget: {ref: rain}", own);
    let checked = bench.run_in("pools", &["validate"]).await.exits(0);
    let said = format!("{}{}", checked.out, checked.err);
    assert!(
        said.contains("no campaign `social-rain` draws on pool `rain`, so its weight says nothing"),
        "{said}"
    );

    let alone = pace(&bench).await;
    assert_eq!(alone["members"].as_array().unwrap().len(), 1, "{alone}");
    assert_eq!(codes(&alone)[0], "member-left", "{alone}");
    assert_eq!(alone["spent"], both["spent"], "{alone}");
    bench.advance("24h").await;
    let next = pace(&bench).await;
    assert!(cents(&next["spent"]) > cents(&both["spent"]), "the day on which it left is the pool's: {next}");
    assert_eq!(codes(&next)[0], "member-left");
    // Its label, document or account gone: nobody can tell, and nothing is raised. A file that is broken is no loss.
    let memory = bench.path("pools/.adplane/pools");
    let mut files = std::fs::read_dir(&memory).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.extension().is_some_and(|extension| extension == "json")).unwrap();
    std::fs::write(&file, "{").unwrap();
    let broken = bench.run_in("pools", &["budgets", "--put"]).await.exits(1);
    assert!(broken.err.contains("nobody can tell what a pool gave"), "{}", broken.err);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_override_counts_and_a_hard_pool_pauses_what_could_break_it() {
    let bench = shop("2026-12-27T23:10:00Z").await;
    let plain = pace(&bench).await;
    let over = |amount: &str| {
        format!(
            "apiVersion: adplane.io/v1alpha1\nkind: Override\nmetadata: {{name: sale}}\nspec:\n  object: {{kind: Campaign, \
             name: search-rain}}\n  field: budget.daily\n  value: {amount} EUR\n  expires: \"2027-02-01T00:00:00Z\"\n"
        )
    };
    bench.write("pools/override.yaml", over("60.00"));
    let pinned = pace(&bench).await;
    assert!(codes(&pinned).contains(&"pinned"), "{pinned}");
    let of = |pool: &Value, name: &str| {
        let members = pool["members"].as_array().unwrap();
        members.iter().find(|one| one["address"].as_str().unwrap().ends_with(name)).unwrap().clone()
    };
    let search = of(&pinned, "search-rain");
    assert_eq!(
        (&search["before"], &search["after"], &search["paused"]),
        (&json!("60.00 EUR"), &json!(null), &json!(false))
    );
    // The day's first look gave it more than the override leaves: of a day's amounts the largest counts, and nobody gets
    // the difference.
    assert!(cents(&of(&plain, "search-rain")["after"]) > 6_000, "{plain}");
    assert!(codes(&pinned).contains(&"given-today"), "{pinned}");
    let social = |pool: &Value| cents(&of(pool, "social-rain")["after"]);
    assert_eq!(social(&pinned), social(&plain), "{pinned} {plain}");
    // What git's bounds let a person give is more than this pool may spend in a worst day of its last days.
    edit(&bench, "pools/pool.yaml", "monthly: 3100.00 EUR", "monthly: 250.00 EUR");
    bench.write("pools/override.yaml", over("140.00"));
    let paused = pace(&bench).await;
    assert!(of(&paused, "search-rain")["paused"] == json!(true), "{paused}");
    assert!(codes(&paused).contains(&"pinned"), "{paused}");
    let state = bench.state().await;
    assert_eq!(state["google"]["1000000001"]["campaigns"][0]["status"], json!("PAUSED"));
}
