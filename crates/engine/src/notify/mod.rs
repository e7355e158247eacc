//! Telling people: the outbox on disk, and the channels that it is sent through.
//!
//! What is told, to whom and when is decided by [`adplane_core::notify`], which is pure. Here every message is first
//! written to the [`Outbox`] and only then sent, so that a crash or a channel that is down loses nothing: a message is
//! sent at least once, with an id that receivers know it by. Nothing here holds a secret longer than one attempt, and
//! the address of a webhook counts as one: people see its host.

mod channel;
mod cloud;
mod flush;
pub mod happenings;
mod outbox;
mod render;
mod retry;

#[cfg(test)]
mod tests;

pub use channel::{Reach, Refusal, SendError, connect};
pub use cloud::{SIGNATURE_HEADER, cloud_event, sign, verify};
pub use flush::{Flush, Flushed, Trouble};
pub use outbox::{Delivery, Kept, Outbox, Shelf};
pub use retry::{LONGEST_TRY, MOST_TRIES};
