//! The approval document: what one person says of one class of one plan.

use std::fmt::{self, Write as _};

use adplane_core::plan::Class;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The namespace that approvals are signed in: `ssh-keygen -Y verify -n adplane-plan`.
pub const NAMESPACE: &str = "adplane-plan";

/// What somebody decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Decision {
    /// Yes.
    Approve,
    /// No; voids what the same person approved before, and stops the class until they approve it.
    Reject,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Approve => "Approve",
            Self::Reject => "Reject",
        })
    }
}

/// An approval document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ApprovalRecord {
    /// The plan's hash, `sha256:` and 64 hexadecimal digits.
    pub hash: String,
    /// The class.
    pub class: Class,
    /// Yes or no.
    pub decision: Decision,
    /// Who, as named in the allowed signers file.
    pub principal: String,
    /// When.
    pub at: Timestamp,
    /// Until when it holds; the approval policy may end it earlier.
    pub expires: Timestamp,
}

impl ApprovalRecord {
    /// The bytes of its file, which are what is signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// The name of its file without the ending: the principal, and the class where one person's approvals of
    /// several lie side by side.
    pub fn file_stem(&self, with_class: bool) -> String {
        let principal = file_name(&self.principal);
        if with_class { format!("{principal}.{}", self.class) } else { principal }
    }
}

/// A principal as the name of a file: what a file system might refuse becomes `%XX`.
fn file_name(principal: &str) -> String {
    let mut name = String::new();
    for (index, byte) in principal.bytes().enumerate() {
        let plain = byte.is_ascii_alphanumeric()
            || matches!(byte, b'@' | b'_' | b'+' | b'-')
            || (byte == b'.' && index > 0);
        if plain {
            name.push(char::from(byte));
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn principals_become_names_of_files() {
        for (principal, name) in [
            ("ana@shop.example", "ana@shop.example"),
            ("../ana", "%2E.%2Fana"),
            ("ana b", "ana%20b"),
            ("C:\\ana", "C%3A%5Cana"),
        ] {
            assert_eq!(file_name(principal), name);
        }
    }

    #[test]
    fn an_unknown_member_is_refused() {
        let text = r#"{"hash":"sha256:0","class":"raise","decision":"Approve","principal":"ana","at":"2026-03-01T00:00:00Z","expires":"2026-03-02T00:00:00Z"}"#;
        let record: ApprovalRecord = serde_json::from_str(text).unwrap();
        assert_eq!(record.decision, Decision::Approve);
        assert!(
            serde_json::from_str::<ApprovalRecord>(&text.replace("\"hash\"", "\"money\":1,\"hash\""))
                .is_err()
        );
    }
}
