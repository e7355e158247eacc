//! Two texts as a unified diff that `git apply` and `patch` take.

use std::fmt::Write as _;

/// Lines of context around a change.
const CONTEXT: usize = 3;
/// Above so many pairs of lines between the first and the last difference, all of it is one change.
const PAIRS: usize = 4_000_000;

/// A line of a diff, with the number of lines before it in either text.
struct Line<'t> {
    sign: char,
    text: &'t str,
    before: usize,
    after: usize,
}

/// The difference of a file, empty when there is none.
pub(super) fn unified(name: &str, before: &str, after: &str) -> String {
    let lines = lines(before, after);
    let mut out = String::new();
    let changed: Vec<usize> = (0..lines.len()).filter(|index| lines[*index].sign != ' ').collect();
    let mut rest = changed.as_slice();
    while let [first, ..] = rest {
        // Changes with little between them are one hunk.
        let apart = rest.windows(2).position(|pair| pair[1] - pair[0] > 2 * CONTEXT);
        let (hunk, others) = rest.split_at(apart.map_or(rest.len(), |place| place + 1));
        let end = hunk.last().unwrap_or(first) + 1 + CONTEXT;
        write_hunk(&mut out, &lines[first.saturating_sub(CONTEXT)..end.min(lines.len())]);
        rest = others;
    }
    if out.is_empty() {
        return out;
    }
    // A tab ends a name that has spaces.
    let tab = if name.contains(' ') { "\t" } else { "" };
    format!("--- a/{name}{tab}\n+++ b/{name}{tab}\n{out}")
}

fn write_hunk(out: &mut String, lines: &[Line<'_>]) {
    let Some(first) = lines.first() else { return };
    let count = |other: char| lines.iter().filter(|line| line.sign != other).count();
    let (old, new) = (count('+'), count('-'));
    // Of nothing, the line before it is named.
    let begins = |lines: usize, count: usize| if count == 0 { lines } else { lines + 1 };
    let (from, to) = (begins(first.before, old), begins(first.after, new));
    // Writing to a string does not fail.
    let _ = writeln!(out, "@@ -{from},{old} +{to},{new} @@");
    for line in lines {
        out.push(line.sign);
        out.push_str(line.text);
        if !line.text.ends_with('\n') {
            out.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// Both texts in one list: what stays, what goes and what comes.
fn lines<'t>(before: &'t str, after: &'t str) -> Vec<Line<'t>> {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (rest, others) = (&old[head..], &new[head..]);
    let tail = rest.iter().rev().zip(others.iter().rev()).take_while(|(a, b)| a == b).count();
    let (middle, instead) = (&rest[..rest.len() - tail], &others[..others.len() - tail]);
    let mut found = Vec::new();
    let (mut i, mut j) = (0, 0);
    let mut put = |sign: char, text: &'t str| {
        found.push(Line { sign, text, before: i, after: j });
        i += usize::from(sign != '+');
        j += usize::from(sign != '-');
    };
    for &text in &old[..head] {
        put(' ', text);
    }
    for (sign, text) in between(middle, instead) {
        put(sign, text);
    }
    for &text in &old[old.len() - tail..] {
        put(' ', text);
    }
    found
}

/// The shortest way from one list of lines to another.
fn between<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<(char, &'t str)> {
    if old.len().saturating_mul(new.len()) > PAIRS {
        return old.iter().map(|text| ('-', *text)).chain(new.iter().map(|text| ('+', *text))).collect();
    }
    // How many lines the rests from here on have in common.
    let mut common = vec![vec![0_u32; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i][j] = if old[i] == new[j] {
                common[i + 1][j + 1] + 1
            } else {
                common[i + 1][j].max(common[i][j + 1])
            };
        }
    }
    let (mut i, mut j, mut found) = (0, 0, Vec::new());
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            found.push((' ', old[i]));
            (i, j) = (i + 1, j + 1);
        } else if i < old.len() && (j == new.len() || common[i + 1][j] >= common[i][j + 1]) {
            found.push(('-', old[i]));
            i += 1;
        } else {
            found.push(('+', new[j]));
            j += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[track_caller]
    fn check(before: &str, after: &str, expected: &str) {
        assert_eq!(unified("a.yaml", before, after), expected);
    }

    #[test]
    fn changes_have_context_and_hunks() {
        check("a\n", "a\n", "");
        check("a\nb\nc\n", "a\nB\nc\n", "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
        check("", "a\n", "--- a/a.yaml\n+++ b/a.yaml\n@@ -0,0 +1,1 @@\n+a\n");
        check(
            "a",
            "b",
            "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+b\n\\ No newline at end of file\n",
        );
        let numbers: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let before = format!("{}\n", numbers.join("\n"));
        let after = before.replace("2\n3\n", "2\nnew\n3\n").replace("17\n", "");
        check(
            &before,
            &after,
            "--- a/a.yaml\n+++ b/a.yaml\n@@ -1,6 +1,7 @@\n 0\n 1\n 2\n+new\n 3\n 4\n 5\n@@ -15,6 +16,5 @@\n 14\n 15\n 16\n-17\n 18\n 19\n",
        );
    }

    #[test]
    fn a_name_with_spaces_ends_with_a_tab() {
        assert!(
            unified("my shop.yaml", "a\n", "b\n").starts_with("--- a/my shop.yaml\t\n+++ b/my shop.yaml\t\n")
        );
    }
}
