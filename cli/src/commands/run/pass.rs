//! One pass: follow, load, look, plan, and apply what may be applied.

use std::path::PathBuf;
use std::sync::Arc;

use adplane_core::observed::Observed;
use adplane_core::plan::document::{DocumentDrift, PlanDocument};
use adplane_engine::execute::wait_for_unfinished;
use adplane_engine::git::{ObjectId, Repository};

use super::follow;
use crate::args::{Global, PathArgs, PlanFlags, RunArgs};
use crate::commands::apply::{Desk, approved, carry_out};
use crate::commands::plan::save;
use crate::error::{Exit, Failure};
use crate::pipeline::notices::Notices;
use crate::pipeline::revision::{repository, root_near, tree};
use crate::pipeline::watch::{self, Sight};
use crate::pipeline::{self, Connected, Interrupt, Prepared, happenings, metrics, people};
use crate::settings::Settings;
use crate::ui::Ui;

/// Where plans wait for approval, below `.adplane/`, unless a folder is given.
const PLANS: &str = "plans";
/// Digits of a plan's hash in the name of its file.
const DIGITS: usize = 16;

/// What a pass may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mode {
    /// Look and say what would be done.
    Look,
    /// Apply.
    Write,
    /// Apply if the plan still has this hash.
    WriteOnly(String),
}

/// How a pass ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Passed {
    /// There was nothing to write.
    InSync,
    /// There is something to write, and this pass did not.
    Planned(String),
    /// It was written.
    Applied,
    /// It may not be written yet.
    Waits(Exit),
}

impl Passed {
    pub(super) fn hash(&self) -> Option<&str> {
        match self {
            Self::Planned(hash) => Some(hash),
            Self::InSync | Self::Applied | Self::Waits(_) => None,
        }
    }
}

/// What a pass came to, with what it rests on.
struct Planned<'a> {
    document: &'a PlanDocument,
    prepared: &'a Prepared,
    connected: &'a Connected,
}

/// What is wrong with a commit, for people.
fn unsound(commit: ObjectId, found: &Prepared) -> String {
    let errors = found.diagnostics.iter().filter(|finding| finding.is_error());
    let first = errors.clone().next().map(|finding| {
        let place = finding.origin.as_ref().map(|origin| format!("{origin}: ")).unwrap_or_default();
        format!("{place}{}", finding.message)
    });
    let first = first.unwrap_or_default();
    format!("commit {} is not sound ({} errors, the first: {first})", commit.short(), errors.count())
}

/// What stays between passes.
pub(super) struct Daemon<'a> {
    global: &'a Global,
    pub(super) args: &'a RunArgs,
    pub(super) settings: &'a Settings,
    pub(super) ui: &'a Ui,
    git: Arc<dyn Repository>,
    root: PathBuf,
    /// The last commit whose YAML was sound.
    sound: Option<ObjectId>,
    /// Drift that was told before, with who brought it about.
    drift: Vec<DocumentDrift>,
    /// Who is told, as the last commit that could be loaded says.
    pub(super) notices: Option<Notices<'a>>,
    /// Whether there are automation rules or pools.
    pub(super) automates: bool,
    /// How they went in the last pass.
    pub(super) automated: Result<(), Failure>,
}

impl<'a> Daemon<'a> {
    pub(super) fn open(
        global: &'a Global,
        args: &'a RunArgs,
        settings: &'a Settings,
        ui: &'a Ui,
    ) -> Result<Self, Failure> {
        let folder = args.path.as_ref().map_or_else(|| settings.cwd.clone(), |path| settings.cwd.join(path));
        let git = repository(&folder)?;
        let root = root_near(&*git, &folder);
        Ok(Self {
            global,
            args,
            settings,
            ui,
            git,
            root,
            sound: None,
            drift: Vec::new(),
            notices: None,
            automates: false,
            automated: Ok(()),
        })
    }

    /// One pass, and then what is to be told of it.
    pub(super) async fn pass(&mut self, mode: Mode) -> Result<Passed, Failure> {
        if let Some(notices) = &self.notices {
            notices.begin();
        }
        self.automated = Ok(());
        let passed = self.work(mode).await;
        if let Some(notices) = &self.notices {
            if let Err(failure) = &passed
                && !notices.has_told()
            {
                notices.keep_outcome(happenings::failed(failure));
            }
            notices.flush().await;
        }
        passed
    }

    async fn work(&mut self, mode: Mode) -> Result<Passed, Failure> {
        if self.args.fetch
            && let Err(failure) = follow::fetch(&self.root).await
        {
            // What was fetched before still counts, and drift is still looked after.
            follow::failed(&failure, 1, std::time::Duration::ZERO);
        }
        let head = follow::head(&*self.git, self.args.branch.as_deref())?;
        let (commit, mut prepared) = self.prepare(head)?;
        let state = prepared.state();
        self.take_removals(&mut prepared, &state)?;
        self.automates = !prepared.rules.is_empty() || !prepared.pools.is_empty();
        let connected = pipeline::connect_project(&mut prepared, self.settings).await?;
        self.notices = Some(Notices::of(&prepared, connected.clock, self.settings, self.ui));
        wait_for_unfinished(&state.journal(), connected.clock).await;
        let observed = pipeline::observe_all(&prepared, &connected, self.ui).await;
        let flags = PlanFlags::default();
        let everything = pipeline::make_plan(&prepared, &connected, &observed, &flags);
        let drift = self.drift(&everything, &prepared, &connected).await;
        pipeline::remember(&prepared, &everything)?;
        prepared.held.extend(pipeline::alerted(&drift));
        let mut document = pipeline::make_plan(&prepared, &connected, &observed, &flags);
        document.drift = pipeline::with_outcome(drift, &document);
        if let Some(notices) = &self.notices {
            notices.keep(happenings::drifted(&document));
        }
        if let Some(error) = document.diagnostics.iter().find(|finding| finding.is_error()) {
            if mode != Mode::Look {
                // Of what could be read rules and pools go on: a pool that is used up is paused all the same.
                self.automated = self.automate(&mut prepared, &connected, Some(&observed)).await;
            }
            return Err(Failure::error(error.message.clone()).hint(error.hint.clone().unwrap_or_default()));
        }
        let planned = Planned { document: &document, prepared: &prepared, connected: &connected };
        let passed = self.carry(&mode, commit, head, &planned).await;
        if mode != Mode::Look {
            // What the pass did is seen anew.
            let seen = Some(&observed).filter(|_| matches!(passed, Ok(Passed::InSync)));
            self.automated = self.automate(&mut prepared, &connected, seen).await;
        }
        if !Interrupt::watch().is_raised() {
            self.look_after(&prepared, &connected, &observed).await;
        }
        passed
    }

    /// Applies what was planned, as far as this pass may.
    async fn carry(
        &self,
        mode: &Mode,
        commit: ObjectId,
        head: ObjectId,
        planned: &Planned<'_>,
    ) -> Result<Passed, Failure> {
        let Planned { document, prepared, connected } = planned;
        if document.steps.is_empty() {
            follow::report(commit, document, "in sync");
            if commit == head && document.summary.blocked == 0 {
                follow::in_line(&prepared.state(), commit, &*self.git)?;
            }
            return Ok(Passed::InSync);
        }
        let may_write = match mode {
            Mode::Look => false,
            Mode::Write => true,
            Mode::WriteOnly(hash) => *hash == document.hash,
        };
        if !may_write {
            follow::report(commit, document, "would apply; this pass only looks");
            return Ok(Passed::Planned(document.hash.clone()));
        }
        follow::report(commit, document, "applying");
        self.apply(commit, document, prepared, connected).await
    }

    /// Last, so that nothing waits for it: numbers, budgets, reviews and credentials, where anybody is told of them.
    async fn look_after(&self, prepared: &Prepared, connected: &Connected, observed: &Observed) {
        let Some(notices) = &self.notices else { return };
        let store = if watch::wants_numbers(&prepared.desired.notifications) {
            match metrics::open(prepared).await {
                Ok(store) => Some(store),
                Err(failure) => {
                    self.ui.failure(&failure);
                    None
                }
            }
        } else {
            None
        };
        if let Some(store) = &store
            && let Err(failure) = metrics::refresh(prepared, connected, store.as_ref()).await
        {
            self.ui.failure(&failure);
        }
        let sight = Sight { store: store.as_deref(), observed: Some(observed) };
        watch::look(prepared, connected, sight, notices, self.ui).await;
    }

    /// What the commit wants, or what the last sound one did.
    fn prepare(&mut self, head: ObjectId) -> Result<(ObjectId, Prepared), Failure> {
        let found = self.load(head)?;
        if !found.has_errors() {
            self.sound = Some(head);
            return Ok((head, found));
        }
        let message = unsound(head, &found);
        let waits =
            |message: String| Failure::error(message).hint("nothing is touched until a sound commit comes");
        let Some(sound) = self.sound else { return Err(waits(message)) };
        let former = self.load(sound)?;
        // What it rests on outside of git may have changed since.
        if former.has_errors() {
            return Err(waits(format!("{message}; {}", unsound(sound, &former))));
        }
        let still = sound.short();
        tracing::error!(target: "adplane_run", commit = %head.short(), "{message}; {still} stays in force");
        Ok((sound, former))
    }

    fn load(&self, commit: ObjectId) -> Result<Prepared, Failure> {
        let paths = PathArgs { paths: self.args.path.iter().cloned().collect() };
        let files = tree(&self.git, commit, &self.root)?;
        let mut prepared = pipeline::prepare_from(self.settings, &paths, files);
        if let Some(found) = &prepared.unsettled {
            return Err(Failure::error(found.message.clone()).hint("nothing is touched until then"));
        }
        pipeline::filter(&mut prepared.desired, self.global)?;
        Ok(prepared)
    }

    /// What was taken out since the platforms were last in line with a commit is removed: git is the proof.
    fn take_removals(
        &self,
        prepared: &mut Prepared,
        state: &adplane_engine::state::StateDir,
    ) -> Result<(), Failure> {
        let pruned = prepared.loaded.project.settings.prune.unwrap_or(false);
        if let Some(base) = follow::following(state, &*self.git).filter(|_| !pruned) {
            let former = self.load(base)?;
            pipeline::take_removals(prepared, &former);
        }
        Ok(())
    }

    /// Drift with names; the platforms are asked only when there is something new to ask about.
    async fn drift(
        &mut self,
        document: &PlanDocument,
        prepared: &Prepared,
        connected: &Connected,
    ) -> Vec<DocumentDrift> {
        let found = pipeline::find_drift(document, prepared);
        let same = |one: &DocumentDrift, other: &DocumentDrift| {
            one.address == other.address && one.path == other.path && one.live == other.live
        };
        let known = found.len() == self.drift.len()
            && found.iter().zip(&self.drift).all(|(one, other)| same(one, other));
        if !known {
            self.drift = pipeline::name_drift(found, prepared, connected, self.ui).await;
        }
        self.drift.clone()
    }

    async fn apply(
        &self,
        commit: ObjectId,
        document: &PlanDocument,
        prepared: &Prepared,
        connected: &Connected,
    ) -> Result<Passed, Failure> {
        let state = prepared.state();
        let file = self.plan_file(document, prepared);
        if document.approvals.is_some() {
            save(document, &file)?;
        }
        let requests = pipeline::requests(&prepared.desired);
        let sources = |file: &str| prepared.source(file);
        let project = Some(&prepared.loaded.project);
        let evidence = people::sources(project, Some(&file), &self.args.approvals, self.settings);
        let notices =
            self.notices.as_ref().ok_or_else(|| Failure::new(Exit::Internal, "nobody can be told"))?;
        let desk =
            Desk { state: state.clone(), settings: self.settings, ui: self.ui, sources: &sources, notices };
        let done = match approved(document, evidence, connected, self.ui) {
            Ok(approved) => carry_out(document, &approved, connected, &requests, &desk).await,
            Err(failure) => Err(failure),
        };
        match done {
            Ok(Exit::Done) => {
                follow::carried(&state, commit, &document.hash, connected.clock.now())?;
                follow::report(commit, document, "applied");
                Ok(Passed::Applied)
            }
            Ok(exit) => Err(Failure::new(exit, "the plan was not applied whole")
                .hint("the next pass goes on from what is live")),
            Err(failure) if matches!(failure.exit, Exit::Unapproved | Exit::Denied) => {
                let exit = failure.exit;
                let failure = if exit == Exit::Unapproved {
                    failure.hint(format!("approve it with `adplane approve {}`", file.display()))
                } else {
                    failure
                };
                follow::waits(commit, document, &failure);
                notices.keep_outcome(happenings::not_applied(document, &failure));
                Ok(Passed::Waits(exit))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Where plans wait for approval.
    pub(super) fn plans(&self, prepared: &Prepared) -> PathBuf {
        let named = self.args.plans.clone();
        named.map_or_else(|| prepared.state().root().join(PLANS), |folder| self.settings.cwd.join(folder))
    }

    /// The file of a plan that waits for approval: the same hash has the same file, and keeps its approvals.
    fn plan_file(&self, document: &PlanDocument, prepared: &Prepared) -> PathBuf {
        let folder = self.plans(prepared);
        let digits: String = document.hash.trim_start_matches("sha256:").chars().take(DIGITS).collect();
        folder.join(format!("plan-{digits}.json"))
    }
}
