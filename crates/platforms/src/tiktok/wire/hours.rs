//! Dayparting: 48 half hours a day, Monday first, as 336 characters `0` or `1` (tiktok-ads.md §7).

use adplane_core::value::Value;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const SLOTS: usize = 48;

/// What an ad group reads that runs around the clock, as [`Value`] displays it.
pub(crate) const ALWAYS: &str = "Fri: 00:00-24:00, Mon: 00:00-24:00, Sat: 00:00-24:00, \
    Sun: 00:00-24:00, Thu: 00:00-24:00, Tue: 00:00-24:00, Wed: 00:00-24:00";

/// Why hours cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadHours {
    /// A time that is not on a half hour, with the nearest one that is.
    OffGrid {
        /// As written.
        written: String,
        /// The nearest half hour.
        nearest: String,
    },
    /// Never true: the vendor would read it as always.
    Never,
    /// Not of the form day → `HH:MM-HH:MM`.
    Form(String),
}

/// The 336 characters of hours.
pub(crate) fn to_text(hours: &Value) -> Result<String, BadHours> {
    let mut slots = [[false; SLOTS]; 7];
    let entries = hours.entries().ok_or_else(|| BadHours::Form(hours.to_string()))?;
    for (day, spans) in entries {
        let index =
            DAYS.iter().position(|name| name == day).ok_or_else(|| BadHours::Form(day.to_string()))?;
        for span in spans.texts() {
            let (from, to) = span.split_once('-').ok_or_else(|| BadHours::Form(span.to_owned()))?;
            let (from, to) = (slot(from)?, slot(to)?);
            for flag in slots[index].iter_mut().take(to).skip(from) {
                *flag = true;
            }
        }
    }
    if slots.iter().flatten().all(|on| !on) {
        return Err(BadHours::Never);
    }
    Ok(slots.iter().flatten().map(|on| if *on { '1' } else { '0' }).collect())
}

/// Hours from the 336 characters; all zeros mean always, as all ones do. `None` when it has another form.
pub(crate) fn from_text(text: &str) -> Option<Value> {
    if text.len() != 7 * SLOTS || !text.bytes().all(|byte| byte == b'0' || byte == b'1') {
        return None;
    }
    let always = !text.contains('1');
    let days = DAYS.iter().zip(text.as_bytes().chunks(SLOTS)).filter_map(|(day, slots)| {
        let on: Vec<bool> = slots.iter().map(|slot| always || *slot == b'1').collect();
        let spans = spans(&on);
        (!spans.is_empty()).then(|| (*day, Value::text_set(spans)))
    });
    Some(Value::map(days))
}

/// Hours in the form that reads give: overlapping and touching spans merged.
pub(crate) fn normal(hours: &Value) -> Result<Value, BadHours> {
    let text = to_text(hours)?;
    Ok(from_text(&text).unwrap_or_else(|| hours.clone()))
}

fn slot(clock: &str) -> Result<usize, BadHours> {
    let form = || BadHours::Form(clock.to_owned());
    let (hour, minute) = clock.split_once(':').ok_or_else(form)?;
    let hour: usize = hour.parse().map_err(|_| form())?;
    let minute: usize = minute.parse().map_err(|_| form())?;
    if hour > 24 || minute > 59 || (hour == 24 && minute > 0) {
        return Err(form());
    }
    if !minute.is_multiple_of(30) {
        let nearest = hour * 2 + (minute + 15) / 30;
        return Err(BadHours::OffGrid { written: clock.to_owned(), nearest: show(nearest) });
    }
    Ok(hour * 2 + minute / 30)
}

fn show(slot: usize) -> String {
    format!("{:02}:{:02}", slot / 2, slot % 2 * 30)
}

fn spans(on: &[bool]) -> Vec<String> {
    let mut spans = Vec::new();
    let mut start = None;
    for (index, flag) in on.iter().copied().chain([false]).enumerate() {
        match (flag, start) {
            (true, None) => start = Some(index),
            (false, Some(from)) => {
                spans.push(format!("{}-{}", show(from), show(index)));
                start = None;
            }
            _ => {}
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(day: &str, spans: &[&str]) -> Value {
        Value::map([(day, Value::text_set(spans))])
    }

    #[test]
    fn spans_merge_and_come_back() {
        let written = hours("Tue", &["08:00-12:00", "12:00-20:30", "22:00-24:00"]);
        let text = to_text(&written).unwrap();
        assert_eq!(text.len(), 336);
        assert_eq!(text.find('1'), Some(48 + 16));
        assert_eq!(from_text(&text).unwrap(), hours("Tue", &["08:00-20:30", "22:00-24:00"]));
        assert_eq!(normal(&written).unwrap(), from_text(&text).unwrap());
    }

    #[test]
    fn all_zero_means_always() {
        assert_eq!(from_text(&"0".repeat(336)).unwrap().to_string(), ALWAYS);
        assert_eq!(from_text(&"1".repeat(336)).unwrap().to_string(), ALWAYS);
        assert_eq!(to_text(&Value::map::<&str>([])), Err(BadHours::Never));
    }

    #[test]
    fn refuses_what_is_off_the_grid() {
        let refused = to_text(&hours("Mon", &["08:15-20:00"])).unwrap_err();
        assert_eq!(refused, BadHours::OffGrid { written: "08:15".into(), nearest: "08:30".into() });
    }
}
