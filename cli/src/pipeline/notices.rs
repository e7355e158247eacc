//! Telling people what a command did: events are kept in the outbox at once and sent before the command ends.
//!
//! Nothing here changes what a command does or its exit code. What could not be kept or sent is told on stderr, and
//! whatever is kept is tried again by the next command or pass.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use adplane_core::diagnostic::Diagnostic;
use adplane_core::notify::NotificationPolicy;
use adplane_engine::clock::Clock;
use adplane_engine::credentials::Local;
use adplane_engine::notify::{Flush, Flushed, Outbox, Trouble};
use adplane_engine::state::StateDir;
use adplane_manifest::{LoadRequest, Loaded, load, lower_notifications};

use super::happenings::Told;
use super::{Prepared, locate_channels};
use crate::error::{Exit, Failure};
use crate::settings::Settings;
use crate::ui::Ui;

/// How long a command waits for its channels, after its work.
const BUDGET: Duration = Duration::from_secs(20);

/// Where a command tells what happened.
pub(crate) struct Notices<'a> {
    policies: Vec<NotificationPolicy>,
    project: Option<String>,
    outbox: Outbox,
    clock: Clock,
    settings: &'a Settings,
    ui: &'a Ui,
    /// Whether the outcome was told already, so that an error does not tell it again.
    told: AtomicBool,
}

impl<'a> Notices<'a> {
    /// Those of a project that is loaded.
    pub(crate) fn of(prepared: &Prepared, clock: Clock, settings: &'a Settings, ui: &'a Ui) -> Self {
        Self {
            policies: prepared.desired.notifications.clone(),
            project: prepared.desired.project.as_ref().map(ToString::to_string),
            outbox: Outbox::of(&prepared.state()),
            clock,
            settings,
            ui,
            told: AtomicBool::new(false),
        }
    }

    /// Those of a project that is known by its folder alone, as beside a saved plan.
    pub(crate) fn beside(root: &Path, clock: Clock, settings: &'a Settings, ui: &'a Ui) -> Self {
        let file = root.join("adplane.yaml");
        let request = LoadRequest {
            project_file: file.is_file().then_some(file),
            cwd: settings.cwd.clone(),
            ..LoadRequest::default()
        };
        let loaded = if request.project_file.is_some() { load(&request) } else { Loaded::default() };
        let mut policies = lower_notifications(&loaded);
        locate_channels(&mut policies);
        Self {
            policies,
            project: loaded.project.settings.project.as_ref().map(|name| name.0.clone()),
            outbox: Outbox::of(&StateDir::of_project(root)),
            clock,
            settings,
            ui,
            told: AtomicBool::new(false),
        }
    }

    /// Whether the outcome was told since [`Self::begin`].
    pub(crate) fn has_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    /// Another pass begins.
    pub(crate) fn begin(&self) {
        self.told.store(false, Ordering::Relaxed);
    }

    /// Keeps how the work ended, which is told once.
    pub(crate) fn keep_outcome(&self, happened: Vec<Told>) {
        self.told.fetch_or(!happened.is_empty(), Ordering::Relaxed);
        self.keep(happened);
    }

    /// Keeps what happened, to be sent by [`Self::flush`]; whether that worked.
    pub(crate) fn keep(&self, happened: Vec<Told>) -> bool {
        if happened.is_empty() {
            return true;
        }
        let now = self.clock.now();
        let events = happened
            .into_iter()
            .map(|(happening, subjects)| happening.event(self.project.as_deref(), now, subjects))
            .collect();
        let kept = self.outbox.take_in(&self.policies, events, now);
        if let Err(error) = &kept {
            self.ui.failure(
                &Failure::new(Exit::Done, "nobody is told: notifications cannot be kept")
                    .caused_by(error)
                    .hint("free the disk or the folder; what the command did is done all the same"),
            );
        }
        kept.is_ok()
    }

    /// Sends what is due, within a bounded time, and tells which channels could not be reached.
    pub(crate) async fn flush(&self) {
        let secrets = Local { base: &self.settings.cwd, environment: &Settings::environment };
        let flush = Flush {
            outbox: &self.outbox,
            policies: &self.policies,
            secrets: &secrets,
            clock: self.clock,
            budget: BUDGET,
        };
        match flush.run().await {
            Ok(flushed) => self.ui.diagnostics(&warnings(&flushed), &|_| None),
            Err(error) => self.ui.failure(
                &Failure::new(Exit::Done, "notifications cannot be sent")
                    .caused_by(&error)
                    .hint("free the disk or the folder; they are sent by the next command"),
            ),
        }
    }
}

/// What people should know of an attempt to send.
pub(crate) fn warnings(flushed: &Flushed) -> Vec<Diagnostic> {
    let mut found: Vec<Diagnostic> = flushed.troubles.iter().map(warning).collect();
    if flushed.unfinished {
        found.push(
            Diagnostic::warning("notification-not-sent", "not every notification was sent in time")
                .hint("the next command goes on; `adplane ops retry` does so now"),
        );
    }
    found
}

fn warning(trouble: &Trouble) -> Diagnostic {
    let message = format!("{} was not told: {}", trouble.place, trouble.message);
    let found = Diagnostic::warning("notification-not-sent", message);
    match (trouble.dead, trouble.next) {
        (0, Some(next)) => {
            found.hint(format!("it is tried again after {next}; `adplane ops list` shows what waits"))
        }
        (0, None) => found.hint("it is tried again; `adplane ops list` shows what waits"),
        (dead, _) => found.hint(format!(
            "given up: {dead}; `adplane ops list` shows them, `adplane ops retry` tries them again"
        )),
    }
}
