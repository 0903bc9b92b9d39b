use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use super::workshop::{SECRET, Workshop, is_refused};

/// One call of every tool that takes a path.
fn calls(path: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("fs.read", json!({"path": path})),
        ("fs.list", json!({"path": path})),
        ("fs.search", json!({"pattern": "canary", "path": path})),
        ("fs.write", json!({"path": path, "content": "evil"})),
        (
            "fs.edit",
            json!({"path": path, "old": SECRET, "new": "evil"}),
        ),
        ("fs.mkdir", json!({"path": path})),
        ("fs.move", json!({"from": path, "to": "here"})),
        ("fs.move", json!({"from": "own", "to": path})),
        ("fs.delete", json!({"path": path})),
    ]
}

#[track_caller]
fn all_are_refused(workshop: &Workshop, path: &str) {
    let before = workshop.outside();
    for (tool, arguments) in calls(path) {
        let outcome = workshop.outcome(tool, arguments);
        assert!(is_refused(&outcome), "{tool} of `{path}`: {outcome:?}");
    }
    assert_eq!(workshop.outside(), before, "`{path}`");
    assert!(!workshop.root().join("here").exists(), "`{path}`");
}

#[test]
fn g01_names_that_lead_out() {
    let workshop = Workshop::new();
    workshop.write("own", "mine");
    let outside = workshop.beside("outside/secret").display().to_string();
    let neighbour = workshop.beside("proj-evil/secret").display().to_string();
    for path in [
        "../outside/secret",
        "../secret",
        "a/../../secret",
        "..",
        "/etc/passwd",
        "~/.ssh/id_rsa",
        "/proc/self/environ",
        "/proc/self/cwd/Cargo.toml",
        &outside,
        &neighbour,
    ] {
        all_are_refused(&workshop, path);
    }
}

#[test]
fn g01_links_to_files_and_folders_outside() {
    let workshop = Workshop::new();
    workshop.write("own", "mine");
    let link = |to: &std::path::Path, name: &str| symlink(to, workshop.root().join(name)).unwrap();
    link(&workshop.beside("outside/secret"), "file");
    link(&workshop.beside("outside"), "folder");
    link("../outside/secret".as_ref(), "relative");
    link("/proc/self/cwd".as_ref(), "cwd");
    link("/proc/self/fd".as_ref(), "fd");
    link("/proc/self/root".as_ref(), "slash");
    link("folder".as_ref(), "twice");
    let before = workshop.outside();
    for path in [
        "file",
        "folder/secret",
        "relative",
        "cwd/Cargo.toml",
        "twice/secret",
        "fd/0",
    ] {
        for (tool, arguments) in [
            ("fs.read", json!({"path": path})),
            ("fs.search", json!({"pattern": "canary", "path": path})),
            ("fs.write", json!({"path": path, "content": "evil"})),
            (
                "fs.edit",
                json!({"path": path, "old": SECRET, "new": "evil"}),
            ),
        ] {
            let outcome = workshop.outcome(tool, arguments);
            assert!(is_refused(&outcome), "{tool} of {path}: {outcome:?}");
        }
    }
    for path in [
        "folder/new",
        "slash/tmp/aldo-g01",
        "folder/deep/new",
        "twice/new",
    ] {
        for (tool, arguments) in calls(path) {
            let outcome = workshop.outcome(tool, arguments);
            assert!(is_refused(&outcome), "{tool} of {path}: {outcome:?}");
        }
    }
    let found = workshop.done("fs.search", json!({"pattern": "canary"}));
    assert_eq!(found, "[nothing matches]");
    // A link itself may go; what it leads to stays.
    workshop.done("fs.delete", json!({"path": "folder"}));
    assert_eq!(workshop.outside(), before);
}

#[test]
fn a_link_inside_the_root_is_read_and_not_written_through() {
    let workshop = Workshop::new();
    workshop.write("real", "text");
    symlink("real", workshop.root().join("link")).unwrap();
    assert_eq!(workshop.done("fs.read", json!({"path": "link"})), "text");
    let outcome = workshop.outcome("fs.write", json!({"path": "link", "content": "x"}));
    assert!(is_refused(&outcome), "{outcome:?}");
    assert_eq!(workshop.read("real"), "text");
}

#[test]
fn g01_a_hard_link_to_a_file_outside() {
    let workshop = Workshop::new();
    let before = workshop.outside();
    fs::hard_link(
        workshop.beside("outside/secret"),
        workshop.root().join("hard"),
    )
    .unwrap();
    for (tool, arguments) in [
        ("fs.read", json!({"path": "hard"})),
        (
            "fs.edit",
            json!({"path": "hard", "old": SECRET, "new": "evil"}),
        ),
        ("fs.search", json!({"pattern": "canary", "path": "hard"})),
    ] {
        let outcome = workshop.outcome(tool, arguments);
        assert!(is_refused(&outcome), "{tool}: {outcome:?}");
    }
    assert_eq!(
        workshop.done("fs.search", json!({"pattern": "canary"})),
        "[nothing matches]"
    );
    // A write puts a new file in the place of this name alone.
    workshop.done("fs.write", json!({"path": "hard", "content": "mine"}));
    assert_eq!(workshop.read("hard"), "mine");
    assert_eq!(workshop.outside(), before);
}

#[test]
fn g01_what_is_no_regular_file_or_too_large() {
    let workshop = Workshop::new();
    let fifo = workshop.root().join("fifo");
    let made = std::process::Command::new("mkfifo")
        .arg(&fifo)
        .status()
        .unwrap();
    assert!(made.success());
    let sparse = fs::File::create(workshop.root().join("large")).unwrap();
    sparse.set_len(10 << 30).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(workshop.root().join("socket")).unwrap();
    workshop.write("binary", [0x7f, b'E', b'L', b'F', 0, 1]);
    let began = std::time::Instant::now();
    for path in ["fifo", "large", "socket", "binary", "."] {
        let outcome = workshop.outcome("fs.read", json!({"path": path}));
        assert!(is_refused(&outcome), "{path}: {outcome:?}");
    }
    let outcome = workshop.outcome("fs.write", json!({"path": "fifo", "content": "x"}));
    assert!(is_refused(&outcome), "{outcome:?}");
    assert_eq!(
        workshop.done("fs.search", json!({"pattern": "ELF"})),
        "[nothing matches]"
    );
    assert!(began.elapsed().as_secs() < 5);
}

#[test]
fn files_are_written_read_edited_found_moved_and_deleted() {
    let workshop = Workshop::new();
    workshop.done(
        "fs.write",
        json!({"path": "src/a.rs", "content": "fn a() {}\nfn b() {}\n"}),
    );
    assert_eq!(
        workshop.done("fs.read", json!({"path": "src/a.rs", "offset": 2})),
        "fn b() {}\n\n[lines 2 to 2 of 2]"
    );
    workshop.done(
        "fs.edit",
        json!({"path": "src/a.rs", "old": "fn b", "new": "fn c"}),
    );
    let found = workshop.done(
        "fs.search",
        json!({"pattern": r"fn \w\(\)", "glob": "*.rs"}),
    );
    assert_eq!(found, "src/a.rs:1: fn a() {}\nsrc/a.rs:2: fn c() {}");
    workshop.done("fs.mkdir", json!({"path": "lib/deep"}));
    workshop.done("fs.move", json!({"from": "src/a.rs", "to": "lib/b.rs"}));
    assert_eq!(
        workshop.done("fs.list", json!({"path": "lib"})),
        "b.rs (20 bytes)\ndeep/"
    );
    let said = workshop.done("fs.stat", json!({"path": "lib/b.rs"}));
    assert!(
        said.starts_with("`lib/b.rs`: file of 20 bytes, changed 2"),
        "{said}"
    );
    workshop.done("fs.delete", json!({"path": "lib/b.rs"}));
    workshop.done("fs.delete", json!({"path": "lib/deep"}));
    assert_eq!(
        workshop.done("fs.list", json!({"path": "lib"})),
        "[the folder is empty]"
    );
    let absolute = workshop.root().join("own").display().to_string();
    workshop.done("fs.write", json!({"path": absolute, "content": "x"}));
    assert_eq!(workshop.read("own"), "x");
}

#[test]
fn what_cannot_be_done_is_said_and_changes_nothing() {
    let workshop = Workshop::new();
    workshop.write("a", "text");
    workshop.write("b/c", "text");
    for (tool, arguments, reason) in [
        ("fs.read", json!({"path": "none"}), "`none` is not there"),
        (
            "fs.read",
            json!({}),
            "the arguments are wrong: missing field `path`",
        ),
        (
            "fs.read",
            json!({"path": "a", "force": true}),
            "unknown field `force`",
        ),
        (
            "fs.read",
            json!({"path": "a", "offset": "one"}),
            "invalid type",
        ),
        (
            "fs.delete",
            json!({"path": "b"}),
            "`b` is a folder that is not empty",
        ),
        (
            "fs.delete",
            json!({"path": "."}),
            "`.` is the folder itself",
        ),
        (
            "fs.move",
            json!({"from": "a", "to": "b/c"}),
            "`b/c` is there already",
        ),
        (
            "fs.write",
            json!({"path": "b", "content": ""}),
            "`b` is a folder",
        ),
        (
            "fs.write",
            json!({"path": "a/x", "content": ""}),
            "`a` is no folder",
        ),
        (
            "fs.search",
            json!({"pattern": "("}),
            "the expression is wrong",
        ),
        (
            "fs.search",
            json!({"pattern": "(?:a{1000}){1000}"}),
            "the expression is wrong",
        ),
    ] {
        let outcome = workshop.outcome(tool, arguments);
        assert!(is_refused(&outcome), "{tool}: {outcome:?}");
        assert!(outcome.text().contains(reason), "{tool}: {outcome:?}");
    }
    assert_eq!(
        (workshop.read("a"), workshop.read("b/c")),
        ("text".to_owned(), "text".to_owned())
    );
    let left = fs::read_dir(workshop.root()).unwrap().count();
    assert_eq!(left, 2, "a temporary file is left");
}
