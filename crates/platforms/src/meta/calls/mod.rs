//! Requests: pure builders of calls, and the one sender.

pub(super) mod build;
pub(super) mod pace;
mod send;

pub(super) use send::Graph;
