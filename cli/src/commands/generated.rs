//! `adplane crds`, `completions` and `man`: material generated from the types.

use std::path::Path;

use adplane_manifest::schema;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::{Cli, ManArgs};
use crate::error::{Exit, Failure};
use crate::ui::Ui;

pub(super) fn print_crds(ui: &Ui) -> Result<Exit, Failure> {
    let crds = schema::crds_yaml()
        .map_err(|error| Failure::new(Exit::Internal, "cannot write the definitions").caused_by(&error))?;
    let documents: Vec<String> = crds.into_iter().map(|(_, yaml)| format!("---\n{yaml}")).collect();
    ui.data(&documents.concat())?;
    Ok(Exit::Done)
}

pub(super) fn completions(shell: Shell, ui: &Ui) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "adplane", &mut script);
    ui.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}

pub(super) fn man(args: &ManArgs, ui: &Ui) -> Result<Exit, Failure> {
    create_folder(&args.out)?;
    clap_mangen::generate_to(Cli::command(), &args.out).map_err(|error| {
        Failure::error(format!("cannot write manual pages into `{}`", args.out.display())).caused_by(&error)
    })?;
    ui.note(&format!("manual pages are in {0}; read one with `man {0}/adplane.1`", args.out.display()));
    Ok(Exit::Done)
}

pub(super) fn create_folder(folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::error(format!("cannot make the folder `{}`", folder.display())).caused_by(&error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
