//! F3 and F5: processes that die, wait for each other, or find no room.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::{Pull, REPOSITORY, held, tiny};
use crate::hub::{self, Held};
use crate::raw_server::{Act, RawServer};
use crate::rig;

/// How many bytes come at once from a slow hub.
const CHUNK_BYTES: usize = 1024;

/// A hub that sends a file in pieces.
fn slow(file: &Held, pause: Duration) -> RawServer {
    let files = vec![file.clone()];
    RawServer::start(move |request| {
        let Some(file) = hub::asked(request, &files) else {
            return hub::polite(request, &files);
        };
        let (first, last) = hub::asked_range(request).unwrap();
        let last = last.min(file.bytes.len() - 1);
        let mut acts = vec![Act::Send(hub::part_head(file, first, last))];
        for chunk in file.bytes[first..=last].chunks(CHUNK_BYTES) {
            acts.extend([Act::Send(chunk.to_vec()), Act::Wait(pause)]);
        }
        acts
    })
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |it| it.len())
}

fn wait_until(what: &str, holds: impl Fn() -> bool) {
    let since = Instant::now();
    while !holds() {
        assert!(since.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Where each request for the file began.
fn starts(server: &RawServer) -> Vec<u64> {
    let received = server.received();
    received
        .iter()
        .filter_map(hub::asked_range)
        .map(|(first, _)| first as u64)
        .collect()
}

#[test]
fn f03_a_pull_that_is_killed_goes_on_where_it_was() {
    let file = tiny();
    let pull = Pull::new(slow(&file, Duration::from_millis(4)));
    let incomplete = pull.blobs().join(format!("{}.incomplete", file.digest));
    let mut kills = 0;
    // Moments that differ from run to run of the loop, without a clock.
    let mut dice = 12345_u32;
    for _ in 0..20 {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let more = u64::from(dice >> 16) % 4_000;
        let before = length(&incomplete);
        if before + more >= file.bytes.len() as u64 || pull.blob_is(&file) {
            break;
        }
        let requests = starts(&pull.server).len();
        let child = pull
            .std(&["models", "pull", REPOSITORY, "--quiet"])
            .spawn()
            .unwrap();
        wait_until("bytes come", || {
            length(&incomplete) >= before + more || pull.blob_is(&file)
        });
        kill(child);
        kills += 1;
        assert!(!pull.blobs().join(&file.digest).exists() || pull.blob_is(&file));
        let began = starts(&pull.server).get(requests).copied();
        assert_eq!(began, Some(before), "it goes on from what is here");
    }
    assert!(kills >= 10, "{kills}");
    assert!(!pull.blob_is(&file), "the hub is slow enough for 20 kills");
    let listed = pull.aldo(["models", "ls"]).run().exits(0);
    assert!(
        listed.stdout.contains("aldo models pull org/tiny-GGUF"),
        "{listed}"
    );
    let here = length(&incomplete);
    let document = pull
        .aldo(["models", "pull", REPOSITORY, "--json"])
        .run()
        .exits(0)
        .json();
    assert!(pull.blob_is(&file) && !incomplete.exists());
    // It may have died between the last byte and the new name.
    if here < file.bytes.len() as u64 {
        assert_eq!(starts(&pull.server).last().copied(), Some(here));
    }
    assert_eq!(document["pulled"], true);
}

#[test]
fn f03_an_interrupt_keeps_what_is_here() {
    let file = tiny();
    let pull = Pull::new(slow(&file, Duration::from_millis(10)));
    let incomplete = pull.blobs().join(format!("{}.incomplete", file.digest));
    let child = pull
        .std(&["models", "pull", REPOSITORY])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    wait_until("bytes come", || length(&incomplete) > 0);
    let pid = child.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status().unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("goes on from it"), "{said}");
    assert!(length(&incomplete) > 0);
}

#[test]
fn f05_two_processes_pull_one_file_once() {
    let file = tiny();
    let pull = Pull::new(slow(&file, Duration::from_millis(4)));
    let children = [0, 1, 2].map(|_| {
        pull.std(&["models", "pull", REPOSITORY, "--quiet"])
            .spawn()
            .unwrap()
    });
    for mut child in children {
        assert_eq!(child.wait().unwrap().code(), Some(0));
    }
    assert!(pull.blob_is(&file));
    assert_eq!(starts(&pull.server), [0], "one of them fetched it");
}

#[test]
fn f05_who_waits_goes_on_when_the_holder_is_killed() {
    let file = tiny();
    let pull = Pull::new(slow(&file, Duration::from_millis(10)));
    let incomplete = pull.blobs().join(format!("{}.incomplete", file.digest));
    let holder = pull
        .std(&["models", "pull", REPOSITORY, "--quiet"])
        .spawn()
        .unwrap();
    wait_until("bytes come", || length(&incomplete) > 0);
    let mut waiter = pull
        .std(&["models", "pull", REPOSITORY, "--quiet"])
        .spawn()
        .unwrap();
    let asked = || {
        pull.server
            .received()
            .iter()
            .filter(|it| hub::asks_for_description(it))
            .count()
    };
    wait_until("the second asks", || asked() == 2);
    kill(holder);
    assert_eq!(waiter.wait().unwrap().code(), Some(0));
    assert!(pull.blob_is(&file));
    assert_eq!(starts(&pull.server).len(), 2);
}

#[test]
fn f03_a_full_disk_is_said_and_what_is_here_is_kept() {
    if let Some(reason) = rig::impossible() {
        assert!(std::env::var_os("ALDO_RIG_REQUIRED").is_none(), "{reason}");
        return eprintln!("skipped: {reason}");
    }
    let file = held("tiny-Q8_0.gguf", vec![b'x'; 3 << 20]);
    let pull = Pull::new(hub::serve(vec![file.clone()]));
    fs::create_dir_all(pull.hf_home()).unwrap();
    let aldo = pull.std(&["models", "pull", REPOSITORY]);
    // The small disk is there for this process and its children only.
    let script = "mount -t tmpfs -o size=1m none \"$1\" || exit 99; \"$2\" models pull \"$3\"; code=$?; \
                  find \"$1\" -name '*.incomplete' -size +500k -print; exit $code";
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command
        .arg(pull.hf_home())
        .arg(env!("CARGO_BIN_EXE_aldo"))
        .arg(REPOSITORY);
    command
        .current_dir(pull.env.project())
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.envs(
        aldo.get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    let output = command.output().unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert_eq!(output.status.code(), Some(1), "{stdout}{stderr}");
    assert!(
        stderr.contains("cannot write") && stderr.contains("hint: make room"),
        "{stderr}"
    );
    assert!(
        stdout.contains(&format!("{}.incomplete", file.digest)),
        "{stdout}"
    );
}
