//! The parser on its own, and date functions.

use jiff::civil::date;

use super::dates::during;
use super::parser::{Operator, parse};

#[test]
fn a_query_is_taken_apart() {
    let query = parse(
        "select campaign.id, metrics.clicks FROM campaign WHERE campaign.name = 'It\\'s' and segments.date DURING LAST_7_DAYS \
         ORDER BY metrics.clicks DESC, campaign.id LIMIT 5 PARAMETERS include_drafts=true",
    )
    .unwrap();
    assert_eq!(query.select, ["campaign.id", "metrics.clicks"]);
    assert_eq!(query.conditions[0].values[0].text(), "It's");
    assert_eq!(query.conditions[1].operator, Operator::During);
    assert!(query.order[0].descending && !query.order[1].descending);
    assert_eq!(query.limit, Some(5));
    assert_eq!(query.parameters, [("include_drafts".to_owned(), "true".to_owned())]);
}

#[test]
fn date_functions_count_from_today() {
    // A Wednesday.
    let today = date(2026, 3, 4);
    for (function, first, last) in [
        ("TODAY", today, today),
        ("LAST_7_DAYS", date(2026, 2, 25), date(2026, 3, 3)),
        ("LAST_BUSINESS_WEEK", date(2026, 2, 23), date(2026, 2, 27)),
        ("THIS_MONTH", date(2026, 3, 1), today),
        ("LAST_MONTH", date(2026, 2, 1), date(2026, 2, 28)),
        ("THIS_WEEK_SUN_TODAY", date(2026, 3, 1), today),
        ("THIS_WEEK_MON_TODAY", date(2026, 3, 2), today),
        ("LAST_WEEK_SUN_SAT", date(2026, 2, 22), date(2026, 2, 28)),
        ("LAST_WEEK_MON_SUN", date(2026, 2, 23), date(2026, 3, 1)),
    ] {
        assert_eq!(during(function, today).unwrap(), (first, last), "{function}");
    }
    assert!(during("SOMETIME", today).is_err());
}
