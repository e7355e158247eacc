//! Policies: documents to compiled rules whose problems point into the expression.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use adplane_core::address::{Kind, Platform};
use adplane_core::desired::Desired;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::ObjectName;
use adplane_core::policy::{
    Catalogue, Placed, Policy, PolicySource, RuleSource, Scope, Severity, SourceText, compile, review,
};
use compact_str::CompactString;

use super::catalogue::catalogue;
use super::index::Index;
use crate::check::nearest;
use crate::load::{Child, Document, DocumentKind, Loaded, Written};

/// What rules can name, made from the API once.
pub(crate) fn known() -> &'static Catalogue {
    static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(catalogue);
    &CATALOGUE
}

/// Lowers every policy into the desired state, once its accounts are in there.
pub(super) fn lower(
    loaded: &Loaded,
    index: &Index<'_>,
    desired: &mut Desired,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let bands = bands(loaded);
    let catalogue = Catalogue { bands, ..known().clone() };
    for document in index.of_kind(DocumentKind::Policy) {
        let source = source(document, loaded);
        let (policy, found) = compile(&source, &catalogue);
        diagnostics.extend(found);
        if loaded.complete {
            aimless(document, &policy, desired, diagnostics);
        }
        desired.policies.push(policy);
    }
    desired.policies.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    diagnostics.extend(review(&desired.policies));
}

/// Money bands of the project's approval policy.
fn bands(loaded: &Loaded) -> Vec<CompactString> {
    let approvals = loaded.project.settings.approvals.iter();
    approvals
        .filter_map(|policy| policy.bands.as_ref())
        .flatten()
        .map(|band| band.name.0.as_str().into())
        .collect()
}

/// A policy as written.
fn source(document: &Document, loaded: &Loaded) -> PolicySource {
    PolicySource {
        namespace: document.namespace.clone(),
        name: document.name.clone(),
        scope: scope(document),
        rules: document.children.iter().filter_map(|child| rule(document, child, loaded)).collect(),
        origin: document.at(document.place),
    }
}

fn scope(document: &Document) -> Scope {
    let words = |path: &str| -> Vec<&str> {
        document.written(path).map(|written| written.value.texts().collect()).unwrap_or_default()
    };
    let labels = document.written("match.labels").and_then(|written| written.value.entries());
    Scope {
        kinds: words("match.kinds").into_iter().filter_map(Kind::parse_loosely).collect(),
        accounts: words("match.accounts").into_iter().filter_map(|name| ObjectName::new(name).ok()).collect(),
        labels: labels
            .into_iter()
            .flatten()
            .filter_map(|(key, value)| Some((key.clone(), CompactString::new(value.as_text()?))))
            .collect(),
        currency: document.text("match.currency").and_then(adplane_core::money::Currency::parse),
        platforms: words("match.platforms")
            .into_iter()
            .filter_map(|word| {
                Platform::ALL.into_iter().find(|platform| word.to_lowercase() == platform.slug())
            })
            .collect(),
    }
}

fn rule(document: &Document, child: &Child, loaded: &Loaded) -> Option<RuleSource> {
    let find = |path: &str| child.fields.iter().find(|field| field.path.as_str() == path);
    let text = |path: &str| find(path).and_then(|field| field.value.as_text());
    Some(RuleSource {
        name: CompactString::new(text("name")?),
        severity: Severity::parse(text("severity")?)?,
        when: placed(document, find("when")?, loaded)?,
        message: placed(document, find("message")?, loaded)?,
        origin: document.at(child.place),
    })
}

/// A text with where each of its characters stands.
pub(super) fn placed(document: &Document, written: &Written, loaded: &Loaded) -> Option<SourceText> {
    let text = written.value.as_text()?.to_owned();
    let marks = loaded.source(&document.file).map(|source| super::marks::marks(source, written.place, &text));
    let placed =
        marks.filter(|marks| !marks.is_empty()).map(|marks| Placed { file: document.file.clone(), marks });
    Some(SourceText { text, placed })
}

/// Tells of a policy that can be about nothing of the whole project.
fn aimless(document: &Document, policy: &Policy, desired: &Desired, diagnostics: &mut Vec<Diagnostic>) {
    let here: Vec<&str> = desired
        .accounts
        .keys()
        .filter(|key| key.namespace == policy.namespace)
        .map(|key| key.name.as_str())
        .collect();
    let mut warn = |message: String, hint: String, field: &str| {
        let place = document.written(field).map_or(document.place, |written| written.place);
        let found = Diagnostic::warning("policy-matches-nothing", message).hint(hint);
        diagnostics.push(document.finding(found, place, field));
    };
    if here.is_empty() {
        let namespaces: BTreeSet<&str> = desired.accounts.keys().map(|key| key.namespace.as_str()).collect();
        let all: Vec<&str> = namespaces.into_iter().collect();
        let message = format!(
            "policy `{}` is about namespace `{}`, which has no account",
            policy.name, policy.namespace
        );
        let hint = if all.is_empty() {
            "a policy judges the objects of its own namespace".to_owned()
        } else {
            format!("a policy judges the objects of its own namespace; accounts are in {}", all.join(", "))
        };
        return warn(message, hint, "metadata.namespace");
    }
    for name in policy.scope.accounts.iter().filter(|name| !here.contains(&name.as_str())) {
        let hint = match nearest(name.as_str(), here.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("accounts are: {}", here.join(", ")),
        };
        warn(
            format!("there is no AdAccount `{name}` in namespace `{}`", policy.namespace),
            hint,
            "match.accounts",
        );
    }
}

#[cfg(test)]
mod tests {
    use adplane_core::policy::Severity;

    use crate::lower::tests::{ACCOUNT, Case};

    /// A policy of one rule, its condition written in some style.
    fn policy(when: &str) -> String {
        format!(
            "apiVersion: adplane.io/v1alpha1\nkind: Policy\nmetadata: {{name: guard, namespace: growth}}\nspec:\n  \
             match: {{kinds: [Campaign, AdGroup], platforms: [Meta], labels: {{team: growth}}}}\n  rules:\n    \
             - name: cap\n      severity: Deny\n      when: {when}\n      message: \"over {{after.budget.daily}}\"\n"
        )
    }

    fn found(when: &str) -> Vec<String> {
        Case::new(&[("account.yaml", ACCOUNT), ("policy.yaml", &policy(when))]).found()
    }

    #[test]
    fn a_policy_is_lowered_with_its_scope() {
        let case = Case::new(&[
            ("account.yaml", ACCOUNT),
            ("policy.yaml", &policy("after.budget.daily > money('5 EUR')")),
        ]);
        assert_eq!(case.found(), Vec::<String>::new());
        let [policy] = case.lowered.desired.policies.as_slice() else { panic!("one policy") };
        assert_eq!((policy.namespace.as_str(), policy.name.as_str()), ("growth", "guard"));
        assert_eq!(policy.scope.kinds.len() + policy.scope.platforms.len() + policy.scope.labels.len(), 4);
        assert_eq!(policy.rules[0].severity, Severity::Deny);
        assert_eq!(policy.rules[0].origin.as_ref().unwrap().to_string(), "policy.yaml:9:13");
    }

    #[test]
    fn carets_point_into_the_expression_whatever_its_style() {
        assert_eq!(found("after.budget.dialy > money('5 EUR')"), ["dialy policy-unknown-field"]);
        assert_eq!(found("\"after.budget.dialy > money('5 EUR')\""), ["dialy policy-unknown-field"]);
        assert_eq!(found("'after.budget.daily > money(''5 EURO'')'"), ["''5 EURO policy-literal"]);
        assert_eq!(
            found("|-\n        after.state == 'Active'\n        && after.budget.daily > 500"),
            ["> policy-type"]
        );
        assert_eq!(
            found(">-\n        after.state == 'Active' &&\n          afer.budget.daily > money('5 EUR')"),
            ["afer policy-unknown-field"]
        );
        assert_eq!(
            found("after.state == 'Active' &&\n        change.acton == 'x'"),
            ["acton policy-unknown-field"]
        );
        assert_eq!(found("\"after.state == \\\"Activ\\\"\""), ["\\\"Activ policy-unknown-word"]);
    }

    #[test]
    fn each_kind_of_mistake_has_its_code() {
        for (when, code) in [
            ("after.budget.daily >", "policy-syntax"),
            ("after.budget.daily > 500", "policy-type"),
            ("after.budgets.daily > money('5 EUR')", "policy-unknown-field"),
            ("after.displayName.startWith('x')", "policy-unknown-function"),
            ("after.state == 'Runing'", "policy-unknown-word"),
            ("after.budget.daily > money('5')", "policy-literal"),
            ("money('5 EUR') > money('5 USD')", "policy-currency"),
            ("\"['a'].exists(a, ['a'].exists(b, ['a'].exists(c, true)))\"", "policy-too-costly"),
            ("after.state == 'Active' && after.state == 'Paused'", "policy-never-matches"),
        ] {
            let found = found(when);
            assert_eq!(found.len(), 1, "{when}: {found:?}");
            assert!(found[0].ends_with(code), "{when}: {found:?}");
        }
    }

    #[test]
    fn rules_can_name_the_bands_of_the_project() {
        let found = |when: &str| {
            let bands =
                "project: shop\napprovals: {bands: [{name: small, upTo: [5.00 EUR]}, {name: large}]}\n";
            let files = [("adplane.yaml", bands), ("account.yaml", ACCOUNT), ("policy.yaml", &policy(when))];
            Case::new(&files).found()
        };
        assert_eq!(found("change.band == 'large'"), Vec::<String>::new());
        assert_eq!(found("\"'raise-large' in plan.classes\""), Vec::<String>::new());
        assert_eq!(found("change.band == 'huge'"), ["'huge' policy-unknown-word"]);
    }

    #[test]
    fn a_policy_of_nothing_is_told() {
        let elsewhere = policy("after.state == 'Active'").replace("namespace: growth", "namespace: brand");
        let case = Case::new(&[
            ("adplane.yaml", "project: shop\n"),
            ("account.yaml", ACCOUNT),
            ("policy.yaml", &elsewhere),
        ]);
        assert_eq!(case.found(), ["guard policy-matches-nothing"]);
        let mistyped = policy("after.state == 'Active'").replace("platforms: [Meta]", "accounts: [meta-us]");
        let case = Case::new(&[
            ("adplane.yaml", "project: shop\n"),
            ("account.yaml", ACCOUNT),
            ("policy.yaml", &mistyped),
        ]);
        assert_eq!(case.found(), ["[meta-us] policy-matches-nothing"]);
    }

    #[test]
    fn the_shape_of_a_policy_is_checked_like_any_other() {
        let text = policy("after.state == 'Active'").replace("severity: Deny", "severity: Denied");
        let case = Case::new(&[("account.yaml", ACCOUNT), ("policy.yaml", &text)]);
        assert_eq!(case.found(), ["Denied not-in-list"]);
        let twice = policy("after.state == 'Active'")
            + "    - {name: cap, severity: Warn, when: \"after.state == 'Paused'\", message: x}\n";
        let case = Case::new(&[("account.yaml", ACCOUNT), ("policy.yaml", &twice)]);
        assert_eq!(case.found(), ["cap duplicate-item"]);
    }
}
