//! What people read of a resource: a pure projection, and a writer that writes only what changed.

mod conditions;
mod figures;
mod project;
mod write;

pub use conditions::{Reason, Type};
pub use project::{drift_text, project};
pub use write::write;
