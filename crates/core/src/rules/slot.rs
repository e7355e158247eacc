//! What the expressions of rules look up.

use std::fmt;

use compact_str::CompactString;

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
    CtrBelow,
    CvrBelow,
}

impl Chance {
    pub(super) const WORDS: [(&'static str, Self); 3] = [
        ("probCpaAbove", Self::CpaAbove),
        ("probCtrBelow", Self::CtrBelow),
        ("probCvrBelow", Self::CvrBelow),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::WORDS.into_iter().find(|(_, one)| *one == self).map_or("", |(word, _)| word)
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
        match self {
            Self::Figure { over, .. } | Self::Placing { over, .. } | Self::Chance { over, .. } => {
                vec![over.window]
            }
            Self::ZScore { over, .. } => std::iter::once(over.window)
                .chain(equal_weekdays(over.window).into_iter().flatten())
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
                Chance::CtrBelow => Ratio::Ctr,
                Chance::CvrBelow => Ratio::ConversionRate,
            })],
            _ => Vec::new(),
        }
    }
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
    pub(super) const ALL: [Self; 13] = [
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
