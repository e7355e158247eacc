//! Planning: a pure, total function from what is wanted and what is live to what would be done.
//!
//! `plan` never fails: trouble becomes a diagnostic or a [`Action::Blocked`] change. The executor takes the
//! result's [`Step`]s in order and decides nothing about intent.

mod action;
mod change;

use crate::address::AccountKey;
use crate::diagnostic::Diagnostic;

pub use action::{Action, Blocked, Class, Reason};
pub use change::{Change, FieldChange, Operation, Precondition, Step, Wave};

/// What would be done, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Accounts the plan covers.
    pub accounts: Vec<AccountKey>,
    /// Every desired object and every leftover of ours, by address; unchanged ones with [`Action::None`].
    pub changes: Vec<Change>,
    /// Writes in the order they run.
    pub steps: Vec<Step>,
    /// What is worth telling.
    pub diagnostics: Vec<Diagnostic>,
}
