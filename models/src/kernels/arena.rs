//! Memory for weights, in large pages where the system has them: what streams through memory at every
//! step then spends a third less time on finding it. A matrix alone may be smaller than such a page, so
//! matrices that are loaded one after the other share a chunk.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use memmap2::MmapMut;

use crate::kernels::buffer::LINE;

/// Bytes of a chunk: what is not used of it is never touched and takes no memory.
const CHUNK: usize = 64 << 20;
/// Matrices smaller than this are left to the allocator.
const SMALLEST: usize = 1 << 14;

/// A chunk, given back when its last matrix is.
struct Chunk {
    start: *mut u8,
    /// Owns what `start` leads to.
    _map: MmapMut,
}

// SAFETY: the bytes are reached through regions only, which do not overlap.
unsafe impl Send for Chunk {}
// SAFETY: as above.
unsafe impl Sync for Chunk {}

/// The chunk that the next matrix goes to.
struct Open {
    chunk: Weak<Chunk>,
    used: usize,
    len: usize,
}

/// Bytes of one matrix, zero at first, from a multiple of [`LINE`] on.
pub(super) struct Region {
    chunk: Arc<Chunk>,
    start: usize,
    len: usize,
}

impl Region {
    /// Takes `len` bytes; none where they are few or the system refuses.
    pub(super) fn take(len: usize) -> Option<Self> {
        static OPEN: Mutex<Option<Open>> = Mutex::new(None);
        if len < SMALLEST {
            return None;
        }
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(open) = open.as_mut()
            && open.len - open.used >= len
            && let Some(chunk) = open.chunk.upgrade()
        {
            let start = open.used;
            open.used = (start + len).next_multiple_of(LINE).min(open.len);
            return Some(Self { chunk, start, len });
        }
        let size = len.checked_next_multiple_of(LINE)?.max(CHUNK);
        let chunk = Arc::new(Chunk::new(size)?);
        *open = Some(Open {
            chunk: Arc::downgrade(&chunk),
            used: len.next_multiple_of(LINE),
            len: size,
        });
        Some(Self {
            chunk,
            start: 0,
            len,
        })
    }

    /// How many bytes there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The first byte. The region's alone, all of them initialised.
    pub(super) fn start(&self) -> *mut u8 {
        self.chunk.start.wrapping_add(self.start)
    }
}

impl Chunk {
    fn new(len: usize) -> Option<Self> {
        let mut map = MmapMut::map_anon(len).ok()?;
        #[cfg(target_os = "linux")]
        let _ = map.advise(memmap2::Advice::HugePage); // where there are none, small ones do
        Some(Self {
            start: map.as_mut_ptr(),
            _map: map,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_do_not_overlap_and_start_at_a_line() {
        assert!(Region::take(SMALLEST - 1).is_none());
        let lens = [SMALLEST, 3 << 20, CHUNK + 1, 100_001, CHUNK - 5, 200_000];
        let regions: Vec<_> = lens.into_iter().filter_map(Region::take).collect();
        assert_eq!(regions.len(), lens.len());
        let mut ranges: Vec<_> = regions
            .iter()
            .map(|it| (it.start().addr(), it.start().addr() + it.len()))
            .collect();
        assert!(ranges.iter().all(|it| it.0.is_multiple_of(LINE)));
        ranges.sort_unstable();
        assert!(ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0));
    }
}
