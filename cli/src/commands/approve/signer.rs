//! Who signs, and with which key.
//!
//! A plain Ed25519 or ECDSA key file signs here. Everything else is OpenSSH's own business: `ssh-keygen -Y sign`
//! knows agents on every system, asks for passphrases, and waits for the touch of a hardware key.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use adplane_core::approval::signers::{KeyBytes, Signer as Line};
use adplane_engine::approve;
use ssh_key::{Algorithm, PrivateKey, PublicKey};

use crate::error::Failure;
use crate::settings::Settings;

/// A person with a key.
pub(in crate::commands) struct Signer {
    principal: String,
    key: Key,
}

/// How a key signs.
enum Key {
    /// By itself.
    Plain(Box<PrivateKey>),
    /// Through `ssh-keygen`, from a file: encrypted, on hardware, or the public half of one in the agent.
    File(PathBuf),
    /// Through `ssh-keygen`, in the agent.
    Agent(String),
}

impl Signer {
    /// The key that was asked for, or the one in the agent that the allowed signers know; and whose it is.
    pub(in crate::commands) fn find(
        key: Option<&Path>,
        principal: Option<&str>,
        lines: &[Line],
        settings: &Settings,
    ) -> Result<Self, Failure> {
        let (key, public) = match key {
            Some(file) => from_file(&settings.cwd.join(file))?,
            None => from_agent(principal, lines)?,
        };
        let principal = match principal {
            Some(principal) => principal.to_owned(),
            None => owner(lines, &public)?,
        };
        Ok(Self { principal, key })
    }

    /// The name that is signed under.
    pub(in crate::commands) fn principal(&self) -> &str {
        &self.principal
    }

    /// The text of a `.sig` file.
    pub(in crate::commands) fn sign(&self, namespace: &str, text: &[u8]) -> Result<String, Failure> {
        match &self.key {
            Key::Plain(key) => approve::sign(key, namespace, text)
                .map_err(|error| Failure::error("the key cannot sign").caused_by(&error)),
            Key::File(file) => by_ssh_keygen(file, namespace, text),
            Key::Agent(public) => {
                let mut file = tempfile::Builder::new()
                    .suffix(".pub")
                    .tempfile()
                    .map_err(|error| Failure::error("cannot hand the key to ssh-keygen").caused_by(&error))?;
                writeln!(file, "{public}")
                    .map_err(|error| Failure::error("cannot hand the key to ssh-keygen").caused_by(&error))?;
                by_ssh_keygen(file.path(), namespace, text)
            }
        }
    }
}

/// Reads a key file without its passphrase: what it is, and its public half.
fn from_file(file: &Path) -> Result<(Key, KeyBytes), Failure> {
    let shown = file.display();
    let text = fs::read_to_string(file)
        .map_err(|error| Failure::error(format!("cannot read the key `{shown}`")).caused_by(&error))?;
    if let Ok(public) = PublicKey::from_openssh(text.trim()) {
        return Ok((Key::File(file.to_owned()), bytes(&public)?));
    }
    match PrivateKey::from_openssh(&text) {
        Ok(key) => {
            let public = bytes(key.public_key())?;
            // Hardware keys wait for a touch, and RSA wants more care than a few lines here can give it.
            let signs_itself = matches!(key.algorithm(), Algorithm::Ed25519 | Algorithm::Ecdsa { .. });
            let plain = signs_itself && !key.is_encrypted();
            Ok((if plain { Key::Plain(Box::new(key)) } else { Key::File(file.to_owned()) }, public))
        }
        // Older forms: ssh-keygen reads them, and the public half lies beside.
        Err(problem) => {
            let mut beside = file.as_os_str().to_owned();
            beside.push(".pub");
            let public =
                fs::read_to_string(&beside).ok().and_then(|text| PublicKey::from_openssh(text.trim()).ok());
            let public = public.ok_or_else(|| {
                Failure::error(format!("`{shown}` is not an SSH key: {problem}"))
                    .hint("name the private key that `ssh-keygen` made, such as `~/.ssh/id_ed25519`")
            })?;
            Ok((Key::File(file.to_owned()), bytes(&public)?))
        }
    }
}

fn bytes(key: &PublicKey) -> Result<KeyBytes, Failure> {
    approve::key_bytes(key).map_err(|error| Failure::error("the key cannot be read").caused_by(&error))
}

/// The agent's key that the allowed signers know; without such a file the only one it holds.
fn from_agent(principal: Option<&str>, lines: &[Line]) -> Result<(Key, KeyBytes), Failure> {
    let hint = "name a key with `--key FILE`, or add one with `ssh-add`";
    let listed = Command::new("ssh-add").arg("-L").stdin(Stdio::null()).output();
    let listed = listed.map_err(|error| {
        Failure::error("there is no `--key`, and the SSH agent cannot be asked").caused_by(&error).hint(hint)
    })?;
    let text = String::from_utf8_lossy(&listed.stdout).into_owned();
    let mut keys = Vec::new();
    for line in text.lines() {
        if let Ok(public) = PublicKey::from_openssh(line.trim()) {
            keys.push((line.trim().to_owned(), bytes(&public)?));
        }
    }
    if !listed.status.success() || keys.is_empty() {
        let said = String::from_utf8_lossy(&listed.stderr).trim().to_owned();
        let message = format!("there is no `--key`, and the SSH agent holds no key {said}");
        return Err(Failure::error(message.trim_end().to_owned()).hint(hint));
    }
    let known = |key: &KeyBytes| {
        lines.iter().any(|line| line.key == *key && principal.is_none_or(|principal| line.names(principal)))
    };
    let all = keys.len();
    let mut fitting: Vec<(String, KeyBytes)> =
        keys.into_iter().filter(|(_, key)| lines.is_empty() || known(key)).collect();
    match (fitting.pop(), fitting.is_empty()) {
        (Some((line, key)), true) => Ok((Key::Agent(line), key)),
        (Some(_), false) => Err(Failure::error("the SSH agent holds several keys that could sign")
            .hint("name one: `--key ~/.ssh/id_ed25519.pub`, or say who signs: `--as PRINCIPAL`")),
        (None, _) => Err(Failure::error(format!(
            "none of the {all} keys in the SSH agent is in the allowed signers file"
        ))
        .hint("add your public key to that file, or name another key with `--key FILE`")),
    }
}

/// The only person whose key it is.
fn owner(lines: &[Line], key: &KeyBytes) -> Result<String, Failure> {
    let mut people: Vec<&str> = lines.iter().filter(|line| line.key == *key).flat_map(Line::people).collect();
    people.sort_unstable();
    people.dedup();
    match people.as_slice() {
        [one] => Ok((*one).to_owned()),
        [] => Err(Failure::error(format!(
            "the allowed signers file does not say whose key {} is",
            key.fingerprint()
        ))
        .hint("add it there, or say who signs: `--as ana@shop.example`")),
        several => Err(Failure::error(format!("{} is a key of several people", key.fingerprint()))
            .hint(format!("say who signs: `--as` one of {}", several.join(", ")))),
    }
}

fn by_ssh_keygen(key: &Path, namespace: &str, text: &[u8]) -> Result<String, Failure> {
    let failed = |error: std::io::Error| {
        Failure::error("this key needs `ssh-keygen` to sign, which cannot be run")
            .caused_by(&error)
            .hint("install OpenSSH, or name a key file without a passphrase")
    };
    let mut child = Command::new("ssh-keygen")
        .args(["-q", "-Y", "sign", "-n", namespace, "-f"])
        .arg(key)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(text).map_err(failed)?;
    }
    let output = child.wait_with_output().map_err(failed)?;
    let signature = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() && !signature.is_empty() {
        return Ok(signature);
    }
    Err(Failure::error("`ssh-keygen` did not sign; it says why above")
        .hint("is the key in the agent: `ssh-add -l`?"))
}
