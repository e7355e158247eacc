//! Resolves where credentials come from into one JSON object, or one line of text; never shows what it finds.

use std::path::{Path, PathBuf};

use adplane_core::desired::CredentialSource;
use adplane_core::ids::Namespace;
use async_trait::async_trait;
use secrecy::SecretString;

/// Why credentials could not be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialError {
    /// The account names none.
    #[error(
        "the account names no credentials: add `credentials: {{env: NAME}}`, `{{file: PATH}}` or `{{exec: [COMMAND]}}`"
    )]
    None,
    /// The environment variable is not set.
    #[error("the environment variable `{0}` is not set")]
    EnvMissing(String),
    /// The file cannot be read.
    #[error("cannot read the credentials file `{path}`")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The command cannot be run.
    #[error("cannot run the credentials command `{command}`")]
    Exec {
        /// The program.
        command: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The command failed.
    #[error("the credentials command `{command}` failed with {status}")]
    ExecFailed {
        /// The program.
        command: String,
        /// Its exit status.
        status: std::process::ExitStatus,
    },
    /// What was found is not a JSON object.
    #[error("the credentials from {0} are not a JSON object such as {{\"access_token\": \"…\"}}")]
    NotJson(String),
    /// There is nothing.
    #[error("there is nothing in {0}")]
    Empty(String),
    /// Secrets exist in a cluster only.
    #[error("`secretRef` works in a cluster only: use `env`, `file` or `exec` with files")]
    SecretRef,
    /// A cluster has no environment, files and programs of its users.
    #[error("`env`, `file` and `exec` work with files only: use `secretRef` in a cluster")]
    NoSecretRef,
    /// The cluster does not give it.
    #[error("{0}")]
    Cluster(String),
}

/// Who resolves sources into JSON objects: this machine, or a cluster.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The object that a source leads to. `namespace` is that of the document that names the source.
    ///
    /// # Errors
    /// See [`CredentialError`]; no variant holds a secret.
    async fn object(
        &self,
        source: &CredentialSource,
        namespace: &Namespace,
    ) -> Result<SecretString, CredentialError>;
}

/// Secrets of this machine.
pub struct Local<'a> {
    /// The folder that relative files lie below.
    pub base: &'a Path,
    /// Environment variables.
    pub environment: Environment<'a>,
}

#[async_trait]
impl Secrets for Local<'_> {
    async fn object(
        &self,
        source: &CredentialSource,
        _: &Namespace,
    ) -> Result<SecretString, CredentialError> {
        resolve(Some(source), self.base, self.environment).await
    }
}

/// The source of environment variables: the caller's settings are the only reader of the environment.
pub type Environment<'a> = &'a (dyn Fn(&str) -> Option<String> + Send + Sync);

/// Resolves a source. Relative files are relative to `base`, the folder of the YAML file that names them.
///
/// # Errors
/// See [`CredentialError`]; no variant holds a secret.
pub async fn resolve(
    source: Option<&CredentialSource>,
    base: &Path,
    environment: Environment<'_>,
) -> Result<SecretString, CredentialError> {
    let (text, from) = read(source, base, environment).await?;
    match serde_json::from_str::<serde_json::Value>(text.trim()) {
        Ok(serde_json::Value::Object(_)) => Ok(SecretString::from(text.trim().to_owned())),
        _ => Err(CredentialError::NotJson(from)),
    }
}

/// A secret that is plain text, such as a connection string, without the white space around it.
///
/// # Errors
/// See [`CredentialError`]; no variant holds a secret.
pub async fn text(
    source: &CredentialSource,
    base: &Path,
    environment: Environment<'_>,
) -> Result<SecretString, CredentialError> {
    let (text, from) = read(Some(source), base, environment).await?;
    let text = text.trim();
    if text.is_empty() { Err(CredentialError::Empty(from)) } else { Ok(SecretString::from(text.to_owned())) }
}

/// What is there, and where that was.
async fn read(
    source: Option<&CredentialSource>,
    base: &Path,
    environment: Environment<'_>,
) -> Result<(String, String), CredentialError> {
    Ok(match source.ok_or(CredentialError::None)? {
        CredentialSource::Env(name) => {
            let text = environment(name).ok_or_else(|| CredentialError::EnvMissing(name.clone()))?;
            (text, format!("the environment variable `{name}`"))
        }
        CredentialSource::File(file) => {
            let path = base.join(file);
            let text = tokio::fs::read_to_string(&path)
                .await
                .map_err(|source| CredentialError::File { path: path.clone(), source })?;
            (text, format!("the file `{}`", path.display()))
        }
        CredentialSource::Exec(command) => (run(command, base).await?, "the credentials command".to_owned()),
        CredentialSource::SecretRef { .. } => return Err(CredentialError::SecretRef),
    })
}

async fn run(command: &[String], base: &Path) -> Result<String, CredentialError> {
    let Some((program, arguments)) = command.split_first() else { return Err(CredentialError::None) };
    let output = tokio::process::Command::new(program)
        .args(arguments)
        .current_dir(if base.as_os_str().is_empty() { Path::new(".") } else { base })
        .stderr(std::process::Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| CredentialError::Exec { command: program.clone(), source })?;
    if !output.status.success() {
        return Err(CredentialError::ExecFailed { command: program.clone(), status: output.status });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    async fn check(source: CredentialSource) -> String {
        let environment = |name: &str| (name == "GOOD").then(|| "{\"access_token\":\"s3cret\"}".to_owned());
        match resolve(Some(&source), Path::new(""), &environment).await {
            Ok(_) => "ok".into(),
            Err(error) => error.to_string(),
        }
    }

    #[tokio::test]
    async fn sources_resolve_or_say_why_not() {
        assert_eq!(check(CredentialSource::Env("GOOD".into())).await, "ok");
        assert_eq!(
            check(CredentialSource::Env("BAD".into())).await,
            "the environment variable `BAD` is not set"
        );
        assert_eq!(check(CredentialSource::Exec(vec!["echo".into(), "{}".into()])).await, "ok");
        let shown = check(CredentialSource::Exec(vec!["echo".into(), "s3cret".into()])).await;
        assert!(!shown.contains("s3cret"), "{shown}");
        let plain = |text: &'static str| async move {
            let environment = move |_: &str| Some(text.to_owned());
            super::text(&CredentialSource::Env("DATABASE".into()), Path::new(""), &environment).await
        };
        assert_eq!(plain(" s3cret\n").await.unwrap().expose_secret(), "s3cret");
        assert_eq!(
            plain(" \n").await.unwrap_err().to_string(),
            "there is nothing in the environment variable `DATABASE`"
        );
        let missing = check(CredentialSource::File("none.json".into())).await;
        assert_eq!(missing, "cannot read the credentials file `none.json`");
    }
}
