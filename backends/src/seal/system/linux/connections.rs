//! Connections that are open already: no filter closes them, so there must be none to another machine.

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::SealError;
/// Where the kernel lists this process's open files.
const OPEN_FILES: &str = "/proc/self/fd";
/// The kernel's lists of internet sockets; their first two columns after the number are addresses.
const LISTS: [&str; 6] = ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"];
/// The inherited streams 0, 1 and 2 are what whoever started the program made them.
const STANDARD_STREAMS: u32 = 3;

/// Makes sure that no connection to another machine is open. Those on loopback carry no more than a
/// sealed process could say to itself, and a runtime that was asked for its models may still hold one.
pub(super) fn none_open() -> Result<(), SealError> {
    far(&ends())
}

/// The other ends of the internet sockets this process has open.
fn ends() -> Vec<SocketAddr> {
    let open = sockets_open();
    if open.is_empty() {
        return Vec::new();
    }
    let kernel: BTreeMap<u64, SocketAddr> = LISTS
        .iter()
        .filter_map(|list| fs::read_to_string(format!("/proc/self/net/{list}")).ok())
        .flat_map(|text| text.lines().skip(1).filter_map(row).collect::<Vec<_>>())
        .collect();
    open.iter()
        .filter_map(|inode| kernel.get(inode))
        .copied()
        .collect()
}

/// Finds an end that is on another machine; a socket that is not connected has none.
fn far(ends: &[SocketAddr]) -> Result<(), SealError> {
    let is_near = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    match ends.iter().find(|end| !is_near(end.ip())) {
        Some(address) => Err(SealError::ConnectionOpen {
            address: address.to_string(),
        }),
        None => Ok(()),
    }
}

/// The inodes of the sockets this process has open.
fn sockets_open() -> Vec<u64> {
    let Ok(files) = fs::read_dir(OPEN_FILES) else {
        return Vec::new();
    };
    let inode = |entry: fs::DirEntry| {
        let number: u32 = entry.file_name().to_str()?.parse().ok()?;
        let target = fs::read_link(entry.path()).ok()?;
        let inode = target
            .to_str()?
            .strip_prefix("socket:[")?
            .strip_suffix(']')?;
        (number >= STANDARD_STREAMS).then(|| inode.parse().ok())?
    };
    files.filter_map(Result::ok).filter_map(inode).collect()
}

/// One line of a list: the other end, and the inode.
fn row(line: &str) -> Option<(u64, SocketAddr)> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    let remote = address(columns.get(2)?)?;
    Some((columns.get(9)?.parse().ok()?, remote))
}

/// `0100007F:1F90`: the address as the kernel holds it in memory, in words of this machine.
fn address(text: &str) -> Option<SocketAddr> {
    let (ip, port) = text.split_once(':')?;
    let words: Option<Vec<[u8; 4]>> = ip
        .as_bytes()
        .chunks(8)
        .map(|word| {
            let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
            Some(word.to_ne_bytes())
        })
        .collect();
    let ip = match *words? {
        [word] => IpAddr::V4(Ipv4Addr::from(word)),
        [a, b, c, d] => {
            let octets: [u8; 16] = [a, b, c, d].concat().try_into().ok()?;
            let ip = Ipv6Addr::from(octets);
            ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4)
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[cfg(target_endian = "little")]
    #[test]
    fn addresses_are_read_as_the_kernel_writes_them() {
        let read = |text| address(text).map(|address| address.to_string());
        assert_eq!(read("0100007F:1F90").unwrap(), "127.0.0.1:8080");
        assert_eq!(
            read("00000000000000000000000001000000:0050").unwrap(),
            "[::1]:80"
        );
        assert_eq!(
            read("0000000000000000FFFF00000100007F:0050").unwrap(),
            "127.0.0.1:80"
        );
        for wrong in ["", ":", "0100007F", "0100007F:", "zz:1", "0100007F01:1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods)] // the test is about connections
    fn an_open_connection_is_found_in_the_kernels_list() {
        let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        let _client = std::net::TcpStream::connect(address).unwrap();
        assert!(ends().contains(&address), "{:?}", ends());
        assert!(none_open().is_ok());
    }

    #[test]
    fn an_end_on_another_machine_is_named() {
        let ends = ["127.0.0.1:80", "[::]:0", "[::1]:80", "203.0.113.7:443"];
        let error = far(&ends.map(|end| end.parse().unwrap())).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a connection to 203.0.113.7:443 is still open"
        );
    }
}
