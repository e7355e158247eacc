//! `proposePR`: what a rule wants git to say, as a patch in local state for somebody to open a pull request with.

use adplane_core::rules::Change;
use adplane_engine::rules::Task;
use adplane_engine::state::write_atomically;

use super::Bridge;
use crate::args::PathArgs;
use crate::error::Failure;
use crate::pipeline::patches::{Pen, heading, sayings};

/// The folder of patches, in local state.
const PATCHES: &str = "patches";

impl Bridge<'_> {
    /// Writes a patch for each of these tasks that proposes a pull request. One that cannot be made stops nothing else.
    pub(super) fn propose(&self, tasks: &[Task]) {
        let proposing: Vec<(&Task, &str)> =
            tasks.iter().filter_map(|task| Some((task, message(task)?))).collect();
        if proposing.is_empty() {
            return;
        }
        let root = self.prepared.loaded.project.root.clone();
        let pen = Pen::new(self.settings, &PathArgs { paths: vec![root] }, self.connected.clock.now());
        for (task, message) in proposing {
            if let Err(failure) = self.write_patch(&pen, task, message) {
                self.ui.failure(&failure);
            }
        }
    }

    fn write_patch(&self, pen: &Pen<'_>, task: &Task, message: &str) -> Result<(), Failure> {
        let made = pen.say(&sayings(task));
        self.ui.diagnostics(&made.refused, &|file| pen.source(file));
        if made.is_empty() {
            return Ok(());
        }
        let patch = pen.patch(&made, &format!("{message}\n{}", heading(task)))?;
        let folder = self.prepared.state().root().join(PATCHES);
        let file = folder.join(format!("{}.patch", task.short()));
        std::fs::create_dir_all(&folder).map_err(|error| {
            Failure::error(format!("`{}` cannot be made", folder.display())).caused_by(&error)
        })?;
        write_atomically(&file, patch.text.as_bytes())?;
        self.ui.note(&format!(
            "rule `{}` proposes a pull request: `git apply {}` in {}",
            task.intent.rule,
            file.display(),
            patch.folder.display()
        ));
        Ok(())
    }
}

/// The description of the pull request that a task proposes.
fn message(task: &Task) -> Option<&str> {
    task.intent.changes.iter().find_map(|planned| match &planned.change {
        Change::ProposePr { message } => Some(message.as_str()),
        _ => None,
    })
}
