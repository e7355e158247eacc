//! A saved plan is applied as it is, or not at all.

use std::fs;

use super::desk::{Case, Desk, Outcome};

pub(crate) const CASES: &[Case] = &[
    Case::new("a flipped byte is refused", flipped),
    Case::new("a file that is cut off is refused", truncated),
    Case::new("another version is refused", version),
    Case::new("another project's plan is refused", project),
    Case::new("another account's plan is refused", account),
    Case::new("another approval policy is refused", policy),
];

/// Places in the file that are flipped through the binary; core flips every byte of a plan.
const SAMPLES: usize = 24;

fn flipped(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    let bytes = fs::read(desk.path("plan.json")).map_err(|error| error.to_string())?;
    for sample in 0..SAMPLES {
        let at = bytes.len() * sample / SAMPLES;
        let mut flipped = bytes.clone();
        flipped[at] ^= if sample % 2 == 0 { 0x01 } else { 0x20 };
        fs::write(desk.path("plan.json"), flipped).map_err(|error| error.to_string())?;
        desk.adplane(&["apply", "plan.json"])?.exits(1).map_err(|why| format!("byte {at}: {why}"))?;
    }
    desk.unwritten()?;
    fs::write(desk.path("plan.json"), bytes).map_err(|error| error.to_string())?;
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

fn truncated(desk: &Desk) -> Outcome {
    desk.plan()?;
    let bytes = fs::read(desk.path("plan.json")).map_err(|error| error.to_string())?;
    for length in [0, 1, bytes.len() / 2, bytes.len() - 3] {
        fs::write(desk.path("plan.json"), &bytes[..length]).map_err(|error| error.to_string())?;
        desk.adplane(&["apply", "plan.json"])?.exits(1)?.says(&["the plan is cut off"])?;
    }
    desk.unwritten()
}

fn version(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.edit("plan.json", "\"formatVersion\": 1", "\"formatVersion\": 7")?;
    desk.adplane(&["apply", "plan.json"])?.exits(1)?.says(&["format version 7", "plan again"])?;
    desk.unwritten()
}

fn project(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    desk.edit("adplane.yaml", "project: shop", "project: other")?;
    desk.adplane(&["apply", "plan.json"])?
        .exits(1)?
        .says(&["the plan belongs to the project `shop`, and this is `other`"])?;
    desk.unwritten()
}

fn account(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    desk.edit("account.yaml", "act_1000000001", "act_1000000002")?;
    desk.adplane(&["apply", "plan.json"])?.exits(1)?.says(&[
        "the plan is for another account: it writes to 1000000001, and `meta-es` is act_1000000002 here",
    ])?;
    desk.unwritten()
}

fn policy(desk: &Desk) -> Outcome {
    let policy = desk.read("adplane.yaml")?;
    let (without, _) = policy.split_once("approvals:").ok_or("there is a policy")?;
    desk.write("adplane.yaml", without)?;
    desk.plan()?;
    desk.write("adplane.yaml", &policy)?;
    desk.refused(&["made under another approval policy", "plan again"])
}
