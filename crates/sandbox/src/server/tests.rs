//! A running sandbox through a real client. What vendor modules answer is not the point here: requests go to paths
//! that no vendor serves, but for the suite in [`behaviour`].

use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use super::*;
use crate::clock::ClockMode;

mod behaviour;
mod faults;
mod keeping;

const UNSERVED: [&str; 3] = ["/google/nothing/here", "/meta/v26.0/nothing/here", "/tiktok/nothing/here"];

fn options() -> SandboxOptions {
    let mut options = SandboxOptions { clock: ClockMode::virtual_default(), ..SandboxOptions::default() };
    options.listen.set_port(0);
    options
}

fn client() -> Client {
    // Each test may be the first; later ones find it installed.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().timeout(Duration::from_secs(20)).build().unwrap()
}

/// A sandbox and a client for it.
struct Bench {
    sandbox: RunningSandbox,
    client: Client,
}

impl Bench {
    async fn start(options: SandboxOptions) -> Self {
        Self { sandbox: Sandbox::start(options).await.unwrap(), client: client() }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.sandbox.url())
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.client.get(self.url(path)).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        response.json().await.unwrap()
    }

    async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let response = self.client.post(self.url(path)).json(body).send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn send(&self, path: &str) -> Result<reqwest::Response, reqwest::Error> {
        self.client.post(self.url(path)).body("{}").send().await
    }

    async fn log(&self) -> Vec<Value> {
        self.get("/_sandbox/log").await.as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn it_takes_a_free_port_and_gives_it_back() {
    let bench = Bench::start(options()).await;
    let address = bench.sandbox.address();
    assert!(address.ip().is_loopback() && address.port() != 0);
    let taken = Sandbox::start(SandboxOptions { listen: address, ..options() }).await.unwrap_err();
    assert!(taken.to_string().contains("another sandbox may be running"), "{taken}");
    bench.get("/_sandbox/clock").await;
    bench.sandbox.shutdown().await.unwrap();
    let again = Sandbox::start(SandboxOptions { listen: address, ..options() }).await.unwrap();
    again.shutdown().await.unwrap();
}

#[tokio::test]
async fn it_refuses_addresses_that_others_can_reach() {
    let open = SandboxOptions { listen: "0.0.0.0:0".parse().unwrap(), ..options() };
    let error = Sandbox::start(open).await.unwrap_err().to_string();
    assert!(error.contains("0.0.0.0:0") && error.contains("use 127.0.0.1"), "{error}");
}

#[tokio::test]
async fn requests_to_vendors_are_logged_and_controls_are_not() {
    let bench = Bench::start(options()).await;
    bench.get("/_sandbox/state").await;
    for path in UNSERVED {
        bench.send(&format!("{path}?access_token=secret")).await.unwrap();
    }
    let log = bench.log().await;
    assert_eq!(log.len(), 3);
    for (index, platform) in ["google", "meta", "tiktok"].into_iter().enumerate() {
        let entry = &log[index];
        assert_eq!(entry["seq"], json!(index + 1));
        assert_eq!((&entry["platform"], &entry["path"]), (&json!(platform), &json!(UNSERVED[index])));
        assert_eq!((&entry["method"], &entry["write"]), (&json!("POST"), &json!(false)));
        assert!(entry["status"].as_u64().unwrap() >= 200 && entry["millis"].is_u64());
        assert!(!entry.to_string().contains("secret"));
        assert_eq!(entry["caller"], Value::Null);
    }
    let named = bench.client.get(bench.url(UNSERVED[0])).header("user-agent", "adplane-operator/1 (a-1)");
    named.header("authorization", "Bearer secret").send().await.unwrap();
    let entry = &bench.log().await[3];
    assert_eq!(entry["caller"], "adplane-operator/1 (a-1)");
    assert!(!entry.to_string().contains("secret"));
}

#[tokio::test]
async fn latency_delays_vendors_and_not_controls() {
    let bench = Bench::start(SandboxOptions { latency: Duration::from_millis(300), ..options() }).await;
    let started = Instant::now();
    bench.get("/_sandbox/clock").await;
    assert!(started.elapsed() < Duration::from_millis(300));
    let started = Instant::now();
    let sends = UNSERVED.map(|path| bench.send(path));
    for send in sends {
        send.await.unwrap();
    }
    assert!(started.elapsed() >= Duration::from_millis(900));
    assert!(bench.log().await[0]["millis"].as_u64().unwrap() >= 300);
}

#[tokio::test]
async fn the_virtual_clock_moves_when_told() {
    let bench = Bench::start(options()).await;
    let start = json!({"now": "2026-11-02T08:00:00Z", "mode": "virtual"});
    assert_eq!(bench.get("/_sandbox/clock").await, start);
    let (status, moved) = bench.post("/_sandbox/clock", &json!({"advance": "1h30m"})).await;
    assert_eq!((status, &moved["now"]), (StatusCode::OK, &json!("2026-11-02T09:30:00Z")));
    for wrong in [json!({"advance": "soon"}), json!({"by": "1h"}), json!({})] {
        let (status, answer) = bench.post("/_sandbox/clock", &wrong).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{wrong}");
        assert!(answer["error"].as_str().unwrap().len() > 20);
    }
    assert_eq!(bench.get("/_sandbox/clock").await["now"], json!("2026-11-02T09:30:00Z"));
}

#[tokio::test]
async fn the_real_clock_runs_and_can_be_put_ahead() {
    let bench = Bench::start(SandboxOptions { clock: ClockMode::Real, ..options() }).await;
    let now = |answer: &Value| answer["now"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let before = bench.get("/_sandbox/clock").await;
    assert_eq!(before["mode"], json!("real"));
    let (_, after) = bench.post("/_sandbox/clock", &json!({"advance": "2d"})).await;
    assert!(now(&after) >= now(&before) + jiff::SignedDuration::from_hours(48));
}

#[tokio::test]
async fn options_are_set_taken_back_and_forgotten_by_reset() {
    let mut start = options();
    start.options.insert("review_seconds".into(), "60".into());
    let bench = Bench::start(start).await;
    let (_, set) = bench.post("/_sandbox/options", &json!({"review_seconds": 5, "lag": "2s"})).await;
    assert_eq!((&set["review_seconds"], &set["lag"]), (&json!("5"), &json!("2s")));
    let (_, less) = bench.post("/_sandbox/options", &json!({"lag": null})).await;
    assert_eq!(less.get("lag"), None);
    assert_eq!(bench.post("/_sandbox/options", &json!({"lag": []})).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(bench.post("/_sandbox/reset", &json!({})).await.0, StatusCode::OK);
    let options = bench.get("/_sandbox/options").await;
    assert_eq!(options, json!({"review_seconds": "60", "quota": "vendor"}));
}

#[tokio::test]
async fn reset_goes_back_to_the_beginning() {
    let bench = Bench::start(options()).await;
    let before = bench.get("/_sandbox/state").await;
    bench.post("/_sandbox/clock", &json!({"advance": "3d"})).await;
    bench.post("/_sandbox/faults", &json!([{"kind": "http_500", "times": 9}])).await;
    bench.send(UNSERVED[0]).await.unwrap();
    bench.post("/_sandbox/reset", &json!({})).await;
    assert_eq!(bench.get("/_sandbox/state").await, before);
    assert_eq!(bench.get("/_sandbox/clock").await["now"], json!("2026-11-02T08:00:00Z"));
    assert_eq!(bench.get("/_sandbox/faults").await, json!([]));
    assert_eq!(bench.log().await, Vec::<Value>::new());
    bench.send(UNSERVED[0]).await.unwrap();
    assert_eq!(bench.log().await[0]["seq"], json!(1));
}

#[tokio::test]
async fn unknown_controls_and_roots_say_what_there_is() {
    let bench = Bench::start(options()).await;
    let (status, answer) = bench.post("/_sandbox/state", &json!({})).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer["error"].as_str().unwrap().contains("GET state"));
    assert_eq!(bench.post("/_sandbox/nonsense", &json!({})).await.0, StatusCode::NOT_FOUND);
    let root = bench.send("/").await.unwrap();
    assert_eq!(root.status(), StatusCode::NOT_FOUND);
    assert!(root.text().await.unwrap().contains("/google, /meta and /tiktok"));
    let prefixed = bench.client.get(bench.url("/meta/_sandbox/state")).send().await.unwrap();
    assert_ne!(prefixed.status(), StatusCode::OK, "controls are not reachable below a vendor");
}

#[tokio::test]
async fn edits_name_what_is_wrong() {
    let bench = Bench::start(options()).await;
    let edit = json!({"platform": "meta", "account": "act_1000000001", "collection": "campaigns", "id": "1", "set": {}});
    let (status, answer) = bench.post("/_sandbox/edit", &edit).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    let mut misspelt = edit;
    misspelt["actr"] = json!("someone");
    let (status, answer) = bench.post("/_sandbox/edit", &misspelt).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(answer["error"].as_str().unwrap().contains("unknown field `actr`"), "{answer}");
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let bench = Bench::start(options()).await;
    let body = vec![0_u8; 64 * 1024 * 1024 + 1];
    // A client may see the refusal or, still sending, the closed connection.
    if let Ok(response) = bench.client.post(bench.url(UNSERVED[0])).body(body).send().await {
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    }
    assert_eq!(bench.log().await, Vec::<Value>::new());
}
