//! SSH signatures (SSHSIG): the ones that `ssh-keygen -Y sign` makes and `ssh-keygen -Y verify` checks.

use adplane_core::approval::signers::KeyBytes;
use ssh_key::public::KeyData;
use ssh_key::{EcdsaCurve, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

/// The smallest RSA key whose signature counts, in bits.
const MIN_RSA_BITS: usize = 2048;

/// A hardware key's signature ends in a byte of flags and a counter.
const HARDWARE_TRAILER: usize = 5;
/// The flag that somebody touched it.
const TOUCHED: u8 = 1;

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// Not an SSH signature.
    #[error("it is not an SSH signature: {0}")]
    Unreadable(String),
    /// Made for something else.
    #[error("it was signed in the namespace `{found}`, not `{wanted}`")]
    Namespace {
        /// What was wanted.
        wanted: String,
        /// What it says.
        found: String,
    },
    /// Another text, or another key.
    #[error("the signature does not fit the file")]
    Mismatch,
    /// A key that is too weak or of a kind we cannot check.
    #[error("{0}")]
    Key(String),
}

/// Checks that a signature of a text was made in a namespace; gives the key that made it. Whose key that is,
/// is not looked at.
pub(super) fn verify(text: &[u8], signature: &str, namespace: &str) -> Result<KeyBytes, BadSignature> {
    let signature = SshSig::from_pem(signature.trim_start())
        .map_err(|error| BadSignature::Unreadable(error.to_string()))?;
    if signature.namespace() != namespace {
        return Err(BadSignature::Namespace {
            wanted: namespace.to_owned(),
            found: signature.namespace().to_owned(),
        });
    }
    strong(&signature)?;
    let key = PublicKey::new(signature.public_key().clone(), "");
    key.verify(namespace, text, &signature).map_err(|_| BadSignature::Mismatch)?;
    key.to_bytes().map(KeyBytes::new).map_err(|error| BadSignature::Unreadable(error.to_string()))
}

/// Refuses kinds of keys that cannot be checked, short RSA keys, and hardware keys that nobody touched.
fn strong(signature: &SshSig) -> Result<(), BadSignature> {
    match signature.public_key() {
        KeyData::Ed25519(_) => {}
        KeyData::Ecdsa(key) if matches!(key.curve(), EcdsaCurve::NistP256 | EcdsaCurve::NistP384) => {}
        KeyData::Rsa(key) => {
            let bits = key.n.as_positive_bytes().map_or(0, |bytes| bytes.len() * 8);
            if bits < MIN_RSA_BITS {
                return Err(BadSignature::Key(format!(
                    "the RSA key has {bits} bits, fewer than {MIN_RSA_BITS}"
                )));
            }
        }
        KeyData::SkEd25519(_) | KeyData::SkEcdsaSha2NistP256(_) => {
            let bytes = signature.signature_bytes();
            let flags = bytes.len().checked_sub(HARDWARE_TRAILER).and_then(|at| bytes.get(at));
            if flags.is_none_or(|flags| flags & TOUCHED == 0) {
                return Err(BadSignature::Key("the hardware key signed without anybody touching it".into()));
            }
        }
        other => {
            let message = format!("signatures of `{}` keys are not supported", other.algorithm());
            return Err(BadSignature::Key(message));
        }
    }
    Ok(())
}

/// Signs a text in a namespace with a key that is not encrypted; the text of a `.sig` file.
///
/// # Errors
/// When the key cannot sign by itself (a hardware key).
pub fn sign(key: &PrivateKey, namespace: &str, text: &[u8]) -> Result<String, ssh_key::Error> {
    key.sign(namespace, HashAlg::Sha512, text)?.to_pem(LineEnding::LF)
}

/// The public half of a key, as allowed signers files hold it.
///
/// # Errors
/// When it cannot be encoded.
pub fn key_bytes(key: &PublicKey) -> Result<KeyBytes, ssh_key::Error> {
    key.to_bytes().map(KeyBytes::new)
}

#[cfg(test)]
mod tests {
    use ssh_key::private::{Ed25519Keypair, KeypairData};

    use super::*;

    fn key() -> PrivateKey {
        PrivateKey::new(KeypairData::from(Ed25519Keypair::from_seed(&[7; 32])), "ana").unwrap()
    }

    #[test]
    fn a_signature_fits_its_text_and_namespace_only() {
        let signed = sign(&key(), "adplane-plan", b"text").unwrap();
        let bytes = verify(b"text", &signed, "adplane-plan").unwrap();
        assert_eq!(bytes, key_bytes(key().public_key()).unwrap());
        assert!(bytes.fingerprint().starts_with("SHA256:"));
        assert_eq!(verify(b"Text", &signed, "adplane-plan"), Err(BadSignature::Mismatch));
        let other = sign(&key(), "file", b"text").unwrap();
        assert!(matches!(verify(b"text", &other, "adplane-plan"), Err(BadSignature::Namespace { .. })));
        assert!(matches!(verify(b"text", "no signature", "adplane-plan"), Err(BadSignature::Unreadable(_))));
    }

    #[test]
    fn no_byte_of_a_signature_can_change() {
        let signed = sign(&key(), "adplane-plan", b"text").unwrap();
        for index in 0..signed.len() {
            let mut bytes = signed.clone().into_bytes();
            bytes[index] ^= 1;
            if let Ok(text) = String::from_utf8(bytes)
                && let Ok(found) = verify(b"text", &text, "adplane-plan")
            {
                // Blanks around the base64 mean nothing; the same key must have signed the same text.
                assert_eq!(found, key_bytes(key().public_key()).unwrap(), "byte {index}");
            }
        }
    }
}
