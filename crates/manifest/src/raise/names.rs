//! Names of raised documents: what people see, made a name, unique.

use std::collections::BTreeSet;

use adplane_core::ids::AdName;
use adplane_core::observed::ObservedObject;

use crate::load::DocumentKind;

/// Longest slug; room is left for `-<account>` and a number.
const MAX_SLUG: usize = 60;

/// Gives every document a name of its own.
pub(super) struct Names<'a> {
    taken: &'a BTreeSet<(DocumentKind, String)>,
    given: BTreeSet<(DocumentKind, String)>,
    account: &'a str,
}

impl<'a> Names<'a> {
    pub(super) fn new(taken: &'a BTreeSet<(DocumentKind, String)>, account: &'a str) -> Self {
        Self { taken, given: BTreeSet::new(), account }
    }

    /// A name after what people see on the platform, else after the platform's id.
    pub(super) fn give(&mut self, kind: DocumentKind, object: &ObservedObject) -> String {
        let base = match slug(object.display_name()) {
            empty if empty.is_empty() => slug(&format!("{}-{}", kind.word(), object.id)),
            base => base,
        };
        self.unique(kind, &base)
    }

    /// A name after a text.
    pub(super) fn give_slug(&mut self, kind: DocumentKind, text: &str) -> String {
        let base = match slug(text) {
            empty if empty.is_empty() => kind.word().to_ascii_lowercase(),
            base => base,
        };
        self.unique(kind, &base)
    }

    /// The base, else with the account behind it, else with a number behind that.
    fn unique(&mut self, kind: DocumentKind, base: &str) -> String {
        let with_account = format!("{base}-{}", self.account);
        let numbered = (2_u64..).map(|number| format!("{with_account}-{number}"));
        let candidates = [base.to_owned(), with_account.clone()].into_iter().chain(numbered);
        for name in candidates {
            let key = (kind, name);
            if !self.taken.contains(&key) && self.given.insert(key.clone()) {
                return key.1;
            }
        }
        with_account
    }
}

/// The name of an ad inside its ad group. Google's ads have none: theirs is made from the id.
pub(super) fn ad_name(object: &ObservedObject, used: &mut BTreeSet<String>) -> String {
    let shown = object.text("displayName").map(|name| {
        let clean: String =
            name.chars().map(|c| if c == '/' || c.is_control() { '-' } else { c }).take(90).collect();
        clean.trim().to_owned()
    });
    let id = object.id.as_str();
    let base = match shown {
        Some(name) if AdName::new(&name).is_ok() => name,
        _ => format!("rsa-{}", id.rsplit(['~', '/']).next().unwrap_or(id)),
    };
    let numbered = (2_u64..).map(|number| format!("{base} ({number})"));
    for name in std::iter::once(base.clone()).chain(numbered) {
        if used.insert(name.clone()) {
            return name;
        }
    }
    base
}

/// A name for a document from what people see: `Spring Sale 2026!` becomes `spring-sale-2026`.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        let plain = match c {
            'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'ö' | 'õ' | 'ø' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            'ß' => 's',
            other => other,
        };
        if plain.is_ascii_alphanumeric() {
            slug.push(plain);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(MAX_SLUG);
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_names() {
        for (text, name) in [
            ("Spring Sale 2026!", "spring-sale-2026"),
            ("  Corre más — ligero ", "corre-mas-ligero"),
            ("日本", ""),
            ("a/b|c", "a-b-c"),
        ] {
            assert_eq!(slug(text), name, "{text}");
        }
    }

    #[test]
    fn a_taken_name_gets_the_account_then_a_number() {
        let taken = BTreeSet::from([(DocumentKind::Campaign, "spring".to_owned())]);
        let mut names = Names::new(&taken, "meta-eu");
        let given: Vec<String> = (0..3).map(|_| names.give_slug(DocumentKind::Campaign, "Spring")).collect();
        assert_eq!(given, ["spring-meta-eu", "spring-meta-eu-2", "spring-meta-eu-3"]);
        assert_eq!(names.give_slug(DocumentKind::AdGroup, "Spring"), "spring");
    }
}
