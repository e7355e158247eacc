//! Carries out one row.

use serde_json::Value;

use crate::bench::Bench;
use crate::file::{Currency, Finding, Row, Step, Vendor};
use crate::matching::{any, mismatch};
use crate::project::Project;

/// Whether an apply or a plan left something that stays.
const CHANGES: &str = "--detailed-exitcode";

/// A base by itself: in every currency it is applied, planned, imported, and nothing differs.
pub(crate) fn base(vendor: Vendor, project: &Project, currency: Currency) -> Result<(), String> {
    let bench = Bench::start(vendor, currency)?;
    bench.write(project)?;
    apply(&bench)?;
    import(&bench, &[])
}

/// One row. In other currencies than the euro, numbers on the wire and in messages are not compared.
pub(crate) fn run(vendor: Vendor, base: &Project, row: &Row, currency: Currency) -> Result<(), String> {
    let bench = Bench::start(vendor, currency)?;
    if let Some(options) = &row.options {
        bench.control("options", Some(options))?;
    }
    for call in &row.calls {
        bench.call(call)?;
    }
    let mut project = base.clone();
    step(&bench, &mut project, &row.first)?;
    for (number, next) in row.then.iter().enumerate() {
        step(&bench, &mut project, next).map_err(|problem| format!("step {}: {problem}", number + 1))?;
    }
    let sound = row.then.last().unwrap_or(&row.first).refuse.is_empty();
    let texts: &[String] = if currency == Currency::Eur { &row.imported } else { &[] };
    if row.import && sound { import(&bench, texts) } else { Ok(()) }
}

fn step(bench: &Bench, project: &mut Project, step: &Step) -> Result<(), String> {
    for edit in &step.edit {
        bench.edit(edit)?;
    }
    if let Some(advance) = &step.advance {
        bench.control("clock", Some(&serde_json::json!({ "advance": advance })))?;
    }
    let changed = project.with(step)?;
    let text = bench.write(&changed)?;
    validated(bench, step, &text)?;
    if !step.refuse.is_empty() {
        return Ok(());
    }
    *project = changed;
    planned(bench, step)?;
    if step.apply {
        apply(bench)?;
    }
    seen(bench, step)
}

/// Runs `validate` and compares what it finds.
fn validated(bench: &Bench, step: &Step, text: &str) -> Result<(), String> {
    let run = bench.run(&["validate", "--format", "json"])?;
    let found = run.json()?;
    let found = found.as_array().cloned().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let compared = bench.currency == Currency::Eur;
    for (wanted, is_error) in [(&step.refuse, true), (&step.warns, false)].into_iter().filter(|_| compared) {
        let candidates: Vec<&Value> =
            found.iter().filter(|finding| (finding["severity"] == "error") == is_error).collect();
        for finding in wanted {
            if !candidates.iter().any(|candidate| is(finding, candidate, &lines)) {
                let all = serde_json::to_string_pretty(&found).unwrap_or_default();
                return Err(format!("no diagnostic is {finding:?}\nfound: {all}"));
            }
        }
    }
    let code = i32::from(!step.refuse.is_empty());
    run.exits(&[code], "validate").map(drop)
}

fn is(wanted: &Finding, found: &Value, lines: &[&str]) -> bool {
    let text = |key: &str| found[key].as_str().unwrap_or_default();
    let said = format!("{}\n{}", text("message"), text("hint"));
    let line = found["origin"]["line"].as_u64().and_then(|line| usize::try_from(line).ok());
    let line = line.and_then(|line| lines.get(line.checked_sub(1)?)).unwrap_or(&"");
    text("code") == wanted.code
        && wanted.says.as_ref().is_none_or(|says| said.contains(says.as_str()))
        && wanted.at.as_ref().is_none_or(|at| line.contains(at.as_str()))
}

/// Plans, and compares actions, changes and money.
fn planned(bench: &Bench, step: &Step) -> Result<(), String> {
    if bench.currency != Currency::Eur || (step.plan.is_none() && step.money.is_none()) {
        return Ok(());
    }
    let document = bench.run(&["plan", "--format", "json"])?.exits(&[0], "plan")?.json()?;
    let changes = document["changes"].as_array().cloned().unwrap_or_default();
    for (name, wanted) in step.plan.iter().flatten() {
        let change = changes.iter().find(|change| names(name, &change["address"]));
        let wanted = match wanted {
            Value::String(action) if action == "none" => Value::from("<absent>"),
            Value::String(action) => serde_json::json!({ "action": action }),
            part => part.clone(),
        };
        if let Some(problem) = mismatch(&wanted, change, name) {
            return Err(format!("the plan differs: {problem}"));
        }
    }
    if let Some(wanted) = &step.plan {
        let unnamed = |change: &&Value| !wanted.keys().any(|name| names(name, &change["address"]));
        if let Some(change) = changes.iter().find(unnamed) {
            return Err(format!("the plan has another change: {change}"));
        }
    }
    match step.money.as_ref().and_then(|money| mismatch(money, document.get("money"), "money")) {
        Some(problem) => Err(problem),
        None => Ok(()),
    }
}

/// Whether `Ad/hero` means `google/shop/Ad/default/main/hero`.
fn names(name: &str, address: &Value) -> bool {
    let address = address.as_str().unwrap_or_default();
    let Some((kind, name)) = name.split_once('/') else { return false };
    let mut parts = address.splitn(5, '/').skip(2);
    let (Some(found), Some(_), Some(local)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    found == kind && (local == name || local.rsplit('/').next() == Some(name))
}

/// Applies; afterwards nothing is left to do.
fn apply(bench: &Bench) -> Result<(), String> {
    bench.run(&["apply", "--auto-approve"])?.exits(&[0], "apply")?;
    bench.run(&["plan", CHANGES])?.exits(&[0], "the plan after the apply")?;
    Ok(())
}

/// Compares what the platform holds, was asked, and shows.
fn seen(bench: &Bench, step: &Step) -> Result<(), String> {
    if bench.currency != Currency::Eur {
        return Ok(());
    }
    for (collection, wanted) in &step.wire {
        let objects = bench.collection(collection)?;
        for part in wanted {
            any(part, &objects, collection)?;
        }
    }
    if !step.log.is_empty() {
        let log = bench.control("log", None)?;
        let entries = log.as_array().cloned().unwrap_or_default();
        for part in &step.log {
            any(part, &entries, "log")?;
        }
    }
    if step.status.is_empty() {
        return Ok(());
    }
    let shown = bench.run(&["get", "all", "-o", "json"])?.exits(&[0], "get")?.json()?;
    let objects = shown.as_array().cloned().unwrap_or_default();
    for (name, part) in &step.status {
        let object = objects.iter().find(|object| names(name, &object["address"]));
        if let Some(problem) = mismatch(part, object, name) {
            return Err(format!("get differs: {problem}"));
        }
    }
    Ok(())
}

/// Imports; a plan of the import finds nothing to do.
fn import(bench: &Bench, wanted: &[String]) -> Result<(), String> {
    bench.run(&["import", "--account", "shop", "--out", "imported"])?.exits(&[0], "import")?;
    let texts = bench.texts("imported");
    for text in wanted {
        if !texts.contains(text.as_str()) {
            return Err(format!("the import does not say `{text}`:\n{texts}"));
        }
    }
    let plan = bench.run(&["plan", "imported", CHANGES])?;
    let showing = if plan.code == 0 { String::new() } else { texts };
    plan.exits(&[0], "the plan of the import").map(drop).map_err(|problem| format!("{problem}\n{showing}"))
}
