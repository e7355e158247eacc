//! What pools gave on days: `.adplane/pools/`, one file for each pool.
//!
//! Without it a pool knows neither what its campaigns make of their amounts nor how far today's may be from yesterday's,
//! and what is in force takes yesterday's place; nor who has left it in this period, whose spend counts. So a file that is
//! there and cannot be read is no loss that goes unsaid: nothing is put in force beside it.

use std::fs;
use std::path::PathBuf;

use adplane_core::address::Address;
use adplane_core::ids::{ExternalId, Namespace, ObjectName};
use adplane_core::metrics::Day;
use adplane_core::pool::{Given, GivenDay};
use serde::{Deserialize, Serialize};

use super::{StateError, lock, write_atomically};

/// The form of a file.
const FORMAT: u32 = 1;
/// Days that are remembered: the longest month, and what delivery is learned from before it.
const DAYS: usize = 60;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    format_version: u32,
    given: Given,
    #[serde(default)]
    drawn: Vec<Drawn>,
}

impl Default for File {
    fn default() -> Self {
        Self { format_version: FORMAT, given: Given::new(), drawn: Vec::new() }
    }
}

/// A campaign that drew on a pool, under one id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drawn {
    /// Which.
    pub object: Address,
    /// Its id on the platform, where a look knew it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ExternalId>,
    /// The day of the first look that saw it.
    pub since: Day,
    /// The day of the first look that saw it no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone: Option<Day>,
}

/// The folder of what pools gave.
#[derive(Debug, Clone)]
pub struct PoolMemory {
    folder: PathBuf,
}

impl PoolMemory {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// What a pool gave; nothing where that cannot be read.
    pub fn given(&self, namespace: &Namespace, name: &ObjectName) -> Given {
        self.read(namespace, name).map(|file| file.given).unwrap_or_default()
    }

    /// Who drew on a pool in its period; nobody where that cannot be read.
    pub fn drawn(&self, namespace: &Namespace, name: &ObjectName) -> Vec<Drawn> {
        self.read(namespace, name).map(|file| file.drawn).unwrap_or_default()
    }

    /// What is remembered; of a pool without a file nothing.
    fn read(&self, namespace: &Namespace, name: &ObjectName) -> Result<File, StateError> {
        let path = self.path(namespace, name);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(File::default()),
            Err(error) => return Err(StateError::io("read", &path)(error)),
        };
        let file: Option<File> = serde_json::from_slice(&text).ok();
        file.filter(|file| file.format_version == FORMAT).ok_or(StateError::Pool(path))
    }

    fn write(&self, namespace: &Namespace, name: &ObjectName, file: &File) -> Result<(), StateError> {
        let text = serde_json::to_vec_pretty(file).unwrap_or_default();
        write_atomically(&self.path(namespace, name), &text)
    }

    /// Remembers what a pool gave on a day; of those of whom this says nothing it keeps what an earlier look gave, and of
    /// each how much the day has had, whoever gave it meanwhile.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn remember(
        &self,
        namespace: &Namespace,
        name: &ObjectName,
        day: Day,
        mut today: GivenDay,
    ) -> Result<(), StateError> {
        let _turn = self.turn()?;
        let mut file = self.read(namespace, name)?;
        if let Some(earlier) = file.given.get(&day) {
            today.keep(earlier);
        }
        file.given.insert(day, today);
        while file.given.len() > DAYS {
            file.given.pop_first();
        }
        self.write(namespace, name, &file)
    }

    /// Remembers who drew on a pool.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn drew(&self, namespace: &Namespace, name: &ObjectName, drawn: &[Drawn]) -> Result<(), StateError> {
        let _turn = self.turn()?;
        let mut file = self.read(namespace, name)?;
        if file.drawn == drawn {
            return Ok(());
        }
        file.drawn = drawn.to_vec();
        self.write(namespace, name, &file)
    }

    /// Waits until no other process writes here: what was read and what is written is the same.
    fn turn(&self) -> Result<fs::File, StateError> {
        lock::wait_for(&self.folder.join("lock"))
    }

    /// Neither part of the name has a `_`.
    fn path(&self, namespace: &Namespace, name: &ObjectName) -> PathBuf {
        self.folder.join(format!("{namespace}_{name}.json"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use adplane_core::address::Address;
    use adplane_core::pool::DayAmount;

    use super::*;

    #[test]
    fn what_was_given_is_remembered_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let memory = PoolMemory::new(folder.path().join("pools"));
        let key = (Namespace::new("growth").unwrap(), ObjectName::new("spring").unwrap());
        assert_eq!(memory.given(&key.0, &key.1), Given::new());
        let object: Address = "meta/shop/Campaign/growth/a".parse().unwrap();
        let first: Day = "2026-01-01".parse().unwrap();
        for (number, day) in first.series(jiff::Span::new().days(1)).take(100).enumerate() {
            let amount = i64::try_from(number).unwrap();
            let amount = DayAmount { before: 0, amount, most: amount, gave: Some(amount), looked: 70 };
            let today = GivenDay { looked: 70, amounts: BTreeMap::from([(object.clone(), amount)]) };
            memory.remember(&key.0, &key.1, day, today).unwrap();
        }
        let given = memory.given(&key.0, &key.1);
        assert_eq!((given.len(), given.last_key_value().unwrap().1.amounts[&object].amount), (DAYS, 99));
        let last = *given.last_key_value().unwrap().0;
        let nothing = GivenDay { looked: 70, ..GivenDay::default() };
        memory.remember(&key.0, &key.1, last, nothing).unwrap();
        assert_eq!(memory.given(&key.0, &key.1), given, "who gets nothing later has had what it was given");
        let drawn = [Drawn { object, id: None, since: first, gone: None }];
        memory.drew(&key.0, &key.1, &drawn).unwrap();
        assert_eq!((memory.drawn(&key.0, &key.1), memory.given(&key.0, &key.1)), (drawn.to_vec(), given));
    }

    #[test]
    fn what_cannot_be_read_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let memory = PoolMemory::new(folder.path().to_owned());
        let key = (Namespace::new("growth").unwrap(), ObjectName::new("spring").unwrap());
        memory.drew(&key.0, &key.1, &[]).unwrap();
        for text in ["", "{", "{\"formatVersion\": 2, \"given\": {}}"] {
            fs::write(memory.path(&key.0, &key.1), text).unwrap();
            assert!(matches!(memory.drew(&key.0, &key.1, &[]), Err(StateError::Pool(_))), "{text}");
            let today = memory.remember(&key.0, &key.1, "2026-01-01".parse().unwrap(), GivenDay::default());
            assert!(matches!(today, Err(StateError::Pool(_))), "{text}");
        }
    }
}
