//! Expressions in CEL: parsed, typed, bounded and run here; what they can name is their user's.
//!
//! `parse` reads a text (and alone knows the `cel` crate), `check` gives it types over what a [`Vocabulary`] can
//! name, `eval` runs it within counted steps over what a [`Lookup`] finds. Policies and automation rules are the
//! two users: to a policy what an object does not have is *absent*, to a rule what is not known is trouble, which
//! `&&` and `||` absorb where the other side decides.

mod bounds;
pub(crate) mod check;
pub(crate) mod code;
pub(crate) mod eval;
pub(crate) mod message;
pub(crate) mod parse;
pub(crate) mod problem;
pub(crate) mod ranges;
mod text;
mod types;

pub use bounds::{MAX_DEPTH, MAX_LENGTH, MAX_MEMBERS, MAX_NESTING, MAX_NODES, MAX_STEPS};
pub(crate) use check::Vocabulary;
pub(crate) use eval::Lookup;
pub use text::{Placed, SourceText};
pub use types::Type;
