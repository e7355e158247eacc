//! Plans for browsers: one self-contained page, no script, everything escaped.

use std::fmt::Write;

use adplane_core::plan::document::{DocumentChange, PlanDocument};

use super::words;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1c1e21;background:#fff}\
table{border-collapse:collapse;margin:.5rem 0 1rem}td,th{border:1px solid #d5d8dc;padding:.2rem .6rem;text-align:left;vertical-align:top}\
td.n{text-align:right;font-variant-numeric:tabular-nums}code{font-family:ui-monospace,monospace}\
details{border-left:4px solid #8a8f98;margin:.4rem 0;padding:.1rem .8rem}summary{cursor:pointer}\
.create,.adopt{border-color:#2e8540}.update,.release{border-color:#c18a00}.replace,.delete,.blocked{border-color:#c0322b}\
small{color:#5b6068}@media(prefers-color-scheme:dark){body{background:#16181b;color:#e4e6e9}td,th{border-color:#3a3e44}small{color:#9aa0a8}}";

/// A plan as a page.
pub(crate) fn plan(document: &PlanDocument) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Ads plan</title><style>{STYLE}</style></head><body>\n<h1>Ads plan</h1>\n\
         <p>{} — {}</p>\n",
        escape(&words::summary(&document.summary)),
        escape(&words::scope(document))
    );
    money(&mut out, document);
    for finding in &document.diagnostics {
        let _ = writeln!(out, "<p><b>{}</b> {}</p>", finding.severity, escape(&finding.message));
    }
    for change in &document.changes {
        one(&mut out, change);
    }
    let _ = writeln!(
        out,
        "<p><small>plan <code>{}</code>, {}</small></p>\n</body></html>",
        escape(&document.hash),
        escape(&document.engine)
    );
    out
}

fn money(out: &mut String, document: &PlanDocument) {
    if document.money.is_empty() {
        return;
    }
    out.push_str("<table><tr><th>currency</th><th>a day now</th><th>a day after</th><th>delta</th><th>worst day</th><th>worst period</th></tr>\n");
    for (currency, impact) in &document.money {
        let periods: Vec<String> =
            impact.worst_period.iter().map(|(period, amount)| format!("{amount} a {period}")).collect();
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td class=n>{}</td><td class=n>{}</td><td class=n>{}</td><td class=n>{}</td><td>{}</td></tr>",
            escape(currency),
            impact.daily_before,
            impact.daily_after,
            words::signed(impact.delta),
            impact.worst_day,
            escape(&periods.join(", "))
        );
    }
    out.push_str("</table>\n");
}

fn one(out: &mut String, change: &DocumentChange) {
    let class = change.class.as_ref().map(|class| format!(" <small>{class}</small>")).unwrap_or_default();
    let _ = writeln!(
        out,
        "<details class=\"{}\"><summary><code>{}</code> {} <b>{}</b> on {}{class}</summary>",
        change.action,
        change.action.symbol(),
        change.action,
        escape(&change.address.short()),
        escape(change.address.account.as_str())
    );
    for reason in words::reasons(change) {
        let _ = writeln!(out, "<p>{}</p>", escape(&reason));
    }
    out.push_str("<table>");
    for field in words::fields(change) {
        let origin = field.origin.as_ref().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(
            out,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td><td><small>{} {}</small></td></tr>",
            escape(field.path.as_str()),
            escape(&words::value(field.before.as_ref())),
            escape(&words::value(field.after.as_ref())),
            words::marks(field, change.action).join(", "),
            escape(&origin)
        );
    }
    out.push_str("</table></details>\n");
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
