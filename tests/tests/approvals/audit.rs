//! `audit verify` judges what was applied again, as it was judged before each batch.
//!
//! What is forged here is forged well: the chain of the log holds, and every kept file fits its hash.

use std::fs;

use adplane_engine::approve::{Evidence, Exhibit};
use adplane_engine::state::{Event, Leave, Line, StateDir};

use super::commits::{hash, message, signed_commit};
use super::desk::{AUTHOR, Case, Desk, Outcome, Run};

pub(crate) const CASES: &[Case] = &[
    Case::new("approved writes are sound, and stay so when keys change", sound),
    Case::new("what was kept cannot be altered unnoticed", altered),
    Case::new("another's signature under an approval is named", wrong_signature),
    Case::new("an approval by the author is named", author),
    Case::new("one key under two names is one person", one_key),
    Case::new("somebody over their limit is named", over_limit),
    Case::new("an unknown author asks for one more", unknown_author),
    Case::new("a key that was revoked is named", revoked),
    Case::new("approvals at another time are named", another_time),
    Case::new("a signed commit is judged without its repository", commit),
];

fn verify(desk: &Desk, more: &[&str]) -> Result<Run, String> {
    desk.adplane(&[&["audit", "verify", "--offline"], more].concat())
}

/// The audit finds one thing, and says this of it.
fn finds(desk: &Desk, expected: &[&str]) -> Outcome {
    verify(desk, &[])?.exits(1)?.says(&["1 findings", "was not approved"])?.says(expected).map(|_| ())
}

fn state(desk: &Desk) -> StateDir {
    StateDir::of_project(&desk.path(""))
}

fn apply(desk: &Desk, approvers: &[&str]) -> Outcome {
    desk.plan()?;
    for person in approvers {
        desk.approve(person)?;
    }
    desk.adplane(&["apply", "plan.json"])?.exits(0)?;
    verify(desk, &[])?.exits(0)?.says(&["each write was approved"]).map(|_| ())
}

/// Signs the saved plan with somebody's key under another name, keeping what lies there.
fn approve_as(desk: &Desk, key: &str, name: &str, file: &str) -> Outcome {
    let key = format!("keys/{key}");
    desk.adplane(&["approve", "plan.json", "--key", &key, "--as", name])?.exits(0)?;
    for ending in ["", ".sig"] {
        let from = desk.path(&format!("plan.json.approvals/{name}.json{ending}"));
        fs::rename(from, desk.path(&format!("plan.json.approvals/{file}.json{ending}")))
            .map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Writes the log anew, each line as the edit leaves it, with hashes that fit.
fn rewrite(desk: &Desk, edit: impl Fn(&mut Line)) -> Outcome {
    let log = state(desk).apply_log();
    let chain = log.read().map_err(|error| error.to_string())?;
    for file in [".adplane/log.jsonl", ".adplane/log.head"] {
        fs::remove_file(desk.path(file)).map_err(|error| error.to_string())?;
    }
    let (genesis, rest) = chain.lines.split_first().ok_or("the log is empty")?;
    let writer = log.open(None, "test", genesis.at).map_err(|error| error.to_string())?;
    for line in rest {
        let mut line = line.clone();
        edit(&mut line);
        writer.append(line.at, [line.event]).map_err(|error| error.to_string())?;
    }
    writer.save_head().map_err(|error| error.to_string())
}

fn leave(line: &mut Line) -> Option<&mut Leave> {
    match &mut line.event {
        Event::Write { leave, .. } => leave.as_mut(),
        _ => None,
    }
}

/// What the writes rest on, edited, and the log made to name it.
fn forge(desk: &Desk, edit: impl FnOnce(&mut Evidence) -> Outcome) -> Outcome {
    let store = state(desk).evidence();
    let mut chain = state(desk).apply_log().read().map_err(|error| error.to_string())?;
    let name = chain.lines.iter_mut().find_map(|line| leave(line).map(|leave| leave.evidence.clone()));
    let text = store.read(&name.ok_or("no write has a leave")?).map_err(|error| error.to_string())?;
    let mut evidence: Evidence = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    edit(&mut evidence)?;
    let text = serde_json::to_vec(&evidence).map_err(|error| error.to_string())?;
    let forged = store.keep(&text).map_err(|error| error.to_string())?;
    rewrite(desk, |line| {
        if let Some(leave) = leave(line) {
            leave.evidence.clone_from(&forged);
        }
    })
}

/// Drops exhibits whose text names somebody.
fn drop_those_of(evidence: &mut Evidence, name: &str) -> Outcome {
    let before = evidence.exhibits.len();
    evidence.exhibits.retain(|exhibit| match exhibit {
        Exhibit::Document { text, .. } | Exhibit::Object { text, .. } => !text.contains(name),
        Exhibit::Testimony(testimony) => testimony.principal != name,
    });
    if evidence.exhibits.len() == before { Err(format!("{name} signed nothing")) } else { Ok(()) }
}

fn sound(desk: &Desk) -> Outcome {
    apply(desk, &["ana"])?;
    verify(desk, &["--allowed-signers", "allowed_signers"])?.exits(0)?;
    // Whoever leaves has approved what they approved.
    desk.write("revoked_signers", &desk.read("keys/ana.pub")?)?;
    desk.write("allowed_signers", "")?;
    verify(desk, &[])?.exits(0)?;
    rewrite(desk, |_| ())?;
    verify(desk, &[])?.exits(0).map(|_| ())
}

fn altered(desk: &Desk) -> Outcome {
    apply(desk, &["ana"])?;
    for entry in fs::read_dir(desk.path(".adplane/evidence")).map_err(|error| error.to_string())? {
        let path = entry.map_err(|error| error.to_string())?.path();
        let text = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let Some(at) = text.find("BEGIN SSH SIGNATURE").map(|at| at + 60) else { continue };
        let mut bytes = text.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        fs::write(&path, &bytes).map_err(|error| error.to_string())?;
        finds(desk, &["its approvals cannot be looked at", "was altered since"])?;
        fs::remove_file(&path).map_err(|error| error.to_string())?;
        finds(desk, &["its approvals cannot be looked at", "cannot be read"])?;
        fs::write(&path, &text).map_err(|error| error.to_string())?;
        return verify(desk, &[])?.exits(0).map(|_| ());
    }
    Err("no signature was kept".into())
}

fn wrong_signature(desk: &Desk) -> Outcome {
    apply(desk, &["ana", "bo"])?;
    forge(desk, |evidence| {
        let signatures: Vec<String> = evidence
            .exhibits
            .iter()
            .filter_map(|exhibit| match exhibit {
                Exhibit::Document { signature, .. } => Some(signature.clone()),
                Exhibit::Object { .. } | Exhibit::Testimony(_) => None,
            })
            .collect();
        // Ana's document with Bo's signature, and the other way round.
        for (exhibit, other) in evidence.exhibits.iter_mut().zip(signatures.iter().rev()) {
            if let Exhibit::Document { signature, .. } = exhibit {
                signature.clone_from(other);
            }
        }
        Ok(())
    })?;
    finds(desk, &["class raise-small needs 1 approval, has 0", "bad signature: ana@shop.example"])
}

fn author(desk: &Desk) -> Outcome {
    let public = desk.make_key("dev", "ed25519")?;
    let signers = desk.read("allowed_signers")?;
    desk.write("allowed_signers", &format!("{signers}{AUTHOR} {public}\n"))?;
    apply(desk, &["dev", "ana"])?;
    forge(desk, |evidence| drop_those_of(evidence, "ana@shop.example"))?;
    finds(desk, &["has 0", "author: dev@shop.example wrote the change"])
}

fn one_key(desk: &Desk) -> Outcome {
    desk.campaigns(&[("spring", "90.00 EUR")])?;
    desk.commit("Raise")?;
    desk.plan()?;
    approve_as(desk, "ana", "bo@shop.example", "not-bo")?;
    apply(desk, &["ana", "bo"])?;
    let bo = desk.read("keys/bo.pub")?;
    let bo = bo.split_whitespace().nth(1).ok_or("the key is short")?.to_owned();
    forge(desk, |evidence| {
        let signers = evidence.signers.as_mut().ok_or("no signers were kept")?;
        let kept: Vec<&str> = signers.text.lines().filter(|line| !line.contains(&bo)).collect();
        signers.text =
            kept.join("\n").replace("ana@shop.example ", "ana@shop.example,bo@shop.example ") + "\n";
        Ok(())
    })?;
    finds(desk, &["class raise-large needs 2 approvals by leads, has 1"])
}

fn over_limit(desk: &Desk) -> Outcome {
    desk.edit(
        "adplane.yaml",
        "raise-small: {approvals: 1}",
        "raise-small: {limits: [{approvers: [cleo@shop.example], upTo: [10.00 EUR]}]}",
    )?;
    desk.commit("Limit")?;
    apply(desk, &["cleo", "ana"])?;
    forge(desk, |evidence| drop_those_of(evidence, "ana@shop.example"))?;
    finds(desk, &["has 0", "over their limit: the plan raises more EUR a day than cleo@shop.example may"])
}

fn unknown_author(desk: &Desk) -> Outcome {
    fs::remove_dir_all(desk.path(".git")).map_err(|error| error.to_string())?;
    apply(desk, &["ana", "bo"])?;
    forge(desk, |evidence| drop_those_of(evidence, "bo@shop.example"))?;
    finds(desk, &["needs 2 approvals (one of them because nobody knows who wrote the change), has 1"])
}

fn revoked(desk: &Desk) -> Outcome {
    apply(desk, &["ana"])?;
    desk.write("lost", &desk.read("keys/ana.pub")?)?;
    let found = verify(desk, &["--revoked-signers", "lost"])?.exits(1)?;
    found.says(&["has 0", "revoked key: ana@shop.example"])?;
    // The same, where it had been revoked when it was applied.
    let lost = desk.read("keys/ana.pub")?;
    forge(desk, |evidence| {
        evidence.revoked.as_mut().ok_or("no revoked keys were kept")?.text = lost;
        Ok(())
    })?;
    finds(desk, &["revoked key: ana@shop.example"])
}

fn another_time(desk: &Desk) -> Outcome {
    apply(desk, &["ana"])?;
    // The write is said to have been sent two days later, when the approval held no more.
    let later = |at: jiff::Timestamp| at + jiff::SignedDuration::from_hours(48);
    rewrite(desk, |line| {
        line.at = later(line.at);
        if let Some(leave) = leave(line) {
            leave.at = later(leave.at);
        }
    })?;
    finds(desk, &["expired: ana@shop.example's approval held until"])?;
    // And said to have been asked about in time all the same.
    rewrite(desk, |line| {
        if let Some(leave) = leave(line) {
            leave.at -= jiff::SignedDuration::from_hours(48);
        }
    })?;
    finds(desk, &["which is not between the plan's begin at"])
}

fn commit(desk: &Desk) -> Outcome {
    desk.plan()?;
    signed_commit(desk, "ana", &message(&hash(desk)?))?;
    super::commits::apply(desk, "HEAD")?.exits(0)?;
    fs::remove_dir_all(desk.path(".git")).map_err(|error| error.to_string())?;
    verify(desk, &[])?.exits(0)?;
    forge(desk, |evidence| {
        let object = evidence.exhibits.iter_mut().find_map(|exhibit| match exhibit {
            Exhibit::Object { text, .. } => Some(text),
            Exhibit::Document { .. } | Exhibit::Testimony(_) => None,
        });
        let text = object.ok_or("no commit was kept")?;
        *text = text.replace("Approve the plan", "Approve a plan");
        Ok(())
    })?;
    finds(desk, &["class raise-small needs 1 approval, has 0", "bad signature"])
}
