//! Requests: pure builders of calls, and the one sender.

pub(super) mod build;
pub(super) mod pace;
mod send;
pub(super) mod usage;

pub(super) use send::Graph;
