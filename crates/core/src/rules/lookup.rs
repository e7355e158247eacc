//! What the expressions of a rule find on one object, and why they do not.

use std::collections::BTreeSet;
use std::sync::Arc;

use compact_str::{CompactString, ToCompactString as _, format_compact};
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::evaluate::Placed;
use super::figure::{Figure, conversions};
use super::outage::Outage;
use super::peers::{self, Peers};
use super::record::{Truth, Used};
use super::rule::{Expression, Rule, Template};
use super::slot::{Chance, Effect, Fact, Holder, Shape, Slot};
use super::snapshot::{AccountState, Budget, Cadence, ObjectState, Ownership, Snapshot, WindowSums};
use super::spend::Tree;
use super::unknown::{RUNNING, Unknown};
use crate::address::{Address, Platform};
use crate::cel::Lookup;
use crate::cel::eval::{Evaluation, Trouble, Val};
use crate::metrics::{self, Sums, Window};
use crate::money::Money;
use crate::time::Zone;

/// One object with everything around it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) rule: &'a Rule,
    pub(super) address: &'a Address,
    pub(super) object: &'a ObjectState,
    /// What it lies in, where that is known.
    pub(super) parent: Option<&'a ObjectState>,
    /// The same number for all that lie in the same.
    pub(super) nest: usize,
    /// Whether it and everything it lies in runs, where that is known.
    pub(super) runs: Option<bool>,
    pub(super) account: &'a AccountState,
    pub(super) peers: &'a Peers<'a>,
    pub(super) tree: &'a Tree<'a>,
    /// What its account did not count, where its tracking is or was probably broken.
    pub(super) outage: Option<&'a Outage>,
}

/// What an intent would change, in micros a day.
#[derive(Clone, Copy)]
pub(super) struct Effects<'a> {
    pub(super) daily: i64,
    pub(super) action: &'a str,
}

/// What one expression looks up, with the values that it met.
pub(super) struct Seen<'a> {
    subject: Subject<'a>,
    slots: &'a [Slot],
    /// What values are noted under, by slot; nothing where nobody reads them.
    names: &'a [Arc<str>],
    effects: Option<Effects<'a>>,
    used: Vec<Used>,
}

impl<'a> Subject<'a> {
    /// The truth of an expression, with the values that it rests on.
    pub(super) fn truth(
        self,
        expression: &'a Expression,
        effects: Option<Effects<'a>>,
    ) -> (Truth, Vec<Used>) {
        let Expression { code, slots, names, .. } = expression;
        let used = Vec::with_capacity(slots.len());
        let seen = Seen { subject: self, slots, names, effects, used };
        let mut evaluation = Evaluation::new(seen);
        let truth = match evaluation.holds(code) {
            Ok(true) => Truth::True,
            Ok(false) => Truth::False,
            Err(trouble) => Truth::Unknown(reason(trouble)),
        };
        (truth, evaluation.lookup.used)
    }

    /// The value of an expression.
    pub(super) fn value(self, expression: &'a Expression) -> Result<Val<'a>, Unknown> {
        let seen = Seen::unread(self, &expression.slots);
        Evaluation::new(seen).value(&expression.code).map_err(reason)
    }

    /// A text filled in.
    pub(super) fn fill(self, template: &'a Template) -> String {
        let seen = Seen::unread(self, &template.slots);
        template.message.fill(&mut Evaluation::new(seen))
    }

    /// Sums over a window of the object or of what is around it.
    pub(super) fn sums(self, of: Holder, window: Window) -> Result<Sums, Unknown> {
        match of {
            Holder::Own => self.fresh(self.object.windows.get(&window)),
            Holder::Parent => self.fresh(self.parent()?.windows.get(&window)),
            Holder::Account => self.fresh(self.account.windows.get(&window)),
            Holder::Peers => self.peers.sums(self, window),
        }
    }

    fn fresh(self, sums: Option<&WindowSums>) -> Result<Sums, Unknown> {
        let sums = sums.ok_or(Unknown::NotLive("numbers over this window"))?;
        let known = sums.sums.clone()?;
        let as_of = sums.as_of.ok_or(Unknown::NotLive("numbers over this window"))?;
        if self.snapshot.now.duration_since(as_of) > self.rule.require.freshness {
            return Err(metrics::Unknown::Stale { as_of }.into());
        }
        Ok(known)
    }

    fn parent(self) -> Result<&'a ObjectState, Unknown> {
        self.parent.ok_or(Unknown::NoParent)
    }

    /// Peers in scope of the rule, the object itself included.
    pub(super) fn beside(self) -> impl Iterator<Item = &'a Placed<'a>> {
        self.peers.of(self.nest)
    }

    pub(super) fn zone(self) -> &'a Zone {
        self.rule.schedule.zone.as_ref().unwrap_or(&self.account.zone)
    }

    /// Whether a figure rests on conversions that were probably not counted.
    pub(super) fn is_out(self, of: Holder, window: Window, figure: Figure) -> bool {
        let Some(outage) = self.outage.filter(|_| figure.needs_conversions()) else { return false };
        let windows = match of {
            Holder::Own | Holder::Peers => Some(&self.object.windows),
            Holder::Parent => self.parent().ok().map(|parent| &parent.windows),
            Holder::Account => Some(&self.account.windows),
        };
        outage.now || windows.and_then(|known| known.get(&window)).is_some_and(|sums| outage.is_within(sums))
    }

    /// A figure over a window.
    pub(super) fn figure(self, of: Holder, window: Window, figure: Figure) -> Result<Val<'a>, Unknown> {
        if self.is_out(of, window, figure) {
            return Err(Unknown::TrackingOutage);
        }
        if figure.needs_conversions() {
            self.clear(of, window)?;
        }
        match figure {
            Figure::BudgetUse => return self.budget_use(of, window),
            Figure::LeastFrequency => return self.least_frequency(of, window),
            Figure::Count(_) | Figure::Ratio(_) => {}
        }
        figure.value(&self.sums(of, window)?, self.account.currency)
    }

    fn known(self, of: Holder, window: Window) -> Option<&'a WindowSums> {
        let windows = match of {
            Holder::Own | Holder::Peers => &self.object.windows,
            Holder::Parent => &self.parent?.windows,
            Holder::Account => &self.account.windows,
        };
        windows.get(&window)
    }

    /// Whether of an estimated window no day is too young to tell what conversions are to come.
    pub(super) fn clear(self, of: Holder, window: Window) -> Result<(), Unknown> {
        let unclear = self.known(of, window).and_then(|sums| sums.observed?.unclear);
        unclear.map_or(Ok(()), |day| Err(metrics::Unknown::NotSettled(day).into()))
    }

    /// What is known over a window of how often conversions come: those that were counted, beside the part of spend and
    /// clicks that has brought them. What is still to come is no evidence.
    pub(super) fn evidence(self, of: Holder, window: Window) -> Result<Sums, Unknown> {
        let sums = self.sums(of, window)?;
        Ok(self.known(of, window).and_then(|known| known.observed).map_or(sums, |observed| observed.evidence))
    }

    /// What a figure is by what has come in, where it holds what is still to come.
    fn so_far(self, of: Holder, window: Window, figure: Figure) -> Option<Result<Val<'a>, Unknown>> {
        let observed = self.known(of, window)?.observed.filter(|_| figure.needs_conversions())?;
        Some(figure.value(&observed.sums, self.account.currency))
    }

    fn budget_use(self, of: Holder, window: Window) -> Result<Val<'a>, Unknown> {
        let holder = match of {
            Holder::Own => self.object,
            Holder::Parent => self.parent()?,
            Holder::Account | Holder::Peers => return Err(Unknown::NoDailyBudget),
        };
        let spend = self.sums(of, window)?.spend.ok_or(metrics::Unknown::NotTold(metrics::Metric::Spend))?;
        let Budget { amount, cadence, .. } = holder.budget.ok_or(Unknown::NoDailyBudget)?;
        let days = match cadence {
            Cadence::Daily => holder.windows.get(&window).and_then(|sums| sums.days),
            Cadence::Total => window.needs_flight().then_some(1),
        };
        let whole = i128::from(amount.micros()) * i128::from(days.ok_or(Unknown::NoDailyBudget)?);
        if whole <= 0 {
            return Err(Unknown::NoDailyBudget);
        }
        let share = Decimal::from(spend).checked_div(Decimal::from(whole));
        share.map(Val::Decimal).ok_or_else(|| Unknown::Failed("a number does not fit".to_owned()))
    }

    fn fact(self, of: Holder, fact: Fact) -> Result<Val<'a>, Unknown> {
        match (of, fact) {
            (_, Fact::Platform) => return Ok(Val::text(platform(self.account.platform))),
            (_, Fact::Currency) => return Ok(Val::Text(self.account.currency.to_string().into())),
            (_, Fact::TimeZone) => return Ok(Val::text(self.account.zone.name())),
            (Holder::Account, _) => return Ok(Val::text(self.address.account.as_str())),
            _ => {}
        }
        let (address, object) = match of {
            Holder::Parent => (self.object.parent.as_ref().ok_or(Unknown::NoParent)?, self.parent()?),
            _ => (self.address, self.object),
        };
        let budget = |wanted: Cadence| {
            let found = object
                .budget
                .filter(|budget| budget.cadence == wanted)
                .map(|budget| Val::Money(budget.amount));
            found.ok_or(Unknown::NotLive(if wanted == Cadence::Daily {
                "daily budget"
            } else {
                "total budget"
            }))
        };
        match fact {
            Fact::Name => Ok(match &address.ad {
                Some(ad) => Val::text(ad.as_str()),
                None => Val::text(address.name.as_str()),
            }),
            Fact::Kind => Ok(Val::text(address.kind.word())),
            Fact::State => object.state.map(|state| Val::text(state.word())).ok_or(Unknown::NotLive("state")),
            Fact::Running => self.snapshot.runs(object).map(Val::Bool).ok_or(Unknown::NotLive(RUNNING)),
            Fact::Age => {
                let created = object.created.ok_or(Unknown::NotLive("age"))?;
                Ok(Val::Duration(self.snapshot.now.duration_since(created).as_secs()))
            }
            Fact::BudgetDaily => budget(Cadence::Daily),
            Fact::BudgetTotal => budget(Cadence::Total),
            Fact::BudgetInitial => match object.budget {
                Some(Budget { ownership: Ownership::Bounded { initial, .. }, .. }) => Ok(Val::Money(initial)),
                _ => Err(Unknown::NotLive("`initial` of a budget that git lends")),
            },
            Fact::Bid => object.bid.map(Val::Money).ok_or(Unknown::NotLive("bid")),
            Fact::TargetCpa => object.target_cpa.map(Val::Money).ok_or(Unknown::NotLive("target cost")),
            Fact::TargetRoas => object.target_roas.map(Val::Decimal).ok_or(Unknown::NotLive("target return")),
            Fact::Platform | Fact::Currency | Fact::TimeZone => Err(Unknown::NotLive("account")),
        }
    }

    fn signal(self, name: &str) -> Result<Val<'a>, Unknown> {
        let declared = self.rule.signals.get(name).ok_or_else(|| Unknown::NoSignal(name.into()))?;
        let signal = self.snapshot.signals.get(name).ok_or_else(|| Unknown::NoSignal(name.into()))?;
        if self.snapshot.now.duration_since(signal.as_of) > declared.freshness {
            return Err(Unknown::StaleSignal(name.into(), signal.as_of));
        }
        if !declared.kind.fits(&signal.value) {
            return Err(Unknown::WrongSignal(name.into()));
        }
        Ok(Val::of(&signal.value))
    }

    /// The share of the month's money that is planned up to the end of its day.
    fn month_plan(self, shape: Shape) -> Val<'a> {
        let today = self.snapshot.now.to_zoned(self.account.zone.rules()).date();
        Val::Decimal(shape.share(i64::from(today.day()), i64::from(today.days_in_month())))
    }

    /// Whether its day, in the rule's zone, is one of a calendar's.
    fn calendar(self, name: &str) -> Result<Val<'a>, Unknown> {
        let today = self.snapshot.now.to_zoned(self.zone().rules()).date();
        let untold = || Unknown::NoCalendar(name.into(), today.year());
        let days = self.rule.calendars.get(name).ok_or_else(untold)?;
        if days.contains(&today) {
            return Ok(Val::Bool(true));
        }
        // One that ran out would take every holiday for a working day. Days that a stretch brings over from the year
        // before say nothing of the rest of this one.
        let this_year = |day: &&Date| day.year() == today.year();
        let mut eve = jiff::civil::date(today.year(), 1, 1).yesterday().ok();
        let carried: BTreeSet<Date> = std::iter::from_fn(|| {
            eve = eve.filter(|day| days.contains(day)).and_then(|day| day.tomorrow().ok());
            eve
        })
        .collect();
        if days.iter().filter(this_year).all(|day| carried.contains(day)) {
            return Err(untold());
        }
        Ok(Val::Bool(false))
    }

    fn label(self, of: Holder, key: &str) -> Result<Val<'a>, Unknown> {
        let holder = if of == Holder::Parent { self.parent()? } else { self.object };
        Ok(holder.labels.get(key).map_or(Val::Absent, |value| Val::text(value)))
    }
}

impl<'a> Seen<'a> {
    /// With values that nobody reads.
    fn unread(subject: Subject<'a>, slots: &'a [Slot]) -> Self {
        Self { subject, slots, names: &[], effects: None, used: Vec::new() }
    }

    fn found(&self, slot: &'a Slot) -> Result<Val<'a>, Unknown> {
        let subject = self.subject;
        match slot {
            Slot::Figure { of, over, figure } => subject.figure(*of, over.window, *figure),
            Slot::Forecast { of, asked } => subject.forecast(*of, *asked),
            Slot::Fact { of, fact } => subject.fact(*of, *fact),
            Slot::Label { of, key } => subject.label(*of, key),
            Slot::Labels { of } => {
                let holder = if *of == Holder::Parent { subject.parent()? } else { subject.object };
                Ok(Val::Map(
                    holder.labels.iter().map(|(key, value)| (key.as_str(), Val::text(value))).collect(),
                ))
            }
            Slot::Signal(name) => subject.signal(name),
            Slot::Calendar(name) => subject.calendar(name),
            Slot::MonthPlan(shape) => Ok(subject.month_plan(*shape)),
            Slot::Now => Ok(Val::Time(subject.snapshot.now, subject.zone())),
            Slot::Placing { placing, over, figure, all } => {
                peers::place(subject, *placing, over.window, *figure, *all)
            }
            Slot::ZScore { over, figure } => subject.z_score(over, *figure),
            Slot::Effect(effect) => match (effect, self.effects) {
                (Effect::DailySpend, Some(effects)) => {
                    Ok(Val::Money(Money::from_micros(effects.daily, subject.account.currency)))
                }
                (Effect::Action, Some(effects)) => Ok(Val::text(effects.action)),
                (_, None) => Err(Unknown::Failed("nothing would change".to_owned())),
            },
            // Asked for with their arguments.
            Slot::Chance { .. } | Slot::Convert(_) => {
                Err(Unknown::Failed("an argument is missing".to_owned()))
            }
        }
    }

    /// What whoever reads a value must know of it.
    fn remark(&self, index: usize) -> Option<CompactString> {
        match self.slots.get(index)? {
            Slot::Figure { of, over, figure } => {
                Some(match self.subject.so_far(*of, over.window, *figure)? {
                    Ok(counted) => format_compact!("estimated, {counted} by what has come in"),
                    Err(why) => format_compact!("estimated; by what has come in {why}"),
                })
            }
            Slot::Chance { chance: Chance::RoasAbove, .. } => Some(CompactString::const_new("approximate")),
            Slot::Chance { over, .. } => {
                over.window.is_estimated().then_some(CompactString::const_new("by what has come in"))
            }
            Slot::Placing { over, .. } | Slot::ZScore { over, .. } => {
                over.window.is_estimated().then_some(CompactString::const_new("estimated"))
            }
            _ => None,
        }
    }

    fn note(&mut self, index: usize, found: &Result<Val<'a>, Unknown>) {
        let Some(name) = self.names.get(index) else { return };
        if self.used.iter().any(|known| known.name == *name) {
            return;
        }
        let value = match found {
            Ok(value) => match self.remark(index) {
                Some(remark) => format_compact!("{value} ({remark})"),
                None => value.to_compact_string(),
            },
            Err(reason) => format_compact!("unknown: {reason}"),
        };
        self.used.push(Used { name: Arc::clone(name), value });
    }
}

impl<'a> Lookup<'a> for Seen<'a> {
    fn load(&mut self, index: usize) -> Result<Val<'a>, Trouble> {
        let Some(slot) = self.slots.get(index) else { return Ok(Val::Absent) };
        let found = self.found(slot);
        self.note(index, &found);
        found.map_err(Trouble::Unknown)
    }

    fn ask(&mut self, index: usize, arguments: &[Val<'a>]) -> Result<Val<'a>, Trouble> {
        let Some(slot) = self.slots.get(index) else { return Ok(Val::Absent) };
        let found = match (slot, arguments) {
            (Slot::Chance { chance, over }, [target]) => self.subject.chance(*chance, over, target),
            (Slot::Convert(to), [Val::Money(amount)]) => self.subject.convert(*amount, *to),
            _ => Err(Unknown::Failed("an argument is missing".to_owned())),
        };
        self.note(index, &found);
        found.map_err(Trouble::Unknown)
    }
}

fn reason(trouble: Trouble) -> Unknown {
    match trouble {
        Trouble::Unknown(reason) => reason,
        other => Unknown::Failed(other.to_string()),
    }
}

pub(super) fn platform(platform: Platform) -> &'static str {
    match platform {
        Platform::Google => "Google",
        Platform::Meta => "Meta",
        Platform::TikTok => "TikTok",
    }
}

/// Conversions for sentences.
pub(super) fn shown_conversions(parts: i64) -> CompactString {
    conversions(parts).normalize().to_compact_string()
}
