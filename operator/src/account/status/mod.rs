//! What people read of a resource: a pure projection, and a writer that writes only what changed.

mod conditions;
mod figures;
mod project;
mod rules;
mod unattached;
mod write;

pub(crate) use conditions::{Found, seconds};
pub use conditions::{Reason, Type};
pub use project::{drift_text, project};
pub(crate) use project::{stalled, told};
pub use unattached::unattached;
pub use write::write;
