//! The seccomp filter: every system call passes but those that lead out of the process.

use std::collections::BTreeMap;
use std::os::raw::c_long;

use libc::{AF_INET, AF_INET6, AF_NETLINK, AF_UNIX, IPPROTO_TCP, SOCK_DGRAM, SOCK_STREAM};
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp,
    SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};

use super::calls::{BYPASSES, second_table};
use super::os_error;
use crate::seal::SealError;

/// The bits of a socket's type that are its type; the others are flags.
const TYPE_MASK: u64 = 0xf;
/// Sends with the first packet of a connection, so that it is never opened by `connect`.
const MSG_FASTOPEN: u64 = 0x2000_0000;
/// Requests to a terminal that type into it, or paste.
const TYPES_INTO_TERMINALS: [u64; 2] = [0x5412, 0x541c];

/// What may be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    /// Sockets between processes of this machine, without connecting to any.
    Nothing,
    /// TCP.
    Streams,
    /// Whatever leads to other machines, and no service of this one by its socket.
    Internet,
}

/// Puts the filter on every thread there is; later ones inherit it.
pub(super) fn on_all_threads(open: Open) -> Result<(), SealError> {
    seccompiler::apply_filter_all_threads(&program(open)?).map_err(refused)
}

/// Puts the filter on the calling thread; what it starts inherits it.
pub(super) fn on_this_thread(open: Open) -> Result<(), SealError> {
    seccompiler::apply_filter(&program(open)?).map_err(refused)
}

fn program(open: Open) -> Result<BpfProgram, SealError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|_| unknown_machine())?;
    compile(open, arch).map_err(|error| SealError::Refused {
        what: "the filter",
        source: os_error(error),
    })
}

fn compile(open: Open, arch: TargetArch) -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<c_long, Vec<SeccompRule>> = BTreeMap::new();
    rules.extend(BYPASSES.map(|call| (call, Vec::new())));
    rules.extend(match open {
        Open::Nothing => nothing()?,
        Open::Streams => streams()?,
        Open::Internet => internet()?,
    });
    let types = TYPES_INTO_TERMINALS.map(|request| rule(vec![equals(1, request)?]));
    let types: Result<Vec<_>, _> = types.into_iter().collect();
    rules.insert(libc::SYS_ioctl, types?);
    if let Some(bit) = second_table::BIT {
        let again: Vec<_> = rules
            .iter()
            .map(|(call, r)| (call | bit, r.clone()))
            .collect();
        rules.extend(again);
    }
    rules.extend(second_table::OTHERS.iter().map(|&call| (call, Vec::new())));
    let refuse = SeccompAction::Errno(libc::EPERM as u32);
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)?.try_into()
}

type Rules = Vec<(c_long, Vec<SeccompRule>)>;

/// No socket but between processes, and none of those leads to a program outside: a service of this
/// machine could pass on what it is sent.
fn nothing() -> Result<Rules, BackendError> {
    let local = AF_UNIX as u64;
    let socket = vec![
        rule(vec![differs(0, local)?])?,
        rule(vec![equals(0, local)?, has_type(SOCK_DGRAM as u64)?])?,
    ];
    Ok(vec![
        (libc::SYS_socket, socket),
        (libc::SYS_socketpair, vec![rule(vec![differs(0, local)?])?]),
        (libc::SYS_connect, Vec::new()),
        (libc::SYS_sendto, vec![addressed()?]),
    ])
}

/// TCP alone, opened by `connect` alone.
fn streams() -> Result<Rules, BackendError> {
    let mut socket = vec![
        rule(vec![
            differs(0, AF_INET as u64)?,
            differs(0, AF_INET6 as u64)?,
        ])?,
        rule(vec![differs(2, 0)?, differs(2, IPPROTO_TCP as u64)?])?,
    ];
    for kind in (0..=TYPE_MASK).filter(|&kind| kind != SOCK_STREAM as u64) {
        socket.push(rule(vec![has_type(kind)?])?);
    }
    Ok(vec![
        (libc::SYS_socket, socket),
        (
            libc::SYS_socketpair,
            vec![rule(vec![differs(0, AF_UNIX as u64)?])?],
        ),
        (libc::SYS_sendto, vec![addressed()?, fast_open(3)?]),
        (libc::SYS_sendmsg, vec![fast_open(2)?]),
        (libc::SYS_sendmmsg, vec![fast_open(3)?]),
    ])
}

/// Internet sockets, and what names and routes are asked with.
fn internet() -> Result<Rules, BackendError> {
    let family = rule(vec![
        differs(0, AF_INET as u64)?,
        differs(0, AF_INET6 as u64)?,
        differs(0, AF_NETLINK as u64)?,
    ])?;
    let pair = rule(vec![differs(0, AF_UNIX as u64)?])?;
    Ok(vec![
        (libc::SYS_socket, vec![family]),
        (libc::SYS_socketpair, vec![pair]),
    ])
}

/// Sending to an address without connecting.
fn addressed() -> Result<SeccompRule, BackendError> {
    let address = SeccompCondition::new(4, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)?;
    rule(vec![address])
}

fn fast_open(flags: u8) -> Result<SeccompRule, BackendError> {
    rule(vec![masked(flags, MSG_FASTOPEN, MSG_FASTOPEN)?])
}

fn has_type(kind: u64) -> Result<SeccompCondition, BackendError> {
    masked(1, TYPE_MASK, kind)
}

fn rule(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(conditions)
}

fn equals(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn differs(argument: u8, value: u64) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value)
}

fn masked(argument: u8, mask: u64, value: u64) -> Result<SeccompCondition, BackendError> {
    let operator = SeccompCmpOp::MaskedEq(mask);
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

fn unknown_machine() -> SealError {
    SealError::Unavailable {
        reason: format!("no filter is known for `{}`", std::env::consts::ARCH),
    }
}

fn refused(error: Error) -> SealError {
    let source = match error {
        Error::Prctl(source) | Error::Seccomp(source) => source,
        Error::Backend(error) => os_error(error),
        other @ (Error::EmptyFilter | Error::ThreadSync(_)) => os_error(other.to_string()),
    };
    SealError::Refused {
        what: "the filter",
        source,
    }
}
