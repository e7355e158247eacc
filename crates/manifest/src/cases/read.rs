//! One file of cases: its own shape, every problem with its place.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use adplane_core::address::Kind;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Values;
use adplane_core::ids::{AdName, ObjectName};
use adplane_core::plan::{Action, Class};
use adplane_core::policy::{Case, Group, Policy, Severity};
use compact_str::CompactString;

use super::PolicyCase;
use super::value::fields;
use crate::check::nearest;
use crate::load::Place;
use crate::lower::policy::known;
use crate::yaml::node::{Content, Entry, Node};

/// Reads one document of cases.
pub(super) struct FileReader<'r> {
    file: &'r Arc<str>,
    policies: &'r [Policy],
    pub(super) diagnostics: &'r mut Vec<Diagnostic>,
}

impl<'r> FileReader<'r> {
    pub(super) fn new(
        file: &'r Arc<str>,
        policies: &'r [Policy],
        diagnostics: &'r mut Vec<Diagnostic>,
    ) -> Self {
        Self { file, policies, diagnostics }
    }

    pub(super) fn read(&mut self, node: &Node<'_>, into: &mut Vec<PolicyCase>) {
        let Some(entries) = self.mapping(node, &["policy", "account", "cases"]) else { return };
        let Some(policy) = self.policy(node) else { return };
        let shared = entries.iter().find(|entry| entry.key == "account").map(|entry| &entry.value);
        let Some(cases) = self.required(node, "cases") else { return };
        let Content::Sequence(members) = &cases.content else {
            return self.wrong(cases, "`cases` takes a list", "write each case behind `- `");
        };
        let mut names = BTreeSet::new();
        for member in members {
            if let Some(case) = self.case(member, policy, shared) {
                if !names.insert(case.name.clone()) {
                    self.problem(
                        "duplicate-item",
                        format!("two cases are called `{}`", case.name),
                        "",
                        member.place,
                    );
                }
                into.push(case);
            }
        }
    }

    /// The policy that the file is about, `name` or `namespace/name`.
    fn policy(&mut self, node: &Node<'_>) -> Option<usize> {
        let reference = self.required(node, "policy")?;
        let text = reference.text().unwrap_or_default();
        let full = |policy: &Policy| format!("{}/{}", policy.namespace, policy.name);
        let found =
            self.policies.iter().position(|policy| policy.name.as_str() == text || full(policy) == text);
        if found.is_none() {
            let names: Vec<&str> = self.policies.iter().map(|policy| policy.name.as_str()).collect();
            let hint = match nearest(text, names.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if names.is_empty() => "load the file that holds it: no policy was found".to_owned(),
                None => format!("there are: {}", names.join(", ")),
            };
            self.problem(
                "dangling-reference",
                format!("there is no policy `{text}`"),
                &hint,
                reference.place,
            );
        }
        found
    }

    fn case(&mut self, node: &Node<'_>, index: usize, shared: Option<&Node<'_>>) -> Option<PolicyCase> {
        const KEYS: [&str; 12] = [
            "name", "kind", "change", "before", "after", "labels", "creative", "campaign", "adGroup",
            "account", "plan", "now",
        ];
        let mut keys = KEYS.to_vec();
        keys.push("expect");
        self.mapping(node, &keys)?;
        let policy = &self.policies[index];
        let name = self.required(node, "name")?.text().unwrap_or_default().to_owned();
        let kind = self.kind(node, policy)?;
        let account = self.account(&[shared, node.get("account").map(|entry| &entry.value)], policy)?;
        let groups = &known().kinds;
        let empty = Group::new();
        let zone = account.zone.clone();
        let read = |reader: &mut Self, key: &str, kind: Kind| -> Option<Values> {
            let entry = node.get(key)?;
            Some(fields(reader, &entry.value, groups.get(&kind).unwrap_or(&empty), &zone))
        };
        let (before, after) = (read(self, "before", kind), read(self, "after", kind));
        let expected = self.expected(node, policy)?;
        let case = Case {
            kind,
            name: ObjectName::new("case").ok()?,
            ad: AdName::new("ad").ok(),
            action: None,
            class: None,
            resets_learning: false,
            needs_review: false,
            before,
            after,
            labels: self.labels(node.get("labels")),
            creative: node.get("creative").and_then(|entry| entry.value.text()).map(CompactString::new),
            campaign: self.parent(node.get("campaign"), Kind::Campaign, &zone),
            ad_group: self.parent(node.get("adGroup"), Kind::AdGroup, &zone),
            account,
            now: self.now(node.get("now")),
            plan: self.plan(node.get("plan")),
        };
        let case = self.change(node.get("change"), case);
        Some(PolicyCase { name, policy: index, case, expected, origin: node.place.in_file(self.file) })
    }

    fn kind(&mut self, node: &Node<'_>, policy: &Policy) -> Option<Kind> {
        let Some(entry) = node.get("kind") else {
            // A policy of one kind says it for all its cases.
            let kinds = policy.scope.kinds();
            return Some(kinds.first().copied().filter(|_| kinds.len() == 1).unwrap_or(Kind::Campaign));
        };
        let text = entry.value.text().unwrap_or_default();
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == text);
        if kind.is_none() {
            self.word(text, "a kind", &Kind::ALL.map(Kind::word), entry.value.place);
        }
        kind
    }

    fn change(&mut self, entry: Option<&Entry<'_>>, mut case: Case) -> Case {
        let Some(entry) = entry else { return case };
        let Some(entries) =
            self.mapping(&entry.value, &["action", "class", "name", "resetsLearning", "needsReview"])
        else {
            return case;
        };
        for entry in entries {
            let text = entry.value.text().unwrap_or_default();
            match &*entry.key {
                "action" => {
                    case.action = Action::ALL.into_iter().find(|action| action.word() == text);
                    if case.action.is_none() {
                        self.word(text, "an action", &Action::ALL.map(Action::word), entry.value.place);
                    }
                }
                "class" => match text.parse::<Class>() {
                    Ok(class) => case.class = Some(class),
                    Err(_) => self.word(text, "a class", &Class::WORDS, entry.value.place),
                },
                "resetsLearning" => case.resets_learning = text == "true",
                "needsReview" => case.needs_review = text == "true",
                _ => match ObjectName::new(text) {
                    Ok(name) => case.name = name,
                    Err(error) => self.problem("invalid-name", error.to_string(), "", entry.value.place),
                },
            }
        }
        case
    }

    /// What must match: `allow`, or rules by severity.
    fn expected(&mut self, node: &Node<'_>, policy: &Policy) -> Option<BTreeMap<Severity, BTreeSet<String>>> {
        const WORDS: [(&str, Severity); 3] = [
            ("deny", Severity::Deny),
            ("requireApproval", Severity::RequireApproval),
            ("warn", Severity::Warn),
        ];
        let expect = self.required(node, "expect")?;
        if expect.text() == Some("allow") {
            return Some(BTreeMap::new());
        }
        if expect.text().is_some() {
            let hint = "write `allow`, or `{deny: [rule]}`, `{requireApproval: [rule]}`, `{warn: [rule]}`";
            self.wrong(expect, "this is nothing to expect", hint);
            return None;
        }
        let mut expected: BTreeMap<Severity, BTreeSet<String>> = BTreeMap::new();
        for entry in self.mapping(expect, &WORDS.map(|(word, _)| word))? {
            let Some((_, severity)) = WORDS.into_iter().find(|(word, _)| *word == entry.key) else {
                continue;
            };
            let one = std::slice::from_ref(&entry.value);
            let members = match &entry.value.content {
                Content::Sequence(members) => members.as_slice(),
                Content::Scalar { .. } | Content::Mapping(_) => one,
            };
            for member in members {
                let name = member.text().unwrap_or_default();
                match policy.rules.iter().find(|rule| rule.name == name) {
                    Some(rule) if rule.severity == severity => {
                        expected.entry(severity).or_default().insert(name.to_owned());
                    }
                    Some(rule) => {
                        let message = format!("rule `{name}` says {}, not {severity}", rule.severity);
                        self.problem("case-unknown-rule", message, "move it to its severity", member.place);
                    }
                    None => {
                        let names: Vec<&str> = policy.rules.iter().map(|rule| rule.name.as_str()).collect();
                        let hint = match nearest(name, names.iter().copied()) {
                            Some(meant) => format!("did you mean `{meant}`?"),
                            None => format!("its rules are: {}", names.join(", ")),
                        };
                        let message = format!("policy `{}` has no rule `{name}`", policy.name);
                        self.problem("case-unknown-rule", message, &hint, member.place);
                    }
                }
            }
        }
        Some(expected)
    }

    pub(super) fn mapping<'n, 'a>(&mut self, node: &'n Node<'a>, keys: &[&str]) -> Option<&'n [Entry<'a>]> {
        let Content::Mapping(entries) = &node.content else {
            self.wrong(node, "a mapping is needed here", "write `key: value` pairs");
            return None;
        };
        for entry in entries.iter().filter(|entry| !keys.contains(&&*entry.key)) {
            self.unknown(&entry.key, keys, entry.key_place);
        }
        Some(entries)
    }

    pub(super) fn required<'n, 'a>(&mut self, node: &'n Node<'a>, key: &str) -> Option<&'n Node<'a>> {
        let found = node.get(key).map(|entry| &entry.value).filter(|value| !value.is_null());
        if found.is_none() {
            self.problem(
                "missing-field",
                format!("`{key}` is missing"),
                &format!("add `{key}: `"),
                node.place,
            );
        }
        found
    }

    pub(super) fn unknown(&mut self, key: &str, keys: &[&str], place: Place) {
        let hint = match nearest(key, keys.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("there are: {}", keys.join(", ")),
        };
        self.problem("unknown-field", format!("`{key}` is not known here"), &hint, place);
    }

    pub(super) fn word(&mut self, text: &str, what: &str, words: &[&str], place: Place) {
        let hint = match nearest(text, words.iter().copied()) {
            Some(meant) => format!("write `{meant}`"),
            None => format!("write one of {}", words.join(", ")),
        };
        self.problem("not-in-list", format!("`{text}` is not {what}"), &hint, place);
    }

    pub(super) fn wrong(&mut self, node: &Node<'_>, message: &str, hint: &str) {
        self.problem("wrong-type", message.to_owned(), hint, node.place);
    }

    pub(super) fn problem(&mut self, code: &'static str, message: String, hint: &str, place: Place) {
        let mut found = Diagnostic::error(code, message).at(Some(&place.in_file(self.file)));
        found.length = place.length;
        if !hint.is_empty() {
            found = found.hint(hint);
        }
        self.diagnostics.push(found);
    }
}
