//! The processes below this one, whatever group or session they have moved to: as their subreaper
//! it becomes the parent of every one whose own parent ends.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// Where the kernel lists processes.
const PROCESSES: &str = "/proc";

/// A process that runs.
struct Process {
    pid: i32,
    parent: i32,
    group: i32,
}

/// What runs below this process.
pub(super) struct Descendants {
    pids: Vec<i32>,
    groups: BTreeSet<i32>,
}

impl Descendants {
    /// Looks.
    pub(super) fn find() -> Self {
        let own = std::process::id() as i32;
        let mut children: BTreeMap<i32, Vec<Process>> = BTreeMap::new();
        for process in processes() {
            children.entry(process.parent).or_default().push(process);
        }
        let mut found = Self {
            pids: Vec::new(),
            groups: BTreeSet::new(),
        };
        let mut parents = vec![own];
        while let Some(parent) = parents.pop() {
            for process in children.remove(&parent).unwrap_or_default() {
                parents.push(process.pid);
                found.pids.push(process.pid);
                found.groups.insert(process.group);
            }
        }
        found
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.pids.len()
    }

    /// Sends a signal to all of them: first to whole groups, which nobody can leave by forking in the
    /// meantime, then one by one.
    pub(super) fn signal(&self, signal: Signal) {
        let own_group = rustix::process::getpgrp().as_raw_nonzero().get();
        let groups = self.groups.iter().filter(|group| **group != own_group);
        for group in groups.filter_map(|group| Pid::from_raw(*group)) {
            let _ = kill_process_group(group, signal);
        }
        for pid in self.pids.iter().filter_map(|pid| Pid::from_raw(*pid)) {
            let _ = kill_process(pid, signal);
        }
    }
}

/// How many tasks the user of this process has, threads included: what the kernel's limit counts.
pub(super) fn tasks_of_this_user() -> usize {
    let me = rustix::process::getuid().as_raw();
    let own = |path: &std::path::Path| {
        std::os::unix::fs::MetadataExt::uid(&fs::metadata(path).ok()?)
            .eq(&me)
            .then_some(())
    };
    let folders = fs::read_dir(PROCESSES).into_iter().flatten().flatten();
    let folders = folders.filter(|entry| own(&entry.path()).is_some());
    folders
        .map(|entry| fs::read_dir(entry.path().join("task")).map_or(0, Iterator::count))
        .sum()
}

fn processes() -> impl Iterator<Item = Process> {
    let entries = fs::read_dir(PROCESSES).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        parse(pid, &fs::read_to_string(entry.path().join("stat")).ok()?)
    })
}

/// `pid (name) state parent group …`; the name may hold anything. What has ended and was not waited
/// for runs no more.
fn parse(pid: i32, stat: &str) -> Option<Process> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    (!matches!(state, "Z" | "X")).then_some(Process { pid, parent, group })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let process = parse(7, "7 (a) Z 1 1) S 3 5 5 0").expect("it runs");
        assert_eq!((process.parent, process.group), (3, 5));
        assert!(parse(7, "7 (a) Z 3 5 5 0").is_none());
        assert!(parse(7, "7").is_none());
    }
}
