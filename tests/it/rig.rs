//! Tests that nothing leaves: each runs again inside a network of its own, with a trap at the end of
//! its only cable. Before a test looks for a leak, it sees the trap catch one.
//!
//! Where the kernel gives no such network, or a program is missing, a test says that it was skipped;
//! with `ALDO_RIG_REQUIRED` set that is a failure.

mod locks;
mod network;
mod offline;
mod privacy;
mod proxy;
mod redirect;
mod seal;
mod servers;
mod telemetry;
mod tools;

use std::process::Command;

use network::Rig;

/// Where, and that, a test is inside.
const INSIDE: &str = "ALDO_RIG_INSIDE";

/// Runs `test` in a network with a trap.
#[track_caller]
fn in_rig<T: FnOnce(&mut Rig)>(test: T) {
    if std::env::var_os(INSIDE).is_some() {
        let mut rig = Rig::make();
        rig.sees_a_leak();
        return test(&mut rig);
    }
    // A closure's type is named after the function it is written in, below the crate.
    let name = std::any::type_name::<T>();
    let name = name.trim_end_matches("::{{closure}}");
    let name = name.split_once("::").expect("it has a crate").1;
    if let Some(reason) = impossible() {
        assert!(std::env::var_os("ALDO_RIG_REQUIRED").is_none(), "{reason}");
        return eprintln!("skipped: {reason}");
    }
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "--"])
        .arg(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture", "--test-threads", "1"])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let results = String::from_utf8_lossy(&output.stdout);
    let told = format!("{results}{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "inside:\n{told}");
    assert!(
        results.contains("1 passed"),
        "`{name}` was not found inside:\n{told}"
    );
}

/// Why no network of its own can be made here.
pub(crate) fn impossible() -> Option<String> {
    for program in ["unshare", "ip", "mount"] {
        if let Err(error) = Command::new(program).arg("--version").output() {
            return Some(format!("`{program}`: {error}"));
        }
    }
    let tried = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "true"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&tried.stderr).trim().to_owned();
    (!tried.status.success()).then(|| format!("no network of its own: {said}"))
}
