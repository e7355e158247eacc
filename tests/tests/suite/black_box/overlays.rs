//! Values that a rule puts in force, on every platform: they outlive every look at git, inside the bounds of git.

use adplane_core::overlay::Overlay;
use adplane_engine::state::StateDir;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::bench::Bench;

/// A campaign, its file, and amounts.
type Row = (&'static str, &'static str, &'static str, (&'static str, &'static str), &'static str);

/// Campaigns with a file, the amount that git has, its bounds, and the amount that a rule puts in force.
const MANAGED: [Row; 3] = [
    ("search-brand", "google/brand.yaml", "20.00", ("10.00", "40.00"), "33.00"),
    ("social-engagement", "meta/engagement.yaml", "30.00", ("20.00", "50.00"), "44.00"),
    ("clips-traffic", "tiktok/traffic.yaml", "75.00", ("60.00", "120.00"), "88.00"),
];

pub(crate) const RULE: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: scale}
spec:
  scope: {kind: Campaign}
  when: today.spend > money('5 EUR')
  action: {type: notify, message: spending}
";

fn bounds(initial: &str, min: &str, max: &str) -> String {
    format!("budget: {{managed: {{daily: {{initial: {initial} EUR, min: {min} EUR, max: {max} EUR}}}}}}")
}

fn replace(bench: &Bench, file: &str, from: &str, to: &str) {
    let text = std::fs::read_to_string(bench.path(file)).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    bench.write(file, text.replace(from, to));
}

/// The examples live, with bounds in git and a rule.
async fn managed() -> Bench {
    let bench = Bench::start().await;
    bench.write("rule.yaml", RULE);
    for (_, file, initial, (min, max), _) in MANAGED {
        replace(&bench, file, &format!("budget: {{daily: {initial} EUR}}"), &bounds(initial, min, max));
    }
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
    bench
}

fn put(bench: &Bench, campaign: &str, field: &str, value: &str, expires: Timestamp) {
    let overlay = json!({
        "name": format!("scale-{campaign}"),
        "object": {"namespace": "default", "kind": "Campaign", "name": campaign},
        "field": field, "value": value, "rule": "scale", "expires": expires,
        "evidence": format!("sha256:{}", "5a".repeat(32)),
    });
    let overlay: Overlay = serde_json::from_value(overlay).unwrap();
    StateDir::of_project(&bench.path("")).overrides().put(&overlay).unwrap();
}

fn kept(bench: &Bench) -> usize {
    StateDir::of_project(&bench.path("")).overrides().all().unwrap().len()
}

/// The daily amounts that are live, in the order of the campaigns above.
async fn live(bench: &Bench) -> [String; 3] {
    let state = bench.state().await;
    let named = |objects: &Value, member: &str, name: &str| -> Value {
        let all = objects.as_array().unwrap();
        all.iter().find(|one| one[member].as_str().unwrap().starts_with(name)).unwrap().clone()
    };
    let google = &state["google"]["1000000001"];
    let campaign = named(&google["campaigns"], "name", "ES · Search · Brand");
    let budget =
        named(&google["campaignBudgets"], "resourceName", campaign["campaignBudget"].as_str().unwrap());
    let meta = named(&state["meta"]["act_1000000001"]["campaigns"], "name", "ES · Engagement · Ask us");
    let clips = &state["tiktok"]["7000000000000000001"]["campaigns"];
    let clips = named(clips, "campaign_name", "ES - Traffic - Rain jackets");
    let whole = |micros: f64| format!("{micros:.2}");
    let number =
        |value: &Value| value.as_str().map_or_else(|| value.as_f64(), |text| text.parse().ok()).unwrap();
    [
        whole(number(&budget["amountMicros"]) / 1e6),
        whole(number(&meta["daily_budget"]) / 100.0),
        whole(number(&clips["budget"])),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rules_budget_outlives_every_look_at_git_until_git_says_otherwise() {
    let bench = managed().await;
    assert_eq!(live(&bench).await, MANAGED.map(|row| row.2.to_owned()));
    let expires = bench.now().await + SignedDuration::from_hours(24 * 7);
    for (campaign, _, _, _, amount) in MANAGED {
        put(&bench, campaign, "budget.daily", &format!("{amount} EUR"), expires);
    }
    for format in ["text", "markdown", "json", "html", "github"] {
        let plan = bench.run(&["plan", "--format", format]).await.exits(0);
        assert!(
            plan.out.contains("scale") && plan.out.contains("sha256:5a5a5a5a5a5a"),
            "{format}: {}",
            plan.out
        );
    }
    let applied = bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert!(
        applied.out.contains("`budget.daily` is 33.00 EUR by overlay of rule `scale` until"),
        "{}",
        applied.out
    );
    assert_eq!(live(&bench).await, MANAGED.map(|row| row.4.to_owned()));
    let writes = bench.writes().await;
    for _ in 0..100 {
        let looked = bench.run(&["apply", "--auto-approve"]).await.exits(0);
        assert!(
            looked.err.contains("`budget.daily` is 33.00 EUR by overlay of rule `scale`"),
            "{}",
            looked.err
        );
    }
    assert_eq!(bench.writes().await, writes);
    let told = bench.run(&["describe", "campaign/search-brand"]).await.exits(0);
    assert!(told.out.contains("rule `scale` until"), "{}", told.out);

    // Narrowed bounds win at the next look.
    replace(&bench, "google/brand.yaml", "max: 40.00 EUR", "max: 25.00 EUR");
    let narrowed = bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert!(narrowed.out.contains("it asks for 33.00 EUR, and git's bounds win"), "{}", narrowed.out);
    assert_eq!(live(&bench).await, ["25.00", "44.00", "88.00"].map(str::to_owned));

    // The rule goes, and what it put in force with it, in a plan that says so.
    std::fs::remove_file(bench.path("rule.yaml")).unwrap();
    assert_eq!(kept(&bench), 3);
    let gone = bench.run(&["plan"]).await.exits(0);
    for (_, _, initial, _, amount) in MANAGED {
        let line = format!(
            "overlay of rule `scale` removed ({amount} EUR), since the rule is not in git any more: `budget.daily` \
             returns to {initial} EUR"
        );
        assert!(gone.out.contains(&line), "{line}\n{}", gone.out);
    }
    assert_eq!(kept(&bench), 3, "a plan writes nothing");
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert_eq!(live(&bench).await, MANAGED.map(|row| row.2.to_owned()));
    assert_eq!(kept(&bench), 0);
}

/// Messages as they were before the terminal's width broke them.
fn unwrapped(shown: &str) -> String {
    shown.replace("\n  │ ", " ")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_returns_to_more_spend_asks_first() {
    let bench = managed().await;
    replace(
        &bench,
        "adplane.yaml",
        "project: veleta",
        "project: veleta\napprovals:\n  bands: [{name: any}]\n  classes: {raise-any: {approvals: 1}}",
    );
    let expires = bench.now().await + SignedDuration::from_hours(24);
    for (campaign, _, _, (min, _), _) in MANAGED {
        put(&bench, campaign, "budget.daily", &format!("{min} EUR"), expires);
    }
    put(&bench, "clips-traffic", "state", "Paused", expires);
    // Nothing may be held that git does not let go.
    let refused = bench.run(&["apply", "--auto-approve"]).await.exits(0);
    let told = unwrapped(&refused.err);
    assert!(told.contains("git does not let rules change this field"), "{told}");
    let lowered = MANAGED.map(|row| row.3.0.to_owned());
    assert_eq!(live(&bench).await, lowered, "less spend asks nobody");
    replace(
        &bench,
        "tiktok/traffic.yaml",
        "  state: Active\n  budget:",
        "  state: Active\n  rulesMayPause: true\n  budget:",
    );
    put(&bench, "clips-traffic", "state", "Paused", expires + SignedDuration::from_hours(1));
    let held = bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert!(held.out.contains("held by rule `scale` until"), "{}", held.out);

    // Expired, lost or without its rule: git's value is more spend, and somebody must agree.
    bench.advance("26h").await;
    let back = bench.run(&["apply", "--auto-approve"]).await.exits(6);
    assert!(back.out.contains("since it expired"), "{}", back.out);
    assert_eq!(live(&bench).await, lowered);
    std::fs::remove_dir_all(bench.path(".adplane/overrides")).unwrap();
    let lost = bench.run(&["apply", "--auto-approve"]).await.exits(6);
    assert!(lost.out.contains("10.00 EUR → 20.00 EUR"), "{}", lost.out);

    // What cannot be read is not lost: nothing is planned at all.
    bench.write(".adplane/overrides/one.json", "{");
    let broken = bench.run(&["apply", "--auto-approve"]).await.exits(1);
    let told = unwrapped(&broken.err);
    assert!(told.contains("nobody can tell what a rule put in force"), "{told}");
    bench.run(&["pause", "--all"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_plan_does_not_outlive_what_it_rests_on() {
    let bench = managed().await;
    let expires = bench.now().await + SignedDuration::from_hours(2);
    put(&bench, "search-brand", "budget.daily", "33.00 EUR", expires);
    bench.run(&["plan", "--out", "plan.json"]).await.exits(0);
    bench.advance("3h").await;
    let late = bench.run(&["apply", "plan.json"]).await.exits(3);
    assert!(late.err.contains("what rule `scale` decided expired"), "{}", late.err);
    assert_eq!(live(&bench).await, MANAGED.map(|row| row.2.to_owned()));

    // A hold until eight does not pause at ten, although that would spend less.
    replace(&bench, "google/brand.yaml", "  budget: {managed", "  rulesMayPause: true\n  budget: {managed");
    let expires = bench.now().await + SignedDuration::from_hours(2);
    put(&bench, "search-brand", "state", "Paused", expires);
    bench.run(&["plan", "--out", "plan.json"]).await.exits(0);
    let writes = bench.writes().await;
    bench.advance("3h").await;
    let late = bench.run(&["apply", "plan.json"]).await.exits(3);
    assert!(late.err.contains("what rule `scale` decided expired"), "{}", late.err);
    assert_eq!(bench.writes().await, writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saved_plan_is_stale_once_a_rule_decides_otherwise() {
    let bench = managed().await;
    let expires = bench.now().await + SignedDuration::from_hours(24);
    put(&bench, "search-brand", "budget.daily", "33.00 EUR", expires);
    bench.run(&["plan", "--out", "plan.json"]).await.exits(0);
    put(&bench, "search-brand", "budget.daily", "33.00 EUR", expires + SignedDuration::from_hours(1));
    put(&bench, "clips-traffic", "budget.daily", "70.00 EUR", expires);
    let writes = bench.writes().await;
    put(&bench, "search-brand", "budget.daily", "12.00 EUR", expires);
    let stale = bench.run(&["apply", "plan.json"]).await.exits(5);
    assert!(stale.err.contains("rule `scale` has decided 12.00 EUR for `budget.daily`"), "{}", stale.err);
    assert_eq!(bench.writes().await, writes);
    put(&bench, "search-brand", "budget.daily", "33.00 EUR", expires);
    bench.run(&["apply", "plan.json"]).await.exits(0);
    assert_eq!(
        live(&bench).await[0],
        "33.00",
        "the same decision, and what it does not write does not matter"
    );
}

/// Ana moves a budget within its bounds while a rule has it elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn drift_tells_git_overlay_and_live() {
    let bench = managed().await;
    let expires = bench.now().await + SignedDuration::from_hours(24);
    put(&bench, "social-engagement", "budget.daily", "44.00 EUR", expires);
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.run(&["drift"]).await.exits(0);
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().unwrap();
    let id = &campaigns.iter().find(|one| one["name"] == "ES · Engagement · Ask us").unwrap()["id"];
    bench
        .edit(json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": id,
            "set": {"daily_budget": "3500"}, "actor": "ana@shop.example"}))
        .await;
    let list = bench.run(&["drift", "-o", "json"]).await.exits(2);
    let list: Vec<Value> = serde_json::from_str(&list.out).unwrap();
    let text = |pointer: &str| list[0].pointer(pointer).and_then(Value::as_str).unwrap_or("(none)");
    assert_eq!(
        [text("/yaml"), text("/overlay/value"), text("/overlay/rule"), text("/live"), text("/bounds/max")],
        ["30.00 EUR", "44.00 EUR", "scale", "35.00 EUR", "50.00 EUR"],
        "{list:#?}"
    );
    assert_eq!(text("/moved"), "platform");
    let table = bench.run(&["drift"]).await.exits(2);
    assert!(table.out.contains("OVERLAY") && table.out.contains("44.00 EUR (rule `scale`)"), "{}", table.out);
    assert!(table.err.contains("within the bounds of git"), "{}", table.err);
    let plan = bench.run(&["plan"]).await.exits(0);
    let ways = "(35.00 EUR there, 30.00 EUR in the YAML, 44.00 EUR by overlay of rule `scale`";
    assert!(plan.out.contains(ways), "{}", plan.out);
    // The rule decides until its overlay is over; then the platform's amount may become git's.
    let back = bench.run(&["drift", "--write-back"]).await.exits(1);
    assert!(back.err.contains("rule `scale` decides it until"), "{}", back.err);
    std::fs::remove_dir_all(bench.path(".adplane/overrides")).unwrap();
    bench.run(&["drift", "--write-back", "--target", "campaign/social-engagement"]).await.exits(0);
    let text = std::fs::read_to_string(bench.path("meta/engagement.yaml")).unwrap();
    assert!(text.contains("initial: 35.00 EUR"), "{text}");
    bench.run(&["plan", "--detailed-exitcode"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_holds_a_campaign_by_yaml() {
    let bench = managed().await;
    replace(
        &bench,
        "meta/engagement.yaml",
        "  state: Active\n  budget:",
        "  state: Active\n  rulesMayPause: true\n  budget:",
    );
    let expires = bench.now().await + SignedDuration::from_hours(24);
    bench.write(
        "hold.yaml",
        format!(
            "apiVersion: adplane.io/v1alpha1\nkind: Override\nmetadata: {{name: shop-closed}}\nspec:\n  object: {{kind: \
             Campaign, name: social-engagement}}\n  field: state\n  value: Paused\n  expires: \"{expires}\"\n  reason: \
             the shop is closed for stocktaking\n"
        ),
    );
    let held = bench.run(&["apply", "--auto-approve"]).await.exits(0);
    assert!(held.out.contains("held by override `shop-closed` until"), "{}", held.out);
    assert!(held.out.contains("the shop is closed for stocktaking"), "{}", held.out);
    // A part of the project is no way around what is held.
    let part =
        bench.run(&["plan", "meta", "accounts.yaml", "creatives", "--detailed-exitcode"]).await.exits(0);
    assert!(part.err.contains("shop-closed"), "{}", part.err);
    std::fs::remove_file(bench.path("hold.yaml")).unwrap();
    let free = bench.run(&["plan"]).await.exits(0);
    assert!(free.out.contains("Paused → Active"), "{}", free.out);
}
