//! Small inputs for large files: an honest file, and the bytes of it that are to be others.

/// Bytes of one change: the place in two, the new byte.
const CHANGE_BYTES: usize = 3;

/// `honest` with each change of `changes` made to it; a place beyond its end begins again at its start.
pub(super) fn patched(mut honest: Vec<u8>, changes: &[u8]) -> Vec<u8> {
    for change in changes.chunks_exact(CHANGE_BYTES) {
        let place = usize::from(u16::from_le_bytes([change[0], change[1]]));
        let place = place % honest.len().max(1);
        if let Some(byte) = honest.get_mut(place) {
            *byte = change[2];
        }
    }
    honest
}

#[test]
fn changes_are_made_where_they_say() {
    let patched = |changes| patched(vec![0; 4], changes);
    assert_eq!(patched(&[1, 0, 7, 6, 0, 8]), [0, 7, 8, 0]);
    assert_eq!(patched(&[0, 0]), [0; 4]);
    assert!(super::patch::patched(Vec::new(), &[0, 0, 1]).is_empty());
}
