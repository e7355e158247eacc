use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_793_606_400 + second).unwrap()
}

struct Case {
    folder: tempfile::TempDir,
    log: ApplyLog,
}

fn end(plan: &str) -> Event {
    Event::End { plan: plan.into(), stored: 1, unfinished: 0 }
}

impl Case {
    /// A genesis and four further lines.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = ApplyLog::new(folder.path().join("log.jsonl"), folder.path().join("log.head"));
        let case = Self { folder, log };
        let writer = case.log.open(Some(&"shop".parse().unwrap()), "test", at(0)).unwrap();
        writer.append(at(1), [end("a"), end("b")]).unwrap();
        writer.append(at(2), [end("c"), end("d")]).unwrap();
        writer.save_head().unwrap();
        case
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }

    /// What is found after an edit of the lines.
    fn found(&self, edit: impl FnOnce(&mut Vec<String>)) -> Vec<String> {
        let mut lines: Vec<String> = self.text().lines().map(str::to_owned).collect();
        edit(&mut lines);
        let text = lines.iter().fold(String::new(), |text, line| text + line + "\n");
        std::fs::write(self.log.path(), text).unwrap();
        self.log.read().unwrap().problems.iter().map(ToString::to_string).collect()
    }
}

#[test]
fn an_untouched_log_is_whole() {
    let case = Case::new();
    let chain = case.log.read().unwrap();
    assert_eq!(chain.problems, []);
    assert_eq!(chain.lines.len(), 5);
    assert!(matches!(chain.lines[0].event, Event::Genesis { .. }));
    assert_eq!(chain.lines.iter().map(|line| line.line).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
}

#[test]
fn what_was_done_to_it_is_named_with_its_line() {
    type Edit = fn(&mut Vec<String>);
    let cases: [(Edit, &[&str]); 10] = [
        (|lines| drop(lines.remove(2)), &["line 3 was removed"]),
        (|lines| drop(lines.drain(1..3)), &["lines 2 to 3 were removed"]),
        (|lines| drop(lines.remove(0)), &["line 1 was removed"]),
        (
            |lines| lines[2] = lines[2].replace("\"b\"", "\"x\""),
            &["line 3 was altered: the line after it holds the hash of another text"],
        ),
        (
            |lines| lines[4] = lines[4].replace("\"d\"", "\"x\""),
            &["line 5 was altered: the head recorded beside the log holds the hash of another text"],
        ),
        (
            |lines| lines.insert(2, lines[1].clone()),
            &["line 3 was inserted: its number does not follow the line before it"],
        ),
        (
            |lines| lines.swap(2, 3),
            &["line 3 was removed", "line 4 was inserted: its number does not follow the line before it"],
        ),
        (
            |lines| drop(lines.pop()),
            &["the end was cut off: line 5 was removed, as the head recorded beside the log tells"],
        ),
        (
            |lines| lines.clear(),
            &["the end was cut off: lines 1 to 5 were removed, as the head recorded beside the log tells"],
        ),
        (|lines| lines[2] = "{\"not\": \"ours\"}".into(), &["line 3 is not a log entry"]),
    ];
    for (edit, expected) in cases {
        assert_eq!(Case::new().found(edit), expected);
    }
}

#[test]
fn a_head_kept_elsewhere_finds_a_log_that_was_rewritten_with_its_own_head() {
    let case = Case::new();
    let kept = case.log.read().unwrap().head().unwrap().to_owned();
    std::fs::remove_file(case.log.path()).unwrap();
    std::fs::remove_file(case.folder.path().join("log.head")).unwrap();
    let writer = case.log.open(None, "test", at(0)).unwrap();
    writer.append(at(1), [end("a")]).unwrap();
    writer.save_head().unwrap();
    let mut chain = case.log.read().unwrap();
    assert_eq!(chain.problems, []);
    chain.expect(&format!("sha256:{kept}"));
    assert_eq!(chain.problems, [LogProblem::Unexpected(kept)]);

    let case = Case::new();
    let mut chain = case.log.read().unwrap();
    let middle = chain.hashes[2].clone();
    chain.expect(&middle);
    assert_eq!(chain.problems, [], "a log may have grown since");
}

#[test]
fn a_line_cut_off_by_a_crash_is_healed_with_a_record() {
    let case = Case::new();
    let whole = case.text();
    for cut in [1, 20, 60] {
        std::fs::write(case.log.path(), &whole[..whole.len() - cut]).unwrap();
        let writer = case.log.open(None, "test", at(3)).unwrap();
        writer.append(at(4), [end("e")]).unwrap();
        let chain = case.log.read().unwrap();
        assert_eq!(chain.lines.last().unwrap().event, end("e"), "cut by {cut}");
        let healed = chain.lines.iter().any(|line| matches!(line.event, Event::Healed { .. }));
        // Only its end of line was lost: nothing is missing.
        assert_eq!(healed, cut > 1);
        let expected = if cut > 1 { vec![LogProblem::AlteredHead(5)] } else { vec![] };
        assert_eq!(chain.problems, expected, "cut by {cut}: the head had seen the whole line");
    }
}

#[test]
fn a_clock_that_went_back_shows() {
    let case = Case::new();
    case.log.open(None, "test", at(3)).unwrap().append(at(-600), [end("e")]).unwrap();
    assert_eq!(case.log.read().unwrap().problems, [LogProblem::Backwards(6)]);
}

#[test]
fn a_long_log_opens_at_its_end() {
    let case = Case::new();
    let writer = case.log.open(None, "test", at(3)).unwrap();
    for number in 0..50 {
        writer.append(at(4), [end(&"x".repeat(3000 + number))]).unwrap();
    }
    let again = case.log.open(None, "test", at(5)).unwrap();
    assert_eq!(again.head(), writer.head());
    assert_eq!(again.head().line, 55);
    assert_eq!(again.last(), Some(at(4)));
}
