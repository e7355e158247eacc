//! A plan of the cluster: the object, and its whole document where that can be read.

use adplane_core::plan::document::{InvalidDocument, PlanDocument};
use adplane_manifest::api::plan::{BodyStore, Plan, PlanMoney, PlanSpec, PlanStatus};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::Api;
use serde_json::Value;

use super::cluster::Cluster;
use super::refusal::Refusal;
use crate::error::{Exit, Failure};
use crate::render::safe;

/// The key of a piece in its `ConfigMap`.
const KEY: &str = "plan.json";

/// A plan that was read.
#[derive(Debug, Clone)]
pub(super) struct Read {
    pub(super) name: String,
    pub(super) spec: PlanSpec,
    pub(super) status: PlanStatus,
}

/// Reads a plan by its name, which may be written as `kubectl get -o name` prints it.
pub(super) async fn read(cluster: &Cluster, name: &str) -> Result<Read, Failure> {
    let name = name.rsplit('/').next().unwrap_or(name);
    let api: Api<Plan> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let plan = api.get(name).await.map_err(|error| cluster.failed(&format!("read plan {name}"), &error))?;
    Ok(Read { name: name.to_owned(), spec: plan.spec, status: plan.status.unwrap_or_default() })
}

/// Why the whole document is not at hand.
#[derive(Debug)]
pub(super) enum NoBody {
    /// It cannot be had from here; why, and what to do.
    Elsewhere(Failure),
    /// It can, and is not what the plan says: not to be trusted.
    Wrong(Failure),
}

impl From<NoBody> for Failure {
    fn from(none: NoBody) -> Self {
        match none {
            NoBody::Elsewhere(failure) | NoBody::Wrong(failure) => failure,
        }
    }
}

/// The whole document, put together from its pieces and compared with the plan.
pub(super) async fn body(cluster: &Cluster, plan: &Read) -> Result<PlanDocument, NoBody> {
    let body = &plan.spec.body;
    if body.store == BodyStore::Directory {
        let failure =
            Failure::error(format!("the whole of {} lies in a directory of the operator", plan.name));
        return Err(NoBody::Elsewhere(failure.hint(
            "its `planStore` says so; with `planStore: {configMap: {}}` it can be read from everywhere",
        )));
    }
    let api: Api<ConfigMap> = Api::namespaced(cluster.client.clone(), &cluster.namespace);
    let mut text = String::new();
    for number in 0..body.chunks {
        let name = format!("{}-{number}", body.name.0);
        let piece = api.get(&name).await.map_err(|error| unread(cluster, plan, &name, &error))?;
        text.push_str(piece.data.unwrap_or_default().get(KEY).map(String::as_str).unwrap_or_default());
    }
    understood(plan, &text)
}

fn unread(cluster: &Cluster, plan: &Read, piece: &str, error: &kube::Error) -> NoBody {
    let failure = cluster.failed(&format!("read all of {} (ConfigMap {piece})", plan.name), error);
    NoBody::Elsewhere(match Refusal::of(error) {
        Refusal::NoRight(_) => failure.hint(
            "ask for the role `view` of the namespace besides: it reads ConfigMaps, where plans lie in whole",
        ),
        Refusal::Missing => failure.hint("the plan has run its course and was cleared away; plan again"),
        _ => failure,
    })
}

/// Reads the document. Its hash covers what is written; the rest, which people read, is compared with the plan, that
/// the operator alone writes: whoever can write a `ConfigMap` must not choose what an approver sees.
fn understood(plan: &Read, text: &str) -> Result<PlanDocument, NoBody> {
    let wrong = |message: String| {
        let hint =
            "do not approve it; `kubectl delete configmap` its pieces and have the operator plan again";
        NoBody::Wrong(Failure::new(Exit::Stale, message).hint(hint))
    };
    let name = &plan.name;
    let json: Value = serde_json::from_str(text)
        .map_err(|error| wrong(format!("the body of {name} is not a plan document: {error}")))?;
    let document: PlanDocument = match serde_json::from_value(json) {
        Ok(document) => document,
        Err(error) => {
            let failure = Failure::error(format!("the body of {name} cannot be understood"));
            return Err(NoBody::Elsewhere(
                failure.caused_by(&error).hint("use the adplane of the operator's own version"),
            ));
        }
    };
    match document.to_plan() {
        Ok(_) => {}
        Err(InvalidDocument::Version(version)) => {
            let failure = Failure::error(format!("the body of {name} has format version {version}"));
            return Err(NoBody::Elsewhere(failure.hint("use the adplane of the operator's own version")));
        }
        Err(error) => return Err(wrong(format!("the body of {name}: {error}"))),
    }
    match differences(&plan.spec, &document).first() {
        None => Ok(document),
        Some(what) => Err(wrong(format!("the body of {name} is not that plan's: its {what} differs"))),
    }
}

/// What a document says otherwise than the plan object.
fn differences(spec: &PlanSpec, document: &PlanDocument) -> Vec<&'static str> {
    let classes: Vec<String> = document.classes.iter().map(ToString::to_string).collect();
    let money = document.money.values().next().map(|money| {
        let total = &money.total;
        [total.daily_before, total.daily_after, total.delta, total.worst_day].map(|amount| amount.to_string())
    });
    let summary = &document.summary;
    let counts = [
        (spec.summary.create, summary.create),
        (spec.summary.update, summary.update),
        (spec.summary.replace, summary.replace),
        (spec.summary.delete, summary.delete),
        (spec.summary.adopt, summary.adopt),
        (spec.summary.release, summary.release),
        (spec.summary.blocked, summary.blocked),
    ];
    [
        ("hash", spec.hash.0 == document.hash),
        ("list of classes", spec.classes.iter().map(|class| &class.0).eq(&classes)),
        ("money", spec.money.as_ref().map(amounts) == money),
        ("summary", counts.iter().all(|(stated, counted)| u64::try_from(*stated) == Ok(*counted))),
    ]
    .into_iter()
    .filter_map(|(what, same)| (!same).then_some(what))
    .collect()
}

fn amounts(money: &PlanMoney) -> [String; 4] {
    let text = |amount: Option<&String>| amount.cloned().unwrap_or_default();
    [
        text(money.daily_before.as_ref().map(|amount| &amount.0)),
        text(money.daily_after.as_ref().map(|amount| &amount.0)),
        text(money.delta.as_ref().map(|amount| &amount.0)),
        text(money.worst_day.as_ref().map(|amount| &amount.0)),
    ]
}

/// What the plan object itself tells, for where its document cannot be had.
pub(super) fn summary(plan: &Read) -> String {
    let spec = &plan.spec;
    let mut lines = Vec::new();
    for change in &spec.changes {
        let class = change.class.as_ref().map(|class| format!(" [{}]", class.0)).unwrap_or_default();
        let action = format!("{:?}", change.action).to_lowercase();
        lines.push(format!("{action} {}{class}", safe::plain(&change.address.0)));
        if let Some(text) = &change.text {
            lines.push(format!("    {}", safe::plain(&text.0)));
        }
    }
    if spec.changes_omitted > 0 {
        lines.push(format!("and {} more changes that cannot be shown here", spec.changes_omitted));
    }
    if let Some(line) = spec.money.as_ref().map(money) {
        lines.push(format!("Money: {line}"));
    }
    for verdict in &spec.policy {
        let says = verdict.message.as_ref().map(|message| format!(": {}", message.0)).unwrap_or_default();
        lines.push(format!(
            "Policy {} {:?}{}",
            safe::plain(&verdict.rule.0),
            verdict.severity,
            safe::plain(&says)
        ));
    }
    lines.push(format!("Classes: {}", classes(spec)));
    lines.push(format!("Hash: {}", spec.hash.0));
    lines.join("\n") + "\n"
}

/// Its classes as a list.
pub(super) fn classes(spec: &PlanSpec) -> String {
    let words: Vec<&str> = spec.classes.iter().map(|class| class.0.as_str()).collect();
    words.join(", ")
}

/// `120.00 EUR a day → 150.00 EUR a day (30.00 EUR), worst day 262.50 EUR`.
pub(super) fn money(money: &PlanMoney) -> String {
    let [before, after, delta, worst] = amounts(money);
    format!("{before} a day → {after} a day ({delta}), worst day {worst}")
}

/// Where it stands, one line each: phase, approvals that count, what is missing.
pub(super) fn standing(status: &PlanStatus) -> Vec<String> {
    let mut lines = Vec::new();
    for approval in status.approvals.iter().flatten() {
        let until =
            approval.expires.as_ref().map(|expires| format!(", until {}", expires.0)).unwrap_or_default();
        lines.push(format!("approved: {} by {}{until}", approval.class.0, safe::plain(&approval.approver.0)));
    }
    for missing in status.missing.iter().flatten() {
        lines.push(format!("missing: {}", safe::plain(&missing.0)));
    }
    if let (Some(message), true) = (&status.message, status.missing.is_none()) {
        lines.push(safe::plain(&message.0).into_owned());
    }
    lines
}
