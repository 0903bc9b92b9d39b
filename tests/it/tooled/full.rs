//! Disks that are full while a run goes on with tools: real ones, small, mounted for the test alone.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use super::{Tooled, WORKER};
use crate::llama::{calls, llama, results, says};
use crate::long::{can_mount, mounting, text};

/// How long the script may take to fill the disk.
const PATIENCE: Duration = Duration::from_mins(1);

/// An agent that may write files unasked.
const WRITER: &str = "apiVersion: aldo-ai/agent.v1
name: writer
privacy_tier: internal
model_policy:
  capability_class: local-reasoning
  capability_requirements: [tool-use]
prompt: You write a file.
tools:
  native: [fs.write]
  permissions: {network: none, filesystem: read-write}
  approvals: {fs.write: never}
";

#[test]
fn h2_a_store_that_fills_up_stops_the_run_before_its_next_tool() {
    if !can_mount("h2_a_store_that_fills_up_stops_the_run_before_its_next_tool") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (asked, filled) = (folder.path().join("asked"), folder.path().join("filled"));
    let (told, waited_for) = (asked.clone(), filled.clone());
    let tooled = Tooled::with(llama(move |request| match results(request) {
        2 => says("wrote 2 lines"),
        done => {
            // The second call is made once the disk is full.
            if done == 1 {
                std::fs::write(&told, "").unwrap();
                let began = Instant::now();
                while !waited_for.exists() {
                    assert!(began.elapsed() < PATIENCE, "nobody fills the disk");
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
            let line = format!("echo line-{} >> log", done + 1);
            calls(request, &[json!({"program": "sh", "args": ["-c", line]})])
        }
    }));
    let script = "mkdir -p $ALDO_HOME/store
        mount -t tmpfs -o size=1m none $ALDO_HOME/store
        $ALDO run ./worker.yaml & run=$!
        while [ ! -e $ASKED ]; do kill -0 $run; sleep 0.01; done
        head -c 2000000 /dev/zero > $ALDO_HOME/store/full || true
        touch $FILLED
        code=0; wait $run || code=$?
        echo $code > code; cat work/log > written
        rm $ALDO_HOME/store/full
        exec $ALDO runs resume last";
    let mut command = mounting(&tooled.aldo(&[]), script);
    command.env("ASKED", &asked).env("FILLED", &filled);
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("no room is left on the disk"), "{stderr}");
    let read = |name: &str| {
        let path = tooled.env.project().join(name);
        std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{}", text(&output)))
    };
    assert_eq!(read("code"), "1\n", "{}", text(&output));
    assert_eq!(read("written"), "line-1\n", "no tool ran unwritten");
    // With room again, the run goes on after its last whole step.
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert_eq!(tooled.lines(), ["line-1", "line-2"]);
}

fn writing(tool: &str, agent: &str, server: crate::raw_server::RawServer) -> (Tooled, Command) {
    let tooled = Tooled::with(server);
    let path = tooled.env.project().join("writer.yaml");
    tooled.env.write(&path, agent);
    let script = format!(
        "mount -t tmpfs -o size=64k none work
        echo before > work/kept
        head -c 1000000 /dev/zero > work/full || true
        code=0; $ALDO {tool} || code=$?
        cat work/kept; ls -A work
        exit $code"
    );
    let mut command = mounting(&tooled.aldo(&[]), &script);
    command.env("ALDO_FS_RW_ROOT", tooled.work());
    (tooled, command)
}

#[test]
fn h2_a_tool_that_finds_its_disk_full_says_so_and_leaves_what_was_there() {
    if !can_mount("h2_a_tool_that_finds_its_disk_full_says_so_and_leaves_what_was_there") {
        return;
    }
    let server = llama(|request| match results(request) {
        0 => calls(
            request,
            &[json!({"path": "kept", "content": "after ".repeat(20_000)})],
        ),
        _ => says("no room"),
    });
    let (tooled, mut command) = writing("run ./writer.yaml", WRITER, server);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(stdout, "no room\nbefore\nfull\nkept\n", "{}", text(&output));
    let shown = tooled.document(&["runs", "show", "last"]);
    let events = shown["events"].as_array().unwrap();
    let result = events.iter().find(|event| event["kind"] == "tool_result");
    let result = &result.unwrap()["body"];
    assert_eq!(result["outcome"], "failed", "{result}");
    let told = result["content"].as_str().unwrap();
    assert!(told.contains("No space left on device"), "{told}");
}

#[test]
fn h2_a_program_that_finds_its_disk_full_ends_by_itself_and_the_run_goes_on() {
    if !can_mount("h2_a_program_that_finds_its_disk_full_ends_by_itself_and_the_run_goes_on") {
        return;
    }
    let server = llama(|request| match results(request) {
        0 => {
            let line = "head -c 200000 /dev/zero > more";
            calls(request, &[json!({"program": "sh", "args": ["-c", line]})])
        }
        _ => says("no room"),
    });
    let (tooled, mut command) = writing("run ./writer.yaml", WORKER, server);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(stdout.starts_with("no room\nbefore\n"), "{}", text(&output));
    let shown = tooled.document(&["runs", "show", "last"]).to_string();
    assert!(shown.contains("exit code 1"), "{shown}");
    assert!(shown.contains("No space left on device"), "{shown}");
}
