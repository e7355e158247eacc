//! Approvals where no plan is given by hand: `run`, and lifting a pause.

use std::fs;

use super::commits::{instant, message, signed_commit};
use super::desk::{Case, Desk, Outcome};

pub(crate) const CASES: &[Case] = &[
    Case::new("a plan that waits is applied once it is approved", approved),
    Case::new("`run` takes a signed commit", by_commit),
    Case::new("lifting a pause takes a signed commit", lifted_by_commit),
];

/// The plan that waits, from the project's folder.
fn waiting(desk: &Desk) -> Result<String, String> {
    let entries = fs::read_dir(desk.path(".adplane/plans")).map_err(|error| error.to_string())?;
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
    let plans: Vec<String> = names
        .filter(|name| std::path::Path::new(name).extension().is_some_and(|end| end == "json"))
        .collect();
    match plans.as_slice() {
        [one] => Ok(format!(".adplane/plans/{one}")),
        others => Err(format!("{others:?} wait")),
    }
}

fn hash(desk: &Desk, plan: &str) -> Result<String, String> {
    let json: serde_json::Value =
        serde_json::from_str(&desk.read(plan)?).map_err(|error| error.to_string())?;
    json["hash"].as_str().map(ToOwned::to_owned).ok_or("the plan has no hash".into())
}

/// How each campaign stands on the platform.
fn statuses(desk: &Desk) -> Result<Vec<String>, String> {
    let state = desk.control("state", None)?;
    let campaigns = state["meta"]["act_1000000001"]["campaigns"].as_array().cloned().unwrap_or_default();
    Ok(campaigns.iter().map(|live| live["status"].as_str().unwrap_or_default().to_owned()).collect())
}

fn runs(desk: &Desk, status: &str) -> Outcome {
    let found = statuses(desk)?;
    if found == [status] { Ok(()) } else { Err(format!("{found:?}, not {status}")) }
}

fn approved(desk: &Desk) -> Outcome {
    desk.adplane(&["run", "--once"])?.exits(6)?.says(&["waits for approval", "adplane approve"])?;
    desk.unwritten()?;
    let plan = waiting(desk)?;
    // Somebody who does not count does not set it going.
    desk.adplane(&["approve", &plan, "--key", "keys/eve", "--as", "eve@shop.example"])?.exits(0)?;
    desk.adplane(&["run", "--once"])?.exits(6)?;
    desk.unwritten()?;
    desk.adplane(&["approve", &plan, "--key", "keys/ana"])?.exits(0)?;
    desk.adplane(&["run", "--once"])?.exits(0)?;
    runs(desk, "ACTIVE")?;
    let writes = desk.writes()?;
    desk.adplane(&["run", "--once"])?.exits(0)?;
    if desk.writes()? != writes {
        return Err("it was written twice".into());
    }
    desk.adplane(&["audit", "verify"])?.exits(0).map(|_| ())
}

fn by_commit(desk: &Desk) -> Outcome {
    desk.adplane(&["run", "--once"])?.exits(6)?;
    let hash = hash(desk, &waiting(desk)?)?;
    signed_commit(desk, "ana", &message(&hash))?;
    let now = instant(desk)?;
    desk.adplane(&["run", "--once", "--now", &now])?.exits(6)?;
    desk.adplane(&["run", "--once", "--approval-commit", "HEAD", "--now", &now])?.exits(0)?;
    runs(desk, "ACTIVE")
}

fn lifted_by_commit(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    desk.adplane(&["pause", "--all", "--approval-commit", "HEAD"])?.exits(64)?;
    desk.adplane(&["pause", "--all"])?.exits(0)?;
    runs(desk, "PAUSED")?;
    desk.adplane(&["pause", "--lift", "--auto-approve"])?.exits(6)?;
    desk.adplane(&["pause", "--lift", "--out", "lift.json"])?.exits(0)?;
    // Nobody knows who wrote a stop: two must agree to its end.
    let message = message(&hash(desk, "lift.json")?);
    signed_commit(desk, "ana", &message)?;
    desk.git(&["tag", "first"])?;
    signed_commit(desk, "bo", &message)?;
    let now = instant(desk)?;
    let lift = ["pause", "--lift", "--plan", "lift.json", "--now", &now, "--approval-commit", "first"];
    desk.adplane(&lift)?.exits(6)?.says(&["needs 2 approvals"])?;
    desk.adplane(&[&lift[..], &["--approval-commit", "HEAD"]].concat())?.exits(0)?;
    runs(desk, "ACTIVE")?;
    desk.adplane(&["audit", "verify", "--offline"])?.exits(0).map(|_| ())
}
