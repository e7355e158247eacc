//! What pools gave on days: `.adplane/pools/`, one file for each pool.
//!
//! A memory and no truth: without it a pool knows neither what its campaigns make of their amounts nor how far today's
//! may be from yesterday's, and what is in force takes yesterday's place.

use std::fs;
use std::path::PathBuf;

use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::metrics::Day;
use adplane_core::pool::{Given, GivenDay};
use serde::{Deserialize, Serialize};

use super::{StateError, write_atomically};

/// The form of a file.
const FORMAT: u32 = 1;
/// Days that are remembered: the longest month, and what delivery is learned from before it.
const DAYS: usize = 60;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    format_version: u32,
    given: Given,
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
        let read = fs::read(self.path(namespace, name)).ok();
        let file: Option<File> = read.and_then(|text| serde_json::from_slice(&text).ok());
        file.filter(|file| file.format_version == FORMAT).map(|file| file.given).unwrap_or_default()
    }

    /// Remembers what a pool gave on a day; what it gave earlier on the same day is forgotten.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn remember(
        &self,
        namespace: &Namespace,
        name: &ObjectName,
        day: Day,
        today: GivenDay,
    ) -> Result<(), StateError> {
        let mut given = self.given(namespace, name);
        given.insert(day, today);
        while given.len() > DAYS {
            given.pop_first();
        }
        let text = serde_json::to_vec_pretty(&File { format_version: FORMAT, given }).unwrap_or_default();
        write_atomically(&self.path(namespace, name), &text)
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
            let amount = DayAmount { before: 0, amount: i64::try_from(number).unwrap() };
            let today = GivenDay { looked: 70, amounts: BTreeMap::from([(object.clone(), amount)]) };
            memory.remember(&key.0, &key.1, day, today).unwrap();
        }
        let given = memory.given(&key.0, &key.1);
        assert_eq!((given.len(), given.last_key_value().unwrap().1.amounts[&object].amount), (DAYS, 99));
        fs::write(memory.path(&key.0, &key.1), "{").unwrap();
        assert_eq!(memory.given(&key.0, &key.1), Given::new(), "a loss is no trouble");
    }
}
