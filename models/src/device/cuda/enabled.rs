//! A build with CUDA.

use std::panic;

use candle_core::Device;

/// Opens the device `number`; the error is what the driver or a missing library says.
///
/// Opening loads the driver, cuBLAS and cuRAND; where one of them is missing the binding panics
/// instead of failing, which is caught here.
pub(crate) fn open(number: usize) -> Result<Device, String> {
    match panic::catch_unwind(|| Device::new_cuda(number)) {
        Ok(Ok(device)) => Ok(device),
        Ok(Err(error)) => Err(format!("CUDA device {number} does not open: {error}")),
        Err(_) => Err("the CUDA driver or cuBLAS or cuRAND is missing".to_owned()),
    }
}
