//! Tasks in the store: added with the run that decided them, moved on together with what rules remember.

use adplane_core::address::Address;
use adplane_core::rules::{Memory, ObjectRun, RuleRun};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::super::task::{Stage, Task};
use super::{RunStore, RunStoreError, json, read_memory, translate, write_memory};

/// Tasks in the order in which they were decided.
const IN_ORDER: &str = "ORDER BY at, digest";

impl RunStore {
    /// Tasks that are on their way, and pauses that are live.
    pub fn tasks(&self) -> Result<Vec<Task>, RunStoreError> {
        live(&self.connection, &self.place)
    }

    /// Tasks about an object, the newest last.
    pub fn tasks_of(&self, object: &Address) -> Result<Vec<Task>, RunStoreError> {
        select(&self.connection, &self.place, "object = ?1", &object.to_string())
    }

    /// Tasks whose digest begins with these digits.
    pub fn tasks_named(&self, digits: &str) -> Result<Vec<Task>, RunStoreError> {
        let plain = digits.trim_start_matches("sha256:");
        if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        select(&self.connection, &self.place, "digest LIKE ?1", &format!("sha256:{plain}%"))
    }

    /// Proposals of every stage since an instant, the newest last.
    pub fn tasks_since(&self, at: Timestamp) -> Result<Vec<Task>, RunStoreError> {
        select(&self.connection, &self.place, "at >= CAST(?1 AS INTEGER)", &at.as_millisecond().to_string())
    }

    /// The run that decided a task, with the task's object alone; nothing where that is forgotten.
    pub fn decided(&self, task: &Task) -> Result<Option<RuleRun>, RunStoreError> {
        let failed = |error: rusqlite::Error| translate(&self.place, &error);
        let found = self
            .connection
            .prepare_cached(
                "SELECT r.content, o.content FROM objects o JOIN runs r ON r.id = o.run
                 WHERE o.object = ?1 AND r.rule = ?2 AND r.at = ?3",
            )
            .and_then(|mut statement| {
                let asked = params![
                    task.intent.object.to_string(),
                    task.intent.rule.to_string(),
                    task.at.as_millisecond()
                ];
                let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
                statement.query_row(asked, row).optional()
            })
            .map_err(failed)?;
        let Some((run, object)) = found else { return Ok(None) };
        let unreadable = |_| RunStoreError::Unreadable(self.place.clone());
        let mut run: RuleRun = serde_json::from_str(&run).map_err(unreadable)?;
        run.objects = vec![serde_json::from_str::<ObjectRun>(&object).map_err(unreadable)?];
        Ok(Some(run))
    }

    /// Moves tasks on, and what rules remember with them: both or nothing. A task that somebody else moved on meanwhile
    /// to where nothing can happen any more stays there.
    pub fn move_on(
        &mut self,
        tasks: &[Task],
        now: Timestamp,
        remember: impl FnOnce(&mut Memory),
    ) -> Result<(), RunStoreError> {
        let place = self.place.clone();
        let failed = |error: rusqlite::Error| translate(&place, &error);
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for task in tasks {
            write(&transaction, task).map_err(failed)?;
        }
        let mut memory = read_memory(&transaction, &place)?;
        let before = memory.clone();
        remember(&mut memory);
        if memory != before {
            write_memory(&transaction, &memory, now).map_err(failed)?;
        }
        transaction.commit().map_err(failed)
    }
}

pub(super) fn live(connection: &Connection, place: &str) -> Result<Vec<Task>, RunStoreError> {
    select(connection, place, "live = CAST(?1 AS INTEGER)", "1")
}

/// Adds new tasks; open ones of the same rule that move the same field are superseded.
pub(super) fn add(
    transaction: &Transaction<'_>,
    known: &[Task],
    new: &[Task],
    now: Timestamp,
) -> rusqlite::Result<()> {
    for task in new {
        let former = known.iter().filter(|old| {
            let live_pause = old.stage == Stage::Written;
            (old.stage.is_open() || live_pause) && old.intent.rule == task.intent.rule && old.meets(task)
        });
        // A proposal decides nothing yet.
        for old in former.filter(|_| task.stage != Stage::Proposed) {
            let mut old = old.clone();
            old.now(Stage::Superseded, Some(format!("decided anew as {}", task.short())), now);
            write(transaction, &old)?;
        }
        write(transaction, task)?;
    }
    Ok(())
}

fn write(transaction: &Transaction<'_>, task: &Task) -> rusqlite::Result<()> {
    let holds = task.stage == Stage::Written && task.pauses(&task.intent.object);
    transaction
        .prepare_cached(
            "INSERT INTO tasks (digest, rule, object, at, stage, live, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (digest) DO UPDATE SET stage = excluded.stage, live = excluded.live, content = excluded.content
             WHERE tasks.stage IN ('proposed', 'decided', 'inForce')
               OR excluded.stage NOT IN ('proposed', 'decided', 'inForce')",
        )?
        .execute(params![
            task.digest,
            task.intent.rule.to_string(),
            task.intent.object.to_string(),
            task.at.as_millisecond(),
            task.stage.word(),
            task.stage.is_open() || holds,
            json(task)?
        ])?;
    Ok(())
}

fn select(
    connection: &Connection,
    place: &str,
    condition: &str,
    value: &str,
) -> Result<Vec<Task>, RunStoreError> {
    let failed = |error: rusqlite::Error| translate(place, &error);
    let mut statement = connection
        .prepare_cached(&format!("SELECT content FROM tasks WHERE {condition} {IN_ORDER}"))
        .map_err(failed)?;
    let rows = statement.query_map([value], |row| row.get::<_, String>(0)).map_err(failed)?;
    let mut found = Vec::new();
    for row in rows {
        let text = row.map_err(failed)?;
        found.push(serde_json::from_str(&text).map_err(|_| RunStoreError::Unreadable(place.to_owned()))?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests;
