//! The examples, applied as they are with the command that their readers type: planned, approved by another, live, and
//! then left in peace.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::helm::file;
use super::super::people::{Case, Outcome, Team};
use super::ads::{GOOGLE, Live, TIKTOK};
use super::field::{Field, Wishes, text};

pub(crate) const CASES: &[Case] =
    &[Case::new("planned, approved by another, live, and then left in peace", examples)];

/// The namespace that the examples make.
const NAMESPACE: &str = "veleta";
/// How soon plans have to be there.
const PLANNED: Duration = Duration::from_secs(10);
/// What people write.
const KINDS: &str = "adaccounts,campaigns,adgroups,creatives,budgets,policies,freezewindows";

/// Ana edits there and Bo approves, as the examples say; `admin` applies, as their readers do.
fn examples(other: &Team<'_>) -> Outcome {
    let team = Team { cluster: other.cluster, namespace: NAMESPACE.to_owned() };
    let field = Field::empty(&team, Wishes { config: config()?, ..Wishes::default() })?;
    field.replica()?;
    apply(&field)?;
    field.within(PLANNED, "a plan of each account is there", || {
        Ok(!field.plans(GOOGLE.account)?.is_empty() && !field.plans(TIKTOK.account)?.is_empty())
    })?;
    for (account, platform) in [(GOOGLE.account, "google"), (TIKTOK.account, "tiktok")] {
        // One that was made while `kubectl` still applied is superseded by then.
        field.look(0, account)?;
        let plan = field.plan(account, "Pending")?;
        guarded(&field, &plan)?;
        if field.writes()?.iter().any(|write| write["platform"] == platform) {
            return Err("written before anybody approved".to_owned());
        }
        field.approve("bo", &plan)?;
        field.applied(&plan)?;
        approved_by_bo(&field, &plan)?;
    }
    live(&field)?;
    let wait = ["wait", "--for=condition=Ready", "--timeout=120s", "--all", KINDS];
    let told = team.may("admin", &wait, "").map_err(|error| format!("{error}\n{}", field.logs()))?;
    every_one(&told)?;
    peace(&field)
}

/// The operator's configuration as the examples' values have it.
fn config() -> Result<Value, String> {
    let values = fs::read_to_string(file("examples/kubernetes/helm/values.yaml")).map_err(text)?;
    let values: Value = serde_saphyr::from_str(&values).map_err(text)?;
    Ok(values["config"].clone())
}

/// `kubectl apply -f crds/ -f examples/kubernetes/`.
fn apply(field: &Field<'_>) -> Outcome {
    let (crds, examples) = (file("crds/"), file("examples/kubernetes/"));
    let arguments = ["apply", "-f", &crds.to_string_lossy(), "-f", &examples.to_string_lossy()];
    let output = field.team.cluster.kubectl("admin", &arguments, "");
    if output.success { Ok(()) } else { Err(output.stderr) }
}

/// Who cannot approve a plan that `admin` wrote, and in whose name Bo cannot.
fn guarded(field: &Field<'_>, plan: &Value) -> Outcome {
    let team = field.team;
    if !team.can("ana", &["update", "campaigns"]) || team.can("ana", &["create", "planapprovals"]) {
        return Err("Ana is no editor".to_owned());
    }
    let approval = Field::approval(plan, "raise");
    team.cannot_create("ana", &approval, &["ana@shop.example", "cannot create resource \"planapprovals\""])?;
    team.cannot_create("admin", &approval, &["admin wrote part of this change and cannot approve it"])?;
    // Whoever names somebody else is written down as themselves, groups and all.
    let mut forged = approval.clone();
    forged["spec"]["approver"] = json!("approver-a");
    forged["spec"]["approverGroups"] = json!(["approvers"]);
    let mut stored = String::new();
    field.until("the admission policy knows the plan", || {
        let arguments = [
            "create",
            "--dry-run=server",
            "-o",
            "jsonpath={.spec.approver} {.spec.approverGroups}",
            "-f",
            "-",
        ];
        stored = team.may("bo", &arguments, &forged.to_string())?;
        Ok(true)
    })?;
    if stored != "bo@shop.example [\"shop\",\"system:authenticated\"]" {
        return Err(format!("Bo approved as {stored}"));
    }
    let borrowed = ["create", "--validate=false", "--as=approver-a", "--as-group=approvers", "-f", "-"];
    team.must_not("bo", &borrowed, &approval.to_string(), &["cannot impersonate"])
}

/// What the approvals of a plan say, and the plan of them once it was applied: they are Bo's, and counted.
fn approved_by_bo(field: &Field<'_>, plan: &Value) -> Outcome {
    field.until("what Bo said is counted, and nobody else said anything", || {
        let mut approvals = field.all("planapprovals")?;
        approvals.retain(|approval| approval["spec"]["plan"] == plan["metadata"]["name"]);
        let counted = |approval: &Value| {
            let condition = &approval["status"]["conditions"][0];
            approval["spec"]["approver"] == "bo@shop.example"
                && condition["type"] == "Counted"
                && condition["status"] == "True"
        };
        let plans = field.all("plans")?;
        let applied = plans.iter().find(|found| found["metadata"]["name"] == plan["metadata"]["name"]);
        let told = applied.map_or(&Value::Null, |applied| &applied["status"]["approvals"]);
        let is_told = told[0]["approver"] == "bo@shop.example";
        if !approvals.is_empty() && approvals.iter().all(counted) && is_told {
            Ok(true)
        } else {
            Err(format!("{approvals:?}; the plan tells {told}"))
        }
    })
}

/// What the examples describe is on the platforms, and serves.
fn live(field: &Field<'_>) -> Outcome {
    let found = [
        GOOGLE.campaign_lives(field, "ES · Search · Rain boots")?,
        GOOGLE.group_lives(field, "Adults")?,
        TIKTOK.campaign_lives(field, "ES - Traffic - Rain jackets")?,
        TIKTOK.group_lives(field, "18 to 34")?,
    ];
    let budgets = GOOGLE.budgets(field, "Products, shared")?;
    if found != [Live::Serving; 4] || budgets.len() != 1 || budgets[0]["amountMicros"] != "40000000" {
        return Err(format!("{found:?}, {budgets:?}"));
    }
    Ok(())
}

/// That `kubectl wait` told of every object that the files hold.
fn every_one(told: &str) -> Outcome {
    let mut written = BTreeSet::new();
    for entry in fs::read_dir(file("examples/kubernetes")).map_err(text)? {
        let path = entry.map_err(text)?.path();
        written.extend(objects(&path)?);
    }
    let ready: BTreeSet<String> = told
        .lines()
        .filter_map(|line| Some(line.strip_suffix(" condition met")?.replace(".adplane.io", "")))
        .collect();
    if written.len() > 8 && ready == written {
        return Ok(());
    }
    Err(format!("ready: {ready:?}, written: {written:?}"))
}

/// Our objects in a file, as `kubectl` names them.
fn objects(path: &Path) -> Result<Vec<String>, String> {
    if path.extension().is_none_or(|extension| extension != "yaml") {
        return Ok(Vec::new());
    }
    let documents: Vec<Value> =
        serde_saphyr::from_multiple(&fs::read_to_string(path).map_err(text)?).map_err(text)?;
    let ours = documents.iter().filter(|document| document["apiVersion"] == "adplane.io/v1alpha1");
    let named = ours.map(|document| {
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        format!("{}/{}", word(&document["kind"]).to_lowercase(), word(&document["metadata"]["name"]))
    });
    Ok(named.collect())
}

/// A second pass writes nothing anywhere, neither of `kubectl` nor of the operator.
fn peace(field: &Field<'_>) -> Outcome {
    let accounts = [GOOGLE.account, TIKTOK.account];
    field.reviewed()?;
    for account in accounts {
        field.look(0, account)?;
    }
    let (stored, writes) = (versions(field)?, field.writes()?.len());
    apply(field)?;
    for account in accounts {
        field.look(0, account)?;
    }
    let later = versions(field)?;
    let changed: Vec<_> = later.iter().filter(|(name, version)| stored.get(*name) != Some(version)).collect();
    if !changed.is_empty() || stored.len() != later.len() {
        return Err(format!("written although nothing changed: {changed:?}\n{}", field.logs()));
    }
    let written = field.writes()?;
    if written.len() == writes { Ok(()) } else { Err(format!("{:?}", &written[writes..])) }
}

/// Versions of everything that the files and the operator write, the definitions and the namespace too.
fn versions(field: &Field<'_>) -> Result<BTreeMap<String, String>, String> {
    let mut found = field.versions()?;
    let path = "jsonpath={range .items[*]}{.kind}/{.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}";
    let whole = field.team.may("admin", &["get", "customresourcedefinitions,namespaces", "-o", path], "")?;
    let ours = whole.lines().filter(|line| line.contains(".adplane.io ") || line.contains("/veleta "));
    found.extend(ours.filter_map(|line| {
        let (name, version) = line.rsplit_once(' ')?;
        Some((name.to_owned(), version.to_owned()))
    }));
    Ok(found)
}
