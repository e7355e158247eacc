//! The sandbox's controls, as a person at the platforms' own screens would use them.

use std::time::Duration;

use reqwest::Client;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::{Exit, Failure};

/// Who changes things by hand in the demo.
const ACTOR: &str = "somebody in a hurry";

/// One change by hand, fields named as on the platform's wire: that is what its own screens write.
pub(super) struct Edit {
    /// What the person does, as a sentence.
    pub(super) told: &'static str,
    platform: &'static str,
    account: &'static str,
    collection: &'static str,
    /// The object, by the name that people see.
    named: &'static str,
    field: &'static str,
    value: &'static str,
}

/// What is changed behind our back.
pub(super) const EDITS: [Edit; 2] = [
    Edit {
        told: "raises the daily budget of `ES · Sales · Rain jackets` to 300.00 EUR in Meta's screens",
        platform: "meta",
        account: "act_1000000001",
        collection: "campaigns",
        named: "ES · Sales · Rain jackets",
        field: "daily_budget",
        value: "30000",
    },
    Edit {
        told: "pauses the ad group `Kids` in Google's screens",
        platform: "google",
        account: "1000000001",
        collection: "adGroups",
        named: "Kids",
        field: "status",
        value: "PAUSED",
    },
];

/// What an account delivered so far.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Delivered {
    pub(super) platform: String,
    pub(super) account: String,
    pub(super) currency: String,
    pub(super) impressions: i64,
    pub(super) clicks: i64,
    pub(super) spend_micros: i64,
    pub(super) conversions: i64,
}

/// A client of `/_sandbox`.
pub(super) struct Control {
    root: String,
    client: Client,
}

impl Control {
    /// A client of the sandbox at a root such as `http://127.0.0.1:9440`.
    pub(super) fn new(root: String) -> Result<Self, Failure> {
        // Another part of the program may have chosen it first; then that one is used.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client =
            Client::builder().timeout(Duration::from_secs(30)).build().map_err(|error| refused(&error))?;
        Ok(Self { root, client })
    }

    /// Changes an object as a person would; the command that does the same.
    pub(super) async fn edit(&self, edit: &Edit) -> Result<String, Failure> {
        let id = self.find(edit).await?;
        let Edit { platform, account, collection, field, value, .. } = edit;
        let body = json!({
            "platform": platform, "account": account, "collection": collection, "id": id,
            "set": {*field: value}, "actor": ACTOR,
        });
        self.post("edit", &body).await
    }

    /// Lets time pass; the command that does the same.
    pub(super) async fn advance(&self, by: &str) -> Result<String, Failure> {
        self.post("clock", &json!({"advance": by})).await
    }

    /// What was delivered so far.
    pub(super) async fn delivered(&self) -> Result<Vec<Delivered>, Failure> {
        serde_json::from_value(self.get("delivery").await?).map_err(|error| {
            Failure::new(Exit::Internal, "the sandbox tells delivery otherwise").caused_by(&error)
        })
    }

    /// The id of an object by the name that people see.
    async fn find(&self, edit: &Edit) -> Result<String, Failure> {
        let state = self.get("state").await?;
        let objects = &state[edit.platform][edit.account][edit.collection];
        let named = |object: &&Value| object["name"] == edit.named;
        let found = objects.as_array().into_iter().flatten().find(named);
        found.and_then(|object| object["id"].as_str()).map(str::to_owned).ok_or_else(|| {
            Failure::error(format!(
                "`{}` is not among the {} of {}",
                edit.named, edit.collection, edit.account
            ))
        })
    }

    async fn get(&self, what: &str) -> Result<Value, Failure> {
        let sent = self.client.get(self.url(what)).send().await;
        answer(sent).await
    }

    async fn post(&self, what: &str, body: &Value) -> Result<String, Failure> {
        let sent = self.client.post(self.url(what)).json(body).send().await;
        answer(sent).await?;
        Ok(format!("curl {} -d '{body}'", self.url(what)))
    }

    pub(super) fn url(&self, what: &str) -> String {
        format!("{}/_sandbox/{what}", self.root)
    }
}

async fn answer(sent: reqwest::Result<reqwest::Response>) -> Result<Value, Failure> {
    let response = sent.map_err(|error| refused(&error))?;
    let fine = response.status().is_success();
    let body: Value = response.json().await.map_err(|error| refused(&error))?;
    if fine {
        Ok(body)
    } else {
        Err(Failure::error(format!("the sandbox refused: {}", body["error"].as_str().unwrap_or_default())))
    }
}

fn refused(error: &reqwest::Error) -> Failure {
    Failure::error("the sandbox of the demo does not answer").caused_by(error)
}
