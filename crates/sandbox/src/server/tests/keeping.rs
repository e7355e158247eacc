//! Keeping the world on disk, and beginning from a file.

use super::*;

/// A change that needs no vendor module.
async fn change(bench: &Bench, value: &str) {
    bench.post("/_sandbox/options", &json!({"kept": value})).await;
    bench.post("/_sandbox/clock", &json!({"advance": "1h"})).await;
}

#[tokio::test]
async fn a_stopped_sandbox_goes_on_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let kept = SandboxOptions { data: Some(directory.path().to_owned()), ..options() };
    let bench = Bench::start(kept.clone()).await;
    change(&bench, "yes").await;
    let state = bench.get("/_sandbox/state").await;
    bench.sandbox.shutdown().await.unwrap();

    let bench = Bench::start(SandboxOptions { seed: 99, ..kept }).await;
    assert_eq!(bench.get("/_sandbox/state").await, state, "the saved world wins over the seed");
    assert_eq!(bench.get("/_sandbox/options").await["kept"], json!("yes"));
    assert_eq!(bench.get("/_sandbox/clock").await["now"], json!("2026-11-02T09:00:00Z"));
}

#[tokio::test]
async fn changes_are_saved_while_it_runs() {
    let directory = tempfile::tempdir().unwrap();
    let kept = SandboxOptions { data: Some(directory.path().to_owned()), ..options() };
    let bench = Bench::start(kept).await;
    change(&bench, "soon").await;
    let file = directory.path().join("world.json");
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let saved = std::fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        if saved.is_some_and(|saved| saved["world"]["options"]["kept"] == json!("soon")) {
            break;
        }
        assert!(Instant::now() < deadline, "not saved within ten seconds");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_loaded_state_is_the_beginning_that_reset_returns_to() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    let campaign = json!({"id": "120210000000000042", "name": "Spring", "status": "PAUSED"});
    let account = json!({"account_id": "55", "id": "act_55", "currency": "EUR"});
    let given = json!({"meta": {"act_55": {"adaccounts": [account], "campaigns": [campaign]}}});
    std::fs::write(&file, given.to_string()).unwrap();
    let bench = Bench::start(SandboxOptions { load: Some(file), ..options() }).await;
    let state = bench.get("/_sandbox/state").await;
    assert_eq!(state["meta"]["act_55"]["campaigns"], json!([campaign]));
    bench.post("/_sandbox/clock", &json!({"advance": "1h"})).await;
    bench.post("/_sandbox/reset", &json!({})).await;
    assert_eq!(bench.get("/_sandbox/state").await, state);
}

#[tokio::test]
async fn a_file_that_does_not_fit_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("state.json");
    for (content, word) in [
        ("{", "EOF"),
        (r#"{"bing":{}}"#, "`bing` is not a platform"),
        (r#"{"meta":{"act_55":{"campaigns":[]}}}"#, "meta.act_55: the sandbox has no such account"),
    ] {
        std::fs::write(&file, content).unwrap();
        let error =
            Sandbox::start(SandboxOptions { load: Some(file.clone()), ..options() }).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("state.json") && text.contains(word), "{text}");
    }
}

#[tokio::test]
async fn a_data_directory_that_cannot_be_used_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a-file");
    std::fs::write(&file, "").unwrap();
    let error = Sandbox::start(SandboxOptions { data: Some(file), ..options() }).await.unwrap_err();
    assert!(error.to_string().contains("a-file"), "{error}");
}

#[tokio::test]
async fn exchanges_are_recorded_without_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.jsonl");
    let bench = Bench::start(SandboxOptions { record: Some(file.clone()), ..options() }).await;
    bench.get("/_sandbox/state").await;
    let send = bench.client.post(bench.url("/meta/v26.0/nothing?access_token=the-token&limit=5"));
    send.json(&json!({"name": "kept"})).send().await.unwrap();
    bench.post("/_sandbox/faults", &json!([{"kind": "drop_before", "times": 1}])).await;
    assert!(bench.send(UNSERVED[0]).await.is_err());
    bench.sandbox.shutdown().await.unwrap();
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains("the-token"), "{text}");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let [first, second] = &lines[..] else { panic!("{text}") };
    assert_eq!((&first["seq"], &first["platform"]), (&json!(1), &json!("meta")));
    assert_eq!(first["request"], json!({"name": "kept"}));
    assert!(first["response"].is_object());
    assert_eq!(
        (&second["seq"], &second["status"], &second["response"]),
        (&json!(2), &json!(0), &Value::Null)
    );
    let nowhere = SandboxOptions { record: Some(folder.path().join("none/record.jsonl")), ..options() };
    let error = Sandbox::start(nowhere).await.unwrap_err().to_string();
    assert!(error.contains("cannot write the record"), "{error}");
}
