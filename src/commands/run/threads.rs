//! `--threads`. The tensor library reads its number of threads from the environment, once.

use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::failure::Failure;

/// The variables that say how many threads compute.
const VARIABLES: [&str; 2] = ["RAYON_NUM_THREADS", "CANDLE_NUM_THREADS"];

/// Sees to it that `count` threads compute: starts the program over in this same process when its environment says another number.
///
/// # Errors
/// A failure when the program cannot be started over.
pub(in crate::commands) fn insist(count: u16) -> Result<(), Failure> {
    let wanted = count.to_string();
    let is_set = |name: &&str| {
        let value = std::env::var_os(name);
        value.is_some_and(|value| value == wanted.as_str())
    };
    if VARIABLES.iter().all(is_set) {
        return Ok(());
    }
    let failed = |error| {
        Failure::failed(
            "threads",
            "cannot start over with another number of threads",
        )
        .because(error)
    };
    let program = std::env::current_exe().map_err(failed)?;
    let mut again = Command::new(program);
    again.args(std::env::args_os().skip(1));
    again.envs(VARIABLES.map(|name| (name, &wanted)));
    Err(failed(again.exec()))
}
