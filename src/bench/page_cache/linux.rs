use std::fs::File;
use std::io::{self, IoSliceMut};
use std::path::Path;

use rustix::fs::{Advice, FsWord, fadvise, fdatasync, fstatfs};
use rustix::io::{ReadWriteFlags, preadv2};

/// A file system that is memory.
const TMPFS_MAGIC: FsWord = 0x0102_1994;

/// Asks the kernel to drop the pages of a file, and looks whether it did. Pages that were not written to
/// the disk yet cannot be dropped, so they are written first.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    // A file system that cannot sync has nothing to write.
    let _ = fdatasync(&file);
    fadvise(&file, 0, None, Advice::DontNeed)?;
    let stays = is_in_memory(&file)?;
    // Looking has the kernel read ahead.
    fadvise(&file, 0, None, Advice::DontNeed)?;
    if stays {
        return Err(io::Error::other(
            "another program uses it, or it lies in memory anyway; end the program, or move the file to a disk",
        ));
    }
    Ok(())
}

/// Whether the middle of a file can be read without waiting for the disk; where there is none, it can.
fn is_in_memory(file: &File) -> io::Result<bool> {
    if fstatfs(file)?.f_type == TMPFS_MAGIC {
        return Ok(true);
    }
    let middle = file.metadata()?.len() / 2;
    let mut byte = [0];
    let mut buffers = [IoSliceMut::new(&mut byte)];
    let read = preadv2(file, &mut buffers, middle, ReadWriteFlags::NOWAIT);
    // Any error says that it would have had to wait, or that this file system cannot tell.
    Ok(read.is_ok_and(|bytes| bytes > 0))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_forgotten_or_it_is_said_why_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("weights");
        std::fs::write(&path, vec![7; 1 << 20]).unwrap();
        let file = File::open(&path).unwrap();
        match forget(&path) {
            Ok(()) => assert!(!is_in_memory(&file).unwrap()),
            // Where folders for what is temporary have no disk.
            Err(error) => assert!(error.to_string().contains("lies in memory"), "{error}"),
        }
    }

    #[test]
    fn what_lies_in_memory_for_good_is_said() {
        let Ok(folder) = tempfile::tempdir_in("/dev/shm") else {
            return;
        };
        let path = folder.path().join("weights");
        std::fs::write(&path, vec![7; 1 << 20]).unwrap();
        let error = forget(&path).unwrap_err().to_string();
        assert!(error.contains("move the file to a disk"), "{error}");
    }
}
