use adplane_manifest::api::plan::PlanApproval;
use serde_json::{Value, json};

use super::*;

const HASH: &str = "sha256:aaaa";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What a cluster says when asked.
#[derive(Debug)]
struct Answers {
    allowed: Result<bool, String>,
    missing: Vec<String>,
    since: Option<Timestamp>,
    keyring: Result<Option<Keyring>, String>,
}

fn answers() -> Answers {
    Answers {
        allowed: Ok(true),
        missing: Vec::new(),
        since: Some(at("2026-11-20T08:00:00Z")),
        keyring: Ok(None),
    }
}

#[async_trait]
impl Rights for Answers {
    async fn may_approve(&self, _: &str, _: &[String], _: &str, _: &str) -> Result<bool, String> {
        self.allowed.clone()
    }
    fn guards_missing(&self) -> Vec<String> {
        self.missing.clone()
    }
    fn authors_stamped(&self) -> bool {
        true
    }
    fn guarded_since(&self) -> Option<Timestamp> {
        self.since
    }
    fn lists(&self, service_account: &str) -> bool {
        service_account.ends_with(":listed")
    }
    fn keyring_for(&self, _: &Class) -> Result<Option<Keyring>, String> {
        self.keyring.clone()
    }
    fn now(&self) -> Timestamp {
        at("2026-11-20T12:00:00Z")
    }
}

fn plan() -> SeenPlan {
    SeenPlan {
        namespace: "growth".into(),
        name: "plan-aaaa".into(),
        uid: "u".into(),
        created: Some(at("2026-11-20T09:00:00Z")),
        spec: adplane_manifest::api::plan::PlanSpec::default(),
        status: adplane_manifest::api::plan::PlanStatus::default(),
    }
}

fn approval(spec: &Value) -> Arc<SeenApproval> {
    let mut whole = json!({
        "plan": "plan-aaaa", "hash": HASH, "class": "raise", "decision": "Approve", "approver": "ana",
        "approverGroups": ["leads"],
    });
    for (key, value) in spec.as_object().unwrap() {
        whole[key] = value.clone();
    }
    let object = json!({
        "apiVersion": "adplane.io/v1alpha1", "kind": "PlanApproval", "spec": whole,
        "metadata": {
            "name": "plan-aaaa-x", "namespace": "growth", "uid": "a", "creationTimestamp": "2026-11-20T10:00:00Z",
        },
    });
    let approval: PlanApproval = serde_json::from_value(object).unwrap();
    Arc::new(SeenApproval::read(approval).unwrap())
}

async fn cause(spec: Value, rights: Answers) -> Result<Testimony, Cause> {
    verify(&approval(&spec), &plan(), &rights).await.testimony.map_err(|objection| objection.cause)
}

#[tokio::test]
async fn what_the_api_server_saw_is_testified() {
    let testimony = cause(json!({}), answers()).await.unwrap();
    assert_eq!((testimony.principal.as_str(), testimony.hash.as_str()), ("ana", HASH));
    assert_eq!(testimony.groups, ["leads"]);
    assert_eq!(testimony.at, at("2026-11-20T10:00:00Z"), "the API server's clock, not the approver's");
}

#[tokio::test]
async fn each_doubt_is_an_objection() {
    let unguarded = Answers { missing: vec!["adplane-approval".into()], ..answers() };
    assert_eq!(cause(json!({}), unguarded).await.unwrap_err(), Cause::Unguarded);
    let later = Answers { since: Some(at("2026-11-20T11:00:00Z")), ..answers() };
    assert_eq!(cause(json!({}), later).await.unwrap_err(), Cause::Unguarded);
    let lost = Answers { allowed: Ok(false), ..answers() };
    assert_eq!(cause(json!({}), lost).await.unwrap_err(), Cause::NotApprover);
    let silent = Answers { allowed: Err("no answer".into()), ..answers() };
    assert_eq!(cause(json!({}), silent).await.unwrap_err(), Cause::Unreadable);
    let machine = json!({ "approver": "system:serviceaccount:argocd:controller" });
    assert_eq!(cause(machine, answers()).await.unwrap_err(), Cause::NotApprover);
    assert!(cause(json!({ "approver": "system:serviceaccount:ci:listed" }), answers()).await.is_ok());
    assert_eq!(cause(json!({ "expires": "soon" }), answers()).await.unwrap_err(), Cause::Unreadable);
}

#[tokio::test]
async fn an_approval_older_than_its_plan_is_for_another() {
    let mut plan = plan();
    plan.created = Some(at("2026-11-20T10:30:00Z"));
    let verified = verify(&approval(&json!({})), &plan, &answers()).await;
    assert_eq!(verified.testimony.unwrap_err().cause, Cause::OtherPlan);
}

#[tokio::test]
async fn a_class_that_needs_a_signature_takes_no_other_word() {
    let asks = || Answers { keyring: Ok(Some(Keyring::default())), ..answers() };
    assert_eq!(cause(json!({}), asks()).await.unwrap_err(), Cause::Unsigned);
    let record = json!({ "record": "{}", "signature": "-----BEGIN SSH SIGNATURE-----\n" });
    assert_eq!(cause(record, asks()).await.unwrap_err(), Cause::Unreadable);
    let unreadable = Answers { keyring: Err("cannot read the keys".into()), ..answers() };
    assert_eq!(cause(json!({}), unreadable).await.unwrap_err(), Cause::Unreadable);
}
