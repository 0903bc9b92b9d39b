//! Family G, row 3: how a program is started, bounded and ended.

use std::fs;
use std::time::{Duration, Instant};

use aldo::tools::ToolOutcome;
use serde_json::{Value, json};

use super::workshop::{Workshop, is_refused};

pub(super) fn python(script: &str) -> Value {
    json!({"program": "python3", "args": ["-c", script], "timeout_ms": 20_000})
}

/// Whether a process with this number runs; one that ended and waits to be asked for does not.
fn runs(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
    let state = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest.trim_start());
    !state.is_empty() && !state.starts_with('Z') && !state.starts_with('X')
}

#[test]
fn a_program_runs_and_says_what_it_says() {
    let workshop = Workshop::new();
    let call = json!({"program": "printf", "args": ["%s|", "a b", "$HOME", "`id`", ";"]});
    assert_eq!(
        workshop.done("shell.exec", call),
        "exit code 0\n--- output\na b|$HOME|`id`|;|"
    );
    let said = workshop.done(
        "shell.exec",
        python("import sys; print('o'); print('e', file=sys.stderr); sys.exit(3)"),
    );
    assert_eq!(said, "exit code 3\n--- output\no\n--- errors\ne");
    workshop.write("sub/x", "");
    let said = workshop.done("shell.exec", json!({"program": "ls", "cwd": "sub"}));
    assert_eq!(said, "exit code 0\n--- output\nx");
}

#[test]
fn g03_no_text_is_read_by_a_shell() {
    let workshop = Workshop::new();
    for (program, args) in [
        ("sh", vec!["-c", "echo x"]),
        ("bash", vec!["script"]),
        ("/bin/sh", vec!["-c", "echo x"]),
        ("ls -la", vec![]),
        ("sudo", vec!["ls"]),
        ("git", vec!["commit", "--amend"]),
        ("", vec![]),
        ("../outside/secret", vec![]),
        ("no-such-program", vec![]),
    ] {
        let outcome = workshop.outcome("shell.exec", json!({"program": program, "args": args}));
        assert!(is_refused(&outcome), "{program}: {outcome:?}");
    }
}

#[test]
fn g03_lists_allow_and_deny_and_deny_wins() {
    let mut workshop = Workshop::new();
    workshop.guards = json!({"shell": {"allow": ["echo", "ls", "git", "sh"], "deny": ["ls"]}});
    let run = |program: &str, args: &[&str]| {
        workshop.outcome("shell.exec", json!({"program": program, "args": args}))
    };
    assert!(run("echo", &["x"]).is_done());
    assert!(
        run("sh", &["-c", "exit 0"]).is_done(),
        "a shell the spec names"
    );
    assert!(is_refused(&run("ls", &[])));
    assert!(is_refused(&run("cat", &[])));
    assert!(
        is_refused(&run("./echo", &[])),
        "another program of the same name"
    );
    for flag in [
        "--amend",
        "--no-verify",
        "--force",
        "-f",
        "--force-with-lease",
    ] {
        let outcome = run("git", &["commit", flag]);
        assert!(
            matches!(outcome, ToolOutcome::Refused(_)),
            "{flag}: {outcome:?}"
        );
    }
}

#[test]
fn g03_a_program_that_takes_too_long_is_stopped_with_all_it_started() {
    let workshop = Workshop::new();
    let script = "import os, signal, subprocess, time\n\
        signal.signal(signal.SIGTERM, signal.SIG_IGN)\n\
        a = subprocess.Popen(['sleep', '300'])\n\
        b = subprocess.Popen(['setsid', 'sleep', '300'])\n\
        open('pids', 'w').write(f'{os.getpid()} {a.pid} {b.pid}')\n\
        time.sleep(300)";
    let began = Instant::now();
    let call = json!({"program": "python3", "args": ["-c", script], "timeout_ms": 1500});
    let outcome = workshop.outcome("shell.exec", call);
    assert!(
        outcome.text().starts_with("stopped: it took longer"),
        "{outcome:?}"
    );
    assert!(
        began.elapsed() < Duration::from_secs(9),
        "{:?}",
        began.elapsed()
    );
    let pids = workshop.read("pids");
    for pid in pids.split_whitespace() {
        assert!(!runs(pid), "{pid} of {pids} runs on");
    }
}

/// It forks twice, moves to a session of its own, closes its streams and lets its parent end.
#[test]
fn g03_a_daemon_does_not_stay() {
    let workshop = Workshop::new();
    let script = "import os, time\n\
        if os.fork(): os.wait(); raise SystemExit\n\
        os.setsid()\n\
        if os.fork(): os._exit(0)\n\
        for fd in range(3): os.close(fd)\n\
        open('pid', 'w').write(str(os.getpid()))\n\
        os.rename('pid', 'daemon')\n\
        time.sleep(300)";
    let waits = format!("{script}\n");
    let first = "import os, subprocess, sys, time\nsubprocess.run([sys.executable, '-c', sys.argv[1]])\n\
        while not os.path.exists('daemon'): time.sleep(0.01)";
    let call = json!({"program": "python3", "args": ["-c", first, waits], "timeout_ms": 20_000});
    let said = workshop.done("shell.exec", call);
    assert!(
        said.contains("[1 processes it left behind were stopped]"),
        "{said}"
    );
    assert!(!runs(&workshop.read("daemon")), "{said}");
}

#[test]
fn g03_too_many_processes_are_stopped() {
    let workshop = Workshop::new();
    let script = "import os, time\n\
        for n in range(600):\n    \
            if os.fork() == 0: time.sleep(300); os._exit(0)\n\
        time.sleep(300)";
    let outcome = workshop.outcome("shell.exec", python(script));
    assert!(
        outcome.text().starts_with("stopped: it started too many"),
        "{outcome:?}"
    );
}

#[test]
fn g03_a_long_output_is_cut_to_its_end() {
    let workshop = Workshop::new();
    let script = "import sys\n\
        for n in range(64): sys.stdout.write('x' * 1048576)\n\
        print('end')";
    let said = workshop.done("shell.exec", python(script));
    assert!(said.ends_with("xend"), "{}", &said[said.len() - 20..]);
    assert!(
        said.contains("[67100676 bytes before this are not shown]"),
        "{}",
        &said[..120]
    );
    assert!(said.len() < 9000);
}

#[test]
fn a_call_that_is_canceled_leaves_nothing_running() {
    let workshop = Workshop::new();
    let cancel = workshop.cancel.clone();
    let pid = workshop.root().join("pid");
    let waits = std::thread::spawn(move || {
        while !pid.exists() {
            std::thread::sleep(Duration::from_millis(5));
        }
        cancel.cancel();
    });
    let script = "import os, time\nopen('x', 'w').write(str(os.getpid())); os.rename('x', 'pid'); time.sleep(300)";
    let outcome = workshop.outcome("shell.exec", python(script));
    waits.join().unwrap();
    assert!(!outcome.is_done(), "{outcome:?}");
    assert!(!runs(&workshop.read("pid")));
}
