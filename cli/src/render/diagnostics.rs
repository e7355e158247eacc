//! Diagnostics for terminals, with the line and a caret below what is wrong.

use adplane_core::diagnostic::{Diagnostic, Severity, veiled};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource, Report};

/// One finding, ending in a line break.
pub(crate) fn render(found: &Diagnostic, source: &dyn Fn(&str) -> Option<String>) -> String {
    let severity = match found.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
        Severity::Info => miette::Severity::Advice,
    };
    let mut shown =
        MietteDiagnostic::new(found.message.clone()).with_code(found.code.as_ref()).with_severity(severity);
    if let Some(hint) = &found.hint {
        shown = shown.with_help(hint.clone());
    }
    let located = found.origin.as_ref().and_then(|origin| {
        let text = source(&origin.file)?;
        let text = veiled(&text);
        let span = span(&text, origin.line, origin.column, found.length)?;
        Some((NamedSource::new(&*origin.file, text.into_owned()), span))
    });
    let report = if let Some((text, (offset, length))) = located {
        let label = found.field.as_ref().map(ToString::to_string);
        let labelled = shown.with_label(LabeledSpan::new(label, offset, length));
        Report::new(labelled).with_source_code(text)
    } else {
        if let Some(origin) = &found.origin {
            shown.message = format!("{origin}: {}", shown.message);
        }
        Report::new(shown)
    };
    let mut out = String::new();
    let handler =
        GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_links(false).with_width(110);
    // Writing to a string cannot fail.
    let _ = handler.render_report(&mut out, report.as_ref());
    out.push('\n');
    out
}

/// Byte offset and length of a place given in lines and characters.
fn span(text: &str, line: u32, column: u32, length: u32) -> Option<(usize, usize)> {
    let start = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum::<usize>();
    let rest = text.get(start..)?;
    let current = rest.split('\n').next().unwrap_or_default();
    let offset: usize = current.chars().take(column as usize - 1).map(char::len_utf8).sum();
    let below: usize = current.get(offset..)?.chars().take(length.max(1) as usize).map(char::len_utf8).sum();
    Some((start + offset, below.min(text.len() - start - offset)))
}

/// `3 errors, 1 warning`; nothing when nothing was found.
pub(crate) fn count(found: &[Diagnostic]) -> Option<String> {
    let of = |severity| found.iter().filter(|finding| finding.severity == severity).count();
    let parts: Vec<String> = [(of(Severity::Error), "error"), (of(Severity::Warning), "warning")]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}{}", if count == 1 { "" } else { "s" }))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_count_characters_not_bytes() {
        let text = "a: é\nbé: wrong\n";
        assert_eq!(span(text, 2, 5, 5), Some((text.find("wrong").unwrap(), 5)));
        assert_eq!(span(text, 1, 4, 1), Some((3, 2)));
    }
}
