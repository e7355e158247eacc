//! The audit: is the log unbroken, was each write approved, and is each live object explained by it?
//!
//! `writes` judges every write again, by the code that `apply` judged with; `live` compares what was written with
//! what is live. Everything here is a function of the log, of what is kept beside it and of what was observed. What
//! cannot be explained is named, never mended.

mod live;
mod writes;

use adplane_core::address::Address;
use adplane_core::field::FieldPath;
use adplane_core::ids::ExternalId;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value as Json;

use crate::state::LogProblem;

pub use live::live;
pub use writes::log;

/// Something that the log does not account for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[expect(clippy::large_enum_variant, reason = "findings are few")]
pub enum Finding {
    /// The log is not what Adplane wrote.
    Log {
        /// What is wrong, with the line.
        problem: String,
    },
    /// A plan was written without the approvals that its policy asks for.
    Unapproved {
        /// The line of the first write.
        line: u64,
        /// The plan's hash.
        plan: String,
        /// What is missing.
        missing: String,
    },
    /// A live object with our marker that no logged write made, adopted or renamed.
    Unexplained {
        /// The account.
        account: String,
        /// What it is.
        kind: String,
        /// Its id.
        id: ExternalId,
        /// What people see on the platform.
        name: String,
    },
    /// A live value that differs from what was last written.
    Changed {
        /// The object.
        address: Address,
        /// Its id.
        id: ExternalId,
        /// The field.
        path: FieldPath,
        /// What was written last.
        written: Json,
        /// What is live.
        live: Json,
        /// When it was written.
        at: Timestamp,
        /// Who changed it, where the platform tells.
        #[serde(skip_serializing_if = "Option::is_none")]
        by: Option<String>,
    },
    /// An object that was written and is not there any more.
    Gone {
        /// The object.
        address: Address,
        /// Its id.
        id: ExternalId,
    },
    /// An account that could not be read whole.
    Unread {
        /// The account.
        account: String,
        /// Why.
        because: String,
    },
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Log { problem } => write!(f, "the log is broken: {problem}"),
            Self::Unapproved { line, plan, missing } => {
                write!(f, "line {line}: a write of plan {plan} was not approved: {missing}")
            }
            Self::Unexplained { account, kind, id, name } => write!(
                f,
                "{kind} `{name}` (id {id}) on {account} carries our marker, and no logged write explains it"
            ),
            Self::Changed { address, id, path, written, live, at, by } => {
                let account = &address.account;
                let short = address.short();
                write!(
                    f,
                    "{short} (id {id}) on {account}: `{path}` is {live}, and {written} was written at {at}"
                )?;
                by.as_ref().map_or(Ok(()), |by| write!(f, "; changed by {by}"))
            }
            Self::Gone { address, id } => {
                write!(
                    f,
                    "{} (id {id}) on {} is gone, and no logged write removed it",
                    address.short(),
                    address.account
                )
            }
            Self::Unread { account, because } => {
                write!(f, "account {account} could not be checked: {because}")
            }
        }
    }
}

impl From<&LogProblem> for Finding {
    fn from(problem: &LogProblem) -> Self {
        Self::Log { problem: problem.to_string() }
    }
}
