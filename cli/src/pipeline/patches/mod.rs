//! What git should say by now, as a patch of the YAML: what people agreed to of fields that git owns, and what rules
//! have kept in force for long.
//!
//! Each value is edited in memory and proven before anything is shown: everything is loaded again from there, must be
//! valid and say what is meant, and nothing else that is wanted may have changed. What cannot be proven is refused with
//! what to write by hand, and its file stays as it was.

mod branch;
mod diff;
mod place;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use adplane_core::address::Address;
use adplane_core::desired::{Desired, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldPath;
use adplane_core::money::Money;
use adplane_core::overlay::{STATE, settle};
use adplane_core::rules::Change;
use adplane_core::value::Value;
use adplane_engine::rules::Task;
use adplane_manifest::load::absolute;
use compact_str::CompactString;
use jiff::Timestamp;

use super::write_back::{Texts, first_other, put};
use super::{Prepared, prepare_from};
use crate::args::PathArgs;
use crate::error::Failure;
use crate::settings::Settings;
use place::{Edit, Place};

pub(crate) use branch::commit;

/// Something that git should say.
#[derive(Debug, Clone)]
pub(crate) struct Saying {
    pub(crate) object: Address,
    pub(crate) what: Said,
}

/// What of an object.
#[derive(Debug, Clone)]
pub(crate) enum Said {
    /// A field.
    Field { path: FieldPath, value: Value },
    /// The bid, in whichever field it is.
    Bid(Money),
    /// The cost or return that the platform bids for, as people read it.
    Target(String),
    /// The creative of an ad.
    Creative(CompactString),
    /// A label.
    Label { key: CompactString, value: CompactString },
}

impl Said {
    fn field(path: &str, value: Value) -> Self {
        Self::Field { path: FieldPath::new(path), value }
    }
}

/// What git would have to say for what a task wants to be so.
pub(crate) fn sayings(task: &Task) -> Vec<Saying> {
    let each = task.intent.changes.iter().filter_map(|planned| {
        let what = match &planned.change {
            Change::Budget { to, .. } => Said::field(planned.field.as_str(), Value::Money(*to)),
            Change::Pause { .. } => Said::field(STATE, Value::text("Paused")),
            Change::Resume => Said::field(STATE, Value::text("Active")),
            Change::Bid { to, .. } => Said::Bid(*to),
            Change::Target { to, .. } => Said::Target(to.clone()),
            Change::Creative { to, .. } => Said::Creative(to.clone()),
            Change::Label { key, value } => Said::Label { key: key.clone(), value: value.clone() },
            Change::Notify { .. } | Change::ProposePr { .. } | Change::RunReport { .. } => return None,
        };
        Some(Saying { object: planned.object.clone(), what })
    });
    each.collect()
}

/// What a patch is headed with: whose it is.
pub(crate) fn heading(task: &Task) -> String {
    format!("rule {}, {}: {}", task.intent.rule, task.short(), task.shown())
}

/// The files as they are now, to be edited.
pub(crate) struct Pen<'a> {
    before: Prepared,
    paths: PathArgs,
    settings: &'a Settings,
    now: Timestamp,
}

/// What became of sayings.
#[derive(Debug, Default)]
pub(crate) struct Made {
    texts: Texts,
    /// Where which value changes from what to what.
    pub(crate) said: Vec<String>,
    /// What git says already.
    pub(crate) already: Vec<String>,
    /// What is for a person to write, and why.
    pub(crate) refused: Vec<Diagnostic>,
}

/// A patch for `git apply` in a folder.
pub(crate) struct Patch {
    pub(crate) folder: PathBuf,
    pub(crate) text: String,
}

impl<'a> Pen<'a> {
    /// Loads a project.
    pub(crate) fn new(settings: &'a Settings, paths: &PathArgs, now: Timestamp) -> Self {
        let paths = PathArgs { paths: paths.paths.clone() };
        let mut before = prepare_from(settings, &paths, adplane_manifest::FileTree::default());
        settle(&mut before.desired, now);
        Self { before, paths, settings, now }
    }

    /// A file's text, for carets.
    pub(crate) fn source(&self, file: &str) -> Option<String> {
        self.before.source(file)
    }

    /// Makes git say these, as far as that can be proven.
    pub(crate) fn say(&self, sayings: &[Saying]) -> Made {
        let mut made = Made::default();
        let mut wanted = self.before.desired.clone();
        for saying in sayings {
            let place = match place::find(saying, &wanted) {
                Ok(place) => place,
                Err(refused) => {
                    made.refused.push(refused);
                    continue;
                }
            };
            if place.is_said(&wanted) {
                made.already.push(place.already());
                continue;
            }
            match self.edit(&place, &made.texts, &wanted) {
                Ok((texts, after)) => {
                    made.said.push(format!("{}: {}", place.at, place.shown()));
                    (made.texts, wanted) = (texts, after);
                }
                Err(because) => made.refused.push(place.refused(&because)),
            }
        }
        made
    }

    /// Edits one place in memory and proves it.
    fn edit(&self, place: &Place, texts: &Texts, wanted: &Desired) -> Result<(Texts, Desired), String> {
        let file = absolute(&self.before.loaded.cwd, Path::new(&*place.at.file));
        let text = match texts.get(&file) {
            Some(text) => text.clone(),
            None => self.source(&place.at.file).ok_or("its file was not read")?,
        };
        let edited = place.edit(&text, wanted)?;
        let mut texts = texts.clone();
        texts.insert(file, edited);
        let tree = self.before.loaded.tree.with_texts(texts.clone());
        let mut after = prepare_from(self.settings, &self.paths, tree);
        settle(&mut after.desired, self.now);
        if let Some(error) = after.diagnostics.iter().find(|finding| finding.is_error()) {
            return Err(format!("the YAML would not be valid any more: {}", error.message));
        }
        prove(place, wanted, &after.desired)?;
        Ok((texts, after.desired))
    }

    /// The patch of what was made; paths are those of the folder where the command runs, where all files lie in it.
    pub(crate) fn patch(&self, made: &Made, heading: &str) -> Result<Patch, Failure> {
        let folders = [&self.before.loaded.cwd, &self.before.loaded.project.root];
        let holds = |folder: &&&PathBuf| made.texts.keys().all(|file| file.strip_prefix(folder).is_ok());
        let folder = folders.iter().find(holds).ok_or_else(|| {
            Failure::error("what changes lies outside of the project's folder, so one patch cannot hold it")
                .hint("write it into the files with `--write`")
        })?;
        let mut text = String::new();
        // No line of a message is one of the patch.
        for line in heading.lines().chain(made.said.iter().flat_map(|line| line.lines())) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "# {line}");
        }
        for (file, after) in &made.texts {
            let name = file.strip_prefix(folder).unwrap_or(file).to_string_lossy().replace('\\', "/");
            let found = std::fs::read_to_string(file).unwrap_or_default();
            let mark = if found.starts_with('\u{feff}') { "\u{feff}" } else { "" };
            let before = self.loaded(file).unwrap_or_default();
            text.push_str(&diff::unified(&name, &format!("{mark}{before}"), &format!("{mark}{after}")));
        }
        Ok(Patch { folder: (*folder).clone(), text })
    }

    /// Writes what was made into the files; tells which.
    pub(crate) fn write(&self, made: &Made) -> Result<(), Failure> {
        made.texts.iter().try_for_each(|(file, text)| put(&self.before, file, text))
    }

    /// The text of a file as it was loaded, by its absolute path.
    fn loaded(&self, path: &Path) -> Option<String> {
        let loaded = &self.before.loaded;
        let file = loaded.files.iter().find(|file| absolute(&loaded.cwd, Path::new(&***file)) == path)?;
        self.source(file)
    }
}

impl Made {
    /// Whether nothing changes.
    pub(crate) fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }
}

/// That the YAML says what was meant and nothing else.
fn prove(place: &Place, before: &Desired, after: &Desired) -> Result<(), String> {
    let meant = |address: &Address, path: &FieldPath| match &place.edit {
        Edit::Field { path: own, .. } => path == own && is_or_lies_in(address, &place.object, after),
        // Another creative is another text, picture and link of this one ad.
        Edit::Creative(_) => *address == place.object && path.as_str() != STATE,
        Edit::Label { .. } => false,
    };
    if let Some(other) = first_other(before, after, meant) {
        return Err(format!("the same line also decides {other}"));
    }
    for (old, new) in objects(before).zip(objects(after)) {
        let own = is_or_lies_in(&new.address, &place.object, after);
        if old.labels != new.labels && !(own && matches!(place.edit, Edit::Label { .. })) {
            return Err(format!("the same line also decides the labels of {}", new.address.short()));
        }
        let creative = new.address == place.object && matches!(place.edit, Edit::Creative(_));
        if (old.creative != new.creative && !creative) || old.rules_may_pause != new.rules_may_pause {
            return Err(format!("the same line also decides something else of {}", new.address.short()));
        }
    }
    if place.is_said(after) { Ok(()) } else { Err("the YAML cannot say exactly that".to_owned()) }
}

fn objects(desired: &Desired) -> impl Iterator<Item = &DesiredObject> {
    desired.accounts.values().flat_map(|account| account.objects.values())
}

/// Whether an object is another one or lies in it: what a campaign says is copied down to what says nothing itself.
fn is_or_lies_in(address: &Address, above: &Address, desired: &Desired) -> bool {
    let mut next = Some(address.clone());
    while let Some(address) = next {
        if address == *above {
            return true;
        }
        next = desired.object(&address).and_then(|object| object.parent.clone());
    }
    false
}
