//! Ads: identity and what follows from the ad set; the creative itself is in `creative`.

use adplane_core::desired::DesiredObject;
use adplane_core::value::Value;

use super::ad_set::AdSet;
use super::findings::Findings;
use super::{Around, creative, shared};

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
    creative::refine(object, around.assets, findings);
    let collects_leads = ad_set.is_some_and(|ad_set| ad_set.collects_leads);
    if collects_leads && object.field("creative.leadForm").is_none() && !bound {
        findings.error(
            object,
            "creative.leadForm",
            "lead-form-required",
            "the ad group collects leads in a form, and the creative names none",
            "write `leadForm: \"…\"` on the creative",
        );
    }
    if ad_set.is_some_and(|ad_set| ad_set.uses_pixel) {
        let domain = object.text("creative.landingPage").and_then(registrable_domain);
        if let Some(domain) = domain {
            object.default_field("meta.conversion_domain", Value::text(domain));
        }
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
