//! Faults as a client meets them.

use super::*;

async fn arm(bench: &Bench, faults: &Value) {
    let (status, answer) = bench.post("/_sandbox/faults", faults).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

#[tokio::test]
async fn a_dropped_request_gets_no_answer_at_all() {
    for kind in ["drop_before", "drop_after"] {
        for path in UNSERVED {
            let bench = Bench::start(options()).await;
            // A pooled connection, as clients have in practice.
            bench.send(path).await.unwrap();
            arm(&bench, &json!([{"kind": kind}])).await;
            let error = bench.send(path).await.unwrap_err();
            assert!(error.is_request() && error.status().is_none(), "{kind} {path}: {error:?}");
            assert!(!error.is_timeout());
            bench.send(path).await.unwrap();
            let log = bench.log().await;
            assert_eq!(log[1]["status"], json!(0), "{kind}");
            assert_eq!(log.len(), 3, "the client did not repeat it by itself");
        }
    }
}

#[tokio::test]
async fn a_timeout_hangs_and_then_cuts() {
    let bench = Bench::start(options()).await;
    arm(&bench, &json!([{"kind": "timeout", "millis": 400}])).await;
    let started = Instant::now();
    let error = bench.send(UNSERVED[1]).await.unwrap_err();
    assert!(!error.is_timeout() && error.status().is_none(), "{error:?}");
    assert!(started.elapsed() >= Duration::from_millis(400));

    arm(&bench, &json!([{"kind": "timeout"}])).await;
    let impatient = bench.client.post(bench.url(UNSERVED[1])).timeout(Duration::from_millis(300));
    assert!(impatient.send().await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_hanging_request_does_not_hold_up_the_end() {
    let bench = Bench::start(options()).await;
    arm(&bench, &json!([{"kind": "timeout"}])).await;
    let Bench { sandbox, client } = bench;
    let url = format!("{}{}", sandbox.url(), UNSERVED[0]);
    let hanging = tokio::spawn(client.post(url).send());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let started = Instant::now();
    sandbox.shutdown().await.unwrap();
    assert!(started.elapsed() < Duration::from_secs(10));
    assert!(hanging.await.unwrap().is_err());
}

#[tokio::test]
async fn a_slow_answer_comes_late_but_whole() {
    let bench = Bench::start(options()).await;
    let usual = bench.send(UNSERVED[2]).await.unwrap().status();
    arm(&bench, &json!([{"kind": "slow", "millis": 400}])).await;
    let started = Instant::now();
    let response = bench.send(UNSERVED[2]).await.unwrap();
    assert_eq!(response.status(), usual);
    assert!(started.elapsed() >= Duration::from_millis(400));
    assert!(bench.log().await[1]["millis"].as_u64().unwrap() >= 400);
}

#[tokio::test]
async fn faults_meet_what_they_match_as_often_as_told() {
    let bench = Bench::start(options()).await;
    let matching = json!({"platform": "google", "method": "post", "path": "campaigns:mutate"});
    arm(&bench, &json!([{"match": matching, "times": 2, "kind": "http_500"}])).await;
    let path = "/google/v26/customers/1000000001/campaigns:mutate";
    let failed = |response: reqwest::Response| response.status() == StatusCode::INTERNAL_SERVER_ERROR;
    assert!(!failed(bench.send("/google/v26/customers/1000000001/adGroups:mutate").await.unwrap()));
    assert!(!failed(bench.send("/meta/v26.0/campaigns:mutate").await.unwrap()));
    assert!(!failed(bench.client.get(bench.url(path)).send().await.unwrap()));
    assert!(failed(bench.send(path).await.unwrap()));
    assert_eq!(bench.get("/_sandbox/faults").await[0]["times"], json!(1));
    assert!(failed(bench.send(path).await.unwrap()));
    assert!(!failed(bench.send(path).await.unwrap()));
}

#[tokio::test]
async fn a_new_list_replaces_the_former() {
    let bench = Bench::start(options()).await;
    arm(&bench, &json!([{"kind": "http_500", "times": 100}])).await;
    arm(&bench, &json!([])).await;
    let response = bench.send(UNSERVED[1]).await.unwrap();
    assert_ne!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn what_a_fault_may_not_hold_is_refused() {
    let bench = Bench::start(options()).await;
    for (wrong, word) in [
        (json!({"kind": "slow"}), "list"),
        (json!([{"kind": "explode"}]), "explode"),
        (json!([{"kind": "slow", "time": 1}]), "time"),
        (json!([{"kind": "slow", "match": {"account": "1"}}]), "account"),
        (json!([{"kind": "slow", "match": {"platform": "bing"}}]), "bing"),
        (json!([{"times": 1}]), "kind"),
    ] {
        let (status, answer) = bench.post("/_sandbox/faults", &wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(answer["error"].as_str().unwrap().contains(word), "{answer}");
    }
    assert_eq!(bench.get("/_sandbox/faults").await, json!([]), "a refused list arms nothing");
}
