//! The run store under kills, full disks, other writers and prying eyes.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::long::{Long, can_mount, text};

fn integrity(database: &Path) -> String {
    let connection = Connection::open(database).unwrap();
    connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn h1_a_run_killed_at_any_moment_leaves_a_whole_store() {
    const KILLS: u32 = 60;
    const TOKENS: &str = "200";
    let long = Long::new();
    let started = Instant::now();
    let whole = long.start(TOKENS).wait_with_output().unwrap();
    let length = started.elapsed().min(Duration::from_millis(500));
    assert!(
        whole.status.code().is_some_and(|code| code <= 1),
        "{}",
        text(&whole)
    );
    let mut interrupted = 0;
    for kill in 0..KILLS {
        let mut child = long.start(TOKENS);
        // The moments are spread over a run, from before its first write to its end.
        std::thread::sleep(length * kill / KILLS);
        child.kill().unwrap();
        child.wait().unwrap();
        let shown = long.json(&["runs", "show", "last"]);
        let status = shown["run"]["status"].as_str().unwrap();
        assert!(
            ["interrupted", "completed", "failed"].contains(&status),
            "{shown}"
        );
        assert!(shown["decision"]["outcome"].is_object(), "{shown}");
        assert!(shown["broken"].is_null(), "{shown}");
        interrupted += u32::from(status == "interrupted");
    }
    assert!(
        interrupted > 5,
        "only {interrupted} of {KILLS} kills met a run"
    );
    assert_eq!(integrity(&long.database()), "ok");
    let owners = fs::read_dir(long.store().join("owners")).unwrap().count();
    assert!(owners <= 1, "{owners} locks of dead processes are left");
}

#[test]
fn h2_nothing_is_asked_when_nothing_can_be_written_down() {
    if !can_mount("h2_nothing_is_asked_when_nothing_can_be_written_down") {
        return;
    }
    let long = Long::new();
    let script = "mkdir -p $ALDO_HOME/store
        mount -t tmpfs -o size=64k none $ALDO_HOME/store
        head -c 100000 /dev/zero > $ALDO_HOME/store/full || true
        exec $ALDO run long --model endless";
    let output = long.script_that_mounts(script).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    assert!(output.stdout.is_empty(), "{}", text(&output));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("no room is left on the disk"), "{stderr}");
}

#[test]
fn h2_a_folder_that_is_read_only_is_named() {
    if !can_mount("h2_a_folder_that_is_read_only_is_named") {
        return;
    }
    let long = Long::new();
    let script = "mkdir -p $ALDO_HOME/store
        mount -t tmpfs none $ALDO_HOME/store
        $ALDO run long --model endless --max-tokens 5 > first || true
        mount -o remount,ro $ALDO_HOME/store
        $ALDO runs show last
        exec $ALDO run long --model endless";
    let output = long.script_that_mounts(script).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        stdout.contains("say a lot") || stdout.contains("assistant"),
        "{stdout}"
    );
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("cannot be written to"), "{stderr}");
    assert!(stderr.contains("ALDO_HOME"), "{stderr}");
}

#[test]
fn h2_a_disk_that_fills_up_during_the_run_leaves_the_answer_intact() {
    if !can_mount("h2_a_disk_that_fills_up_during_the_run_leaves_the_answer_intact") {
        return;
    }
    let long = Long::new();
    let script = "mkdir -p $ALDO_HOME/store
        mount -t tmpfs -o size=1m none $ALDO_HOME/store
        $ALDO run long --model endless --max-tokens 2000 > answer & run=$!
        while [ ! -s answer ]; do kill -0 $run; done
        head -c 2000000 /dev/zero > $ALDO_HOME/store/full || true
        code=0; wait $run || code=$?
        rm $ALDO_HOME/store/full
        $ALDO runs show last --json > shown
        exit $code";
    let output = long.script_that_mounts(script).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("no room is left on the disk"), "{stderr}");
    assert!(fs::read(long.project().join("answer")).unwrap().len() > 10);
    let shown = fs::read_to_string(long.project().join("shown")).unwrap();
    assert!(shown.contains("\"interrupted\""), "{shown}");
}

#[test]
fn h3_eight_processes_write_at_once() {
    let long = Long::new();
    let spawn = |_| {
        let mut command = long.aldo(&["run", "long", "--model", "endless", "--max-tokens", "20"]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..8).map(spawn).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(!text(&output).contains("run store"), "{}", text(&output));
    }
    let runs = long.json(&["runs", "ls"]);
    assert_eq!(runs["total"], 8, "{runs}");
    for run in runs["runs"].as_array().unwrap() {
        assert_ne!(run["status"], "interrupted", "{runs}");
    }
    assert_eq!(integrity(&long.database()), "ok");
}

#[test]
fn h4_a_newer_store_is_refused_before_anything_is_asked() {
    let long = Long::new();
    long.aldo(&["run", "long", "--model", "endless", "--max-tokens", "5"])
        .output()
        .unwrap();
    let connection = Connection::open(long.database()).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    drop(connection);
    for args in [
        &["run", "long", "--model", "endless"][..],
        &["runs", "ls"],
        &["runs", "show", "last"],
    ] {
        let output = long.aldo(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output));
        assert!(output.stdout.is_empty(), "{args:?}: {}", text(&output));
        assert!(
            text(&output).contains("has version 99"),
            "{args:?}: {}",
            text(&output)
        );
    }
}

#[test]
fn h4_a_damaged_store_is_moved_aside_and_the_run_goes_on() {
    let long = Long::new();
    fs::create_dir_all(long.store()).unwrap();
    fs::write(long.database(), [0x5a; 9000]).unwrap();
    let output = long
        .aldo(&["run", "long", "--model", "endless", "--max-tokens", "5"])
        .output()
        .unwrap();
    assert!(text(&output).contains("is damaged"), "{}", text(&output));
    assert!(
        text(&output).contains("runs.db.damaged-1"),
        "{}",
        text(&output)
    );
    assert_eq!(long.json(&["runs", "ls"])["total"], 1);
    let moved = fs::read(long.store().join("runs.db.damaged-1")).unwrap();
    assert_eq!(moved, [0x5a; 9000]);
}

#[test]
fn j1_secrets_do_not_reach_the_store() {
    let canaries = [
        "canary-token-0123456789",
        "canary-hub-0123456789",
        "canary-other-0123456789",
        "ghp_canary0123456789",
    ];
    let long = Long::new();
    let prompt = format!("remember {} and {}", canaries[2], canaries[3]);
    let output = long
        .aldo(&[
            "run",
            "long",
            "--model",
            "endless",
            "--max-tokens",
            "20",
            "--inputs",
            &prompt,
        ])
        .env("ALDO_API_TOKEN", canaries[0])
        .env("HF_TOKEN", canaries[1])
        .env("SOME_API_KEY", canaries[2])
        .output()
        .unwrap();
    let shown = long.json(&["runs", "show", "last"]).to_string();
    assert!(
        shown.contains("remember [redacted:SOME_API_KEY] and [redacted:github-token]"),
        "{}\n{shown}",
        text(&output)
    );
    let mut files = 0;
    for folder in [long.store(), long.store().join("owners")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{} is open to others", path.display());
            let Ok(bytes) = fs::read(&path) else { continue };
            let content = String::from_utf8_lossy(&bytes);
            for canary in canaries {
                assert!(!content.contains(canary), "{canary} in {}", path.display());
            }
            files += 1;
        }
    }
    assert!(files >= 3, "{files} files looked at");
    let stderr = String::from_utf8_lossy(&output.stderr);
    for canary in canaries {
        assert!(!stderr.contains(canary), "{canary} on stderr");
    }
}
