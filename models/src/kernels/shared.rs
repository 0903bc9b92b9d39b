//! Memory that several threads write.

/// A pointer that threads may have together, each writing a part of its own.
#[derive(Debug)]
pub(crate) struct Shared<T>(pub(crate) *mut T);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Shared<T> {}

// SAFETY: threads write parts that do not overlap, as each use shows.
unsafe impl<T> Sync for Shared<T> {}
// SAFETY: as above.
unsafe impl<T> Send for Shared<T> {}

impl<T> Shared<T> {
    /// What is `offset` behind.
    pub(crate) fn at(self, offset: usize) -> *mut T {
        self.0.wrapping_add(offset)
    }
}

/// A buffer of `len` numbers that `write` writes, every one of them; it is not cleared before.
///
/// # Safety
/// `write` does so.
pub(crate) unsafe fn written(len: usize, write: impl FnOnce(Shared<f32>)) -> Vec<f32> {
    let mut out = Vec::with_capacity(len);
    write(Shared(out.spare_capacity_mut().as_mut_ptr().cast::<f32>()));
    // SAFETY: the caller's.
    unsafe { out.set_len(len) };
    out
}
