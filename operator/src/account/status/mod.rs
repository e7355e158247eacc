//! What people read of a resource: a pure projection, and a writer that writes only what changed.

mod conditions;
mod figures;
mod project;
mod rules;
mod unattached;
mod words;
mod write;

pub(crate) use conditions::{Found, seconds};
pub use conditions::{Reason, Type};
pub(crate) use figures::tell_together;
pub use project::project;
pub use unattached::unattached;
pub use words::drift_text;
pub(crate) use words::{stalled, told};
pub use write::write;
