//! `--device`.

use aldo_models::DeviceChoice;

/// Reads the name of a device.
///
/// # Errors
/// The names there are.
pub(in crate::commands) fn parse(name: &str) -> Result<DeviceChoice, String> {
    match name.split_once(':') {
        None if name == "auto" => Ok(DeviceChoice::Auto),
        None if name == "cpu" => Ok(DeviceChoice::Cpu),
        None if name == "cuda" => Ok(DeviceChoice::Cuda(0)),
        None if name == "metal" => Ok(DeviceChoice::Metal),
        Some(("cuda", number)) => number.parse().map(DeviceChoice::Cuda).map_err(|_| known()),
        None | Some(_) => Err(known()),
    }
}

fn known() -> String {
    "expected `auto`, `cpu`, `cuda`, `cuda:N` or `metal`".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_known_by_name() {
        assert_eq!(parse("cuda:1"), Ok(DeviceChoice::Cuda(1)));
        assert_eq!(parse("cuda"), Ok(DeviceChoice::Cuda(0)));
        assert_eq!(parse("cpu"), Ok(DeviceChoice::Cpu));
        for wrong in ["gpu", "cuda:x", "cpu:1", ""] {
            assert_eq!(parse(wrong), Err(known()), "{wrong}");
        }
    }
}
