//! The ranges that a network's numbers must lie in, whatever file they come from.

use std::ops::RangeInclusive;
use std::path::Path;

use crate::error::ModelError;

pub(super) const LAYERS: RangeInclusive<u64> = 1..=1024;
pub(super) const HIDDEN: RangeInclusive<u64> = 1..=65_536;
pub(super) const HEADS: RangeInclusive<u64> = 1..=1024;
pub(super) const HEAD_DIM: RangeInclusive<u64> = 2..=1024;
pub(super) const FEED_FORWARD: RangeInclusive<u64> = 1..=1 << 20;
pub(super) const VOCABULARY: RangeInclusive<u64> = 1..=1 << 22;
pub(super) const CONTEXT: RangeInclusive<u64> = 1..=1 << 27;
pub(super) const EXPERTS: RangeInclusive<u64> = 0..=4096;
pub(super) const WINDOW: RangeInclusive<u64> = 1..=1 << 27;
pub(super) const INTERVAL: RangeInclusive<u64> = 1..=1024;
pub(super) const KERNEL: RangeInclusive<u64> = 2..=64;
pub(super) const EPS: RangeInclusive<f64> = 1e-12..=0.1;
pub(super) const THETA: RangeInclusive<f64> = 1.0..=1e12;
pub(super) const FACTOR: RangeInclusive<f64> = 1.0..=65_536.0;
pub(super) const BLEND: RangeInclusive<f64> = 1e-3..=65_536.0;

/// The number when it lies in `range`.
///
/// # Errors
/// [`ModelError::Malformed`] naming `field` otherwise; NaN lies in no range.
pub(super) fn checked<T: PartialOrd + std::fmt::Display + Copy>(
    path: &Path,
    field: &str,
    number: T,
    range: &RangeInclusive<T>,
) -> Result<T, ModelError> {
    if range.contains(&number) {
        return Ok(number);
    }
    let reason = format!("is {number}, not from {} to {}", range.start(), range.end());
    Err(ModelError::malformed(path, field, reason))
}
