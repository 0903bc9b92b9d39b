use aldo::capabilities::PrivacyTier;
use aldo::spec::Memory;
use serde_json::json;

use super::workshop::{Workshop, is_refused};

fn workshop() -> Workshop {
    let mut workshop = Workshop::new();
    workshop.remembers.scopes = Memory {
        read: vec!["project".to_owned()],
        write: vec!["private".to_owned(), "team".to_owned()],
        retention: None,
    };
    workshop
}

fn note(scope: &str, key: &str) -> serde_json::Value {
    json!({"scope": scope, "key": key})
}

#[test]
fn notes_are_written_read_listed_and_deleted() {
    let workshop = workshop();
    let write = |key: &str, value: &str| {
        workshop.done(
            "memory.write",
            json!({"scope": "team", "key": key, "value": value}),
        )
    };
    assert_eq!(write("todo", "one"), "noted `todo`");
    write("todo", "two");
    write("other", "x");
    assert_eq!(workshop.done("memory.read", note("team", "todo")), "two");
    assert_eq!(
        workshop.done("memory.scan", json!({"scope": "team"})),
        "other\ntodo"
    );
    assert_eq!(
        workshop.done("memory.scan", json!({"scope": "team", "prefix": "t"})),
        "todo"
    );
    workshop.done("memory.delete", note("team", "todo"));
    assert!(is_refused(
        &workshop.outcome("memory.read", note("team", "todo"))
    ));
    assert!(is_refused(
        &workshop.outcome("memory.delete", note("team", "todo"))
    ));
}

#[test]
fn an_agent_uses_its_own_scopes_alone() {
    let mut workshop = workshop();
    let written = json!({"scope": "project", "key": "x", "value": "y"});
    assert!(
        is_refused(&workshop.outcome("memory.write", written)),
        "it only reads that"
    );
    assert!(is_refused(
        &workshop.outcome("memory.read", note("other", "x"))
    ));
    workshop.done(
        "memory.write",
        json!({"scope": "private", "key": "x", "value": "mine"}),
    );
    workshop.agent = "somebody-else".to_owned();
    assert!(is_refused(
        &workshop.outcome("memory.read", note("private", "x"))
    ));
    workshop.agent = "worker".to_owned();
    workshop.remembers.tenant = Some("another".to_owned());
    assert!(is_refused(
        &workshop.outcome("memory.read", note("private", "x"))
    ));
}

#[test]
fn g01_a_key_is_no_path() {
    let workshop = workshop();
    let before = workshop.outside();
    for key in ["../x", "a/b", "..", ".hidden", "", "/etc/passwd"] {
        let call = json!({"scope": "team", "key": key, "value": "evil"});
        assert!(is_refused(&workshop.outcome("memory.write", call)), "{key}");
    }
    assert_eq!(workshop.outside(), before);
}

/// What a sensitive run notes never reaches a run that may leave the machine.
#[test]
fn e_notes_of_a_higher_tier_are_not_read() {
    let mut workshop = workshop();
    let write = |workshop: &Workshop, value: &str| {
        workshop.done(
            "memory.write",
            json!({"scope": "team", "key": "k", "value": value}),
        )
    };
    workshop.tier = PrivacyTier::Public;
    write(&workshop, "public");
    workshop.tier = PrivacyTier::Sensitive;
    assert_eq!(workshop.done("memory.read", note("team", "k")), "public");
    write(&workshop, "secret");
    assert_eq!(workshop.done("memory.read", note("team", "k")), "secret");
    for tier in [PrivacyTier::Internal, PrivacyTier::Public] {
        workshop.tier = tier;
        assert_eq!(workshop.done("memory.read", note("team", "k")), "public");
    }
    workshop.tier = PrivacyTier::Sensitive;
    workshop.done("memory.delete", note("team", "k"));
    assert_eq!(workshop.done("memory.read", note("team", "k")), "public");
}

#[test]
fn notes_are_gone_when_their_time_is_over() {
    let mut workshop = workshop();
    workshop.remembers.scopes.retention = Some(json!("1h"));
    workshop.done(
        "memory.write",
        json!({"scope": "team", "key": "k", "value": "v"}),
    );
    assert_eq!(workshop.done("memory.read", note("team", "k")), "v");
    let path = workshop.beside("memory/default/internal/team/k");
    let old = std::time::SystemTime::now() - std::time::Duration::from_hours(2);
    std::fs::File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_modified(old)
        .unwrap();
    assert!(is_refused(
        &workshop.outcome("memory.read", note("team", "k"))
    ));
    assert_eq!(
        workshop.done("memory.scan", json!({"scope": "team"})),
        "[no notes]"
    );
    workshop.remembers.scopes.retention = Some(json!("sometimes"));
    let outcome = workshop.outcome("memory.scan", json!({"scope": "team"}));
    assert!(outcome.text().contains("30d"), "{outcome:?}");
}
