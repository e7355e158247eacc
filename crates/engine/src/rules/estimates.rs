//! Windows whose late conversions are reckoned in: each day of theirs grossed up by how complete it is at its age.

use std::collections::BTreeMap;

use adplane_core::address::{Address, Kind};
use adplane_core::metrics::completeness::Completeness;
use adplane_core::metrics::estimate::{self, estimated};
use adplane_core::metrics::{Day, Sums, Unknown, Unresolved, Window, WindowTotals};
use adplane_core::rules::{Observed, WindowSums};

use super::live::Watched;
use super::numbers::{AccountNumbers, Looked, Question, unresolved};
use crate::metrics::store::StoreError;

/// The level whose sum is the account's.
const ACCOUNT: Kind = Kind::Campaign;

/// The days of a window of one level, and how complete each is.
struct Days {
    totals: Vec<(Day, WindowTotals)>,
    completeness: Completeness,
    known_on: Day,
}

impl Question<'_> {
    /// Fills in the estimated windows of objects and of the account.
    pub(super) async fn estimate(
        &self,
        objects: &mut BTreeMap<Address, Watched>,
        found: &mut AccountNumbers,
    ) -> Result<(), StoreError> {
        let windows: Vec<Window> =
            self.windows.iter().copied().filter(|window| window.is_estimated()).collect();
        if windows.is_empty() {
            return Ok(());
        }
        let today = self.now.to_zoned(self.zone().rules()).date();
        let learned = self.completeness().await?;
        // Where nothing was learned, no day is complete before the attribution looks back no more.
        let waiting = || (Completeness::by_look_back(self.schema.restated_days), today);
        let (completeness, known_on) = learned.unwrap_or_else(waiting);
        for window in windows {
            let whole = self.totals(ACCOUNT, &window, None, None, &mut found.looked).await?;
            let days = self.days(ACCOUNT, window, (&completeness, known_on)).await?;
            let told = self.told();
            let sums = match (&whole, &days) {
                (Err(why), _) | (_, Err(why)) => unresolved(*why),
                (Ok(whole), Ok(days)) => {
                    days.reckon(self.shape(whole).with(whole.all(told)), |totals| totals.all(told))
                }
            };
            found.windows.insert(window, sums);
            for level in self.levels {
                let whole = self.totals(*level, &window, None, None, &mut found.looked).await?;
                self.spread(*level, window, &whole, objects, |_| true);
                let Ok(days) = self.days(*level, window, (&completeness, known_on)).await? else { continue };
                let of_level = objects.iter_mut().filter(|(address, _)| address.kind == *level);
                for (_, watched) in of_level {
                    let Some(id) = &watched.id else { continue };
                    if let Some(sums) = watched.state.windows.remove(&window) {
                        let sums = days.reckon(sums, |totals| totals.of(id, told));
                        watched.state.windows.insert(window, sums);
                    }
                }
            }
        }
        Ok(())
    }

    async fn days(
        &self,
        level: Kind,
        window: Window,
        (completeness, known_on): (&Completeness, Day),
    ) -> Result<Result<Days, Unresolved>, StoreError> {
        let mut days = Vec::new();
        for day in window.counted_days() {
            match self.totals(level, &day, None, None, &mut Looked::default()).await? {
                Err(why) => return Ok(Err(why)),
                Ok(totals) => days.extend(totals.span.first().map(|slot| slot.day).map(|day| (day, totals))),
            }
        }
        Ok(Ok(Days { totals: days, completeness: completeness.clone(), known_on }))
    }
}

impl Days {
    /// The sums of a window with what is still to come; `of` finds those of one day.
    fn reckon(&self, whole: WindowSums, of: impl Fn(&WindowTotals) -> Result<Sums, Unknown>) -> WindowSums {
        if whole.sums.is_err() {
            return whole;
        }
        let each = self.totals.iter().map(|(day, totals)| Ok((*day, of(totals)?)));
        let days: Vec<(Day, Sums)> = match each.collect() {
            Ok(days) => days,
            Err(why) => return WindowSums { sums: Err(why), ..whole },
        };
        match estimated(&self.completeness, self.known_on, &days) {
            None => whole,
            Some(found) => {
                let estimate::Estimated { sums, observed, evidence, unclear } = found;
                let observed = Observed { sums: observed, evidence, unclear };
                WindowSums { sums: Ok(sums), observed: Some(observed), ..whole }
            }
        }
    }
}

#[cfg(test)]
mod tests;
