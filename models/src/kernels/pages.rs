//! How the system hands out memory.

use std::sync::Once;

/// Areas smaller than this are not worth a large page.
const LARGE: usize = 4 << 20;
const PAGE: usize = 4096;

/// Asks for large pages for the `len` bytes from `start` on, before they are first written: what streams
/// through memory then spends less on finding it. Nothing happens where there are none.
pub(crate) fn prefer_large(start: *const u8, len: usize) {
    if len < LARGE {
        return;
    }
    let first = start.align_offset(PAGE);
    let len = (len - first) / PAGE * PAGE;
    system::prefer_large(start.wrapping_add(first), len);
}

/// Has memory that is given back stay with the process, once and for all of it: a forward asks for the
/// same buffers again and again, and every fresh page is one that the system has to clear.
pub(crate) fn keep_freed() {
    static ONCE: Once = Once::new();
    ONCE.call_once(system::keep_freed);
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod system {
    use std::ffi::{c_int, c_void};

    /// From `sys/mman.h` and `malloc.h`.
    const MADV_HUGEPAGE: c_int = 14;
    const M_TRIM_THRESHOLD: c_int = -1;
    const M_MMAP_THRESHOLD: c_int = -3;

    /// Larger areas still go back: caches of long contexts, weights.
    const KEPT: c_int = 32 << 20; // the most that the allocator takes

    unsafe extern "C" {
        fn madvise(start: *mut c_void, len: usize, advice: c_int) -> c_int;
        fn mallopt(parameter: c_int, value: c_int) -> c_int;
    }

    pub(super) fn prefer_large(start: *const u8, len: usize) {
        // SAFETY: advice on pages of this process that changes nothing they hold; it may be refused.
        let _ = unsafe { madvise(start.cast_mut().cast(), len, MADV_HUGEPAGE) };
    }

    pub(super) fn keep_freed() {
        // SAFETY: settings of the allocator; they may be refused.
        unsafe {
            let _ = mallopt(M_MMAP_THRESHOLD, KEPT);
            let _ = mallopt(M_TRIM_THRESHOLD, 4 * KEPT);
        }
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod system {
    pub(super) fn prefer_large(_: *const u8, _: usize) {}

    pub(super) fn keep_freed() {}
}
