//! What ads delivered, kept: the store of readings and how it is brought up to date.
//!
//! What counts and windows mean is `core::metrics`; what a platform's reports look like is its own folder's
//! business.

pub mod requests;
pub mod store;
pub mod sync;
