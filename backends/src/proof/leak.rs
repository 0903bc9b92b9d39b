//! Every way out that a program of this user has, tried.

use std::io::{self, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How long a connection is tried.
const CONNECT_MAX: Duration = Duration::from_secs(3);

/// A way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// A TCP connection over IPv4.
    Tcp,
    /// A TCP connection over IPv6.
    Tcp6,
    /// A datagram.
    Udp,
    /// A datagram over IPv6.
    Udp6,
    /// A question to a name server.
    Dns,
}

/// What came of a way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// The way.
    pub way: Way,
    /// Whether the system took the message, or what it said.
    pub refused: Option<String>,
}

/// Sends `text` to the trap in every way there is: TCP to port 80, datagrams to port 53.
pub fn leak(v4: Ipv4Addr, v6: Ipv6Addr, text: &str) -> Vec<Tried> {
    let (web, name_server) = (80, 53);
    let ways = [
        (Way::Tcp, stream((v4, web).into(), text)),
        (Way::Tcp6, stream((v6, web).into(), text)),
        (
            Way::Udp,
            datagram((v4, name_server).into(), text.as_bytes()),
        ),
        (
            Way::Udp6,
            datagram((v6, name_server).into(), text.as_bytes()),
        ),
        (
            Way::Dns,
            datagram((v4, name_server).into(), &question(text)),
        ),
    ];
    ways.into_iter()
        .map(|(way, result)| Tried {
            way,
            refused: result.err().map(|error| error.to_string()),
        })
        .collect()
}

#[allow(clippy::disallowed_methods)] // the leak the proof must see, in a network of its own
fn stream(to: SocketAddr, text: &str) -> io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&to, CONNECT_MAX)?;
    stream.write_all(text.as_bytes())
}

#[allow(clippy::disallowed_methods)] // the leak the proof must see, in a network of its own
fn datagram(to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
    let any: SocketAddr = match to {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    UdpSocket::bind(any)?.send_to(bytes, to).map(drop)
}

/// A question for the address of `<text>.test`, as a resolver would send it.
fn question(text: &str) -> Vec<u8> {
    let label: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(63)
        .collect();
    let mut bytes = vec![0x61, 0x6c, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in [label.as_str(), "test"] {
        bytes.push(label.len() as u8);
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.extend_from_slice(&[0, 0, 1, 0, 1]);
    bytes
}
