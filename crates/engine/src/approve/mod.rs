//! Approval: the only way to make an [`ApprovedPlan`], which is all that the executor takes.
//!
//! `record` is the document that a person signs, `signature` its SSH signature, `evidence` finds documents and
//! keys, `git` reads signed commits and tags, `judge` decides who counts for what, `authors` tells who wrote a
//! change. Everything fails closed: what cannot be read, checked or understood counts for nothing and says why.
//! The audit judges kept plans by kept evidence through the same [`Asked`].

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
pub use evidence::{
    Claim, Evidence, Exhibit, KeyFile, Keyring, KeyringError, Proof, Sources, Testimony, Witness, signed,
};
pub use git::{Git, ObjectKind, Surroundings, exhibits as commit_exhibits};
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
    /// The document, as the audit needs it.
    document: Vec<u8>,
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

    /// The bytes of its document, which are kept for the audit.
    pub(crate) fn document(&self) -> &[u8] {
        &self.document
    }

    /// Asks again, from the files: approvals expire, and people, keys and decisions are revoked. Gives what the
    /// answer rests on.
    ///
    /// # Errors
    /// What is missing now.
    pub fn still_stands(&self, now: Timestamp) -> Result<Evidence, Unapproved> {
        match &self.asked {
            Some((question, sources)) => {
                let evidence = sources.evidence()?;
                let keyring = evidence.keyring()?;
                question.answered(&evidence, &keyring, now)?;
                Ok(evidence.about(&self.hash, &keyring))
            }
            None => Ok(Evidence::default()),
        }
    }
}

/// What must hold of a plan before anybody looks at approvals, and what approvers are asked.
#[derive(Debug)]
pub struct Asked {
    /// The plan.
    pub plan: Plan,
    /// What is asked; absent where nobody is.
    pub question: Option<Question>,
}

impl Asked {
    /// Checks a document's hash and soundness, and reads its question.
    ///
    /// A project without an approval policy asks nobody, and neither does a plan that writes nothing or has only
    /// classes that need nobody.
    ///
    /// # Errors
    /// When the document cannot be trusted, or a policy denies it.
    pub fn of(document: &PlanDocument) -> Result<Self, Unapproved> {
        let plan = sound(document)?;
        if let Some(verdict) = document.denial() {
            return Err(Unapproved::Denied { rule: verdict.rule.clone(), message: verdict.message.clone() });
        }
        let question = Question::of(document).map_err(Unapproved::Policy)?;
        let question = question.filter(|question| !plan.is_empty() && question.asks_somebody());
        Ok(Self { plan, question })
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
    let plan = sound(document)?;
    if plan.steps.iter().any(|step| step.operation != Operation::Pause) {
        return Err(Unapproved::Unsound("the kill switch only pauses".to_owned()));
    }
    approved(document, plan, Vec::new(), None)
}

/// Approves a plan document by the approvals that its policy asks for.
///
/// # Errors
/// See [`Unapproved`].
pub fn approve_with(
    document: &PlanDocument,
    sources: Sources,
    now: Timestamp,
) -> Result<ApprovedPlan, Unapproved> {
    let Asked { plan, question } = Asked::of(document)?;
    let Some(question) = question else { return approved(document, plan, Vec::new(), None) };
    let evidence = sources.evidence()?;
    let judgement = question.answered(&evidence, &evidence.keyring()?, now)?;
    approved(document, plan, judgement.granted().cloned().collect(), Some((question, sources)))
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
    let Some(question) = Question::of(document).map_err(Unapproved::Policy)? else { return Ok(None) };
    let evidence = sources.evidence()?;
    let keyring = evidence.keyring()?;
    Ok(Some(question.judge(&keyring, &evidence.claims(&keyring), now)))
}

fn sound(document: &PlanDocument) -> Result<Plan, Unapproved> {
    let plan = document.to_plan()?;
    match check::check(&plan).into_iter().next() {
        Some(problem) => Err(Unapproved::Unsound(problem)),
        None => Ok(plan),
    }
}

fn approved(
    document: &PlanDocument,
    plan: Plan,
    approvals: Vec<Approval>,
    asked: Option<(Question, Sources)>,
) -> Result<ApprovedPlan, Unapproved> {
    let kept = serde_json::to_vec(document).map_err(|error| Unapproved::Unsound(error.to_string()))?;
    Ok(ApprovedPlan { plan, hash: document.hash.clone(), approvals, asked, document: kept })
}

impl Question {
    /// Whether a class of the plan needs an approval.
    fn asks_somebody(&self) -> bool {
        self.classes.iter().any(|class| self.policy.rule(class).is_some_and(|rule| rule.wanted() > 0))
    }

    /// Judges evidence by a keyring, for one instant.
    ///
    /// # Errors
    /// What is missing.
    pub fn answered(
        &self,
        evidence: &Evidence,
        keyring: &Keyring,
        now: Timestamp,
    ) -> Result<Judgement, Unapproved> {
        let judgement = self.judge(keyring, &evidence.claims(keyring), now);
        if judgement.is_met() { Ok(judgement) } else { Err(Unapproved::Missing(Box::new(judgement))) }
    }
}
