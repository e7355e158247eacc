//! `kubectl adplane approve` and `reject`: shows a plan, asks, and creates one `PlanApproval` per class.

use adplane_core::approval::{ApprovalPolicy, Hold};
use adplane_core::plan::Class;
use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::{ApprovalRecord, Decision, NAMESPACE};
use adplane_engine::clock::Clock;
use adplane_manifest::api::plan::{ApprovalDecision, PlanApproval, PlanApprovalSpec};
use adplane_manifest::api::status::PlanPhase;
use adplane_manifest::api::text::{ClassName, Instant, Message, ResourceName, UserName};
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::SelfSubjectReview;
use kube::api::{Api, PostParams};

use super::MANAGER;
use super::cluster::Cluster;
use super::plan::{self, NoBody, Read};
use super::refusal::{self, Refusal};
use crate::args::{ClusterDecisionArgs, OutputFormat};
use crate::commands::approve::signer::Signer;
use crate::commands::approve::{classes, hold, policy};
use crate::error::{Exit, Failure};
use crate::render;
use crate::settings::Settings;
use crate::ui::Ui;

/// Who decides, as the cluster knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) groups: Vec<String>,
    pub(super) uid: Option<String>,
}

/// What somebody decides about every class.
pub(super) struct Decided<'a> {
    pub(super) person: Person,
    pub(super) decision: Decision,
    pub(super) at: Timestamp,
    pub(super) expires: Option<Hold>,
    pub(super) reason: Option<&'a str>,
    pub(super) signer: Option<Signer>,
    pub(super) policy: Option<ApprovalPolicy>,
}

pub(super) async fn run(
    cluster: &Cluster,
    args: &ClusterDecisionArgs,
    decision: Decision,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let plan = plan::read(cluster, &args.plan).await?;
    open_to(decision, &plan)?;
    let document = show(cluster, &plan, ui).await?;
    let policy = document.as_ref().map(policy).transpose()?;
    let all = plan.spec.classes.iter().map(|class| class.0.parse());
    let all: Vec<Class> = all.collect::<Result<_, _>>().map_err(|error| {
        Failure::error("the plan has a class that this adplane does not know").caused_by(&error)
    })?;
    let classes = classes(&all, policy.as_ref(), &args.class)?;
    let person = whoami(cluster).await?;
    let signer = if args.sign.sign {
        let principal = args.sign.signer.as_deref().unwrap_or(&person.name);
        Some(Signer::find(args.sign.key.as_deref(), Some(principal), &[], settings)?)
    } else {
        None
    };
    confirm(cluster, &plan, decision, &classes, &person, args.yes, ui)?;
    let now = Clock::System.now();
    let decided = Decided {
        person,
        decision,
        // Whole seconds read better, and none is lost by rounding down.
        at: Timestamp::from_second(now.as_second()).unwrap_or(now),
        expires: args.expires,
        reason: args.reason.as_deref(),
        signer,
        policy,
    };
    let mut refused = Vec::new();
    for class in &classes {
        match create(cluster, &plan, class, &decided).await {
            Ok(name) => ui.note(&format!("{} {class} of {}: {name}", past(decision), plan.name)),
            Err(failure) => refused.push(failure),
        }
    }
    outcome(&plan, &classes, refused, decision, ui)
}

/// Whether a plan can be decided on where it stands.
fn open_to(decision: Decision, plan: &Read) -> Result<(), Failure> {
    use PlanPhase::{
        Applied, Applying, Approved, Denied, Failed, Held, PartlyApplied, Pending, Rejected, Superseded,
    };
    let name = &plan.name;
    let phase = plan.status.phase.unwrap_or_default();
    let said = plan.status.message.as_ref().map(|message| format!(": {}", message.0)).unwrap_or_default();
    let stands = format!("{name} is {phase:?}{said}");
    let other = format!("`kubectl adplane status {}` tells what waits now", plan.spec.account.0);
    match (phase, decision) {
        // A rejection stands until the one who rejected approves.
        (Pending | Rejected, _) | (Approved | Held | Applying, Decision::Reject) => Ok(()),
        (Approved | Applying, Decision::Approve) => {
            Err(Failure::error(stands).hint("nobody's approval is missing: there is nothing to approve"))
        }
        (Held, Decision::Approve) => {
            Err(Failure::error(stands).hint("it waits for that, not for you; approve it when it is Pending"))
        }
        (Denied, _) => Err(Failure::new(Exit::Denied, stands)
            .hint("no approval gets past a policy: change what the plan rests on, or the policy")),
        (Applied | PartlyApplied, _) => {
            Err(Failure::new(Exit::Stale, stands).hint(format!("there is nothing left to decide; {other}")))
        }
        (Superseded | Failed, _) => Err(Failure::new(Exit::Stale, stands).hint(other)),
    }
}

/// Shows all that can be seen of a plan; its document, where it is at hand.
async fn show(cluster: &Cluster, plan: &Read, ui: &Ui) -> Result<Option<PlanDocument>, Failure> {
    let document = match plan::body(cluster, plan).await {
        Ok(document) => Some(document),
        Err(NoBody::Wrong(failure)) => return Err(failure),
        Err(NoBody::Elsewhere(failure)) => {
            ui.failure(&failure);
            ui.note("what follows is only what the plan itself tells");
            None
        }
    };
    match &document {
        Some(document) => ui.data(&render::plan(document, OutputFormat::Text))?,
        None => ui.data(&plan::summary(plan))?,
    }
    for line in plan::standing(&plan.status) {
        ui.note(&line);
    }
    Ok(document)
}

async fn whoami(cluster: &Cluster) -> Result<Person, Failure> {
    let api: Api<SelfSubjectReview> = Api::all(cluster.client.clone());
    let review = api
        .create(&PostParams::default(), &SelfSubjectReview::default())
        .await
        .map_err(|error| cluster.failed("find out who you are", &error))?;
    let user = review.status.and_then(|status| status.user_info).unwrap_or_default();
    Ok(Person {
        name: user.username.unwrap_or_default(),
        groups: user.groups.unwrap_or_default(),
        uid: user.uid.filter(|uid| !uid.is_empty()),
    })
}

fn confirm(
    cluster: &Cluster,
    plan: &Read,
    decision: Decision,
    classes: &[Class],
    person: &Person,
    yes: bool,
    ui: &Ui,
) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    if !ui.is_interactive() {
        return Err(Failure::new(Exit::Unapproved, "nobody was asked: there is no terminal")
            .hint("run it at a terminal, or add `--yes` after having read the plan"));
    }
    let words: Vec<String> = classes.iter().map(ToString::to_string).collect();
    let question = format!(
        "{decision} {} of {} on account {} as {} in {}?",
        words.join(", "),
        plan.name,
        plan.spec.account.0,
        person.name,
        cluster.shown()
    );
    if ui.confirm(&question) { Ok(()) } else { Err(Failure::new(Exit::Interrupted, "nothing was decided")) }
}

/// The approval of one class. Who approves is stamped by the cluster; it is written here all the same for clusters
/// that only compare.
pub(super) fn approval(plan: &Read, class: &Class, decided: &Decided<'_>) -> Result<PlanApproval, Failure> {
    let Decided { person, decision, at, expires, reason, signer, policy } = decided;
    let mut until = expires.map(|hold| hold.after(*at));
    let (mut record, mut signature) = (None, None);
    if let Some(signer) = signer {
        let held = policy.as_ref().map(|policy| hold(policy, class)).unwrap_or_default();
        let signed = ApprovalRecord {
            hash: plan.spec.hash.0.clone(),
            class: class.clone(),
            decision: *decision,
            principal: signer.principal().to_owned(),
            at: *at,
            expires: *until.get_or_insert_with(|| held.after(*at)),
        };
        let bytes = signed.to_bytes();
        signature = Some(signer.sign(NAMESPACE, &bytes)?);
        record = Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    let spec = PlanApprovalSpec {
        plan: ResourceName(plan.name.clone()),
        hash: plan.spec.hash.clone(),
        class: ClassName(class.to_string()),
        decision: match decision {
            Decision::Approve => ApprovalDecision::Approve,
            Decision::Reject => ApprovalDecision::Reject,
        },
        approver: UserName(person.name.clone()),
        approver_groups: person.groups.iter().cloned().map(UserName).collect(),
        approver_uid: person.uid.clone(),
        expires: until.map(|until| Instant(until.to_string())),
        reason: reason.map(|reason| Message(reason.to_owned())),
        record,
        signature,
    };
    let mut approval = PlanApproval::new("", spec);
    // The cluster finds a free name: an approval is final, a change of mind is another one.
    approval.metadata.name = None;
    approval.metadata.generate_name = Some(format!("{}-", plan.name));
    Ok(approval)
}

/// Creates the approval of one class; its name.
pub(super) async fn create(
    cluster: &Cluster,
    plan: &Read,
    class: &Class,
    decided: &Decided<'_>,
) -> Result<String, Failure> {
    let api: Api<PlanApproval> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let parameters = PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
    match api.create(&parameters, &approval(plan, class, decided)?).await {
        Ok(made) => Ok(made.metadata.name.unwrap_or_default()),
        Err(error) => Err(refused(cluster, plan, class, decided, &error)),
    }
}

/// Why an approval was refused, and who can help.
fn refused(
    cluster: &Cluster,
    plan: &Read,
    class: &Class,
    decided: &Decided<'_>,
    error: &kube::Error,
) -> Failure {
    let refusal = Refusal::of(error);
    let verb = match decided.decision {
        Decision::Approve => "approve",
        Decision::Reject => "reject",
    };
    let what = format!("{verb} {class} of {}", plan.name);
    let mut failure = refusal::failure(cluster, &what, &refusal, error);
    let role = format!(
        "whoever administers the cluster can give you the right: `kubectl create rolebinding NAME -n {} --clusterrole={} --user={}`",
        cluster.namespace,
        role(class),
        decided.person.name
    );
    match &refusal {
        Refusal::NoRight(_) => {
            failure.exit = Exit::Unapproved;
            failure.hint(role)
        }
        Refusal::Policy { says, .. } if says.contains("may not approve plans of class") => failure.hint(role),
        Refusal::Policy { says, .. } if says.contains("wrote part of this change") => {
            let authors: Vec<&str> = plan.spec.authors.iter().map(|author| author.0.as_str()).collect();
            failure.hint(format!("somebody else has to: its authors are {}", authors.join(", ")))
        }
        Refusal::Policy { says, .. }
            if says.contains("hash is not that") || says.contains("nothing left") =>
        {
            failure.exit = Exit::Stale;
            failure.hint(format!("`kubectl adplane status {}` tells what waits now", plan.spec.account.0))
        }
        _ => failure,
    }
}

/// The role that comes with the chart for approving a class.
fn role(class: &Class) -> &'static str {
    match class {
        Class::Delete => "adplane-approver-delete",
        Class::Exception => "adplane-approver-exception",
        _ => "adplane-approver",
    }
}

fn past(decision: Decision) -> &'static str {
    match decision {
        Decision::Approve => "approved",
        Decision::Reject => "rejected",
    }
}

/// What became of it. One rejection stops a plan; an approval of some classes only is told as such.
fn outcome(
    plan: &Read,
    classes: &[Class],
    mut refused: Vec<Failure>,
    decision: Decision,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let went = classes.len() - refused.len();
    let last = refused.pop();
    for failure in &refused {
        ui.failure(failure);
    }
    match last {
        Some(last) if went == 0 => Err(last),
        Some(last) => {
            ui.failure(&last);
            Ok(if decision == Decision::Reject { Exit::Done } else { Exit::Partial })
        }
        None => {
            ui.note(&format!("`kubectl get adplan {} -w` shows what becomes of it", plan.name));
            Ok(Exit::Done)
        }
    }
}
