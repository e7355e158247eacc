//! `drift --write-back`: live values into the YAML, one value at a time, each proven before a byte is written.
//!
//! For each field the text is edited in memory, everything is loaded again from there, and the plan against the same
//! observation must be empty for that field while nothing else that is wanted has changed. What cannot be proven is
//! refused, and its file stays as it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use adplane_core::address::{Address, Kind};
use adplane_core::desired::{Desired, DesiredObject};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::{FieldOwner, FieldPath, FieldSource};
use adplane_core::observed::{Observed, ObservedObject};
use adplane_core::overlay::settle;
use adplane_core::plan::document::PlanDocument;
use adplane_core::value::Value;
use adplane_engine::state::write_atomically;
use adplane_manifest::edit::write_value;
use adplane_manifest::load::absolute;

use super::{Connected, Prepared, differences, make_plan, prepare_from, remember};
use crate::args::{PathArgs, PlanFlags};
use crate::error::{Exit, Failure};
use crate::settings::Settings;

/// A field to take over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wish {
    pub(crate) address: Address,
    pub(crate) path: FieldPath,
}

/// What became of the wishes.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// What was written: `file:line`, the field, from what to what.
    pub(crate) written: Vec<String>,
    /// What was not, and why.
    pub(crate) refused: Vec<Diagnostic>,
}

/// Everything that a proof needs.
pub(crate) struct WriteBack<'a> {
    pub(crate) prepared: &'a Prepared,
    pub(crate) paths: &'a PathArgs,
    pub(crate) settings: &'a Settings,
    pub(crate) connected: &'a Connected,
    pub(crate) observed: &'a Observed,
    pub(crate) document: &'a PlanDocument,
}

/// Texts of files by their absolute paths.
pub(super) type Texts = BTreeMap<PathBuf, String>;

impl WriteBack<'_> {
    /// Takes the live values of fields into the YAML.
    pub(crate) fn run(&self, wishes: &BTreeSet<Wish>) -> Result<Outcome, Failure> {
        let mut outcome = Outcome::default();
        let mut texts = Texts::new();
        let mut wanted = self.prepared.desired.clone();
        for wish in wishes {
            match self.one(wish, &texts, &wanted) {
                Ok((edited, after, line)) => {
                    texts = edited;
                    wanted = after.desired;
                    outcome.written.push(line);
                }
                Err(refusal) => outcome.refused.push(*refusal),
            }
        }
        for (path, text) in &texts {
            put(self.prepared, path, text)?;
        }
        if !texts.is_empty() {
            let (_, again, document) = self.planned(&Texts::new());
            debug_assert!(
                again.desired.accounts.len() == wanted.accounts.len(),
                "what was proven was written"
            );
            remember(&again, &document)?;
        }
        Ok(outcome)
    }

    /// Edits one value in memory and proves it.
    fn one(
        &self,
        wish: &Wish,
        texts: &Texts,
        wanted: &Desired,
    ) -> Result<(Texts, Prepared, String), Box<Diagnostic>> {
        let refuse = |because: String| {
            let message =
                format!("`{}` of {} was not written back: {because}", wish.path, wish.address.short());
            let object = wanted.object(&wish.address);
            let origin = object
                .and_then(|object| object.fields.get(&wish.path))
                .and_then(|field| field.origin.as_ref());
            Box::new(
                Diagnostic::error("not-written-back", message)
                    .on(&wish.address)
                    .field(wish.path.clone())
                    .at(origin)
                    .hint("change the YAML by hand, or apply it to write its value back"),
            )
        };
        let object =
            wanted.object(&wish.address).ok_or_else(|| refuse("the YAML does not hold it".into()))?;
        let field =
            object.fields.get(&wish.path).ok_or_else(|| refuse("the YAML does not hold it".into()))?;
        if let Some(by) = field.owner.overlay() {
            let author = by.author();
            let until = by.ends().map(|end| format!(" until {end}")).unwrap_or_default();
            return Err(refuse(format!("{author} decides it{until}")));
        }
        if let FieldOwner::Managed(managed) = &field.owner
            && let Some(pool) = &managed.pool
        {
            return Err(refuse(format!("pool `{}` decides it", pool.name)));
        }
        let origin = field.origin.as_ref().ok_or_else(|| refuse("it is written nowhere".into()))?;
        let live = self.live(&wish.address).ok_or_else(|| refuse("the object is not live".into()))?;
        let value = live.fields.get(&wish.path).ok_or_else(|| {
            refuse("the platform holds no value; take the field out, or clear it there".into())
        })?;
        let file = absolute(&self.prepared.loaded.cwd, Path::new(&*origin.file));
        let text = match texts.get(&file) {
            Some(text) => text.clone(),
            None => {
                self.prepared.source(&origin.file).ok_or_else(|| refuse("its file was not read".into()))?
            }
        };
        let zone =
            self.prepared.desired.accounts.get(&wish.address.account_key()).map(|account| &account.zone);
        let zone = zone.ok_or_else(|| refuse("its account is not known".into()))?;
        let kind = written_kind(object, field.source, &wish.path);
        let edited = write_value(&text, origin, kind, wish.path.as_str(), value, zone)
            .map_err(|unwritable| refuse(unwritable.because))?;
        let mut texts = texts.clone();
        texts.insert(file, edited);
        let told =
            format!("{origin}: `{}` of {}: {} → {value}", wish.path, wish.address.short(), field.value);
        let (_, after, document) = self.planned(&texts);
        self.prove(wish, wanted, &after, &document).map_err(refuse)?;
        Ok((texts, after, told))
    }

    /// Loads the edited texts and plans against the same observation.
    fn planned(&self, texts: &Texts) -> (bool, Prepared, PlanDocument) {
        let tree = self.prepared.loaded.tree.with_texts(texts.clone());
        let mut after = prepare_from(self.settings, self.paths, tree);
        settle(&mut after.desired, self.connected.clock.now());
        let document = make_plan(&after, self.connected, self.observed, &PlanFlags::default());
        (after.has_errors(), after, document)
    }

    fn prove(
        &self,
        wish: &Wish,
        before: &Desired,
        after: &Prepared,
        document: &PlanDocument,
    ) -> Result<(), String> {
        if let Some(error) = after.diagnostics.iter().find(|finding| finding.is_error()) {
            return Err(format!("the YAML would not be valid any more: {}", error.message));
        }
        let meant = |address: &Address, path: &FieldPath| *address == wish.address && *path == wish.path;
        if let Some(other) = first_other(before, &after.desired, meant) {
            return Err(format!("the same line also decides {other}"));
        }
        let change = document.changes.iter().find(|change| change.address == wish.address);
        let left = change.into_iter().flat_map(differences).flatten().any(|field| field.path == wish.path);
        if left || self.still_differs(wish, &after.desired) {
            return Err("the YAML cannot say exactly what is live".into());
        }
        Ok(())
    }

    fn still_differs(&self, wish: &Wish, after: &Desired) -> bool {
        let wanted = after.object(&wish.address).and_then(|object| object.value(wish.path.as_str()));
        let live = self.live(&wish.address).and_then(|live| live.fields.get(&wish.path));
        wanted != live
    }

    fn live(&self, address: &Address) -> Option<&ObservedObject> {
        let change = self.document.changes.iter().find(|change| change.address == *address)?;
        let account = self.observed.accounts.get(&address.account_key())?;
        account
            .objects
            .iter()
            .find(|object| object.kind == address.kind && Some(&object.id) == change.id.as_ref())
    }
}

/// Writes a file whole, unless it has changed since it was read.
pub(super) fn put(prepared: &Prepared, path: &Path, text: &str) -> Result<(), Failure> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let failed = |error: std::io::Error| {
        Failure::error(format!("`{}` cannot be written", path.display())).caused_by(&error)
    };
    let found = std::fs::read_to_string(&real).map_err(failed)?;
    let rights = std::fs::metadata(&real).map_err(failed)?.permissions();
    let (mark, body) = match found.strip_prefix('\u{feff}') {
        Some(body) => ("\u{feff}", body),
        None => ("", found.as_str()),
    };
    let mut files = prepared.loaded.files.iter();
    let loaded = files.find(|file| absolute(&prepared.loaded.cwd, Path::new(&***file)) == *path);
    if loaded.and_then(|file| prepared.source(file)).as_deref() != Some(body) {
        return Err(Failure::new(Exit::Error, format!("`{}` has changed since it was read", path.display()))
            .hint("nothing was written to it; run the command again"));
    }
    write_atomically(&real, format!("{mark}{text}").as_bytes())?;
    std::fs::set_permissions(&real, rights).map_err(failed)
}

/// The kind whose YAML holds a field: what is inherited stands on the campaign.
fn written_kind(object: &DesiredObject, source: FieldSource, path: &FieldPath) -> Kind {
    match object.address.kind {
        Kind::AdGroup if source == FieldSource::Inherited => Kind::Campaign,
        Kind::Ad if source == FieldSource::Inherited && !path.is_within("creative") => Kind::Campaign,
        kind => kind,
    }
}

/// Something that is wanted differently than before and is not meant to be, if there is anything.
pub(super) fn first_other(
    before: &Desired,
    after: &Desired,
    meant: impl Fn(&Address, &FieldPath) -> bool,
) -> Option<String> {
    let objects = |desired: &Desired| -> Vec<Address> {
        desired.accounts.values().flat_map(|account| account.objects.keys().cloned()).collect()
    };
    if objects(before) != objects(after) {
        return Some("which objects there are".into());
    }
    for address in objects(after) {
        let (Some(old), Some(new)) = (before.object(&address), after.object(&address)) else { continue };
        let paths: BTreeSet<&FieldPath> = old.fields.keys().chain(new.fields.keys()).collect();
        for path in paths {
            let value = |object: &DesiredObject| -> Option<Value> { object.value(path.as_str()).cloned() };
            if !meant(&address, path) && value(old) != value(new) {
                return Some(format!("`{path}` of {}", address.short()));
            }
        }
        if old.parent != new.parent || old.budget != new.budget || !old.clear.keys().eq(new.clear.keys()) {
            return Some(format!("where {} belongs", address.short()));
        }
    }
    None
}
