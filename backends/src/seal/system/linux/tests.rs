#![allow(clippy::unwrap_used)]
// A test that cannot run here says so.
#![allow(clippy::print_stderr)]

use std::fs;
use std::io::ErrorKind;
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::Command;

use rustix::io::Errno;
use rustix::net::{AddressFamily, Protocol, SocketType, ipproto, socket, socketpair};

use super::filter::{self, Open};
use super::paths::{self, Signals, System};
use super::*;

/// Seals a thread as far as `open` says and gives what `work` gives.
fn filtered<T: Send>(open: Open, work: impl FnOnce() -> T + Send) -> T {
    on_a_thread(|| {
        filter::on_this_thread(open)?;
        is_kept(open)?;
        Ok(work())
    })
    .unwrap()
}

fn tried(family: AddressFamily, kind: SocketType, protocol: Option<Protocol>) -> Option<Errno> {
    socket(family, kind, protocol).err()
}

#[test]
fn r4_a_closed_process_has_no_socket_but_between_processes() {
    assert_eq!(
        tried(AddressFamily::INET, SocketType::STREAM, None),
        None,
        "control"
    );
    filtered(Open::Nothing, || {
        for family in [
            AddressFamily::INET,
            AddressFamily::INET6,
            AddressFamily::NETLINK,
            AddressFamily::PACKET,
        ] {
            for kind in [SocketType::STREAM, SocketType::DGRAM, SocketType::RAW] {
                assert_eq!(
                    tried(family, kind, None),
                    Some(Errno::PERM),
                    "{family:?} {kind:?}"
                );
            }
        }
        let local = AddressFamily::UNIX;
        assert_eq!(tried(local, SocketType::STREAM, None), None);
        assert_eq!(tried(local, SocketType::DGRAM, None), Some(Errno::PERM));
        let flags = rustix::net::SocketFlags::CLOEXEC;
        assert!(socketpair(local, SocketType::STREAM, flags, None).is_ok());
    });
}

#[test]
fn r4_a_local_service_cannot_be_asked_to_pass_it_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("service");
    let _service = UnixListener::bind(&path).unwrap();
    UnixStream::connect(&path).expect("control");
    let error = filtered(Open::Nothing, || UnixStream::connect(&path).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
}

#[test]
fn r4_with_a_loopback_runtime_only_tcp_is_left() {
    filtered(Open::Streams, || {
        for family in [AddressFamily::INET, AddressFamily::INET6] {
            assert_eq!(tried(family, SocketType::STREAM, None), None);
            assert_eq!(tried(family, SocketType::STREAM, Some(ipproto::TCP)), None);
            for other in [ipproto::SCTP, ipproto::MPTCP, ipproto::UDP] {
                let refused = tried(family, SocketType::STREAM, Some(other));
                assert_eq!(refused, Some(Errno::PERM), "{other:?}");
            }
            for kind in [
                SocketType::DGRAM,
                SocketType::RAW,
                SocketType::SEQPACKET,
                SocketType::RDM,
            ] {
                assert_eq!(tried(family, kind, None), Some(Errno::PERM), "{kind:?}");
            }
        }
        for family in [
            AddressFamily::UNIX,
            AddressFamily::NETLINK,
            AddressFamily::PACKET,
        ] {
            assert_eq!(tried(family, SocketType::STREAM, None), Some(Errno::PERM));
        }
    });
}

#[test]
#[allow(clippy::disallowed_methods)] // the test is about connections
fn r4_with_a_loopback_runtime_only_its_port_is_left() {
    let bound = || std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (runtime, other) = (bound(), bound());
    let port = runtime.local_addr().unwrap().port();
    on_a_thread(|| {
        let rules = paths::restrict(&Files::default(), &[port], Signals::Anywhere, System::All)?;
        if let FileRules::Nobody { reason } = rules {
            eprintln!("skipped: {reason}");
            return Ok(());
        }
        std::net::TcpStream::connect(runtime.local_addr().unwrap()).unwrap();
        let error = std::net::TcpStream::connect(other.local_addr().unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        Ok(())
    })
    .unwrap();
}

#[test]
fn g_what_a_tool_starts_reads_and_writes_only_its_own_folders() {
    let folder = tempfile::tempdir().unwrap();
    let (own, other) = (folder.path().join("own"), folder.path().join("other"));
    for path in [&own, &other] {
        fs::create_dir(path).unwrap();
        fs::write(path.join("file"), "text").unwrap();
    }
    let files = Files {
        write: vec![own.clone()],
        ..Files::default()
    };
    let script = |path: &std::path::Path| {
        let mut command = Command::new("sh");
        let script = "cat file && echo more > new && mv new newer && rm newer";
        command.args(["-c", script]).current_dir(path);
        command
    };
    assert!(script(&other).output().unwrap().status.success(), "control");
    let run = |path| match within(&files, || script(path).output().unwrap()) {
        Ok(output) => Some(output),
        Err(SealError::Unavailable { reason }) => {
            eprintln!("skipped: {reason}");
            None
        }
        Err(error) => panic!("{error}"),
    };
    let (Some(inside), Some(outside)) = (run(&own), run(&other)) else {
        return;
    };
    assert!(inside.status.success(), "{inside:?}");
    assert!(!outside.status.success(), "{outside:?}");
    assert_eq!(outside.stdout, b"", "{outside:?}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let files = Files {
        write: vec!["/no/such/folder".into()],
        ..Files::default()
    };
    let error = within(&files, || ()).unwrap_err();
    assert_eq!(error.to_string(), "cannot open `/no/such/folder`");
}

#[test]
fn this_machine_says_what_it_can_enforce() {
    let support = support();
    assert_eq!(support.connections, Ok(()));
}

#[test]
fn r14_core_files_can_be_forbidden() {
    forbid_core_files().unwrap();
    assert_eq!(rustix::process::getrlimit(Resource::Core).maximum, Some(0));
}
