//! HTTP for all platforms, once: one pooled client, timeouts, retry, redaction.
//!
//! A platform's `calls` build [`Call`]s purely; [`Http::send`] sends them. Whether an answer is a failure,
//! and of which kind, is the platform's `errors` to say.

mod call;
mod client;

pub use call::{Answer, Body, Call, Credential, Part, Purpose};
pub use client::{Http, HttpSettings, WriteGate};
