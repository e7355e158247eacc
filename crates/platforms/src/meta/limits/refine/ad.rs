//! Ads: identity and what follows from the ad set; the creative itself is in `creative`.

use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::ad_set::AdSet;
use super::findings::Findings;
use super::{Around, creative, shared};
use crate::meta::wire::feed;

/// Second-level names under which registries sell domains, such as `co.uk`.
const REGISTRIES: [&str; 8] = ["ac", "co", "com", "edu", "gov", "net", "or", "org"];

/// Refines one ad.
pub(super) fn refine(
    object: &mut DesiredObject,
    ad_set: Option<&AdSet>,
    around: &Around<'_>,
    findings: &mut Findings,
) {
    shared::check(object, findings);
    let bound = object.external_id.is_some();
    if let Some(page) = around.account.get("defaults.identity.meta.page") {
        object.fields.entry(shared::PAGE.into()).or_insert_with(|| page.inherited());
    }
    if object.field(shared::PAGE).is_none() && !bound {
        findings.error(
            object,
            shared::PAGE,
            "page-required",
            "an ad on Meta Ads speaks as a page, and none is written",
            "write `defaults: {identity: {meta: {page: \"…\"}}}` on the account, or `identity` on the creative",
        );
    }
    settle_lead_form(object, ad_set, findings);
    settle_store(object, ad_set);
    creative::refine(object, around.assets, findings);
    check_feed(object, ad_set, findings);
    if ad_set.is_some_and(|ad_set| ad_set.uses_pixel) {
        let domain = object.text("creative.landingPage").and_then(registrable_domain);
        if let Some(domain) = domain {
            object.default_field("meta.conversion_domain", Value::text(domain));
        }
    }
}

/// A form belongs to ads that collect leads in one.
fn settle_lead_form(object: &mut DesiredObject, ad_set: Option<&AdSet>, findings: &mut Findings) {
    const FORM: &str = "creative.leadForm";
    match (ad_set.and_then(|ad_set| ad_set.collects_leads), object.field(FORM).is_some()) {
        (Some(true), false) if object.external_id.is_none() => findings.error(
            object,
            FORM,
            "lead-form-required",
            "the ad group collects leads in a form, and the creative names none",
            "write `leadForm: \"…\"` on the creative",
        ),
        (Some(false), true) => {
            let message = "`leadForm` is used where the ad group's goal is LeadForm";
            findings.info(object, FORM, "unused-field", message, "the button leads to the landing page");
            object.fields.remove(FORM);
        }
        _ => {}
    }
}

/// Ads for an app lead to its store unless they say otherwise.
fn settle_store(object: &mut DesiredObject, ad_set: Option<&AdSet>) {
    let store = ad_set.and_then(|ad_set| ad_set.store_url.as_ref());
    if let Some(store) = store.filter(|_| object.external_id.is_none()) {
        object.fields.entry("creative.landingPage".into()).or_insert_with(|| store.inherited());
    }
}

/// Many texts and pictures need an ad set made for them, unless their kind of optimisation says otherwise.
fn check_feed(object: &DesiredObject, ad_set: Option<&AdSet>, findings: &mut Findings) {
    let Some(spec) = object.value(feed::SPEC) else { return };
    let dynamic = ad_set.and_then(|ad_set| ad_set.is_dynamic);
    if dynamic == Some(false) && feed::needs_dynamic_ad_set(spec) && object.external_id.is_none() {
        findings.error(
            object,
            feed::SPEC,
            "dynamic-creative-required",
            "many texts and pictures need an ad group made for them, which is fixed once it is created",
            "write `meta: {is_dynamic_creative: true}` on the ad group",
        );
    }
}

/// `shop.example.co.uk` gives `example.co.uk`; a registry that is not listed gives one label too few.
fn registrable_domain(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let url::Host::Domain(host) = url.host()? else { return None };
    let labels: Vec<&str> = host.split('.').collect();
    let country = labels.last().is_some_and(|label| label.len() == 2);
    let registry = labels.len() >= 3 && country && REGISTRIES.contains(&labels[labels.len() - 2]);
    let kept = if registry { 3 } else { 2 };
    (labels.len() >= 2).then(|| labels[labels.len().saturating_sub(kept)..].join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_what_a_registry_sells() {
        for (url, domain) in [
            ("https://shop.example/spring", Some("shop.example")),
            ("https://www.shop.example/", Some("shop.example")),
            ("https://a.b.example.co.uk", Some("example.co.uk")),
            ("https://127.0.0.1/x", None),
            ("https://localhost/x", None),
        ] {
            assert_eq!(registrable_domain(url).as_deref(), domain, "{url}");
        }
    }
}
