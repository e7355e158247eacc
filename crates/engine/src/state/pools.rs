//! What pools gave on days, and what people were told of them: `.adplane/pools/`, one file for each pool.
//!
//! Without it a pool knows neither what its campaigns make of their amounts nor how far today's may be from yesterday's,
//! and what is in force takes yesterday's place; nor who has left it in this period, whose spend counts. So a file that is
//! there and cannot be read is no loss that goes unsaid: nothing is put in force beside it.

use std::collections::BTreeMap;
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
/// Periods of which is remembered what was told: a clock may go back.
const PERIODS: usize = 12;

/// What is remembered of a pool, wherever it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Remembered {
    format_version: u32,
    /// What it gave, by day.
    pub given: Given,
    /// Who drew on it in its period.
    #[serde(default)]
    pub drawn: Vec<Drawn>,
    /// What people were told of its periods, by their first day.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub told: BTreeMap<Day, PoolTold>,
}

/// What people were told of a period's money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PoolTold {
    /// The highest share in percent.
    pub share: u32,
    /// Whether they were told that the pool pauses its campaigns.
    pub stops: bool,
}

impl Default for Remembered {
    fn default() -> Self {
        Self { format_version: FORMAT, given: Given::new(), drawn: Vec::new(), told: BTreeMap::new() }
    }
}

impl Remembered {
    /// Reads what [`Self::to_text`] wrote; `None` where it is not that.
    pub fn from_text(text: &[u8]) -> Option<Self> {
        let read: Option<Self> = serde_json::from_slice(text).ok();
        read.filter(|read| read.format_version == FORMAT)
    }

    /// As it is kept: JSON.
    pub fn to_text(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// Remembers what the pool gave on a day; of those of whom this says nothing it keeps what an earlier look gave, and of
    /// each how much the day has had, whoever gave it meanwhile.
    pub fn gave(&mut self, day: Day, mut today: GivenDay) {
        if let Some(earlier) = self.given.get(&day) {
            today.keep(earlier);
        }
        self.given.insert(day, today);
        while self.given.len() > DAYS {
            self.given.pop_first();
        }
    }

    /// Remembers what people were told of the period that begins on a day.
    pub fn tells(&mut self, first: Day, told: PoolTold) {
        self.told.insert(first, told);
        while self.told.len() > PERIODS {
            self.told.pop_first();
        }
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

    /// What is remembered; of a pool without a file nothing.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read(&self, namespace: &Namespace, name: &ObjectName) -> Result<Remembered, StateError> {
        let path = self.path(namespace, name);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Remembered::default()),
            Err(error) => return Err(StateError::io("read", &path)(error)),
        };
        Remembered::from_text(&text).ok_or(StateError::Pool(path))
    }

    /// The same, where what cannot be read is taken for nothing.
    pub fn recall(&self, namespace: &Namespace, name: &ObjectName) -> Remembered {
        self.read(namespace, name).unwrap_or_default()
    }

    /// Changes what is remembered.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn change(
        &self,
        namespace: &Namespace,
        name: &ObjectName,
        change: impl FnOnce(&mut Remembered),
    ) -> Result<(), StateError> {
        let _turn = self.turn()?;
        let known = self.read(namespace, name)?;
        let mut changed = known.clone();
        change(&mut changed);
        if changed == known {
            return Ok(());
        }
        write_atomically(&self.path(namespace, name), changed.to_text().as_bytes())
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
    use adplane_core::address::Address;
    use adplane_core::pool::DayAmount;

    use super::*;

    #[test]
    fn what_was_given_is_remembered_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let memory = PoolMemory::new(folder.path().join("pools"));
        let key = (Namespace::new("growth").unwrap(), ObjectName::new("spring").unwrap());
        let gave = |day: Day, today: GivenDay| {
            memory.change(&key.0, &key.1, |known| known.gave(day, today)).unwrap();
            memory.recall(&key.0, &key.1)
        };
        assert_eq!(memory.recall(&key.0, &key.1), Remembered::default());
        let object: Address = "meta/shop/Campaign/growth/a".parse().unwrap();
        let first: Day = "2026-01-01".parse().unwrap();
        for (number, day) in first.series(jiff::Span::new().days(1)).take(100).enumerate() {
            let amount = i64::try_from(number).unwrap();
            let amount = DayAmount { before: 0, amount, most: amount, gave: Some(amount), looked: 70 };
            gave(day, GivenDay { looked: 70, amounts: BTreeMap::from([(object.clone(), amount)]) });
        }
        let given = memory.recall(&key.0, &key.1).given;
        assert_eq!((given.len(), given.last_key_value().unwrap().1.amounts[&object].amount), (DAYS, 99));
        let last = *given.last_key_value().unwrap().0;
        let later = gave(last, GivenDay { looked: 70, ..GivenDay::default() });
        assert_eq!(later.given, given, "who gets nothing later has had what it was given");
        let drawn = [Drawn { object, id: None, since: first, gone: None }];
        memory.change(&key.0, &key.1, |known| known.drawn = drawn.to_vec()).unwrap();
        let kept = memory.recall(&key.0, &key.1);
        assert_eq!((kept.drawn, kept.given), (drawn.to_vec(), given));
    }

    #[test]
    fn what_cannot_be_read_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let memory = PoolMemory::new(folder.path().to_owned());
        let key = (Namespace::new("growth").unwrap(), ObjectName::new("spring").unwrap());
        memory
            .change(&key.0, &key.1, |known| known.gave("2026-01-01".parse().unwrap(), GivenDay::default()))
            .unwrap();
        for text in ["", "{", "{\"formatVersion\": 2, \"given\": {}}"] {
            let path = memory.path(&key.0, &key.1);
            fs::write(&path, text).unwrap();
            let changed = memory.change(&key.0, &key.1, |known| known.drawn.clear());
            assert!(matches!(changed, Err(StateError::Pool(_))), "{text}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }
}
