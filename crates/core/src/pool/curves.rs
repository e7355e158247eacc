//! Splitting by what other spend brought, or saying why that cannot be done.

use std::collections::BTreeMap;

use super::allot::{Answer, Case};
use super::position::{scaled, sum};
use super::share::present;
use super::{Marginal, Member, Returns};
use crate::address::{Address, Platform};
use crate::allocate::{
    self, Allocation, Better, Binding, DayResponse, Evidence, Fit, History, Infeasible, NotIdentifiable,
    Request, Stop, UNIT, allocate, chance_better, fit,
};
use crate::stats::{Bootstrap, Seed, real};

/// Draws that put a probability of 0.8 within about 0.02.
const DRAWS: u32 = 400;

/// What git asks of the curves.
pub(super) struct Question<'a> {
    pub(super) returns: Returns,
    pub(super) stop: Option<Marginal>,
    /// The most that a platform's members get together.
    pub(super) caps: &'a BTreeMap<Platform, i64>,
    /// Today's money.
    pub(super) budget: i64,
}

/// What they answer: micros by member, and what would not pay.
pub(super) struct Split {
    pub(super) amounts: BTreeMap<Address, i64>,
    pub(super) unspent: i64,
}

/// Amounts by curves; `None` where the present shares are kept, and then an answer says why.
///
/// The present shares are scaled to today's money first, so that what limits a step is how far a share moves and not how
/// much the day has.
pub(super) fn amounts(case: &Case<'_>, question: &Question<'_>, answers: &mut Vec<Answer>) -> Option<Split> {
    let members = case.running();
    let histories: Vec<History> = members.iter().map(|member| history(member, question.returns)).collect();
    let fits = fit(&histories);
    for (member, found) in members.iter().zip(&fits) {
        if let Err(why) = found {
            let message = format!("the curve of {} is not identifiable: {why}", member.object.short());
            answers.push(Answer::new("not-identifiable", message));
        }
    }
    if fits.iter().all(Result::is_err) {
        let message = "no curve is identifiable, so the present shares are kept, scaled to today's money";
        answers.push(Answer::new("shares-kept", message));
        return None;
    }
    let request = request(case, &members, &fits, question);
    let allocation = match allocate(&request) {
        Ok(allocation) => allocation,
        Err(why) => {
            answers.push(Answer::new("infeasible", infeasible(case, &members, &why)));
            return question.stop.map(|_| kept(&request, &members));
        }
    };
    let by_name: BTreeMap<String, History> =
        members.iter().map(|member| member.object.to_string()).zip(histories).collect();
    if !decide(&request, &by_name, &allocation, answers) {
        return question.stop.map(|_| kept(&request, &members));
    }
    if let (Some(stop), 1..) = (question.stop, allocation.unspent) {
        answers.push(Answer::new("unspent", unspent(case, stop, allocation.unspent)));
    }
    let amount = |member: &&Member| {
        let share = allocation.shares.get(&member.object.to_string())?;
        Some((member.object.clone(), share.amount))
    };
    Some(Split { amounts: members.iter().filter_map(amount).collect(), unspent: allocation.unspent })
}

/// The present amounts, of which none is raised for more money that might not pay.
fn kept(request: &Request, members: &[&Member]) -> Split {
    let amount = |member: &&Member| {
        let asked = request.members.iter().find(|asked| asked.id == member.object.to_string())?;
        Some((member.object.clone(), asked.current?.clamp(member.min, member.max)))
    };
    let amounts: BTreeMap<Address, i64> = members.iter().filter_map(amount).collect();
    let unspent = request.budget.saturating_sub(sum(amounts.values().copied())).max(0);
    Split { amounts, unspent }
}

fn unspent(case: &Case<'_>, stop: Marginal, micros: i64) -> String {
    let why = match stop {
        Marginal::Cpa(most) => format!("the next conversion would cost more than {most}"),
        Marginal::Roas(least) => format!("it would bring less than {} times itself", real(least) / UNIT),
    };
    format!("{} of today's money stays unspent: {why}", case.money(micros))
}

/// What is asked of the solver, from the present shares of today's money.
fn request(
    case: &Case<'_>,
    members: &[&Member],
    fits: &[Result<Fit, NotIdentifiable>],
    question: &Question<'_>,
) -> Request {
    let (present, budget) = (present(case, members), question.budget);
    let total = sum(present.values().copied());
    // With a stop the day's money is a ceiling: what stayed unspent yesterday is no present amount.
    let scale = if question.stop.is_some() { budget.min(total) } else { budget };
    let asked = members.iter().zip(fits).map(|(member, found)| allocate::Member {
        id: member.object.to_string(),
        platform: member.object.platform,
        curve: found.as_ref().ok().map(|fit| fit.curve),
        current: present.get(&member.object).map(|now| scaled(*now, scale, total)),
        min: member.min,
        max: Some(member.max),
        pin: None,
    });
    Request {
        budget,
        members: asked.collect(),
        caps: question.caps.clone(),
        stop: question.stop.and_then(|stop| match stop {
            Marginal::Cpa(most) => Stop::at_cpa(most.micros()),
            Marginal::Roas(least) => Stop::at_roas(real(least) / UNIT),
        }),
        max_step: Request::MAX_STEP,
    }
}

/// Whether the new split is sure enough to be taken.
fn decide(
    request: &Request,
    histories: &BTreeMap<String, History>,
    allocation: &Allocation,
    answers: &mut Vec<Answer>,
) -> bool {
    let bootstrap = Bootstrap { seed: Seed(1), draws: DRAWS };
    let better = chance_better(request, histories, allocation, bootstrap);
    let (code, message) = match &better {
        Ok(better) if better.moves() => ("curves", format!("curves move shares: {}", sure(better))),
        Ok(better) => {
            let above = allocate::MOVE_ABOVE * 100.0;
            (
                "unsure",
                format!("the present shares are kept: {}, and above {above:.0} % is asked", sure(better)),
            )
        }
        Err(why) => ("unsure", format!("the present shares are kept: {why}")),
    };
    answers.push(Answer::new(code, message));
    better.is_ok_and(|better| better.moves())
}

fn sure(better: &Better) -> String {
    let Better { probability, gain_low, gain_high, amounts: _ } = better;
    format!(
        "better than now with {:.0} %, by {:+.1} % to {:+.1} %; the days are as they happened, no experiment",
        probability * 100.0,
        gain_low * 100.0,
        gain_high * 100.0
    )
}

/// Settled days on which everything is told.
fn history(member: &Member, returns: Returns) -> History {
    let settled = member.settled.into_iter().flat_map(|last| member.days.range(..=last));
    let days = settled.filter_map(|(_, figures)| {
        let response = match returns {
            Returns::Conversions => figures.conversions?,
            Returns::Value => figures.value?,
        };
        Some(DayResponse { spend: figures.spend, response })
    });
    History { days: days.collect(), adstock: None, evidence: Evidence::Observational }
}

fn infeasible(case: &Case<'_>, members: &[&Member], why: &Infeasible) -> String {
    let names: BTreeMap<String, String> =
        members.iter().map(|member| (member.object.to_string(), member.object.short())).collect();
    let list = |binding: &[Binding]| {
        let one = |bound: &Binding| {
            let of = names.get(&bound.of).unwrap_or(&bound.of);
            format!("{of} at {} ({})", case.money(bound.amount), bound.bound)
        };
        binding.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let kept = "so the present shares are kept as far as the bounds let them; these bind";
    match why {
        Infeasible::TooSmall { budget, needed, binding } => format!(
            "curves leave no split: the campaigns need {} and today has {}, {kept}: {}",
            case.money(*needed),
            case.money(*budget),
            list(binding)
        ),
        Infeasible::TooLarge { budget, possible, binding } => format!(
            "curves leave no split: the campaigns take {} and today has {}, {kept}: {}",
            case.money(*possible),
            case.money(*budget),
            list(binding)
        ),
        Infeasible::AboveCap { platform, cap, needed, binding } => format!(
            "curves leave no split: the campaigns on {} need {} and its cap is {}, {kept}: {}",
            platform.title(),
            case.money(*needed),
            case.money(*cap),
            list(binding)
        ),
        other => format!("curves leave no split: {other}"),
    }
}
