//! How long one comment takes at 50,000 changes (design: under a second); prints, and never fails on time.
#![expect(clippy::print_stdout, reason = "a benchmark prints")]

#[path = "../tests/large/mod.rs"]
mod large;

use std::time::Instant;

use adplane_cli::args::OutputFormat;
use adplane_cli::render::plan;

fn main() {
    let document = large::plan(50_000);
    for (name, format) in [
        ("markdown", OutputFormat::Markdown),
        ("text", OutputFormat::Text),
        ("sarif", OutputFormat::Sarif),
        ("github", OutputFormat::Github),
        ("junit", OutputFormat::Junit),
        ("html", OutputFormat::Html),
    ] {
        let begun = Instant::now();
        let text = plan(&document, format);
        println!(
            "{name:>9}: {:>8.3} s, {:>10} characters",
            begun.elapsed().as_secs_f64(),
            text.chars().count()
        );
    }
}
