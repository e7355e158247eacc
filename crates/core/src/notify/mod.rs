//! Notifications: what happened, who wants to know, and when they are told.
//!
//! A [`Happening`] becomes an [`Event`] in plain words; [`route()`] leads events through the routes of
//! [`NotificationPolicy`] documents to channels, at once or later. All of it is pure: time and what was told before are
//! arguments. Sending, retrying and the outbox are `adplane-engine`'s.

mod event;
mod happening;
mod policy;
mod route;
mod words;

#[cfg(test)]
mod tests;

pub use event::{Event, EventAccount, EventKind, EventPool, Fact, Severity, Subject, unvaried};
pub use happening::{Difference, Happening, KillSwitch, MAX_FACTS, PoolMoney};
pub use policy::{
    Channel, Digest, Email, Match, Medium, NotificationPolicy, Quiet, Route, Throttle, Times, Tls, quiet_end,
};
pub use route::{LONGEST_DEDUP, Memory, Routed, route};
