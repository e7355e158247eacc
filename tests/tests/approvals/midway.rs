//! Approvals are looked at again before every batch: what passes while a plan is applied stops it.

use std::time::{Duration, Instant};

use super::desk::{Case, Desk, Outcome, Run, run_of};

/// Late enough for something to happen between two batches.
const LATENCY: Duration = Duration::from_millis(700);

const fn slow(name: &'static str, run: fn(&Desk) -> Outcome) -> Case {
    Case { latency: LATENCY, ..Case::new(name, run) }
}

pub(crate) const CASES: &[Case] = &[
    slow("an approval that expires stops the rest", expires),
    slow("a key that is revoked stops the rest", revoked),
];

/// Applies the saved plan, and does something once the first write has reached the platform.
fn applied_while(desk: &Desk, meanwhile: impl FnOnce() -> Outcome) -> Result<Run, String> {
    let child = desk.begin(&["apply", "plan.json"])?;
    let begun = Instant::now();
    while desk.writes()? == 0 {
        if begun.elapsed() > Duration::from_mins(1) {
            return Err("nothing is written".into());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    meanwhile()?;
    child.wait_with_output().map(|output| run_of(&output)).map_err(|error| error.to_string())
}

/// What was begun is told from what was not, and nothing spends.
fn stopped(desk: &Desk, run: Run, because: &str) -> Outcome {
    run.exits(4)?.says(&["asks for what is not there", because, "its approvals hold no more"])?;
    let state = desk.control("state", None)?;
    let campaigns = &state["meta"]["act_1000000001"]["campaigns"];
    let campaigns = campaigns.as_array().ok_or("there are no campaigns")?;
    if campaigns.is_empty() || campaigns.iter().any(|campaign| campaign["status"] == "ACTIVE") {
        return Err(format!("a campaign runs, or none was created: {campaigns:?}"));
    }
    // Approved anew, the same command goes on from what is live.
    desk.write("revoked_signers", "")?;
    desk.plan()?;
    desk.approve("bo")?;
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

fn expires(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.adplane(&["approve", "plan.json", "--key", "keys/ana", "--expires", "2h"])?.exits(0)?;
    let run = applied_while(desk, || desk.advance("3h"))?;
    stopped(desk, run, "expired: ana@shop.example's approval held until")
}

fn revoked(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    let key = desk.read("keys/ana.pub")?;
    let run = applied_while(desk, || desk.write("revoked_signers", &key))?;
    stopped(desk, run, "which was revoked")
}
