//! A TikTok account in a sandbox, wanted objects built by hand, and the shortest possible executor.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use adplane_core::address::{AccountKey, Address, Kind, Platform};
use adplane_core::asset::{Asset, AssetSource, Assets};
use adplane_core::desired::{Connection, DeletionPolicy, Desired, DesiredAccount, DesiredObject, Management};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{Field, Fields};
use adplane_core::ids::{AccountId, AdName, ExternalId, Namespace, ObjectName, ProjectName};
use adplane_core::money::{Currency, Money};
use adplane_core::observed::{Observed, ObservedAccount, ObservedObject};
use adplane_core::plan::{Operation, Plan, PlanInput, PlanOptions, Step, Wave, plan};
use adplane_core::time::Zone;
use adplane_core::value::Value;
use adplane_engine::port::{AccountConnection, Adapter, AssetReader, ObserveRequest, Outcome, WorkItem};
use adplane_platforms::http::HttpSettings;
use adplane_sandbox::{QuotaMode, RunningSandbox, Sandbox, SandboxOptions};
use async_trait::async_trait;
use sha2::{Digest, Sha256};

/// A seeded account: id, currency, zone.
pub(super) type Seeded = (&'static str, Currency, &'static str);
pub(super) const EUR: Seeded = ("7000000000000000001", Currency::EUR, "Europe/Madrid");
pub(super) const USD: Seeded = ("7000000000000000002", Currency::USD, "America/New_York");
pub(super) const JPY: Seeded = ("7000000000000000003", Currency::JPY, "Asia/Tokyo");

/// Assets in memory.
#[derive(Debug, Default, Clone)]
pub(super) struct Files {
    known: Assets,
    bytes: BTreeMap<String, Vec<u8>>,
}

impl Files {
    /// Adds a file; its reference.
    pub(super) fn add(&mut self, extension: &str, bytes: Vec<u8>) -> String {
        let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(&bytes));
        let asset = Asset {
            source: AssetSource::File(format!("hero.{extension}")),
            extension: extension.to_owned(),
            bytes: bytes.len() as u64,
            width: None,
            height: None,
        };
        self.known.insert(digest.clone(), asset);
        self.bytes.insert(digest.clone(), bytes);
        format!("sha256:{digest}")
    }
}

#[async_trait]
impl AssetReader for Files {
    fn describe(&self, sha256: &str) -> Option<Asset> {
        self.known.get(sha256).cloned()
    }

    async fn read(&self, sha256: &str) -> Result<Vec<u8>, String> {
        self.bytes.get(sha256).cloned().ok_or_else(|| format!("no file {sha256}"))
    }
}

/// The head of a PNG of a size, which is all that is looked at.
pub(super) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend(b"\x08\x06\x00\x00\x00\x00\x00\x00\x00");
    bytes
}

/// An account in a sandbox.
pub(super) struct Account {
    sandbox: RunningSandbox,
    connection: AccountConnection,
    pub adapter: Arc<dyn Adapter>,
    pub desired: Desired,
    pub files: Files,
    key: AccountKey,
    pub options: PlanOptions,
    /// Executions so far: each has request ids of its own.
    executions: AtomicU64,
}

impl Account {
    pub(super) async fn start(seeded: Seeded) -> Self {
        let mut options = SandboxOptions { quota: QuotaMode::Off, ..SandboxOptions::default() };
        options.listen.set_port(0);
        Self::with(seeded, options, "sandbox-token").await
    }

    pub(super) async fn start_with_token(seeded: Seeded, token: &str) -> Self {
        let mut options = SandboxOptions::default();
        options.listen.set_port(0);
        Self::with(seeded, options, token).await
    }

    async fn with((id, currency, zone): Seeded, options: SandboxOptions, token: &str) -> Self {
        let sandbox = Sandbox::start(options).await.unwrap();
        let key = AccountKey {
            namespace: Namespace::new("growth").unwrap(),
            name: ObjectName::new("tiktok").unwrap(),
        };
        let zone = Zone::parse(zone).unwrap();
        let account_id = AccountId::new(id).unwrap();
        let connection = AccountConnection {
            key: key.clone(),
            platform: Platform::TikTok,
            account_id: account_id.clone(),
            currency,
            zone: zone.clone(),
            endpoint: Some(format!("{}/tiktok", sandbox.url())),
            token_endpoint: None,
            login_customer_id: None,
            credentials: format!(r#"{{"access_token":"{token}"}}"#).into(),
        };
        let adapter = adplane_platforms::connect(connection.clone(), HttpSettings::default()).unwrap();
        let account = DesiredAccount {
            key: key.clone(),
            platform: Platform::TikTok,
            account_id,
            currency,
            zone,
            management: Management::Manage,
            deletion_policy: DeletionPolicy::Pause,
            connection: Connection::default(),
            fields: Fields::from([
                field("defaults.pixel", "7000000000000001122"),
                field("defaults.identity.tiktok.identity_type", "TT_USER"),
                field("defaults.identity.tiktok.identity_id", "222"),
            ]),
            objects: BTreeMap::new(),
            origin: None,
        };
        let desired = Desired {
            project: Some(ProjectName::new("retail").unwrap()),
            complete: true,
            accounts: BTreeMap::from([(key.clone(), account)]),
            ..Desired::default()
        };
        Self {
            sandbox,
            connection,
            adapter,
            desired,
            files: Files::default(),
            key,
            options: PlanOptions::default(),
            executions: AtomicU64::new(0),
        }
    }

    /// Sends a test control to the sandbox.
    pub(super) async fn control(&self, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let url = format!("{}/_sandbox/{path}", self.sandbox.url());
        let answer = reqwest::Client::new().post(url).json(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        answer.json().await.unwrap()
    }

    /// An adapter without memory, as another process has it.
    pub(super) fn reconnect(&mut self) {
        self.adapter = adplane_platforms::connect(self.connection.clone(), HttpSettings::default()).unwrap();
    }

    /// Paths whose requests stored something.
    pub(super) async fn paths_written(&self) -> Vec<String> {
        let url = format!("{}/_sandbox/log", self.sandbox.url());
        let log: serde_json::Value = reqwest::get(url).await.unwrap().json().await.unwrap();
        let written = log.as_array().unwrap().iter().filter(|entry| entry["write"] == true);
        written.map(|entry| entry["path"].as_str().unwrap().to_owned()).collect()
    }

    /// An amount in the account's currency, given in a currency of ratio 1.
    pub(super) fn money(&self, whole: i64) -> Value {
        let currency = self.account().currency;
        let ratio = if currency == Currency::JPY { 100 } else { 1 };
        Value::Money(Money::from_micros(whole * ratio * 1_000_000, currency))
    }

    pub(super) fn account(&self) -> &DesiredAccount {
        &self.desired.accounts[&self.key]
    }

    pub(super) fn account_mut(&mut self) -> &mut DesiredAccount {
        self.desired.accounts.get_mut(&self.key).unwrap()
    }

    pub(super) fn address(&self, kind: Kind, name: &str, ad: Option<&str>) -> Address {
        Address {
            platform: Platform::TikTok,
            account: self.key.name.clone(),
            kind,
            namespace: self.key.namespace.clone(),
            name: ObjectName::new(name).unwrap(),
            ad: ad.map(|ad| AdName::new(ad).unwrap()),
        }
    }

    fn put(&mut self, address: Address, parent: Option<Address>, fields: &[(&str, Value)]) {
        let mut object = DesiredObject::new(address.clone());
        object.parent = parent;
        object.fields = fields.iter().map(|(path, value)| field(path, value.clone())).collect();
        let name = address.ad.as_ref().map_or(address.name.as_str(), AdName::as_str).to_owned();
        object.default_field("displayName", name.as_str());
        self.account_mut().objects.insert(address, object);
    }

    pub(super) fn campaign(&mut self, name: &str, fields: &[(&str, Value)]) {
        let address = self.address(Kind::Campaign, name, None);
        self.put(address, None, fields);
    }

    pub(super) fn ad_group(&mut self, campaign: &str, name: &str, fields: &[(&str, Value)]) {
        let parent = self.address(Kind::Campaign, campaign, None);
        let address = self.address(Kind::AdGroup, name, None);
        self.put(address, Some(parent), fields);
    }

    pub(super) fn ad(&mut self, ad_group: &str, name: &str, fields: &[(&str, Value)]) {
        let parent = self.address(Kind::AdGroup, ad_group, None);
        let address = self.address(Kind::Ad, ad_group, Some(name));
        self.put(address, Some(parent), fields);
    }

    /// Changes one field of an object written before.
    pub(super) fn set(&mut self, kind: Kind, name: &str, ad: Option<&str>, path: &str, value: Value) {
        let address = self.address(kind, name, ad);
        let (path, field) = field(path, value);
        self.account_mut().objects.get_mut(&address).unwrap().fields.insert(path, field);
    }

    /// Takes a field out of the YAML.
    pub(super) fn clear(&mut self, kind: Kind, name: &str, path: &str) {
        let address = self.address(kind, name, None);
        self.account_mut().objects.get_mut(&address).unwrap().fields.remove(path);
    }

    /// Takes an object out of the YAML.
    pub(super) fn remove(&mut self, kind: Kind, name: &str, ad: Option<&str>) {
        let address = self.address(kind, name, ad);
        self.account_mut().objects.remove(&address);
    }

    /// What is wanted, refined, and the findings.
    pub(super) fn refined(&self) -> (Desired, Vec<Diagnostic>) {
        let mut desired = self.desired.clone();
        let account = desired.accounts.get_mut(&self.key).unwrap();
        let findings = adplane_platforms::refine(account, &self.files.known);
        (desired, findings)
    }

    pub(super) async fn observe(&self) -> ObservedAccount {
        let (desired, _) = self.refined();
        let regions = desired.accounts[&self.key]
            .objects
            .values()
            .filter_map(|object| object.value("targeting.locations"))
            .flat_map(Value::texts)
            .filter(|place| place.contains('-'))
            .map(Into::into)
            .collect();
        self.adapter.observe(&ObserveRequest { regions }).await.unwrap()
    }

    /// A live object by what people see.
    pub(super) async fn live(&self, kind: Kind, name: &str) -> ObservedObject {
        let observed = self.observe().await;
        let found =
            observed.objects.iter().find(|object| object.kind == kind && object.display_name() == name);
        found.unwrap_or_else(|| panic!("no {kind} `{name}`")).clone()
    }

    /// The plan for what is wanted now.
    pub(super) async fn plan(&self) -> Plan {
        let (desired, findings) = self.refined();
        let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let observed = Observed { accounts: BTreeMap::from([(self.key.clone(), self.observe().await)]) };
        plan(&PlanInput {
            desired: &desired,
            observed: &observed,
            schemas: &adplane_platforms::schemas(),
            options: &self.options,
            bindings: &BTreeMap::new(),
            now: "2026-11-02T08:00:00Z".parse().unwrap(),
        })
    }

    /// Plans, carries the plan out, and plans again: nothing is left to do. The first plan.
    pub(super) async fn apply(&self) -> Plan {
        let plan = self.plan().await;
        for outcome in self.perform(&plan).await {
            assert!(matches!(outcome, Outcome::Done(_)), "{outcome:#?}");
        }
        self.settled().await;
        plan
    }

    /// Asserts that a fresh plan is empty.
    pub(super) async fn settled(&self) {
        let again = self.plan().await;
        let left: Vec<String> = again
            .changes
            .iter()
            .filter(|change| change.action.word() != "none")
            .map(|change| {
                let fields: Vec<String> = change
                    .fields
                    .iter()
                    .map(|field| format!("{}: {:?} -> {:?}", field.path, field.before, field.after))
                    .collect();
                format!("{} {} {} {:?}", change.action, change.address, fields.join("; "), change.reasons)
            })
            .collect();
        assert!(left.is_empty(), "left to do:\n{}", left.join("\n"));
    }

    /// Carries the steps out, wave by wave.
    pub(super) async fn perform(&self, plan: &Plan) -> Vec<Outcome> {
        let execution = self.executions.fetch_add(1, Ordering::Relaxed);
        let mut all = Vec::new();
        let mut made: HashMap<Address, ExternalId> = HashMap::new();
        let mut waves: Vec<Wave> = plan.steps.iter().map(|step| step.wave).collect();
        waves.dedup();
        for wave in waves {
            let live: HashMap<ExternalId, ObservedObject> =
                self.observe().await.objects.into_iter().map(|object| (object.id.clone(), object)).collect();
            let steps: Vec<&Step> = plan.steps.iter().filter(|step| step.wave == wave).collect();
            let items: Vec<WorkItem<'_>> =
                steps.iter().map(|step| item(plan, step, &live, &made, execution)).collect();
            for batch in self.adapter.batches(&items) {
                let mut work: Vec<WorkItem<'_>> =
                    batch.items.iter().map(|index| items[*index].clone()).collect();
                for item in &mut work {
                    let parent = item.change.parent.as_ref().and_then(|parent| made.get(parent)).cloned();
                    item.parent = parent.or(item.parent.take());
                }
                let outcomes = self.adapter.perform(&work, &self.files).await;
                for (item, outcome) in work.iter().zip(&outcomes) {
                    if let (Outcome::Done(Some(id)), Operation::Create) = (outcome, &item.step.operation) {
                        made.insert(item.change.address.clone(), id.clone());
                    }
                }
                all.extend(outcomes);
            }
        }
        all
    }
}

fn item<'a>(
    plan: &'a Plan,
    step: &'a Step,
    live: &'a HashMap<ExternalId, ObservedObject>,
    made: &HashMap<Address, ExternalId>,
    execution: u64,
) -> WorkItem<'a> {
    let change = &plan.changes[step.change];
    let id = match &step.operation {
        Operation::PauseSuperseded { id } | Operation::DeleteSuperseded { id } => Some(id),
        Operation::Supersede => change.id.as_ref(),
        Operation::Create => None,
        _ => made.get(&change.address).or(change.id.as_ref()),
    };
    let parent = change.parent.as_ref().and_then(|parent| made.get(parent)).or(change.parent_id.as_ref());
    WorkItem {
        step,
        change,
        live: id.and_then(|id| live.get(id)),
        parent: parent.cloned(),
        budget: None,
        written: None,
        request_seed: seed(&format!("{execution} {} {:?}", change.address, step.operation)),
    }
}

fn seed(text: &str) -> u64 {
    let digest = Sha256::digest(text.as_bytes());
    let mut bytes = [0_u8; 8];
    bytes.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(bytes) >> 1
}

fn field(path: &str, value: impl Into<Value>) -> (adplane_core::field::FieldPath, Field) {
    (path.into(), Field::declared(value, None))
}

/// A set of texts.
pub(super) fn texts(members: &[&str]) -> Value {
    Value::text_set(members)
}

/// Text.
pub(super) fn text(text: &str) -> Value {
    Value::text(text)
}
