//! Deciding a pool's day.

use std::collections::BTreeMap;

use super::position::{Position, exposed, sum, times};
use super::share::{self, Part};
use super::{Allotment, Given, Look, Member, Pool, Share, Standing, Term, WHOLE};
use crate::address::Address;
use crate::metrics::Day;
use crate::money::Money;
use crate::pacing::{Adjustment, Cap, PaceRequest, Paced, Pattern, Period, Settings, State, pace};

use super::outcome::UNKNOWN;
pub(super) use super::outcome::{Answer, Binds};

/// Allots a pool's money of a day.
pub fn allot(pool: &Pool, members: &[Member], look: Look, given: &Given) -> Allotment {
    let today = look.day;
    let mut all: Vec<&Member> = members.iter().collect();
    all.sort_by(|one, other| (&one.object, one.left).cmp(&(&other.object, other.left)));
    let position = Position::of(pool, &all, today, given);
    let looked = given.get(&today).map_or(look.passed, |first| first.looked);
    let (members, left) = all.into_iter().partition(|member| member.left.is_none());
    let case = Case { pool, members, left, today, looked, given, position };
    let mut allotment = case.nothing();
    let (first, last) = case.position.period;
    if today < first {
        allotment.standing = Standing::NotBegun;
        allotment.answers.push(Answer::new("not-begun", format!("the period begins on {first}")));
        return allotment;
    }
    if today > last {
        allotment.standing = Standing::Ended;
        allotment.answers.push(Answer::new("period-over", format!("the period ended on {last}")));
        if pool.is_hard() {
            pause(&case.all_running(), &mut allotment);
        }
        return allotment;
    }
    case.tell_gaps(&mut allotment);
    case.tell_left(&mut allotment);
    match case.paced() {
        Ok(paced) => case.hand_out(&paced, &mut allotment),
        Err(why) => allotment.answers.push(Answer::new("not-paced", why)),
    }
    allotment
}

/// The question, with what follows from it at once.
pub(super) struct Case<'a> {
    pub(super) pool: &'a Pool,
    /// Those that draw on it, by address.
    pub(super) members: Vec<&'a Member>,
    /// Those that do no more.
    pub(super) left: Vec<&'a Member>,
    pub(super) today: Day,
    pub(super) looked: u32,
    pub(super) given: &'a Given,
    pub(super) position: Position,
}

impl<'a> Case<'a> {
    pub(super) fn money(&self, micros: i64) -> Money {
        self.pool.money(micros)
    }

    /// Those that run, whoever decides their amounts.
    fn all_running(&self) -> Vec<&'a Member> {
        self.members.iter().copied().filter(|member| member.runs).collect()
    }

    /// Those that run and that the pool moves.
    pub(super) fn running(&self) -> Vec<&'a Member> {
        self.members.iter().copied().filter(|member| member.runs && !member.pinned).collect()
    }

    /// Those that run by a person's amount.
    pub(super) fn pinned(&self) -> Vec<&'a Member> {
        self.members.iter().copied().filter(|member| member.runs && member.pinned).collect()
    }

    /// What was in force when the day began.
    pub(super) fn exposed(&self, member: &Member) -> i64 {
        exposed(member, self.position.period.0, self.today, self.given)
    }

    /// Everything as it is.
    fn nothing(&self) -> Allotment {
        let position = &self.position;
        let spent = position.spent().saturating_add(position.today);
        let share = |member: &&Member| {
            let binds = (!member.runs).then_some(Binds::Idle);
            let (before, now) = (self.exposed(member), member.in_force);
            let (most, looked) = (self.given_before(&member.object), self.looked(member));
            let gave = self.looks_gave(&member.object);
            let share = Share { before, now, after: None, paused: member.held, binds, most, gave, looked };
            (member.object.clone(), share)
        };
        Allotment {
            standing: Standing::Unknown,
            day: self.today,
            looked: self.looked,
            period: position.period,
            spent,
            assumed: position.assumed,
            left: self.pool.amount.micros().saturating_sub(spent).max(0),
            planned: None,
            budget: None,
            adjustments: Vec::new(),
            members: self.members.iter().map(share).collect(),
            answers: Vec::new(),
            days: position.history.range(position.period.0..).map(|(day, one)| (*day, one.spend)).collect(),
        }
    }

    fn tell_gaps(&self, allotment: &mut Allotment) {
        for (object, (first, last)) in &self.position.gaps {
            let days = if first == last { first.to_string() } else { format!("{first} to {last}") };
            let taken = if self.pool.is_hard() { ", so the worst is taken and" } else { ", so" };
            let message =
                format!("what {} spent on {days} is not known{taken} nothing is raised", object.short());
            allotment.answers.push(Answer::new(UNKNOWN, message));
        }
    }

    fn tell_left(&self, allotment: &mut Allotment) {
        for member in &self.left {
            let own =
                |day: &Day| self.position.period.0 <= *day && member.left.is_some_and(|left| *day <= left);
            let days = member.days.iter().filter(|(day, _)| own(day)).map(|(_, figures)| figures.spend);
            let (name, spent) = (member.object.short(), sum(days.chain(member.today)));
            if member.leaves {
                let (amount, spent) = (self.money(member.in_force), self.money(spent));
                let message = format!(
                    "{name} draws on the pool no more and is not known to be stopped: {spent} that it spent counts, and \
                     {amount} a day until it is"
                );
                allotment.answers.push(Answer::new("member-leaves", message));
            } else if spent > 0 {
                let spent = self.money(spent);
                let message = format!("{name} draws on the pool no more, and {spent} that it spent counts");
                allotment.answers.push(Answer::new("member-left", message));
            }
        }
    }

    /// The pool's day. A hard pool's amount must be safe for the hours of tomorrow in which it is still in force.
    fn paced(&self) -> Result<Paced, String> {
        let (first, last) = self.position.period;
        let factor = self.over_delivery();
        let nights = times(i64::from(factor), WHOLE + self.tomorrow());
        let over_delivery = u32::try_from(nights).unwrap_or(u32::MAX);
        let period = Period {
            first,
            last,
            target: self.pool.amount.micros(),
            pattern: self.pattern(),
            flights: Vec::new(),
            cap: if self.pool.is_hard() { Cap::Hard { over_delivery } } else { Cap::Soft },
        };
        let request = PaceRequest {
            period: &period,
            today: self.today,
            spent_today: Some(self.position.today),
            history: &self.position.history,
            settings: Settings::default(),
        };
        let mut paced = pace(&request).map_err(|why| why.to_string())?;
        let most = self.most();
        if self.pool.is_hard() && paced.budget > most {
            paced.budget = most;
            if !paced.adjustments.contains(&Adjustment::HardCap) {
                paced.adjustments.push(Adjustment::HardCap);
            }
        }
        Ok(paced)
    }

    /// The pattern of this period: of a month's own weights those of its days.
    fn pattern(&self) -> Pattern {
        match (&self.pool.pattern, self.pool.term) {
            (Pattern::Custom(weights), Term::Month) => {
                let days = usize::try_from(self.position.period.1.day()).unwrap_or(weights.len());
                Pattern::Custom(weights.iter().copied().take(days).collect())
            }
            (pattern, _) => pattern.clone(),
        }
    }

    fn hand_out(&self, paced: &Paced, allotment: &mut Allotment) {
        let known = allotment.spent.saturating_sub(self.position.assumed);
        allotment.standing = match paced.state {
            _ if known >= self.pool.amount.micros() => Standing::Exhausted,
            _ if !self.position.is_known() => Standing::Unknown,
            State::OnTrack => Standing::OnTrack,
            State::Under => Standing::Under,
            State::Over => Standing::Over,
            State::Exhausted => Standing::Exhausted,
            State::Unknown => Standing::Unknown,
        };
        allotment.planned = Some((paced.planned, paced.spent));
        allotment.budget = Some(paced.budget);
        allotment.adjustments.clone_from(&paced.adjustments);
        let used_up = paced.state == State::Exhausted;
        if used_up {
            allotment.answers.push(Answer::new("exhausted", format!("{} is used up", self.pool.amount)));
        }
        if used_up && self.pool.is_hard() {
            return pause(&self.all_running(), allotment);
        }
        if self.all_running().is_empty() {
            allotment.answers.push(Answer::new("no-member-runs", "no campaign of the pool runs"));
            return;
        }
        let decided = self.count_pinned(allotment).saturating_add(self.leaving());
        let rest = paced.budget.saturating_sub(decided).max(0);
        if self.running().is_empty() {
            return;
        }
        match share::parts(self, rest, &mut allotment.answers) {
            Ok(mut parts) => {
                self.once_a_day(&mut parts.each, allotment);
                self.give(rest.saturating_sub(parts.unspent), &parts.each, allotment);
            }
            Err(small) => self.too_small(rest, &small, allotment),
        }
    }

    fn give(&self, budget: i64, parts: &BTreeMap<Address, Part>, allotment: &mut Allotment) {
        for member in self.running() {
            let (Some(part), Some(share)) =
                (parts.get(&member.object), allotment.members.get_mut(&member.object))
            else {
                continue;
            };
            let unknown = !self.position.is_known();
            if unknown && member.held {
                share.binds = Some(Binds::Unknown);
                continue;
            }
            if part.amount < member.min {
                (share.after, share.paused, share.binds) = (None, true, part.binds);
                continue;
            }
            let refused = unknown && part.amount > member.in_force;
            share.paused = false;
            share.after = Some(if refused { member.in_force } else { part.amount });
            share.binds = if refused { Some(Binds::Unknown) } else { part.binds };
        }
        let given = sum(allotment.members.values().filter_map(|share| share.after));
        let left = budget.saturating_sub(given);
        let rounding = sum(self.members.iter().map(|member| member.step.max(1)));
        let limited = allotment.members.values().any(|share| share.binds == Some(Binds::GivenToday));
        if left >= rounding && self.position.is_known() && !limited {
            let at: Vec<String> = allotment
                .members
                .iter()
                .filter(|(_, share)| matches!(share.binds, Some(Binds::Maximum | Binds::Step | Binds::Cap)))
                .filter_map(|(object, share)| {
                    Some(format!("{} at {} ({})", object.short(), self.money(share.after?), share.binds?))
                })
                .collect();
            let message =
                format!("{} of today's money fits nowhere; {} bind", self.money(left), at.join(", "));
            allotment.answers.push(Answer::new("infeasible", message));
        }
    }

    /// The least that the members take is above what there is.
    fn too_small(&self, budget: i64, needed: &share::TooLittle, allotment: &mut Allotment) {
        let each: Vec<String> = self
            .running()
            .iter()
            .map(|one| format!("{} at {}", one.object.short(), self.money(one.min)))
            .collect();
        let outcome = if self.pool.is_hard() { "all are paused" } else { "they get just that" };
        let message = format!(
            "the campaigns take at least {} a day together, and today has {}: {outcome}; the minimums bind: {}",
            self.money(needed.0),
            self.money(budget),
            each.join(", ")
        );
        allotment.answers.push(Answer::new("infeasible", message));
        if self.pool.is_hard() {
            return pause(&self.running(), allotment);
        }
        for member in self.running() {
            if let Some(share) = allotment.members.get_mut(&member.object) {
                share.after =
                    Some(if self.position.is_known() { member.min } else { member.min.min(member.in_force) });
                share.binds = Some(Binds::Minimum);
                share.paused = false;
            }
        }
    }
}

fn pause(members: &[&Member], allotment: &mut Allotment) {
    for member in members {
        if let Some(share) = allotment.members.get_mut(&member.object) {
            (share.after, share.paused, share.binds) = (None, true, Some(Binds::Exhausted));
        }
    }
}
