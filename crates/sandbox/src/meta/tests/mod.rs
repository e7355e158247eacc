//! The behaviour of the emulator, through `handle` alone.

mod creates;
mod life;
mod media;
mod reads;
mod reports;
mod updates;

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::{advance, edit, handle, seed};
use crate::http::{Request, Response};
use crate::world::World;

/// The EUR account.
const EUR: &str = "act_1000000001";
const DIGITS: &str = "1000000001";

/// A world with the seeded accounts, and calls to it.
struct Sandbox {
    world: World,
}

/// An answer: status and JSON body.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: Value,
    response: Response,
}

impl Answer {
    #[track_caller]
    fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    #[track_caller]
    fn id(self) -> String {
        self.ok()["id"].as_str().unwrap().to_owned()
    }

    /// Code and subcode (0 for none) of a refusal.
    #[track_caller]
    fn refusal(&self) -> (i64, i64) {
        let error = &self.body["error"];
        (
            error["code"].as_i64().unwrap_or_else(|| panic!("{}", self.body)),
            error["error_subcode"].as_i64().unwrap_or(0),
        )
    }
}

impl Sandbox {
    fn new() -> Self {
        let mut world = World::new(1, "2026-03-02T10:00:00Z".parse().unwrap());
        seed(&mut world);
        Self { world }
    }

    fn send(&mut self, method: &str, path: &str, query: &[(&str, &str)], form: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = request(method, path, query);
        request.headers.insert("content-type".into(), "application/x-www-form-urlencoded".into());
        request.body = Bytes::from(body);
        self.send_request(&request)
    }

    fn send_request(&mut self, request: &Request) -> Answer {
        let response = handle(&mut self.world, request);
        let body = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
        Answer { status: response.status, body, response }
    }

    fn get(&mut self, path: &str, query: &[(&str, &str)]) -> Answer {
        let mut query = query.to_vec();
        query.push(("access_token", "sandbox-token"));
        self.send("GET", path, &query, &[])
    }

    /// Posts a JSON object as the official client does: members that are no text as JSON text.
    fn post(&mut self, path: &str, form: &Value) -> Answer {
        let form: Vec<(String, String)> = form
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| {
                (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
            })
            .collect();
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.send("POST", path, &[("access_token", "sandbox-token")], &form)
    }

    fn delete(&mut self, path: &str, query: &[(&str, &str)]) -> Answer {
        let mut query = query.to_vec();
        query.push(("access_token", "sandbox-token"));
        self.send("DELETE", path, &query, &[])
    }

    /// Fields of a node.
    #[track_caller]
    fn read(&mut self, id: &str, fields: &str) -> Value {
        self.get(&format!("/v26.0/{id}"), &[("fields", fields)]).ok()
    }

    /// Lets time pass as the server does.
    fn pass(&mut self, span: SignedDuration) {
        let from = self.world.now;
        self.world.now += span;
        advance(&mut self.world, from, from + span);
    }

    fn edit(&mut self, collection: &str, id: &str, set: &Value) -> Result<(), String> {
        edit(&mut self.world, DIGITS, collection, id, set.as_object().unwrap(), "ana")
    }

    fn campaign(&mut self, changes: &Value) -> String {
        self.post("/v26.0/act_1000000001/campaigns", &with(&campaign(), changes)).id()
    }

    fn ad_set(&mut self, campaign: &str, changes: &Value) -> String {
        let form = with(&with(&ad_set(), &json!({"campaign_id": campaign})), changes);
        self.post("/v26.0/act_1000000001/adsets", &form).id()
    }

    fn image(&mut self) -> String {
        let bytes = png();
        let answer = self.post("/v26.0/act_1000000001/adimages", &json!({"bytes": bytes})).ok();
        answer["images"]["bytes"]["hash"].as_str().unwrap().to_owned()
    }

    fn creative(&mut self, changes: &Value) -> String {
        let hash = self.image();
        self.post("/v26.0/act_1000000001/adcreatives", &with(&creative(&hash), changes)).id()
    }

    fn ad(&mut self, ad_set: &str, creative: &str, changes: &Value) -> String {
        let form = json!({
            "name": "hero", "adset_id": ad_set, "creative": {"creative_id": creative}, "status": "ACTIVE",
        });
        self.post("/v26.0/act_1000000001/ads", &with(&form, changes)).id()
    }

    /// Ids of an active campaign, ad set and ad.
    fn tree(&mut self) -> (String, String, String) {
        let campaign = self.campaign(&json!({}));
        let ad_set = self.ad_set(&campaign, &json!({}));
        let creative = self.creative(&json!({}));
        let ad = self.ad(&ad_set, &creative, &json!({}));
        (campaign, ad_set, ad)
    }
}

fn request(method: &str, path: &str, query: &[(&str, &str)]) -> Request {
    Request {
        method: method.into(),
        path: path.into(),
        query: query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        headers: BTreeMap::new(),
        body: Bytes::new(),
        base_url: "http://127.0.0.1:9440/meta".into(),
    }
}

/// The members of one object over another; `null` takes a member away.
fn with(base: &Value, changes: &Value) -> Value {
    let mut form: Map<String, Value> = base.as_object().unwrap().clone();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            form.remove(name);
        } else {
            form.insert(name.clone(), value.clone());
        }
    }
    Value::Object(form)
}

/// A campaign that is accepted: budgets on its ad sets.
fn campaign() -> Value {
    json!({
        "name": "Spring sale", "objective": "OUTCOME_TRAFFIC", "status": "ACTIVE", "special_ad_categories": [],
        "is_adset_budget_sharing_enabled": false, "buying_type": "AUCTION",
    })
}

/// An ad set that is accepted, but for its campaign.
fn ad_set() -> Value {
    json!({
        "name": "Spain", "status": "ACTIVE", "optimization_goal": "LINK_CLICKS", "billing_event": "IMPRESSIONS",
        "daily_budget": 2000, "targeting": targeting(), "dsa_beneficiary": "Shop Ltd", "dsa_payor": "Shop Ltd",
    })
}

fn targeting() -> Value {
    json!({"geo_locations": {"countries": ["ES"]}, "targeting_automation": {"advantage_audience": 0}})
}

fn creative(hash: &str) -> Value {
    json!({
        "name": "hero-es",
        "object_story_spec": {
            "page_id": "111",
            "link_data": {
                "link": "https://shop.example/spring", "message": "Run lighter", "name": "Spring shoes",
                "image_hash": hash,
                "call_to_action": {"type": "SHOP_NOW", "value": {"link": "https://shop.example/spring"}},
            },
        },
        "url_tags": "utm_source=meta",
    })
}

/// A PNG of one pixel, as base64 text.
fn png() -> &'static str {
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
}
