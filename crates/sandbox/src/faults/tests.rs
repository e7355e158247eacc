use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::clock::ClockMode;
use crate::delivery::Delivered;
use crate::engine::{Beginning, Edit, Engine};

fn request(method: &str, path: &str) -> Request {
    Request {
        method: method.into(),
        path: path.into(),
        query: Vec::new(),
        headers: BTreeMap::new(),
        body: Bytes::new(),
        base_url: "http://127.0.0.1:9440/x".into(),
    }
}

fn answer(vendor: Vendor, path: &str, fault: &Value) -> Response {
    let mut faults = Faults::parse(json!([fault]).to_string().as_bytes()).unwrap().faults;
    match faults.meet(vendor, path, &request("POST", path), Timestamp::UNIX_EPOCH, 7) {
        Some(Effect::Answer(response)) => response,
        _ => panic!("no answer"),
    }
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let found = response.headers.iter().find(|(header, _)| header == name);
    found.map(|(_, value)| value.as_str()).unwrap()
}

#[test]
fn google_answers_with_its_failure() {
    let path = "/v26/customers/1000000001/campaigns:mutate";
    for (kind, status, word, code) in [
        ("rate_limit", 429, "RESOURCE_EXHAUSTED", json!({"quotaError": "RESOURCE_TEMPORARILY_EXHAUSTED"})),
        ("expired_token", 401, "UNAUTHENTICATED", json!({"authenticationError": "OAUTH_TOKEN_EXPIRED"})),
        ("refused", 400, "INVALID_ARGUMENT", json!({"rangeError": "TOO_LOW"})),
        ("http_500", 500, "INTERNAL", json!({"internalError": "INTERNAL_ERROR"})),
    ] {
        let response = answer(Vendor::Google, path, &json!({"kind": kind, "millis": 1500}));
        let body = body(&response);
        assert_eq!((response.status, &body["error"]["status"]), (status, &json!(word)));
        let failure = &body["error"]["details"][0];
        assert_eq!(failure["errors"][0]["errorCode"], code);
        assert_eq!(failure["requestId"], json!(header(&response, "request-id")));
        let delay = &failure["errors"][0]["details"]["quotaErrorDetails"]["retryDelay"];
        assert_eq!(*delay, if kind == "rate_limit" { json!("2s") } else { Value::Null });
    }
    let token = answer(Vendor::Google, "/token", &json!({"kind": "expired_token"}));
    assert_eq!((token.status, &body(&token)["error"]), (400, &json!("invalid_grant")));
}

#[test]
fn meta_answers_with_the_limit_that_the_call_meets() {
    for (path, code) in [
        ("/v26.0/act_1000000001/campaigns", 17),
        ("/v26.0/120210000000000001/", 613),
        ("/v26.0/act_1000000001/insights/", 80_000),
    ] {
        let response = answer(Vendor::Meta, path, &json!({"kind": "rate_limit", "millis": 90_000}));
        assert_eq!((response.status, &body(&response)["error"]["code"]), (400, &json!(code)), "{path}");
        let usage: Value = serde_json::from_str(header(&response, "x-business-use-case-usage")).unwrap();
        let account = if path.contains("act_") { "1000000001" } else { "0" };
        assert_eq!(usage[account][0]["estimated_time_to_regain_access"], json!(2));
        let score: Value = serde_json::from_str(header(&response, "x-ad-account-usage")).unwrap();
        assert_eq!(score["reset_time_duration"], json!(90));
    }
    let expired = body(&answer(Vendor::Meta, "/v26.0/me", &json!({"kind": "expired_token"})));
    assert_eq!((&expired["error"]["code"], &expired["error"]["error_subcode"]), (&json!(190), &json!(463)));
    let refused = answer(Vendor::Meta, "/v26.0/me", &json!({"kind": "refused"}));
    assert_eq!((refused.status, &body(&refused)["error"]["code"]), (400, &json!(100)));
    let broken = answer(Vendor::Meta, "/v26.0/me", &json!({"kind": "http_500"}));
    assert_eq!((broken.status, &body(&broken)["error"]["is_transient"]), (500, &json!(true)));
}

#[test]
fn tiktok_answers_errors_with_status_200_but_for_its_gateway() {
    let path = "/open_api/v1.3/campaign/create/";
    for (kind, code) in [("rate_limit", 40_100), ("expired_token", 40_102)] {
        let response = answer(Vendor::Tiktok, path, &json!({"kind": kind}));
        assert_eq!((response.status, &body(&response)["code"]), (200, &json!(code)));
        assert_eq!(body(&response)["data"], json!({}));
    }
    let broken = answer(Vendor::Tiktok, path, &json!({"kind": "http_500"}));
    assert_eq!(broken.status, 500);
    assert!(serde_json::from_slice::<Value>(&broken.body).is_err(), "no envelope");
}

#[test]
fn the_first_fault_with_uses_left_is_met() {
    let list = json!([{"kind": "slow"}, {"kind": "slow", "times": 0}, {"kind": "drop_before", "times": 2}]);
    let mut faults = Faults::parse(list.to_string().as_bytes()).unwrap().faults;
    let mut met = Vec::new();
    for _ in 0..4 {
        met.push(
            match faults.meet(Vendor::Meta, "/meta/x", &request("GET", "/x"), Timestamp::UNIX_EPOCH, 1) {
                Some(Effect::Slow(wait)) => format!("slow {}", wait.as_millis()),
                Some(Effect::Drop { carry_out }) => format!("drop {carry_out}"),
                Some(_) => "other".into(),
                None => "none".into(),
            },
        );
    }
    assert_eq!(met, ["slow 3000", "drop false", "drop false", "none"]);
}

#[test]
fn a_fault_can_wait_for_a_later_page() {
    let mut faults =
        Faults::parse(br#"[{"kind": "slow", "after": 2, "match": {"path": "/x"}}]"#).unwrap().faults;
    let happened = ["/meta/x", "/meta/y", "/meta/x", "/meta/x", "/meta/x"].map(|path| {
        faults.meet(Vendor::Meta, path, &request("GET", path), Timestamp::UNIX_EPOCH, 1).is_some()
    });
    assert_eq!(happened, [false, false, false, true, false]);
}

#[test]
fn only_a_partial_fault_sets_the_flag() {
    let mut faults = Faults::parse(br#"[{"kind":"partial"}]"#).unwrap().faults;
    let effect = faults.meet(Vendor::Google, "/google/x", &request("POST", "/x"), Timestamp::UNIX_EPOCH, 1);
    assert!(matches!(effect, Some(Effect::Partial)));
    let mut engine = engine();
    engine.arm(Faults::parse(br#"[{"kind":"partial"}]"#).unwrap());
    engine.handle(Vendor::Google, "/google/x", &request("POST", "/x"), Instant::now());
    assert!(!engine.world.fault_partial(Vendor::Google), "gone after its request");
}

/// What reports say that are asked for while a fault is in force, beside what is true.
#[test]
fn reports_are_told_wrongly_and_the_world_stays_as_it_is() {
    let mut engine = engine();
    let hour = crate::delivery::hour_start(&jiff::tz::TimeZone::UTC, engine.world.now);
    let day = SignedDuration::from_hours(24);
    let spent =
        Delivered { impressions: 10, spend_micros: 5_000_000, conversions: 0, ..Delivered::default() };
    for at in [hour - day, hour] {
        engine.world.ledger_mut(Vendor::Meta).book("7", at, &spent);
    }
    let told = |wrong: Option<Misreport>, world: &World| {
        let report = world.report(Vendor::Meta, "1").told(wrong);
        report
            .hours("7", hour - day, hour + day)
            .iter()
            .map(|(_, sums)| sums.spend_micros)
            .collect::<Vec<_>>()
    };
    let parsed = |fault: Value| {
        let mut faults = Faults::parse(json!([fault]).to_string().as_bytes()).unwrap().faults;
        match faults.meet(Vendor::Meta, "/meta/insights", &request("GET", "/insights"), hour, 1) {
            Some(Effect::Misreport(wrong)) => wrong,
            _ => panic!("{fault}"),
        }
    };
    assert_eq!(told(None, &engine.world), [5_000_000, 5_000_000]);
    assert!(told(Some(parsed(json!({"kind": "empty_report"}))), &engine.world).is_empty());
    let double = parsed(json!({"kind": "double_day", "from": hour - day}));
    assert_eq!(told(Some(double), &engine.world), [10_000_000, 5_000_000]);
    let without = |objects: Value| parsed(json!({"kind": "missing_objects", "objects": objects}));
    assert!(told(Some(without(json!(["7"]))), &engine.world).is_empty());
    assert_eq!(told(Some(without(json!(["8"]))), &engine.world).len(), 2);
    engine.arm(Faults::parse(br#"[{"kind":"empty_report"}]"#).unwrap());
    engine.handle(Vendor::Meta, "/meta/x", &request("GET", "/x"), Instant::now());
    assert!(engine.world.notes.get(&Vendor::Meta).is_none_or(|notes| !notes.contains_key("fault_report")));
}

#[test]
fn tracking_breaks_for_accounts_and_lasts_until_the_next_list() {
    let list = json!([
        {"kind": "broken_tracking", "match": {"platform": "meta", "account": "act_1000000001"}, "days": 3},
        {"kind": "slow"},
    ]);
    let mut engine = engine();
    let begun = engine.world.now;
    engine.arm(Faults::parse(list.to_string().as_bytes()).unwrap());
    let shown = engine.faults();
    assert_eq!(shown[0]["kind"], "slow");
    assert_eq!(
        shown[1]["match"],
        json!({"platform": "meta", "method": null, "path": null, "account": "act_1000000001"})
    );
    assert_eq!((&shown[1]["from"], &shown[1]["days"]), (&json!(begun), &json!(3)));
    engine.arm(Faults::parse(shown.to_string().as_bytes()).unwrap());
    assert_eq!(engine.faults(), shown, "what is shown can be sent again");
    engine.advance(Duration::from_hours(24)).unwrap();
    engine.arm(Faults::parse(b"[]").unwrap());
    assert_eq!(engine.faults(), json!([]));
    let outages = &engine.world.outages[&Vendor::Meta];
    assert_eq!(outages.last().map(|outage| outage.until), Some(engine.world.now), "what was broken stays so");
}

#[test]
fn what_does_not_belong_together_is_refused() {
    for (fault, part) in [
        (json!({"kind": "slow", "days": 3}), "`missing_objects`, not to \"slow\""),
        (json!({"kind": "double_day", "days": 3}), "needs the instant `from`"),
        (json!({"kind": "missing_objects"}), "needs the `objects`"),
        (json!({"kind": "slow", "objects": ["7"]}), "`objects` to `missing_objects`"),
        (json!({"kind": "broken_tracking", "times": 3}), "meets accounts, not requests"),
        (json!({"kind": "broken_tracking", "match": {"account": "1"}}), "needs its `platform`"),
    ] {
        let refused = Faults::parse(json!([fault]).to_string().as_bytes()).err().unwrap();
        assert!(refused.contains(part), "{refused}");
    }
}

fn engine() -> Engine {
    let beginning = Beginning {
        seed: 1,
        clock: ClockMode::virtual_default(),
        quota: crate::quota::QuotaMode::Off,
        options: BTreeMap::new(),
        load: None,
    };
    Engine::start(beginning, None).unwrap()
}

/// Faults in waiting over a world whose option `mark` tells which world a read was served from.
struct Waiting {
    faults: Faults,
    world: World,
}

impl Waiting {
    fn new(fault: &Value) -> Self {
        let mut world = World::new(1, "2026-11-02T08:00:00Z".parse().unwrap());
        world.options.insert("mark".into(), "former".into());
        Self { faults: Faults::parse(json!([fault]).to_string().as_bytes()).unwrap().faults, world }
    }

    fn write(&mut self, vendor: Vendor) {
        if self.faults.wants_former_world(vendor) {
            self.faults.keep_former_world(vendor, &self.world);
        }
        self.world.options.insert("mark".into(), "newer".into());
    }

    fn is_stale(&mut self, vendor: Vendor, method: &str, path: &str) -> bool {
        let met = self.faults.meet(vendor, path, &request(method, path), self.world.now, 1);
        let Some(effect) = met else { return false };
        assert!(matches!(effect, Effect::Stale(_)));
        let former = self.faults.0[0].stale.as_ref().unwrap();
        assert_eq!(former.world.option("mark", ""), "former");
        assert_eq!(former.world.now, self.world.now, "old objects at the present time");
        true
    }
}

#[test]
fn reads_are_stale_from_the_first_write_on_and_counted() {
    let mut waiting =
        Waiting::new(&json!({"kind": "stale_reads", "times": 2, "match": {"platform": "meta"}}));
    assert!(!waiting.is_stale(Vendor::Meta, "GET", "/x"), "nothing was written yet");
    waiting.write(Vendor::Google);
    assert!(!waiting.is_stale(Vendor::Meta, "GET", "/x"), "the other platform's write does not count");
    waiting.world.options.insert("mark".into(), "former".into());
    waiting.write(Vendor::Meta);
    waiting.write(Vendor::Meta);
    assert!(!waiting.is_stale(Vendor::Meta, "POST", "/x"), "a write is not a read");
    assert!(waiting.is_stale(Vendor::Meta, "GET", "/x"));
    assert!(waiting.is_stale(Vendor::Meta, "GET", "/x"));
    assert!(!waiting.is_stale(Vendor::Meta, "GET", "/x"), "used up");
}

#[test]
fn a_search_by_post_is_a_read() {
    let mut waiting = Waiting::new(&json!({"kind": "stale_reads"}));
    waiting.write(Vendor::Google);
    assert!(waiting.is_stale(Vendor::Google, "POST", "/v26/customers/1/googleAds:searchStream"));
}

#[test]
fn stale_reads_end_after_their_time() {
    let mut waiting = Waiting::new(&json!({"kind": "stale_reads", "millis": 2_000}));
    waiting.write(Vendor::Tiktok);
    for _ in 0..5 {
        assert!(waiting.is_stale(Vendor::Tiktok, "GET", "/x"), "without `times` all of them");
    }
    waiting.world.now += SignedDuration::from_secs(2);
    assert!(!waiting.is_stale(Vendor::Tiktok, "GET", "/x"));
}

#[test]
fn a_refused_edit_leaves_no_former_world() {
    let mut engine = engine();
    engine.arm(Faults::parse(br#"[{"kind":"stale_reads"}]"#).unwrap());
    let edit = Edit {
        platform: Vendor::Meta,
        account: "act_1".into(),
        collection: "campaigns".into(),
        id: "1".into(),
        set: crate::world::Object::new(),
        actor: "someone".into(),
    };
    assert!(engine.edit(&edit).is_err());
    assert!(engine.faults.wants_former_world(Vendor::Meta));
}
