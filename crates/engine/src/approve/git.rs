//! Signed commits and tags as approvals, verified by git itself.
//!
//! Git checks the signature by its own rules with our allowed signers; what configuration of the machine or the
//! repository says about programs and keys is set aside. We check it once more over the same bytes, which the audit
//! can repeat where there is no repository, and then read what was signed: the plan's hash and the
//! classes, in lines of the message:
//!
//! ```text
//! Adplane-Plan: sha256:3f9c…
//! Adplane-Approve: raise-large
//! ```

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use adplane_core::approval::signers::{KeyBytes, Signer};
use adplane_core::plan::Class;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::evidence::{Claim, Exhibit, Keyring, Proof, Sources};
use super::objection::{Cause, Objection};
use super::record::Decision;
use super::signature;

/// The namespace in which git signs.
const NAMESPACE: &str = "git";
/// Lines of a message.
const PLAN: &str = "Adplane-Plan:";
const APPROVE: &str = "Adplane-Approve:";
const REJECT: &str = "Adplane-Reject:";

const SIGNATURE_BEGIN: &str = "-----BEGIN SSH SIGNATURE-----";

/// The git program over one repository, away from what the machine's configuration says.
#[derive(Debug, Clone)]
pub struct Git {
    repository: PathBuf,
    surroundings: Surroundings,
}

/// What git needs of the machine.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// Where programs are found (`PATH`).
    pub search_path: Option<OsString>,
    /// Where the user's configuration lies (`HOME`); read for the user's own address only.
    pub home: Option<OsString>,
}

impl Git {
    /// Git in a folder.
    pub fn new(repository: &Path, surroundings: Surroundings) -> Self {
        Self { repository: repository.to_owned(), surroundings }
    }

    /// Runs git; its output, or what it says went wrong.
    pub(super) fn run(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        let mut command = self.command(arguments);
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("GIT_CONFIG_GLOBAL", if cfg!(windows) { "NUL" } else { "/dev/null" });
        Self::finish(command)
    }

    /// Runs git with the user's configuration.
    pub(super) fn run_as_configured(&self, arguments: &[&str]) -> Result<Vec<u8>, String> {
        let mut command = self.command(arguments);
        command.envs(self.surroundings.home.iter().map(|home| ("HOME", home)));
        Self::finish(command)
    }

    fn finish(mut command: Command) -> Result<Vec<u8>, String> {
        let output = command.output().map_err(|error| format!("git cannot be run: {error}"))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; "))
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.repository)
            // The checkout may belong to another user of the machine (containers); nothing of its own is run.
            .args(["-c", "safe.directory=*", "-c", "core.fsmonitor=false"])
            .args(arguments)
            .env_clear()
            .envs(self.surroundings.search_path.iter().map(|path| ("PATH", path)))
            .env("LC_ALL", "C")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .stdin(Stdio::null());
        command
    }

    fn text(&self, arguments: &[&str]) -> Result<String, String> {
        self.run(arguments).map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned())
    }
}

/// What an approval in git is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ObjectKind {
    /// A signed commit.
    Commit,
    /// A signed tag.
    Tag,
}

/// Signed commits and tags that git accepts, as it stores them.
pub fn exhibits(git: &Git, sources: &Sources, revisions: &[String]) -> Vec<Result<Exhibit, Objection>> {
    revisions.iter().map(|revision| exhibit(git, sources, revision)).collect()
}

fn exhibit(git: &Git, sources: &Sources, revision: &str) -> Result<Exhibit, Objection> {
    let object = |cause, detail: String| Objection::new(revision, None, cause, detail);
    let unreadable = |detail| object(Cause::Unreadable, detail);
    let peeled =
        |revision: &str| git.text(&["rev-parse", "--verify", "--quiet", "--end-of-options", revision]);
    let id = peeled(revision).map_err(|_| unreadable("there is no such commit or tag".into()))?;
    let word = git.text(&["cat-file", "-t", &id]).map_err(unreadable)?;
    let (verify, kind) = match word.as_str() {
        "commit" => ("verify-commit", ObjectKind::Commit),
        "tag" => ("verify-tag", ObjectKind::Tag),
        other => return Err(unreadable(format!("it is a {other}, not a commit or a tag"))),
    };
    let Some(signers) = &sources.signers else {
        return Err(object(Cause::UnknownSigner, "there is no allowed signers file".into()));
    };
    accepted(git, sources, signers, verify, &id).map_err(|detail| {
        object(Cause::BadSignature, format!("git does not accept its signature: {detail}"))
    })?;
    let raw = git.run(&["cat-file", &word, &id]).map_err(unreadable)?;
    let text = String::from_utf8(raw).map_err(|_| unreadable("its text is not UTF-8".into()))?;
    let short: String = id.chars().take(12).collect();
    Ok(Exhibit::Object { place: format!("{word} {short}"), kind, text })
}

/// What a signed commit or tag says, after its signature has been checked once more, without git.
pub(super) fn object_claims(
    place: &str,
    kind: ObjectKind,
    text: &str,
    keyring: &Keyring,
) -> Vec<Result<Claim, Objection>> {
    match signed(place, kind, text, keyring) {
        Ok(signed) => signed.claims(),
        Err(objection) => vec![Err(objection)],
    }
}

/// A commit or tag whose signature fits.
struct Signed {
    place: String,
    message: String,
    principal: String,
    key: KeyBytes,
    at: Timestamp,
}

fn signed(place: &str, kind: ObjectKind, text: &str, keyring: &Keyring) -> Result<Signed, Objection> {
    let object = |cause, detail: String| Objection::new(place, None, cause, detail);
    let bad = |detail: &str| object(Cause::BadSignature, detail.to_owned());
    let (payload, signature) = match kind {
        ObjectKind::Commit => commit_parts(text),
        ObjectKind::Tag => tag_parts(text),
    }
    .ok_or_else(|| bad("it has no SSH signature, or more than one"))?;
    let key = signature::verify(payload.as_bytes(), &signature, NAMESPACE)
        .map_err(|error| object(Cause::BadSignature, error.to_string()))?;
    let (headers, message) = payload.split_once("\n\n").ok_or_else(|| bad("it has no message"))?;
    let who = match kind {
        ObjectKind::Commit => "committer ",
        ObjectKind::Tag => "tagger ",
    };
    let (address, at) =
        signature_line(headers, who).ok_or_else(|| bad("it does not say by whom and when"))?;
    let principal = principal(&keyring.signers, &key, &address).ok_or_else(|| {
        let detail =
            format!("{} is a key of several people, and {address} is none of them", key.fingerprint());
        object(Cause::WrongPrincipal, detail)
    })?;
    Ok(Signed { place: place.to_owned(), message: message.to_owned(), principal, key, at })
}

/// What a commit's signature signs, which is the commit without it; and the signature.
fn commit_parts(text: &str) -> Option<(String, String)> {
    let (headers, message) = text.split_once("\n\n")?;
    let (mut payload, mut signature, mut inside) = (String::new(), None, false);
    for line in headers.split('\n') {
        let first = line.strip_prefix("gpgsig ").or_else(|| line.strip_prefix("gpgsig-sha256 "));
        if let Some(first) = first {
            // A second one could be made to mean something else than git has looked at.
            if signature.replace(format!("{first}\n")).is_some() {
                return None;
            }
            inside = true;
        } else if let (true, Some(more), Some(signature)) = (inside, line.strip_prefix(' '), &mut signature) {
            signature.push_str(more);
            signature.push('\n');
        } else {
            inside = false;
            payload.push_str(line);
            payload.push('\n');
        }
    }
    payload.push('\n');
    payload.push_str(message);
    Some((payload, signature?))
}

/// What a tag's signature signs, which is everything before it; and the signature.
fn tag_parts(text: &str) -> Option<(String, String)> {
    let at = text.find(SIGNATURE_BEGIN)?;
    let (payload, signature) = text.split_at(at);
    let once = signature.matches(SIGNATURE_BEGIN).count() == 1;
    (once && payload.ends_with('\n')).then(|| (payload.to_owned(), signature.to_owned()))
}

/// Git's own verdict, with our files of keys and no program but `ssh-keygen`.
fn accepted(git: &Git, sources: &Sources, signers: &Path, verify: &str, id: &str) -> Result<(), String> {
    let setting = |name: &str, path: &Path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        format!("{name}={}", absolute.display())
    };
    let mut settings = vec![
        setting("gpg.ssh.allowedSignersFile", signers),
        "gpg.ssh.program=ssh-keygen".into(),
        // OpenPGP and X.509 signatures have no principal in the allowed signers file.
        "gpg.program=false".into(),
        "gpg.openpgp.program=false".into(),
        "gpg.x509.program=false".into(),
        match &sources.revoked {
            Some(revoked) => setting("gpg.ssh.revocationFile", revoked),
            None => "gpg.ssh.revocationFile=".into(),
        },
    ];
    let mut arguments: Vec<String> = Vec::new();
    for setting in settings.drain(..) {
        arguments.extend(["-c".to_owned(), setting]);
    }
    arguments.extend([verify.to_owned(), "--raw".into(), id.to_owned()]);
    git.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).map(|_| ())
}

/// Address and instant of `committer Ana <ana@shop.example> 1761984000 +0100`.
fn signature_line(headers: &str, who: &str) -> Option<(String, Timestamp)> {
    let line = headers.lines().find_map(|line| line.strip_prefix(who))?;
    let (before, after) = line.rsplit_once('>')?;
    let (_, address) = before.rsplit_once('<')?;
    let seconds: i64 = after.split_whitespace().next()?.parse().ok()?;
    Some((address.to_owned(), Timestamp::from_second(seconds).ok()?))
}

/// Whose key it is: the address on the object when the key's lines name it, else the only person they list.
fn principal(signers: &[Signer], key: &KeyBytes, address: &str) -> Option<String> {
    let lines = || signers.iter().filter(|signer| signer.key == *key && signer.signs(NAMESPACE));
    if lines().any(|signer| signer.names(address)) {
        return Some(address.to_owned());
    }
    let mut people: Vec<&str> = lines().flat_map(Signer::people).collect();
    people.sort_unstable();
    people.dedup();
    match people.as_slice() {
        [one] => Some((*one).to_owned()),
        _ => None,
    }
}

impl Signed {
    fn claims(&self) -> Vec<Result<Claim, Objection>> {
        let lines = |name: &str| -> Vec<&str> {
            self.message.lines().filter_map(|line| line.strip_prefix(name)).map(str::trim).collect()
        };
        let object = |detail: &str| vec![Err(Objection::new(&self.place, None, Cause::Unreadable, detail))];
        let plans = lines(PLAN);
        let [hash] = plans.as_slice() else {
            return object("its message has no line `Adplane-Plan: sha256:…`, or more than one");
        };
        let decisions: Vec<(Decision, &str)> = lines(APPROVE)
            .into_iter()
            .map(|class| (Decision::Approve, class))
            .chain(lines(REJECT).into_iter().map(|class| (Decision::Reject, class)))
            .collect();
        if decisions.is_empty() {
            return object("its message has no line `Adplane-Approve: <class>`");
        }
        decisions.into_iter().map(|(decision, class)| self.claim(hash, decision, class)).collect()
    }

    fn claim(&self, hash: &str, decision: Decision, class: &str) -> Result<Claim, Objection> {
        let class: Class = class.parse().map_err(|error: adplane_core::plan::InvalidClass| {
            Objection::new(&self.place, None, Cause::Unreadable, error.to_string())
        })?;
        Ok(Claim {
            place: self.place.clone(),
            hash: hash.to_owned(),
            class,
            decision,
            principal: self.principal.clone(),
            proof: Proof::Signature { key: self.key.clone(), namespace: NAMESPACE },
            at: self.at,
            expires: None,
        })
    }
}
