//! Approval: the only way to make an [`ApprovedPlan`], which is all that the executor takes.

use adplane_core::plan::document::{InvalidDocument, PlanDocument};
use adplane_core::plan::{Class, Operation, Plan, check};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A plan that may be carried out.
#[derive(Debug)]
pub struct ApprovedPlan {
    plan: Plan,
    hash: String,
    approvals: Vec<Approval>,
}

/// Somebody's verified approval of one class of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Who, as named in the allowed signers file.
    pub principal: String,
    /// What they allowed.
    pub class: Class,
    /// Fingerprint of the key they signed with, `SHA256:…`.
    pub key: String,
    /// When.
    pub at: Timestamp,
    /// Until when it holds.
    pub expires: Timestamp,
}

impl ApprovedPlan {
    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its hash.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// The approvals it rests on; none where the approval policy asks for none.
    pub fn approvals(&self) -> &[Approval] {
        &self.approvals
    }
}

/// Why a plan may not be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Unapproved {
    /// The document cannot be trusted.
    #[error(transparent)]
    Document(#[from] InvalidDocument),
    /// The plan breaks a rule that holds of every plan.
    #[error("the plan is unsound and was not applied: {0}")]
    Unsound(String),
    /// A policy denies it.
    #[error("denied by policy {rule}: {message}")]
    Denied {
        /// The rule.
        rule: String,
        /// What it says.
        message: String,
    },
    /// The project's approval policy asks for approvals that are not there.
    #[error("the approval policy asks for approvals of: {classes}")]
    Missing {
        /// The classes, joined by commas.
        classes: String,
    },
}

/// Approves a plan document as far as its approval policy allows.
///
/// A project without an approval policy asks for none. With one, signed approvals are needed; this version
/// cannot verify any yet, so it refuses rather than guess.
///
/// # Errors
/// See [`Unapproved`].
pub fn approve(document: &PlanDocument) -> Result<ApprovedPlan, Unapproved> {
    let plan = document.to_plan()?;
    if let Some(problem) = check::check(&plan).into_iter().next() {
        return Err(Unapproved::Unsound(problem));
    }
    if let Some(verdict) = document.denial() {
        return Err(Unapproved::Denied { rule: verdict.rule.clone(), message: verdict.message.clone() });
    }
    if document.approvals.is_some() && !plan.is_empty() {
        let classes: Vec<_> = document.classes.iter().map(Class::word).collect();
        return Err(Unapproved::Missing { classes: classes.join(", ") });
    }
    Ok(ApprovedPlan { plan, hash: document.hash.clone(), approvals: Vec::new() })
}

/// Approves a plan of the kill switch, whatever approvals, policies and freeze windows say: nothing in it may do
/// anything but pause what runs.
///
/// # Errors
/// See [`Unapproved`].
pub fn approve_stop(document: &PlanDocument) -> Result<ApprovedPlan, Unapproved> {
    let plan = document.to_plan()?;
    if let Some(problem) = check::check(&plan).into_iter().next() {
        return Err(Unapproved::Unsound(problem));
    }
    if plan.steps.iter().any(|step| step.operation != Operation::Pause) {
        return Err(Unapproved::Unsound("the kill switch only pauses".to_owned()));
    }
    Ok(ApprovedPlan { plan, hash: document.hash.clone(), approvals: Vec::new() })
}
