//! `adplane log`: the change log that git holds, told in the team's words.

mod applied;
mod show;
mod walk;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use adplane_engine::git::{Commit, ObjectId, Repository};

use crate::args::LogArgs;
use crate::error::{Exit, Failure};
use crate::pipeline::revision::{git_failure, repository, root_near};
use crate::settings::Settings;
use crate::ui::Ui;

use applied::{AppliedPlans, PlanNote};
pub(crate) use applied::{FOLLOWED, Followed};
use walk::{Filter, Walker};

/// What one commit did.
struct Entry {
    commit: Commit,
    plans: Vec<PlanNote>,
    told: walk::Told,
}

/// Which commits to tell of.
struct Range {
    tip: ObjectId,
    except: Option<ObjectId>,
}

pub(super) fn run(args: &LogArgs, settings: &Settings, ui: &Ui) -> Result<Exit, Failure> {
    let git = repository(&settings.cwd)?;
    let root = root_near(&*git, &settings.cwd);
    let (range, paths) = split(&*git, args, &settings.cwd)?;
    let project = settings.cwd.ancestors().find(|folder| folder.join("adplane.yaml").is_file());
    let folders = if paths.is_empty() { project.map(Path::to_owned).into_iter().collect() } else { paths };
    let below: BTreeSet<String> = folders.iter().filter_map(|path| inside(&root, path)).collect();
    if below.len() < folders.len() {
        return Err(Failure::new(Exit::Usage, format!("a path lies outside of `{}`", root.display()))
            .hint("name files and folders of this repository"));
    }
    let plans = AppliedPlans::read(project.unwrap_or(&settings.cwd));
    let mut walker = Walker::new(Arc::clone(&git), Filter::new(below, &args.target));
    let mut writer = show::Writer::new(args.format, ui);
    for id in git.walk(range.tip, range.except).map_err(|error| git_failure(&error))? {
        let commit = git.commit(id).map_err(|error| git_failure(&error))?;
        let told = walker.tell(&commit)?;
        if told.is_empty() {
            continue;
        }
        writer.entry(&Entry { plans: plans.of(&commit, &told.objects), commit, told })?;
        if args.max_count.is_some_and(|most| writer.count() >= most) || !ui.is_heard() {
            break;
        }
    }
    writer.finish()?;
    Ok(Exit::Done)
}

/// The range, which may come first, and the paths.
fn split(git: &dyn Repository, args: &LogArgs, cwd: &Path) -> Result<(Range, Vec<PathBuf>), Failure> {
    let revision = |text: &str| git.revision(text).map_err(|error| git_failure(&error));
    let mut words = args.words.as_slice();
    let mut range = None;
    if let Some((first, rest)) = words.split_first() {
        let there = cwd.join(first).exists();
        if let Some((from, to)) = first.split_once("..").filter(|_| !there) {
            if to.starts_with('.') {
                return Err(Failure::new(Exit::Usage, format!("`{first}` is not a range"))
                    .hint("write `A..B`: what `B` holds and `A` does not"));
            }
            let end = |text: &str| revision(if text.is_empty() { "HEAD" } else { text });
            range = Some(Range { tip: end(to)?, except: Some(end(from)?) });
            words = rest;
        } else if !there {
            let tip = revision(first).map_err(|failure| {
                failure.hint(format!("`{first}` is neither a revision of git nor a file or folder"))
            })?;
            range = Some(Range { tip, except: None });
            words = rest;
        }
    }
    if let Some(missing) = words.iter().find(|path| !cwd.join(path).exists()) {
        return Err(Failure::new(Exit::Usage, format!("`{missing}` does not exist"))
            .hint("write `adplane log [RANGE] [PATH..]`; of a removed file name the folder"));
    }
    let range = match range {
        Some(range) => range,
        None => Range { tip: revision("HEAD")?, except: None },
    };
    Ok((range, words.iter().map(|path| cwd.join(path)).collect()))
}

/// A path from the repository's root, parts joined by `/`; empty for the root itself.
fn inside(root: &Path, path: &Path) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for part in path.strip_prefix(root).ok()?.components() {
        match part {
            std::path::Component::Normal(part) => parts.push(part.to_string_lossy().into_owned()),
            std::path::Component::ParentDir => {
                parts.pop()?;
            }
            _ => {}
        }
    }
    Some(parts.join("/"))
}
