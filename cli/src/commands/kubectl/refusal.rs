//! What an API server says, in the words of who asked: what happened, and what to do next.

use super::cluster::Cluster;
use crate::error::{Exit, Failure};

/// What stands before an admission policy's own words.
const DENIED: &str = " denied request: ";
const POLICY: &str = "ValidatingAdmissionPolicy '";

/// How a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// An admission policy says no.
    Policy {
        /// Its name.
        name: String,
        /// Its words.
        says: String,
    },
    /// The user's roles do not hold the right.
    NoRight(String),
    /// The cluster does not know who asks.
    Unknown,
    /// The object is not there.
    Missing,
    /// The kind is not there.
    NotInstalled,
    /// The object does not fit its definition.
    Invalid(String),
    /// Something else that the API server says.
    Other(String),
    /// Nobody answered.
    Unreachable,
}

impl Refusal {
    /// Reads an error.
    pub(super) fn of(error: &kube::Error) -> Self {
        let kube::Error::Api(status) = error else { return Self::Unreachable };
        let message = status.message.clone();
        if let Some((before, says)) = message.split_once(DENIED) {
            let name = before.split(POLICY).nth(1).and_then(|rest| rest.split('\'').next());
            return Self::Policy { name: name.unwrap_or_default().to_owned(), says: says.to_owned() };
        }
        let names_an_object = status.details.as_ref().is_some_and(|details| !details.name.is_empty());
        match status.code {
            401 => Self::Unknown,
            403 => Self::NoRight(message),
            404 if names_an_object => Self::Missing,
            404 => Self::NotInstalled,
            400 | 422 => Self::Invalid(message),
            _ => Self::Other(message),
        }
    }
}

/// A request that failed; `what` completes "cannot ..".
pub(super) fn failure(cluster: &Cluster, what: &str, refusal: &Refusal, error: &kube::Error) -> Failure {
    let message = format!("cannot {what}");
    match refusal {
        Refusal::Policy { name, says } => Failure::new(Exit::Unapproved, format!("{message}: {says}"))
            .hint(format!("the admission policy {name} refuses it")),
        Refusal::NoRight(says) => Failure::error(format!("{message}: you have no right to")).because(says).hint(
            "whoever administers the cluster binds roles: adplane-viewer, adplane-editor, adplane-approver, adplane-admin",
        ),
        Refusal::Unknown => Failure::error(format!("{message}: {} does not know you", cluster.shown()))
            .hint("log in again, or name another context with `--context NAME`; `kubectl auth whoami` tells who you are"),
        Refusal::Missing => Failure::error(format!("{message}: it is not in namespace {}", cluster.namespace))
            .hint("name its namespace with `-n NAME`; `kubectl adplane status -A` lists all accounts"),
        Refusal::NotInstalled => Failure::error(format!("{message}: {} has no Adplane", cluster.shown()))
            .hint("install the charts adplane-crds and adplane, or name another context with `--context NAME`"),
        Refusal::Invalid(says) => Failure::error(format!("{message}: the cluster does not take it")).because(says).hint(
            "this adplane may be of another version than the cluster's: `adplane --version`, and the operator's image",
        ),
        Refusal::Other(says) => Failure::error(format!("{message}: {says}")).hint("try again in a moment"),
        Refusal::Unreachable => Failure::error(format!("{message}: {} does not answer", cluster.shown()))
            .caused_by(error)
            .hint("is it the right context: `kubectl config current-context`?"),
    }
}
