use std::io;
use std::path::Path;

/// There is no way for a program without privileges.
pub(super) fn forget(_: &Path) -> io::Result<()> {
    Err(io::Error::new(
        io::ErrorKind::Unsupported,
        "this system cannot be asked to",
    ))
}
