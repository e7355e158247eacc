//! The YAML API `adplane.io/v1alpha1`: files to documents with spans, documents to desired state, live
//! accounts back to files, and the schemas of it all.
//!
//! The Rust types in [`api`] are the one source of truth: JSON Schemas, custom resource definitions and the
//! walker that checks files derive from them. Files are read in [`load`] and nowhere else; everything after
//! it is pure, except for the bytes of assets, whose digest and size [`lower`] measures. Rules of a single
//! vendor (limits, allowed combinations, ids) live in `adplane-platforms`.

pub mod api;
mod cases;
mod check;
pub mod compare;
pub mod edit;
pub mod load;
pub mod lower;
pub mod raise;
pub mod schema;
mod yaml;

pub use cases::{Cases, ExpectedObject, PolicyCase, RuleCase, RuleCases, load_cases, load_rule_cases};
pub use load::{FileTree, LoadRequest, Loaded, is_case_file, load};
pub use lower::{Lowered, lower, lower_notifications, lower_policies, lower_rules};
pub use raise::{RaiseRequest, Raised, RaisedFile, raise};
