//! What stands where the rest of the world would be.

use std::fs;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How much of one message is kept.
const BYTES_MAX: usize = 64 << 10;
/// How long a connection may be silent before it is closed.
const SILENCE_MAX: Duration = Duration::from_millis(500);
/// What everybody who connects is told.
const REPLY: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Listens on every address of its network and keeps what it is sent.
#[derive(Debug, Clone, Default)]
pub struct Trap {
    caught: Arc<Mutex<Vec<Caught>>>,
}

/// One message that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caught {
    /// `tcp` or `udp`.
    pub way: String,
    /// The port it was sent to.
    pub port: u16,
    /// What it says; bytes that are no text are replaced.
    pub text: String,
}

impl Trap {
    /// Listens from now on.
    ///
    /// # Errors
    /// When a port cannot be had.
    pub fn set(tcp_ports: &[u16], udp_ports: &[u16]) -> io::Result<Self> {
        let trap = Self::default();
        for &port in tcp_ports {
            let listener = listen(port)?;
            let trap = trap.clone();
            thread::spawn(move || trap.accept(&listener, port));
        }
        for &port in udp_ports {
            let socket = receive_on(port)?;
            let trap = trap.clone();
            thread::spawn(move || trap.receive(&socket, port));
        }
        Ok(trap)
    }

    /// Returns what was caught since the last time.
    pub fn take(&self) -> Vec<Caught> {
        self.caught
            .lock()
            .map(|mut all| std::mem::take(&mut *all))
            .unwrap_or_default()
    }

    /// Counts the packets that have reached this network: all of IPv4, and of IPv6 those that were
    /// meant for one receiver, because the kernel itself sends the others.
    ///
    /// # Errors
    /// When the kernel's counters cannot be read.
    pub fn packets() -> io::Result<u64> {
        let v4 = fs::read_to_string("/proc/self/net/snmp")?;
        // Without IPv6 in the kernel there is no such file.
        let v6 = fs::read_to_string("/proc/self/net/snmp6").unwrap_or_default();
        let v4 =
            ipv4_received(&v4).ok_or_else(|| io::Error::other("no counter of IPv4 packets"))?;
        Ok(v4 + ipv6_received(&v6))
    }

    fn accept(&self, listener: &TcpListener, port: u16) {
        for stream in listener.incoming().filter_map(Result::ok) {
            let trap = self.clone();
            thread::spawn(move || trap.hear_out(stream, port));
        }
    }

    /// Keeps the connection from its first moment, for one without a word is a leak as well.
    fn hear_out(&self, mut stream: TcpStream, port: u16) {
        let _ = stream.set_read_timeout(Some(SILENCE_MAX));
        let place = self.keep("tcp", port, b"");
        let (mut heard, mut chunk) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = stream.read(&mut chunk) {
            heard.extend_from_slice(&chunk[..count]);
            heard.truncate(BYTES_MAX);
            self.rewrite(place, &heard);
        }
        let _ = stream.write_all(REPLY);
    }

    fn receive(&self, socket: &UdpSocket, port: u16) {
        let mut bytes = [0; 4096];
        while let Ok((count, _)) = socket.recv_from(&mut bytes) {
            self.keep("udp", port, &bytes[..count]);
        }
    }

    fn keep(&self, way: &str, port: u16, bytes: &[u8]) -> usize {
        let Ok(mut caught) = self.caught.lock() else {
            return 0;
        };
        caught.push(Caught {
            way: way.to_owned(),
            port,
            text: String::from_utf8_lossy(bytes).into_owned(),
        });
        caught.len() - 1
    }

    fn rewrite(&self, place: usize, bytes: &[u8]) {
        if let Ok(mut caught) = self.caught.lock()
            && let Some(message) = caught.get_mut(place)
        {
            message.text = String::from_utf8_lossy(bytes).into_owned();
        }
    }
}

#[allow(clippy::disallowed_methods)] // the trap of the proof, in a network of its own
fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind(("::", port)).or_else(|_| TcpListener::bind(("0.0.0.0", port)))
}

#[allow(clippy::disallowed_methods)] // the trap of the proof, in a network of its own
fn receive_on(port: u16) -> io::Result<UdpSocket> {
    UdpSocket::bind(("::", port)).or_else(|_| UdpSocket::bind(("0.0.0.0", port)))
}

/// Two lines begin with `Ip:`; the first names the columns of the second.
fn ipv4_received(text: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("Ip: "));
    let names = lines.next()?.split_whitespace();
    let mut values = names.zip(lines.next()?.split_whitespace());
    values
        .find(|(name, _)| *name == "InReceives")?
        .1
        .parse()
        .ok()
}

fn ipv6_received(text: &str) -> u64 {
    let value = |name: &str| -> u64 {
        let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
        let value = lines.find_map(|rest| rest.trim().parse().ok());
        value.unwrap_or(0)
    };
    value("Ip6InReceives").saturating_sub(value("Ip6InMcastPkts"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_counted_without_the_kernels_own() {
        let v4 = "Ip: Forwarding DefaultTTL InReceives InHdrErrors\nIp: 2 64 17 0\nIcmp: InMsgs\n";
        assert_eq!(ipv4_received(v4), Some(17));
        assert_eq!(ipv4_received("Ip: InReceives\n"), None);
        let v6 = "Ip6InReceives                   \t12\nIp6InHdrErrors  0\nIp6InMcastPkts  9\n";
        assert_eq!(ipv6_received(v6), 3);
        assert_eq!(ipv6_received(""), 0);
    }

    #[test]
    #[allow(clippy::disallowed_methods)] // the test is about connections
    fn what_arrives_is_kept_even_without_a_word() {
        let trap = Trap::default();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = trap.clone();
        thread::spawn(move || accepting.accept(&listener, 80));
        let mut reply = String::new();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"secret").unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        stream.read_to_string(&mut reply).unwrap();
        assert!(reply.starts_with("HTTP/1.1 503"), "{reply}");
        assert_eq!(trap.take()[0].text, "secret");
        assert!(trap.take().is_empty());
    }
}
