//! Two networks and a cable: one in which aldo runs, and at its end the trap.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::report::Left;
use super::unavailable;
use crate::failure::Failure;

/// A machine of the operator's own network, the way out of it, and its name server.
pub(super) const NEIGHBOUR: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
/// A machine on the internet.
pub(super) const STRANGER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
/// The same, over IPv6.
pub(super) const STRANGER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7);
/// Packets that are on their way have arrived after this; the cable is a piece of memory.
const SETTLE: Duration = Duration::from_millis(60);

/// The cable's end in the network where aldo runs.
///
/// Over IPv6 each end knows the other for good: the kernel would ask again after some seconds, and
/// that is a packet nobody sent.
const HERE: [&str; 8] = [
    "link set lo up",
    "link set aldo0 address 02:00:00:00:00:01",
    "addr add 10.77.0.1/24 dev aldo0",
    "link set aldo0 up",
    "route add default via 10.77.0.2",
    "-6 addr add fd77::1/64 dev aldo0 nodad",
    "-6 route add default via fd77::2",
    "-6 neigh replace fd77::2 lladdr 02:00:00:00:00:02 dev aldo0 nud permanent",
];
/// The trap's end: it is the neighbour, and everybody else as well.
pub(super) const THERE: [&str; 8] = [
    "link set lo up",
    "link set trap0 address 02:00:00:00:00:02",
    "addr add 10.77.0.2/24 dev trap0",
    "addr add 203.0.113.7/32 dev trap0",
    "link set trap0 up",
    "-6 addr add fd77::2/64 dev trap0 nodad",
    "-6 addr add 2001:db8::7/128 dev trap0 nodad",
    "-6 neigh replace fd77::1 lladdr 02:00:00:00:00:01 dev trap0 nud permanent",
];

/// The trap at the end of the cable.
pub(super) struct Network {
    trap: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    packets: u64,
}

impl Network {
    /// Lays the cable. This process must be in a network of its own already.
    pub(super) fn make() -> Result<Self, Failure> {
        let program = std::env::current_exe().map_err(failed)?;
        let mut trap = Command::new("unshare")
            .args(["--net", "--"])
            .arg(program)
            .args(["prove", "trap"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        let (Some(orders), Some(answers)) = (trap.stdin.take(), trap.stdout.take()) else {
            return Err(unavailable("the trap has no streams"));
        };
        let mut network = Self {
            trap,
            orders,
            answers: BufReader::new(answers),
            packets: 0,
        };
        network.answer()?;
        let other = network.trap.id();
        ip(&format!(
            "link add aldo0 type veth peer name trap0 netns {other}"
        ))?;
        network.order("link")?;
        for command in HERE {
            configure(command)?;
        }
        network.left()?;
        Ok(network)
    }

    /// Returns what has reached the trap since the last time.
    pub(super) fn left(&mut self) -> Result<Left, Failure> {
        thread::sleep(SETTLE);
        let line = self.order("count")?;
        let counted: Left = serde_json::from_str(&line).map_err(failed)?;
        let since = counted.packets - self.packets.min(counted.packets);
        self.packets = counted.packets;
        Ok(Left {
            packets: since,
            messages: counted.messages,
        })
    }

    fn order(&mut self, word: &str) -> Result<String, Failure> {
        writeln!(self.orders, "{word}").map_err(failed)?;
        self.answer()
    }

    fn answer(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.answers.read_line(&mut line).map_err(failed)?;
        if line.is_empty() {
            return Err(unavailable("the trap cannot be set"));
        }
        Ok(line)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.trap.kill();
        let _ = self.trap.wait();
    }
}

/// Runs `ip` with the words of `command`; a kernel without IPv6 has no use for its commands.
pub(super) fn configure(command: &str) -> Result<(), Failure> {
    match ip(command) {
        Err(_) if command.starts_with("-6") => Ok(()),
        result => result,
    }
}

fn ip(command: &str) -> Result<(), Failure> {
    let output = Command::new("ip")
        .args(command.split_whitespace())
        .output()
        .map_err(|error| unavailable("`ip` cannot be started").because(error))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(unavailable(format!(
        "`ip {command}` failed: {}",
        said.trim()
    )))
}

fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    unavailable("the trap cannot be set").because(error)
}
