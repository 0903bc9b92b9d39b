//! Memory that starts at a cache line.

use crate::kernels::arena::Region;

/// Bytes of a cache line.
pub(crate) const LINE: usize = 64;

/// Bytes of one line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line([u8; LINE]);

/// Bytes that start at a multiple of [`LINE`], zero at first.
pub(crate) enum Buffer {
    /// Of the allocator.
    Lines { lines: Vec<Line>, len: usize },
    /// Of a chunk of large pages.
    Region(Region),
}

impl Buffer {
    /// Takes memory for `len` bytes.
    pub(crate) fn zeroed(len: usize) -> Self {
        Self::Lines {
            lines: vec![Line([0; LINE]); len.div_ceil(LINE)],
            len,
        }
    }

    /// Takes memory for `len` bytes of weights.
    pub(crate) fn for_weights(len: usize) -> Self {
        Region::take(len).map_or_else(|| Self::zeroed(len), Self::Region)
    }

    /// The bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        let (start, len) = match self {
            Self::Lines { lines, len } => (lines.as_ptr().cast::<u8>(), *len),
            Self::Region(region) => (region.start().cast_const(), region.len()),
        };
        // SAFETY: there are `len` bytes at least, all of them initialised, and they are this buffer's.
        unsafe { std::slice::from_raw_parts(start, len) }
    }

    /// The bytes, to be written.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [u8] {
        let (start, len) = match self {
            Self::Lines { lines, len } => (lines.as_mut_ptr().cast::<u8>(), *len),
            Self::Region(region) => (region.start(), region.len()),
        };
        // SAFETY: as in `as_slice`, and the borrow is exclusive.
        unsafe { std::slice::from_raw_parts_mut(start, len) }
    }
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buffer({})", self.as_slice().len())
    }
}

/// A slice whose parts threads write at the same time.
pub(crate) struct Shared<'a, T> {
    start: *mut T,
    len: usize,
    slice: std::marker::PhantomData<&'a mut [T]>,
}

// SAFETY: a thread reaches the elements through `part` only, whose callers promise that no two parts
// overlap.
unsafe impl<T: Send> Sync for Shared<'_, T> {}

impl<'a, T> Shared<'a, T> {
    /// Borrows `slice` for as long as its parts are written.
    pub(crate) fn new(slice: &'a mut [T]) -> Self {
        Self {
            start: slice.as_mut_ptr(),
            len: slice.len(),
            slice: std::marker::PhantomData,
        }
    }

    /// Borrows the room of `vec` for as long as it is written.
    pub(crate) fn spare(vec: &'a mut Vec<T>) -> Self {
        Self {
            start: vec.as_mut_ptr(),
            len: vec.capacity(),
            slice: std::marker::PhantomData,
        }
    }

    /// How many elements there are.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Writes the elements of `range`.
    ///
    /// # Safety
    /// Nobody else uses these elements at the same time.
    ///
    /// # Panics
    /// When the slice is shorter, or `values` are not as many.
    pub(crate) unsafe fn write(&self, range: std::ops::Range<usize>, values: &[T])
    where
        T: Copy,
    {
        assert!(range.end <= self.len && range.len() == values.len());
        // SAFETY: within the slice, and nobody else has these elements, as the caller promises.
        unsafe {
            let out = self.start.add(range.start);
            out.copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
    }

    /// The elements of `range`.
    ///
    /// # Safety
    /// No two parts that are in use at the same time overlap, and the elements have values.
    ///
    /// # Panics
    /// When the slice is shorter.
    #[allow(clippy::mut_from_ref)] // that is what it is for
    pub(crate) unsafe fn part(&self, range: std::ops::Range<usize>) -> &mut [T] {
        assert!(range.start <= range.end && range.end <= self.len);
        // SAFETY: within the slice, and nobody else has these elements, as the caller promises.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(range.start), range.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_start_at_a_line_and_are_zero() {
        for len in [0, 1, 63, 64, 65, 1000, 100_000] {
            let mut buffer = Buffer::for_weights(len);
            assert_eq!(buffer.as_slice(), vec![0; len]);
            assert!(buffer.as_slice().as_ptr().addr().is_multiple_of(LINE));
            buffer.as_mut_slice().fill(7);
            assert_eq!(buffer.as_slice(), vec![7; len]);
        }
    }
}
