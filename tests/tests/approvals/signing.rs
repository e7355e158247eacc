//! What `adplane approve` signs is what stock `ssh-keygen` signs and verifies.

use std::process::{Command, Stdio};

use super::desk::{Case, Desk, Outcome};

pub(crate) const CASES: &[Case] = &[
    Case::new("ssh-keygen accepts what approve signs", accepted),
    Case::new("every kind of key signs", kinds),
    Case::new("a key with a passphrase signs through ssh-keygen", passphrase),
    Case::new("the agent's key signs", agent),
    Case::new("apply accepts what ssh-keygen signs", by_hand),
    Case::new("a plan that was changed is not signed", changed),
];

const RECORD: &str = "plan.json.approvals/ana@shop.example.json";

fn verified(desk: &Desk, principal: &str, record: &str) -> Outcome {
    let signature = format!("{record}.sig");
    let arguments =
        ["-Y", "verify", "-f", "allowed_signers", "-I", principal, "-n", "adplane-plan", "-s", &signature];
    let run = desk.fed("ssh-keygen", &arguments, record)?.exits(0)?;
    run.says(&[&format!("Good \"adplane-plan\" signature for {principal}")]).map(|_| ())
}

fn accepted(desk: &Desk) -> Outcome {
    desk.plan()?;
    // The name is found by the key.
    let run = desk.adplane(&["approve", "plan.json", "--key", "keys/ana"])?.exits(0)?;
    run.says(&["raise-small", "20.00 EUR", "nothing is missing"])?;
    verified(desk, "ana@shop.example", RECORD)?;
    desk.edit(RECORD, "Approve", "Reject")?;
    if verified(desk, "ana@shop.example", RECORD).is_ok() {
        return Err("ssh-keygen accepts a changed record".into());
    }
    desk.refused(&["does not fit"])
}

fn kinds(desk: &Desk) -> Outcome {
    desk.plan()?;
    for (kind, name) in [("rsa", "ray"), ("ecdsa", "ed")] {
        let public = desk.make_key(name, kind)?;
        let signers = desk.read("allowed_signers")?;
        desk.write("allowed_signers", &format!("{signers}{name}@shop.example {public}\n"))?;
        desk.approve(name)?;
        let record = format!("plan.json.approvals/{name}@shop.example.json");
        verified(desk, &format!("{name}@shop.example"), &record)?;
        desk.adplane(&["show", "plan.json", "--now", "2026-03-02T09:00:00Z"])?.exits(0)?;
    }
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

/// A program that gives the passphrase in place of a terminal.
fn passphrase(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.program("ssh-keygen", &["-q", "-p", "-P", "", "-N", "open sesame", "-f", "keys/ana"])?.exits(0)?;
    desk.write("keys/askpass", "#!/bin/sh\necho 'open sesame'\n")?;
    desk.program("chmod", &["700", "keys/askpass"])?.exits(0)?;
    let askpass = desk.path("keys/askpass").display().to_string();
    let mut command = Command::new(adplane_tests::binary()?);
    command
        .args(["approve", "plan.json", "--key", "keys/ana"])
        .current_dir(desk.path(""))
        .env("SSH_ASKPASS", askpass)
        .env("SSH_ASKPASS_REQUIRE", "force")
        .env_remove("SSH_AUTH_SOCK")
        .stdin(Stdio::null());
    super::desk::finish(command)?.exits(0)?;
    verified(desk, "ana@shop.example", RECORD)
}

fn agent(desk: &Desk) -> Outcome {
    desk.plan()?;
    let socket = desk.path("keys/agent.sock").display().to_string();
    let mut agent = Command::new("ssh-agent")
        .args(["-D", "-a", &socket])
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let outcome = with_agent(desk, &socket);
    let _ = agent.kill();
    let _ = agent.wait();
    outcome
}

fn with_agent(desk: &Desk, socket: &str) -> Outcome {
    let with = |arguments: &[&str]| desk.adplane_with(arguments, "SSH_AUTH_SOCK", socket);
    for _ in 0..100 {
        if desk.path("keys/agent.sock").exists() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    with(&["approve", "plan.json"])?.exits(1)?.says(&["holds no key", "--key"])?;
    for key in ["keys/eve", "keys/ana"] {
        let mut add = Command::new("ssh-add");
        add.args(["-q", key]).current_dir(desk.path("")).env("SSH_AUTH_SOCK", socket);
        super::desk::finish(add)?.exits(0)?;
    }
    // Eve's key is in the agent as well, but nobody lists it.
    with(&["approve", "plan.json"])?.exits(0)?.says(&["by ana@shop.example"])?;
    verified(desk, "ana@shop.example", RECORD)?;
    // The public half names a key of the agent.
    std::fs::remove_dir_all(desk.path("plan.json.approvals")).map_err(|error| error.to_string())?;
    with(&["approve", "plan.json", "--key", "keys/ana.pub"])?.exits(0)?;
    verified(desk, "ana@shop.example", RECORD)?;
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

fn by_hand(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.approve("ana")?;
    std::fs::remove_file(desk.path(&format!("{RECORD}.sig"))).map_err(|error| error.to_string())?;
    desk.refused(&["no signature"])?;
    desk.program("ssh-keygen", &["-q", "-Y", "sign", "-n", "adplane-plan", "-f", "keys/ana", RECORD])?
        .exits(0)?;
    desk.adplane(&["apply", "plan.json"])?.exits(0).map(|_| ())
}

fn changed(desk: &Desk) -> Outcome {
    desk.plan()?;
    desk.edit("plan.json", "\"after\": \"20.00 EUR\"", "\"after\": \"10.00 EUR\"")?;
    desk.adplane(&["approve", "plan.json", "--key", "keys/ana"])?
        .exits(1)?
        .says(&["does not match its hash", "plan again"])?;
    if desk.path("plan.json.approvals").exists() {
        return Err("something was signed".into());
    }
    Ok(())
}
