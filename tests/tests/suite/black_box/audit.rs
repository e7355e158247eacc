//! The apply log, and what `audit verify` finds.

use serde_json::{Value, json};

use super::bench::Bench;
use super::freezes::{campaign, unwrapped, write};

fn log(bench: &Bench) -> Vec<Value> {
    let text = std::fs::read_to_string(bench.path("shop/.adplane/log.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn edit_log(bench: &Bench, edit: impl FnOnce(&mut Vec<String>)) {
    let path = bench.path("shop/.adplane/log.jsonl");
    let mut lines: Vec<String> = std::fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    edit(&mut lines);
    std::fs::write(path, lines.join("\n") + "\n").unwrap();
}

/// A project with one campaign, applied.
async fn applied() -> Bench {
    let bench = Bench::start().await;
    write(&bench, &campaign("spring", "20.00"));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn every_write_is_in_the_log_with_who_what_and_the_vendors_request() {
    let bench = applied().await;
    write(&bench, &campaign("spring", "30.00"));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    let log = log(&bench);
    assert_eq!(log[0]["event"], "genesis");
    assert_eq!(log[0]["project"], "shop");
    let begins: Vec<&Value> = log.iter().filter(|line| line["event"] == "begin").collect();
    assert_eq!(begins.len(), 2);
    assert_eq!(begins[1]["classes"], json!(["raise"]));
    let last = log.iter().rfind(|line| line["event"] == "write").unwrap();
    assert_eq!(last["plan"], begins[1]["plan"]);
    assert_eq!(last["address"], "meta/meta-eu/Campaign/default/spring");
    assert_eq!(last["result"], "done");
    assert_eq!(
        last["fields"],
        json!([{ "path": "budget.daily", "type": "money", "before": "20.00 EUR", "after": "30.00 EUR" }])
    );
    assert!(last["requests"][0].as_str().is_some_and(|id| id.starts_with('A')), "{last}");
    assert_eq!(log.last().unwrap()["event"], "end");
    let text = std::fs::read_to_string(bench.path("shop/.adplane/log.jsonl")).unwrap();
    assert!(!text.contains("sandbox-token"), "the log holds a secret");
    let runs = bench.run(&["audit", "list", "shop"]).await.exits(0);
    assert_eq!(runs.out.matches("apply").count(), 2, "{}", runs.out);
    let shown = bench.run(&["audit", "show", "2", "shop"]).await.exits(0);
    assert!(shown.out.contains("\"begin\""), "{}", shown.out);
    bench.run(&["audit", "show", "99", "shop"]).await.exits(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_log_explains_everything_on_all_platforms() {
    let bench = Bench::start().await;
    bench.run(&["apply", "--auto-approve"]).await.exits(0);
    bench.run(&["pause", "--account", "tiktok-es"]).await.exits(0);
    bench.run(&["pause", "--lift", "--auto-approve"]).await.exits(0);
    let sound = bench.run(&["audit", "verify"]).await.exits(0);
    assert!(sound.out.contains("Sound:"), "{}", sound.out);
    let told: Value =
        serde_json::from_str(&bench.run(&["audit", "verify", "--format", "json"]).await.exits(0).out)
            .unwrap();
    assert_eq!(told["sound"], json!(true));
    let head = told["head"].as_str().unwrap();
    bench.run(&["audit", "verify", "--offline", "--expect", head]).await.exits(0);
    bench.run(&["audit", "verify", "--offline", "--expect", "sha256:00"]).await.exits(1);
    let text = std::fs::read_to_string(bench.path(".adplane/log.jsonl")).unwrap();
    let writes: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["event"] == "write")
        .collect();
    for platform in ["google", "meta", "tiktok"] {
        let own = writes.iter().filter(|write| write["address"].as_str().unwrap().starts_with(platform));
        let with = own.filter(|write| !write["requests"].as_array().unwrap().is_empty()).count();
        assert!(with > 0, "{platform} tells its request ids");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_the_log_is_found_and_its_line_named() {
    type Edit = fn(&mut Vec<String>);
    let bench = applied().await;
    let whole = std::fs::read_to_string(bench.path("shop/.adplane/log.jsonl")).unwrap();
    let cases: [(Edit, &str); 5] = [
        (|lines| drop(lines.remove(2)), "line 3 was removed"),
        (|lines| lines[2] = lines[2].replace("20.00 EUR", "21.00 EUR"), "line 3 was altered"),
        (|lines| lines.insert(3, lines[2].clone()), "line 4 was inserted"),
        (|lines| drop(lines.pop()), "the end was cut off"),
        (|lines| lines[2] = "nonsense".into(), "line 3 is not a log entry"),
    ];
    for (edit, expected) in cases {
        edit_log(&bench, edit);
        let found = bench.run(&["audit", "verify", "shop", "--offline"]).await.exits(1);
        assert!(found.out.contains(expected), "{expected}:\n{}", found.out);
        std::fs::write(bench.path("shop/.adplane/log.jsonl"), &whole).unwrap();
    }
    bench.run(&["audit", "verify", "shop"]).await.exits(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unapproved_write_is_found_in_a_log_whose_chain_holds() {
    let bench = applied().await;
    // Somebody writes lines of their own, chained as they must be.
    let state = adplane_engine::state::StateDir::of_project(&bench.path("shop"));
    let at = "2026-11-02T09:00:00Z".parse().unwrap();
    let writer = state.apply_log().open(None, "test", at).unwrap();
    let mut written = log(&bench).into_iter().rfind(|line| line["event"] == "write").unwrap();
    let event = |json: Value| serde_json::from_value::<adplane_engine::state::Event>(json).unwrap();
    let write = event(written.clone());
    let begin = event(json!({
        "event": "begin", "intent": "apply", "plan": "sha256:forged", "actor": {}, "classes": ["raise"],
        "policy": null, "approvals": [],
    }));
    written["plan"] = json!("sha256:forged");
    let forged = event(written);
    writer.append(at, [write, begin, forged]).unwrap();
    let found = bench.run(&["audit", "verify", "shop", "--offline"]).await.exits(1);
    assert!(found.out.contains("no plan had begun that it belongs to"), "{}", found.out);
    assert!(found.out.contains("its plan was not kept with the log"), "{}", found.out);
    assert_eq!(found.out.matches('✗').count(), 2, "{}", found.out);
}

#[tokio::test(flavor = "multi_thread")]
async fn live_objects_that_the_log_does_not_explain_are_named() {
    let bench = applied().await;
    // The same project on another machine makes a campaign: its log knows of it, this one does not.
    let moved = |from: &str, to: &str| std::fs::rename(bench.path(from), bench.path(to)).unwrap();
    moved("shop/.adplane", "kept");
    write(&bench, &(campaign("spring", "20.00") + &campaign("summer", "20.00")));
    bench.run(&["apply", "shop", "--auto-approve"]).await.exits(0);
    moved("shop/.adplane", "other");
    moved("kept", "shop/.adplane");
    let found = bench.run(&["audit", "verify", "shop"]).await.exits(1);
    assert!(
        found.out.contains("Campaign `summer`") && found.out.contains("no logged write explains it"),
        "{}",
        found.out
    );
    assert_eq!(found.out.matches('✗').count(), 1, "{}", found.out);
    bench.run(&["audit", "verify", "shop", "--offline"]).await.exits(0);

    // A person changes a managed value.
    let state = bench.state().await;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().unwrap().clone();
    let spring = campaigns.iter().find(|campaign| campaign["name"] == "spring").unwrap();
    bench
        .edit(json!({
            "platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": spring["id"],
            "set": { "daily_budget": "9900" }, "actor": "sam@shop.example",
        }))
        .await;
    let found = bench.run(&["audit", "verify", "shop"]).await.exits(1);
    let told = unwrapped(&found.out);
    assert!(told.contains("`budget.daily` is \"99.00 EUR\", and \"20.00 EUR\" was written at"), "{told}");
    assert!(told.contains("changed by sam@shop.example"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_went_back_stops_an_apply() {
    let bench = Bench::on_the_machines_clock().await;
    write(&bench, &campaign("spring", "20.00"));
    bench.run(&["apply", "shop", "--auto-approve", "--now", "2049-01-01T00:00:00Z"]).await.exits(0);
    write(&bench, &campaign("spring", "30.00"));
    let writes = bench.writes().await;
    let refused = bench.run(&["apply", "shop", "--auto-approve"]).await.exits(1);
    assert!(unwrapped(&refused.err).contains("the clock went back"), "{}", refused.err);
    assert_eq!(bench.writes().await, writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_beside_the_plan_is_named() {
    let bench = applied().await;
    let state = adplane_engine::state::StateDir::of_project(&bench.path("shop"));
    let lines = log(&bench);
    let begin = lines.iter().find(|line| line["event"] == "begin").unwrap();
    let mut writes: Vec<Value> = lines.iter().filter(|line| line["event"] == "write").cloned().collect();
    // The plan says 20.00 EUR; another amount, and another object.
    for field in writes[0]["fields"].as_array_mut().unwrap() {
        if field["path"] == "budget.daily" {
            field["after"] = json!("2000.00 EUR");
        }
    }
    let mut other = writes[0].clone();
    other["address"] = json!("meta/meta-eu/Campaign/default/autumn");
    let at = "2026-11-02T09:00:00Z".parse().unwrap();
    let log = state.apply_log().open(None, "test", at).unwrap();
    let events = [begin.clone(), writes.swap_remove(0), other];
    log.append(at, events.map(|json| serde_json::from_value(json).unwrap())).unwrap();
    let found = bench.run(&["audit", "verify", "shop", "--offline"]).await.exits(1);
    let told = unwrapped(&found.out);
    assert!(told.contains("the plan writes other values to campaign/spring"), "{told}");
    assert!(told.contains("the plan has no such step on campaign/autumn"), "{told}");
    // Without the plan that was kept, nothing can be said of any write.
    std::fs::remove_dir_all(bench.path("shop/.adplane/evidence")).unwrap();
    let found = bench.run(&["audit", "verify", "shop", "--offline"]).await.exits(1);
    assert!(unwrapped(&found.out).contains("its plan cannot be looked at"), "{}", found.out);
}
