//! From files to a plan: what commands share.
//!
//! `prepare` is offline (load, lower, filter, refine); `connect_project` resolves credentials and the clock, by which it
//! puts overlays in force; `observe` reads the accounts; `make_plan` plans. Each stage returns a value of its own type, so that no
//! command can skip one.

mod connect;
mod drift;
mod edits;
mod filter;
mod gathered;
pub(crate) mod happenings;
mod interrupt;
mod live;
pub(crate) mod metrics;
pub(crate) mod notices;
mod overlays;
pub(crate) mod patches;
pub(crate) mod people;
mod pictures;
pub(crate) mod pools;
mod range;
pub(crate) mod revision;
pub(crate) mod rules;
pub(crate) mod watch;
pub(crate) mod write_back;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use adplane_core::address::{AccountKey, Address};
use adplane_core::desired::{CredentialSource, Desired};
use adplane_core::diagnostic::{Diagnostic, Severity};
use adplane_core::field::FieldPath;
use adplane_core::notify::NotificationPolicy;
use adplane_core::observed::Observed;
use adplane_core::plan::document::{DocumentContext, DocumentRange, PlanDocument};
use adplane_core::plan::{Held, Plan, PlanInput, PlanOptions, Removals, lowers_spend, plan};
use adplane_core::pool::Pool;
use adplane_core::rules::Rule;
use adplane_engine::history::{self, History};
use adplane_engine::observe;
use adplane_engine::port::ObserveRequest;
use adplane_engine::rules::untold;
use adplane_engine::state::{Pause, StateDir, write_atomically};
use adplane_manifest::api::project::ApprovalPolicy;
use adplane_manifest::{FileTree, LoadRequest, Loaded};

use crate::args::{Global, OutputFormat, PathArgs, PlanFlags};
use crate::error::{Exit, Failure};
use crate::render;
use crate::settings::Settings;
use crate::ui::Ui;

pub(crate) use connect::{
    Connected, clock_of, clock_of_accounts, connect, connect_documents, connect_project, is_plan_file,
};
pub(crate) use drift::{
    alerted, differences, explain as explain_drift, find as find_drift, hold as hold_drift,
    name as name_drift, remember, remember_applied, rules as drift_rules, with_outcome,
};
pub(crate) use edits::note_edits;
pub(crate) use filter::{names, names_text, selector};
pub(crate) use gathered::{Gathered, drawing, gathered};
pub(crate) use interrupt::Interrupt;
pub(crate) use live::{LiveObject, live};
pub(crate) use overlays::retake;
pub(crate) use pictures::pictures;
pub(crate) use range::{Revisions, prepare_range, take_removals};

/// What the engine calls itself in plan documents; part of the hash.
pub(crate) const ENGINE: &str = concat!("adplane ", env!("CARGO_PKG_VERSION"));

/// Loaded, lowered, filtered and refined; nothing was asked of a platform.
pub(crate) struct Prepared {
    pub(crate) loaded: Loaded,
    pub(crate) desired: Desired,
    /// Automation rules that can run.
    pub(crate) rules: Vec<Rule>,
    /// Budget pools with their members.
    pub(crate) pools: Vec<Pool>,
    /// Everything found while loading, lowering and refining.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Why nobody can tell what is in force; among the above. No other commit knows it better: nothing is planned from any.
    pub(crate) unsettled: Option<Diagnostic>,
    /// Remarks that belong to the plan.
    pub(crate) notes: Vec<Diagnostic>,
    /// What the plan leaves as it is.
    pub(crate) held: Held,
    /// What a range of commits took out.
    pub(crate) removals: Option<Removals>,
    /// Fields that were managed before, by object.
    pub(crate) former: BTreeMap<Address, BTreeSet<FieldPath>>,
    /// Fields whose wanted value a range of commits changes, by object.
    pub(crate) edited: BTreeMap<Address, BTreeSet<FieldPath>>,
    /// The range.
    pub(crate) range: Option<DocumentRange>,
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
    let mut prepared = prepare_from(settings, paths, FileTree::default());
    filter::filter(&mut prepared.desired, global, targets)?;
    Ok(prepared)
}

/// The same for everything that a tree of files holds.
pub(crate) fn prepare_from(settings: &Settings, paths: &PathArgs, tree: FileTree) -> Prepared {
    let request =
        LoadRequest { paths: paths.paths.clone(), cwd: settings.cwd.clone(), tree, ..LoadRequest::default() };
    let loaded = adplane_manifest::load(&request);
    let lowered = adplane_manifest::lower(&loaded);
    let mut desired = lowered.desired;
    let mut diagnostics = loaded.diagnostics.clone();
    diagnostics.extend(lowered.diagnostics);
    let state = StateDir::of_project(&loaded.project.root);
    let unsettled = overlays::take_up(&mut desired, &state);
    diagnostics.extend(unsettled.clone());
    locate_credentials(&mut desired);
    diagnostics.extend(untold(&lowered.rules, &desired, &adplane_platforms::schemas()));
    // Refining comes first: what children inherit from a parent that a filter leaves out still counts.
    let assets = std::mem::take(&mut desired.assets);
    for account in desired.accounts.values_mut() {
        diagnostics.extend(adplane_platforms::refine(account, &assets));
    }
    desired.assets = assets;
    diagnostics.sort_by(|a, b| (&a.origin, a.severity).cmp(&(&b.origin, b.severity)));
    let drift_rules = drift::rules(&loaded.project);
    let held = drift::ignored(&desired, &drift_rules);
    let former = drift::agreed(&desired, &state.applied());
    Prepared {
        loaded,
        desired,
        rules: lowered.rules,
        pools: lowered.pools,
        diagnostics,
        unsettled,
        notes: Vec::new(),
        held,
        removals: None,
        former,
        edited: BTreeMap::new(),
        range: None,
    }
}

/// Leaves only what the flags ask for.
pub(crate) fn filter(desired: &mut Desired, global: &Global) -> Result<(), Failure> {
    filter::filter(desired, global, &[])
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
    locate_channels(&mut desired.notifications);
}

/// The same for the channels of notifications.
fn locate_channels(policies: &mut [NotificationPolicy]) {
    for policy in policies {
        let origin = policy.origin.as_ref().map(|origin| PathBuf::from(&*origin.file));
        let folder =
            origin.as_deref().and_then(std::path::Path::parent).map(ToOwned::to_owned).unwrap_or_default();
        for channel in &mut policy.channels {
            if let Some(CredentialSource::File(file)) = channel.medium.credentials_mut() {
                *file = folder.join(&*file).to_string_lossy().into_owned();
            }
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
    let approvals = settings.approvals.as_ref().map(ApprovalPolicy::of_plans);
    // A policy that this cannot read is refused when the plan is to be approved.
    let policy = approvals.clone().and_then(|json| serde_json::from_value(json).ok()).unwrap_or_default();
    let options = PlanOptions {
        prune: flags.prune || settings.prune.unwrap_or(false),
        take_over: flags.take_over,
        adopt_now: flags.adopt_now,
        approvals: policy,
        held: prepared.held.clone(),
        removals: prepared.removals.clone(),
    };
    let schemas = adplane_platforms::schemas();
    let bindings = prepared.state().bindings().ids();
    let mut plan = plan(&PlanInput {
        desired: &prepared.desired,
        observed,
        schemas: &schemas,
        options: &options,
        bindings: &bindings,
        now: connected.clock.now(),
    });
    plan.diagnostics.extend(prepared.notes.iter().cloned());
    plan.diagnostics.extend(drift::unmanaged(prepared, &plan, observed));
    plan.diagnostics.sort();
    let context = DocumentContext {
        desired: &prepared.desired,
        observed,
        engine: ENGINE,
        approvals: approvals.as_ref(),
    };
    let mut document = PlanDocument::new(&plan, &context);
    document.diagnostics.extend(paused(&plan, &prepared.state()));
    let root = &prepared.loaded.project.root;
    let seen = root.strip_prefix(&prepared.loaded.cwd).unwrap_or(root);
    document.root = Some(seen.to_string_lossy().into_owned());
    document.range.clone_from(&prepared.range);
    if document.approvals.is_some() {
        document.authors =
            people::authors_of(&document, &prepared.desired, &prepared.loaded.project, &prepared.loaded.cwd);
        document.seal();
    }
    document
}

/// Saves a plan so that a full disk or a crash leaves the old file or the new one, never half of it.
pub(crate) fn save_plan(document: &PlanDocument, file: &std::path::Path) -> Result<(), Failure> {
    let text = render::plan(document, OutputFormat::Json);
    write_atomically(file, text.as_bytes()).map_err(|error| {
        Failure::from_error(Exit::Error, &error).hint("nothing was saved; a former file is unchanged")
    })
}

/// What of a plan the kill switch holds back.
fn paused(plan: &Plan, state: &StateDir) -> Vec<Diagnostic> {
    let pauses = match state.pauses() {
        Ok(pauses) => pauses,
        Err(error) => return vec![Diagnostic::error("pause-unreadable", error.to_string())],
    };
    let held = |pause: &Pause| {
        let steps = plan.steps.iter().filter(|step| {
            let change = &plan.changes[step.change];
            pause.scope.covers(&change.address, plan.labels.get(&change.address))
                && !lowers_spend(change, step)
        });
        steps.map(|step| step.change).collect::<BTreeSet<usize>>().len()
    };
    let told = pauses.pauses.iter().map(|pause| {
        let changes = match held(pause) {
            0 => "no change waits".to_owned(),
            1 => "1 change waits".to_owned(),
            count => format!("{count} changes wait"),
        };
        Diagnostic::warning("paused", format!("{pause}: {changes}"))
            .hint("`adplane pause --lift` restores what was stopped and lets writes through again")
    });
    told.collect()
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
