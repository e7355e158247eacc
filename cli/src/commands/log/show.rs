//! The change log as text, JSON and markdown; each commit is written as soon as it is known.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use adplane_core::plan::document::encode;
use adplane_core::value::Value;
use adplane_manifest::compare::{FieldDifference, Happening, ObjectDifference};
use owo_colors::OwoColorize;
use serde_json::{Value as Json, json};

use super::applied::PlanNote;
use super::{Entry, walk};
use crate::args::ChangeLogFormat;
use crate::error::Failure;
use crate::render::{safe, words};
use crate::ui::Ui;

/// Writes entries one by one.
pub(super) struct Writer<'a> {
    format: ChangeLogFormat,
    ui: &'a Ui,
    count: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(format: ChangeLogFormat, ui: &'a Ui) -> Self {
        Self { format, ui, count: 0 }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn entry(&mut self, entry: &Entry) -> Result<(), Failure> {
        self.count += 1;
        let shown = match self.format {
            ChangeLogFormat::Text => text(entry),
            ChangeLogFormat::Markdown => markdown(entry),
            ChangeLogFormat::Json => {
                let open = if self.count == 1 { "[\n" } else { ",\n" };
                format!("{open}{}", object(entry))
            }
        };
        self.ui.data(&shown)
    }

    pub(super) fn finish(&self) -> Result<(), Failure> {
        match self.format {
            ChangeLogFormat::Json => self.ui.data(if self.count == 0 { "[]\n" } else { "\n]\n" }),
            _ if self.count == 0 => {
                self.ui.note("no commit in this range changed an object");
                Ok(())
            }
            ChangeLogFormat::Text | ChangeLogFormat::Markdown => Ok(()),
        }
    }
}

/// A value as people read it.
fn shown(value: Option<&Value>) -> String {
    words::value(value.map(encode).as_ref())
}

/// Members that a list gained and lost, when both sides are lists without an order.
fn members(field: &FieldDifference) -> Option<(Vec<String>, Vec<String>)> {
    let parts = |value: &Value| -> Option<BTreeSet<String>> {
        match value {
            Value::Set(members) => Some(members.iter().map(|member| shown(Some(member))).collect()),
            Value::Map(entries) if entries.values().any(|entry| entry.entries().is_some()) => {
                Some(entries.keys().map(|key| key.replace('|', " · ")).collect())
            }
            _ => None,
        }
    };
    let (before, after) = (parts(field.before.as_ref()?)?, parts(field.after.as_ref()?)?);
    let added: Vec<String> = after.difference(&before).cloned().collect();
    let removed: Vec<String> = before.difference(&after).cloned().collect();
    (!added.is_empty() || !removed.is_empty()).then_some((added, removed))
}

/// `120.00 EUR → 150.00 EUR`, `+ ES - PT`, `no longer managed (was Active)`.
fn change(field: &FieldDifference) -> String {
    if let Some((added, removed)) = members(field) {
        let added = added.iter().map(|member| format!("+ {member}"));
        let parts: Vec<String> = added.chain(removed.iter().map(|member| format!("- {member}"))).collect();
        return parts.join(", ");
    }
    match (&field.before, &field.after) {
        (before, Some(after)) => format!("{} → {}", shown(before.as_ref()), shown(Some(after))),
        (before, None) => format!("no longer managed (was {})", shown(before.as_ref())),
    }
}

fn plan(note: &PlanNote) -> String {
    let applied = note.applied_at.map(|at| format!(", applied {at}")).unwrap_or_default();
    let by = if note.approved_by.is_empty() {
        String::new()
    } else {
        format!(", approved by {}", note.approved_by.join(", "))
    };
    format!("{}{by}{applied}", note.hash)
}

fn headline(object: &ObjectDifference) -> (&'static str, String) {
    let name = object.short();
    match &object.happening {
        Happening::Added => ("+", format!("{name} added")),
        Happening::Removed => ("-", format!("{name} removed")),
        Happening::Renamed { from } => ("»", format!("{name} renamed from `{from}`")),
        Happening::Changed => ("~", name),
    }
}

fn file_line(happening: &Happening) -> &'static str {
    match happening {
        Happening::Added => "added",
        Happening::Removed => "removed",
        Happening::Renamed { .. } | Happening::Changed => "changed",
    }
}

fn text(entry: &Entry) -> String {
    let commit = &entry.commit;
    let mut out = String::new();
    let when = commit.at.strftime("%Y-%m-%d %H:%M UTC");
    let who = format!("{} <{}>", commit.author, commit.email);
    let _ = writeln!(out, "{} {when}  {who}\n    {}", commit.id.short().yellow(), commit.subject().bold());
    for note in &entry.plans {
        let _ = writeln!(out, "    plan {}", plan(note));
    }
    for object in &entry.told.objects {
        let (sign, line) = headline(object);
        let sign = match sign {
            "+" => sign.green().to_string(),
            "-" => sign.red().to_string(),
            other => other.yellow().to_string(),
        };
        let _ = writeln!(out, "  {sign} {line}");
        if object.happening != Happening::Added {
            for field in &object.fields {
                let _ = writeln!(out, "      {:<30} {}", field.path.as_str(), change(field));
            }
        }
    }
    for (file, happening) in &entry.told.files {
        let _ = writeln!(out, "  ~ {file} {}", file_line(happening));
    }
    for file in &entry.told.unreadable {
        let _ = writeln!(out, "  ! {file} could not be read at this commit");
    }
    out.push('\n');
    out
}

fn markdown(entry: &Entry) -> String {
    let commit = &entry.commit;
    let escape = safe::markdown;
    let mut out = String::new();
    let _ = writeln!(out, "### {}\n", escape(commit.subject()));
    let counts: Vec<String> = walk::counts(&entry.told.objects)
        .into_iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    let _ = writeln!(
        out,
        "`{}` {} by {} — {}\n",
        commit.id.short(),
        commit.at.strftime("%Y-%m-%d %H:%M UTC"),
        escape(&commit.author),
        counts.join(", ")
    );
    for note in &entry.plans {
        let _ = writeln!(out, "- plan `{}`", plan(note));
    }
    out.push_str("\n| object | field | change |\n|---|---|---|\n");
    for object in &entry.told.objects {
        let (_, line) = headline(object);
        let line = escape(&line);
        if object.happening == Happening::Added || object.fields.is_empty() {
            let _ = writeln!(out, "| {line} | | |");
        } else {
            for field in &object.fields {
                let _ = writeln!(out, "| {line} | `{}` | {} |", field.path, escape(&change(field)));
            }
        }
    }
    for (file, happening) in &entry.told.files {
        let _ = writeln!(out, "| {} | | {} |", escape(file), file_line(happening));
    }
    for file in &entry.told.unreadable {
        let _ = writeln!(out, "| {} | | could not be read |", escape(file));
    }
    out.push('\n');
    out
}

fn object(entry: &Entry) -> Json {
    let commit = &entry.commit;
    let objects: Vec<Json> = entry.told.objects.iter().map(one).collect();
    let files: Vec<Json> = entry
        .told
        .files
        .iter()
        .map(|(file, happening)| json!({"file": file, "happening": file_line(happening)}))
        .collect();
    json!({
        "commit": commit.id.to_string(),
        "author": commit.author,
        "email": commit.email,
        "at": commit.at.to_string(),
        "subject": commit.subject(),
        "plans": entry.plans,
        "objects": objects,
        "files": files,
        "unreadable": entry.told.unreadable,
    })
}

fn one(object: &ObjectDifference) -> Json {
    let (happening, from) = match &object.happening {
        Happening::Added => ("added", None),
        Happening::Removed => ("removed", None),
        Happening::Renamed { from } => ("renamed", Some(from.to_string())),
        Happening::Changed => ("changed", None),
    };
    let fields: Vec<Json> = object
        .fields
        .iter()
        .map(|field| {
            json!({"path": field.path, "before": field.before.as_ref().map(encode), "after": field.after.as_ref().map(encode)})
        })
        .collect();
    json!({
        "object": object.short(),
        "kind": if object.ad.is_some() { "Ad" } else { object.key.kind.word() },
        "namespace": object.key.namespace,
        "happening": happening,
        "from": from,
        "file": &*object.file,
        "fields": fields,
    })
}
