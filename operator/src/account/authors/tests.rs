use adplane_core::ids::ExternalId;
use adplane_core::money::Money;
use adplane_core::observed::{Observed, ObservedAccount, ObservedObject};
use adplane_core::overlay::settle;
use adplane_core::plan::document::DocumentContext;
use adplane_core::plan::{PlanInput, PlanOptions, plan};
use adplane_core::value::Value;
use jiff::Timestamp;

use super::*;
use crate::account::lower::tests::{lent, lowered};

const IN_FORCE: &str = "2026-11-20T10:00:00Z";
const OVER: &str = "2026-11-29T10:00:00Z";

/// The same resource, as last written by somebody.
fn by(resource: &Arc<Resource>, author: &str) -> Arc<Resource> {
    let mut resource = Resource::clone(resource);
    resource.annotations.insert(format!("{}{}", names::PREFIX, names::LAST_EDITED_BY), author.to_owned());
    Arc::new(resource)
}

/// Who wrote what is planned at an instant where this daily budget is live.
fn found(resources: &[Arc<Resource>], live: &str, now: &str) -> Vec<String> {
    let now: Timestamp = now.parse().unwrap();
    let mut wanted = lowered(resources, &[]);
    settle(&mut wanted.desired, now);
    let observed = live_with(&wanted, live);
    let (schemas, options) = (adplane_platforms::schemas(), PlanOptions::default());
    let plan = plan(&PlanInput {
        desired: &wanted.desired,
        observed: &observed,
        schemas: &schemas,
        options: &options,
        bindings: &BTreeMap::new(),
        now,
    });
    let context =
        DocumentContext { desired: &wanted.desired, observed: &observed, engine: "test", approvals: None };
    let mut document = PlanDocument::new(&plan, &context);
    document.changes.retain(|change| change.address.name.as_str() == "sale");
    let gone = !resources.iter().any(|resource| resource.key.kind == DocumentKind::AutomationRule);
    let edited = resources.iter().any(|resource| resource.annotation(names::AUTHORS).is_some());
    assert_eq!(gives_back(&wanted, resources, &document), gone && !edited, "whose teardown is asked about");
    assert_eq!(document.changes.len(), 1, "{:?}", document.diagnostics);
    authors(&wanted, resources, true, &document)
}

/// The campaign as it is wanted, with another budget.
fn live_with(wanted: &Wanted, amount: &str) -> Observed {
    let account = wanted.account().unwrap();
    let owner = wanted.desired.owner().unwrap();
    let sale = account.objects.values().find(|object| object.address.name.as_str() == "sale").unwrap();
    let mut live = ObservedObject::new(sale.address.kind, ExternalId::new("1").unwrap());
    live.marker = Some(sale.marker(&owner, &account.account_id));
    live.fields = sale.fields.iter().map(|(path, field)| (path.clone(), field.value.clone())).collect();
    let amount: Money = amount.parse().unwrap();
    live.fields.insert("budget.daily".into(), Value::Money(amount));
    let observed = ObservedAccount { objects: vec![live], ..ObservedAccount::default() };
    Observed { accounts: [(account.key.clone(), observed)].into() }
}

fn shop(with: &[DocumentKind]) -> Vec<Arc<Resource>> {
    let authored = lent("33.00 EUR").into_iter().filter_map(|resource| match resource.key.kind {
        DocumentKind::Campaign => Some(by(&resource, "ana")),
        DocumentKind::Override => with.contains(&DocumentKind::Override).then(|| by(&resource, "eve")),
        DocumentKind::AutomationRule => {
            with.contains(&DocumentKind::AutomationRule).then(|| by(&resource, "bo"))
        }
        _ => Some(resource),
    });
    authored.collect()
}

#[test]
fn who_wrote_an_override_wrote_what_it_changes() {
    let both = shop(&[DocumentKind::Override, DocumentKind::AutomationRule]);
    assert_eq!(found(&both, "20.00 EUR", IN_FORCE), ["ana", "eve", UNKNOWN]);
    assert_eq!(found(&both, "33.00 EUR", OVER), ["ana", "eve", UNKNOWN], "and when it is over");
}

#[test]
fn what_is_gone_names_nobody() {
    let without_rule = shop(&[DocumentKind::Override]);
    assert_eq!(found(&without_rule, "33.00 EUR", IN_FORCE), ["ana", "eve", UNKNOWN]);
    let without_any = shop(&[]);
    assert_eq!(found(&without_any, "33.00 EUR", IN_FORCE), ["ana", UNKNOWN], "somebody deleted the override");
    let edited: Vec<_> = without_any
        .iter()
        .map(|resource| {
            let mut resource = Resource::clone(resource);
            resource.annotations.insert(format!("{}{}", names::PREFIX, names::AUTHORS), "ana".to_owned());
            Arc::new(resource)
        })
        .collect();
    assert_eq!(found(&edited, "33.00 EUR", IN_FORCE), ["ana"], "she edited the bounds");
}

/// The same override, as the operator wrote it for a rule.
fn made_for(resource: &Arc<Resource>, rule: &str) -> Arc<Resource> {
    let mut resource = Resource::clone(resource);
    resource.annotations.insert(format!("{}{}", names::PREFIX, names::DECIDED_FOR), rule.to_owned());
    Arc::new(resource)
}

/// The operator leaves no name: whoever wrote the rule decided what it puts in force.
#[test]
fn who_wrote_a_rule_wrote_what_it_puts_in_force() {
    let mut shop = shop(&[DocumentKind::AutomationRule]);
    let lent = lent("33.00 EUR");
    let made = lent.iter().find(|resource| resource.key.kind == DocumentKind::Override).unwrap();
    shop.push(made_for(made, "scale"));
    assert_eq!(found(&shop, "20.00 EUR", IN_FORCE), ["ana", "bo"]);
    assert_eq!(found(&shop, "33.00 EUR", OVER), ["ana", "bo"], "and when it is over");
    *shop.last_mut().unwrap() = by(&made_for(made, "scale"), "eve");
    assert_eq!(found(&shop, "20.00 EUR", IN_FORCE), ["ana", "bo", "eve"], "a label more leaves nobody out");
    *shop.last_mut().unwrap() = made_for(made, "scale-of-before");
    assert_eq!(found(&shop, "20.00 EUR", IN_FORCE), ["ana", UNKNOWN], "another rule of the same name");
    *shop.last_mut().unwrap() = Arc::clone(made);
    assert_eq!(found(&shop, "20.00 EUR", IN_FORCE), ["ana", UNKNOWN], "anybody could have written it");
    shop.retain(|resource| resource.key.kind != DocumentKind::AutomationRule);
    assert_eq!(found(&shop, "33.00 EUR", IN_FORCE), ["ana", UNKNOWN], "a rule that is gone names nobody");
}
