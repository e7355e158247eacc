//! The kinds of `adplane.io/v1alpha1` as types. Doc comments here are user text: they become the
//! descriptions in schemas and in `kubectl explain`.

pub mod project;
pub mod text;

/// Group of every kind.
pub const GROUP: &str = "adplane.io";
/// `apiVersion` of every document.
pub const API_VERSION: &str = "adplane.io/v1alpha1";
