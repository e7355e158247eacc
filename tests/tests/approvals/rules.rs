//! What a rule or a pool decides goes through the approval policy like everything else: its plan waits until somebody has signed it.

use std::fs;

use serde_json::Value;

use super::desk::{Case, Desk, Outcome};

pub(crate) const CASES: &[Case] = &[
    Case::new("a rule's plan waits for its signature", signed),
    Case::new("a pool's raise waits for its signature", raised_by_a_pool),
];

const POOL: &str = "apiVersion: adplane.io/v1alpha1
kind: Budget
metadata: {name: all}
spec: {pool: {monthly: 1240.00 EUR, pattern: Even}}
";

const RAISE: &str = "apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: more}
spec:
  mode: act
  scope: {kind: Campaign}
  schedule: {every: 1h}
  require: {freshness: 72h}
  when: yesterday.spend >= money('0 EUR')
  action: {type: adjustBudget, by: \"+10%\"}
  limits: {maxShareOfScope: 1.0}
";

fn signed(desk: &Desk) -> Outcome {
    let bounds = "budget: {managed: {daily: {initial: 20.00 EUR, min: 10.00 EUR, max: 50.00 EUR}}}";
    desk.edit("campaigns.yaml", "budget: {daily: 20.00 EUR}", bounds)?;
    desk.commit("Lend the budget")?;
    desk.plan()?;
    desk.approve("ana")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    desk.advance("50h")?;
    // An account that tells nothing yet is believed to have spent nothing after three days.
    desk.adplane(&["metrics", "sync", "--back", "3"])?.exits(0)?;
    desk.advance("73h")?;
    desk.write("rules.yaml", RAISE)?;
    desk.commit("Raise what spends")?;
    desk.adplane(&["metrics", "sync", "--back", "3"])?.exits(0)?;
    let writes = desk.writes()?;

    desk.adplane(&["rules", "run"])?.exits(0)?.says(&["proposed", "it raises spend"])?;
    let digits = proposal(desk)?;
    desk.adplane(&["rules", "approve", &digits])?.exits(6)?.says(&["its plan waits for an approval"])?;
    let plan = only_plan(desk)?;
    // Agreeing with the rule is one thing, and signing the plan another: without it nothing is written.
    desk.adplane(&["rules", "run"])?.exits(6)?.says(&["waits"])?;
    let eve = ["approve", &plan, "--key", "keys/eve", "--as", "eve@shop.example"];
    desk.adplane(&eve)?;
    desk.adplane(&["rules", "run"])?.exits(6)?;
    is(desk, writes, "2000")?;

    let ana = ["approve", &plan, "--key", "keys/ana", "--as", "ana@shop.example"];
    desk.adplane(&ana)?.exits(0)?;
    desk.adplane(&["rules", "run"])?.exits(0)?.says(&["written"])?;
    is(desk, writes + 1, "2200")?;
    desk.adplane(&["rules", "run"])?.exits(0)?;
    desk.adplane(&["plan", "--detailed-exitcode"])?.exits(0)?;
    desk.adplane(&["audit", "verify"])?.exits(0)?;
    is(desk, writes + 1, "2200")
}

fn raised_by_a_pool(desk: &Desk) -> Outcome {
    let bounds = "budget: {ref: all, managed: {daily: {initial: 20.00 EUR, min: 10.00 EUR, max: 30.00 EUR}}}";
    desk.edit("campaigns.yaml", "budget: {daily: 20.00 EUR}", bounds)?;
    desk.write("pool.yaml", POOL)?;
    desk.commit("Draw on a pool")?;
    desk.plan()?;
    desk.approve("ana")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    desk.adplane(&["run", "--once"])?.exits(0)?.says(&["its plan waits for an approval", "paced"])?;
    let plan = only_plan(desk)?;
    desk.adplane(&["approve", &plan, "--key", "keys/eve", "--as", "eve@shop.example"])?;
    desk.advance("1h")?;
    desk.adplane(&["run", "--once"])?.exits(0)?.says(&["its plan waits for an approval"])?;
    let state = desk.control("state", None)?;
    let live = &state["meta"]["act_1000000001"]["campaigns"][0]["daily_budget"];
    if *live != "2000" || only_plan(desk)? != plan {
        return Err(format!("a day more than nobody who counts has signed: {live}"));
    }
    desk.adplane(&["approve", &plan, "--key", "keys/ana", "--as", "ana@shop.example"])?.exits(0)?;
    desk.adplane(&["run", "--once"])?.exits(0)?.says(&["written"])?;
    let writes = desk.writes()?;
    is(desk, writes, "3000")?;
    desk.adplane(&["run", "--once"])?.exits(0)?;
    desk.adplane(&["audit", "verify"])?.exits(0)?;
    is(desk, writes, "3000")
}

/// The digits of the one proposal.
fn proposal(desk: &Desk) -> Result<String, String> {
    let text = desk.adplane(&["rules", "proposals", "--format", "json", "--quiet"])?.exits(0)?.text;
    let found: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
    let digest = found["proposals"][0]["digest"].as_str().ok_or_else(|| text.clone())?;
    digest.get(7..19).map(str::to_owned).ok_or_else(|| digest.to_owned())
}

fn only_plan(desk: &Desk) -> Result<String, String> {
    let entries = fs::read_dir(desk.path(".adplane/plans")).map_err(|error| error.to_string())?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    // Approvals lie beside it.
    let is_plan = |name: &String| std::path::Path::new(name).extension().is_some_and(|end| end == "json");
    let names: Vec<String> = names.filter(is_plan).collect();
    match names.as_slice() {
        [one] => Ok(format!(".adplane/plans/{one}")),
        _ => Err(format!("one plan waits, not {names:?}")),
    }
}

/// So much was written over all, and so much is the campaign's budget.
fn is(desk: &Desk, writes: usize, budget: &str) -> Outcome {
    let found =
        desk.control("state", None)?["meta"]["act_1000000001"]["campaigns"][0]["daily_budget"].clone();
    match (desk.writes()? == writes, found == budget) {
        (true, true) => Ok(()),
        (same, _) => Err(format!("the budget is {found}, not {budget}; as many writes as expected: {same}")),
    }
}
