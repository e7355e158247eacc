//! Runs and memory of rules: one file in local state.
//!
//! A run is one transaction: what is remembered is read, rules are evaluated on it, and records go in together with what
//! is remembered next. A process that is killed leaves all of a run or nothing, and two that run at once take turns, so
//! that no tick is run twice.

mod tasks;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use adplane_core::address::{AccountKey, Address};
use adplane_core::metrics::Day;
use adplane_core::rules::{Memory, ObjectRun, RuleRun, Run};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Transaction, TransactionBehavior, params};

use super::task::Task;

/// `ADPR`: the mark of these files in the header of SQLite's.
const APPLICATION: i64 = 0x4144_5052;
/// The layout, in `user_version`.
const LAYOUT: i64 = 2;
/// How long to wait for another process that runs rules.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the newest record of an object of which nothing was wanted is kept.
const QUIET: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How long everything else is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 400);

/// Why the record of runs could not be used. Whatever it is, the call that returns it changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum RunStoreError {
    /// Something else lives there.
    #[error("`{0}` holds something else than Adplane's runs of rules: move it away")]
    Foreign(String),
    /// A newer version wrote it.
    #[error("`{0}` was written by a newer Adplane: update Adplane")]
    Newer(String),
    /// Somebody else runs rules for too long.
    #[error("`{0}` is in use by another process: nothing was run; run again when that is done")]
    Busy(String),
    /// No room.
    #[error("no room is left for `{0}`: nothing was run; make room and run again")]
    Full(String),
    /// It is damaged.
    #[error(
        "`{place}` is damaged ({detail}): nothing was run; bring it back from a backup, or move it away, together with its \
         `-wal` and `-shm` files, to begin anew: where rules have something in force, everything then rests, and nothing is raised before the account's next day"
    )]
    Corrupt {
        /// The file.
        place: String,
        /// What the database says.
        detail: String,
    },
    /// It may not be written.
    #[error("`{0}` cannot be written: nothing was run; let this user write the file and its folder")]
    Refused(String),
    /// The disk does not read or write.
    #[error(
        "`{place}` cannot be read or written ({detail}): nothing was run; look whether its disk has room, and run again"
    )]
    Disk {
        /// The file.
        place: String,
        /// What the database says.
        detail: String,
    },
    /// What is remembered cannot be read, so nobody can tell what rests and what was done.
    #[error(
        "`{0}` holds what this version cannot read, so nobody can tell what was done: move it away to begin anew"
    )]
    Unreadable(String),
    /// Anything else.
    #[error("`{place}` failed: {detail}")]
    Other {
        /// The file.
        place: String,
        /// What is known of it.
        detail: String,
    },
}

/// The sum of daily budgets of an account that are in force, on its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spendable {
    /// The account's day.
    pub day: Day,
    /// In micros; `None` where it is not known.
    pub micros: Option<i64>,
}

/// What accounts could spend when their day began, in micros.
pub type Baselines = BTreeMap<AccountKey, Option<i64>>;

/// Whether what a run came to is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// As always.
    All,
    /// What the accounts' days began with, and nothing that was decided: somebody is about to agree to something, and
    /// what comes of it must not be where the day began.
    Walls,
    /// Nothing: it was only asked what would come.
    Nothing,
}

/// Runs and memory in one file.
#[derive(Debug)]
pub struct RunStore {
    connection: Connection,
    place: String,
}

impl RunStore {
    /// Opens the file, or makes it.
    pub fn open(path: &Path) -> Result<Self, RunStoreError> {
        let place = path.display().to_string();
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder)
                .map_err(|error| RunStoreError::Other { place: place.clone(), detail: error.to_string() })?;
        }
        let connection = Connection::open(path).map_err(|error| translate(&place, &error))?;
        let mut store = Self { connection, place };
        store.prepare()?;
        Ok(store)
    }

    fn prepare(&mut self) -> Result<(), RunStoreError> {
        let place = self.place.clone();
        let failed = |error: rusqlite::Error| translate(&place, &error);
        let connection = &mut self.connection;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        let pragma = |connection: &Connection, name: &str| {
            connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0))
        };
        let application = pragma(connection, "application_id").map_err(failed)?;
        let tables: i64 = connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(failed)?;
        if application != APPLICATION && (application != 0 || tables != 0) {
            return Err(RunStoreError::Foreign(place));
        }
        connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
        connection.pragma_update(None, "synchronous", "full").map_err(failed)?;
        connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        match pragma(&transaction, "user_version").map_err(failed)? {
            0 => {
                transaction.execute_batch(include_str!("schema.sql")).map_err(failed)?;
                transaction.execute_batch(include_str!("tasks.sql")).map_err(failed)?;
                transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
            }
            1 => transaction.execute_batch(include_str!("tasks.sql")).map_err(failed)?,
            LAYOUT => {}
            _ => return Err(RunStoreError::Newer(place)),
        }
        transaction.pragma_update(None, "user_version", LAYOUT).map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    /// What is remembered.
    pub fn memory(&self) -> Result<Memory, RunStoreError> {
        read_memory(&self.connection, &self.place)
    }

    /// Runs rules once: `evaluate` gets what is remembered and what accounts could spend when their day began; what it
    /// answers is stored whole or not at all.
    pub fn tick(
        &mut self,
        now: Timestamp,
        spendable: &BTreeMap<AccountKey, Spendable>,
        evaluate: impl FnOnce(&Memory, &Baselines) -> Run,
    ) -> Result<Run, RunStoreError> {
        let decide =
            |memory: &Memory, baselines: &Baselines, _: &[Task]| (evaluate(memory, baselines), Vec::new());
        Ok(self.decide(now, spendable, Keep::All, decide)?.0)
    }

    /// The same with what is to be done: `evaluate` also gets the tasks that are on their way, and answers new ones, which
    /// are stored together with the run. An open task of the same rule and field is superseded by a new one.
    pub fn decide(
        &mut self,
        now: Timestamp,
        spendable: &BTreeMap<AccountKey, Spendable>,
        keep: Keep,
        evaluate: impl FnOnce(&Memory, &Baselines, &[Task]) -> (Run, Vec<Task>),
    ) -> Result<(Run, Vec<Task>), RunStoreError> {
        let place = self.place.clone();
        let failed = |error: rusqlite::Error| translate(&place, &error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let memory = read_memory(&transaction, &place)?;
        let baselines = baselines(&transaction, now, spendable).map_err(failed)?;
        let known = tasks::live(&transaction, &place)?;
        let (run, new) = evaluate(&memory, &baselines, &known);
        match keep {
            Keep::Nothing => return Ok((run, new)),
            Keep::Walls => {
                let walls = Memory { mornings: run.memory.mornings.clone(), ..memory };
                write_memory(&transaction, &walls, now).map_err(failed)?;
                transaction.commit().map_err(failed)?;
                return Ok((run, new));
            }
            Keep::All => {}
        }
        for one in &run.runs {
            write_run(&transaction, one).map_err(failed)?;
        }
        tasks::add(&transaction, &known, &new, now).map_err(failed)?;
        write_memory(&transaction, &run.memory, now).map_err(failed)?;
        forget(&transaction, now).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok((run, new))
    }

    /// The newest record of every rule that looked at an object, each with that object alone.
    pub fn newest(&self, object: &Address) -> Result<Vec<RuleRun>, RunStoreError> {
        let failed = |error: rusqlite::Error| translate(&self.place, &error);
        let mut statement = self
            .connection
            .prepare_cached(
                // Of each group, SQLite answers with the row that holds the maximum.
                "SELECT r.content, o.content, max(r.tick) FROM (
                   SELECT run, content FROM objects WHERE object = ?1
                   UNION ALL SELECT run, content FROM quiet WHERE object = ?1) o
                 JOIN runs r ON r.id = o.run GROUP BY r.rule, r.account ORDER BY r.rule",
            )
            .map_err(failed)?;
        let rows = statement
            .query_map([object.to_string()], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .map_err(failed)?;
        let mut found = Vec::new();
        for row in rows {
            let (run, object) = row.map_err(failed)?;
            let unreadable = |_| RunStoreError::Unreadable(self.place.clone());
            let mut run: RuleRun = serde_json::from_str(&run).map_err(unreadable)?;
            run.objects = vec![serde_json::from_str::<ObjectRun>(&object).map_err(unreadable)?];
            found.push(run);
        }
        Ok(found)
    }

    /// How many runs are recorded, and when the newest was.
    pub fn extent(&self) -> Result<(u64, Option<Timestamp>), RunStoreError> {
        let found = self.connection.query_row("SELECT count(*), max(at) FROM runs", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?))
        });
        let (count, newest) = found.map_err(|error| translate(&self.place, &error))?;
        Ok((u64::try_from(count).unwrap_or(0), newest.and_then(|at| Timestamp::from_millisecond(at).ok())))
    }
}

fn write_memory(transaction: &Transaction<'_>, memory: &Memory, now: Timestamp) -> rusqlite::Result<()> {
    transaction.execute(
        "INSERT INTO memory (id, at, content) VALUES (1, ?1, ?2)
         ON CONFLICT (id) DO UPDATE SET at = excluded.at, content = excluded.content",
        params![now.as_millisecond(), json(memory)?],
    )?;
    Ok(())
}

fn read_memory(connection: &Connection, place: &str) -> Result<Memory, RunStoreError> {
    let found: Option<String> = connection
        .query_row("SELECT content FROM memory", [], |row| row.get(0))
        .optional()
        .map_err(|error| translate(place, &error))?;
    match found {
        None => Ok(Memory::default()),
        Some(text) => serde_json::from_str(&text).map_err(|_| RunStoreError::Unreadable(place.to_owned())),
    }
}

/// The first sum of a day that was seen is the day's: no rule ran before it.
fn baselines(
    transaction: &Transaction<'_>,
    now: Timestamp,
    spendable: &BTreeMap<AccountKey, Spendable>,
) -> rusqlite::Result<Baselines> {
    let mut found = Baselines::new();
    for (account, sum) in spendable {
        let (name, day) = (account.to_string(), sum.day.to_string());
        if let Some(micros) = sum.micros {
            transaction.execute(
                "INSERT INTO baselines (account, day, micros, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                params![name, day, micros, now.as_millisecond()],
            )?;
        }
        let known = transaction
            .query_row(
                "SELECT micros FROM baselines WHERE account = ?1 AND day = ?2",
                params![name, day],
                |row| row.get(0),
            )
            .optional()?;
        found.insert(account.clone(), known);
    }
    Ok(found)
}

fn write_run(transaction: &Transaction<'_>, run: &RuleRun) -> rusqlite::Result<()> {
    let head = RuleRun { objects: Vec::new(), ..run.clone() };
    let account = format!("{}/{}", run.rule.namespace, run.account);
    transaction
        .prepare_cached("INSERT INTO runs (rule, account, tick, at, content) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            run.rule.to_string(),
            account,
            run.tick.as_millisecond(),
            run.at.as_millisecond(),
            json(&head)?
        ])?;
    let id = transaction.last_insert_rowid();
    let rule = run.rule.to_string();
    let mut insert =
        transaction.prepare_cached("INSERT INTO objects (object, run, content) VALUES (?1, ?2, ?3)")?;
    let mut replace = transaction.prepare_cached(
        "INSERT INTO quiet (object, rule, run, content) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (object, rule) DO UPDATE SET run = excluded.run, content = excluded.content",
    )?;
    for one in &run.objects {
        if one.intent.is_some() {
            insert.execute(params![one.object.to_string(), id, json(one)?])?;
        } else {
            replace.execute(params![one.object.to_string(), rule, id, json(one)?])?;
        }
    }
    Ok(())
}

/// Drops what is older than it is kept, by the first run of a day. The newest record of a quiet object goes as well once
/// it is old: a rule that no longer looks at it says nothing of it. So does a run of which nothing is left.
fn forget(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    let before_now: Option<i64> =
        transaction
            .query_row("SELECT max(at) FROM runs WHERE at < ?1", [now.as_millisecond()], |row| row.get(0))?;
    let day = |at: i64| at.div_euclid(24 * 60 * 60 * 1000);
    if before_now.is_some_and(|at| day(at) == day(now.as_millisecond())) {
        return Ok(());
    }
    let before = |length| now.checked_sub(length).unwrap_or(Timestamp::MIN).as_millisecond();
    transaction.execute(
        "DELETE FROM runs WHERE at < ?1 AND NOT EXISTS (SELECT 1 FROM objects WHERE objects.run = runs.id)",
        [before(QUIET)],
    )?;
    transaction
        .execute("DELETE FROM quiet WHERE run IN (SELECT id FROM runs WHERE at < ?1)", [before(QUIET)])?;
    transaction.execute("DELETE FROM runs WHERE at < ?1", [before(KEPT)])?;
    transaction.execute("DELETE FROM baselines WHERE at < ?1", [before(KEPT)])?;
    transaction.execute("DELETE FROM tasks WHERE at < ?1", [before(KEPT)])?;
    Ok(())
}

fn json(value: &impl serde::Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn translate(place: &str, error: &rusqlite::Error) -> RunStoreError {
    let place = place.to_owned();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => RunStoreError::Busy(place),
        Some(ErrorCode::DiskFull) => RunStoreError::Full(place),
        Some(ErrorCode::NotADatabase) => RunStoreError::Foreign(place),
        Some(ErrorCode::DatabaseCorrupt) => RunStoreError::Corrupt { place, detail: error.to_string() },
        // A full disk shows so as well, where a quota or a limit of the process ends it.
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
            RunStoreError::Disk { place, detail: error.to_string() }
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => RunStoreError::Refused(place),
        _ => RunStoreError::Other { place, detail: error.to_string() },
    }
}

#[cfg(test)]
mod tests;
