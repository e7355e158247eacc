//! Approval: the only way to make an [`ApprovedPlan`], which is all that the executor takes.
//!
//! `record` is the document that a person signs, `signature` its SSH signature, `evidence` finds documents and
//! keys, `git` reads signed commits and tags, `judge` decides who counts for what, `authors` tells who wrote a
//! change. Everything fails closed: what cannot be read, checked or understood counts for nothing and says why.

mod authors;
mod evidence;
mod git;
mod judge;
mod objection;
mod record;
mod signature;

use adplane_core::plan::document::{InvalidDocument, PlanDocument};
use adplane_core::plan::{Class, Operation, Plan, check};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use authors::{Written, authors};
pub use evidence::{Claim, Keyring, KeyringError, Sources};
pub use git::{Git, Surroundings, claims as commit_claims};
pub use judge::{Judgement, Question, Standing};
pub use objection::{Cause, Objection};
pub use record::{ApprovalRecord, Decision, NAMESPACE};
pub use signature::{BadSignature, key_bytes, sign};

/// A plan that may be carried out.
#[derive(Debug)]
pub struct ApprovedPlan {
    plan: Plan,
    hash: String,
    approvals: Vec<Approval>,
    /// What was asked and where the answers lie; absent where nobody is asked.
    asked: Option<(Question, Sources)>,
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

    /// Asks again, from the files: approvals expire, and people, keys and decisions are revoked.
    ///
    /// # Errors
    /// What is missing now.
    pub fn still_stands(&self, now: Timestamp) -> Result<(), Unapproved> {
        match &self.asked {
            Some((question, sources)) => answered(question, sources, now).map(|_| ()),
            None => Ok(()),
        }
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
    /// The approval policy that the plan carries cannot be understood.
    #[error("the plan's approval policy cannot be understood")]
    Policy(#[source] serde_json::Error),
    /// The keys cannot be read.
    #[error("approvals cannot be checked")]
    Keys(#[from] KeyringError),
    /// The project's approval policy asks for approvals that are not there.
    #[error("the approval policy asks for what is not there: {}", .0.missing().join("; "))]
    Missing(Box<Judgement>),
}

/// Approves a plan document as far as its approval policy lets nobody be asked.
///
/// # Errors
/// See [`Unapproved`].
pub fn approve(document: &PlanDocument) -> Result<ApprovedPlan, Unapproved> {
    approve_with(document, Sources::default(), Timestamp::MIN)
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
    Ok(ApprovedPlan { plan, hash: document.hash.clone(), approvals: Vec::new(), asked: None })
}

/// Approves a plan document by the approvals that its policy asks for.
///
/// A project without an approval policy asks for none, and neither does a plan that writes nothing.
///
/// # Errors
/// See [`Unapproved`].
pub fn approve_with(
    document: &PlanDocument,
    sources: Sources,
    now: Timestamp,
) -> Result<ApprovedPlan, Unapproved> {
    let plan = document.to_plan()?;
    if let Some(problem) = check::check(&plan).into_iter().next() {
        return Err(Unapproved::Unsound(problem));
    }
    if let Some(verdict) = document.denial() {
        return Err(Unapproved::Denied { rule: verdict.rule.clone(), message: verdict.message.clone() });
    }
    let question = Question::of(document).map_err(Unapproved::Policy)?.filter(|_| !plan.is_empty());
    let mut approved = ApprovedPlan { plan, hash: document.hash.clone(), approvals: Vec::new(), asked: None };
    if let Some(question) = question {
        approved.approvals = answered(&question, &sources, now)?.granted().cloned().collect();
        approved.asked = Some((question, sources));
    }
    Ok(approved)
}

/// How each class of a plan stands, for people to look at; `None` where nobody is asked.
///
/// # Errors
/// When the policy or the keys cannot be read.
pub fn standing(
    document: &PlanDocument,
    sources: &Sources,
    now: Timestamp,
) -> Result<Option<Judgement>, Unapproved> {
    let question = Question::of(document).map_err(Unapproved::Policy)?;
    Ok(match question {
        Some(question) => Some(question.judge(&sources.keyring()?, &sources.claims(), now)),
        None => None,
    })
}

fn answered(question: &Question, sources: &Sources, now: Timestamp) -> Result<Judgement, Unapproved> {
    let asks = |class| question.policy.rule(class).is_some_and(|rule| rule.wanted() > 0);
    if !question.classes.iter().any(asks) {
        return Ok(Judgement::default());
    }
    let judgement = question.judge(&sources.keyring()?, &sources.claims(), now);
    if judgement.is_met() { Ok(judgement) } else { Err(Unapproved::Missing(Box::new(judgement))) }
}
