//! What tasks need to know of Rust sources, read as text.

use crate::workspace::TextFile;

/// Where a file's own tests begin.
const TESTS: &str = "#[cfg(test)]\nmod tests {";

/// Whether a file holds nothing but tests.
pub(crate) fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.starts_with("tests/")
}

/// A file's code without its tests.
pub(crate) fn without_tests(file: &TextFile) -> &str {
    if is_test(&file.path) {
        return "";
    }
    file.text.find(TESTS).map_or(&file.text, |start| &file.text[..start])
}

/// Whether a line of code, comments aside, names a path as a whole word.
pub(crate) fn names(line: &str, path: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    code.match_indices(path).any(|(start, _)| {
        let before = code[..start].chars().next_back();
        let after = code[start + path.len()..].chars().next();
        let is_word = |character: char| character.is_alphanumeric() || character == '_';
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_named_as_a_whole_word_in_code() {
        assert!(names("use crate::meta::wire;", "crate::meta"));
        assert!(names("crate::meta", "crate::meta"));
        assert!(!names("use crate::metadata;", "crate::meta"));
        assert!(!names("// see crate::meta", "crate::meta"));
    }

    #[test]
    fn tests_are_left_out() {
        let file = |path: &str| TextFile { path: path.into(), text: format!("fn f() {{}}\n{TESTS}\n}}\n") };
        assert_eq!(without_tests(&file("cli/src/ui.rs")), "fn f() {}\n");
        assert_eq!(without_tests(&file("cli/src/ui/tests.rs")), "");
        assert_eq!(without_tests(&file("cli/tests/binary.rs")), "");
        assert_eq!(without_tests(&file("tests/tests/suite/main.rs")), "");
    }
}
