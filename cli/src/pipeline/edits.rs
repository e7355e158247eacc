//! Edits that a platform lets through only so often: what its own change history says was used up already.

use std::collections::BTreeSet;

use adplane_core::field::FieldPath;
use adplane_core::plan::document::{DocumentChange, PlanDocument};
use adplane_core::plan::{Action, exceeded};
use adplane_core::schema::{EditLimit, EditWindow, Schemas};
use jiff::SignedDuration;

use super::{Connected, history};
use crate::ui::Ui;

/// Adds to the plan what would exceed an edit limit. The history is read only where the plan changes such a field, and
/// where it cannot be read nothing is said: the platform itself still refuses.
pub(crate) async fn note_edits(document: &mut PlanDocument, connected: &Connected, ui: &Ui) {
    let schemas = adplane_platforms::schemas();
    let limited = document.changes.iter().filter(|change| !limits(&schemas, change).is_empty());
    let accounts: BTreeSet<_> = limited.map(|change| change.address.account_key()).collect();
    if accounts.is_empty() {
        return;
    }
    let history = history(connected, accounts, ui).await;
    let now = connected.clock.now();
    for change in &mut document.changes {
        let Some(id) = change.id.clone() else { continue };
        let key = change.address.account_key();
        for (limit, minutes, path) in limits(&schemas, change) {
            let since = now.checked_sub(SignedDuration::from_mins(minutes)).unwrap_or(now);
            let recent =
                history.of(&key, &id).filter(|event| event.at > since && event.is_about(&path)).count();
            change.breaks.extend(exceeded(limit, &path, recent));
        }
        change.breaks.sort_by(|a, b| (a.what, &a.path).cmp(&(b.what, &b.path)));
    }
}

/// Limits that an update meets: the limit, its minutes, and the field.
fn limits(schemas: &Schemas, change: &DocumentChange) -> Vec<(&'static EditLimit, i64, FieldPath)> {
    let schema = schemas.get(&change.address.platform);
    let updates = matches!(change.action, Action::Update | Action::Adopt);
    let all = schema.filter(|_| updates).map_or(&[][..], |schema| schema.edit_limits);
    all.iter()
        .filter(|limit| limit.kind == change.address.kind)
        .filter_map(|limit| {
            let EditWindow::Rate { minutes, .. } = limit.when else { return None };
            let field = change.fields.iter().find(|field| field.path.is_within(limit.path))?;
            Some((limit, minutes, field.path.clone()))
        })
        .collect()
}
