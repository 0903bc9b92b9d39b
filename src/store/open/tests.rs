#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::super::{Entry, NewRun, Redactor, Store, StoreError, Which};
use super::{Journal, create, schema};

fn open(folder: &TempDir) -> Store {
    Store::open(folder.path(), Redactor::default()).unwrap()
}

fn one_run(folder: &TempDir) -> String {
    let store = Arc::new(open(folder));
    let decision = Entry::Decision(serde_json::json!({"outcome": "x".repeat(9000)}));
    store
        .begin(&NewRun::default(), &[decision])
        .unwrap()
        .id()
        .to_string()
}

/// Returns the database with the write-ahead log copied into it.
fn whole(folder: &TempDir) -> Vec<u8> {
    let path = folder.path().join("runs.db");
    let connection = Connection::open(&path).unwrap();
    connection
        .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        .unwrap();
    drop(connection);
    fs::read(path).unwrap()
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn only_the_owner_may_read() {
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let store = Arc::new(open(&folder));
    let _run = store.begin(&NewRun::default(), &[]).unwrap();
    let mode = |name: &str| {
        fs::metadata(folder.path().join(name))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode(""), 0o700);
    assert_eq!(mode("owners"), 0o700);
    for name in ["runs.db", "runs.db-wal", "runs.db-shm", "setup.lock"] {
        assert_eq!(mode(name), 0o600, "{name}");
    }
}

#[test]
fn a_database_that_others_could_read_is_closed_to_them() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder));
    let database = folder.path().join("runs.db");
    fs::set_permissions(&database, fs::Permissions::from_mode(0o644)).unwrap();
    drop(open(&folder));
    assert_eq!(
        fs::metadata(&database).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn steps_are_kept_whole_by_a_write_ahead_log_that_is_synced() {
    let folder = TempDir::new().unwrap();
    let store = open(&folder);
    assert_eq!(store.journal(), Journal::Wal);
    let synchronous: i64 = store
        .read(|connection| connection.pragma_query_value(None, "synchronous", |row| row.get(0)))
        .unwrap();
    assert_eq!(synchronous, 2, "FULL");
}

#[test]
fn h4_a_newer_database_is_refused_and_left_alone() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder));
    let database = folder.path().join("runs.db");
    Connection::open(&database)
        .unwrap()
        .pragma_update(None, "user_version", schema::VERSION + 1)
        .unwrap();
    let before = fs::read(&database).unwrap();
    let error = Store::open(folder.path(), Redactor::default()).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found, known, .. } if found == known + 1));
    assert!(
        error
            .to_string()
            .contains("has version 4, and this aldo knows versions up to 3")
    );
    assert_eq!(fs::read(&database).unwrap(), before);
}

#[test]
fn h4_tables_of_a_version_that_it_does_not_claim_are_left_alone_with_a_remedy() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder));
    let database = folder.path().join("runs.db");
    Connection::open(&database)
        .unwrap()
        .pragma_update(None, "user_version", schema::VERSION - 1)
        .unwrap();
    let error = Store::open(folder.path(), Redactor::default()).unwrap_err();
    assert!(matches!(error, StoreError::Sqlite { .. }), "{error:?}");
    let hint = error.hint().unwrap();
    assert!(
        hint.starts_with("move `") && hint.contains("runs.db"),
        "{hint}"
    );
    assert!(database.exists());
}

#[test]
fn h4_random_bytes_are_moved_aside() {
    let folder = TempDir::new().unwrap();
    let noise: Vec<u8> = (0..20_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    fs::write(folder.path().join("runs.db"), &noise).unwrap();
    let store = open(&folder);
    assert_eq!(store.notices().len(), 1);
    assert!(
        store.notices()[0].contains("is damaged"),
        "{:?}",
        store.notices()
    );
    assert_eq!(
        fs::read(folder.path().join("runs.db.damaged-1")).unwrap(),
        noise
    );
    drop(store);
    assert!(open(&folder).notices().is_empty(), "said once");
}

// SQLite itself takes a file of one byte for an empty one.
#[test]
fn h4_a_database_cut_at_every_page_never_passes_for_whole() {
    let folder = TempDir::new().unwrap();
    let id = one_run(&folder);
    let whole = whole(&folder);
    assert!(whole.len() > 8 * 4096);
    for cut in (1..whole.len() / 4096)
        .map(|page| page * 4096)
        .chain([2, 99, 5000])
    {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("runs.db"), &whole[..cut]).unwrap();
        let store = Arc::new(open(&folder));
        assert_eq!(store.notices().len(), 1, "cut at {cut}");
        let kept = fs::read(folder.path().join("runs.db.damaged-1")).unwrap();
        assert_eq!(kept, whole[..cut], "cut at {cut}");
        assert!(matches!(
            store.find(&Which::parse(&id)),
            Err(StoreError::NotFound { .. })
        ));
        store.begin(&NewRun::default(), &[]).unwrap();
    }
}

#[test]
fn h4_another_programs_database_is_moved_aside_whole() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("runs.db");
    Connection::open(&database)
        .unwrap()
        .execute_batch("CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('soup');")
        .unwrap();
    let store = open(&folder);
    assert!(
        store.notices()[0].contains("belongs to another program"),
        "{:?}",
        store.notices()
    );
    let name: String = Connection::open(folder.path().join("runs.db.foreign-1"))
        .unwrap()
        .query_row("SELECT name FROM recipe", [], |row| row.get(0))
        .unwrap();
    assert_eq!(name, "soup");
}

#[test]
fn h4_a_database_without_a_table_is_moved_aside() {
    let folder = TempDir::new().unwrap();
    drop(open(&folder));
    Connection::open(folder.path().join("runs.db"))
        .unwrap()
        .execute_batch("DROP TABLE usage")
        .unwrap();
    let store = open(&folder);
    assert!(
        store.notices()[0].contains("has no table `usage`"),
        "{:?}",
        store.notices()
    );
    assert!(names(&folder).contains(&"runs.db.damaged-1".to_owned()));
}

#[test]
fn an_older_database_is_brought_forward() {
    let folder = TempDir::new().unwrap();
    let database = folder.path().join("runs.db");
    Connection::open(&database)
        .unwrap()
        .pragma_update(None, "application_id", schema::APPLICATION_ID)
        .unwrap();
    let store = open(&folder);
    assert!(store.notices().is_empty());
    let version: i64 = store
        .read(|connection| connection.pragma_query_value(None, "user_version", |row| row.get(0)))
        .unwrap();
    assert_eq!(version, schema::VERSION);
}

#[test]
fn many_open_a_new_store_at_once() {
    let folder = TempDir::new().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let store = Arc::new(open(&folder));
                assert!(store.notices().is_empty());
                store.begin(&NewRun::default(), &[]).unwrap();
            });
        }
    });
    assert_eq!(open(&folder).count().unwrap(), 8);
}

#[test]
fn h2_a_database_removed_in_use_is_noticed_before_a_step_is_lost() {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(open(&folder));
    let mut run = store.begin(&NewRun::default(), &[]).unwrap();
    fs::remove_file(folder.path().join("runs.db")).unwrap();
    assert!(matches!(
        run.append(&[], None),
        Err(StoreError::Removed { .. })
    ));
    drop(open(&folder));
    let replaced = run.append(&[], None);
    assert!(
        matches!(replaced, Err(StoreError::Removed { .. })),
        "another file of that name"
    );
}

#[test]
fn reading_where_nothing_is_makes_nothing() {
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join("store");
    assert!(Store::open_to_read(&inner).unwrap().is_none());
    assert!(!inner.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("store"), Redactor::default()).unwrap_err();
    assert!(error.to_string().starts_with("cannot create `"), "{error}");
    assert!(error.hint().unwrap().contains("ALDO_HOME"));
}

#[test]
fn h2_where_a_write_ahead_log_is_refused_a_rollback_journal_keeps_steps_whole() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("runs.db");
    // As on a network file system: this one has no memory that processes share.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let connection = Connection::open_with_flags_and_vfs(&path, flags, "unix-dotfile").unwrap();
    let (connection, journal) = create(connection).unwrap();
    assert_eq!(journal, Journal::Delete);
    let mode: String = connection
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!(mode, "delete");
    let insert = "INSERT INTO health (provider, model, at_ms, reason) VALUES ('p', 'm', 1, 'r')";
    assert_eq!(connection.execute(insert, []).unwrap(), 1);
}
