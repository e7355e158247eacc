//! Signed commits and tags as approvals, verified by git.

use super::desk::{AUTHOR, Case, Desk, Outcome};

pub(crate) const CASES: &[Case] = &[
    Case::new("a signed commit approves", commit),
    Case::new("a signed tag approves", tag),
    Case::new("an unsigned commit does not", unsigned),
    Case::new("a commit signed by a stranger does not", stranger),
    Case::new("a repository's own configuration is set aside", configured),
    Case::new("a commit for another plan does not", other_plan),
];

/// The saved plan's hash.
pub(crate) fn hash(desk: &Desk) -> Result<String, String> {
    let json: serde_json::Value =
        serde_json::from_str(&desk.read("plan.json")?).map_err(|error| error.to_string())?;
    json["hash"].as_str().map(ToOwned::to_owned).ok_or("the plan has no hash".into())
}

pub(crate) fn message(hash: &str) -> String {
    format!("Approve the plan\n\nAdplane-Plan: {hash}\nAdplane-Approve: raise-small\n")
}

/// Options under which somebody signs what git makes.
fn signing(desk: &Desk, person: &str) -> Vec<String> {
    let key = desk.path(&format!("keys/{person}.pub")).display().to_string();
    ["user.name=Somebody".into(), format!("user.email={person}@shop.example"), "gpg.format=ssh".into()]
        .into_iter()
        .chain([format!("user.signingkey={key}")])
        .flat_map(|option| ["-c".to_owned(), option])
        .collect()
}

fn git_as(desk: &Desk, person: &str, arguments: &[&str]) -> Outcome {
    let options = signing(desk, person);
    let all: Vec<&str> = options.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
    desk.git(&all).map(|_| ())
}

/// What somebody signs as an empty commit. The sandbox's clock is the machine's here, because git takes its
/// time from the machine.
pub(crate) fn signed_commit(desk: &Desk, person: &str, message: &str) -> Outcome {
    git_as(desk, person, &["commit", "--quiet", "--allow-empty", "--gpg-sign", "--message", message])
}

/// A plan whose approvals are judged by a clock near that of the commit.
fn dated(desk: &Desk) -> Outcome {
    desk.plan()
}

/// Applies with a commit or tag, at the instant given to git.
pub(crate) fn apply(desk: &Desk, revision: &str) -> Result<super::desk::Run, String> {
    desk.adplane(&["apply", "plan.json", "--approval-commit", revision, "--now", &instant(desk)?])
}

/// The machine's time in whole seconds, as git has just used it.
pub(crate) fn instant(desk: &Desk) -> Result<String, String> {
    let run = desk.git(&["log", "-1", "--format=%cI"])?;
    Ok(run.text.trim().to_owned())
}

fn commit(desk: &Desk) -> Outcome {
    dated(desk)?;
    signed_commit(desk, "ana", &message(&hash(desk)?))?;
    apply(desk, "HEAD")?.exits(0).map(|_| ())
}

fn tag(desk: &Desk) -> Outcome {
    dated(desk)?;
    let message = message(&hash(desk)?);
    git_as(desk, "ana", &["tag", "--sign", "--message", &message, "approved"])?;
    desk.commit_empty()?;
    apply(desk, "approved")?.exits(0).map(|_| ())
}

fn unsigned(desk: &Desk) -> Outcome {
    dated(desk)?;
    desk.git(&["commit", "--quiet", "--allow-empty", "--message", &message(&hash(desk)?)])?;
    apply(desk, "HEAD")?.exits(6)?.says(&["approval-bad-signature", "git does not accept its signature"])?;
    apply(desk, "no-such-tag")?.exits(6)?.says(&["approval-unreadable", "there is no such commit or tag"])?;
    desk.unwritten()
}

fn stranger(desk: &Desk) -> Outcome {
    dated(desk)?;
    signed_commit(desk, "eve", &message(&hash(desk)?))?;
    apply(desk, "HEAD")?.exits(6)?.says(&["git does not accept its signature"])?;
    desk.unwritten()
}

/// A hostile repository says that any signature is fine, and whose.
fn configured(desk: &Desk) -> Outcome {
    dated(desk)?;
    signed_commit(desk, "eve", &message(&hash(desk)?))?;
    let public = desk.read("keys/eve.pub")?;
    desk.write("keys/mine", &format!("ana@shop.example {public}"))?;
    desk.write(
        "keys/yes",
        "#!/bin/sh\necho 'Good \"git\" signature for ana@shop.example with ED25519 key x'\n",
    )?;
    desk.program("chmod", &["700", "keys/yes"])?.exits(0)?;
    let yes = desk.path("keys/yes").display().to_string();
    let mine = desk.path("keys/mine").display().to_string();
    for (name, value) in
        [("gpg.ssh.program", &yes), ("gpg.program", &yes), ("gpg.ssh.allowedSignersFile", &mine)]
    {
        desk.git(&["config", name, value])?;
    }
    apply(desk, "HEAD")?.exits(6)?.says(&["git does not accept its signature"])?;
    desk.unwritten()
}

fn other_plan(desk: &Desk) -> Outcome {
    dated(desk)?;
    let other = format!("sha256:{}", "0".repeat(64));
    signed_commit(desk, "ana", &message(&other))?;
    apply(desk, "HEAD")?.exits(6)?.says(&["approval-other-plan"])?;
    signed_commit(desk, "ana", "Approve everything")?;
    apply(desk, "HEAD")?.exits(6)?.says(&["approval-unreadable", "Adplane-Plan"])?;
    desk.unwritten()
}

impl Desk {
    /// A commit of nothing by the author, so that `HEAD` has the machine's time.
    fn commit_empty(&self) -> Outcome {
        let author = format!("user.email={AUTHOR}");
        self.git(&["-c", &author, "commit", "--quiet", "--allow-empty", "--message", "Later"]).map(|_| ())
    }
}
