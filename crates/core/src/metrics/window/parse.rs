//! Reading the words of windows.

use std::str::FromStr;

use super::vendor;
use super::{End, MOST_DAYS, MOST_HOURS, MOST_WEEKDAYS, Window};
use crate::suggest::nearest;

/// The words as they are listed to people, `N` for a number.
pub(super) const FORMS: [&str; 12] = [
    "today",
    "yesterday",
    "last_Nd",
    "last_Nd_incl",
    "prev_Nd",
    "mtd",
    "prev_month",
    "flight",
    "lifetime",
    "first_Nd",
    "last_Nh",
    "same_weekday_N",
];

/// A text that names no window.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a window: {hint}")]
pub struct InvalidWindow {
    /// The refused text.
    pub text: String,
    /// What to write instead.
    pub hint: String,
}

impl FromStr for Window {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        match text {
            "today" => Ok(Self::Today),
            "yesterday" => Ok(Self::Yesterday),
            "mtd" => Ok(Self::MonthToDate),
            "prev_month" => Ok(Self::PreviousMonth),
            "flight" => Ok(Self::Flight),
            "lifetime" => Ok(Self::Lifetime),
            _ => counted(text)?.ok_or_else(|| invalid(text, hint(text))),
        }
    }
}

impl Window {
    /// A window given by its fields, as `{days: 7, end: settled, offset: 7}`.
    ///
    /// # Errors
    /// When a number is out of bounds.
    pub fn days(days: u16, end: End, offset: u16) -> Result<Self, InvalidWindow> {
        let window = Self::Days { days, end, offset };
        bounded(&window.to_string(), days, MOST_DAYS, "days")?;
        if days.saturating_add(offset) > MOST_DAYS {
            let hint = format!(
                "it reaches {} days back; at most {MOST_DAYS} are kept",
                u32::from(days) + u32::from(offset)
            );
            return Err(invalid(&window.to_string(), hint));
        }
        Ok(window)
    }
}

impl FromStr for End {
    type Err = InvalidWindow;

    fn from_str(text: &str) -> Result<Self, InvalidWindow> {
        Self::ALL.into_iter().find(|end| end.word() == text).ok_or_else(|| {
            let words = Self::ALL.map(Self::word);
            let hint = match nearest(text, words) {
                Some(word) => format!("as its end write `{word}`"),
                None => format!("as its end write one of {}", words.join(", ")),
            };
            invalid(text, hint)
        })
    }
}

/// A word with a number in it.
fn counted(text: &str) -> Result<Option<Window>, InvalidWindow> {
    let number = |middle: &str| plain_number(middle);
    if let Some(days) =
        text.strip_prefix("last_").and_then(|rest| rest.strip_suffix("d_incl")).and_then(number)
    {
        bounded(text, days, MOST_DAYS, "days")?;
        return Ok(Some(Window::LastDays { days, with_today: true }));
    }
    if let Some(days) = text.strip_prefix("last_").and_then(|rest| rest.strip_suffix('d')).and_then(number) {
        bounded(text, days, MOST_DAYS, "days")?;
        return Ok(Some(Window::LastDays { days, with_today: false }));
    }
    if let Some(days) = text.strip_prefix("prev_").and_then(|rest| rest.strip_suffix('d')).and_then(number) {
        bounded(text, days, MOST_DAYS / 2, "days")?;
        return Ok(Some(Window::PreviousDays { days }));
    }
    if let Some(days) = text.strip_prefix("first_").and_then(|rest| rest.strip_suffix('d')).and_then(number) {
        bounded(text, days, MOST_DAYS, "days")?;
        return Ok(Some(Window::FirstDays { days }));
    }
    if let Some(hours) = text.strip_prefix("last_").and_then(|rest| rest.strip_suffix('h')).and_then(number) {
        bounded(text, hours, MOST_HOURS, "hours")?;
        return Ok(Some(Window::LastHours { hours }));
    }
    if let Some(count) = text.strip_prefix("same_weekday_").and_then(number) {
        bounded(text, count, MOST_WEEKDAYS, "weekdays")?;
        return Ok(Some(Window::SameWeekday { count }));
    }
    Ok(None)
}

/// Digits without sign or leading zero; what does not fit is the largest number, which is out of every bound.
fn plain_number(text: &str) -> Option<u16> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = digits && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().unwrap_or(u16::MAX))
}

fn bounded(text: &str, number: u16, most: u16, what: &str) -> Result<(), InvalidWindow> {
    if (1..=most).contains(&number) {
        return Ok(());
    }
    Err(invalid(text, format!("write 1 to {most} {what}")))
}

fn invalid(text: &str, hint: String) -> InvalidWindow {
    InvalidWindow { text: text.to_owned(), hint }
}

/// What was probably meant: a vendor's word, a word with another spelling, or the list.
fn hint(text: &str) -> String {
    if let Some(known) = vendor::find(text) {
        return known.hint();
    }
    let number: String =
        text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let shape = if number.is_empty() { text.to_owned() } else { text.replacen(&number, "n", 1) };
    let number = number.trim_start_matches('0');
    let shape = shape.to_lowercase().replace("days", "d").replace("hours", "h");
    let filled = |form: &str| form.replacen('N', if number.is_empty() { "7" } else { number }, 1);
    match nearest(&shape, FORMS) {
        Some(form) => format!("write `{}`", filled(form)),
        None => format!("write one of {}", FORMS.join(", ")),
    }
}
