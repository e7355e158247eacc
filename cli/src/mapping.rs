//! What the adapters declare of each field, as Markdown: part of `docs/mapping.md`.

use std::fmt::Write as _;

use adplane_core::schema::{Claim, Effect, FieldSchema, KindSchema, OnChange, OverDelivery, PlatformSchema};

/// The tables of every platform, kind by kind.
pub fn fields() -> String {
    let mut page = String::from(
        "# What changing a field does\n\nA path covers everything below it unless a longer one does; a field \
         without a row is updated in place. Marks: high, medium or low confidence, and the source.\n\n",
    );
    for schema in adplane_platforms::schemas().values() {
        for kind in schema.kinds {
            let _ = writeln!(page, "## {} {}\n", schema.platform.title(), kind.kind);
            rows(&mut page, kind);
        }
        overspending(&mut page, schema);
    }
    page.truncate(page.trim_end().len());
    page + "\n"
}

fn rows(page: &mut String, kind: &KindSchema) {
    page.push_str(
        "| field | a change | money | review | learning | nobody chose it |\n|---|---|---|---|---|---|\n",
    );
    for field in kind.fields {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} | {} | {} |",
            field.path,
            change(field.on_change),
            money(field.effect),
            claim(field.review),
            claim(field.learning),
            unchosen(field)
        );
    }
    for group in kind.exclusive {
        let paths: Vec<String> = group.paths.iter().map(|path| format!("`{path}`")).collect();
        let _ = writeln!(
            page,
            "| one of {} | from one to another: {} | | | | |",
            paths.join(", "),
            change(group.on_switch)
        );
    }
    let _ = writeln!(page, "\nLost with a {}: {}.\n", kind.kind, kind.lost_with_it);
}

fn change(on_change: OnChange) -> String {
    match on_change {
        OnChange::InPlace => "in place".to_owned(),
        OnChange::Replace => "**replace**".to_owned(),
        OnChange::Refuse(hint) => format!("blocked: {hint}"),
        OnChange::RefuseOncePast(hint) => format!("in place until it has come, then blocked: {hint}"),
        OnChange::Unreadable => "sent, never compared".to_owned(),
    }
}

fn money(effect: Effect) -> &'static str {
    match effect {
        Effect::None => "",
        Effect::State => "starts and stops spend",
        Effect::Spend => "more is a raise",
        Effect::Return => "less is a raise",
        Effect::Opaque => "any change is a raise",
    }
}

fn claim(claim: Option<Claim>) -> String {
    claim.map(|claim| format!("{:?}: {}", claim.confidence, claim.source)).unwrap_or_default()
}

fn unchosen(field: &FieldSchema) -> String {
    match field.vendor_default {
        None => String::new(),
        Some("") => "empty".to_owned(),
        Some(shown) => format!("`{shown}`"),
    }
}

fn overspending(page: &mut String, schema: &PlatformSchema) {
    if schema.over_delivery.is_empty() {
        return;
    }
    let _ = writeln!(page, "## {} overspending\n", schema.platform.title());
    page.push_str("| budget | worst day | worst period | when it changes | since | source |\n|---|---|---|---|---|---|\n");
    for OverDelivery { path, automatic, worst_day, worst_period, period, on_change, claim: source, since } in
        schema.over_delivery
    {
        let raised = if *automatic { " raised by the platform itself" } else { "" };
        let day = worst_day.map_or_else(|| "all that remains".to_owned(), |(a, b)| format!("{a}/{b} ×"));
        let (times, of) = worst_period;
        let _ = writeln!(
            page,
            "| `{path}`{raised} | {day} | {period}: {times}/{of} × | {on_change} | {since} | {} |",
            claim(Some(*source))
        );
    }
    page.push('\n');
}
