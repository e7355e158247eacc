//! Safeguards that no rule gets around: stops and the wall of the day; amounts are in `caps`, the last one active is in
//! `running`, how the spend guard is set in `guards`.

use std::collections::{BTreeMap, BTreeSet};

use super::caps::Caps;
use super::decide::Outcome;
use super::guards::percent;
use super::intent::{Change, Intent};
use super::memory::Memory;
use super::snapshot::{AccountState, Snapshot};
use super::spend::{Morning, Spend, Sum, Tree, held};
use crate::address::{AccountKey, Address};
use crate::freeze::Allow;
use crate::money::Money;

/// Basis points of a whole.
const WHOLE: i128 = 10_000;

/// Why an intent may not be done, whatever wins.
pub(super) fn stopped(snapshot: &Snapshot, intent: &Intent) -> Option<Outcome> {
    let refused = |guard: &str, why: String| Some(Outcome::Refused { guard: guard.to_owned(), why });
    if intent.changes.iter().all(|change| !change.claims) {
        return None;
    }
    let touched: BTreeSet<&Address> = intent.changes.iter().map(|change| &change.object).collect();
    for address in touched {
        let Some(account) = snapshot.account(address) else {
            return refused("snapshot", format!("nothing is known of the account of {address}"));
        };
        if let Some(why) = &account.killed {
            return refused("kill switch", why.clone());
        }
        if let Some(why) = &account.halted {
            return refused("account", why.clone());
        }
        match account.frozen {
            Some(Allow::Nothing) => return refused("freeze", "a freeze window is closed".to_owned()),
            Some(freeze) if !intent.passes(freeze) => {
                return refused("freeze", "a freeze window lets spend fall and nothing else".to_owned());
            }
            _ => {}
        }
        if let Some(hold) = snapshot.objects.get(address).and_then(|object| object.hold.as_ref()) {
            return refused("hold", format!("{} holds {}: {}", hold.by, address.short(), hold.reason));
        }
    }
    let mut claims = intent.changes.iter().filter(|change| change.claims);
    let overridden = claims.find_map(|change| snapshot.overridden(&change.object, &change.field));
    overridden.and_then(|why| refused("hold", why))
}

/// How far spend may still rise in one run. Cuts of the same run give nothing back: they may fail.
pub(super) struct Headroom<'a> {
    snapshot: &'a Snapshot,
    tree: &'a Tree<'a>,
    mornings: &'a BTreeMap<String, Morning>,
    /// What rules held when the day began, of what is still in git: it may come back, and nothing else takes its room.
    held: BTreeMap<&'a str, Spend>,
    /// Budgets of what runs, by account, with what was let through.
    sums: BTreeMap<AccountKey, Spend>,
    /// The same with what rules hold since before the day began, which may run again at any time: its room is no other's.
    walled: BTreeMap<AccountKey, Sum>,
    /// What this run resumes.
    resumed: BTreeSet<Address>,
    /// What this run resumes, and what rules hold.
    reserved: BTreeSet<Address>,
    /// Amounts that worst days may not pass.
    caps: Caps<'a>,
}

/// What an intent adds, by account.
type Rises = BTreeMap<AccountKey, Sum>;

impl<'a> Headroom<'a> {
    /// Over what is live together with what is on its way ([`foreseen`](super::coming::foreseen)), since the day began.
    pub(super) fn new(tree: &'a Tree<'a>, memory: &'a Memory) -> Self {
        let snapshot = tree.snapshot;
        // What the day began with as held stays so, also where a rule let go of it since and nothing runs it yet.
        let mut reserved = held(snapshot, memory);
        let morning = memory.mornings.values().flat_map(|morning| morning.holding.keys());
        reserved.extend(morning.filter(|address| snapshot.objects.contains_key(*address)).cloned());
        let holding = |morning: &Morning| {
            let still = morning.holding.iter().filter(|(address, _)| snapshot.objects.contains_key(*address));
            still.map(|(_, spend)| *spend).fold(Spend::default(), Spend::plus)
        };
        let held = memory.mornings.iter().map(|(key, morning)| (key.as_str(), holding(morning)));
        Self {
            snapshot,
            tree,
            mornings: &memory.mornings,
            held: held.collect(),
            sums: tree.totals(&BTreeSet::new()),
            walled: tree.sums(&reserved),
            resumed: BTreeSet::new(),
            reserved,
            caps: Caps::new(snapshot),
        }
    }

    /// Lets an intent through and counts it, or says why not.
    pub(super) fn take(&mut self, intent: &Intent) -> Result<(), String> {
        // What lets a platform spend more in a way that no budget bounds rises by nothing and needs its inputs all the same.
        self.known(intent)?;
        let rises = self.rises(intent, &self.resumed);
        let (mut after, mut walled) = (self.sums.clone(), self.walled.clone());
        for (key, rise) in self.rises(intent, &self.reserved) {
            let sum = walled.entry(key).or_default();
            *sum = sum.plus(rise);
        }
        for (key, rise) in &rises {
            let sum = after.entry(key.clone()).or_default();
            *sum = sum.plus(rise.all());
            self.day(key, rise.all(), walled.get(key).copied().unwrap_or_default())?;
        }
        self.caps.check(&after, rises.keys())?;
        self.sums = after;
        self.walled = walled;
        for change in intent.changes.iter().filter(|change| change.change == Change::Resume) {
            self.resumed.insert(change.object.clone());
            self.reserved.insert(change.object.clone());
        }
        Ok(())
    }

    /// What an intent adds while these run as well. A resume adds all that begins to run with it.
    fn rises(&self, intent: &Intent, running: &BTreeSet<Address>) -> Rises {
        let mut rises = Rises::new();
        for change in &intent.changes {
            let adds = match &change.change {
                Change::Resume => self.tree.rise(&change.object, running),
                Change::Budget { cadence, .. } => Sum::git(Spend::of(*cadence, change.daily)),
                _ => Sum::default(),
            };
            let sum = rises.entry(change.object.account_key()).or_default();
            *sum = sum.plus(adds);
        }
        rises.retain(|_, sum| {
            *sum = sum.rise();
            *sum != Sum::default()
        });
        rises
    }

    /// Whether every object runs must be known: what is not known cannot be added up.
    fn known(&self, intent: &Intent) -> Result<(), String> {
        let accounts: BTreeSet<AccountKey> =
            intent.changes.iter().map(|change| change.object.account_key()).collect();
        accounts.iter().find_map(|key| self.caps.unknown(key)).map_or(Ok(()), Err)
    }

    /// The wall: what an account's day began with, a share more, and what rules held then. What is not in git counts by
    /// how much it is more since ([`strangers`](super::strangers)).
    fn day(&self, key: &AccountKey, rise: Spend, after: Sum) -> Result<(), String> {
        let account =
            self.snapshot.accounts.get(key).ok_or_else(|| format!("nothing is known of account {key}"))?;
        let name = key.to_string();
        let morning = self.mornings.get(&name);
        let held = self.held.get(name.as_str()).copied().unwrap_or_default();
        let began = account.baseline.zip(morning);
        let (baseline, morning) =
            began.ok_or_else(|| format!("what account {} could spend at midnight is not known", key.name))?;
        if rise.daily > 0 {
            let of = (after.git.daily, after.grown.daily);
            self.wall("daily", (key, account), of, (baseline, held.daily))?;
        }
        if rise.total > 0 {
            let of = (after.git.total, after.grown.total);
            self.wall("total", (key, account), of, (morning.total, held.total))?;
        }
        Ok(())
    }

    fn wall(
        &self,
        cadence: &str,
        (key, account): (&AccountKey, &AccountState),
        (git, grown): (i64, i64),
        (began, held): (i64, i64),
    ) -> Result<(), String> {
        let max_rise = self.snapshot.guards.spend.of(key).max_rise();
        let most = i128::from(began) * (WHOLE + i128::from(max_rise)) / WHOLE + i128::from(held);
        let sum = i128::from(git) + i128::from(grown);
        if sum <= most {
            return Ok(());
        }
        let shown =
            |micros: i128| Money::from_micros(i64::try_from(micros).unwrap_or(i64::MAX), account.currency);
        let with_held = if held > 0 {
            format!(" with {} that rules held then", shown(i128::from(held)))
        } else {
            String::new()
        };
        let outside = if grown > 0 {
            format!(", {} of it outside git since midnight", shown(i128::from(grown)))
        } else {
            String::new()
        };
        Err(format!(
            "{cadence} budgets of account {} would come to {}{outside}; {} at midnight and {} % more{with_held} are {}",
            key.name,
            shown(sum),
            shown(i128::from(began)),
            percent(max_rise),
            shown(most)
        ))
    }
}

/// Whether an intent needs the spend guard: whether any of its changes can let more be spent.
pub(super) fn needs_headroom(intent: &Intent) -> bool {
    intent.changes.iter().any(|change| change.direction.raises() || change.daily > 0)
}
