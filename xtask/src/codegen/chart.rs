//! The definitions as templates of the chart `adplane-crds`, from the same source as `crds/`.

use anyhow::{Result, ensure};

/// The folder of the templates; it holds nothing else.
pub(crate) const FOLDER: &str = "charts/adplane-crds/templates/crds";

/// A definition as a template: what the chart adds to its metadata, and otherwise what `crds/` holds.
pub(crate) fn template(name: &str, yaml: &str) -> Result<String> {
    ensure!(!yaml.contains("{{"), "`{name}` holds `{{{{`, which a template would read as its own");
    let metadata = format!("metadata:\n  name: {name}\n");
    ensure!(yaml.matches(&metadata).count() == 1, "`{name}` has its name where it was not looked for");
    let with_chart = format!(
        "{metadata}  labels:\n    {{{{- include \"adplane-crds.labels\" . | nindent 4 }}}}\n  annotations:\n    \
         {{{{- include \"adplane-crds.annotations\" . | nindent 4 }}}}\n"
    );
    Ok(yaml.replace(&metadata, &with_chart))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CRD: &str = "kind: CustomResourceDefinition\nmetadata:\n  name: a.b\nspec: {}\n";

    #[test]
    fn a_definition_gets_the_charts_metadata_and_keeps_the_rest() {
        let template = template("a.b", CRD).unwrap();
        let own: Vec<&str> = template.lines().filter(|line| !CRD.lines().any(|kept| kept == *line)).collect();
        assert_eq!(
            own,
            [
                "  labels:",
                "    {{- include \"adplane-crds.labels\" . | nindent 4 }}",
                "  annotations:",
                "    {{- include \"adplane-crds.annotations\" . | nindent 4 }}"
            ]
        );
        assert!(template.ends_with("nindent 4 }}\nspec: {}\n"));
    }

    #[test]
    fn what_a_template_would_misread_is_refused() {
        assert!(template("a.b", &CRD.replace("{}", "{x: '{{ y }}'}")).is_err());
        assert!(template("other", CRD).is_err());
    }
}
