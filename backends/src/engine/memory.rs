use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, System};

/// The memory this process can still take, in bytes: what the system has available or what the
/// process's cgroup leaves, whichever is less. `None` where the system does not say.
pub fn memory_available_bytes() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let machine = system.available_memory();
    let limits = process_limits(&mut system).or_else(|| system.cgroup_limits());
    // Page cache counts as used in a cgroup although it gives way, hence not `free_memory`.
    let group = limits.map_or(u64::MAX, |limits| {
        limits.total_memory.saturating_sub(limits.rss)
    });
    // Some systems report no figure as 0, and a process that runs has some.
    Some(machine.min(group)).filter(|&bytes| bytes > 0)
}

fn process_limits(system: &mut System) -> Option<sysinfo::CGroupLimits> {
    let this = sysinfo::get_current_pid().ok()?;
    let which = ProcessesToUpdate::Some(&[this]);
    system.refresh_processes_specifics(which, false, ProcessRefreshKind::nothing());
    system.process(this)?.cgroup_limits()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_is_plausible_here() {
        let bytes = memory_available_bytes().expect("tests run on systems that say");
        assert!(bytes > 16 << 20, "{bytes}");
        assert!(bytes < 64 << 40, "{bytes}");
    }
}
