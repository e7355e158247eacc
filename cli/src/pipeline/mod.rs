//! From files to a plan: what commands share.
//!
//! `prepare` is offline (load, lower, filter, refine); `connect` resolves credentials and the clock;
//! `observe` reads the accounts; `make_plan` plans. Each stage returns a value of its own type, so that no
//! command can skip one.

mod connect;
mod filter;
mod live;

use std::collections::BTreeMap;
use std::path::PathBuf;

use adplane_core::address::AccountKey;
use adplane_core::desired::{CredentialSource, Desired};
use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::observed::Observed;
use adplane_core::plan::document::{DocumentContext, PlanDocument};
use adplane_core::plan::{PlanInput, PlanOptions, plan};
use adplane_engine::history::{self, History};
use adplane_engine::observe;
use adplane_engine::port::ObserveRequest;
use adplane_engine::state::StateDir;
use adplane_manifest::{LoadRequest, Loaded};

use crate::args::{Global, PathArgs, PlanFlags};
use crate::error::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;

pub(crate) use connect::{Connected, connect, connect_documents, is_plan_file};
pub(crate) use filter::names;
pub(crate) use live::{LiveObject, live};

/// What the engine calls itself in plan documents; part of the hash.
pub(crate) const ENGINE: &str = concat!("adplane ", env!("CARGO_PKG_VERSION"));

/// Loaded, lowered, filtered and refined; nothing was asked of a platform.
pub(crate) struct Prepared {
    pub(crate) loaded: Loaded,
    pub(crate) desired: Desired,
    /// Everything found while loading, lowering and refining.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Prepared {
    /// Text of a file, for carets.
    pub(crate) fn source(&self, file: &str) -> Option<String> {
        self.loaded.source(file).map(ToOwned::to_owned)
    }

    /// Local state of the project.
    pub(crate) fn state(&self) -> StateDir {
        StateDir::of_project(&self.loaded.project.root)
    }

    pub(crate) fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Shows what was found; an error among it ends the command.
    pub(crate) fn require_sound(&self, ui: &Ui) -> Result<(), Failure> {
        let shown: Vec<Diagnostic> =
            self.diagnostics.iter().filter(|finding| finding.severity != Severity::Info).cloned().collect();
        ui.diagnostics(&shown, &|file| self.source(file));
        if self.has_errors() { Err(Failure::shown(Exit::Error)) } else { Ok(()) }
    }
}

/// Loads and refines, offline. Problems are in the result, all of them.
pub(crate) fn prepare(
    global: &Global,
    settings: &Settings,
    paths: &PathArgs,
    targets: &[String],
) -> Result<Prepared, Failure> {
    let request =
        LoadRequest { paths: paths.paths.clone(), cwd: settings.cwd.clone(), ..LoadRequest::default() };
    let loaded = adplane_manifest::load(&request);
    let lowered = adplane_manifest::lower(&loaded);
    let mut desired = lowered.desired;
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.extend(lowered.diagnostics);
    locate_credentials(&mut desired);
    // Refining comes first: what children inherit from a parent that a filter leaves out still counts.
    let assets = std::mem::take(&mut desired.assets);
    for account in desired.accounts.values_mut() {
        diagnostics.extend(adplane_platforms::refine(account, &assets));
    }
    desired.assets = assets;
    filter::filter(&mut desired, global, targets)?;
    diagnostics.sort_by(|a, b| (&a.origin, a.severity).cmp(&(&b.origin, b.severity)));
    Ok(Prepared { loaded, desired, diagnostics })
}

/// Credential files are named relative to the YAML file; afterwards relative to the current directory.
fn locate_credentials(desired: &mut Desired) {
    for account in desired.accounts.values_mut() {
        let folder = account
            .origin
            .as_ref()
            .and_then(|origin| PathBuf::from(&*origin.file).parent().map(ToOwned::to_owned))
            .unwrap_or_default();
        if let Some(CredentialSource::File(file)) = &mut account.connection.credentials {
            *file = folder.join(&*file).to_string_lossy().into_owned();
        }
    }
}

/// What each account's observation must look up.
pub(crate) fn requests(desired: &Desired) -> BTreeMap<AccountKey, ObserveRequest> {
    desired.accounts.iter().map(|(key, account)| (key.clone(), observe::request_for(account))).collect()
}

/// Reads every account.
pub(crate) async fn observe_all(prepared: &Prepared, connected: &Connected, ui: &Ui) -> Observed {
    let _waiting = ui.spinner("reading accounts");
    let mut observed = observe::observe(&connected.adapters, &requests(&prepared.desired)).await;
    for (key, account) in &connected.unreachable {
        observed.accounts.insert(key.clone(), account.clone());
    }
    observed
}

/// Reads who changed what on accounts; one that does not tell is named.
pub(crate) async fn history(
    connected: &Connected,
    accounts: impl IntoIterator<Item = AccountKey>,
    ui: &Ui,
) -> History {
    let _waiting = ui.spinner("asking who changed what");
    let history = history::read(&connected.adapters, accounts, connected.clock.now()).await;
    for (account, because) in history.unread() {
        tracing::warn!(%account, because, "the change history could not be read");
    }
    history
}

/// Plans; the document is all that renderings read.
pub(crate) fn make_plan(
    prepared: &Prepared,
    connected: &Connected,
    observed: &Observed,
    flags: &PlanFlags,
) -> PlanDocument {
    let settings = &prepared.loaded.project.settings;
    let approvals = settings.approvals.as_ref().and_then(|policy| serde_json::to_value(policy).ok());
    let policy = approvals.clone().and_then(|json| serde_json::from_value(json).ok()).unwrap_or_default();
    let options = PlanOptions {
        prune: flags.prune || settings.prune.unwrap_or(false),
        take_over: flags.take_over,
        adopt_now: flags.adopt_now,
        approvals: policy,
    };
    let schemas = adplane_platforms::schemas();
    let bindings = prepared.state().bindings().ids();
    let plan = plan(&PlanInput {
        desired: &prepared.desired,
        observed,
        schemas: &schemas,
        options: &options,
        bindings: &bindings,
        now: connected.clock.now(),
    });
    let context = DocumentContext {
        desired: &prepared.desired,
        observed,
        engine: ENGINE,
        approvals: approvals.as_ref(),
    };
    let mut document = PlanDocument::new(&plan, &context);
    let root = &prepared.loaded.project.root;
    let seen = root.strip_prefix(&prepared.loaded.cwd).unwrap_or(root);
    document.root = Some(seen.to_string_lossy().into_owned());
    document
}

/// Shows what observing found worth telling; whether an account could not be read.
pub(crate) fn show_observation(observed: &Observed, ui: &Ui) -> bool {
    let found: Vec<Diagnostic> =
        observed.accounts.values().flat_map(|account| account.diagnostics.iter().cloned()).collect();
    ui.diagnostics(&found, &|_| None);
    found.iter().any(Diagnostic::is_error)
}

/// Whether an account in the plan could not be read.
pub(crate) fn has_unread_accounts(document: &PlanDocument) -> bool {
    document.diagnostics.iter().any(Diagnostic::is_error)
}
