//! The pure heart of Adplane: what is wanted, what is live, and the plan between the two.
//!
//! Nothing here reads a clock, a file, the network, the environment or randomness; whatever varies is an
//! argument. The vendors' own names live in `adplane-platforms`, YAML in `adplane-manifest`, effects in
//! `adplane-engine`.

pub mod address;
pub mod allocate;
pub mod anomaly;
pub mod approval;
pub mod asset;
pub mod cel;
pub mod desired;
pub mod diagnostic;
pub mod field;
pub mod forecast;
pub mod freeze;
pub mod ids;
pub mod marker;
pub mod metrics;
pub mod money;
pub mod notify;
pub mod observed;
pub mod overlay;
pub mod pacing;
pub mod plan;
pub mod policy;
pub mod pool;
pub mod rules;
pub mod schema;
pub mod selector;
pub mod stats;
pub mod suggest;
pub mod time;
pub mod value;
