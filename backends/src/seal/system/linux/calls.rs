//! The system calls the filter knows, by what they could be used for.

use std::os::raw::c_long;

/// Calls that do input and output behind the filter's back, or reach into another process and the
/// connections it has.
pub(super) const BYPASSES: [c_long; 7] = [
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
];

/// What a number must also be refused with where one kernel has a second table of calls: on x86-64
/// the bit that names the table with 32-bit pointers, and what has other numbers in it.
#[cfg(target_arch = "x86_64")]
pub(super) mod second_table {
    use std::os::raw::c_long;

    /// The bit.
    pub(crate) const BIT: Option<c_long> = Some(0x4000_0000);
    /// `ptrace`, `process_vm_readv` and `process_vm_writev`.
    pub(crate) const OTHERS: &[c_long] = &[0x4000_0000 + 521, 0x4000_0000 + 539, 0x4000_0000 + 540];
}

/// No second table.
#[cfg(not(target_arch = "x86_64"))]
pub(super) mod second_table {
    use std::os::raw::c_long;

    /// None.
    pub(crate) const BIT: Option<c_long> = None;
    /// None.
    pub(crate) const OTHERS: &[c_long] = &[];
}
