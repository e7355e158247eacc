//! Automation rules: what is watched, and what should happen when it comes about. All of it is pure.
//!
//! ```text
//! RuleSource ──compile──> Rule ─┐
//!                               ├─evaluate──> verdicts, intents ──resolve──> decisions ──record──> RuleRun, next Memory
//! Snapshot, Memory ─────────────┘
//! ```
//!
//! 1. `compile` types the expressions of a rule over what a `vocabulary` can name, and extracts the metrics and
//!    windows that they need. A metric that a platform in scope cannot tell is an error here, not at run time.
//! 2. `evaluate` reads one [`Snapshot`] for all rules of a namespace. A clause is true, false or unknown with a
//!    reason; unknown never acts. What is due, sustained and past its cooldown becomes an [`Intent`]: amounts in
//!    integers, from the budget in force, absolute, so that a retry cannot compound them.
//! 3. `resolve` decides between intents: stops and guards, holds, priority, caution. One wins each field of an
//!    object; every other one says what became of it.
//! 4. Records say for every object why the rule did or did not act ([`explain`]); the next [`Memory`] is a value.
//!
//! Nothing here writes, asks a platform or reads a clock. The order of rules and objects never changes a result.

mod able;
mod action;
mod amount;
mod band;
mod caps;
mod case;
mod coming;
mod compile;
mod decide;
mod domain;
mod evaluate;
mod explain;
mod figure;
mod foresee;
mod forget;
mod functions;
mod guard;
mod guards;
mod intent;
mod keep;
mod limits;
mod lint;
mod lookup;
mod memory;
mod notice;
mod outage;
mod peers;
mod planning;
mod rebalance;
mod reckon;
mod reconsider;
mod record;
mod report;
mod require;
mod resolve;
mod review;
mod rule;
mod run;
mod running;
mod schedule;
mod slot;
mod snapshot;
mod source;
mod spend;
mod stabilize;
mod strangers;
#[cfg(test)]
mod tests;
mod unheard;
mod unknown;
mod vocabulary;
mod wanted;

pub use able::{Need, unable};
pub use action::{Action, Bounds, Step, TargetValue};
pub use caps::{beyond_caps, committed, other_accounts};
pub use case::{Case, CaseForecast, CaseObject, CaseSeries, run_case};
pub use coming::room;
pub use compile::{Reach, ReachedAccount, compile, untold};
pub use decide::{Decision, Outcome};
pub use explain::{explain, sentence};
pub use figure::Figure;
pub use foresee::{FORETOLD, Forecasts, Foreseen, Foretold};
pub use guards::{AccountGuard, Amounts, Guards, OtherAccount, SpendGuard};
pub use intent::{Change, Direction, Intent, Planned};
pub use lint::lint;
pub use memory::{Breaker, FieldMemory, Memory, Mood, Pause, RuleMemory, Shadowed, Wanted};
pub use notice::{Blind, Notice};
pub use reconsider::{Reconsidered, reconsider, with_mornings};
pub use record::{Clause, ObjectRun, Part, RuleRun, Told, Truth, Used, Verdict};
pub use report::{COLUMNS, line};
pub use review::{Endings, Firings, Review, RuleReview, carry_out};
pub use rule::{Expression, Formula, Rule, Template};
pub use run::{Run, agreed, is_due, next_look, rehearse, run};
pub use snapshot::{
    AccountState, Budget, Cadence, Hold, ObjectState, Observed, Ownership, Signal, Snapshot, State, Usual,
    WindowSums,
};
pub use source::{
    Approval, Limits, Mode, OnTimeout, Promote, Rates, Require, RuleKey, RuleScope, RuleSource, Schedule,
    SignalKind, SignalSource, Stabilize, signal_value,
};
pub use spend::{Morning, Spend};
pub use strangers::{Stranger, Strangers};
pub use unheard::unheard;
pub use unknown::Unknown;
