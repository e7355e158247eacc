//! Approvals of a plan, verified: who the API server saw, and whether they hold the right still.

use std::fmt;
use std::sync::Arc;

use adplane_core::plan::Class;
use adplane_engine::approve::{Cause, Decision, Keyring, Objection, Testimony, Witness, signed};
use adplane_manifest::api::plan::ApprovalDecision;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Handle;

use super::{SeenApproval, SeenPlan};
use crate::cache::Cache;

/// How the names of service accounts begin.
const SERVICE_ACCOUNT: &str = "system:serviceaccount:";
/// How far an approver's clock may be behind the API server's.
const APART: SignedDuration = SignedDuration::from_mins(1);

/// Asks the cluster about rights; a `SubjectAccessReview` outside of tests.
#[async_trait]
pub trait Rights: Send + Sync + fmt::Debug {
    /// Whether a user in groups may approve a class of plans in a namespace now.
    ///
    /// # Errors
    /// A sentence fragment, when nobody can tell; nothing is approved then.
    async fn may_approve(
        &self,
        user: &str,
        groups: &[String],
        class: &str,
        namespace: &str,
    ) -> Result<bool, String>;

    /// What guards approvals and is missing; empty when all of it is there.
    fn guards_missing(&self) -> Vec<String>;

    /// Whether the cluster writes down who changed what; where it does not, nobody is known to be an author.
    fn authors_stamped(&self) -> bool;

    /// Since when nothing was missing: what was approved earlier does not count.
    fn guarded_since(&self) -> Option<Timestamp>;

    /// Whether a service account is listed as an approver.
    fn lists(&self, service_account: &str) -> bool;

    /// The keys that count, when approvals of a class must be signed besides.
    ///
    /// # Errors
    /// A sentence fragment, when the keys cannot be read; nothing is approved then.
    fn keyring_for(&self, class: &Class) -> Result<Option<Keyring>, String>;

    /// Now.
    fn now(&self) -> Timestamp;
}

/// An approval, and what it comes to.
#[derive(Debug, Clone)]
pub struct Verified {
    /// The approval.
    pub approval: Arc<SeenApproval>,
    /// What it testifies, or why it counts for nothing.
    pub testimony: Result<Testimony, Objection>,
}

/// Verifies one approval of a plan; policy, quorum and expiry are the engine's to judge.
pub async fn verify(approval: &Arc<SeenApproval>, plan: &SeenPlan, rights: &dyn Rights) -> Verified {
    Verified { approval: Arc::clone(approval), testimony: testify(approval, plan, rights).await }
}

async fn testify(
    approval: &SeenApproval,
    plan: &SeenPlan,
    rights: &dyn Rights,
) -> Result<Testimony, Objection> {
    let spec = &approval.spec;
    let who = spec.approver.0.as_str();
    let place = approval.name.to_string();
    let class: Class = spec.class.0.parse().map_err(|error: adplane_core::plan::InvalidClass| {
        Objection::new(&place, None, Cause::Unreadable, error.to_string())
    })?;
    let object = |cause, detail: String| Err(Objection::new(&place, Some(&class), cause, detail));
    let Some(at) = approval.created else {
        return object(Cause::Unreadable, "it has no creation time".to_owned());
    };
    let missing = rights.guards_missing();
    if !missing.is_empty() {
        return object(
            Cause::Unguarded,
            format!("{} is missing, so anybody could have written it", missing.join(", ")),
        );
    }
    if rights.guarded_since().is_none_or(|since| at < since) {
        return object(
            Cause::Unguarded,
            format!(
                "{who} approved at {at}, when the operator did not see its admission policies in force: approve again"
            ),
        );
    }
    // An older plan of the same name may have had other content.
    if plan.created.is_some_and(|created| at < created) {
        return object(Cause::OtherPlan, format!("{who} decided before this plan was made"));
    }
    if who.starts_with(SERVICE_ACCOUNT) && !rights.lists(who) {
        return object(
            Cause::NotApprover,
            format!("{who} is a service account, and not listed as an approver"),
        );
    }
    let groups: Vec<String> = spec.approver_groups.iter().map(|group| group.0.clone()).collect();
    match rights.may_approve(who, &groups, &spec.class.0, &approval.namespace).await {
        Ok(true) => {}
        Ok(false) => {
            return object(
                Cause::NotApprover,
                format!("{who} may not approve plans of class {class} any more"),
            );
        }
        Err(because) => {
            return object(
                Cause::Unreadable,
                format!("nobody can tell whether {who} may approve: {because}"),
            );
        }
    }
    // Whoever says no need not prove more than the API server saw.
    let decision = decision(spec.decision);
    let mut at = at;
    if decision == Decision::Approve {
        match rights.keyring_for(&class) {
            Ok(None) => {}
            Ok(Some(keyring)) => {
                let signed = signed_at(approval, plan, &class, &keyring, rights.now())?;
                // A clock that is a little behind must not put a decision before an earlier one.
                if at.duration_since(signed) > APART {
                    at = signed;
                }
            }
            Err(because) => return object(Cause::Unreadable, because),
        }
    }
    let expires = match &spec.expires {
        None => None,
        Some(text) => match text.0.parse::<Timestamp>() {
            Ok(expires) => Some(expires),
            Err(_) => return object(Cause::Unreadable, format!("`{}` is not a moment", text.0)),
        },
    };
    Ok(Testimony {
        place,
        hash: spec.hash.0.clone(),
        class,
        decision,
        principal: who.to_owned(),
        groups,
        at,
        expires,
    })
}

/// When the same decision was signed by the same person. A signature can be sent again by whoever reads it, so it is as
/// old as it says, and counts for no plan that was made later.
fn signed_at(
    approval: &SeenApproval,
    plan: &SeenPlan,
    class: &Class,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<Timestamp, Objection> {
    let spec = &approval.spec;
    let who = spec.approver.0.as_str();
    let object = |cause, detail: String| Err(Objection::new(&approval.name, Some(class), cause, detail));
    let (Some(record), Some(signature)) = (&spec.record, &spec.signature) else {
        let detail = format!("class {class} needs a signature of {who} besides: approve with `--sign`");
        return object(Cause::Unsigned, detail);
    };
    let claim = signed(&approval.name, record, signature, keyring, now)?;
    let decides = claim.decision == decision(spec.decision);
    if claim.hash != spec.hash.0 || claim.class != *class || claim.principal != who || !decides {
        return object(Cause::BadSignature, format!("what {who} signed is another decision than this"));
    }
    if claim.expires.is_some_and(|expires| now >= expires) {
        return object(Cause::Expired, format!("{who} signed until {}", claim.expires.unwrap_or(now)));
    }
    let early = |created: &Timestamp| created.duration_since(claim.at) > APART;
    if let Some(created) = plan.created.filter(early) {
        let detail = format!("{who} signed at {}, before this plan was made at {created}", claim.at);
        return object(Cause::OtherPlan, detail);
    }
    Ok(claim.at)
}

fn decision(written: ApprovalDecision) -> Decision {
    match written {
        ApprovalDecision::Approve => Decision::Approve,
        ApprovalDecision::Reject => Decision::Reject,
    }
}

/// Watches the approvals of one plan for as long as it is carried out.
pub struct Watchful {
    /// The plan.
    pub plan: Arc<SeenPlan>,
    /// What the cluster looks like.
    pub cache: Arc<Cache>,
    /// Asks about rights.
    pub rights: Arc<dyn Rights>,
    /// Where to ask.
    pub handle: Handle,
}

impl fmt::Debug for Watchful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Watchful({})", self.plan.name)
    }
}

impl Witness for Watchful {
    /// Looks again at every approval and asks again about every right. Called from a worker of a multi-threaded
    /// runtime.
    fn testimonies(&self) -> Vec<Result<Testimony, Objection>> {
        let approvals = self.cache.approvals(&self.plan.namespace, &self.plan.name);
        tokio::task::block_in_place(|| {
            self.handle.block_on(async {
                let mut found = Vec::with_capacity(approvals.len());
                for approval in &approvals {
                    found.push(verify(approval, &self.plan, &*self.rights).await.testimony);
                }
                found
            })
        })
    }
}

#[cfg(test)]
mod tests;
