//! What the expressions of rules look up.

use std::fmt;

use compact_str::CompactString;
use rust_decimal::Decimal;

use super::figure::Figure;
use super::foresee::Asked;
use crate::metrics::Window;
use crate::money::Currency;

/// Whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Holder {
    /// The object at hand.
    Own,
    /// What it lies in.
    Parent,
    /// Its account.
    Account,
    /// What lies beside it, itself included.
    Peers,
}

impl Holder {
    pub(super) const ALL: [Self; 4] = [Self::Own, Self::Parent, Self::Account, Self::Peers];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Own => "self",
            Self::Parent => "parent",
            Self::Account => "account",
            Self::Peers => "peers",
        }
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|holder| holder.word() == word)
    }
}

/// Something about an object or an account that is no number over a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Fact {
    Name,
    Kind,
    Platform,
    Currency,
    TimeZone,
    State,
    Running,
    Age,
    BudgetDaily,
    BudgetTotal,
    BudgetInitial,
    Bid,
    TargetCpa,
    TargetRoas,
}

/// A window by the name that the rule gave it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Named {
    pub(super) name: CompactString,
    pub(super) window: Window,
}

/// A place among peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Placing {
    /// 1 for the highest value.
    Rank,
    /// The share of peers whose value is not higher.
    Percentile,
    /// The part of the sum.
    Share,
    /// How many peers have one.
    Count,
}

impl Placing {
    pub(super) const WORDS: [(&'static str, Self); 4] = [
        ("rank", Self::Rank),
        ("percentile", Self::Percentile),
        ("share", Self::Share),
        ("count", Self::Count),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, one)| *one == self).map_or("", |(word, _)| word)
    }
}

/// A probability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Chance {
    CpaAbove,
    CtrAbove,
    CtrBelow,
    CvrAbove,
    CvrBelow,
    /// By resampling days: approximate.
    RoasAbove,
}

impl Chance {
    pub(super) const WORDS: [(&'static str, Self); 6] = [
        ("probCpaAbove", Self::CpaAbove),
        ("probCtrAbove", Self::CtrAbove),
        ("probCtrBelow", Self::CtrBelow),
        ("probCvrAbove", Self::CvrAbove),
        ("probCvrBelow", Self::CvrBelow),
        ("probRoasAbove", Self::RoasAbove),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, one)| *one == self).map_or("", |(word, _)| word)
    }
}

/// How a month's money is spread over its days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Shape {
    /// Every day the same.
    Even,
    /// Three times as much on the first day as on the last.
    Front,
    /// The other way round.
    Back,
}

impl Shape {
    pub(super) const WORDS: [(&'static str, Self); 3] =
        [("even", Self::Even), ("front", Self::Front), ("back", Self::Back)];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, one)| *one == self).map_or("", |(word, _)| word)
    }

    /// The share of the first `passed` of `days`, exactly: weights fall or rise evenly from 3 to 1, as those of pools.
    pub(super) fn share(self, passed: i64, days: i64) -> Decimal {
        // Of day i, in parts that keep whole numbers: even 1, front 3(n-1) - 2i, back (n-1) + 2i.
        let weight = |day: i64| match self {
            Self::Even => 1,
            Self::Front => 3 * (days - 1).max(1) - 2 * day,
            Self::Back => (days - 1).max(1) + 2 * day,
        };
        let sum = |count: i64| Decimal::from((0..count).map(weight).sum::<i64>());
        sum(passed).checked_div(sum(days)).unwrap_or(Decimal::ONE)
    }
}

/// What an intent would change, for `approval.when`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Effect {
    DailySpend,
    Action,
}

/// Something that evaluation looks up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Slot {
    Figure {
        of: Holder,
        over: Named,
        figure: Figure,
    },
    Fact {
        of: Holder,
        fact: Fact,
    },
    Label {
        of: Holder,
        key: CompactString,
    },
    Labels {
        of: Holder,
    },
    Signal(CompactString),
    /// Whether the day is one of a calendar's.
    Calendar(CompactString),
    /// The share of a month's money that is planned up to the end of its day.
    MonthPlan(Shape),
    Now,
    Placing {
        placing: Placing,
        over: Named,
        figure: Figure,
        all: bool,
    },
    /// Asked for with the target.
    Chance {
        chance: Chance,
        over: Named,
    },
    /// How far the figure is from the equal weekdays before, in robust deviations.
    ZScore {
        over: Named,
        figure: Figure,
    },
    /// What is expected of days to come.
    Forecast {
        of: Holder,
        asked: Asked,
    },
    /// Asked for with the amount.
    Convert(Currency),
    Effect(Effect),
}

impl Slot {
    /// Windows that it needs.
    pub(super) fn windows(&self) -> Vec<Window> {
        let with_days = |window: Window| {
            std::iter::once(window).chain(single_days(window).into_iter().flatten()).collect::<Vec<_>>()
        };
        let of = |figure: Figure, window: Window| match figure {
            Figure::LeastFrequency => with_days(window),
            Figure::Count(_) | Figure::Ratio(_) | Figure::BudgetUse => vec![window],
        };
        match self {
            Self::Chance { chance: Chance::RoasAbove, over } => with_days(over.window),
            Self::Figure { over, figure, .. } | Self::Placing { over, figure, .. } => {
                of(*figure, over.window)
            }
            Self::Chance { over, .. } => vec![over.window],
            Self::ZScore { over, figure } => std::iter::once(over.window)
                .chain(equal_weekdays(over.window).into_iter().flatten())
                .flat_map(|window| of(*figure, window))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// The figures that it needs.
    pub(super) fn figures(&self) -> Vec<Figure> {
        use crate::metrics::Ratio;
        match self {
            Self::Figure { figure, .. } | Self::Placing { figure, .. } | Self::ZScore { figure, .. } => {
                vec![*figure]
            }
            Self::Chance { chance, .. } => vec![Figure::Ratio(match chance {
                Chance::CpaAbove => Ratio::Cpa,
                Chance::CtrAbove | Chance::CtrBelow => Ratio::Ctr,
                Chance::CvrAbove | Chance::CvrBelow => Ratio::ConversionRate,
                Chance::RoasAbove => Ratio::Roas,
            })],
            _ => Vec::new(),
        }
    }
}

/// Days that are looked at one by one at most.
const MOST_SINGLE: u16 = 60;

/// The days of a window one by one, the newest first, where it is one of so many days and not of too many.
pub(super) fn single_days(window: Window) -> Option<Vec<Window>> {
    use crate::metrics::End;
    let (days, end, offset) = match window {
        Window::Today | Window::Yesterday => return Some(vec![window]),
        Window::LastDays { days, with_today } => {
            (days, if with_today { End::Today } else { End::Yesterday }, 0)
        }
        Window::PreviousDays { days } => (days, End::Yesterday, days),
        Window::Days { days, end, offset } => (days, end, offset),
        Window::MonthToDate
        | Window::PreviousMonth
        | Window::Flight
        | Window::Lifetime
        | Window::FirstDays { .. }
        | Window::LastHours { .. }
        | Window::SameWeekday { .. } => return None,
    };
    let each = (0..days).map(|back| Window::Days { days: 1, end, offset: offset.saturating_add(back) });
    (days <= MOST_SINGLE).then(|| each.collect())
}

/// Equal weekdays that a robust deviation is taken from.
const WEEKS: u16 = 6;

/// The same day of the weeks before, of a window of one full day.
pub(super) fn equal_weekdays(window: Window) -> Option<Vec<Window>> {
    use crate::metrics::End;
    let (end, offset) = match window {
        Window::Yesterday | Window::LastDays { days: 1, with_today: false } => (End::Yesterday, 0),
        Window::Days { days: 1, end, offset } if end != End::Today || offset > 0 => (end, offset),
        _ => return None,
    };
    Some((1..=WEEKS).map(|week| Window::Days { days: 1, end, offset: offset + 7 * week }).collect())
}

/// As written.
impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Figure { of: Holder::Own, over, figure } => write!(f, "{}.{}", over.name, figure.word()),
            Self::Figure { of, over, figure } => write!(f, "{}.{}.{}", of.word(), over.name, figure.word()),
            Self::Fact { of, fact } => write!(f, "{}.{}", of.word(), fact.word()),
            Self::Label { of, key } => write!(f, "{}.labels.{key}", of.word()),
            Self::Labels { of } => write!(f, "{}.labels", of.word()),
            Self::Signal(name) => write!(f, "signals.{name}"),
            Self::Calendar(name) => write!(f, "calendars.{name}"),
            Self::MonthPlan(shape) => write!(f, "monthPlan('{}')", shape.word()),
            Self::Now => f.write_str("now"),
            Self::Placing { placing, over, figure, .. } => {
                write!(f, "peers.{}({}.{})", placing.word(), over.name, figure.word())
            }
            Self::Chance { chance, over } => write!(f, "{}({}, …)", chance.word(), over.name),
            Self::ZScore { over, figure } => write!(f, "zScore({}.{})", over.name, figure.word()),
            Self::Forecast { of: Holder::Own, asked } => asked.fmt(f),
            Self::Forecast { of, asked } => write!(f, "{}.{asked}", of.word()),
            Self::Convert(currency) => write!(f, "convert(…, '{currency}')"),
            Self::Effect(Effect::DailySpend) => f.write_str("delta.dailySpend"),
            Self::Effect(Effect::Action) => f.write_str("action.type"),
        }
    }
}

impl Fact {
    pub(super) const ALL: [Self; 14] = [
        Self::Name,
        Self::Kind,
        Self::Platform,
        Self::Currency,
        Self::TimeZone,
        Self::State,
        Self::Running,
        Self::Age,
        Self::BudgetDaily,
        Self::BudgetTotal,
        Self::BudgetInitial,
        Self::Bid,
        Self::TargetCpa,
        Self::TargetRoas,
    ];

    /// The path behind its holder.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Kind => "kind",
            Self::Platform => "platform",
            Self::Currency => "currency",
            Self::TimeZone => "timeZone",
            Self::State => "state",
            Self::Running => "running",
            Self::Age => "age",
            Self::BudgetDaily => "budget.daily",
            Self::BudgetTotal => "budget.total",
            Self::BudgetInitial => "budget.initial",
            Self::Bid => "bid",
            Self::TargetCpa => "target.cpa",
            Self::TargetRoas => "target.roas",
        }
    }

    /// Whether a holder has it.
    pub(super) fn is_of(self, holder: Holder) -> bool {
        match holder {
            Holder::Own | Holder::Parent => true,
            Holder::Account => matches!(self, Self::Name | Self::Platform | Self::Currency | Self::TimeZone),
            Holder::Peers => false,
        }
    }
}
