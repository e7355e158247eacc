//! Renderings. Those of plans read the plan document only, so that all of them agree.

pub(crate) mod approvals;
pub(crate) mod backtest;
pub(crate) mod diagnostics;
pub(crate) mod forecast;
pub(crate) mod github;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod junit;
pub(crate) mod markdown;
pub(crate) mod metrics;
pub(crate) mod rank;
pub(crate) mod report;
pub(crate) mod safe;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod words;

use adplane_core::asset::Asset;
use adplane_core::plan::document::PlanDocument;
use adplane_engine::approve::Judgement;

use crate::args::OutputFormat;

/// Reads the bytes of an asset, checked against its digest; none where they are not at hand.
pub type ReadPicture<'a> = &'a dyn Fn(&str, &Asset) -> Option<Vec<u8>>;

/// What a rendering may use besides the plan.
#[derive(Clone, Copy, Default)]
pub struct Extras<'a> {
    /// Where the whole plan can be seen.
    pub link: Option<&'a str>,
    /// Reads the bytes of pictures; without it they are only named.
    pub pictures: Option<ReadPicture<'a>>,
    /// How its approvals stand; without it only what is needed is shown, in text and markdown.
    pub judgement: Option<&'a Judgement>,
}

/// A plan in a format, ending in a line break.
pub fn plan(document: &PlanDocument, format: OutputFormat) -> String {
    plan_with(document, format, &Extras::default())
}

/// The same with what else there is to show.
pub fn plan_with(document: &PlanDocument, format: OutputFormat, extras: &Extras<'_>) -> String {
    match format {
        OutputFormat::Text => text::plan(document, extras),
        OutputFormat::Markdown => markdown::plan(document, extras),
        OutputFormat::Json => json::plan(document),
        OutputFormat::Sarif => sarif::plan(document),
        OutputFormat::Github => github::plan(document),
        OutputFormat::Junit => junit::plan(document),
        OutputFormat::Html => html::plan(document, extras),
    }
}
