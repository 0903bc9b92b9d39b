//! Landlock: which files may be used, and which port may be connected to.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, NetPort,
    PathBeneath, PathFd, RestrictSelfAttr, RestrictionStatus, Ruleset, RulesetAttr, RulesetCreated,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};

use super::{on_a_thread, os_error};
use crate::seal::{FileRules, Files, SealError};

/// The rules that are asked for; an older kernel enforces those it knows.
const RULES: ABI = ABI::V8;
/// The oldest kernel whose rules count: before it a process that may not truncate a file still could.
const OLDEST: ABI = ABI::V3;

/// What belongs to the system and may be read and run: libraries, programs, time zones, devices'
/// facts. Nobody's own files are below.
const PROGRAMS: [&str; 12] = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix", "/gnu", "/proc",
    "/sys",
];
/// Where running services have their sockets and say what they are: the one that knows names, too.
const SERVICES: &str = "/run";
/// Devices may be written to, as far as their own permissions go: the terminal, a GPU.
const DEVICES: &str = "/dev";
/// Devices that lead nowhere.
const DEVICES_EMPTY: [&str; 5] = [
    "/dev/null",
    "/dev/zero",
    "/dev/full",
    "/dev/random",
    "/dev/urandom",
];

/// Whom a restricted process may send signals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signals {
    /// Whoever the system allows.
    Anywhere,
    /// Itself and what it starts.
    Inside,
}

/// How much of the system may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum System {
    /// Programs, services and devices.
    All,
    /// Programs, and devices that lead nowhere.
    Programs,
    /// The same, and what names are looked up with.
    ProgramsAndNames,
}

impl System {
    fn read(self) -> impl Iterator<Item = &'static str> {
        let more: &[&str] = match self {
            Self::All => &[SERVICES, DEVICES],
            Self::Programs => &[],
            Self::ProgramsAndNames => &[SERVICES],
        };
        PROGRAMS.iter().chain(more).copied()
    }

    fn devices(self) -> &'static [&'static str] {
        match self {
            Self::All => &[DEVICES],
            Self::Programs | Self::ProgramsAndNames => &DEVICES_EMPTY,
        }
    }
}

/// Restricts the calling thread and all it starts; all threads where the kernel can. Without `ports`
/// nothing is said about connections.
pub(super) fn restrict(
    files: &Files,
    ports: &[u16],
    signals: Signals,
    system: System,
) -> Result<FileRules, SealError> {
    let missing = |path: &Path, error: landlock::PathFdError| SealError::Path {
        path: path.to_owned(),
        source: os_error(error),
    };
    let open = |path: &Path| PathFd::new(path).map_err(|error| missing(path, error));
    let opened = |paths: &[std::path::PathBuf]| -> Result<Vec<_>, SealError> {
        paths
            .iter()
            .map(|path| Ok((path.is_dir(), open(path)?)))
            .collect()
    };
    let (read, write) = (opened(&files.read)?, opened(&files.write)?);
    let status =
        rules(read, write, ports, signals, system).map_err(|error| SealError::Refused {
            what: "rules about files",
            source: os_error(error),
        })?;
    Ok(reach(&status))
}

/// Finds out how far rules would reach.
pub(super) fn support() -> FileRules {
    let tried = on_a_thread(|| restrict(&Files::default(), &[], Signals::Inside, System::All));
    tried.unwrap_or_else(|error| FileRules::Nobody {
        reason: super::sentence(&error),
    })
}

fn rules(
    read: Vec<(bool, PathFd)>,
    write: Vec<(bool, PathFd)>,
    ports: &[u16],
    signals: Signals,
    system: System,
) -> Result<RestrictionStatus, RulesetError> {
    let mut ruleset = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(RULES))?
        .scope(Scope::AbstractUnixSocket)?;
    if !ports.is_empty() {
        ruleset = ruleset.handle_access(AccessNet::ConnectTcp)?;
    }
    if signals == Signals::Inside {
        ruleset = ruleset.scope(Scope::Signal)?;
    }
    let mut created = ruleset.create()?;
    for &port in ports {
        created = created.add_rule(NetPort::new(port, AccessNet::ConnectTcp))?;
    }
    let programs = system.read().filter_map(|path| opened(Path::new(path)));
    created = allow(created, programs, AccessFs::from_read(RULES))?;
    let devices = system.devices().iter();
    let devices = devices.filter_map(|path| opened(Path::new(path)));
    let use_device = AccessFs::WriteFile | AccessFs::ReadFile | AccessFs::IoctlDev;
    created = allow(created, devices, use_device)?;
    created = allow(created, read, AccessFs::from_read(RULES))?;
    created = allow(created, write, AccessFs::from_all(RULES))?;
    created.all_threads(true)?.restrict_self()
}

fn allow(
    mut created: RulesetCreated,
    paths: impl IntoIterator<Item = (bool, PathFd)>,
    access: BitFlags<AccessFs>,
) -> Result<RulesetCreated, RulesetError> {
    for (is_folder, path) in paths {
        let access = if is_folder {
            access
        } else {
            access & AccessFs::from_file(RULES)
        };
        created = created.add_rule(PathBeneath::new(path, access))?;
    }
    Ok(created)
}

/// A folder of the system, where there is one.
fn opened(path: &Path) -> Option<(bool, PathFd)> {
    Some((path.is_dir(), PathFd::new(path).ok()?))
}

fn reach(status: &RestrictionStatus) -> FileRules {
    let known = match status.landlock {
        LandlockStatus::Available { effective_abi, .. } => effective_abi >= OLDEST,
        LandlockStatus::NotEnabled | LandlockStatus::NotImplemented => false,
    };
    match status.ruleset {
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced if known => {
            if status.all_threads {
                FileRules::AllThreads
            } else {
                FileRules::NewThreads
            }
        }
        _ => FileRules::Nobody {
            reason: why(status.landlock).to_owned(),
        },
    }
}

fn why(status: LandlockStatus) -> &'static str {
    match status {
        LandlockStatus::NotImplemented => "the kernel is built without Landlock",
        LandlockStatus::NotEnabled => "Landlock is not switched on in this kernel",
        LandlockStatus::Available { .. } => "this kernel's Landlock is too old",
    }
}
