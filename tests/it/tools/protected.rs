use aldo::spec::{Approval, FilesystemPermission};
use aldo::tools::{Answer, Approver, Asked};
use serde_json::json;

use super::workshop::{Workshop, is_refused};

const PROTECTED: [&str; 8] = [
    ".git/hooks/pre-commit",
    ".GIT/config",
    ".env",
    ".env.local",
    "Cargo.lock",
    "aldo.toml",
    "agents/reviewer.yaml",
    "sub/../.git/config",
];

#[test]
fn g02_a_protected_path_is_changed_only_where_somebody_says_yes() {
    let mut workshop = Workshop::new();
    for approver in [Approver::nobody(false), Approver::nobody(true)] {
        workshop.approver = approver;
        for approval in [None, Some(Approval::Never), Some(Approval::Always)] {
            workshop.approvals = approval
                .map(|how| ("fs.write".to_owned(), how))
                .into_iter()
                .collect();
            for path in PROTECTED {
                let call = json!({"path": path, "content": "#!/bin/sh\nevil"});
                let outcome = workshop.outcome("fs.write", call);
                assert!(is_refused(&outcome), "{path} {approval:?}: {outcome:?}");
                assert!(!workshop.root().join(path).exists(), "{path} {approval:?}");
            }
        }
    }
}

#[test]
fn g02_other_tools_change_it_no_more_than_that() {
    let workshop = Workshop::new();
    workshop.write(".git/config", "[core]");
    workshop.write("x", "evil");
    for (tool, arguments) in [
        (
            "fs.edit",
            json!({"path": ".git/config", "old": "core", "new": "evil"}),
        ),
        ("fs.delete", json!({"path": ".git/config"})),
        ("fs.move", json!({"from": "x", "to": ".git/hooks"})),
        ("fs.move", json!({"from": ".git", "to": "y"})),
        ("fs.mkdir", json!({"path": ".git/hooks"})),
        ("fs.mkdir", json!({"path": "agents"})),
    ] {
        let outcome = workshop.outcome(tool, arguments.clone());
        assert!(is_refused(&outcome), "{tool} {arguments}: {outcome:?}");
    }
    assert_eq!(workshop.read(".git/config"), "[core]");
}

#[test]
fn g02_a_person_may_allow_it() {
    let mut workshop = Workshop::new();
    let (sender, mut receiver) = tokio::sync::mpsc::channel::<Asked>(1);
    workshop.approver = Approver::asking(false, sender);
    let person = std::thread::spawn(move || {
        let asked = receiver.blocking_recv().unwrap();
        let reason = asked.question.reason();
        asked.answer(Answer::Once);
        reason
    });
    workshop.done("fs.write", json!({"path": ".env", "content": "A=1"}));
    assert_eq!(
        person.join().unwrap(),
        "it would change `.env`, which is protected"
    );
    assert_eq!(workshop.read(".env"), "A=1");
    let outcome = workshop.outcome("fs.write", json!({"path": ".env", "content": "A=2"}));
    assert!(is_refused(&outcome), "{outcome:?}");
}

#[test]
fn a_spec_that_does_not_let_tools_write_is_kept_to() {
    let mut workshop = Workshop::new();
    workshop.write("a", "text");
    workshop.permissions.filesystem = FilesystemPermission::ReadOnly;
    for (tool, arguments) in [
        ("fs.write", json!({"path": "b", "content": ""})),
        ("fs.delete", json!({"path": "a"})),
        ("git.add", json!({"paths": ["a"]})),
    ] {
        let outcome = workshop.outcome(tool, arguments);
        assert!(
            outcome.text().contains("permissions.filesystem"),
            "{tool}: {outcome:?}"
        );
    }
    assert_eq!(workshop.done("fs.read", json!({"path": "a"})), "text");
    workshop.permissions.filesystem = FilesystemPermission::None;
    assert!(is_refused(
        &workshop.outcome("fs.read", json!({"path": "a"}))
    ));
}
