//! The definitions: what is shipped can be applied, and what it holds can be asked for.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::people::{Case, Outcome, Team, campaign, document, list, plan};

pub(crate) const CASES: &[Case] = &[
    Case::new("every kind is established", established),
    Case::new("the examples apply, but for what only files can say", examples),
    Case::new("kubectl get ads-all shows what people ask", columns),
    Case::new("lists can be asked for by account, campaign and plan", selectable),
    Case::new("a status is kept, and sorts by amount", status),
    Case::new("an ad group holds a thousand keywords", thousand),
    Case::new("what is too large is refused with its field", too_large),
    Case::new("what was not written stays absent", absent),
];

fn established(team: &Team<'_>) -> Outcome {
    for crd in adplane_manifest::schema::crds() {
        let name = crd.metadata.name.unwrap_or_default();
        let live = team.get(&format!("crd/{name}"))?;
        let conditions = live["status"]["conditions"].as_array().cloned().unwrap_or_default();
        for wanted in ["NamesAccepted", "Established"] {
            let holds = conditions.iter().any(|found| found["type"] == wanted && found["status"] == "True");
            if !holds {
                return Err(format!("{name} is not {wanted}: {conditions:?}"));
            }
        }
        // What only a field that is not structural brings about.
        if let Some(found) = conditions.iter().find(|found| found["type"] == "NonStructuralSchema") {
            return Err(format!("{name}: {found}"));
        }
    }
    Ok(())
}

/// Every document of the examples, by file.
fn documents(folder: &Path, found: &mut Vec<Value>) -> Result<(), String> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .map_err(|error| error.to_string())?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !["ci", "kubernetes"].contains(&name) && !name.starts_with('.') {
            documents(&path, found)?;
        }
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml");
        if !is_yaml || ["adplane.yaml", "policies.cases.yaml"].contains(&name) {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        for part in text.split("\n---\n") {
            let document: Value = serde_saphyr::from_str(part).map_err(|error| format!("{name}: {error}"))?;
            if document["apiVersion"].as_str().is_some_and(|version| version.starts_with("adplane.io/")) {
                found.push(document);
            }
        }
    }
    Ok(())
}

/// Rewrites what only files can say: a picture's path becomes an address with a digest. Whether anything was.
fn for_a_cluster(value: &mut Value) -> bool {
    match value {
        Value::Object(object) => {
            let mut changed =
                object.values_mut().fold(false, |changed, inner| for_a_cluster(inner) | changed);
            if object.remove("file").is_some() {
                object.insert("url".to_owned(), json!("https://www.shop.example/picture.png"));
                object.insert("sha256".to_owned(), json!("0".repeat(64)));
                changed = true;
            }
            changed
        }
        Value::Array(items) => items.iter_mut().fold(false, |changed, inner| for_a_cluster(inner) | changed),
        _ => false,
    }
}

fn examples(team: &Team<'_>) -> Outcome {
    let mut found = Vec::new();
    documents(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"), &mut found)?;
    let mut kinds: Vec<String> = Vec::new();
    let mut of_files: Vec<Value> = Vec::new();
    for document in &mut found {
        let before = document.clone();
        kinds.push(document["kind"].as_str().unwrap_or_default().to_owned());
        // The namespace is the case's own.
        if let Some(metadata) = document["metadata"].as_object_mut() {
            metadata.remove("namespace");
        }
        if document["kind"] == "AdAccount" && document["spec"]["credentials"].is_object() {
            document["spec"]["credentials"] = json!({"secretRef": {"name": "ads"}});
            of_files.push(before);
        } else if for_a_cluster(document) {
            of_files.push(before);
        }
    }
    kinds.sort();
    kinds.dedup();
    let expected = [
        "AdAccount",
        "AdGroup",
        "AutomationRule",
        "Budget",
        "Campaign",
        "Creative",
        "FreezeWindow",
        "Policy",
    ];
    if kinds != expected {
        return Err(format!("the examples hold {kinds:?}"));
    }
    team.may("administrator", &["apply", "--server-side", "-f", "-"], &list(&found))?;
    // Applied once more, nothing changes.
    let again = team.may("administrator", &["diff", "--server-side", "-f", "-"], &list(&found))?;
    if !again.is_empty() {
        return Err(again);
    }
    for kind in ["AdAccount", "Creative"] {
        let Some(document) = of_files.iter().find(|document| document["kind"] == kind) else {
            return Err(format!("no example of {kind} names a file"));
        };
        let words = if kind == "AdAccount" { "write secretRef" } else { "write url and sha256" };
        team.must_not("administrator", &["apply", "-f", "-"], &document.to_string(), &[words])?;
    }
    Ok(())
}

fn columns(team: &Team<'_>) -> Outcome {
    team.create("editor", &campaign("spring"))?;
    team.create("editor", &document("AdGroup", "adults", json!({"campaign": "spring"})))?;
    team.create("operator", &plan())?;
    let moment = "2026-11-21T09:00:00Z";
    let status = json!({"status": {
        "state": "Active", "review": "Approved", "budget": "120.00 EUR", "budgetMicros": 120_000_000,
        "plan": {"name": "plan-3f9c2a71d0b4", "phase": "Pending"},
        "conditions": [{"type": "Ready", "status": "True", "reason": "InSync", "lastTransitionTime": moment}],
    }})
    .to_string();
    team.may(
        "operator",
        &["patch", "cmp/spring", "--subresource=status", "--type=merge", "-p", &status],
        "",
    )?;
    let table = team.may("viewer", &["get", "ads-all"], "")?;
    let mut flat = String::new();
    for line in table.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        writeln!(flat, "{}", words.join(" ")).map_err(|error| error.to_string())?;
    }
    for expected in [
        "NAME ACCOUNT STATE REVIEW BUDGET SPEND-7D ROAS-7D PLAN READY AGE",
        "campaign.adplane.io/spring meta-eu Active Approved 120.00 EUR Pending True ",
        "NAME CAMPAIGN STATE REVIEW BUDGET SPEND-7D ROAS-7D PLAN READY AGE",
        "adgroup.adplane.io/adults spring ",
        "NAME ACCOUNT PHASE CLASSES DAILY-BEFORE DAILY-AFTER CHANGES AGE",
        "plan.adplane.io/plan-3f9c2a71d0b4 meta-eu [\"edit\",\"raise\"] 120.00 EUR 110.00 EUR 2 ",
    ] {
        if !flat.contains(expected) {
            return Err(format!("`{expected}` is missing:\n{table}"));
        }
    }
    Ok(())
}

fn selectable(team: &Team<'_>) -> Outcome {
    let other = document("Campaign", "other", json!({"account": "google-eu"}));
    let group = |name: &str, campaign: &str| document("AdGroup", name, json!({"campaign": campaign}));
    team.may(
        "editor",
        &["create", "-f", "-"],
        &list(&[campaign("spring"), other, group("adults", "spring"), group("kids", "other")]),
    )?;
    team.create("operator", &plan())?;
    team.create("approver-a", &super::people::approval())?;
    for (kind, selector, expected) in [
        ("campaigns", "spec.account=meta-eu", 1),
        ("adgroups", "spec.campaign=other", 1),
        ("plans", "spec.account=meta-eu", 1),
        ("plans", "spec.account=google-eu", 0),
        ("planapprovals", "spec.plan=plan-3f9c2a71d0b4", 1),
        ("planapprovals", "spec.plan=plan-000000000000", 0),
    ] {
        let found = team.may("viewer", &["get", kind, "-o", "name", "--field-selector", selector], "")?;
        if found.lines().count() != expected {
            return Err(format!("{kind} with {selector}: {found}"));
        }
    }
    team.must_not(
        "viewer",
        &["get", "campaigns", "--field-selector", "spec.state=Active"],
        "",
        &["field label not supported"],
    )
}

fn status(team: &Team<'_>) -> Outcome {
    for (name, micros) in [("dear", 2_000_000_000_i64), ("cheap", 900_000_000)] {
        team.create("editor", &campaign(name))?;
        // Written along with the rest it is left out without a word.
        team.patch("editor", &format!("cmp/{name}"), &json!({"status": {"externalId": "1"}}))?;
        if team.get(&format!("cmp/{name}"))?.get("status").is_some() {
            return Err("an editor wrote a status".to_owned());
        }
        let status = json!({
            "apiVersion": "adplane.io/v1alpha1", "kind": "Campaign", "metadata": {"name": name},
            "status": {
                "observedGeneration": 1, "externalId": "120210", "budgetMicros": micros, "reason": "Learning",
                "ads": [{"name": "hero", "state": "Active", "review": "Approved"}], "adsOmitted": 3,
                "counts": {"objects": 4, "ready": 3, "pending": 1, "drifted": 0, "blocked": 0},
                "nextWindow": "2026-11-26T00:00:00+01:00",
                "metrics": {"asOf": "2026-11-21T09:00:00Z", "last7d": {
                    "spend": "12.30 EUR", "spendMicros": 12_300_000, "impressions": 9, "conversions": 1.5, "roas": 3.2,
                    "asOf": "2026-11-21T08:00:00Z"}},
            },
        });
        team.may(
            "operator",
            &["apply", "--server-side", "--field-manager=adplane", "--subresource=status", "-f", "-"],
            &status.to_string(),
        )?;
        let live = team.get(&format!("cmp/{name}"))?;
        if live["status"] != status["status"] {
            return Err(format!("it was written otherwise: {}", live["status"]));
        }
    }
    let sorted =
        team.may("viewer", &["get", "campaigns", "--sort-by=.status.budgetMicros", "-o", "name"], "")?;
    let names: Vec<&str> = sorted.lines().collect();
    if names != ["campaign.adplane.io/cheap", "campaign.adplane.io/dear"] {
        return Err(sorted);
    }
    let spoiled = json!({"status": {"nextWindow": "tomorrow"}}).to_string();
    team.must_not(
        "operator",
        &["patch", "cmp/dear", "--subresource=status", "--type=merge", "-p", &spoiled],
        "",
        &["status.nextWindow"],
    )
}

fn keywords(count: usize) -> Value {
    let words = (0..count)
        .map(|index| json!({"text": format!("waterproof boots number {index}"), "match": "Phrase"}));
    document("AdGroup", "boots", json!({"campaign": "spring", "keywords": words.collect::<Vec<_>>()}))
}

fn thousand(team: &Team<'_>) -> Outcome {
    team.may("editor", &["apply", "--server-side", "-f", "-"], &keywords(1000).to_string())?;
    let managed = team.may("viewer", &["get", "adg/boots", "--show-managed-fields", "-o", "json"], "")?;
    let live: Value = serde_json::from_str(&managed).map_err(|error| error.to_string())?;
    // A keyed list would keep more here than it holds.
    let size = live["metadata"]["managedFields"].to_string().len();
    if size > 1000 { Err(format!("managed fields have {size} bytes")) } else { Ok(()) }
}

fn too_large(team: &Team<'_>) -> Outcome {
    let long = document("Campaign", "long", json!({"account": "a", "displayName": "x".repeat(401)}));
    team.cannot_create("editor", &long, &["spec.displayName", "Too long"])?;
    let many: Vec<Value> = (0..201).map(|n| json!({"name": format!("ad-{n}"), "creative": "c"})).collect();
    let many = document("AdGroup", "many", json!({"campaign": "c", "ads": many}));
    team.cannot_create("editor", &many, &["spec.ads", "Too many"])?;
    let twice = json!([{"name": "hero", "creative": "a"}, {"name": "hero", "creative": "b"}]);
    let twice = document("AdGroup", "twice", json!({"campaign": "c", "ads": twice}));
    team.cannot_create("editor", &twice, &["spec.ads[1]", "Duplicate value"])?;
    let mut plan = plan();
    plan["spec"]["changes"] =
        (0..51).map(|n| json!({"address": format!("a/{n}"), "action": "update"})).collect();
    team.cannot_create("operator", &plan, &["spec.changes", "Too many"])
}

/// What was not written is not there: absent means unmanaged.
fn absent(team: &Team<'_>) -> Outcome {
    team.create("editor", &document("Campaign", "bare", json!({"account": "meta-eu"})))?;
    let live = team.get("cmp/bare")?;
    if live["spec"] != json!({"account": "meta-eu"}) {
        return Err(format!("the API server wrote {}", live["spec"]));
    }
    let unknown = document("Campaign", "unknown", json!({"account": "meta-eu", "budgets": {}}));
    team.cannot_create("editor", &unknown, &["unknown field \"spec.budgets\""])
}
