//! Policies: rules over the changes of a plan, written in CEL, checked before anything is planned.
//!
//! Expressions are those of [`crate::cel`]: `names` says what can be named, by the `catalogue`, `lookup` what it
//! stands for on one object. [`judge`] runs rules over a plan, [`foresee`] over what is wanted, before anything is
//! read.
//! [`review`] looks at rules themselves: those that never match, and those that others make idle.
//!
//! What fails, fails closed: a policy that does not compile stops the plan, one that cannot be judged counts
//! as matched. What an object merely does not have is no failure (see `docs/policies.md`).

mod case;
mod catalogue;
mod compile;
mod foresee;
mod lookup;
mod names;
mod overlap;
mod run;
mod slot;
mod source;
mod world;

#[cfg(test)]
mod tests;

pub use crate::cel::{
    MAX_DEPTH, MAX_LENGTH, MAX_MEMBERS, MAX_NESTING, MAX_NODES, MAX_STEPS, Placed, SourceText, Type,
};
pub use case::{Case, CaseAccount, CasePlan, Labels, Parent, judge_case};
pub use catalogue::{Catalogue, Entry, Group};
pub use compile::{Policy, Rule, compile};
pub use foresee::foresee;
pub use overlap::review;
pub use run::{Judgement, judge};
pub use source::{PolicySource, RuleSource, Scope, Severity};
