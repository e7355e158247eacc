//! `Override`: whose field it is, what is in force for how long, and what cannot be meant.

use adplane_core::address::Kind;
use adplane_core::diagnostic::Diagnostic;
use adplane_core::ids::{AdName, Namespace, ObjectName};
use adplane_core::money::Money;
use adplane_core::overlay::{DAILY_BUDGET, HeldState, Overlay, Overlays, STATE, Setting, Target};
use adplane_core::value::Value;
use jiff::Timestamp;

use super::index::Index;
use crate::check::nearest;
use crate::check::shape::{self, Shape};
use crate::load::{Document, DocumentKind, Loaded, Written};

/// Lowers every override, each checked against what it is about. Where not the whole project is loaded, nobody can tell
/// which objects there are.
pub(super) fn lower(loaded: &Loaded, index: &Index<'_>, diagnostics: &mut Vec<Diagnostic>) -> Overlays {
    let mut overlays = Overlays::default();
    for document in index.of_kind(DocumentKind::Override) {
        let expires = instant(document, diagnostics);
        let setting = field(document, diagnostics).and_then(|field| setting(document, field, diagnostics));
        author(document, diagnostics);
        if loaded.complete {
            object(index, document, diagnostics);
        }
        overlays.given.extend(overlay(index, document, expires, setting));
    }
    let known = |here: &mut dyn Iterator<Item = &Document>| {
        let mut all = loaded.authors_elsewhere.clone()?;
        all.extend(here.map(|author| (author.namespace.clone(), author.name.clone())));
        Some(all)
    };
    overlays.authors = known(&mut index.of_kind(DocumentKind::AutomationRule));
    overlays.pools = known(&mut index.of_kind(DocumentKind::Budget).filter(|budget| budget.is_pool()));
    overlays
}

/// Whether an override names a pool and no rule.
fn by_pool(index: &Index<'_>, document: &Document) -> bool {
    let key = (document.namespace.as_str(), document.text("rule").unwrap_or_default());
    index.get(DocumentKind::AutomationRule, key).is_none()
        && index.get(DocumentKind::Budget, key).is_some_and(Document::is_pool)
}

fn overlay(
    index: &Index<'_>,
    document: &Document,
    expires: Option<Timestamp>,
    setting: Option<Setting>,
) -> Option<Overlay> {
    let kind = match document.text("object.kind")? {
        "Campaign" => Kind::Campaign,
        "AdGroup" => Kind::AdGroup,
        _ => Kind::Ad,
    };
    let name = |path: &str| ObjectName::new(document.text(path)?).ok();
    Some(Overlay {
        name: document.name.clone(),
        object: Target {
            namespace: Namespace::clone(&document.namespace),
            kind,
            name: name("object.name")?,
            ad: document.text("object.ad").and_then(|ad| AdName::new(ad).ok()),
        },
        setting: setting?,
        rule: name("rule"),
        pool: by_pool(index, document),
        evidence: document.text("evidence").map(str::to_owned),
        expires: expires?,
        reason: document.text("reason").map(str::to_owned),
        // Whoever wrote the value wrote what it changes.
        origin: document.at(document.written("value").map_or(document.place, |written| written.place)),
    })
}

fn instant(document: &Document, diagnostics: &mut Vec<Diagnostic>) -> Option<Timestamp> {
    let written = document.written("expires")?;
    let text = written.value.as_text().unwrap_or_default();
    let instant = text.parse().ok();
    if instant.is_none() {
        let message = format!("`{text}` is not an instant");
        let found = Diagnostic::error("invalid-date", message).hint("write `\"2026-11-28T00:00:00Z\"`");
        diagnostics.push(document.finding(found, written.place, "expires"));
    }
    instant
}

/// What a rule decided has evidence; what a person writes has neither.
fn author(document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let (path, message, hint) = match (document.written("rule"), document.written("evidence")) {
        (Some(_), None) => {
            ("rule", "what a rule decided has evidence", "leave `rule` out of an override of your own")
        }
        (None, Some(_)) => {
            ("evidence", "evidence belongs to a rule", "leave `evidence` out of an override of your own")
        }
        (Some(_), Some(_)) | (None, None) => return,
    };
    let place = document.written(path).map_or(document.place, |written| written.place);
    let found = Diagnostic::error("override-author", message).hint(hint);
    diagnostics.push(document.finding(found, place, path));
}

/// The kind whose field is overridden; an ad's fields lie in its ad group.
fn kind(document: &Document) -> DocumentKind {
    match document.text("object.kind") {
        Some("Campaign") => DocumentKind::Campaign,
        _ => DocumentKind::AdGroup,
    }
}

fn field<'a>(document: &'a Document, diagnostics: &mut Vec<Diagnostic>) -> Option<&'a str> {
    let written = document.written("field")?;
    let path = written.value.as_text().unwrap_or_default();
    let found = match document.text("object.kind") {
        Some("Ad") => shape::below(shape::ad(), path),
        _ => shape::at_path(kind(document), path),
    };
    let found = match (path, found) {
        (DAILY_BUDGET | STATE, Some(Shape::Scalar(_))) => return Some(path),
        (_, Some(Shape::Scalar(_))) => {
            Diagnostic::error("override-field", format!("`{path}` is git's alone"))
                .hint("`budget.daily` can be overridden where git sets bounds, `state` where `rulesMayPause`")
        }
        _ => Diagnostic::error("unknown-field", format!("`{path}` is not a field with one value"))
            .hint("write `budget.daily` or `state`"),
    };
    diagnostics.push(document.finding(found, written.place, "field"));
    None
}

fn setting(document: &Document, field: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Setting> {
    let written = document.written("value")?;
    let text = written.value.as_text().unwrap_or_default();
    let (setting, hint) = if field == STATE {
        let paused = (text == "Paused").then_some(Setting::State(HeldState::Paused));
        (paused, "an override of a state is `Paused`; delete it to let git's state count again")
    } else {
        let amount = text.parse::<Money>().ok().filter(|amount| amount.micros() > 0);
        (amount.map(Setting::DailyBudget), "write an amount and its currency, such as `96.00 EUR`")
    };
    if setting.is_none() {
        let message = format!("`{text}` is not a value that `{field}` can be overridden with");
        let found = Diagnostic::error("override-value", message).hint(hint);
        diagnostics.push(document.finding(found, written.place, "value"));
    }
    setting
}

fn object(index: &Index<'_>, document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let Some(name) = document.written("object.name") else { return };
    match index.follow(document, name, kind(document)) {
        Ok(holder) => {
            ad(document, holder, diagnostics);
            allowed(document, holder, name, diagnostics);
        }
        Err(found) => diagnostics.push(*found),
    }
    let Some(rule) = document.written("rule") else { return };
    if !by_pool(index, document)
        && let Err(found) = index.follow(document, rule, DocumentKind::AutomationRule)
    {
        diagnostics.push(*found);
    }
}

/// Git must let the field be moved.
fn allowed(document: &Document, holder: &Document, name: &Written, diagnostics: &mut Vec<Diagnostic>) {
    let fields =
        match document.text("object.ad") {
            None => Some(&holder.fields),
            Some(wanted) => holder.children.iter().map(|child| &child.fields).find(|fields| {
                fields.iter().any(|field| field.path.as_str() == "name" && text(field) == wanted)
            }),
        };
    let Some(fields) = fields else { return };
    let has = |path: &str| fields.iter().find(|field| field.path.as_str() == path);
    let (message, hint) = match document.text("field") {
        Some(DAILY_BUDGET)
            if has("budget.managed.daily.initial").is_none() && has("budget.ref").is_none() =>
        {
            (
                format!("git sets no bounds for the daily budget of `{}`", text(name)),
                "write `budget: {managed: {daily: {initial: .., min: .., max: ..}}}` there, or remove this override",
            )
        }
        Some(STATE) if has("rulesMayPause").is_none_or(|may| may.value.as_bool() != Some(true)) => (
            format!("git does not let `{}` be held", text(name)),
            "write `rulesMayPause: true` beside its `state`, or remove this override",
        ),
        _ => return,
    };
    let found = Diagnostic::error("override-not-allowed", message).hint(hint);
    diagnostics.push(document.finding(found, name.place, "object.name"));
}

fn ad(document: &Document, group: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let Some(written) = document.written("object.ad") else { return };
    let names: Vec<&str> = group
        .children
        .iter()
        .filter_map(|child| child.fields.iter().find(|field| field.path.as_str() == "name"))
        .map(text)
        .collect();
    let wanted = text(written);
    if names.contains(&wanted) {
        return;
    }
    let hint = match nearest(wanted, names.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("its ads are: {}", names.join(", ")),
    };
    let message = format!("AdGroup `{}` has no ad `{wanted}`", group.name);
    let found = Diagnostic::error("dangling-reference", message).hint(hint);
    diagnostics.push(document.finding(found, written.place, "object.ad"));
}

fn text(written: &Written) -> &str {
    Value::as_text(&written.value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use adplane_core::overlay::Setting;

    use crate::load::tests::Folder;
    use crate::lower::tests::{ACCOUNT, Case};

    const SHOP: &str = "apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: sale, namespace: growth}
spec:
  account: meta-eu
  objective: Sales
  state: Active
  rulesMayPause: true
  budget: {managed: {daily: {initial: 10 EUR, min: 5 EUR, max: 20 EUR, maxStepPct: 20}}}
  targeting: {locations: [ES]}
---
apiVersion: adplane.io/v1alpha1
kind: Campaign
metadata: {name: fixed, namespace: growth}
spec: {account: meta-eu, objective: Sales, state: Active, budget: {daily: 10 EUR}, targeting: {locations: [ES]}}
---
apiVersion: adplane.io/v1alpha1
kind: AutomationRule
metadata: {name: cut, namespace: growth}
spec:
  scope: {kind: Campaign}
  when: today.spend > money('5 EUR')
  action: {type: notify, message: spending}
---
apiVersion: adplane.io/v1alpha1
kind: Budget
metadata: {name: shared, namespace: growth}
spec: {shared: {account: meta-eu, daily: 10 EUR}}
";

    fn case(spec: &str) -> Case {
        let text = format!(
            "apiVersion: adplane.io/v1alpha1\nkind: Override\nmetadata: {{name: one, namespace: growth}}\nspec:\n{spec}"
        );
        let project = "project: shop\n";
        Case::new(&[
            ("adplane.yaml", project),
            ("account.yaml", ACCOUNT),
            ("shop.yaml", SHOP),
            ("one.yaml", &text),
        ])
    }

    fn of(name: &str, field: &str, value: &str) -> String {
        let object = format!("object: {{kind: Campaign, name: {name}}}");
        format!("  {object}\n  field: {field}\n  value: {value}\n  expires: \"2026-11-28T00:00:00Z\"\n")
    }

    fn by_rule(name: &str, rule: &str) -> String {
        let own = of(name, "budget.daily", "8.00 EUR");
        format!("{own}  rule: {rule}\n  evidence: sha256:{}\n", "0".repeat(64))
    }

    #[test]
    fn an_override_is_of_what_exists_and_may_be_moved() {
        for (spec, expected) in [
            (by_rule("sale", "cut"), vec![]),
            (by_rule("sail", "cut"), vec!["sail dangling-reference"]),
            (by_rule("sale", "cat"), vec!["cat dangling-reference"]),
            (by_rule("sale", "shared"), vec!["shared dangling-reference"]),
            (by_rule("fixed", "cut"), vec!["fixed override-not-allowed"]),
            (of("sale", "budget.daily", "8.00 EUR"), vec![]),
            (of("sale", "state", "Paused"), vec![]),
            (of("fixed", "state", "Paused"), vec!["fixed override-not-allowed"]),
            (of("sale", "state", "Active"), vec!["Active override-value"]),
            (of("sale", "budget.daily", "a lot"), vec!["a lot override-value"]),
            (of("sale", "budget.daily", "0 EUR"), vec!["0 EUR override-value"]),
            (of("sale", "budget.dialy", "8.00 EUR"), vec!["budget.dialy unknown-field"]),
            (of("sale", "budget", "8.00 EUR"), vec!["budget unknown-field"]),
            (of("sale", "bidding.amount", "8.00 EUR"), vec!["bidding.amount override-field"]),
            (of("sale", "state", "Paused") + "  rule: cut\n", vec!["cut override-author"]),
            (
                of("sale", "state", "Paused").replace("2026-11-28T00:00:00Z", "next week"),
                vec!["\"next week\" invalid-date"],
            ),
        ] {
            assert_eq!(case(&spec).found(), expected, "{spec}");
        }
    }

    #[test]
    fn an_override_is_lowered_with_who_wrote_it() {
        let overlays = case(&by_rule("sale", "cut")).lowered.desired.overlays;
        let one = &overlays.given[0];
        assert_eq!(one.setting, Setting::DailyBudget("8.00 EUR".parse().unwrap()));
        assert_eq!(one.object.to_string(), "campaign/sale");
        assert_eq!(one.rule.as_ref().unwrap().as_str(), "cut");
        assert_eq!(overlays.authors.unwrap().len(), 1);
    }

    #[test]
    fn a_part_of_the_project_knows_which_rules_there_are() {
        let one = format!(
            "apiVersion: adplane.io/v1alpha1\nkind: Override\nmetadata: {{name: one, namespace: growth}}\nspec:\n{}",
            by_rule("sale", "cut")
        );
        let rule = SHOP.split("---\n").find(|document| document.contains("AutomationRule")).unwrap();
        let part = |elsewhere: &str| {
            let folder = Folder::new(&[
                ("adplane.yaml", b"project: shop\n"),
                ("shop/account.yaml", ACCOUNT.as_bytes()),
                ("shop/one.yaml", one.as_bytes()),
                ("rules/rules.yaml", elsewhere.as_bytes()),
            ]);
            let loaded = folder.load(&["shop"]);
            assert!(!loaded.complete);
            crate::lower(&loaded).desired.overlays.authors.map(|authors| authors.len())
        };
        assert_eq!(part(rule), Some(1));
        assert_eq!(part("# No rule is here.\n"), Some(0));
        assert_eq!(part(&rule.replace("spec:", "spec: [")), None, "nobody can tell");
    }
}
