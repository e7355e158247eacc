//! Effects around the planner: observe, execute, journal, retry, quota.
//!
//! The vendors stand behind one port, [`port::Adapter`]; `adplane-platforms` implements it. Nothing here
//! knows a wire name.

pub mod error;
pub mod port;
