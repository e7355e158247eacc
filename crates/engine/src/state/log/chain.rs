//! Following the chain: what is wrong with a log, line by line.

use jiff::Timestamp;

use super::event::{Event, Line};
use super::{Head, digest};

/// Where the log is not what Adplane wrote.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogProblem {
    /// A line is not a log entry.
    #[error("line {0} is not a log entry")]
    Unreadable(u64),
    /// Lines are gone.
    #[error("{} removed", lines(*.from, *.to))]
    Removed {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// A line was put in, or put elsewhere.
    #[error("line {0} was inserted: its number does not follow the line before it")]
    Inserted(u64),
    /// A line says something else than when it was written.
    #[error("line {0} was altered: the line after it holds the hash of another text")]
    Altered(u64),
    /// The last line that the head names says something else.
    #[error("line {0} was altered: the head recorded beside the log holds the hash of another text")]
    AlteredHead(u64),
    /// The end is gone.
    #[error("the end was cut off: {} removed, as the head recorded beside the log tells", lines(*.from, *.to))]
    Truncated {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// The head's record is unreadable.
    #[error("the head recorded beside the log cannot be read")]
    Head,
    /// The first line does not begin a log.
    #[error("line 1 does not begin a log")]
    NoBeginning,
    /// A line is older than the one before it.
    #[error("line {0} is older than the line before it: the clock was set back")]
    Backwards(u64),
    /// No line has the expected hash.
    #[error("no line has the expected hash {0}: the log was rewritten or cut off since")]
    Unexpected(String),
    /// The end was cut off by a crash, and the next apply will record it.
    #[error("the last line was cut off")]
    Torn,
}

fn lines(from: u64, to: u64) -> String {
    if from == to { format!("line {from} was") } else { format!("lines {from} to {to} were") }
}

/// Clocks are set right by a little all the time; more than this is a jump.
const JITTER: jiff::SignedDuration = jiff::SignedDuration::from_mins(2);

/// A log that was read.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    /// Its lines, as far as they could be read.
    pub lines: Vec<Line>,
    /// SHA-256 of each of them.
    pub hashes: Vec<String>,
    /// What is wrong with it, in order.
    pub problems: Vec<LogProblem>,
}

impl Chain {
    /// The hash of the last line; `None` for an empty log.
    pub fn head(&self) -> Option<&str> {
        self.hashes.last().map(String::as_str)
    }

    /// Checks that a line has a hash that somebody kept elsewhere.
    pub fn expect(&mut self, hash: &str) {
        let wanted = hash.trim().trim_start_matches("sha256:");
        if !self.hashes.iter().any(|known| known == wanted) {
            self.problems.push(LogProblem::Unexpected(wanted.to_owned()));
        }
    }

    #[expect(clippy::option_option, reason = "no head, and a head that cannot be read, are two things")]
    pub(super) fn follow(text: &str, head: Option<Option<Head>>) -> Self {
        let mut chain = Self::default();
        let mut expected: u64 = 1;
        let mut previous = String::new();
        let mut last: Option<Timestamp> = None;
        for (index, raw) in text.lines().enumerate() {
            let Ok(line) = serde_json::from_str::<Line>(raw) else {
                let torn = index + 1 == text.lines().count() && !text.ends_with('\n');
                chain.problems.push(if torn {
                    LogProblem::Torn
                } else {
                    LogProblem::Unreadable(index as u64 + 1)
                });
                // The line after it cannot be held against it.
                expected += 1;
                previous.clear();
                continue;
            };
            if line.line < expected {
                chain.problems.push(LogProblem::Inserted(index as u64 + 1));
                continue;
            }
            if line.line > expected {
                chain.problems.push(LogProblem::Removed { from: expected, to: line.line - 1 });
            } else if line.line == 1 && !matches!(line.event, Event::Genesis { .. }) {
                chain.problems.push(LogProblem::NoBeginning);
            } else if line.previous != previous && !previous.is_empty() {
                chain.problems.push(LogProblem::Altered(line.line - 1));
            } else if line.line == 1 && !line.previous.is_empty() {
                chain.problems.push(LogProblem::Altered(1));
            }
            if last.is_some_and(|last| line.at.checked_add(JITTER).is_ok_and(|at| at < last)) {
                chain.problems.push(LogProblem::Backwards(line.line));
            }
            (expected, previous, last) = (line.line + 1, digest(raw), Some(line.at));
            chain.hashes.push(previous.clone());
            chain.lines.push(line);
        }
        chain.compare(head);
        chain
    }

    /// What the chain cannot tell of its own end.
    #[expect(clippy::option_option, reason = "no head, and a head that cannot be read, are two things")]
    fn compare(&mut self, head: Option<Option<Head>>) {
        let Some(head) = head else { return };
        let Some(head) = head else { return self.problems.push(LogProblem::Head) };
        let last = self.lines.last().map_or(0, |line| line.line);
        if last < head.line {
            self.problems.push(LogProblem::Truncated { from: last + 1, to: head.line });
        } else if let Some(index) = self.lines.iter().position(|line| line.line == head.line)
            && self.hashes[index] != head.hash
            && !self.problems.contains(&LogProblem::Altered(head.line))
        {
            self.problems.push(LogProblem::AlteredHead(head.line));
        }
    }
}
