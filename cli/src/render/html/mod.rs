//! Plans for browsers: one self-contained page with a preview of every touched ad.
//!
//! The templates in `cli/templates` escape whatever they show. The page runs no script and fetches nothing: its policy
//! (a `Content-Security-Policy`) allows the one style sheet by its digest and pictures that are inlined, and nothing
//! else, so that hostile text stays text whatever it says. `money`, `approvals`, `changes` and `ad` make what is shown,
//! `placement` knows how an ad looks where people meet it.

mod ad;
mod approvals;
mod changes;
mod money;
mod picture;
mod placement;

#[cfg(test)]
mod tests;

use adplane_core::plan::document::PlanDocument;
use adplane_core::policy::Severity;
use askama::Template;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::rank::Ranks;
use super::{Extras, safe, words};

use ad::Ad;
use approvals::Approvals;
use changes::{Account, Broken};
use money::Card;
use picture::Pictures;

const STYLE: &str = include_str!("../../../templates/plan.css");
/// Ads with a preview; a page with more would be slow to open. The gravest and the dearest have one.
const MOST_ADS: usize = 200;
/// Characters of one value.
const VALUE: usize = 600;

/// What the page shows.
#[derive(Template)]
#[template(path = "plan.html", whitespace = "minimize")]
struct Page {
    style: &'static str,
    policy: String,
    title: String,
    project: String,
    counts: Vec<(&'static str, &'static str, u64)>,
    unchanged: u64,
    classes: Vec<String>,
    raises: Option<String>,
    approvals: Option<Approvals>,
    money: Vec<Card>,
    breaks: Vec<Broken>,
    verdicts: Vec<(String, String)>,
    ads: Vec<Ad>,
    more_ads: usize,
    accounts: Vec<Account>,
    hash: String,
    engine: String,
}

/// A plan as a page.
pub(crate) fn plan(document: &PlanDocument, extras: &Extras<'_>) -> String {
    let page = page(document, extras);
    // The template writes into a string, and nothing it calls can fail.
    page.render().unwrap_or_default()
}

fn page(document: &PlanDocument, extras: &Extras<'_>) -> Page {
    let ranks = Ranks::new(document);
    let order = ranks.order(document);
    let pictures = Pictures::new(&document.assets, extras.pictures);
    let touched: Vec<_> = order.iter().filter(|change| ad::is_shown(change)).collect();
    let ads: Vec<Ad> =
        touched.iter().take(MOST_ADS).map(|change| Ad::new(document, change, &pictures)).collect();
    Page {
        style: STYLE,
        policy: policy(),
        title: if document.summary.has_pending() { "Ads plan".into() } else { "Ads plan: no changes".into() },
        project: words::scope(document),
        counts: changes::counts(&document.summary),
        unchanged: document.summary.none,
        classes: document.classes.iter().map(ToString::to_string).collect(),
        raises: super::approvals::raises(document),
        approvals: Approvals::new(document, extras.judgement),
        money: document
            .money
            .iter()
            .map(|(currency, money)| Card::new(currency, money, document.raises.get(currency)))
            .collect(),
        breaks: changes::breaks(&order),
        verdicts: verdicts(document),
        more_ads: touched.len() - ads.len(),
        ads,
        accounts: changes::accounts(document),
        hash: document.hash.clone(),
        engine: document.engine.clone(),
    }
}

/// Nothing but our own style sheet, and pictures that lie in the page itself.
fn policy() -> String {
    let digest = BASE64_STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    format!(
        "default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )
}

/// What was found, what policies say, and what people changed on the platforms: the severity, and the text.
fn verdicts(document: &PlanDocument) -> Vec<(String, String)> {
    let found =
        document.diagnostics.iter().map(|finding| (finding.severity.to_string(), shown(&finding.message)));
    let policies = document.policy.iter().map(|verdict| {
        let about =
            verdict.address.as_ref().map(|address| format!("{}: ", address.short())).unwrap_or_default();
        let severity = if verdict.severity == Severity::Warn { "warning" } else { "error" };
        (
            severity.to_owned(),
            shown(&format!("{} {}: {about}{}", verdict.severity, verdict.rule, verdict.message)),
        )
    });
    let drift = document.drift.iter().map(|drift| ("drift".to_owned(), shown(&words::drift(drift))));
    found.chain(policies).chain(drift).collect()
}

/// Text as the page shows it: nothing hidden, not endless.
fn shown(text: &str) -> String {
    safe::cut(&safe::plain(text), VALUE).into_owned()
}
