//! A patch of the YAML, given to whoever asked for it: printed, written into the files, or committed on a branch.

use crate::args::PatchFlags;
use crate::error::{Exit, Failure};
use crate::pipeline::patches::{Made, Pen, commit};
use crate::ui::Ui;

pub(super) fn give(
    pen: &Pen<'_>,
    made: &Made,
    heading: &str,
    flags: &PatchFlags,
    ui: &Ui,
) -> Result<Exit, Failure> {
    for line in &made.already {
        ui.note(line);
    }
    if !made.is_empty() {
        if flags.write {
            pen.write(made)?;
            for line in &made.said {
                ui.data(&format!("{line}\n"))?;
            }
        } else {
            let patch = pen.patch(made, heading)?;
            if let Some(branch) = &flags.branch {
                let message = message(heading, made);
                let id = commit(&patch, branch, &message)?;
                ui.data(&format!("{id} {branch}\n"))?;
                ui.note(&format!("committed on `{branch}`, beside the checkout; nothing was pushed"));
            } else {
                ui.data(&patch.text)?;
                ui.note(&format!("`git apply` takes it in {}", patch.folder.display()));
            }
        }
    }
    ui.diagnostics(&made.refused, &|file| pen.source(file));
    Ok(if made.refused.is_empty() { Exit::Done } else { Exit::Error })
}

/// The message of a commit: what it is about, then each value.
fn message(heading: &str, made: &Made) -> String {
    format!("{}\n\n{}\n", heading, made.said.join("\n"))
}
