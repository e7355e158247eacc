//! What runs on an account and is not in git: made by hand, of another project, or left there when its YAML went.
//!
//! Rules look at none of it, and the spend guard counts it. Amounts of worst days take all of it. The wall of the day
//! takes of each by how much it is more than when the day began:
//!
//! ```text
//! in git + each stranger's max(0, now - that morning)  <=  in git that morning + a share of it + what rules held then
//! ```
//!
//! So no raise leaves an account above what all of it began the day with and a share of what git had of it, in whatever
//! order things happen:
//!
//! - What leaves git was no stranger that morning, and counts in full while it runs: it makes no room. Where a rule held it
//!   paused, the room that was kept for it goes with it.
//! - What comes into git counts in full as well, as if it had been made that day, and as before once it leaves again.
//! - A stranger that appears, or is raised by hand, takes room by that. What the day began with does not grow by it.
//! - One that vanishes makes no room, neither for what is in git nor for what leaves it: nothing is added up before it is
//!   compared. No share of strangers is anybody's room.
//!
//! What is in git and strangers are remembered of the same instant, and of neither before both are known: what moves from
//! the one to the other in between would be in both.

use std::collections::BTreeMap;

use compact_str::CompactString;

use super::spend::Spend;
use crate::address::Address;

/// What of an account can be spent by what is not in git.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Strangers {
    /// Each by its kind and the platform's id, where it runs or would run with what it lies in.
    pub each: BTreeMap<CompactString, Stranger>,
    /// One of which nobody knows whether it runs: what is not known cannot be added up.
    pub unknown: Option<String>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// Its own budget.
    pub spend: Spend,
    /// The object in git that it lies in, with which it runs.
    pub above: Option<Address>,
}
