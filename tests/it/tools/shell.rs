//! Family G, row 3. The programs are real; the control is that they do outside what they cannot inside.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use aldo::spec::{FilesystemPermission, NetworkPermission};
use aldo::tools::ToolOutcome;
use serde_json::{Value, json};

use super::workshop::{SECRET, Workshop, is_refused};

fn python(script: &str) -> Value {
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
fn g03_files_outside_the_root_are_neither_read_nor_written() {
    let workshop = Workshop::new();
    workshop.write("own", "mine");
    let before = workshop.outside();
    let secret = workshop.beside("outside/secret");
    let script = format!(
        "import os\n\
         def tried(what):\n    \
             try:\n        what(); return 'done'\n    \
             except OSError as e: return 'refused' if e.errno in (1, 13, 18) else str(e)\n\
         s = {secret:?}\n\
         print(tried(lambda: open(s).read()), tried(lambda: open(s, 'w')), tried(lambda: os.unlink(s)),\n      \
             tried(lambda: os.rename(s, 'stolen')), tried(lambda: os.link(s, 'linked')),\n      \
             tried(lambda: os.truncate(s, 0)), tried(lambda: os.listdir(os.path.dirname(s))),\n      \
             tried(lambda: open('own').read()), tried(lambda: open('new', 'w')))\n"
    );
    let said = workshop.done("shell.exec", python(&script));
    let expected = format!("exit code 0\n--- output\n{}done done", "refused ".repeat(7));
    assert_eq!(said, expected);
    assert_eq!(workshop.outside(), before);
}

#[test]
fn g03_a_spec_that_only_reads_starts_programs_that_only_read() {
    let mut workshop = Workshop::new();
    workshop.write("own", "mine");
    workshop.permissions.filesystem = FilesystemPermission::ReadOnly;
    let said = workshop.done("shell.exec", json!({"program": "cat", "args": ["own"]}));
    assert_eq!(said, "exit code 0\n--- output\nmine");
    let said = workshop.done("shell.exec", json!({"program": "touch", "args": ["new"]}));
    assert!(said.starts_with("exit code 1"), "{said}");
    assert!(!workshop.root().join("new").exists());
}

#[test]
fn g03_the_environment_holds_what_is_listed() {
    let mut workshop = Workshop::new();
    for (name, value) in [
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("ALDO_API_TOKEN", SECRET),
        ("LD_PRELOAD", "/evil.so"),
        ("PYTHONSTARTUP", "/evil.py"),
        ("HOME", "/home/me"),
    ] {
        workshop
            .environment
            .push((name.to_owned(), value.to_owned()));
    }
    let said = workshop.done("shell.exec", json!({"program": "env"}));
    let mut names: Vec<&str> = said
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "PATH", "TERM", "TMPDIR"], "{said}");
    let script = "import os; print(open(f'/proc/{os.getppid()}/environ').read())";
    let said = workshop.outcome("shell.exec", python(script)).text();
    assert!(!said.contains(SECRET), "{said}");
}

#[test]
fn g03_nobody_is_at_the_other_end_of_its_input() {
    let workshop = Workshop::new();
    assert_eq!(
        workshop.done("shell.exec", json!({"program": "cat"})),
        "exit code 0"
    );
    let script = "import os\ntry:\n    os.open('/dev/tty', os.O_RDWR); print('a terminal')\nexcept OSError: print('none')";
    assert!(
        workshop
            .done("shell.exec", python(script))
            .ends_with("none")
    );
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
fn g03_a_file_has_a_limit_and_a_core_is_not_written() {
    let workshop = Workshop::new();
    let script = "import os, resource\n\
        f = open('large', 'wb'); f.seek((1 << 30) - 1); f.write(b'x'); f.flush()\n\
        import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n\
        try: f.write(b'x' * 100000); f.flush(); print('larger')\n\
        except OSError as e: print(e.errno)\n\
        print(resource.getrlimit(resource.RLIMIT_CORE))\n\
        os.unlink('large'); os._exit(0)";
    let said = workshop.done(
        "shell.exec",
        json!({"program": "python3", "args": ["-uc", script]}),
    );
    assert!(said.ends_with("27\n(0, 0)"), "{said}");
}

/// It may signal itself and its own, not its supervisor, and nobody else.
#[test]
fn g03_it_cannot_reach_the_program_that_started_it() {
    let workshop = Workshop::new();
    let script = "import os, signal\n\
        for pid in (os.getppid(), int(open('pid').read())):\n    \
            try: os.kill(pid, signal.SIGKILL); print('killed')\n    \
            except PermissionError: print('refused')";
    workshop.write("pid", std::process::id().to_string());
    if !has_signal_rules() {
        return eprintln!("skipped: this kernel has no rules about signals");
    }
    let said = workshop.done("shell.exec", python(script));
    assert_eq!(said, "exit code 0\n--- output\nrefused\nrefused");
}

fn has_signal_rules() -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let mut parts = release
        .split(['.', '-'])
        .map(|part| part.trim().parse::<u32>().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0)) >= (6, 12)
}

#[test]
fn g03_it_types_into_no_terminal() {
    let workshop = Workshop::new();
    let script = "import fcntl, os, pty\n\
        try:\n    \
            leader, follower = pty.openpty()\n\
        except OSError: print('no terminal'); raise SystemExit\n\
        try: fcntl.ioctl(follower, 0x5412, b'x'); print('typed')\n\
        except OSError as e: print('refused', e.errno)";
    let said = workshop.done("shell.exec", python(script));
    assert!(
        said.ends_with("no terminal") || said.ends_with("refused 1"),
        "{said}"
    );
}

/// The seal is the same whoever asks: a sensitive run has no network even where the spec says so.
#[test]
fn g03_without_permission_there_is_no_network() {
    let mut workshop = Workshop::new();
    let script = "import socket\n\
        for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):\n    \
            try: socket.socket(family).connect('/x' if family == socket.AF_UNIX else ('127.0.0.1', 1))\n    \
            except PermissionError: print('EPERM')\n    \
            except OSError as e: print(type(e).__name__)";
    let said = |workshop: &Workshop| workshop.done("shell.exec", python(script));
    assert!(
        said(&workshop).ends_with("EPERM\nEPERM\nEPERM"),
        "{}",
        said(&workshop)
    );
    workshop.permissions.network = NetworkPermission::Loopback;
    assert!(said(&workshop).ends_with("EPERM\nEPERM\nEPERM"));
    workshop.permissions.network = NetworkPermission::Full;
    let open = said(&workshop);
    assert!(
        open.contains("ConnectionRefusedError") && open.ends_with("EPERM"),
        "{open}"
    );
    workshop.tier = aldo::capabilities::PrivacyTier::Sensitive;
    assert!(said(&workshop).ends_with("EPERM\nEPERM\nEPERM"));
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

/// Temporary files have a folder of their own, which goes with the program.
#[test]
fn temporary_files_are_gone_afterwards() {
    let workshop = Workshop::new();
    let script = "import tempfile; f = tempfile.mkstemp()[1]; print(f)";
    let said = workshop.done("shell.exec", python(script));
    let path = said.lines().last().unwrap();
    assert!(
        path.starts_with(workshop.beside("scratch").to_str().unwrap()),
        "{said}"
    );
    assert!(!Path::new(path).exists());
    assert_eq!(fs::read_dir(workshop.beside("scratch")).unwrap().count(), 0);
}

/// A program writes below its root where it likes; what would run later is as it was.
#[test]
fn g02_what_a_program_makes_of_protected_files_is_undone() {
    let workshop = Workshop::new();
    for name in [
        ".git/hooks/pre-push",
        ".git/config",
        "aldo.toml",
        "sub/.env",
    ] {
        workshop.write(name, "mine");
    }
    workshop.write("Cargo.lock", "one");
    let script = "import os, shutil\n\
        open('.git/hooks/pre-commit', 'w').write('evil')\n\
        open('.git/config', 'a').write('evil')\n\
        os.unlink('aldo.toml'); os.symlink('/etc/passwd', 'aldo.toml')\n\
        shutil.rmtree('.git/hooks'); os.makedirs('.git/hooks'); open('.git/hooks/pre-commit', 'w').write('evil')\n\
        os.makedirs('agents'); open('agents/x.yaml', 'w').write('evil')\n\
        open('sub/.env', 'w').write('evil'); open('Cargo.lock', 'w').write('two'); open('own', 'w').write('new')\n\
        open('.git/index', 'w').write('new')";
    let said = workshop.done("shell.exec", python(script));
    for path in [
        ".git/hooks/pre-commit",
        ".git/hooks/pre-push",
        ".git/config",
        "aldo.toml",
        "agents/x.yaml",
        "sub/.env",
    ] {
        assert!(said.contains(&format!("`{path}`")), "{path}: {said}");
    }
    for name in [
        ".git/hooks/pre-push",
        ".git/config",
        "aldo.toml",
        "sub/.env",
    ] {
        assert_eq!(workshop.read(name), "mine", "{name}");
    }
    assert!(!workshop.root().join(".git/hooks/pre-commit").exists());
    assert!(!workshop.root().join("agents/x.yaml").exists());
    assert_eq!(
        (workshop.read("Cargo.lock"), workshop.read("own")),
        ("two".into(), "new".into())
    );
    assert_eq!(workshop.read(".git/index"), "new");
    let said = workshop.done("shell.exec", json!({"program": "true"}));
    assert_eq!(said, "exit code 0");
}

#[test]
fn folders_that_the_user_names_are_read_and_not_written() {
    let mut named = Workshop::new();
    named.guards = json!({"shell": {"allow": ["sh"]}});
    let folder = named.beside("outside");
    let call = json!({"program": "sh", "args": ["-c", format!("cat {0}/secret && ! touch {0}/new", folder.display())]});
    let closed = named.done("shell.exec", call.clone());
    assert!(
        !closed.starts_with("exit code 0") && !closed.contains(SECRET),
        "{closed}"
    );
    named.readable.push(folder.clone());
    let open = named.done("shell.exec", call);
    assert!(
        open.starts_with("exit code 0") && open.contains(SECRET),
        "{open}"
    );
    assert!(!folder.join("new").exists());
}
