//! What people are told of a pool's money: that most of it is spent, that all of it is, or that the pool stops.
//!
//! A pool is no object of an account, so the watch over budgets does not see it. Each of its periods is told once at each
//! share, which is remembered with what the pool gave.

use std::collections::BTreeSet;

use adplane_core::address::Kind;
use adplane_core::desired::Desired;
use adplane_core::freeze::effective_labels;
use adplane_core::metrics::Day;
use adplane_core::notify::{EventKind, EventPool, Happening, NotificationPolicy, PoolMoney, Subject};
use adplane_core::pool::{Pool, Standing, Term};

use super::PacedPool;
use crate::notify::happenings::Told;
use crate::state::{PoolTold, Remembered};

/// The share in percent that is told before all of it.
const MOST_OF_IT: u32 = 80;
/// All of a pool, in percent.
const WHOLE: u32 = 100;

/// Something new of a pool's period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// For the outbox.
    pub told: Told,
    /// To be remembered once it is kept there, with the first day of the period.
    pub known: (Day, PoolTold),
}

/// Whether anybody of a pool's namespace is told of it.
pub fn is_wanted(pool: &Pool, policies: &[NotificationPolicy]) -> bool {
    let mut here = policies.iter().filter(|policy| policy.namespace == pool.namespace);
    here.any(|policy| policy.wants(EventKind::BudgetThreshold))
}

impl PacedPool {
    /// What of the period's money people were not told yet.
    pub fn news(&self, desired: &Desired, known: &Remembered) -> Option<News> {
        if matches!(self.allotment.standing, Standing::NotBegun | Standing::Ended) {
            return None;
        }
        let (first, told) = (self.allotment.period.0, known.told.get(&self.allotment.period.0));
        let told = told.copied().unwrap_or_default();
        let spent = self.allotment.spent.saturating_sub(self.allotment.assumed);
        let (share, stops) = (share(spent, self.pool.amount.micros()), self.stops());
        if share <= told.share && (told.stops || !stops) {
            return None;
        }
        let money = match (share, self.pool.is_hard()) {
            (WHOLE, true) => PoolMoney::UsedUp { beyond: spent > self.pool.amount.micros() },
            (WHOLE, false) => PoolMoney::GoesOn,
            _ if stops && !told.stops => PoolMoney::Stops,
            _ => PoolMoney::Share(share),
        };
        // All of it says that it stops as well.
        let stops = told.stops || stops || matches!(money, PoolMoney::UsedUp { .. });
        let known = PoolTold { share: share.max(told.share), stops };
        Some(News { told: self.told(desired, money, spent), known: (first, known) })
    }

    /// Whether the pool pauses every campaign that it could give something to.
    fn stops(&self) -> bool {
        let mut members = self.allotment.members.values();
        self.pool.is_hard()
            && members.clone().any(|share| share.paused)
            && !members.any(|share| share.is_given() && !share.paused)
    }

    fn told(&self, desired: &Desired, money: PoolMoney, spent: i64) -> Told {
        let (pool, (first, last)) = (&self.pool, self.allotment.period);
        let assumed = Some(self.allotment.assumed).filter(|assumed| *assumed > 0);
        let happening = Happening::PoolThreshold {
            pool: EventPool {
                namespace: pool.namespace.clone(),
                name: pool.name.clone(),
                accounts: pool.members.iter().map(|member| member.account.clone()).collect(),
            },
            money,
            period: match pool.term {
                Term::Month => format!("the calendar month from {first}"),
                Term::Days(..) => format!("{first} to {last}"),
            },
            spent: pool.money(spent).to_string(),
            budget: pool.amount.to_string(),
            assumed: assumed.map(|assumed| pool.money(assumed).to_string()),
        };
        (happening, self.subjects(desired))
    }

    /// The pool, and the campaigns that draw on it with their labels.
    fn subjects(&self, desired: &Desired) -> BTreeSet<Subject> {
        let campaigns = self.pool.members.iter().filter_map(|member| desired.object(member));
        let campaigns = campaigns
            .map(|object| Subject { kind: object.address.kind, labels: effective_labels(desired, object) });
        let own = Subject { kind: Kind::Budget, labels: std::collections::BTreeMap::new() };
        campaigns.chain([own]).collect()
    }
}

/// The highest share that was reached; 0 below all of them.
fn share(spent: i64, amount: i64) -> u32 {
    let percent = i128::from(spent) * i128::from(WHOLE) / i128::from(amount.max(1));
    let reached = |share: &u32| percent >= i128::from(*share);
    [WHOLE, MOST_OF_IT].into_iter().find(reached).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use adplane_core::pool::OnExhausted;

    use super::*;
    use crate::pools::moves::tests::paced;

    /// What becomes of a pool of 3100 euros, look after look: spent in the period, taken as spent besides, what its campaign
    /// gets.
    fn all(kind: OnExhausted, looks: &[(i64, i64, Option<i64>)]) -> Vec<Option<PoolMoney>> {
        let mut known = Remembered::default();
        let look = |(spent, assumed, after): &(i64, i64, Option<i64>)| {
            let mut pool = paced(*after, kind, Standing::OnTrack, false);
            (pool.allotment.spent, pool.allotment.assumed) = (spent * 1_000_000, assumed * 1_000_000);
            let news = pool.news(&Desired::default(), &known)?;
            known.tells(news.known.0, news.known.1);
            let Happening::PoolThreshold { money, .. } = news.told.0 else { return None };
            Some(money)
        };
        looks.iter().map(look).collect()
    }

    #[test]
    fn each_share_is_told_once_a_period() {
        let looks = [2479, 2480, 2700, 3099, 3100, 3200, 2400, 3300].map(|spent| (spent, 0, Some(8)));
        let (most, none) = (Some(PoolMoney::Share(80)), None);
        let soft = [none, most, none, none, Some(PoolMoney::GoesOn), none, none, none];
        assert_eq!(all(OnExhausted::Alert, &looks), soft);
        assert_eq!(all(OnExhausted::Alert, &[(3500, 0, Some(8))]), [Some(PoolMoney::GoesOn)], "the highest");
    }

    #[test]
    fn a_hard_pool_that_stops_is_told_whatever_is_spent() {
        let (stops, most) = (Some(PoolMoney::Stops), Some(PoolMoney::Share(80)));
        let used_up = |beyond: bool| Some(PoolMoney::UsedUp { beyond });
        for (looks, told) in [
            (
                &[(2400, 0, Some(8)), (2500, 0, None), (2500, 0, None), (3100, 0, None)][..],
                vec![None, stops, None, used_up(false)],
            ),
            (
                &[(2500, 0, Some(8)), (2600, 0, None), (2600, 0, Some(8)), (2700, 0, None)],
                vec![most, stops, None, None],
            ),
            (&[(100, 0, None), (2500, 0, Some(8))], vec![stops, most]),
            (&[(3100, 0, None), (3150, 0, None)], vec![used_up(false), None]),
            (&[(3150, 0, None)], vec![used_up(true)]),
            // Nobody told what was spent, and the worst is taken: that is no share of the money.
            (&[(3300, 3000, None), (3300, 0, None)], vec![stops, used_up(true)]),
        ] {
            assert_eq!(all(OnExhausted::Pause, looks), told, "{looks:?}");
        }
        assert_eq!(all(OnExhausted::Alert, &[(100, 0, None)]), [None], "a soft pool pauses nobody");
    }

    #[test]
    fn another_period_is_told_anew_and_none_before_or_after_it() {
        let (mut known, desired) = (Remembered::default(), Desired::default());
        let mut pool = paced(Some(8), OnExhausted::Alert, Standing::OnTrack, false);
        pool.allotment.spent = 3_000_000_000;
        let news = pool.news(&desired, &known).unwrap();
        assert!(news.told.1.iter().any(|subject| subject.kind == Kind::Budget));
        known.tells(news.known.0, news.known.1);
        assert_eq!(pool.news(&desired, &known), None);
        let read = Remembered::from_text(known.to_text().as_bytes()).unwrap();
        assert_eq!(pool.news(&desired, &read), None, "also after a restart");
        pool.allotment.period = (Day::constant(2026, 4, 1), Day::constant(2026, 4, 30));
        assert!(pool.news(&desired, &known).is_some());
        for standing in [Standing::NotBegun, Standing::Ended] {
            pool.allotment.standing = standing;
            assert_eq!(pool.news(&desired, &known), None);
        }
    }
}
