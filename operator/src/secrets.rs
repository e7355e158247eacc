//! Credentials of an account, read from a Secret: one document, or one key for each field.
//!
//! They are read anew for every reconcile, so that a rotated Secret counts at once. The fingerprint tells a
//! change without telling anything else; nothing here shows what a Secret holds.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::Secret;
use kube::{Api, Client};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The key that holds all credentials as one JSON object.
const DOCUMENT: &str = "credentials.json";

/// What tells one state of credentials from another. Not shown, not logged: short secrets could be guessed.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

/// Credentials as the adapters read them: the text of a JSON object.
#[derive(Clone)]
pub struct Credentials {
    json: SecretString,
    fingerprint: Fingerprint,
}

impl Credentials {
    /// The JSON object.
    pub fn json(&self) -> &SecretString {
        &self.json
    }

    /// Tells whether they changed.
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// Why credentials could not be had. No variant holds a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no such Secret.
    #[error(
        "there is no Secret `{name}` in namespace `{namespace}`: create it with `kubectl create secret generic {name} --namespace {namespace} --from-file={DOCUMENT}=FILE`"
    )]
    Missing {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// The operator may not read it.
    #[error(
        "the operator may not read Secret `{name}` in namespace `{namespace}`: add the namespace to `credentials.namespaces` of the chart, or leave that list empty"
    )]
    Forbidden {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
    },
    /// It holds nothing.
    #[error(
        "Secret `{name}` holds no keys: add `{DOCUMENT}`, or one key for each field, such as `access_token`"
    )]
    Empty {
        /// Its name.
        name: String,
    },
    /// The document is no JSON object.
    #[error("`{DOCUMENT}` of Secret `{name}` is not a JSON object such as {{\"access_token\": \"…\"}}")]
    NotJson {
        /// Its name.
        name: String,
    },
    /// A field is no text.
    #[error("key `{key}` of Secret `{name}` is not UTF-8 text")]
    NotText {
        /// Its name.
        name: String,
        /// The key.
        key: String,
    },
    /// The cluster did not answer.
    #[error("cannot read Secret `{name}` in namespace `{namespace}`: {because}")]
    Unreachable {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Why.
        because: String,
    },
}

/// Reads the credentials that an account names.
pub async fn read(client: &Client, namespace: &str, name: &str) -> Result<Credentials, SecretError> {
    let secrets: Api<Secret> = Api::namespaced(client.clone(), namespace);
    let (owned, at) = (name.to_owned(), namespace.to_owned());
    match secrets.get(name).await {
        Ok(secret) => credentials(name, &secret.data.unwrap_or_default()),
        Err(kube::Error::Api(status)) if status.code == 404 => {
            Err(SecretError::Missing { namespace: at, name: owned })
        }
        Err(kube::Error::Api(status)) if status.code == 403 => {
            Err(SecretError::Forbidden { namespace: at, name: owned })
        }
        Err(kube::Error::Api(status)) => {
            Err(SecretError::Unreachable { namespace: at, name: owned, because: status.message })
        }
        // What could not be decoded may stand in the error's text.
        Err(kube::Error::SerdeError(_)) => {
            let because = "the answer cannot be understood".to_owned();
            Err(SecretError::Unreachable { namespace: at, name: owned, because })
        }
        Err(error) => {
            Err(SecretError::Unreachable { namespace: at, name: owned, because: error.to_string() })
        }
    }
}

/// Credentials from the keys of a Secret.
fn credentials(name: &str, data: &BTreeMap<String, ByteString>) -> Result<Credentials, SecretError> {
    let name = || name.to_owned();
    let text = |key: &str, bytes: &ByteString| {
        let text = std::str::from_utf8(&bytes.0).map(str::trim).map(ToOwned::to_owned);
        text.map_err(|_| SecretError::NotText { name: name(), key: key.to_owned() })
    };
    if data.is_empty() {
        return Err(SecretError::Empty { name: name() });
    }
    let json = if let Some(bytes) = data.get(DOCUMENT) {
        let text = text(DOCUMENT, bytes)?;
        match serde_json::from_str::<Value>(&text) {
            Ok(Value::Object(_)) => text,
            _ => return Err(SecretError::NotJson { name: name() }),
        }
    } else {
        let mut fields = Map::new();
        for (key, bytes) in data {
            fields.insert(key.clone(), Value::String(text(key, bytes)?));
        }
        Value::Object(fields).to_string()
    };
    let json = SecretString::from(json);
    let fingerprint = Fingerprint(Sha256::digest(json.expose_secret().as_bytes()).into());
    Ok(Credentials { json, fingerprint })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &[u8])]) -> Result<Credentials, SecretError> {
        let data = pairs.iter().map(|(key, value)| ((*key).to_owned(), ByteString(value.to_vec())));
        credentials("meta", &data.collect())
    }

    #[test]
    fn a_document_or_a_key_for_each_field() {
        let document = of(&[("credentials.json", b" {\"access_token\": \"s3cret\"}\n")]).unwrap();
        assert_eq!(document.json().expose_secret(), "{\"access_token\": \"s3cret\"}");
        let fields = of(&[("access_token", b"s3cret\n"), ("app_id", b"17")]).unwrap();
        assert_eq!(fields.json().expose_secret(), "{\"access_token\":\"s3cret\",\"app_id\":\"17\"}");
    }

    #[test]
    fn a_rotation_is_noticed_and_the_same_again_is_not() {
        let of = |token: &[u8]| of(&[("access_token", token)]).unwrap();
        assert_eq!(of(b"one").fingerprint(), of(b"one").fingerprint());
        assert_ne!(of(b"one").fingerprint(), of(b"two").fingerprint());
    }

    #[test]
    fn what_is_wrong_is_told_without_the_secret() {
        for (pairs, wanted) in [
            (&[] as &[(&str, &[u8])], "Secret `meta` holds no keys"),
            (&[("credentials.json", b"s3cret")], "`credentials.json` of Secret `meta` is not a JSON object"),
            (&[("credentials.json", b"[\"s3cret\"]")], "is not a JSON object"),
            (&[("access_token", b"s3cret\xff")], "key `access_token` of Secret `meta` is not UTF-8 text"),
        ] {
            let error = of(pairs).unwrap_err();
            assert!(error.to_string().contains(wanted), "{error}");
            assert!(!format!("{error:?} {error}").contains("s3cret"));
        }
        let shown = format!("{:?}", of(&[("access_token", b"s3cret")]).unwrap());
        assert_eq!(shown, "Credentials(..)");
    }

    #[test]
    fn a_missing_secret_comes_with_the_command_that_makes_it() {
        let error = SecretError::Missing { namespace: "growth".into(), name: "meta".into() };
        assert!(error.to_string().contains("kubectl create secret generic meta --namespace growth"));
    }
}
