//! Renderings. Those of plans read the plan document only, so that all of them agree.

pub(crate) mod diagnostics;
pub(crate) mod html;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod report;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod words;

use adplane_core::plan::document::PlanDocument;

use crate::args::OutputFormat;

/// A plan in a format, ending in a line break.
pub fn plan(document: &PlanDocument, format: OutputFormat) -> String {
    match format {
        OutputFormat::Text => text::plan(document),
        OutputFormat::Markdown => markdown::plan(document),
        OutputFormat::Json => json::plan(document),
        OutputFormat::Sarif => sarif::plan(document),
        OutputFormat::Html => html::plan(document),
    }
}
