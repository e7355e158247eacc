//! Who wrote to which account, one after the other, as the sandbox saw it.

use std::collections::BTreeMap;

use super::super::people::Outcome;
use super::field::Field;

/// How a replica begins to call itself before a platform.
const AGENT: &str = "adplane-operator/";

/// The writers of each account in their order; whoever wrote several times in a row is named once.
pub(crate) type Turns = BTreeMap<String, Vec<String>>;

impl Field<'_> {
    /// Who wrote, and that nobody wrote again after somebody else had begun to.
    pub(crate) fn turns(&self) -> Result<Turns, String> {
        let mut turns = Turns::new();
        for entry in self.writes()? {
            let account = entry["account"].as_str().ok_or_else(|| format!("to which account? {entry}"))?;
            let caller = entry["caller"].as_str().ok_or_else(|| format!("who wrote? {entry}"))?;
            let writer = replica(caller).ok_or_else(|| format!("no replica wrote: {entry}"))?;
            let writers = turns.entry(account.to_owned()).or_default();
            if writers.last().is_some_and(|last| last == writer) {
                continue;
            }
            if writers.iter().any(|former| former == writer) {
                return Err(format!(
                    "{writer} wrote to {account} after somebody else had begun to: {entry}\n{}",
                    self.logs()
                ));
            }
            writers.push(writer.to_owned());
        }
        Ok(turns)
    }

    /// That these replicas wrote to an account, in this order, each in one turn.
    pub(crate) fn took_turns(&self, account: &str, expected: &[&str]) -> Outcome {
        let turns = self.turns()?;
        let found: Vec<&str> = turns.get(account).into_iter().flatten().map(String::as_str).collect();
        if found == expected {
            return Ok(());
        }
        Err(format!("{found:?} wrote to {account}, not {expected:?}\n{}", self.logs()))
    }

    /// Who wrote last, to any account.
    pub(crate) fn last_writer(&self) -> Result<Option<String>, String> {
        let writes = self.writes()?;
        let caller = writes.last().and_then(|entry| entry["caller"].as_str());
        Ok(caller.and_then(replica).map(ToOwned::to_owned))
    }
}

/// The replica's own name, as it stands in leases too.
fn replica(caller: &str) -> Option<&str> {
    let (_, name) = caller.strip_prefix(AGENT)?.split_once(" (")?;
    name.strip_suffix(')')
}
