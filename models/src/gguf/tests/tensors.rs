use super::{assert_refused, read, tiny};

#[test]
fn a07_dimensions() {
    const NAME: &str = "blk.0.attn_q.weight";
    let count = |count| tiny().change(NAME, |tensor| tensor.dimension_count = Some(count));
    for wrong in [0, 5, u32::MAX] {
        assert_refused(&count(wrong), &[NAME, &format!("{wrong} dimensions")]);
    }
    let dimensions = |list: &[u64]| tiny().change(NAME, |it| it.dimensions = list.to_vec());
    for wrong in [0, u64::MAX, 1 << 60] {
        assert_refused(
            &dimensions(&[64, wrong]),
            &[NAME, &format!("a dimension of {wrong}")],
        );
    }
    assert_refused(
        &dimensions(&[1 << 32, 1 << 32]),
        &[NAME, "no file can hold"],
    );
    assert_refused(
        &dimensions(&[64, (1 << 58) + 32]),
        &[NAME, "a dimension of"],
    );
    assert_refused(
        &dimensions(&[1 << 40, 1 << 40, 1 << 40]),
        &[NAME, "no file can hold"],
    );
    assert_refused(&dimensions(&[64, 1 << 40]), &["truncated", NAME]);
}

#[test]
fn a08_offsets() {
    const NAME: &str = "blk.0.attn_q.weight";
    let honest = read(&tiny().bytes()).unwrap();
    let data_start = honest.tensors.as_slice()[0].start as u64;
    let right = honest.tensors.get(NAME).unwrap().start as u64 - data_start;
    for wrong in [u64::MAX, 1 << 40, right + 1, right - 32, right + 32, 0] {
        let writer = tiny().change(NAME, |tensor| tensor.offset = Some(wrong));
        assert_refused(&writer, &[NAME, &format!("not at {right}")]);
    }
}

#[test]
fn a08_trailing_bytes_are_a_warning() {
    let mut writer = tiny();
    writer.trailing = vec![1; 1 << 20];
    let header = read(&writer.bytes()).unwrap();
    assert_eq!(
        header.warnings,
        ["1048576 bytes after the last tensor are ignored"]
    );
}

#[test]
fn a09_duplicates() {
    let mut writer = tiny();
    let twice = writer.tensors[3].clone();
    writer.tensors.push(twice);
    assert_refused(&writer, &["`blk.0.attn_k.weight`", "stands twice"]);
    let mut writer = tiny();
    let twice = writer.keys[2].clone();
    writer.keys.push(twice);
    assert_refused(&writer, &["`general.license`", "stands twice"]);
}

#[test]
fn a09_types_and_rows() {
    const NAME: &str = "output_norm.weight";
    let kind = |kind| tiny().change(NAME, |tensor| tensor.kind = kind);
    for wrong in [4, 99, u32::MAX] {
        assert_refused(&kind(wrong), &[NAME, &format!("unknown type {wrong}")]);
    }
    let ragged = tiny().change(NAME, |tensor| {
        (tensor.kind, tensor.dimensions) = (12, vec![63]);
    });
    assert_refused(&ragged, &[NAME, "63 columns", "Q4_K"]);
}
