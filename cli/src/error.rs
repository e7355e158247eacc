//! Exit codes and failures: the one table.

use std::error::Error;
use std::process::ExitCode;

/// Exit codes of `adplane`; "no plan" and "nothing to do" are never the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done; for `plan` also "changes pending" unless `--detailed-exitcode`.
    Done = 0,
    /// An error.
    Error = 1,
    /// Changes pending (`plan --detailed-exitcode`), or drifted (`drift`).
    Pending = 2,
    /// Denied by policy; a freeze window or a pause holds back every change.
    Denied = 3,
    /// Partly applied: a change failed, was blocked or had to wait.
    Partial = 4,
    /// The plan is stale; nothing was written.
    Stale = 5,
    /// An approval is missing, invalid or expired.
    Unapproved = 6,
    /// The command line was not understood.
    Usage = 64,
    /// A defect in Adplane.
    Internal = 70,
    /// Interrupted before any write.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// A failure with everything to show of it.
#[derive(Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, without a period; empty when diagnostics have said it already.
    pub message: String,
    /// Causes, outermost first.
    pub causes: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
}

impl Failure {
    /// A failure with a message.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), causes: Vec::new(), hint: None }
    }

    /// An error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Exit::Error, message)
    }

    /// A failure that diagnostics have explained already.
    pub fn shown(exit: Exit) -> Self {
        Self::new(exit, String::new())
    }

    /// With the chain of causes of an error.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn Error) -> Self {
        let mut next = Some(error);
        while let Some(cause) = next {
            self.causes.push(cause.to_string());
            next = cause.source();
        }
        self
    }

    /// With a cause in words.
    #[must_use]
    pub fn because(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// With what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// From an error whose own text is the message.
    pub fn from_error(exit: Exit, error: &dyn Error) -> Self {
        let mut failure = Self::new(exit, error.to_string());
        if let Some(source) = error.source() {
            failure = failure.caused_by(source);
        }
        failure
    }
}

impl From<adplane_engine::state::StateError> for Failure {
    fn from(error: adplane_engine::state::StateError) -> Self {
        Self::from_error(Exit::Error, &error)
    }
}

impl From<adplane_engine::approve::KeyringError> for Failure {
    fn from(error: adplane_engine::approve::KeyringError) -> Self {
        Self::from_error(Exit::Unapproved, &error)
    }
}
