//! What the next days will bring, where the past shows that it can be told.
//!
//! [`forecast`] tries a few models on the past as if it were the future (rolling origins), takes the one with the
//! smallest scaled error, and says how it would have done: its skill against repeating last week, and how often its
//! intervals held. The choice at each origin knows only the origins before it, so that a model is not praised for
//! days that chose it. Without skill there is a record and no forecast.
//!
//! An [`Outlook`] asks it of the days that a metrics store knows, for `adplane metrics forecast` and for rules.

mod ahead;
mod ets;
mod least_squares;
mod models;
mod outlook;
#[cfg(test)]
mod outlook_tests;
mod rolling;
mod simplex;
#[cfg(test)]
mod tests;

pub use ahead::{Ahead, NotAhead};
pub use ets::{Ets, Trend};
pub use models::Model;
pub use outlook::{HISTORY_DAYS, History, Outlook, Path, Since, Start, Untold};
pub use rolling::{Forecast, NoForecast, Outcome, Question, Record, Step, forecast};
