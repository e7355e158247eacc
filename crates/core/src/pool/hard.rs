//! What a hard pool can give, so that it is never spent beyond its amount.
//!
//! A platform's worst day is its factor times the largest amount that was in force on it. Before it counts what was in
//! force from midnight to the day's first look, and after it the hours of tomorrow in which the amount is still in force:
//! each with the clock of the campaign's own account.

use std::collections::{BTreeMap, BTreeSet};

use super::allot::{Answer, Binds, Case};
use super::position::{given_on, scaled, sum, times};
use super::share::Part;
use super::{Allotment, Member, WHOLE};
use crate::address::Address;

/// An hour, of which the next look may be late, in basis points of a day.
const LATE: u32 = 417;
/// Days whose first looks say when tomorrow's will be.
const LOOKS: usize = 7;

/// How much of a day's worst may be spent in so much of it: twice its share, as days are not even. What is beyond a day
/// counts as the next one's.
pub(super) fn worst(passed: u32) -> u32 {
    let part = (passed % WHOLE).saturating_add(LATE).saturating_mul(2).min(WHOLE);
    (passed - passed % WHOLE).saturating_add(part)
}

impl Case<'_> {
    /// The largest factor of over-delivery among those whose amounts count.
    pub(super) fn over_delivery(&self) -> u32 {
        let counts = |member: &&&Member| {
            member.runs || member.leaves || self.exposed(member) > 0 || self.given_before(&member.object) > 0
        };
        let all = self.members.iter().chain(&self.left).filter(counts).map(|member| member.over_delivery);
        all.max().unwrap_or(0).max(WHOLE)
    }

    /// How much of the day had passed for a member at the day's first look.
    pub(super) fn looked(&self, member: &Member) -> u32 {
        given_on(self.given, self.today, &member.object).map_or(member.passed, |first| first.looked)
    }

    /// The most that an object was given before on this day: by the pool, or since by a person or git. What came to run
    /// after the first look was not given anything; that it runs counts as what was in force before this look.
    pub(super) fn given_before(&self, object: &Address) -> i64 {
        let Some(given) = given_on(self.given, self.today, object) else { return 0 };
        let running = self.members.iter().find(|member| member.object == *object && member.runs);
        let now = running.filter(|member| !member.held).map_or(0, |member| member.in_force);
        given.most.max(given.amount).max(now)
    }

    /// The most that a look of this day gave an object: so much it may have again.
    pub(super) fn looks_gave(&self, object: &Address) -> i64 {
        let given = given_on(self.given, self.today, object);
        given.map_or(0, |given| given.gave.unwrap_or(given.most).max(given.amount))
    }

    /// What those may spend a day that draw on the pool no more and still run: nobody gives it to anybody else.
    pub(super) fn leaving(&self) -> i64 {
        sum(self.left.iter().filter(|member| member.leaves).map(|member| member.in_force))
    }

    /// What the same may spend of this day: the most that was in force on it, though it was lowered before they left.
    fn leaving_today(&self) -> i64 {
        let is_here = |object: &Address| self.members.iter().any(|member| member.object == *object);
        let most = |member: &Member| match given_on(self.given, self.today, &member.object) {
            // What was given to one that has taken its address counts there.
            Some(given) if !is_here(&member.object) => member.in_force.max(given.most).max(given.amount),
            _ => member.in_force,
        };
        sum(self.left.iter().filter(|member| member.leaves).map(|member| most(member)))
    }

    /// What a worst day has room for: what is left, after what was in force until today's first look.
    fn room(&self) -> i64 {
        let left = self.pool.amount.micros().saturating_sub(self.position.spent()).max(0);
        let here: BTreeSet<&Address> = self.members.iter().map(|member| &member.object).collect();
        let left_here = self.left.iter().filter(|member| member.leaves || !here.contains(&member.object));
        let exposed = self.members.iter().chain(left_here);
        let exposed = sum(exposed.map(|member| times(self.exposed(member), worst(self.looked(member)))));
        let day = scaled(left, i64::from(WHOLE), i64::from(self.over_delivery()));
        day.saturating_sub(exposed).max(0)
    }

    /// The most that a hard pool can give from a first look on: a worst day of it, and the hours until tomorrow's look.
    pub(super) fn most(&self) -> i64 {
        scaled(self.room(), i64::from(WHOLE), i64::from(WHOLE + self.tomorrow()))
    }

    /// How much of a worst day tomorrow may see before its first look, in basis points; nothing after the period.
    pub(super) fn tomorrow(&self) -> u32 {
        if self.today == self.position.period.1 {
            return 0;
        }
        let latest = |member: &&Member| {
            let days = self.given.range(..self.today).rev().take(LOOKS);
            let looks =
                days.map(|(_, day)| day.amounts.get(&member.object).map_or(day.looked, |one| one.looked));
            looks.fold(self.looked(member), u32::max)
        };
        let running = self.members.iter().filter(|member| member.runs).map(latest);
        worst(running.max().unwrap_or(self.looked))
    }

    /// Everybody to whom something is or was given on this day; what those have that wait for their removal counts apart.
    fn objects(&self) -> BTreeSet<&Address> {
        let before = self.given.get(&self.today).into_iter().flat_map(|today| today.amounts.keys());
        let leaves = |object: &&Address| self.left.iter().any(|one| one.leaves && one.object == **object);
        let before = before.filter(|object| !leaves(object));
        self.members.iter().map(|member| &member.object).chain(before).collect()
    }

    /// A later look of a day gives only what no look gave before: of several amounts the largest counts.
    pub(super) fn once_a_day(&self, parts: &mut BTreeMap<Address, Part>, allotment: &mut Allotment) {
        if !self.pool.is_hard() || !self.given.contains_key(&self.today) {
            return;
        }
        let leaving = self.leaving();
        let before = sum(self.objects().into_iter().map(|object| self.given_before(object)));
        let before = before.saturating_add(self.leaving_today());
        let pinned = self.pinned().into_iter().map(|member| member.in_force);
        let amounts = sum(parts.values().map(|part| part.amount).chain(pinned)).saturating_add(leaving);
        let free = self.room().saturating_sub(before).saturating_sub(times(amounts, self.tomorrow())).max(0);
        // What nobody looked at counts as spent, and is given to nobody for that.
        let more = |(object, part): (&Address, &Part)| (part.amount - self.looks_gave(object)).max(0);
        let wanted = sum(parts.iter().map(more));
        if wanted <= free {
            return;
        }
        for member in self.running() {
            let (had, step) = (self.looks_gave(&member.object), member.step.max(1));
            let Some(part) = parts.get_mut(&member.object).filter(|part| part.amount > had) else { continue };
            let amount = had + scaled(part.amount - had, free, wanted);
            *part = Part { amount: (amount - amount % step).max(had), binds: Some(Binds::GivenToday) };
        }
        let message = format!(
            "{} was given before on this day, and a hard pool gives no money twice: {} is free for others",
            self.money(before),
            self.money(free)
        );
        allotment.answers.push(Answer::new("given-today", message));
    }

    /// Counts what people's overrides put in force; micros of it. A hard pool pauses what could break it.
    pub(super) fn count_pinned(&self, allotment: &mut Allotment) -> i64 {
        let (wait, pinned): (Vec<&Member>, Vec<&Member>) =
            self.pinned().into_iter().partition(|member| member.held && !self.position.is_known());
        for member in wait {
            bind(allotment, member, true, Binds::Unknown);
        }
        let leaving = self.leaving();
        let all = sum(pinned.iter().map(|member| member.in_force)).saturating_add(leaving);
        let before = |object: &Address| {
            given_on(self.given, self.today, object).map_or(0, |given| given.most.max(given.amount))
        };
        let with = |object: &Address| {
            let now = pinned.iter().find(|member| member.object == *object);
            before(object).max(now.map_or(0, |member| member.in_force))
        };
        let day = sum(self.objects().into_iter().map(with)).saturating_add(self.leaving_today());
        let day = day.saturating_add(times(all, self.tomorrow()));
        let mut counts = 0_i64;
        for member in pinned {
            let more = member.in_force > self.looks_gave(&member.object);
            let breaks = self.pool.is_hard() && (all > self.most() || (more && day > self.room()));
            let (binds, outcome) = if breaks {
                (Binds::Exhausted, "a worst day of that could break the pool, so it is paused")
            } else {
                counts = counts.saturating_add(member.in_force);
                (Binds::Pinned, "that counts as given")
            };
            bind(allotment, member, breaks, binds);
            let (name, amount) = (member.object.short(), self.money(member.in_force));
            let message = format!("an override keeps {name} at {amount} a day: {outcome}");
            allotment.answers.push(Answer::new("pinned", message));
        }
        counts
    }
}

fn bind(allotment: &mut Allotment, member: &Member, paused: bool, binds: Binds) {
    if let Some(share) = allotment.members.get_mut(&member.object) {
        (share.paused, share.binds) = (paused, Some(binds));
    }
}
