//! `adplane rules harvest`: amounts that rules have kept in force for long become what git says, so that git tells
//! what is live.

use std::collections::BTreeSet;

use adplane_core::desired::{DesiredAccount, DesiredObject};
use adplane_core::field::{FieldOwner, FieldPath};
use adplane_core::overlay::{DAILY_BUDGET, settle};
use adplane_core::rules::{Action, RuleKey};
use adplane_engine::rules::carry::since;
use jiff::Timestamp;

use super::{patch, proposals};
use crate::args::{Global, RulesHarvestArgs};
use crate::error::{Exit, Failure};
use crate::pipeline;
use crate::pipeline::patches::{Pen, Said, Saying};
use crate::pipeline::rules::require_whole;
use crate::settings::Settings;
use crate::ui::Ui;

/// An amount of a rule that stands in place of `initial`.
struct Kept {
    saying: Saying,
    since: Timestamp,
}

pub(super) async fn run(
    global: &Global,
    args: &RulesHarvestArgs,
    settings: &Settings,
    ui: &Ui,
) -> Result<Exit, Failure> {
    let mut prepared = pipeline::prepare(global, settings, &args.path, &[])?;
    prepared.require_sound(ui)?;
    require_whole(&prepared)?;
    let now = proposals::now(&prepared, settings).await?;
    settle(&mut prepared.desired, now);
    // What ends with the day has been in force for no longer than that.
    let short: BTreeSet<&RuleKey> = prepared
        .rules
        .iter()
        .filter(|rule| rule.actions.iter().any(Action::ends_at_midnight))
        .map(|rule| &rule.key)
        .collect();
    let accounts = prepared.desired.accounts.values();
    let kept: Vec<Kept> = accounts.flat_map(|account| of_account(account, &short)).collect();
    // The same length, back from now.
    let length = args.older_than.after(now).duration_since(now);
    let (old, young): (Vec<Kept>, Vec<Kept>) =
        kept.into_iter().partition(|one| now.duration_since(one.since) >= length);
    for one in &young {
        let name = one.saying.object.short();
        ui.note(&format!("the amount of {name} is in force since {}: too short a time", one.since));
    }
    if old.is_empty() {
        ui.note(&format!("no amount of a rule has been in force for {}", args.older_than));
        return Ok(Exit::Done);
    }
    let sayings: Vec<Saying> = old.into_iter().map(|one| one.saying).collect();
    let pen = Pen::new(settings, &args.path, now);
    let made = pen.say(&sayings);
    let heading = format!("amounts that rules have kept in force for {} become `initial`", args.older_than);
    patch::give(&pen, &made, &heading, &args.patch, ui)
}

fn of_account(account: &DesiredAccount, short: &BTreeSet<&RuleKey>) -> impl Iterator<Item = Kept> {
    account.objects.values().filter_map(|object| of_object(object, short))
}

/// The amount of a rule on an object; those of pools move every day, and those of people end when they say.
fn of_object(object: &DesiredObject, short: &BTreeSet<&RuleKey>) -> Option<Kept> {
    let field = object.field(DAILY_BUDGET)?;
    let FieldOwner::Managed(managed) = &field.owner else { return None };
    let by = managed.overlay.as_ref().map(|moved| &moved.by).filter(|_| managed.pool.is_none())?;
    let namespace = &object.address.namespace;
    let is_short = short.iter().any(|key| key.namespace == *namespace && Some(&key.name) == by.rule.as_ref());
    let of_rule = by.rule.is_some() && !by.pool && !is_short;
    let what = Said::Field { path: FieldPath::new(DAILY_BUDGET), value: field.value.clone() };
    let saying = Saying { object: object.address.clone(), what };
    (of_rule && managed.amount() != managed.initial).then(|| Kept { saying, since: since(by.expires) })
}
