//! The machine a figure was measured on, in words.

use aldo_models::{DeviceChoice, ModelError};
use serde::{Deserialize, Serialize};
use sysinfo::{CpuRefreshKind, System};

/// The machine and the program that measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Machine {
    /// The operating system and its version.
    pub os: String,
    /// The architecture of the processor.
    pub arch: String,
    /// The processor.
    pub cpu: String,
    /// Its cores as the system counts them.
    pub cores: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Threads that compute in this process.
    pub threads: usize,
    /// aldo's version and how it was built.
    pub build: String,
}

impl Machine {
    /// Looks at this one.
    pub fn here() -> Self {
        let mut system = System::new().ok();
        if let Some(system) = &mut system {
            system.refresh_memory();
            system.refresh_cpu_list(CpuRefreshKind::nothing());
        }
        let cpus = system.as_ref().map_or(&[][..], System::cpus);
        let cpu = cpus.first().map(|cpu| cpu.brand().trim().to_owned());
        Self {
            os: System::long_os_version().unwrap_or_else(|_| std::env::consts::OS.to_owned()),
            arch: std::env::consts::ARCH.to_owned(),
            cpu: cpu
                .filter(|brand| !brand.is_empty())
                .unwrap_or_else(|| "unknown".to_owned()),
            cores: std::thread::available_parallelism().map_or(cpus.len(), usize::from),
            memory_bytes: system.as_ref().map_or(0, System::total_memory),
            threads: aldo_models::threads(),
            build: build(),
        }
    }

    /// Returns what must be equal for two measurements to be of the same machine.
    pub fn key(&self) -> String {
        let Self {
            arch, cpu, cores, ..
        } = self;
        format!("{cpu}, {cores} cores, {arch}")
    }
}

/// Returns the version and what tells one build from another.
fn build() -> String {
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    let os = std::env::consts::OS;
    format!("{} ({profile}, {os})", env!("CARGO_PKG_VERSION"))
}

/// Returns the device that computes in this process.
///
/// # Errors
/// [`ModelError::Device`] when the one asked for cannot be used.
pub fn device(choice: DeviceChoice) -> Result<&'static str, ModelError> {
    let (device, _) = aldo_models::pick(choice)?;
    Ok(if device.is_cuda() {
        "cuda"
    } else if device.is_metal() {
        "metal"
    } else {
        "cpu"
    })
}
