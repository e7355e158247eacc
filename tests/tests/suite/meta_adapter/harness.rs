//! A Meta account in a sandbox and wanted objects built by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use adplane_core::address::{AccountKey, Address, Kind, Platform};
use adplane_core::asset::{Asset, AssetSource};
use adplane_core::desired::{Connection, DeletionPolicy, DesiredAccount, DesiredObject, Management};
use adplane_core::field::{Field, FieldPath};
use adplane_core::ids::{AccountId, Namespace, ObjectName};
use adplane_core::money::{Currency, Money};
use adplane_core::observed::{ObservedAccount, ObservedObject};
use adplane_core::plan::Plan;
use adplane_core::time::{Time, Zone};
use adplane_core::value::Value;
use adplane_engine::port::{AccountConnection, Adapter, Verdict};
use adplane_platforms::http::HttpSettings;
use adplane_sandbox::{ClockMode, QuotaMode, RunningSandbox, Sandbox, SandboxOptions};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::converge::{Bench, Bytes};

/// A seeded account: id, currency, zone.
pub(super) type Seeded = (&'static str, &'static str, &'static str);
pub(super) const EUR: Seeded = ("1000000001", "EUR", "Europe/Madrid");
pub(super) const USD: Seeded = ("1000000002", "USD", "America/New_York");
pub(super) const JPY: Seeded = ("1000000003", "JPY", "Asia/Tokyo");

/// An account in a sandbox.
pub(super) struct Account {
    sandbox: RunningSandbox,
    pub(super) adapter: Arc<dyn Adapter>,
    pub(super) desired: DesiredAccount,
    files: BTreeMap<String, (Asset, Vec<u8>)>,
    id: &'static str,
}

fn key() -> AccountKey {
    AccountKey { namespace: Namespace::new("growth").unwrap(), name: ObjectName::new("meta-eu").unwrap() }
}

/// Address of an object by kind and name, an ad's being `<ad group>/<ad>`.
pub(super) fn address(kind: Kind, name: &str) -> Address {
    format!("meta/meta-eu/{kind}/growth/{name}").parse().unwrap()
}

impl Account {
    pub(super) async fn start(seeded: Seeded) -> Self {
        let mut options = SandboxOptions {
            clock: ClockMode::virtual_default(),
            quota: QuotaMode::Off,
            ..SandboxOptions::default()
        };
        options.listen.set_port(0);
        let sandbox = Sandbox::start(options).await.unwrap();
        let (id, currency, zone) = seeded;
        let currency = Currency::parse(currency).unwrap();
        let zone = Zone::parse(zone).unwrap();
        let mut desired = DesiredAccount {
            key: key(),
            platform: Platform::Meta,
            account_id: AccountId::new(id).unwrap(),
            currency,
            zone,
            management: Management::Manage,
            deletion_policy: DeletionPolicy::Pause,
            connection: Connection::default(),
            fields: BTreeMap::new(),
            objects: BTreeMap::new(),
            origin: None,
        };
        for (path, text) in [
            ("defaults.pixel", "1122334455"),
            ("defaults.identity.meta.page", "111"),
            ("compliance.dsa.beneficiary", "Shop Ltd"),
            ("compliance.dsa.payor", "Shop Ltd"),
        ] {
            desired.fields.insert(path.into(), Field::declared(text, None));
        }
        let adapter = connect(&sandbox, &desired);
        Self { sandbox, adapter, desired, files: BTreeMap::new(), id }
    }

    /// Forgets everything that is not on the platform.
    pub(super) fn reconnect(&mut self) {
        self.adapter = connect(&self.sandbox, &self.desired);
    }

    /// Adds an image file of a size; its reference. Files of one size are one file.
    pub(super) fn image(&mut self, width: u32, height: u32) -> String {
        self.file("png", png(width, height), Some((width, height)))
    }

    /// Adds a file; its reference.
    pub(super) fn file(&mut self, extension: &str, bytes: Vec<u8>, size: Option<(u32, u32)>) -> String {
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let asset = Asset {
            source: AssetSource::File(format!("hero.{extension}")),
            extension: extension.to_owned(),
            bytes: bytes.len() as u64,
            width: size.map(|(width, _)| width),
            height: size.map(|(_, height)| height),
        };
        self.files.insert(digest.clone(), (asset, bytes));
        format!("sha256:{digest}")
    }

    /// An amount in the account's currency, from units of a currency with two decimals.
    pub(super) fn money(&self, units: i64) -> Value {
        let ratio = if self.desired.currency == Currency::JPY { 150 } else { 1 };
        Money::from_micros(units * ratio * 1_000_000, self.desired.currency).into()
    }

    /// An instant from its local text.
    pub(super) fn time(&self, local: &str) -> Value {
        let zoned: jiff::civil::DateTime = local.parse().unwrap();
        let at = zoned.to_zoned(self.desired.zone.rules()).unwrap().timestamp();
        Time::new(at, self.desired.zone.clone()).into()
    }

    /// Writes an object; an ad's or ad group's parent is named by its own name.
    pub(super) fn put(&mut self, kind: Kind, name: &str, parent: &str, fields: &[(&str, Value)]) {
        let mut object = DesiredObject::new(address(kind, name));
        object.parent = match kind {
            Kind::AdGroup => Some(address(Kind::Campaign, parent)),
            Kind::Ad => Some(address(Kind::AdGroup, parent)),
            _ => None,
        };
        for (path, value) in fields {
            object.fields.insert(FieldPath::new(path), Field::declared(value.clone(), None));
        }
        let shown = name.rsplit('/').next().unwrap_or(name).to_owned();
        object.default_field("displayName", shown.as_str());
        self.desired.objects.insert(object.address.clone(), object);
    }

    /// Changes one field.
    pub(super) fn set(&mut self, kind: Kind, name: &str, path: &str, value: impl Into<Value>) {
        let object = self.desired.objects.get_mut(&address(kind, name)).unwrap();
        object.fields.insert(FieldPath::new(path), Field::declared(value, None));
    }

    fn bench(&self) -> Bench<'_> {
        let mut bench = Bench::new(&*self.adapter);
        bench.assets = Bytes(self.files.clone());
        bench
    }

    fn refined(&self, bench: &Bench<'_>) -> DesiredAccount {
        let mut account = self.desired.clone();
        let found = bench.refine(&mut account);
        let errors: Vec<_> = found.iter().filter(|finding| finding.is_error()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        account
    }

    /// Plans, applies, and plans again: nothing may be left. The plan and what is live afterwards.
    pub(super) async fn converge(&self) -> (Plan, ObservedAccount) {
        let bench = self.bench();
        bench.converge(&self.refined(&bench)).await
    }

    /// What is live and what would be done.
    pub(super) async fn plan(&self) -> (Plan, ObservedAccount) {
        let bench = self.bench();
        let account = self.refined(&bench);
        let observed = bench.observe(&account).await;
        (bench.plan(&account, &observed), observed)
    }

    /// What the vendor says of a plan's steps, without doing them.
    pub(super) async fn validate(&self, plan: &Plan, observed: &ObservedAccount) -> Vec<(String, Verdict)> {
        self.bench().validate(plan, observed).await
    }

    /// Applies a plan; what failed.
    pub(super) async fn apply(
        &self,
        plan: &Plan,
        observed: &ObservedAccount,
    ) -> Vec<(String, adplane_engine::error::PlatformError)> {
        self.bench().apply(plan, observed).await
    }

    /// A collection of the account as the vendor holds it.
    pub(super) async fn wire(&self, collection: &str) -> Vec<Json> {
        let state: Json = reqwest::get(format!("{}/_sandbox/state", self.sandbox.url()))
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let account = &state["meta"];
        let account = account.get(self.id).or_else(|| account.get(format!("act_{}", self.id))).unwrap();
        account[collection].as_array().cloned().unwrap_or_default()
    }

    /// Vendor requests so far that match a method and end in a path.
    pub(super) async fn calls(&self, method: &str, end: &str) -> usize {
        let log: Json =
            reqwest::get(format!("{}/_sandbox/log", self.sandbox.url())).await.unwrap().json().await.unwrap();
        let entries = log.as_array().unwrap().iter();
        entries
            .filter(|entry| entry["method"] == method && entry["path"].as_str().unwrap().ends_with(end))
            .count()
    }

    /// Sends a test control to the sandbox.
    pub(super) async fn control(&self, path: &str, body: &Json) {
        let url = format!("{}/_sandbox/{path}", self.sandbox.url());
        let answer = reqwest::Client::new().post(url).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// Changes a live object as a person would.
    pub(super) async fn edit(&self, collection: &str, id: &str, set: Json) {
        let body = json!({"platform": "meta", "account": self.id, "collection": collection, "id": id,
            "set": set, "actor": "Somebody"});
        self.control("edit", &body).await;
    }

    /// Calls the vendor directly, as other software would.
    pub(super) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Json {
        let url = format!("{}/meta/v26.0/{path}", self.sandbox.url());
        let request = reqwest::Client::new().post(url).bearer_auth("sandbox-token").form(form);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let body: Json = answer.json().await.unwrap();
        assert!(status.is_success(), "{body}");
        body
    }

    /// The account's node, `act_…`.
    pub(super) fn node(&self) -> String {
        format!("act_{}", self.id)
    }
}

fn connect(sandbox: &RunningSandbox, desired: &DesiredAccount) -> Arc<dyn Adapter> {
    let connection = AccountConnection {
        key: key(),
        platform: Platform::Meta,
        account_id: desired.account_id.clone(),
        currency: desired.currency,
        zone: desired.zone.clone(),
        endpoint: Some(format!("{}/meta", sandbox.url())),
        token_endpoint: None,
        login_customer_id: None,
        credentials: r#"{"access_token":"sandbox-token"}"#.to_owned().into(),
    };
    adplane_platforms::connect(connection, HttpSettings::default()).unwrap()
}

/// The head of a PNG of a size, which is all that is looked at.
pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x06\x00\x00\x00\x00\x00\x00\x00");
    bytes
}

/// A live object by kind and the name that people see.
pub(super) fn live<'a>(observed: &'a ObservedAccount, kind: Kind, name: &str) -> &'a ObservedObject {
    let mut found =
        observed.objects.iter().filter(|object| object.kind == kind && object.display_name() == name);
    let object = found.next().unwrap_or_else(|| panic!("no live {kind} `{name}`"));
    assert!(found.next().is_none(), "two live {kind} `{name}`");
    object
}

/// Text.
pub(super) fn text(text: &str) -> Value {
    Value::text(text)
}

/// A set of texts.
pub(super) fn texts(members: &[&str]) -> Value {
    Value::text_set(members)
}
