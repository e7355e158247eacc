//! Lowering: documents to desired state, every reference and platform-neutral rule checked.
//!
//! Values stay neutral: what a vendor makes of them, its limits and its create defaults are the platform's
//! `refine`. The bytes of asset files are read here, once per path, for digest and dimensions.

use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;

use crate::load::Loaded;

/// The desired state, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Lowered {
    /// What is wanted; objects with errors are in it as far as they could be read.
    pub desired: Desired,
    /// Problems found while lowering, ordered by file and place; those of loading are in
    /// [`Loaded::diagnostics`].
    pub diagnostics: Vec<Diagnostic>,
}

/// Lowers loaded documents.
pub fn lower(loaded: &Loaded) -> Lowered {
    let desired = Desired { complete: loaded.complete, ..Desired::default() };
    Lowered { desired, diagnostics: Vec::new() }
}
