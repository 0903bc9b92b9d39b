//! Which device computes, and why.

mod cuda;
mod metal;

use candle_core::Device;

use crate::error::ModelError;
use crate::kernels::pool;

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
    match choice {
        DeviceChoice::Auto => Ok(best()),
        DeviceChoice::Cpu => Ok((Device::Cpu, "asked for".to_owned())),
        DeviceChoice::Cuda(number) => asked_for(format!("cuda:{number}"), cuda::open(number)),
        DeviceChoice::Metal => asked_for("metal".to_owned(), metal::open()),
    }
}

/// How many threads compute on the processor: one for each physical core, unless
/// `RAYON_NUM_THREADS` in the environment or [`set_threads`] says otherwise.
pub fn threads() -> usize {
    pool::threads()
}

/// Has `count` threads compute on the processor from now on, at least 1.
///
/// The kernels of this crate obey. What the tensor library itself computes, which is little, keeps the
/// threads it began with, as many as `RAYON_NUM_THREADS` says.
pub fn set_threads(count: usize) {
    pool::set_threads(count);
}

/// The first accelerator that works, else the processor with the reasons.
fn best() -> (Device, String) {
    match (cuda::open(0), metal::open()) {
        (Ok(device), _) => (device, "CUDA works here".to_owned()),
        (Err(_), Ok(device)) => (device, "Metal works here".to_owned()),
        (Err(cuda), Err(metal)) => (Device::Cpu, format!("no accelerator: {cuda}; {metal}")),
    }
}

fn asked_for(
    device: String,
    opened: Result<Device, String>,
) -> Result<(Device, String), ModelError> {
    match opened {
        Ok(device) => Ok((device, "asked for".to_owned())),
        Err(reason) => Err(ModelError::Device { device, reason }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_processor_is_always_there() {
        let (device, why) = pick(DeviceChoice::Cpu).unwrap();
        assert!(device.is_cpu());
        assert_eq!(why, "asked for");
    }

    #[test]
    fn auto_never_fails_and_says_why() {
        let (device, why) = pick(DeviceChoice::Auto).unwrap();
        assert_eq!(
            device.is_cpu(),
            why.starts_with("no accelerator: "),
            "{why}"
        );
    }

    #[test]
    fn a_device_this_build_does_not_know_is_refused_with_its_name() {
        if !cfg!(feature = "cuda") {
            let error = pick(DeviceChoice::Cuda(1)).unwrap_err().to_string();
            assert_eq!(error, "device `cuda:1`: this build has no CUDA");
        }
        if !cfg!(feature = "metal") {
            let error = pick(DeviceChoice::Metal).unwrap_err().to_string();
            assert_eq!(error, "device `metal`: this build has no Metal");
        }
    }
}
