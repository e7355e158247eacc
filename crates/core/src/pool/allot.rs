//! Deciding a pool's day.

use std::collections::BTreeMap;
use std::fmt;

use super::position::{Position, WHOLE, exposed, scaled, sum, times};
use super::share::{self, Part};
use super::{Given, Look, Member, Pool};
use crate::address::Address;
use crate::metrics::Day;
use crate::money::Money;
use crate::pacing::{Adjustment, Cap, PaceRequest, Paced, Period, Settings, State, pace};

/// Where a pool's period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has not begun.
    NotBegun,
    /// No full day of it has passed, or what was spent is not known.
    Unknown,
    /// Near the plan.
    OnTrack,
    /// Behind it.
    Under,
    /// Ahead of it.
    Over,
    /// The amount is reached.
    Exhausted,
    /// It is over.
    Ended,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NotBegun => "notBegun",
            Self::Unknown => "unknown",
            Self::OnTrack => "onTrack",
            Self::Under => "under",
            Self::Over => "over",
            Self::Exhausted => "exhausted",
            Self::Ended => "ended",
        })
    }
}

/// Something that a pool has to say beside its amounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// A stable word for programs.
    pub code: &'static str,
    /// A sentence for people.
    pub message: String,
}

impl Answer {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// What keeps a member's amount from going further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binds {
    /// Its minimum.
    Minimum,
    /// Its maximum.
    Maximum,
    /// The largest raise at once.
    Step,
    /// What was spent is not known, so nothing is raised.
    Unknown,
    /// The pool is used up, and what is left could be broken.
    Exhausted,
    /// It does not run.
    Idle,
}

impl fmt::Display for Binds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Minimum => "minimum",
            Self::Maximum => "maximum",
            Self::Step => "largest step",
            Self::Unknown => "spend not known: no raise",
            Self::Exhausted => "pool used up: paused",
            Self::Idle => "does not run",
        })
    }
}

/// What a member gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    /// Micros in force when the day began.
    pub before: i64,
    /// Micros in force now.
    pub now: i64,
    /// Micros a day from now on; `None` leaves what is in force.
    pub after: Option<i64>,
    /// Whether the pool pauses it, or goes on to.
    pub paused: bool,
    /// What binds.
    pub binds: Option<Binds>,
}

/// What a pool gives on a day, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allotment {
    /// Where its period stands.
    pub standing: Standing,
    /// The day.
    pub day: Day,
    /// How much of it had passed at its first look, in basis points.
    pub looked: u32,
    /// First and last day of the period.
    pub period: (Day, Day),
    /// Micros spent in the period, with today's as far as it is told.
    pub spent: i64,
    /// Of these, micros that nobody told and a hard pool takes as spent.
    pub assumed: i64,
    /// Micros left; 0 where it is used up.
    pub left: i64,
    /// Micros that the plan had spent by the end of yesterday, and that were.
    pub planned: Option<(i64, i64)>,
    /// Micros that all members together may spend on this day.
    pub budget: Option<i64>,
    /// What moved that away from its plain share of what is left.
    pub adjustments: Vec<Adjustment>,
    /// Every member.
    pub members: BTreeMap<Address, Share>,
    /// What else is to be said.
    pub answers: Vec<Answer>,
    /// Micros spent by day of the period, as taken.
    pub days: BTreeMap<Day, i64>,
}

/// An hour, of which the next look may be late, in basis points of a day.
const LATE: u32 = 417;
/// Days whose first looks say when tomorrow's will be.
const LOOKS: usize = 7;

/// Allots a pool's money of a day.
pub fn allot(pool: &Pool, members: &[Member], look: Look, given: &Given) -> Allotment {
    let today = look.day;
    let mut members: Vec<&Member> = members.iter().collect();
    members.sort_by(|one, other| one.object.cmp(&other.object));
    let position = Position::of(pool, &members, today, given);
    let looked = given.get(&today).map_or(look.passed, |first| first.looked);
    let case = Case { pool, members, today, looked, given, position };
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
            case.pause(&mut allotment);
        }
        return allotment;
    }
    case.tell_gaps(&mut allotment);
    match case.paced() {
        Ok(paced) => case.hand_out(&paced, &mut allotment),
        Err(why) => allotment.answers.push(Answer::new("not-paced", why)),
    }
    allotment
}

/// A whole day in basis points.
const WHOLE_DAY: u32 = 10_000;

/// How much of a day's worst may be spent in so much of it: twice its share, as days are not even.
fn worst(passed: u32) -> u32 {
    passed.saturating_add(LATE).saturating_mul(2).min(WHOLE_DAY)
}

/// The question, with what follows from it at once.
pub(super) struct Case<'a> {
    pub(super) pool: &'a Pool,
    /// By address.
    pub(super) members: Vec<&'a Member>,
    pub(super) today: Day,
    looked: u32,
    pub(super) given: &'a Given,
    pub(super) position: Position,
}

impl<'a> Case<'a> {
    pub(super) fn money(&self, micros: i64) -> Money {
        self.pool.money(micros)
    }

    pub(super) fn running(&self) -> Vec<&'a Member> {
        self.members.iter().copied().filter(|member| member.runs).collect()
    }

    /// What was in force when the day began.
    pub(super) fn exposed(&self, member: &Member) -> i64 {
        exposed(member, self.position.period.0, self.today, self.given)
    }

    /// The largest factor of over-delivery among those that run.
    fn over_delivery(&self) -> u32 {
        let all = self.members.iter().filter(|member| member.runs).map(|member| member.over_delivery);
        all.max().unwrap_or(0).max(10_000)
    }

    /// Everything as it is.
    fn nothing(&self) -> Allotment {
        let position = &self.position;
        let spent = position.spent().saturating_add(position.today);
        let share = |member: &&Member| {
            let binds = (!member.runs).then_some(Binds::Idle);
            let (before, now) = (self.exposed(member), member.in_force);
            let share = Share { before, now, after: None, paused: member.held, binds };
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
            allotment.answers.push(Answer::new("spend-unknown", message));
        }
    }

    /// The pool's day. A hard pool's amount must be safe for the hours of tomorrow in which it is still in force.
    fn paced(&self) -> Result<Paced, String> {
        let (first, last) = self.position.period;
        let factor = self.over_delivery();
        let nights = times(i64::from(factor), WHOLE_DAY + self.tomorrow());
        let over_delivery = u32::try_from(nights).unwrap_or(u32::MAX);
        let period = Period {
            first,
            last,
            target: self.pool.amount.micros(),
            pattern: self.pool.pattern.clone(),
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
        let most = self.most(factor);
        if self.pool.is_hard() && paced.budget > most {
            paced.budget = most;
            if !paced.adjustments.contains(&Adjustment::HardCap) {
                paced.adjustments.push(Adjustment::HardCap);
            }
        }
        Ok(paced)
    }

    /// The most that a hard pool can give: a worst day of it, after what was in force until today's first look, and with
    /// the hours until tomorrow's.
    fn most(&self, factor: u32) -> i64 {
        let left = self.pool.amount.micros().saturating_sub(self.position.spent()).max(0);
        let exposed = sum(self.members.iter().map(|member| self.exposed(member)));
        let free = scaled(left, WHOLE, i64::from(factor)).saturating_sub(times(exposed, worst(self.looked)));
        scaled(free.max(0), WHOLE, i64::from(WHOLE_DAY + self.tomorrow()))
    }

    /// How much of a worst day tomorrow may see before its first look, in basis points; nothing after the period.
    fn tomorrow(&self) -> u32 {
        if self.today == self.position.period.1 {
            return 0;
        }
        let before = self.given.range(..self.today).rev().take(LOOKS).map(|(_, day)| day.looked);
        worst(before.fold(self.looked, u32::max))
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
            return self.pause(allotment);
        }
        if self.running().is_empty() {
            allotment.answers.push(Answer::new("no-member-runs", "no campaign of the pool runs"));
            return;
        }
        match share::parts(self, paced.budget, &mut allotment.answers) {
            Ok(parts) => self.give(&parts, allotment),
            Err(small) => self.too_small(paced.budget, &small, allotment),
        }
    }

    fn give(&self, parts: &BTreeMap<Address, Part>, allotment: &mut Allotment) {
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
            let refused = unknown && part.amount > member.in_force;
            share.paused = false;
            share.after = Some(if refused { member.in_force } else { part.amount });
            share.binds = if refused { Some(Binds::Unknown) } else { part.binds };
        }
        let given = sum(allotment.members.values().filter_map(|share| share.after));
        let left = allotment.budget.unwrap_or(0).saturating_sub(given);
        let rounding = sum(self.members.iter().map(|member| member.step.max(1)));
        if left >= rounding && self.position.is_known() {
            let at: Vec<String> = allotment
                .members
                .iter()
                .filter(|(_, share)| matches!(share.binds, Some(Binds::Maximum | Binds::Step)))
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
            return self.pause(allotment);
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

    fn pause(&self, allotment: &mut Allotment) {
        for member in self.running() {
            if let Some(share) = allotment.members.get_mut(&member.object) {
                (share.after, share.paused, share.binds) = (None, true, Some(Binds::Exhausted));
            }
        }
    }
}
