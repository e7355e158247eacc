//! What pools did to campaigns, and what they could not do: `.adplane/pools/records/`, one file for each pool.
//!
//! A line is appended for every step that an action takes, and is durable before anything comes of it. The last line of an
//! action counts. Nothing is decided by these files alone: without them a pool works out the same amounts, and what is in
//! force comes to the platforms with every plan.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use adplane_core::address::Address;
use adplane_core::ids::{Namespace, ObjectName};
use adplane_core::metrics::Day;
use adplane_core::pool::Pool;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Move;
use crate::rules::TaskWrite;
use crate::state::{StateDir, StateError, append, write_atomically};

/// How long records are kept, like those of rules.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);
/// From this size on old records are dropped.
const LARGE: u64 = 8 * 1024 * 1024;
/// How much older than what is kept the first one must be: dropping writes the whole file, and is to be worth it.
const AT_ONCE: SignedDuration = SignedDuration::from_hours(24 * 40);

/// How far an action has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PoolStage {
    /// It is wanted, and something stands in its way: nothing is in force.
    Waits,
    /// It is about to be put in force.
    Decided,
    /// It is in force, and not live yet.
    InForce,
    /// It is live.
    Written,
    /// The pool wants something else by now.
    Over,
}

impl PoolStage {
    /// The word in tables and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Decided => "decided",
            Self::InForce => "inForce",
            Self::Written => "written",
            Self::Over => "over",
        }
    }

    /// Whether something of it may be on its way.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Decided | Self::InForce)
    }
}

/// What a pool does to one of its campaigns, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PoolAction {
    /// Fingerprint of pool, campaign, day and values.
    pub id: String,
    /// The pool, `default/rain`.
    pub pool: String,
    /// The campaign.
    pub object: Address,
    /// The pool's day.
    pub day: Day,
    /// What it changes, in words.
    pub change: String,
    /// What it was decided from, in words.
    pub because: String,
    /// When it was decided.
    pub at: Timestamp,
    /// How far it has come.
    pub stage: PoolStage,
    /// When it came there.
    pub since: Timestamp,
    /// Why it is there and no further.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<TaskWrite>,
}

impl PoolAction {
    /// A move that is decided now.
    pub fn of(pool: &Pool, day: Day, wanted: &Move, at: Timestamp) -> Self {
        Self {
            id: wanted.id.clone(),
            pool: format!("{}/{}", pool.namespace, pool.name),
            object: wanted.object.clone(),
            day,
            change: wanted.shown.clone(),
            because: wanted.because.clone(),
            at,
            stage: PoolStage::Decided,
            since: at,
            why: None,
            writes: Vec::new(),
        }
    }

    /// The same further on.
    pub fn now(&mut self, stage: PoolStage, why: Option<String>, at: Timestamp) {
        if self.stage != stage {
            self.since = at;
        }
        (self.stage, self.why) = (stage, why);
    }

    /// Whether it says nothing new beside another.
    fn repeats(&self, other: &Self) -> bool {
        self.id == other.id
            && self.stage == other.stage
            && self.why == other.why
            && self.writes == other.writes
    }
}

/// The folder of records.
#[derive(Debug, Clone)]
pub struct PoolRecords {
    folder: PathBuf,
}

impl PoolRecords {
    /// Those of a project.
    pub fn of(state: &StateDir) -> Self {
        Self { folder: state.root().join("pools").join("records") }
    }

    /// The newest action on each campaign of a pool.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn newest(
        &self,
        namespace: &Namespace,
        name: &ObjectName,
    ) -> Result<BTreeMap<Address, PoolAction>, StateError> {
        let actions = read(&self.path(namespace, name))?.into_iter();
        Ok(actions.map(|action| (action.object.clone(), action)).collect())
    }

    /// Actions on a campaign, the newest last, whichever pool they are of.
    ///
    /// # Errors
    /// When a file is there and cannot be read.
    pub fn about(&self, object: &Address) -> Result<Vec<PoolAction>, StateError> {
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(StateError::io("read", &self.folder)(source)),
        };
        let mut found: Vec<PoolAction> = Vec::new();
        for entry in entries {
            let path = entry.map_err(StateError::io("read", &self.folder))?.path();
            let from = found.len();
            for action in read(&path)?.into_iter().filter(|action| action.object == *object) {
                // The same values again after others are another action.
                match found.get_mut(from..).and_then(<[_]>::last_mut).filter(|last| last.id == action.id) {
                    Some(last) => *last = action,
                    None => found.push(action),
                }
            }
        }
        found.sort_by_key(|one| one.at);
        Ok(found)
    }

    /// Records how far actions of a pool have come; what says nothing new beside the newest that are `known` is left out.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn record(
        &self,
        pool: &Pool,
        known: &mut BTreeMap<Address, PoolAction>,
        actions: &[PoolAction],
        now: Timestamp,
    ) -> Result<(), StateError> {
        let is_new =
            |action: &&PoolAction| !known.get(&action.object).is_some_and(|last| action.repeats(last));
        let mut text = String::new();
        for action in actions.iter().filter(is_new) {
            text.push_str(&serde_json::to_string(action).unwrap_or_default());
            text.push('\n');
        }
        if !text.is_empty() {
            let path = self.path(&pool.namespace, &pool.name);
            add(&path, &text)?;
            drop_old(&path, now)?;
        }
        known.extend(actions.iter().map(|action| (action.object.clone(), action.clone())));
        Ok(())
    }

    /// Neither part of the name has a `_`.
    fn path(&self, namespace: &Namespace, name: &ObjectName) -> PathBuf {
        self.folder.join(format!("{namespace}_{name}.jsonl"))
    }
}

/// The lines of a file. One that a crash cut off is no record.
fn read(path: &Path) -> Result<Vec<PoolAction>, StateError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(source) => Err(StateError::io("read", path)(source)),
    }
}

/// Appends lines, on a line of their own where a crash had cut the last one off.
fn add(path: &Path, text: &str) -> Result<(), StateError> {
    let cut_off = last_byte(path).is_some_and(|byte| byte != b'\n');
    let text = if cut_off { format!("\n{text}") } else { text.to_owned() };
    append(path, text.as_bytes())
}

/// The last byte of a file, if it has one.
fn last_byte(path: &Path) -> Option<u8> {
    let mut file = File::open(path).ok()?;
    file.seek(SeekFrom::End(-1)).ok()?;
    let mut byte = [0];
    file.read_exact(&mut byte).ok()?;
    Some(byte[0])
}

/// Whether the first line is so old that dropping what is over shortens the file by more than a little; one that is no
/// record goes as well.
fn begins_long_ago(path: &Path, now: Timestamp) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut line = String::new();
    let first =
        BufReader::new(file).read_line(&mut line).ok().map(|_| serde_json::from_str::<PoolAction>(&line));
    match first {
        Some(Ok(action)) => now.duration_since(action.since) >= KEPT.saturating_add(AT_ONCE),
        Some(Err(_)) => true,
        None => false,
    }
}

fn drop_old(path: &Path, now: Timestamp) -> Result<(), StateError> {
    if fs::metadata(path).is_ok_and(|file| file.len() < LARGE) || !begins_long_ago(path, now) {
        return Ok(());
    }
    let kept = read(path)?.into_iter().filter(|action| now.duration_since(action.since) < KEPT);
    let lines: Vec<String> = kept.filter_map(|action| serde_json::to_string(&action).ok()).collect();
    write_atomically(path, format!("{}\n", lines.join("\n")).as_bytes())
}

#[cfg(test)]
mod tests {
    use adplane_core::pacing::Pattern;
    use adplane_core::pool::{Allocation, OnExhausted, Term};

    use super::*;

    fn pool() -> Pool {
        Pool {
            namespace: Namespace::new("growth").unwrap(),
            name: ObjectName::new("rain").unwrap(),
            amount: "3100.00 EUR".parse().unwrap(),
            term: Term::Month,
            pattern: Pattern::Even,
            on_exhausted: OnExhausted::Pause,
            allocation: Allocation::Delivered,
            caps: BTreeMap::new(),
            members: Vec::new(),
            origin: None,
        }
    }

    fn action(id: &str, stage: PoolStage, why: Option<&str>) -> PoolAction {
        let at: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        PoolAction {
            id: id.to_owned(),
            pool: "growth/rain".to_owned(),
            object: "meta/shop/Campaign/growth/sale".parse().unwrap(),
            day: Day::constant(2026, 3, 2),
            change: "budget from 8.00 EUR to 9.00 EUR".to_owned(),
            because: "nothing spent".to_owned(),
            at,
            stage,
            since: at,
            why: why.map(str::to_owned),
            writes: Vec::new(),
        }
    }

    #[test]
    fn the_last_line_of_an_action_counts_and_nothing_is_said_twice() {
        let folder = tempfile::tempdir().unwrap();
        let records = PoolRecords::of(&StateDir::of_project(folder.path()));
        let (pool, now) = (pool(), "2026-03-02T08:00:00Z".parse().unwrap());
        let object = action("1", PoolStage::Decided, None).object;
        assert_eq!(records.about(&object).unwrap(), []);
        let steps = [
            action("1", PoolStage::Waits, Some("frozen")),
            action("1", PoolStage::Waits, Some("frozen")),
            action("1", PoolStage::Decided, None),
            action("1", PoolStage::Written, None),
            action("2", PoolStage::Decided, None),
        ];
        let mut known = BTreeMap::new();
        for step in &steps {
            records.record(&pool, &mut known, std::slice::from_ref(step), now).unwrap();
        }
        let path = records.path(&pool.namespace, &pool.name);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 4);
        assert_eq!(records.about(&object).unwrap(), steps[3..]);
        let newest = records.newest(&pool.namespace, &pool.name).unwrap();
        assert_eq!((&newest[&object], &newest), (&steps[4], &known));
        records.record(&pool, &mut known, &[action("1", PoolStage::Decided, None)], now).unwrap();
        let ids: Vec<String> = records.about(&object).unwrap().into_iter().map(|one| one.id).collect();
        assert_eq!(ids, ["1", "2", "1"], "the same values again");
        // A crash in the middle of a line loses that line alone.
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 20]).unwrap();
        records.record(&pool, &mut known, &[action("3", PoolStage::Written, None)], now).unwrap();
        let ids: Vec<String> = records.about(&object).unwrap().into_iter().map(|one| one.id).collect();
        assert_eq!(ids, ["1", "2", "3"]);
    }

    #[test]
    fn old_records_are_dropped_many_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let records = PoolRecords::of(&StateDir::of_project(folder.path()));
        let (pool, first) = (pool(), action("1", PoolStage::Written, None).since);
        let path = records.path(&pool.namespace, &pool.name);
        let days = |days: i32| first.checked_add(SignedDuration::from_hours(24) * days).unwrap();
        let mut known = BTreeMap::new();
        let mut add = |id: &str, why: &str, at: Timestamp| {
            let mut one = action(id, PoolStage::Waits, Some(why));
            one.since = at;
            records.record(&pool, &mut known, &[one], at).unwrap();
            records.about(&"meta/shop/Campaign/growth/sale".parse().unwrap()).unwrap().len()
        };
        let large = "x".repeat(usize::try_from(LARGE).unwrap());
        assert_eq!(add("1", "small", first), 1);
        assert_eq!(add("2", &large, days(300)), 2, "young");
        assert_eq!(add("3", "small", days(410)), 3, "the first is over, and to write all for it is too much");
        assert_eq!(add("4", "small", days(450)), 3, "the first is gone");
        fs::write(&path, format!("cut of\n{}", fs::read_to_string(&path).unwrap())).unwrap();
        assert_eq!(add("5", "small", days(460)), 4);
        assert!(!fs::read_to_string(&path).unwrap().starts_with("cut of"));
    }
}
