//! How long, how much and how many: what a program of `shell.exec` may take, and that nothing of it stays.

use std::time::{Duration, Instant};

use serde_json::json;

use super::shell::{python, runs};
use super::workshop::Workshop;

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
