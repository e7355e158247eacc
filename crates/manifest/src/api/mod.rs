//! The kinds of `adplane.io/v1alpha1` as types. Doc comments here are user text: they become the
//! descriptions in schemas and in `kubectl explain`.
//!
//! Everything else derives from these types: JSON Schemas and custom resource definitions
//! ([`crate::schema`]), and the walker that checks files. Annotations that the walker reads: `x-adplane`
//! names the check of a text, `x-adplane-exactly-one` lists fields of which one is written,
//! `x-kubernetes-list-type` says what a list means, and an atomic `x-kubernetes-map-type` makes an object one
//! field. Definitions take `x-adplane-root`, rules about the whole resource, from a spec. [`plan`] holds the
//! kinds that only a cluster has.

pub mod account;
pub mod authors;
pub mod budget;
pub mod campaign;
pub mod common;
pub mod creative;
pub mod freeze;
pub mod guard;
mod macros;
pub mod metadata;
pub mod notification;
pub mod overlay;
pub mod plan;
pub mod policy;
pub mod project;
pub mod rule;
mod rule_holds;
pub mod status;
pub mod text;
pub mod vendor;

pub use account::{AdAccount, AdAccountSpec};
pub use budget::{Budget, BudgetSpec};
pub use campaign::{AdGroup, AdGroupSpec, Campaign, CampaignSpec};
pub use creative::{Creative, CreativeSpec};
pub use freeze::{FreezeWindow, FreezeWindowSpec};
pub use notification::{NotificationPolicy, NotificationPolicySpec};
pub use overlay::{Override, OverrideSpec};
pub use plan::{Plan, PlanApproval, PlanApprovalSpec, PlanApprovalStatus, PlanSpec, PlanStatus};
pub use policy::{Policy, PolicySpec};
pub use rule::{AutomationRule, AutomationRuleSpec};
pub use status::{Condition, ResourceStatus};

/// Group of every kind.
pub const GROUP: &str = "adplane.io";
/// `apiVersion` of every document.
pub const API_VERSION: &str = "adplane.io/v1alpha1";
