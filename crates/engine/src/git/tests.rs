use std::path::Path;

use super::*;

/// A repository made with libgit2 alone, so that these tests need no `git` program.
struct Made {
    folder: tempfile::TempDir,
    repository: git2::Repository,
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = git2::Repository::init(folder.path()).unwrap();
        Self { folder, repository }
    }

    fn commit(&self, second: i64, message: &str, files: &[(&str, Option<&str>)]) -> String {
        let mut index = self.repository.index().unwrap();
        for (path, text) in files {
            let place = self.folder.path().join(path);
            match text {
                Some(text) => {
                    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
                    std::fs::write(place, text).unwrap();
                    index.add_path(Path::new(path)).unwrap();
                }
                None => index.remove_path(Path::new(path)).unwrap(),
            }
        }
        index.write().unwrap();
        let tree = self.repository.find_tree(index.write_tree().unwrap()).unwrap();
        let ana = git2::Signature::new("Ana", "ana@shop.example", &git2::Time::new(second, 60)).unwrap();
        let parent = self.repository.head().ok().map(|head| head.peel_to_commit().unwrap());
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        self.repository.commit(Some("HEAD"), &ana, &ana, message, &tree, &parents).unwrap().to_string()
    }
}

#[test]
fn revisions_are_read_without_the_working_copy() {
    let made = Made::new();
    let first = made.commit(0, "one\n\nwhy\n\nAdplane-Plan: sha256:ab\n", &[("a/x.yaml", Some("1"))]);
    made.commit(60, "two", &[("a/x.yaml", Some("2")), ("b.yaml", Some("new"))]);
    std::fs::write(made.folder.path().join("a/x.yaml"), "edited, not committed").unwrap();

    let git = open(&made.folder.path().join("a")).unwrap();
    let (one, two) = (git.revision("HEAD~1").unwrap(), git.revision("HEAD").unwrap());
    assert_eq!((one.to_string(), one.short().len()), (first, 10));
    assert_eq!(git.walk(two, None).unwrap(), [two, one]);
    assert_eq!(git.walk(two, Some(one)).unwrap(), [two]);
    let commit = git.commit(one).unwrap();
    assert_eq!((commit.subject(), commit.email.as_str()), ("one", "ana@shop.example"));
    assert_eq!(commit.trailers("adplane-plan").collect::<Vec<_>>(), ["sha256:ab"]);
    let files = git.files(two).unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["a/x.yaml", "b.yaml"]);
    assert_eq!(
        (git.content(files["a/x.yaml"]).unwrap(), git.size(files["b.yaml"]).unwrap()),
        (b"2".to_vec(), 3)
    );
    let changed: Vec<(String, bool)> = git
        .changes(Some(one), two)
        .unwrap()
        .into_iter()
        .map(|file| (file.path, file.before.is_some()))
        .collect();
    assert_eq!(changed, [("a/x.yaml".to_owned(), true), ("b.yaml".to_owned(), false)]);
    assert_eq!(git.merge_base(one, two).unwrap(), Some(one));
}

#[test]
fn what_does_not_exist_is_named() {
    let made = Made::new();
    made.commit(0, "one", &[("x.yaml", Some("1"))]);
    let git = open(made.folder.path()).unwrap();
    assert_eq!(git.revision("nowhere").unwrap_err().to_string(), "git knows no revision `nowhere`");
    let outside = tempfile::tempdir().unwrap();
    assert!(matches!(open(outside.path()), Err(GitError::NoRepository(_))));
}

#[test]
fn trees_are_compared_file_by_file() {
    let made = Made::new();
    made.commit(
        0,
        "one",
        &[
            ("a/deep/er/x.yaml", Some("1")),
            ("a/same/y.yaml", Some("1")),
            ("b.yaml", Some("1")),
            ("gone/z.yaml", Some("1")),
            ("turns", Some("a file")),
        ],
    );
    std::fs::remove_file(made.folder.path().join("turns")).unwrap();
    made.commit(
        60,
        "two",
        &[
            ("a/deep/er/x.yaml", Some("2")),
            ("gone/z.yaml", None),
            ("turns", None),
            ("turns/into.yaml", Some("a folder")),
            ("a.yaml", Some("new")),
        ],
    );
    let git = open(made.folder.path()).unwrap();
    let (one, two) = (git.revision("HEAD~1").unwrap(), git.revision("HEAD").unwrap());
    let told = |before, after| {
        let changes = git.changes(before, after).unwrap().into_iter();
        changes.map(|file| (file.path, file.before.is_some(), file.after.is_some())).collect::<Vec<_>>()
    };
    let there = |path: &str, before, after| (path.to_owned(), before, after);
    assert_eq!(
        told(Some(one), two),
        [
            there("a.yaml", false, true),
            there("a/deep/er/x.yaml", true, true),
            there("gone/z.yaml", true, false),
            there("turns", true, false),
            there("turns/into.yaml", false, true),
        ]
    );
    assert_eq!(told(None, one).len(), 5, "of a first commit every file is new");
    assert_eq!(told(Some(two), two), []);
}
