//! Which days to come are asked about.

use std::fmt;
use std::str::FromStr;

/// Days to come, in the words of rules: `next_7d`, `month`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ahead {
    /// So many days, today the first of them.
    Days(u16),
    /// The calendar month: its days that are known, and what is expected of the others.
    Month,
}

impl Ahead {
    /// Days that are asked about at most.
    pub const MOST: u16 = 28;
}

impl fmt::Display for Ahead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(days) => write!(f, "next_{days}d"),
            Self::Month => f.write_str("month"),
        }
    }
}

/// No days to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write `next_7d`, from `next_1d` to `next_{}d`, or `month`", Ahead::MOST)]
pub struct NotAhead;

impl FromStr for Ahead {
    type Err = NotAhead;

    fn from_str(text: &str) -> Result<Self, NotAhead> {
        if text == "month" {
            return Ok(Self::Month);
        }
        let days = text.strip_prefix("next_").and_then(|rest| rest.strip_suffix('d')).ok_or(NotAhead)?;
        // One way to write each.
        let plain = !days.starts_with('0') && days.bytes().all(|byte| byte.is_ascii_digit());
        let days: u16 = days.parse().ok().filter(|_| plain).ok_or(NotAhead)?;
        (1..=Self::MOST).contains(&days).then_some(Self::Days(days)).ok_or(NotAhead)
    }
}
