//! What is asked of the API server, and how its answers are told, against a server that is a function.

use std::sync::{Arc, Mutex};

use adplane_core::plan::Class;
use adplane_engine::approve::{ApprovalRecord, Decision};
use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use super::cluster::Cluster;
use super::decide::{self, Decided, Person};
use super::plan::{self, NoBody, Read};
use super::steer;
use crate::args::{ClusterPauseArgs, ColorWhen, LogFormat, ReconcileArgs, TerminalFlags};
use crate::commands::approve::signer::Signer;
use crate::error::Exit;
use crate::settings::Settings;
use crate::ui::Ui;

const HASH: &str = "sha256:3f9c2a71d0b43f9c2a71d0b43f9c2a71d0b43f9c2a71d0b43f9c2a71d0b43f9c";

/// What was asked: method, path, body.
type Asked = Arc<Mutex<Vec<(String, String, Value)>>>;

/// A cluster whose API server is a function of method and path.
fn cluster(answer: impl Fn(&str, &str) -> (u16, Value) + Send + Sync + 'static) -> (Cluster, Asked) {
    let asked = Asked::default();
    let (log, answer) = (Arc::clone(&asked), Arc::new(answer));
    let service = tower::service_fn(move |request: Request<Body>| {
        let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
        async move {
            let (parts, body) = request.into_parts();
            let bytes = body.collect_bytes().await?;
            let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
            let (code, value) = answer(&method, &path);
            let sent = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
            log.lock().unwrap().push((method, path, sent));
            let response = Response::builder().status(code).body(Body::from(value.to_string().into_bytes()));
            Ok::<_, kube::Error>(response.unwrap())
        }
    });
    let client = Client::new(service, "growth");
    (Cluster { client, namespace: "growth".into(), context: Some("shop".into()) }, asked)
}

fn status(code: u16, message: &str) -> (u16, Value) {
    let details = json!({"name": if code == 404 { "plan-3f9c2a71d0b4" } else { "" }});
    let body = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message,
        "reason": "Forbidden", "details": details,
    });
    (code, body)
}

fn read() -> Read {
    let spec = json!({
        "account": "meta-eu", "hash": HASH, "classes": ["edit", "raise"], "changesTotal": 1,
        "summary": {"create": 0, "update": 1, "replace": 0, "delete": 0, "adopt": 0, "release": 0, "blocked": 0},
        "changes": [{
            "address": "meta/meta-eu/Campaign/growth/sale", "action": "update", "class": "raise",
            "text": "budget.daily: 20.00 EUR → 25.00 EUR",
        }],
        "changesOmitted": 3, "authors": ["bo@shop.example"],
        "money": {
            "dailyBefore": "20.00 EUR", "dailyAfter": "25.00 EUR", "delta": "5.00 EUR", "worstDay": "50.00 EUR",
        },
        "body": {"store": "ConfigMap", "name": "plan-3f9c2a71d0b4", "chunks": 2},
    });
    Read {
        name: "plan-3f9c2a71d0b4".into(),
        spec: serde_json::from_value(spec).unwrap(),
        status: serde_json::from_value(json!({"phase": "Pending"})).unwrap(),
    }
}

fn decided(signer: Option<Signer>) -> Decided<'static> {
    Decided {
        person: Person {
            name: "ana@shop.example".into(),
            groups: vec!["leads".into(), "system:authenticated".into()],
            uid: None,
        },
        decision: Decision::Approve,
        at: "2026-11-21T09:00:00Z".parse().unwrap(),
        expires: Some("8h".parse().unwrap()),
        reason: Some("for spring"),
        signer,
        policy: None,
    }
}

fn settings() -> Settings {
    let flags = TerminalFlags {
        verbose: 0,
        quiet: 1,
        color: ColorWhen::Never,
        no_progress: true,
        log_format: LogFormat::Text,
    };
    Settings::read(&flags, None)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

#[test]
fn an_approval_names_the_hash_that_was_shown_and_who_approves() {
    let made = run(async {
        let (cluster, asked) = cluster(|_, _| {
            let name = json!({"name": "plan-3f9c2a71d0b4-x7k2p", "namespace": "growth"});
            (201, json!({"metadata": name, "spec": decide_spec()}))
        });
        let name = decide::create(&cluster, &read(), &Class::Raise(None), &decided(None)).await.unwrap();
        assert_eq!(name, "plan-3f9c2a71d0b4-x7k2p");
        asked.lock().unwrap().clone()
    });
    let [(method, path, body)] = made.as_slice() else { panic!("one request: {made:?}") };
    assert_eq!(method, "POST");
    assert_eq!(path, "/apis/adplane.io/v1alpha1/namespaces/growth/planapprovals");
    assert_eq!(body["metadata"], json!({"generateName": "plan-3f9c2a71d0b4-"}));
    assert_eq!(body["spec"], decide_spec());
}

fn decide_spec() -> Value {
    json!({
        "plan": "plan-3f9c2a71d0b4", "hash": HASH, "class": "raise", "decision": "Approve",
        "approver": "ana@shop.example", "approverGroups": ["leads", "system:authenticated"],
        "expires": "2026-11-21T17:00:00Z", "reason": "for spring",
    })
}

#[test]
fn a_signed_approval_carries_the_record_that_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    // A key of this test alone: 32 equal bytes.
    let pair = ssh_key::private::Ed25519Keypair::from_seed(&[7; 32]);
    let private = ssh_key::PrivateKey::from(pair);
    std::fs::write(&key, private.to_openssh(ssh_key::LineEnding::LF).unwrap().as_bytes()).unwrap();
    let signer = Signer::find(Some(&key), Some("ana@shop.example"), &[], &settings()).unwrap();
    let made = decide::approval(&read(), &Class::Raise(None), &decided(Some(signer))).unwrap().spec;
    let record = made.record.unwrap();
    let read_back: ApprovalRecord = serde_json::from_str(&record).unwrap();
    assert_eq!((read_back.hash.as_str(), read_back.principal.as_str()), (HASH, "ana@shop.example"));
    assert_eq!(made.expires.unwrap().0, read_back.expires.to_string());
    let signature = ssh_key::SshSig::from_pem(made.signature.unwrap()).unwrap();
    private.public_key().verify("adplane-plan", record.as_bytes(), &signature).unwrap();
    // No other record has this signature.
    let other = record.replace("raise", "edit");
    assert!(private.public_key().verify("adplane-plan", other.as_bytes(), &signature).is_err());
}

#[test]
fn refusals_are_told_in_words_with_who_can_help() {
    let policy = |says: &str| {
        format!(
            "planapprovals.adplane.io \"p\" is forbidden: ValidatingAdmissionPolicy 'adplane-approval' with binding 'adplane-approval' denied request: {says}"
        )
    };
    let no_right = "planapprovals.adplane.io is forbidden: User \"ana\" cannot create resource";
    for (answer, exit, message, hint) in [
        (
            status(403, no_right),
            Exit::Unapproved,
            "you have no right to",
            "--clusterrole=adplane-approver --user=ana",
        ),
        (
            status(403, &policy("ana may not approve plans of class raise in growth: ask")),
            Exit::Unapproved,
            "ana may not approve plans of class raise in growth",
            "--clusterrole=adplane-approver ",
        ),
        (
            status(403, &policy("ana wrote part of this change and cannot approve it")),
            Exit::Unapproved,
            "wrote part of this change",
            "its authors are bo@shop.example",
        ),
        (
            status(403, &policy("hash is not that of plan plan-3f9c2a71d0b4: it has sha256:0")),
            Exit::Stale,
            "hash is not that of plan",
            "kubectl adplane status meta-eu",
        ),
        (status(401, "Unauthorized"), Exit::Error, "shop does not know you", "--context"),
    ] {
        let failure = run(async {
            let (cluster, _) = cluster(move |_, _| answer.clone());
            decide::create(&cluster, &read(), &Class::Raise(None), &decided(None)).await.unwrap_err()
        });
        assert_eq!(failure.exit, exit, "{failure:?}");
        assert!(failure.message.starts_with("cannot approve raise of plan-3f9c2a71d0b4: "), "{failure:?}");
        assert!(failure.message.contains(message), "{failure:?}");
        assert!(failure.hint.as_deref().unwrap_or_default().contains(hint), "{failure:?}");
    }
}

#[test]
fn a_plan_is_found_by_the_name_that_kubectl_prints() {
    run(async {
        let (cluster, asked) =
            cluster(|_, _| status(404, "plans.adplane.io \"plan-3f9c2a71d0b4\" not found"));
        let failure = plan::read(&cluster, "plan.adplane.io/plan-3f9c2a71d0b4").await.unwrap_err();
        assert!(failure.message.contains("it is not in namespace growth"), "{failure:?}");
        assert!(asked.lock().unwrap()[0].1.ends_with("/plans/plan-3f9c2a71d0b4"));
    });
}

#[test]
fn a_cluster_without_the_definitions_is_told_apart_from_a_plan_that_is_not_there() {
    run(async {
        let (cluster, _) = cluster(|_, _| (404, json!("404 page not found")));
        let failure = plan::read(&cluster, "plan-3f9c2a71d0b4").await.unwrap_err();
        assert!(failure.message.contains("shop has no Adplane"), "{failure:?}");
    });
}

#[test]
fn a_body_that_is_not_the_plans_is_refused() {
    run(async {
        let (cluster, asked) =
            cluster(|_, _| (200, json!({"metadata": {}, "data": {"plan.json": "{\"a\":"}})));
        let refused = plan::body(&cluster, &read()).await.unwrap_err();
        let NoBody::Wrong(failure) = refused else { panic!("it is wrong: {refused:?}") };
        assert_eq!(failure.exit, Exit::Stale);
        let paths: Vec<String> = asked.lock().unwrap().iter().map(|(_, path, _)| path.clone()).collect();
        assert!(paths[0].ends_with("/configmaps/plan-3f9c2a71d0b4-0"), "{paths:?}");
        assert!(paths[1].ends_with("/configmaps/plan-3f9c2a71d0b4-1"), "{paths:?}");
    });
}

#[test]
fn without_the_body_the_plan_tells_what_it_knows_and_what_it_leaves_out() {
    let told = plan::summary(&read());
    for part in [
        "update meta/meta-eu/Campaign/growth/sale [raise]\n    budget.daily: 20.00 EUR → 25.00 EUR\n",
        "and 3 more changes that cannot be shown here",
        "Money: 20.00 EUR a day → 25.00 EUR a day (5.00 EUR), worst day 50.00 EUR",
        HASH,
    ] {
        assert!(told.contains(part), "{part} is not in:\n{told}");
    }
}

#[test]
fn a_pause_sets_annotations_and_nothing_else() {
    let of = |lift, reason: Option<&str>| {
        let args = ClusterPauseArgs { account: Some("meta-eu".into()), ..pause_of(reason, lift) };
        run(async {
            let (cluster, asked) = cluster(|_, _| (200, json!({"metadata": {"name": "meta-eu"}})));
            steer::pause(&cluster, &args, &Ui::new(&settings())).await.unwrap();
            asked.lock().unwrap().pop().unwrap()
        })
    };
    let (method, path, body) = of(false, Some("audit"));
    assert_eq!(method, "PATCH");
    assert_eq!(path, "/apis/adplane.io/v1alpha1/namespaces/growth/adaccounts/meta-eu");
    // It stays so when all are let go.
    let annotations = json!({
        "adplane.io/suspend": "true", "adplane.io/suspend-reason": "audit", "adplane.io/suspended-with-all": null
    });
    assert_eq!(body, json!({"metadata": {"annotations": annotations}}));
    let (_, _, lifted) = of(true, None);
    let nothing = json!({
        "adplane.io/suspend": null, "adplane.io/suspend-reason": null, "adplane.io/suspended-with-all": null
    });
    assert_eq!(lifted, json!({"metadata": {"annotations": nothing}}));
}

fn pause_of(reason: Option<&str>, lift: bool) -> ClusterPauseArgs {
    ClusterPauseArgs {
        account: None,
        all: false,
        all_namespaces: false,
        reason: reason.map(Into::into),
        lift,
    }
}

/// Three accounts: one runs, one was paused by itself, one with all. What is patched, where, and how it ended.
fn pausing_all(lift: bool, refused: bool) -> (Vec<(String, Value)>, bool) {
    let account = |namespace: &str, name: &str, annotations: Value| {
        json!({
            "apiVersion": "adplane.io/v1alpha1", "kind": "AdAccount",
            "metadata": {"name": name, "namespace": namespace, "annotations": annotations}
        })
    };
    let (suspended, with_all) = ("adplane.io/suspend", "adplane.io/suspended-with-all");
    let accounts = json!([
        account("growth", "runs", json!({})),
        account("growth", "alone", json!({suspended: "true"})),
        account("leads", "with-all", json!({suspended: "true", with_all: "true"})),
        account("leads", "runs-too", json!({})),
    ]);
    let args = ClusterPauseArgs { all: true, all_namespaces: true, ..pause_of(None, lift) };
    run(async {
        let (cluster, asked) = cluster(move |method, path| match method {
            "GET" => (200, json!({"metadata": {}, "items": accounts})),
            _ if refused && path.ends_with("/runs") => status(403, "adaccounts.adplane.io is forbidden"),
            _ => (200, json!({"metadata": {}})),
        });
        let done = steer::pause(&cluster, &args, &Ui::new(&settings())).await.is_ok();
        let asked = asked.lock().unwrap().clone();
        let patched = asked.into_iter().filter(|(method, ..)| method == "PATCH");
        let place = |path: String| path.split("/namespaces/").nth(1).unwrap_or_default().to_owned();
        (
            patched.map(|(_, path, body)| (place(path), body["metadata"]["annotations"].clone())).collect(),
            done,
        )
    })
}

#[test]
fn all_accounts_are_paused_and_let_go_together() {
    let (paused, done) = pausing_all(false, false);
    let places: Vec<&str> = paused.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["growth/adaccounts/runs", "leads/adaccounts/runs-too"]);
    assert_eq!(paused[0].1["adplane.io/suspended-with-all"], "true");
    assert!(done);
    let (lifted, _) = pausing_all(true, false);
    assert_eq!(lifted.len(), 1, "what was paused by itself stays paused: {lifted:?}");
    assert_eq!(lifted[0].0, "leads/adaccounts/with-all");
    let (tried, done) = pausing_all(false, true);
    assert_eq!((tried.len(), done), (2, false), "one that fails stops no other, and is told");
}

#[test]
fn who_may_not_annotate_accounts_reads_what_to_do_instead() {
    let failure = run(async {
        let (cluster, _) = cluster(|_, _| status(403, "adaccounts.adplane.io \"meta-eu\" is forbidden"));
        let args = ReconcileArgs { account: "meta-eu".into() };
        steer::reconcile(&cluster, &args, &Ui::new(&settings())).await.unwrap_err()
    });
    assert!(failure.hint.unwrap().contains("kubectl annotate campaign"));
}
