//! Family G, row 4: a repository that runs programs wherever git lets it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use super::workshop::{Workshop, is_refused};

/// Git as a user has it, with the repository's own settings in force.
fn git(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.args([
        "-c",
        "user.name=me",
        "-c",
        "user.email=me@here",
        "-c",
        "init.defaultBranch=main",
    ]);
    command.args(args).current_dir(folder);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.output().unwrap()
}

/// A repository with a commit, on a branch that may be committed to.
fn repository() -> Workshop {
    let workshop = Workshop::new();
    let root = workshop.root();
    for args in [
        &["init", "--quiet"][..],
        &["commit", "--quiet", "--allow-empty", "-m", "first"],
        &["switch", "--quiet", "-c", "work"],
    ] {
        let output = git(&root, args);
        assert!(output.status.success(), "{output:?}");
    }
    workshop
}

#[test]
fn changes_are_seen_staged_committed_and_listed() {
    let workshop = repository();
    workshop.write("a.txt", "one\n");
    assert_eq!(workshop.done("git.status", json!({})), "## work\n?? a.txt");
    assert_eq!(
        workshop.done("git.add", json!({"paths": ["a.txt"]})),
        "staged"
    );
    let diff = workshop.done("git.diff", json!({"staged": true}));
    assert!(diff.ends_with("@@ -0,0 +1 @@\n+one"), "{diff}");
    assert_eq!(workshop.done("git.diff", json!({})), "[no changes]");
    assert_eq!(
        workshop.done("git.commit", json!({"message": "Add a"})),
        "committed"
    );
    let log = workshop.done("git.log", json!({"limit": 1}));
    assert!(
        log.ends_with("aldo: Add a") && log.lines().count() == 1,
        "{log}"
    );
    assert_eq!(
        workshop.done("git.branch", json!({"name": "next"})),
        "made `next`"
    );
    assert_eq!(
        workshop.done("git.checkout", json!({"branch": "next"})),
        "switched to `next`"
    );
    let branches = workshop.done("git.branch", json!({}));
    assert_eq!(
        branches,
        "main\n* next\n  work".replacen("main", "  main", 1)
    );
}

#[test]
fn g04_protected_branches_and_what_rewrites_are_refused() {
    let workshop = repository();
    workshop.done("git.checkout", json!({"branch": "main"}));
    workshop.write("a", "x");
    workshop.done("git.add", json!({"paths": ["a"]}));
    let head = |workshop: &Workshop| git(&workshop.root(), &["rev-parse", "HEAD"]).stdout;
    let before = head(&workshop);
    let refused: [(&str, Value); 9] = [
        ("git.commit", json!({"message": "x"})),
        ("git.commit", json!({"message": "x", "amend": true})),
        ("git.commit", json!({"message": ""})),
        ("git.branch", json!({"name": "master"})),
        ("git.branch", json!({"name": "release/1"})),
        ("git.branch", json!({"name": "--force"})),
        ("git.checkout", json!({"branch": "--detach"})),
        ("git.checkout", json!({"branch": "HEAD~1"})),
        ("git.add", json!({"paths": ["../outside/secret"]})),
    ];
    for (tool, arguments) in refused {
        let outcome = workshop.outcome(tool, arguments.clone());
        assert!(is_refused(&outcome), "{tool} {arguments}: {outcome:?}");
    }
    assert_eq!(head(&workshop), before);
    // A message is a message, whatever it looks like.
    workshop.done("git.checkout", json!({"branch": "work"}));
    workshop.done("git.commit", json!({"message": "--amend --no-verify"}));
    let log = git(&workshop.root(), &["log", "--format=%s"]).stdout;
    assert_eq!(
        String::from_utf8(log).unwrap(),
        "--amend --no-verify\nfirst\n"
    );
}

/// Everything git could be made to run writes this file; the control is that plain git does.
#[test]
fn g04_nothing_that_the_repository_names_is_run() {
    let workshop = repository();
    let root = workshop.root();
    let marker = root.join("marker");
    let script = root.join("evil.sh");
    let text = format!(
        "#!/bin/sh\necho \"$0\" >> {}\ncat 2>/dev/null\nexit 0\n",
        marker.display()
    );
    fs::write(&script, text).unwrap();
    run(&["chmod", "+x", script.to_str().unwrap()]);
    for hook in [
        "pre-commit",
        "post-checkout",
        "prepare-commit-msg",
        "commit-msg",
        "post-commit",
        "reference-transaction",
        "post-index-change",
    ] {
        fs::copy(&script, root.join(".git/hooks").join(hook)).unwrap();
    }
    let evil = script.display();
    let config = format!(
        "[core]\n\tfsmonitor = {evil}\n\tsshCommand = {evil}\n\teditor = {evil}\n\tpager = {evil}\n\
         [diff]\n\texternal = {evil}\n[diff \"x\"]\n\ttextconv = {evil}\n\tcommand = {evil}\n\
         [filter \"My filter\"]\n\tclean = {evil}\n\tsmudge = {evil}\n\trequired = true\n\
         [filter \"other\"]\n\tprocess = {evil}\n\
         [gpg]\n\tprogram = {evil}\n[commit]\n\tgpgSign = true\n[log]\n\tshowSignature = true\n\
         [credential]\n\thelper = {evil}\n[remote \"origin\"]\n\turl = ext::{evil}\n\tpromisor = true\n\
         [include]\n\tpath = more\n"
    );
    let before = fs::read_to_string(root.join(".git/config")).unwrap();
    fs::write(root.join(".git/config"), before + &config).unwrap();
    fs::write(
        root.join(".git/more"),
        format!("[filter \"hidden\"]\n\tclean = {evil}\n"),
    )
    .unwrap();
    let attributes =
        "*.a filter=My\\ filter diff=x\n*.b filter=other\n*.c filter=hidden\n*.txt diff=x\n";
    workshop.write(".gitattributes", attributes);
    for name in ["x.txt", "x.c", "y.txt"] {
        workshop.write(name, "text\n");
    }
    for (tool, arguments) in [
        ("git.status", json!({})),
        ("git.add", json!({"paths": ["x.txt", "x.c"]})),
        ("git.diff", json!({})),
        ("git.diff", json!({"staged": true})),
        ("git.commit", json!({"message": "x"})),
        ("git.log", json!({})),
        ("git.branch", json!({"name": "other"})),
        ("git.checkout", json!({"branch": "other"})),
        ("git.checkout", json!({"branch": "main"})),
    ] {
        workshop.done(tool, arguments);
        assert!(
            !marker.exists(),
            "{tool}: {}",
            fs::read_to_string(&marker).unwrap_or_default()
        );
    }
    git(&root, &["-c", "commit.gpgSign=false", "add", "y.txt"]);
    assert!(marker.exists(), "control: the repository runs nothing");
}

#[test]
fn g04_a_repository_whose_data_lie_elsewhere_is_refused() {
    let workshop = Workshop::new();
    assert!(is_refused(&workshop.outcome("git.status", json!({}))));
    let other = workshop.beside("outside");
    git(&other, &["init", "--quiet"]);
    let before = workshop.outside();
    workshop.write(".git", format!("gitdir: {}/.git\n", other.display()));
    let outcome = workshop.outcome("git.status", json!({}));
    assert!(outcome.text().contains("lies elsewhere"), "{outcome:?}");
    fs::remove_file(workshop.root().join(".git")).unwrap();
    std::os::unix::fs::symlink(other.join(".git"), workshop.root().join(".git")).unwrap();
    assert!(is_refused(&workshop.outcome("git.log", json!({}))));
    assert_eq!(workshop.outside(), before);
}

/// A working tree that the settings put elsewhere stays where it is.
#[test]
fn g04_a_working_tree_elsewhere_is_not_used() {
    let workshop = repository();
    git(
        &workshop.root(),
        &[
            "config",
            "core.worktree",
            workshop.beside("outside").to_str().unwrap(),
        ],
    );
    let before = workshop.outside();
    workshop.write("a", "x");
    assert_eq!(workshop.done("git.status", json!({})), "## work\n?? a");
    workshop.done("git.add", json!({"paths": ["a"]}));
    workshop.done("git.checkout", json!({"branch": "main"}));
    assert_eq!(workshop.outside(), before);
}

#[test]
fn g04_a_hundred_thousand_files_are_bounded() {
    let workshop = repository();
    for folder in 0..100 {
        let path = workshop.root().join(format!("d{folder}"));
        fs::create_dir(&path).unwrap();
        fs::File::create(path.join("keep")).unwrap();
        for file in 0..1000 {
            fs::hard_link(path.join("keep"), path.join(format!("f{file}"))).unwrap();
        }
    }
    let began = std::time::Instant::now();
    let said = workshop.outcome("git.status", json!({})).text();
    assert!(
        said.len() < 40_000 && began.elapsed().as_secs() < 60,
        "{}",
        said.len()
    );
    let found = workshop.done("fs.search", json!({"pattern": "x"}));
    assert!(
        found.len() < 200 && began.elapsed().as_secs() < 90,
        "{found}"
    );
}

fn run(args: &[&str]) {
    assert!(
        Command::new(args[0])
            .args(&args[1..])
            .status()
            .unwrap()
            .success()
    );
}
