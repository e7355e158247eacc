//! What lies there as approvals: documents with a signature beside them, whose signature fits.
//!
//! Whether anybody may say so, and whether it still holds, is judged afterwards (`judge`).

use std::fs;
use std::path::{Path, PathBuf};

use adplane_core::approval::signers::{KeyBytes, Signer, SignerProblem, read_revoked, read_signers};
use adplane_core::plan::Class;
use jiff::Timestamp;

use super::objection::{Cause, Objection};
use super::record::{ApprovalRecord, Decision, NAMESPACE};
use super::signature::{self, BadSignature};

/// The largest file that is read as an approval or a signature.
const LARGEST: u64 = 64 * 1024;

/// What somebody says of a class of a plan; the signature fits, nothing else is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where it lies: a file's name, or a commit.
    pub place: String,
    /// The plan.
    pub hash: String,
    /// The class.
    pub class: Class,
    /// Yes or no.
    pub decision: Decision,
    /// Who they say they are.
    pub principal: String,
    /// The key that signed.
    pub key: KeyBytes,
    /// What it signed in.
    pub namespace: &'static str,
    /// When, as they say.
    pub at: Timestamp,
    /// Until when, as they say; as long as the policy allows when absent.
    pub expires: Option<Timestamp>,
}

/// Where keys and approvals come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The allowed signers file.
    pub signers: Option<PathBuf>,
    /// The file of revoked keys.
    pub revoked: Option<PathBuf>,
    /// Folders of approvals.
    pub folders: Vec<PathBuf>,
    /// What git has verified of commits and tags.
    pub commits: Vec<Result<Claim, Objection>>,
}

/// Whose keys count.
#[derive(Debug, Clone, Default)]
pub struct Keyring {
    /// Allowed signers.
    pub signers: Vec<Signer>,
    /// Revoked keys.
    pub revoked: Vec<KeyBytes>,
}

/// Why a file of keys could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// It cannot be read.
    #[error("cannot read `{path}`")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line of it cannot be understood.
    #[error("`{path}`, {problem}")]
    Line {
        /// The file.
        path: PathBuf,
        /// The first line.
        problem: SignerProblem,
    },
}

impl Sources {
    /// Reads the keys; without an allowed signers file there are none.
    ///
    /// # Errors
    /// When a named file cannot be read or understood: nobody is guessed to be allowed, and no key to count.
    pub fn keyring(&self) -> Result<Keyring, KeyringError> {
        Ok(Keyring {
            signers: read_keys(self.signers.as_deref(), read_signers)?,
            revoked: read_keys(self.revoked.as_deref(), read_revoked)?,
        })
    }

    /// Reads all approvals, in the order of their names.
    pub fn claims(&self) -> Vec<Result<Claim, Objection>> {
        let mut claims: Vec<Result<Claim, Objection>> =
            self.folders.iter().flat_map(|folder| files(folder)).map(|path| claim(&path)).collect();
        claims.extend(self.commits.iter().cloned());
        claims
    }
}

fn read_keys<T>(
    path: Option<&Path>,
    read: impl FnOnce(&str) -> Result<Vec<T>, Vec<SignerProblem>>,
) -> Result<Vec<T>, KeyringError> {
    let Some(path) = path else { return Ok(Vec::new()) };
    let text =
        fs::read_to_string(path).map_err(|source| KeyringError::Io { path: path.to_owned(), source })?;
    read(&text).map_err(|problems| {
        let unknown = SignerProblem { line: 1, message: "it cannot be read".into(), hint: String::new() };
        KeyringError::Line { path: path.to_owned(), problem: problems.into_iter().next().unwrap_or(unknown) }
    })
}

/// Approval documents of a folder; none when it is not there.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

fn claim(path: &Path) -> Result<Claim, Objection> {
    let place = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = read(path).map_err(|because| Objection::new(&place, None, Cause::Unreadable, because))?;
    let record: ApprovalRecord = serde_json::from_slice(&text).map_err(|error| {
        Objection::new(&place, None, Cause::Unreadable, format!("it is not an approval document: {error}"))
    })?;
    let class = Some(&record.class);
    let mut beside = path.as_os_str().to_owned();
    beside.push(".sig");
    let signed = read(Path::new(&beside)).map_err(|because| {
        let detail = format!("there is no signature of {} beside it: {because}", record.principal);
        Objection::new(&place, class, Cause::Unsigned, detail)
    })?;
    let key = signature::verify(&text, &String::from_utf8_lossy(&signed), NAMESPACE).map_err(|error| {
        let cause = match error {
            BadSignature::Namespace { .. } => Cause::WrongNamespace,
            BadSignature::Unreadable(_) | BadSignature::Mismatch | BadSignature::Key(_) => {
                Cause::BadSignature
            }
        };
        Objection::new(&place, class, cause, format!("{}: {error}", record.principal))
    })?;
    Ok(Claim {
        place,
        hash: record.hash,
        class: record.class,
        decision: record.decision,
        principal: record.principal,
        key,
        namespace: NAMESPACE,
        at: record.at,
        expires: Some(record.expires),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let about = fs::metadata(path).map_err(|error| error.to_string())?;
    if about.len() > LARGEST {
        return Err(format!("it has {} bytes, more than {LARGEST}", about.len()));
    }
    fs::read(path).map_err(|error| error.to_string())
}
