use super::*;

#[test]
fn the_policy_names_the_style_sheet_and_nothing_that_runs() {
    let policy = policy();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    for word in ["script", "unsafe", "http"] {
        assert!(!policy.contains(word), "{policy}");
    }
    assert!(!STYLE.contains("url(") && !STYLE.contains("@import") && !STYLE.contains('<'));
}
