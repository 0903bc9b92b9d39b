//! A build without CUDA.

use candle_core::Device;

/// Opens no device; the error says that the build has none.
pub(crate) fn open(_number: usize) -> Result<Device, String> {
    Err("this build has no CUDA".to_owned())
}
