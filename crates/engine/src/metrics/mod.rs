//! What ads delivered, kept: the store of readings.
//!
//! What counts and windows mean is `core::metrics`; what a platform's reports look like is its own folder's
//! business.

pub mod store;
