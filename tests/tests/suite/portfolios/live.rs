//! Portfolios on the sandbox: the real adapters and the real executor, with nothing of the platform in between
//! but what the vendors' emulators do to it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use adplane_core::address::Address;
use adplane_core::desired::Desired;
use adplane_core::observed::{Coverage, Observed};
use adplane_core::plan::document::{DocumentContext, PlanDocument};
use adplane_core::plan::{Action, Operation, PlanInput, PlanOptions, Wave, plan};
use adplane_engine::approve::approve;
use adplane_engine::assets::PlannedAssets;
use adplane_engine::clock::Clock;
use adplane_engine::error::PlatformError;
use adplane_engine::execute::{
    ApplyReport, ChangeResult, ExecuteError, Execution, Progress, RunInfo, execute, wait_for_unfinished,
};
use adplane_engine::observe::{Adapters, observe, request_for};
use adplane_engine::port::AccountConnection;
use adplane_engine::state::StateDir;
use adplane_manifest::{LoadRequest, load};
use adplane_platforms::http::HttpSettings;
use adplane_sandbox::{ClockMode, QuotaMode, RunningSandbox, Sandbox, SandboxOptions};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use super::portfolio::{PROJECT, Portfolio, refined};

/// Before the sandbox's virtual clock starts, so that no generated flight has begun.
const CLOCK: &str = "2026-11-02T08:00:00Z";

/// A sandbox, and a project folder for its accounts.
pub(super) struct Live {
    sandbox: RunningSandbox,
    folder: TempDir,
    http: reqwest::Client,
}

/// What the platform holds of one object that is ours, without anything that differs from run to run.
pub(super) type Held = (String, Option<String>, Option<String>, String);

impl Live {
    pub(super) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut options = SandboxOptions {
            clock: ClockMode::virtual_default(),
            quota: QuotaMode::Off,
            ..SandboxOptions::default()
        };
        options.listen.set_port(0);
        let sandbox = Sandbox::start(options).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/assets");
        for entry in std::fs::read_dir(assets).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Self { sandbox, folder, http: reqwest::Client::new() }
    }

    /// Writes the portfolio's files and loads them, assets included.
    #[track_caller]
    pub(super) fn load(&self, portfolio: &Portfolio) -> Desired {
        let url = self.sandbox.url();
        let documents = portfolio.resources().into_iter().map(|mut document| {
            with_files(&mut document["spec"]);
            if document["kind"] == "AdAccount" {
                let platform = document["metadata"]["name"].as_str().unwrap().to_owned();
                document["spec"]["endpoint"] = json!(format!("{}/{platform}", url.trim_end_matches('/')));
                if platform == "google" {
                    document["spec"]["google"] = json!({ "loginCustomerId": "1000000000" });
                }
            }
            serde_json::to_string_pretty(&document).unwrap()
        });
        let text = documents.collect::<Vec<_>>().join("\n---\n");
        std::fs::write(self.folder.path().join("ads.yaml"), text).unwrap();
        refined(&load(&LoadRequest {
            paths: vec![self.folder.path().to_owned()],
            cwd: self.folder.path().to_owned(),
            project: Some(PROJECT.parse().unwrap()),
            ..LoadRequest::default()
        }))
    }

    fn adapters(desired: &Desired) -> Adapters {
        let settings = HttpSettings {
            first_wait: Duration::from_millis(20),
            longest_wait: Duration::from_millis(200),
            ..HttpSettings::default()
        };
        let connect = |account: &adplane_core::desired::DesiredAccount| {
            let connection = AccountConnection {
                key: account.key.clone(),
                platform: account.platform,
                account_id: account.account_id.clone(),
                currency: account.currency,
                zone: account.zone.clone(),
                endpoint: account.connection.endpoint.clone(),
                token_endpoint: None,
                login_customer_id: account.connection.login_customer_id.clone(),
                credentials: r#"{"access_token": "sandbox-token"}"#.to_owned().into(),
            };
            adplane_platforms::connect(connection, settings.clone()).unwrap()
        };
        desired.accounts.iter().map(|(key, account)| (key.clone(), connect(account))).collect()
    }

    fn state(&self) -> StateDir {
        StateDir::of_project(self.folder.path())
    }

    /// Reads everything and plans, removals included. `None` when an account could not be read.
    pub(super) async fn plan(&self, desired: &Desired) -> Option<PlanDocument> {
        let observed = self.observed(desired).await?;
        let plan = plan(&PlanInput {
            desired,
            observed: &observed,
            schemas: &adplane_platforms::schemas(),
            options: &PlanOptions { prune: true, ..PlanOptions::default() },
            bindings: &self.state().bindings().ids(),
            now: CLOCK.parse().unwrap(),
        });
        let context =
            DocumentContext { desired, observed: &observed, engine: "adplane test", approvals: None };
        Some(PlanDocument::new(&plan, &context))
    }

    async fn observed(&self, desired: &Desired) -> Option<Observed> {
        let requests =
            desired.accounts.iter().map(|(key, account)| (key.clone(), request_for(account))).collect();
        let observed = observe(&Self::adapters(desired), &requests).await;
        let whole = observed.accounts.values().all(|account| account.coverage == Coverage::Complete);
        whole.then_some(observed)
    }

    /// Plans and applies once, as `adplane apply` does. `None` when an account could not be read.
    pub(super) async fn apply(&self, desired: &Desired) -> Option<Result<ApplyReport, ExecuteError>> {
        let state = self.state();
        let clock = Clock::Fixed(CLOCK.parse().unwrap());
        // Journals carry the machine's time here, because waiting is done by it.
        wait_for_unfinished(&state.journal(), Clock::System).await;
        let document = self.plan(desired).await?;
        let approved = approve(&document).unwrap();
        let requests =
            desired.accounts.iter().map(|(key, account)| (key.clone(), request_for(account))).collect();
        let assets = PlannedAssets::new(desired.assets.clone(), self.folder.path().to_owned());
        Some(
            execute(&Execution {
                plan: &approved,
                adapters: &Self::adapters(desired),
                requests: &requests,
                assets: &assets,
                state: &state,
                clock,
                run: &RunInfo::default(),
                progress: &Silent,
                interrupted: &|| false,
            })
            .await,
        )
    }

    /// Applies until a plan is empty; how often, or what is still pending after `limit` times.
    pub(super) async fn converge(&self, desired: &Desired, limit: usize) -> Result<usize, String> {
        let mut last = String::new();
        for applied in 0..=limit {
            if let Some(document) = self.plan(desired).await {
                if document.steps.is_empty() && document.summary.blocked == 0 {
                    return Ok(applied);
                }
                last = format!("{last}\npending: {}", pending(&document));
            }
            if let Some(outcome) = self.apply(desired).await {
                last = match outcome {
                    Ok(report) => failures(&report),
                    Err(error) => error.to_string(),
                };
            }
        }
        Err(last)
    }

    /// Everything that is ours on the platform.
    pub(super) async fn held(&self, desired: &Desired) -> Vec<Held> {
        let observed = self.observed(desired).await.unwrap();
        let mut held = Vec::new();
        for account in observed.accounts.values() {
            let markers: BTreeMap<_, _> =
                account.objects.iter().map(|object| (&object.id, object.marker.as_ref())).collect();
            for object in &account.objects {
                let parent = object.parent.as_ref().and_then(|parent| *markers.get(parent)?);
                held.push((
                    format!("{} {}", object.kind, lasting_name(object.display_name())),
                    object.marker.as_ref().map(ToString::to_string),
                    parent.map(ToString::to_string),
                    object.text("state").unwrap_or_default().to_owned(),
                ));
            }
        }
        held.sort();
        held
    }

    /// Arms the sandbox's faults.
    pub(super) async fn arm(&self, faults: &Json) {
        let url = format!("{}/_sandbox/faults", self.sandbox.url().trim_end_matches('/'));
        let answer = self.http.post(url).json(faults).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }
}

/// A name without the id that tells what was replaced apart: ids differ from run to run.
fn lasting_name(name: &str) -> &str {
    name.rsplit_once(" (replaced ").map_or(name, |(name, _)| name)
}

/// What a plan would still do, for messages.
pub(super) fn pending(document: &PlanDocument) -> String {
    let changes = document.changes.iter().filter(|change| change.action != Action::None).map(|change| {
        let fields = change
            .fields
            .iter()
            .filter(|field| field.before != field.after)
            .map(|field| {
                let shown = |value: &Option<Json>| value.as_ref().map_or("nothing".into(), Json::to_string);
                format!("{}: {} -> {}", field.path, shown(&field.before), shown(&field.after))
            })
            .collect::<Vec<_>>();
        format!("{} {:?} {:?} {}", change.address, change.action, change.reasons, fields.join(", "))
    });
    changes.collect::<Vec<_>>().join("\n")
}

/// What failed, and why, one line each.
pub(super) fn failures(report: &ApplyReport) -> String {
    let failed = report.results.iter().filter_map(|(address, result)| match result {
        ChangeResult::Failed(failure) => Some(format!("{address}: {failure}")),
        ChangeResult::Skipped { because } => Some(format!("{address} was skipped: {because}")),
        ChangeResult::Applied => None,
    });
    failed.collect::<Vec<_>>().join("\n")
}

/// Media by id are of no account; files do as well.
fn with_files(spec: &mut Json) {
    const IMAGES: [&str; 4] = ["jacket-wide.png", "boots-wide.png", "jacket-square.png", "boots-square.png"];
    let image = |at: usize| json!({ "file": IMAGES[at % IMAGES.len()] });
    for (at, element) in spec["images"].as_array_mut().into_iter().flatten().enumerate() {
        *element = image(at);
    }
    for (at, card) in spec["cards"].as_array_mut().into_iter().flatten().enumerate() {
        card["image"] = image(at);
    }
    for video in spec["videos"].as_array_mut().into_iter().flatten() {
        if video.get("id").is_some() {
            *video = json!({ "file": "rain.mp4" });
        }
    }
    if let Some(members) = spec.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
}

struct Silent;

impl Progress for Silent {
    fn wave(&self, _: Wave, _: usize) {}

    fn written(&self, _: &Address, _: &Operation, _: Option<&PlatformError>) {}
}
