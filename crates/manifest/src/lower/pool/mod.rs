//! Pools: what git says of them, who draws on them, and what cannot be meant.

mod read;
mod split;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use adplane_core::address::{AccountKey, Address, Kind, Platform};
use adplane_core::desired::{Desired, DesiredAccount};
use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::FieldOwner;
use adplane_core::ids::ObjectName;
use adplane_core::money::Money;
use adplane_core::overlay::{DAILY_BUDGET, PoolOwner};
use adplane_core::pool::{Pool, Term};

use super::Key;
use super::index::Index;
use crate::check::nearest;
use crate::load::{Document, DocumentKind, Place, Written};

use self::read::Reader;

const INITIAL: &str = "budget.managed.daily.initial";
/// Days of the longest month.
const MONTH: i64 = 31;

/// Every pool with the campaigns that draw on it.
pub(super) struct Pools<'a> {
    drafts: Vec<Draft<'a>>,
    by_campaign: HashMap<Key<'a>, usize>,
}

struct Draft<'a> {
    document: &'a Document,
    /// Without members until their accounts are known.
    pool: Pool,
    campaigns: Vec<&'a Document>,
}

/// What a platform's campaigns get a day by their own bounds, in micros.
#[derive(Default)]
struct Daily {
    least: i64,
    most: i64,
}

/// What a campaign's budget must know of its pool.
pub(super) struct Membership {
    pub(super) owner: PoolOwner,
    /// An even part of a day, for a campaign that names no amounts.
    pub(super) part: Money,
    /// The whole pool.
    pub(super) all: Money,
}

impl<'a> Pools<'a> {
    /// Reads pools and finds their campaigns.
    pub(super) fn read(index: &Index<'a>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let pools = index.of_kind(DocumentKind::Budget).filter(|budget| budget.is_pool());
        let drafts = pools.filter_map(|document| {
            let pool = Reader { document, diagnostics }.pool()?;
            Some(Draft { document, pool, campaigns: Vec::new() })
        });
        let mut found = Self { drafts: drafts.collect(), by_campaign: HashMap::new() };
        for campaign in index.of_kind(DocumentKind::Campaign) {
            found.join(campaign, diagnostics);
        }
        found
    }

    /// Finds the pool that a campaign draws on.
    fn join(&mut self, campaign: &'a Document, diagnostics: &mut Vec<Diagnostic>) {
        let near = |draft: &Draft<'_>| draft.document.namespace == campaign.namespace;
        let drawn_on = campaign.text("budget.ref");
        let is_named = |draft: &Draft<'_>| drawn_on == Some(draft.document.name.as_str());
        let mut of: Vec<usize> = (0..self.drafts.len())
            .filter(|place| {
                let draft = &self.drafts[*place];
                near(draft) && (is_named(draft) || selects(draft.document, campaign))
            })
            .collect();
        // The one that it names goes first.
        of.sort_by_key(|place| !is_named(&self.drafts[*place]));
        let Some(first) = of.first().copied() else { return };
        if of.len() > 1 {
            let names: Vec<String> =
                of.iter().map(|place| format!("`{}`", self.drafts[*place].pool.name)).collect();
            let message =
                format!("campaign `{}` draws on more than one pool: {}", campaign.name, names.join(", "));
            let found = Diagnostic::error("pool-member-twice", message).hint(
                "take a label off, or narrow a pool's selector: a campaign's money comes from one pool",
            );
            diagnostics.push(campaign.finding(found, place_of(campaign), "budget"));
        }
        self.drafts[first].campaigns.push(campaign);
        self.by_campaign.insert(campaign.key(), first);
        check_member(&self.drafts[first], campaign, diagnostics);
    }

    /// What a campaign's budget must know, where it draws on a pool.
    pub(super) fn of(&self, campaign: &Document) -> Option<Membership> {
        let draft = &self.drafts[*self.by_campaign.get(&campaign.key())?];
        let all = draft.pool.amount;
        let unit = all.currency().minor_unit_micros();
        let shares =
            days_of(draft.pool.term).saturating_mul(i64::try_from(draft.campaigns.len()).unwrap_or(1)).max(1);
        let part = all.micros() / shares;
        let part = Money::from_micros((part - part % unit).max(unit), all.currency());
        Some(Membership { owner: draft.pool.owner(), part, all })
    }

    /// The pools with their members, checked against what these are; `complete` when all members are known.
    pub(super) fn finish(
        self,
        desired: &Desired,
        complete: bool,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Pool> {
        let mut pools: Vec<Pool> = Vec::new();
        for mut draft in self.drafts {
            let mut members = BTreeSet::new();
            for campaign in &draft.campaigns {
                let Some((account, address)) = address(desired, campaign) else { continue };
                if account.currency == draft.pool.amount.currency() {
                    members.insert(address);
                } else {
                    diagnostics.push(other_currency(&draft, campaign, account));
                }
            }
            draft.pool.members = members.into_iter().collect();
            if complete {
                check_amounts(&draft, desired, diagnostics);
                check_weights(&draft, diagnostics);
            }
            pools.push(draft.pool);
        }
        pools.sort_by(|one, other| (&one.namespace, &one.name).cmp(&(&other.namespace, &other.name)));
        pools
    }
}

/// Days of the longest period.
fn days_of(term: Term) -> i64 {
    match term {
        Term::Month => MONTH,
        Term::Days(first, last) => i64::from(last.since(first).map_or(0, |span| span.get_days())) + 1,
    }
}

impl Draft<'_> {
    fn amount(&self) -> Option<&Written> {
        self.document.written("pool.monthly").or_else(|| self.document.written("pool.total"))
    }

    fn finding(&self, found: Diagnostic) -> Diagnostic {
        let (place, path) = self
            .amount()
            .map_or((self.document.place, "pool"), |written| (written.place, written.path.as_str()));
        self.document.finding(found, place, path)
    }
}

fn selects(pool: &Document, campaign: &Document) -> bool {
    let labels = pool.written("pool.selector.matchLabels").and_then(|written| written.value.entries());
    labels.is_some_and(|wanted| {
        !wanted.is_empty()
            && wanted.iter().all(|(key, value)| {
                campaign.labels.get(key.as_str()).map(compact_str::CompactString::as_str) == value.as_text()
            })
    })
}

fn place_of(campaign: &Document) -> Place {
    campaign.written("budget.ref").map_or(campaign.place, |written| written.place)
}

/// A pool moves what is its own: an amount within bounds, and a state where it may pause.
fn check_member(draft: &Draft<'_>, campaign: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let pool = &draft.pool.name;
    let named = campaign.text("budget.ref") == Some(pool.as_str());
    if !named && campaign.written(INITIAL).is_none() {
        let message =
            format!("campaign `{}` is in pool `{pool}`, which cannot move its budget", campaign.name);
        let found = Diagnostic::error("pool-member-budget", message).hint(format!(
            "write `budget: {{ref: {pool}}}` or `budget: {{managed: {{daily: {{initial: .., min: .., max: ..}}}}}}` on the \
             campaign, or take off the label that puts it there"
        ));
        diagnostics.push(campaign.finding(found, place_of(campaign), "budget"));
    }
    if draft.pool.is_hard() && campaign.written("state").is_none() {
        let message = format!(
            "pool `{pool}` pauses what draws on it when it is used up, and `{}` has no `state`",
            campaign.name
        );
        let found = Diagnostic::error("pool-member-state", message)
            .hint("write `state: Active`, to which it returns with the next period");
        diagnostics.push(campaign.finding(found, place_of(campaign), "state"));
    }
}

/// Where a campaign is wanted.
fn address<'d>(desired: &'d Desired, campaign: &Document) -> Option<(&'d DesiredAccount, Address)> {
    let name = ObjectName::new(campaign.text("account")?).ok()?;
    let account = desired.accounts.get(&AccountKey { namespace: campaign.namespace.clone(), name })?;
    let address = Address {
        platform: account.platform,
        account: account.key.name.clone(),
        kind: Kind::Campaign,
        namespace: campaign.namespace.clone(),
        name: campaign.name.clone(),
        ad: None,
    };
    Some((account, address))
}

fn other_currency(draft: &Draft<'_>, campaign: &Document, account: &DesiredAccount) -> Diagnostic {
    let message = format!(
        "campaign `{}` is spent in {}, and pool `{}` is in {}",
        campaign.name,
        account.currency,
        draft.pool.name,
        draft.pool.amount.currency()
    );
    let found = Diagnostic::error("pool-currency", message)
        .hint("amounts are never converted: write a pool for each currency");
    campaign.finding(found, place_of(campaign), "budget")
}

/// What its members' own amounts make of a pool.
fn check_amounts(draft: &Draft<'_>, desired: &Desired, diagnostics: &mut Vec<Diagnostic>) {
    let amount = draft.pool.amount;
    if draft.campaigns.is_empty() {
        let message = format!("no campaign draws on pool `{}`", draft.pool.name);
        let found = Diagnostic::warning("pool-without-members", message)
            .hint(format!("write `budget: {{ref: {}}}` on campaigns, or a `selector` here", draft.pool.name));
        diagnostics.push(draft.finding(found));
    }
    let managed = draft.pool.members.iter().filter_map(|address| {
        match &desired.object(address)?.field(DAILY_BUDGET)?.owner {
            FieldOwner::Managed(managed) => Some((address.platform, &**managed)),
            FieldOwner::Git | FieldOwner::Hold(_) | FieldOwner::Platform => None,
        }
    });
    let (mut least, mut initial) = (0_i64, 0_i64);
    let mut of: BTreeMap<Platform, Daily> = BTreeMap::new();
    for (platform, one) in managed {
        least = least.saturating_add(one.min.micros());
        initial = initial.saturating_add(one.initial.micros());
        let daily = of.entry(platform).or_default();
        daily.least = daily.least.saturating_add(one.min.micros());
        daily.most = daily.most.saturating_add(one.max.micros());
    }
    check_caps(draft, &of, diagnostics);
    let capped =
        |platform: &Platform, most: i64| draft.pool.caps.get(platform).map_or(most, |cap| most.min(*cap));
    let most =
        of.iter().fold(0_i64, |sum, (platform, daily)| sum.saturating_add(capped(platform, daily.most)));
    let days = days_of(draft.pool.term);
    let over = |daily: i64| Money::from_micros(daily.saturating_mul(days), amount.currency());
    let found = if over(least) > amount {
        let message =
            format!("the campaigns spend at least {} in {days} days, and there is {amount}", over(least));
        Some(Diagnostic::error("pool-minimums", message).hint("lower their `min`, or write a larger pool"))
    } else if most > 0 && over(most) < amount {
        let message =
            format!("the campaigns can spend at most {} in {days} days, and there is {amount}", over(most));
        Some(
            Diagnostic::warning("pool-maximums", message)
                .hint("raise their `max` or the pool's `caps`, or write a smaller pool"),
        )
    } else if over(initial) > amount {
        let message = format!(
            "until the pool is paced the campaigns spend {} in {days} days, and there is {amount}",
            over(initial)
        );
        Some(Diagnostic::warning("pool-initial", message).hint("write smaller `initial` amounts"))
    } else {
        None
    };
    diagnostics.extend(found.map(|found| draft.finding(found)));
}

/// A cap below its campaigns' minimums cannot hold, and one of nobody says nothing.
fn check_caps(draft: &Draft<'_>, of: &BTreeMap<Platform, Daily>, diagnostics: &mut Vec<Diagnostic>) {
    for (platform, cap) in &draft.pool.caps {
        let Some(written) = draft.document.written(&format!("pool.caps.{}", platform.slug())) else {
            continue;
        };
        let money = |micros| Money::from_micros(micros, draft.pool.amount.currency());
        let found = match of.get(platform) {
            None => Diagnostic::warning(
                "pool-caps",
                format!("no campaign on {} draws on pool `{}`", platform.title(), draft.pool.name),
            )
            .hint("take the cap out: it says nothing"),
            Some(daily) if daily.least > *cap => Diagnostic::error(
                "pool-caps",
                format!(
                    "the campaigns on {} get at least {} a day, and their cap is {}",
                    platform.title(),
                    money(daily.least),
                    money(*cap)
                ),
            )
            .hint("lower their `min`, or write a larger cap"),
            Some(_) => continue,
        };
        diagnostics.push(draft.document.finding(found, written.place, written.path.as_str()));
    }
}

/// A weight of nobody changes nothing, and the campaign that was meant weighs 1.
fn check_weights(draft: &Draft<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Some(written) = draft.document.written("pool.weights") else { return };
    if draft.document.text("pool.allocation") != Some("Weights") {
        return;
    }
    let names: Vec<&str> = draft.campaigns.iter().map(|campaign| campaign.name.as_str()).collect();
    for (name, _) in written.value.entries().into_iter().flatten() {
        if names.contains(&name.as_str()) {
            continue;
        }
        let message =
            format!("no campaign `{name}` draws on pool `{}`, so its weight says nothing", draft.pool.name);
        let hint = match nearest(name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`? A campaign without a weight weighs 1"),
            None => format!("take it out; these draw on the pool: {}", names.join(", ")),
        };
        let found = Diagnostic::warning("pool-weights", message).hint(hint);
        diagnostics.push(draft.document.finding(found, written.place, written.path.as_str()));
    }
}

#[cfg(test)]
mod tests;
