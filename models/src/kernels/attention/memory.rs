//! Keys and values of one layer of one sequence, laid out as the kernels read them.
//!
//! Sixteen positions are a block, four blocks a page. In a page each key-value head has a chunk of its own:
//! keys, block after block, with positions innermost, so that one vector holds an element of sixteen keys;
//! values with elements innermost; then, for i16, the scales of keys and of values. Pages follow each
//! other, so that memory grows at its end and the beginning of a sequence is the beginning of the memory.

use super::PER_BLOCK;
use super::products::Stream;
use crate::kernels::pages;

/// Positions of a page.
pub(crate) const PER_PAGE: usize = 64;
/// Blocks of a page.
const BLOCKS: usize = PER_PAGE / PER_BLOCK;

/// How many bytes a line has.
const LINE: usize = 64;

/// What keys and values consist of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheElement {
    /// As they were computed.
    F32,
    /// Integers with one scale for the key, and one for the value, of a position and a head: about as
    /// exact as f16, and products of them are exact.
    I16,
}

/// The shape of what is remembered of one position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RowShape {
    pub(crate) kv_heads: usize,
    pub(crate) head_dim: usize,
    pub(crate) element: CacheElement,
}

impl RowShape {
    /// Elements of a head with those that fill the last vector, which are 0.
    pub(crate) fn width(self) -> usize {
        self.head_dim.next_multiple_of(super::LANES)
    }

    /// Bytes of a block's keys of one head, and of its values.
    pub(super) fn part_bytes(self) -> usize {
        let element_bytes = match self.element {
            CacheElement::F32 => 4,
            CacheElement::I16 => 2,
        };
        PER_BLOCK * self.width() * element_bytes
    }

    /// Bytes of one head in a page.
    fn chunk_bytes(self) -> usize {
        let scales = match self.element {
            CacheElement::F32 => 0,
            CacheElement::I16 => 2 * PER_PAGE * 4,
        };
        2 * BLOCKS * self.part_bytes() + scales
    }

    /// Bytes of a page.
    fn page_bytes(self) -> usize {
        self.kv_heads * self.chunk_bytes()
    }

    /// Bytes that one position takes.
    pub(crate) fn position_bytes(self) -> usize {
        self.page_bytes() / PER_PAGE
    }

    /// Where the keys of `head` are in the memory at `start`.
    pub(super) fn keys(self, start: *mut u8, head: usize) -> Stream {
        self.stream(start, head * self.chunk_bytes(), self.part_bytes())
    }

    /// Where the values of `head` are.
    pub(super) fn values(self, start: *mut u8, head: usize) -> Stream {
        let before = head * self.chunk_bytes() + BLOCKS * self.part_bytes();
        self.stream(start, before, self.part_bytes())
    }

    /// Where the scales of the keys of `head` are, for i16.
    pub(super) fn key_scales(self, start: *mut u8, head: usize) -> Stream {
        let before = head * self.chunk_bytes() + 2 * BLOCKS * self.part_bytes();
        self.stream(start, before, PER_BLOCK * 4)
    }

    /// Where the scales of the values of `head` are, for i16.
    pub(super) fn value_scales(self, start: *mut u8, head: usize) -> Stream {
        let before = head * self.chunk_bytes() + 2 * BLOCKS * self.part_bytes() + PER_PAGE * 4;
        self.stream(start, before, PER_BLOCK * 4)
    }

    fn stream(self, start: *mut u8, before: usize, block_bytes: usize) -> Stream {
        Stream {
            start: start.wrapping_add(before),
            page_bytes: self.page_bytes(),
            block_bytes,
        }
    }
}

/// A line of memory.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; LINE]);

/// The keys and values of one layer.
#[derive(Debug, Clone)]
pub(crate) struct KvMemory {
    shape: RowShape,
    capacity: usize,
    lines: Vec<Line>,
}

impl KvMemory {
    /// Takes memory for `capacity` positions.
    pub(crate) fn new(shape: RowShape, capacity: usize) -> Self {
        let mut memory = Self {
            shape,
            capacity: 0,
            lines: Vec::new(),
        };
        memory.grow(capacity);
        memory
    }

    /// For how many positions there is memory.
    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// The shape of a position.
    pub(crate) fn shape(&self) -> RowShape {
        self.shape
    }

    /// The memory it takes, in bytes.
    pub(crate) fn size_bytes(&self) -> usize {
        self.lines.len() * LINE
    }

    /// Takes memory for `capacity` positions, if that is more; what is there stays.
    pub(crate) fn grow(&mut self, capacity: usize) {
        let lines = capacity.div_ceil(PER_PAGE) * self.shape.page_bytes() / LINE;
        if lines > self.lines.len() {
            self.lines.reserve_exact(lines - self.lines.len());
            pages::prefer_large(self.lines.as_ptr().cast(), lines * LINE);
            self.lines.resize(lines, Line([0; LINE]));
        }
        self.capacity = self.capacity.max(capacity);
    }

    /// A copy with memory for the first `len` positions only.
    pub(crate) fn prefix(&self, len: usize) -> Self {
        let lines = len.div_ceil(PER_PAGE) * self.shape.page_bytes() / LINE;
        Self {
            shape: self.shape,
            capacity: len.min(self.capacity),
            lines: self.lines[..lines.min(self.lines.len())].to_vec(),
        }
    }

    /// Where it begins, to write.
    pub(super) fn start_mut(&mut self) -> *mut u8 {
        self.lines.as_mut_ptr().cast()
    }
}

#[cfg(test)]
impl KvMemory {
    /// The key and the value of `head` at `position`.
    pub(crate) fn row(&mut self, position: usize, head: usize) -> (Vec<f32>, Vec<f32>) {
        let (shape, start) = (self.shape, self.start_mut());
        let (block, place, width) = (position / PER_BLOCK, position % PER_BLOCK, shape.width());
        // SAFETY: offsets are within the block of that position.
        let float =
            |from: Stream, offset: usize| unsafe { *from.block(block).cast::<f32>().add(offset) };
        // SAFETY: as above.
        let code = |from: Stream, offset: usize| unsafe {
            f32::from(*from.block(block).cast::<i16>().add(offset))
        };
        let (keys, values) = (shape.keys(start, head), shape.values(start, head));
        let row = (0..shape.head_dim).map(|element| match shape.element {
            CacheElement::F32 => (
                float(keys, element * PER_BLOCK + place),
                float(values, place * width + element),
            ),
            CacheElement::I16 => {
                let key = (element / 2 * PER_BLOCK + place) * 2 + element % 2;
                let value = (place / 2 * width + element) * 2 + place % 2;
                (
                    code(keys, key) * float(shape.key_scales(start, head), place),
                    code(values, value) * float(shape.value_scales(start, head), place),
                )
            }
        });
        row.unzip()
    }
}
