//! The model inside the program.

/// The id of the built-in model.
pub(crate) const ID: &str = "aldo-nano";

/// Bytes that start at a multiple of 64, so that tensors in them can be used where they are.
#[repr(C, align(64))]
struct Aligned<T: ?Sized>(T);

static MODEL: &Aligned<[u8]> = &Aligned(*include_bytes!("../nano/aldo-nano.gguf"));

/// The built-in model as a GGUF file.
pub(crate) fn bytes() -> &'static [u8] {
    &MODEL.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_is_aligned() {
        assert!(bytes().as_ptr().addr().is_multiple_of(64));
        assert!(bytes().starts_with(b"GGUF"));
    }
}
