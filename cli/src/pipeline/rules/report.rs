//! `runReport`: what an object delivered, as a table in local state.

use std::fmt::Write as _;

use adplane_core::rules::COLUMNS;
use adplane_engine::rules::Task;
use adplane_engine::rules::outcome::reports;
use adplane_engine::state::write_atomically;

use super::Bridge;
use crate::error::Failure;
use crate::render::safe;

/// The folder of reports, in local state.
const REPORTS: &str = "reports";

impl Bridge<'_> {
    /// Writes the reports of these tasks. One that cannot be written stops nothing else.
    pub(super) fn report(&self, tasks: &[Task]) {
        for task in tasks {
            for (name, rows) in reports(task) {
                if let Err(failure) = self.write_report(task, name, rows) {
                    self.ui.failure(&failure);
                }
            }
        }
    }

    fn write_report(&self, task: &Task, name: &str, rows: &[Vec<String>]) -> Result<(), Failure> {
        let folder = self.prepared.state().root().join(REPORTS);
        let file = folder.join(format!("{}.md", task.short()));
        std::fs::create_dir_all(&folder).map_err(|error| {
            Failure::error(format!("`{}` cannot be made", folder.display())).caused_by(&error)
        })?;
        write_atomically(&file, page(task, name, rows).as_bytes())?;
        let rule = &task.intent.rule;
        self.ui.note(&format!("rule `{rule}` reports on {}: {}", task.intent.object.short(), file.display()));
        Ok(())
    }
}

/// The report in Markdown, everything from outside escaped.
fn page(task: &Task, name: &str, rows: &[Vec<String>]) -> String {
    let mut page = format!(
        "# {}\n\n{} at {}, by rule {}\n\n",
        safe::markdown(name),
        safe::markdown(&task.intent.object.to_string()),
        task.at,
        safe::markdown(&task.intent.rule.to_string())
    );
    let line = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    page.push_str(&line(&COLUMNS));
    page.push_str(&line(&COLUMNS.map(|_| "---")));
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| safe::markdown(cell)).collect();
        // Writing to a string does not fail.
        let _ = write!(page, "{}", line(&cells.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    page
}
