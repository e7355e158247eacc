//! What ads delivered, kept: the store of readings, how it is brought up to date, questions and exports.
//!
//! `sync` fills the store; `query` answers for objects, their parents and the account; `export` writes for other
//! programs. What counts and windows mean is `core::metrics`; what a platform's reports look like is its own folder's
//! business.

pub mod export;
pub mod forecast;
pub mod query;
pub mod requests;
pub mod store;
pub mod sync;
pub mod tidy;
