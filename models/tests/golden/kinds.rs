//! Every type of weights against what the reference implementations make of the same bytes
//! (`make_kinds.py` beside this file wrote both).

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::path::Path;

use aldo_models::test_support::{GgufWriter, TinyShape, tiny_gguf};
use aldo_models::{Checkpoint, Quantize, TensorKind};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{DType, Device, Tensor};

use crate::support::golden;

const ROWS: usize = 2;
const COLUMNS: usize = 256;

/// A type's name, its number in GGUF, the type it is kept as, and the largest error allowed, as a part
/// of the largest weight.
const KINDS: [(&str, u32, GgmlDType, f32); 15] = [
    ("F16", 1, GgmlDType::F16, 0.0),
    ("BF16", 30, GgmlDType::BF16, 0.0),
    ("Q4_0", 2, GgmlDType::Q4_0, 0.0),
    ("Q4_1", 3, GgmlDType::Q4_1, 1e-6),
    ("Q5_0", 6, GgmlDType::Q5_0, 0.0),
    ("Q5_1", 7, GgmlDType::Q5_1, 1e-6),
    ("Q8_0", 8, GgmlDType::Q8_0, 0.0),
    ("Q2_K", 10, GgmlDType::Q2K, 1e-6),
    ("Q3_K", 11, GgmlDType::Q3K, 1e-6),
    ("Q4_K", 12, GgmlDType::Q4K, 1e-6),
    ("Q5_K", 13, GgmlDType::Q5K, 1e-6),
    ("Q6_K", 14, GgmlDType::Q6K, 1e-6),
    ("IQ4_NL", 20, GgmlDType::Q8_0, 0.0),
    ("IQ4_XS", 23, GgmlDType::Q8_0, 3e-4),
    ("MXFP4", 39, GgmlDType::Q8_0, 0.0),
];

/// Set to write the page instead of comparing it.
const WRITE: &str = "ALDO_WRITE_REFERENCE";
const HEAD: &str = "\
<!-- Written by the golden tests. To bring it up to date: ALDO_WRITE_REFERENCE=1 cargo test -->
# Formats

The types of weights that are computed with, what they are computed as, and the largest difference \
from the values that the reference implementations make of the same bytes (the `gguf` package, PyTorch \
for F8_E4M3), as a part of the largest weight. `models/tests/golden/kinds` holds the bytes and values \
with the script that made them.

| type | computed as | error |
| --- | --- | --- |
";
const TAIL: &str = "
F8_E4M3 weights are multiplied with their scales: one a tensor, a row or a tile. `--quantize` gives \
matrices any of Q2_K, Q3_K, Q4_0, Q4_1, Q4_K, Q5_0, Q5_1, Q5_K, Q6_K and Q8_0 at load where that makes \
them smaller; the first and the last matrix of a network become Q6_K at least.
";

fn reference() -> HashMap<String, Tensor> {
    candle_core::safetensors::load(golden("kinds", "kinds.safetensors"), &Device::Cpu).unwrap()
}

fn bytes(tensor: &Tensor) -> Vec<u8> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// A checkpoint that has, beside its own tensors, one called `x.weight` (2, 256) of type `number`.
fn gguf_with(number: u32, data: Vec<u8>, folder: &Path) -> Checkpoint {
    let mut writer: GgufWriter = tiny_gguf(&TinyShape::default()).f32("x.weight", &[2, 256], &[]);
    writer = writer.change("x.weight", |tensor| {
        (tensor.kind, tensor.data) = (number, data);
    });
    let path = folder.join("kinds.gguf");
    std::fs::write(&path, writer.bytes()).unwrap();
    Checkpoint::open(&path).unwrap()
}

fn values(matrix: &QTensor) -> Vec<f32> {
    let dense = matrix.dequantize(&Device::Cpu).unwrap();
    dense.flatten_all().unwrap().to_vec1().unwrap()
}

/// The largest difference, as a part of the largest expected value.
fn error(result: &[f32], expected: &Tensor) -> f32 {
    let expected: Vec<f32> = expected.flatten_all().unwrap().to_vec1().unwrap();
    assert_eq!(result.len(), expected.len());
    let largest = expected
        .iter()
        .fold(0f32, |max, value| max.max(value.abs()));
    let pairs = result.iter().zip(&expected);
    pairs.fold(0f32, |max, (a, b)| max.max((a - b).abs())) / largest
}

#[test]
fn every_type_of_gguf_has_the_values_of_the_reference() {
    let reference = reference();
    let folder = tempfile::tempdir().unwrap();
    for (name, number, kept, bound) in KINDS {
        let data = bytes(&reference[&format!("{name}.blocks")]);
        let checkpoint = gguf_with(number, data, folder.path());
        let weights = checkpoint.weights();
        let matrix = weights
            .matrix("x.weight", ROWS, COLUMNS, &Device::Cpu)
            .unwrap();
        assert_eq!(matrix.dtype(), kept, "{name}");
        let error = error(&values(&matrix), &reference[&format!("{name}.values")]);
        assert!(error <= bound, "{name}: {error:e}, allowed are {bound:e}");
    }
}

#[test]
fn docs_formats_md_is_what_is_measured() {
    let reference = reference();
    let folder = tempfile::tempdir().unwrap();
    let mut page = HEAD.to_owned();
    for (name, number, kept, _) in KINDS {
        let data = bytes(&reference[&format!("{name}.blocks")]);
        let weights = gguf_with(number, data, folder.path()).weights();
        let matrix = weights.matrix("x.weight", ROWS, COLUMNS, &Device::Cpu);
        let values = values(&matrix.unwrap());
        let error = error(&values, &reference[&format!("{name}.values")]);
        let is_float = [GgmlDType::F16, GgmlDType::BF16].contains(&kept);
        let kept = if is_float { GgmlDType::F32 } else { kept };
        let kinds = Quantize::ALL.map(Quantize::kind);
        let kept = kinds.iter().find(|kind| kind.ggml() == Some(kept));
        page += &row(name, kept.map_or("F32", |kind| kind.name()), error);
    }
    page += &row("F8_E4M3", "F32", 0.0);
    page += TAIL;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/formats.md");
    if std::env::var_os(WRITE).is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/formats.md is not what the tests measure; `{WRITE}=1 cargo test` writes it"
    );
}

/// A row of the page; errors within the rounding of one multiplication are none.
fn row(name: &str, kept: &str, error: f32) -> String {
    let error = if error < 1e-6 {
        "exact".to_owned()
    } else {
        format!("{error:.0e}")
    };
    format!("| {name} | {kept} | {error} |\n")
}

/// Writes a tiny folder with a tensor `x.weight` of FP8 and its `scales`, if any.
fn fp8_folder(codes: &Tensor, scales: Option<(&str, Tensor)>, folder: &Path) -> Checkpoint {
    aldo_models::test_support::tiny_safetensors(folder, &TinyShape::default()).unwrap();
    let file = folder.join("model.safetensors");
    let mut tensors = candle_core::safetensors::load(&file, &Device::Cpu).unwrap();
    tensors.insert("x.weight".to_owned(), codes.clone());
    tensors.extend(scales.map(|(name, scales)| (name.to_owned(), scales)));
    candle_core::safetensors::save(&tensors, &file).unwrap();
    Checkpoint::open(folder).unwrap()
}

/// The golden codes as a tensor of 8-bit floats; casting every value back to them is exact.
fn codes(reference: &HashMap<String, Tensor>) -> Tensor {
    let values = &reference["F8_E4M3.values"];
    values.to_dtype(DType::F8E4M3).unwrap()
}

#[test]
fn fp8_has_the_values_of_the_reference() {
    let reference = reference();
    let folder = tempfile::tempdir().unwrap();
    let checkpoint = fp8_folder(&codes(&reference), None, folder.path());
    let matrix = checkpoint
        .weights()
        .matrix("x.weight", ROWS, COLUMNS, &Device::Cpu);
    let matrix = matrix.unwrap();
    assert_eq!(matrix.dtype(), GgmlDType::F32);
    let expected: Vec<f32> = reference["F8_E4M3.values"]
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap();
    assert_eq!(values(&matrix), expected);
}

#[test]
fn fp8_weights_are_products_with_their_scales() {
    let reference = reference();
    let plain = &reference["F8_E4M3.values"];
    let of = |data: &[f32], shape: (usize, usize)| {
        Tensor::from_slice(data, shape, &Device::Cpu).unwrap()
    };
    let cases = [
        ("x.weight_scale", of(&[0.25], (1, 1))),
        ("x.weight_scale", of(&[0.25, 3.0], (2, 1))),
        ("x.weight_scale_inv", of(&[0.25, 3.0], (1, 2))),
    ];
    for (name, scales) in cases {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = fp8_folder(
            &codes(&reference),
            Some((name, scales.clone())),
            folder.path(),
        );
        let matrix = checkpoint
            .weights()
            .matrix("x.weight", ROWS, COLUMNS, &Device::Cpu);
        let (down, across) = scales.dims2().unwrap();
        let wide = scales.reshape((down, 1, across, 1)).unwrap();
        let wide = wide
            .broadcast_as((down, ROWS / down, across, COLUMNS / across))
            .unwrap();
        let expected = (plain * wide.reshape((ROWS, COLUMNS)).unwrap()).unwrap();
        let error = error(&values(&matrix.unwrap()), &expected);
        assert!(error == 0.0, "{name} {:?}: {error:e}", scales.dims());
    }
}

#[test]
fn fp8_scales_that_do_not_cover_the_matrix_are_refused_by_name() {
    let reference = reference();
    let folder = tempfile::tempdir().unwrap();
    let scales = Tensor::ones((3, 5), DType::F32, &Device::Cpu).unwrap();
    let scales = Some(("x.weight_scale_inv", scales));
    let checkpoint = fp8_folder(&codes(&reference), scales, folder.path());
    let matrix = checkpoint
        .weights()
        .matrix("x.weight", ROWS, COLUMNS, &Device::Cpu);
    let message = matrix.err().unwrap().to_string();
    let expected = "`x.weight_scale_inv`: has shape [3, 5], which does not cover (2, 256)";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn every_type_can_be_made_smaller_at_load() {
    let reference = reference();
    let folder = tempfile::tempdir().unwrap();
    // What each loses at most of weights spread like noise, as a part of the largest.
    let targets = [
        (Quantize::Q2K, 0.35),
        (Quantize::Q3K, 0.2),
        (Quantize::Q4_0, 0.15),
        (Quantize::Q4_1, 0.12),
        (Quantize::Q4K, 0.12),
        (Quantize::Q5_0, 0.08),
        (Quantize::Q5_1, 0.06),
        (Quantize::Q5K, 0.06),
        (Quantize::Q6K, 0.04),
        (Quantize::Q8_0, 0.006),
    ];
    let expected = &reference["BF16.values"];
    for (quantize, bound) in targets {
        let data = bytes(&reference["BF16.blocks"]);
        let weights = gguf_with(30, data, folder.path())
            .weights()
            .quantized(Some(quantize));
        let matrix = weights.matrix("x.weight", ROWS, COLUMNS, &Device::Cpu);
        let matrix = matrix.unwrap();
        assert_eq!(TensorKind::ggml(quantize.kind()), Some(matrix.dtype()));
        let error = error(&values(&matrix), expected);
        assert!(error < bound && error > 0.0, "{quantize:?}: {error}");
    }
}

#[test]
fn experts_are_read_one_by_one() {
    let reference = reference();
    let folder = tempfile::tempdir().unwrap();
    let data = bytes(&reference["MXFP4.blocks"]);
    let mut writer = tiny_gguf(&TinyShape::default()).f32("x.weight", &[4, 1, 128], &[]);
    writer = writer.change("x.weight", |tensor| {
        (tensor.kind, tensor.data) = (39, data);
    });
    let path = folder.path().join("experts.gguf");
    std::fs::write(&path, writer.bytes()).unwrap();
    let weights = Checkpoint::open(&path).unwrap().weights();
    let mut all = Vec::new();
    for expert in 0..4 {
        let rows = expert..expert + 1;
        let matrix = weights.matrix_rows("x.weight", &[4, 1, 128], rows, &Device::Cpu);
        all.extend(values(&matrix.unwrap()));
    }
    assert!(error(&all, &reference["MXFP4.values"]) == 0.0);
    let beyond = weights.matrix_rows("x.weight", &[4, 1, 128], 4..5, &Device::Cpu);
    let message = beyond.err().unwrap().to_string();
    assert!(message.contains("has 4 rows, should have 5"), "{message}");
}

/// The blocks of a type of GGUF, taken apart as Hugging Face stores them.
#[test]
fn mxfp4_of_hugging_face_has_the_values_of_the_reference() {
    let reference = reference();
    let blocks = bytes(&reference["MXFP4.blocks"]);
    let (mut codes, mut scales) = (Vec::new(), Vec::new());
    for block in blocks.chunks_exact(17) {
        scales.push(block[0]);
        let code = |index: usize| block[1 + index % 16] >> (4 * (index / 16)) & 15;
        codes.extend((0..16).map(|pair| code(2 * pair) | code(2 * pair + 1) << 4));
    }
    let folder = tempfile::tempdir().unwrap();
    aldo_models::test_support::tiny_safetensors(folder.path(), &TinyShape::default()).unwrap();
    let file = folder.path().join("model.safetensors");
    let mut tensors = candle_core::safetensors::load(&file, &Device::Cpu).unwrap();
    let of = |data: Vec<u8>, shape: &[usize]| Tensor::from_vec(data, shape, &Device::Cpu).unwrap();
    tensors.insert("x_blocks".to_owned(), of(codes, &[2, 1, 8, 16]));
    tensors.insert("x_scales".to_owned(), of(scales, &[2, 1, 8]));
    candle_core::safetensors::save(&tensors, &file).unwrap();
    let weights = Checkpoint::open(folder.path()).unwrap().weights();
    let mut all = Vec::new();
    for expert in 0..2 {
        let (shape, rows) = ([2, 1, 256], expert..expert + 1);
        let matrix = weights.mxfp4_rows("x_blocks", "x_scales", &shape, rows, &Device::Cpu);
        all.extend(values(&matrix.unwrap()));
    }
    assert!(error(&all, &reference["MXFP4.values"]) == 0.0);
    let swapped = weights.mxfp4_rows("x_scales", "x_blocks", &[2, 1, 256], 0..1, &Device::Cpu);
    assert!(
        swapped
            .err()
            .unwrap()
            .to_string()
            .contains("has shape [2, 1, 8]")
    );
}

#[test]
fn a_checkpoint_of_8_bit_floats_opens_and_computes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    aldo_models::test_support::tiny_safetensors(folder, &TinyShape::default()).unwrap();
    let plain = crate::support::load_path(folder);
    let tokens = [1, 2, 3, 4, 5, 6, 7];
    let expected = crate::support::alone(&plain, &tokens);

    let file = folder.join("model.safetensors");
    let mut tensors = candle_core::safetensors::load(&file, &Device::Cpu).unwrap();
    let linear: Vec<String> = tensors
        .keys()
        .filter(|name| name.contains("_proj"))
        .cloned()
        .collect();
    for name in linear {
        // As a quantiser of Hugging Face does: the largest weight becomes the largest code.
        let scale = 0.1 / 448.0;
        let eight = (&tensors[&name] / scale)
            .unwrap()
            .to_dtype(DType::F8E4M3)
            .unwrap();
        tensors.insert(
            format!("{name}_scale_inv"),
            Tensor::new(&[scale as f32], &Device::Cpu).unwrap(),
        );
        tensors.insert(name, eight);
    }
    candle_core::safetensors::save(&tensors, &file).unwrap();
    let config = folder.join("config.json");
    let mut described: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&config).unwrap()).unwrap();
    described["quantization_config"] =
        serde_json::json!({"quant_method": "fp8", "weight_block_size": [128, 128]});
    std::fs::write(&config, described.to_string()).unwrap();
    let eight = crate::support::load_path(folder);
    let result = crate::support::alone(&eight, &tokens);
    let difference = crate::support::mean_difference(&result, &expected);
    assert!(difference > 0.0 && difference < 0.05, "{difference}");
}
