//! A build with Metal.

use candle_core::Device;

/// Opens the Apple GPU; the error is what the system says.
pub(crate) fn open() -> Result<Device, String> {
    Device::new_metal(0).map_err(|error| format!("Metal does not open: {error}"))
}
