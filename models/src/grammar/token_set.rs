use toktrie::SimpleVob;

/// The tokens that may come next.
#[derive(Clone)]
pub struct TokenSet {
    bits: SimpleVob,
}

impl TokenSet {
    pub(super) fn new(bits: SimpleVob) -> Self {
        Self { bits }
    }

    /// Whether `token` is one of them.
    pub fn allows(&self, token: u32) -> bool {
        (token as usize) < self.bits.len() && self.bits.is_allowed(token)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.bits.num_set()
    }

    /// Calls `each` with every one of them that is below `end`, in order.
    pub(crate) fn for_each(&self, end: usize, mut each: impl FnMut(u32)) {
        for (word, bits) in self.bits.as_slice().iter().enumerate() {
            let mut left = *bits;
            while left != 0 {
                let token = word * 32 + left.trailing_zeros() as usize;
                if token >= end.min(self.bits.len()) {
                    return;
                }
                each(token as u32);
                left &= left - 1;
            }
        }
    }

    pub(super) fn remove(&mut self, token: u32) {
        self.bits.disallow_token(token);
    }
}

impl std::fmt::Debug for TokenSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {} tokens", self.count(), self.bits.len())
    }
}
