//! `broken_tracking` as it is sent and shown.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Kind, Match, Spec};
use crate::delivery::{self, Breakage};
use crate::snapshot;
use crate::world::World;

const SECONDS_OF_A_DAY: i64 = 86_400;

/// Reads one.
pub(super) fn breakage(spec: Spec) -> Result<Breakage, String> {
    let Spec { matching, times, after, kind: _, millis, from, days, objects } = spec;
    let Match { platform: vendor, method, path, account } = matching;
    if method.is_some()
        || path.is_some()
        || times.is_some()
        || after > 0
        || millis.is_some()
        || !objects.is_empty()
    {
        let text = "`broken_tracking` meets accounts, not requests: it takes `from` and `days`, and in `match` \
                    `platform` and `account`";
        return Err(text.to_owned());
    }
    let account = match (vendor, account) {
        (_, None) => None,
        (Some(vendor), Some(account)) => Some(snapshot::bare_account(vendor, &account).to_owned()),
        (None, Some(_)) => return Err("an `account` needs its `platform` beside it".to_owned()),
    };
    Ok(Breakage { vendor, account, from, days })
}

/// What is broken or will be, as it can be sent again.
pub(super) fn specs(world: &World) -> impl Iterator<Item = Spec> {
    delivery::in_force(world).map(|(vendor, outage)| {
        let account = outage.account.as_deref().map(|account| snapshot::shown_account(vendor, account));
        let seconds = outage.until.as_second() - outage.from.as_second();
        let days = (outage.until < Timestamp::MAX).then_some(seconds / SECONDS_OF_A_DAY);
        Spec {
            matching: Match { platform: Some(vendor), account, ..Match::default() },
            times: None,
            after: 0,
            kind: Kind::BrokenTracking,
            millis: None,
            from: Some(outage.from),
            days: days.and_then(|days| u32::try_from(days).ok()),
            objects: BTreeSet::new(),
        }
    })
}
