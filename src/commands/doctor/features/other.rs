//! A processor whose features nothing here is made for.

/// Returns nothing.
pub(super) fn all() -> [(&'static str, bool); 0] {
    []
}
