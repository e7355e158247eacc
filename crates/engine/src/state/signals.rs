//! Values from outside that rules ask for: `.adplane/signals/`, one file for each name.
//!
//! A value keeps the instant at which it was true, so that a rule can tell how old it is. One that is missing, too old or
//! cannot be read is unknown to rules, and an unknown never acts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use adplane_core::rules::{Signal, signal_value};
use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{StateError, write_atomically};

/// The form of a file.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    format_version: u32,
    value: String,
    as_of: Timestamp,
}

/// What became of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// It is the one that counts.
    Kept,
    /// A newer one is known, of this instant.
    Older(Timestamp),
}

/// The folder of signals.
#[derive(Debug, Clone)]
pub struct Signals {
    folder: PathBuf,
}

impl Signals {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Every value, and the files that cannot be read.
    pub fn all(&self) -> (BTreeMap<CompactString, Signal>, Vec<PathBuf>) {
        let (mut found, mut unreadable) = (BTreeMap::new(), Vec::new());
        let Ok(entries) = fs::read_dir(&self.folder) else { return (found, unreadable) };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
            let name = path.file_stem().and_then(|name| name.to_str()).filter(|name| is_name(name));
            match name.and_then(|name| Some((CompactString::new(name), read(&path)?))) {
                Some((name, signal)) => {
                    found.insert(name, signal);
                }
                None => unreadable.push(path),
            }
        }
        (found, unreadable)
    }

    /// Keeps a value, unless a newer one is known.
    ///
    /// # Errors
    /// When the file cannot be written: what was known before still is.
    pub fn put(&self, name: &str, text: &str, as_of: Timestamp) -> Result<Told, StateError> {
        let path = self.folder.join(format!("{name}.json"));
        if let Some(known) = read(&path).filter(|known| known.as_of > as_of) {
            return Ok(Told::Older(known.as_of));
        }
        let file = File { format_version: FORMAT, value: text.to_owned(), as_of };
        write_atomically(&path, &serde_json::to_vec_pretty(&file).unwrap_or_default())?;
        Ok(Told::Kept)
    }

    /// Forgets a value; tells whether there was one.
    ///
    /// # Errors
    /// When the file is there and cannot be removed.
    pub fn remove(&self, name: &str) -> Result<bool, StateError> {
        let path = self.folder.join(format!("{name}.json"));
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(StateError::io("remove", &path)(error)),
        }
    }
}

/// Whether a name can stand behind `signals.` in an expression, and be that of a file.
pub fn is_name(name: &str) -> bool {
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    letters && name.len() <= 63 && name.starts_with(|c: char| c.is_ascii_alphabetic())
}

fn read(path: &Path) -> Option<Signal> {
    let file: File = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    (file.format_version == FORMAT).then(|| Signal { value: signal_value(&file.value), as_of: file.as_of })
}

#[cfg(test)]
mod tests {
    use adplane_core::value::Value;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn the_newest_value_counts() {
        let folder = tempfile::tempdir().unwrap();
        let signals = Signals::new(folder.path().join("signals"));
        assert_eq!(signals.all(), (BTreeMap::new(), Vec::new()));
        let (early, late) = (at("2026-06-10T08:00:00Z"), at("2026-06-10T09:00:00Z"));
        assert_eq!(signals.put("stock", "3", late).unwrap(), Told::Kept);
        assert_eq!(signals.put("stock", "7", early).unwrap(), Told::Older(late));
        assert_eq!(signals.all().0["stock"], Signal { value: Value::Integer(3), as_of: late });
        assert!(signals.remove("stock").unwrap() && !signals.remove("stock").unwrap());
    }

    #[test]
    fn what_cannot_be_read_is_named_and_hides_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let signals = Signals::new(folder.path().to_owned());
        signals.put("rain", "true", at("2026-06-10T08:00:00Z")).unwrap();
        fs::write(folder.path().join("stock.json"), "{").unwrap();
        let (known, unreadable) = signals.all();
        assert_eq!(known.keys().collect::<Vec<_>>(), ["rain"]);
        assert_eq!(unreadable, [folder.path().join("stock.json")]);
    }

    #[test]
    fn a_text_is_the_value_that_it_looks_like() {
        for (text, expected) in [
            ("true", Value::Bool(true)),
            ("-3", Value::Integer(-3)),
            ("1.25", Value::Decimal("1.25".parse().unwrap())),
            ("25 EUR", Value::Money("25 EUR".parse().unwrap())),
            ("sunny", Value::text("sunny")),
        ] {
            assert_eq!(signal_value(text), expected, "{text}");
        }
        assert!(is_name("breakEven_2") && !is_name("../stock") && !is_name("2nd") && !is_name(""));
    }
}
