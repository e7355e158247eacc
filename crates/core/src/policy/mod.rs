//! Policies: rules over the changes of a plan, written in CEL, checked before anything is planned.
//!
//! `parse` reads an expression (and alone knows the `cel` crate), `check` gives it types over what the
//! `catalogue` says can be named, `eval` runs it over one object within counted steps, [`judge`] over a plan,
//! [`foresee`] over what is wanted, before anything is read.
//! [`review`] looks at rules themselves: those that never match, and those that others make idle.
//!
//! What fails, fails closed: a policy that does not compile stops the plan, one that cannot be judged counts
//! as matched. What an object merely does not have is no failure (see `docs/policies.md`).

mod bounds;
mod case;
mod catalogue;
mod check;
mod code;
mod compile;
mod eval;
mod foresee;
mod message;
mod overlap;
mod parse;
mod problem;
mod run;
mod source;
mod types;
mod world;

#[cfg(test)]
mod tests;

pub use bounds::{MAX_DEPTH, MAX_LENGTH, MAX_MEMBERS, MAX_NESTING, MAX_NODES, MAX_STEPS};
pub use case::{Case, CaseAccount, CasePlan, Labels, Parent, judge_case};
pub use catalogue::{Catalogue, Entry, Group};
pub use compile::{Policy, Rule, compile};
pub use foresee::foresee;
pub use overlap::review;
pub use run::{Judgement, judge};
pub use source::{Placed, PolicySource, RuleSource, Scope, Severity, SourceText};
pub use types::Type;
