//! A bundle: its manifest alone, or the archive.

use crate::bundle::{BundleManifest, import_bundle};

/// A block of an archive, in bytes.
const BLOCK_BYTES: usize = 512;
/// Where a header has its checksum.
const CHECKSUM: std::ops::Range<usize> = 148..156;
/// Where a header says what it is.
const MAGIC: std::ops::Range<usize> = 257..262;

/// Reads a manifest where the input begins as JSON does, else imports an archive, whose headers get the
/// checksums they should have.
///
/// # Panics
/// When a manifest that was taken is not taken a second time, when a bundle would be put beside its
/// place, and when one that is refused leaves something behind.
pub fn bundle(bytes: &[u8]) {
    match bytes.first() {
        Some(b'{') => manifest(bytes),
        Some(_) | None => archive(bytes),
    }
}

fn manifest(bytes: &[u8]) {
    let Ok(manifest) = BundleManifest::parse(bytes) else {
        return;
    };
    let written = serde_json::to_vec(&manifest).expect("it has text keys and whole numbers");
    let again = BundleManifest::parse(&written).expect("what was taken is taken again");
    assert_eq!(again, manifest);
    let _ = manifest.total_bytes();
}

fn archive(bytes: &[u8]) {
    let folder = super::files::folder_with("bundle", "bundle.tar", &with_checksums(bytes));
    let models = folder.join("models");
    let _ = std::fs::create_dir_all(&models);
    let imported = import_bundle(&folder.join("bundle.tar"), &models, &mut |_| ());
    let left = std::fs::read_dir(&models).map_or(0, Iterator::count);
    assert_eq!(left, usize::from(imported.is_ok()));
    if left > 0 {
        let _ = std::fs::remove_dir_all(&models);
    }
}

/// A fuzzer finds no sum by itself.
fn with_checksums(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for block in bytes.chunks_exact_mut(BLOCK_BYTES) {
        if block[MAGIC] == *b"ustar" {
            block[CHECKSUM].fill(b' ');
            let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
            block[CHECKSUM].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    bytes
}
