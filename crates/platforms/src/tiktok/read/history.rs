//! The vendor's change log: a task is made, polled, downloaded (tiktok-ads.md §14).
//!
//! The download is a text of JSON that holds a Python bytes literal of a CSV file.

use std::time::Duration;

use adplane_core::address::Platform;
use adplane_core::field::FieldPath;
use adplane_core::ids::ExternalId;
use adplane_engine::error::{ErrorKind, PlatformError, Retry};
use adplane_engine::port::{CREATED, HistoryEvent};
use jiff::{Timestamp, ToSpan};
use serde_json::Value as Json;

use crate::tiktok::auth::Session;
use crate::tiktok::calls;
use crate::tiktok::memory::Memory;
use crate::tiktok::wire::{self, time};

/// One task covers at most 30 days.
const LONGEST_HOURS: i64 = 30 * 24;
/// The told time is cut to seconds and was under way for a while: what has just happened lies after it.
const BEHIND: jiff::SignedDuration = jiff::SignedDuration::from_secs(5);
/// Tasks of one look: half a year is further back than anybody asks who changed something.
const TASKS: usize = 6;
/// The first wait for a task; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(8);
const CHECKS: usize = 12;

/// Changes since an instant, newest first.
///
/// # Errors
/// When the log cannot be made or read.
pub(crate) async fn history(
    session: &Session,
    memory: &Memory,
    since: Timestamp,
) -> Result<Vec<HistoryEvent>, PlatformError> {
    let now = session.now().await?;
    let mut end = now.checked_add(BEHIND).unwrap_or(now);
    let mut found = Vec::new();
    for _ in 0..TASKS {
        let earliest = end.checked_sub(LONGEST_HOURS.hours()).unwrap_or(since);
        let start = since.max(earliest);
        found.extend(span(session, start, end).await?);
        if start <= since {
            break;
        }
        end = start;
    }
    // A log may name a creative of a Smart+ ad where the ad is meant (unverified): both are the ad's.
    for event in &mut found {
        if let Some(ad) = memory.ad_of(event.id.as_str()).and_then(|ad| ExternalId::new(ad).ok()) {
            event.id = ad;
        }
    }
    found.sort_by_key(|event| std::cmp::Reverse(event.at));
    // Two spans share the instant between them.
    found.dedup();
    Ok(found)
}

/// Changes between two instants: a task is made, polled, downloaded.
async fn span(
    session: &Session,
    start: Timestamp,
    end: Timestamp,
) -> Result<Vec<HistoryEvent>, PlatformError> {
    let call = calls::create_history(&session.config, &time::to_text(start), &time::to_text(end));
    let task = session.object(&call).await?;
    let unready = |message: &str| {
        PlatformError::new(
            ErrorKind::Unavailable,
            Retry::After(None),
            Platform::TikTok,
            &call.operation,
            message,
        )
        .account(&session.config.advertiser)
    };
    let task = wire::text(&task, "task_id").ok_or_else(|| unready("no `task_id`"))?;
    let mut wait = FIRST_WAIT;
    for _ in 0..CHECKS {
        let state = session.object(&calls::check_history(&session.config, &task)).await?;
        match wire::word(&state, "status") {
            Some("SUCCESS") => {
                let data = session.object(&calls::download_history(&session.config, &task)).await?;
                return Ok(events(wire::word(&data, "changelog").unwrap_or_default()));
            }
            Some("FAILED") => return Err(unready("the change log could not be made")),
            _ => tokio::time::sleep(wait).await,
        }
        wait = (wait * 2).min(LONGEST_WAIT);
    }
    Err(unready("the change log is not ready after a minute"))
}

/// Events of a downloaded log, newest first; rows of another form are left out.
fn events(changelog: &str) -> Vec<HistoryEvent> {
    let file = serde_json::from_str::<Json>(changelog).ok();
    let literal = file.as_ref().and_then(|file| file.get("file_data")?.as_str()).unwrap_or_default();
    let csv = unescape(literal);
    let mut rows = rows(&csv).into_iter();
    let Some(head) = rows.next() else { return Vec::new() };
    let column = |name: &str| {
        head.iter().position(|cell| cell.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name))
    };
    let columns = ["Time", "Object ID", "Operator", "Source", "Activity details"].map(column);
    let mut events: Vec<HistoryEvent> = rows.filter_map(|row| event(&row, columns)).collect();
    events.sort_by_key(|event| std::cmp::Reverse(event.at));
    events
}

fn event(row: &[String], columns: [Option<usize>; 5]) -> Option<HistoryEvent> {
    let cell = |index: usize| Some(row.get(columns[index]?)?.trim());
    Some(HistoryEvent {
        at: time::from_text(cell(0)?)?,
        id: ExternalId::new(cell(1)?).ok()?,
        actor: cell(2).unwrap_or_default().to_owned(),
        client: cell(3).unwrap_or_default().to_owned(),
        what: cell(4).unwrap_or_default().to_owned(),
        fields: fields(cell(4).unwrap_or_default()),
    })
}

/// Words in a changed member, and the field they are about; the first that is there counts.
const TOPICS: [(&str, &str); 15] = [
    ("budget", "budget"),
    ("status", "state"),
    ("name", "displayName"),
    ("schedule", "schedule"),
    ("dayparting", "schedule"),
    ("bid", "bidding"),
    ("location", "targeting"),
    ("age_groups", "targeting"),
    ("gender", "targeting"),
    ("language", "targeting"),
    ("audience", "targeting"),
    ("optimization", "optimization"),
    ("placement", "tiktok"),
    ("ad_text", "creative"),
    ("landing_page", "creative"),
];

/// Fields that activity details such as `budget: 50 -> 60; ad_text: a -> b` are about; none where a part of them is not
/// known.
fn fields(details: &str) -> Vec<FieldPath> {
    if details.trim().eq_ignore_ascii_case("create") {
        return vec![FieldPath::new(CREATED)];
    }
    let topic = |part: &str| {
        let member = part.split_once(':')?.0.trim().to_ascii_lowercase().replace(' ', "_");
        TOPICS.iter().find(|(word, _)| member.contains(word)).map(|(_, path)| FieldPath::new(path))
    };
    let told: Option<Vec<FieldPath>> = details.split(';').map(topic).collect();
    told.unwrap_or_default()
}

/// The text of a Python bytes literal `b'…'`; other text stays as it is.
fn unescape(literal: &str) -> String {
    let inner = ["b'", "b\""].iter().find_map(|open| literal.strip_prefix(open)?.strip_suffix(&open[1..]));
    let Some(inner) = inner else { return literal.to_owned() };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            bytes.extend(letter.to_string().as_bytes());
            continue;
        }
        match letters.next() {
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some('x') => {
                let hex: String = letters.by_ref().take(2).collect();
                bytes.extend(u8::from_str_radix(&hex, 16).ok());
            }
            Some(other) => bytes.extend(other.to_string().as_bytes()),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Cells of a CSV file (RFC 4180).
fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut rows = vec![vec![String::new()]];
    let mut quoted = false;
    let mut letters = csv.chars().peekable();
    while let Some(letter) = letters.next() {
        let Some(row) = rows.last_mut() else { break };
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                push(row, '"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => row.push(String::new()),
            '\r' if !quoted => {}
            '\n' if !quoted => rows.push(vec![String::new()]),
            other => push(row, other),
        }
    }
    rows.retain(|row| row.iter().any(|cell| !cell.is_empty()));
    rows
}

fn push(row: &mut [String], letter: char) {
    if let Some(cell) = row.last_mut() {
        cell.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_name_the_fields() {
        let told = |details: &str| fields(details).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(told("Budget: 50 -> 60, daily"), ["budget"]);
        assert_eq!(
            told("budget: 50 -> 60; operation_status: \"ENABLE\" -> \"DISABLE\""),
            ["budget", "state"]
        );
        assert_eq!(told("budget: 50 -> 60; something: 1 -> 2"), Vec::<String>::new(), "a part is not known");
        assert_eq!(told("CREATE"), [CREATED]);
    }

    #[test]
    fn a_download_becomes_events() {
        let csv = "b'Time,log_object_type,Object ID,Object,Operator,Source,App ID,Activity details\\r\\n\
            2026-11-20 09:00:00,CAMPAIGN,18490000001,Spring,a***@x.example,Web,,\"Budget: 50 -> 60, daily\"\\r\\n\
            2026-11-20 10:00:00,AD,18490000002,Caf\\xc3\\xa9,b***@x.example,Marketing API,7,Status\\r\\n'";
        let changelog = serde_json::json!({"file_name": "log.csv", "file_data": csv}).to_string();
        let found = events(&changelog);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].id.as_str(), found[0].client.as_str()), ("18490000002", "Marketing API"));
        assert_eq!(found[1].what, "Budget: 50 -> 60, daily");
        assert_eq!(unescape("b'Caf\\xc3\\xa9'"), "Café");
        assert!(events("").is_empty());
    }
}
