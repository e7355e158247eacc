//! Response curves of a simulated advertiser's channels.

use std::collections::BTreeMap;

use adplane_core::address::Platform;
use adplane_core::allocate::{
    Allocation, Binding, Bound, DayResponse, Evidence, Fit, History, Infeasible, Member, NotIdentifiable,
    Request, allocate, fit,
};

use super::table::Table;
use super::{Outcome, ensure};

const NAMES: [&str; 5] = ["tv_S", "ooh_S", "print_S", "search_S", "facebook_S"];
/// What each has now, and by how much of it one step may move it.
const CURRENT: i64 = 20_000_000_000;
const STEP: i64 = CURRENT / 5;

/// Five channels that share one revenue: no curve of them is true, but each must be a curve or say why not. A budget
/// beyond what the known ones may step to is refused with the bounds that bind; one within is split to the micro.
pub(crate) fn channels(table: &Table) -> Outcome {
    let fits = fit(&histories(table)?);
    reasons(&fits)?;
    let known = i64::try_from(fits.iter().flatten().count()).map_err(|error| error.to_string())?;
    let most = 5 * CURRENT + known * STEP;
    beyond(&request(&fits, most + 1), most)?;
    for budget in [most, 5 * CURRENT + known * STEP / 3, 5 * CURRENT, 5 * CURRENT - known * STEP] {
        let request = request(&fits, budget);
        within(&request, &allocate(&request).map_err(|reason| format!("{budget}: {reason}"))?)?;
    }
    Ok(())
}

fn histories(table: &Table) -> Result<Vec<History>, String> {
    let revenue = table.column("revenue")?;
    let micros = |units: f64| format!("{:.0}", units * 1e6).parse::<i64>().map_err(|error| error.to_string());
    let history = |name: &&str| {
        let weeks = table.column(name)?;
        let pairs = weeks.iter().zip(&revenue);
        let days: Result<_, String> = pairs
            .map(|(spend, value)| Ok(DayResponse { spend: micros(*spend)?, response: micros(*value)? }))
            .collect();
        Ok(History { days: days?, adstock: Some(0.3), evidence: Evidence::Observational })
    };
    NAMES.iter().map(history).collect()
}

/// 208 weeks of spend that varied: what is not known can only be for want of a bend.
fn reasons(fits: &[Result<Fit, NotIdentifiable>]) -> Outcome {
    for (name, fit) in NAMES.iter().zip(fits) {
        match fit {
            Ok(fit) => ensure(
                fit.evidence == Evidence::Observational && (0.0..=1.0).contains(&fit.pooled),
                format!("{name}: {fit:?}"),
            )?,
            Err(NotIdentifiable::NoBend) => {}
            Err(reason) => return Err(format!("{name}: {reason}")),
        }
    }
    ensure(fits.iter().any(Result::is_ok), "no channel shows a curve")
}

fn request(fits: &[Result<Fit, NotIdentifiable>], budget: i64) -> Request {
    let member = |(name, fit): (&&str, &Result<Fit, NotIdentifiable>)| Member {
        id: (*name).into(),
        platform: Platform::Google,
        curve: fit.as_ref().ok().map(|fit| fit.curve),
        current: Some(CURRENT),
        min: 0,
        max: None,
        pin: None,
    };
    Request {
        budget,
        members: NAMES.iter().zip(fits).map(member).collect(),
        caps: BTreeMap::new(),
        stop: None,
        max_step: Request::MAX_STEP,
    }
}

/// A micro too much: each channel is named with the bound that holds it, nothing stays as it is in silence.
fn beyond(request: &Request, most: i64) -> Outcome {
    let Err(Infeasible::TooLarge { budget, possible, mut binding }) = allocate(request) else {
        return Err(format!("{:?}", allocate(request)));
    };
    ensure((budget, possible) == (request.budget, most), format!("{possible} of {budget}, not {most}"))?;
    let bound = |member: &Member| {
        let (bound, amount) = match member.curve {
            Some(_) => (Bound::Step, CURRENT + STEP),
            None => (Bound::NoCurve, CURRENT),
        };
        Binding { of: member.id.clone(), bound, amount }
    };
    let mut expected: Vec<Binding> = request.members.iter().map(bound).collect();
    binding.sort();
    expected.sort();
    ensure(binding == expected, format!("{binding:?}"))
}

fn within(request: &Request, split: &Allocation) -> Outcome {
    let sum: i64 = split.shares.values().map(|share| share.amount).sum();
    ensure(sum == request.budget && split.unspent == 0, format!("{sum} is not {}", request.budget))?;
    for member in &request.members {
        let share = split.shares[&member.id];
        let kept = member.curve.is_some() || (share.amount, share.bound) == (CURRENT, Some(Bound::NoCurve));
        let near = (share.amount - CURRENT).abs() <= STEP;
        ensure(kept && near, format!("{}: {share:?}", member.id))?;
    }
    Ok(())
}
