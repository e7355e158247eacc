//! Effects around the planner: credentials, observation, execution, journal, local state, git.
//!
//! The vendors stand behind one port, [`port::Adapter`]; `adplane-platforms` implements it. Nothing here
//! knows a wire name, and nothing but [`execute::execute`] writes to a platform.

pub mod approve;
pub mod assets;
pub mod audit;
pub mod clock;
pub mod credentials;
pub mod drift;
pub mod error;
pub mod execute;
pub mod git;
pub mod history;
pub mod metrics;
pub mod notify;
pub mod observe;
pub mod pause;
pub mod pools;
pub mod port;
pub mod receipts;
pub mod rehearse;
pub mod rules;
pub mod state;
pub mod watch;
