//! Keys without which no API server starts.

use data_encoding::BASE64;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};

/// What stands before a point of P-256 in a public key.
const P256_POINT: &[u8] = b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00";

/// Keys for tokens of service accounts, which nobody asks for here but without which no API server starts: the
/// private and the public one.
pub(crate) fn account_keys() -> Result<[String; 2], String> {
    let random = SystemRandom::new();
    let private = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random);
    let private = private.map_err(|_| "no key can be made".to_owned())?;
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, private.as_ref(), &random);
    let pair = pair.map_err(|error| error.to_string())?;
    let public = [P256_POINT, pair.public_key().as_ref()].concat();
    Ok([armored("PRIVATE KEY", private.as_ref()), armored("PUBLIC KEY", &public)])
}

fn armored(what: &str, bytes: &[u8]) -> String {
    format!("-----BEGIN {what}-----\n{}\n-----END {what}-----\n", BASE64.encode(bytes))
}
