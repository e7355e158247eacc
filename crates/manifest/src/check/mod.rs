//! The walker: nodes against shapes, in one pass that checks and flattens.
//!
//! [`shape`] is the compiled form of the schema that the API types derive; [`walk`] goes through a node with
//! it and collects fields and every problem; [`document`] does so for a whole document. Checks that need
//! another document are [`crate::lower`]'s.

pub(crate) mod approvals;
pub(crate) mod document;
pub(crate) mod shape;
mod suggest;
mod text;
pub(crate) mod walk;

pub(crate) use suggest::nearest;
pub(crate) use text::basis_points;
