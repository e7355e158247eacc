//! What lies there as approvals: documents with a signature beside them, and commits and tags that git accepts.
//!
//! [`Sources`] names the places, [`Evidence`] is what was read there, byte by byte: it is kept with the apply log,
//! so that the audit judges what `apply` judged. Whether anybody may say so, and whether it still holds, is judged
//! afterwards (`judge`).

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fmt, fs};

use adplane_core::approval::signers::{KeyBytes, Signer, SignerProblem, read_revoked, read_signers};
use adplane_core::plan::Class;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::git::{self, ObjectKind};
use super::judge;
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
    /// What shows that it was them.
    pub proof: Proof,
    /// When, as they say.
    pub at: Timestamp,
    /// Until when, as they say; as long as the policy allows when absent.
    pub expires: Option<Timestamp>,
}

/// What shows who made a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// A signature; whose key it is, the allowed signers say.
    Signature {
        /// The key that signed.
        key: KeyBytes,
        /// What it signed in.
        namespace: &'static str,
    },
    /// A cluster's API server, which saw who made the request and stamped it.
    Cluster {
        /// The groups that it saw them in.
        groups: Vec<String>,
    },
}

impl Proof {
    /// The key, of a signature.
    pub fn key(&self) -> Option<&KeyBytes> {
        match self {
            Self::Signature { key, .. } => Some(key),
            Self::Cluster { .. } => None,
        }
    }

    /// Groups of a cluster.
    pub fn groups(&self) -> &[String] {
        match self {
            Self::Signature { .. } => &[],
            Self::Cluster { groups } => groups,
        }
    }

    /// Fingerprint of the key, `SHA256:…`; `cluster` without one.
    pub fn shown(&self) -> String {
        self.key().map_or_else(|| "cluster".to_owned(), KeyBytes::fingerprint)
    }
}

/// What a cluster's API server saw somebody decide; verified by who gives it, and kept as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Testimony {
    /// The object that holds it.
    pub place: String,
    /// The plan.
    pub hash: String,
    /// The class.
    pub class: Class,
    /// Yes or no.
    pub decision: Decision,
    /// Who the API server saw.
    pub principal: String,
    /// The groups that it saw them in.
    pub groups: Vec<String>,
    /// When it was written, by the API server's clock.
    pub at: Timestamp,
    /// Until when it holds; as long as the policy allows when absent.
    pub expires: Option<Timestamp>,
}

impl Testimony {
    fn claim(&self) -> Claim {
        Claim {
            place: self.place.clone(),
            hash: self.hash.clone(),
            class: self.class.clone(),
            decision: self.decision,
            principal: self.principal.clone(),
            proof: Proof::Cluster { groups: self.groups.clone() },
            at: self.at,
            expires: self.expires,
        }
    }
}

/// Verifies approvals elsewhere and keeps watching them, such as a cluster's operator.
pub trait Witness: fmt::Debug + Send + Sync {
    /// What it knows now; asked again before every batch.
    fn testimonies(&self) -> Vec<Result<Testimony, Objection>>;
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
    /// Commits and tags that git has accepted.
    pub commits: Vec<Result<Exhibit, Objection>>,
    /// Who else vouches for approvals.
    pub witness: Option<Arc<dyn Witness>>,
}

/// Everything that a judgement rests on, as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// The allowed signers file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signers: Option<KeyFile>,
    /// The file of revoked keys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<KeyFile>,
    /// What was given as approvals.
    pub exhibits: Vec<Exhibit>,
    /// What could not even be looked at; never kept.
    #[serde(skip)]
    pub refused: Vec<Objection>,
}

/// A file of keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// One thing that was given as an approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Exhibit {
    /// An approval document and the signature beside it.
    Document {
        /// The file's name.
        place: String,
        /// What it says.
        text: String,
        /// Its SSH signature.
        signature: String,
    },
    /// A signed commit or tag.
    Object {
        /// Which.
        place: String,
        /// Commit or tag.
        kind: ObjectKind,
        /// As git stores it.
        text: String,
    },
    /// What a cluster saw somebody decide.
    Testimony(Testimony),
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
        self.keys()?.keyring()
    }

    /// Reads the files of keys alone.
    ///
    /// # Errors
    /// When a named file cannot be read.
    pub fn keys(&self) -> Result<Evidence, KeyringError> {
        let (signers, revoked) = (key_file(self.signers.as_deref())?, key_file(self.revoked.as_deref())?);
        Ok(Evidence { signers, revoked, ..Evidence::default() })
    }

    /// Reads the keys and all approvals, in the order of their names.
    ///
    /// # Errors
    /// When a named file of keys cannot be read.
    pub fn evidence(&self) -> Result<Evidence, KeyringError> {
        let mut evidence = self.keys()?;
        let found = self.folders.iter().flat_map(|folder| files(folder)).map(|path| document(&path));
        let seen = self.witness.iter().flat_map(|witness| witness.testimonies());
        let seen = seen.map(|testimony| testimony.map(Exhibit::Testimony));
        for exhibit in found.chain(self.commits.iter().cloned()).chain(seen) {
            match exhibit {
                Ok(exhibit) => evidence.exhibits.push(exhibit),
                Err(objection) => evidence.refused.push(objection),
            }
        }
        Ok(evidence)
    }
}

impl Evidence {
    /// Whose keys count.
    ///
    /// # Errors
    /// When a file of them cannot be understood.
    pub fn keyring(&self) -> Result<Keyring, KeyringError> {
        Ok(Keyring {
            signers: read_keys(self.signers.as_ref(), read_signers)?,
            revoked: read_keys(self.revoked.as_ref(), read_revoked)?,
        })
    }

    /// What the exhibits say, each with a signature that fits.
    pub fn claims(&self, keyring: &Keyring) -> Vec<Result<Claim, Objection>> {
        let said = self.exhibits.iter().flat_map(|exhibit| exhibit.claims(keyring));
        said.chain(self.refused.iter().cloned().map(Err)).collect()
    }

    /// What of it is worth keeping for one plan: the keys, and what is signed about that plan.
    #[must_use]
    pub fn about(mut self, hash: &str, keyring: &Keyring) -> Self {
        let about = |claim: &Result<Claim, Objection>| claim.as_ref().is_ok_and(|claim| claim.hash == hash);
        self.exhibits.retain(|exhibit| exhibit.claims(keyring).iter().any(about));
        self.refused.clear();
        self
    }
}

impl Exhibit {
    fn claims(&self, keyring: &Keyring) -> Vec<Result<Claim, Objection>> {
        match self {
            Self::Document { place, text, signature } => vec![claim(place, text, signature)],
            Self::Object { place, kind, text } => git::object_claims(place, *kind, text, keyring),
            Self::Testimony(testimony) => vec![Ok(testimony.claim())],
        }
    }
}

fn key_file(path: Option<&Path>) -> Result<Option<KeyFile>, KeyringError> {
    let Some(path) = path else { return Ok(None) };
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(KeyFile { path: path.to_owned(), text })),
        Err(source) => Err(KeyringError::Io { path: path.to_owned(), source }),
    }
}

fn read_keys<T>(
    file: Option<&KeyFile>,
    read: impl FnOnce(&str) -> Result<Vec<T>, Vec<SignerProblem>>,
) -> Result<Vec<T>, KeyringError> {
    let Some(KeyFile { path, text }) = file else { return Ok(Vec::new()) };
    read(text).map_err(|problems| {
        let unknown = SignerProblem { line: 1, message: "it cannot be read".into(), hint: String::new() };
        KeyringError::Line { path: path.clone(), problem: problems.into_iter().next().unwrap_or(unknown) }
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

/// Reads an approval document and the signature beside it.
fn document(path: &Path) -> Result<Exhibit, Objection> {
    let place = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = read(path).map_err(|because| Objection::new(&place, None, Cause::Unreadable, because))?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".sig");
    let signature = read(Path::new(&beside)).map_err(|because| match record(&place, &text) {
        Ok(record) => {
            let detail = format!("there is no signature of {} beside it: {because}", record.principal);
            Objection::new(&place, Some(&record.class), Cause::Unsigned, detail)
        }
        Err(objection) => objection,
    })?;
    Ok(Exhibit::Document { place, text, signature })
}

fn record(place: &str, text: &str) -> Result<ApprovalRecord, Objection> {
    serde_json::from_str(text).map_err(|error| {
        Objection::new(place, None, Cause::Unreadable, format!("it is not an approval document: {error}"))
    })
}

/// Reads an approval document and its signature, as somebody gives them who is no file; the key must be theirs and
/// count.
///
/// # Errors
/// Why it counts for nothing.
pub fn signed(
    place: &str,
    text: &str,
    signature: &str,
    keyring: &Keyring,
    now: Timestamp,
) -> Result<Claim, Objection> {
    let claim = claim(place, text, signature)?;
    judge::known(keyring, &claim, now)?;
    Ok(claim)
}

fn claim(place: &str, text: &str, signature: &str) -> Result<Claim, Objection> {
    let record = record(place, text)?;
    let key = signature::verify(text.as_bytes(), signature, NAMESPACE).map_err(|error| {
        let cause = match error {
            BadSignature::Namespace { .. } => Cause::WrongNamespace,
            BadSignature::Unreadable(_) | BadSignature::Mismatch | BadSignature::Key(_) => {
                Cause::BadSignature
            }
        };
        Objection::new(place, Some(&record.class), cause, format!("{}: {error}", record.principal))
    })?;
    Ok(Claim {
        place: place.to_owned(),
        hash: record.hash,
        class: record.class,
        decision: record.decision,
        principal: record.principal,
        proof: Proof::Signature { key, namespace: NAMESPACE },
        at: record.at,
        expires: Some(record.expires),
    })
}

fn read(path: &Path) -> Result<String, String> {
    let about = fs::metadata(path).map_err(|error| error.to_string())?;
    if about.len() > LARGEST {
        return Err(format!("it has {} bytes, more than {LARGEST}", about.len()));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}
