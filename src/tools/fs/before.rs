//! What is protected in a root, as it was before a program ran there: a program writes where it likes
//! below its root, so what it makes of a protected file is undone when it has ended.

use std::collections::BTreeMap;

use cap_std::fs::Dir;
use rustix::fs::OFlags;

use super::super::root::Root;
use super::inside::Inside;
use super::place::{Place, folder, open};
use super::protected::runs_later;

/// How deep protected files are looked for.
const DEPTH_MAX: usize = 4;
/// How many entries are looked at.
const ENTRIES_MAX: usize = 50_000;
/// The largest file that is kept, in bytes; a larger one is none of those that matter.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// How much is kept in all, in bytes.
const KEPT_BYTES_MAX: usize = 64 << 20;

/// Protected files, by path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Before {
    files: BTreeMap<String, (Inside, Kept)>,
    entries: usize,
    bytes: usize,
}

/// What was under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kept {
    /// A file with this content.
    File(Vec<u8>),
    /// Something else: a link, a pipe, a file too large to keep.
    Other,
}

impl Before {
    /// Looks at a root.
    pub(crate) fn look(root: &Root) -> Self {
        let mut before = Self::default();
        before.walk(root.dir(), &Inside::default(), 0);
        before
    }

    /// Puts back what has changed since and returns the paths.
    pub(crate) fn undo(&self, root: &Root) -> Vec<String> {
        let now = Self::look(root);
        let mut undone = Vec::new();
        for (path, (inside, kept)) in &now.files {
            let is_new = !self.files.contains_key(path);
            if is_new
                && Place::find(root, inside)
                    .and_then(|place| place.remove())
                    .is_ok()
            {
                undone.push(path.clone());
            } else if is_new || (*kept == Kept::Other && self.kept(path) != Some(&Kept::Other)) {
                // What cannot be removed is at least said.
                undone.push(path.clone());
            }
        }
        for (path, (inside, kept)) in &self.files {
            let Kept::File(content) = kept else { continue };
            if now.kept(path) == Some(kept) {
                continue;
            }
            put_back(root, inside, content);
            undone.push(path.clone());
        }
        undone.sort_unstable();
        undone.dedup();
        undone
    }

    fn kept(&self, path: &str) -> Option<&Kept> {
        self.files.get(path).map(|(_, kept)| kept)
    }

    fn walk(&mut self, dir: &Dir, inside: &Inside, depth: usize) {
        for entry in dir.entries().into_iter().flatten().flatten() {
            self.entries += 1;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if self.entries > ENTRIES_MAX || self.bytes > KEPT_BYTES_MAX {
                return;
            }
            let (child, Ok(metadata)) = (inside.child(&name), entry.metadata()) else {
                continue;
            };
            if metadata.is_dir() {
                if depth < DEPTH_MAX
                    && let Ok(below) = folder(dir, &name)
                {
                    self.walk(&below, &child, depth + 1);
                }
            } else if runs_later(&child) {
                let kept = self.read(dir, &name);
                self.files.insert(child.shown(), (child, kept));
            }
        }
    }

    fn read(&mut self, dir: &Dir, name: &str) -> Kept {
        let content = open(dir, name, OFlags::NOFOLLOW).ok().and_then(|file| {
            let metadata = file.metadata().ok()?;
            let mut content = Vec::new();
            let is_small = metadata.is_file() && metadata.len() <= FILE_BYTES_MAX;
            let mut limited = std::io::Read::take(file, FILE_BYTES_MAX);
            is_small
                .then(|| std::io::Read::read_to_end(&mut limited, &mut content))?
                .ok()?;
            Some(content)
        });
        content.map_or(Kept::Other, |content| {
            self.bytes += content.len();
            Kept::File(content)
        })
    }
}

/// In the place of a link or a folder that was put there, the file comes back as well.
fn put_back(root: &Root, inside: &Inside, content: &[u8]) {
    let Ok(place) = Place::find_or_make(root, inside) else {
        return;
    };
    if place.put(content).is_err() {
        let _ = place.remove();
        let _ = place.put(content);
    }
}
