//! The process at the end of the cable: told to connect, asked what arrived, one line each.

use std::io::{BufRead, Write};

use aldo_backends::proof::Trap;

use super::network::{THERE, configure};
use super::report::Left;
use super::unavailable;
use crate::failure::Failure;
use crate::ui::Outcome;

/// Where it listens: the web, its encrypted form, a name server, a proxy, usual runtimes.
const TCP_PORTS: [u16; 7] = [53, 80, 443, 3128, 8000, 8080, 11434];
const UDP_PORTS: [u16; 2] = [53, 443];

/// Serves until its orders end.
pub(super) fn run() -> Result<Outcome, Failure> {
    let mut out = std::io::stdout();
    let mut answer = |line: &str| writeln!(out, "{line}").and_then(|()| out.flush());
    answer("ready").map_err(Failure::output)?;
    let mut trap = Trap::default();
    for order in std::io::stdin().lock().lines() {
        let order = order.map_err(|error| unavailable("no orders").because(error))?;
        if order == "link" {
            for command in THERE {
                configure(command)?;
            }
            trap = Trap::set(&TCP_PORTS, &UDP_PORTS)
                .map_err(|error| unavailable("the trap cannot listen").because(error))?;
            answer("linked").map_err(Failure::output)?;
        } else {
            answer(&left(&trap)?).map_err(Failure::output)?;
        }
    }
    Ok(Outcome::default())
}

fn left(trap: &Trap) -> Result<String, Failure> {
    let packets = Trap::packets();
    let left = Left {
        packets: packets
            .map_err(|error| unavailable("packets cannot be counted").because(error))?,
        messages: trap.take(),
    };
    serde_json::to_string(&left).map_err(|error| unavailable("no report").because(error))
}
