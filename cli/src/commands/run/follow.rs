//! Following a branch, and what the daemon says of it.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use adplane_core::plan::document::PlanDocument;
use adplane_engine::git::{ObjectId, Repository};
use adplane_engine::pools::PoolStage;
use adplane_engine::state::{StateDir, write_atomically};
use jiff::Timestamp;

use crate::commands::log::{FOLLOWED, Followed};
use crate::error::{Exit, Failure};
use crate::pipeline::pools::Paced;
use crate::pipeline::revision::git_failure;
use crate::pipeline::rules::Ticked;
use crate::render::words;

/// The last commit that the platforms were brought in line with.
const FOLLOWING: &str = "following";
/// Longest wait for a fetch.
const FETCH: Duration = Duration::from_mins(2);

/// Fetches the checked-out branch and moves it forward, by the `git` program: it has the credentials and the
/// transports. Anything but a fast-forward is refused.
pub(super) async fn fetch(root: &Path) -> Result<(), Failure> {
    for arguments in [&["fetch", "--quiet"][..], &["merge", "--quiet", "--ff-only", "@{upstream}"][..]] {
        let mut command = tokio::process::Command::new("git");
        command
            .args(arguments)
            .current_dir(root)
            .env("GIT_TERMINAL_PROMPT", "0")
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true);
        let failed = |because: String| {
            Failure::error(format!("`git {}` failed: {because}", arguments.join(" "))).hint(
                "the checkout must have an upstream, no local commits, and credentials that need no prompt",
            )
        };
        let output = tokio::time::timeout(FETCH, command.output())
            .await
            .map_err(|_| failed(format!("no answer in {} s", FETCH.as_secs())))?
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
    }
    Ok(())
}

/// The commit to bring the platforms in line with.
pub(super) fn head(git: &dyn Repository, branch: Option<&str>) -> Result<ObjectId, Failure> {
    if let Some(wanted) = branch {
        let found = git.branch();
        if found.as_deref() != Some(wanted) {
            let found = found.map_or_else(|| "no branch".to_owned(), |found| format!("`{found}`"));
            return Err(Failure::error(format!("the checkout is on {found}, not on `{wanted}`"))
                .hint("check the branch out, or leave `--branch` out"));
        }
    }
    git.revision("HEAD").map_err(|error| git_failure(&error))
}

/// The commit that the platforms were last in line with.
pub(super) fn following(state: &StateDir, git: &dyn Repository) -> Option<ObjectId> {
    let text = std::fs::read_to_string(state.root().join(FOLLOWING)).ok()?;
    git.revision(text.trim()).ok()
}

/// The platforms are in line with a commit.
pub(super) fn in_line(state: &StateDir, commit: ObjectId, git: &dyn Repository) -> Result<(), Failure> {
    if following(state, git) == Some(commit) {
        return Ok(());
    }
    write_atomically(&state.root().join(FOLLOWING), format!("{commit}\n").as_bytes()).map_err(Failure::from)
}

/// Remembers which plan carried a commit, for `adplane log`.
pub(super) fn carried(state: &StateDir, commit: ObjectId, plan: &str, at: Timestamp) -> Result<(), Failure> {
    let line = Followed { commit: commit.to_string(), plan: plan.to_owned(), at };
    let path = state.root().join(FOLLOWED);
    let written = std::fs::OpenOptions::new().create(true).append(true).open(&path).and_then(|mut file| {
        let text = serde_json::to_string(&line).unwrap_or_default();
        writeln!(file, "{text}")
    });
    written.map_err(|error| Failure::error(format!("cannot write `{}`", path.display())).caused_by(&error))
}

/// One line per account, and one per drift.
pub(super) fn report(commit: ObjectId, document: &PlanDocument, what: &str) {
    let commit = commit.short();
    for account in &document.scope.accounts {
        let changes = document.changes.iter().filter(|change| {
            change.address.account == account.name && change.address.namespace == account.namespace
        });
        let pending = changes.clone().filter(|change| change.action.writes()).count();
        let blocked = changes.count() - pending;
        tracing::info!(
            target: "adplane_run",
            %commit,
            plan = %document.hash,
            account = %format!("{}/{}", account.namespace, account.name),
            changes = pending,
            blocked,
            "{what}"
        );
    }
    for drift in &document.drift {
        tracing::warn!(
            target: "adplane_run",
            %commit,
            plan = %document.hash,
            account = %drift.address.account_key(),
            policy = ?drift.policy,
            "drift: {}",
            words::drift(drift)
        );
    }
}

/// One line for each thing that rules did, asked for, or could not do.
pub(super) fn ticked(ticked: &Ticked) {
    for task in &ticked.tasks {
        tracing::info!(
            target: "adplane_run",
            rule = %task.intent.rule,
            object = %task.intent.object,
            task = task.short(),
            stage = task.stage.word(),
            because = task.why.as_deref().unwrap_or_default(),
            "{}", task.shown()
        );
    }
    for notice in &ticked.run.notices {
        tracing::warn!(target: "adplane_run", code = notice.code, "{}", notice.message);
    }
}

/// One line for each pool, and one for each thing that was done for it or waits.
pub(super) fn paced(paced: &Paced) {
    let (pool, allotment) = (&paced.pool.pool, &paced.pool.allotment);
    let name = format!("{}/{}", pool.namespace, pool.name);
    for action in &paced.actions {
        tracing::info!(
            target: "adplane_run",
            pool = %name,
            object = %action.object,
            stage = action.stage.word(),
            because = action.why.as_deref().unwrap_or(&action.because),
            "{}", action.change
        );
    }
    if let Some(unknown) = allotment.unknown() {
        tracing::warn!(target: "adplane_run", pool = %name, "{unknown}");
    }
    let today = allotment.budget.map(|budget| pool.money(budget).to_string());
    let written = paced.actions.iter().filter(|action| action.stage == PoolStage::Written).count();
    tracing::info!(
        target: "adplane_run",
        pool = %name,
        state = %allotment.standing,
        day = %allotment.day,
        spent = %pool.money(allotment.spent),
        left = %pool.money(allotment.left),
        today = today.as_deref().unwrap_or_default(),
        written,
        open = paced.actions.len() - written,
        "paced"
    );
}

/// Why a pass failed, and when the next one comes.
pub(super) fn failed(failure: &Failure, failures: u32, wait: Duration) {
    let causes = failure.causes.join(": ");
    tracing::error!(
        target: "adplane_run",
        failures,
        next_in_seconds = wait.as_secs(),
        causes,
        hint = failure.hint.as_deref().unwrap_or_default(),
        "{}",
        if failure.message.is_empty() { "the pass failed, see above" } else { &failure.message }
    );
}

/// What a pass waits for.
pub(super) fn waits(commit: ObjectId, document: &PlanDocument, failure: &Failure) {
    let what = match failure.exit {
        Exit::Unapproved => "waits for approval",
        Exit::Denied => "waits: denied for now",
        _ => "waits",
    };
    tracing::warn!(
        target: "adplane_run",
        commit = %commit.short(),
        plan = %document.hash,
        causes = failure.causes.join("; "),
        hint = failure.hint.as_deref().unwrap_or_default(),
        "{what}: {}",
        failure.message
    );
}
