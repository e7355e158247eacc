//! Bytes of files to documents, on every core.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use adplane_core::diagnostic::Diagnostic;
use adplane_core::field::Origin;
use adplane_core::ids::{Namespace, ObjectName};

use super::document::{Document, DocumentKind};
use super::files::{Found, unreadable};
use super::sources::Sources;
use super::tree::{About, FileTree};
use crate::check::document::{Checked, check};
use crate::yaml::parse::parse;

/// Largest file that is read; hand-written YAML is a thousandth of it.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;
/// What a file that holds a pool says.
const POOL: &str = "pool";
/// Work is cut at document boundaries into pieces of about this size.
const PIECE_BYTES: usize = 128 * 1024;

/// What all files held.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) documents: Vec<Document>,
    /// Documents of other programs.
    pub(super) foreign: usize,
    /// Whether every file and document could be read.
    pub(super) whole: bool,
}

/// A stretch of whole documents of one file.
struct Piece {
    file: Arc<str>,
    text: Arc<str>,
    range: std::ops::Range<usize>,
    first_line: u32,
}

#[derive(Default)]
struct Outcome {
    documents: Vec<Document>,
    diagnostics: Vec<Diagnostic>,
    foreign: usize,
    broken: bool,
}

/// Reads and checks files.
pub(super) fn read_all(
    tree: &FileTree,
    files: &[Found],
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Read {
    let mut whole = true;
    let mut pieces = Vec::new();
    for file in files {
        match read_text(tree, &file.path, &file.shown) {
            Ok(text) => {
                sources.insert(Arc::clone(&file.shown), Arc::clone(&text));
                pieces.extend(cut(&file.shown, &text));
            }
            Err(problem) => {
                whole = false;
                diagnostics.push(*problem);
            }
        }
    }
    let mut read = Read { whole, ..Read::default() };
    for outcome in run(&pieces) {
        read.documents.extend(outcome.documents);
        diagnostics.extend(outcome.diagnostics);
        read.foreign += outcome.foreign;
        read.whole &= !outcome.broken;
    }
    read
}

/// What files say that were not asked for.
#[derive(Debug, Default)]
pub(super) struct Elsewhere {
    /// Documents that govern every plan of the project.
    pub(super) governing: Vec<Document>,
    /// Accounts, which those may name.
    pub(super) accounts: BTreeSet<(Namespace, ObjectName)>,
    /// Rules and pools, which overrides may name.
    pub(super) authors: BTreeSet<(Namespace, ObjectName)>,
    /// Whether something could not be read that may hold any of them.
    pub(super) broken: bool,
}

/// Reads the documents that govern a project from files that were not asked for: naming one folder must not be
/// a way around a policy or a freeze window. Only files that name such a kind, an account, a rule or a pool are parsed.
pub(super) fn read_elsewhere(
    tree: &FileTree,
    files: Vec<Found>,
    sources: &mut Sources,
    diagnostics: &mut Vec<Diagnostic>,
) -> Elsewhere {
    let mut found = Elsewhere::default();
    for file in files {
        match read_text(tree, &file.path, &file.shown) {
            Ok(text) => {
                let governs =
                    DocumentKind::ALL.iter().any(|kind| kind.governs() && text.contains(kind.word()));
                let named = [DocumentKind::AdAccount.word(), DocumentKind::AutomationRule.word(), POOL];
                if !governs && !named.iter().any(|word| text.contains(word)) {
                    continue;
                }
                for outcome in run(&cut(&file.shown, &text)) {
                    let before = found.governing.len();
                    found.broken |= outcome.broken;
                    for document in outcome.documents {
                        if document.may_override() {
                            found.authors.insert((document.namespace, document.name));
                        } else if document.kind.governs() {
                            found.governing.push(document);
                        } else if document.kind == DocumentKind::AdAccount {
                            found.accounts.insert((document.namespace, document.name));
                        }
                    }
                    // Of a file without any, what is wrong is not of this plan.
                    if found.governing.len() > before || (governs && outcome.broken) {
                        diagnostics.extend(outcome.diagnostics.into_iter().filter(Diagnostic::is_error));
                    }
                }
                if governs {
                    sources.insert(file.shown, text);
                }
            }
            Err(problem) => {
                found.broken = true;
                diagnostics.push(*problem);
            }
        }
    }
    found
}

/// Reads a file as UTF-8 text.
pub(super) fn read_text(tree: &FileTree, path: &Path, shown: &Arc<str>) -> Result<Arc<str>, Box<Diagnostic>> {
    let failed = |error: std::io::Error| unreadable(shown, &error);
    let about = tree.about(path).map_err(failed)?;
    if let About::File { bytes: size } = about
        && size > MAX_FILE_BYTES
    {
        let message = format!("`{shown}` has {} MiB, more than {}", size >> 20, MAX_FILE_BYTES >> 20);
        return Err(Box::new(
            Diagnostic::error("file-too-large", message).hint("split it into several files"),
        ));
    }
    let mut bytes = Vec::new();
    tree.open(path).map_err(failed)?.read_to_end(&mut bytes).map_err(failed)?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").map(<[u8]>::to_vec).unwrap_or(bytes);
    String::from_utf8(bytes).map(Arc::from).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = String::from_utf8_lossy(&error.as_bytes()[..valid]);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
        let origin = Origin { file: Arc::clone(shown), line: number(line), column: number(column) };
        Box::new(
            Diagnostic::error("not-utf-8", format!("`{shown}` is not UTF-8 text"))
                .hint("save it as UTF-8")
                .at(Some(&origin)),
        )
    })
}

/// Cuts a text where a line `---` begins a document; nothing else may stand there in YAML.
fn cut(file: &Arc<str>, text: &Arc<str>) -> Vec<Piece> {
    let piece =
        |range, first_line| Piece { file: Arc::clone(file), text: Arc::clone(text), range, first_line };
    // A directive belongs to the document behind the `---` that follows it.
    let directives = text.starts_with('%') || text.contains("\n%");
    if text.len() <= PIECE_BYTES || directives {
        return vec![piece(0..text.len(), 1)];
    }
    let mut pieces = Vec::new();
    let (mut start, mut first_line) = (0, 1);
    let (mut offset, mut line_number) = (0, 1);
    for line in text.split_inclusive('\n') {
        let rest = line.strip_prefix("---");
        let boundary = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\n', '\r']));
        if boundary && offset - start >= PIECE_BYTES {
            pieces.push(piece(start..offset, first_line));
            (start, first_line) = (offset, line_number);
        }
        offset += line.len();
        line_number += 1;
    }
    pieces.push(piece(start..offset, first_line));
    pieces
}

/// What one text holds, unchecked against others: for comparing revisions.
#[derive(Debug, Default)]
pub struct Texts {
    /// Documents of ours, as far as they could be read.
    pub documents: Vec<Document>,
    /// Whether something of ours could not be read.
    pub broken: bool,
}

/// Reads the documents of a text.
pub fn documents(file: &Arc<str>, text: &str) -> Texts {
    let mut read = Texts::default();
    let mut diagnostics = Vec::new();
    parse(file, text, 1, &mut diagnostics, |node, found| match check(file, node, found) {
        Checked::Ours(document) => read.documents.push(*document),
        Checked::Broken => read.broken = true,
        Checked::Foreign | Checked::Empty => {}
    });
    read.broken |= diagnostics.iter().any(|finding| finding.code == "yaml-syntax");
    read
}

/// Cuts a text where a line `---` begins a document, so that each stretch reads alone as it reads in the whole.
pub fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let directives = text.starts_with('%') || text.contains("\n%");
    let mut rest = Some(text).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let current = rest?;
        let next = current.match_indices("\n---").map(|(at, _)| at + 1).find(|at| {
            let behind = &current[at + 3..];
            behind.is_empty() || behind.starts_with([' ', '\t', '\n', '\r'])
        });
        let (piece, left) = match next.filter(|_| !directives) {
            Some(at) => (&current[..at], Some(&current[at..])),
            None => (current, None),
        };
        rest = left;
        Some(piece)
    })
}

/// Checks pieces on all cores; outcomes come in the order of pieces.
fn run(pieces: &[Piece]) -> Vec<Outcome> {
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(pieces.len());
    if threads <= 1 {
        return pieces.iter().map(check_piece).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(piece) = pieces.get(index) else { return done };
            done.push((index, check_piece(piece)));
        }
    };
    let mut outcomes: Vec<(usize, Outcome)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut outcomes = work();
        for worker in workers {
            match worker.join() {
                Ok(done) => outcomes.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        outcomes
    });
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn check_piece(piece: &Piece) -> Outcome {
    let mut outcome = Outcome::default();
    let mut diagnostics = Vec::new();
    let mut documents = Vec::new();
    parse(
        &piece.file,
        &piece.text[piece.range.clone()],
        piece.first_line,
        &mut diagnostics,
        |node, found| match check(&piece.file, node, found) {
            Checked::Ours(document) => documents.push(*document),
            Checked::Broken => outcome.broken = true,
            Checked::Foreign => outcome.foreign += 1,
            Checked::Empty => {}
        },
    );
    outcome.broken |= diagnostics.iter().any(Diagnostic::is_error);
    Outcome { documents, diagnostics, ..outcome }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_every_document() {
        let text = "a: 1\n---\nb: |\n  ---\n--- # c\nc: 1\n----\n";
        assert_eq!(
            super::pieces(text).collect::<Vec<_>>(),
            ["a: 1\n", "---\nb: |\n  ---\n", "--- # c\nc: 1\n----\n"]
        );
        assert_eq!(super::pieces("").count(), 0);
        assert_eq!(super::pieces("%YAML 1.2\n---\na: 1\n---\nb: 1\n").count(), 1);
    }

    #[test]
    fn pieces_keep_lines_and_lose_nothing() {
        let mut text = String::new();
        while text.len() < 3 * PIECE_BYTES {
            text.push_str("--- # a document\na: |\n  ---\n  ----\nb: é\n");
        }
        let text: Arc<str> = Arc::from(text);
        let pieces = cut(&Arc::from("a.yaml"), &text);
        assert!(pieces.len() >= 2);
        let joined: String = pieces.iter().map(|piece| &text[piece.range.clone()]).collect();
        assert_eq!(*joined, *text);
        for piece in &pieces {
            let line = text[..piece.range.start].matches('\n').count() + 1;
            assert_eq!(piece.first_line as usize, line);
            assert!(text[piece.range.clone()].starts_with("--- #"));
        }
    }
}
