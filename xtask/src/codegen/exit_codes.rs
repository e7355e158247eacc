//! The table of exit codes, read from the enum that defines them.

use anyhow::{Context, Result, ensure};

/// A Markdown table of the variants of `Exit`: number and first doc line.
pub(super) fn table(source: &str) -> Result<String> {
    let body = source.split_once("pub enum Exit {").context("`Exit` is not in cli/src/error.rs")?.1;
    let body = body.split_once('}').context("`Exit` has no end")?.0;
    let mut table = String::from("| code | meaning |\n|---|---|\n");
    let mut meaning = "";
    let mut rows = 0;
    for line in body.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            meaning = text;
        } else if let Some((_, number)) = line.trim_end_matches(',').split_once(" = ") {
            table.push_str(&format_row(number, meaning));
            rows += 1;
        }
    }
    ensure!(rows > 0, "`Exit` has no variants with a number");
    Ok(table)
}

fn format_row(number: &str, meaning: &str) -> String {
    format!("| {number} | {} |\n", meaning.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variant_is_a_row() {
        let source = "pub enum Exit {\n    /// Done.\n    Done = 0,\n    /// An error.\n    Error = 1,\n}\n";
        assert_eq!(table(source).unwrap(), "| code | meaning |\n|---|---|\n| 0 | Done |\n| 1 | An error |\n");
        assert!(table("pub enum Exit {\n}\n").is_err());
        assert!(table("").is_err());
    }
}
