//! What applies wrote last to each field: a live value that still is what we wrote has not been touched since.

use std::collections::HashMap;

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use serde_json::Value;

use super::chain::{Chain, LogProblem};
use super::event::{Event, Intent, Stored};

/// Values by object and field.
pub type LastWritten = HashMap<(Address, FieldPath), Value>;

impl Chain {
    /// What applies wrote last. Nothing of a log that is not whole, and nothing of a field that the kill switch wrote
    /// since: what somebody stopped is not taken for half an apply.
    pub fn last_written(&self) -> LastWritten {
        let mut written = LastWritten::new();
        // A crash cuts the last line off, and the rest still holds.
        if self.problems.iter().any(|problem| *problem != LogProblem::Torn) {
            return written;
        }
        let mut applies = false;
        for line in &self.lines {
            match &line.event {
                Event::Begin { intent, .. } => applies = *intent == Intent::Apply,
                Event::Write { address, fields, result, .. } => {
                    for field in fields {
                        let key = (address.clone(), field.path.clone());
                        match &field.after {
                            Some(after) if applies && *result == Stored::Done => {
                                written.insert(key, after.clone());
                            }
                            _ if *result == Stored::Failed => {}
                            // Cleared, stopped or unclear: nobody can say what is live.
                            _ => drop(written.remove(&key)),
                        }
                    }
                }
                Event::Genesis { .. }
                | Event::Settled { .. }
                | Event::Lost { .. }
                | Event::End { .. }
                | Event::Healed { .. } => {}
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn line(number: u64, event: &Value) -> super::super::Line {
        let mut line = json!({ "line": number, "previous": "", "at": "2026-11-02T09:00:00Z" });
        line.as_object_mut().unwrap().extend(event.as_object().unwrap().clone());
        serde_json::from_value(line).unwrap()
    }

    fn begin(intent: &str) -> Value {
        json!({
            "event": "begin", "intent": intent, "plan": "p", "actor": {}, "classes": [], "policy": null,
            "approvals": [],
        })
    }

    fn write(state: &str, result: &str) -> Value {
        json!({
            "event": "write", "plan": "p", "write": 1, "address": "meta/meta-eu/Campaign/default/spring",
            "operation": "pause", "requests": [], "result": result,
            "fields": [{ "path": "state", "type": "text", "before": null, "after": state }],
        })
    }

    fn last(events: &[Value]) -> Option<Value> {
        let lines = (1..).zip(events).map(|(number, event)| line(number, event)).collect();
        let chain = Chain { lines, ..Chain::default() };
        chain.last_written().into_values().next()
    }

    #[test]
    fn only_what_an_apply_certainly_wrote_last_counts() {
        let (apply, pause) = (begin("apply"), begin("pause"));
        let done = |state| write(state, "done");
        assert_eq!(last(&[apply.clone(), done("Paused")]), Some(json!("Paused")));
        assert_eq!(last(&[apply.clone(), done("Paused"), done("Active")]), Some(json!("Active")));
        assert_eq!(last(&[apply.clone(), done("Paused"), write("Active", "failed")]), Some(json!("Paused")));
        assert_eq!(last(&[apply.clone(), done("Paused"), write("Active", "unclear")]), None);
        assert_eq!(last(&[apply, done("Active"), pause, done("Paused")]), None, "somebody stopped it");
    }

    #[test]
    fn a_log_that_was_altered_says_nothing() {
        let lines = vec![line(1, &begin("apply")), line(2, &write("Paused", "done"))];
        let mut chain = Chain { lines, ..Chain::default() };
        chain.problems.push(LogProblem::Torn);
        assert_eq!(chain.last_written().len(), 1);
        chain.problems.push(LogProblem::Altered(2));
        assert_eq!(chain.last_written().len(), 0);
    }
}
