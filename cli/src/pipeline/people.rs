//! Who may approve and who wrote what: from the project file, the files of keys, approvals and git.
//!
//! What a saved plan says of itself is not enough to trust it with money: where the project is at hand, its own
//! policy and accounts must be the plan's.

use std::path::{Path, PathBuf};

use adplane_core::desired::Desired;
use adplane_core::field::{FieldOwner, Origin};
use adplane_core::ids::ProjectName;
use adplane_core::overlay::{Ended, Returned, STATE};
use adplane_core::plan::Reason;
use adplane_core::plan::document::{DocumentChange, DocumentField, PlanDocument};
use adplane_engine::approve::{
    Git, Judgement, Sources, Unapproved, Written, authors, commit_exhibits, standing,
};
use adplane_engine::clock::Clock;
use adplane_manifest::api::project::ApprovalPolicy;
use adplane_manifest::load::{DocumentKind, Project};
use adplane_manifest::{LoadRequest, load};

use crate::args::ApprovalFlags;
use crate::error::{Exit, Failure};
use crate::settings::Settings;

/// Where the approvals of a saved plan lie.
pub(crate) fn folder_of(plan: &Path) -> PathBuf {
    let mut folder = plan.as_os_str().to_owned();
    folder.push(".approvals");
    folder.into()
}

/// Where keys and approvals come from: flags, else the project file.
pub(crate) fn sources(
    project: Option<&Project>,
    plan: Option<&Path>,
    flags: &ApprovalFlags,
    settings: &Settings,
) -> Sources {
    let here = |path: &PathBuf| settings.cwd.join(path);
    let there = |path: Option<&String>| Some(project?.root.join(path?));
    let named = project.map(|project| &project.settings);
    let mut sources = Sources {
        signers: flags
            .allowed_signers
            .as_ref()
            .map(here)
            .or_else(|| there(named.and_then(|settings| settings.allowed_signers.as_ref()))),
        revoked: flags
            .revoked_signers
            .as_ref()
            .map(here)
            .or_else(|| there(named.and_then(|settings| settings.revoked_signers.as_ref()))),
        folders: plan.map(|plan| settings.cwd.join(folder_of(plan))).into_iter().collect(),
        commits: Vec::new(),
        witness: None,
    };
    sources.folders.extend(flags.approvals.iter().map(here));
    if !flags.approval_commit.is_empty() {
        let root = project.map_or(&settings.cwd, |project| &project.root);
        let git = Git::new(root, Settings::surroundings());
        sources.commits = commit_exhibits(&git, &sources, &flags.approval_commit);
    }
    sources
}

/// The project that a saved plan belongs to, where it is at hand: above the current directory, where the plan
/// was made, or above its file.
///
/// # Errors
/// When the project at hand is another, or says otherwise than the plan what must be approved or where an
/// account is.
pub(crate) fn project_of(
    document: &PlanDocument,
    file: &Path,
    settings: &Settings,
) -> Result<Option<Project>, Failure> {
    let made = document.root.as_ref().map(|root| settings.cwd.join(root));
    let beside = settings.cwd.join(file).parent().map(Path::to_owned);
    let starts = [Some(settings.cwd.clone()), made, beside];
    let mut files: Vec<PathBuf> = starts
        .iter()
        .flatten()
        .filter_map(|start| {
            start.ancestors().map(|folder| folder.join("adplane.yaml")).find(|file| file.is_file())
        })
        .collect();
    files.dedup();
    let mut other: Option<String> = None;
    for file in files {
        let request =
            LoadRequest { project_file: Some(file), cwd: settings.cwd.clone(), ..LoadRequest::default() };
        let loaded = load(&request);
        let name = loaded.project.settings.project.as_ref().map(|name| name.0.clone());
        if name.as_deref() != document.project.as_ref().map(ProjectName::as_str) {
            other = other.or(name);
            continue;
        }
        same_policy(document, &loaded.project)?;
        same_accounts(document, &loaded)?;
        return Ok(Some(loaded.project));
    }
    match (other, &document.project) {
        (Some(here), Some(project)) => {
            Err(Failure::error(format!("the plan belongs to the project `{project}`, and this is `{here}`"))
                .hint(format!("run it in a checkout of `{project}`, or outside of any project")))
        }
        _ => Ok(None),
    }
}

fn same_policy(document: &PlanDocument, project: &Project) -> Result<(), Failure> {
    let here = project.settings.approvals.as_ref().map(ApprovalPolicy::of_plans);
    if here == document.approvals {
        return Ok(());
    }
    let message = "the plan was made under another approval policy than this project has now";
    Err(Failure::new(Exit::Unapproved, message).hint("plan again, and have that plan approved"))
}

/// An account of the plan must be the one that the project's file of that name describes.
fn same_accounts(document: &PlanDocument, loaded: &adplane_manifest::Loaded) -> Result<(), Failure> {
    let described = |account: &adplane_core::plan::document::DocumentAccount| {
        loaded.documents.iter().find(|candidate| {
            candidate.kind == DocumentKind::AdAccount
                && candidate.name == account.name
                && candidate.namespace == account.namespace
        })
    };
    for account in &document.scope.accounts {
        let here = described(account).and_then(|found| found.text("accountId"));
        let plain = |id: &str| id.replace('-', "").trim_start_matches("act_").to_owned();
        if let Some(here) = here.filter(|here| plain(here) != plain(account.account_id.as_str())) {
            return Err(Failure::error(format!(
                "the plan is for another account: it writes to {}, and `{}` is {here} here",
                account.account_id, account.name
            ))
            .hint("plan again"));
        }
    }
    Ok(())
}

/// How each class of a plan stands; nothing where nobody is asked or it cannot be told.
pub(crate) fn judged(document: &PlanDocument, sources: &Sources, clock: Clock) -> Option<Judgement> {
    match standing(document, sources, clock.now()) {
        Ok(judgement) => judgement,
        Err(error) => {
            tracing::warn!(%error, "approvals cannot be looked at");
            None
        }
    }
}

/// Who wrote what a plan changes; only looked up where somebody is asked to approve.
pub(crate) fn authors_of(
    document: &PlanDocument,
    desired: &Desired,
    project: &Project,
    settings_cwd: &Path,
) -> Vec<String> {
    let mut lines = Written::new();
    let mut removed = false;
    for change in document.changes.iter().filter(|change| change.action.writes()) {
        let mut known = false;
        for origin in origins(change) {
            lines.entry(origin.file.to_string()).or_default().insert(origin.line);
            known = true;
        }
        removed |= !known || took_back(change, desired);
    }
    let git = Git::new(&project.root, Settings::surroundings());
    let revision = document.range.as_ref().and_then(|range| range.to.as_deref());
    authors(&git, settings_cwd, &lines, removed, revision)
}

/// Where what a change writes was written, overlays among it that are in force or over; the object's own place where no
/// field has one.
fn origins(change: &DocumentChange) -> Vec<&Origin> {
    let own = changed(change).filter_map(|field| field.origin.as_ref());
    let in_force = changed(change).filter_map(|field| field.owner.overlay()?.origin.as_ref());
    let over = returned(change).filter_map(|returned| returned.by.origin.as_ref());
    let found: Vec<_> = own.chain(in_force).chain(over).collect();
    if found.is_empty() { change.origin.iter().collect() } else { found }
}

fn changed(change: &DocumentChange) -> impl Iterator<Item = &DocumentField> {
    change.fields.iter().filter(|field| field.before != field.after)
}

fn returned(change: &DocumentChange) -> impl Iterator<Item = &Returned> {
    change.reasons.iter().filter_map(|reason| match reason {
        Reason::Returned(returned) => Some(&**returned),
        _ => None,
    })
}

/// Whether what a change writes may rest on something that was taken out: the rule or the permission of an overlay, or the
/// override itself, of which nothing is left to see. A live field that git lends and that returns to git's value does.
fn took_back(change: &DocumentChange, desired: &Desired) -> bool {
    if returned(change).any(|returned| matches!(returned.ended, Ended::RuleGone | Ended::NotAllowed)) {
        return true;
    }
    let is_lent = |field: &DocumentField| match (&field.owner, field.path.as_str()) {
        (FieldOwner::Managed(managed), _) => managed.overlay.is_none(),
        (FieldOwner::Git, STATE) => {
            let runs = field.after.as_ref().is_some_and(|after| after == "Active");
            runs && desired.object(&change.address).is_some_and(|object| object.rules_may_pause)
        }
        _ => false,
    };
    let told = |field: &DocumentField| returned(change).any(|returned| returned.path == field.path);
    change.id.is_some() && changed(change).any(|field| is_lent(field) && !told(field))
}

/// A policy forbids it: nothing was written, and nobody is asked.
pub(crate) fn denied(rule: &str, message: &str) -> Failure {
    Failure::new(Exit::Denied, format!("nothing was written: policy `{rule}` denies it: {message}"))
        .hint("change what it is about, or the policy, then plan again")
}

/// What to show when approvals are missing.
pub(crate) fn unapproved(error: &Unapproved) -> Failure {
    match error {
        Unapproved::Document(_) | Unapproved::Unsound(_) => {
            Failure::from_error(Exit::Error, error).hint("plan again")
        }
        Unapproved::Denied { rule, message } => denied(rule, message),
        Unapproved::Policy(_) => Failure::from_error(Exit::Unapproved, error).hint("plan again"),
        Unapproved::Keys(_) => Failure::from_error(Exit::Unapproved, error)
            .hint("correct the file, or name another with `--allowed-signers` or `--revoked-signers`"),
        Unapproved::Missing(judgement) => {
            let mut failure =
                Failure::new(Exit::Unapproved, "the approval policy asks for what is not there");
            failure.causes = judgement.missing();
            failure.hint("have the plan approved: `adplane plan --out FILE`, then `adplane approve FILE`")
        }
    }
}
