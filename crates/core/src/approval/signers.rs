//! The `allowed_signers` file of `ssh-keygen`: whose key is whose, for what and when.
//!
//! Read strictly: what `ssh-keygen` would read otherwise than we do, or not at all, is a problem that names its
//! line, never a line that silently counts for nothing. Certificates are not supported.

use data_encoding::{BASE64, BASE64_NOPAD};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};

/// A public key as its lines hold it: the bytes behind the base64.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyBytes(Vec<u8>);

impl KeyBytes {
    /// From the bytes of SSH's wire form.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// SSH's wire form.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `SHA256:` and base64, as `ssh-keygen -l` shows it.
    pub fn fingerprint(&self) -> String {
        format!("SHA256:{}", BASE64_NOPAD.encode(&Sha256::digest(&self.0)))
    }
}

impl std::fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.fingerprint())
    }
}

/// One line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signer {
    /// Where it stands, from 1.
    pub line: u32,
    /// Patterns of principals, as written.
    pub principals: String,
    /// Patterns of namespaces it may sign in; every one when absent.
    pub namespaces: Option<String>,
    /// From when the key counts.
    pub valid_after: Option<Timestamp>,
    /// Until when the key counts.
    pub valid_before: Option<Timestamp>,
    /// The key.
    pub key: KeyBytes,
}

impl Signer {
    /// Whether the line is about a principal.
    pub fn names(&self, principal: &str) -> bool {
        matches_list(principal, &self.principals)
    }

    /// Whether the key may sign in a namespace.
    pub fn signs(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|patterns| matches_list(namespace, patterns))
    }

    /// Whether the key counts at an instant.
    pub fn counts_at(&self, at: Timestamp) -> bool {
        self.valid_after.is_none_or(|after| at >= after)
            && self.valid_before.is_none_or(|before| at <= before)
    }

    /// Its principals without patterns.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        self.principals.split(',').filter(|name| !name.is_empty() && !name.contains(['*', '?', '!']))
    }
}

/// A line that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct SignerProblem {
    /// Where, from 1.
    pub line: u32,
    /// What is wrong, as a fragment.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

/// Reads a file of allowed signers.
///
/// # Errors
/// Every line that cannot be read.
pub fn read_signers(text: &str) -> Result<Vec<Signer>, Vec<SignerProblem>> {
    read_lines(text, signer)
}

/// Reads a file of revoked keys: public keys, one a line, as `ssh-keygen -r` takes them.
///
/// # Errors
/// Every line that cannot be read.
pub fn read_revoked(text: &str) -> Result<Vec<KeyBytes>, Vec<SignerProblem>> {
    read_lines(text, |line, content| {
        read_key(content).ok_or_else(|| SignerProblem {
            line,
            message: "this is not a public key".into(),
            hint: "write `<type> <base64>` as in a `.pub` file; binary revocation lists are not supported"
                .into(),
        })
    })
}

fn read_lines<T>(
    text: &str,
    mut read: impl FnMut(u32, &str) -> Result<T, SignerProblem>,
) -> Result<Vec<T>, Vec<SignerProblem>> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for (line, content) in (1_u32..).zip(text.lines()) {
        let content = content.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        match read(line, content) {
            Ok(entry) => found.push(entry),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn signer(line: u32, content: &str) -> Result<Signer, SignerProblem> {
    let problem = |message: &str, hint: &str| SignerProblem {
        line,
        message: message.to_owned(),
        hint: hint.to_owned(),
    };
    let form =
        "write `<principals> [options] <key type> <base64>`, such as `ana@shop.example ssh-ed25519 AAAA…`";
    let (principals, rest) =
        word(content).ok_or_else(|| problem("the principals are not closed by a quote", form))?;
    if principals.is_empty() {
        return Err(problem("there are no principals", form));
    }
    let mut signer = Signer {
        line,
        principals,
        namespaces: None,
        valid_after: None,
        valid_before: None,
        key: KeyBytes(Vec::new()),
    };
    if let Some(key) = read_key(rest) {
        signer.key = key;
        return Ok(signer);
    }
    let (options, rest) =
        split_options(rest).ok_or_else(|| problem("an option is not closed by a quote", form))?;
    signer.key =
        read_key(rest).ok_or_else(|| problem("there is no public key behind the principals", form))?;
    for option in options {
        set(&mut signer, option).map_err(|(message, hint)| SignerProblem { line, message, hint })?;
    }
    if let (Some(after), Some(before)) = (signer.valid_after, signer.valid_before)
        && after >= before
    {
        return Err(problem("`valid-after` is not before `valid-before`", "swap them"));
    }
    Ok(signer)
}

/// The first word, which may stand in quotes, and what follows it.
fn word(text: &str) -> Option<(String, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        return quoted.split_once('"').map(|(word, rest)| (word.to_owned(), rest.trim_start()));
    }
    let (word, rest) = text.split_once([' ', '\t']).unwrap_or((text, ""));
    Some((word.to_owned(), rest.trim_start()))
}

/// Options up to the first blank outside quotes, and what follows them.
fn split_options(text: &str) -> Option<(Vec<&str>, &str)> {
    let mut options = Vec::new();
    let mut quoted = false;
    let mut begun = 0;
    for (index, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => {
                options.push(&text[begun..index]);
                begun = index + 1;
            }
            ' ' | '\t' if !quoted => {
                options.push(&text[begun..index]);
                return Some((options, text[index..].trim_start()));
            }
            _ => {}
        }
    }
    (!quoted).then(|| {
        options.push(&text[begun..]);
        (options, "")
    })
}

fn set(signer: &mut Signer, option: &str) -> Result<(), (String, String)> {
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name, value.strip_prefix('"').and_then(|value| value.strip_suffix('"'))),
        None => (option, None),
    };
    let name = name.to_ascii_lowercase();
    let twice = || (format!("`{name}` is given twice"), "give it once".to_owned());
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return Err(if name == "cert-authority" {
            ("certificates are not supported".into(), "write a line for each person's own key".into())
        } else {
            (
                format!("`{option}` is not an option"),
                "write `namespaces=\"…\"`, `valid-after=\"…\"` or `valid-before=\"…\"`".into(),
            )
        });
    };
    match name.as_str() {
        "namespaces" if signer.namespaces.is_none() => signer.namespaces = Some(value.to_owned()),
        "valid-after" if signer.valid_after.is_none() => signer.valid_after = Some(instant(value)?),
        "valid-before" if signer.valid_before.is_none() => signer.valid_before = Some(instant(value)?),
        "namespaces" | "valid-after" | "valid-before" => return Err(twice()),
        _ => {
            return Err((
                format!("`{name}` is not an option"),
                "write `namespaces`, `valid-after` or `valid-before`".into(),
            ));
        }
    }
    Ok(())
}

/// `YYYYMMDD[HHMM[SS]]Z`. Without the `Z`, `ssh-keygen` reads the time in the zone of the machine it runs on,
/// which is another instant on every machine.
fn instant(text: &str) -> Result<Timestamp, (String, String)> {
    let form = "write `YYYYMMDDZ` or `YYYYMMDDHHMMZ`, such as `20261231Z`";
    let wrong = || (format!("`{text}` is not a time"), form.to_owned());
    let Some(digits) = text.strip_suffix('Z') else {
        return Err((
            format!("`{text}` means another instant in every zone"),
            format!("{form}: the `Z` is UTC"),
        ));
    };
    let pattern = match digits.len() {
        8 => "%Y%m%d",
        12 => "%Y%m%d%H%M",
        14 => "%Y%m%d%H%M%S",
        _ => return Err(wrong()),
    };
    let time = if digits.len() == 8 {
        jiff::civil::Date::strptime(pattern, digits)
            .map(|date| date.to_datetime(jiff::civil::Time::midnight()))
    } else {
        DateTime::strptime(pattern, digits)
    };
    let zoned = time.and_then(|time| time.to_zoned(TimeZone::UTC)).map_err(|_| wrong())?;
    Ok(zoned.timestamp())
}

/// A key's type and base64, whatever follows them; `None` when the type is not the one inside.
fn read_key(text: &str) -> Option<KeyBytes> {
    let mut words = text.split_ascii_whitespace();
    let (kind, encoded) = (words.next()?, words.next()?);
    let bytes = BASE64.decode(encoded.as_bytes()).ok()?;
    let length = usize::try_from(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
    (bytes.get(4..4 + length)? == kind.as_bytes()).then_some(KeyBytes(bytes))
}

/// Whether a text matches a comma-separated list of patterns: any of them, and none that begins with `!`.
fn matches_list(text: &str, patterns: &str) -> bool {
    let mut found = false;
    for pattern in patterns.split(',').filter(|pattern| !pattern.is_empty()) {
        match pattern.strip_prefix('!') {
            Some(refused) if matches(text.as_bytes(), refused.as_bytes()) => return false,
            Some(_) => {}
            None => found |= matches(text.as_bytes(), pattern.as_bytes()),
        }
    }
    found
}

/// `*` stands for any run of characters, `?` for one.
fn matches(text: &[u8], pattern: &[u8]) -> bool {
    // Where the last `*` stands, and how much of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    let (mut at, mut of) = (0, 0);
    while at < text.len() {
        match pattern.get(of) {
            Some(b'*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[at] => {
                at += 1;
                of += 1;
            }
            _ => {
                let Some((back, taken)) = star else { return false };
                star = Some((back, taken + 1));
                at = taken + 1;
                of = back + 1;
            }
        }
    }
    pattern[of..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

    fn one(options: &str) -> Signer {
        read_signers(&format!("ana@shop.example {options}{KEY} ana's laptop\n")).unwrap().remove(0)
    }

    #[track_caller]
    fn refused(line: &str, expected: &str) {
        let problems = read_signers(&format!("# people\n\n{line}\n")).unwrap_err();
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].to_string().contains(expected) && problems[0].line == 3, "{problems:?}");
    }

    #[test]
    fn a_line_names_people_and_a_key() {
        let ana = one("");
        assert!(ana.names("ana@shop.example") && !ana.names("bo@shop.example") && ana.signs("anything"));
        assert_eq!(ana.key.fingerprint(), "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
        let options =
            one("namespaces=\"adplane-*,git\",valid-after=\"20260101Z\",valid-before=\"202606301200Z\" ");
        assert!(options.signs("adplane-plan") && options.signs("git") && !options.signs("file"));
        let at = |text: &str| options.counts_at(text.parse().unwrap());
        assert!(!at("2025-12-31T23:59:59Z") && at("2026-01-01T00:00:00Z"));
        assert!(at("2026-06-30T12:00:00Z") && !at("2026-06-30T12:00:01Z"));
    }

    #[test]
    fn principals_are_patterns() {
        let team = read_signers(&format!("\"*@shop.example,!intern@*\" {KEY}")).unwrap().remove(0);
        assert!(team.names("ana@shop.example") && !team.names("intern@shop.example"));
        assert!(!team.names("ana@shop.example.org"));
        assert_eq!(team.people().count(), 0, "a pattern is nobody");
        for (text, pattern, expected) in [
            ("abc", "a?c", true),
            ("abc", "a*", true),
            ("abc", "*b*", true),
            ("abc", "*bb*", false),
            ("aXbXc", "a*X*c", true),
            ("", "*", true),
            ("a", "", false),
        ] {
            assert_eq!(matches(text.as_bytes(), pattern.as_bytes()), expected, "{text} {pattern}");
        }
    }

    #[test]
    fn what_cannot_be_read_names_its_line() {
        refused("ana@shop.example", "no public key");
        refused(
            "ana@shop.example ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
            "no public key",
        );
        refused(&format!("ana@shop.example cert-authority {KEY}"), "certificates");
        refused(&format!("ana@shop.example no-touch {KEY}"), "`no-touch` is not an option");
        refused(&format!("ana@shop.example colour=\"red\" {KEY}"), "`colour` is not an option");
        refused(&format!("ana@shop.example namespaces=\"a\",namespaces=\"b\" {KEY}"), "given twice");
        refused(&format!("ana@shop.example valid-after=\"20260101\" {KEY}"), "another instant");
        refused(&format!("ana@shop.example valid-after=\"20261301Z\" {KEY}"), "not a time");
        refused(&format!("ana@shop.example namespaces=\"a {KEY}"), "not closed");
        refused(&format!("\"ana@shop.example {KEY}"), "not closed");
        refused(
            &format!("ana@shop.example valid-after=\"20260301Z\",valid-before=\"20260201Z\" {KEY}"),
            "not before",
        );
    }

    #[test]
    fn revoked_keys_are_plain_public_keys() {
        let revoked = read_revoked(&format!("# left in May\n{KEY} ana\n")).unwrap();
        assert_eq!(revoked[0].fingerprint(), one("").key.fingerprint());
        assert!(read_revoked("SSHKRL\n\u{1}binary").is_err());
    }
}
