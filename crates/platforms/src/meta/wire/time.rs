//! Times on the wire: `2026-11-20T09:15:00-0800`, offset without colon (meta-ads.md §13).

use adplane_core::time::{Time, Zone};
use jiff::Timestamp;
use serde_json::Value as Json;

const FORM: &str = "%Y-%m-%dT%H:%M:%S%z";

/// An instant as Meta accepts and shows it.
pub(crate) fn show(time: &Time) -> String {
    time.at.to_zoned(time.zone.rules()).strftime(FORM).to_string()
}

/// An instant from its text, with or without colon in the offset, or from Unix seconds.
pub(crate) fn instant(value: &Json) -> Option<Timestamp> {
    match value {
        Json::Number(number) => Timestamp::from_second(number.as_i64()?).ok(),
        Json::String(text) => Timestamp::strptime(FORM, text)
            .ok()
            .or_else(|| text.parse().ok())
            .or_else(|| Timestamp::from_second(text.parse().ok()?).ok()),
        _ => None,
    }
}

/// A member that holds an instant, shown in a zone. The Unix epoch and earlier mean unset.
pub(crate) fn read(object: &Json, name: &str, zone: &Zone) -> Option<Time> {
    let at = instant(object.get(name)?)?;
    (at.as_second() > 86_400).then(|| Time::new(at, zone.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_every_form_and_writes_its_own() {
        let zone = Zone::parse("America/New_York").unwrap();
        let object =
            json!({"a": "2026-11-20T09:15:00-0500", "b": "2026-11-20T09:15:00-05:00", "c": 1_795_184_100});
        let time = read(&object, "a", &zone).unwrap();
        assert_eq!(show(&time), "2026-11-20T09:15:00-0500");
        assert_eq!(read(&object, "b", &zone), Some(time.clone()));
        assert_eq!(read(&object, "c", &zone), Some(time));
        assert_eq!(read(&json!({"a": "1969-12-31T19:00:00-0500"}), "a", &zone), None);
    }
}
